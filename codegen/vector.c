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
#include "codegen/formula.h"
#include "codegen/scratch.h"

/* The leading indices of row `number`, counted over all leading dimensions. */
static Row rowAt(const Vectors *v, const IrBuilder *b, MlirValue number) {
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

/* rstd of a row, which is stored if the op has it as an output. */
static MlirValue finishStatistic(const Vectors *v, const IrBuilder *b, const Row *row,
                                 MlirValue squares) {
  MlirValue rstd = addnormEmitReciprocalRoot(b, &v->formula, squares, v->n);
  MlirValue init = addnormRmsNormGetRstdInit(v->formula.op);
  if (mlirValueIsNull(init))
    return rstd;
  Row first = *row;
  first.index[v->rank - 1] = v->zero;
  irStore(b, rstd, init, first.index);
  return rstd;
}

/* The rows [first, end), of which there is at least one. */
static void emitRows(const Vectors *v, const IrBuilder *b, MlirValue first, MlirValue end) {
  Row row = rowAt(v, b, first);
  MlirValue squares = addnormVectorWalk(b, v, &(Walk){.next = &row});

  MlirValue last = irBinary(b, "arith.subi", end, v->one);
  IrLoop rows = irForCarrying(b, first, last, v->one, 1, &squares);
  Row done = rowAt(v, &rows.body, rows.index);
  Row next = rowAt(v, &rows.body, irBinary(&rows.body, "arith.addi", rows.index, v->one));
  MlirValue carried = mlirBlockGetArgument(rows.body.block, 1);
  MlirValue rstd = finishStatistic(v, &rows.body, &done, carried);
  carried = addnormVectorWalk(&rows.body, v, &(Walk){&done, rstd, &next});
  irYield(&rows.body, 1, &carried);

  row = rowAt(v, b, last);
  rstd = finishStatistic(v, b, &row, mlirOperationGetResult(rows.op, 0));
  addnormVectorWalk(b, v, &(Walk){.done = &row, .rstd = rstd});
}

static MlirValue compare(const IrBuilder *b, int predicate, MlirValue lhs, MlirValue rhs) {
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"predicate", mlirIntegerAttrGet(i64, predicate)}, {NULL, {NULL}}};
  MlirValue operands[] = {lhs, rhs};
  return irValue(b, "arith.cmpi", 2, operands, mlirIntegerTypeGet(b->context, 1), attrs);
}
enum { GREATER_UNSIGNED = 8 };

/* What is stored around the cache may become visible late: before anything that follows, it has. */
static void orderStores(const IrBuilder *b) {
  enum { SEQUENTIAL = 7 };
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"ordering", mlirIntegerAttrGet(i64, SEQUENTIAL)}, {NULL, {NULL}}};
  irOp(b, "llvm.fence", 0, NULL, 0, NULL, attrs, 0, NULL);
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

/* Streams when the tensors are large and their lines are whole. */
static void emitStreamed(const Vectors *v, const IrBuilder *b, MlirValue rows) {
  enum { LINE = 64 };
  if (v->schedule->streamBytes == 0) {
    emitRows(v, b, v->zero, rows);
    return;
  }
  MlirValue elements = irBinary(b, "arith.muli", rows, v->n);
  MlirValue bytes =
      irBinary(b, "arith.muli", elements, irIndexConstant(b, elementBytes(v->formula.op)));
  MlirValue isLarge =
      compare(b, GREATER_UNSIGNED, bytes, irIndexConstant(b, v->schedule->streamBytes));
  MlirValue streams = irBinary(b, "arith.andi", isLarge, addnormVectorIsAligned(b, v, LINE));
  IrBuilder otherwise, then = irIf(b, streams, &otherwise);
  emitRows(v, &otherwise, v->zero, rows);
  Vectors streaming = *v;
  streaming.streams = true;
  emitRows(&streaming, &then, v->zero, rows);
  orderStores(&then);
}

/* Keeps t in `row`, if there is such a buffer and it is as long as a row of the op. */
static void emitKept(const Vectors *v, const IrBuilder *b, MlirValue rows, MlirValue row) {
  MlirType type = mlirValueGetType(addnormRmsNormGetYInit(v->formula.op));
  bool isDynamic = mlirShapedTypeIsDynamicDim(type, v->rank - 1);
  Vectors keeping = *v;
  keeping.row = row;
  if (mlirValueIsNull(row) || !isDynamic) {
    emitStreamed(&keeping, b, rows);
    return;
  }
  MlirValue capacity = irIndexConstant(b, v->schedule->rowBuffer);
  IrBuilder otherwise, then = irIf(b, compare(b, GREATER_UNSIGNED, v->n, capacity), &otherwise);
  emitStreamed(v, &then, rows);
  emitStreamed(&keeping, &otherwise, rows);
}

static void emitVectors(MlirOperation op, const AddnormSchedule *schedule) {
  enum { ALIGNMENT = 64 };
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

  bool inMemory = schedule->columnTile < schedule->lanes;
  MlirValue row = {NULL};
  struct {
    bool taken;
    int64_t count;
    MlirValue *memory;
  } scratches[] = {
      {schedule->rowBuffer > 0, schedule->rowBuffer, &row},
      {schedule->columnMask && !schedule->masked, schedule->columnTile, &v.tail},
      {inMemory, schedule->lanes, &v.partials},
      {inMemory && schedule->chunk, schedule->lanes, &v.chunkPartials},
  };
  enum { NUM_SCRATCHES = sizeof scratches / sizeof *scratches };
  AddnormScratch scratch = addnormScratchFor(op);
  for (int i = 0; i < NUM_SCRATCHES; ++i)
    if (scratches[i].taken)
      *scratches[i].memory = addnormScratchTake(&scratch, scratches[i].count, ALIGNMENT);

  MlirValue rows = countRows(&v, &b);
  IrBuilder some = irIf(&b, compare(&b, GREATER_UNSIGNED, rows, v.zero), NULL);
  emitKept(&v, &some, rows, row);

  for (int i = 0; i < NUM_SCRATCHES; ++i)
    if (scratches[i].taken)
      addnormScratchReturn(&scratch, &b, *scratches[i].memory);
}

const AddnormTarget addnormVectorTarget = {
    .name = "vector",
    .summary = "vector and scf for any processor with vectors",
    .takesCpu = true,
    .emit = emitVectors,
};
