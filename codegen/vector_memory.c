/* Loads, stores and fetches of target `vector`. */

#include "addnorm-c/rms_norm.h"
#include "codegen/float.h"
#include "codegen/vector.h"
#include "mlir-c/Dialect/LLVM.h"

static MlirType elementType(MlirValue memref) {
  return mlirShapedTypeGetElementType(mlirValueGetType(memref));
}

static int64_t bytesOf(MlirType element) { return mlirFloatTypeGetWidth(element) / 8; }

/* `memref` and the indices of the place in it, after `count` operands; returns how many operands
 * there are now. */
static intptr_t addAddress(MlirValue *operands, intptr_t count, MlirValue memref, const Place *at) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  operands[count++] = memref;
  for (int64_t d = 0; d < rank - 1; ++d)
    operands[count++] = at->row->index[d];
  operands[count++] = at->column;
  return count;
}

enum { MAX_OPERANDS = 3 + IR_MAX_RANK };

/* Bytes of a cache line of every processor that stores around its caches. */
enum { LINE = 64 };

/* A piece in the order in which the schedule holds it. */
static MlirValue extendPiece(const IrBuilder *b, const Vectors *v, MlirValue value) {
  if (!v->schedule->evensFirst)
    return addnormEmitExtend(b, value);
  if (mlirTypeIsABF16(irElementType(mlirValueGetType(value))))
    return addnormEmitExtendPairs(b, value);
  return addnormEmitEvensFirst(b, addnormEmitExtend(b, value));
}

MlirValue addnormVectorLoad(const IrBuilder *b, MlirValue memref, const void *place) {
  const Place *at = place;
  MlirType element = elementType(memref);
  MlirType type = at->isElement ? element : irWithElement(at->v->piece, element);
  MlirValue operands[MAX_OPERANDS];
  intptr_t count = addAddress(operands, 0, memref, at);
  if (at->isElement)
    return addnormEmitExtend(b, irLoad(b, memref, operands + 1));
  if (mlirValueIsNull(at->mask))
    return extendPiece(b, at->v, irValue(b, "vector.load", count, operands, type, NULL));
  operands[count++] = at->mask;
  operands[count++] = irFloatConstant(b, type, 0.0);
  return extendPiece(b, at->v, irValue(b, "vector.maskedload", count, operands, type, NULL));
}

/* A vector as wide as it comes. */
static void storeWhole(const IrBuilder *b, MlirValue value, MlirValue memref, const Place *at) {
  MlirType type = mlirValueGetType(value), i64 = mlirIntegerTypeGet(b->context, 64);
  int64_t bytes = mlirShapedTypeGetDimSize(type, 0) * bytesOf(mlirShapedTypeGetElementType(type));
  IrAttr attrs[] = {{"nontemporal", mlirBoolAttrGet(b->context, true)},
                    {"alignment", mlirIntegerAttrGet(i64, bytes < LINE ? bytes : LINE)},
                    {NULL, {NULL}}};
  MlirValue operands[MAX_OPERANDS] = {value};
  intptr_t count = addAddress(operands, 1, memref, at);
  irOp(b, "vector.store", count, operands, 0, NULL, at->v->streams ? attrs : NULL, 0, NULL);
}

/* A conversion to f16 ends in memory as cheaply as in a register, so that what is converted
 * at once is stored by itself. */
static void storeParts(const IrBuilder *b, MlirValue value, MlirValue memref, const Place *at) {
  MlirType element = elementType(memref);
  const AddnormRounding *how = &at->v->formula.rounding;
  int64_t lanes = how->roundLanes;
  int64_t piece = mlirShapedTypeGetDimSize(mlirValueGetType(value), 0);
  if (at->v->schedule->evensFirst) {
    storeWhole(b, addnormEmitRoundPairs(b, value, how), memref, at);
    return;
  }
  if (!mlirTypeIsAF16(element) || piece <= lanes) {
    storeWhole(b, addnormEmitRound(b, value, element, how), memref, at);
    return;
  }
  for (int64_t i = 0; i < piece; i += lanes) {
    Place part = *at;
    part.column = irBinary(b, "arith.addi", at->column, irIndexConstant(b, i));
    MlirValue slice = addnormEmitSlice(b, value, i, lanes);
    storeWhole(b, addnormEmitRound(b, slice, element, how), memref, &part);
  }
}

