/* Is this value an RMSNorm, and of what? Pure: looks at expressions only.
 *
 * The one formula, after normalisation:
 *
 *   y = t * gamma * (a * SUM_b t[b]^2 + epsilon)^(-1/2),    a = 1/N
 *
 * where the sum runs over the last dimension of y and t[b] is t with that dimension renamed. */

#ifndef ADDNORM_PASSES_FUSE_MATCH_H
#define ADDNORM_PASSES_FUSE_MATCH_H

#include "passes/fuse/decline.h"
#include "passes/fuse/expr.h"

typedef struct NormMatch {
  Expr root;      /* (a * SUM + epsilon) */
  Expr norm;      /* identifies the norm: the root, whichever dimensions its rows are */
  Expr t;         /* what is normalised, as the numerator spells it, without its rounding */
  Expr tWide;     /* the same in exact arithmetic */
  Expr gamma;     /* the vector, or 0 */
  Expr extent;    /* the size of the dimension that the sum runs over */
  bool hasOffset; /* gamma_offset + gamma */
  double offset;
  Expr epsilon; /* a constant or a scalar leaf; the constant 0 where there is none */
  /* The source's roundings, FLOAT_NONE where it has none. */
  FloatKind sumRounding;  /* of t, in the numerator and in the statistic */
  Expr rstd;              /* what t is multiplied by, if that is the op's; or 0 */
  FloatKind normRounding; /* of t * rstd */
  bool inexactSum;        /* t is spelled with other roundings inside in the statistic */
  const Decline *inexact; /* why the op cannot say the source's roundings; null: it can */
  bool spoiled;           /* near: t * rstd is in it, times something that is no gamma */
  bool narrowSum;         /* a sum within t is rounded to f16 */
  bool overflows;         /* the source holds the sum, its square or their mean in f16 */
  Expr failedAt;          /* near or inexact: the part that is not as it should be, or 0 */
} NormMatch;

typedef enum MatchResult {
  MATCH_NONE, /* nothing like a norm */
  MATCH_NEAR, /* rows scaled by a power of a statistic, but not the formula: *reason says why */
  MATCH_NORM
} MatchResult;

/* Matches `y`, the expression of a tensor of rank `rank` and element kind `type`. `match->root` is
 * set for a near miss too. */
MatchResult matchNorm(ExprArena *arena, Expr y, int32_t rank, FloatKind type, NormMatch *match,
                      const Decline **reason);

/* Whether `expr` adds one value per row of a statistic, such as a mean. */
bool matchAddsMean(ExprArena *arena, Expr expr, int32_t last);

#endif /* ADDNORM_PASSES_FUSE_MATCH_H */
