#include "bench/kernels.h"

#ifdef __AVX__
#include <immintrin.h>
#endif

enum { LINE = 64 };

typedef long long Piece __attribute__((vector_size(32)));

static inline void storeAround(Piece *to, Piece value) {
#ifdef __AVX__
  _mm256_stream_si256((__m256i *)to, (__m256i)value);
#else
  *to = value;
#endif
}

static inline __attribute__((always_inline)) void run(const BenchNorm *norm, bool hasR,
                                                      bool hasSum) {
  size_t bytes = benchTensorBytes(norm);
  const Piece *x = norm->x, *r = norm->r;
  Piece *y = norm->y, *sum = norm->sum;
  for (size_t line = 0; line < bytes / sizeof(Piece); line += LINE / sizeof(Piece))
    for (size_t i = line; i < line + LINE / sizeof(Piece); ++i) {
      Piece a = x[i], b = hasR ? r[i] : a;
      storeAround(&y[i], a | b);
      if (hasSum)
        storeAround(&sum[i], a & b);
    }
#ifdef __AVX__
  _mm_sfence();
#endif
}

void benchStream(const BenchNorm *norm) {
  if (!norm->r)
    run(norm, false, false);
  else if (norm->sum)
    run(norm, true, true);
  else
    run(norm, true, false);
}
