/* Arithmetic on sizes, none of which is negative. */

#ifndef ADDNORM_CODEGEN_INTEGERS_H
#define ADDNORM_CODEGEN_INTEGERS_H

#include <stdint.h>

static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }
static inline int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

static inline int64_t gcd64(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

static inline int64_t powerOfTwoBelow(int64_t x) {
  int64_t power = 1;
  while (power <= x / 2)
    power *= 2;
  return power;
}

#endif /* ADDNORM_CODEGEN_INTEGERS_H */
