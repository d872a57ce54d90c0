/* Target `npu`: a kernel that each core runs for its share of the rows, with tiles of them in the
 * core's scratchpad, moved by DMA while others are computed on, and a call of it for each plane of
 * the op. npu_rows.c and npu_columns.c are the two ways through the rows; what is computed on a
 * tile is the vector code of target `vector`, in the same order of the sum.
 *
 *   func @kernel(%core, addends, gamma, scalars, inits) -> i32
 *     %tiles = addnorm.scratchpad core %core at ..., ...
 *     if nothing has failed
 *       the core's row tiles
 *     return addnorm.dma_status */

#include "codegen/npu.h"
#include "codegen/dma.h"

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/rms_norm.h"
#include "codegen/callee.h"
#include "codegen/dma.h"
#include "codegen/emit.h"
#include "codegen/plane.h"
#include "codegen/query.h"
#include "mlir-c/Dialect/LLVM.h"

/* --- the plan -------------------------------------------------------------------------------- */

static MlirOperation moduleOf(MlirOperation op) {
  MlirOperation function = irFunctionOf(op);
  return mlirOperationIsNull(function) ? function : mlirOperationGetParentOperation(function);
}

static int64_t staticOrDynamic(int64_t size) {
  return size == mlirShapedTypeGetDynamicSize() ? ADDNORM_DYNAMIC : size;
}

/* Of one plane of the op. */
static AddnormScheduleQuery queryOf(MlirOperation op) {
  AddnormScheduleQuery query = addnormScheduleQueryOf(op);
  if (!mlirTypeIsAMemRef(mlirValueGetType(addnormRmsNormGetYInit(op))))
    return query;
  AddnormPlaneShape shape = addnormPlaneShapeOf(op);
  query.rows = staticOrDynamic(shape.rows);
  query.n = staticOrDynamic(shape.sizes[shape.rank - 1]);
  return query;
}

static const char *computeSchedule(MlirOperation op, const AddnormLowering *lowering,
                                   AddnormNpuSchedule *schedule) {
  AddnormScheduleQuery query = queryOf(op);
  return addnormNpuScheduleCompute(&query, &lowering->npu, schedule);
}

/* What is called where the kernel of a core has failed. */
static AddnormCallee failedCallee(MlirContext context) {
  MlirType parameters[] = {mlirIntegerTypeGet(context, 32), mlirLLVMPointerTypeGet(context, 0)};
  return addnormCalleeOf(context, irStr("addnormNpuFailed"), (MlirType){NULL}, 2, parameters);
}

/* Null, or why the kernel cannot be made there. */
static const char *checkModule(MlirOperation op, const AddnormLowering *lowering) {
  MlirOperation module = moduleOf(op);
  if (mlirOperationIsNull(module) || !irContains(lowering->root, module))
    return "its kernel needs a module to be in: run the pass on the module of the op's function";
  AddnormCallee failed = failedCallee(mlirOperationGetContext(op));
  return addnormCalleeIsFree(module, &failed) ? NULL : "the symbol addnormNpuFailed is taken";
}

/* Null, or why the op's tensors cannot be moved. */
static const char *checkMemory(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (addnormIsInScratchpad(mlirValueGetType(mlirOperationGetOperand(op, i))))
      return "an operand is in a scratchpad; kernels load from global memory";
  return NULL;
}

static bool planNpu(MlirOperation op, const AddnormLowering *lowering, char *text, size_t size) {
  AddnormNpuSchedule schedule;
  const char *reason = computeSchedule(op, lowering, &schedule);
  bool isLowered = !mlirOperationEqual(op, lowering->root);
  if (!reason)
    reason = checkMemory(op);
  if (!reason && isLowered)
    reason = checkModule(op, lowering);
  if (reason)
    snprintf(text, size, "%s", reason);
  else
    addnormNpuScheduleToJson(&schedule, text, size);
  return !reason;
}

/* The schedule of vector code that works on tiles. */
static AddnormSchedule scheduleCode(const Npu *npu) {
  const AddnormNpuSchedule *s = npu->schedule;
  AddnormScheduleQuery query = *npu->query;
  query.rows = ADDNORM_DYNAMIC;
  query.lanes = s->lanes;
  query.chunk = s->chunk > s->columnTile && !s->singlePass ? 0 : s->chunk;
  if (!s->singlePass)
    query.n = ADDNORM_DYNAMIC;
  AddnormTargetInfo info = {.scratchBytes = INT64_MAX / 2,
                            .alignment = npu->machine->scratchpadAlignment,
                            .lanes = s->lanes,
                            .cores = 1,
                            .vectorBytes = npu->machine->vectorBytes,
                            .vectorRegisters = npu->machine->vectorRegisters,
                            .maskedMemory = npu->machine->maskedMemory,
                            .leavesRounding = true};
  AddnormSchedule code;
  addnormScheduleCompute(&query, &info, &code);
  code.rowBuffer = s->rowBuffer;
  if (!s->singlePass)
    code.columnMask = addnormNpuHasShortBlocks(npu->query, s);
  return code;
}

/* --- the kernel ------------------------------------------------------------------------------ */

