#include "codegen/float.h"

#include <math.h>
#include <stdlib.h>

static MlirType f32Of(const IrBuilder *b, MlirValue value) {
  return irWithElement(mlirValueGetType(value), mlirF32TypeGet(b->context));
}

static MlirType integersOf(const IrBuilder *b, MlirValue value, unsigned width) {
  return irWithElement(mlirValueGetType(value), mlirIntegerTypeGet(b->context, width));
}

/* A bf16 is the upper half of an f32. Back ends without bf16 know no other way. */
static MlirValue extendBF16(const IrBuilder *b, MlirValue value) {
  MlirType i32 = integersOf(b, value, 32);
  MlirValue bits = irUnary(b, "arith.bitcast", value, integersOf(b, value, 16));
  MlirValue wide = irUnary(b, "arith.extui", bits, i32);
  MlirValue upper = irBinary(b, "arith.shli", wide, irIntegerConstant(b, i32, 16));
  return irUnary(b, "arith.bitcast", upper, f32Of(b, value));
}

MlirValue addnormEmitExtend(const IrBuilder *b, MlirValue value) {
  MlirType element = irElementType(mlirValueGetType(value));
  if (mlirTypeIsAF32(element))
    return value;
  if (mlirTypeIsABF16(element))
    return extendBF16(b, value);
  return irUnary(b, "arith.extf", value, f32Of(b, value));
}

MlirValue addnormEmitSlice(const IrBuilder *b, MlirValue vector, int64_t start, int64_t count) {
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  int64_t values[] = {start, count, 1};
  MlirAttribute lists[3];
  for (int i = 0; i < 3; ++i) {
    MlirAttribute value = mlirIntegerAttrGet(i64, values[i]);
    lists[i] = mlirArrayAttrGet(b->context, 1, &value);
  }
  IrAttr attrs[] = {
      {"offsets", lists[0]}, {"sizes", lists[1]}, {"strides", lists[2]}, {NULL, {NULL}}};
  MlirType type = mlirVectorTypeGet(1, &count, irElementType(mlirValueGetType(vector)));
  return irValue(b, "vector.extract_strided_slice", 1, &vector, type, attrs);
}

/* `low` and behind it `high`. */
static MlirValue concatenate(const IrBuilder *b, MlirValue low, MlirValue high) {
  MlirType type = mlirValueGetType(low);
  int64_t count = 2 * mlirShapedTypeGetDimSize(type, 0);
  int64_t *mask = malloc((size_t)count * sizeof *mask);
  for (int64_t i = 0; i < count; ++i)
    mask[i] = i;
  IrAttr attrs[] = {{"mask", mlirDenseI64ArrayGet(b->context, count, mask)}, {NULL, {NULL}}};
  free(mask);
  MlirValue operands[] = {low, high};
  return irValue(b, "vector.shuffle", 2, operands,
                 mlirVectorTypeGet(1, &count, irElementType(type)), attrs);
}

/* With the rounding mode spelled out LLVM cannot narrow the arithmetic before the conversion: a
 * plain fptrunc(fadd(fpext a, fpext b)) becomes an f16 addition. Its back end for x86 crashes on
 * such a conversion of more than a register, so that vectors are converted in halves. */
static MlirValue roundToF16(const IrBuilder *b, MlirValue value, MlirType element,
                            int64_t roundLanes) {
  enum { TO_NEAREST_EVEN = 0 };
  MlirType type = mlirValueGetType(value);
  if (roundLanes == ADDNORM_ROUND_ANY)
    return irUnary(b, "arith.truncf", value, irWithElement(type, element));
  int64_t half = mlirTypeIsAVector(type) ? mlirShapedTypeGetDimSize(type, 0) / 2 : 0;
  if (half >= roundLanes && half > 0) {
    MlirValue low = addnormEmitSlice(b, value, 0, half);
    MlirValue high = addnormEmitSlice(b, value, half, half);
    return concatenate(b, roundToF16(b, low, element, roundLanes),
                       roundToF16(b, high, element, roundLanes));
  }
  MlirType i32 = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"roundingmode", mlirIntegerAttrGet(i32, TO_NEAREST_EVEN)}, {NULL, {NULL}}};
  return irValue(b, "arith.truncf", 1, &value, irWithElement(type, element), attrs);
}

static MlirValue isNan(const IrBuilder *b, MlirValue value) {
  enum { UNORDERED = 14 };
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"predicate", mlirIntegerAttrGet(i64, UNORDERED)}, {NULL, {NULL}}};
  MlirValue operands[] = {value, value};
  return irValue(b, "arith.cmpf", 2, operands, integersOf(b, value, 1), attrs);
}

MlirValue addnormEmitShortNan(const IrBuilder *b, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  MlirValue choice[] = {isNan(b, value), irFloatConstant(b, type, NAN), value};
  return irValue(b, "arith.select", 3, choice, type, NULL);
}

static MlirValue roundableBits(const IrBuilder *b, MlirValue value, const AddnormRounding *how) {
  value = how->shortNans ? value : addnormEmitShortNan(b, value);
  return irUnary(b, "arith.bitcast", value, integersOf(b, value, 32));
}

/* The 16-bit halves of 32 bits. */
typedef struct Halves {
  MlirValue upper, lower;
} Halves;

/* Of a vector, every second of twice as many elements: a shuffle each, where shifts and truncations
 * would be several instructions. */
