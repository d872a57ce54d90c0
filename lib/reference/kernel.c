/* The contract as a vendor's kernel. */

#include "addnorm-c/reference.h"
#include "addnorm-c/vendor_kernel.h"

enum { ANY_LANES = 64 };

enum {
  KNOWN_FLAGS = ADDNORM_VENDOR_GAMMA | ADDNORM_VENDOR_GAMMA_OFFSET | ADDNORM_VENDOR_SUM |
                ADDNORM_VENDOR_RSTD | ADDNORM_VENDOR_SUM_TYPE | ADDNORM_VENDOR_NORM_TYPE
};

/* A tensor with memory for its shape. */
typedef struct Shaped {
  AddnormTensor tensor;
  int64_t shape[2], strides[2];
} Shaped;

/* Rows without elements may lie anywhere. */
static const AddnormTensor *setTensor(Shaped *to, const AddnormVendorTensor *from, int32_t rank,
                                      int64_t rows, int64_t n) {
  *to = (Shaped){.shape = {rows, n}, .strides = {n ? from->rowStride : 1, 1}};
  to->tensor = (AddnormTensor){.data = from->data,
                               .type = (AddnormElementType)from->type,
                               .rank = rank,
                               .shape = to->shape + 2 - rank,
                               .strides = to->strides + 2 - rank};
  return &to->tensor;
}

/* Several rows that are one and the same are a vector. */
static void setAddends(AddnormReference *reference, const AddnormVendorNorm *norm, Shaped *shaped,
                       AddnormTensor *addends, float *scales) {
  for (int32_t k = 0; k < norm->numAddends; ++k) {
    const AddnormVendorTensor *addend = &norm->addends[k];
    bool isVector = addend->rowStride == 0 && norm->rows > 1;
    addends[k] = *setTensor(&shaped[k], addend, isVector ? 1 : 2, norm->rows, norm->n);
    scales[k] = addend->scale;
  }
  reference->numAddends = norm->numAddends;
  reference->addends = addends;
  reference->scales = scales;
}

int32_t addnormReferenceKernel(void *context, const AddnormVendorNorm *norm) {
  (void)context;
  AddnormStatus status = addnormVendorCheck(norm, KNOWN_FLAGS);
  if (status != ADDNORM_OK)
    return status;
  if (norm->numAddends > ADDNORM_REFERENCE_MAX_ADDENDS)
    return ADDNORM_ERROR_UNSUPPORTED;
  AddnormElementType sumType = (AddnormElementType)norm->sumType;
  AddnormElementType normType = (AddnormElementType)norm->normType;
  Shaped shapedAddends[ADDNORM_REFERENCE_MAX_ADDENDS], gamma, y, sum, rstd;
  AddnormTensor addends[ADDNORM_REFERENCE_MAX_ADDENDS];
  float scales[ADDNORM_REFERENCE_MAX_ADDENDS];
  AddnormReference reference = {.epsilon = norm->epsilon,
                                .lanes = norm->lanes ? norm->lanes : ANY_LANES,
                                .chunk = norm->chunk,
                                .y = setTensor(&y, &norm->y, 2, norm->rows, norm->n)};
  setAddends(&reference, norm, shapedAddends, addends, scales);
  if (norm->flags & ADDNORM_VENDOR_GAMMA)
    reference.gamma = setTensor(&gamma, &norm->gamma, 1, norm->rows, norm->n);
  if (norm->flags & ADDNORM_VENDOR_GAMMA_OFFSET)
    reference.gammaOffset = &norm->gammaOffset;
  if (norm->flags & ADDNORM_VENDOR_SUM)
    reference.sum = setTensor(&sum, &norm->sum, 2, norm->rows, norm->n);
  if (norm->flags & ADDNORM_VENDOR_RSTD)
    reference.rstd = setTensor(&rstd, &norm->rstd, 2, norm->rows, 1);
  if (norm->flags & ADDNORM_VENDOR_SUM_TYPE)
    reference.sumType = &sumType;
  if (norm->flags & ADDNORM_VENDOR_NORM_TYPE)
    reference.normType = &normType;
  return addnormReferenceExact(&reference, NULL);
}
