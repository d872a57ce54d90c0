/* The C reference by itself: exact cases by hand, exact bits against the f64 bounds, strides, and
 * every refusal. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "addnorm-c/vendor_kernel.h"
#include "check.h"

static AddnormTensor f32(float *data, int32_t rank, const int64_t *shape, const int64_t *strides) {
  return (AddnormTensor){data, ADDNORM_F32, rank, shape, strides};
}

/* Powers of two, so that every step is exact: t = (3, 3, 3, 3), rstd = 1 / sqrt(9 + 7) = 1/4. */
static void testByHand(void) {
  const int64_t n[] = {4}, one[] = {1};
  float x[] = {1, 2, -1, 4}, r[] = {2, 1, 4, -1}, gamma[] = {0, 1, 3, -2}, y[4], sum[4], rstd;
  const float offset = 1;
  AddnormTensor addends[] = {f32(x, 1, n, NULL), f32(r, 1, n, NULL)};
  AddnormTensor tg = f32(gamma, 1, n, NULL), ty = f32(y, 1, n, NULL), ts = f32(sum, 1, n, NULL);
  AddnormTensor tr = f32(&rstd, 1, one, NULL);
  AddnormReference norm = {.numAddends = 2,
                           .addends = addends,
                           .gamma = &tg,
                           .gammaOffset = &offset,
                           .epsilon = 7,
                           .lanes = 2,
                           .y = &ty,
                           .sum = &ts,
                           .rstd = &tr};
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(rstd == 0.25f && sum[0] == 3 && sum[3] == 3);
  CHECK(y[0] == 0.75f && y[1] == 1.5f && y[2] == 3 && y[3] == -0.75f);

  const float scales[] = {2, -1};
  norm.scales = scales;
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(sum[0] == 0 && sum[1] == 3 && sum[2] == -6 && sum[3] == 9);
}

/* The order of the sum is seen in its roundings: 2^24 + 1 rounds down unless the ones come first.
 */
static void testOrder(void) {
  const int64_t n[] = {4}, one[] = {1};
  float x[] = {4096, 1, 1, 1}, y[4], rstd, largest = 0x1p24f / 4;
  AddnormTensor tx = f32(x, 1, n, NULL), ty = f32(y, 1, n, NULL), tr = f32(&rstd, 1, one, NULL);
  AddnormReference norm = {.numAddends = 1, .addends = &tx, .lanes = 1, .y = &ty, .rstd = &tr};
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(rstd == 1 / sqrtf(largest)); /* each 1 is lost */
  norm.lanes = 2;                    /* (4096^2 + 1) + (1 + 1): the last two count */
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(rstd == 1 / sqrtf((0x1p24f + 2) / 4));
  norm.lanes = 1, norm.chunk = 2;
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(rstd == 1 / sqrtf((0x1p24f + 2) / 4));
}

static void fill(AddnormElementType type, void *data, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    addnormReferenceStore(type, data, i, (float)(rand() % 20001 - 10000) / 2500);
}

/* Rows of rank 3 with gaps between them, a bias, in place; each row is the row alone, and near the
 * truth. */
