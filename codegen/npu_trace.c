/* Tracing: the code tells the runtime what it does to its scratchpad, access by access, and how
 * long it computes, block by block. What is counted is the ops of the emitted code, each at the
 * machine's cost; index arithmetic and control flow are taken to hide behind them. */

#include "codegen/dma.h"
#include "lib/ir/view.h"
#include "mlir-c/Dialect/LLVM.h"

/* What a walk over a function collects before anything is inserted. */
typedef struct Trace {
  const AddnormNpuTarget *machine;
  MlirValue core; /* i64 */
} Trace;

/* --- accesses -------------------------------------------------------------------------------- */

typedef struct Access {
  const char *name;
  intptr_t memref; /* which operand; the indices follow it */
  bool isWrite, isMasked;
} Access;

static const Access accesses[] = {
    {"vector.load", 0, false, false},      {"vector.store", 1, true, false},
    {"vector.maskedload", 0, false, true}, {"vector.maskedstore", 0, true, true},
    {"memref.load", 0, false, false},      {"memref.store", 1, true, false},
};

static const Access *accessOf(MlirOperation op) {
  for (size_t i = 0; i < sizeof accesses / sizeof *accesses; ++i)
    if (irIs(op, accesses[i].name) &&
        addnormIsInScratchpad(mlirValueGetType(mlirOperationGetOperand(op, accesses[i].memref))))
      return &accesses[i];
  return NULL;
}

static int64_t bytesOf(MlirType type) {
  int64_t count = mlirTypeIsAVector(type) ? mlirShapedTypeGetDimSize(type, 0) : 1;
  MlirType element = irElementType(type);
  if (mlirTypeIsAFloat(element))
    return count * mlirFloatTypeGetWidth(element) / 8;
  return mlirTypeIsAInteger(element) ? count * ((mlirIntegerTypeGetWidth(element) + 7) / 8) : 0;
}

/* What is loaded or stored. */
static MlirType dataType(MlirOperation op, const Access *access) {
  if (!access->isWrite)
    return mlirValueGetType(mlirOperationGetResult(op, 0));
  intptr_t last = mlirOperationGetNumOperands(op) - 1;
  return mlirValueGetType(mlirOperationGetOperand(op, access->isMasked ? last : 0));
}

static MlirValue addressOf(const IrBuilder *b, MlirOperation op, const Access *access) {
  MlirValue memref = mlirOperationGetOperand(op, access->memref);
  MlirType type = mlirValueGetType(memref);
  int64_t rank = mlirShapedTypeGetRank(type);
  MlirOperation metadata = irStridedMetadata(b, memref);
  MlirValue elements = irIndexConstant(b, 0);
  for (int64_t d = 0; d < rank; ++d) {
    MlirValue index = mlirOperationGetOperand(op, access->memref + 1 + d);
    MlirValue stride = mlirOperationGetResult(metadata, 2 + rank + d);
    elements = irBinary(b, "arith.addi", elements, irBinary(b, "arith.muli", index, stride));
  }
  return addnormPointerTo(b, memref, elements);
}

/* How many elements, from the first on, a mask selects of `count`; null where it does not say. */
static MlirValue selectedBy(const IrBuilder *b, MlirOperation mask, int64_t count) {
  if (irIs(mask, "vector.constant_mask"))
    return irIndexConstant(b,
                           mlirDenseI64ArrayGetElement(
                               mlirOperationGetAttributeByName(mask, irStr("mask_dim_sizes")), 0));
  if (!irIs(mask, "vector.create_mask"))
    return (MlirValue){NULL};
  MlirValue most = irIndexConstant(b, count), least = irIndexConstant(b, 0);
  MlirValue limited = irBinary(b, "arith.minsi", mlirOperationGetOperand(mask, 0), most);
  return irBinary(b, "arith.maxsi", limited, least);
}

