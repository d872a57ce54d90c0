#include "passes/fuse/near.h"

#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineMap.h"
#include "mlir-c/Dialect/Linalg.h"

enum { MAX_OPS = 32 }; /* looked at per near miss */

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

static bool isLinalg(MlirOperation op) {
  return !mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op));
}

/* The tensor whose elements the argument of a linalg body is, and any other value as it is. */
static MlirValue outsideBody(MlirValue value) {
  if (!mlirValueIsABlockArgument(value))
    return value;
  MlirOperation op = mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(value));
  return isLinalg(op) ? mlirOperationGetOperand(op, mlirBlockArgumentGetArgNumber(value)) : value;
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

static bool hasOnlyPermutations(MlirOperation op) {
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  for (intptr_t i = 0; i < mlirArrayAttrGetNumElements(maps); ++i)
    if (!mlirAffineMapIsProjectedPermutation(mapOf(maps, i)))
      return false;
  return true;
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
  if (!hasOnlyPermutations(op))
    return &declineIndexing;
  MlirValue start = mlirOperationGetOperand(op, init);
  if (isFloatTensor(start)) {
    ExprNode node = exprNode(arena, raiseValue(r, start));
    if (node.kind != EXPR_CONST || node.number != 0)
      return &declineStart;
  }
  return &declineOpaqueReduction;
}

/* Whether what `value` is computed from, through up to `*budget` scalars of a body, has a reduction
 * in it. */
static bool readsReduction(Raiser *r, ExprArena *arena, MlirValue value, int *budget) {
  MlirOperation op = irDefiningOp(value);
  for (intptr_t i = 0; !mlirOperationIsNull(op) && i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = outsideBody(mlirOperationGetOperand(op, i));
    if (--*budget < 0)
      return false;
    MlirOperation feeder = irDefiningOp(operand);
    if (isFloatTensor(operand) ? exprHasSum(arena, raiseValue(r, operand)) ||
                                     (!mlirOperationIsNull(feeder) && isReduction(feeder))
                               : readsReduction(r, arena, operand, budget))
      return true;
  }
  return false;
}

static const Decline *explainStatistic(Raiser *r, ExprArena *arena, MlirValue leaf) {
  if (isReduction(mlirOpResultGetOwner(leaf)))
    return explainReduction(r, arena, leaf);
  int budget = MAX_OPS;
  return readsReduction(r, arena, leaf, &budget) ? &declineOpaqueStatistic : NULL;
}

/* Why a leaf of what is summed is no plain element of a tensor. */
static const Decline *explainSummand(Raiser *r, ExprArena *arena, MlirValue leaf) {
  (void)r, (void)arena;
  MlirOperation op = mlirOpResultGetOwner(leaf);
  MlirOperation parent = mlirBlockGetParentOperation(mlirOperationGetBlock(op));
  if (isLinalg(parent) && readsIndex(mlirOperationGetBlock(op)))
    return &declineMasked;
  return isLinalg(op) && !hasOnlyPermutations(op) ? &declineIndexing : NULL;
}

typedef const Decline *(*ExplainLeaf)(Raiser *r, ExprArena *arena, MlirValue leaf);

/* The first reason among the leaves of `e`, at up to `*budget` parts of sums, products and
 * roundings; `*at` is that leaf then. */
static const Decline *explainParts(Raiser *r, ExprArena *arena, Expr e, ExplainLeaf explain,
                                   int *budget, Expr *at) {
  if (!e || --*budget < 0)
    return NULL;
  ExprNode node = exprNode(arena, e);
  const Decline *reason = NULL;
  if (node.kind == EXPR_LEAF) {
    MlirValue value = {node.value};
    reason = mlirValueIsAOpResult(value) ? explain(r, arena, value) : NULL;
    *at = reason ? e : *at;
  } else if (node.kind == EXPR_ADD || node.kind == EXPR_ROUND) {
    reason = explainParts(r, arena, node.a, explain, budget, at);
    reason = reason ? reason : explainParts(r, arena, node.b, explain, budget, at);
  }
  for (int32_t i = 0; !reason && i < node.numFactors; ++i)
    reason = explainParts(r, arena, exprFactor(arena, e, i).base, explain, budget, at);
  return reason;
}

const Decline *nearStatistic(Raiser *raiser, ExprArena *arena, Expr root, Expr *at) {
  int budget = MAX_OPS;
  return explainParts(raiser, arena, root, explainStatistic, &budget, at);
}

const Decline *nearSquare(Raiser *raiser, ExprArena *arena, Expr summand, Expr *at) {
  int budget = MAX_OPS;
  const Decline *reason = explainParts(raiser, arena, summand, explainSummand, &budget, at);
  return reason ? reason : &declineNotSquare;
}

/* --- the add --------------------------------------------------------------------------------- */

