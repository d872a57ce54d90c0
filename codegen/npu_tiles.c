/* Tiles: where they lie in the scratchpad, and how they get there and back. */

#include "addnorm-c/rms_norm.h"
#include "codegen/npu.h"

static int64_t bytesOf(MlirType element) { return mlirFloatTypeGetWidth(element) / 8; }

static MlirType elementOf(MlirValue memref) {
  return mlirShapedTypeGetElementType(mlirValueGetType(memref));
}

bool addnormNpuIsVector(const NpuOperand *operand) {
  return operand->role == NPU_BIAS || operand->role == NPU_GAMMA;
}

bool addnormNpuIsResult(const NpuOperand *operand) {
  return operand->role == NPU_Y || operand->role == NPU_SUM;
}

MlirValue addnormNpuAllocate(Npu *npu, MlirType element, int64_t rank, const int64_t *sizes) {
  const IrBuilder *b = &npu->entry;
  int64_t bytes = bytesOf(element), unit = npu->machine->scratchpadAlignment;
  for (int64_t d = 0; d < rank; ++d)
    bytes *= sizes[d];
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"offset", mlirIntegerAttrGet(i64, npu->usedBytes)}, {NULL, {NULL}}};
  npu->usedBytes += (bytes + unit - 1) / unit * unit;
  MlirAttribute space = mlirAttributeParseGet(b->context, irStr("#addnorm.scratchpad"));
  MlirType type = mlirMemRefTypeContiguousGet(element, rank, sizes, space);
  return irValue(b, "addnorm.scratchpad", 1, &npu->core, type, attrs);
}

void addnormNpuAllocateTiles(Npu *npu, NpuOperand *operand, int64_t copies, int64_t rows,
                             int64_t columns) {
  int64_t sizes[] = {copies, rows, columns};
  operand->tiles = addnormNpuAllocate(npu, elementOf(operand->global), 3, sizes);
}

/* Where they lie one behind the other in global memory they do so here, and are one row to a
 * transfer; otherwise each is an aligned row of its own. */
void addnormNpuAllocateStatistics(Npu *npu, NpuOperand *operand) {
  const AddnormNpuSchedule *s = npu->schedule;
  int64_t copies = addnormNpuStatisticBuffers(npu->query, s);
  int64_t unit = npu->machine->scratchpadAlignment / bytesOf(elementOf(operand->global));
  int64_t strides[2], offset;
  mlirMemRefTypeGetStridesAndOffset(mlirValueGetType(operand->global), strides, &offset);
  if (unit > 1 && strides[0] != 1)
    addnormNpuAllocateTiles(npu, operand, copies, s->rowTile, unit);
  else if (unit > 1)
    addnormNpuAllocateTiles(npu, operand, copies, (s->rowTile + unit - 1) / unit * unit, 1);
  else
    addnormNpuAllocateTiles(npu, operand, copies, s->rowTile, 1);
}

/* --- views ----------------------------------------------------------------------------------- */

MlirValue addnormNpuGlobal(const IrBuilder *b, const NpuOperand *operand, IrIndex first,
                           IrIndex rows, IrIndex start, IrIndex count) {
  if (mlirShapedTypeGetRank(mlirValueGetType(operand->global)) == 1)
    return irSubview(b, operand->global, &start, &count, NULL);
  return irSubview(b, operand->global, (IrIndex[]){first, start}, (IrIndex[]){rows, count}, NULL);
}

MlirValue addnormNpuTile(const IrBuilder *b, const NpuOperand *operand, IrIndex copy, IrIndex rows,
                         IrIndex count) {
  bool isVector = mlirShapedTypeGetRank(mlirValueGetType(operand->global)) == 1;
  return irSubview(b, operand->tiles, (IrIndex[]){copy, irKnown(0), irKnown(0)},
                   (IrIndex[]){irKnown(1), isVector ? irKnown(1) : rows, count},
                   (bool[]){true, isVector, false});
}

/* --- transfers ------------------------------------------------------------------------------- */

/* Loads share all queues but the last, which stores have for themselves where there are several. */
static int64_t queueOf(const Npu *npu, const NpuOperand *operand) {
  int64_t last = npu->machine->queues - 1;
  if (addnormNpuIsResult(operand) || operand->role == NPU_RSTD || last == 0)
    return last;
  return (operand - npu->operands) % last;
}

static void startOne(const IrBuilder *b, const Npu *npu, const NpuOperand *operand, MlirValue from,
                     MlirValue to, MlirValue tag) {
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"queue", mlirIntegerAttrGet(i64, queueOf(npu, operand))}, {NULL, {NULL}}};
  MlirValue operands[] = {from, to, npu->core, tag};
  irOp(b, "addnorm.dma_start", 4, operands, 0, NULL, attrs, 0, NULL);
}

static IrIndex sizeOf(const IrBuilder *b, MlirValue memref, int64_t dim) {
  MlirType type = mlirValueGetType(memref);
  if (!mlirShapedTypeIsDynamicDim(type, dim))
    return irKnown(mlirShapedTypeGetDimSize(type, dim));
  return irAt(irDim(b, memref, dim));
}

