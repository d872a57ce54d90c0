/* One walk over the columns of a row: blocks of columnTile, each in vectors of `piece` elements,
 * and what is left of the row or chunk behind the last whole block, the tail. */

#include "addnorm-c/rms_norm.h"
#include "codegen/float.h"
#include "codegen/formula.h"
#include "codegen/vector.h"
#include "lib/ir/view.h"

/* The partials of a sum: one vector per piece of a block, or memory. */
typedef struct Partials {
  MlirValue vectors[MAX_PIECES];
  MlirValue memory;
} Partials;

static int64_t pieceLength(const Vectors *v) { return mlirShapedTypeGetDimSize(v->piece, 0); }

static int64_t numPieces(const Vectors *v) { return v->schedule->columnTile / pieceLength(v); }

static MlirValue pieceStart(const Vectors *v, const IrBuilder *b, MlirValue block, int64_t p) {
  return p == 0 ? block : irBinary(b, "arith.addi", block, irIndexConstant(b, p * pieceLength(v)));
}

static const MlirValue all = {NULL}; /* as a mask, or a count of elements */

/* --- partials -------------------------------------------------------------------------------- */

/* Opens a loop over the pieces of [0, count) of memory. */
static IrBuilder forPieces(const Vectors *v, const IrBuilder *b, int64_t count, MlirValue *index) {
  return irFor(b, v->zero, irIndexConstant(b, count), irIndexConstant(b, pieceLength(v)), index);
}

static Partials zeroPartials(const Vectors *v, const IrBuilder *b, MlirValue memory) {
  Partials partials = {.memory = memory};
  MlirValue index, zero = irFloatConstant(b, v->piece, 0.0);
  if (mlirValueIsNull(memory)) {
    for (int64_t p = 0; p < numPieces(v); ++p)
      partials.vectors[p] = zero;
    return partials;
  }
  IrBuilder body = forPieces(v, b, v->schedule->lanes, &index);
  addnormVectorStoreScratch(&body, zero, memory, index, all);
  return partials;
}

/* into[k] += from[k + offset] for k < count, a multiple of the piece. */
static void addMemory(const Vectors *v, const IrBuilder *b, MlirValue into, MlirValue from,
                      int64_t offset, int64_t count) {
  MlirValue k;
  IrBuilder body = forPieces(v, b, count, &k);
  MlirValue other = irBinary(&body, "arith.addi", k, irIndexConstant(&body, offset));
  MlirValue lhs = addnormVectorLoadScratch(&body, v, into, k, all);
  MlirValue rhs = addnormVectorLoadScratch(&body, v, from, other, all);
  addnormVectorStoreScratch(&body, irBinary(&body, "arith.addf", lhs, rhs), into, k, all);
}

static void addPartials(const Vectors *v, const IrBuilder *b, Partials *into,
                        const Partials *from) {
  if (!mlirValueIsNull(into->memory)) {
    addMemory(v, b, into->memory, from->memory, 0, v->schedule->lanes);
    return;
  }
  for (int64_t p = 0; p < numPieces(v); ++p)
    into->vectors[p] = irBinary(b, "arith.addf", into->vectors[p], from->vectors[p]);
}

/* Halves are added until one is left. */
static MlirValue foldPiece(const Vectors *v, const IrBuilder *b, MlirValue vector) {
  if (v->schedule->evensFirst)
    vector = addnormEmitInOrder(b, vector);
  for (int64_t half = pieceLength(v) / 2; half > 0; half /= 2)
    vector = irBinary(b, "arith.addf", addnormEmitSlice(b, vector, 0, half),
                      addnormEmitSlice(b, vector, half, half));
  int64_t position = 0;
  IrAttr attrs[] = {{"static_position", mlirDenseI64ArrayGet(b->context, 1, &position)},
                    {NULL, {NULL}}};
  return irValue(b, "vector.extract", 1, &vector, mlirF32TypeGet(b->context), attrs);
}