static Halves halvesOf(const IrBuilder *b, MlirValue bits) {
  MlirType i16 = mlirIntegerTypeGet(b->context, 16), type = mlirValueGetType(bits);
  if (!mlirTypeIsAVector(type)) {
    MlirValue upper = irBinary(b, "arith.shrui", bits, irIntegerConstant(b, type, 16));
    return (Halves){irUnary(b, "arith.trunci", upper, i16), irUnary(b, "arith.trunci", bits, i16)};
  }
  int64_t count = 2 * mlirShapedTypeGetDimSize(type, 0);
  MlirValue halves = irUnary(b, "vector.bitcast", bits, mlirVectorTypeGet(1, &count, i16));
  MlirType results[] = {irWithElement(type, i16), irWithElement(type, i16)};
  MlirOperation op = irOp(b, "vector.deinterleave", 1, &halves, 2, results, NULL, 0, NULL);
  return (Halves){mlirOperationGetResult(op, 1), mlirOperationGetResult(op, 0)};
}

/* The bf16 nearest to f32 of these halves. In integers: x86's own instruction flushes subnormals,
 * and the library call that others get is missing from many run-time libraries. The upper half is
 * one more where the lower one is above 0x8000, or is 0x8000 and the upper is odd. Infinities come
 * out right, and short NaNs stay as they are. */
static MlirValue roundHalves(const IrBuilder *b, Halves halves) {
  MlirType i16 = mlirValueGetType(halves.upper);
  MlirValue odd = irBinary(b, "arith.andi", halves.upper, irIntegerConstant(b, i16, 1));
  MlirValue limit = irBinary(b, "arith.xori", odd, irIntegerConstant(b, i16, (int16_t)0x8001));
  MlirValue goesUp = irCompare(b, IR_AT_LEAST_UNSIGNED, halves.lower, limit);
  MlirValue sum = irBinary(b, "arith.addi", halves.upper, irUnary(b, "arith.extui", goesUp, i16));
  return irUnary(b, "arith.bitcast", sum, irWithElement(i16, mlirBF16TypeGet(b->context)));
}

static MlirValue roundToBF16(const IrBuilder *b, MlirValue value, const AddnormRounding *how) {
  return roundHalves(b, halvesOf(b, roundableBits(b, value, how)));
}

MlirValue addnormEmitRound(const IrBuilder *b, MlirValue value, MlirType type,
                           const AddnormRounding *how) {
  if (mlirTypeIsAF16(type))
    return roundToF16(b, value, type, how->roundLanes);
  if (mlirTypeIsABF16(type))
    return roundToBF16(b, value, how);
  return value;
}

/* --- evens first ----------------------------------------------------------------------------- */

static int64_t countOf(MlirValue vector) {
  return mlirShapedTypeGetDimSize(mlirValueGetType(vector), 0);
}

MlirValue addnormEmitEvensFirst(const IrBuilder *b, MlirValue vector) {
  int64_t half = countOf(vector) / 2;
  MlirType type = mlirVectorTypeGet(1, &half, irElementType(mlirValueGetType(vector)));
  MlirType results[] = {type, type};
  MlirOperation op = irOp(b, "vector.deinterleave", 1, &vector, 2, results, NULL, 0, NULL);
  return concatenate(b, mlirOperationGetResult(op, 0), mlirOperationGetResult(op, 1));
}

MlirValue addnormEmitInOrder(const IrBuilder *b, MlirValue vector) {
  int64_t half = countOf(vector) / 2;
  MlirValue halves[] = {addnormEmitSlice(b, vector, 0, half),
                        addnormEmitSlice(b, vector, half, half)};
  return irValue(b, "vector.interleave", 2, halves, mlirValueGetType(vector), NULL);
}

static MlirValue upperMask(const IrBuilder *b, MlirType i32) {
  return irIntegerConstant(b, i32, (int32_t)0xffff0000);
}

MlirValue addnormEmitExtendPairs(const IrBuilder *b, MlirValue value) {
  int64_t half = countOf(value) / 2;
  MlirType i32 = mlirVectorTypeGet(1, &half, mlirIntegerTypeGet(b->context, 32));
  MlirType f32 = mlirVectorTypeGet(1, &half, mlirF32TypeGet(b->context));
  MlirValue pairs = irUnary(b, "vector.bitcast", value, i32);
  MlirValue evens = irBinary(b, "arith.shli", pairs, irIntegerConstant(b, i32, 16));
  MlirValue odds = irBinary(b, "arith.andi", pairs, upperMask(b, i32));
  return concatenate(b, irUnary(b, "arith.bitcast", evens, f32),
                     irUnary(b, "arith.bitcast", odds, f32));
}

/* The halves of pairs: what is in the upper ones goes to the upper half of the result, too. */
static Halves halvesOfPairs(const IrBuilder *b, MlirValue evens, MlirValue odds) {
  MlirType i32 = mlirValueGetType(evens);
  int64_t count = 2 * countOf(evens);
  MlirType words = mlirVectorTypeGet(1, &count, mlirIntegerTypeGet(b->context, 16));
  MlirValue sixteen = irIntegerConstant(b, i32, 16);
  MlirValue upper = irBinary(b, "arith.ori", irBinary(b, "arith.shrui", evens, sixteen),
                             irBinary(b, "arith.andi", odds, upperMask(b, i32)));
  MlirValue lower = irBinary(b, "arith.ori", irBinary(b, "arith.shli", odds, sixteen),
                             irBinary(b, "arith.andi", evens, irIntegerConstant(b, i32, 0xffff)));
  return (Halves){irUnary(b, "vector.bitcast", upper, words),
                  irUnary(b, "vector.bitcast", lower, words)};
}

MlirValue addnormEmitRoundPairs(const IrBuilder *b, MlirValue value, const AddnormRounding *how) {
  int64_t half = countOf(value) / 2;
  MlirValue bits = roundableBits(b, value, how);
  return roundHalves(b, halvesOfPairs(b, addnormEmitSlice(b, bits, 0, half),
                                      addnormEmitSlice(b, bits, half, half)));
}
