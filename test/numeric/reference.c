#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS_OWN_LANES = 64 };

static uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float floatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

size_t formatBytes(Format format) { return format == F32 ? 4 : 2; }

static float decodeF16(uint16_t half) {
  uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
  float magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                    : exponent == 0 ? ldexpf((float)fraction, -24)
                                    : floatOf((exponent + 112) << 23 | fraction << 13);
  return half & 0x8000 ? -magnitude : magnitude;
}

/* Keeps the bits above `drop`, to nearest even; may carry into the exponent, as it should. */
static uint32_t roundOff(uint32_t bits, int drop) {
  uint32_t half = 1u << (drop - 1), rest = bits & (2 * half - 1);
  uint32_t kept = bits >> drop;
  return kept + (rest > half || (rest == half && (kept & 1)));
}

static uint16_t encodeF16(float value) {
  uint16_t sign = (uint16_t)(bitsOf(value) >> 16 & 0x8000);
  uint32_t bits = bitsOf(value) & 0x7fffffff;
  if (isnan(value))
    return 0x7e00;
  if (bits >= 0x47800000) /* 65536 */
    return sign | 0x7c00;
  if (bits >= 0x38800000) /* 2^-14; what rounds past 65504 carries into infinity */
    return sign | (uint16_t)(roundOff(bits, 13) - (112 << 10));
  /* Subnormal: the sum's last place is 2^-24, so the addition rounds. */
  return sign | (uint16_t)(bitsOf(floatOf(bits) + 0.5f) - bitsOf(0.5f));
}

static uint16_t encodeBF16(float value) {
  return isnan(value) ? 0x7fc0 : (uint16_t)roundOff(bitsOf(value), 16);
}

float decode(Format format, const void *data, int64_t i) {
  if (format == F32)
    return ((const float *)data)[i];
  uint16_t bits = ((const uint16_t *)data)[i];
  return format == F16 ? decodeF16(bits) : floatOf((uint32_t)bits << 16);
}

void encode(Format format, void *data, int64_t i, float value) {
  if (format == F32)
    ((float *)data)[i] = value;
  else
    ((uint16_t *)data)[i] = format == F16 ? encodeF16(value) : encodeBF16(value);
}

double ulp(Format format, double value) {
  int digits = format == F32 ? 24 : format == BF16 ? 8 : 11;
  int lowest = format == F16 ? -14 : -126;
  int exponent = value == 0 ? lowest : ilogb(value);
  return ldexp(1, (exponent < lowest ? lowest : exponent) - (digits - 1));
}

double largestFinite(Format format) {
  return format == F16 ? 65504 : format == BF16 ? 0x1.fep127 : 0x1.fffffep127;
}

static float through(Format format, float value) {
  if (format == NONE)
    return value;
  uint32_t narrow = 0;
  encode(format, &narrow, 0, value);
  return decode(format, &narrow, 0);
}

static float sumOfAddends(const Norm *norm, const Row *row, int64_t i) {
  float t = 0;
  for (int k = 0; k < norm->numAddends; ++k) {
    float addend = decode(norm->addends[k], row->addends[k], i);
    if (norm->scaled)
      addend *= norm->scales[k];
    t = k == 0 ? addend : t + addend;
  }
  return through(norm->sumType, t);
}

static float sumOfSquares(const Norm *norm, const Row *row) {
  int64_t lanes = norm->lanes ? norm->lanes : LOOPS_OWN_LANES;
  int64_t chunk = norm->chunk ? norm->chunk : row->n;
  float *total = calloc((size_t)lanes, sizeof *total);
  float *partial = malloc((size_t)lanes * sizeof *partial);
  for (int64_t start = 0; start < row->n; start += chunk) {
    int64_t end = row->n - start < chunk ? row->n : start + chunk;
    for (int64_t k = 0; k < lanes; ++k) {
      partial[k] = 0;
      for (int64_t i = start + k; i < end; i += lanes) {
        float t = sumOfAddends(norm, row, i);
        partial[k] = fmaf(t, t, partial[k]);
      }
      total[k] = start == 0 ? partial[k] : total[k] + partial[k];
    }
  }
  for (int64_t half = lanes / 2; half > 0; half /= 2)
    for (int64_t k = 0; k < half; ++k)
      total[k] += total[k + half];
  float result = total[0];
  free(partial);
  free(total);
  return result;
}

