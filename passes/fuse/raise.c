#include "passes/fuse/raise.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineExpr.h"
#include "mlir-c/AffineMap.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/raise_internal.h"

/* --- readings -------------------------------------------------------------------------------- */

static void appendReading(ReadingList *list, Expr expr, int32_t reading) {
  arrayReserve((void **)&list->next, &list->capacity, (size_t)reading + 1, sizeof *list->next);
  list->next[reading] = 0;
  TableKey key = {(uint64_t)expr, 0, 0};
  int32_t last = tableGet(&list->last, key);
  if (last)
    list->next[last - 1] = reading + 1;
  else
    tableSet(&list->first, key, reading + 1);
  tableSet(&list->last, key, reading + 1);
}

static void recordReading(Raiser *r, Expr expr, MlirValue value, IndexId index) {
  if (!mlirTypeIsARankedTensor(mlirValueGetType(value)) ||
      exprNode(r->arena, expr).kind == EXPR_CONST)
    return;
  arrayReserve((void **)&r->readings, &r->readingCapacity, r->numReadings + 1, sizeof(Reading));
  int32_t reading = (int32_t)r->numReadings++;
  r->readings[reading] = (Reading){value, index};
  appendReading(&r->exact, expr, reading);
  appendReading(&r->wide, exprWide(r->arena, expr), reading);
}

bool raiserNextReading(const Raiser *r, Expr expr, bool wide, int32_t *cursor, Reading *reading) {
  const ReadingList *list = wide ? &r->wide : &r->exact;
  TableKey key = {(uint64_t)expr, 0, 0};
  *cursor = *cursor ? list->next[*cursor - 1] : tableGet(&list->first, key);
  if (*cursor)
    *reading = r->readings[*cursor - 1];
  return *cursor != 0;
}

Raiser *raiserCreate(ExprArena *arena) {
  Raiser *r = calloc(1, sizeof *r);
  if (!r)
    abort();
  r->arena = arena;
  Index accumulator = {.rank = 1, .numDigits = {1}, .digits = {{{VAR_ACCUMULATOR, 0, 0}}}};
  r->accumulatorIndex = indexIntern(arena, &accumulator);
  return r;
}

void raiserDestroy(Raiser *r) {
  tableFree(&r->memo);
  tableFree(&r->dims);
  for (ReadingList *list = &r->exact; list; list = list == &r->exact ? &r->wide : NULL) {
    tableFree(&list->first);
    tableFree(&list->last);
    free(list->next);
  }
  free(r->readings);
  free(r);
}

/* --- small things ---------------------------------------------------------------------------- */

FloatKind floatKindOf(MlirType type) {
  if (mlirTypeIsAShaped(type))
    type = mlirShapedTypeGetElementType(type);
  if (mlirTypeIsAF16(type))
    return FLOAT_F16;
  if (mlirTypeIsABF16(type))
    return FLOAT_BF16;
  if (mlirTypeIsAF32(type))
    return FLOAT_F32;
  return mlirTypeIsAF64(type) ? FLOAT_F64 : FLOAT_NONE;
}

static Expr leaf(Raiser *r, MlirValue value, const Index *index) {
  return exprLeaf(r->arena, value.ptr, indexIntern(r->arena, index),
                  floatKindOf(mlirValueGetType(value)));
}

/* The value of a constant that is the same number everywhere, or none. */
static Expr raiseConstant(Raiser *r, MlirAttribute value) {
  if (mlirAttributeIsADenseElements(value)) {
    if (!mlirDenseElementsAttrIsSplat(value))
      return 0;
    value = mlirDenseElementsAttrGetSplatValue(value);
  }
  if (mlirAttributeIsAFloat(value))
    return exprConst(r->arena, mlirFloatAttrGetValueDouble(value));
  if (mlirAttributeIsAInteger(value)) {
    MlirType type = mlirAttributeGetType(value);
    if (!mlirTypeIsAInteger(type) || mlirIntegerTypeGetWidth(type) <= 64)
      return exprConst(r->arena, (double)mlirIntegerAttrGetValueInt(value));
  }
  return 0;
}

/* --- elementwise algebra --------------------------------------------------------------------- */

