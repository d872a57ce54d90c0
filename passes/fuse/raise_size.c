/* Sizes: the dynamic dimensions of tensors as formulas, so that two of them can be known equal.
 *
 * A size is what its op says, or an unknown. Unknowns, and the largest of some, are equal to others
 * where an op demands it: x + r has dim(r, 0) = dim(x, 0). */

#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineMap.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/raise_internal.h"

/* The size that stands for all that are known equal to `size`. */
static Expr settled(Raiser *r, Expr size) {
  Expr root = size;
  for (Expr equal; (equal = tableGet(&r->equalSizes, tableKeyOfNumber(root, 0)));)
    root = equal;
  if (root != size)
    tableSet(&r->equalSizes, tableKeyOfNumber(size, 0), root);
  return root;
}

Expr raiseMax(Raiser *r, Expr a, Expr b) { return settled(r, exprMax(r->arena, a, b)); }

/* `size`, or an unknown where there is none or it has got long. */
static Expr orUnknown(Raiser *r, Expr size, MlirValue value, int32_t dim) {
  if (size && exprNode(r->arena, size).depth <= LONG_EXPR_DEPTH)
    return size;
  return settled(r, exprDim(r->arena, value.ptr, dim));
}

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
    return raiseMax(r, a, b);
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
  size = orUnknown(r, size, value, -1);
  tableSet(&r->dims, key, size);
  return size;
}

/* --- what an op says of its result ----------------------------------------------------------- */

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
    size = size ? raiseMax(r, size, operandSize) : operandSize;
  }
  return size;
}

static MlirAttribute groupOf(MlirOperation reshape, int64_t group) {
  return mlirArrayAttrGetElement(mlirOperationGetAttributeByName(reshape, irStr("reassociation")),
                                 group);
}

/* The only dimension of a group of a reassociation that is not of size 1, or -1. */
static int64_t loneDim(MlirAttribute group, MlirType type) {
  int64_t lone = -1;
  for (intptr_t i = 0; i < mlirArrayAttrGetNumElements(group); ++i) {
    int64_t dim = mlirIntegerAttrGetValueInt(mlirArrayAttrGetElement(group, i));
    if (irIsUnitDim(type, dim))
      continue;
    if (lone >= 0)
      return -1;
    lone = dim;
  }
  return lone;
}

static Expr raiseExpandedDim(Raiser *r, MlirOperation op, MlirType type, int64_t dim) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  for (int64_t d = 0; d < mlirShapedTypeGetRank(mlirValueGetType(source)); ++d)
    if (loneDim(groupOf(op, d), type) == dim)
      return raiseDim(r, source, d);
  return raiseSize(r, dynamicSize(op, 1, type, dim));
}

static Expr raiseCollapsedDim(Raiser *r, MlirOperation op, int64_t dim) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  int64_t lone = loneDim(groupOf(op, dim), mlirValueGetType(source));
  return lone < 0 ? 0 : raiseDim(r, source, lone);
}

/* The only dynamic dimension, or -1; the product of the others in `*rest`. */
static int64_t onlyDynamicDim(MlirType type, int64_t *rest) {
  int64_t only = -1;
  *rest = 1;
  for (int64_t d = 0; d < mlirShapedTypeGetRank(type); ++d) {
    if (!mlirShapedTypeIsDynamicDim(type, d))
      *rest *= mlirShapedTypeGetDimSize(type, d);
    else if (only >= 0)
      return -1;
    else
      only = d;
  }
  return only;
}

static Expr raiseTosaReshapedDim(Raiser *r, MlirOperation op, MlirType type) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirType sourceType = mlirValueGetType(source);
  int64_t rest, sourceRest;
  if (!mlirTypeIsARankedTensor(sourceType) || onlyDynamicDim(type, &rest) < 0)
    return 0;
  int64_t dim = onlyDynamicDim(sourceType, &sourceRest);
  return dim >= 0 && rest == sourceRest ? raiseDim(r, source, dim) : 0;
}

