/* npu_runtime.h: each call is checked, done and recorded. */

#include "lib/runtime/machine.h"

#include <inttypes.h>
#include <string.h>

/* What a call returns that found a hazard: from then on the kernel has failed, unless hazards are
 * only reported. */
static AddnormNpuStatus fail(const AddnormMachine *machine, MachineCore *core,
                             AddnormNpuStatus status) {
  if (machine->flags & ADDNORM_MACHINE_CONTINUE)
    return ADDNORM_NPU_OK;
  return core->failed = status;
}

/* The kernel that makes a call; null when it must not make any: then `status` is returned. */
static MachineCore *enter(AddnormMachine *machine, int64_t index, int64_t tag,
                          AddnormNpuStatus *status) {
  *status = ADDNORM_NPU_ERROR_DEVICE;
  if (!machine)
    return NULL;
  if (index < 0 || index >= machine->target.cores || !machine->cores[index].runs) {
    AddnormNpuStatus found =
        machineReport(machine, index, ADDNORM_HAZARD_NO_KERNEL, tag, NULL,
                      "a call with tag %" PRId64 " for a core without a kernel", tag);
    *status = machine->flags & ADDNORM_MACHINE_CONTINUE ? ADDNORM_NPU_OK : found;
    return NULL;
  }
  MachineCore *core = &machine->cores[index];
  if (core->failed != ADDNORM_NPU_OK)
    machineReport(machine, index, ADDNORM_HAZARD_AFTER_ERROR, tag, NULL,
                  "a call with tag %" PRId64 " after one that failed: %s", tag,
                  addnormNpuErrorText(core->failed));
  else
    core->failed = core->pending;
  *status = core->failed;
  return *status == ADDNORM_NPU_OK ? core : NULL;
}

int64_t addnormNpuCore(void) {
  const AddnormMachine *machine = machineInUse();
  return machine ? machine->currentCore : 0;
}

/* A part of the scratchpad for a kernel that has begun. */
static void *take(AddnormMachine *machine, MachineCore *core, int64_t index, int64_t offset,
                  int64_t bytes) {
  int64_t capacity = machine->target.scratchpadBytes;
  if (bytes < 0 || offset < 0 || offset > capacity || bytes > capacity - offset) {
    core->failed = machineReport(
        machine, index, ADDNORM_HAZARD_CAPACITY, -1, NULL,
        "%" PRId64 " bytes of scratchpad asked for behind the first %" PRId64 ", of %" PRId64,
        bytes, offset, capacity);
    return NULL;
  }
  int64_t taken = core->numParts ? core->parts[core->numParts - 1].end : 0;
  if (offset < taken) {
    core->failed = machineReport(machine, index, ADDNORM_HAZARD_OVERLAP, -1, NULL,
                                 "scratchpad from byte %" PRId64
                                 " on asked for, of which the first %" PRId64 " are taken",
                                 offset, taken);
    return NULL;
  }
  MachineEvent event = {.kind = MACHINE_TAKE, .core = (int32_t)index, .bytes = offset + bytes};
  if (!machineGrow(machine, (void **)&core->parts, &core->maxParts, core->numParts,
                   sizeof *core->parts) ||
      !machineRecord(machine, &event)) {
    core->failed = ADDNORM_NPU_ERROR_DEVICE;
    return NULL;
  }
  core->parts[core->numParts++] = (MachinePart){offset, offset + bytes};
  return core->base + offset;
}

void *addnormNpuScratchpad(int64_t index, int64_t offset, int64_t bytes) {
  AddnormMachine *machine = machineInUse();
  if (!machine)
    return NULL;
  if (index < 0 || index >= machine->target.cores) {
    machineReport(machine, index, ADDNORM_HAZARD_NO_KERNEL, -1, NULL,
                  "a kernel for a core that does not exist, of %" PRId64, machine->target.cores);
    return NULL;
  }
  AddnormNpuStatus status;
  MachineCore *core =
      offset == 0 ? machineBegin(machine, index) : enter(machine, index, -1, &status);
  return core ? take(machine, core, index, offset, bytes) : NULL;
}

/* Until it is complete, nobody knows what is where a load goes. */
static void poison(const MachineTransfer *load) {
  for (int64_t row = 0; row < load->rows; ++row)
    memset(load->destination + row * load->destinationStride, MACHINE_POISON,
           (size_t)load->rowBytes);
}

static void copy(MachineCore *core, const MachineTransfer *transfer) {
  for (int64_t row = 0; row < transfer->rows; ++row) {
    unsigned char *destination = transfer->destination + row * transfer->destinationStride;
    memcpy(destination, transfer->source + row * transfer->sourceStride,
           (size_t)transfer->rowBytes);
    if (!transfer->isStore)
      memset(core->written + (destination - core->base), true, (size_t)transfer->rowBytes);
  }
}

static MachineEvent startOf(int64_t core, const MachineTransfer *t) {
  uintptr_t global = t->isStore ? (uintptr_t)t->destination : (uintptr_t)t->source;
  int64_t stride = t->isStore ? t->destinationStride : t->sourceStride;
  return (MachineEvent){.kind = MACHINE_START,
                        .isStore = t->isStore,
                        .core = (int32_t)core,
                        .tag = t->tag,
                        .queue = t->queue,
                        .global = {global, stride, t->rowBytes, t->rows}};
}

