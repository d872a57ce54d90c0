/* Three generated kernels against the C reference, bit for bit, called by each of their entries. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "fixed.h"
#include "mixed.h"
#include "rounded.h"

static int failures;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      ++failures;                                                                                  \
    }                                                                                              \
  } while (0)

enum { MAX_ELEMENTS = 8 * 4100 };

/* Memory for one tensor. */
typedef struct Buffer {
  uint32_t data[MAX_ELEMENTS];
} Buffer;

static void fill(Buffer *buffer, AddnormElementType type, float limit) {
  static uint32_t seed = 1;
  for (int64_t i = 0; i < MAX_ELEMENTS; ++i) {
    seed = seed * 1664525u + 1013904223u;
    addnormReferenceStore(type, buffer->data, i, limit * ((float)(seed >> 8) * 0x1p-23f - 1));
  }
}

static AddnormTensor tensor(Buffer *buffer, AddnormElementType type, int32_t rank,
                            const int64_t *shape, const int64_t *strides) {
  return (AddnormTensor){buffer->data, type, rank, shape, strides};
}

static int same(const Buffer *a, const Buffer *b) { return memcmp(a, b, sizeof *a) == 0; }

static Buffer x, r, vector, y, sum, rstd, exactY, exactSum, exactRstd;

static void clear(void) {
  Buffer *outputs[] = {&y, &sum, &rstd, &exactY, &exactSum, &exactRstd};
  for (int i = 0; i < 6; ++i)
    memset(outputs[i], 0x5a, sizeof *outputs[i]);
}

/* f16,f16, gamma f32, sum and rstd; n is 4096; sums pass the largest f16. */
static void testFixed(void) {
  enum { ROWS = 7, N = 4096, STRIDE = 4100 };
  const int64_t shape[] = {ROWS, N}, strides[] = {STRIDE, 1}, column[] = {ROWS, 1}, n[] = {N};
  fill(&x, ADDNORM_F16, 60000);
  fill(&r, ADDNORM_F16, 60000);
  fill(&vector, ADDNORM_F32, 2);
  clear();
  AddnormTensor addends[] = {tensor(&x, ADDNORM_F16, 2, shape, strides),
                             tensor(&r, ADDNORM_F16, 2, shape, strides)};
  AddnormTensor g = tensor(&vector, ADDNORM_F32, 1, n, NULL);
  AddnormTensor ty = tensor(&y, ADDNORM_F16, 2, shape, strides);
  AddnormTensor ts = tensor(&sum, ADDNORM_F16, 2, shape, strides);
  AddnormTensor tr = tensor(&rstd, ADDNORM_F32, 2, column, NULL);
  AddnormTensor ey = tensor(&exactY, ADDNORM_F16, 2, shape, strides);
  AddnormTensor es = tensor(&exactSum, ADDNORM_F16, 2, shape, strides);
  AddnormTensor er = tensor(&exactRstd, ADDNORM_F32, 2, column, NULL);
  AddnormReference norm = {.numAddends = 2,
                           .addends = addends,
                           .gamma = &g,
                           .epsilon = addnorm_fixed_EPSILON,
                           .lanes = 64,
                           .y = &ey,
                           .sum = &es,
                           .rstd = &er};
  CHECK(addnorm_fixed_EPSILON == 1e-5f);
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(addnorm_fixed(&addends[0], &addends[1], &g, &ty, &ts, &tr, NULL) == ADDNORM_OK);
  CHECK(same(&y, &exactY) && same(&sum, &exactSum) && same(&rstd, &exactRstd));

  memset(&y, 0x5a, sizeof y);
  CHECK(addnorm_fixed_kernel(ROWS, N, 1e-5f, x.data, STRIDE, r.data, STRIDE, vector.data, y.data,
                             STRIDE, sum.data, STRIDE, (float *)rstd.data, 1) == ADDNORM_OK);
  CHECK(same(&y, &exactY));
  CHECK(addnorm_fixed_kernel(ROWS, N - 1, 1e-5f, x.data, STRIDE, r.data, STRIDE, vector.data,
                             y.data, STRIDE, sum.data, STRIDE, (float *)rstd.data,
                             1) == ADDNORM_ERROR_SHAPE);

  /* In place: y over x, the sum over r. */
  CHECK(addnorm_fixed(&addends[0], &addends[1], &g, &addends[0], &addends[1], &tr, NULL) ==
        ADDNORM_OK);
  for (int64_t row = 0; row < ROWS; ++row)
    CHECK(memcmp((uint16_t *)x.data + row * STRIDE, (uint16_t *)exactY.data + row * STRIDE,
                 2 * N) == 0 &&
          memcmp((uint16_t *)r.data + row * STRIDE, (uint16_t *)exactSum.data + row * STRIDE,
                 2 * N) == 0);
}

