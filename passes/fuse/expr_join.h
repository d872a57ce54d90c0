/* Sums over the parts of one dimension: what a reshape has split, and two sums add up again. */

#ifndef ADDNORM_PASSES_FUSE_EXPR_JOIN_H
#define ADDNORM_PASSES_FUSE_EXPR_JOIN_H

#include "passes/fuse/expr.h"

/* The sum over `open` of `body`, itself a sum, as one sum over both variables, where these are the
 * two parts of a dimension wherever they occur. None otherwise. */
Expr exprJoinSums(ExprArena *arena, int32_t open, Expr extent, Expr body, FloatKind accumulator);

#endif /* ADDNORM_PASSES_FUSE_EXPR_JOIN_H */
