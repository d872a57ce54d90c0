/* Calls a model compiled by npu-compiler, and the same compiled for the host by addnormc: their
 * results must have the same bits. The model is that of a residual stream, twice: test/corpus/
 * blocks/chain.f16 of AddNorm's sources. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "host.h"
#include "machine.h"

enum { BATCH = 2, ROWS = 8, N = 64, SIZE = BATCH * ROWS * N };

static const int64_t shape[] = {BATCH, ROWS, N}, vectorShape[] = {N};

/* MLIR's descriptors of memrefs of rank 3 and 1. */
typedef struct Memref3 {
  uint16_t *allocated, *aligned;
  int64_t offset, sizes[3], strides[3];
} Memref3;

typedef struct Memref1 {
  uint16_t *allocated, *aligned;
  int64_t offset, sizes[1], strides[1];
} Memref1;

void _mlir_ciface_main(const Memref3 *x, const Memref3 *r, const Memref1 *gamma, Memref3 *y,
                       Memref3 *sum);

static Memref3 memref(uint16_t *data) {
  return (Memref3){data, data, 0, {BATCH, ROWS, N}, {ROWS * N, N, 1}};
}

static AddnormTensor tensor(uint16_t *data) {
  return (AddnormTensor){.data = data, .type = ADDNORM_F16, .rank = 3, .shape = shape};
}

/* Integers up to `most` and down to -`most`: exact in f16 up to 2048. */
static void fill(uint16_t *data, int count, int most) {
  for (int i = 0; i < count; ++i)
    addnormReferenceStore(ADDNORM_F16, data, i, (float)(rand() % (2 * most + 1) - most));
}

int main(void) {
  static uint16_t x[SIZE], r[SIZE], gamma[N], y[SIZE], sum[SIZE], hostY[SIZE], hostSum[SIZE];
  srand(1);
  fill(x, SIZE, 1000);
  fill(r, SIZE, 1000);
  fill(gamma, N, 3);

  Memref3 xRef = memref(x), rRef = memref(r), yRef = memref(y), sumRef = memref(sum);
  Memref1 gammaRef = {gamma, gamma, 0, {N}, {1}};
  _mlir_ciface_main(&xRef, &rRef, &gammaRef, &yRef, &sumRef);

  AddnormTensor xTensor = tensor(x), rTensor = tensor(r), yTensor = tensor(hostY);
  AddnormTensor sumTensor = tensor(hostSum), gammaTensor = tensor(gamma);
  gammaTensor.rank = 1;
  gammaTensor.shape = vectorShape;
  AddnormError error;
  if (addnorm_main(&xTensor, &rTensor, &gammaTensor, &yTensor, &sumTensor, &error) != ADDNORM_OK) {
    fprintf(stderr, "%s\n", error.text);
    return EXIT_FAILURE;
  }
  bool same = memcmp(y, hostY, sizeof y) == 0 && memcmp(sum, hostSum, sizeof sum) == 0;
  printf("%s bits as on the host; %lld bytes by DMA\n", same ? "the same" : "NOT the same",
         (long long)machineBytesMoved);
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
