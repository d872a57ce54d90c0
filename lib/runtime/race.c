/* Races between the cores of a launch. Nothing orders what different cores do, so it does not
 * matter when they did it here: what one writes, no other may read or write. A sweep over the
 * transfers by address. */

#include "lib/runtime/machine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct Use {
  MachineRange range;
  int64_t core, tag;
  bool isStore;
} Use;

static int compare(const void *left, const void *right) {
  const Use *a = left, *b = right;
  if (a->range.start != b->range.start)
    return a->range.start < b->range.start ? -1 : 1;
  const int64_t keys[][2] = {{a->core, b->core},
                             {a->isStore, b->isStore},
                             {a->range.rows, b->range.rows},
                             {a->range.rowBytes, b->range.rowBytes},
                             {a->range.stride, b->range.stride}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
    if (keys[i][0] != keys[i][1])
      return keys[i][0] < keys[i][1] ? -1 : 1;
  return 0;
}

/* What the cores use, by address, each just once; false when there is no memory for the list. */
static bool collect(const MachineEvent *events, int64_t count, Use **uses, int64_t *numUses) {
  int64_t total = 0, kept = 0;
  Use *list = malloc((size_t)count * sizeof *list);
  if (!list)
    return false;
  for (int64_t i = 0; i < count; ++i) {
    const MachineEvent *event = &events[i];
    Use *use = &list[total];
    *use = (Use){.core = event->core, .tag = event->tag, .isStore = event->isStore};
    if (event->kind == MACHINE_START && event->global.rows > 0 &&
        machineRangeMake(event->global.start, event->global.stride, event->global.rowBytes,
                         event->global.rows, &use->range))
      ++total;
  }
  qsort(list, (size_t)total, sizeof *list, compare);
  for (int64_t i = 0; i < total; ++i)
    if (i == 0 || compare(&list[kept - 1], &list[i]) != 0)
      list[kept++] = list[i];
  *uses = list;
  *numUses = kept;
  return true;
}

static void reportRace(AddnormMachine *machine, const Use *a, const Use *b) {
  char text[96];
  machineReport(machine, b->core, ADDNORM_HAZARD_RACE, b->tag, &b->range,
                "%s of %s, which core %" PRId64 " %s in the same launch (tag %" PRId64 ")",
                b->isStore ? "store" : "load",
                machineDescribe(machine, &b->range, text, sizeof text), a->core,
                a->isStore ? "writes" : "reads", a->tag);
}

/* Each use is reported once. `open` holds those before it that reach up to its start. */
static void sweep(AddnormMachine *machine, const Use *uses, int64_t numUses, const Use **open) {
  int64_t numOpen = 0;
  for (int64_t i = 0; i < numUses; ++i) {
    const Use *use = &uses[i], *other = NULL;
    int64_t kept = 0;
    for (int64_t k = 0; k < numOpen; ++k) {
      if (machineRangeEnd(&open[k]->range) <= use->range.start)
        continue;
      open[kept++] = open[k];
      if (!other && open[k]->core != use->core && (open[k]->isStore || use->isStore) &&
          machineRangesOverlap(&open[k]->range, &use->range))
        other = open[k];
    }
    if (other)
      reportRace(machine, other, use);
    numOpen = kept;
    open[numOpen++] = use;
  }
}

void machineCheckRaces(AddnormMachine *machine, int64_t launch) {
  int64_t count, numUses = 0;
  const MachineEvent *events = machineEvents(machine, launch, &count);
  Use *uses = NULL;
  const Use **open = NULL;
  if (collect(events, count, &uses, &numUses))
    open = malloc((size_t)(numUses + 1) * sizeof *open);
  if (open)
    sweep(machine, uses, numUses, open);
  else
    machine->outOfMemory = true;
  free(open);
  free(uses);
}