static void testRows(AddnormElementType type) {
  enum { ROWS = 6, N = 100, PITCH = 110 };
  const int64_t shape[] = {2, 3, N}, strides[] = {3 * PITCH, PITCH, 1}, n[] = {N};
  static float x[ROWS * PITCH], kept[ROWS * PITCH], bias[N], sum[ROWS * N], alone[N];
  static double y[N], s[N], yBound[N], sBound[N];
  AddnormTruth truth = {.y = y, .sum = s, .yBound = yBound, .sumBound = sBound};
  fill(type, x, ROWS * PITCH);
  fill(ADDNORM_F32, bias, N);
  memcpy(kept, x, sizeof x);
  AddnormTensor addends[] = {{x, type, 3, shape, strides}, f32(bias, 1, n, NULL)};
  AddnormTensor ts = {sum, type, 3, shape, NULL};
  AddnormReference norm = {.numAddends = 2,
                           .addends = addends,
                           .epsilon = 1e-5f,
                           .lanes = 8,
                           .chunk = 32,
                           .y = &addends[0],
                           .sum = &ts};
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  int64_t bytes = addnormElementSize(type);
  for (int64_t row = 0; row < ROWS; ++row) {
    char *data = (char *)x + row * PITCH * bytes;
    AddnormTensor single[] = {{(char *)kept + row * PITCH * bytes, type, 1, n, NULL}, addends[1]};
    AddnormTensor ty = {alone, type, 1, n, NULL};
    AddnormReference one = {
        .numAddends = 2, .addends = single, .epsilon = 1e-5f, .lanes = 8, .chunk = 32, .y = &ty};
    CHECK(addnormReferenceExact(&one, NULL) == ADDNORM_OK);
    CHECK(memcmp(data, alone, (size_t)(N * bytes)) == 0);
    CHECK(memcmp(data + N * bytes, (char *)kept + (row * PITCH + N) * bytes,
                 (size_t)((PITCH - N) * bytes)) == 0);
    addends[0].data = kept;
    CHECK(addnormReferenceTruth(&norm, row, &truth, NULL) == ADDNORM_OK && truth.inRange);
    addends[0].data = x;
    long far = 0;
    for (int64_t i = 0; i < N; ++i) {
      double got = (double)addnormReferenceLoad(type, data, i);
      double gotSum = (double)addnormReferenceLoad(type, sum, row * N + i);
      far += !(fabs(got - y[i]) <= yBound[i] + addnormReferenceUlp(type, y[i]) / 2) ||
             !(fabs(gotSum - s[i]) <= sBound[i] + addnormReferenceUlp(type, s[i]) / 2);
    }
    CHECK(far == 0);
  }
}

/* Empty rows have no memory, and still an rstd. */
static void testEmpty(void) {
  const int64_t none[] = {2, 0}, column[] = {2, 1};
  float rstd[] = {1, 1};
  AddnormTensor x = f32(NULL, 2, none, NULL), y = x, tr = f32(rstd, 2, column, NULL);
  AddnormReference norm = {.numAddends = 1, .addends = &x, .lanes = 4, .y = &y, .rstd = &tr};
  CHECK(addnormReferenceExact(&norm, NULL) == ADDNORM_OK);
  CHECK(isnan(rstd[0]) && isnan(rstd[1]));
}

static AddnormReference good;
static AddnormTensor goodAddends[2], goodGamma, goodY, goodRstd;

static void expect(AddnormReference norm, AddnormStatus status, const char *text) {
  AddnormError error = {""};
  CHECK(addnormReferenceExact(&norm, &error) == status);
  CHECK(strcmp(error.text, text) == 0);
  if (strcmp(error.text, text) != 0)
    fprintf(stderr, "  said: %s\n", error.text);
}

