/* addnorm-dma-to-calls: the ops that move tiles become calls of the runtime of
 * include/addnorm-c/npu_runtime.h.
 *
 * A function has a slot on its stack for the first status that was not 0. Behind that nothing is
 * started or waited for any more. Memory in the scratchpad becomes memory like any other, for to
 * the core it is. */

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/npu_runtime.h"
#include "addnorm-c/passes.h"
#include "codegen/dma.h"
#include "lib/ir/view.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/Dialect/Arith.h"
#include "mlir-c/Dialect/Func.h"
#include "mlir-c/Dialect/LLVM.h"
#include "mlir-c/Dialect/MemRef.h"
#include "mlir-c/Dialect/SCF.h"

/* --- calls ----------------------------------------------------------------------------------- */

static MlirOperation symbolTableAround(MlirBlock block) {
  MlirOperation op = mlirBlockGetParentOperation(block);
  return mlirOperationGetParentOperation(irFunctionOf(op));
}

static void declare(MlirOperation module, MlirLocation loc, const char *name, MlirType type) {
  MlirSymbolTable table = mlirSymbolTableCreate(module);
  bool isKnown = !mlirOperationIsNull(mlirSymbolTableLookup(table, irStr(name)));
  mlirSymbolTableDestroy(table);
  if (isKnown)
    return;
  MlirContext context = mlirOperationGetContext(module);
  IrBuilder b = irBuilderAtEnd(mlirRegionGetFirstBlock(mlirOperationGetRegion(module, 0)), loc);
  MlirRegion body = mlirRegionCreate();
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(context, irStr(name))},
                    {"function_type", mlirTypeAttrGet(type)},
                    {"sym_visibility", mlirStringAttrGet(context, irStr("private"))},
                    {NULL, {NULL}}};
  irOp(&b, "func.func", 0, NULL, 0, NULL, attrs, 1, &body);
}

MlirValue addnormNpuCall(const IrBuilder *b, const char *name, intptr_t numOperands,
                         const MlirValue *operands, MlirType result) {
  MlirType inputs[numOperands + 1];
  for (intptr_t i = 0; i < numOperands; ++i)
    inputs[i] = mlirValueGetType(operands[i]);
  intptr_t numResults = mlirTypeIsNull(result) ? 0 : 1;
  declare(symbolTableAround(b->block), b->loc, name,
          mlirFunctionTypeGet(b->context, numOperands, inputs, numResults, &result));
  IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b->context, irStr(name))}, {NULL, {NULL}}};
  MlirOperation call =
      irOp(b, "func.call", numOperands, operands, numResults, &result, attrs, 0, NULL);
  return numResults ? mlirOperationGetResult(call, 0) : (MlirValue){NULL};
}

static MlirType i64Type(const IrBuilder *b) { return mlirIntegerTypeGet(b->context, 64); }
static MlirType i32Type(const IrBuilder *b) { return mlirIntegerTypeGet(b->context, 32); }
static MlirType pointerType(const IrBuilder *b) { return mlirLLVMPointerTypeGet(b->context, 0); }

static MlirValue toI64(const IrBuilder *b, MlirValue index) {
  return irUnary(b, "arith.index_cast", index, i64Type(b));
}

/* --- pointers -------------------------------------------------------------------------------- */

/* MLIR's descriptor of a memref: allocated pointer, aligned pointer, offset, sizes, strides. */
static MlirType descriptorType(const IrBuilder *b, int64_t rank) {
  MlirType i64 = i64Type(b), array = mlirLLVMArrayTypeGet(i64, (unsigned)rank);
  MlirType fields[] = {pointerType(b), pointerType(b), i64, array, array};
  return mlirLLVMStructTypeLiteralGet(b->context, rank ? 5 : 3, fields, false);
}

static MlirValue extract(const IrBuilder *b, MlirValue descriptor, int64_t field, MlirType type) {
  IrAttr attrs[] = {{"position", mlirDenseI64ArrayGet(b->context, 1, &field)}, {NULL, {NULL}}};
  return irValue(b, "llvm.extractvalue", 1, &descriptor, type, attrs);
}

