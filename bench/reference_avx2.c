/* add -> RMSNorm by hand for AVX2 with FMA and F16C: 8 accumulators are the 64 partials. AVX2 has
 * no masks for 16-bit elements: the last elements of a row are copied into a zeroed block that the
 * same code then works on. */

#include <immintrin.h>
#include <string.h>

typedef __m256 Vector;

#include "bench/rows.h"

enum { ACCUMULATORS = 8 };

/* 16 elements: the lower and the upper 8, or of bf16 the even and the odd ones, as their f32 are
 * made: a shift and a mask, no element moves to another place. */
typedef struct Pair {
  __m256 low, high;
} Pair;

/* Elements i to i + 15. */
INLINE Pair load(ExecElement type, const void *data, int64_t i) {
  if (type == EXEC_F32)
    return (Pair){_mm256_loadu_ps((const float *)data + i),
                  _mm256_loadu_ps((const float *)data + i + 8)};
  const uint16_t *from = (const uint16_t *)data + i;
  if (type == EXEC_F16)
    return (Pair){_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)),
                  _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + 8)))};
  __m256i bits = _mm256_loadu_si256((const __m256i *)from);
  __m256i odd = _mm256_and_si256(bits, _mm256_set1_epi32((int)0xffff0000));
  return (Pair){_mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)), _mm256_castsi256_ps(odd)};
}

/* The bf16 that is nearest, ties to even, in the upper half of each element. */
INLINE __m256i roundToBf16(__m256 value) {
  __m256i bits = _mm256_castps_si256(value);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i bias = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
  __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(_mm256_add_epi32(bits, bias), _mm256_set1_epi32(0x7fc00000), nan);
}

INLINE __m256i narrowToBf16(Pair pair) {
  enum { ODD = 0xaa };
  __m256i even = _mm256_srli_epi32(roundToBf16(pair.low), 16);
  return _mm256_blend_epi16(even, roundToBf16(pair.high), ODD);
}

INLINE __m128i narrowToF16(__m256 value) {
  return _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE void storePiece(void *to, __m256i piece, bool stream) {
  if (stream)
    _mm256_stream_si256(to, piece);
  else
    _mm256_storeu_si256(to, piece);
}

/* Elements i to i + 15; with `stream` they are aligned to 32 bytes. */
INLINE void store(ExecElement type, void *data, int64_t i, Pair pair, bool stream) {
  if (type == EXEC_F32) {
    storePiece((float *)data + i, _mm256_castps_si256(pair.low), stream);
    storePiece((float *)data + i + 8, _mm256_castps_si256(pair.high), stream);
    return;
  }
  __m256i piece = type == EXEC_BF16
                      ? narrowToBf16(pair)
                      : _mm256_set_m128i(narrowToF16(pair.high), narrowToF16(pair.low));
  storePiece((uint16_t *)data + i, piece, stream);
}

INLINE void clear(Partials *partials) {
  for (int k = 0; k < ACCUMULATORS; ++k)
    partials->acc[k] = _mm256_setzero_ps();
}

INLINE float foldLanes(__m256 lanes8) {
  __m128 lanes4 = _mm_add_ps(_mm256_castps256_ps128(lanes8), _mm256_extractf128_ps(lanes8, 1));
  __m128 lanes2 = _mm_add_ps(lanes4, _mm_movehl_ps(lanes4, lanes4));
  return _mm_cvtss_f32(_mm_add_ss(lanes2, _mm_movehdup_ps(lanes2)));
}

INLINE float fold(ExecElement type, const Partials *partials) {
  __m256 acc[ACCUMULATORS];
  memcpy(acc, partials->acc, sizeof acc);
  for (int half = ACCUMULATORS / 2; half > 1; half /= 2)
    for (int k = 0; k < half; ++k)
      acc[k] = _mm256_add_ps(acc[k], acc[k + half]);
  if (type == EXEC_BF16)
    return foldLanes(acc[0]) + foldLanes(acc[1]);
  return foldLanes(_mm256_add_ps(acc[0], acc[1]));
}

INLINE Pair sumOfAddends(const Row *row, int64_t i) {
  Pair x = load(row->type, row->x, i), r = load(row->type, row->r, i);
  return (Pair){_mm256_add_ps(x.low, r.low), _mm256_add_ps(x.high, r.high)};
}

INLINE void accumulate(const Row *row, int64_t i, Partials *partials) {
  __m256 *acc = partials->acc;
#pragma GCC unroll 4
  for (int k = 0; k < ACCUMULATORS; k += 2, i += 16) {
    Pair t = sumOfAddends(row, i);
    acc[k] = _mm256_fmadd_ps(t.low, t.low, acc[k]);
    acc[k + 1] = _mm256_fmadd_ps(t.high, t.high, acc[k + 1]);
    if (row->way.buffered) {
      _mm256_store_ps(row->t + i, t.low);
      _mm256_store_ps(row->t + i + 8, t.high);
    }
  }
}

INLINE Pair kept(const Row *row, int64_t i) {
  if (!row->way.buffered)
    return sumOfAddends(row, i);
  return (Pair){_mm256_load_ps(row->t + i), _mm256_load_ps(row->t + i + 8)};
}

INLINE void normalize(const Row *row, int64_t i, float rstd) {
  __m256 scale = _mm256_set1_ps(rstd);
#pragma GCC unroll 4
  for (int64_t end = i + LANES; i < end; i += 16) {
    Pair t = kept(row, i), gamma = load(row->type, row->gamma, i);
    Pair y = {_mm256_mul_ps(_mm256_mul_ps(t.low, scale), gamma.low),
              _mm256_mul_ps(_mm256_mul_ps(t.high, scale), gamma.high)};
    if (row->hasSum)
      store(row->type, row->sum, i, t, row->way.stream);
    store(row->type, row->y, i, y, row->way.stream);
  }
}

/* The last elements of a row, fewer than LANES, with zeros behind them. */
typedef struct Tail {
  size_t offset, bytes;
  _Alignas(LINE) char x[LANES * 4], r[LANES * 4], gamma[LANES * 4], y[LANES * 4], sum[LANES * 4];
} Tail;

INLINE Row readTail(Tail *tail, const Row *row) {
  int64_t length = row->n % LANES;
  memset(tail, 0, sizeof *tail);
  tail->offset = (size_t)(row->n - length) * sizeOf(row->type);
  tail->bytes = (size_t)length * sizeOf(row->type);
  memcpy(tail->x, (const char *)row->x + tail->offset, tail->bytes);
  memcpy(tail->r, (const char *)row->r + tail->offset, tail->bytes);
  memcpy(tail->gamma, (const char *)row->gamma + tail->offset, tail->bytes);
  return (Row){.type = row->type,
               .hasSum = row->hasSum,
               .n = LANES,
               .x = tail->x,
               .r = tail->r,
               .gamma = tail->gamma,
               .y = tail->y,
               .sum = tail->sum};
}

INLINE void accumulateTail(const Row *row, Partials *partials) {
  Tail tail;
  Row last = readTail(&tail, row);
  accumulate(&last, 0, partials);
}

INLINE void normalizeTail(const Row *row, float rstd) {
  Tail tail;
  Row last = readTail(&tail, row);
  normalize(&last, 0, rstd);
  memcpy((char *)row->y + tail.offset, tail.y, tail.bytes);
  if (row->hasSum)
    memcpy((char *)row->sum + tail.offset, tail.sum, tail.bytes);
}

void benchReferenceAvx2(const BenchNorm *norm) { referenceRun(norm); }
