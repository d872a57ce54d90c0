/* The rules of npu_runtime.h and of the description, one function each. */

#include "lib/runtime/machine.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT = 96 };

/* The core whose scratchpad, or whose guards, hold the address; -1: none. */
static int64_t scratchpadOf(const AddnormMachine *machine, const void *pointer) {
  uint64_t address = (uintptr_t)pointer;
  for (int64_t i = 0; i < machine->target.cores; ++i) {
    uint64_t base = (uintptr_t)machine->cores[i].base;
    if (machine->cores[i].memory && address >= base - MACHINE_GUARD &&
        address < base + (uint64_t)machine->target.scratchpadBytes + MACHINE_GUARD)
      return i;
  }
  return -1;
}

bool machineIsInScratchpad(const MachineCore *core, const MachineRange *range) {
  uint64_t base = (uintptr_t)core->base, end = machineRangeEnd(range);
  for (int64_t i = 0; i < core->numParts; ++i)
    if (range->start >= base + (uint64_t)core->parts[i].begin &&
        end <= base + (uint64_t)core->parts[i].end)
      return true;
  return false;
}

static bool isInGlobalMemory(const AddnormMachine *machine, const MachineTransfer *transfer) {
  if (machine->flags & ADDNORM_MACHINE_ANY_MEMORY)
    return true;
  int32_t access = transfer->isStore ? ADDNORM_MACHINE_WRITE : ADDNORM_MACHINE_READ;
  for (int64_t i = 0; i < machine->numBuffers; ++i) {
    const MachineBuffer *buffer = &machine->buffers[i];
    if (transfer->global.start >= buffer->start &&
        machineRangeEnd(&transfer->global) <= buffer->end && (buffer->access & access))
      return true;
  }
  return false;
}

static const char *nameOf(const MachineTransfer *transfer) {
  return transfer->isStore ? "store" : "load";
}

static AddnormNpuStatus checkDirection(AddnormMachine *machine, int64_t core,
                                       MachineTransfer *transfer) {
  int64_t from = scratchpadOf(machine, transfer->source);
  int64_t to = scratchpadOf(machine, transfer->destination);
  transfer->isStore = from >= 0;
  int64_t owner = from >= 0 ? from : to;
  if ((from >= 0) == (to >= 0))
    return machineReport(machine, core, ADDNORM_HAZARD_DIRECTION, transfer->tag, NULL,
                         "%s side of the transfer with tag %" PRId64 " is in a scratchpad",
                         from >= 0 ? "each" : "no", transfer->tag);
  if (owner != core)
    return machineReport(machine, core, ADDNORM_HAZARD_DIRECTION, transfer->tag, NULL,
                         "%s with tag %" PRId64 ": the scratchpad is that of core %" PRId64,
                         nameOf(transfer), transfer->tag, owner);
  return ADDNORM_NPU_OK;
}

AddnormNpuStatus machineCheckPlaces(AddnormMachine *machine, int64_t core,
                                    MachineTransfer *transfer) {
  MachineTransfer *t = transfer;
  if (t->rows < 0 || t->rowBytes < 0)
    return machineReport(machine, core, ADDNORM_HAZARD_LIMIT, t->tag, NULL,
                         "transfer with tag %" PRId64 ": %" PRId64 " rows of %" PRId64 " bytes",
                         t->tag, t->rows, t->rowBytes);
  if (t->rows == 0 || t->rowBytes == 0)
    return ADDNORM_NPU_OK;
  if (t->queue < 0 || t->queue >= machine->target.queues)
    return machineReport(machine, core, ADDNORM_HAZARD_LIMIT, t->tag, NULL,
                         "transfer with tag %" PRId64 ": queue %" PRId64 " of %" PRId64, t->tag,
                         t->queue, machine->target.queues);
  AddnormNpuStatus status = checkDirection(machine, core, t);
  if (status != ADDNORM_NPU_OK)
    return status;

  const void *scratchpad = t->isStore ? t->source : t->destination;
  const void *global = t->isStore ? t->destination : t->source;
  bool scratchpadExists =
      machineRangeMake((uintptr_t)scratchpad, t->isStore ? t->sourceStride : t->destinationStride,
                       t->rowBytes, t->rows, &t->scratchpad);
  bool globalExists =
      machineRangeMake((uintptr_t)global, t->isStore ? t->destinationStride : t->sourceStride,
                       t->rowBytes, t->rows, &t->global);
  char text[TEXT];
  if (!scratchpadExists || !machineIsInScratchpad(&machine->cores[core], &t->scratchpad))
    return machineReport(machine, core, ADDNORM_HAZARD_SCRATCHPAD_BOUNDS, t->tag, &t->scratchpad,
                         "%s with tag %" PRId64 ": %s is not in one of the parts asked for",
                         nameOf(t), t->tag,
                         machineDescribe(machine, &t->scratchpad, text, sizeof text));
  if (!globalExists || !isInGlobalMemory(machine, t))
    return machineReport(machine, core, ADDNORM_HAZARD_GLOBAL_BOUNDS, t->tag, &t->global,
                         "%s with tag %" PRId64 ": %s is not in a buffer that may be %s", nameOf(t),
                         t->tag, machineDescribe(machine, &t->global, text, sizeof text),
                         t->isStore ? "written" : "read");
  return ADDNORM_NPU_OK;
}

