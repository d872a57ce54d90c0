/* Inside the reference NPU machine. What a kernel does is checked and recorded when it does it
 * (runtime.c, check.c); all counts and times come from the record (count.c, replay.c). */

#ifndef ADDNORM_LIB_RUNTIME_MACHINE_H
#define ADDNORM_LIB_RUNTIME_MACHINE_H

#include <stddef.h>

#include "addnorm-c/npu_machine.h"
#include "lib/runtime/range.h"

/* Bytes around each scratchpad that nobody may write, and the value of those that nobody has
 * written: a NaN in every type, however many bytes of it are read. */
enum { MACHINE_GUARD = 1 << 16, MACHINE_POISON = 0xff };

typedef struct MachineBuffer {
  char name[ADDNORM_MACHINE_NAME];
  uint64_t start, end;
  int32_t access;
} MachineBuffer;

/* Bytes of a scratchpad that a kernel took, from its start. */
typedef struct MachinePart {
  int64_t begin, end;
} MachinePart;

/* One call of DmaStart. Without bytes to move, both ranges are empty. */
typedef struct MachineTransfer {
  bool isStore;
  int64_t queue, tag;
  unsigned char *destination;
  const unsigned char *source;
  int64_t destinationStride, sourceStride, rowBytes, rows;
  MachineRange scratchpad, global;
} MachineTransfer;

typedef struct MachineCore {
  unsigned char *memory; /* guard, scratchpad, guard; null before the first kernel */
  unsigned char *base;
  bool *written;      /* a flag for each byte of the scratchpad */
  MachinePart *parts; /* in order, apart from each other */
  int64_t numParts, maxParts;
  bool runs;                        /* it has begun a kernel in this launch */
  bool traced;                      /* the kernel has called addnormNpuTraceAccess */
  AddnormNpuStatus pending, failed; /* to be returned by the next call; was returned */
  MachineTransfer *inFlight;
  int64_t numInFlight, maxInFlight;
  int64_t lastEvent;
} MachineCore;

typedef enum MachineEventKind {
  MACHINE_BEGIN,
  MACHINE_TAKE,
  MACHINE_START,
  MACHINE_WAIT,
  MACHINE_WORK
} MachineEventKind;

typedef struct MachineEvent {
  MachineEventKind kind;
  bool isStore;
  int32_t core;
  int64_t tag;         /* START, WAIT */
  int64_t queue;       /* START */
  MachineRange global; /* START: as it was asked for, `stride` of either sign */
  int64_t bytes;       /* TAKE: of the scratchpad, up to the end of the part */
  double cycles;       /* WORK */
} MachineEvent;

struct AddnormMachine {
  AddnormNpuTarget target;
  int32_t flags;
  int64_t currentCore;
  MachineCore *cores;
  MachineBuffer *buffers;
  int64_t numBuffers, maxBuffers;
  MachineEvent *events;
  int64_t numEvents, maxEvents;
  int64_t *launches; /* the first event of each */
  int64_t numLaunches, maxLaunches;
  bool launchRuns;
  bool sealed; /* the last event stays as it is: a hazard was found behind it */
  bool outOfMemory;
  AddnormHazard hazards[ADDNORM_HAZARDS_KEPT];
  int64_t hazardEvents[ADDNORM_HAZARDS_KEPT]; /* the last one before it, of its core; -1: none */
  int64_t numHazards;
  AddnormNpuStatus firstStatus;
};

/* --- machine.c */

/* The machine that the calling thread uses, or null. */
AddnormMachine *machineInUse(void);

/* Room for one more item of `size` bytes. False, and a note of it, when there is no memory. */
bool machineGrow(AddnormMachine *machine, void **items, int64_t *max, int64_t count, size_t size);

/* Core `core` begins a kernel, with no part of the scratchpad yet. Null when there is no memory. */
MachineCore *machineBegin(AddnormMachine *machine, int64_t core);

/* False when there is no memory. */
bool machineRecord(AddnormMachine *machine, const MachineEvent *event);

/* The events of a launch. */
const MachineEvent *machineEvents(const AddnormMachine *machine, int64_t launch, int64_t *count);

/* --- hazard.c */

/* Notes a hazard; `memory` is what it is about, or null. Returns its status. */
AddnormNpuStatus machineReport(AddnormMachine *machine, int64_t core, AddnormHazardKind kind,
                               int64_t tag, const MachineRange *memory, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* "NAME[begin, end)" of a range, in the `size` bytes of `text`; returns `text`. */
char *machineDescribe(const AddnormMachine *machine, const MachineRange *range, char *text,
                      size_t size);

/* Fills in the cycles of the launch's hazards. */
void machineTimeHazards(AddnormMachine *machine, int64_t launch);

/* --- check.c: each reports the first hazard that it finds, and returns its status */

/* Whether all bytes are in one part of the scratchpad. */
bool machineIsInScratchpad(const MachineCore *core, const MachineRange *range);

/* Whether the transfer can be done; finds out its direction and its ranges. */
AddnormNpuStatus machineCheckPlaces(AddnormMachine *machine, int64_t core,
                                    MachineTransfer *transfer);

/* Whether a transfer that can be done may be started. */
AddnormNpuStatus machineCheckRules(AddnormMachine *machine, int64_t core,
                                   const MachineTransfer *transfer);

/* Whether the core may read (or write) these bytes, one row. */
AddnormNpuStatus machineCheckAccess(AddnormMachine *machine, int64_t core,
                                    const MachineRange *range, bool isWrite);

/* Of the kernel of a core that is over. */
void machineCheckEnd(AddnormMachine *machine, int64_t core);

/* --- race.c: of a launch that is over */

void machineCheckRaces(AddnormMachine *machine, int64_t launch);

/* --- count.c */

/* Bytes that the rows of a transfer move besides their own. */
int64_t machinePadding(const MachineRange *global, int64_t burstBytes);

/* --- replay.c: a pure function. `clocks`, which may be null, gets the time of the event's core
 * behind each event. */

bool machineReplay(const MachineEvent *events, int64_t count, const AddnormNpuTarget *target,
                   AddnormMachineCycles *cycles, AddnormMachineSpanCallback callback,
                   void *userData, double *clocks);

#endif /* ADDNORM_LIB_RUNTIME_MACHINE_H */