typedef enum Algebra {
  COPY,
  FROM_INTEGER,
  ADD,
  SUB,
  MUL,
  DIV,
  NEG,
  FMA,
  POW,
  SQRT,
  RSQRT,
  RECIPROCAL,
  ABS
} Algebra;

typedef struct AlgebraOp {
  const char *name;
  Algebra algebra;
  int numOperands; /* those beyond (a shift, zero points) do not matter for floats */
} AlgebraOp;

static const AlgebraOp algebraOps[] = {
    {"arith.addf", ADD, 2},
    {"arith.subf", SUB, 2},
    {"arith.mulf", MUL, 2},
    {"arith.divf", DIV, 2},
    {"arith.negf", NEG, 1},
    {"arith.extf", COPY, 1},
    {"arith.truncf", COPY, 1},
    {"arith.sitofp", FROM_INTEGER, 1},
    {"arith.uitofp", FROM_INTEGER, 1},
    {"arith.index_cast", FROM_INTEGER, 1},
    {"arith.index_castui", FROM_INTEGER, 1},
    {"math.powf", POW, 2},
    {"math.fpowi", POW, 2},
    {"math.sqrt", SQRT, 1},
    {"math.rsqrt", RSQRT, 1},
    {"math.absf", ABS, 1},
    {"math.fma", FMA, 3},
    {"tosa.add", ADD, 2},
    {"tosa.sub", SUB, 2},
    {"tosa.mul", MUL, 2},
    {"tosa.negate", NEG, 1},
    {"tosa.pow", POW, 2},
    {"tosa.rsqrt", RSQRT, 1},
    {"tosa.reciprocal", RECIPROCAL, 1},
    {"tosa.abs", ABS, 1},
    {"tosa.cast", COPY, 1},
    {"tosa.identity", COPY, 1},
};

/* arith.truncf may name a rounding mode; the algebra knows to-nearest-even, number 0. */
static bool roundsToNearest(MlirOperation op) {
  MlirAttribute mode = mlirOperationGetAttributeByName(op, irStr("roundingmode"));
  return mlirAttributeIsNull(mode) || mlirIntegerAttrGetValueInt(mode) == 0;
}

static const AlgebraOp *findAlgebraOp(MlirOperation op) {
  for (size_t i = 0; i < sizeof algebraOps / sizeof *algebraOps; ++i)
    if (irIs(op, algebraOps[i].name))
      return roundsToNearest(op) ? &algebraOps[i] : NULL;
  return NULL;
}

/* Integer arithmetic and conversions to integers are not the algebra of the reals. */
static bool isRealValued(Algebra algebra, MlirOperation op, MlirValue result) {
  if (algebra == FROM_INTEGER)
    return true;
  bool fromFloat = floatKindOf(mlirValueGetType(mlirOperationGetOperand(op, 0))) != FLOAT_NONE;
  return fromFloat && floatKindOf(mlirValueGetType(result)) != FLOAT_NONE;
}

/* Sizes and constants that are the same number signed or unsigned, and in any width they fit. */
static bool isNatural(ExprNode node) {
  return node.kind == EXPR_DIM || node.kind == EXPR_MAX ||
         (node.kind == EXPR_CONST && node.number >= 0);
}

/* op(x...) rounded to the result's type; none where an exponent is not a constant. */
static Expr applyAlgebra(ExprArena *a, Algebra algebra, const Expr *x, FloatKind type) {
  Expr e = 0;
  switch (algebra) {
  case COPY:
    e = x[0];
    break;
  case FROM_INTEGER:
    if (!isNatural(exprNode(a, x[0])))
      return 0;
    e = x[0];
    break;
  case ADD:
    e = exprAdd(a, x[0], x[1]);
    break;
  case SUB:
    e = exprAdd(a, x[0], exprMul(a, exprConst(a, -1), x[1]));
    break;
  case MUL:
    e = exprMul(a, x[0], x[1]);
    break;
  case DIV:
    e = exprMul(a, x[0], exprPow(a, x[1], -1));
    break;
  case NEG:
    e = exprMul(a, exprConst(a, -1), x[0]);
    break;
  case FMA:
    e = exprAdd(a, exprMul(a, x[0], x[1]), x[2]);
    break;
  case POW:
    if (exprNode(a, x[1]).kind != EXPR_CONST)
      return 0;
    e = exprPow(a, x[0], exprNode(a, x[1]).number);
    break;
  case SQRT:
    e = exprPow(a, x[0], 0.5);
    break;
  case RSQRT:
    e = exprPow(a, x[0], -0.5);
    break;
  case RECIPROCAL:
    e = exprPow(a, x[0], -1);
    break;
  case ABS:
    e = exprAbs(a, x[0]);
    break;
  }
  return exprRound(a, type, e);
}

