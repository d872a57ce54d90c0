#include "values.h"

#include <math.h>

uint64_t mixBits(uint64_t x) {
  x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/* Roughly normal with deviation 1, and now and then an outlier. */
static float sample(int64_t seed, int64_t row, int64_t i) {
  uint64_t bits = mixBits(mixBits((uint64_t)(seed * 1000003 + row)) + (uint64_t)i);
  int64_t sum = 0;
  for (int part = 0; part < 4; ++part)
    sum += (int64_t)(bits >> 16 * part & 0xffff);
  float normal = (float)(sum - 2 * 0xffff) / 37837.0f;
  return bits % 509 == 0 ? 40 * normal : normal;
}

float addendValue(Format format, Pattern pattern, int k, int64_t row, int64_t i, int64_t n) {
  float value = sample(k, row, i);
  switch (pattern) {
  case ZERO:
    return 0.0f;
  case NEGATIVE_ZERO:
    return -0.0f;
  case SUBNORMAL:
    return value / 8 * (format == F16 ? 0x1p-14f : 0x1p-126f);
  case OVERFLOWING:
    return 65504.0f - 32.0f * (float)(i % 5);
  case CANCELLING:
    return (k % 2 ? -100 : 100) * sample(0, row, i) + (k ? 0x1p-4f * value : 0);
  case ONE_INF:
    return k == 0 && i == n / 2 ? INFINITY : value;
  case ONE_NAN:
    return k == 0 && i == n / 2 ? LONG_NAN : value;
  case HUGE_VALUES:
    return value * (format == F16 ? 2e4f : 1e30f);
  default:
    return value;
  }
}

float gammaValue(int64_t i) { return 1 + sample(MAX_ADDENDS, 0, i) / 4; }