static AddnormNpuStatus checkLimits(AddnormMachine *machine, int64_t core,
                                    const MachineTransfer *t) {
  const AddnormNpuTarget *target = &machine->target;
  if (target->maxTransferRows && t->rows > target->maxTransferRows)
    return machineReport(machine, core, ADDNORM_HAZARD_LIMIT, t->tag, &t->global,
                         "%s with tag %" PRId64 ": %" PRId64 " rows, more than %" PRId64, nameOf(t),
                         t->tag, t->rows, target->maxTransferRows);
  if (target->maxRowBytes && t->rowBytes > target->maxRowBytes)
    return machineReport(machine, core, ADDNORM_HAZARD_LIMIT, t->tag, &t->global,
                         "%s with tag %" PRId64 ": rows of %" PRId64 " bytes, more than %" PRId64,
                         nameOf(t), t->tag, t->rowBytes, target->maxRowBytes);
  return ADDNORM_NPU_OK;
}

static bool isAligned(const void *start, int64_t stride, int64_t rows, int64_t alignment) {
  uint64_t bits = (uintptr_t)start | (rows > 1 ? (uint64_t)stride : 0);
  return (bits & (uint64_t)(alignment - 1)) == 0;
}

static AddnormNpuStatus checkAlignment(AddnormMachine *machine, int64_t core,
                                       const MachineTransfer *t) {
  const AddnormNpuTarget *target = &machine->target;
  bool source = isAligned(t->source, t->sourceStride, t->rows,
                          t->isStore ? target->scratchpadAlignment : target->globalAlignment);
  bool destination = isAligned(t->destination, t->destinationStride, t->rows,
                               t->isStore ? target->globalAlignment : target->scratchpadAlignment);
  bool scratchpad = t->isStore ? source : destination;
  bool global = (t->isStore ? destination : source) || t->rows == 1;
  if (scratchpad && global)
    return ADDNORM_NPU_OK;
  const MachineRange *range = scratchpad ? &t->global : &t->scratchpad;
  char text[TEXT];
  return machineReport(machine, core, ADDNORM_HAZARD_ALIGNMENT, t->tag, range,
                       "%s with tag %" PRId64 ": %s is not aligned to %" PRId64, nameOf(t), t->tag,
                       machineDescribe(machine, range, text, sizeof text),
                       scratchpad ? target->globalAlignment : target->scratchpadAlignment);
}

/* Two transfers in flight at the same time may have bytes in common that both only read. */
static AddnormNpuStatus checkOverlap(AddnormMachine *machine, int64_t core,
                                     const MachineTransfer *t) {
  int64_t stride = t->destinationStride < 0 ? -t->destinationStride : t->destinationStride;
  char text[TEXT];
  if (t->rows > 1 && stride < t->rowBytes)
    return machineReport(machine, core, ADDNORM_HAZARD_OVERLAP, t->tag,
                         t->isStore ? &t->global : &t->scratchpad,
                         "%s with tag %" PRId64 ": its rows of %" PRId64 " bytes are %" PRId64
                         " apart where they go",
                         nameOf(t), t->tag, t->rowBytes, stride);
  for (int64_t i = 0; i < machine->cores[core].numInFlight; ++i) {
    const MachineTransfer *other = &machine->cores[core].inFlight[i];
    const MachineRange *range = NULL;
    if (!(t->isStore && other->isStore) && machineRangesOverlap(&t->scratchpad, &other->scratchpad))
      range = &t->scratchpad;
    else if ((t->isStore || other->isStore) && machineRangesOverlap(&t->global, &other->global))
      range = &t->global;
    if (range)
      return machineReport(machine, core, ADDNORM_HAZARD_OVERLAP, t->tag, range,
                           "%s with tag %" PRId64 ": %s is in use by the %s in flight with tag "
                           "%" PRId64,
                           nameOf(t), t->tag, machineDescribe(machine, range, text, sizeof text),
                           nameOf(other), other->tag);
  }
  return ADDNORM_NPU_OK;
}

