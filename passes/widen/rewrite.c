/* Values change their types where they stand, then each use gets what its reader takes. */

#include "passes/widen/rewrite.h"

#include <stdlib.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/body.h"
#include "passes/widen/linalg.h"

/* --- casts ----------------------------------------------------------------------------------- */

/* `value` in the element type of `type`, as a linalg.generic, which bufferizes as it is. */
static MlirValue castTo(const IrBuilder *b, MlirValue value, MlirType type) {
  MlirType elements[] = {mlirShapedTypeGetElementType(mlirValueGetType(value)),
                         mlirShapedTypeGetElementType(type)};
  MlirBlock block = mlirBlockCreate(2, elements, (MlirLocation[]){b->loc, b->loc});
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  IrBuilder body = irBuilderAtEnd(block, b->loc);
  const char *name = mlirTypeIsAF32(elements[0]) ? "arith.truncf" : "arith.extf";
  MlirValue element = irUnary(&body, name, mlirBlockGetArgument(block, 0), elements[1]);
  irOp(&body, "linalg.yield", 1, &element, 0, NULL, NULL, 0, NULL);
  MlirAttribute identity = mlirAffineMapAttrGet(
      mlirAffineMapMultiDimIdentityGet(b->context, mlirShapedTypeGetRank(type)));
  return bodyCreate(b, 1, &value, &identity, irEmptyLike(b, type, value), region);
}

/* Right behind the definition, where the value dominates all that it dominates. */
static IrBuilder builderBehind(MlirValue value) {
  if (mlirValueIsABlockArgument(value))
    return irBuilderAtStart(mlirBlockArgumentGetOwner(value), mlirValueGetLocation(value));
  MlirOperation op = mlirOpResultGetOwner(value);
  IrBuilder b = irBuilderBefore(op);
  b.before = mlirOperationGetNextInBlock(op);
  return b;
}

/* --- values ---------------------------------------------------------------------------------- */

/* The sizes of a tensor.empty are at hand; they need not be asked for. */
static MlirValue wideInit(const IrBuilder *b, MlirValue init) {
  MlirType type = flowWiden(mlirValueGetType(init));
  MlirOperation made = irDefiningOp(init);
  if (mlirOperationIsNull(made) || !irIs(made, "tensor.empty"))
    return irEmptyLike(b, type, init);
  MlirValue sizes[IR_MAX_RANK];
  intptr_t numSizes = mlirOperationGetNumOperands(made);
  for (intptr_t i = 0; i < numSizes; ++i)
    sizes[i] = mlirOperationGetOperand(made, i);
  return irTensorEmpty(b, type, numSizes, sizes);
}

/* Gives a result in destination style an init of its type to be. */
static void widenInit(MlirValue result) {
  MlirOperation op = mlirOpResultGetOwner(result);
  IrBuilder b = irBuilderBefore(op);
  intptr_t init = bodyInitOf(result);
  mlirOperationSetOperand(op, init, wideInit(&b, mlirOperationGetOperand(op, init)));
}

static void widenValue(MlirValue value) {
  MlirType type = flowWiden(mlirValueGetType(value));
  if (mlirValueIsABlockArgument(value)) {
    mlirBlockArgumentSetType(value, type);
    return;
  }
  MlirOperation op = mlirOpResultGetOwner(value);
  if (addnormOperationIsRmsNorm(op) || !mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op)))
    widenInit(value);
  mlirValueSetType(value, type);
}

/* --- uses ------------------------------------------------------------------------------------ */

typedef struct Use {
  MlirOperation op;
  intptr_t operand;
} Use;

typedef struct UseList {
  Use *uses;
  size_t count, capacity;
} UseList;

static void listUses(UseList *list, MlirValue value) {
  list->count = 0;
  MlirOpOperand use = mlirValueGetFirstUse(value);
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use)) {
    arrayReserve((void **)&list->uses, &list->capacity, list->count + 1, sizeof *list->uses);
    list->uses[list->count++] =
        (Use){mlirOpOperandGetOwner(use), mlirOpOperandGetOperandNumber(use)};
  }
}

/* A cast stays for its narrow readers; the others read what it casts. */
static void bypassCast(const Flow *flow, MlirValue value, const UseList *list) {
  MlirValue wide = mlirOperationGetOperand(mlirOpResultGetOwner(value), 0);
  for (size_t i = 0; i < list->count; ++i)
    if (flowWantsWide(flow, list->uses[i].op, list->uses[i].operand))
      mlirOperationSetOperand(list->uses[i].op, list->uses[i].operand, wide);
}

