/* Builder and accessors of addnorm.rms_norm, on the generic operation API. */

#include "addnorm-c/rms_norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlir-c/BuiltinAttributes.h"
#include "mlir-c/BuiltinTypes.h"

/* The operand segments, in ODS order. */
enum { ADDENDS, GAMMA, EPSILON, SCALES, Y_INIT, SUM_INIT, RSTD_INIT, NUM_SEGMENTS };

static MlirStringRef str(const char *s) { return mlirStringRefCreateFromCString(s); }

static MlirAttribute attribute(MlirOperation op, const char *name) {
  return mlirOperationGetAttributeByName(op, str(name));
}

static intptr_t segmentSize(MlirOperation op, int segment) {
  return mlirDenseI32ArrayGetElement(attribute(op, "operandSegmentSizes"), segment);
}

static intptr_t segmentStart(MlirOperation op, int segment) {
  intptr_t start = 0;
  for (int i = 0; i < segment; ++i)
    start += segmentSize(op, i);
  return start;
}

static MlirValue optionalOperand(MlirOperation op, int segment) {
  if (segmentSize(op, segment) == 0)
    return (MlirValue){NULL};
  return mlirOperationGetOperand(op, segmentStart(op, segment));
}

static bool isDynamicScale(float scale) { return isnan(scale); }

bool addnormOperationIsRmsNorm(MlirOperation op) {
  return mlirStringRefEqual(mlirIdentifierStr(mlirOperationGetName(op)), str("addnorm.rms_norm"));
}

intptr_t addnormRmsNormGetNumAddends(MlirOperation op) { return segmentSize(op, ADDENDS); }

MlirValue addnormRmsNormGetAddend(MlirOperation op, intptr_t i) {
  return mlirOperationGetOperand(op, segmentStart(op, ADDENDS) + i);
}

MlirValue addnormRmsNormGetScale(MlirOperation op, intptr_t i, float *scale) {
  MlirAttribute scales = attribute(op, "scales");
  *scale = mlirAttributeIsNull(scales) ? 1.0f : mlirDenseF32ArrayGetElement(scales, i);
  if (!isDynamicScale(*scale))
    return (MlirValue){NULL};
  intptr_t operand = segmentStart(op, SCALES);
  for (intptr_t k = 0; k < i; ++k)
    operand += isDynamicScale(mlirDenseF32ArrayGetElement(scales, k));
  return mlirOperationGetOperand(op, operand);
}

MlirValue addnormRmsNormGetGamma(MlirOperation op) { return optionalOperand(op, GAMMA); }

bool addnormRmsNormGetGammaOffset(MlirOperation op, float *offset) {
  MlirAttribute value = attribute(op, "gamma_offset");
  if (mlirAttributeIsNull(value))
    return false;
  *offset = (float)mlirFloatAttrGetValueDouble(value);
  return true;
}

MlirValue addnormRmsNormGetEpsilon(MlirOperation op, float *epsilon) {
  MlirAttribute value = attribute(op, "epsilon");
  if (!mlirAttributeIsNull(value))
    *epsilon = (float)mlirFloatAttrGetValueDouble(value);
  return optionalOperand(op, EPSILON);
}

MlirValue addnormRmsNormGetYInit(MlirOperation op) { return optionalOperand(op, Y_INIT); }
MlirValue addnormRmsNormGetSumInit(MlirOperation op) { return optionalOperand(op, SUM_INIT); }
MlirValue addnormRmsNormGetRstdInit(MlirOperation op) { return optionalOperand(op, RSTD_INIT); }

static MlirType typeAttribute(MlirOperation op, const char *name) {
  MlirAttribute value = attribute(op, name);
  return mlirAttributeIsNull(value) ? (MlirType){NULL} : mlirTypeAttrGetValue(value);
}

MlirType addnormRmsNormGetSumType(MlirOperation op) { return typeAttribute(op, "sum_type"); }
MlirType addnormRmsNormGetNormType(MlirOperation op) { return typeAttribute(op, "norm_type"); }

static int64_t integerAttribute(MlirOperation op, const char *name) {
  MlirAttribute value = attribute(op, name);
  return mlirAttributeIsNull(value) ? 0 : mlirIntegerAttrGetValueInt(value);
}

