/* The C ABI of code compiled by `addnormc compile` and `addnormc kernel`. Needs nothing but the C
 * library; C11 or C++.
 *
 * A compiled function F has up to three C names (the prefix is addnormc's --prefix):
 *
 * 1. AddnormStatus addnorm_F(const AddnormTensor *argument0, ..., const AddnormTensor *result0,
 *    ..., AddnormError *error), inline in the generated header: checks everything, then calls 2. On
 *    an error nothing was written. Scalar arguments are passed by value. A single RMSNorm's are
 *    called addend0, ..., gamma, epsilon (where it is an argument), y, sum and rstd.
 * 2. int32_t addnorm_F_unchecked(...): per tensor its data, its sizes and its strides (only the
 *    data when the rank is 0).
 * 3. int32_t addnorm_F_kernel(...), when F is a single RMSNorm of its arguments: the kernel ABI.
 *
 * The kernel ABI: bare pointers, in this order,
 *
 *   int64_t rows, int64_t n, float epsilon,
 *   per addend: const void *data, int64_t rowStride
 *     (a row vector that every row adds: its stride is not read, pass 0),
 *   const void *gamma, if there is a gamma,
 *   void *y, int64_t yRowStride,
 *   void *sum, int64_t sumRowStride, if there is a sum output,
 *   float *rstd, int64_t rstdRowStride, if there is an rstd output
 *
 * and the result is an AddnormStatus: ADDNORM_OK, or ADDNORM_ERROR_SHAPE when n is not the length
 * the kernel was compiled for, with nothing written. A kernel checks nothing else. With --target
 * call all three return what the vendor's kernel (vendor_kernel.h) failed with, and then results
 * may hold anything.
 *
 * - Shapes: a row is the last dimension, of n elements. Zero rows are fine.
 * - Units: sizes and strides are in elements. The elements of a row are contiguous; rows are any
 *   non-negative stride apart, results at least a row.
 * - Element types: f16 and bf16 as their 16 bits, i1 as a byte of value 0 or 1.
 * - Alignment: that of the element type. No more is assumed. But large results, of megabytes, are
 *   stored up to twice as fast where each of their rows begins at a multiple of 64 bytes; malloc
 *   does not give such memory, aligned_alloc does.
 * - Rounding: to nearest, ties to even, in the default floating-point environment; subnormals are
 *   kept. The code must not be called with flush-to-zero set. Hexagon's vectors compute in a way of
 *   their own: docs/hexagon.md.
 * - Ownership: the caller's throughout. Nothing is kept after the return. A function that is not a
 *   single kernel allocates its intermediate values with malloc and frees them before it returns; a
 *   kernel whose threads may share a row (--threads with --chunk) does so with the partial sums.
 * - Threads: any number may call at a time, on outputs that do not overlap.
 * - Failures: an assertion that the model itself makes (cf.assert) ends the program, and a malloc
 *   that fails is not noticed.
 * - Overlap: arguments may overlap each other. A result must not overlap anything, except that y
 *   and sum of a single RMSNorm may each be exactly an addend (same data, type, shape and
 *   strides). Address ranges count: rows of two tensors that interleave overlap. */

#ifndef ADDNORM_C_KERNEL_H
#define ADDNORM_C_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum AddnormStatus {
  ADDNORM_OK = 0,
  ADDNORM_ERROR_NULL = 1,      /* a tensor, its shape or its data is missing */
  ADDNORM_ERROR_TYPE = 2,      /* another element type */
  ADDNORM_ERROR_RANK = 3,      /* another number of dimensions */
  ADDNORM_ERROR_SHAPE = 4,     /* another size, or sizes that do not agree */
  ADDNORM_ERROR_STRIDE = 5,    /* rows that are not contiguous, or that overlap in a result */
  ADDNORM_ERROR_ALIGNMENT = 6, /* data not aligned to its element type */
  ADDNORM_ERROR_OVERLAP = 7,   /* a result over another tensor */
  ADDNORM_ERROR_VALUE = 8,     /* a number out of its range; only from reference.h */
  /* Of the kernels that others supply (vendor_kernel.h), which may return any of these. */
  ADDNORM_ERROR_VERSION = 9,      /* compiled code and kernel are of different versions */
  ADDNORM_ERROR_UNSUPPORTED = 10, /* nothing that the kernel can do */
  ADDNORM_ERROR_DEVICE = 11,      /* the hardware's own */
  ADDNORM_ERROR_VENDOR = 1000     /* from here on, numbers of the vendor's own; of target npu this
                                     plus an AddnormNpuStatus */
} AddnormStatus;

