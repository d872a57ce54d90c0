/* Target `vector`: the vector dialect in scf loops, for any processor with vectors. Which is a
 * matter of the schedule alone.
 *
 *   squares of row 0
 *   for each row but the last:
 *     rstd = 1 / sqrt(squares / N + epsilon)
 *     for each block of columns:
 *       normalize and store the block of this row
 *       read, add and square the block of the next row
 *   rstd and results of the last row
 *
 * One loop does the second pass over a row and the first over the next: memory is read and written
 * all the time instead of by turns, and the latency of the root hides behind the next row. y and
 * sum may lie over addends, for a block's results are stored after its addends were read, and those
 * of the next row are other elements.
 *
 * The partials of the sum are held in registers, or in scratch memory where there are too many. t
 * is kept in a row of scratch memory where that is long enough; otherwise its addends are read
 * twice. */

#include "codegen/vector.h"

#include "addnorm-c/rms_norm.h"
#include "codegen/emit.h"
#include "codegen/float.h"
#include "codegen/query.h"

Row addnormVectorRowAt(const IrBuilder *b, const Vectors *v, MlirValue number) {
  MlirValue y = addnormRmsNormGetYInit(v->formula.op);
  Row row = {0};
  for (int64_t d = v->rank - 2; d > 0; --d) {
    MlirValue size = irDim(b, y, d);
    row.index[d] = irBinary(b, "arith.remui", number, size);
    number = irBinary(b, "arith.divui", number, size);
  }
  row.index[0] = number;
  return row;
}

static MlirValue countRows(const Vectors *v, const IrBuilder *b) {
  MlirValue y = addnormRmsNormGetYInit(v->formula.op), rows = v->one;
  for (int64_t d = 0; d < v->rank - 1; ++d)
    rows = irBinary(b, "arith.muli", rows, irDim(b, y, d));
  return rows;
}

void addnormVectorStoreStatistic(const IrBuilder *b, const Vectors *v, const Row *row,
                                 MlirValue rstd) {
  MlirValue init = addnormRmsNormGetRstdInit(v->formula.op);
  if (mlirValueIsNull(init))
    return;
  Row first = *row;
  first.index[v->rank - 1] = v->zero;
  irStore(b, rstd, init, first.index);
}

static MlirValue finishStatistic(const Vectors *v, const IrBuilder *b, const Row *row,
                                 MlirValue squares) {
  MlirValue rstd = addnormEmitReciprocalRoot(b, &v->formula, squares, v->n);
  addnormVectorStoreStatistic(b, v, row, rstd);
  return rstd;
}

/* The rows [first, end), of which there is at least one. */
static void emitRows(const Vectors *v, const IrBuilder *b, MlirValue first, MlirValue end) {
  Row row = addnormVectorRowAt(b, v, first);
  MlirValue squares = addnormVectorWalk(b, v, &(Walk){.next = &row});

  MlirValue last = irBinary(b, "arith.subi", end, v->one);
  IrLoop rows = irForCarrying(b, first, last, v->one, 1, &squares);
  Row done = addnormVectorRowAt(&rows.body, v, rows.index);
  Row next =
      addnormVectorRowAt(&rows.body, v, irBinary(&rows.body, "arith.addi", rows.index, v->one));
  MlirValue carried = mlirBlockGetArgument(rows.body.block, 1);
  MlirValue rstd = finishStatistic(v, &rows.body, &done, carried);
  carried = addnormVectorWalk(&rows.body, v, &(Walk){&done, rstd, &next});
  irYield(&rows.body, 1, &carried);

  row = addnormVectorRowAt(b, v, last);
  rstd = finishStatistic(v, b, &row, mlirOperationGetResult(rows.op, 0));
  addnormVectorWalk(b, v, &(Walk){.done = &row, .rstd = rstd});
}

void addnormVectorOrderStores(const IrBuilder *b) {
  enum { SEQUENTIAL = 7 };
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"ordering", mlirIntegerAttrGet(i64, SEQUENTIAL)}, {NULL, {NULL}}};
  irOp(b, "llvm.fence", 0, NULL, 0, NULL, attrs, 0, NULL);
}

