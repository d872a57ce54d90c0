/* The reference NPU machine: npu_runtime.h on the host, for any description of target.h. Each
 * scratchpad is a memory of its own, every call is checked, and a run can be costed in cycles.
 * Needs nothing but the C library, no MLIR; C11 or C++. With CMake: find_package(AddNorm COMPONENTS
 * machine), then link AddNorm::machine.
 *
 *   AddnormMachine *machine = addnormMachineCreate(&target, 0);
 *   addnormMachineAddBuffer(machine, "x", x, sizeof x, ADDNORM_MACHINE_READ);
 *   addnormMachineUse(machine);
 *   ... call the compiled code ...
 *   if (addnormMachineFinish(machine) != ADDNORM_NPU_OK)
 *     addnormMachinePrintHazards(machine, stderr);
 *   addnormMachineReplay(machine, 0, NULL, &cycles, NULL, NULL);
 *
 * A kernel is what one core does, from its call of addnormNpuScratchpad for offset 0 on. A launch
 * is kernels of different cores; they run one after the other here, at the same time on the
 * machine. It ends when a core begins its next kernel, which belongs to the next launch, or by
 * addnormMachineFinish. A run is the launches from addnormMachineCreate or addnormMachineReset on.
 *
 * What a kernel sees is the worst that the contract of npu_runtime.h allows: its scratchpad holds
 * NaNs of every type at the start, the destination of a load holds them until the wait, and all
 * bytes are copied at the wait. So a mistake shows in the results as well as in the hazards.
 *
 * Without calls of addnormNpuTraceAccess the machine does not know what a kernel reads and writes:
 * then only transfers are checked, and what is written outside of the parts that were asked for is
 * found at the end of the kernel. Without addnormNpuTraceWork computing takes no time.
 *
 * Threads: a machine is used by one thread at a time; different machines are independent. Which one
 * the functions of npu_runtime.h mean is a matter of the calling thread. */

#ifndef ADDNORM_C_NPU_MACHINE_H
#define ADDNORM_C_NPU_MACHINE_H

#include <stdio.h>

#include "addnorm-c/npu_runtime.h"
#include "addnorm-c/target.h"

ADDNORM_EXTERN_C_BEGIN

typedef struct AddnormMachine AddnormMachine;

enum AddnormMachineFlags {
  /* Global memory is whatever is no scratchpad: for programs whose buffers nobody can name. */
  ADDNORM_MACHINE_ANY_MEMORY = 1,
  /* Hazards are only reported: calls succeed, and transfers are done unless they cannot be.
     Otherwise the call that finds one fails, and for hazards of an access the core's next call. */
  ADDNORM_MACHINE_CONTINUE = 2
};

/* A machine as `target` describes it, which addnormNpuTargetCheck must accept; a copy is kept. Null
 * when there is no memory for it. */
ADDNORM_API AddnormMachine *addnormMachineCreate(const AddnormNpuTarget *target, int32_t flags);

/* Also when it is null. The calling thread uses it no more; no other thread may. */
ADDNORM_API void addnormMachineDestroy(AddnormMachine *machine);

/* The functions of npu_runtime.h mean this machine from now on, in this thread; null: none, and
 * they fail. Returns the one before. */
ADDNORM_API AddnormMachine *addnormMachineUse(AddnormMachine *machine);

/* What addnormNpuCore returns; 0 until it is set. */
ADDNORM_API void addnormMachineSetCore(AddnormMachine *machine, int64_t core);

enum AddnormMachineAccess { ADDNORM_MACHINE_READ = 1, ADDNORM_MACHINE_WRITE = 2 };

/* Makes `bytes` bytes of global memory known to the machine. Each transfer has to stay within one
 * buffer that allows its direction; buffers may overlap. The name is copied, and cut to 31 bytes.
 * False when there is no memory for it. */
ADDNORM_API bool addnormMachineAddBuffer(AddnormMachine *machine, const char *name,
                                         const void *address, int64_t bytes, int32_t access);
ADDNORM_API void addnormMachineRemoveBuffers(AddnormMachine *machine);

/* Ends the launch. Returns the status of the run's first hazard. */
ADDNORM_API AddnormNpuStatus addnormMachineFinish(AddnormMachine *machine);

/* Forgets the run, and what is in flight. Buffers stay. */
ADDNORM_API void addnormMachineReset(AddnormMachine *machine);

/* --- hazards ------------------------------------------------------------------------------------
 */

