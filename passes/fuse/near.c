#include "passes/fuse/near.h"

#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineMap.h"
#include "mlir-c/Dialect/Linalg.h"

enum { MAX_OPS = 8 }; /* looked at per near miss */

static bool startsWith(MlirOperation op, const char *prefix) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  size_t length = strlen(prefix);
  return name.length > length && memcmp(name.data, prefix, length) == 0;
}

static MlirAffineMap mapOf(MlirAttribute maps, intptr_t i) {
  return mlirAffineMapAttrGetValue(mlirArrayAttrGetElement(maps, i));
}

static bool isFloatTensor(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  return mlirTypeIsARankedTensor(type) && mlirShapedTypeGetRank(type) <= MAX_RANK &&
         floatKindOf(type) != FLOAT_NONE;
}

/* --- the statistic --------------------------------------------------------------------------- */

/* A linalg op with loops that its result does not name. */
static bool isLinalgReduction(MlirOperation op) {
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  if (mlirAttributeIsNull(maps))
    return false;
  MlirAffineMap map = mapOf(maps, mlirArrayAttrGetNumElements(maps) - 1);
  return mlirAffineMapGetNumResults(map) < mlirAffineMapGetNumDims(map);
}

static bool isReduction(MlirOperation op) {
  return startsWith(op, "tosa.reduce_") || isLinalgReduction(op);
}

/* Whether result number `result` of the body is its argument `accumulator` plus something. */
static bool isAdditive(MlirBlock body, intptr_t result, intptr_t accumulator) {
  MlirOperation last = irDefiningOp(mlirOperationGetOperand(mlirBlockGetTerminator(body), result));
  while (!mlirOperationIsNull(last) && irIs(last, "arith.truncf"))
    last = irDefiningOp(mlirOperationGetOperand(last, 0));
  if (mlirOperationIsNull(last) || !irIs(last, "arith.addf"))
    return false;
  MlirValue argument = mlirBlockGetArgument(body, accumulator);
  return mlirValueEqual(mlirOperationGetOperand(last, 0), argument) ||
         mlirValueEqual(mlirOperationGetOperand(last, 1), argument);
}

static bool readsIndex(MlirBlock body) {
  for (MlirOperation op = mlirBlockGetFirstOperation(body); !mlirOperationIsNull(op);
       op = mlirOperationGetNextInBlock(op))
    if (irIs(op, "linalg.index"))
      return true;
  return false;
}

/* Why a reduction that expressions do not look into is no sum of squares over a dimension. */
static const Decline *explainReduction(Raiser *r, ExprArena *arena, MlirValue value) {
  MlirOperation op = mlirOpResultGetOwner(value);
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  if (mlirAttributeIsNull(maps))
    return &declineNotSum;
  intptr_t result = mlirOpResultGetResultNumber(value);
  intptr_t init = mlirOperationGetNumOperands(op) - mlirOperationGetNumResults(op) + result;
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  if (!isAdditive(body, result, init))
    return &declineNotSum;
  if (readsIndex(body))
    return &declineMasked;
  for (intptr_t i = 0; i < mlirArrayAttrGetNumElements(maps); ++i)
    if (!mlirAffineMapIsProjectedPermutation(mapOf(maps, i)))
      return &declineIndexing;
  MlirValue start = mlirOperationGetOperand(op, init);
  if (isFloatTensor(start)) {
    ExprNode node = exprNode(arena, raiseValue(r, start));
    if (node.kind != EXPR_CONST || node.number != 0)
      return &declineStart;
  }
  return &declineOpaqueReduction;
}

/* Whether one of the op's operands is, or contains, a reduction. */
static bool readsReduction(Raiser *r, ExprArena *arena, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op) && i < MAX_OPS; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirOperation feeder = irDefiningOp(operand);
    if (!mlirOperationIsNull(feeder) && isFloatTensor(operand) &&
        (isReduction(feeder) || exprHasSum(arena, raiseValue(r, operand))))
      return true;
  }
  return false;
}

static const Decline *explainLeaf(Raiser *r, ExprArena *arena, ExprNode leaf) {
  MlirValue value = {leaf.value};
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op))
    return NULL;
  if (isReduction(op))
    return explainReduction(r, arena, value);
  return readsReduction(r, arena, op) ? &declineOpaqueStatistic : NULL;
}

