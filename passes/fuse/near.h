/* Near misses that formulas alone do not explain: what stands where they end in a leaf. Each looks
 * at a few ops only. */

#ifndef ADDNORM_PASSES_FUSE_NEAR_H
#define ADDNORM_PASSES_FUSE_NEAR_H

#include "passes/fuse/decline.h"
#include "passes/fuse/raise.h"

/* Why `root`, whose reciprocal root scales rows, is no mean of squares: a reduction that is no sum
 * from zero, or something between it and the root. Null where there is no reduction: `root` is no
 * statistic then. Sets `*at` to the leaf in question. */
const Decline *nearStatistic(Raiser *raiser, ExprArena *arena, Expr root, Expr *at);

/* Why no add feeds the norm `y` of `t`. Where an add does, but not right before the norm, `*add` is
 * its expression, otherwise 0; `*at` is what stands between them, or 0. */
const Decline *nearAdd(Raiser *raiser, ExprArena *arena, MlirValue y, Expr t, Expr *add, Expr *at);

#endif /* ADDNORM_PASSES_FUSE_NEAR_H */
