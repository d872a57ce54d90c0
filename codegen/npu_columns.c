/* Multi pass: a step is a tile of columns of two rows. Of one row, the statistic of which is known,
 * it stores results; of the next one it adds up squares. So a walk over the columns follows
 * another, one more than there are rows:
 *
 *   walk 0:           squares of row 0
 *   walk 1:           results of row 0, squares of row 1
 *   ...
 *   walk `rows`:      results of the last row
 *
 * and all steps of all walks are one line in which the tiles of the next steps, one fewer than
 * there are buffers, are on their way in while this one is computed. What a step needs depends on
 * its walk and its tile:
 *
 *   addends of the next row         but for the last walk
 *   addends of the row to be stored but for the first walk, and only where t is not kept
 *   gamma                           but for the first walk; a kept tile only in the second
 *   biases                          where addends are needed; a kept tile only in the first
 *
 * The kept columns of t belong to the row that is being stored until its results are computed, and
 * to the next row from then on. They are stored as its sum right then, in the step that adds up its
 * squares; elsewhere the sum is stored with the other results, for it may lie over an addend that
 * has to be read once more. */

#include "addnorm-c/rms_norm.h"
#include "codegen/npu.h"

/* What the steps of one kernel share. */
typedef struct Walks {
  const Npu *npu;
  MlirValue firstRow, numRows; /* of the core */
  MlirValue numTiles;          /* of a walk */
  MlirValue numRuns;           /* of a row: what is kept of t is some of them */
  MlirValue kept;              /* memref<keptColumns x f32>, or null */
  MlirValue partials;          /* of the row being summed */
  MlirValue chunkPartials;     /* of its chunk, where tiles are shorter than one; or null */
  MlirValue rstd;              /* memref<1xf32>: of the row being stored */
} Walks;

/* A step. */
typedef struct Step {
  MlirValue number;
  MlirValue walk, tile;             /* the tile of the walk */
  MlirValue copy, resultCopy;       /* the buffers it loads to and stores from */
  MlirValue doneRow, nextRow;       /* the row to be stored, the row to be summed */
  MlirValue hasDone, hasNext;       /* i1 */
  MlirValue isFirst, isSecond;      /* i1: of the walks */
  MlirValue isKept, isKeptOfVector; /* i1: the tile of t, of gamma and the biases */
  MlirValue start;                  /* column */
  MlirValue keptStart;              /* its place among the kept ones, if it is one */
  IrIndex columns;
} Step;

static MlirValue both(const IrBuilder *b, MlirValue x, MlirValue y) {
  return irBinary(b, "arith.andi", x, y);
}
static MlirValue either(const IrBuilder *b, MlirValue x, MlirValue y) {
  return irBinary(b, "arith.ori", x, y);
}
static MlirValue negation(const IrBuilder *b, MlirValue x) {
  return irBinary(b, "arith.xori", x, irIntegerConstant(b, mlirValueGetType(x), 1));
}
static MlirValue isBelow(const IrBuilder *b, MlirValue x, MlirValue y) {
  return irCompare(b, IR_LESS_UNSIGNED, x, y);
}
static MlirValue ceilDiv(const IrBuilder *b, MlirValue x, int64_t y) {
  MlirValue most = irBinary(b, "arith.addi", x, irIndexConstant(b, y - 1));
  return irBinary(b, "arith.divui", most, irIndexConstant(b, y));
}

/* Whether so many columns are whole rows. */
static bool keepsAll(const Npu *npu, int64_t columns) {
  return npu->query->n != ADDNORM_DYNAMIC && columns >= npu->query->n;
}

static bool keepsAllSums(const Npu *npu) { return keepsAll(npu, npu->schedule->keptColumns); }

/* Whether addends of two rows are in the scratchpad at a time. */
static bool hasTwoRows(const Npu *npu) {
  return !keepsAllSums(npu) && addnormNpuHasTwoRows(npu->query, npu->schedule);
}

/* Whether the sum is stored from where t is kept. */
static bool storesKept(const Npu *npu) { return addnormNpuStoresKept(npu->query, npu->schedule); }

/* --- columns --------------------------------------------------------------------------------- */

