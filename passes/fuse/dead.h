/* Ops that nothing needs once the norms decided on so far are replaced, as far as expressions look
 * into ops: a matmul, a constant or what many share is not followed.
 *
 * They stay in the IR until the end of the pass, so that values and uses can be looked at without
 * minding the order in which norms are replaced. */

#ifndef ADDNORM_PASSES_FUSE_DEAD_H
#define ADDNORM_PASSES_FUSE_DEAD_H

#include "passes/fuse/raise.h"
#include "passes/fuse/table.h"

typedef struct DeadOps {
  Table norms; /* op of a value that is a norm -> NormMatch.norm */
  Table set;
  MlirOperation *ops; /* users before what they use */
  size_t count, capacity;
  MlirOperation *bodies; /* of linalg.generic that have lost ops */
  size_t numBodies, bodyCapacity;
} DeadOps;

bool deadOpsHas(const DeadOps *dead, MlirOperation op);

/* Whether `use`, of a value defined in `block`, is by an op that stays and looks at it: an argument
 * of a linalg body that only dead ops look at is not looked at. */
bool deadOpsIsRead(const DeadOps *dead, MlirBlock block, MlirOpOperand use);

void deadOpsAddNorm(DeadOps *dead, MlirOperation op, Expr norm);
/* The norm of which `op` computes a value, or 0. */
Expr deadOpsNormOf(const DeadOps *dead, MlirOperation op);

/* Adds a linalg.generic that stays but has dead ops in its body. */
void deadOpsAddBody(DeadOps *dead, MlirOperation generic);

/* Adds `op`, of that norm, if nothing reads it any more, and then what fed only it,
 * other norms excepted. */
void deadOpsAdd(DeadOps *dead, Raiser *raiser, MlirOperation op, Expr norm);

/* The same for the sake of argument, whoever reads `op`. Undone by deadOpsRevive with the count
 * from before. */
void deadOpsSuppose(DeadOps *dead, Raiser *raiser, MlirOperation op, Expr norm);
void deadOpsRevive(DeadOps *dead, size_t count);

/* While `pinned`, `op` counts as needed, whoever reads it. */
void deadOpsPin(DeadOps *dead, MlirOperation op, bool pinned);

/* Erases the dead ops, the inputs that bodies no longer look at, and whatever then has no uses
 * left; frees the tables. */
void deadOpsErase(DeadOps *dead);

#endif /* ADDNORM_PASSES_FUSE_DEAD_H */
