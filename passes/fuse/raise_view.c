/* Views: ops whose result's elements are elements of an operand. */

#include <string.h>

#include "lib/ir/build.h"
#include "passes/fuse/raise_internal.h"

static int64_t sizeOf(MlirType type, int32_t dim) {
  return mlirShapedTypeIsDynamicDim(type, dim) ? -1 : mlirShapedTypeGetDimSize(type, dim);
}

/* Appends dimension `dim` of `index` (of static size `size`) to a list of digits with extents. */
static bool appendDigits(Digit *digits, int32_t *count, const Index *index, int32_t dim,
                         int64_t size) {
  int32_t n = index->numDigits[dim];
  if (*count + n > MAX_DIGITS)
    return false;
  for (int32_t k = 0; k < n; ++k) {
    digits[*count] = index->digits[dim][k];
    if (n == 1)
      digits[*count].extent = size;
    ++*count;
  }
  return true;
}

/* Takes from the front of `digits` those that make up a dimension of static size `size`. */
static bool takeDigits(const Digit *digits, int32_t count, int32_t *taken, Index *index,
                       int32_t dim, int64_t size) {
  int64_t product = 1;
  int32_t n = 0;
  while (product < size && *taken < count) {
    index->digits[dim][n++] = digits[*taken];
    product *= digits[(*taken)++].extent;
  }
  index->numDigits[dim] = n;
  if (n == 1)
    index->digits[dim][0].extent = 0;
  return product == size;
}

/* The index into `source` at which `index` into `result` reads, where one is the other reshaped:
 * runs of dimensions with the same product correspond, a dynamic dimension corresponds to a dynamic
 * one. */
static bool reshapeIndex(MlirType source, MlirType result, const Index *index, Index *at) {
  int32_t ns = (int32_t)mlirShapedTypeGetRank(source), nr = index->rank;
  *at = (Index){.rank = ns};
  if (ns > MAX_RANK)
    return false;
  int32_t s = 0, d = 0;
  for (;;) {
    while (s < ns && sizeOf(source, s) == 1)
      ++s;
    while (d < nr && sizeOf(result, d) == 1)
      ++d;
    if (s == ns || d == nr)
      return s == ns && d == nr;
    int64_t ps = sizeOf(source, s), pr = sizeOf(result, d);
    if (ps == pr) {
      at->numDigits[s] = index->numDigits[d];
      memcpy(at->digits[s++], index->digits[d++], sizeof at->digits[0]);
      continue;
    }
    int32_t s0 = s, count = 0, taken = 0;
    Digit digits[MAX_DIGITS];
    if (ps <= 0 || pr <= 0 || !appendDigits(digits, &count, index, d, pr))
      return false;
    for (++s, ++d; ps != pr;) {
      bool growSource = ps < pr;
      if (growSource ? s == ns : d == nr)
        return false;
      int64_t size = growSource ? sizeOf(source, s) : sizeOf(result, d);
      if (size <= 0)
        return false;
      if (growSource) {
        ps *= size;
        ++s;
      } else {
        pr *= size;
        if (!appendDigits(digits, &count, index, d++, size))
          return false;
      }
    }
    for (int32_t i = s0; i < s; ++i)
      if (!takeDigits(digits, count, &taken, at, i, sizeOf(source, i)))
        return false;
  }
}

static int32_t numDynamicDims(MlirType type) {
  int32_t n = 0;
  for (int64_t d = 0; d < mlirShapedTypeGetRank(type); ++d)
    n += mlirShapedTypeIsDynamicDim(type, d);
  return n;
}

static Expr raiseReshape(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirType type = mlirValueGetType(source);
  if (!mlirTypeIsARankedTensor(type))
    return 0;
  /* Of several dynamic dimensions tosa does not say which become which; expand and collapse do. */
  if (irIs(op, "tosa.reshape") && numDynamicDims(type) > 1)
    return 0;
  Index at;
  return reshapeIndex(type, mlirValueGetType(result), index, &at) ? raiseAt(r, source, &at) : 0;
}

/* tosa.tile broadcasts what has size 1; a longer dimension that it repeats is not looked into. */
static Expr raiseTile(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirType type = mlirValueGetType(source), tiled = mlirValueGetType(result);
  if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) != index->rank)
    return 0;
  for (int32_t d = 0; d < index->rank; ++d)
    if (sizeOf(type, d) != 1 && (sizeOf(type, d) < 0 || sizeOf(type, d) != sizeOf(tiled, d)))
      return 0;
  return raiseAt(r, source, index);
}

