/* addnorm.rms_norm from C: the dialect's registration, a builder and the accessors.
 *
 * The contract of the op (formula, order of the sum, roundings) is its description in
 * include/addnorm/AddNormOps.td. Nothing here takes ownership of what it is given. */

#ifndef ADDNORM_C_RMS_NORM_H
#define ADDNORM_C_RMS_NORM_H

#include "addnorm-c/support.h"
#include "mlir-c/IR.h"

ADDNORM_EXTERN_C_BEGIN

/* mlirGetDialectHandle__addnorm__(): the handle to register or load the dialect with. */
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(AddNorm, addnorm);

/* Registers with `registry` what lets one-shot-bufferize bufferize the op. */
ADDNORM_API void addnormRegisterBufferization(MlirDialectRegistry registry);

/* What addnormRmsNormCreate builds. Null values and attributes (all bits zero) mean "absent". */
typedef struct AddnormRmsNorm {
  intptr_t numAddends; /* at least 1 */
  MlirValue const *addends;
  /* Null: every scale is 1. Otherwise one entry per addend; a null entry of scaleOperands means the
   * constant in scales. scaleOperands may itself be null when all scales are constants. */
  float const *scales;
  MlirValue const *scaleOperands; /* f32 scalars */
  MlirValue gamma;                /* null: absent */
  bool hasGammaOffset;
  float gammaOffset;
  MlirValue epsilonOperand; /* f32 scalar; null: the constant */
  float epsilon;
  MlirValue yInit;
  MlirValue sumInit;  /* null: no sum output */
  MlirValue rstdInit; /* null: no rstd output */
  MlirType sumType;   /* null: t is not rounded */
  MlirType normType;  /* null: u is not rounded */
  int64_t lanes;      /* 0: absent */
  int64_t chunk;      /* 0: absent */
} AddnormRmsNorm;

/* Builds the op; the caller inserts and owns it. Tensor inits give results of their types, in the
 * order y, sum, rstd. The op is not verified here. */
ADDNORM_API MlirOperation addnormRmsNormCreate(MlirLocation loc, const AddnormRmsNorm *op);

/* Whether `op` is an addnorm.rms_norm. */
ADDNORM_API bool addnormOperationIsRmsNorm(MlirOperation op);

/* Accessors; `op` must be an addnorm.rms_norm. Absent operands and types are null. */
ADDNORM_API intptr_t addnormRmsNormGetNumAddends(MlirOperation op);
ADDNORM_API MlirValue addnormRmsNormGetAddend(MlirOperation op, intptr_t i);
/* The scale of addend `i`: returns the f32 operand, or null after storing the constant in `*scale`
 * (1 when the op has no scales). */
ADDNORM_API MlirValue addnormRmsNormGetScale(MlirOperation op, intptr_t i, float *scale);
ADDNORM_API MlirValue addnormRmsNormGetGamma(MlirOperation op);
/* Stores the offset when there is one and says whether there is. */
ADDNORM_API bool addnormRmsNormGetGammaOffset(MlirOperation op, float *offset);
/* Returns the f32 operand, or null after storing the constant in `*epsilon`. */
ADDNORM_API MlirValue addnormRmsNormGetEpsilon(MlirOperation op, float *epsilon);
ADDNORM_API MlirValue addnormRmsNormGetYInit(MlirOperation op);
ADDNORM_API MlirValue addnormRmsNormGetSumInit(MlirOperation op);
ADDNORM_API MlirValue addnormRmsNormGetRstdInit(MlirOperation op);
ADDNORM_API MlirType addnormRmsNormGetSumType(MlirOperation op);
ADDNORM_API MlirType addnormRmsNormGetNormType(MlirOperation op);
/* 0 when absent. */
ADDNORM_API int64_t addnormRmsNormGetLanes(MlirOperation op);
ADDNORM_API int64_t addnormRmsNormGetChunk(MlirOperation op);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_C_RMS_NORM_H */
