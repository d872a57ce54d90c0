/* Linalg ops, named and generic alike, through their maps and bodies; and tosa's sum. */

#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineExpr.h"
#include "mlir-c/AffineMap.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/raise_internal.h"

/* In the memo: not expressible. */
enum { UNKNOWN = -1 };

enum { MAX_LOOPS = 12 };

/* The iteration space of a linalg op, seen from one element of one result. */
typedef struct LoopNest {
  int32_t numLoops;
  bool assigned[MAX_LOOPS]; /* by the result's index */
  bool isUnit[MAX_LOOPS];   /* known to run once */
  int32_t numDigits[MAX_LOOPS];
  Digit digits[MAX_LOOPS][MAX_DIGITS];
  MlirValue extentOf[MAX_LOOPS]; /* an operand whose dimension extentDim has the loop's extent */
  int64_t extentDim[MAX_LOOPS];
} LoopNest;

/* A body's block with the expressions of its arguments, and of its values as far as known. */
typedef struct Body {
  MlirBlock block;
  const LoopNest *nest;
  const Expr *arguments;
  Table memo;
} Body;

static Expr raiseInBody(Raiser *r, Body *body, MlirValue value);

/* A value of an op that is not of the algebra: a function of the loops by itself, as long as no
 * running value goes into it. */
static Expr leafInBody(Raiser *r, Body *body, MlirValue value) {
  MlirOperation op = mlirOpResultGetOwner(value);
  const LoopNest *nest = body->nest;
  if (mlirOperationGetNumRegions(op) > 0 || nest->numLoops > MAX_RANK)
    return 0;
  ++r->depth;
  bool known = true;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op) && known; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    if (!mlirBlockEqual(irBlockOf(operand), body->block))
      continue;
    Expr e = raiseInBody(r, body, operand);
    known = e && !exprUses(r->arena, e, VAR_ACCUMULATOR);
  }
  --r->depth;
  if (!known)
    return 0;
  Index index = {.rank = nest->numLoops};
  for (int32_t loop = 0; loop < nest->numLoops; ++loop) {
    index.numDigits[loop] = nest->numDigits[loop];
    memcpy(index.digits[loop], nest->digits[loop], sizeof index.digits[loop]);
  }
  return exprLeaf(r->arena, value.ptr, indexIntern(r->arena, &index),
                  floatKindOf(mlirValueGetType(value)));
}

/* An op of the body: elementwise, or reading a fixed element of a tensor from outside. */
static Expr raiseBodyOp(Raiser *r, Body *body, MlirOperation op, MlirValue value) {
  if (irIs(op, "tensor.extract"))
    return mlirBlockEqual(irBlockOf(mlirOperationGetOperand(op, 0)), body->block)
               ? 0
               : raiseView(r, op, value, &(Index){0});
  const AlgebraOp *algebra = algebraOf(op, value);
  if (!algebra)
    return 0;
  int numOperands = algebraNumOperands(algebra);
  Expr x[MAX_OPERANDS];
  ++r->depth;
  for (int i = 0; i < numOperands; ++i)
    x[i] = raiseInBody(r, body, mlirOperationGetOperand(op, i));
  --r->depth;
  for (int i = 0; i < numOperands; ++i)
    if (!x[i])
      return 0;
  return algebraApply(r->arena, algebra, value, x);
}

static Expr raiseInBody(Raiser *r, Body *body, MlirValue value) {
  if (!mlirBlockEqual(irBlockOf(value), body->block))
    return raiseAt(r, value, &(Index){0});
  if (mlirValueIsABlockArgument(value))
    return body->arguments[mlirBlockArgumentGetArgNumber(value)];
  MlirOperation op = mlirOpResultGetOwner(value);
  if (irIs(op, "arith.constant"))
    return raiseAt(r, value, &(Index){0});
  Expr known = tableGet(&body->memo, tableKeyOf(value.ptr));
  if (known)
    return known == UNKNOWN ? 0 : known;
  Expr e = r->depth < MAX_DEPTH ? raiseBodyOp(r, body, op, value) : 0;
  if (!e && r->depth < MAX_DEPTH)
    e = leafInBody(r, body, value);
  tableSet(&body->memo, tableKeyOf(value.ptr), e ? e : UNKNOWN);
  return e;
}

