/* Counters, from the record. */

#include "lib/runtime/machine.h"

int64_t machinePadding(const MachineRange *global, int64_t burstBytes) {
  uint64_t mask = (uint64_t)(burstBytes - 1);
  int64_t padding = 0;
  for (int64_t row = 0; row < global->rows; ++row) {
    uint64_t begin = global->start + (uint64_t)(row * global->stride);
    uint64_t end = begin + (uint64_t)global->rowBytes;
    padding += (int64_t)((begin & mask) + (-end & mask));
  }
  return padding;
}

static void countEvent(const MachineEvent *event, int64_t burstBytes, AddnormMachineCounters *sum) {
  int64_t bytes = event->global.rows * event->global.rowBytes;
  switch (event->kind) {
  case MACHINE_BEGIN:
    ++sum->kernels;
    break;
  case MACHINE_TAKE:
    if (event->bytes > sum->peakScratchpad)
      sum->peakScratchpad = event->bytes;
    break;
  case MACHINE_START:
    *(event->isStore ? &sum->stores : &sum->loads) += bytes > 0;
    *(event->isStore ? &sum->storedBytes : &sum->loadedBytes) += bytes;
    *(event->isStore ? &sum->storePadding : &sum->loadPadding) +=
        machinePadding(&event->global, burstBytes);
    break;
  case MACHINE_WAIT:
    ++sum->waits;
    break;
  case MACHINE_WORK:
    sum->workCycles += event->cycles;
    break;
  }
}

AddnormMachineCounters addnormMachineCount(const AddnormMachine *machine, int64_t launch,
                                           int64_t core) {
  AddnormMachineCounters sum = {0};
  int64_t first = launch < 0 ? 0 : launch, last = launch < 0 ? machine->numLaunches - 1 : launch;
  for (int64_t i = first; i <= last && i < machine->numLaunches; ++i) {
    int64_t count;
    const MachineEvent *events = machineEvents(machine, i, &count);
    for (int64_t k = 0; k < count; ++k)
      if (core < 0 || events[k].core == core)
        countEvent(&events[k], machine->target.burstBytes, &sum);
  }
  return sum;
}