/* The bytes it touches: under a mask that counts, those of so many elements. */
static MlirValue lengthOf(const IrBuilder *b, MlirOperation op, const Access *access) {
  MlirType type = dataType(op, access);
  int64_t all = bytesOf(type);
  intptr_t beforeLast = mlirOperationGetNumOperands(op) - 2;
  MlirOperation mask = access->isMasked ? irDefiningOp(mlirOperationGetOperand(op, beforeLast))
                                        : (MlirOperation){NULL};
  if (mlirOperationIsNull(mask))
    return irIndexConstant(b, all);
  int64_t count = mlirShapedTypeGetDimSize(type, 0);
  MlirValue selected = selectedBy(b, mask, count);
  if (mlirValueIsNull(selected))
    return irIndexConstant(b, all);
  return irBinary(b, "arith.muli", selected, irIndexConstant(b, all / count));
}

static void traceAccess(MlirOperation op, const Access *access, MlirValue core) {
  IrBuilder b = irBuilderBefore(op);
  MlirType i64 = mlirIntegerTypeGet(b.context, 64), i32 = mlirIntegerTypeGet(b.context, 32);
  MlirValue operands[] = {core, addressOf(&b, op, access),
                          irUnary(&b, "arith.index_cast", lengthOf(&b, op, access), i64),
                          irIntegerConstant(&b, i32, access->isWrite)};
  addnormNpuCall(&b, "addnormNpuTraceAccess", 4, operands, (MlirType){NULL});
}

/* Whether the op reads and writes nothing in memory itself. */
static bool isView(MlirOperation op) {
  static const char *const names[] = {"memref.subview",
                                      "memref.cast",
                                      "memref.reinterpret_cast",
                                      "memref.collapse_shape",
                                      "memref.expand_shape",
                                      "memref.dim",
                                      "memref.extract_strided_metadata",
                                      "memref.extract_aligned_pointer_as_index",
                                      "memref.assume_alignment"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (irIs(op, names[i]))
      return true;
  return false;
}

static MlirWalkResult findUntraced(MlirOperation op, void *found) {
  if (accessOf(op) || isView(op) || irIs(op, "addnorm.dma_start"))
    return MlirWalkResultAdvance;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (addnormIsInScratchpad(mlirValueGetType(mlirOperationGetOperand(op, i)))) {
      *(MlirOperation *)found = op;
      return MlirWalkResultInterrupt;
    }
  return MlirWalkResultAdvance;
}

MlirOperation addnormNpuFindUntraced(MlirOperation root) {
  MlirOperation found = {NULL};
  mlirOperationWalk(root, findUntraced, &found, MlirWalkPreOrder);
  return found;
}

/* --- work ------------------------------------------------------------------------------------ */

static bool startsWith(MlirOperation op, const char *prefix) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  size_t length = strlen(prefix);
  return name.length > length && memcmp(name.data, prefix, length) == 0;
}

/* Registers that hold the widest operand or result. */
static double registersOf(MlirOperation op, int64_t vectorBytes) {
  int64_t bytes = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetOperand(op, i));
    if (mlirTypeIsAVector(type) && bytesOf(type) > bytes)
      bytes = bytesOf(type);
  }
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetResult(op, i));
    if (mlirTypeIsAVector(type) && bytesOf(type) > bytes)
      bytes = bytesOf(type);
  }
  return (double)((bytes + vectorBytes - 1) / vectorBytes);
}

/* The same bits by another name. */
static bool isRenaming(MlirOperation op) { return irIs(op, "arith.bitcast"); }

static double scalarCost(MlirOperation op, const AddnormNpuTarget *m) {
  if (mlirOperationGetNumResults(op) != 1 || isRenaming(op) ||
      !mlirTypeIsAFloat(mlirValueGetType(mlirOperationGetResult(op, 0))))
    return 0;
  if (irIs(op, "arith.divf") || irIs(op, "math.sqrt"))
    return m->rootCost;
  return startsWith(op, "arith.") || startsWith(op, "math.") ? m->scalarCost : 0;
}

static double elementCost(MlirOperation op, const AddnormNpuTarget *m) {
  MlirType element = irElementType(mlirValueGetType(mlirOperationGetResult(op, 0)));
  if (mlirTypeIsAF16(element))
    return m->f16Cost;
  return mlirTypeIsABF16(element) ? m->bf16Cost : m->f32Cost;
}

/* Parts of a vector that are whole registers only have other names. */
static double moveCost(MlirOperation op, const AddnormNpuTarget *m) {
  int64_t bytes = bytesOf(mlirValueGetType(mlirOperationGetResult(op, 0)));
  bool isFree = !irIs(op, "vector.shuffle") && bytes % m->vectorBytes == 0;
  return isFree ? 0 : m->f32Cost;
}

