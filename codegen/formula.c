#include "codegen/formula.h"

#include "addnorm-c/rms_norm.h"
#include "codegen/float.h"

static bool isBF16(MlirValue memref) {
  return mlirTypeIsABF16(irElementType(mlirValueGetType(memref)));
}

/* Arithmetic hands on the NaN that it is given, as sum_type and norm_type do, and the one that it
 * makes may be short as well; what else it is given is made short first. */
bool addnormHasShortNans(MlirOperation op) {
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(op); ++i)
    if (!isBF16(addnormRmsNormGetAddend(op, i)))
      return false;
  return true;
}

static MlirValue roundThrough(const IrBuilder *b, const AddnormFormula *f, MlirValue value,
                              MlirType type) {
  if (mlirTypeIsNull(type))
    return value;
  return addnormEmitExtend(b, addnormEmitRound(b, value, type, &f->rounding));
}

/* An operand of the op that may be any NaN. */
static MlirValue shortened(const IrBuilder *b, const AddnormFormula *f, MlirValue value) {
  return f->rounding.shortNans ? addnormEmitShortNan(b, value) : value;
}

static MlirValue scaled(const IrBuilder *b, const AddnormFormula *f, intptr_t i, MlirValue addend) {
  MlirType type = mlirValueGetType(addend);
  float constant;
  MlirValue scale = addnormRmsNormGetScale(f->op, i, &constant);
  if (!mlirValueIsNull(scale))
    return irBinary(b, "arith.mulf", addend, irSplat(b, shortened(b, f, scale), type));
  if (constant == 1.0f)
    return addend;
  return irBinary(b, "arith.mulf", addend, irFloatConstant(b, type, constant));
}

MlirValue addnormEmitSum(const IrBuilder *b, const AddnormFormula *f, AddnormLoad load,
                         const void *at) {
  MlirValue t = {NULL};
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(f->op); ++i) {
    MlirValue addend = scaled(b, f, i, load(b, addnormRmsNormGetAddend(f->op, i), at));
    t = i == 0 ? addend : irBinary(b, "arith.addf", t, addend);
  }
  return roundThrough(b, f, t, addnormRmsNormGetSumType(f->op));
}

MlirValue addnormEmitSquare(const IrBuilder *b, const AddnormFormula *f, MlirValue t,
                            MlirValue accumulator) {
  if (f->splitsFma)
    return irBinary(b, "arith.addf", irBinary(b, "arith.mulf", t, t), accumulator);
  return irTernary(b, "math.fma", t, t, accumulator);
}

MlirValue addnormEmitReciprocalRoot(const IrBuilder *b, const AddnormFormula *f, MlirValue squares,
                                    MlirValue n) {
  MlirType f32 = mlirF32TypeGet(b->context), i64 = mlirIntegerTypeGet(b->context, 64);
  float constant;
  MlirValue epsilon = addnormRmsNormGetEpsilon(f->op, &constant);
  if (mlirValueIsNull(epsilon))
    epsilon = irFloatConstant(b, f32, constant);
  else
    epsilon = shortened(b, f, epsilon);
  MlirValue count = irUnary(b, "arith.sitofp", irUnary(b, "arith.index_cast", n, i64), f32);
  MlirValue mean = irBinary(b, "arith.divf", squares, count);
  MlirValue root = irUnary(b, "math.sqrt", irBinary(b, "arith.addf", mean, epsilon), f32);
  return irBinary(b, "arith.divf", irFloatConstant(b, f32, 1.0), root);
}

MlirValue addnormEmitWeight(const IrBuilder *b, const AddnormFormula *f, MlirValue gamma) {
  float offset;
  if (!isBF16(addnormRmsNormGetGamma(f->op)) && isBF16(addnormRmsNormGetYInit(f->op)))
    gamma = shortened(b, f, gamma);
  if (!addnormRmsNormGetGammaOffset(f->op, &offset))
    return gamma;
  return irBinary(b, "arith.addf", irFloatConstant(b, mlirValueGetType(gamma), offset), gamma);
}

MlirValue addnormEmitNormalized(const IrBuilder *b, const AddnormFormula *f, MlirValue t,
                                MlirValue rstd, MlirValue weight) {
  MlirValue u = irBinary(b, "arith.mulf", t, irSplat(b, rstd, mlirValueGetType(t)));
  u = roundThrough(b, f, u, addnormRmsNormGetNormType(f->op));
  return mlirValueIsNull(weight) ? u : irBinary(b, "arith.mulf", u, weight);
}