static bool isElementwise(MlirOperation op) {
  static const char *const tosa[] = {"tosa.cast",    "tosa.clamp",   "tosa.erf",
                                     "tosa.maximum", "tosa.minimum", "tosa.rescale",
                                     "tosa.select",  "tosa.sigmoid", "tosa.tanh"};
  for (size_t i = 0; i < sizeof tosa / sizeof *tosa; ++i)
    if (irIs(op, tosa[i]))
      return true;
  return startsWith(op, "arith.") || startsWith(op, "math.") ||
         (isLinalg(op) && !isLinalgReduction(op));
}

static bool addsTensors(const ExprArena *arena, Expr e) {
  ExprNode node = exprNode(arena, e);
  if (node.kind == EXPR_ROUND)
    node = exprNode(arena, node.a);
  return node.kind == EXPR_ADD && exprNode(arena, node.a).kind != EXPR_CONST &&
         exprNode(arena, node.b).kind != EXPR_CONST;
}

static bool isConstant(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  return !mlirOperationIsNull(op) && irIs(op, "arith.constant");
}

/* Whether `value` adds two tensors, or is a scalar of a body that adds their elements. */
static bool isAdd(Raiser *r, const ExprArena *arena, MlirValue value) {
  if (isFloatTensor(value))
    return addsTensors(arena, raiseValue(r, value));
  MlirOperation op = irDefiningOp(value);
  return !mlirOperationIsNull(op) && irIs(op, "arith.addf") &&
         !isConstant(mlirOperationGetOperand(op, 0)) && !isConstant(mlirOperationGetOperand(op, 1));
}

/* The first add on the way up from `value` through at most `*budget` elementwise ops and scalars of
 * bodies; null where there is none. */
static MlirValue findAdd(Raiser *r, const ExprArena *arena, MlirValue value, int *budget) {
  MlirOperation op = irDefiningOp(value);
  MlirValue found = {NULL};
  if (mlirOperationIsNull(op) || !isElementwise(op))
    return found;
  for (intptr_t i = 0; mlirValueIsNull(found) && i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = outsideBody(mlirOperationGetOperand(op, i));
    if (--*budget < 0)
      break;
    found = isAdd(r, arena, operand) ? operand : findAdd(r, arena, operand, budget);
  }
  return found;
}

/* Whether the sum `add`, found as a factor, is only there in f16. */
static bool isHeldNarrow(Raiser *r, ExprArena *arena, Expr add) {
  int32_t cursor = 0;
  Reading reading;
  if (raiserNextReading(r, add, false, &cursor, &reading))
    return false;
  cursor = 0;
  return raiserNextReading(r, exprWide(arena, add), true, &cursor, &reading) &&
         floatKindOf(mlirValueGetType(reading.value)) == FLOAT_F16;
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
static bool isAddend(Raiser *r, const ExprArena *arena, MlirValue y) {
  int budget = MAX_OPS;
  for (MlirOpOperand use = mlirValueGetFirstUse(y); !mlirOpOperandIsNull(use) && budget-- > 0;
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation reader = mlirOpOperandGetOwner(use);
    if (mlirOperationGetNumResults(reader) == 1 &&
        isAdd(r, arena, mlirOperationGetResult(reader, 0)))
      return true;
  }
  return false;
}

static const Decline *explainProduct(Raiser *r, ExprArena *arena, Expr t, AddBefore *add) {
  *add = ADD_NONE;
  for (int32_t i = 0; i < exprNode(arena, t).numFactors; ++i) {
    Expr base = exprFactor(arena, t, i).base;
    if (addsTensors(arena, base) && *add != ADD_NARROW)
      *add = isHeldNarrow(r, arena, base) ? ADD_NARROW : ADD_WIDE;
  }
  if (!*add)
    return &declineProduct;
  return exprNode(arena, t).numFactors == 1 ? &declineScaledSum : &declineBetween;
}

const Decline *nearAdd(Raiser *raiser, ExprArena *arena, MlirValue y, Expr t, AddBefore *add,
                       Expr *at) {
  ExprNode node = exprNode(arena, t);
  *add = ADD_NONE;
  *at = t;
  if (node.kind == EXPR_PRODUCT)
    return explainProduct(raiser, arena, t, add);
  if (node.kind == EXPR_LEAF) {
    MlirValue value = {node.value};
    int budget = MAX_OPS;
    MlirValue found = findAdd(raiser, arena, value, &budget);
    if (!mlirValueIsNull(found)) {
      *add = floatKindOf(mlirValueGetType(found)) == FLOAT_F16 ? ADD_NARROW : ADD_WIDE;
      return &declineBetween;
    }
    if (isHandedIn(value))
      return &declineHandedIn;
  }
  *at = 0;
  return isAddend(raiser, arena, y) ? &declinePostNorm : &declineNoAdd;
}