/* A guard of a broadcast, if (own == 1) { as large as all } else { own }, has the largest of the
 * sizes: `own` is 1 or that, or the op that reads the result with the others is in error. */
static Expr raiseGuardedDim(Raiser *r, MlirOperation op, intptr_t number, int64_t dim) {
  Expr all = raiseDim(r, branchYield(op, 0, number), dim);
  Expr own = raiseDim(r, branchYield(op, 1, number), dim);
  bool guards = all == own || (raiseMax(r, all, own) == all && raiseTestedSize(r, op) == own);
  return guards ? all : 0;
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
  if (irIs(op, "scf.if"))
    return raiseGuardedDim(r, op, number, dim);
  if (irIs(op, "tensor.expand_shape"))
    return raiseExpandedDim(r, op, type, dim);
  if (irIs(op, "tensor.collapse_shape"))
    return raiseCollapsedDim(r, op, dim);
  if (irIs(op, "tosa.reshape"))
    return raiseTosaReshapedDim(r, op, type);
  if (irIs(op, "tosa.reduce_sum"))
    return dim == mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr("axis")))
               ? exprConst(r->arena, 1)
               : raiseTosaDim(r, op, type, dim);
  const AlgebraOp *algebra = algebraOf(op, value);
  if (algebra && algebraBroadcasts(algebra))
    return raiseTosaDim(r, op, type, dim);
  if ((algebra || irIs(op, "tensor.cast")) &&
      mlirTypeIsARankedTensor(mlirValueGetType(mlirOperationGetOperand(op, 0))))
    return raiseDim(r, mlirOperationGetOperand(op, 0), dim);
  return 0;
}

Expr raiseDim(Raiser *r, MlirValue value, int64_t dim) {
  MlirType type = mlirValueGetType(value);
  if (!mlirShapedTypeIsDynamicDim(type, dim))
    return exprConst(r->arena, (double)mlirShapedTypeGetDimSize(type, dim));
  TableKey key = tableKey(value.ptr, (int32_t)dim);
  Expr size = tableGet(&r->dims, key);
  if (size)
    return size;
  if (mlirValueIsAOpResult(value) && r->depth < MAX_DEPTH) {
    ++r->depth;
    size = raiseDynamicDim(r, mlirOpResultGetOwner(value), value, dim);
    --r->depth;
  }
  size = orUnknown(r, size, value, (int32_t)dim);
  tableSet(&r->dims, key, size);
  return size;
}

/* --- what an op demands of its operands ------------------------------------------------------ */

/* Whether `size` is or has in it an unknown of a value of `block`. */
static bool isUnknownOf(const Raiser *r, Expr size, MlirBlock block) {
  ExprNode node = exprNode(r->arena, size);
  if (node.kind == EXPR_MAX)
    return isUnknownOf(r, node.a, block) || isUnknownOf(r, node.b, block);
  return node.kind == EXPR_DIM && mlirBlockEqual(irBlockOf((MlirValue){node.value}), block);
}

static bool isMax(const Raiser *r, Expr size) { return exprNode(r->arena, size).kind == EXPR_MAX; }

/* `op` is in error where the sizes differ. That says something of the values of its own block,
 * which exist only where it runs; of others, only as far as these are given in terms of them. */
static void equateSizes(Raiser *r, MlirOperation op, Expr a, Expr b) {
  MlirBlock block = mlirOperationGetBlock(op);
  Expr x = settled(r, a), y = settled(r, b);
  bool later = isMax(r, x) == isMax(r, y) ? x > y : isMax(r, x);
  if (!isUnknownOf(r, x, block) || (isUnknownOf(r, y, block) && !later)) {
    Expr swap = x;
    x = y;
    y = swap;
  }
  if (x != y && isUnknownOf(r, x, block) && !isMax(r, y))
    tableSet(&r->equalSizes, tableKeyOfNumber(x, 0), y);
}

