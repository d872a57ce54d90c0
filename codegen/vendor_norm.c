/* The struct is made of LLVM types, so that its layout is that of C on whatever processor the code
 * is compiled for. */

#include "codegen/vendor_norm.h"

#include "addnorm-c/rms_norm.h"
#include "addnorm-c/vendor_kernel.h"
#include "lib/ir/view.h"
#include "mlir-c/Dialect/LLVM.h"

/* --- the types ------------------------------------------------------------------------------- */

static MlirType integerType(const IrBuilder *b, unsigned width) {
  return mlirIntegerTypeGet(b->context, width);
}

static MlirType pointerType(const IrBuilder *b) { return mlirLLVMPointerTypeGet(b->context, 0); }

/* The fields of AddnormVendorTensor. */
enum { DATA, ROW_STRIDE, TYPE, SCALE, NUM_TENSOR_FIELDS };

/* The fields of AddnormVendorNorm. */
enum {
  VERSION,
  SIZE,
  FLAGS,
  NUM_ADDENDS,
  ADDENDS,
  ROWS,
  N,
  GAMMA,
  Y,
  SUM,
  RSTD,
  EPSILON,
  GAMMA_OFFSET,
  SUM_TYPE,
  NORM_TYPE,
  LANES,
  CHUNK,
  NUM_NORM_FIELDS
};

static MlirType tensorType(const IrBuilder *b) {
  MlirType fields[NUM_TENSOR_FIELDS] = {[DATA] = pointerType(b),
                                        [ROW_STRIDE] = integerType(b, 64),
                                        [TYPE] = integerType(b, 32),
                                        [SCALE] = mlirF32TypeGet(b->context)};
  return mlirLLVMStructTypeLiteralGet(b->context, NUM_TENSOR_FIELDS, fields, false);
}

static MlirType normType(const IrBuilder *b) {
  MlirType i32 = integerType(b, 32), i64 = integerType(b, 64), f32 = mlirF32TypeGet(b->context);
  MlirType tensor = tensorType(b);
  MlirType fields[NUM_NORM_FIELDS] = {[VERSION] = i32,
                                      [SIZE] = i32,
                                      [FLAGS] = i32,
                                      [NUM_ADDENDS] = i32,
                                      [ADDENDS] = pointerType(b),
                                      [ROWS] = i64,
                                      [N] = i64,
                                      [GAMMA] = tensor,
                                      [Y] = tensor,
                                      [SUM] = tensor,
                                      [RSTD] = tensor,
                                      [EPSILON] = f32,
                                      [GAMMA_OFFSET] = f32,
                                      [SUM_TYPE] = i32,
                                      [NORM_TYPE] = i32,
                                      [LANES] = i64,
                                      [CHUNK] = i64};
  return mlirLLVMStructTypeLiteralGet(b->context, NUM_NORM_FIELDS, fields, false);
}

/* --- values ---------------------------------------------------------------------------------- */

static MlirValue integer(const IrBuilder *b, unsigned width, int64_t value) {
  return irIntegerConstant(b, integerType(b, width), value);
}

static MlirValue f32Constant(const IrBuilder *b, float value) {
  return irFloatConstant(b, mlirF32TypeGet(b->context), value);
}

/* A copy of `value` on the stack. */
static MlirValue spill(const IrBuilder *b, MlirValue value) {
  MlirValue one = integer(b, 32, 1);
  IrAttr attrs[] = {{"elem_type", mlirTypeAttrGet(mlirValueGetType(value))}, {NULL, {NULL}}};
  MlirValue address = irValue(b, "llvm.alloca", 1, &one, pointerType(b), attrs);
  MlirValue operands[] = {value, address};
  irOp(b, "llvm.store", 2, operands, 0, NULL, NULL, 0, NULL);
  return address;
}

/* An aggregate under construction. */
typedef struct Aggregate {
  const IrBuilder *b;
  MlirValue value;
} Aggregate;

static Aggregate newAggregate(const IrBuilder *b, MlirType type) {
  return (Aggregate){b, irValue(b, "llvm.mlir.zero", 0, NULL, type, NULL)};
}

static void setField(Aggregate *a, int64_t position, MlirValue field) {
  MlirValue operands[] = {a->value, field};
  IrAttr attrs[] = {{"position", mlirDenseI64ArrayGet(a->b->context, 1, &position)},
                    {NULL, {NULL}}};
  a->value = irValue(a->b, "llvm.insertvalue", 2, operands, mlirValueGetType(a->value), attrs);
}

/* As the processor lays the type out. */
static MlirValue sizeOf(const IrBuilder *b, MlirType type) {
  MlirValue null = irValue(b, "llvm.mlir.zero", 0, NULL, pointerType(b), NULL);
  IrAttr attrs[] = {{"rawConstantIndices", mlirDenseI32ArrayGet(b->context, 1, (int32_t[]){1})},
                    {"elem_type", mlirTypeAttrGet(type)},
                    {NULL, {NULL}}};
  MlirValue end = irValue(b, "llvm.getelementptr", 1, &null, pointerType(b), attrs);
  return irUnary(b, "llvm.ptrtoint", end, integerType(b, 32));
}

static MlirValue toI64(const IrBuilder *b, MlirValue index) {
  return irUnary(b, "arith.index_cast", index, integerType(b, 64));
}