static void testRefusals(void) {
  static float x[12], r[12], gamma[4], y[12], rstd[3];
  static const int64_t shape[] = {3, 4}, other[] = {3, 5}, n[] = {4}, column[] = {3, 1};
  static const int64_t everySecond[] = {8, 2};
  goodAddends[0] = f32(x, 2, shape, NULL), goodAddends[1] = f32(r, 2, shape, NULL);
  goodGamma = f32(gamma, 1, n, NULL), goodY = f32(y, 2, shape, NULL);
  goodRstd = f32(rstd, 2, column, NULL);
  good = (AddnormReference){.numAddends = 2,
                            .addends = goodAddends,
                            .gamma = &goodGamma,
                            .lanes = 64,
                            .y = &goodY,
                            .rstd = &goodRstd};
  expect(good, ADDNORM_OK, "");
  AddnormReference bad;
  AddnormTensor tensor, tensors[2] = {goodAddends[0], goodAddends[1]};
#define REFUSE(change, status, text)                                                               \
  do {                                                                                             \
    bad = good, tensor = goodY;                                                                    \
    change;                                                                                        \
    expect(bad, status, text);                                                                     \
  } while (0)
  REFUSE(bad.numAddends = 0, ADDNORM_ERROR_VALUE, "numAddends: wrong value: from 1 to 16");
  REFUSE(bad.numAddends = 17, ADDNORM_ERROR_VALUE, "numAddends: wrong value: from 1 to 16");
  REFUSE(bad.addends = NULL, ADDNORM_ERROR_NULL, "addends: null pointer: no tensors");
  REFUSE(bad.y = NULL, ADDNORM_ERROR_NULL, "y: null pointer: no tensor");
  REFUSE(bad.lanes = 48, ADDNORM_ERROR_VALUE, "lanes: wrong value: a power of two");
  REFUSE(bad.lanes = 0, ADDNORM_ERROR_VALUE, "lanes: wrong value: a power of two");
  REFUSE(bad.chunk = 32, ADDNORM_ERROR_VALUE, "chunk: wrong value: a multiple of lanes, or 0");
  REFUSE(bad.epsilon = -1, ADDNORM_ERROR_VALUE, "epsilon: wrong value: finite and not negative");
  REFUSE(bad.epsilon = NAN, ADDNORM_ERROR_VALUE, "epsilon: wrong value: finite and not negative");
  REFUSE((tensor.rank = 9, bad.y = &tensor), ADDNORM_ERROR_RANK, "y: wrong rank: from 1 to 8");
  REFUSE((tensor.shape = NULL, bad.y = &tensor), ADDNORM_ERROR_NULL, "y: null pointer: no shape");
  REFUSE((tensor.shape = other, bad.y = &tensor), ADDNORM_ERROR_SHAPE,
         "addend0: wrong shape: not the size expected");
  REFUSE((tensor.type = ADDNORM_F64, bad.y = &tensor), ADDNORM_ERROR_TYPE,
         "y: wrong element type: not the one expected");
  REFUSE((tensor.strides = everySecond, bad.y = &tensor), ADDNORM_ERROR_STRIDE,
         "y: unsupported strides: a row is not contiguous");
  REFUSE((tensor.data = x + 1, bad.y = &tensor), ADDNORM_ERROR_OVERLAP,
         "y: overlapping tensors: addend0");
  REFUSE((tensor.data = NULL, bad.y = &tensor), ADDNORM_ERROR_NULL, "y: null pointer: no data");
  REFUSE((tensor = goodRstd, tensor.type = ADDNORM_F16, bad.rstd = &tensor), ADDNORM_ERROR_TYPE,
         "rstd: wrong element type: not the one expected");
  REFUSE((tensor = goodGamma, tensor.shape = other, bad.gamma = &tensor), ADDNORM_ERROR_SHAPE,
         "gamma: wrong shape: not the size expected");
  REFUSE((tensors[1].type = ADDNORM_I32, bad.addends = tensors), ADDNORM_ERROR_TYPE,
         "addend1: wrong element type: not the one expected");
  const AddnormElementType i8 = ADDNORM_I8, f16 = ADDNORM_F16;
  REFUSE(bad.sumType = &i8, ADDNORM_ERROR_TYPE, "sumType: wrong element type: f16, bf16 or f32");
  REFUSE(bad.normType = &i8, ADDNORM_ERROR_TYPE, "normType: wrong element type: f16, bf16 or f32");

  AddnormTruth truth = {0};
  bad = good, bad.normType = &f16;
  CHECK(addnormReferenceTruth(&bad, 0, &truth, NULL) == ADDNORM_ERROR_VALUE);
  CHECK(addnormReferenceTruth(&good, 3, &truth, NULL) == ADDNORM_ERROR_VALUE);
  CHECK(addnormReferenceTruth(&good, -1, &truth, NULL) == ADDNORM_ERROR_VALUE);
}