static NpuRole roleOf(MlirOperation op, MlirValue operand, intptr_t i) {
  if (!mlirTypeIsAMemRef(mlirValueGetType(operand)))
    return NPU_SCALAR;
  if (i < addnormRmsNormGetNumAddends(op))
    return mlirShapedTypeGetRank(mlirValueGetType(operand)) == 1 ? NPU_BIAS : NPU_ADDEND;
  if (mlirValueEqual(operand, addnormRmsNormGetGamma(op)))
    return NPU_GAMMA;
  if (mlirValueEqual(operand, addnormRmsNormGetRstdInit(op)))
    return NPU_RSTD;
  return mlirValueEqual(operand, addnormRmsNormGetYInit(op)) ? NPU_Y : NPU_SUM;
}

/* Whether transfers of several rows of `memref` may be one: i1, or null where the type says never.
 */
static MlirValue isInLine(const IrBuilder *b, const Npu *npu, MlirValue memref) {
  MlirType type = mlirValueGetType(memref);
  int64_t bytes = mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(type)) / 8;
  int64_t strides[2], offset, unit = npu->machine->globalAlignment;
  mlirMemRefTypeGetStridesAndOffset(type, strides, &offset);
  bool isStatic = strides[0] != mlirShapedTypeGetDynamicStrideOrOffset();
  if (isStatic && strides[0] % unit * bytes % unit != 0)
    return (MlirValue){NULL};
  enum { ROW_STRIDE = 4 };
  MlirValue stride = mlirOperationGetResult(irStridedMetadata(b, memref), ROW_STRIDE);
  stride = irBinary(b, "arith.muli", stride, irIndexConstant(b, bytes));
  MlirValue bits = irBinary(b, "arith.ori", irAddressOf(b, memref), stride);
  bits = irBinary(b, "arith.andi", bits, irIndexConstant(b, unit - 1));
  return irCompare(b, IR_EQUAL, bits, npu->zero);
}

static void describeOperands(const IrBuilder *b, Npu *npu) {
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    NpuOperand *operand = &npu->operands[i];
    operand->global = mlirOperationGetOperand(npu->op, i);
    operand->role = roleOf(npu->op, operand->global, i);
    bool hasRows =
        operand->role == NPU_ADDEND || addnormNpuIsResult(operand) || operand->role == NPU_RSTD;
    if (hasRows && npu->schedule->rowTile > 1)
      operand->inLine = isInLine(b, npu, operand->global);
  }
}

static MlirValue statusOf(const IrBuilder *b) {
  return irValue(b, "addnorm.dma_status", 0, NULL, mlirIntegerTypeGet(b->context, 32), NULL);
}

static MlirValue isOk(const IrBuilder *b, MlirValue status) {
  return irCompare(b, IR_EQUAL, status, irIntegerConstant(b, mlirValueGetType(status), 0));
}

static void takeMemories(Npu *npu) {
  MlirType f32 = mlirF32TypeGet(npu->entry.context);
  npu->memories.schedule = &npu->code;
  VectorMemory memories[MAX_VECTOR_MEMORIES];
  for (int i = 0, count = addnormVectorMemories(&npu->memories, memories); i < count; ++i)
    *memories[i].value = addnormNpuAllocate(npu, f32, 1, &memories[i].count);
}

static MlirValue countTiles(const IrBuilder *b, MlirValue rows, int64_t rowTile) {
  MlirValue most = irBinary(b, "arith.addi", rows, irIndexConstant(b, rowTile - 1));
  return irBinary(b, "arith.divui", most, irIndexConstant(b, rowTile));
}

static MlirValue countCores(const IrBuilder *b, MlirValue rows, const AddnormNpuSchedule *s) {
  return irBinary(b, "arith.minui", countTiles(b, rows, s->rowTile), irIndexConstant(b, s->grid));
}

/* The core's even share of the row tiles. */
static void emitTiles(const IrBuilder *b, Npu *npu) {
  takeMemories(npu);
  MlirValue tiles = countTiles(b, npu->rows, npu->schedule->rowTile);
  MlirValue cores = countCores(b, npu->rows, npu->schedule);
  MlirValue next = irBinary(b, "arith.addi", npu->core, npu->one);
  MlirValue before = irBinary(b, "arith.muli", tiles, npu->core);
  MlirValue upTo = irBinary(b, "arith.muli", tiles, next);
  MlirValue first = irBinary(b, "arith.divui", before, cores);
  MlirValue end = irBinary(b, "arith.divui", upTo, cores);
  if (npu->schedule->singlePass)
    addnormNpuSinglePass(b, npu, first, end);
  else
    addnormNpuMultiPass(b, npu, first, end);
}

/* In the body of a new kernel, the arguments of which are the core and the operands of an op like
 * `model`. */
