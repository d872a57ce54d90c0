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

/* Why `summand`, summed up as a norm sums squares, is none. `*at` stays, or is the leaf in
 * question. */
const Decline *nearSquare(Raiser *raiser, ExprArena *arena, Expr summand, Expr *at);

/* An add on the way to what is normalised, though not right before it. */
typedef enum AddBefore { ADD_NONE, ADD_WIDE, ADD_NARROW /* in f16 */ } AddBefore;

/* Why no add feeds the norm `y` of `t`. `*at` is what stands in the way, or 0. */
const Decline *nearAdd(Raiser *raiser, ExprArena *arena, MlirValue y, Expr t, AddBefore *add,
                       Expr *at);

#endif /* ADDNORM_PASSES_FUSE_NEAR_H */
