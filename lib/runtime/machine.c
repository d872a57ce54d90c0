/* The machine's life: its memories, its buffers, launches. */

#include "lib/runtime/machine.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local AddnormMachine *inUse;

AddnormMachine *machineInUse(void) { return inUse; }

AddnormMachine *addnormMachineUse(AddnormMachine *machine) {
  AddnormMachine *before = inUse;
  inUse = machine;
  return before;
}

AddnormMachine *addnormMachineCreate(const AddnormNpuTarget *target, int32_t flags) {
  AddnormMachine *machine = calloc(1, sizeof *machine);
  if (!machine)
    return NULL;
  machine->target = *target;
  machine->flags = flags;
  machine->cores = calloc((size_t)target->cores, sizeof *machine->cores);
  if (!machine->cores) {
    free(machine);
    return NULL;
  }
  return machine;
}

void addnormMachineDestroy(AddnormMachine *machine) {
  if (!machine)
    return;
  if (inUse == machine)
    inUse = NULL;
  for (int64_t i = 0; i < machine->target.cores; ++i) {
    free(machine->cores[i].memory);
    free(machine->cores[i].written);
    free(machine->cores[i].parts);
    free(machine->cores[i].inFlight);
  }
  free(machine->cores);
  free(machine->buffers);
  free(machine->events);
  free(machine->launches);
  free(machine);
}

void addnormMachineSetCore(AddnormMachine *machine, int64_t core) { machine->currentCore = core; }

bool machineGrow(AddnormMachine *machine, void **items, int64_t *max, int64_t count, size_t size) {
  if (count < *max)
    return true;
  int64_t more = count ? 2 * count : 16;
  void *grown = realloc(*items, (size_t)more * size);
  if (!grown) {
    machine->outOfMemory = true;
    return false;
  }
  *items = grown;
  *max = more;
  return true;
}

bool addnormMachineAddBuffer(AddnormMachine *machine, const char *name, const void *address,
                             int64_t bytes, int32_t access) {
  if (!machineGrow(machine, (void **)&machine->buffers, &machine->maxBuffers, machine->numBuffers,
                   sizeof *machine->buffers))
    return false;
  MachineBuffer *buffer = &machine->buffers[machine->numBuffers++];
  *buffer = (MachineBuffer){.start = (uintptr_t)address, .access = access};
  buffer->end = buffer->start + (uint64_t)bytes;
  strncpy(buffer->name, name, sizeof buffer->name - 1);
  return true;
}

void addnormMachineRemoveBuffers(AddnormMachine *machine) { machine->numBuffers = 0; }

bool machineRecord(AddnormMachine *machine, const MachineEvent *event) {
  MachineEvent *last = machine->numEvents ? &machine->events[machine->numEvents - 1] : NULL;
  if (event->kind == MACHINE_WORK && last && last->kind == MACHINE_WORK && !machine->sealed &&
      last->core == event->core) {
    last->cycles += event->cycles;
    return true;
  }
  if (!machineGrow(machine, (void **)&machine->events, &machine->maxEvents, machine->numEvents,
                   sizeof *machine->events))
    return false;
  machine->cores[event->core].lastEvent = machine->numEvents;
  machine->events[machine->numEvents++] = *event;
  machine->sealed = false;
  return true;
}

const MachineEvent *machineEvents(const AddnormMachine *machine, int64_t launch, int64_t *count) {
  bool isLast = launch + 1 == machine->numLaunches;
  int64_t end = isLast ? machine->numEvents : machine->launches[launch + 1];
  *count = end - machine->launches[launch];
  return machine->events + machine->launches[launch];
}

int64_t addnormMachineLaunches(const AddnormMachine *machine) { return machine->numLaunches; }

static void endLaunch(AddnormMachine *machine) {
  if (!machine->launchRuns)
    return;
  for (int64_t i = 0; i < machine->target.cores; ++i)
    if (machine->cores[i].runs)
      machineCheckEnd(machine, i);
  machineCheckRaces(machine, machine->numLaunches - 1);
  machineTimeHazards(machine, machine->numLaunches - 1);
  for (int64_t i = 0; i < machine->target.cores; ++i)
    machine->cores[i].runs = false;
  machine->launchRuns = false;
}

/* The memory of a core, all poison. */
static bool makeScratchpad(const AddnormMachine *machine, MachineCore *core) {
  int64_t bytes = machine->target.scratchpadBytes, alignment = machine->target.scratchpadAlignment;
  size_t size = (size_t)(bytes + alignment + 2 * MACHINE_GUARD);
  core->memory = malloc(size);
  core->written = calloc((size_t)bytes, sizeof *core->written);
  if (!core->memory || !core->written) {
    free(core->memory);
    free(core->written);
    core->memory = NULL, core->written = NULL;
    return false;
  }
  uintptr_t start = (uintptr_t)core->memory + MACHINE_GUARD;
  uintptr_t misaligned = start & (uintptr_t)(alignment - 1);
  core->base = core->memory + MACHINE_GUARD + (misaligned ? (uintptr_t)alignment - misaligned : 0);
  return true;
}

MachineCore *machineBegin(AddnormMachine *machine, int64_t index) {
  MachineCore *core = &machine->cores[index];
  if (core->runs)
    endLaunch(machine);
  if (!machine->launchRuns &&
      !machineGrow(machine, (void **)&machine->launches, &machine->maxLaunches,
                   machine->numLaunches, sizeof *machine->launches))
    return NULL;
  if (!core->memory && !makeScratchpad(machine, core)) {
    machine->outOfMemory = true;
    return NULL;
  }
  if (!machine->launchRuns)
    machine->launches[machine->numLaunches++] = machine->numEvents;
  machine->launchRuns = true;

  int64_t capacity = machine->target.scratchpadBytes;
  core->runs = true;
  core->traced = false;
  core->pending = core->failed = ADDNORM_NPU_OK;
  core->numInFlight = core->numParts = 0;
  memset(core->base - MACHINE_GUARD, MACHINE_POISON, (size_t)capacity + 2 * MACHINE_GUARD);
  memset(core->written, 0, (size_t)capacity);
  MachineEvent event = {.kind = MACHINE_BEGIN, .core = (int32_t)index};
  return machineRecord(machine, &event) ? core : NULL;
}

AddnormNpuStatus addnormMachineFinish(AddnormMachine *machine) {
  endLaunch(machine);
  if (machine->numHazards == 0 && machine->outOfMemory)
    return ADDNORM_NPU_ERROR_DEVICE;
  return machine->firstStatus;
}

void addnormMachineReset(AddnormMachine *machine) {
  for (int64_t i = 0; i < machine->target.cores; ++i)
    machine->cores[i].runs = false;
  machine->numEvents = machine->numLaunches = machine->numHazards = 0;
  machine->launchRuns = machine->outOfMemory = false;
  machine->firstStatus = ADDNORM_NPU_OK;
}