static MlirValue foldPartials(const Vectors *v, const IrBuilder *b, Partials *partials) {
  if (!mlirValueIsNull(partials->memory)) {
    MlirValue memory = partials->memory;
    for (int64_t half = v->schedule->lanes / 2; half >= pieceLength(v); half /= 2)
      addMemory(v, b, memory, memory, half, half);
    return foldPiece(v, b, addnormVectorLoadScratch(b, v, memory, v->zero, all));
  }
  MlirValue *vectors = partials->vectors;
  for (int64_t half = numPieces(v) / 2; half > 0; half /= 2)
    for (int64_t p = 0; p < half; ++p)
      vectors[p] = irBinary(b, "arith.addf", vectors[p], vectors[p + half]);
  return foldPiece(v, b, vectors[0]);
}

/* Adds the squares of the piece `p` of a block that starts at `column`. */
static void addSquares(const Vectors *v, const IrBuilder *b, Partials *partials, int64_t p,
                       MlirValue column, MlirValue t) {
  if (mlirValueIsNull(partials->memory)) {
    partials->vectors[p] = addnormEmitSquare(b, &v->formula, t, partials->vectors[p]);
    return;
  }
  MlirValue lane = irBinary(b, "arith.andi", column, irIndexConstant(b, v->schedule->lanes - 1));
  MlirValue partial = addnormVectorLoadScratch(b, v, partials->memory, lane, all);
  addnormVectorStoreScratch(b, addnormEmitSquare(b, &v->formula, t, partial), partials->memory,
                            lane, all);
}

/* --- a piece, or an element ------------------------------------------------------------------ */

/* Stores t at a place as the sum, if that is to be stored by now. */
static void storeSum(const IrBuilder *b, const Place *at, MlirValue t, VectorSum now) {
  MlirValue sum = addnormRmsNormGetSumInit(at->v->formula.op);
  if (!mlirValueIsNull(sum) && at->v->sum == now)
    addnormVectorStore(b, t, sum, at);
}

/* Stores the results at a place from its t. All operands are read before. y goes first, which is a
 * little faster where f32 comes from memory. */
static void storeResults(const IrBuilder *b, const Place *at, MlirValue t, MlirValue rstd) {
  MlirOperation op = at->v->formula.op;
  MlirValue gamma = addnormRmsNormGetGamma(op), weight = {NULL};
  if (!mlirValueIsNull(gamma))
    weight = addnormEmitWeight(b, &at->v->formula, addnormVectorLoad(b, gamma, at));
  MlirValue y = addnormEmitNormalized(b, &at->v->formula, t, rstd, weight);
  storeSum(b, at, t, VECTOR_SUM_WITH_RESULTS);
  addnormVectorStore(b, y, addnormRmsNormGetYInit(op), at);
}

static MlirValue loadKept(const IrBuilder *b, const Place *at) {
  const Vectors *v = at->v;
  return at->isElement ? irLoad(b, v->row, &at->column)
                       : addnormVectorLoadScratch(b, v, v->row, at->column, at->mask);
}

static void keep(const IrBuilder *b, const Place *at, MlirValue t, MlirValue memory,
                 MlirValue index) {
  if (at->isElement)
    irStore(b, t, memory, &index);
  else
    addnormVectorStoreScratch(b, t, memory, index, at->mask);
}

static void normalizePiece(const IrBuilder *b, const Place *at, MlirValue rstd) {
  const Vectors *v = at->v;
  MlirValue t = mlirValueIsNull(v->row) ? addnormEmitSum(b, &v->formula, addnormVectorLoad, at)
                                        : loadKept(b, at);
  storeResults(b, at, t, rstd);
}

