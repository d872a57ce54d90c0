/* matchNorm on formulas built by hand: the one formula, and its neighbours one step away. */

#include "passes/fuse/match.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/check.h"

enum { ROWS = 8, N = 8 };

static const int tensorX, tensorR, tensorG, tensorE;
static ExprArena *a;

static Expr number(double value) { return exprConst(a, value); }

/* tensor[i, j]; tensor[i] if j is negative; a scalar if both are. */
static Expr leaf(const int *tensor, int32_t i, int32_t j, FloatKind type) {
  Index index = {.rank = (i >= 0) + (j >= 0)};
  for (int32_t k = 0; k < index.rank; ++k) {
    index.numDigits[k] = 1;
    index.digits[k][0] = (Digit){.var = k == 0 ? i : j};
  }
  return exprLeaf(a, tensor, indexIntern(a, &index), type);
}

/* The sum of two addends at [i, j], in f32 or rounded. */
static Expr sumAt(int32_t i, int32_t j, FloatKind rounding) {
  Expr sum = exprAdd(a, leaf(&tensorX, i, j, FLOAT_F32), leaf(&tensorR, i, j, FLOAT_F32));
  return rounding ? exprRound(a, rounding, sum) : sum;
}

static Expr gammaVector(void) { return leaf(&tensorG, 1, -1, FLOAT_F32); }

/* scale * SUM_b body(b)^power, where the body is the sum read at [i, b]. */
static Expr statistic(double scale, int32_t i, double power, FloatKind rounding) {
  Expr body = exprPow(a, sumAt(i, VAR_OPEN, rounding), power);
  return exprMul(a, number(scale), exprSum(a, VAR_OPEN, number(N), body, FLOAT_NONE));
}

static Expr mean(void) { return statistic(1.0 / N, 0, 2, FLOAT_NONE); }

/* t * gamma * (m + epsilon)^exponent */
static Expr normOf(Expr m, Expr epsilon, double exponent) {
  Expr root = exprPow(a, exprAdd(a, m, epsilon), exponent);
  return exprMul(a, exprMul(a, sumAt(0, 1, FLOAT_NONE), gammaVector()), root);
}

static NormMatch match;
static const Decline *reason;

static MatchResult run(Expr y) {
  memset(&match, 0, sizeof match);
  reason = NULL;
  return matchNorm(a, y, 2, FLOAT_F32, &match, &reason);
}

/* A near miss says why. */
static bool isNear(Expr y) { return run(y) == MATCH_NEAR && reason; }

static bool failsAt(Expr y, const char *step) {
  return isNear(y) && strcmp(reason->step, step) == 0;
}

static void checkNorms(void) {
  Expr eps = number(1e-5), t = sumAt(0, 1, FLOAT_NONE);
  CHECK(run(normOf(mean(), eps, -0.5)) == MATCH_NORM);
  CHECK(match.t == t && match.tWide == t && match.gamma == gammaVector() && match.epsilon == eps);
  CHECK(!match.hasOffset && !match.sumRounding && !match.normRounding && !match.inexact);
  CHECK(match.root == exprAdd(a, mean(), eps));

  CHECK(run(normOf(mean(), number(0), -0.5)) == MATCH_NORM && match.epsilon == number(0));
  Expr runTime = leaf(&tensorE, -1, -1, FLOAT_F32);
  CHECK(run(normOf(mean(), runTime, -0.5)) == MATCH_NORM && match.epsilon == runTime);

  Expr plain = exprMul(a, t, exprPow(a, exprAdd(a, mean(), eps), -0.5));
  CHECK(run(plain) == MATCH_NORM && !match.gamma && match.t == t);

  Expr gemma = exprMul(a, plain, exprAdd(a, number(1), gammaVector()));
  CHECK(run(gemma) == MATCH_NORM && match.hasOffset && match.offset == 1);
  CHECK(match.gamma == gammaVector());
}