/* The same for the sizes of values. Of a largest size it says something only where an op of tosa
 * has made that: the result of a guard is that large only if its readers ask for it. */
static void equateDims(Raiser *r, MlirOperation op, Expr a, MlirValue value, int64_t dim) {
  Expr b = raiseDim(r, value, dim);
  MlirOperation from = irDefiningOp(value);
  const AlgebraOp *algebra = mlirOperationIsNull(from) ? NULL : algebraOf(from, value);
  bool madeLargest = algebra && algebraBroadcasts(algebra);
  if (!isMax(r, settled(r, a)) && (madeLargest || !isMax(r, settled(r, b))))
    equateSizes(r, op, a, b);
}

/* All dimensions that a loop of a linalg op runs over have one size. */
static void learnFromLoops(Raiser *r, MlirOperation op, MlirAttribute maps) {
  Expr sizes[MAX_RANK] = {0};
  if (mlirArrayAttrGetNumElements(maps) != mlirOperationGetNumOperands(op))
    return;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirAffineMap map = mlirAffineMapAttrGetValue(mlirArrayAttrGetElement(maps, i));
    for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d) {
      MlirAffineExpr loop = mlirAffineMapGetResult(map, d);
      intptr_t number = mlirAffineExprIsADim(loop) ? mlirAffineDimExprGetPosition(loop) : MAX_RANK;
      if (number >= MAX_RANK)
        continue;
      Expr size = raiseDim(r, operand, d);
      if (sizes[number])
        equateDims(r, op, sizes[number], operand, d);
      else
        sizes[number] = size;
    }
  }
}

/* Casts and elementwise ops other than tosa's do not broadcast. */
static void learnFromElementwise(Raiser *r, MlirOperation op, int numOperands) {
  MlirValue result = mlirOperationGetResult(op, 0);
  for (int i = 0; i < numOperands; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    for (int64_t d = 0; mlirTypeIsAShaped(type) && d < mlirShapedTypeGetRank(type); ++d)
      equateDims(r, op, raiseDim(r, result, d), operand, d);
  }
}

/* The output shape of an expand_shape says what size the source has. */
static void learnFromExpansion(Raiser *r, MlirOperation op) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  for (int64_t d = 0; d < mlirShapedTypeGetRank(mlirValueGetType(source)); ++d) {
    int64_t lone = loneDim(groupOf(op, d), type);
    if (lone >= 0 && mlirShapedTypeIsDynamicDim(type, lone))
      equateDims(r, op, raiseSize(r, dynamicSize(op, 1, type, lone)), source, d);
  }
}

/* Whether shapes are ranked tensors, some of dynamic size. */
static bool hasDynamicTensors(MlirOperation op) {
  bool dynamic = false;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetOperand(op, i));
    if (mlirTypeIsAShaped(type) && !mlirTypeIsARankedTensor(type))
      return false;
    dynamic |= mlirTypeIsAShaped(type) && !mlirShapedTypeHasStaticShape(type);
  }
  return dynamic;
}

static MlirWalkResult learnFrom(MlirOperation op, void *raiser) {
  if (!hasDynamicTensors(op) || mlirOperationGetNumResults(op) == 0)
    return MlirWalkResultAdvance;
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  const AlgebraOp *algebra = algebraOf(op, mlirOperationGetResult(op, 0));
  if (!mlirAttributeIsNull(maps))
    learnFromLoops(raiser, op, maps);
  else if (irIs(op, "tensor.expand_shape"))
    learnFromExpansion(raiser, op);
  else if (irIs(op, "tensor.cast"))
    learnFromElementwise(raiser, op, 1);
  else if (algebra && !algebraBroadcasts(algebra))
    learnFromElementwise(raiser, op, algebraNumOperands(algebra));
  return MlirWalkResultAdvance;
}

void raiserLearnSizes(Raiser *r, MlirOperation root) {
  mlirOperationWalk(root, learnFrom, r, MlirWalkPreOrder);
  tableFree(&r->dims); /* what they were before they were known equal */
}
