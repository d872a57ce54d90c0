/* add -> RMSNorm by hand for AVX-512 (F, BW, VL): 4 accumulators are the 64 partials, and what is
 * left of a row is done under masks. */

#include <immintrin.h>

typedef __m512 Vector;

#include "bench/rows.h"

/* 32 elements: the lower and the upper 16, or of bf16 the even and the odd ones, as their f32 are
 * made: a shift and a mask of the line, no element moves to another place. */
typedef struct Pair {
  __m512 low, high;
} Pair;

INLINE Pair widenF16(__m512i line) {
  return (Pair){_mm512_cvtph_ps(_mm512_castsi512_si256(line)),
                _mm512_cvtph_ps(_mm512_extracti64x4_epi64(line, 1))};
}

INLINE Pair widenBf16(__m512i line) {
  __m512i odd = _mm512_and_si512(line, _mm512_set1_epi32((int)0xffff0000));
  return (Pair){_mm512_castsi512_ps(_mm512_slli_epi32(line, 16)), _mm512_castsi512_ps(odd)};
}

/* Elements i to i + 31. */
INLINE Pair load(ExecElement type, const void *data, int64_t i) {
  if (type == EXEC_F32)
    return (Pair){_mm512_loadu_ps((const float *)data + i),
                  _mm512_loadu_ps((const float *)data + i + 16)};
  const uint16_t *from = (const uint16_t *)data + i;
  if (type == EXEC_BF16)
    return widenBf16(_mm512_loadu_si512(from));
  return (Pair){_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from)),
                _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(from + 16)))};
}

/* Those that `mask` selects, 0 for the others. */
INLINE Pair loadSome(ExecElement type, const void *data, int64_t i, __mmask32 mask) {
  if (type == EXEC_F32)
    return (Pair){_mm512_maskz_loadu_ps((__mmask16)mask, (const float *)data + i),
                  _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), (const float *)data + i + 16)};
  __m512i line = _mm512_maskz_loadu_epi16(mask, (const uint16_t *)data + i);
  return type == EXEC_F16 ? widenF16(line) : widenBf16(line);
}

/* The bf16 that is nearest, ties to even, in the upper half of each element. */
INLINE __m512i roundToBf16(__m512 value) {
  enum { QUIET_NANS = 0x33 }; /* the classes of quiet and of signalling NaNs get the default NaN */
  __m512i bits =
      _mm512_castps_si512(_mm512_fixupimm_ps(value, value, _mm512_set1_epi32(QUIET_NANS), 0));
  __mmask16 odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
  __m512i bias = _mm512_mask_mov_epi32(_mm512_set1_epi32(0x7fff), odd, _mm512_set1_epi32(0x8000));
  return _mm512_add_epi32(bits, bias);
}

INLINE __m512i narrowToBf16(Pair pair) {
  enum { ODD = 0xaaaaaaaa };
  __m512i even = _mm512_srli_epi32(roundToBf16(pair.low), 16);
  return _mm512_mask_mov_epi16(even, ODD, roundToBf16(pair.high));
}

INLINE __m256i narrowToF16(__m512 value) {
  return _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE void storeLine(void *to, __m512i line, bool stream) {
  if (stream)
    _mm512_stream_si512(to, line);
  else
    _mm512_storeu_si512(to, line);
}

INLINE void storeHalfLine(void *to, __m256i half, bool stream) {
  if (stream)
    _mm256_stream_si256(to, half);
  else
    _mm256_storeu_si256(to, half);
}

/* Elements i to i + 31; with `stream` they start a line. */
INLINE void store(ExecElement type, void *data, int64_t i, Pair pair, bool stream) {
  if (type == EXEC_F32) {
    storeLine((float *)data + i, _mm512_castps_si512(pair.low), stream);
    storeLine((float *)data + i + 16, _mm512_castps_si512(pair.high), stream);
  } else if (type == EXEC_BF16) {
    storeLine((uint16_t *)data + i, narrowToBf16(pair), stream);
  } else {
    storeHalfLine((uint16_t *)data + i, narrowToF16(pair.low), stream);
    storeHalfLine((uint16_t *)data + i + 16, narrowToF16(pair.high), stream);
  }
}

INLINE void storeSome(ExecElement type, void *data, int64_t i, Pair pair, __mmask32 mask) {
  if (type == EXEC_F32) {
    _mm512_mask_storeu_ps((float *)data + i, (__mmask16)mask, pair.low);
    _mm512_mask_storeu_ps((float *)data + i + 16, (__mmask16)(mask >> 16), pair.high);
    return;
  }
  __m512i line = type == EXEC_BF16
                     ? narrowToBf16(pair)
                     : _mm512_inserti64x4(_mm512_castsi256_si512(narrowToF16(pair.low)),
                                          narrowToF16(pair.high), 1);
  _mm512_mask_storeu_epi16((uint16_t *)data + i, mask, line);
}

/* Selects the elements below n of the 32 from i on; i < n. */
INLINE __mmask32 tailMask(int64_t i, int64_t n) {
  return n - i >= 32 ? 0xffffffff : (__mmask32)((1u << (n - i)) - 1);
}

INLINE void clear(Partials *partials) {
  for (int k = 0; k < 4; ++k)
    partials->acc[k] = _mm512_setzero_ps();
}

INLINE float foldLanes(__m512 lanes16) {
  __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(lanes16), 1));
  __m256 lanes8 = _mm256_add_ps(_mm512_castps512_ps256(lanes16), upper);
  __m128 lanes4 = _mm_add_ps(_mm256_castps256_ps128(lanes8), _mm256_extractf128_ps(lanes8, 1));
  __m128 lanes2 = _mm_add_ps(lanes4, _mm_movehl_ps(lanes4, lanes4));
  return _mm_cvtss_f32(_mm_add_ss(lanes2, _mm_movehdup_ps(lanes2)));
}