/* The same formula in f16: rounded sum, rounded t * rstd. */
static void checkRoundings(void) {
  Expr eps = number(1e-5), t = sumAt(0, 1, FLOAT_F16);
  Expr rstd = exprPow(a, exprAdd(a, statistic(1.0 / N, 0, 2, FLOAT_F16), eps), -0.5);
  Expr u = exprRound(a, FLOAT_F16, exprMul(a, t, rstd));
  Expr y = exprRound(a, FLOAT_F16, exprMul(a, u, leaf(&tensorG, 1, -1, FLOAT_F16)));
  CHECK(matchNorm(a, y, 2, FLOAT_F16, &match, &reason) == MATCH_NORM);
  CHECK(match.sumRounding == FLOAT_F16 && match.normRounding == FLOAT_F16 && !match.inexact);
  CHECK(match.tWide == sumAt(0, 1, FLOAT_NONE));

  Expr wideStatistic = exprPow(a, exprAdd(a, mean(), eps), -0.5);
  y = exprRound(a, FLOAT_F16, exprMul(a, t, wideStatistic));
  CHECK(matchNorm(a, y, 2, FLOAT_F16, &match, &reason) == MATCH_NORM && match.inexact);

  Expr body = exprPow(a, t, 2);
  body = exprRename(a, body, 1, VAR_OPEN);
  Expr narrow = exprSum(a, VAR_OPEN, number(N), body, FLOAT_F16);
  rstd = exprPow(a, exprAdd(a, exprMul(a, number(1.0 / N), narrow), eps), -0.5);
  y = exprRound(a, FLOAT_F16, exprMul(a, t, rstd));
  CHECK(matchNorm(a, y, 2, FLOAT_F16, &match, &reason) == MATCH_NORM && match.inexact);
}

/* The sum runs over dimension 0, the columns. */
static Expr columnStatistic(void) {
  Expr body = exprPow(a, sumAt(VAR_OPEN, 1, FLOAT_NONE), 2);
  Expr sum = exprSum(a, VAR_OPEN, number(ROWS), body, FLOAT_NONE);
  return exprMul(a, number(1.0 / ROWS), sum);
}

static Expr squaresOf(const int *tensor) {
  Expr body = exprPow(a, leaf(tensor, 0, VAR_OPEN, FLOAT_F32), 2);
  Expr sum = exprSum(a, VAR_OPEN, number(N), body, FLOAT_NONE);
  return exprMul(a, number(1.0 / N), sum);
}

static void checkStatistics(void) {
  Expr eps = number(1e-5);
  CHECK(isNear(normOf(statistic(1, 0, 2, FLOAT_NONE), eps, -0.5)));
  CHECK(isNear(normOf(statistic(1.0 / (N - 1), 0, 2, FLOAT_NONE), eps, -0.5)));
  CHECK(isNear(normOf(statistic(1.0 / (N * ROWS), 0, 2, FLOAT_NONE), eps, -0.5)));
  CHECK(isNear(normOf(statistic(-1.0 / N, 0, 2, FLOAT_NONE), eps, -0.5)));
  CHECK(run(normOf(columnStatistic(), eps, -0.5)) != MATCH_NORM);
  CHECK(run(normOf(statistic(1.0 / N, 1, 2, FLOAT_NONE), eps, -0.5)) != MATCH_NORM);
  CHECK(run(normOf(squaresOf(&tensorX), eps, -0.5)) != MATCH_NORM);
  CHECK(run(normOf(statistic(1.0 / N, 0, 3, FLOAT_NONE), eps, -0.5)) != MATCH_NORM);
  CHECK(run(normOf(statistic(1.0 / N, 0, 4, FLOAT_NONE), eps, -0.5)) != MATCH_NORM);
  CHECK(run(normOf(statistic(1.0 / N, 0, 1, FLOAT_NONE), eps, -0.5)) != MATCH_NORM);
}