/* Through the descriptor: an integer made into a pointer would hide where it points. */
MlirValue addnormPointerTo(const IrBuilder *b, MlirValue memref, MlirValue elements) {
  enum { ALIGNED = 1 };
  MlirType type = mlirValueGetType(memref);
  MlirType descriptor = descriptorType(b, mlirShapedTypeGetRank(type));
  MlirValue fields = irUnary(b, "builtin.unrealized_conversion_cast", memref, descriptor);
  MlirValue offset = mlirOperationGetResult(irStridedMetadata(b, memref), 1);
  MlirValue operands[] = {extract(b, fields, ALIGNED, pointerType(b)),
                          toI64(b, irBinary(b, "arith.addi", offset, elements))};
  int32_t dynamic = INT32_MIN;
  IrAttr attrs[] = {{"rawConstantIndices", mlirDenseI32ArrayGet(b->context, 1, &dynamic)},
                    {"elem_type", mlirTypeAttrGet(mlirShapedTypeGetElementType(type))},
                    {NULL, {NULL}}};
  return irValue(b, "llvm.getelementptr", 2, operands, pointerType(b), attrs);
}

/* --- status ---------------------------------------------------------------------------------- */

static MlirValue makeSlot(MlirOperation function) {
  MlirBlock entry = mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
  IrBuilder b = irBuilderAtStart(entry, mlirOperationGetLocation(function));
  MlirType type = mlirMemRefTypeContiguousGet(i32Type(&b), 0, NULL, mlirAttributeGetNull());
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b.context, 2, (int32_t[]){0, 0})},
                    {NULL, {NULL}}};
  MlirValue slot = irValue(&b, "memref.alloca", 0, NULL, type, attrs);
  irStore(&b, irIntegerConstant(&b, i32Type(&b), ADDNORM_NPU_OK), slot, NULL);
  return slot;
}

/* The builder of what happens where nothing has failed. */
static IrBuilder ifOk(const IrBuilder *b, MlirValue slot) {
  MlirValue status = irLoad(b, slot, NULL);
  return irIf(b, irCompare(b, IR_EQUAL, status, irIntegerConstant(b, i32Type(b), ADDNORM_NPU_OK)),
              NULL);
}

/* --- memory space ---------------------------------------------------------------------------- */

bool addnormIsInScratchpad(MlirType type) {
  if (!mlirTypeIsAMemRef(type))
    return false;
  MlirAttribute space = mlirMemRefTypeGetMemorySpace(type);
  MlirContext context = mlirTypeGetContext(type);
  return !mlirAttributeIsNull(space) &&
         mlirAttributeEqual(space, mlirAttributeParseGet(context, irStr("#addnorm.scratchpad")));
}

/* The same type in memory like any other. */
static MlirType outOfScratchpad(MlirType type) {
  int64_t rank = mlirShapedTypeGetRank(type), sizes[IR_MAX_RANK];
  for (int64_t d = 0; d < rank; ++d)
    sizes[d] = mlirShapedTypeGetDimSize(type, d);
  return mlirMemRefTypeGet(mlirShapedTypeGetElementType(type), rank, sizes,
                           mlirMemRefTypeGetLayout(type), mlirAttributeGetNull());
}

static void leaveSpace(MlirValue value) {
  if (addnormIsInScratchpad(mlirValueGetType(value)))
    mlirValueSetType(value, outOfScratchpad(mlirValueGetType(value)));
}

static MlirWalkResult leaveSpaces(MlirOperation op, void *data) {
  (void)data;
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    leaveSpace(mlirOperationGetResult(op, i));
  for (intptr_t r = 0; r < mlirOperationGetNumRegions(op); ++r) {
    MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, r));
    for (; !mlirBlockIsNull(block); block = mlirBlockGetNextInRegion(block))
      for (intptr_t i = 0; i < mlirBlockGetNumArguments(block); ++i)
        leaveSpace(mlirBlockGetArgument(block, i));
  }
  return MlirWalkResultAdvance;
}

/* --- the ops --------------------------------------------------------------------------------- */

/* A memref of `bytes` bytes at `pointer`. */
static MlirValue bytesAt(const IrBuilder *b, MlirValue pointer, int64_t bytes) {
  MlirType i64 = i64Type(b), structType = descriptorType(b, 1);
  const struct {
    MlirValue value;
    int64_t numPositions, positions[2];
  } parts[] = {{pointer, 1, {0}},
               {pointer, 1, {1}},
               {irIntegerConstant(b, i64, 0), 1, {2}},
               {irIntegerConstant(b, i64, bytes), 2, {3, 0}},
               {irIntegerConstant(b, i64, 1), 2, {4, 0}}};
  MlirValue descriptor = irValue(b, "llvm.mlir.poison", 0, NULL, structType, NULL);
  for (int i = 0; i < 5; ++i) {
    MlirAttribute position =
        mlirDenseI64ArrayGet(b->context, parts[i].numPositions, parts[i].positions);
    IrAttr attrs[] = {{"position", position}, {NULL, {NULL}}};
    MlirValue operands[] = {descriptor, parts[i].value};
    descriptor = irValue(b, "llvm.insertvalue", 2, operands, structType, attrs);
  }
  MlirType memref = mlirMemRefTypeContiguousGet(mlirIntegerTypeGet(b->context, 8), 1, &bytes,
                                                mlirAttributeGetNull());
  return irUnary(b, "builtin.unrealized_conversion_cast", descriptor, memref);
}

