/* Single pass: a step is a tile of whole rows.
 *
 *   start loading gamma and the biases, and with the same tag the first tile; then one tile for
 * each buffer but one for each tile of the core: start loading the next tile that has not been
 * started wait for this one, and until the results that were in its buffer have left compute start
 * storing the results wait for the results of the last tiles, one for each of their buffers
 *
 * With one buffer a tile is loaded when the one before it has been computed. */

#include "codegen/npu.h"

static void layOut(Npu *npu) {
  const AddnormNpuSchedule *s = npu->schedule;
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    NpuOperand *operand = &npu->operands[i];
    if (operand->role == NPU_RSTD)
      addnormNpuAllocateStatistics(npu, operand);
    else if (addnormNpuIsVector(operand))
      addnormNpuAllocateTiles(npu, operand, 1, 1, s->pitch);
    else if (operand->role != NPU_SCALAR)
      addnormNpuAllocateTiles(npu, operand,
                              addnormNpuIsResult(operand) ? s->resultBuffers : s->buffers,
                              s->rowTile, s->pitch);
  }
}

/* A step: the rows of a tile and the buffers they are in. */
typedef struct Step {
  IrIndex first, rows;
  IrIndex loaded, stored; /* copies */
  MlirValue loadTag, storeTag;
} Step;

static Step stepAt(const IrBuilder *b, const Npu *npu, MlirValue tile, MlirValue firstTile) {
  const AddnormNpuSchedule *s = npu->schedule;
  MlirValue buffers = irIndexConstant(b, s->buffers), tileRows = irIndexConstant(b, s->rowTile);
  MlirValue step = irBinary(b, "arith.subi", tile, firstTile);
  MlirValue loaded = irBinary(b, "arith.remui", step, buffers);
  MlirValue stored = irBinary(b, "arith.remui", step, irIndexConstant(b, s->resultBuffers));
  MlirValue first = irBinary(b, "arith.muli", tile, tileRows);
  MlirValue rest = irBinary(b, "arith.subi", npu->rows, first);
  return (Step){.first = irAt(first),
                .rows = s->rowMask ? irAt(irBinary(b, "arith.minui", rest, tileRows))
                                   : irKnown(s->rowTile),
                .loaded = irAt(loaded),
                .stored = irAt(stored),
                .loadTag = loaded,
                .storeTag = irBinary(b, "arith.addi", stored, buffers)};
}

static void startLoads(const IrBuilder *b, const Npu *npu, const Step *step) {
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (operand->role != NPU_ADDEND)
      continue;
    IrIndex n = irKnown(npu->query->n);
    MlirValue from = addnormNpuGlobal(b, operand, step->first, step->rows, irKnown(0), n);
    MlirValue to = addnormNpuTile(b, operand, step->loaded, step->rows, n);
    addnormNpuStart(b, npu, operand, from, to, step->loadTag);
  }
}

static void startStores(const IrBuilder *b, const Npu *npu, const Step *step) {
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (operand->role == NPU_RSTD)
      addnormNpuStartStatistics(b, npu, operand, step->stored, step->first, step->rows,
                                step->storeTag);
    if (!addnormNpuIsResult(operand))
      continue;
    IrIndex n = irKnown(npu->query->n);
    MlirValue from = addnormNpuTile(b, operand, step->stored, step->rows, n);
    MlirValue to = addnormNpuGlobal(b, operand, step->first, step->rows, irKnown(0), n);
    addnormNpuStart(b, npu, operand, from, to, step->storeTag);
  }
}

/* They are waited for together with the tile of `step`. */
static void startVectors(const IrBuilder *b, const Npu *npu, const Step *step) {
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (!addnormNpuIsVector(operand))
      continue;
    IrIndex none = irKnown(0), one = irKnown(1), n = irKnown(npu->query->n);
    addnormNpuStart(b, npu, operand, addnormNpuGlobal(b, operand, none, one, none, n),
                    addnormNpuTile(b, operand, none, one, n), step->loadTag);
  }
}

