/* A kernel for the reference NPU machine, by hand: y = 2 * x with two tiles in flight, on two
 * cores; and the mistakes that it could make. */

#ifndef ADDNORM_TEST_UNIT_MACHINE_KERNEL_H
#define ADDNORM_TEST_UNIT_MACHINE_KERNEL_H

#include "addnorm-c/npu_machine.h"

enum { ROWS = 20, N = 64, TILE_ROWS = 4, TILE = 1024 };

extern const AddnormNpuTarget target;
extern float x[ROWS * N], y[ROWS * N];

typedef enum Mutation {
  NONE,
  NO_LOAD_WAIT,
  NO_STORE_WAIT,
  NO_LAST_WAIT,
  LATE_LOAD_WAIT,
  DOUBLE_WAIT,
  DOUBLE_LOAD,
  SWAPPED_TAG,
  ONE_BUFFER,
  SHIFTED_BUFFER,
  SHIFTED_LOAD,
  SHIFTED_STORE,
  LONG_STORE,
  LONG_ROWS,
  NO_LOAD,
  TOO_MUCH,
  TOO_LITTLE,
  WRONG_CORE,
  SAME_ROWS,
  MUTATIONS
} Mutation;

/* A machine like `target` that knows x and y, in use. */
AddnormMachine *createMachine(int32_t flags);

/* Core 0 does tiles 0 to 2, core 1 does 3 and 4. */
int32_t runKernel(Mutation mutation);

bool resultIsRight(void);

/* Ends the run, which had `count` hazards, the first of this kind, and begins another. Prints them
 * if not. */
bool had(AddnormMachine *machine, int64_t count, AddnormHazardKind kind);

#endif /* ADDNORM_TEST_UNIT_MACHINE_KERNEL_H */