int32_t addnormNpuDmaStart(void *destination, const void *source, int64_t destinationStride,
                           int64_t sourceStride, int64_t rowBytes, int64_t rows, int64_t core,
                           int64_t queue, int64_t tag) {
  AddnormMachine *machine = machineInUse();
  AddnormNpuStatus status;
  MachineCore *self = enter(machine, core, tag, &status);
  if (!self)
    return (int32_t)status;
  MachineTransfer transfer = {.queue = queue,
                              .tag = tag,
                              .destination = destination,
                              .source = source,
                              .destinationStride = destinationStride,
                              .sourceStride = sourceStride,
                              .rowBytes = rowBytes,
                              .rows = rows};
  status = machineCheckPlaces(machine, core, &transfer);
  if (status != ADDNORM_NPU_OK || rows == 0 || rowBytes == 0)
    transfer = (MachineTransfer){.queue = queue, .tag = tag};
  else
    status = machineCheckRules(machine, core, &transfer);
  if (status != ADDNORM_NPU_OK && fail(machine, self, status) != ADDNORM_NPU_OK)
    return (int32_t)status;

  MachineEvent event = startOf(core, &transfer);
  if (!machineGrow(machine, (void **)&self->inFlight, &self->maxInFlight, self->numInFlight,
                   sizeof *self->inFlight) ||
      !machineRecord(machine, &event))
    return (int32_t)(self->failed = ADDNORM_NPU_ERROR_DEVICE);
  self->inFlight[self->numInFlight++] = transfer;
  if (!transfer.isStore)
    poison(&transfer);
  return ADDNORM_NPU_OK;
}

int32_t addnormNpuDmaWait(int64_t core, int64_t tag) {
  AddnormMachine *machine = machineInUse();
  AddnormNpuStatus status;
  MachineCore *self = enter(machine, core, tag, &status);
  if (!self)
    return (int32_t)status;
  int64_t left = 0, before = self->numInFlight;
  for (int64_t i = 0; i < before; ++i) {
    if (self->inFlight[i].tag == tag)
      copy(self, &self->inFlight[i]);
    else
      self->inFlight[left++] = self->inFlight[i];
  }
  self->numInFlight = left;
  if (left == before)
    return (int32_t)fail(machine, self,
                         machineReport(machine, core, ADDNORM_HAZARD_NOT_STARTED, tag, NULL,
                                       "a wait for tag %" PRId64 ", which no transfer has", tag));
  MachineEvent event = {.kind = MACHINE_WAIT, .core = (int32_t)core, .tag = tag};
  if (!machineRecord(machine, &event))
    return (int32_t)(self->failed = ADDNORM_NPU_ERROR_DEVICE);
  return ADDNORM_NPU_OK;
}

/* The hazard that made the kernel fail is recorded. */
void addnormNpuFailed(int32_t status, const char *site) {
  (void)status;
  (void)site;
}

const char *addnormNpuErrorText(int32_t status) {
  switch ((AddnormNpuStatus)status) {
  case ADDNORM_NPU_OK:
    return "success";
  case ADDNORM_NPU_ERROR_SCRATCHPAD:
    return "more scratchpad asked for than there is";
  case ADDNORM_NPU_ERROR_BOUNDS:
    return "a transfer outside of a scratchpad or of known memory";
  case ADDNORM_NPU_ERROR_ALIGNMENT:
    return "a transfer that is not aligned";
  case ADDNORM_NPU_ERROR_LIMIT:
    return "a transfer with more rows or longer rows than the machine takes, or by a queue that it "
           "does not have";
  case ADDNORM_NPU_ERROR_OVERLAP:
    return "a transfer of memory that another one uses";
  case ADDNORM_NPU_ERROR_ACCESS:
    return "an access to scratchpad memory that is in flight, was not written or was not asked for";
  case ADDNORM_NPU_ERROR_WAIT:
    return "a wait for a tag that no transfer has, or a transfer that nobody waits for";
  case ADDNORM_NPU_ERROR_DEVICE:
    return "no machine in use, no memory for it, or a call after one that failed";
  }
  return "unknown status";
}

/* The kernel of a call that traces; null when it is not to be looked at. */
static MachineCore *tracing(AddnormMachine *machine, int64_t core) {
  if (!machine || core < 0 || core >= machine->target.cores || !machine->cores[core].runs ||
      machine->cores[core].failed != ADDNORM_NPU_OK)
    return NULL;
  return &machine->cores[core];
}

void addnormNpuTraceAccess(int64_t core, const void *address, int64_t bytes, int32_t isWrite) {
  AddnormMachine *machine = machineInUse();
  MachineCore *self = tracing(machine, core);
  MachineRange range;
  if (!self || bytes <= 0 || !machineRangeMake((uintptr_t)address, 0, bytes, 1, &range))
    return;
  self->traced = true;
  AddnormNpuStatus status = machineCheckAccess(machine, core, &range, isWrite != 0);
  if (self->pending == ADDNORM_NPU_OK && !(machine->flags & ADDNORM_MACHINE_CONTINUE))
    self->pending = status;
  if (isWrite && machineIsInScratchpad(self, &range))
    memset(self->written + (range.start - (uintptr_t)self->base), true, (size_t)bytes);
}

void addnormNpuTraceWork(int64_t core, double cycles) {
  AddnormMachine *machine = machineInUse();
  if (!tracing(machine, core) || !(cycles > 0))
    return;
  MachineEvent event = {.kind = MACHINE_WORK, .core = (int32_t)core, .cycles = cycles};
  machineRecord(machine, &event);
}