static MlirValue elementTypeOf(const IrBuilder *b, MlirType element) {
  return integer(b, 32,
                 mlirTypeIsAF16(element)    ? ADDNORM_F16
                 : mlirTypeIsABF16(element) ? ADDNORM_BF16
                                            : ADDNORM_F32);
}

static MlirValue rowStrideOf(const IrBuilder *b, MlirValue plane) {
  enum { ROW_STRIDE_RESULT = 4 };
  return mlirOperationGetResult(irStridedMetadata(b, plane), ROW_STRIDE_RESULT);
}

/* An AddnormVendorTensor of a plane, or of a row vector. */
static MlirValue tensorOf(const IrBuilder *b, MlirValue memref, MlirValue scale) {
  MlirType type = mlirValueGetType(memref);
  MlirValue address = toI64(b, irAddressOf(b, memref));
  bool isVector = mlirShapedTypeGetRank(type) == 1;
  Aggregate tensor = newAggregate(b, tensorType(b));
  setField(&tensor, DATA, irUnary(b, "llvm.inttoptr", address, pointerType(b)));
  setField(&tensor, ROW_STRIDE, isVector ? integer(b, 64, 0) : toI64(b, rowStrideOf(b, memref)));
  setField(&tensor, TYPE, elementTypeOf(b, mlirShapedTypeGetElementType(type)));
  setField(&tensor, SCALE, scale);
  return tensor.value;
}

/* --- the op ---------------------------------------------------------------------------------- */

static MlirValue valueOr(const IrBuilder *b, MlirValue value, float constant) {
  return mlirValueIsNull(value) ? f32Constant(b, constant) : value;
}

/* The addends on the stack. */
static MlirValue spillAddends(const IrBuilder *b, MlirOperation op, const AddnormPlane *plane) {
  intptr_t count = addnormRmsNormGetNumAddends(op);
  Aggregate addends = newAggregate(b, mlirLLVMArrayTypeGet(tensorType(b), (unsigned)count));
  for (intptr_t i = 0; i < count; ++i) {
    float constant;
    MlirValue scale = addnormRmsNormGetScale(op, i, &constant);
    setField(&addends, i, tensorOf(b, plane->addends[i], valueOr(b, scale, constant)));
  }
  return spill(b, addends.value);
}

/* What may be absent. */
typedef struct Optional {
  Aggregate *norm;
  uint32_t flags;
} Optional;

static void setTensor(Optional *o, int64_t field, uint32_t flag, MlirValue memref) {
  const IrBuilder *b = o->norm->b;
  if (mlirValueIsNull(memref))
    return;
  setField(o->norm, field, tensorOf(b, memref, f32Constant(b, 1)));
  o->flags |= flag;
}

static void setType(Optional *o, int64_t field, uint32_t flag, MlirType type) {
  if (mlirTypeIsNull(type))
    return;
  setField(o->norm, field, elementTypeOf(o->norm->b, type));
  o->flags |= flag;
}

static void setOptional(Aggregate *norm, MlirOperation op, const AddnormPlane *plane) {
  Optional o = {norm, 0};
  setTensor(&o, GAMMA, ADDNORM_VENDOR_GAMMA, plane->gamma);
  setTensor(&o, SUM, ADDNORM_VENDOR_SUM, plane->sum);
  setTensor(&o, RSTD, ADDNORM_VENDOR_RSTD, plane->rstd);
  setType(&o, SUM_TYPE, ADDNORM_VENDOR_SUM_TYPE, addnormRmsNormGetSumType(op));
  setType(&o, NORM_TYPE, ADDNORM_VENDOR_NORM_TYPE, addnormRmsNormGetNormType(op));
  float offset;
  if (addnormRmsNormGetGammaOffset(op, &offset)) {
    setField(norm, GAMMA_OFFSET, f32Constant(norm->b, offset));
    o.flags |= ADDNORM_VENDOR_GAMMA_OFFSET;
  }
  setField(norm, FLAGS, integer(norm->b, 32, o.flags));
}

MlirValue addnormVendorNormSpill(const IrBuilder *b, MlirOperation op, const AddnormPlane *plane) {
  MlirType type = normType(b);
  Aggregate norm = newAggregate(b, type);
  setField(&norm, VERSION, integer(b, 32, ADDNORM_VENDOR_VERSION));
  setField(&norm, SIZE, sizeOf(b, type));
  setField(&norm, NUM_ADDENDS, integer(b, 32, addnormRmsNormGetNumAddends(op)));
  setField(&norm, ADDENDS, spillAddends(b, op, plane));
  setField(&norm, ROWS, toI64(b, plane->rows));
  setField(&norm, N, toI64(b, plane->n));
  setField(&norm, Y, tensorOf(b, plane->y, f32Constant(b, 1)));
  setOptional(&norm, op, plane);
  float epsilon = 0;
  MlirValue epsilonOperand = addnormRmsNormGetEpsilon(op, &epsilon);
  setField(&norm, EPSILON, valueOr(b, epsilonOperand, epsilon));
  setField(&norm, LANES, integer(b, 64, addnormRmsNormGetLanes(op)));
  setField(&norm, CHUNK, integer(b, 64, addnormRmsNormGetChunk(op)));
  return spill(b, norm.value);
}