/* A map result: the loop it names, -1 for the constant 0, -2 for anything else. */
static int64_t loopOf(MlirAffineMap map, intptr_t result) {
  MlirAffineExpr expr = mlirAffineMapGetResult(map, result);
  if (mlirAffineExprIsADim(expr))
    return mlirAffineDimExprGetPosition(expr);
  bool zero = mlirAffineExprIsAConstant(expr) && mlirAffineConstantExprGetValue(expr) == 0;
  return zero ? -1 : -2;
}

static MlirAffineMap mapOf(MlirAttribute maps, intptr_t operand) {
  return mlirAffineMapAttrGetValue(mlirArrayAttrGetElement(maps, operand));
}

/* Ties the loops to the result's index. False where the result's map is no projected permutation,
 * or does not write all of the result. */
static bool assignLoops(LoopNest *nest, MlirAffineMap map, MlirType type, const Index *index) {
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d) {
    int64_t loop = loopOf(map, d);
    bool unit = irIsUnitDim(type, d);
    if (loop == -1 && unit)
      continue;
    if (loop < 0 || nest->assigned[loop])
      return false;
    nest->assigned[loop] = true;
    nest->isUnit[loop] = unit;
    nest->numDigits[loop] = index->numDigits[d];
    memcpy(nest->digits[loop], index->digits[d], sizeof nest->digits[loop]);
  }
  return true;
}

/* Finds for each loop a dimension that has its extent, a static one if there is any. */
static void findExtents(LoopNest *nest, MlirOperation op, MlirAttribute maps) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirAffineMap map = mapOf(maps, i);
    for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d) {
      int64_t loop = loopOf(map, d);
      if (loop < 0)
        continue;
      bool fixed = !mlirShapedTypeIsDynamicDim(mlirValueGetType(operand), d);
      if (mlirValueIsNull(nest->extentOf[loop]) || fixed) {
        nest->extentOf[loop] = operand;
        nest->extentDim[loop] = d;
      }
    }
  }
}

static int32_t freeOpenVar(const Index *index, const LoopNest *nest) {
  for (int32_t var = VAR_OPEN;; ++var) {
    bool used = false;
    for (int32_t d = 0; d < index->rank; ++d)
      for (int32_t k = 0; k < index->numDigits[d]; ++k)
        used |= index->digits[d][k].var == var;
    for (int32_t l = 0; l < nest->numLoops; ++l)
      used |= nest->numDigits[l] == 1 && nest->digits[l][0].var == var;
    if (!used)
      return var;
  }
}

/* The index at which the nest reads an operand. All dimensions that a loop runs over have one size:
 * a dynamic one has size 1 where the result says so. */
static bool operandIndex(const LoopNest *nest, MlirAffineMap map, MlirType type, Index *index) {
  *index = (Index){.rank = (int32_t)mlirAffineMapGetNumResults(map)};
  if (index->rank > MAX_RANK)
    return false;
  for (int32_t d = 0; d < index->rank; ++d) {
    int64_t loop = loopOf(map, d);
    if (loop == -2)
      return false;
    if (loop == -1)
      continue;
    index->numDigits[d] = nest->numDigits[loop];
    memcpy(index->digits[d], nest->digits[loop], sizeof index->digits[d]);
    if (nest->isUnit[loop] && mlirShapedTypeIsDynamicDim(type, d)) {
      index->numDigits[d] = 1;
      index->digits[d][0] = (Digit){VAR_UNIT, 0, 0};
    }
  }
  return true;
}

static bool names(MlirAffineMap map, int64_t loop) {
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d)
    if (loopOf(map, d) == loop)
      return true;
  return false;
}

/* Whether the map names all loops that run more than once. */
static bool namesAllLoops(const LoopNest *nest, MlirAffineMap map) {
  int32_t loop = 0;
  while (loop < nest->numLoops && (nest->isUnit[loop] || names(map, loop)))
    ++loop;
  return loop == nest->numLoops;
}

/* A reduction whose inputs are read at different loops (a matmul) is not looked into. */
static bool someInputSpansAllLoops(const LoopNest *nest, MlirAttribute maps, intptr_t numInputs) {
  for (intptr_t i = 0; i < numInputs; ++i)
    if (namesAllLoops(nest, mapOf(maps, i)))
      return true;
  return false;
}

