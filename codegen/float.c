#include "codegen/float.h"

#include <math.h>

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

/* With the rounding mode spelled out LLVM cannot narrow the arithmetic before the conversion: a
 * plain fptrunc(fadd(fpext a, fpext b)) becomes an f16 addition. */
static MlirValue roundToF16(const IrBuilder *b, MlirValue value, MlirType element) {
  enum { TO_NEAREST_EVEN = 0 };
  MlirType f16 = irWithElement(mlirValueGetType(value), element);
  MlirType i32 = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"roundingmode", mlirIntegerAttrGet(i32, TO_NEAREST_EVEN)}, {NULL, {NULL}}};
  return irValue(b, "arith.truncf", 1, &value, f16, attrs);
}

static MlirValue isNan(const IrBuilder *b, MlirValue value) {
  enum { UNORDERED = 14 };
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"predicate", mlirIntegerAttrGet(i64, UNORDERED)}, {NULL, {NULL}}};
  MlirValue operands[] = {value, value};
  return irValue(b, "arith.cmpf", 2, operands, integersOf(b, value, 1), attrs);
}

/* In integers: x86's own instruction flushes subnormals, and the library call that others get is
 * missing from many run-time libraries. Adding 0x7fff, and one more when the kept part is odd,
 * carries into the kept part exactly when rounding goes up. Infinities come out right.
 *
 * What NaN becomes is chosen first, in f32: LLVM makes a choice behind the narrowing one of bf16,
 * and most back ends take vectors of that apart. */
static MlirValue roundToBF16(const IrBuilder *b, MlirValue value, MlirType element) {
  MlirType bf16 = irWithElement(mlirValueGetType(value), element);
  MlirType i16 = integersOf(b, value, 16);
  MlirType i32 = integersOf(b, value, 32);
  MlirValue sixteen = irIntegerConstant(b, i32, 16);
  MlirValue choice[] = {isNan(b, value), irFloatConstant(b, mlirValueGetType(value), NAN), value};
  value = irValue(b, "arith.select", 3, choice, mlirValueGetType(value), NULL);

  MlirValue bits = irUnary(b, "arith.bitcast", value, i32);
  MlirValue kept = irBinary(b, "arith.shrui", bits, sixteen);
  MlirValue odd = irBinary(b, "arith.andi", kept, irIntegerConstant(b, i32, 1));
  MlirValue bias = irBinary(b, "arith.addi", odd, irIntegerConstant(b, i32, 0x7fff));
  MlirValue sum = irBinary(b, "arith.addi", bits, bias);
  MlirValue rounded = irUnary(b, "arith.trunci", irBinary(b, "arith.shrui", sum, sixteen), i16);
  return irUnary(b, "arith.bitcast", rounded, bf16);
}

MlirValue addnormEmitRound(const IrBuilder *b, MlirValue value, MlirType type) {
  if (mlirTypeIsAF16(type))
    return roundToF16(b, value, type);
  if (mlirTypeIsABF16(type))
    return roundToBF16(b, value, type);
  return value;
}
