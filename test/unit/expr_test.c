/* Laws of the matcher's algebra: what is one formula, and what is not. */

#include "passes/fuse/expr.h"

#include <math.h>
#include <stdlib.h>

#include "test/unit/check.h"

static const int tensorX, tensorR, tensorG;

static Index indexOf(int32_t rank, const int32_t *vars) {
  Index index = {.rank = rank};
  for (int32_t k = 0; k < rank; ++k) {
    index.numDigits[k] = 1;
    index.digits[k][0] = (Digit){.var = vars[k]};
  }
  return index;
}

/* tensor[i, j] in f32. */
static Expr leaf(ExprArena *arena, const int *tensor, int32_t i, int32_t j) {
  Index index = indexOf(2, (const int32_t[]){i, j});
  return exprLeaf(arena, tensor, indexIntern(arena, &index), FLOAT_F32);
}

static void checkInterning(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), r = leaf(a, &tensorR, 0, 1);
  CHECK(x != 0 && x == leaf(a, &tensorX, 0, 1));
  CHECK(x != r && x != leaf(a, &tensorX, 1, 0) && x != leaf(a, &tensorX, 0, 0));
  Expr product = exprMul(a, exprAdd(a, x, r), r);
  CHECK(exprMul(a, exprAdd(a, x, r), r) == product);
  CHECK(exprDim(a, &tensorX, 0) == exprDim(a, &tensorX, 0));
  CHECK(exprDim(a, &tensorX, 0) != exprDim(a, &tensorX, 1));
  CHECK(exprConst(a, 2) == exprConst(a, 2) && exprConst(a, 2) != exprConst(a, 3));
}

static void checkCommutativity(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), r = leaf(a, &tensorR, 0, 1), g = leaf(a, &tensorG, 0, 1);
  CHECK(exprAdd(a, x, r) == exprAdd(a, r, x));
  CHECK(exprMul(a, x, r) == exprMul(a, r, x));
  CHECK(exprMax(a, x, r) == exprMax(a, r, x));
  CHECK(exprMul(a, exprMul(a, x, r), g) == exprMul(a, x, exprMul(a, g, r)));
  CHECK(exprAdd(a, x, r) != exprAdd(a, x, g));
  CHECK(exprAdd(a, x, r) != exprMul(a, x, r));
}

static void checkPowers(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), r = leaf(a, &tensorR, 0, 1);
  Expr square = exprMul(a, x, x);
  CHECK(square == exprPow(a, x, 2));
  CHECK(exprPow(a, x, 1) == x);
  CHECK(exprPow(a, exprAbs(a, x), 2) == square);
  CHECK(exprMul(a, exprAbs(a, x), x) != square);
  CHECK(exprPow(a, square, 0.5) != x);
  CHECK(exprMul(a, square, x) == exprPow(a, x, 3));
  CHECK(exprPow(a, exprPow(a, x, 2), 2) == exprPow(a, x, 4));
  CHECK(exprPow(a, exprMul(a, x, r), 2) == exprMul(a, exprPow(a, r, 2), exprPow(a, x, 2)));
  CHECK(exprPow(a, exprMul(a, exprConst(a, 3), x), 2) == exprMul(a, exprConst(a, 9), square));
  CHECK(exprPow(a, exprMul(a, exprConst(a, -1), x), 2) == square);
}

static void checkReciprocalRoots(ExprArena *a) {
  Expr v = exprAdd(a, leaf(a, &tensorX, 0, 1), exprConst(a, 1e-5)), one = exprConst(a, 1);
  Expr rsqrt = exprPow(a, v, -0.5);
  CHECK(exprPow(a, exprPow(a, v, 0.5), -1) == rsqrt);
  CHECK(exprPow(a, exprPow(a, v, -1), 0.5) == rsqrt);
  CHECK(exprMul(a, one, exprPow(a, exprPow(a, v, 0.5), -1)) == rsqrt);
  CHECK(exprPow(a, v, 0.5) != rsqrt);
  CHECK(exprPow(a, rsqrt, -0.5) != rsqrt);
  CHECK(exprMul(a, rsqrt, rsqrt) != rsqrt);
}

static double numberOf(ExprArena *a, Expr e) {
  ExprNode node = exprNode(a, e);
  return node.kind == EXPR_CONST ? node.number : NAN;
}

