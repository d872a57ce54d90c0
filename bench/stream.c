#include <immintrin.h>

#include "bench/kernels.h"

enum { PIECE = 64 };

static inline __attribute__((always_inline)) void run(const BenchNorm *norm, bool hasSum) {
  size_t bytes = (size_t)(norm->rows * norm->n) * execElementSize(norm->type);
  const char *x = norm->x, *r = norm->r;
  char *y = norm->y, *sum = norm->sum;
  for (size_t i = 0; i < bytes; i += PIECE)
    for (size_t at = i; at < i + PIECE; at += sizeof(__m256i)) {
      __m256i a = _mm256_load_si256((const __m256i *)(x + at));
      __m256i b = _mm256_load_si256((const __m256i *)(r + at));
      _mm256_stream_si256((__m256i *)(y + at), _mm256_or_si256(a, b));
      if (hasSum)
        _mm256_stream_si256((__m256i *)(sum + at), _mm256_and_si256(a, b));
    }
  _mm_sfence();
}

void benchStream(const BenchNorm *norm) {
  if (norm->sum)
    run(norm, true);
  else
    run(norm, false);
}
