/* What addnorm.rms_norm computes, in plain C, to test kernels against: an NPU's, a vendor's, those
 * of addnormc. Needs nothing but the C library and its libm, no MLIR; C11 or C++. With CMake:
 * find_package(AddNorm COMPONENTS reference), then link AddNorm::reference.
 *
 * For a row, the last dimension, of n elements:
 *
 *   t_i  = sum over k of scale_k * addend_k[i]
 *   rstd = 1 / sqrt(mean(t^2) + epsilon)
 *   y_i  = t_i * rstd * (gammaOffset + gamma[i])
 *
 * Twice, because there are two questions. addnormReferenceExact answers "are these the very bits?":
 * f32 arithmetic in the order of the op's contract (docs/dialect.md), the same bits as every target
 * of addnorm-lower, but for the vectors of Hexagon. addnormReferenceTruth answers "is this as good
 * as f32 can be?": f64 arithmetic, and how far from it f32 arithmetic in that order may end.
 *
 * Tensors are those of kernel.h, with its units (elements), strides, alignment and rules of overlap
 * (y and sum may be exactly addends); types are f16, bf16 and f32. Nothing is allocated, and
 * nothing is kept after the return. Rounding is to nearest, ties to even; the default
 * floating-point environment is assumed, and a NaN may be any NaN. */

#ifndef ADDNORM_C_REFERENCE_H
#define ADDNORM_C_REFERENCE_H

#include <stdbool.h>

#include "addnorm-c/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ADDNORM_REFERENCE_MAX_ADDENDS = 16 };

/* One call. A null pointer stands for what is absent. */
typedef struct AddnormReference {
  int32_t numAddends;
  const AddnormTensor *addends; /* each has the shape of y, or is a vector that every row adds */
  const float *scales;          /* one for each addend; absent: nothing is multiplied */
  const AddnormTensor *gamma;   /* a vector */
  const float *gammaOffset;     /* absent: nothing is added to gamma */
  float epsilon;
  const AddnormElementType *sumType;  /* t is rounded to it */
  const AddnormElementType *normType; /* t * rstd is rounded to it */
  int64_t lanes, chunk;      /* the order of the sum: a power of two; a multiple of it, or 0 for the
                                whole row */
  const AddnormTensor *y;    /* its shape is that of the rows; written by addnormReferenceExact */
  const AddnormTensor *sum;  /* t, in a type of its own */
  const AddnormTensor *rstd; /* f32; its last dimension is 1 */
} AddnormReference;

/* Stores y, and sum and rstd where they are present, with the bits of the contract. On an error
 * nothing was written; `error` may be null. */
AddnormStatus addnormReferenceExact(const AddnormReference *norm, AddnormError *error);

/* The same as a kernel of vendor_kernel.h: stands in for a vendor's own until there is one. The
 * context is not looked at; a sum in any order has 64 lanes. */
struct AddnormVendorNorm;
int32_t addnormReferenceKernel(void *context, const struct AddnormVendorNorm *norm);

/* One row in f64. The arrays are the caller's, of n elements. */
typedef struct AddnormTruth {
  double *y, *sum;
  double *yBound, *sumBound; /* f32 arithmetic ends within these, before the rounding to the type */
  double rstd, rstdBound;
  bool inRange; /* whether f32 can hold the sum of squares; otherwise the bounds promise nothing */
} AddnormTruth;

/* Row `row` of the shape, counted through all dimensions but the last. Of the outputs only the
 * shape of y is looked at. Declines sumType and normType: their roundings are part of the result,
 * not errors of it. */
AddnormStatus addnormReferenceTruth(const AddnormReference *norm, int64_t row, AddnormTruth *truth,
                                    AddnormError *error);

/* Element `i` of `data`, exactly; and `value` rounded to the type and stored there. */
float addnormReferenceLoad(AddnormElementType type, const void *data, int64_t i);
void addnormReferenceStore(AddnormElementType type, void *data, int64_t i, float value);

/* The distance between neighbours of `value` in the type, subnormals included. */
double addnormReferenceUlp(AddnormElementType type, double value);

#ifdef __cplusplus
}
#endif

#endif /* ADDNORM_C_REFERENCE_H */