/* What overflows in f16 is told of norms and near misses alike, and of f16 only. */
static void checkOverflows(void) {
  Expr eps = number(1e-5), wide = sumAt(0, 1, FLOAT_NONE);
  for (FloatKind type = FLOAT_F16; type <= FLOAT_BF16; ++type) {
    bool narrow = type == FLOAT_F16;
    Expr t = sumAt(0, 1, type);
    Expr rstd = exprPow(a, exprAdd(a, statistic(1.0 / N, 0, 2, type), eps), -0.5);
    CHECK(run(exprMul(a, t, rstd)) == MATCH_NORM && match.overflows == narrow);
    CHECK(failsAt(exprMul(a, wide, exprPow(a, statistic(1, 0, 2, type), -0.5)), "mean"));
    CHECK(match.overflows == narrow);
    Expr square = exprRound(a, type, exprPow(a, sumAt(0, VAR_OPEN, FLOAT_NONE), 2));
    Expr ofSquares = exprSum(a, VAR_OPEN, number(N), square, FLOAT_NONE);
    rstd = exprPow(a, exprMul(a, number(1.0 / N), ofSquares), -0.5);
    CHECK(run(exprMul(a, wide, rstd)) == MATCH_NORM && match.overflows == narrow);
    rstd = exprPow(a, exprAdd(a, exprRound(a, type, mean()), eps), -0.5);
    CHECK(run(exprMul(a, wide, rstd)) == MATCH_NORM && match.overflows == narrow);
  }
  /* The rounding of the result is none of the sum. */
  Expr y = exprRound(a, FLOAT_F16, normOf(mean(), eps, -0.5));
  CHECK(matchNorm(a, y, 2, FLOAT_F16, &match, &reason) == MATCH_NORM && !match.overflows);
}

static void checkRoots(void) {
  Expr eps = number(1e-5);
  CHECK(failsAt(normOf(mean(), eps, 0.5), "root"));
  CHECK(failsAt(normOf(mean(), eps, -1), "root"));
  CHECK(failsAt(normOf(mean(), eps, -0.25), "root"));
  CHECK(failsAt(normOf(mean(), eps, -1.5), "root"));
  CHECK(isNear(normOf(mean(), number(-1e-5), -0.5)));
  CHECK(isNear(normOf(mean(), gammaVector(), -0.5)));
  CHECK(isNear(normOf(mean(), leaf(&tensorE, 0, -1, FLOAT_F32), -0.5)));
  Expr outside = exprAdd(a, exprPow(a, mean(), 0.5), eps);
  CHECK(failsAt(exprMul(a, sumAt(0, 1, FLOAT_NONE), exprPow(a, outside, -1)), "epsilon"));
}

static void checkFactors(void) {
  Expr eps = number(1e-5), norm = normOf(mean(), eps, -0.5), t = sumAt(0, 1, FLOAT_NONE);
  CHECK(run(exprMul(a, norm, t)) != MATCH_NORM);
  CHECK(run(exprMul(a, norm, gammaVector())) != MATCH_NORM);
  CHECK(isNear(exprMul(a, norm, leaf(&tensorE, 0, 1, FLOAT_F32))) && match.spoiled);
  CHECK(isNear(exprMul(a, norm, leaf(&tensorE, 0, -1, FLOAT_F32))));
  CHECK(run(exprMul(a, norm, exprPow(a, t, -1))) != MATCH_NORM);
  /* A factor is gamma's, which then has to exist. */
  CHECK(run(exprMul(a, number(2), norm)) == MATCH_NORM &&
        match.gamma == exprMul(a, number(2), gammaVector()));
  /* The norm of -t is minus the norm of t; no other factor passes, epsilon or not. */
  CHECK(run(exprMul(a, number(-1), norm)) == MATCH_NORM && match.t == exprMul(a, number(-1), t));
  norm = normOf(mean(), number(0), -0.5);
  CHECK(run(exprMul(a, number(2), norm)) != MATCH_NORM);
  CHECK(run(exprMul(a, number(-1), norm)) != MATCH_NORM || match.t != t);
  CHECK(run(exprAdd(a, norm, number(1))) != MATCH_NORM);
  CHECK(run(t) == MATCH_NONE && run(number(1)) == MATCH_NONE && run(mean()) == MATCH_NONE);
}

int main(void) {
  static void (*const tests[])(void) = {checkNorms,     checkRoundings, checkStatistics,
                                        checkOverflows, checkRoots,     checkFactors};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; ++i) {
    a = exprArenaCreate();
    tests[i]();
    exprArenaDestroy(a);
  }
  printf("%ld passed, %ld failed\n", checks - failures, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