int64_t addnormRmsNormGetLanes(MlirOperation op) { return integerAttribute(op, "lanes"); }
int64_t addnormRmsNormGetChunk(MlirOperation op) { return integerAttribute(op, "chunk"); }

/* The operation state under construction, with room for all of the op's attributes. */
typedef struct Builder {
  MlirContext context;
  MlirOperationState state;
  MlirNamedAttribute attributes[8];
  intptr_t numAttributes;
} Builder;

static void setAttribute(Builder *b, const char *name, MlirAttribute value) {
  b->attributes[b->numAttributes++] =
      mlirNamedAttributeGet(mlirIdentifierGet(b->context, str(name)), value);
}

static void setOptionalType(Builder *b, const char *name, MlirType type) {
  if (!mlirTypeIsNull(type))
    setAttribute(b, name, mlirTypeAttrGet(type));
}

static void setOptionalInteger(Builder *b, const char *name, int64_t value) {
  if (value != 0)
    setAttribute(b, name, mlirIntegerAttrGet(mlirIntegerTypeGet(b->context, 64), value));
}

static int32_t addOptionalOperand(Builder *b, MlirValue value) {
  if (mlirValueIsNull(value))
    return 0;
  mlirOperationStateAddOperands(&b->state, 1, &value);
  return 1;
}

/* Adds the operands of `scales` and sets the attribute, with NaN where an operand stands. */
static int32_t addScales(Builder *b, const AddnormRmsNorm *op) {
  if (!op->scales)
    return 0;
  int32_t numOperands = 0;
  float *constants = malloc(sizeof *constants * (size_t)op->numAddends);
  for (intptr_t i = 0; i < op->numAddends; ++i) {
    constants[i] = op->scales[i];
    if (op->scaleOperands && addOptionalOperand(b, op->scaleOperands[i])) {
      constants[i] = NAN;
      ++numOperands;
    }
  }
  setAttribute(b, "scales", mlirDenseF32ArrayGet(b->context, op->numAddends, constants));
  free(constants);
  return numOperands;
}

static void addInit(Builder *b, MlirValue init, int32_t *segment) {
  *segment = addOptionalOperand(b, init);
  if (!*segment)
    return;
  MlirType type = mlirValueGetType(init);
  if (mlirTypeIsARankedTensor(type))
    mlirOperationStateAddResults(&b->state, 1, &type);
}

MlirOperation addnormRmsNormCreate(MlirLocation loc, const AddnormRmsNorm *op) {
  Builder b = {.context = mlirLocationGetContext(loc),
               .state = mlirOperationStateGet(str("addnorm.rms_norm"), loc)};
  int32_t segments[NUM_SEGMENTS];
  MlirType f32 = mlirF32TypeGet(b.context);

  mlirOperationStateAddOperands(&b.state, op->numAddends, op->addends);
  segments[ADDENDS] = (int32_t)op->numAddends;
  segments[GAMMA] = addOptionalOperand(&b, op->gamma);
  segments[EPSILON] = addOptionalOperand(&b, op->epsilonOperand);
  segments[SCALES] = addScales(&b, op);
  addInit(&b, op->yInit, &segments[Y_INIT]);
  addInit(&b, op->sumInit, &segments[SUM_INIT]);
  addInit(&b, op->rstdInit, &segments[RSTD_INIT]);

  setAttribute(&b, "operandSegmentSizes", mlirDenseI32ArrayGet(b.context, NUM_SEGMENTS, segments));
  if (!segments[EPSILON])
    setAttribute(&b, "epsilon", mlirFloatAttrDoubleGet(b.context, f32, op->epsilon));
  if (op->hasGammaOffset)
    setAttribute(&b, "gamma_offset", mlirFloatAttrDoubleGet(b.context, f32, op->gammaOffset));
  setOptionalType(&b, "sum_type", op->sumType);
  setOptionalType(&b, "norm_type", op->normType);
  setOptionalInteger(&b, "lanes", op->lanes);
  setOptionalInteger(&b, "chunk", op->chunk);
  mlirOperationStateAddAttributes(&b.state, b.numAttributes, b.attributes);
  return mlirOperationCreate(&b.state);
}
