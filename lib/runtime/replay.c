/* The cycle model that npu_machine.h describes: a pure function of the record of a launch and a
 * description. Cores share nothing but their even parts of the memory, so each is followed by
 * itself: its clock by its calls, and its queues up to the times that the clock needs. */

#include "lib/runtime/machine.h"

#include <math.h>
#include <stdlib.h>

typedef struct Moving {
  int64_t tag, queue;
  bool isStore, begun;
  double bytes, left; /* in all, with padding; not moved yet */
  double begin, end;  /* of moving */
} Moving;

/* Bytes of transfers, and the least time that they take together. */
typedef struct Group {
  double *queues; /* bytes of each queue */
  double bytes;
} Group;

enum { ALL, FIRST_LOAD, LAST_STORE, GROUPS };

typedef struct Core {
  const AddnormNpuTarget *target;
  int64_t index;
  double share;   /* of the memory, in bytes per cycle */
  double clock;   /* what the core has done until then, */
  double moved;   /* and the queues; never ahead of the clock between two events */
  Moving *moving; /* not waited for, in order of their starts */
  int64_t numMoving, maxMoving;
  int64_t *heads; /* of the queues, as indices of `moving` */
  Group groups[GROUPS];
  double work, issuing; /* cycles of its own: of work, of starting transfers */
  AddnormMachineSpanCallback callback;
  void *userData;
} Core;

static void addToGroup(Group *group, const Moving *moving) {
  group->queues[moving->queue] += moving->bytes;
  group->bytes += moving->bytes;
}

static double groupCycles(const Core *core, const Group *group) {
  double cycles = group->bytes / core->share;
  for (int64_t q = 0; q < core->target->queues; ++q)
    cycles = fmax(cycles, group->queues[q] / core->target->queueBytesPerCycle);
  return cycles;
}

static void clearGroup(const Core *core, Group *group) {
  for (int64_t q = 0; q < core->target->queues; ++q)
    group->queues[q] = 0;
  group->bytes = 0;
}

/* The transfers that move: the first of each queue. Returns how many there are. */
static int64_t findHeads(Core *core) {
  int64_t count = 0;
  for (int64_t i = 0; i < core->numMoving; ++i) {
    Moving *m = &core->moving[i];
    bool isHead = m->left > 0;
    for (int64_t k = 0; isHead && k < count; ++k)
      isHead = core->moving[core->heads[k]].queue != m->queue;
    if (!isHead)
      continue;
    if (!m->begun)
      m->begin = core->moved;
    m->begun = true;
    core->heads[count++] = i;
  }
  return count;
}

/* Follows the queues to the next time that a transfer has been moved, but not beyond `until`, which
 * may be infinite only while there is such a transfer. */
static void advance(Core *core, double until) {
  int64_t count = findHeads(core);
  double rate = fmin(core->target->queueBytesPerCycle, core->share / (double)count);
  double step = INFINITY;
  for (int64_t k = 0; k < count; ++k)
    step = fmin(step, core->moving[core->heads[k]].left);
  double next = core->moved + step / rate;
  if (next > until) {
    step = (until - core->moved) * rate;
    next = until;
  }
  for (int64_t k = 0; k < count; ++k) {
    Moving *m = &core->moving[core->heads[k]];
    m->left = fmax(m->left - step, 0);
    m->end = next;
  }
  core->moved = next;
}

static void emitSpan(const Core *core, const AddnormMachineSpan *span) {
  if (core->callback && span->complete > span->begin)
    core->callback(span, core->userData);
}

/* The core waits for transfer `i`. */
static void complete(Core *core, int64_t i) {
  while (core->moving[i].left > 0)
    advance(core, INFINITY);
  const Moving *m = &core->moving[i];
  double end = m->end + core->target->latencyCycles;
  core->clock = fmax(core->clock, end);
  if (!m->isStore && core->work == 0)
    addToGroup(&core->groups[FIRST_LOAD], m);
  emitSpan(core,
           &(AddnormMachineSpan){core->index, m->isStore ? ADDNORM_UNIT_STORE : ADDNORM_UNIT_LOAD,
                                 m->queue, m->tag, m->begin, m->end, end});
}

static bool startTransfer(Core *core, const MachineEvent *event) {
  core->clock += core->target->issueCycles;
  core->issuing += core->target->issueCycles;
  if (event->global.rows == 0)
    return true;
  Moving m = {.tag = event->tag, .queue = event->queue, .isStore = event->isStore};
  m.bytes = (double)(event->global.rows * event->global.rowBytes +
                     machinePadding(&event->global, core->target->burstBytes));
  m.left = m.bytes;
  if (m.queue >= core->target->queues)
    return false;
  if (core->numMoving == core->maxMoving) {
    int64_t more = 2 * core->maxMoving + 16;
    Moving *grown = realloc(core->moving, (size_t)more * sizeof *grown);
    if (!grown)
      return false;
    core->moving = grown;
    core->maxMoving = more;
  }
  while (core->moved < core->clock)
    advance(core, core->clock);
  core->moving[core->numMoving++] = m;
  addToGroup(&core->groups[ALL], &m);
  if (m.isStore)
    addToGroup(&core->groups[LAST_STORE], &m);
  return true;
}