static void squarePiece(const IrBuilder *b, const Place *at, int64_t p, Partials *partials) {
  const Vectors *v = at->v;
  MlirValue t = addnormEmitSum(b, &v->formula, addnormVectorLoad, at);
  if (!mlirValueIsNull(at->mask)) {
    MlirValue choice[] = {at->mask, t, irFloatConstant(b, v->piece, 0.0)};
    t = irValue(b, "arith.select", 3, choice, v->piece, NULL);
  }
  if (!mlirValueIsNull(v->row))
    keep(b, at, t, v->row, at->column);
  storeSum(b, at, t, VECTOR_SUM_WITH_SQUARES);
  addSquares(v, b, partials, p, at->column, t);
}

/* --- blocks ---------------------------------------------------------------------------------- */

/* The same with pieces as they are stored. */
static Vectors inStoredPieces(const Vectors *v) {
  Vectors stored = *v;
  stored.piece = v->storedPiece;
  return stored;
}

/* Which elements of the piece `p` are among the `count` of a block. */
static MlirValue maskFor(const Vectors *v, const IrBuilder *b, int64_t p, MlirValue count) {
  MlirValue rest = irBinary(b, "arith.subi", count, irIndexConstant(b, p * pieceLength(v)));
  MlirType type = irWithElement(v->piece, mlirIntegerTypeGet(b->context, 1));
  return irUnary(b, "vector.create_mask", rest, type);
}

static Place pieceAt(const Vectors *v, const IrBuilder *b, const Row *row, MlirValue column,
                     int64_t p, MlirValue count) {
  Place at = {.v = v, .row = row, .column = pieceStart(v, b, column, p)};
  if (!mlirValueIsNull(count))
    at.mask = maskFor(v, b, p, count);
  return at;
}

/* The block at `column`, or only the first `count` elements of it unless that is null. */
static void normalizePieces(const Vectors *v, const IrBuilder *b, const Walk *walk,
                            MlirValue column, MlirValue count) {
  Vectors stored = inStoredPieces(v);
  for (int64_t p = 0; walk->done && p < numPieces(&stored); ++p) {
    Place at = pieceAt(&stored, b, walk->done, column, p, count);
    normalizePiece(b, &at, walk->rstd);
  }
}

static void squarePieces(const Vectors *v, const IrBuilder *b, const Walk *walk, MlirValue column,
                         MlirValue count, Partials *partials) {
  for (int64_t p = 0; walk->next && p < numPieces(v); ++p) {
    Place at = pieceAt(v, b, walk->next, column, p, count);
    squarePiece(b, &at, p, partials);
  }
}

/* What is fetched ahead is asked for first, and no load behind it begins before; with two results
 * those of the next row alone wait, behind the stores of this one. */
static void emitBlock(const Vectors *v, const IrBuilder *b, const Walk *walk, MlirValue column,
                      Partials *partials) {
  bool fetches = v->streams && walk->done && walk->next;
  if (fetches)
    addnormVectorFetchAhead(b, v, walk->next, walk->done, column);
  if (fetches && !v->schedule->fencesBetween)
    addnormVectorFenceLoads(b, v);
  normalizePieces(v, b, walk, column, all);
  if (fetches && v->schedule->fencesBetween)
    addnormVectorFenceLoads(b, v);
  squarePieces(v, b, walk, column, all, partials);
}

/* The whole blocks of [lower, upper). */
static void emitBlocks(const Vectors *v, const IrBuilder *b, const Walk *walk, MlirValue lower,
                       MlirValue upper, Partials *partials) {
  bool carries = walk->next && mlirValueIsNull(partials->memory);
  intptr_t count = carries ? numPieces(v) : 0;
  MlirValue step = irIndexConstant(b, v->schedule->columnTile);
  IrLoop loop = irForCarrying(b, lower, upper, step, count, partials->vectors);
  Partials carried = {.memory = partials->memory};
  for (intptr_t p = 0; p < count; ++p)
    carried.vectors[p] = mlirBlockGetArgument(loop.body.block, 1 + p);
  emitBlock(v, &loop.body, walk, loop.index, &carried);
  irYield(&loop.body, count, carried.vectors);
  for (intptr_t p = 0; p < count; ++p)
    partials->vectors[p] = mlirOperationGetResult(loop.op, p);
}