INLINE float fold(ExecElement type, const Partials *partials) {
  const __m512 *acc = partials->acc;
  __m512 low = _mm512_add_ps(acc[0], acc[2]), high = _mm512_add_ps(acc[1], acc[3]);
  if (type == EXEC_BF16)
    return foldLanes(low) + foldLanes(high);
  return foldLanes(_mm512_add_ps(low, high));
}

INLINE Pair sumOf(Pair x, Pair r) {
  return (Pair){_mm512_add_ps(x.low, r.low), _mm512_add_ps(x.high, r.high)};
}

INLINE Pair sumOfAddends(const Row *row, int64_t i) {
  return sumOf(load(row->type, row->x, i), load(row->type, row->r, i));
}

INLINE Pair sumOfSome(const Row *row, int64_t i, __mmask32 mask) {
  return sumOf(loadSome(row->type, row->x, i, mask), loadSome(row->type, row->r, i, mask));
}

INLINE void square(Pair t, __m512 acc[2]) {
  acc[0] = _mm512_fmadd_ps(t.low, t.low, acc[0]);
  acc[1] = _mm512_fmadd_ps(t.high, t.high, acc[1]);
}

INLINE void accumulate(const Row *row, int64_t i, Partials *partials) {
#pragma GCC unroll 2
  for (int k = 0; k < 2; ++k) {
    Pair t = sumOfAddends(row, i + 32 * k);
    square(t, partials->acc + 2 * k);
    if (row->way.buffered) {
      _mm512_store_ps(row->t + i + 32 * k, t.low);
      _mm512_store_ps(row->t + i + 32 * k + 16, t.high);
    }
  }
}

INLINE void accumulateTail(const Row *row, Partials *partials) {
  int64_t i = row->n / LANES * LANES;
  for (int k = 0; k < 2 && i < row->n; ++k, i += 32)
    square(sumOfSome(row, i, tailMask(i, row->n)), partials->acc + 2 * k);
}

INLINE Pair kept(const Row *row, int64_t i) {
  if (!row->way.buffered)
    return sumOfAddends(row, i);
  return (Pair){_mm512_load_ps(row->t + i), _mm512_load_ps(row->t + i + 16)};
}

INLINE Pair scaled(Pair t, float rstd, Pair gamma) {
  __m512 scale = _mm512_set1_ps(rstd);
  return (Pair){_mm512_mul_ps(_mm512_mul_ps(t.low, scale), gamma.low),
                _mm512_mul_ps(_mm512_mul_ps(t.high, scale), gamma.high)};
}

INLINE void normalize(const Row *row, int64_t i, float rstd) {
#pragma GCC unroll 2
  for (int64_t end = i + LANES; i < end; i += 32) {
    Pair t = kept(row, i);
    Pair y = scaled(t, rstd, load(row->type, row->gamma, i));
    if (row->hasSum)
      store(row->type, row->sum, i, t, row->way.stream);
    store(row->type, row->y, i, y, row->way.stream);
  }
}

INLINE void normalizeTail(const Row *row, float rstd) {
  for (int64_t i = row->n / LANES * LANES; i < row->n; i += 32) {
    __mmask32 mask = tailMask(i, row->n);
    Pair t = sumOfSome(row, i, mask);
    Pair y = scaled(t, rstd, loadSome(row->type, row->gamma, i, mask));
    if (row->hasSum)
      storeSome(row->type, row->sum, i, t, mask);
    storeSome(row->type, row->y, i, y, mask);
  }
}

void benchReferenceAvx512(const BenchNorm *norm) { referenceRun(norm); }
