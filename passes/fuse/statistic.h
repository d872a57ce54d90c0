/* The statistic of a norm: a * SUM t^2 + epsilon. */

#ifndef ADDNORM_PASSES_FUSE_STATISTIC_H
#define ADDNORM_PASSES_FUSE_STATISTIC_H

#include "passes/fuse/decline.h"
#include "passes/fuse/expr.h"

typedef struct Statistic {
  Expr sum;            /* the SUM node */
  double scale;        /* a, with the dynamic size below divided out */
  Expr dynamicDivisor; /* a dynamic size by which the sum is divided, or 0 */
  Expr epsilon;
  bool rounded; /* something narrower than f32 on the way from the sum to the root */
  bool roundedTo[FLOAT_F64 + 1]; /* and to which types */
  bool scaledIn[FLOAT_F64 + 1];  /* the types in which it may have been scaled */
  const Decline *reason;         /* what is in it that the formula does not have */
  Expr failedAt;
} Statistic;

/* Takes the expression under the root apart. False where it is no statistic. */
bool statisticRead(ExprArena *arena, Expr root, Statistic *s);

/* Whether the scaled sum is the mean over the row. */
bool statisticIsMean(ExprArena *arena, Statistic *s);

/* Not negative, and as an f32 neither infinite nor lost. */
bool statisticIsEpsilon(double number);

#endif /* ADDNORM_PASSES_FUSE_STATISTIC_H */