typedef enum AddnormHazardKind {
  ADDNORM_HAZARD_CAPACITY = 0,      /* more scratchpad asked for than there is */
  ADDNORM_HAZARD_NO_KERNEL,         /* a call for a core that has no kernel, or does not exist */
  ADDNORM_HAZARD_AFTER_ERROR,       /* a transfer or a wait after a call that failed */
  ADDNORM_HAZARD_DIRECTION,         /* not between global memory and the core's own scratchpad */
  ADDNORM_HAZARD_SCRATCHPAD_BOUNDS, /* a transfer outside of a part that was asked for */
  ADDNORM_HAZARD_GLOBAL_BOUNDS,     /* a transfer outside of the buffers, or not allowed by them */
  ADDNORM_HAZARD_ALIGNMENT,         /* of either side */
  ADDNORM_HAZARD_LIMIT,             /* rows, bytes of a row, or a queue that does not exist */
  ADDNORM_HAZARD_OVERLAP,           /* with a transfer in flight, or of its own rows; or a part of
                                       the scratchpad with one taken before */
  ADDNORM_HAZARD_RACE,              /* global memory that one core of a launch writes and another
                                       one reads or writes: nothing orders them */
  ADDNORM_HAZARD_NOT_STARTED,       /* a wait for a tag without a transfer */
  ADDNORM_HAZARD_NOT_WAITED,        /* a transfer that the kernel never waited for */
  ADDNORM_HAZARD_READ_IN_FLIGHT,    /* of bytes that a load is bringing */
  ADDNORM_HAZARD_WRITE_IN_FLIGHT,   /* of bytes that a transfer reads or writes */
  ADDNORM_HAZARD_UNINITIALISED,     /* read, or stored, before anything was written */
  ADDNORM_HAZARD_ACCESS_BOUNDS      /* by the core, outside of a part that was asked for */
} AddnormHazardKind;

enum { ADDNORM_MACHINE_NAME = 32, ADDNORM_HAZARD_TEXT = 232, ADDNORM_HAZARDS_KEPT = 100 };

typedef struct AddnormHazard {
  AddnormHazardKind kind;
  AddnormNpuStatus status;
  int64_t launch, core;
  int64_t tag;                       /* -1: it has to do with none */
  double cycle;                      /* of the core's clock, since the launch */
  char memory[ADDNORM_MACHINE_NAME]; /* a buffer's name, "scratchpad", "unknown memory"; "": it has
                                        to do with none */
  int64_t offset, bytes;             /* there, from the first byte to the last; in unknown memory an
                                        address */
  char text[ADDNORM_HAZARD_TEXT];    /* one line, without the core and the cycle */
} AddnormHazard;

/* How many the run has had. */
ADDNORM_API int64_t addnormMachineHazardCount(const AddnormMachine *machine);

/* Hazard `i`, after addnormMachineFinish; valid until the machine is used again. Null unless
 * 0 <= i < the count; the first ADDNORM_HAZARDS_KEPT are kept. */
ADDNORM_API const AddnormHazard *addnormMachineHazard(const AddnormMachine *machine, int64_t i);

/* A short name such as "read-in-flight". */
ADDNORM_API const char *addnormHazardName(AddnormHazardKind kind);

/* One line for each hazard that was kept, and how many were not. */
ADDNORM_API void addnormMachinePrintHazards(const AddnormMachine *machine, FILE *file);

/* --- counters -----------------------------------------------------------------------------------
 */

typedef struct AddnormMachineCounters {
  int64_t kernels;
  int64_t loads, stores;             /* transfers with at least one byte */
  int64_t waits;                     /* calls */
  int64_t loadedBytes, storedBytes;  /* what was asked for */
  int64_t loadPadding, storePadding; /* bytes moved besides: the rest of bursts (target.h) */
  int64_t peakScratchpad;            /* bytes, the most that a kernel asked for */
  double workCycles;
} AddnormMachineCounters;

/* Of the run; a launch ends with the beginning of the next one. */
ADDNORM_API int64_t addnormMachineLaunches(const AddnormMachine *machine);

/* Of one core in one launch; -1 stands for all launches or all cores. */
ADDNORM_API AddnormMachineCounters addnormMachineCount(const AddnormMachine *machine,
                                                       int64_t launch, int64_t core);

