/* Code for a processor without F16C and FMA, against the C reference: every f16, f32 of all kinds
 * rounded to f16, and the fma, whose roundings rstd shows. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "narrow.h"
#include "square.h"
#include "widen.h"

enum { N = 65536, ROWS = 200000 };

static uint16_t half[N], narrowed[N], narrowedExact[N], y16[N];
static float real[N], widened[N], widenedExact[N], y32[N];
static float pairs[ROWS * 2], y[ROWS * 2], rstd[ROWS], rstdExact[ROWS];

static uint32_t randomBits(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 32);
}

/* Any sign and fraction, and an exponent from 2^low up to 2^high; now and then few bits are set, so
 * that ties occur. */
static float randomReal(int low, int high) {
  uint32_t bits = randomBits(), fraction = bits & 0x7fffff;
  if (bits >> 30 == 0)
    fraction &= 0x7ff000;
  float value =
      ldexpf(1 + (float)fraction * 0x1p-23f, low + (int)(randomBits() % (uint32_t)(high - low)));
  return bits >> 29 & 1 ? -value : value;
}

static AddnormTensor tensor(void *data, AddnormElementType type, const int64_t *shape) {
  return (AddnormTensor){data, type, 2, shape, NULL};
}

static int countDifferent(AddnormElementType type, const void *a, const void *b, int64_t count) {
  int different = 0;
  for (int64_t i = 0; i < count; ++i) {
    float x = addnormReferenceLoad(type, a, i), z = addnormReferenceLoad(type, b, i);
    different += !(isnan(x) && isnan(z)) && (x != z || signbit(x) != signbit(z));
  }
  return different;
}

int main(void) {
  const int64_t one[] = {1, N}, many[] = {ROWS, 2}, column[] = {ROWS, 1};
  for (int i = 0; i < N; ++i)
    half[i] = (uint16_t)i;
  AddnormTensor x = tensor(half, ADDNORM_F16, one), ty = tensor(y32, ADDNORM_F32, one);
  AddnormTensor ts = tensor(widenedExact, ADDNORM_F32, one), tr;
  AddnormReference norm = {.numAddends = 1, .addends = &x, .lanes = 64, .y = &ty, .sum = &ts};
  addnormReferenceExact(&norm, NULL);
  addnorm_widen_kernel(1, N, 0, half, N, y32, N, widened, N);
  printf("%d of f16 differ\n", countDifferent(ADDNORM_F32, widened, widenedExact, N));

  for (int i = 0; i < N; ++i)
    real[i] = randomReal(-28, 18);
  real[0] = INFINITY, real[1] = -INFINITY, real[2] = NAN, real[3] = 0, real[4] = -0.0f;
  real[5] = 65519.996f, real[6] = 65520, real[7] = 0x1p-25f, real[8] = 0x1.000002p-25f;
  real[9] = 0x1p-149f, real[10] = 0x1.fffp-15f, real[11] = 0x1.ffep-15f;
  x = tensor(real, ADDNORM_F32, one), ty = tensor(y16, ADDNORM_F16, one);
  ts = tensor(narrowedExact, ADDNORM_F16, one);
  addnormReferenceExact(&norm, NULL);
  addnorm_narrow_kernel(1, N, 0, real, N, y16, N, narrowed, N);
  printf("%d of f32 differ\n", countDifferent(ADDNORM_F16, narrowed, narrowedExact, N));

  /* The second square is up to 2^50 times the first, either way, or leaves f32; or it is halfway
   * between two f32, and the first square, past the end of f64, decides. */
  for (int64_t i = 0; i < ROWS; ++i) {
    pairs[2 * i] = randomReal(-30, 30);
    pairs[2 * i + 1] = ldexpf(randomReal(-25, 25), i % 64 == 0 ? 60 : ilogbf(pairs[2 * i]));
    if (i % 64 == 1) {
      pairs[2 * i] = randomReal(-60, -40);
      pairs[2 * i + 1] = 1 + (float)(randomBits() % 800 * 2 + 1) * 0x1p-12f;
    }
  }
  x = tensor(pairs, ADDNORM_F32, many), ty = tensor(y, ADDNORM_F32, many);
  tr = tensor(rstdExact, ADDNORM_F32, column);
  norm.lanes = 1, norm.sum = NULL, norm.rstd = &tr;
  addnormReferenceExact(&norm, NULL);
  addnorm_square_kernel(ROWS, 2, 0, pairs, 2, y, 2, rstd, 1);
  printf("%d of rstd differ\n", countDifferent(ADDNORM_F32, rstd, rstdExact, ROWS));
  return EXIT_SUCCESS;
}
