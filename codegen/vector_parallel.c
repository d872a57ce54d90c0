/* The threads of target `vector`. A task is a run of rows; or, where there are fewer rows than
 * threads, a run of chunks, all rows' in a line:
 *
 *   in parallel, for each chunk of the task:
 *     partials of the chunk, to memory
 *   in parallel, for each row that the task has chunks of:
 *     partials of all its chunks, added in their order
 *     rstd = 1 / sqrt(squares / N + epsilon)
 *     results of the task's own chunks
 *
 * Only the sums of a chunk are one thread's alone: what is added and in which order does not depend
 * on the tasks. Two or three tasks may have the same row and add the same partials, which is less
 * than waiting for one that does. */

#include "addnorm-c/rms_norm.h"
#include "codegen/vector.h"

/* Opens an scf.parallel over [0, count). */
static IrBuilder openParallel(const IrBuilder *b, const Vectors *v, MlirValue count,
                              MlirValue *index) {
  MlirType type = mlirIndexTypeGet(b->context);
  MlirBlock block = mlirBlockCreate(1, &type, &b->loc);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  MlirValue operands[] = {v->zero, count, v->one};
  IrAttr attrs[] = {
      {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 4, (int32_t[]){1, 1, 1, 0})},
      {NULL, {NULL}}};
  irOp(b, "scf.parallel", 3, operands, 0, NULL, attrs, 1, &region);
  *index = mlirBlockGetArgument(block, 0);
  IrBuilder body = irBuilderAtEnd(block, b->loc);
  body.before = irOp(&body, "scf.reduce", 0, NULL, 0, NULL, NULL, 0, NULL);
  return body;
}

/* One of `tasks` even shares of [0, total): [first, end), not empty. */
typedef struct Share {
  MlirValue first, end;
} Share;

static Share shareOf(const IrBuilder *b, const Vectors *v, MlirValue task, MlirValue tasks,
                     MlirValue total) {
  MlirValue next = irBinary(b, "arith.addi", task, v->one);
  MlirValue before = irBinary(b, "arith.muli", total, task);
  MlirValue upTo = irBinary(b, "arith.muli", total, next);
  return (Share){irBinary(b, "arith.divui", before, tasks),
                 irBinary(b, "arith.divui", upTo, tasks)};
}

/* Opens the parallel loop over the tasks of [0, total), each with scratch memory of its own. */
static IrBuilder forTasks(const IrBuilder *b, Vectors *v, MlirValue total, Share *share) {
  MlirValue grid = irIndexConstant(b, v->schedule->grid), task;
  MlirValue tasks = irBinary(b, "arith.minui", total, grid);
  IrBuilder body = openParallel(b, v, tasks, &task);
  *share = shareOf(&body, v, task, tasks, total);
  addnormVectorTakeScratch(v, &(AddnormScratch){body, .onStack = true});
  return body;
}

static void shareRows(const IrBuilder *b, const Vectors *v) {
  Vectors own = *v;
  Share share;
  IrBuilder body = forTasks(b, &own, v->rows, &share);
  addnormVectorRows(&body, &own, share.first, share.end);
}

/* --- chunks ---------------------------------------------------------------------------------- */

static MlirValue ceilDiv(const IrBuilder *b, const Vectors *v, MlirValue x, MlirValue y) {
  MlirValue most = irBinary(b, "arith.addi", x, irBinary(b, "arith.subi", y, v->one));
  return irBinary(b, "arith.divui", most, y);
}

/* The chunks of all rows in a line. */
typedef struct Line {
  MlirValue perRow, total; /* how many */
  MlirValue columns;       /* of a chunk */
  MlirValue partials;      /* of all, one behind the other */
} Line;

static MlirValue columnAt(const IrBuilder *b, const Vectors *v, const Line *line, MlirValue chunk) {
  return irBinary(b, "arith.minui", irBinary(b, "arith.muli", chunk, line->columns), v->n);
}

static Line makeLine(const IrBuilder *b, const Vectors *v) {
  Line line = {.columns = irIndexConstant(b, v->schedule->chunk)};
  line.perRow = ceilDiv(b, v, v->n, line.columns);
  line.total = irBinary(b, "arith.muli", v->rows, line.perRow);
  MlirValue lanes = irIndexConstant(b, v->schedule->lanes);
  MlirValue size = irBinary(b, "arith.muli", line.total, lanes);
  int64_t dynamic = mlirShapedTypeGetDynamicSize();
  MlirType type =
      mlirMemRefTypeContiguousGet(mlirF32TypeGet(b->context), 1, &dynamic, mlirAttributeGetNull());
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){1, 0})},
                    {"alignment", mlirIntegerAttrGet(mlirIntegerTypeGet(b->context, 64), 64)},
                    {NULL, {NULL}}};
  line.partials = irValue(b, "memref.alloc", 1, &size, type, attrs);
  return line;
}