typedef enum AddnormElementType {
  ADDNORM_F16 = 0,
  ADDNORM_BF16 = 1,
  ADDNORM_F32 = 2,
  ADDNORM_F64 = 3,
  ADDNORM_I1 = 4,
  ADDNORM_I8 = 5,
  ADDNORM_I16 = 6,
  ADDNORM_I32 = 7,
  ADDNORM_I64 = 8
} AddnormElementType;

enum { ADDNORM_MAX_RANK = 8 };

typedef struct AddnormTensor {
  void *data; /* arguments are only read */
  AddnormElementType type;
  int32_t rank;
  const int64_t *shape;   /* `rank` sizes; may be null when rank is 0 */
  const int64_t *strides; /* `rank` strides; null: contiguous, row-major */
} AddnormTensor;

/* Why a call was refused, for people. */
typedef struct AddnormError {
  char text[128];
} AddnormError;

/* What the compiled function wants of a tensor: the generated header has a table of these. */
typedef struct AddnormTensorSpec {
  const char *name;
  AddnormElementType type;
  int32_t rank;
  int64_t
      shape[ADDNORM_MAX_RANK]; /* negative: any size, the same wherever the number is the same */
  uint32_t inPlace;            /* results: bit i set when it may be exactly tensor i */
} AddnormTensorSpec;

static inline const char *addnormStatusText(AddnormStatus status) {
  static const char *const texts[] = {
      "ok",          "null pointer",          "wrong element type", "wrong rank",
      "wrong shape", "unsupported strides",   "misaligned data",    "overlapping tensors",
      "wrong value", "different ABI version", "unsupported",        "device error"};
  if ((unsigned)status < sizeof texts / sizeof texts[0])
    return texts[status];
  return (int)status >= ADDNORM_ERROR_VENDOR ? "error of the vendor's kernel" : "unknown status";
}

/* Stores "NAME: status text: detail"; `error` may be null. */
static inline AddnormStatus addnormRefuse(AddnormError *error, AddnormStatus status,
                                          const char *name, const char *detail) {
  if (error)
    snprintf(error->text, sizeof error->text, "%s: %s: %s", name, addnormStatusText(status),
             detail);
  return status;
}

static inline int64_t addnormElementSize(AddnormElementType type) {
  static const uint8_t sizes[] = {2, 2, 4, 8, 1, 1, 2, 4, 8};
  return sizes[type];
}

/* Type, rank, sizes and strides of one tensor. Stores its strides. */
static inline AddnormStatus addnormCheckTensor(const AddnormTensorSpec *spec,
                                               const AddnormTensor *tensor, int isResult,
                                               int64_t strides[ADDNORM_MAX_RANK],
                                               AddnormError *error) {
  if (!tensor || (!tensor->shape && spec->rank > 0))
    return addnormRefuse(error, ADDNORM_ERROR_NULL, spec->name, "no tensor or no shape");
  if (tensor->type != spec->type)
    return addnormRefuse(error, ADDNORM_ERROR_TYPE, spec->name, "not the one expected");
  if (tensor->rank != spec->rank)
    return addnormRefuse(error, ADDNORM_ERROR_RANK, spec->name, "not the one expected");
  int64_t inner = 1; /* the elements spanned by one step of the dimension at hand */
  int isEmpty = 0;
  for (int32_t i = spec->rank - 1; i >= 0; --i) {
    int64_t size = tensor->shape[i];
    strides[i] = tensor->strides ? tensor->strides[i] : inner;
    if (size < 0 || (spec->shape[i] >= 0 && size != spec->shape[i]))
      return addnormRefuse(error, ADDNORM_ERROR_SHAPE, spec->name, "not the size expected");
    if (size > 1 && i == spec->rank - 1 && strides[i] != 1)
      return addnormRefuse(error, ADDNORM_ERROR_STRIDE, spec->name, "a row is not contiguous");
    if (size > 1 && (strides[i] < 0 || (isResult && strides[i] < inner)))
      return addnormRefuse(error, ADDNORM_ERROR_STRIDE, spec->name, "rows overlap");
    if (size > 1)
      inner = strides[i] * size;
    isEmpty |= size == 0;
  }
  if (isEmpty)
    return ADDNORM_OK;
  if (!tensor->data)
    return addnormRefuse(error, ADDNORM_ERROR_NULL, spec->name, "no data");
  if ((uintptr_t)tensor->data % (uintptr_t)addnormElementSize(spec->type) != 0)
    return addnormRefuse(error, ADDNORM_ERROR_ALIGNMENT, spec->name, "see the element type");
  return ADDNORM_OK;
}