/* The index at which an elementwise op of tosa reads `operand`, whose dimensions of size 1 are
 * broadcast, at run time too. */
static Index broadcastIndex(Raiser *r, MlirValue operand, MlirValue result, const Index *index) {
  Index at = *index;
  MlirType type = mlirValueGetType(operand);
  for (int32_t d = 0; d < at.rank; ++d) {
    bool fixed = !mlirShapedTypeIsDynamicDim(type, d);
    if (!fixed && raiseDim(r, operand, d) != raiseDim(r, result, d))
      for (int32_t k = 0; k < at.numDigits[d]; ++k)
        at.digits[d][k].mayBroadcast = 1;
  }
  return at;
}

static Expr raiseAlgebraOp(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  const AlgebraOp *known = findAlgebraOp(op);
  if (!known || !isRealValued(known->algebra, op, result))
    return 0;
  Expr x[3];
  for (int i = 0; i < known->numOperands; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    bool tensor = mlirTypeIsARankedTensor(mlirValueGetType(operand));
    if (tensor && mlirShapedTypeGetRank(mlirValueGetType(operand)) != index->rank)
      return 0;
    Index at = tensor ? broadcastIndex(r, operand, result, index) : (Index){0};
    x[i] = raiseAt(r, operand, &at);
  }
  return applyAlgebra(r->arena, known->algebra, x, floatKindOf(mlirValueGetType(result)));
}

/* --- bodies of linalg ops -------------------------------------------------------------------- */

/* A body's block with the expressions of its arguments. */
typedef struct Body {
  MlirBlock block;
  const Expr *arguments;
  int32_t id; /* unique per raising, the memo's key in place of an index */
} Body;

static Expr raiseInBody(Raiser *r, const Body *body, MlirValue value) {
  if (mlirValueIsABlockArgument(value)) {
    if (mlirBlockEqual(mlirBlockArgumentGetOwner(value), body->block))
      return body->arguments[mlirBlockArgumentGetArgNumber(value)];
    return raiseAt(r, value, &(Index){0});
  }
  MlirOperation op = mlirOpResultGetOwner(value);
  if (!mlirBlockEqual(mlirOperationGetBlock(op), body->block) || irIs(op, "arith.constant"))
    return raiseAt(r, value, &(Index){0});
  TableKey key = {(uint64_t)(uintptr_t)value.ptr, (uint64_t)body->id, 1};
  Expr known = tableGet(&r->memo, key);
  if (known)
    return known;

  const AlgebraOp *algebra = findAlgebraOp(op);
  if (!algebra || !isRealValued(algebra->algebra, op, value) || r->depth > MAX_DEPTH)
    return 0;
  Expr x[3];
  ++r->depth;
  for (int i = 0; i < algebra->numOperands; ++i)
    x[i] = raiseInBody(r, body, mlirOperationGetOperand(op, i));
  --r->depth;
  for (int i = 0; i < algebra->numOperands; ++i)
    if (!x[i])
      return 0;
  Expr e = applyAlgebra(r->arena, algebra->algebra, x, floatKindOf(mlirValueGetType(value)));
  if (e)
    tableSet(&r->memo, key, e);
  return e;
}

enum { MAX_LOOPS = 12 };

