/* Arrays of intervals: the tensors and scalars of a program that is evaluated. */

#ifndef ADDNORM_FUZZ_ARRAY_H
#define ADDNORM_FUZZ_ARRAY_H

#include <stdint.h>

#include "mlir-c/IR.h"
#include "tools/addnorm-fuzz/interval.h"

enum { ARRAY_MAX_RANK = 16 };

typedef struct Array {
  ElementKind kind;
  int rank; /* 0 for a scalar */
  int64_t dims[ARRAY_MAX_RANK];
  Interval *data;
} Array;

/* Every element is a NaN. The caller destroys it. */
Array arrayCreate(ElementKind kind, int rank, const int64_t *dims);
void arrayDestroy(Array *array);
int64_t arrayCount(const Array *array);

/* The kind of a scalar type, or of the elements of a shaped one. */
ElementKind elementKindOf(MlirType type);

#endif /* ADDNORM_FUZZ_ARRAY_H */