/* Whether tiles are parts of chunks; otherwise they are whole ones. */
static bool cutsChunks(const AddnormNpuSchedule *s) { return s->chunk > s->columnTile; }

/* Tiles in a chunk that is cut. */
static int64_t tilesOfChunk(const AddnormNpuSchedule *s) {
  return (s->chunk + s->columnTile - 1) / s->columnTile;
}

/* At least one, which has no columns when the row has none. */
static MlirValue countTiles(const IrBuilder *b, const Npu *npu) {
  const AddnormNpuSchedule *s = npu->schedule;
  if (!cutsChunks(s))
    return irBinary(b, "arith.maxui", ceilDiv(b, npu->n, s->columnTile), npu->one);
  MlirValue chunk = irIndexConstant(b, s->chunk);
  MlirValue whole = irBinary(b, "arith.muli", irBinary(b, "arith.divui", npu->n, chunk),
                             irIndexConstant(b, tilesOfChunk(s)));
  MlirValue rest = irBinary(b, "arith.remui", npu->n, chunk);
  MlirValue all = irBinary(b, "arith.addi", whole, ceilDiv(b, rest, s->columnTile));
  return irBinary(b, "arith.maxui", all, npu->one);
}

/* The first column of a tile, and how many it has. A tile that is cut ends with its chunk. */
static void placeTile(const IrBuilder *b, const Npu *npu, Step *step) {
  const AddnormNpuSchedule *s = npu->schedule;
  MlirValue columns = irIndexConstant(b, s->columnTile), limit = npu->n;
  step->start = irBinary(b, "arith.muli", step->tile, columns);
  if (cutsChunks(s)) {
    MlirValue perChunk = irIndexConstant(b, tilesOfChunk(s)), size = irIndexConstant(b, s->chunk);
    MlirValue chunk = irBinary(b, "arith.divui", step->tile, perChunk);
    MlirValue inChunk = irBinary(b, "arith.remui", step->tile, perChunk);
    MlirValue first = irBinary(b, "arith.muli", chunk, size);
    step->start = irBinary(b, "arith.addi", first, irBinary(b, "arith.muli", inChunk, columns));
    limit = irBinary(b, "arith.minui", limit, irBinary(b, "arith.addi", first, size));
  }
  MlirValue rest = irBinary(b, "arith.subi", limit, step->start);
  step->columns =
      s->columnMask ? irAt(irBinary(b, "arith.minui", rest, columns)) : irKnown(s->columnTile);
}

static MlirValue trueConstant(const IrBuilder *b) {
  return irIntegerConstant(b, mlirIntegerTypeGet(b->context, 1), 1);
}

/* addnormNpuKeptBefore, of `kept` runs out of `runs`. */
static MlirValue keptBefore(const IrBuilder *b, const Walks *w, MlirValue run, MlirValue kept) {
  MlirValue least = irBinary(b, "arith.subi", w->numRuns, w->npu->one);
  MlirValue most = irBinary(b, "arith.addi", irBinary(b, "arith.muli", run, kept), least);
  return irBinary(b, "arith.divui", most, w->numRuns);
}

/* Whether t of the tile is kept, and where. */
static void placeKept(const IrBuilder *b, const Walks *w, Step *step) {
  const Npu *npu = w->npu;
  int64_t length = addnormNpuKeptRun(npu->schedule), kept = npu->schedule->keptColumns / length;
  step->isKept = trueConstant(b);
  step->keptStart = step->start;
  if (kept == 0)
    step->isKept = negation(b, step->isKept);
  if (kept == 0 || keepsAllSums(npu))
    return;
  MlirValue columns = irIndexConstant(b, length);
  MlirValue run = irBinary(b, "arith.divui", step->start, columns);
  MlirValue inRun = irBinary(b, "arith.remui", step->start, columns);
  MlirValue some = irBinary(b, "arith.minui", irIndexConstant(b, kept), w->numRuns);
  MlirValue before = keptBefore(b, w, run, some);
  MlirValue with = keptBefore(b, w, irBinary(b, "arith.addi", run, npu->one), some);
  step->isKept = isBelow(b, before, with);
  step->keptStart = irBinary(b, "arith.addi", irBinary(b, "arith.muli", before, columns), inRun);
}

