/* f16 and bf16 as their bits, in integer arithmetic. */

#include <math.h>
#include <string.h>

#include "addnorm-c/reference.h"

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

float addnormReferenceLoad(AddnormElementType type, const void *data, int64_t i) {
  if (type == ADDNORM_F32)
    return ((const float *)data)[i];
  uint16_t bits = ((const uint16_t *)data)[i];
  return type == ADDNORM_F16 ? decodeF16(bits) : floatOf((uint32_t)bits << 16);
}

void addnormReferenceStore(AddnormElementType type, void *data, int64_t i, float value) {
  if (type == ADDNORM_F32)
    ((float *)data)[i] = value;
  else
    ((uint16_t *)data)[i] = type == ADDNORM_F16 ? encodeF16(value) : encodeBF16(value);
}

double addnormReferenceUlp(AddnormElementType type, double value) {
  int digits = type == ADDNORM_F32 ? 24 : type == ADDNORM_BF16 ? 8 : 11;
  int lowest = type == ADDNORM_F16 ? -14 : -126;
  int exponent = value == 0 ? lowest : ilogb(value);
  return ldexp(1, (exponent < lowest ? lowest : exponent) - (digits - 1));
}
