/* add -> RMSNorm by hand for AVX2 with FMA and F16C: 8 accumulators are the 64 partials. AVX2 has
 * no masks for 16-bit elements: the last elements of a row are copied into a zeroed block that the
 * same code then works on. */

#include <immintrin.h>
#include <string.h>

typedef __m256 Vector;

#include "bench/rows.h"

enum { ACCUMULATORS = 8 };

/* Elements i to i + 7. */
INLINE __m256 load(ExecElement type, const void *data, int64_t i) {
  if (type == EXEC_F32)
    return _mm256_loadu_ps((const float *)data + i);
  __m128i bits = _mm_loadu_si128((const __m128i *)((const uint16_t *)data + i));
  if (type == EXEC_F16)
    return _mm256_cvtph_ps(bits);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

/* The bf16 that is nearest, ties to even, as 32-bit integers. */
INLINE __m256i roundToBf16(__m256 value) {
  __m256i bits = _mm256_castps_si256(value);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i bias = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
  __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, bias), 16);
  return _mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7fc0), nan);
}

INLINE __m128i roundToF16(__m256 value) {
  return _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE void storePiece(void *to, __m256i piece, bool stream) {
  if (stream)
    _mm256_stream_si256(to, piece);
  else
    _mm256_storeu_si256(to, piece);
}

/* Elements i to i + 15; with `stream` they are aligned to 32 bytes. */
INLINE void store16(ExecElement type, void *data, int64_t i, __m256 low, __m256 high, bool stream) {
  if (type == EXEC_F32) {
    storePiece((float *)data + i, _mm256_castps_si256(low), stream);
    storePiece((float *)data + i + 8, _mm256_castps_si256(high), stream);
    return;
  }
  __m256i piece;
  if (type == EXEC_F16) {
    piece = _mm256_set_m128i(roundToF16(high), roundToF16(low));
  } else {
    enum { ORDER_0213 = 0xd8 }; /* packing works on each half of 128 bits */
    piece = _mm256_permute4x64_epi64(_mm256_packus_epi32(roundToBf16(low), roundToBf16(high)),
                                     ORDER_0213);
  }
  storePiece((uint16_t *)data + i, piece, stream);
}

INLINE void clear(Partials *partials) {
  for (int k = 0; k < ACCUMULATORS; ++k)
    partials->acc[k] = _mm256_setzero_ps();
}

INLINE float fold(const Partials *partials) {
  __m256 acc[ACCUMULATORS];
  memcpy(acc, partials->acc, sizeof acc);
  for (int half = ACCUMULATORS / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k)
      acc[k] = _mm256_add_ps(acc[k], acc[k + half]);
  __m128 lanes4 = _mm_add_ps(_mm256_castps256_ps128(acc[0]), _mm256_extractf128_ps(acc[0], 1));
  __m128 lanes2 = _mm_add_ps(lanes4, _mm_movehl_ps(lanes4, lanes4));
  return _mm_cvtss_f32(_mm_add_ss(lanes2, _mm_movehdup_ps(lanes2)));
}

INLINE __m256 sumOfAddends(const Row *row, int64_t i) {
  return _mm256_add_ps(load(row->type, row->x, i), load(row->type, row->r, i));
}

INLINE void accumulate(const Row *row, int64_t i, Partials *partials) {
#pragma GCC unroll 8
  for (int k = 0; k < ACCUMULATORS; ++k) {
    __m256 t = sumOfAddends(row, i + 8 * k);
    partials->acc[k] = _mm256_fmadd_ps(t, t, partials->acc[k]);
    if (row->buffered)
      _mm256_store_ps(row->t + i + 8 * k, t);
  }
}

INLINE __m256 kept(const Row *row, int64_t i) {
  return row->buffered ? _mm256_load_ps(row->t + i) : sumOfAddends(row, i);
}

INLINE void normalize(const Row *row, int64_t i, float rstd) {
  __m256 scale = _mm256_set1_ps(rstd);
#pragma GCC unroll 4
  for (int64_t end = i + LANES; i < end; i += 16) {
    __m256 low = kept(row, i), high = kept(row, i + 8);
    __m256 lowY = _mm256_mul_ps(_mm256_mul_ps(low, scale), load(row->type, row->gamma, i));
    __m256 highY = _mm256_mul_ps(_mm256_mul_ps(high, scale), load(row->type, row->gamma, i + 8));
    if (row->hasSum)
      store16(row->type, row->sum, i, low, high, row->stream);
    store16(row->type, row->y, i, lowY, highY, row->stream);
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
