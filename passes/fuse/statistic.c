#include "passes/fuse/statistic.h"

#include <math.h>
#include <stddef.h>

#include "passes/fuse/terms.h"

static void noteRounding(Statistic *s, FloatKind type) {
  s->rounded = true;
  s->roundedTo[type] = true;
}

static void noteDecline(Statistic *s, const Decline *reason, Expr at) {
  if (s->reason)
    return;
  s->reason = reason;
  s->failedAt = at;
}

/* What scales the sum, other than a size. */
static const Decline *explainFactor(ExprArena *arena, Expr factor) {
  bool sum = exprNode(arena, factor).kind == EXPR_ADD && exprHasSum(arena, factor);
  return sum ? &declineEpsilonInSum : &declineNotMean;
}

/* Reads scale * SUM, possibly divided by a dynamic size. False where no factor is a SUM. */
static bool readScaledSum(ExprArena *arena, Expr expr, Statistic *s) {
  Terms terms = termsOf(arena, expr);
  s->scale = terms.coefficient;
  for (int32_t i = 0; i < terms.count; ++i) {
    Term term = terms.terms[i];
    ExprNode node = exprNode(arena, term.expr);
    s->rounded |= term.mixed;
    for (int32_t k = 0; k < term.path.count && k < MAX_ROUNDS; ++k)
      noteRounding(s, pathRound(arena, &term.path, k));
    if (node.kind == EXPR_SUM && !s->sum) {
      s->sum = term.expr;
      if (node.type != FLOAT_NONE)
        noteRounding(s, node.type);
      s->scaledIn[node.type] = true;
      if (term.path.count > 0 && term.path.count <= MAX_ROUNDS)
        s->scaledIn[pathRound(arena, &term.path, term.path.count - 1)] |=
            exprNode(arena, term.path.rounds[term.path.count - 1]).a == term.expr;
      if (term.exponent != 1)
        noteDecline(s, term.exponent == 0.5 ? &declineEpsilonOutside : &declineNotMean, expr);
    } else if ((node.kind == EXPR_DIM || node.kind == EXPR_MAX) && term.exponent == -1 &&
               !s->dynamicDivisor) {
      s->dynamicDivisor = term.expr;
    } else {
      noteDecline(s, explainFactor(arena, term.expr), term.expr);
    }
  }
  return s->sum != 0;
}

bool statisticRead(ExprArena *arena, Expr root, Statistic *s) {
  *s = (Statistic){.epsilon = exprConst(arena, 0)};
  ExprNode node = exprNode(arena, root);
  for (; node.kind == EXPR_ROUND || node.kind == EXPR_ADD; node = exprNode(arena, root)) {
    if (node.kind == EXPR_ROUND) {
      noteRounding(s, node.type);
      root = node.a;
      continue;
    }
    bool firstHasSum = exprHasSum(arena, node.a);
    if (firstHasSum && exprHasSum(arena, node.b))
      noteDecline(s, &declineLayerNorm, root);
    root = firstHasSum ? node.a : node.b;
    s->epsilon = exprAdd(arena, s->epsilon, firstHasSum ? node.b : node.a);
  }
  return readScaledSum(arena, root, s);
}

static bool isClose(double x, double y) { return fabs(x - y) <= 0x1p-48 * fabs(y); }

/* Whether `scale` is 1/n, or 1/n or n as rounded to `type`. */
static bool isReciprocalIn(FloatKind type, double scale, double n) {
  return isClose(scale, floatRound(type, 1 / n)) || isClose(1 / scale, floatRound(type, n));
}

/* Whether `scale` is 1/n as far as f32 can say it, or 1/r^2 with the root r of n. */
static bool isWideReciprocal(double scale, double n) {
  double root = floatRound(FLOAT_F32, sqrt(n));
  return isReciprocalIn(FLOAT_F64, scale, n) || isReciprocalIn(FLOAT_F32, scale, n) ||
         isClose(1 / scale, root * root);
}

/* Whether the sum is scaled by 1/n as a front end may write it: exactly, or rounded to f32, or to a
 * narrower type. The last says no other size exactly, unless the product is in that type. */
static bool isReciprocal(Statistic *s, double n) {
  if (isWideReciprocal(s->scale, n))
    return true;
  s->rounded = true;
  bool saysOther = isWideReciprocal(s->scale, nearbyint(1 / s->scale));
  for (FloatKind type = FLOAT_F16; type <= FLOAT_BF16; ++type)
    if ((!saysOther || s->scaledIn[type]) && isReciprocalIn(type, s->scale, n))
      return true;
  return false;
}

bool statisticIsMean(ExprArena *arena, Statistic *s) {
  ExprNode extent = exprNode(arena, exprNode(arena, s->sum).b);
  if (s->dynamicDivisor)
    return s->scale == 1 && s->dynamicDivisor == exprNode(arena, s->sum).b;
  return extent.kind == EXPR_CONST && isReciprocal(s, extent.number);
}

bool statisticIsEpsilon(double number) {
  return number == 0 || (number > 0 && (float)number > 0 && isfinite((float)number));
}
