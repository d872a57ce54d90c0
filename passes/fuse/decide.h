/* What to build for a matched norm, and whether that is legal. Does not change the IR. */

#ifndef ADDNORM_PASSES_FUSE_DECIDE_H
#define ADDNORM_PASSES_FUSE_DECIDE_H

#include "addnorm-c/passes.h"
#include "passes/fuse/dead.h"
#include "passes/fuse/match.h"
#include "passes/fuse/position.h"
#include "passes/fuse/raise.h"

/* How an operand of the op comes from a value of the IR. */
typedef enum SourceKind {
  SOURCE_NONE,
  SOURCE_VALUE,              /* the value itself */
  SOURCE_RESHAPED,           /* with dimensions of size 1 taken out or put in */
  SOURCE_BROADCAST,          /* dynamic dimensions of size 1 at run time are broadcast */
  SOURCE_RESHAPED_BROADCAST, /* both, in this order */
  SOURCE_SCALAR              /* one element, as an f32 */
} SourceKind;

typedef struct Source {
  SourceKind kind;
  MlirValue value;
  MlirValue inner; /* not null: `value` has this one in its linalg body, which is the source when it
                      has got an op of its own */
} Source;

static inline bool sourceIsBroadcast(const Source *source) {
  return source->kind == SOURCE_BROADCAST || source->kind == SOURCE_RESHAPED_BROADCAST;
}

/* Sums are taken apart this deep, which bounds the number of addends. */
enum { MAX_NESTING = 3, MAX_ADDENDS = 1 << MAX_NESTING };

/* Values that one output of the op replaces, at most; the source computes the others still. */
enum { MAX_OUTPUTS = 8 };

typedef struct Addend {
  Source source;
  bool isBias; /* a vector along the row */
  float scale;
  Source scaleOperand; /* SOURCE_NONE: the constant */
} Addend;

/* Where y is: a result of a tensor op, or a value in the body of a linalg.generic that computes
 * other things as well. */
typedef struct NormSite {
  MlirValue value;
  MlirOperation op; /* the op on tensors that computes it */
  MlirType type;    /* of y as a tensor */
  intptr_t like; /* for a value in a body: the input of `op` in whose shape it is; -1: a result */
} NormSite;

typedef struct FusePlan {
  NormSite y;
  intptr_t numAddends;
  Addend addends[MAX_ADDENDS];
  Source gamma;
  bool hasGammaOffset;
  float gammaOffset;
  Source epsilonOperand; /* SOURCE_NONE: the constant */
  float epsilon;
  FloatKind sumType, normType; /* roundings to keep, or FLOAT_NONE */
  MlirOperation after;         /* the op goes behind this one; null: at the start of y's block */
  intptr_t numSums;            /* values to be replaced by the sum output, all of one type */
  MlirValue sums[MAX_OUTPUTS];
  intptr_t numRstds; /* and by the rstd output, with or without its last dimension */
  MlirValue rstds[MAX_OUTPUTS];
  int64_t sumBytes;    /* of an element of the sum as the source computes it */
  const Decline *left; /* why the add in front stays outside, or the sum in f16; null: neither */
  Expr failedAt;       /* what `left`, or the reason for no plan, is about; 0: the norm */
  bool unsafe;         /* an add that stays outside, or the op, rounds the sum to f16 */
} FusePlan;

/* What the stages share. */
typedef struct FuseState {
  const AddnormFuseOptions *options;
  ExprArena *arena;
  Raiser *raiser;
  Positions positions;
  DeadOps dead;
} FuseState;

/* Decides on the norm `y`, whose readers are those that are not dead. Returns null and fills
 * `*plan`, or returns the reason for leaving it alone (`failedAt` and `unsafe` of the plan are set
 * then, too). Only supposes ops dead in between. */
const Decline *decideNorm(FuseState *state, const NormSite *y, const NormMatch *match,
                          FusePlan *plan);

/* Builds the op of the plan and replaces y and the sums. Cannot fail. Returns the op. Addends that
 * were in a body are tensors afterwards, which the plan then names. */
MlirOperation rewriteNorm(FuseState *state, FusePlan *plan);

#endif /* ADDNORM_PASSES_FUSE_DECIDE_H */