static void checkConstants(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), zero = exprConst(a, 0), one = exprConst(a, 1);
  CHECK(numberOf(a, exprAdd(a, exprConst(a, 2), exprConst(a, 3))) == 5);
  CHECK(numberOf(a, exprMul(a, exprConst(a, 2), exprConst(a, 3))) == 6);
  CHECK(numberOf(a, exprPow(a, exprConst(a, 4), -0.5)) == 0.5);
  CHECK(numberOf(a, exprMax(a, exprConst(a, 2), exprConst(a, 3))) == 3);
  CHECK(numberOf(a, exprRound(a, FLOAT_F16, exprConst(a, 1e-6))) == 0x1.1p-20);
  CHECK(exprAdd(a, x, zero) == x);
  CHECK(exprMul(a, x, one) == x);
  CHECK(exprMul(a, exprConst(a, 2), exprMul(a, x, exprConst(a, 0.5))) == x);
  CHECK(exprMul(a, x, exprConst(a, 2)) != x);
}

static void checkFloats(void) {
  /* Ties go to the even neighbour. */
  CHECK(floatRound(FLOAT_F16, 2049) == 2048 && floatRound(FLOAT_F16, 2051) == 2052);
  CHECK(floatRound(FLOAT_F16, -2049) == -2048);
  CHECK(floatRound(FLOAT_F16, 2049.0000001) == 2050);
  CHECK(floatRound(FLOAT_BF16, 257) == 256 && floatRound(FLOAT_BF16, 259) == 260);
  CHECK(floatRound(FLOAT_F16, 0.1) == 0.0999755859375);
  CHECK(floatRound(FLOAT_BF16, 0.1) == 0.10009765625);
  CHECK(floatRound(FLOAT_F32, 0.1) == (double)0.1f);
  CHECK(floatRound(FLOAT_F64, 0.1) == 0.1);
  /* 65520 is half way between the largest f16 and what would follow it. */
  CHECK(floatRound(FLOAT_F16, 65519.99) == 65504 && floatRound(FLOAT_F16, 65520) == INFINITY);
  CHECK(floatRound(FLOAT_F16, -1e6) == -INFINITY);
  CHECK(floatRound(FLOAT_BF16, 0x1.fep127) == 0x1.fep127);
  CHECK(floatRound(FLOAT_BF16, 0x1.ffp127) == INFINITY);
  CHECK(floatRound(FLOAT_F32, 0x1.ffffffp127) == INFINITY);
  /* Subnormals: multiples of the smallest number, half of which goes to zero. */
  CHECK(floatRound(FLOAT_F16, 0x1p-24) == 0x1p-24 && floatRound(FLOAT_F16, 0x1p-25) == 0);
  CHECK(floatRound(FLOAT_F16, 0x1.8p-24) == 0x1p-23);
  CHECK(floatRound(FLOAT_F16, 0x1.01p-25) == 0x1p-24);
  CHECK(floatRound(FLOAT_F16, 0x1.ff4p-15) == 0x1.ffp-15);
  CHECK(floatRound(FLOAT_F16, 0x1.fffp-15) == 0x1p-14);
  CHECK(floatRound(FLOAT_BF16, 0x1p-133) == 0x1p-133 && floatRound(FLOAT_BF16, 0x1p-134) == 0);
  CHECK(floatRound(FLOAT_F32, 0x1p-149) == 0x1p-149 && floatRound(FLOAT_F32, 0x1p-150) == 0);
  CHECK(signbit(floatRound(FLOAT_F16, -0.0)) && signbit(floatRound(FLOAT_F16, -1e-30)));
  CHECK(isnan(floatRound(FLOAT_F16, NAN)) && floatRound(FLOAT_BF16, -INFINITY) == -INFINITY);

  CHECK(floatFits(FLOAT_F16, FLOAT_F32) && floatFits(FLOAT_BF16, FLOAT_F32));
  CHECK(floatFits(FLOAT_F32, FLOAT_F64) && floatFits(FLOAT_F16, FLOAT_F16));
  CHECK(!floatFits(FLOAT_F16, FLOAT_BF16) && !floatFits(FLOAT_BF16, FLOAT_F16));
  CHECK(!floatFits(FLOAT_F32, FLOAT_F16) && !floatFits(FLOAT_F64, FLOAT_F32));
}

static void checkRoundings(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), r = leaf(a, &tensorR, 0, 1), sum = exprAdd(a, x, r);
  Index index = indexOf(2, (const int32_t[]){0, 1});
  Expr narrow = exprLeaf(a, &tensorG, indexIntern(a, &index), FLOAT_F16);
  Expr rounded = exprRound(a, FLOAT_F16, sum);
  CHECK(rounded != sum && exprRound(a, FLOAT_F16, rounded) == rounded);
  CHECK(exprRound(a, FLOAT_BF16, sum) != rounded);
  CHECK(exprRound(a, FLOAT_BF16, rounded) != rounded);
  CHECK(exprRound(a, FLOAT_F16, narrow) == narrow);
  CHECK(exprRound(a, FLOAT_F32, sum) == sum);
  CHECK(exprWide(a, rounded) == sum && exprWide(a, sum) == sum);
  Expr nested = exprMul(a, exprRound(a, FLOAT_BF16, exprAdd(a, rounded, x)), rounded);
  CHECK(exprWide(a, nested) == exprMul(a, exprAdd(a, sum, x), sum));
}