/* --- tails without masks --------------------------------------------------------------------- */

/* The elements [0, count) from `start` on: `whole` of them in vectors of the schedule's tailPiece,
 * whose elements are held in order, and the others by themselves. */
typedef struct Tail {
  const Vectors *v;
  Vectors inOrder;
  AddnormSchedule schedule; /* of inOrder */
  MlirValue start, whole, count;
} Tail;

static void tailOf(Tail *tail, const Vectors *v, const IrBuilder *b, MlirValue start,
                   MlirValue count) {
  int64_t length = v->schedule->tailPiece;
  *tail = (Tail){.v = v, .inOrder = *v, .schedule = *v->schedule, .start = start, .count = count};
  tail->schedule.evensFirst = false;
  tail->inOrder.schedule = &tail->schedule;
  tail->inOrder.piece = mlirVectorTypeGet(1, &length, mlirF32TypeGet(b->context));
  MlirValue rest = irBinary(b, "arith.remui", count, irIndexConstant(b, length));
  tail->whole = length == 1 ? v->zero : irBinary(b, "arith.subi", count, rest);
}

/* Keeps LLVM from making vectors of the few elements that are left: that code is as long as all of
 * the rest, and rarely runs. */
static void forbidVectors(const IrBuilder *body) {
  static const char annotation[] =
      "#llvm.loop_annotation<vectorize = <disable = true>, unroll = <disable = true>>";
  mlirOperationSetDiscardableAttributeByName(
      mlirBlockGetParentOperation(body->block), irStr("loop_annotation"),
      mlirAttributeParseGet(body->context, irStr(annotation)));
}

/* Opens a loop over the vectors of the tail, or over the elements behind them. */
static IrBuilder forTail(const Tail *tail, const IrBuilder *b, Place *at, MlirValue *index) {
  const Vectors *v = tail->v;
  IrBuilder body = at->isElement ? irFor(b, tail->whole, tail->count, v->one, index)
                                 : irFor(b, v->zero, tail->whole,
                                         irIndexConstant(b, v->schedule->tailPiece), index);
  if (at->isElement)
    forbidVectors(&body);
  at->v = at->isElement ? v : &tail->inOrder;
  at->column = irBinary(&body, "arith.addi", tail->start, *index);
  return body;
}

static void normalizeShort(const Tail *tail, const IrBuilder *b, const Walk *walk,
                           bool areElements) {
  Place at = {.row = walk->done, .isElement = areElements};
  MlirValue index;
  IrBuilder body = forTail(tail, b, &at, &index);
  normalizePiece(&body, &at, walk->rstd);
}

static void keepShort(const Tail *tail, const IrBuilder *b, const Walk *walk, bool areElements) {
  const Vectors *v = tail->v;
  Place at = {.row = walk->next, .isElement = areElements};
  MlirValue index;
  IrBuilder body = forTail(tail, b, &at, &index);
  MlirValue t = addnormEmitSum(&body, &v->formula, addnormVectorLoad, &at);
  keep(&body, &at, t, v->tail, index);
  if (!mlirValueIsNull(v->row))
    keep(&body, &at, t, v->row, at.column);
  storeSum(&body, &at, t, VECTOR_SUM_WITH_SQUARES);
}

/* t goes to a block of memory that is 0 elsewhere, and is squared from there. */
static void squareTail(const Tail *tail, const IrBuilder *b, const Walk *walk, Partials *partials) {
  const Vectors *v = tail->v;
  MlirValue zero = irFloatConstant(b, v->piece, 0.0);
  for (int64_t p = 0; p < numPieces(v); ++p)
    addnormVectorStoreScratch(b, zero, v->tail, pieceStart(v, b, v->zero, p), all);
  if (v->schedule->tailPiece > 1)
    keepShort(tail, b, walk, false);
  keepShort(tail, b, walk, true);
  for (int64_t p = 0; p < numPieces(v); ++p) {
    MlirValue t = addnormVectorLoadScratch(b, v, v->tail, pieceStart(v, b, v->zero, p), all);
    if (v->schedule->evensFirst)
      t = addnormEmitEvensFirst(b, t);
    addSquares(v, b, partials, p, pieceStart(v, b, tail->start, p), t);
  }
}