static Expr raiseTranspose(Raiser *r, MlirOperation op, const Index *index) {
  MlirAttribute perms = mlirOperationGetAttributeByName(op, irStr("perms"));
  MlirValue source = mlirOperationGetOperand(op, 0);
  if (!mlirTypeIsARankedTensor(mlirValueGetType(source)) ||
      mlirDenseArrayGetNumElements(perms) != index->rank)
    return 0;
  Index at = {.rank = index->rank};
  for (int32_t d = 0; d < index->rank; ++d) {
    int32_t from = mlirDenseI32ArrayGetElement(perms, d);
    at.numDigits[from] = index->numDigits[d];
    memcpy(at.digits[from], index->digits[d], sizeof at.digits[from]);
  }
  return raiseAt(r, source, &at);
}

/* tensor.extract at constant zeros. */
static Expr raiseExtract(Raiser *r, MlirOperation op) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  Index at = {.rank = (int32_t)mlirShapedTypeGetRank(mlirValueGetType(source))};
  if (at.rank > MAX_RANK)
    return 0;
  for (int32_t d = 0; d < at.rank; ++d) {
    ExprNode position = exprNode(r->arena, raiseSize(r, mlirOperationGetOperand(op, d + 1)));
    if (position.kind != EXPR_CONST || position.number != 0)
      return 0;
  }
  return raiseAt(r, source, &at);
}

MlirValue branchYield(MlirOperation op, intptr_t region, intptr_t result) {
  MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, region));
  return mlirOperationGetOperand(mlirBlockGetTerminator(block), result);
}

Expr raiseTestedSize(Raiser *r, MlirOperation op) {
  MlirOperation compare = irDefiningOp(mlirOperationGetOperand(op, 0));
  if (mlirOperationIsNull(compare) || !irIs(compare, "arith.cmpi") ||
      mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(compare, irStr("predicate"))) != 0)
    return 0;
  Expr size = raiseSize(r, mlirOperationGetOperand(compare, 0));
  ExprNode one = exprNode(r->arena, raiseSize(r, mlirOperationGetOperand(compare, 1)));
  return one.kind == EXPR_CONST && one.number == 1 ? size : 0;
}

/* if (dim(x, d) == 1) { x broadcast along d } else { x }: x, read at 0 along d where its size is 1.
 * Where both sizes are the same formula nothing is broadcast. */
static Expr raiseBroadcastGuard(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  Expr tested = raiseTestedSize(r, op);
  intptr_t number = mlirOpResultGetResultNumber(result);
  MlirValue broadcast = branchYield(op, 0, number), source = branchYield(op, 1, number);
  MlirType type = mlirValueGetType(source);
  if (!tested || mlirShapedTypeGetRank(type) != index->rank)
    return 0;
  for (int32_t dim = 0; dim < index->rank; ++dim) {
    if (raiseDim(r, source, dim) != tested)
      continue;
    Index at = *index;
    at.numDigits[dim] = 0;
    if (raiseAt(r, broadcast, index) != raiseAt(r, source, &at))
      continue;
    at = *index;
    if (raiseDim(r, broadcast, dim) != tested)
      for (int32_t k = 0; k < at.numDigits[dim]; ++k)
        at.digits[dim][k].mayBroadcast = 1;
    return raiseAt(r, source, &at);
  }
  return 0;
}

bool isReshape(MlirOperation op) {
  return irIs(op, "tensor.expand_shape") || irIs(op, "tensor.collapse_shape") ||
         irIs(op, "tosa.reshape");
}

Expr raiseView(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  if (isReshape(op))
    return raiseReshape(r, op, result, index);
  if (irIs(op, "tosa.tile"))
    return raiseTile(r, op, result, index);
  if (irIs(op, "tosa.transpose"))
    return raiseTranspose(r, op, index);
  if (irIs(op, "tensor.cast")) {
    MlirValue source = mlirOperationGetOperand(op, 0);
    return mlirTypeIsARankedTensor(mlirValueGetType(source)) ? raiseAt(r, source, index) : 0;
  }
  if (irIs(op, "tensor.extract"))
    return raiseExtract(r, op);
  if (irIs(op, "tensor.splat") ||
      (irIs(op, "tensor.from_elements") && mlirOperationGetNumOperands(op) == 1))
    return raiseAt(r, mlirOperationGetOperand(op, 0), &(Index){0});
  if (irIs(op, "scf.if") && mlirTypeIsARankedTensor(mlirValueGetType(result)))
    return raiseBroadcastGuard(r, op, result, index);
  return 0;
}
