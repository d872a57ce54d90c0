/* Code that went through upstream's passes and tools: planes with gaps, and an error by name. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "vendor.h"

enum { RANK = 4, SIZE = 4096 };

/* The memref of MLIR's C interface. */
typedef struct Memref {
  void *allocated, *aligned;
  int64_t offset, sizes[RANK], strides[RANK];
} Memref;

void _mlir_ciface_planes(Memref *x, Memref *r, Memref *y);

void addnormVendorFailed(void *context, int32_t status, const char *site) {
  printf("%s: %s: %s\n", context == addnormVendorContext() ? "this context" : "another context",
         site, addnormStatusText((AddnormStatus)status));
}

static AddnormTensor tensorOf(Memref *m, AddnormElementType type) {
  return (AddnormTensor){(char *)m->aligned + m->offset * addnormElementSize(type), type, RANK,
                         m->sizes, m->strides};
}

int main(void) {
  static float x[SIZE], y[SIZE], exact[SIZE];
  static uint16_t r[SIZE];
  for (int i = 0; i < SIZE; ++i) {
    x[i] = (float)(i * 37 % 101) / 10 - 5;
    addnormReferenceStore(ADDNORM_F16, r, i, (float)(i * 53 % 97) / 20);
  }
  Memref mx = {x, x, 0, {2, 3, 4, 7}, {1000, 200, 50, 1}};
  Memref mr = {r, r, 3, {2, 3, 4, 7}, {84, 28, 7, 1}};
  Memref my = {y, y, 0, {2, 3, 4, 7}, {400, 32, 8, 1}};
  Memref me = my;
  me.allocated = me.aligned = exact;
  AddnormTensor addends[] = {tensorOf(&mx, ADDNORM_F32), tensorOf(&mr, ADDNORM_F16)};
  AddnormTensor result = tensorOf(&me, ADDNORM_F32);
  AddnormReference norm = {
      .numAddends = 2, .addends = addends, .epsilon = 1e-5f, .lanes = 4, .y = &result};
  if (addnormReferenceExact(&norm, NULL) != ADDNORM_OK)
    return EXIT_FAILURE;
  _mlir_ciface_planes(&mx, &mr, &my);
  printf("%ld calls, %s bits\n", vendorCalls, memcmp(y, exact, sizeof y) ? "other" : "same");
  vendorAnswer = ADDNORM_ERROR_UNSUPPORTED;
  _mlir_ciface_planes(&mx, &mr, &my);
  return EXIT_SUCCESS;
}