static void normalizeTail(const Tail *tail, const IrBuilder *b, const Walk *walk) {
  if (tail->v->schedule->tailPiece > 1)
    normalizeShort(tail, b, walk, false);
  normalizeShort(tail, b, walk, true);
}

/* The first `count` elements of the block at `start`. */
static void emitTail(const Vectors *v, const IrBuilder *b, const Walk *walk, MlirValue start,
                     MlirValue count, Partials *partials) {
  if (v->schedule->masked) {
    normalizePieces(v, b, walk, start, count);
    squarePieces(v, b, walk, start, count, partials);
    return;
  }
  Tail tail;
  tailOf(&tail, v, b, start, count);
  if (walk->done)
    normalizeTail(&tail, b, walk);
  if (walk->next)
    squareTail(&tail, b, walk, partials);
}

/* The `length` columns from `start` on, where a block begins. */
static void emitSpan(const Vectors *v, const IrBuilder *b, const Walk *walk, MlirValue start,
                     MlirValue length, Partials *partials) {
  MlirValue tile = irIndexConstant(b, v->schedule->columnTile);
  MlirValue rest = irBinary(b, "arith.remui", length, tile);
  MlirValue end = irBinary(b, "arith.addi", start, irBinary(b, "arith.subi", length, rest));
  emitBlocks(v, b, walk, start, end, partials);
  if (v->schedule->columnMask)
    emitTail(v, b, walk, end, rest, partials);
}

/* Chunk after chunk; the first is added to zeros, which is exact as no partial is ever -0. */
static void emitChunks(const Vectors *v, const IrBuilder *b, const Walk *walk, Partials *partials) {
  MlirValue chunk = irIndexConstant(b, v->schedule->chunk);
  intptr_t count = walk->next && mlirValueIsNull(partials->memory) ? numPieces(v) : 0;
  IrLoop loop = irForCarrying(b, v->zero, v->n, chunk, count, partials->vectors);
  Partials sums = {.memory = partials->memory};
  for (intptr_t p = 0; p < count; ++p)
    sums.vectors[p] = mlirBlockGetArgument(loop.body.block, 1 + p);

  MlirValue rest = irBinary(&loop.body, "arith.subi", v->n, loop.index);
  MlirValue length = irBinary(&loop.body, "arith.minsi", rest, chunk);
  Partials ofChunk = {.memory = v->chunkPartials};
  if (walk->next)
    ofChunk = zeroPartials(v, &loop.body, v->chunkPartials);
  emitSpan(v, &loop.body, walk, loop.index, length, &ofChunk);
  if (walk->next)
    addPartials(v, &loop.body, &sums, &ofChunk);
  irYield(&loop.body, count, sums.vectors);
  for (intptr_t p = 0; p < count; ++p)
    partials->vectors[p] = mlirOperationGetResult(loop.op, p);
}

static void emitColumns(const Vectors *v, const IrBuilder *b, const Walk *walk,
                        Partials *partials) {
  if (v->schedule->chunk)
    emitChunks(v, b, walk, partials);
  else
    emitSpan(v, b, walk, v->zero, v->n, partials);
}

MlirValue addnormVectorWalk(const IrBuilder *b, const Vectors *v, const Walk *walk) {
  Partials partials = {.memory = v->partials};
  if (walk->next)
    partials = zeroPartials(v, b, v->partials);
  emitColumns(v, b, walk, &partials);
  return walk->next ? foldPartials(v, b, &partials) : (MlirValue){NULL};
}

/* --- partials in memory ---------------------------------------------------------------------- */

