#include "passes/fuse/raise.h"

#include <stdlib.h>

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/raise_internal.h"

/* --- readings -------------------------------------------------------------------------------- */

static void appendReading(ReadingList *list, Expr expr, int32_t reading) {
  arrayReserve((void **)&list->next, &list->capacity, (size_t)reading + 1, sizeof *list->next);
  list->next[reading] = 0;
  arrayReserve((void **)&list->ends, &list->endCapacity, (size_t)expr + 1, sizeof *list->ends);
  while (list->numEnds <= (size_t)expr)
    list->ends[list->numEnds++] = (ReadingEnds){0, 0};
  ReadingEnds *ends = &list->ends[expr];
  if (ends->last)
    list->next[ends->last - 1] = reading + 1;
  else
    ends->first = reading + 1;
  ends->last = reading + 1;
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
  int32_t first = (size_t)expr < list->numEnds ? list->ends[expr].first : 0;
  *cursor = *cursor ? list->next[*cursor - 1] : first;
  if (!*cursor)
    return false;
  *reading = r->readings[*cursor - 1];
  int32_t number = tableGet(&r->replaced, tableKeyOf(reading->value.ptr));
  if (number)
    reading->value = r->replacements[number - 1];
  return true;
}

void raiserReplace(Raiser *r, MlirValue from, MlirValue to) {
  arrayReserve((void **)&r->replacements, &r->replacementCapacity, r->numReplacements + 1,
               sizeof *r->replacements);
  r->replacements[r->numReplacements++] = to;
  tableSet(&r->replaced, tableKeyOf(from.ptr), (int32_t)r->numReplacements);
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
  tableFree(&r->equalSizes);
  tableFree(&r->cut);
  for (ReadingList *list = &r->exact; list; list = list == &r->exact ? &r->wide : NULL) {
    free(list->ends);
    free(list->next);
  }
  tableFree(&r->replaced);
  free(r->replacements);
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
  return view ? view : raiseElementwise(r, op, value, index);
}

/* The index with which `value` is read in the memo: no digits where the size is 1. */
static IndexId canonicalIndex(Raiser *r, MlirValue value, Index *index) {
  MlirType type = mlirValueGetType(value);
  for (int32_t d = 0; d < index->rank; ++d)
    if (irIsUnitDim(type, d))
      index->numDigits[d] = 0;
  return indexIntern(r->arena, index);
}

static Expr tryRaise(Raiser *r, MlirValue value, const Index *index) {
  if (!mlirValueIsAOpResult(value) || r->depth >= MAX_DEPTH)
    return 0;
  ++r->depth;
  Expr e = raiseOp(r, mlirOpResultGetOwner(value), value, index);
  --r->depth;
  return e;
}

static bool isScalarExpr(const ExprArena *arena, Expr e) {
  ExprNode node = exprNode(arena, e);
  return node.kind == EXPR_CONST ||
         (node.kind == EXPR_LEAF && indexGet(arena, node.index)->rank == 0);
}

/* Whether `e` adds two tensors: an epsilon or an offset that is added is a scalar. */
static bool addsTensors(const ExprArena *arena, Expr e) {
  ExprNode node = exprNode(arena, e);
  if (node.kind == EXPR_ROUND)
    node = exprNode(arena, node.a);
  return node.kind == EXPR_ADD && !isScalarExpr(arena, node.a) && !isScalarExpr(arena, node.b);
}

/* The expression of `value` by its op, or a leaf. A residual stream is cut where it gets long: the
 * operands of an add are leaves from there on, and expressions start anew. */
static Expr raiseOwn(Raiser *r, MlirValue value, const Index *index, IndexId id) {
  TableKey key = tableKey(value.ptr, id);
  Expr e = tableGet(&r->memo, key);
  if (e)
    return e;
  e = tryRaise(r, value, index);
  if (e && exprNode(r->arena, e).depth > LONG_EXPR_DEPTH && addsTensors(r->arena, e)) {
    MlirOperation op = mlirOpResultGetOwner(value);
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
      tableSet(&r->cut, tableKeyOf(mlirOperationGetOperand(op, i).ptr), 1);
    e = tryRaise(r, value, index);
  }
  if (!e || exprNode(r->arena, e).depth > MAX_EXPR_DEPTH)
    e = leaf(r, value, index);
  tableSet(&r->memo, key, e);
  recordReading(r, e, value, id);
  return e;
}

Expr raiseAt(Raiser *r, MlirValue value, const Index *index) {
  Index at = *index;
  IndexId id = canonicalIndex(r, value, &at);
  if (!tableGet(&r->cut, tableKeyOf(value.ptr)))
    return raiseOwn(r, value, &at, id);
  TableKey key = tableKey(value.ptr, -id);
  Expr e = tableGet(&r->memo, key);
  if (!e) {
    e = leaf(r, value, &at);
    tableSet(&r->memo, key, e);
    recordReading(r, e, value, id);
  }
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
  Index index = raiseIdentity(value);
  IndexId id = canonicalIndex(r, value, &index);
  return raiseOwn(r, value, &index, id);
}

void raiserAdd(Raiser *r, MlirValue value, Expr expr) {
  Index index = raiseIdentity(value);
  IndexId id = canonicalIndex(r, value, &index);
  tableSet(&r->memo, tableKey(value.ptr, id), expr);
  recordReading(r, expr, value, id);
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
  MlirOperation op = irDefiningOp(value);
  if (!mlirOperationIsNull(op) && (isReshape(op) || irIs(op, "tensor.empty")))
    return false;
  MlirType type = mlirValueGetType(value);
  if (!mlirTypeIsARankedTensor(type) || mlirShapedTypeGetRank(type) > MAX_RANK ||
      floatKindOf(type) == FLOAT_NONE)
    return false;
  ExprNode node = exprNode(r->arena, raiseValue(r, value));
  return node.kind == EXPR_LEAF && node.value == value.ptr;
}