static MlirValue exceeds(const Vectors *v, const IrBuilder *b, int64_t limit) {
  MlirValue elements = irBinary(b, "arith.muli", v->rows, v->n);
  MlirValue bytes =
      irBinary(b, "arith.muli", elements, irIndexConstant(b, v->schedule->elementBytes));
  return irCompare(b, IR_GREATER_UNSIGNED, bytes, irIndexConstant(b, limit));
}

IrBuilder addnormVectorIfStreams(const IrBuilder *b, const Vectors *v, IrBuilder *otherwise) {
  MlirValue isLarge = exceeds(v, b, v->schedule->streamBytes);
  MlirValue streams = irBinary(b, "arith.andi", isLarge, addnormVectorIsAligned(b, v));
  return irIf(b, streams, otherwise);
}

/* Rows whose results are stored around the cache. */
static void emitStreaming(const Vectors *v, const IrBuilder *b, MlirValue first, MlirValue end) {
  Vectors fromCache = *v;
  fromCache.streams = true;
  if (v->schedule->memoryBytes == 0 || mlirValueIsNull(v->row)) {
    emitRows(&fromCache, b, first, end);
    return;
  }
  Vectors fromMemory = fromCache;
  fromMemory.fromMemory = true;
  fromMemory.piece = v->storedPiece;
  if (v->schedule->readsAgain)
    fromMemory.row = (MlirValue){NULL};
  IrBuilder otherwise, then = irIf(b, exceeds(v, b, v->schedule->memoryBytes), &otherwise);
  emitRows(&fromMemory, &then, first, end);
  emitRows(&fromCache, &otherwise, first, end);
}

static void emitStreamed(const Vectors *v, const IrBuilder *b, MlirValue first, MlirValue end) {
  if (v->schedule->streamBytes == 0) {
    emitRows(v, b, first, end);
    return;
  }
  IrBuilder otherwise, then = addnormVectorIfStreams(b, v, &otherwise);
  emitRows(v, &otherwise, first, end);
  emitStreaming(v, &then, first, end);
  addnormVectorOrderStores(&then);
}

/* Keeps t in the row buffer, if there is one and it is as long as a row of the op. */
void addnormVectorRows(const IrBuilder *b, const Vectors *v, MlirValue first, MlirValue end) {
  MlirType type = mlirValueGetType(addnormRmsNormGetYInit(v->formula.op));
  bool isDynamic = mlirShapedTypeIsDynamicDim(type, v->rank - 1);
  Vectors keeping = *v;
  keeping.row = v->rowBuffer;
  if (mlirValueIsNull(v->rowBuffer) || !isDynamic) {
    emitStreamed(&keeping, b, first, end);
    return;
  }
  MlirValue capacity = irIndexConstant(b, v->schedule->rowBuffer);
  IrBuilder otherwise,
      then = irIf(b, irCompare(b, IR_GREATER_UNSIGNED, v->n, capacity), &otherwise);
  emitStreamed(v, &then, first, end);
  emitStreamed(&keeping, &otherwise, first, end);
}

/* What one thread is enough for fits the cache. */
static void emitByThreads(const Vectors *v, const IrBuilder *b) {
  if (v->schedule->grid == 1) {
    addnormVectorRows(b, v, v->zero, v->rows);
    return;
  }
  if (v->schedule->forkBytes == 0) {
    addnormVectorParallel(b, v);
    return;
  }
  IrBuilder otherwise, then = irIf(b, exceeds(v, b, v->schedule->forkBytes), &otherwise);
  addnormVectorParallel(&then, v);
  AddnormSchedule small = *v->schedule;
  small.streamBytes = 0;
  Vectors alone = *v;
  alone.schedule = &small;
  addnormVectorRows(&otherwise, &alone, v->zero, v->rows);
}

/* --- scratch --------------------------------------------------------------------------------- */

int addnormVectorMemories(Vectors *v, VectorMemory memories[MAX_VECTOR_MEMORIES]) {
  const AddnormSchedule *s = v->schedule;
  bool inMemory = s->columnTile < s->lanes;
  int count = 0;
  if (s->rowBuffer)
    memories[count++] = (VectorMemory){s->rowBuffer, &v->rowBuffer};
  if (s->columnMask && !s->masked)
    memories[count++] = (VectorMemory){s->columnTile, &v->tail};
  if (inMemory)
    memories[count++] = (VectorMemory){s->lanes, &v->partials};
  if (inMemory && s->chunk)
    memories[count++] = (VectorMemory){s->lanes, &v->chunkPartials};
  return count;
}