static int64_t bytesOf(MlirType memref) {
  int64_t bytes = mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(memref)) / 8;
  for (int64_t d = 0; d < mlirShapedTypeGetRank(memref); ++d)
    bytes *= mlirShapedTypeGetDimSize(memref, d);
  return bytes;
}

static void lowerScratchpad(const IrBuilder *b, MlirOperation op, MlirValue slot) {
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  MlirAttribute offset = mlirOperationGetAttributeByName(op, irStr("offset"));
  MlirValue operands[] = {toI64(b, mlirOperationGetOperand(op, 0)),
                          irIntegerConstant(b, i64Type(b), mlirIntegerAttrGetValueInt(offset)),
                          irIntegerConstant(b, i64Type(b), bytesOf(type))};
  MlirValue pointer = addnormNpuCall(b, "addnormNpuScratchpad", 3, operands, pointerType(b));
  MlirValue address = irUnary(b, "llvm.ptrtoint", pointer, i64Type(b));
  MlirValue isNull = irCompare(b, IR_EQUAL, address, irIntegerConstant(b, i64Type(b), 0));
  IrBuilder then = irIf(b, isNull, NULL);
  irStore(&then, irIntegerConstant(&then, i32Type(b), ADDNORM_NPU_ERROR_SCRATCHPAD), slot, NULL);
  MlirValue view[] = {bytesAt(b, pointer, bytesOf(type)), irIndexConstant(b, 0)};
  mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(op, 0),
                                irValue(b, "memref.view", 2, view, outOfScratchpad(type), NULL));
}

/* One side of a transfer: where it begins, and its bytes from row to row. */
typedef struct Side {
  MlirValue pointer, stride;
} Side;

static Side sideOf(const IrBuilder *b, MlirValue memref, MlirValue elementBytes) {
  enum { ROW_STRIDE = 4 };
  Side side = {addnormPointerTo(b, memref, irIndexConstant(b, 0)),
               irIntegerConstant(b, i64Type(b), 0)};
  if (mlirShapedTypeGetRank(mlirValueGetType(memref)) == 1)
    return side;
  MlirValue stride = mlirOperationGetResult(irStridedMetadata(b, memref), ROW_STRIDE);
  side.stride = toI64(b, irBinary(b, "arith.muli", stride, elementBytes));
  return side;
}

static void lowerStart(const IrBuilder *b, MlirOperation op, MlirValue slot) {
  IrBuilder then = ifOk(b, slot), *t = &then;
  MlirValue from = mlirOperationGetOperand(op, 0), to = mlirOperationGetOperand(op, 1);
  MlirType type = mlirValueGetType(from);
  int64_t rank = mlirShapedTypeGetRank(type);
  int64_t width = mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(type));
  MlirValue bytes = irIndexConstant(t, width / 8);
  Side source = sideOf(t, from, bytes), destination = sideOf(t, to, bytes);
  MlirValue rows = rank == 1 ? irIndexConstant(t, 1) : irDim(t, from, 0);
  MlirAttribute queue = mlirOperationGetAttributeByName(op, irStr("queue"));
  MlirValue operands[] = {destination.pointer,
                          source.pointer,
                          destination.stride,
                          source.stride,
                          toI64(t, irBinary(t, "arith.muli", irDim(t, from, rank - 1), bytes)),
                          toI64(t, rows),
                          toI64(t, mlirOperationGetOperand(op, 2)),
                          irIntegerConstant(t, i64Type(t), mlirIntegerAttrGetValueInt(queue)),
                          toI64(t, mlirOperationGetOperand(op, 3))};
  MlirValue status = addnormNpuCall(t, "addnormNpuDmaStart", 9, operands, i32Type(t));
  irStore(t, status, slot, NULL);
}

static void lowerWait(const IrBuilder *b, MlirOperation op, MlirValue slot) {
  IrBuilder then = ifOk(b, slot);
  MlirValue operands[] = {toI64(&then, mlirOperationGetOperand(op, 0)),
                          toI64(&then, mlirOperationGetOperand(op, 1))};
  irStore(&then, addnormNpuCall(&then, "addnormNpuDmaWait", 2, operands, i32Type(b)), slot, NULL);
}

