/* Ops that nothing needs once the norms decided on so far are replaced.
 *
 * They stay in the IR until the end of the pass, so that values and uses can be looked at without
 * minding the order in which norms are replaced. */

#ifndef ADDNORM_PASSES_FUSE_DEAD_H
#define ADDNORM_PASSES_FUSE_DEAD_H

#include "passes/fuse/raise.h"
#include "passes/fuse/table.h"

typedef struct DeadOps {
  Table set;
  MlirOperation *ops; /* users before what they use */
  size_t count, capacity;
} DeadOps;

bool deadOpsHas(const DeadOps *dead, MlirOperation op);

/* Whether `user`, which reads a value defined in `block`, is dead or inside a dead op. */
bool deadOpsHasReader(const DeadOps *dead, MlirBlock block, MlirOperation user);

/* Adds `op` if it only computes a value that nothing reads any more, and then what fed only it. */
void deadOpsAdd(DeadOps *dead, MlirOperation op);

/* Adds `op` for the sake of argument, whoever reads it, and then what fed only it, as far as
 * expressions reach: a supposition about one norm does not wander through the whole model. Undone
 * by deadOpsRevive with the count from before. */
void deadOpsSuppose(DeadOps *dead, MlirOperation op, Raiser *raiser);
void deadOpsRevive(DeadOps *dead, size_t count);

/* Erases those that have no uses left, and frees the set. */
void deadOpsErase(DeadOps *dead);

#endif /* ADDNORM_PASSES_FUSE_DEAD_H */