/* Every f16 and bf16 goes to f32 and back; halfway cases go to even. */
static void testConversions(void) {
  long wrong = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits)
    for (int type = ADDNORM_F16; type <= ADDNORM_BF16; ++type) {
      uint16_t from = (uint16_t)bits, to;
      float value = addnormReferenceLoad((AddnormElementType)type, &from, 0);
      addnormReferenceStore((AddnormElementType)type, &to, 0, value);
      wrong += !isnan(value) && from != to;
    }
  CHECK(wrong == 0);
  uint16_t half;
  addnormReferenceStore(ADDNORM_F16, &half, 0, 65519.996f);
  CHECK(half == 0x7bff);
  addnormReferenceStore(ADDNORM_F16, &half, 0, 65520);
  CHECK(half == 0x7c00);
  addnormReferenceStore(ADDNORM_F16, &half, 0, 0x1p-25f);
  CHECK(half == 0);
  addnormReferenceStore(ADDNORM_F16, &half, 0, 0x3p-25f);
  CHECK(half == 2);
  addnormReferenceStore(ADDNORM_BF16, &half, 0, 1 + 0x1p-8f);
  CHECK(half == 0x3f80);
  CHECK(addnormReferenceUlp(ADDNORM_F16, 1) == 0x1p-10);
  CHECK(addnormReferenceUlp(ADDNORM_F16, 0) == 0x1p-24);
  CHECK(addnormReferenceUlp(ADDNORM_F32, 3) == 0x1p-22);
}

/* As a kernel: t = (3, 3, 3, 3) as above, in two rows of which one addend has but one. Refuses what
 * it would not understand, and writes nothing then. */
static void testKernel(void) {
  float x[] = {1, 2, -1, 4, 2, 2, 2, 2}, bias[] = {2, 1, 4, -1}, y[8] = {0}, rstd[2];
  AddnormVendorTensor addends[] = {{x, 4, ADDNORM_F32, 1}, {bias, 0, ADDNORM_F32, 1}};
  AddnormVendorNorm norm = {.version = ADDNORM_VENDOR_VERSION,
                            .size = sizeof norm,
                            .flags = ADDNORM_VENDOR_RSTD,
                            .numAddends = 2,
                            .addends = addends,
                            .rows = 2,
                            .n = 4,
                            .y = {y, 4, ADDNORM_F32, 1},
                            .rstd = {rstd, 1, ADDNORM_F32, 1},
                            .epsilon = 7};
  AddnormVendorNorm bad = norm;
  bad.version = 2;
  CHECK(addnormReferenceKernel(NULL, &bad) == ADDNORM_ERROR_VERSION);
  bad = norm, bad.size += 8;
  CHECK(addnormReferenceKernel(NULL, &bad) == ADDNORM_ERROR_VERSION);
  bad = norm, bad.flags |= 1u << 31;
  CHECK(addnormReferenceKernel(NULL, &bad) == ADDNORM_ERROR_UNSUPPORTED);
  bad = norm, bad.numAddends = 17;
  CHECK(addnormReferenceKernel(NULL, &bad) == ADDNORM_ERROR_UNSUPPORTED);
  bad = norm, bad.y.type = ADDNORM_I32;
  CHECK(addnormReferenceKernel(NULL, &bad) == ADDNORM_ERROR_TYPE);
  CHECK(y[0] == 0);
  CHECK(addnormReferenceKernel(NULL, &norm) == ADDNORM_OK);
  CHECK(rstd[0] == 0.25f && y[0] == 0.75f && y[3] == 0.75f && y[4] == 4 * rstd[1]);

  CHECK(strcmp(addnormStatusText(ADDNORM_ERROR_DEVICE), "device error") == 0);
  CHECK(strcmp(addnormStatusText((AddnormStatus)12), "unknown status") == 0);
  CHECK(strcmp(addnormStatusText((AddnormStatus)-1), "unknown status") == 0);
  CHECK(strcmp(addnormStatusText((AddnormStatus)1001), "error of the vendor's kernel") == 0);
}

int main(void) {
  srand(1);
  testByHand();
  testOrder();
  testRows(ADDNORM_F16);
  testRows(ADDNORM_BF16);
  testRows(ADDNORM_F32);
  testEmpty();
  testRefusals();
  testConversions();
  testKernel();
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0;
}