/* The iteration space of a linalg op, seen from one element of one result. */
typedef struct LoopNest {
  int32_t numLoops;
  bool assigned[MAX_LOOPS]; /* by the result's index */
  int32_t numDigits[MAX_LOOPS];
  Digit digits[MAX_LOOPS][MAX_DIGITS];
  MlirValue extentOf[MAX_LOOPS]; /* an operand whose dimension extentDim has the loop's extent */
  int64_t extentDim[MAX_LOOPS];
} LoopNest;

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
    bool unit = !mlirShapedTypeIsDynamicDim(type, d) && mlirShapedTypeGetDimSize(type, d) == 1;
    if (loop == -1 && unit)
      continue;
    if (loop < 0 || nest->assigned[loop])
      return false;
    nest->assigned[loop] = true;
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
    if (nest->numDigits[loop] == 0 && mlirShapedTypeIsDynamicDim(type, d)) {
      index->numDigits[d] = 1;
      index->digits[d][0] = (Digit){VAR_UNIT, 0, 0};
    }
  }
  return true;
}

/* A reduction whose inputs are read at different loops (a matmul) is not looked into. */
static bool someInputSpansAllLoops(MlirAttribute maps, intptr_t numInputs, int32_t numLoops) {
  for (intptr_t i = 0; i < numInputs; ++i) {
    MlirAffineMap map = mapOf(maps, i);
    int32_t named = 0;
    for (intptr_t d = 0; d < mlirAffineMapGetNumResults(map); ++d)
      named += loopOf(map, d) >= 0;
    if (named == numLoops)
      return true;
  }
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
    if (!mlirShapedTypeIsDynamicDim(type, dim) && mlirShapedTypeGetDimSize(type, dim) == 1)
      continue;
    nest->digits[loop][0] = (Digit){freeOpenVar(index, nest), 0, 0};
    nest->numDigits[loop] = 1;
  }
  return any;
}

static Expr raiseLinalg(Raiser *r, MlirOperation op, MlirAttribute maps, MlirValue result,
                        const Index *index) {
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  intptr_t numInputs = numOperands - mlirOperationGetNumResults(op);
  intptr_t init = numInputs + mlirOpResultGetResultNumber(result);
  MlirAffineMap map = mapOf(maps, init);
  LoopNest nest = {.numLoops = (int32_t)mlirAffineMapGetNumDims(map)};
  if (mlirArrayAttrGetNumElements(maps) != numOperands || nest.numLoops > MAX_LOOPS ||
      mlirAffineMapGetNumSymbols(map) != 0 || numOperands > 32 ||
      !assignLoops(&nest, map, mlirValueGetType(result), index))
    return 0;
  findExtents(&nest, op, maps);
  bool reduces = bindReductionLoops(&nest, index);
  if (reduces && !someInputSpansAllLoops(maps, numInputs, nest.numLoops))
    return 0;

  MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  if (mlirBlockGetNumArguments(block) != numOperands)
    return 0;
  Expr arguments[32];
  for (intptr_t i = 0; i < numOperands; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    Index at;
    if (!operandIndex(&nest, mapOf(maps, i), mlirValueGetType(operand), &at))
      return 0;
    if (reduces && i >= numInputs)
      arguments[i] =
          exprLeaf(r->arena, mlirBlockGetArgument(block, i).ptr, r->accumulatorIndex, FLOAT_NONE);
    else
      arguments[i] = raiseAt(r, operand, &at);
  }
  Body body = {block, arguments, ++r->numBodies};
  MlirOperation yield = mlirBlockGetTerminator(block);
  Expr e = raiseInBody(r, &body, mlirOperationGetOperand(yield, init - numInputs));
  if (!e || !reduces)
    return e;
  Index at;
  MlirValue start = mlirOperationGetOperand(op, init);
  operandIndex(&nest, map, mlirValueGetType(start), &at);
  return closeReduction(r, &nest, e, mlirBlockGetArgument(block, init), raiseAt(r, start, &at),
                        floatKindOf(mlirValueGetType(result)));
}

static Expr raiseTosaReduceSum(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  int64_t axis = mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr("axis")));
  MlirValue operand = mlirOperationGetOperand(op, 0);
  MlirType type = mlirValueGetType(operand);
  if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) != index->rank)
    return 0;
  Index at = *index;
  if (!mlirShapedTypeIsDynamicDim(type, axis) && mlirShapedTypeGetDimSize(type, axis) == 1)
    return raiseAt(r, operand, &at);
  LoopNest none = {0};
  int32_t var = freeOpenVar(index, &none);
  at.numDigits[axis] = 1;
  at.digits[axis][0] = (Digit){var, 0, 0};
  Expr body = raiseAt(r, operand, &at);
  FloatKind kind = floatKindOf(mlirValueGetType(result));
  return exprSum(r->arena, var, raiseDim(r, operand, axis), body, kind);
}