/* Whether `expr` is the running value of the result whose block argument is `argument`. */
static bool isAccumulator(const ExprArena *arena, Expr expr, MlirValue argument) {
  ExprNode node = exprNode(arena, expr);
  return node.kind == EXPR_LEAF && node.value == argument.ptr &&
         indexUses(arena, node.index, VAR_ACCUMULATOR);
}

/* The sum over the loops that the result does not name, from `body` = accumulator + term and a
 * start of zero. `type` is that of the accumulator. */
static Expr closeReduction(Raiser *r, const LoopNest *nest, Expr body, MlirValue argument,
                           Expr init, FloatKind type) {
  ExprNode zero = exprNode(r->arena, init), node = exprNode(r->arena, body);
  if (zero.kind != EXPR_CONST || zero.number != 0)
    return 0;
  if (node.kind == EXPR_ROUND) {
    type = node.type;
    node = exprNode(r->arena, node.a);
  }
  if (node.kind != EXPR_ADD)
    return 0;
  bool first = isAccumulator(r->arena, node.a, argument);
  Expr term = first ? node.b : node.a;
  if (!isAccumulator(r->arena, first ? node.a : node.b, argument) ||
      exprUses(r->arena, term, VAR_ACCUMULATOR))
    return 0;
  for (int32_t loop = 0; loop < nest->numLoops; ++loop)
    if (!nest->assigned[loop] && nest->numDigits[loop] == 1)
      term = exprSum(r->arena, nest->digits[loop][0].var,
                     raiseDim(r, nest->extentOf[loop], nest->extentDim[loop]), term, type);
  return term;
}

/* Gives the loops that the result does not name variables of their own; says whether there are any.
 */
static bool bindReductionLoops(LoopNest *nest, const Index *index) {
  bool any = false;
  for (int32_t loop = 0; loop < nest->numLoops; ++loop) {
    if (nest->assigned[loop] || mlirValueIsNull(nest->extentOf[loop]))
      continue;
    MlirType type = mlirValueGetType(nest->extentOf[loop]);
    int64_t dim = nest->extentDim[loop];
    any = true;
    nest->isUnit[loop] = irIsUnitDim(type, dim);
    if (nest->isUnit[loop])
      continue;
    nest->digits[loop][0] = (Digit){freeOpenVar(index, nest), 0, 0};
    nest->numDigits[loop] = 1;
  }
  return any;
}

/* More operands than this are not looked into. */
enum { MAX_LINALG_OPERANDS = 32 };

/* The number of inputs of a linalg op that can be looked into, or -1. */
static intptr_t countInputs(MlirOperation op, MlirAttribute maps, MlirBlock *block) {
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  *block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  if (mlirArrayAttrGetNumElements(maps) != numOperands || numOperands > MAX_LINALG_OPERANDS ||
      mlirBlockGetNumArguments(*block) != numOperands)
    return -1;
  return numOperands - mlirOperationGetNumResults(op);
}

/* The loops as seen from an element of operand `from`, which may be an init. */
static bool openLoops(LoopNest *nest, MlirOperation op, MlirAttribute maps, intptr_t from,
                      const Index *index) {
  MlirAffineMap map = mapOf(maps, from);
  *nest = (LoopNest){.numLoops = (int32_t)mlirAffineMapGetNumDims(map)};
  if (nest->numLoops > MAX_LOOPS || mlirAffineMapGetNumSymbols(map) != 0 ||
      !assignLoops(nest, map, mlirValueGetType(mlirOperationGetOperand(op, from)), index))
    return false;
  findExtents(nest, op, maps);
  return true;
}