/* Only a kernel that says what it writes can be asked whether it has. */
static AddnormNpuStatus checkWritten(AddnormMachine *machine, int64_t core,
                                     const MachineTransfer *t) {
  const MachineCore *self = &machine->cores[core];
  if (!t->isStore || !self->traced)
    return ADDNORM_NPU_OK;
  for (int64_t row = 0; row < t->rows; ++row) {
    ptrdiff_t offset = t->source + row * t->sourceStride - self->base;
    if (!memchr(self->written + offset, false, (size_t)t->rowBytes))
      continue;
    char text[TEXT];
    return machineReport(machine, core, ADDNORM_HAZARD_UNINITIALISED, t->tag, &t->scratchpad,
                         "store with tag %" PRId64 ": nothing was written to bytes of row %" PRId64
                         " of %s",
                         t->tag, row, machineDescribe(machine, &t->scratchpad, text, sizeof text));
  }
  return ADDNORM_NPU_OK;
}

AddnormNpuStatus machineCheckRules(AddnormMachine *machine, int64_t core,
                                   const MachineTransfer *transfer) {
  if (transfer->rows == 0 || transfer->rowBytes == 0)
    return ADDNORM_NPU_OK;
  AddnormNpuStatus (*const checks[])(AddnormMachine *, int64_t, const MachineTransfer *) = {
      checkLimits, checkAlignment, checkOverlap, checkWritten};
  AddnormNpuStatus status = ADDNORM_NPU_OK;
  for (size_t i = 0; status == ADDNORM_NPU_OK && i < sizeof checks / sizeof *checks; ++i)
    status = checks[i](machine, core, transfer);
  return status;
}

AddnormNpuStatus machineCheckAccess(AddnormMachine *machine, int64_t core,
                                    const MachineRange *range, bool isWrite) {
  const MachineCore *self = &machine->cores[core];
  const char *verb = isWrite ? "write" : "read";
  char text[TEXT];
  if (!machineIsInScratchpad(self, range))
    return machineReport(machine, core, ADDNORM_HAZARD_ACCESS_BOUNDS, -1, range,
                         "%s of %s, not in one of the parts asked for", verb,
                         machineDescribe(machine, range, text, sizeof text));
  for (int64_t i = 0; i < self->numInFlight; ++i) {
    const MachineTransfer *t = &self->inFlight[i];
    if ((isWrite || !t->isStore) && machineRangesOverlap(range, &t->scratchpad))
      return machineReport(
          machine, core, isWrite ? ADDNORM_HAZARD_WRITE_IN_FLIGHT : ADDNORM_HAZARD_READ_IN_FLIGHT,
          t->tag, range, "%s of %s, in use by the %s in flight with tag %" PRId64, verb,
          machineDescribe(machine, range, text, sizeof text), nameOf(t), t->tag);
  }
  const bool *written = self->written + (range->start - (uintptr_t)self->base);
  if (!isWrite && memchr(written, false, (size_t)range->rowBytes))
    return machineReport(machine, core, ADDNORM_HAZARD_UNINITIALISED, -1, range,
                         "read of %s, where nothing was written to some bytes",
                         machineDescribe(machine, range, text, sizeof text));
  return ADDNORM_NPU_OK;
}

/* Whether all bytes from `begin` to `end` are still poison. */
static void checkGuard(AddnormMachine *machine, int64_t core, const unsigned char *begin,
                       const unsigned char *end) {
  if (begin < end && *begin == MACHINE_POISON &&
      memcmp(begin, begin + 1, (size_t)(end - begin - 1)) == 0)
    return;
  while (begin < end && *begin == MACHINE_POISON)
    ++begin;
  while (begin < end && end[-1] == MACHINE_POISON)
    --end;
  if (begin == end)
    return;
  MachineRange range;
  machineRangeMake((uintptr_t)begin, 0, end - begin, 1, &range);
  char text[TEXT];
  machineReport(machine, core, ADDNORM_HAZARD_ACCESS_BOUNDS, -1, &range,
                "%s was written, in none of the parts asked for",
                machineDescribe(machine, &range, text, sizeof text));
}

void machineCheckEnd(AddnormMachine *machine, int64_t core) {
  MachineCore *self = &machine->cores[core];
  const unsigned char *free = self->base - MACHINE_GUARD;
  for (int64_t i = 0; i < self->numParts; ++i) {
    checkGuard(machine, core, free, self->base + self->parts[i].begin);
    free = self->base + self->parts[i].end;
  }
  checkGuard(machine, core, free, self->base + machine->target.scratchpadBytes + MACHINE_GUARD);
  for (int64_t i = 0; self->failed == ADDNORM_NPU_OK && i < self->numInFlight; ++i) {
    const MachineTransfer *t = &self->inFlight[i];
    char text[TEXT];
    machineReport(machine, core, ADDNORM_HAZARD_NOT_WAITED, t->tag, &t->global,
                  "%s with tag %" PRId64 " of %s was never waited for", nameOf(t), t->tag,
                  machineDescribe(machine, &t->global, text, sizeof text));
  }
}