static Step stepAt(const IrBuilder *b, const Walks *w, MlirValue number) {
  const AddnormNpuSchedule *s = w->npu->schedule;
  MlirValue walk = irBinary(b, "arith.divui", number, w->numTiles);
  Step step = {
      .number = number, .walk = walk, .tile = irBinary(b, "arith.remui", number, w->numTiles)};
  step.copy = irBinary(b, "arith.remui", number, irIndexConstant(b, s->buffers));
  step.resultCopy = irBinary(b, "arith.remui", number, irIndexConstant(b, s->resultBuffers));
  step.nextRow = irBinary(b, "arith.addi", w->firstRow, walk);
  step.doneRow = irBinary(b, "arith.subi", step.nextRow, w->npu->one);
  step.isFirst = irCompare(b, IR_EQUAL, walk, w->npu->zero);
  step.isSecond = irCompare(b, IR_EQUAL, walk, w->npu->one);
  step.hasDone = negation(b, step.isFirst);
  step.hasNext = isBelow(b, walk, w->numRows);
  placeTile(b, w->npu, &step);
  placeKept(b, w, &step);
  step.isKeptOfVector = keepsAll(w->npu, s->keptVectorColumns)
                            ? trueConstant(b)
                            : isBelow(b, step.start, irIndexConstant(b, s->keptVectorColumns));
  return step;
}

/* --- memory ---------------------------------------------------------------------------------- */

/* Copies of an addend: those of the row being summed, then those of the row being stored; of one
 * row that is summed and then stored they are the same. Of a row vector there is one line: the kept
 * columns, then the tiles that come and go. */
static void layOutTiles(Npu *npu) {
  const AddnormNpuSchedule *s = npu->schedule;
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    NpuOperand *operand = &npu->operands[i];
    int64_t copies = s->buffers, kept = s->keptVectorColumns;
    if (operand->role == NPU_SUM && storesKept(npu))
      continue;
    if (operand->role == NPU_ADDEND && hasTwoRows(npu))
      copies *= 2;
    if (addnormNpuIsResult(operand))
      copies = s->resultBuffers;
    if (operand->role == NPU_RSTD)
      addnormNpuAllocateStatistics(npu, operand);
    else if (addnormNpuIsVector(operand))
      addnormNpuAllocateTiles(npu, operand, 1, 1,
                              keepsAll(npu, kept) ? kept : kept + s->buffers * s->pitch);
    else if (operand->role != NPU_SCALAR)
      addnormNpuAllocateTiles(npu, operand, copies, 1, s->pitch);
  }
}

/* One f32 on the core's stack. */
static MlirValue makeVariable(const IrBuilder *b) {
  int64_t one = 1;
  MlirType type =
      mlirMemRefTypeContiguousGet(mlirF32TypeGet(b->context), 1, &one, mlirAttributeGetNull());
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
                    {NULL, {NULL}}};
  return irValue(b, "memref.alloca", 0, NULL, type, attrs);
}

static Walks layOut(const IrBuilder *b, Npu *npu, MlirValue first, MlirValue end) {
  const AddnormNpuSchedule *s = npu->schedule;
  layOutTiles(npu);
  MlirType f32 = mlirF32TypeGet(b->context);
  Walks w = {.npu = npu,
             .firstRow = first,
             .numRows = irBinary(b, "arith.subi", end, first),
             .numTiles = countTiles(b, npu)};
  w.numRuns =
      irBinary(b, "arith.maxui", ceilDiv(b, npu->n, addnormNpuKeptRun(npu->schedule)), npu->one);
  if (s->keptColumns)
    w.kept = addnormNpuAllocate(npu, f32, 1, &s->keptColumns);
  w.partials = npu->memories.partials;
  if (mlirValueIsNull(w.partials))
    w.partials = addnormNpuAllocate(npu, f32, 1, &s->lanes);
  if (cutsChunks(s))
    w.chunkPartials = addnormNpuAllocate(npu, f32, 1, &s->lanes);
  w.rstd = makeVariable(&npu->entry);
  return w;
}

