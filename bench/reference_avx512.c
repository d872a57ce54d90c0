/* add -> RMSNorm by hand for AVX-512 (F, BW, VL): 4 accumulators are the 64 partials, a block of 64
 * elements is 2 lines of a 16-bit type, and what is left of a row is done under masks. */

#include <immintrin.h>

typedef __m512 Vector;

#include "bench/rows.h"

/* Elements i to i + 15 that `mask` selects, 0 for the others. */
INLINE __m512 loadSome(ExecElement type, const void *data, int64_t i, __mmask16 mask) {
  if (type == EXEC_F32)
    return _mm512_maskz_loadu_ps(mask, (const float *)data + i);
  __m256i bits = _mm256_maskz_loadu_epi16(mask, (const uint16_t *)data + i);
  if (type == EXEC_F16)
    return _mm512_cvtph_ps(bits);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

INLINE __m512 load(ExecElement type, const void *data, int64_t i) {
  if (type == EXEC_F32)
    return _mm512_loadu_ps((const float *)data + i);
  __m256i bits = _mm256_loadu_si256((const __m256i *)((const uint16_t *)data + i));
  if (type == EXEC_F16)
    return _mm512_cvtph_ps(bits);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

/* The bf16 that is nearest, ties to even, in the upper half of each element. */
INLINE __m512i roundToBf16(__m512 value) {
  __m512i bits = _mm512_castps_si512(value);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i bias = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
  __mmask16 nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
  return _mm512_mask_mov_epi32(_mm512_add_epi32(bits, bias), nan, _mm512_set1_epi32(0x7fc00000));
}

INLINE __m256i roundToF16(__m512 value) {
  return _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE void storeLine(void *to, __m512i line, bool stream) {
  if (stream)
    _mm512_stream_si512(to, line);
  else
    _mm512_storeu_si512(to, line);
}

/* Elements i to i + 31; with `stream` they start a line. */
INLINE void store32(ExecElement type, void *data, int64_t i, __m512 low, __m512 high, bool stream) {
  if (type == EXEC_F32) {
    storeLine((float *)data + i, _mm512_castps_si512(low), stream);
    storeLine((float *)data + i + 16, _mm512_castps_si512(high), stream);
    return;
  }
  __m512i line;
  if (type == EXEC_F16) {
    line = _mm512_inserti64x4(_mm512_castsi256_si512(roundToF16(low)), roundToF16(high), 1);
  } else {
    __m512i upperHalves =
        _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                         25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    line = _mm512_permutex2var_epi16(roundToBf16(low), upperHalves, roundToBf16(high));
  }
  storeLine((uint16_t *)data + i, line, stream);
}

INLINE void storeSome(ExecElement type, void *data, int64_t i, __m512 value, __mmask16 mask) {
  if (type == EXEC_F32) {
    _mm512_mask_storeu_ps((float *)data + i, mask, value);
    return;
  }
  __m256i bits = type == EXEC_F16
                     ? roundToF16(value)
                     : _mm512_cvtepi32_epi16(_mm512_srli_epi32(roundToBf16(value), 16));
  _mm256_mask_storeu_epi16((uint16_t *)data + i, mask, bits);
}

/* Selects the elements below n of those from i on; i < n. */
INLINE __mmask16 tailMask(int64_t i, int64_t n) {
  return n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
}

INLINE void clear(Partials *partials) {
  for (int k = 0; k < 4; ++k)
    partials->acc[k] = _mm512_setzero_ps();
}

INLINE float fold(const Partials *partials) {
  const __m512 *acc = partials->acc;
  __m512 lanes16 = _mm512_add_ps(_mm512_add_ps(acc[0], acc[2]), _mm512_add_ps(acc[1], acc[3]));
  __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(lanes16), 1));
  __m256 lanes8 = _mm256_add_ps(_mm512_castps512_ps256(lanes16), upper);
  __m128 lanes4 = _mm_add_ps(_mm256_castps256_ps128(lanes8), _mm256_extractf128_ps(lanes8, 1));
  __m128 lanes2 = _mm_add_ps(lanes4, _mm_movehl_ps(lanes4, lanes4));
  return _mm_cvtss_f32(_mm_add_ss(lanes2, _mm_movehdup_ps(lanes2)));
}

INLINE __m512 sumOfAddends(const Row *row, int64_t i) {
  return _mm512_add_ps(load(row->type, row->x, i), load(row->type, row->r, i));
}

INLINE __m512 sumOfSome(const Row *row, int64_t i, __mmask16 mask) {
  return _mm512_add_ps(loadSome(row->type, row->x, i, mask), loadSome(row->type, row->r, i, mask));
}

INLINE void accumulate(const Row *row, int64_t i, Partials *partials) {
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    __m512 t = sumOfAddends(row, i + 16 * k);
    partials->acc[k] = _mm512_fmadd_ps(t, t, partials->acc[k]);
    if (row->buffered)
      _mm512_store_ps(row->t + i + 16 * k, t);
  }
}

INLINE void accumulateTail(const Row *row, Partials *partials) {
  int64_t i = row->n / LANES * LANES;
  for (int k = 0; k < 4 && i < row->n; ++k, i += 16) {
    __m512 t = sumOfSome(row, i, tailMask(i, row->n));
    partials->acc[k] = _mm512_fmadd_ps(t, t, partials->acc[k]);
  }
}

INLINE __m512 kept(const Row *row, int64_t i) {
  return row->buffered ? _mm512_load_ps(row->t + i) : sumOfAddends(row, i);
}

INLINE void normalize(const Row *row, int64_t i, float rstd) {
  __m512 scale = _mm512_set1_ps(rstd);
#pragma GCC unroll 2
  for (int64_t end = i + LANES; i < end; i += 32) {
    __m512 low = kept(row, i), high = kept(row, i + 16);
    __m512 lowY = _mm512_mul_ps(_mm512_mul_ps(low, scale), load(row->type, row->gamma, i));
    __m512 highY = _mm512_mul_ps(_mm512_mul_ps(high, scale), load(row->type, row->gamma, i + 16));
    if (row->hasSum)
      store32(row->type, row->sum, i, low, high, row->stream);
    store32(row->type, row->y, i, lowY, highY, row->stream);
  }
}

INLINE void normalizeTail(const Row *row, float rstd) {
  __m512 scale = _mm512_set1_ps(rstd);
  for (int64_t i = row->n / LANES * LANES; i < row->n; i += 16) {
    __mmask16 mask = tailMask(i, row->n);
    __m512 t = sumOfSome(row, i, mask);
    __m512 gamma = loadSome(row->type, row->gamma, i, mask);
    if (row->hasSum)
      storeSome(row->type, row->sum, i, t, mask);
    storeSome(row->type, row->y, i, _mm512_mul_ps(_mm512_mul_ps(t, scale), gamma), mask);
  }
}

void benchReferenceAvx512(const BenchNorm *norm) { referenceRun(norm); }
