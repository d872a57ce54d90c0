/* What the files of the decision share. */

#ifndef ADDNORM_PASSES_FUSE_DECIDE_INTERNAL_H
#define ADDNORM_PASSES_FUSE_DECIDE_INTERNAL_H

#include "passes/fuse/decide.h"

typedef struct Decider {
  FuseState *state;
  ExprArena *arena;
  Raiser *raiser;
  const AddnormFuseOptions *options;
  const NormSite *y;
  const NormMatch *match;
} Decider;

/* Whether dimension `d` of an index is exactly variable `var`. */
bool decideIsVar(const Index *index, int32_t d, int32_t var, bool *mayBroadcast);

/* How a tensor read at `index` gives a tensor of y's shape read at (d0, d1, ...). */
SourceKind decideFullSource(const Decider *d, MlirType type, const Index *index);

/* Of an element in memory. */
int decideBytes(FloatKind kind);

/* outputs.c: the values that the op's sum and rstd outputs replace, once its place is known. */
void decideOutputs(const Decider *d, FusePlan *plan);

#endif /* ADDNORM_PASSES_FUSE_DECIDE_INTERNAL_H */