/* Begins with a line and, for the widest registers, with one of them. */
void addnormVectorTakeScratch(Vectors *v, AddnormScratch *scratch) {
  enum { LINE = 64, F32_BYTES = 4 };
  int64_t vectorBytes = v->schedule->registerLanes * F32_BYTES;
  int64_t alignment = vectorBytes > LINE ? vectorBytes : LINE;
  VectorMemory memories[MAX_VECTOR_MEMORIES];
  for (int i = 0, count = addnormVectorMemories(v, memories); i < count; ++i)
    *memories[i].value = addnormScratchTake(scratch, memories[i].count, alignment);
}

static void returnScratch(Vectors *v, const AddnormScratch *scratch, const IrBuilder *b) {
  VectorMemory memories[MAX_VECTOR_MEMORIES];
  for (int i = 0, count = addnormVectorMemories(v, memories); i < count; ++i)
    addnormScratchReturn(scratch, b, *memories[i].value);
}

/* --- the target ------------------------------------------------------------------------------ */

Vectors addnormVectorsOf(const IrBuilder *b, MlirOperation op, const AddnormSchedule *schedule) {
  MlirValue y = addnormRmsNormGetYInit(op);
  MlirType f32 = mlirF32TypeGet(b->context);
  int64_t roundLanes = schedule->registerLanes * (schedule->roundsPairs ? 2 : 1);
  if (schedule->leavesRounding)
    roundLanes = ADDNORM_ROUND_ANY;
  AddnormRounding rounding = {roundLanes, schedule->shortNans && addnormHasShortNans(op)};
  int64_t stored = (schedule->storesPairs ? 2 : 1) * schedule->piece;
  Vectors v = {.formula = {op, rounding, schedule->splitsFma},
               .schedule = schedule,
               .piece = mlirVectorTypeGet(1, &schedule->piece, f32),
               .storedPiece = mlirVectorTypeGet(1, &stored, f32),
               .rank = mlirShapedTypeGetRank(mlirValueGetType(y)),
               .zero = irIndexConstant(b, 0),
               .one = irIndexConstant(b, 1)};
  v.n = irDim(b, y, v.rank - 1);
  v.rows = countRows(&v, b);
  return v;
}

static const char *computeSchedule(MlirOperation op, const AddnormLowering *lowering,
                                   AddnormSchedule *schedule) {
  if (lowering->cpu->lacksOpenMP && lowering->threads > 1)
    return "the processor has no OpenMP and so one thread only";
  AddnormTargetInfo info = lowering->cpu->info;
  info.cores = addnormIsInParallel(op) ? 1 : lowering->threads;
  AddnormScheduleQuery query = addnormScheduleQueryOf(op);
  if (lowering->cpu->is32Bit && !addnormFits32Bits(&query))
    return "its tensors do not fit the processor's addresses of 32 bits";
  return addnormScheduleCompute(&query, &info, schedule);
}

static bool planVectors(MlirOperation op, const AddnormLowering *lowering, char *text,
                        size_t size) {
  AddnormSchedule schedule;
  const char *reason = computeSchedule(op, lowering, &schedule);
  return addnormScheduleReport(reason, &schedule, text, size);
}

static void emitVectors(MlirOperation op, AddnormLowering *lowering) {
  AddnormSchedule computed, *schedule = &computed;
  computeSchedule(op, lowering, schedule);
  IrBuilder b = irBuilderBefore(op);
  Vectors v = addnormVectorsOf(&b, op, schedule);
  bool isSequential = schedule->grid == 1 || schedule->forkBytes;
  AddnormScratch scratch = addnormScratchFor(op, &lowering->pool);
  if (isSequential)
    addnormVectorTakeScratch(&v, &scratch);
  IrBuilder some = irIf(&b, irCompare(&b, IR_GREATER_UNSIGNED, v.rows, v.zero), NULL);
  emitByThreads(&v, &some);
  if (isSequential)
    returnScratch(&v, &scratch, &b);
}

const AddnormTarget addnormVectorTarget = {
    .name = "vector",
    .summary = "vector and scf for any processor with vectors",
    .plan = planVectors,
    .emit = emitVectors,
};