static void lowerCore(const IrBuilder *b, MlirOperation op) {
  MlirValue core = addnormNpuCall(b, "addnormNpuCore", 0, NULL, i64Type(b));
  mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(op, 0),
                                irUnary(b, "arith.index_cast", core, mlirIndexTypeGet(b->context)));
}

static void lowerOp(MlirOperation op, MlirValue slot) {
  IrBuilder b = irBuilderBefore(op);
  if (irIs(op, "addnorm.scratchpad"))
    lowerScratchpad(&b, op, slot);
  else if (irIs(op, "addnorm.dma_start"))
    lowerStart(&b, op, slot);
  else if (irIs(op, "addnorm.dma_wait"))
    lowerWait(&b, op, slot);
  else if (irIs(op, "addnorm.dma_status"))
    mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(op, 0), irLoad(&b, slot, NULL));
  else
    lowerCore(&b, op);
  mlirOperationDestroy(op);
}

/* --- the pass -------------------------------------------------------------------------------- */

typedef struct Ops {
  MlirOperation *at;
  size_t count;
} Ops;

static void add(Ops *ops, MlirOperation op) {
  if ((ops->count & (ops->count - 1)) == 0)
    ops->at = realloc(ops->at, (ops->count ? 2 * ops->count : 1) * sizeof *ops->at);
  ops->at[ops->count++] = op;
}

static MlirWalkResult collectOps(MlirOperation op, void *ops) {
  static const char *const names[] = {"addnorm.scratchpad", "addnorm.dma_start", "addnorm.dma_wait",
                                      "addnorm.dma_status", "addnorm.core"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (irIs(op, names[i]))
      add(ops, op);
  return MlirWalkResultAdvance;
}

static MlirWalkResult collectFunctions(MlirOperation op, void *functions) {
  if (irIs(op, "func.func"))
    add(functions, op);
  return MlirWalkResultAdvance;
}

static void lowerFunction(MlirOperation function, const AddnormNpuTarget *machine) {
  Ops ops = {0};
  mlirOperationWalk(function, collectOps, &ops, MlirWalkPreOrder);
  if (ops.count) {
    if (machine)
      addnormNpuTrace(function, machine);
    MlirValue slot = makeSlot(function);
    for (size_t i = 0; i < ops.count; ++i)
      lowerOp(ops.at[i], slot);
    mlirOperationWalk(function, leaveSpaces, NULL, MlirWalkPreOrder);
  }
  free(ops.at);
}

static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__arith__(), mlirGetDialectHandle__func__(),
                                 mlirGetDialectHandle__llvm__(), mlirGetDialectHandle__memref__(),
                                 mlirGetDialectHandle__scf__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

/* Reports what could not be told to the runtime. */
static bool canTrace(MlirOperation root) {
  MlirOperation op = addnormNpuFindUntraced(root);
  if (mlirOperationIsNull(op))
    return true;
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  char message[256];
  snprintf(message, sizeof message,
           "addnorm-dma-to-calls: what %.*s does to a scratchpad cannot be traced",
           (int)(name.length < 100 ? name.length : 100), name.data);
  mlirEmitError(mlirOperationGetLocation(op), message);
  return false;
}

MlirLogicalResult addnormDmaToCalls(MlirOperation root, const AddnormDmaToCallsOptions *options) {
  AddnormNpuTarget found;
  const AddnormNpuTarget *machine = options->trace;
  char error[256], message[sizeof error + 32];
  if (!machine && options->traceName.length) {
    char *name = strndup(options->traceName.data, options->traceName.length);
    bool ok = addnormNpuTargetFind(name, &found, error, sizeof error);
    free(name);
    if (!ok) {
      snprintf(message, sizeof message, "addnorm-dma-to-calls: %s", error);
      mlirEmitError(mlirOperationGetLocation(root), message);
      return mlirLogicalResultFailure();
    }
    machine = &found;
  }
  loadDialects(mlirOperationGetContext(root));
  if (machine && !canTrace(root))
    return mlirLogicalResultFailure();
  Ops functions = {0};
  mlirOperationWalk(root, collectFunctions, &functions, MlirWalkPreOrder);
  for (size_t i = 0; i < functions.count; ++i)
    lowerFunction(functions.at[i], machine);
  free(functions.at);
  return mlirLogicalResultSuccess();
}
