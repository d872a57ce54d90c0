#include "codegen/query.h"

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/BuiltinTypes.h"

bool addnormIsInParallel(MlirOperation op) {
  while (!mlirOperationIsNull(op = mlirOperationGetParentOperation(op)))
    if (irIs(op, "scf.parallel") || irIs(op, "scf.forall"))
      return true;
  return false;
}

/* The product of the leading dimensions; dynamic unless all of them are static or one is zero. */
static int64_t countRows(MlirType type) {
  int64_t rows = 1;
  bool dynamic = false;
  for (int64_t d = 0, leading = mlirShapedTypeGetRank(type) - 1; d < leading; ++d) {
    if (mlirShapedTypeIsDynamicDim(type, d)) {
      dynamic = true;
      continue;
    }
    int64_t size = mlirShapedTypeGetDimSize(type, d);
    if (size == 0)
      return 0;
    if (__builtin_mul_overflow(rows, size, &rows))
      rows = INT64_MAX;
  }
  return dynamic ? ADDNORM_DYNAMIC : rows;
}

static void count(AddnormTypes *types, MlirType element) {
  ++*(mlirTypeIsAF16(element)    ? &types->f16
      : mlirTypeIsABF16(element) ? &types->bf16
                                 : &types->f32);
}

/* An operand of the op's full shape or a row vector, counted in `types`. */
static void addOperand(AddnormScheduleQuery *query, MlirValue operand, bool isFull,
                       AddnormTypes *types) {
  if (mlirValueIsNull(operand))
    return;
  MlirType type = mlirValueGetType(operand);
  MlirType element = mlirShapedTypeGetElementType(type);
  int64_t bytes = mlirFloatTypeGetWidth(element) / 8;
  query->bf16 |= mlirTypeIsABF16(element);
  query->onlyBF16 &= mlirTypeIsABF16(element) || !isFull;
  query->onlyF32 &= mlirTypeIsAF32(element) || !isFull;
  *(isFull ? &query->elementBytes : &query->vectorBytes) += bytes;
  count(types, element);
  if (query->narrowestBytes == 0 || bytes < query->narrowestBytes)
    query->narrowestBytes = bytes;
}

/* Whether the rstd of successive rows may lie apart. */
static bool isApart(MlirValue rstd) {
  MlirType type = mlirValueIsNull(rstd) ? (MlirType){NULL} : mlirValueGetType(rstd);
  int64_t strides[IR_MAX_RANK], offset, rank;
  if (mlirTypeIsNull(type) || !mlirTypeIsAMemRef(type) || (rank = mlirShapedTypeGetRank(type)) == 1)
    return false;
  mlirMemRefTypeGetStridesAndOffset(type, strides, &offset);
  return strides[rank - 2] != 1;
}

static bool isScaled(MlirOperation op, intptr_t addend) {
  float constant;
  return !mlirValueIsNull(addnormRmsNormGetScale(op, addend, &constant)) || constant != 1.0f;
}

AddnormScheduleQuery addnormScheduleQueryOf(MlirOperation op) {
  float offset;
  MlirType type = mlirValueGetType(addnormRmsNormGetYInit(op));
  int64_t rank = mlirShapedTypeGetRank(type);
  AddnormScheduleQuery query = {.rows = countRows(type),
                                .n = mlirShapedTypeIsDynamicDim(type, rank - 1)
                                         ? ADDNORM_DYNAMIC
                                         : mlirShapedTypeGetDimSize(type, rank - 1),
                                .onlyBF16 = true,
                                .onlyF32 = true,
                                .rstd = !mlirValueIsNull(addnormRmsNormGetRstdInit(op)),
                                .rstdApart = isApart(addnormRmsNormGetRstdInit(op)),
                                .lanes = addnormRmsNormGetLanes(op),
                                .chunk = addnormRmsNormGetChunk(op),
                                .roundsSum = !mlirTypeIsNull(addnormRmsNormGetSumType(op)),
                                .roundsNormal = !mlirTypeIsNull(addnormRmsNormGetNormType(op)),
                                .gammaOffset = addnormRmsNormGetGammaOffset(op, &offset)};
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(op); ++i) {
    MlirValue addend = addnormRmsNormGetAddend(op, i);
    bool isFull = mlirShapedTypeGetRank(mlirValueGetType(addend)) == rank;
    addOperand(&query, addend, isFull, isFull ? &query.addends : &query.biases);
    query.scales += isScaled(op, i);
  }
  query.addendBytes = query.elementBytes;
  query.biasBytes = query.vectorBytes;
  addOperand(&query, addnormRmsNormGetGamma(op), false, &query.gamma);
  addOperand(&query, addnormRmsNormGetYInit(op), true, &query.results);
  MlirValue sum = addnormRmsNormGetSumInit(op);
  addOperand(&query, sum, true, &query.results);
  if (!mlirValueIsNull(sum))
    count(&query.sum, mlirShapedTypeGetElementType(mlirValueGetType(sum)));
  return query;
}

bool addnormFits32Bits(const AddnormScheduleQuery *query) {
  int64_t elements = INT32_MAX / query->elementBytes, n = query->n > 1 ? query->n : 1;
  return n <= elements && query->rows <= elements / n;
}