void addnormVectorStore(const IrBuilder *b, MlirValue value, MlirValue memref, const Place *at) {
  if (!at->isElement && mlirValueIsNull(at->mask)) {
    storeParts(b, value, memref, at);
    return;
  }
  MlirValue operands[MAX_OPERANDS];
  intptr_t count = addAddress(operands, 0, memref, at);
  value = addnormEmitRound(b, value, elementType(memref), &at->v->formula.rounding);
  if (at->isElement) {
    irStore(b, value, memref, operands + 1);
    return;
  }
  operands[count++] = at->mask;
  operands[count++] = value;
  irOp(b, "vector.maskedstore", count, operands, 0, NULL, NULL, 0, NULL);
}

MlirValue addnormVectorLoadScratch(const IrBuilder *b, const Vectors *v, MlirValue memory,
                                   MlirValue index, MlirValue mask) {
  MlirValue operands[] = {memory, index, mask, {NULL}};
  if (mlirValueIsNull(mask))
    return irValue(b, "vector.load", 2, operands, v->piece, NULL);
  operands[3] = irFloatConstant(b, v->piece, 0.0);
  return irValue(b, "vector.maskedload", 4, operands, v->piece, NULL);
}

void addnormVectorStoreScratch(const IrBuilder *b, MlirValue value, MlirValue memory,
                               MlirValue index, MlirValue mask) {
  if (mlirValueIsNull(mask)) {
    MlirValue operands[] = {value, memory, index};
    irOp(b, "vector.store", 3, operands, 0, NULL, NULL, 0, NULL);
    return;
  }
  MlirValue operands[] = {memory, index, mask, value};
  irOp(b, "vector.maskedstore", 4, operands, 0, NULL, NULL, 0, NULL);
}

/* --- fetching -------------------------------------------------------------------------------- */

enum { PAGE = 4096 };

/* Locality hints. Lines go into the second level, for the first has too few misses in flight
 * to hide the memory behind the arithmetic of a block. But where a translation is missing,
 * processors may drop such a hint, and no such hint for the first level. */
enum { SECOND_LEVEL = 2, FIRST_LEVEL = 3 };

static void fetchLine(const IrBuilder *b, const Place *at, MlirValue memref, int64_t bytes) {
  MlirValue distance = irIndexConstant(b, bytes / bytesOf(elementType(memref)));
  Place ahead = *at;
  ahead.column = irBinary(b, "arith.addi", at->column, distance);
  MlirValue operands[MAX_OPERANDS];
  intptr_t count = addAddress(operands, 0, memref, &ahead);
  MlirType i32 = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"isWrite", mlirBoolAttrGet(b->context, false)},
                    {"localityHint", mlirIntegerAttrGet(i32, SECOND_LEVEL)},
                    {"isDataCache", mlirBoolAttrGet(b->context, true)},
                    {NULL, {NULL}}};
  irOp(b, "memref.prefetch", count, operands, 0, NULL, attrs, 0, NULL);
}

static bool isFullShape(const Vectors *v, MlirValue memref) {
  return mlirShapedTypeGetRank(mlirValueGetType(memref)) == v->rank;
}

/* The offset and strides of a memref, index values; `of` needs room for 1 + rank. */
static void getLayout(const IrBuilder *b, MlirValue memref, MlirValue *of) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  MlirOperation op = irStridedMetadata(b, memref);
  of[0] = mlirOperationGetResult(op, 1);
  for (int64_t d = 0; d < rank; ++d)
    of[1 + d] = mlirOperationGetResult(op, 2 + rank + d);
}

/* The address of a place, an index. */
static MlirValue addressOf(const IrBuilder *b, const Place *at, MlirValue memref) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  MlirValue layout[1 + IR_MAX_RANK];
  getLayout(b, memref, layout);
  MlirValue elements = irBinary(b, "arith.addi", layout[0], at->column);
  for (int64_t d = 0; d < rank - 1; ++d) {
    MlirValue ahead = irBinary(b, "arith.muli", at->row->index[d], layout[1 + d]);
    elements = irBinary(b, "arith.addi", elements, ahead);
  }
  MlirValue size = irIndexConstant(b, bytesOf(elementType(memref)));
  MlirValue bytes = irBinary(b, "arith.muli", elements, size);
  MlirValue start =
      irUnary(b, "memref.extract_aligned_pointer_as_index", memref, mlirIndexTypeGet(b->context));
  return irBinary(b, "arith.addi", start, bytes);
}