static void compute(const IrBuilder *b, const Npu *npu, const Step *step) {
  MlirValue operands[npu->numOperands];
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    IrIndex copy = operand->role == NPU_ADDEND   ? step->loaded
                   : addnormNpuIsVector(operand) ? irKnown(0)
                                                 : step->stored;
    IrIndex count = operand->role == NPU_RSTD ? irKnown(1) : irKnown(npu->query->n);
    operands[i] = operand->role == NPU_SCALAR ? operand->global
                                              : addnormNpuTile(b, operand, copy, step->rows, count);
  }
  Vectors v = addnormNpuVectors(b, npu, operands);
  addnormVectorRows(b, &v, npu->zero, v.rows);
  mlirOperationDestroy(v.formula.op);
}

/* Starts loading the tile `distance` behind `tile`, if there is one. */
static void startAhead(const IrBuilder *b, const Npu *npu, MlirValue tile, int64_t distance,
                       MlirValue first, MlirValue end) {
  MlirValue next = irBinary(b, "arith.addi", tile, irIndexConstant(b, distance));
  IrBuilder then = irIf(b, irCompare(b, IR_LESS_UNSIGNED, next, end), NULL);
  Step step = stepAt(&then, npu, next, first);
  startLoads(&then, npu, &step);
}

static void waitForBuffer(const IrBuilder *b, const Npu *npu, const Step *step, MlirValue tile,
                          MlirValue first) {
  MlirValue buffers = irIndexConstant(b, npu->schedule->resultBuffers);
  MlirValue filled = irBinary(b, "arith.addi", first, buffers);
  IrBuilder otherwise;
  irIf(b, irCompare(b, IR_LESS_UNSIGNED, tile, filled), &otherwise);
  addnormNpuWait(&otherwise, npu, step->storeTag);
}

static void emitStep(const IrBuilder *b, const Npu *npu, MlirValue tile, MlirValue first,
                     MlirValue end) {
  int64_t ahead = npu->schedule->buffers - 1;
  Step step = stepAt(b, npu, tile, first);
  if (ahead)
    startAhead(b, npu, tile, ahead, first, end);
  addnormNpuWait(b, npu, step.loadTag);
  waitForBuffer(b, npu, &step, tile, first);
  compute(b, npu, &step);
  startStores(b, npu, &step);
  if (!ahead)
    startAhead(b, npu, tile, 1, first, end);
}

/* The tiles that are on their way in before the first one is computed. */
static void startFirst(const IrBuilder *b, const Npu *npu, MlirValue first, MlirValue end) {
  int64_t ahead = npu->schedule->buffers - 1;
  Step step = stepAt(b, npu, first, first);
  startVectors(b, npu, &step);
  startLoads(b, npu, &step);
  if (ahead < 2)
    return;
  MlirValue behind = irBinary(b, "arith.addi", first, irIndexConstant(b, ahead)), tile;
  IrBuilder body = irFor(b, irBinary(b, "arith.addi", first, npu->one),
                         irBinary(b, "arith.minui", behind, end), npu->one, &tile);
  step = stepAt(&body, npu, tile, first);
  startLoads(&body, npu, &step);
}

static void waitForResults(const IrBuilder *b, const Npu *npu, MlirValue first, MlirValue end) {
  MlirValue buffers = irIndexConstant(b, npu->schedule->resultBuffers), tile;
  MlirValue pending = irBinary(b, "arith.minui", buffers, irBinary(b, "arith.subi", end, first));
  IrBuilder body = irFor(b, irBinary(b, "arith.subi", end, pending), end, npu->one, &tile);
  addnormNpuWait(&body, npu, stepAt(&body, npu, tile, first).storeTag);
}

void addnormNpuSinglePass(const IrBuilder *b, Npu *npu, MlirValue first, MlirValue end) {
  layOut(npu);
  startFirst(b, npu, first, end);
  MlirValue tile;
  IrBuilder body = irFor(b, first, end, npu->one, &tile);
  emitStep(&body, npu, tile, first, end);
  waitForResults(b, npu, first, end);
}