void contractRow(const Norm *norm, const Row *row, void *y, void *sum, float *rstd) {
  float mean = sumOfSquares(norm, row) / (float)row->n;
  float r = 1.0f / sqrtf(mean + norm->epsilon);
  for (int64_t i = 0; i < row->n; ++i) {
    float t = sumOfAddends(norm, row, i);
    float u = through(norm->normType, t * r);
    if (norm->gamma) {
      float gamma = decode(norm->gamma, row->gamma, i);
      u *= norm->hasGammaOffset ? norm->gammaOffset + gamma : gamma;
    }
    encode(norm->y, y, i, u);
    if (norm->sum)
      encode(norm->sum, sum, i, t);
  }
  if (norm->rstd)
    *rstd = r;
}

/* Half a unit in the last place of 1 in f32, with room for the products of errors. */
#define U (0x1p-24 * 1.01)

/* f32 loses at most this much to underflow in one operation. */
#define TINY 0x1p-149

/* Sets sum[i] = t and sumBound[i]. One rounding per product and per addition, each at most U times
 * the partial result, which is at most the sum of magnitudes; the one rounding of two plain addends
 * is relative to t itself. */
static void truthOfSum(const Norm *norm, const Row *row, Truth *truth) {
  int roundings = norm->numAddends - 1 + (norm->scaled ? 1 : 0);
  for (int64_t i = 0; i < row->n; ++i) {
    double t = 0, magnitude = 0;
    for (int k = 0; k < norm->numAddends; ++k) {
      double addend = decode(norm->addends[k], row->addends[k], i);
      addend *= norm->scaled ? norm->scales[k] : 1;
      t += addend;
      magnitude += fabs(addend);
    }
    truth->sum[i] = t;
    truth->sumBound[i] = roundings * (roundings == 1 && !norm->scaled ? fabs(t) : magnitude) * U +
                         (norm->scaled ? norm->numAddends * TINY : 0);
  }
}

/* Additions on the longest path from an element to the sum of squares. */
static double additions(const Norm *norm, int64_t n) {
  double lanes = (double)(norm->lanes ? norm->lanes : LOOPS_OWN_LANES);
  double chunk = (double)(norm->chunk ? norm->chunk : n);
  return ceil(fmin(chunk, (double)n) / lanes) + ceil((double)n / chunk) + log2(lanes);
}

/* The radicand is off by the error of the mean and its own rounding; the root halves that and
 * rounds, the division rounds. */
void truthRow(const Norm *norm, const Row *row, Truth *truth) {
  truthOfSum(norm, row, truth);
  double squares = 0, error = 0;
  for (int64_t i = 0; i < row->n; ++i) {
    squares += truth->sum[i] * truth->sum[i];
    error += 2 * fabs(truth->sum[i]) * truth->sumBound[i] + TINY;
  }
  double mean = squares / (double)row->n;
  double radicand = mean + (double)norm->epsilon;
  double meanBound = error / (double)row->n + mean * (additions(norm, row->n) + 1) * U;
  double relative = (meanBound / radicand + U) / 2 + 2 * U;
  truth->rstd = 1 / sqrt(radicand);
  truth->rstdBound = truth->rstd * relative;
  truth->inRange = squares == 0 || !isfinite(squares) ||
                   (squares < largestFinite(F32) && meanBound < radicand / 256);

  for (int64_t i = 0; i < row->n; ++i) {
    double w = norm->gamma ? decode(norm->gamma, row->gamma, i) : 1.0;
    w += norm->gamma && norm->hasGammaOffset ? (double)norm->gammaOffset : 0;
    /* u, the offset gamma and their product round once each. */
    truth->y[i] = truth->sum[i] * truth->rstd * w;
    truth->yBound[i] = fabs(truth->y[i]) * (relative + 3 * U) +
                       fabs(w) * (truth->rstd * truth->sumBound[i] + TINY) + TINY;
  }
}
