/* Compares the outputs of one kernel for one thread and for four, bit for bit. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "four.h"
#include "one.h"

enum { MAX_ROWS = 17, MAX_N = 200000, SIZE = MAX_ROWS * MAX_N };

static uint16_t x[SIZE], r[SIZE], y[2][SIZE], sum[2][SIZE];
static float gamma_[MAX_N], rstd[2][MAX_ROWS];

/* Between 0.125 and 2, of either sign. */
static void fill(uint16_t *data, uint32_t state) {
  for (int i = 0; i < SIZE; ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = (uint16_t)((state >> 16 & 0x8fff) + 0x3000);
  }
}

static bool compare(int64_t rows, int64_t n) {
  size_t bytes = (size_t)(rows * n) * sizeof(uint16_t);
  one_rms_norm_kernel(rows, n, 1e-5f, x, n, r, n, gamma_, y[0], n, sum[0], n, rstd[0], 1);
  memset(y[1], 0, bytes);
  memset(rstd[1], 0, sizeof rstd[1]);
  four_rms_norm_kernel(rows, n, 1e-5f, x, n, r, n, gamma_, y[1], n, sum[1], n, rstd[1], 1);
  bool same = !memcmp(y[0], y[1], bytes) && !memcmp(sum[0], sum[1], bytes) &&
              !memcmp(rstd[0], rstd[1], (size_t)rows * sizeof(float));
  memcpy(y[1], x, bytes);
  memcpy(sum[1], r, bytes);
  four_rms_norm_kernel(rows, n, 1e-5f, y[1], n, sum[1], n, gamma_, y[1], n, sum[1], n, rstd[1], 1);
  same = same && !memcmp(y[0], y[1], bytes) && !memcmp(sum[0], sum[1], bytes);
  if (!same)
    printf("%lld x %lld differs\n", (long long)rows, (long long)n);
  return same;
}

int main(void) {
  static const int64_t rowCounts[] = {0, 1, 2, 3, 4, MAX_ROWS}, lengths[] = {0, 1000, 50000, MAX_N};
  fill(x, 1);
  fill(r, 2);
  for (int i = 0; i < MAX_N; ++i)
    gamma_[i] = 1.0f + (float)(i % 7) / 16;
  bool same = true;
  for (int i = 0; i < 6; ++i)
    for (int k = 0; k < 4; ++k)
      same &= compare(rowCounts[i], lengths[k]);
  if (same)
    puts("same bits");
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