static MlirValue doneCopy(const IrBuilder *b, const Npu *npu, const Step *step) {
  if (!hasTwoRows(npu))
    return step->copy;
  return irBinary(b, "arith.addi", step->copy, irIndexConstant(b, npu->schedule->buffers));
}

/* The step's columns of a row vector. */
static MlirValue vectorTile(const IrBuilder *b, const Npu *npu, const NpuOperand *operand,
                            const Step *step) {
  const AddnormNpuSchedule *s = npu->schedule;
  MlirValue pitch = irIndexConstant(b, s->pitch);
  MlirValue other = irBinary(b, "arith.addi", irIndexConstant(b, s->keptVectorColumns),
                             irBinary(b, "arith.muli", step->copy, pitch));
  MlirValue choice[] = {step->isKeptOfVector, step->start, other};
  MlirValue first = irValue(b, "arith.select", 3, choice, mlirIndexTypeGet(b->context), NULL);
  return irSubview(b, operand->tiles, (IrIndex[]){irKnown(0), irKnown(0), irAt(first)},
                   (IrIndex[]){irKnown(1), irKnown(1), step->columns}, (bool[]){true, true, false});
}

/* t of the step's columns, among those kept. */
static MlirValue keptTile(const IrBuilder *b, const Walks *w, const Step *step) {
  return irSubview(b, w->kept, (IrIndex[]){irAt(step->keptStart)}, (IrIndex[]){step->columns},
                   NULL);
}

/* --- loads and stores ------------------------------------------------------------------------ */

/* Whether the addends of the row being stored are loaded again. */
static MlirValue rereads(const IrBuilder *b, const Step *step) {
  return both(b, step->hasDone, negation(b, step->isKept));
}

/* Whether the step loads its tile of a row vector. */
static MlirValue loadsVector(const IrBuilder *b, const NpuOperand *operand, const Step *step) {
  bool isGamma = operand->role == NPU_GAMMA;
  MlirValue once = isGamma ? step->isSecond : step->isFirst;
  MlirValue often = isGamma ? step->hasDone : either(b, step->hasNext, rereads(b, step));
  MlirValue operands[] = {step->isKeptOfVector, once, often};
  return irValue(b, "arith.select", 3, operands, mlirValueGetType(once), NULL);
}

/* Where `condition` holds: loads the step's columns of `row` to copy number `copy` of its tiles; of
 * a row vector to their place. */
static void startLoad(const IrBuilder *b, const Npu *npu, const NpuOperand *operand,
                      const Step *step, MlirValue condition, MlirValue row, MlirValue copy) {
  IrBuilder then = irIf(b, condition, NULL);
  IrIndex one = irKnown(1);
  MlirValue from =
      addnormNpuGlobal(&then, operand, irAt(row), one, irAt(step->start), step->columns);
  MlirValue to = addnormNpuIsVector(operand)
                     ? vectorTile(&then, npu, operand, step)
                     : addnormNpuTile(&then, operand, irAt(copy), one, step->columns);
  addnormNpuStart(&then, npu, operand, from, to, step->copy);
}

static void startLoads(const IrBuilder *b, const Npu *npu, const Step *step) {
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (addnormNpuIsVector(operand))
      startLoad(b, npu, operand, step, loadsVector(b, operand, step), npu->zero, npu->zero);
    if (operand->role != NPU_ADDEND)
      continue;
    startLoad(b, npu, operand, step, step->hasNext, step->nextRow, step->copy);
    if (!keepsAllSums(npu))
      startLoad(b, npu, operand, step, rereads(b, step), step->doneRow, doneCopy(b, npu, step));
  }
}

/* Waits for the loads of a step, if it has any. */
static void waitForLoads(const IrBuilder *b, const Npu *npu, const Step *step) {
  MlirValue any = either(b, step->hasNext, rereads(b, step));
  for (intptr_t i = 0; i < npu->numOperands; ++i)
    if (addnormNpuIsVector(&npu->operands[i]))
      any = either(b, any, loadsVector(b, &npu->operands[i], step));
  IrBuilder then = irIf(b, any, NULL);
  addnormNpuWait(&then, npu, step->copy);
}