/* The number of elements from the first to the last, both included; 0 when there are none. */
static inline int64_t addnormExtent(const AddnormTensor *tensor, const int64_t *strides) {
  int64_t extent = 1;
  for (int32_t i = 0; i < tensor->rank; ++i) {
    if (tensor->shape[i] == 0)
      return 0;
    extent += (tensor->shape[i] - 1) * strides[i];
  }
  return extent;
}

static inline int addnormOverlap(const AddnormTensor *a, const int64_t *aStrides,
                                 const AddnormTensor *b, const int64_t *bStrides) {
  uintptr_t aBytes = (uintptr_t)(addnormExtent(a, aStrides) * addnormElementSize(a->type));
  uintptr_t bBytes = (uintptr_t)(addnormExtent(b, bStrides) * addnormElementSize(b->type));
  uintptr_t aStart = (uintptr_t)a->data, bStart = (uintptr_t)b->data;
  return aBytes && bBytes && aStart < bStart + bBytes && bStart < aStart + aBytes;
}

static inline int addnormSame(const AddnormTensor *a, const int64_t *aStrides,
                              const AddnormTensor *b, const int64_t *bStrides) {
  int same = a->data == b->data && a->type == b->type && a->rank == b->rank;
  for (int32_t i = 0; same && i < a->rank; ++i)
    same = a->shape[i] == b->shape[i] && (a->shape[i] <= 1 || aStrides[i] == bStrides[i]);
  return same;
}

/* Sizes that the table gives the same negative number must agree. */
static inline AddnormStatus addnormCheckAgreement(const AddnormTensorSpec *specs,
                                                  const AddnormTensor *const *tensors, int32_t i,
                                                  AddnormError *error) {
  for (int32_t k = 0; k < specs[i].rank; ++k)
    for (int32_t j = 0; specs[i].shape[k] < 0 && j < i; ++j)
      for (int32_t l = 0; l < specs[j].rank; ++l)
        if (specs[j].shape[l] == specs[i].shape[k] && tensors[j]->shape[l] != tensors[i]->shape[k])
          return addnormRefuse(error, ADDNORM_ERROR_SHAPE, specs[i].name,
                               "rows or row length differ from another tensor's");
  return ADDNORM_OK;
}

/* Checks `count` tensors, of which the first `numArguments` are read and the others written, and
 * stores the strides of each. */
static inline AddnormStatus addnormCheck(const AddnormTensorSpec *specs,
                                         const AddnormTensor *const *tensors, int32_t numArguments,
                                         int32_t count, int64_t (*strides)[ADDNORM_MAX_RANK],
                                         AddnormError *error) {
  AddnormStatus status = ADDNORM_OK;
  for (int32_t i = 0; i < count && status == ADDNORM_OK; ++i) {
    status = addnormCheckTensor(&specs[i], tensors[i], i >= numArguments, strides[i], error);
    if (status == ADDNORM_OK)
      status = addnormCheckAgreement(specs, tensors, i, error);
  }
  for (int32_t i = numArguments; i < count && status == ADDNORM_OK; ++i)
    for (int32_t j = 0; j < i; ++j) {
      int allowed = j < numArguments && (specs[i].inPlace >> j & 1) &&
                    addnormSame(tensors[i], strides[i], tensors[j], strides[j]);
      if (!allowed && addnormOverlap(tensors[i], strides[i], tensors[j], strides[j]))
        return addnormRefuse(error, ADDNORM_ERROR_OVERLAP, specs[i].name, specs[j].name);
    }
  return status;
}

/* What the generated entry returns: the compiled function's own verdict, with its text. */
static inline AddnormStatus addnormFinish(int32_t status, const char *name, AddnormError *error) {
  if (status == ADDNORM_OK)
    return ADDNORM_OK;
  return addnormRefuse(error, (AddnormStatus)status, name,
                       status == ADDNORM_ERROR_SHAPE
                           ? "a result has another size than the computed one"
                           : "what the kernel returned");
}

#endif /* ADDNORM_C_KERNEL_H */