static MlirValue rowOf(const IrBuilder *b, MlirValue memref, MlirValue row) {
  IrIndex sizes[] = {irKnown(1), sizeOf(b, memref, 1)};
  return irSubview(b, memref, (IrIndex[]){irAt(row), irKnown(0)}, sizes, (bool[]){true, false});
}

static void startRows(const IrBuilder *b, const Npu *npu, const NpuOperand *operand, MlirValue from,
                      MlirValue to, MlirValue tag) {
  MlirValue row;
  IrBuilder body = irFor(b, npu->zero, irDim(b, from, 0), npu->one, &row);
  startOne(&body, npu, operand, rowOf(&body, from, row), rowOf(&body, to, row), tag);
}

static void startTile(const IrBuilder *b, const Npu *npu, const NpuOperand *operand, MlirValue from,
                      MlirValue to, MlirValue tag) {
  MlirType type = mlirValueGetType(from);
  bool isOneRow = mlirShapedTypeGetRank(type) == 1 || mlirShapedTypeGetDimSize(type, 0) == 1;
  if (isOneRow) {
    startOne(b, npu, operand, from, to, tag);
    return;
  }
  if (mlirValueIsNull(operand->inLine)) {
    startRows(b, npu, operand, from, to, tag);
    return;
  }
  IrBuilder otherwise, then = irIf(b, operand->inLine, &otherwise);
  startOne(&then, npu, operand, from, to, tag);
  startRows(&otherwise, npu, operand, from, to, tag);
}

static MlirValue columnsOf(const IrBuilder *b, MlirValue memref, int64_t start, int64_t count) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  IrIndex offsets[] = {irKnown(0), irKnown(start)};
  IrIndex sizes[] = {sizeOf(b, memref, 0), irKnown(count)};
  return irSubview(b, memref, offsets + 2 - rank, rank == 1 ? sizes + 1 : sizes, NULL);
}

void addnormNpuStart(const IrBuilder *b, const Npu *npu, const NpuOperand *operand, MlirValue from,
                     MlirValue to, MlirValue tag) {
  MlirType type = mlirValueGetType(from);
  int64_t last = mlirShapedTypeGetRank(type) - 1;
  int64_t most = npu->machine->maxRowBytes / bytesOf(mlirShapedTypeGetElementType(type));
  bool fits = npu->machine->maxRowBytes == 0 || mlirShapedTypeIsDynamicDim(type, last) ||
              mlirShapedTypeGetDimSize(type, last) <= most;
  if (fits) {
    startTile(b, npu, operand, from, to, tag);
    return;
  }
  int64_t unit = npu->machine->scratchpadAlignment / bytesOf(mlirShapedTypeGetElementType(type));
  most = most / unit * unit;
  for (int64_t n = mlirShapedTypeGetDimSize(type, last), start = 0; start < n; start += most) {
    int64_t count = n - start < most ? n - start : most;
    startTile(b, npu, operand, columnsOf(b, from, start, count), columnsOf(b, to, start, count),
              tag);
  }
}

void addnormNpuWait(const IrBuilder *b, const Npu *npu, MlirValue tag) {
  MlirValue operands[] = {npu->core, tag};
  irOp(b, "addnorm.dma_wait", 2, operands, 0, NULL, NULL, 0, NULL);
}

/* Those that lie one behind the other are one row of as many elements. */
void addnormNpuStartStatistics(const IrBuilder *b, const Npu *npu, const NpuOperand *operand,
                               IrIndex copy, IrIndex first, IrIndex rows, MlirValue tag) {
  MlirValue tile = addnormNpuTile(b, operand, copy, rows, irKnown(1));
  MlirValue global = addnormNpuGlobal(b, operand, first, rows, irKnown(0), irKnown(1));
  int64_t strides[2], offset;
  mlirMemRefTypeGetStridesAndOffset(mlirValueGetType(tile), strides, &offset);
  if (strides[0] != 1) {
    startTile(b, npu, operand, tile, global, tag);
    return;
  }
  bool isColumn[] = {false, true};
  IrIndex zeros[] = {irKnown(0), irKnown(0)}, sizes[] = {rows, irKnown(1)};
  startOne(b, npu, operand, irSubview(b, tile, zeros, sizes, isColumn),
           irSubview(b, global, zeros, sizes, isColumn), tag);
}

/* --- code ------------------------------------------------------------------------------------ */

Vectors addnormNpuVectors(const IrBuilder *b, const Npu *npu, const MlirValue *operands) {
  MlirOperation op = irInsert(b, mlirOperationClone(npu->op));
  for (intptr_t i = 0; i < npu->numOperands; ++i)
    mlirOperationSetOperand(op, i, operands[i]);
  Vectors v = addnormVectorsOf(b, op, &npu->code);
  v.rowBuffer = npu->memories.rowBuffer;
  v.tail = npu->memories.tail;
  v.partials = npu->memories.partials;
  v.chunkPartials = npu->memories.chunkPartials;
  return v;
}