/* SUM over the second dimension of tensor[i, b]^2, with loop variable `open`. */
static Expr sumOfSquares(ExprArena *a, const int *tensor, int32_t i, int32_t open) {
  Expr body = exprPow(a, leaf(a, tensor, i, open), 2);
  return exprSum(a, open, exprConst(a, 8), body, FLOAT_NONE);
}

static void checkSums(ExprArena *a) {
  Expr sum = sumOfSquares(a, &tensorX, 0, VAR_OPEN);
  CHECK(sum == sumOfSquares(a, &tensorX, 0, VAR_OPEN + 5));
  CHECK(sum != sumOfSquares(a, &tensorX, 1, VAR_OPEN));
  CHECK(sum != sumOfSquares(a, &tensorR, 0, VAR_OPEN));
  CHECK(exprHasSum(a, sum) && !exprHasSum(a, leaf(a, &tensorX, 0, 1)));
  CHECK(exprUses(a, sum, 0) && !exprUses(a, sum, 1) && !exprUses(a, sum, VAR_OPEN));

  Expr open = leaf(a, &tensorX, 0, VAR_OPEN), scaled = exprMul(a, exprConst(a, 0.125), open);
  Expr outside =
      exprMul(a, exprConst(a, 0.125), exprSum(a, VAR_OPEN, exprConst(a, 8), open, FLOAT_NONE));
  CHECK(exprSum(a, VAR_OPEN, exprConst(a, 8), scaled, FLOAT_NONE) == outside);
  CHECK(exprSum(a, VAR_OPEN, exprConst(a, 7), scaled, FLOAT_NONE) != outside);
  CHECK(exprSum(a, VAR_OPEN, exprConst(a, 8), open, FLOAT_F16) !=
        exprSum(a, VAR_OPEN, exprConst(a, 8), open, FLOAT_NONE));

  Expr renamed = exprRename(a, sum, 0, 3);
  CHECK(renamed == sumOfSquares(a, &tensorX, 3, VAR_OPEN) && exprRename(a, renamed, 3, 0) == sum);
  CHECK(exprRename(a, sum, 1, 3) == sum);
}

/* SUM_b x[i, b] * SUM_c x[b, c]^2, its two loops named `outer` and `inner`. */
static Expr nestedSums(ExprArena *a, int32_t outer, int32_t inner) {
  Expr body = exprMul(a, leaf(a, &tensorX, 0, outer), sumOfSquares(a, &tensorX, outer, inner));
  return exprSum(a, outer, exprConst(a, 8), body, FLOAT_NONE);
}

static void checkNestedSums(ExprArena *a) {
  Expr nested = nestedSums(a, VAR_OPEN, VAR_OPEN + 1);
  CHECK(nested == nestedSums(a, VAR_OPEN + 1, VAR_OPEN));
  CHECK(nested == nestedSums(a, VAR_OPEN + 7, VAR_OPEN + 9));
  CHECK(!exprUses(a, nested, VAR_OPEN) && !exprUses(a, nested, VAR_OPEN + 1));
  /* Two sums side by side may share a name: neither captures the other's variable. */
  Expr square = exprMul(a, sumOfSquares(a, &tensorX, 0, VAR_OPEN),
                        sumOfSquares(a, &tensorR, 0, VAR_OPEN + 1));
  CHECK(square == exprMul(a, sumOfSquares(a, &tensorX, 0, VAR_OPEN + 1),
                          sumOfSquares(a, &tensorR, 0, VAR_OPEN)));
}

static void checkDepth(ExprArena *a) {
  Expr x = leaf(a, &tensorX, 0, 1), r = leaf(a, &tensorR, 0, 1), chain = x, rounded = x;
  for (int i = 0; i < 500; ++i) {
    chain = exprAdd(a, chain, exprMul(a, chain, r));
    rounded = exprRound(a, FLOAT_F16, exprAdd(a, rounded, exprMul(a, rounded, r)));
  }
  CHECK(exprWide(a, rounded) == chain);
  CHECK(exprRename(a, exprRename(a, chain, 0, 2), 2, 0) == chain);
  CHECK(exprUses(a, chain, 1) && !exprHasSum(a, chain));
}

int main(void) {
  checkFloats();
  static void (*const tests[])(ExprArena *) = {
      checkInterning, checkCommutativity, checkPowers,     checkReciprocalRoots, checkConstants,
      checkRoundings, checkSums,          checkNestedSums, checkDepth,
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; ++i) {
    ExprArena *arena = exprArenaCreate();
    tests[i](arena);
    exprArenaDestroy(arena);
  }
  printf("%ld passed, %ld failed\n", checks - failures, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