/* Rounds the value, once, for the readers of the narrow type. */
static void roundForOthers(const Flow *flow, MlirValue value, MlirType narrow,
                           const UseList *list) {
  MlirValue rounded = {NULL};
  for (size_t i = 0; i < list->count; ++i) {
    const Use *use = &list->uses[i];
    if (flowWantsWide(flow, use->op, use->operand) || flowReadsShape(use->op))
      continue;
    if (mlirValueIsNull(rounded)) {
      IrBuilder b = builderBehind(value);
      rounded = castTo(&b, value, narrow);
    }
    mlirOperationSetOperand(use->op, use->operand, rounded);
  }
}

static void widenNode(const Flow *flow, const FlowNode *node, UseList *list) {
  for (int32_t v = node->firstValue; v; v = flow->values[v - 1].next) {
    MlirValue value = flow->values[v - 1].value;
    listUses(list, value);
    if (node->isRounded) {
      bypassCast(flow, value, list);
    } else {
      widenValue(value);
      roundForOthers(flow, value, node->type, list);
    }
  }
}

/* What joins the stream in a narrow type is extended where the reader needs one type. */
static void extendOperand(const Flow *flow, const FlowEdge *edge) {
  if ((edge->kind != EDGE_SAME_TYPE && edge->kind != EDGE_ADD) ||
      !flowIsWidened(flowNodeAt(flow, edge->to)))
    return;
  MlirValue value = mlirOperationGetOperand(edge->op, edge->operand);
  MlirType type = mlirValueGetType(value);
  IrBuilder b = irBuilderBefore(edge->op);
  if (flowIsNarrow(type))
    mlirOperationSetOperand(edge->op, edge->operand, castTo(&b, value, flowWiden(type)));
}

/* --- ops ------------------------------------------------------------------------------------- */

static bool hasUses(MlirOperation op) {
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r)
    if (!mlirOpOperandIsNull(mlirValueGetFirstUse(mlirOperationGetResult(op, r))))
      return true;
  return false;
}

static void eraseCast(MlirOperation op) {
  MlirValue last = mlirOperationGetOperand(op, mlirOperationGetNumOperands(op) - 1);
  MlirOperation init = irDefiningOp(last);
  mlirOperationDestroy(op);
  if (!mlirOperationIsNull(init) && irIs(init, "tensor.empty") && !hasUses(init))
    mlirOperationDestroy(init);
}

/* A cast of what is f32 now to f32 goes, and so does a rounding that no reader takes any more. */
static void finishCast(Flow *flow, MlirOperation op) {
  MlirValue result = mlirOperationGetResult(op, 0), operand = mlirOperationGetOperand(op, 0);
  bool isCopy = mlirTypeEqual(mlirValueGetType(result), mlirValueGetType(operand));
  if (isCopy)
    mlirValueReplaceAllUsesOfWith(result, operand);
  if (isCopy || (flowIsWidened(flowNodeAt(flow, flowNode(flow, result))) && !hasUses(op)))
    eraseCast(op);
}

static void finishFunction(Flow *flow, const Function *function) {
  if (function->fixed)
    return;
  MlirType type = functionType(function->op);
  MlirBlock entry = functionEntry(function->op);
  intptr_t numInputs = mlirFunctionTypeGetNumInputs(type);
  intptr_t numResults = mlirFunctionTypeGetNumResults(type);
  MlirType *types = malloc(sizeof *types * (size_t)(numInputs + numResults + 1));
  for (intptr_t i = 0; i < numInputs; ++i)
    types[i] = mlirValueGetType(mlirBlockGetArgument(entry, i));
  for (intptr_t r = 0; r < numResults; ++r) {
    MlirType result = mlirFunctionTypeGetResult(type, r);
    NodeId node = flowResultNode(flow, function->op, r);
    types[numInputs + r] =
        node && flowIsWidened(flowNodeAt(flow, node)) ? flowWiden(result) : result;
  }
  MlirType widened = mlirFunctionTypeGet(mlirTypeGetContext(type), numInputs, types, numResults,
                                         types + numInputs);
  mlirOperationSetAttributeByName(function->op, irStr("function_type"), mlirTypeAttrGet(widened));
  free(types);
}

void rewriteStream(Flow *flow) {
  UseList uses = {0};
  for (size_t i = 0; i < flow->numNodes; ++i)
    if (flowIsWidened(&flow->nodes[i]))
      widenNode(flow, &flow->nodes[i], &uses);
  free(uses.uses);
  for (size_t i = 0; i < flow->numEdges; ++i)
    extendOperand(flow, &flow->edges[i]);
  for (size_t i = 0; i < flow->linalgs.count; ++i)
    linalgWiden(flow->linalgs.ops[i]);
  for (size_t i = 0; i < flow->casts.count; ++i)
    finishCast(flow, flow->casts.ops[i]);
  for (size_t i = 0; i < flow->functions.count; ++i)
    finishFunction(flow, &flow->functions.list[i]);
}
