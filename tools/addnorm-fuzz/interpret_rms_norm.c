/* addnorm.rms_norm, as its description says. */

#include <math.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "tools/addnorm-fuzz/interpret_internal.h"

enum { MAX_ADDENDS = 64, MAX_ROW = 4096 };

typedef struct RmsNorm {
  Precision precision;
  intptr_t numAddends;
  const Array *addends[MAX_ADDENDS];
  Interval scales[MAX_ADDENDS];
  bool scaled[MAX_ADDENDS];
  const Array *gamma;
  bool hasGammaOffset;
  Interval gammaOffset, epsilon;
  bool hasSumType, hasNormType;
  ElementKind sumType, normType;
  int64_t n;
} RmsNorm;

static Interval binary(const RmsNorm *norm, Scalar op, Interval x, Interval y) {
  Interval operands[] = {x, y};
  return intervalRound(norm->precision, KIND_F32, intervalApply(op, 0, operands));
}

/* A constant, or the value of an operand where there is one. */
static bool scalarOf(Interpreter *in, MlirValue operand, float constant, Interval *scalar) {
  *scalar = intervalPoint(constant);
  if (mlirValueIsNull(operand))
    return true;
  const Array *array = valueGet(in, operand);
  if (array)
    *scalar = array->data[0];
  return array != NULL;
}

static bool readOp(Interpreter *in, MlirOperation op, RmsNorm *norm) {
  norm->precision = in->precision;
  norm->numAddends = addnormRmsNormGetNumAddends(op);
  if (norm->numAddends > MAX_ADDENDS)
    return false;
  for (intptr_t i = 0; i < norm->numAddends; ++i) {
    float scale;
    MlirValue operand = addnormRmsNormGetScale(op, i, &scale);
    norm->addends[i] = valueGet(in, addnormRmsNormGetAddend(op, i));
    norm->scaled[i] = !mlirValueIsNull(operand) || scale != 1;
    if (!norm->addends[i] || !scalarOf(in, operand, scale, &norm->scales[i]))
      return false;
  }
  MlirValue gamma = addnormRmsNormGetGamma(op);
  norm->gamma = mlirValueIsNull(gamma) ? NULL : valueGet(in, gamma);
  float offset = 0, epsilon;
  norm->hasGammaOffset = addnormRmsNormGetGammaOffset(op, &offset);
  norm->gammaOffset = intervalPoint(offset);
  MlirValue operand = addnormRmsNormGetEpsilon(op, &epsilon);
  MlirType sumType = addnormRmsNormGetSumType(op), normType = addnormRmsNormGetNormType(op);
  norm->hasSumType = !mlirTypeIsNull(sumType);
  norm->hasNormType = !mlirTypeIsNull(normType);
  if (norm->hasSumType)
    norm->sumType = elementKindOf(sumType);
  if (norm->hasNormType)
    norm->normType = elementKindOf(normType);
  return scalarOf(in, operand, epsilon, &norm->epsilon);
}

/* t at element `i` of row `row`. */
static Interval sumOfAddends(const RmsNorm *norm, int64_t row, int64_t i) {
  Interval t = intervalPoint(0);
  for (intptr_t k = 0; k < norm->numAddends; ++k) {
    const Array *addend = norm->addends[k];
    bool bias = arrayCount(addend) == norm->n && addend->rank == 1;
    Interval term = addend->data[bias ? i : row * norm->n + i];
    if (norm->scaled[k])
      term = binary(norm, SCALAR_MUL, term, norm->scales[k]);
    t = k == 0 ? term : binary(norm, SCALAR_ADD, t, term);
  }
  return norm->hasSumType ? intervalRound(norm->precision, norm->sumType, t) : t;
}

static Interval reciprocalRoot(const RmsNorm *norm, const Interval *t) {
  Interval sum = intervalPoint(0);
  for (int64_t i = 0; i < norm->n; ++i)
    sum = binary(norm, SCALAR_ADD, sum, binary(norm, SCALAR_MUL, t[i], t[i]));
  Interval mean = binary(norm, SCALAR_DIV, sum, intervalPoint((double)norm->n));
  Interval shifted = binary(norm, SCALAR_ADD, mean, norm->epsilon);
  Interval root = intervalApply(SCALAR_RSQRT, 0, &shifted);
  return intervalRound(norm->precision, KIND_F32, root);
}

static Interval normalised(const RmsNorm *norm, Interval t, Interval rstd, int64_t i) {
  Interval u = binary(norm, SCALAR_MUL, t, rstd);
  if (norm->hasNormType)
    u = intervalRound(norm->precision, norm->normType, u);
  if (!norm->gamma)
    return u;
  Interval gamma = norm->gamma->data[i];
  if (norm->hasGammaOffset)
    gamma = binary(norm, SCALAR_ADD, gamma, norm->gammaOffset);
  return binary(norm, SCALAR_MUL, u, gamma);
}

static void runRow(const RmsNorm *norm, int64_t row, Array *y, Array *sum, Array *rstd) {
  Interval t[MAX_ROW];
  for (int64_t i = 0; i < norm->n; ++i)
    t[i] = sumOfAddends(norm, row, i);
  Interval root = reciprocalRoot(norm, t);
  for (int64_t i = 0; i < norm->n; ++i) {
    int64_t at = row * norm->n + i;
    y->data[at] = intervalRound(norm->precision, y->kind, normalised(norm, t[i], root, i));
    if (sum)
      sum->data[at] = intervalRound(norm->precision, sum->kind, t[i]);
  }
  if (rstd)
    rstd->data[row] = root;
}

/* An empty array like the init, or null data where there is none. */
static Array outputFor(Interpreter *in, MlirValue init) {
  const Array *like = mlirValueIsNull(init) ? NULL : valueGet(in, init);
  return like ? arrayCreate(like->kind, like->rank, like->dims) : (Array){0};
}

bool interpretRmsNorm(Interpreter *in, MlirOperation op) {
  RmsNorm norm = {0};
  Array outputs[] = {outputFor(in, addnormRmsNormGetYInit(op)),
                     outputFor(in, addnormRmsNormGetSumInit(op)),
                     outputFor(in, addnormRmsNormGetRstdInit(op))};
  bool ok = outputs[0].data && readOp(in, op, &norm);
  norm.n = outputs[0].rank ? outputs[0].dims[outputs[0].rank - 1] : 0;
  ok = ok && norm.n <= MAX_ROW;
  int64_t rows = norm.n ? arrayCount(&outputs[0]) / norm.n : 0;
  for (intptr_t k = 0; ok && k < norm.numAddends; ++k) {
    int64_t count = arrayCount(norm.addends[k]);
    ok = count == arrayCount(&outputs[0]) || (norm.addends[k]->rank == 1 && count == norm.n);
  }
  ok = ok && (!norm.gamma || arrayCount(norm.gamma) == norm.n);
  for (int64_t row = 0; ok && row < rows; ++row)
    runRow(&norm, row, &outputs[0], outputs[1].data ? &outputs[1] : NULL,
           outputs[2].data ? &outputs[2] : NULL);
  intptr_t result = 0;
  for (int i = 0; i < 3; ++i) {
    if (outputs[i].data && ok)
      valueSet(in, mlirOperationGetResult(op, result++), outputs[i]);
    else
      arrayDestroy(&outputs[i]);
  }
  return ok || interpretFail(in, op, "has operands of sizes that do not fit");
}