static MlirValue storeTag(const IrBuilder *b, const Npu *npu, const Step *step) {
  return irBinary(b, "arith.addi", step->resultCopy, irIndexConstant(b, npu->schedule->buffers));
}

/* Whether the step stores anything. */
static MlirValue storesAny(const IrBuilder *b, const Npu *npu, const Step *step) {
  bool hasSum = false;
  for (intptr_t i = 0; i < npu->numOperands; ++i)
    hasSum |= npu->operands[i].role == NPU_SUM;
  if (!hasSum || npu->schedule->keptColumns == 0)
    return step->hasDone;
  return either(b, step->hasDone, both(b, step->hasNext, step->isKept));
}

/* The step's columns of y, or of the sum, of `row`. */
static void startStores(const IrBuilder *b, const Walks *w, NpuRole role, const Step *step,
                        MlirValue row) {
  const Npu *npu = w->npu;
  bool isKept = role == NPU_SUM && storesKept(npu);
  IrIndex one = irKnown(1), offsets[] = {irAt(row), irAt(step->start)};
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (operand->role != role)
      continue;
    MlirValue from = isKept
                         ? keptTile(b, w, step)
                         : addnormNpuTile(b, operand, irAt(step->resultCopy), one, step->columns);
    MlirValue to = irSubview(b, operand->global, offsets, (IrIndex[]){one, step->columns},
                             isKept ? (bool[]){true, false} : NULL);
    addnormNpuStart(b, npu, operand, from, to, storeTag(b, npu, step));
  }
}

/* It goes with the first tile of a row. */
static void storeStatistic(const IrBuilder *b, const Walks *w, const Step *step) {
  const Npu *npu = w->npu;
  IrIndex one = irKnown(1);
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    if (operand->role != NPU_RSTD)
      continue;
    IrBuilder then = irIf(b, irCompare(b, IR_EQUAL, step->tile, npu->zero), NULL);
    MlirValue copies =
        irIndexConstant(&then, addnormNpuStatisticBuffers(npu->query, npu->schedule));
    IrIndex copy = irAt(irBinary(&then, "arith.remui", step->walk, copies));
    MlirValue tile = addnormNpuTile(&then, operand, copy, one, one);
    irStore(&then, irLoad(&then, w->rstd, &npu->zero), tile, (MlirValue[]){npu->zero, npu->zero});
    addnormNpuStartStatistics(&then, npu, operand, copy, irAt(step->doneRow), one,
                              storeTag(&then, npu, step));
  }
}

/* Waits for what step `number` has stored. */
static void waitForStores(const IrBuilder *b, const Walks *w, MlirValue number) {
  Step step = stepAt(b, w, number);
  IrBuilder then = irIf(b, storesAny(b, w->npu, &step), NULL);
  addnormNpuWait(&then, w->npu, storeTag(&then, w->npu, &step));
}

/* Waits until what was in the step's buffers has left. */
static void waitForBuffers(const IrBuilder *b, const Walks *w, const Step *step) {
  MlirValue buffers = irIndexConstant(b, w->npu->schedule->resultBuffers);
  IrBuilder otherwise;
  irIf(b, isBelow(b, step->number, buffers), &otherwise);
  waitForStores(&otherwise, w, irBinary(&otherwise, "arith.subi", step->number, buffers));
}

/* --- computing ------------------------------------------------------------------------------- */

/* Vector code for one row of a step, the addends of which are in copy `copy` of their tiles. */
static Vectors vectorsOf(const IrBuilder *b, const Npu *npu, const Step *step, MlirValue copy) {
  MlirValue operands[npu->numOperands];
  IrIndex one = irKnown(1), n = step->columns;
  for (intptr_t i = 0; i < npu->numOperands; ++i) {
    const NpuOperand *operand = &npu->operands[i];
    operands[i] = operand->global;
    if (operand->role == NPU_ADDEND)
      operands[i] = addnormNpuTile(b, operand, irAt(copy), one, n);
    else if (addnormNpuIsVector(operand))
      operands[i] = vectorTile(b, npu, operand, step);
    else if (addnormNpuIsResult(operand) && !mlirValueIsNull(operand->tiles))
      operands[i] = addnormNpuTile(b, operand, irAt(step->resultCopy), one, n);
  }
  return addnormNpuVectors(b, npu, operands);
}

