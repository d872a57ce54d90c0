#include "passes/fuse/body.h"

#include <stdlib.h>

#include "mlir-c/Dialect/Linalg.h"

/* The operands of a linalg.generic with their maps, to be changed and put back. */
typedef struct Operands {
  intptr_t numInputs, count;
  MlirValue *values;
  MlirAttribute *maps;
} Operands;

intptr_t bodyNumInputs(MlirOperation generic) {
  return mlirOperationGetNumOperands(generic) - mlirOperationGetNumResults(generic);
}

intptr_t bodyInitOf(MlirValue result) {
  return bodyNumInputs(mlirOpResultGetOwner(result)) + mlirOpResultGetResultNumber(result);
}

static MlirBlock bodyOf(MlirOperation generic) {
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(generic, 0));
}

/* With room for one more. */
static Operands newOperands(intptr_t numInputs, intptr_t count) {
  Operands o = {.numInputs = numInputs, .count = count};
  o.values = malloc((size_t)(count + 1) * sizeof *o.values);
  o.maps = malloc((size_t)(count + 1) * sizeof *o.maps);
  if (!o.values || !o.maps)
    abort();
  return o;
}

static Operands takeOperands(MlirOperation generic) {
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(generic);
  Operands o = newOperands(bodyNumInputs(generic), mlirOperationGetNumOperands(generic));
  for (intptr_t i = 0; i < o.count; ++i) {
    o.values[i] = mlirOperationGetOperand(generic, i);
    o.maps[i] = mlirArrayAttrGetElement(maps, i);
  }
  return o;
}

static void freeOperands(Operands *o) {
  free(o->values);
  free(o->maps);
}

static void putOperands(MlirOperation generic, Operands *o) {
  MlirContext context = mlirOperationGetContext(generic);
  int32_t segments[] = {(int32_t)o->numInputs, (int32_t)(o->count - o->numInputs)};
  mlirOperationSetOperands(generic, o->count, o->values);
  mlirOperationSetInherentAttributeByName(generic, irStr("indexing_maps"),
                                          mlirArrayAttrGet(context, o->count, o->maps));
  mlirOperationSetInherentAttributeByName(generic, irStr("operandSegmentSizes"),
                                          mlirDenseI32ArrayGet(context, 2, segments));
  freeOperands(o);
}

MlirValue bodyCreate(const IrBuilder *b, intptr_t numInputs, const MlirValue *inputs,
                     const MlirAttribute *maps, MlirValue init, MlirRegion region) {
  MlirType type = mlirValueGetType(init);
  intptr_t rank = mlirShapedTypeGetRank(type);
  MlirAttribute iterators[IR_MAX_RANK];
  MlirAttribute parallel =
      mlirAttributeParseGet(b->context, irStr("#linalg.iterator_type<parallel>"));
  for (intptr_t d = 0; d < rank; ++d)
    iterators[d] = parallel;
  Operands o = newOperands(numInputs, numInputs + 1);
  for (intptr_t i = 0; i < numInputs; ++i) {
    o.values[i] = inputs[i];
    o.maps[i] = maps[i];
  }
  o.values[numInputs] = init;
  o.maps[numInputs] = mlirAffineMapAttrGet(mlirAffineMapMultiDimIdentityGet(b->context, rank));
  int32_t segments[] = {(int32_t)numInputs, 1};
  IrAttr attrs[] = {{"indexing_maps", mlirArrayAttrGet(b->context, o.count, o.maps)},
                    {"iterator_types", mlirArrayAttrGet(b->context, rank, iterators)},
                    {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, segments)},
                    {NULL, {NULL}}};
  MlirOperation op = irOp(b, "linalg.generic", o.count, o.values, 1, &type, attrs, 1, &region);
  freeOperands(&o);
  return mlirOperationGetResult(op, 0);
}