/* Looks through sums, products and roundings at up to `*budget` parts. */
static const Decline *explainParts(Raiser *r, ExprArena *arena, Expr e, int *budget, Expr *at) {
  if (!e || --*budget < 0)
    return NULL;
  ExprNode node = exprNode(arena, e);
  if (node.kind == EXPR_LEAF) {
    *at = e;
    return explainLeaf(r, arena, node);
  }
  bool transparent = node.kind == EXPR_ADD || node.kind == EXPR_ROUND || node.kind == EXPR_PRODUCT;
  const Decline *reason = transparent ? explainParts(r, arena, node.a, budget, at) : NULL;
  if (transparent && !reason)
    reason = explainParts(r, arena, node.b, budget, at);
  for (int32_t i = 0; !reason && i < node.numFactors; ++i)
    reason = explainParts(r, arena, exprFactor(arena, e, i).base, budget, at);
  return reason;
}

const Decline *nearStatistic(Raiser *raiser, ExprArena *arena, Expr root, Expr *at) {
  int budget = 4 * MAX_OPS;
  return explainParts(raiser, arena, root, &budget, at);
}

/* --- the add --------------------------------------------------------------------------------- */

static bool isElementwise(MlirOperation op) {
  static const char *const tosa[] = {"tosa.cast",    "tosa.clamp",   "tosa.erf",
                                     "tosa.maximum", "tosa.minimum", "tosa.rescale",
                                     "tosa.select",  "tosa.sigmoid", "tosa.tanh"};
  for (size_t i = 0; i < sizeof tosa / sizeof *tosa; ++i)
    if (irIs(op, tosa[i]))
      return true;
  bool linalg = !mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op));
  return startsWith(op, "arith.") || startsWith(op, "math.") || (linalg && !isLinalgReduction(op));
}

/* `e` where it adds two tensors, rounded or not; otherwise 0. */
static Expr asAdd(const ExprArena *arena, Expr e) {
  ExprNode node = exprNode(arena, e);
  if (node.kind == EXPR_ROUND)
    node = exprNode(arena, node.a);
  bool adds = node.kind == EXPR_ADD && exprNode(arena, node.a).kind != EXPR_CONST &&
              exprNode(arena, node.b).kind != EXPR_CONST;
  return adds ? e : 0;
}

/* The first add on the way up from `value` through elementwise ops on tensors of its rank. */
static Expr findAdd(Raiser *r, ExprArena *arena, MlirValue value, int *budget) {
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op) || !isElementwise(op))
    return 0;
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(value));
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) != rank || --*budget < 0)
      continue;
    Expr add = asAdd(arena, raiseValue(r, operand));
    if (!add)
      add = findAdd(r, arena, operand, budget);
    if (add)
      return add;
  }
  return 0;
}

/* Whether `value` enters its block on a branch or with each turn of a loop. */
static bool isHandedIn(MlirValue value) {
  if (!mlirValueIsABlockArgument(value))
    return false;
  MlirBlock block = mlirBlockArgumentGetOwner(value);
  MlirOperation parent = mlirBlockGetParentOperation(block);
  MlirBlock entry = mlirRegionGetFirstBlock(mlirBlockGetParentRegion(block));
  return !irIs(parent, "func.func") || !mlirBlockEqual(block, entry);
}

/* Whether the norm is itself an addend of an add of tensors. */
static bool isAddend(Raiser *r, ExprArena *arena, MlirValue y) {
  int budget = MAX_OPS;
  for (MlirOpOperand use = mlirValueGetFirstUse(y); !mlirOpOperandIsNull(use) && budget-- > 0;
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation reader = mlirOpOperandGetOwner(use);
    if (mlirOperationGetNumResults(reader) == 1 &&
        isFloatTensor(mlirOperationGetResult(reader, 0)) &&
        asAdd(arena, raiseValue(r, mlirOperationGetResult(reader, 0))))
      return true;
  }
  return false;
}

const Decline *nearAdd(Raiser *raiser, ExprArena *arena, MlirValue y, Expr t, Expr *add, Expr *at) {
  ExprNode node = exprNode(arena, t);
  *add = 0;
  *at = t;
  if (node.kind == EXPR_PRODUCT) {
    for (int32_t i = 0; !*add && i < node.numFactors; ++i)
      *add = asAdd(arena, exprFactor(arena, t, i).base);
    return *add ? &declineBetween : &declineProduct;
  }
  if (node.kind == EXPR_LEAF) {
    MlirValue value = {node.value};
    int budget = MAX_OPS;
    if (isFloatTensor(value))
      *add = findAdd(raiser, arena, value, &budget);
    if (*add)
      return &declineBetween;
    if (isHandedIn(value))
      return &declineHandedIn;
  }
  *at = 0;
  return isAddend(raiser, arena, y) ? &declinePostNorm : &declineNoAdd;
}