/* --- every op -------------------------------------------------------------------------------- */

static Expr raiseOp(Raiser *r, MlirOperation op, MlirValue value, const Index *index) {
  MlirType type = mlirValueGetType(value);
  if (irIs(op, "arith.constant"))
    return raiseConstant(r, mlirOperationGetAttributeByName(op, irStr("value")));
  if (irIs(op, "tosa.const"))
    return raiseConstant(r, mlirOperationGetAttributeByName(op, irStr("values")));
  if (irIs(op, "tensor.dim"))
    return raiseSize(r, value);
  if (mlirTypeIsAShaped(type) && !mlirTypeIsARankedTensor(type))
    return 0;
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  if (!mlirAttributeIsNull(maps))
    return raiseLinalg(r, op, maps, value, index);
  if (irIs(op, "tosa.reduce_sum"))
    return raiseTosaReduceSum(r, op, value, index);
  Expr view = raiseView(r, op, value, index);
  return view ? view : raiseAlgebraOp(r, op, value, index);
}

Expr raiseAt(Raiser *r, MlirValue value, const Index *index) {
  Index at = *index;
  MlirType type = mlirValueGetType(value);
  for (int32_t d = 0; d < at.rank; ++d)
    if (!mlirShapedTypeIsDynamicDim(type, d) && mlirShapedTypeGetDimSize(type, d) == 1)
      at.numDigits[d] = 0;
  IndexId id = indexIntern(r->arena, &at);
  TableKey key = {(uint64_t)(uintptr_t)value.ptr, (uint64_t)id, 0};
  Expr known = tableGet(&r->memo, key);
  if (known)
    return known;

  Expr e = 0;
  bool affordable = r->depth < MAX_DEPTH && exprCount(r->arena) / EXPRS_PER_VALUE <
                                                r->numValues + EXPRS_AT_LEAST / EXPRS_PER_VALUE;
  if (mlirValueIsAOpResult(value) && affordable) {
    ++r->depth;
    e = raiseOp(r, mlirOpResultGetOwner(value), value, &at);
    --r->depth;
  }
  if (!e)
    e = leaf(r, value, &at);
  tableSet(&r->memo, key, e);
  recordReading(r, e, value, id);
  return e;
}

Index raiseIdentity(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  Index index = {.rank = (int32_t)mlirShapedTypeGetRank(type)};
  for (int32_t d = 0; d < index.rank; ++d) {
    index.numDigits[d] = 1;
    index.digits[d][0] = (Digit){d, 0, 0};
  }
  return index;
}

Expr raiseValue(Raiser *r, MlirValue value) {
  ++r->numValues;
  Index index = raiseIdentity(value);
  return raiseAt(r, value, &index);
}

/* A body that yields one of its arguments moves data. */
static bool isDataMovement(MlirOperation op) {
  if (mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op)))
    return false;
  MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  return mlirOperationEqual(mlirBlockGetFirstOperation(block), mlirBlockGetTerminator(block));
}

bool raiserIsCopy(Raiser *r, MlirValue value) {
  MlirOperation op = mlirOpResultGetOwner(value);
  Index identity = raiseIdentity(value);
  if (isDataMovement(op) || raiseView(r, op, value, &identity))
    return true;
  Expr e = raiseValue(r, value);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    if (mlirTypeIsARankedTensor(type) && mlirShapedTypeGetRank(type) == identity.rank &&
        raiseValue(r, operand) == e)
      return true;
  }
  return false;
}

bool raiserIsLeaf(Raiser *r, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) > MAX_RANK ||
      floatKindOf(type) == FLOAT_NONE)
    return false;
  ExprNode node = exprNode(r->arena, raiseValue(r, value));
  return node.kind == EXPR_LEAF && node.value == value.ptr &&
         !irIs(irDefiningOp(value), "tensor.empty");
}
