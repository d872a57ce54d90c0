#include "passes/fuse/expr_join.h"

#include <string.h>

/* Two variables that together count through one: major * the size of minor + minor. */
typedef struct Joint {
  int32_t major, minor;
  int64_t majorSize, minorSize;
} Joint;

/* Joins the digits of major and minor in an index. False where they are not next to each other. */
static bool joinDigits(Index *index, const Joint *j) {
  for (int32_t d = 0; d < index->rank; ++d) {
    Digit *digits = index->digits[d];
    for (int32_t k = 0; k < index->numDigits[d]; ++k) {
      if (digits[k].var == j->minor)
        return false;
      if (digits[k].var != j->major)
        continue;
      if (k + 1 == index->numDigits[d] || digits[k + 1].var != j->minor)
        return false;
      memmove(&digits[k + 1], &digits[k + 2],
              (size_t)(index->numDigits[d] - k - 2) * sizeof *digits);
      int64_t size = --index->numDigits[d] > 1 ? j->majorSize * j->minorSize : 0;
      digits[k] = (Digit){VAR_JOINED, 0, size};
    }
  }
  return true;
}

/* `expr` with major and minor joined; none where they also stand apart. */
static Expr join(ExprArena *arena, Expr expr, const Joint *j) {
  ExprNode node = exprNode(arena, expr);
  if (!exprUses(arena, expr, j->major) && !exprUses(arena, expr, j->minor))
    return expr;
  Expr a = 0, b = 0;
  switch (node.kind) {
  case EXPR_LEAF: {
    Index index = *indexGet(arena, node.index);
    return joinDigits(&index, j)
               ? exprLeaf(arena, node.value, indexIntern(arena, &index), node.type)
               : 0;
  }
  case EXPR_ABS:
  case EXPR_ROUND:
    a = join(arena, node.a, j);
    return !a ? 0 : node.kind == EXPR_ABS ? exprAbs(arena, a) : exprRound(arena, node.type, a);
  case EXPR_ADD:
    a = join(arena, node.a, j);
    b = join(arena, node.b, j);
    return a && b ? exprAdd(arena, a, b) : 0;
  case EXPR_PRODUCT:
    a = exprConst(arena, node.number);
    for (int32_t i = 0; a && i < node.numFactors; ++i) {
      Factor factor = exprFactor(arena, expr, i);
      b = join(arena, factor.base, j);
      a = b ? exprMul(arena, a, exprPow(arena, b, factor.exponent)) : 0;
    }
    return a;
  default:
    return 0;
  }
}

/* `expr` as coefficient * SUM; none where it is not. */
static Expr innerSum(ExprArena *arena, Expr expr, double *coefficient) {
  ExprNode node = exprNode(arena, expr);
  *coefficient = 1;
  if (node.kind == EXPR_PRODUCT && node.numFactors == 1) {
    *coefficient = node.number;
    expr = exprWithoutCoefficient(arena, expr);
  }
  return exprNode(arena, expr).kind == EXPR_SUM ? expr : 0;
}

Expr exprJoinSums(ExprArena *arena, int32_t open, Expr extent, Expr body, FloatKind accumulator) {
  double coefficient;
  Expr sum = innerSum(arena, body, &coefficient);
  if (!sum)
    return 0;
  ExprNode inner = exprNode(arena, sum), outerSize = exprNode(arena, extent),
           innerSize = exprNode(arena, inner.b);
  if (outerSize.kind != EXPR_CONST || innerSize.kind != EXPR_CONST)
    return 0;
  Joint j = {open, inner.index, (int64_t)outerSize.number, (int64_t)innerSize.number};
  Expr joined = join(arena, inner.a, &j);
  if (!joined) {
    j = (Joint){inner.index, open, j.minorSize, j.majorSize};
    joined = join(arena, inner.a, &j);
  }
  if (!joined)
    return 0;
  Expr size = exprConst(arena, outerSize.number * innerSize.number);
  FloatKind type = inner.type != FLOAT_NONE ? inner.type : accumulator;
  return exprMul(arena, exprConst(arena, coefficient),
                 exprSum(arena, VAR_JOINED, size, joined, type));
}