/* The first line of the next page: its translation is known when the rest comes. Pages are those of
 * the memory: a row may begin within one. All blocks of a page ask for the same: a branch around
 * all but one would cut the loop's body in pieces, and over those LLVM keeps each partial sum in
 * two registers. */
static void fetchPage(const IrBuilder *b, const Place *at, MlirValue memref) {
  MlirValue page =
      irBinary(b, "arith.andi", addressOf(b, at, memref), irIndexConstant(b, -(int64_t)PAGE));
  MlirValue next = irBinary(b, "arith.addi", page, irIndexConstant(b, PAGE));
  next = irUnary(b, "arith.index_cast", next, mlirIntegerTypeGet(b->context, 64));
  next = irUnary(b, "llvm.inttoptr", next, mlirLLVMPointerTypeGet(b->context, 0));
  MlirType i32 = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"rw", mlirIntegerAttrGet(i32, 0)},
                    {"hint", mlirIntegerAttrGet(i32, FIRST_LEVEL)},
                    {"cache", mlirIntegerAttrGet(i32, 1)},
                    {NULL, {NULL}}};
  irOp(b, "llvm.intr.prefetch", 1, &next, 0, NULL, attrs, 0, NULL);
}

void addnormVectorFenceLoads(const IrBuilder *b, const Vectors *v) {
  if (!v->fromMemory || !v->schedule->loadFence)
    return;
  MlirStringRef name = mlirStringRefCreateFromCString(v->schedule->loadFence);
  IrAttr attrs[] = {{"intrin", mlirStringAttrGet(b->context, name)},
                    {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
                    {"op_bundle_sizes", mlirDenseI32ArrayGet(b->context, 0, NULL)},
                    {NULL, {NULL}}};
  irOp(b, "llvm.call_intrinsic", 0, NULL, 0, NULL, attrs, 0, NULL);
}

void addnormVectorFetchAhead(const IrBuilder *b, const Vectors *v, const Row *next, const Row *done,
                             MlirValue column) {
  Place reads = {.v = v, .row = next, .column = column};
  Place stores = {.v = v, .row = done, .column = column};
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(v->formula.op); ++i) {
    MlirValue addend = addnormRmsNormGetAddend(v->formula.op, i);
    if (!isFullShape(v, addend))
      continue;
    int64_t bytes = v->schedule->columnTile * bytesOf(elementType(addend));
    for (int64_t line = 0; line < bytes; line += LINE)
      fetchLine(b, &reads, addend, PAGE + line);
    fetchPage(b, &reads, addend);
  }
  fetchPage(b, &stores, addnormRmsNormGetYInit(v->formula.op));
  MlirValue sum = addnormRmsNormGetSumInit(v->formula.op);
  if (!mlirValueIsNull(sum))
    fetchPage(b, &stores, sum);
}

/* --- alignment ------------------------------------------------------------------------------- */

/* Has a bit below LINE where some row of `memref` begins within a line. */
static MlirValue startBits(const IrBuilder *b, const Vectors *v, MlirValue memref) {
  MlirValue layout[1 + IR_MAX_RANK];
  getLayout(b, memref, layout);
  MlirValue bits = layout[0];
  for (int64_t d = 0; d < v->rank - 1; ++d)
    bits = irBinary(b, "arith.ori", bits, layout[1 + d]);
  MlirValue size = irIndexConstant(b, bytesOf(elementType(memref)));
  MlirValue pointer =
      irUnary(b, "memref.extract_aligned_pointer_as_index", memref, mlirIndexTypeGet(b->context));
  return irBinary(b, "arith.ori", pointer, irBinary(b, "arith.muli", bits, size));
}

MlirValue addnormVectorIsAligned(const IrBuilder *b, const Vectors *v) {
  MlirValue bits = startBits(b, v, addnormRmsNormGetYInit(v->formula.op));
  MlirValue sum = addnormRmsNormGetSumInit(v->formula.op);
  if (!mlirValueIsNull(sum))
    bits = irBinary(b, "arith.ori", bits, startBits(b, v, sum));
  MlirValue inLine = irBinary(b, "arith.andi", bits, irIndexConstant(b, LINE - 1));
  return irCompare(b, IR_EQUAL, inLine, v->zero);
}