/* The two builders of what happens in a kept tile and in others; a null block where there are none
 * of the kind. */
typedef struct Branches {
  IrBuilder kept, other;
} Branches;

static Branches branch(const IrBuilder *b, const Walks *w, const Step *step) {
  Branches none = {0};
  if (keepsAllSums(w->npu))
    return (Branches){.kept = *b};
  if (w->npu->schedule->keptColumns == 0)
    return (Branches){.other = *b};
  none.kept = irIf(b, step->isKept, &none.other);
  return none;
}

static void normalizeTile(const IrBuilder *b, const Walks *w, const Step *step, bool isKept) {
  if (mlirBlockIsNull(b->block))
    return;
  MlirValue copy = isKept ? step->copy : doneCopy(b, w->npu, step);
  Vectors v = vectorsOf(b, w->npu, step, copy);
  if (isKept) {
    v.row = keptTile(b, w, step);
    v.sum = VECTOR_SUM_BY_OTHERS;
  }
  Row row = {.index = {w->npu->zero}};
  MlirValue rstd = irLoad(b, w->rstd, &w->npu->zero);
  addnormVectorNormalize(b, &v, &row, rstd, w->npu->zero, v.n);
  mlirOperationDestroy(v.formula.op);
  if (!isKept)
    startStores(b, w, NPU_SUM, step, step->doneRow);
}

static void squareTile(const IrBuilder *b, const Walks *w, const Step *step, bool isKept) {
  if (mlirBlockIsNull(b->block))
    return;
  Vectors v = vectorsOf(b, w->npu, step, step->copy);
  if (isKept) {
    v.row = keptTile(b, w, step);
    v.sum = storesKept(w->npu) ? VECTOR_SUM_BY_OTHERS : VECTOR_SUM_WITH_SQUARES;
  }
  Row row = {.index = {w->npu->zero}};
  addnormVectorAddSquares(b, &v, &row,
                          cutsChunks(w->npu->schedule) ? w->chunkPartials : w->partials);
  mlirOperationDestroy(v.formula.op);
  if (isKept)
    startStores(b, w, NPU_SUM, step, step->nextRow);
}

static Vectors partialVectors(const IrBuilder *b, const Walks *w) {
  const Npu *npu = w->npu;
  MlirValue operands[npu->numOperands];
  for (intptr_t i = 0; i < npu->numOperands; ++i)
    operands[i] = npu->operands[i].global;
  return addnormNpuVectors(b, npu, operands);
}

/* Before a row's first tile, and a cut chunk's. */
static void clearPartials(const IrBuilder *b, const Walks *w, const Vectors *v, const Step *step) {
  IrBuilder then = irIf(b, irCompare(b, IR_EQUAL, step->tile, w->npu->zero), NULL);
  addnormVectorClearPartials(&then, v, w->partials);
  if (mlirValueIsNull(w->chunkPartials))
    return;
  MlirValue perChunk = irIndexConstant(b, tilesOfChunk(w->npu->schedule));
  MlirValue inChunk = irBinary(b, "arith.remui", step->tile, perChunk);
  then = irIf(b, irCompare(b, IR_EQUAL, inChunk, w->npu->zero), NULL);
  addnormVectorClearPartials(&then, v, w->chunkPartials);
}

