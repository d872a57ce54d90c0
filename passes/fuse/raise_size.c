/* Sizes: the dynamic dimensions of tensors as formulas, so that two of them can be known equal. */

#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/raise_internal.h"

/* Whether a size is the same number in this type. */
static bool holdsSizes(MlirType type) {
  return mlirTypeIsAIndex(type) ||
         (mlirTypeIsAInteger(type) && mlirIntegerTypeGetWidth(type) >= 32);
}

/* A formula for an index-typed value, or none. */
static Expr raiseSizeOp(Raiser *r, MlirOperation op, MlirValue value) {
  if (irIs(op, "arith.constant"))
    return raiseAt(r, value, &(Index){0});
  if ((irIs(op, "arith.index_cast") || irIs(op, "arith.index_castui")) &&
      holdsSizes(mlirValueGetType(value)) &&
      holdsSizes(mlirValueGetType(mlirOperationGetOperand(op, 0))))
    return raiseSize(r, mlirOperationGetOperand(op, 0));
  if (irIs(op, "arith.maxui") || irIs(op, "arith.maxsi")) {
    Expr a = raiseSize(r, mlirOperationGetOperand(op, 0));
    Expr b = raiseSize(r, mlirOperationGetOperand(op, 1));
    return exprMax(r->arena, a, b);
  }
  if (irIs(op, "tensor.dim")) {
    ExprNode dim = exprNode(r->arena, raiseSize(r, mlirOperationGetOperand(op, 1)));
    MlirValue source = mlirOperationGetOperand(op, 0);
    MlirType type = mlirValueGetType(source);
    if (dim.kind == EXPR_CONST && mlirTypeIsARankedTensor(type) && dim.number >= 0 &&
        dim.number < (double)mlirShapedTypeGetRank(type))
      return raiseDim(r, source, (int64_t)dim.number);
  }
  return 0;
}

Expr raiseSize(Raiser *r, MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  TableKey key = tableKey(value.ptr, SIZE_OF_VALUE);
  Expr size = tableGet(&r->dims, key);
  if (size)
    return size;
  if (!mlirOperationIsNull(op) && r->depth < MAX_DEPTH) {
    ++r->depth;
    size = raiseSizeOp(r, op, value);
    --r->depth;
  }
  if (!size)
    size = exprDim(r->arena, value.ptr, -1);
  tableSet(&r->dims, key, size);
  return size;
}

/* The operand of a tensor.empty or expand_shape that gives dynamic dimension `dim` of `type`. */
static MlirValue dynamicSize(MlirOperation op, intptr_t firstOperand, MlirType type, int64_t dim) {
  intptr_t operand = firstOperand;
  for (int64_t d = 0; d < dim; ++d)
    operand += mlirShapedTypeIsDynamicDim(type, d);
  return mlirOperationGetOperand(op, operand);
}

/* The broadcast of tosa's elementwise ops: the largest of the operands' sizes. */
static Expr raiseTosaDim(Raiser *r, MlirOperation op, MlirType type, int64_t dim) {
  Expr size = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType operandType = mlirValueGetType(operand);
    if (!mlirTypeIsARankedTensor(operandType) ||
        mlirShapedTypeGetRank(operandType) != mlirShapedTypeGetRank(type))
      continue;
    Expr operandSize = raiseDim(r, operand, dim);
    ExprNode node = exprNode(r->arena, operandSize);
    if (node.kind == EXPR_CONST && node.number == 1)
      continue;
    size = size ? exprMax(r->arena, size, operandSize) : operandSize;
  }
  return size;
}

