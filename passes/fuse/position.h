/* The order of ops in their blocks, as numbers: MLIR keeps it too, but numbers a whole block anew
 * after every few insertions. */

#ifndef ADDNORM_PASSES_FUSE_POSITION_H
#define ADDNORM_PASSES_FUSE_POSITION_H

#include "mlir-c/IR.h"
#include "passes/fuse/table.h"

typedef struct Positions {
  Table of; /* op -> number; even for ops of the source, the next odd one for all that are built
               behind it */
  int32_t next;
} Positions;

/* Adds an op of the source, in the order of the program. */
void positionsAdd(Positions *positions, MlirOperation op);

/* Adds the ops built between `after` (null: the start of the block) and `last`, which included. */
void positionsAddBehind(Positions *positions, MlirOperation after, MlirOperation last);

/* Adds an op built before `next`, of the source. */
void positionsAddBefore(Positions *positions, MlirOperation op, MlirOperation next);

/* Whether `op` comes before `other`, of the same block. Ops built in one place are few: MLIR orders
 * those. */
bool positionsBefore(const Positions *positions, MlirOperation op, MlirOperation other);

#endif /* ADDNORM_PASSES_FUSE_POSITION_H */