Expr raiseLinalg(Raiser *r, MlirOperation op, MlirAttribute maps, MlirValue result,
                 const Index *index) {
  MlirBlock block;
  intptr_t numOperands = mlirOperationGetNumOperands(op), numInputs = countInputs(op, maps, &block);
  intptr_t init = numInputs + mlirOpResultGetResultNumber(result);
  LoopNest nest;
  if (numInputs < 0 || !openLoops(&nest, op, maps, init, index))
    return 0;
  bool reduces = bindReductionLoops(&nest, index);
  if (reduces && !someInputSpansAllLoops(&nest, maps, numInputs))
    return 0;

  Expr arguments[MAX_LINALG_OPERANDS];
  for (intptr_t i = 0; i < numOperands; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    Index at;
    if (!operandIndex(&nest, mapOf(maps, i), mlirValueGetType(operand), &at))
      return 0;
    bool runs = i >= numInputs && (reduces || !namesAllLoops(&nest, mapOf(maps, i)));
    arguments[i] = runs ? exprLeaf(r->arena, mlirBlockGetArgument(block, i).ptr,
                                   r->accumulatorIndex, FLOAT_NONE)
                        : raiseAt(r, operand, &at);
  }
  Body body = {block, &nest, arguments, {0}};
  MlirOperation yield = mlirBlockGetTerminator(block);
  Expr e = raiseInBody(r, &body, mlirOperationGetOperand(yield, init - numInputs));
  tableFree(&body.memo);
  if (!e || !reduces)
    return e && !exprUses(r->arena, e, VAR_ACCUMULATOR) ? e : 0;
  Index at;
  MlirValue start = mlirOperationGetOperand(op, init);
  operandIndex(&nest, mapOf(maps, init), mlirValueGetType(start), &at);
  return closeReduction(r, &nest, e, mlirBlockGetArgument(block, init), raiseAt(r, start, &at),
                        floatKindOf(mlirValueGetType(result)));
}

/* Whether the map names only loops of which `nest` knows the index. */
static bool namesKnownLoops(const LoopNest *nest, MlirAffineMap map) {
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d) {
    int64_t loop = loopOf(map, d);
    if (loop >= 0 && !nest->assigned[loop] && !nest->isUnit[loop])
      return false;
  }
  return true;
}

static bool isOneOf(Expr e, intptr_t count, const Expr *others) {
  for (intptr_t i = 0; i < count; ++i)
    if (others[i] == e)
      return true;
  return false;
}

void raiseBodyValues(Raiser *r, MlirOperation op, intptr_t like, const Index *index, bool needsSum,
                     BodyValueVisitor visit, void *data) {
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  MlirBlock block;
  intptr_t numInputs = countInputs(op, maps, &block);
  LoopNest nest;
  if (numInputs < 0 || !openLoops(&nest, op, maps, like, index))
    return;
  for (int32_t loop = 0; loop < nest.numLoops; ++loop)
    if (!nest.assigned[loop] && !mlirValueIsNull(nest.extentOf[loop]))
      nest.isUnit[loop] = irIsUnitDim(mlirValueGetType(nest.extentOf[loop]), nest.extentDim[loop]);

  Expr arguments[MAX_LINALG_OPERANDS] = {0};
  bool hasSum = false;
  for (intptr_t i = 0; i < numInputs; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    Index at;
    if (!namesKnownLoops(&nest, mapOf(maps, i)) ||
        !operandIndex(&nest, mapOf(maps, i), mlirValueGetType(operand), &at))
      continue;
    arguments[i] = raiseAt(r, operand, &at);
    hasSum |= exprHasSum(r->arena, arguments[i]);
  }
  if (needsSum && !hasSum)
    return;
  Body body = {block, &nest, arguments, {0}};
  for (MlirOperation at = mlirBlockGetFirstOperation(block);
       !mlirOperationEqual(at, mlirBlockGetTerminator(block));
       at = mlirOperationGetNextInBlock(at)) {
    Expr e = mlirOperationGetNumResults(at) == 1
                 ? raiseInBody(r, &body, mlirOperationGetResult(at, 0))
                 : 0;
    if (e && !isOneOf(e, numInputs, arguments))
      visit(mlirOperationGetResult(at, 0), e, data);
  }
  tableFree(&body.memo);
}

Expr raiseTosaReduceSum(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  int64_t axis = mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr("axis")));
  MlirValue operand = mlirOperationGetOperand(op, 0);
  MlirType type = mlirValueGetType(operand);
  if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) != index->rank)
    return 0;
  Index at = *index;
  if (irIsUnitDim(type, axis))
    return raiseAt(r, operand, &at);
  LoopNest none = {0};
  int32_t var = freeOpenVar(index, &none);
  at.numDigits[axis] = 1;
  at.digits[axis][0] = (Digit){var, 0, 0};
  Expr body = raiseAt(r, operand, &at);
  FloatKind kind = floatKindOf(mlirValueGetType(result));
  return exprSum(r->arena, var, raiseDim(r, operand, axis), body, kind);
}
