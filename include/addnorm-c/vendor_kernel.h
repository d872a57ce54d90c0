/* The kernel that a vendor supplies for addnorm.rms_norm, which addnorm-lower{target=call} calls
 * once for each op, and what the program around it supplies. Needs nothing but the C library; C11
 * or C++.
 *
 * What the kernel computes is the op's contract (docs/dialect.md), f32 inside: what an addend is
 * multiplied by, their sum t, the sum of squares, rstd and the product t * rstd are f32, whatever
 * the types of the tensors, and rounded only to sumType and normType where the op asks for it. The
 * sum of squares is taken in the order of `lanes` and `chunk` by a kernel that claims the bits of
 * the contract; AddNorm::reference (reference.h) has them to compare with.
 *
 * - Shapes: a plane of `rows` rows of `n` elements. An op whose tensors do not lie in one plane is
 * a call for each of its planes. Either number may be 0; without rows there is nothing to do.
 * - Units: strides are in elements. The elements of a row are contiguous; rows are any stride
 *   apart.
 * - Element types: f16 and bf16 as their 16 bits. Alignment: that of the element type.
 * - Overlap: y and sum may each be exactly an addend, element for element. So an element of either
 *   is stored only after its last read of any addend, and both from the same t. No other memory
 *   overlaps.
 * - Time: the results are there when the kernel returns, for whatever the program does with them
 *   next in the order of its context.
 * - Ownership: everything is the caller's, the struct and its addends until the return only.
 * - Threads: the kernel may be called from several threads at a time, as the program is. */

#ifndef ADDNORM_C_VENDOR_KERNEL_H
#define ADDNORM_C_VENDOR_KERNEL_H

#include "addnorm-c/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever the meaning of what is there changes, or its place. */
enum { ADDNORM_VENDOR_VERSION = 1 };

/* What there is of what may be absent, and then is all zeros. A kernel refuses flags that it does
 * not know, with ADDNORM_ERROR_UNSUPPORTED: more may come. */
enum {
  ADDNORM_VENDOR_GAMMA = 1 << 0,
  ADDNORM_VENDOR_GAMMA_OFFSET = 1 << 1,
  ADDNORM_VENDOR_SUM = 1 << 2,
  ADDNORM_VENDOR_RSTD = 1 << 3,
  ADDNORM_VENDOR_SUM_TYPE = 1 << 4,
  ADDNORM_VENDOR_NORM_TYPE = 1 << 5
};

typedef struct AddnormVendorTensor {
  void *data;        /* of the first row; the kernel writes y, sum and rstd only */
  int64_t rowStride; /* 0: one row, which every row takes (gamma, a bias) */
  int32_t type;      /* an AddnormElementType: f16, bf16 or f32 */
  float scale;       /* of an addend: what its elements are multiplied by, in f32, before they are
                        added; 1 changes nothing. Elsewhere 1 */
} AddnormVendorTensor;

typedef struct AddnormVendorNorm {
  uint32_t version; /* ADDNORM_VENDOR_VERSION of the compiler */
  uint32_t size;    /* of this struct, in bytes, as the compiler lays it out */
  uint32_t flags;
  int32_t numAddends; /* at least 1 */
  const AddnormVendorTensor *addends;
  int64_t rows, n;
  AddnormVendorTensor gamma;
  AddnormVendorTensor y;
  AddnormVendorTensor sum;  /* t, in a type of its own */
  AddnormVendorTensor rstd; /* f32; one element a row */
  float epsilon;
  float gammaOffset; /* added to gamma, in f32 */
  int32_t sumType;   /* t is rounded to it */
  int32_t normType;  /* t * rstd is rounded to it */
  int64_t lanes;     /* the order of the sum of squares; 0: any */
  int64_t chunk;     /* 0: the whole row */
} AddnormVendorNorm;

/* The kernel; addnorm-lower{target=call kernel=NAME} calls NAME instead. `context` is what
 * addnormVendorContext returned. Returns an AddnormStatus, or a number of the vendor's own from
 * ADDNORM_ERROR_VENDOR on; with any but ADDNORM_OK, y, sum and rstd may hold anything. */
int32_t addnormVendorRmsNorm(void *context, const AddnormVendorNorm *norm);

/* --- supplied by the program ----------------------------------------------------------------- */

/* The stream, queue or device that the calling thread uses; asked for before each call of the
 * kernel, which gets it as it is. Null is fine where there is none. */
void *addnormVendorContext(void);

/* Called when the kernel returned `status` other than ADDNORM_OK. `site` names the op: its function
 * and its place in the source, such as main at loc("model.mlir":7:3); it lives as long as the code.
 * If this returns, the program goes on without the op's results: note the error where the program's
 * caller looks for it (in the context, say), or do not return. Not needed with an object of
 * addnormc, whose entries return the first such status. */
void addnormVendorFailed(void *context, int32_t status, const char *site);

/* What every kernel checks first: that it and the compiler mean the same by the struct. */
static inline AddnormStatus addnormVendorCheck(const AddnormVendorNorm *norm, uint32_t knownFlags) {
  if (norm->version != ADDNORM_VENDOR_VERSION || norm->size != sizeof *norm)
    return ADDNORM_ERROR_VERSION;
  return norm->flags & ~knownFlags ? ADDNORM_ERROR_UNSUPPORTED : ADDNORM_OK;
}

#ifdef __cplusplus
}
#endif

#endif /* ADDNORM_C_VENDOR_KERNEL_H */