/* The core waits for all transfers, or for those of one tag. */
static void wait(Core *core, bool all, int64_t tag) {
  int64_t left = 0;
  for (int64_t i = 0; i < core->numMoving; ++i)
    if (all || core->moving[i].tag == tag)
      complete(core, i);
  for (int64_t i = 0; i < core->numMoving; ++i)
    if (!all && core->moving[i].tag != tag)
      core->moving[left++] = core->moving[i];
  core->numMoving = left;
}

static void work(Core *core, double cycles) {
  emitSpan(core, &(AddnormMachineSpan){core->index, ADDNORM_UNIT_COMPUTE, 0, 0, core->clock,
                                       core->clock + cycles, core->clock + cycles});
  core->clock += cycles;
  core->work += cycles;
  clearGroup(core, &core->groups[LAST_STORE]);
}

/* Follows one core to its end. */
static bool runCore(Core *core, const MachineEvent *events, int64_t count, double *clocks) {
  bool done = true;
  for (int64_t i = 0; done && i < count; ++i) {
    const MachineEvent *event = &events[i];
    if (event->core != core->index)
      continue;
    switch (event->kind) {
    case MACHINE_BEGIN:
      core->clock = core->moved = core->target->launchCycles;
      break;
    case MACHINE_TAKE:
      break;
    case MACHINE_START:
      done = startTransfer(core, event);
      break;
    case MACHINE_WAIT:
      wait(core, false, event->tag);
      break;
    case MACHINE_WORK:
      work(core, event->cycles);
      break;
    }
    if (clocks)
      clocks[i] = core->clock;
  }
  if (done)
    wait(core, true, 0);
  return done;
}

static double latencyAnd(const Core *core, const Group *group) {
  return group->bytes > 0 ? core->target->latencyCycles + groupCycles(core, group) : 0;
}

/* Adds a core that is done to what is known of the launch; the sums of bytes and work are in
 * memoryUse and computeUse until all cores are. */
static void addCore(const Core *core, AddnormMachineCycles *cycles) {
  cycles->memoryUse += core->groups[ALL].bytes;
  cycles->computeUse += core->work;
  if (cycles->cores > 0 && core->clock <= cycles->cycles)
    return;
  cycles->cycles = core->clock;
  cycles->slowest = core->index;
  cycles->launch = core->target->launchCycles;
  cycles->dma = groupCycles(core, &core->groups[ALL]);
  cycles->compute = core->work + core->issuing;
  cycles->firstLoad = latencyAnd(core, &core->groups[FIRST_LOAD]);
  cycles->lastStore = latencyAnd(core, &core->groups[LAST_STORE]);
  double longer = fmax(cycles->dma, cycles->compute);
  cycles->boundCycles = longer + cycles->firstLoad + cycles->lastStore;
  cycles->bound = longer < core->clock / 2        ? ADDNORM_BOUND_LATENCY
                  : cycles->dma < cycles->compute ? ADDNORM_BOUND_COMPUTE
                                                  : ADDNORM_BOUND_DMA;
}

bool machineReplay(const MachineEvent *events, int64_t count, const AddnormNpuTarget *target,
                   AddnormMachineCycles *cycles, AddnormMachineSpanCallback callback,
                   void *userData, double *clocks) {
  int64_t active = 0;
  for (int64_t i = 0; i < count; ++i)
    active += events[i].kind == MACHINE_BEGIN;
  *cycles = (AddnormMachineCycles){0};
  size_t queues = (size_t)target->queues;
  double *bytes = malloc(GROUPS * queues * sizeof *bytes);
  int64_t *heads = malloc(queues * sizeof *heads);
  bool done = bytes && heads;
  for (int64_t i = 0; done && i < count; ++i) {
    if (events[i].kind != MACHINE_BEGIN)
      continue;
    Core core = {.target = target,
                 .index = events[i].core,
                 .share = target->memoryBytesPerCycle / (double)active,
                 .heads = heads,
                 .callback = callback,
                 .userData = userData};
    for (size_t group = 0; group < GROUPS; ++group) {
      core.groups[group].queues = bytes + group * queues;
      clearGroup(&core, &core.groups[group]);
    }
    done = runCore(&core, events + i, count - i, clocks ? clocks + i : NULL);
    addCore(&core, cycles);
    ++cycles->cores;
    free(core.moving);
  }
  double span = cycles->cycles > 0 ? cycles->cycles : 1;
  double queueBytes = (double)(active * target->queues) * target->queueBytesPerCycle;
  cycles->queueUse = cycles->memoryUse / (span * fmax(queueBytes, 1));
  cycles->memoryUse /= span * target->memoryBytesPerCycle;
  cycles->computeUse /= span * fmax((double)active, 1);
  free(bytes);
  free(heads);
  return done;
}

bool addnormMachineReplay(const AddnormMachine *machine, int64_t launch,
                          const AddnormNpuTarget *target, AddnormMachineCycles *cycles,
                          AddnormMachineSpanCallback callback, void *userData) {
  *cycles = (AddnormMachineCycles){0};
  if (launch < 0 || launch >= machine->numLaunches)
    return false;
  int64_t count;
  const MachineEvent *events = machineEvents(machine, launch, &count);
  return machineReplay(events, count, target ? target : &machine->target, cycles, callback,
                       userData, NULL);
}
