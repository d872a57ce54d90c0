/* Hazards: their names, their places, their texts. */

#include "lib/runtime/machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  AddnormNpuStatus status;
} kinds[] = {
    [ADDNORM_HAZARD_CAPACITY] = {"capacity", ADDNORM_NPU_ERROR_SCRATCHPAD},
    [ADDNORM_HAZARD_NO_KERNEL] = {"no-kernel", ADDNORM_NPU_ERROR_SCRATCHPAD},
    [ADDNORM_HAZARD_AFTER_ERROR] = {"after-error", ADDNORM_NPU_ERROR_DEVICE},
    [ADDNORM_HAZARD_DIRECTION] = {"direction", ADDNORM_NPU_ERROR_BOUNDS},
    [ADDNORM_HAZARD_SCRATCHPAD_BOUNDS] = {"scratchpad-bounds", ADDNORM_NPU_ERROR_BOUNDS},
    [ADDNORM_HAZARD_GLOBAL_BOUNDS] = {"global-bounds", ADDNORM_NPU_ERROR_BOUNDS},
    [ADDNORM_HAZARD_ALIGNMENT] = {"alignment", ADDNORM_NPU_ERROR_ALIGNMENT},
    [ADDNORM_HAZARD_LIMIT] = {"limit", ADDNORM_NPU_ERROR_LIMIT},
    [ADDNORM_HAZARD_OVERLAP] = {"overlap", ADDNORM_NPU_ERROR_OVERLAP},
    [ADDNORM_HAZARD_RACE] = {"race", ADDNORM_NPU_ERROR_OVERLAP},
    [ADDNORM_HAZARD_NOT_STARTED] = {"not-started", ADDNORM_NPU_ERROR_WAIT},
    [ADDNORM_HAZARD_NOT_WAITED] = {"not-waited", ADDNORM_NPU_ERROR_WAIT},
    [ADDNORM_HAZARD_READ_IN_FLIGHT] = {"read-in-flight", ADDNORM_NPU_ERROR_ACCESS},
    [ADDNORM_HAZARD_WRITE_IN_FLIGHT] = {"write-in-flight", ADDNORM_NPU_ERROR_ACCESS},
    [ADDNORM_HAZARD_UNINITIALISED] = {"uninitialised", ADDNORM_NPU_ERROR_ACCESS},
    [ADDNORM_HAZARD_ACCESS_BOUNDS] = {"access-bounds", ADDNORM_NPU_ERROR_ACCESS},
};

const char *addnormHazardName(AddnormHazardKind kind) { return kinds[kind].name; }

/* The memory that a range starts in, and the offset there. The guards belong to a scratchpad. */
static const char *placeOf(const AddnormMachine *machine, const MachineRange *range,
                           int64_t *offset) {
  for (int64_t i = 0; i < machine->target.cores; ++i) {
    if (!machine->cores[i].memory)
      continue;
    uint64_t base = (uintptr_t)machine->cores[i].base;
    if (range->start >= base - MACHINE_GUARD &&
        range->start < base + (uint64_t)machine->target.scratchpadBytes + MACHINE_GUARD) {
      *offset = (int64_t)(range->start - base);
      return "scratchpad";
    }
  }
  for (int64_t i = 0; i < machine->numBuffers; ++i)
    if (range->start >= machine->buffers[i].start && range->start < machine->buffers[i].end) {
      *offset = (int64_t)(range->start - machine->buffers[i].start);
      return machine->buffers[i].name;
    }
  *offset = (int64_t)range->start;
  return "unknown memory";
}

char *machineDescribe(const AddnormMachine *machine, const MachineRange *range, char *text,
                      size_t size) {
  int64_t offset, bytes = (int64_t)(machineRangeEnd(range) - range->start);
  const char *memory = placeOf(machine, range, &offset);
  int length = snprintf(text, size, "%s[%" PRId64 ", %" PRId64 ")", memory, offset, offset + bytes);
  if (range->rows > 1 && length > 0 && (size_t)length < size)
    snprintf(text + length, size - (size_t)length, " in rows of %" PRId64 " every %" PRId64,
             range->rowBytes, range->stride);
  return text;
}

AddnormNpuStatus machineReport(AddnormMachine *machine, int64_t core, AddnormHazardKind kind,
                               int64_t tag, const MachineRange *memory, const char *format, ...) {
  AddnormNpuStatus status = kinds[kind].status;
  if (machine->numHazards++ == 0)
    machine->firstStatus = status;
  machine->sealed = true;
  if (machine->numHazards > ADDNORM_HAZARDS_KEPT)
    return status;
  AddnormHazard *hazard = &machine->hazards[machine->numHazards - 1];
  bool ran = core >= 0 && core < machine->target.cores && machine->cores[core].runs;
  machine->hazardEvents[machine->numHazards - 1] = ran ? machine->cores[core].lastEvent : -1;
  *hazard = (AddnormHazard){.kind = kind,
                            .status = status,
                            .launch = machine->numLaunches ? machine->numLaunches - 1 : 0,
                            .core = core,
                            .tag = tag};
  if (memory) {
    const char *name = placeOf(machine, memory, &hazard->offset);
    strncpy(hazard->memory, name, sizeof hazard->memory - 1);
    hazard->bytes = (int64_t)(machineRangeEnd(memory) - memory->start);
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(hazard->text, sizeof hazard->text, format, arguments);
  va_end(arguments);
  return status;
}

void machineTimeHazards(AddnormMachine *machine, int64_t launch) {
  int64_t kept = machine->numHazards;
  if (kept > ADDNORM_HAZARDS_KEPT)
    kept = ADDNORM_HAZARDS_KEPT;
  if (kept == 0 || machine->hazards[kept - 1].launch != launch)
    return;
  int64_t count;
  const MachineEvent *events = machineEvents(machine, launch, &count);
  AddnormMachineCycles cycles;
  double *clocks = malloc((size_t)count * sizeof *clocks);
  if (clocks && machineReplay(events, count, &machine->target, &cycles, NULL, NULL, clocks))
    for (int64_t i = 0; i < kept; ++i)
      if (machine->hazards[i].launch == launch && machine->hazardEvents[i] >= 0)
        machine->hazards[i].cycle = clocks[machine->hazardEvents[i] - machine->launches[launch]];
  free(clocks);
}

int64_t addnormMachineHazardCount(const AddnormMachine *machine) { return machine->numHazards; }

const AddnormHazard *addnormMachineHazard(const AddnormMachine *machine, int64_t i) {
  return i >= 0 && i < machine->numHazards && i < ADDNORM_HAZARDS_KEPT ? &machine->hazards[i]
                                                                       : NULL;
}

void addnormMachinePrintHazards(const AddnormMachine *machine, FILE *file) {
  const AddnormHazard *hazard;
  for (int64_t i = 0; (hazard = addnormMachineHazard(machine, i)); ++i)
    fprintf(file, "launch %" PRId64 ", core %" PRId64 ", cycle %.0f: %s: %s\n", hazard->launch,
            hazard->core, hazard->cycle, addnormHazardName(hazard->kind), hazard->text);
  if (machine->numHazards > ADDNORM_HAZARDS_KEPT)
    fprintf(file, "%" PRId64 " more hazards\n", machine->numHazards - ADDNORM_HAZARDS_KEPT);
}
