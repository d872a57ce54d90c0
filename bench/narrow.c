/* The hand-written loop as it would be with f16 inside: the row buffer holds 16-bit elements, and
 * no conversion is left. 16-bit integer arithmetic, of which each host with AVX2 has as many
 * elements per instruction, stands for that of f16; the fused multiply-add is two instructions. */

#include <immintrin.h>

typedef __m256i Vector;

#include "bench/rows.h"

enum { ACCUMULATORS = LANES / 16 };

INLINE __m256i load(const void *data, int64_t i) {
  return _mm256_loadu_si256((const __m256i *)((const uint16_t *)data + i));
}

INLINE void store(void *data, int64_t i, __m256i value, bool stream) {
  __m256i *to = (__m256i *)((uint16_t *)data + i);
  if (stream)
    _mm256_stream_si256(to, value);
  else
    _mm256_storeu_si256(to, value);
}

INLINE void clear(Partials *partials) {
  for (int k = 0; k < ACCUMULATORS; ++k)
    partials->acc[k] = _mm256_setzero_si256();
}

INLINE float fold(ExecElement type, const Partials *partials) {
  (void)type;
  const __m256i *acc = partials->acc;
  __m256i total =
      _mm256_add_epi16(_mm256_add_epi16(acc[0], acc[2]), _mm256_add_epi16(acc[1], acc[3]));
  uint16_t lanes[16], sum = 0;
  _mm256_storeu_si256((__m256i *)lanes, total);
  for (int k = 0; k < 16; ++k)
    sum = (uint16_t)(sum + lanes[k]);
  return sum;
}

INLINE __m256i sumOfAddends(const Row *row, int64_t i) {
  return _mm256_add_epi16(load(row->x, i), load(row->r, i));
}

INLINE void accumulate(const Row *row, int64_t i, Partials *partials) {
  __m256i *acc = partials->acc;
#pragma GCC unroll 4
  for (int k = 0; k < ACCUMULATORS; ++k, i += 16) {
    __m256i t = sumOfAddends(row, i);
    acc[k] = _mm256_add_epi16(acc[k], _mm256_mullo_epi16(t, t));
    if (row->way.buffered)
      store(row->t, i, t, false);
  }
}

INLINE void normalize(const Row *row, int64_t i, float rstd) {
  __m256i scale = _mm256_set1_epi16((short)(1024 * rstd));
#pragma GCC unroll 4
  for (int64_t end = i + LANES; i < end; i += 16) {
    __m256i t = row->way.buffered ? load(row->t, i) : sumOfAddends(row, i);
    __m256i y = _mm256_mullo_epi16(_mm256_mullo_epi16(t, scale), load(row->gamma, i));
    if (row->hasSum)
      store(row->sum, i, t, row->way.stream);
    store(row->y, i, y, row->way.stream);
  }
}

/* Works on whole blocks. */
INLINE void accumulateTail(const Row *row, Partials *partials) {
  (void)row;
  (void)partials;
}

INLINE void normalizeTail(const Row *row, float rstd) {
  (void)row;
  (void)rstd;
}

void benchNarrow(const BenchNorm *norm) { chooseOutputs(norm, EXEC_F16); }