static void emitKernel(const IrBuilder *b, MlirOperation model, const AddnormNpuSchedule *schedule,
                       const AddnormNpuTarget *machine) {
  AddnormScheduleQuery query = queryOf(model);
  Npu npu = {.machine = machine,
             .query = &query,
             .schedule = schedule,
             .numOperands = mlirOperationGetNumOperands(model),
             .core = mlirBlockGetArgument(b->block, 0),
             .zero = irIndexConstant(b, 0),
             .one = irIndexConstant(b, 1)};
  npu.code = scheduleCode(&npu);
  npu.op = irInsert(b, mlirOperationClone(model));
  for (intptr_t i = 0; i < npu.numOperands; ++i)
    mlirOperationSetOperand(npu.op, i, mlirBlockGetArgument(b->block, 1 + i));
  MlirValue y = addnormRmsNormGetYInit(npu.op);
  npu.rows = irDim(b, y, 0);
  npu.n = irDim(b, y, 1);
  npu.operands = calloc((size_t)npu.numOperands, sizeof *npu.operands);
  describeOperands(b, &npu);
  MlirValue taken = statusOf(b);
  npu.entry = irBuilderBefore(irDefiningOp(taken));
  IrBuilder then = irIf(b, isOk(b, taken), NULL);
  emitTiles(&then, &npu);
  MlirValue status = statusOf(b);
  irOp(b, "func.return", 1, &status, 0, NULL, NULL, 0, NULL);
  mlirOperationDestroy(npu.op);
  free(npu.operands);
}

/* --- the call -------------------------------------------------------------------------------- */

/* The arguments of the kernel: the core, to be set by the caller, and the operands of the op with
 * the plane's views for its memrefs. */
static void collectArguments(MlirOperation op, const AddnormPlane *plane, MlirValue *arguments) {
  intptr_t numAddends = addnormRmsNormGetNumAddends(op);
  MlirValue views[] = {plane->gamma, plane->y, plane->sum, plane->rstd};
  size_t next = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    arguments[1 + i] = i < numAddends ? plane->addends[i] : operand;
    if (i < numAddends || !mlirTypeIsAMemRef(mlirValueGetType(operand)))
      continue;
    while (mlirValueIsNull(views[next]))
      ++next;
    arguments[1 + i] = views[next++];
  }
}

static MlirType kernelType(MlirContext context, intptr_t count, const MlirValue *arguments) {
  MlirType inputs[count], i32 = mlirIntegerTypeGet(context, 32);
  inputs[0] = mlirIndexTypeGet(context);
  for (intptr_t i = 1; i < count; ++i)
    inputs[i] = mlirValueGetType(arguments[i]);
  return mlirFunctionTypeGet(context, count, inputs, 1, &i32);
}

static void callKernel(const IrBuilder *b, MlirAttribute name, intptr_t count,
                       const MlirValue *arguments, MlirAttribute site) {
  IrAttr attrs[] = {{"callee", name}, {NULL, {NULL}}};
  MlirValue status =
      irValue(b, "func.call", count, arguments, mlirIntegerTypeGet(b->context, 32), attrs);
  IrBuilder otherwise;
  irIf(b, isOk(b, status), &otherwise);
  AddnormCallee failed = failedCallee(b->context);
  addnormCalleeCall(&otherwise, &failed, 2,
                    (MlirValue[]){status, addnormSitePointer(&otherwise, site)});
}

static void launch(const IrBuilder *b, const AddnormLowering *lowering, MlirAttribute name,
                   MlirValue cores, intptr_t count, MlirValue *arguments, MlirAttribute site) {
  MlirValue zero = irIndexConstant(b, 0), one = irIndexConstant(b, 1);
  IrBuilder body;
  if (lowering->isSpmd) {
    arguments[0] = irValue(b, "addnorm.core", 0, NULL, mlirIndexTypeGet(b->context), NULL);
    body = irIf(b, irCompare(b, IR_LESS_UNSIGNED, arguments[0], cores), NULL);
  } else {
    body = irFor(b, zero, cores, one, &arguments[0]);
  }
  callKernel(&body, name, count, arguments, site);
}

static void emitNpu(MlirOperation op, AddnormLowering *lowering) {
  AddnormNpuSchedule schedule;
  computeSchedule(op, lowering, &schedule);
  IrBuilder b = irBuilderBefore(op), body;
  AddnormPlane plane = addnormPlaneOpen(&b, op);
  intptr_t count = 1 + mlirOperationGetNumOperands(op);
  MlirValue arguments[count];
  collectArguments(op, &plane, arguments);
  MlirType type = kernelType(b.context, count, arguments);
  MlirAttribute name = addnormNpuKernelFor(&lowering->kernels, moduleOf(op), op, type, &body);
  if (!mlirBlockIsNull(body.block))
    emitKernel(&body, op, &schedule, &lowering->npu);
  MlirValue cores = countCores(&plane.body, plane.rows, &schedule);
  AddnormCallee failed = failedCallee(b.context);
  addnormCalleeDeclare(moduleOf(op), &failed);
  launch(&plane.body, lowering, name, cores, count, arguments, addnormAddSite(moduleOf(op), op));
  addnormPlaneDestroy(&plane);
}

const AddnormTarget addnormNpuTarget = {
    .name = "npu",
    .summary = "kernels for cores with a scratchpad and DMA",
    .plan = planNpu,
    .emit = emitNpu,
};