/* After a cut chunk's last tile, and a row's. */
static void finishPartials(const IrBuilder *b, const Walks *w, const Vectors *v, const Step *step) {
  MlirValue next = irBinary(b, "arith.addi", step->tile, w->npu->one);
  MlirValue isLast = irCompare(b, IR_EQUAL, next, w->numTiles);
  if (!mlirValueIsNull(w->chunkPartials)) {
    MlirValue perChunk = irIndexConstant(b, tilesOfChunk(w->npu->schedule));
    MlirValue inChunk = irBinary(b, "arith.remui", next, perChunk);
    MlirValue endsChunk = irCompare(b, IR_EQUAL, inChunk, w->npu->zero);
    IrBuilder then = irIf(b, either(b, endsChunk, isLast), NULL);
    addnormVectorAddPartials(&then, v, w->partials, w->chunkPartials);
  }
  IrBuilder then = irIf(b, isLast, NULL);
  MlirValue squares = addnormVectorFold(&then, v, w->partials);
  MlirValue rstd = addnormEmitReciprocalRoot(&then, &v->formula, squares, w->npu->n);
  irStore(&then, rstd, w->rstd, &w->npu->zero);
}

static void normalize(const IrBuilder *b, const Walks *w, const Step *step) {
  IrBuilder then = irIf(b, step->hasDone, NULL);
  Branches branches = branch(&then, w, step);
  normalizeTile(&branches.kept, w, step, true);
  normalizeTile(&branches.other, w, step, false);
  startStores(&then, w, NPU_Y, step, step->doneRow);
  storeStatistic(&then, w, step);
}

static void square(const IrBuilder *b, const Walks *w, const Step *step) {
  IrBuilder then = irIf(b, step->hasNext, NULL);
  Vectors v = partialVectors(&then, w);
  clearPartials(&then, w, &v, step);
  Branches branches = branch(&then, w, step);
  squareTile(&branches.kept, w, step, true);
  squareTile(&branches.other, w, step, false);
  finishPartials(&then, w, &v, step);
  mlirOperationDestroy(v.formula.op);
}

/* --- the line of steps ----------------------------------------------------------------------- */

/* Starts the loads of the step `distance` behind step `number`, if there is one. */
static void startAhead(const IrBuilder *b, const Walks *w, MlirValue number, int64_t distance,
                       MlirValue total) {
  MlirValue next = irBinary(b, "arith.addi", number, irIndexConstant(b, distance));
  IrBuilder then = irIf(b, isBelow(b, next, total), NULL);
  Step step = stepAt(&then, w, next);
  startLoads(&then, w->npu, &step);
}

/* The tiles that are on their way in before the first one is computed. */
static void startFirst(const IrBuilder *b, const Walks *w, MlirValue total) {
  const Npu *npu = w->npu;
  int64_t ahead = npu->schedule->buffers - 1;
  Step step = stepAt(b, w, npu->zero);
  startLoads(b, npu, &step);
  if (ahead < 2)
    return;
  MlirValue number, behind = irBinary(b, "arith.minui", total, irIndexConstant(b, ahead));
  IrBuilder body = irFor(b, npu->one, behind, npu->one, &number);
  step = stepAt(&body, w, number);
  startLoads(&body, npu, &step);
}

/* What the last steps have stored, as many as there are buffers. */
static void waitForResults(const IrBuilder *b, const Walks *w, MlirValue total) {
  MlirValue buffers = irIndexConstant(b, w->npu->schedule->resultBuffers), number;
  MlirValue pending = irBinary(b, "arith.minui", buffers, total);
  IrBuilder body = irFor(b, irBinary(b, "arith.subi", total, pending), total, w->npu->one, &number);
  waitForStores(&body, w, number);
}

void addnormNpuMultiPass(const IrBuilder *b, Npu *npu, MlirValue first, MlirValue end) {
  Walks walks = layOut(b, npu, first, end), *w = &walks;
  MlirValue numWalks = irBinary(b, "arith.addi", w->numRows, npu->one), number;
  MlirValue total = irBinary(b, "arith.muli", numWalks, w->numTiles);
  int64_t ahead = npu->schedule->buffers - 1;

  startFirst(b, w, total);
  IrBuilder body = irFor(b, npu->zero, total, npu->one, &number);
  Step step = stepAt(&body, w, number);
  if (ahead)
    startAhead(&body, w, number, ahead, total);
  waitForLoads(&body, npu, &step);
  waitForBuffers(&body, w, &step);
  normalize(&body, w, &step);
  square(&body, w, &step);
  if (!ahead)
    startAhead(&body, w, number, 1, total);
  waitForResults(b, w, total);
}
