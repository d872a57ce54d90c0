#include "tools/addnorm-fuzz/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlir-c/BuiltinTypes.h"

int64_t arrayCount(const Array *array) {
  int64_t count = 1;
  for (int d = 0; d < array->rank; ++d)
    count *= array->dims[d];
  return count;
}

Array arrayCreate(ElementKind kind, int rank, const int64_t *dims) {
  Array array = {.kind = kind, .rank = rank};
  if (rank > 0)
    memcpy(array.dims, dims, sizeof *dims * (size_t)rank);
  int64_t count = arrayCount(&array);
  array.data = malloc(sizeof *array.data * (size_t)(count + 1));
  if (!array.data)
    abort();
  for (int64_t i = 0; i < count; ++i)
    array.data[i] = intervalPoint(NAN);
  return array;
}

void arrayDestroy(Array *array) {
  free(array->data);
  array->data = NULL;
}

ElementKind elementKindOf(MlirType type) {
  if (mlirTypeIsAShaped(type))
    type = mlirShapedTypeGetElementType(type);
  return mlirTypeIsAF16(type)    ? KIND_F16
         : mlirTypeIsABF16(type) ? KIND_BF16
         : mlirTypeIsAF32(type)  ? KIND_F32
         : mlirTypeIsAF64(type)  ? KIND_F64
                                 : KIND_INTEGER;
}