MlirValue bodyAddInput(MlirOperation generic, MlirValue tensor, intptr_t like) {
  Operands o = takeOperands(generic);
  MlirAttribute map = o.maps[like];
  for (intptr_t i = o.count; i > o.numInputs; --i) {
    o.values[i] = o.values[i - 1];
    o.maps[i] = o.maps[i - 1];
  }
  intptr_t at = o.numInputs++;
  o.values[at] = tensor;
  o.maps[at] = map;
  ++o.count;
  putOperands(generic, &o);
  return mlirBlockInsertArgument(bodyOf(generic), at,
                                 mlirShapedTypeGetElementType(mlirValueGetType(tensor)),
                                 mlirOperationGetLocation(generic));
}

static bool names(MlirAttribute map, intptr_t loop) {
  MlirAffineMap m = mlirAffineMapAttrGetValue(map);
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(m); ++d) {
    MlirAffineExpr expr = mlirAffineMapGetResult(m, d);
    if (mlirAffineExprIsADim(expr) && mlirAffineDimExprGetPosition(expr) == loop)
      return true;
  }
  return false;
}

/* Whether other operands than `i` name each of the loops that operand `i` names. */
static bool namesNoLoopAlone(const Operands *o, intptr_t i) {
  intptr_t numLoops = mlirAffineMapGetNumDims(mlirAffineMapAttrGetValue(o->maps[i]));
  for (intptr_t loop = 0; loop < numLoops; ++loop) {
    bool elsewhere = !names(o->maps[i], loop);
    for (intptr_t k = 0; k < o->count && !elsewhere; ++k)
      elsewhere = k != i && names(o->maps[k], loop);
    if (!elsewhere)
      return false;
  }
  return true;
}

bool bodyDropInput(MlirOperation generic, MlirValue *dropped) {
  Operands o = takeOperands(generic);
  intptr_t i = 0;
  while (i < o.numInputs &&
         !(mlirOpOperandIsNull(mlirValueGetFirstUse(mlirBlockGetArgument(bodyOf(generic), i))) &&
           namesNoLoopAlone(&o, i)))
    ++i;
  if (i == o.numInputs) {
    freeOperands(&o);
    return false;
  }
  *dropped = o.values[i];
  --o.numInputs;
  --o.count;
  for (intptr_t k = i; k < o.count; ++k) {
    o.values[k] = o.values[k + 1];
    o.maps[k] = o.maps[k + 1];
  }
  mlirBlockEraseArgument(bodyOf(generic), (unsigned)i);
  putOperands(generic, &o);
  return true;
}

/* --- splitting ------------------------------------------------------------------------------- */

/* The loop of a map's result, or -1 for a constant. */
static int64_t loopAt(MlirAffineMap map, intptr_t d) {
  MlirAffineExpr expr = mlirAffineMapGetResult(map, d);
  return mlirAffineExprIsADim(expr) ? mlirAffineDimExprGetPosition(expr) : -1;
}

/* `map` as seen from the elements of an operand that is read through `like`: that operand's
 * dimensions are the loops, and what it does not name runs once. */
static MlirAttribute mapFrom(MlirAttribute map, MlirAttribute like) {
  MlirAffineMap from = mlirAffineMapAttrGetValue(map), to = mlirAffineMapAttrGetValue(like);
  MlirContext context = mlirAttributeGetContext(map);
  MlirAffineExpr exprs[IR_MAX_RANK];
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(from); ++d) {
    exprs[d] = mlirAffineConstantExprGet(context, 0);
    for (intptr_t k = 0; k < mlirAffineMapGetNumResults(to); ++k)
      if (loopAt(from, d) >= 0 && loopAt(from, d) == loopAt(to, k))
        exprs[d] = mlirAffineDimExprGet(context, k);
  }
  return mlirAffineMapAttrGet(mlirAffineMapGet(context, mlirAffineMapGetNumResults(to), 0,
                                               mlirAffineMapGetNumResults(from), exprs));
}