static bool isTosaElementwise(MlirOperation op) {
  static const char *const names[] = {
      "tosa.add", "tosa.sub",    "tosa.mul",  "tosa.pow",      "tosa.rsqrt",     "tosa.reciprocal",
      "tosa.abs", "tosa.negate", "tosa.cast", "tosa.identity", "tosa.reduce_sum"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (irIs(op, names[i]))
      return true;
  return false;
}

/* Dimension `dim` of the result of a reshape: that of the only operand dimension it can be. */
static Expr raiseReshapedDim(Raiser *r, MlirOperation op, MlirType type, int64_t dim) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirType sourceType = mlirValueGetType(source);
  int64_t numDynamic = 0, dynamic = 0, resultDynamic = 0;
  if (!mlirTypeIsARankedTensor(sourceType))
    return 0;
  int64_t known = 1, resultKnown = 1;
  for (int64_t d = 0; d < mlirShapedTypeGetRank(sourceType); ++d) {
    if (mlirShapedTypeIsDynamicDim(sourceType, d)) {
      ++numDynamic;
      dynamic = d;
    } else {
      known *= mlirShapedTypeGetDimSize(sourceType, d);
    }
  }
  for (int64_t d = 0; d < mlirShapedTypeGetRank(type); ++d) {
    if (mlirShapedTypeIsDynamicDim(type, d))
      ++resultDynamic;
    else
      resultKnown *= mlirShapedTypeGetDimSize(type, d);
  }
  if (numDynamic == 1 && resultDynamic == 1 && known == resultKnown)
    return raiseDim(r, source, dynamic);
  if (irIs(op, "tensor.expand_shape"))
    return raiseSize(r, dynamicSize(op, 1, type, dim));
  return 0;
}

static Expr raiseDynamicDim(Raiser *r, MlirOperation op, MlirValue value, int64_t dim) {
  MlirType type = mlirValueGetType(value);
  intptr_t number = mlirOpResultGetResultNumber(value);
  if (irIs(op, "tensor.empty"))
    return raiseSize(r, dynamicSize(op, 0, type, dim));
  if (!mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op))) {
    intptr_t firstInit = mlirOperationGetNumOperands(op) - mlirOperationGetNumResults(op);
    return raiseDim(r, mlirOperationGetOperand(op, firstInit + number), dim);
  }
  if (irIs(op, "tosa.reduce_sum") &&
      dim == mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr("axis"))))
    return exprConst(r->arena, 1);
  if (isTosaElementwise(op))
    return raiseTosaDim(r, op, type, dim);
  MlirValue first = mlirOperationGetNumOperands(op) > 0 ? mlirOperationGetOperand(op, 0) : value;
  if (algebraOf(op, value) && mlirTypeIsARankedTensor(mlirValueGetType(first)))
    return raiseDim(r, first, dim);
  if (irIs(op, "tensor.cast") &&
      mlirTypeIsARankedTensor(mlirValueGetType(mlirOperationGetOperand(op, 0))))
    return raiseDim(r, mlirOperationGetOperand(op, 0), dim);
  if (irIs(op, "tensor.expand_shape") || irIs(op, "tensor.collapse_shape") ||
      irIs(op, "tosa.reshape"))
    return raiseReshapedDim(r, op, type, dim);
  if (irIs(op, "scf.if") && mlirShapedTypeGetRank(type) <= MAX_RANK) {
    MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
    Index identity = raiseIdentity(value);
    Expr viewed = raiseView(r, op, value, &identity);
    return viewed ? raiseDim(r, mlirOperationGetOperand(mlirBlockGetTerminator(block), number), dim)
                  : 0;
  }
  return 0;
}

Expr raiseDim(Raiser *r, MlirValue value, int64_t dim) {
  MlirType type = mlirValueGetType(value);
  if (!mlirShapedTypeIsDynamicDim(type, dim))
    return exprConst(r->arena, (double)mlirShapedTypeGetDimSize(type, dim));
  TableKey key = tableKey(value.ptr, (int32_t)dim);
  Expr known = tableGet(&r->dims, key);
  if (known)
    return known;
  Expr size = 0;
  if (mlirValueIsAOpResult(value) && r->depth < MAX_DEPTH) {
    ++r->depth;
    size = raiseDynamicDim(r, mlirOpResultGetOwner(value), value, dim);
    --r->depth;
  }
  if (!size)
    size = exprDim(r->arena, value.ptr, (int32_t)dim);
  tableSet(&r->dims, key, size);
  return size;
}