/* --- cycles -------------------------------------------------------------------------------------
 *
 * The calls of a launch are recorded, and replayed to find out how long it takes. All cores of the
 * launch start at cycle 0, and each has the same share of the memory: memoryBytesPerCycle divided
 * by the cores that take part. On the clock of a core
 *
 *   - the kernel begins after launchCycles,
 *   - addnormNpuDmaStart takes issueCycles, then the transfer is in its queue,
 *   - a transfer moves its rows, rounded up to whole bursts, when those before it in its queue have
 *     been moved: at queueBytesPerCycle, or at an even part of the core's share where the queues
 *     that move something ask for more than that. It is complete latencyCycles after its last byte
 *     was moved; the next one need not wait for that,
 *   - addnormNpuDmaWait takes until the transfers are complete,
 *   - addnormNpuTraceWork takes the cycles it says, and nothing else takes any.
 */

typedef enum AddnormMachineBound {
  ADDNORM_BOUND_DMA = 0,
  ADDNORM_BOUND_COMPUTE,
  ADDNORM_BOUND_LATENCY /* DMA and computing both take less than half of the cycles */
} AddnormMachineBound;

typedef struct AddnormMachineCycles {
  int64_t cores;   /* that took part */
  double cycles;   /* until the last core is done */
  int64_t slowest; /* that core; the first of several. What follows is about it */
  double launch;   /* launchCycles, a part of the cycles */
  double dma;      /* the least that its transfers take: all bytes moved at its share of the memory,
                      or those of its busiest queue at queueBytesPerCycle, whichever is longer */
  double compute;  /* its work, and what starting its transfers takes it: neither hides behind the
                      other */
  double firstLoad; /* latencyCycles and the least that the loads take which it waits for before it
                       works for the first time; 0: there are none */
  double lastStore; /* the same for the stores that it starts after its last work */
  double boundCycles; /* max(dma, compute) + firstLoad + lastStore */
  AddnormMachineBound bound;
  /* Of all cores that took part, from 0 to 1 of what was possible in all the cycles. */
  double queueUse, memoryUse, computeUse;
} AddnormMachineCycles;

/* What a core's vector unit, or one of its queues, did without a pause. */
typedef enum AddnormMachineUnit {
  ADDNORM_UNIT_LOAD = 0,
  ADDNORM_UNIT_COMPUTE,
  ADDNORM_UNIT_STORE
} AddnormMachineUnit;

typedef struct AddnormMachineSpan {
  int64_t core;
  AddnormMachineUnit unit;
  int64_t queue, tag; /* of a transfer */
  double begin, end;  /* of the cycles in which it moves bytes, or of work */
  double complete;    /* a transfer: latencyCycles later; work: its end */
} AddnormMachineSpan;

typedef void (*AddnormMachineSpanCallback)(const AddnormMachineSpan *span, void *userData);

/* Costs launch `launch` of the run with the figures for data movement of `target`; null: of the
 * machine's own. What was done, and the cycles of work, stay those of the run. Calls `callback`,
 * which may be null, for each span, core by core and in no particular order within one. False when
 * there is no such launch or no memory, or when a transfer used a queue that `target` lacks. */
ADDNORM_API bool addnormMachineReplay(const AddnormMachine *machine, int64_t launch,
                                      const AddnormNpuTarget *target, AddnormMachineCycles *cycles,
                                      AddnormMachineSpanCallback callback, void *userData);

/* --- reports ------------------------------------------------------------------------------------
 *
 * Of a launch, costed as by addnormMachineReplay, which says when these return false. They print
 * what was counted for the machine's own description, too. */

/* For people: cycles, the bound, utilisation, counts. Several lines. */
ADDNORM_API bool addnormMachinePrintLaunch(const AddnormMachine *machine, int64_t launch,
                                           const AddnormNpuTarget *target, FILE *file);

/* A line for the loads, the work and the stores of each core, `columns` > 0 wide: '#' where the
 * unit was busy for at least half of the time, '-' for less of it, '.' where it was idle. Latency
 * is idle time. */
ADDNORM_API bool addnormMachinePrintTimeline(const AddnormMachine *machine, int64_t launch,
                                             const AddnormNpuTarget *target, int32_t columns,
                                             FILE *file);

/* The same as a picture, an SVG file that needs no other; each queue has a lane of its own. */
ADDNORM_API bool addnormMachineDrawTimeline(const AddnormMachine *machine, int64_t launch,
                                            const AddnormNpuTarget *target, FILE *file);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_C_NPU_MACHINE_H */
