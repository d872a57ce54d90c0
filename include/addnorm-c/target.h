/* The description of an NPU: what target `npu` of addnorm-lower has to know about a machine. A
 * plain struct, or the same as a JSON file of its fields; a new machine needs no other code. Needs
 * nothing but the C library.
 *
 * The machine: `cores` alike, each with a scratchpad of its own, DMA queues between it and the
 * global memory that all share, and a vector unit that reads and writes the scratchpad only.
 *
 * Sizes are in bytes, times in cycles of a core's clock. Costs serve the schedule and the cycle
 * model of the reference machine (npu_machine.h); they change no bit of a result. */

#ifndef ADDNORM_C_TARGET_H
#define ADDNORM_C_TARGET_H

#include <stddef.h>

#include "addnorm-c/support.h"

ADDNORM_EXTERN_C_BEGIN

enum { ADDNORM_NPU_NAME = 32 };

typedef struct AddnormNpuTarget {
  char name[ADDNORM_NPU_NAME];

  /* Memory. */
  int64_t cores;
  int64_t scratchpadBytes;     /* of one core, for one kernel */
  int64_t scratchpadAlignment; /* a power of two; of the start and the pitch of a tile */
  int64_t globalAlignment;     /* a power of two; of the start and the row stride of a transfer of
                                  several rows. A transfer of one row may start anywhere */
  int64_t burstBytes;      /* a power of two; each row of a transfer moves the whole bursts that it
                              touches, in global memory */
  int64_t queues;          /* of a core, that work at the same time; each in order */
  int64_t maxTransferRows; /* of one transfer; 0: any number */
  int64_t maxRowBytes;     /* of each row of a transfer; 0: any number */

  /* The vector unit of a core. */
  int64_t vectorBytes;     /* of one register; a power of two */
  int64_t vectorRegisters; /* how many there are */
  int64_t lanes;           /* of the sum, where an op leaves them open; a power of two */
  bool maskedMemory;       /* elements are loaded and stored under a mask; otherwise one by one */

  /* Cycles per register of results. */
  double f32Cost; /* of an addition, multiplication or fma; 0: none in this type, and a machine
                     without f32 is declined, for the sum must not be narrower */
  double f16Cost; /* the same; kernels use it only where an op asks for it (norm_type) */
  double bf16Cost;
  double convertCost; /* of a conversion between f32 and a narrower type */
  double memoryCost;  /* of a load or a store */
  double maskCost;    /* on top of that, under a mask */
  double scalarCost;  /* of a scalar operation on floats */
  double rootCost;    /* of a scalar division or square root */

  /* Data movement. */
  double queueBytesPerCycle;  /* of one queue */
  double memoryBytesPerCycle; /* of the global memory; the active cores share it evenly */
  double latencyCycles;       /* from the start of a transfer to its first byte */
  double issueCycles;         /* that starting a transfer costs the core */
  double launchCycles;        /* before the first instruction of a kernel */
  double clockGHz;            /* for times in seconds */
} AddnormNpuTarget;

/* Null when `target` makes sense, otherwise what does not: "FIELD: reason", a static string. */
ADDNORM_API const char *addnormNpuTargetCheck(const AddnormNpuTarget *target);

/* Reads a description from `text`, a JSON object with all fields of the struct by their names (true
 * or false for maskedMemory) and no others; "comment" may hold anything. Checks it. Returns false
 * after storing why, with the field or the place in the text, in the `size` bytes of `error`. */
ADDNORM_API bool addnormNpuTargetParse(const char *text, AddnormNpuTarget *target, char *error,
                                       size_t size);

/* The description called `name`: one that is shipped ("ascend-like", "hexagon-like", "edge"), or
 * the file of that path when the name ends in ".json". Returns false after storing why. */
ADDNORM_API bool addnormNpuTargetFind(const char *name, AddnormNpuTarget *target, char *error,
                                      size_t size);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_C_TARGET_H */
