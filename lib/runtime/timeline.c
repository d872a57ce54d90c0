/* What a launch was like, as text. */

#include "lib/runtime/timeline.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void addSpan(const AddnormMachineSpan *span, void *userData) {
  MachineTimeline *timeline = userData;
  if (timeline->numSpans == timeline->maxSpans) {
    int64_t more = 2 * timeline->maxSpans + 64;
    AddnormMachineSpan *grown = realloc(timeline->spans, (size_t)more * sizeof *grown);
    timeline->outOfMemory |= !grown;
    if (!grown)
      return;
    timeline->spans = grown;
    timeline->maxSpans = more;
  }
  timeline->spans[timeline->numSpans++] = *span;
}

static int compareSpans(const void *left, const void *right) {
  const AddnormMachineSpan *a = left, *b = right;
  if (a->core != b->core)
    return a->core < b->core ? -1 : 1;
  if (a->unit != b->unit)
    return a->unit < b->unit ? -1 : 1;
  if (a->queue != b->queue)
    return a->queue < b->queue ? -1 : 1;
  return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static int compareCores(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return a < b ? -1 : a > b;
}

static bool findCores(MachineTimeline *timeline, const AddnormMachine *machine) {
  int64_t count, found = 0;
  const MachineEvent *events = machineEvents(machine, timeline->launch, &count);
  timeline->cores = malloc((size_t)timeline->cycles.cores * sizeof *timeline->cores);
  if (!timeline->cores)
    return false;
  for (int64_t i = 0; i < count; ++i)
    if (events[i].kind == MACHINE_BEGIN)
      timeline->cores[found++] = events[i].core;
  qsort(timeline->cores, (size_t)found, sizeof *timeline->cores, compareCores);
  return true;
}

bool machineTimelineCreate(MachineTimeline *timeline, const AddnormMachine *machine, int64_t launch,
                           const AddnormNpuTarget *target) {
  *timeline = (MachineTimeline){.target = target ? target : &machine->target, .launch = launch};
  if (!addnormMachineReplay(machine, launch, target, &timeline->cycles, addSpan, timeline) ||
      timeline->outOfMemory || !findCores(timeline, machine))
    return false;
  if (timeline->numSpans)
    qsort(timeline->spans, (size_t)timeline->numSpans, sizeof *timeline->spans, compareSpans);
  return true;
}

void machineTimelineDestroy(MachineTimeline *timeline) {
  free(timeline->cores);
  free(timeline->spans);
}

const char *machineUnitName(AddnormMachineUnit unit) {
  static const char *const names[MACHINE_UNITS] = {"load", "compute", "store"};
  return names[unit];
}

const char *machineBoundName(AddnormMachineBound bound) {
  static const char *const names[] = {"DMA", "computing", "latency"};
  return names[bound];
}

bool addnormMachinePrintLaunch(const AddnormMachine *machine, int64_t launch,
                               const AddnormNpuTarget *target, FILE *file) {
  AddnormMachineCycles c;
  if (!addnormMachineReplay(machine, launch, target, &c, NULL, NULL))
    return false;
  if (!target)
    target = &machine->target;
  AddnormMachineCounters n = addnormMachineCount(machine, launch, -1);
  fprintf(file, "%s, launch %" PRId64 ": %" PRId64 " core%s, %.0f cycles, bound by %s\n",
          target->name, launch, c.cores, c.cores == 1 ? "" : "s", c.cycles,
          machineBoundName(c.bound));
  fprintf(file,
          "  slowest core %" PRId64 ": DMA %.0f, compute %.0f, first load %.0f, last store %.0f; "
          "bound %.0f, and %.0f of launch\n",
          c.slowest, c.dma, c.compute, c.firstLoad, c.lastStore, c.boundCycles, c.launch);
  fprintf(file, "  busy: queues %.0f %%, memory %.0f %%, vector units %.0f %%\n", 100 * c.queueUse,
          100 * c.memoryUse, 100 * c.computeUse);
  fprintf(file,
          "  %" PRId64 " loads of %" PRId64 " bytes and %" PRId64 " of padding; %" PRId64
          " stores of %" PRId64 " and %" PRId64 "; %" PRId64 " waits\n",
          n.loads, n.loadedBytes, n.loadPadding, n.stores, n.storedBytes, n.storePadding, n.waits);
  fprintf(file, "  scratchpad: %" PRId64 " of %" PRId64 " bytes\n", n.peakScratchpad,
          machine->target.scratchpadBytes);
  return true;
}

/* Adds the cycles of [begin, end) to those of each column. */
static void cover(double *busy, int32_t columns, double width, double begin, double end) {
  for (int64_t i = (int64_t)(begin / width); i < columns && (double)i * width < end; ++i)
    busy[i] += fmin(end, (double)(i + 1) * width) - fmax(begin, (double)i * width);
}

/* The line of one unit; `span` is its first one or behind it. Returns the first of the next unit.
 */
static int64_t printUnit(const MachineTimeline *timeline, int64_t core, AddnormMachineUnit unit,
                         int64_t span, double *busy, int32_t columns, FILE *file) {
  double width = timeline->cycles.cycles / columns;
  for (int32_t i = 0; i < columns; ++i)
    busy[i] = 0;
  for (; span < timeline->numSpans; ++span) {
    const AddnormMachineSpan *s = &timeline->spans[span];
    if (s->core != core || s->unit != unit)
      break;
    cover(busy, columns, width, s->begin, s->end);
  }
  if (unit == ADDNORM_UNIT_LOAD)
    fprintf(file, "core %-4" PRId64, core);
  fprintf(file, "%*s%-8s", unit == ADDNORM_UNIT_LOAD ? 0 : 9, "", machineUnitName(unit));
  for (int32_t i = 0; i < columns; ++i)
    fputc(busy[i] >= width / 2 ? '#' : busy[i] > 0 ? '-' : '.', file);
  fputc('\n', file);
  return span;
}

bool addnormMachinePrintTimeline(const AddnormMachine *machine, int64_t launch,
                                 const AddnormNpuTarget *target, int32_t columns, FILE *file) {
  MachineTimeline timeline;
  double *busy = malloc((size_t)columns * sizeof *busy);
  bool done = machineTimelineCreate(&timeline, machine, launch, target) && busy;
  int64_t span = 0;
  for (int64_t i = 0; done && i < timeline.cycles.cores; ++i)
    for (int unit = 0; unit < MACHINE_UNITS; ++unit)
      span = printUnit(&timeline, timeline.cores[i], (AddnormMachineUnit)unit, span, busy, columns,
                       file);
  if (done)
    fprintf(file, "%17s0%*.0f cycles\n", "", columns - 1, timeline.cycles.cycles);
  machineTimelineDestroy(&timeline);
  free(busy);
  return done;
}
