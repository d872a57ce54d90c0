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

#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "codegen/emit.h"

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

void addnormVectorOrderStores(const IrBuilder *b, const Vectors *v) {
  enum { SEQUENTIAL = 7 };
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"ordering", mlirIntegerAttrGet(i64, SEQUENTIAL)}, {NULL, {NULL}}};
  if (v->streams)
    irOp(b, "llvm.fence", 0, NULL, 0, NULL, attrs, 0, NULL);
}

void addnormVectorRows(const IrBuilder *b, const Vectors *v, MlirValue first, MlirValue end) {
  Row row = addnormVectorRowAt(b, v, first);
  MlirValue squares = addnormVectorWalk(b, v, &(Walk){.next = &row});

  MlirValue last = irBinary(b, "arith.subi", end, v->one);
  IrLoop rows = irForCarrying(b, first, last, v->one, 1, &squares);
  Row done = addnormVectorRowAt(&rows.body, v, rows.index);
  Row next =
      addnormVectorRowAt(&rows.body, v, irBinary(&rows.body, "arith.addi", rows.index, v->one));
  MlirValue carried = mlirBlockGetArgument(rows.body.block, 1);
  MlirValue rstd = addnormEmitReciprocalRoot(&rows.body, &v->formula, carried, v->n);
  addnormVectorStoreStatistic(&rows.body, v, &done, rstd);
  carried = addnormVectorWalk(&rows.body, v, &(Walk){&done, rstd, &next});
  irYield(&rows.body, 1, &carried);

  row = addnormVectorRowAt(b, v, last);
  rstd = addnormEmitReciprocalRoot(b, &v->formula, mlirOperationGetResult(rows.op, 0), v->n);
  addnormVectorStoreStatistic(b, v, &row, rstd);
  addnormVectorWalk(b, v, &(Walk){.done = &row, .rstd = rstd});
  addnormVectorOrderStores(b, v);
}

static int64_t elementBytes(MlirOperation op) {
  int64_t bytes = 0;
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(addnormRmsNormGetYInit(op)));
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetOperand(op, i));
    if (mlirTypeIsAMemRef(type) && mlirShapedTypeGetRank(type) == rank &&
        !mlirValueEqual(mlirOperationGetOperand(op, i), addnormRmsNormGetRstdInit(op)))
      bytes += mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(type)) / 8;
  }
  return bytes;
}

static MlirValue exceeds(const Vectors *v, const IrBuilder *b, MlirValue rows, int64_t limit) {
  MlirValue elements = irBinary(b, "arith.muli", rows, v->n);
  MlirValue bytes =
      irBinary(b, "arith.muli", elements, irIndexConstant(b, elementBytes(v->formula.op)));
  return irCompare(b, IR_GREATER_UNSIGNED, bytes, irIndexConstant(b, limit));
}

/* What streams is large enough for all threads. */
static void emitByThreads(const Vectors *v, const IrBuilder *b, MlirValue rows) {
  if (v->schedule->grid == 1) {
    addnormVectorRows(b, v, v->zero, rows);
    return;
  }
  IrBuilder many = *b, alone;
  if (v->schedule->forkBytes && !v->streams) {
    many = irIf(b, exceeds(v, b, rows, v->schedule->forkBytes), &alone);
    addnormVectorRows(&alone, v, v->zero, rows);
  }
  addnormVectorParallel(&many, v, rows);
}

/* Streams when the tensors are large and their lines are whole. */
static void emitStreamed(Vectors *v, const IrBuilder *b, MlirValue rows) {
  enum { LINE = 64 };
  MlirValue streams = irBinary(b, "arith.andi", exceeds(v, b, rows, v->schedule->streamBytes),
                               addnormVectorIsAligned(b, v, LINE));
  IrBuilder otherwise, then = irIf(b, streams, &otherwise);
  v->streams = true;
  emitByThreads(v, &then, rows);
  v->streams = false;
  emitByThreads(v, &otherwise, rows);
}

/* --- scratch --------------------------------------------------------------------------------- */

typedef struct Piece {
  bool taken;
  int64_t count; /* of f32 */
  MlirValue *memory;
} Piece;
enum { NUM_PIECES = 4 };

static void listScratch(Vectors *v, Piece pieces[NUM_PIECES]) {
  const AddnormSchedule *s = v->schedule;
  bool inMemory = s->columnTile < s->lanes;
  const Piece all[NUM_PIECES] = {
      {s->singlePass, s->pitch, &v->row},
      {s->columnMask && !s->masked && !s->singlePass, s->columnTile, &v->tail},
      {inMemory, s->lanes, &v->partials},
      {inMemory && s->chunk, s->lanes, &v->chunkPartials},
  };
  memcpy(pieces, all, sizeof all);
}

void addnormVectorTakeScratch(Vectors *v, const AddnormScratch *scratch) {
  enum { ALIGNMENT = 64 };
  Piece pieces[NUM_PIECES];
  listScratch(v, pieces);
  for (int i = 0; i < NUM_PIECES; ++i)
    *pieces[i].memory = pieces[i].taken ? addnormScratchTake(scratch, pieces[i].count, ALIGNMENT)
                                        : (MlirValue){NULL};
}

static void returnScratch(Vectors *v, const AddnormScratch *scratch, const IrBuilder *b) {
  Piece pieces[NUM_PIECES];
  listScratch(v, pieces);
  for (int i = 0; i < NUM_PIECES; ++i)
    if (!mlirValueIsNull(*pieces[i].memory))
      addnormScratchReturn(scratch, b, *pieces[i].memory);
}

/* --- the target ------------------------------------------------------------------------------ */

static void emitVectors(MlirOperation op, const AddnormSchedule *schedule) {
  IrBuilder b = irBuilderBefore(op);
  MlirValue y = addnormRmsNormGetYInit(op);
  MlirType f32 = mlirF32TypeGet(b.context);
  Vectors v = {.formula = {op, schedule->registerLanes},
               .schedule = schedule,
               .piece = mlirVectorTypeGet(1, &schedule->piece, f32),
               .rank = mlirShapedTypeGetRank(mlirValueGetType(y)),
               .zero = irIndexConstant(&b, 0),
               .one = irIndexConstant(&b, 1)};
  v.n = irDim(&b, y, v.rank - 1);
  AddnormScratch scratch = addnormScratchFor(op);
  if (schedule->grid == 1 || schedule->forkBytes)
    addnormVectorTakeScratch(&v, &scratch);

  MlirValue rows = countRows(&v, &b);
  IrBuilder some = irIf(&b, irCompare(&b, IR_GREATER_UNSIGNED, rows, v.zero), NULL);
  if (schedule->streamBytes)
    emitStreamed(&v, &some, rows);
  else
    emitByThreads(&v, &some, rows);
  returnScratch(&v, &scratch, &b);
}

const AddnormTarget addnormVectorTarget = {
    .name = "vector",
    .summary = "vector and scf for any processor with vectors",
    .takesCpu = true,
    .emit = emitVectors,
};
