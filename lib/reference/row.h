/* A checked call, and its rows. */

#ifndef ADDNORM_LIB_REFERENCE_ROW_H
#define ADDNORM_LIB_REFERENCE_ROW_H

#include "addnorm-c/reference.h"

/* The tensors in the order of the kernel ABI: addends, gamma, and where they are written y, sum and
 * rstd. */
enum { MAX_TENSORS = ADDNORM_REFERENCE_MAX_ADDENDS + 4 };

typedef struct Call {
  const AddnormReference *norm;
  int32_t numTensors;
  const AddnormTensor *tensors[MAX_TENSORS];
  int64_t strides[MAX_TENSORS][ADDNORM_MAX_RANK];
  int64_t rows, n;
} Call;

/* Where one row starts in memory; null for what is absent or not written. */
typedef struct Row {
  const AddnormReference *norm;
  const void *addends[ADDNORM_REFERENCE_MAX_ADDENDS];
  const void *gamma;
  void *y, *sum;
  float *rstd;
  int64_t n;
} Row;

/* Checks everything, the outputs only where the call `writes` them; the rest cannot fail. */
AddnormStatus callCreate(Call *call, const AddnormReference *norm, bool writes,
                         AddnormError *error);

Row callRow(const Call *call, int64_t row);

#endif /* ADDNORM_LIB_REFERENCE_ROW_H */