static void squareChunks(const IrBuilder *b, const Vectors *v, const Line *line) {
  Vectors own = *v;
  Share share;
  IrBuilder body = forTasks(b, &own, line->total, &share);
  MlirValue chunk;
  IrBuilder each = irFor(&body, share.first, share.end, v->one, &chunk);
  Row row = addnormVectorRowAt(&each, v, irBinary(&each, "arith.divui", chunk, line->perRow));
  MlirValue inRow = irBinary(&each, "arith.remui", chunk, line->perRow);
  MlirValue start = columnAt(&each, v, line, inRow);
  MlirValue end = columnAt(&each, v, line, irBinary(&each, "arith.addi", inRow, v->one));
  addnormVectorSquareChunk(&each, &own, &row, start, irBinary(&each, "arith.subi", end, start),
                           addnormVectorChunkPartials(&each, v, line->partials, chunk));
}

static void storePart(const IrBuilder *b, const Vectors *v, const Row *row, MlirValue rstd,
                      MlirValue start, MlirValue length) {
  IrBuilder otherwise = *b;
  if (v->schedule->streamBytes) {
    IrBuilder then = addnormVectorIfStreams(b, v, &otherwise);
    Vectors streaming = *v;
    streaming.streams = true;
    addnormVectorNormalize(&then, &streaming, row, rstd, start, length);
    addnormVectorOrderStores(&then);
  }
  addnormVectorNormalize(&otherwise, v, row, rstd, start, length);
}

/* The part of a share that lies in row `number`. Who has the row's first chunk stores rstd. */
static void normalizePart(const IrBuilder *b, const Vectors *v, const Line *line, MlirValue number,
                          const Share *share) {
  MlirValue rowFirst = irBinary(b, "arith.muli", number, line->perRow);
  MlirValue rowEnd = irBinary(b, "arith.addi", rowFirst, line->perRow);
  MlirValue squares = addnormVectorFoldChunks(b, v, line->partials, rowFirst, rowEnd);
  MlirValue rstd = addnormEmitReciprocalRoot(b, &v->formula, squares, v->n);
  Row row = addnormVectorRowAt(b, v, number);

  MlirValue first = irBinary(b, "arith.maxui", share->first, rowFirst);
  if (!mlirValueIsNull(addnormRmsNormGetRstdInit(v->formula.op))) {
    IrBuilder then = irIf(b, irCompare(b, IR_EQUAL, first, rowFirst), NULL);
    addnormVectorStoreStatistic(&then, v, &row, rstd);
  }
  MlirValue last = irBinary(b, "arith.minui", share->end, rowEnd);
  MlirValue start = columnAt(b, v, line, irBinary(b, "arith.subi", first, rowFirst));
  MlirValue end = columnAt(b, v, line, irBinary(b, "arith.subi", last, rowFirst));
  storePart(b, v, &row, rstd, start, irBinary(b, "arith.subi", end, start));
}

static void normalizeChunks(const IrBuilder *b, const Vectors *v, const Line *line) {
  Vectors own = *v;
  Share share;
  IrBuilder body = forTasks(b, &own, line->total, &share);
  MlirValue number, first = irBinary(&body, "arith.divui", share.first, line->perRow);
  MlirValue end = ceilDiv(&body, v, share.end, line->perRow);
  IrBuilder each = irFor(&body, first, end, v->one, &number);
  normalizePart(&each, &own, line, number, &share);
}

/* t is not kept from one loop to the other: its addends are read again. */
static void shareChunks(const IrBuilder *b, const Vectors *v) {
  Line line = makeLine(b, v);
  AddnormSchedule rereading = *v->schedule;
  rereading.rowBuffer = 0;
  rereading.chunk = 0;
  Vectors own = *v;
  own.schedule = &rereading;
  squareChunks(b, &own, &line);
  normalizeChunks(b, &own, &line);
  irOp(b, "memref.dealloc", 1, &line.partials, 0, NULL, NULL, 0, NULL);
}

void addnormVectorParallel(const IrBuilder *b, const Vectors *v) {
  IrBuilder few = *b, many = *b;
  if (v->schedule->tasks == ADDNORM_TASKS_EITHER) {
    MlirValue grid = irIndexConstant(b, v->schedule->grid);
    few = irIf(b, irCompare(b, IR_LESS_UNSIGNED, v->rows, grid), &many);
  }
  if (v->schedule->tasks != ADDNORM_TASKS_CHUNKS)
    shareRows(&many, v);
  if (v->schedule->tasks != ADDNORM_TASKS_ROWS)
    shareChunks(&few, v);
}