static double vectorCost(MlirOperation op, const AddnormNpuTarget *m) {
  const Access *access = accessOf(op);
  double registers = registersOf(op, m->vectorBytes);
  if (access)
    return registers * (m->memoryCost + (access->isMasked ? m->maskCost : 0));
  if (mlirOperationGetNumResults(op) != 1 || irIs(op, "arith.constant") || isRenaming(op))
    return 0;
  if (irIs(op, "arith.extf") || irIs(op, "arith.truncf"))
    return registers * m->convertCost;
  if (irIs(op, "vector.shuffle") || irIs(op, "vector.extract_strided_slice"))
    return registers * moveCost(op, m);
  if (startsWith(op, "arith.") || startsWith(op, "math."))
    return registers * elementCost(op, m);
  return 0;
}

static bool hasVectors(MlirOperation op) { return registersOf(op, 1) > 0; }

static double costOf(MlirOperation op, const AddnormNpuTarget *m) {
  if (hasVectors(op))
    return vectorCost(op, m);
  return accessOf(op) ? m->scalarCost : scalarCost(op, m);
}

/* Reports the work that has gathered, and begins anew. */
static void traceWork(const IrBuilder *b, double *cycles, MlirValue core) {
  MlirValue operands[] = {core, irFloatConstant(b, mlirF64TypeGet(b->context), *cycles)};
  if (*cycles > 0)
    addnormNpuCall(b, "addnormNpuTraceWork", 2, operands, (MlirType){NULL});
  *cycles = 0;
}

static MlirWalkResult findTransfer(MlirOperation op, void *found) {
  *(bool *)found = irIs(op, "addnorm.dma_start") || irIs(op, "addnorm.dma_wait");
  return *(bool *)found ? MlirWalkResultInterrupt : MlirWalkResultAdvance;
}

/* Whether a transfer is started or waited for in `op`. */
static bool movesTiles(MlirOperation op) {
  bool found = false;
  mlirOperationWalk(op, findTransfer, &found, MlirWalkPreOrder);
  return found;
}

/* --- the function ---------------------------------------------------------------------------- */

/* A block's work is reported at its end, and before each transfer: a tile is stored after it was
 * computed. */
static void traceBlock(MlirBlock block, const Trace *trace) {
  double cycles = 0;
  MlirOperation op = mlirBlockGetFirstOperation(block), next;
  for (; !mlirOperationIsNull(op); op = next) {
    next = mlirOperationGetNextInBlock(op);
    const Access *access = accessOf(op);
    if (access)
      traceAccess(op, access, trace->core);
    IrBuilder before = irBuilderBefore(op);
    if (mlirOperationIsNull(next) || movesTiles(op))
      traceWork(&before, &cycles, trace->core);
    cycles += costOf(op, trace->machine);
    for (intptr_t r = 0; r < mlirOperationGetNumRegions(op); ++r) {
      MlirBlock inner = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, r));
      for (; !mlirBlockIsNull(inner); inner = mlirBlockGetNextInRegion(inner))
        traceBlock(inner, trace);
    }
  }
}

static MlirWalkResult findScratchpad(MlirOperation op, void *found) {
  if (!irIs(op, "addnorm.scratchpad"))
    return MlirWalkResultAdvance;
  *(MlirOperation *)found = op;
  return MlirWalkResultInterrupt;
}

void addnormNpuTrace(MlirOperation function, const AddnormNpuTarget *machine) {
  MlirOperation scratchpad = {NULL};
  mlirOperationWalk(function, findScratchpad, &scratchpad, MlirWalkPreOrder);
  if (mlirOperationIsNull(scratchpad))
    return;
  IrBuilder b = irBuilderBefore(scratchpad);
  MlirValue core = mlirOperationGetOperand(scratchpad, 0);
  Trace trace = {machine, irUnary(&b, "arith.index_cast", core, mlirIntegerTypeGet(b.context, 64))};
  MlirBlock block = mlirOperationGetBlock(scratchpad);
  traceBlock(block, &trace);
}