/* bf16 and a bias of f32, scaled; 1 + gamma; y in f32; chunks; all sizes and epsilon at run time.
 */
static void testMixed(void) {
  static const int64_t lengths[] = {0, 1, 40, 1000, 3333};
  fill(&x, ADDNORM_BF16, 3);
  fill(&r, ADDNORM_F32, 3);
  fill(&vector, ADDNORM_BF16, 1);
  for (int i = 0; i < 5; ++i) {
    clear();
    const int64_t shape[] = {9, lengths[i]}, n[] = {lengths[i]};
    const float scales[] = {1, -0.3f}, offset = 1;
    AddnormTensor addends[] = {tensor(&x, ADDNORM_BF16, 2, shape, NULL),
                               tensor(&r, ADDNORM_F32, 1, n, NULL)};
    AddnormTensor g = tensor(&vector, ADDNORM_BF16, 1, n, NULL);
    AddnormTensor ty = tensor(&y, ADDNORM_F32, 2, shape, NULL);
    AddnormTensor ey = tensor(&exactY, ADDNORM_F32, 2, shape, NULL);
    AddnormReference norm = {.numAddends = 2,
                             .addends = addends,
                             .scales = scales,
                             .gamma = &g,
                             .gammaOffset = &offset,
                             .epsilon = 0.25f,
                             .lanes = 16,
                             .chunk = 32,
                             .y = &ey};
    CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
    CHECK(p_mixed(&addends[0], &addends[1], &g, 0.25f, &ty, NULL) == ADDNORM_OK);
    CHECK(same(&y, &exactY));
    memset(&y, 0x5a, sizeof y);
    CHECK(p_mixed_kernel(9, lengths[i], 0.25f, x.data, lengths[i], r.data, 0, vector.data, y.data,
                         lengths[i]) == ADDNORM_OK);
    CHECK(same(&y, &exactY));
  }
}

/* One addend of f32, everything static, the sum rounded to bf16 and u to f16. */
static void testRounded(void) {
  const int64_t shape[] = {3, 100}, other[] = {2, 100};
  const AddnormElementType bf16 = ADDNORM_BF16, f16 = ADDNORM_F16;
  fill(&x, ADDNORM_F32, 3);
  clear();
  AddnormTensor tx = tensor(&x, ADDNORM_F32, 2, shape, NULL);
  AddnormTensor ty = tensor(&y, ADDNORM_F32, 2, shape, NULL);
  AddnormTensor ey = tensor(&exactY, ADDNORM_F32, 2, shape, NULL);
  AddnormReference norm = {.numAddends = 1,
                           .addends = &tx,
                           .epsilon = 1e-6f,
                           .sumType = &bf16,
                           .normType = &f16,
                           .lanes = 64,
                           .y = &ey};
  AddnormError error;
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(addnorm_rounded(&tx, &ty, &error) == ADDNORM_OK);
  CHECK(same(&y, &exactY));
  tx.shape = other;
  CHECK(addnorm_rounded(&tx, &ty, &error) == ADDNORM_ERROR_SHAPE);
  CHECK(strcmp(error.text, "addend0: wrong shape: not the size expected") == 0);
}

int main(void) {
  testFixed();
  testMixed();
  testRounded();
  if (!failures)
    printf("all right\n");
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