static bool holdsPartials(const Vectors *v) {
  return v->schedule->columnTile == v->schedule->lanes;
}

static Partials loadPartials(const Vectors *v, const IrBuilder *b, MlirValue memory) {
  if (!holdsPartials(v))
    return (Partials){.memory = memory};
  Partials partials = {0};
  for (int64_t p = 0; p < numPieces(v); ++p)
    partials.vectors[p] = addnormVectorLoadScratch(b, v, memory, pieceStart(v, b, v->zero, p), all);
  return partials;
}

static void storePartials(const Vectors *v, const IrBuilder *b, const Partials *partials,
                          MlirValue memory) {
  for (int64_t p = 0; holdsPartials(v) && p < numPieces(v); ++p)
    addnormVectorStoreScratch(b, partials->vectors[p], memory, pieceStart(v, b, v->zero, p), all);
}

void addnormVectorClearPartials(const IrBuilder *b, const Vectors *v, MlirValue memory) {
  zeroPartials(v, b, memory);
}

void addnormVectorAddSquares(const IrBuilder *b, const Vectors *v, const Row *next,
                             MlirValue memory) {
  Partials partials = loadPartials(v, b, memory);
  emitColumns(v, b, &(Walk){.next = next}, &partials);
  storePartials(v, b, &partials, memory);
}

void addnormVectorAddPartials(const IrBuilder *b, const Vectors *v, MlirValue into,
                              MlirValue from) {
  addMemory(v, b, into, from, 0, v->schedule->lanes);
}

MlirValue addnormVectorFold(const IrBuilder *b, const Vectors *v, MlirValue memory) {
  Partials partials = loadPartials(v, b, memory);
  return foldPartials(v, b, &partials);
}

/* --- chunks by themselves -------------------------------------------------------------------- */

void addnormVectorNormalize(const IrBuilder *b, const Vectors *v, const Row *done, MlirValue rstd,
                            MlirValue start, MlirValue length) {
  emitSpan(v, b, &(Walk){.done = done, .rstd = rstd}, start, length, &(Partials){0});
}

void addnormVectorSquareChunk(const IrBuilder *b, const Vectors *v, const Row *next,
                              MlirValue start, MlirValue length, MlirValue memory) {
  Partials partials = zeroPartials(v, b, holdsPartials(v) ? (MlirValue){NULL} : memory);
  emitSpan(v, b, &(Walk){.next = next}, start, length, &partials);
  storePartials(v, b, &partials, memory);
}

MlirValue addnormVectorChunkPartials(const IrBuilder *b, const Vectors *v, MlirValue partials,
                                     MlirValue chunk) {
  int64_t lanes = v->schedule->lanes;
  MlirValue start = irBinary(b, "arith.muli", chunk, irIndexConstant(b, lanes));
  return irSubview(b, partials, &(IrIndex){.value = start}, &(IrIndex){.known = lanes}, NULL);
}

MlirValue addnormVectorFoldChunks(const IrBuilder *b, const Vectors *v, MlirValue partials,
                                  MlirValue first, MlirValue end) {
  Partials sums = zeroPartials(v, b, v->partials);
  intptr_t count = holdsPartials(v) ? numPieces(v) : 0;
  IrLoop loop = irForCarrying(b, first, end, v->one, count, sums.vectors);
  Partials carried = {.memory = sums.memory};
  Partials ofChunk =
      loadPartials(v, &loop.body, addnormVectorChunkPartials(&loop.body, v, partials, loop.index));
  for (intptr_t p = 0; p < count; ++p)
    carried.vectors[p] = mlirBlockGetArgument(loop.body.block, 1 + p);
  addPartials(v, &loop.body, &carried, &ofChunk);
  irYield(&loop.body, count, carried.vectors);
  for (intptr_t p = 0; p < count; ++p)
    sums.vectors[p] = mlirOperationGetResult(loop.op, p);
  return foldPartials(v, b, &sums);
}