/* Where `value` is in `copy`, a copy of its block. */
static MlirValue findCopy(MlirBlock copy, MlirValue value) {
  MlirOperation op = mlirBlockGetFirstOperation(mlirOperationGetBlock(irDefiningOp(value)));
  MlirOperation at = mlirBlockGetFirstOperation(copy);
  for (; !mlirOperationEqual(op, irDefiningOp(value)); op = mlirOperationGetNextInBlock(op))
    at = mlirOperationGetNextInBlock(at);
  return mlirOperationGetResult(at, mlirOpResultGetResultNumber(value));
}

static bool isUnused(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (!mlirOpOperandIsNull(mlirValueGetFirstUse(mlirOperationGetResult(op, i))))
      return false;
  return true;
}

/* Erases what feeds nothing, terminator excepted. */
static void eraseUnused(MlirBlock body) {
  MlirOperation end = mlirBlockGetTerminator(body);
  for (bool again = true; again;) {
    again = false;
    MlirOperation next;
    for (MlirOperation op = mlirBlockGetFirstOperation(body); !mlirOperationEqual(op, end);
         op = next) {
      next = mlirOperationGetNextInBlock(op);
      if (!isUnused(op))
        continue;
      mlirOperationDestroy(op);
      again = true;
    }
  }
}

/* Leaves in the body of `copy`, a copy of a linalg.generic, only what computes `value`, and yields
 * that. */
static void keepOnly(MlirBlock body, MlirValue value) {
  MlirOperation old = mlirBlockGetTerminator(body);
  IrBuilder b = irBuilderBefore(old);
  irOp(&b, "linalg.yield", 1, &value, 0, NULL, NULL, 0, NULL);
  mlirOperationDestroy(old);
  eraseUnused(body);
}

void bodyVisitCaptures(MlirOperation generic, BodyCaptureVisitor visit, void *data) {
  MlirBlock body = bodyOf(generic);
  for (MlirOperation op = mlirBlockGetFirstOperation(body); !mlirOperationIsNull(op);
       op = mlirOperationGetNextInBlock(op))
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
      MlirValue operand = mlirOperationGetOperand(op, i);
      if (!mlirBlockEqual(irBlockOf(operand), body))
        visit(operand, data);
    }
}

bool bodyCanSplit(MlirOperation generic) {
  MlirBlock body = bodyOf(generic);
  for (MlirOperation op = mlirBlockGetFirstOperation(body); !mlirOperationIsNull(op);
       op = mlirOperationGetNextInBlock(op))
    if (irIs(op, "linalg.index"))
      return false;
  return true;
}

MlirValue bodySplit(const IrBuilder *b, MlirOperation generic, MlirValue value, intptr_t like) {
  Operands o = takeOperands(generic);
  MlirAttribute likeMap = o.maps[like];
  MlirValue shape = o.values[like];
  MlirType element = mlirValueGetType(value);

  MlirOperation copy = mlirOperationClone(generic);
  MlirBlock body = bodyOf(copy);
  keepOnly(body, findCopy(body, value));
  intptr_t kept = 0;
  for (intptr_t i = 0, argument = 0; i < o.count; ++i) {
    bool used = !mlirOpOperandIsNull(mlirValueGetFirstUse(mlirBlockGetArgument(body, argument)));
    if (!used) {
      mlirBlockEraseArgument(body, (unsigned)argument);
      continue;
    }
    o.values[kept] = o.values[i];
    o.maps[kept++] = mapFrom(o.maps[i], likeMap);
    ++argument;
  }
  mlirBlockAddArgument(body, element, b->loc);
  MlirRegion region = mlirRegionCreate();
  mlirRegionTakeBody(region, mlirOperationGetRegion(copy, 0));
  mlirOperationDestroy(copy);

  MlirValue init = irEmptyLike(b, irTensorOfShape(mlirValueGetType(shape), element), shape);
  MlirValue tensor = bodyCreate(b, kept, o.values, o.maps, init, region);
  freeOperands(&o);
  mlirValueReplaceAllUsesOfWith(value, bodyAddInput(generic, tensor, like));
  return tensor;
}
