/* What tests of kernels put into tensors: the same bits on any processor, if compiled without
 * contraction. */

#ifndef ADDNORM_TEST_NUMERIC_VALUES_H
#define ADDNORM_TEST_NUMERIC_VALUES_H

#include "reference.h"

/* All bits of its fraction are set: in bf16 a carry out of the lower half would leave no NaN. */
#define LONG_NAN __builtin_nanf("0x3fffff")

/* What a row holds. */
typedef enum Pattern {
  ORDINARY,
  ZERO,
  NEGATIVE_ZERO,
  SUBNORMAL,
  OVERFLOWING, /* near 65504: two of them pass f16 */
  CANCELLING,  /* the addends nearly cancel */
  ONE_INF,
  ONE_NAN,     /* a long one in f32 */
  HUGE_VALUES, /* whose squares leave f32 */
  NUM_PATTERNS
} Pattern;

/* Element `i` of a row of `n` elements of addend `k`, to be rounded to `format`. */
float addendValue(Format format, Pattern pattern, int k, int64_t row, int64_t i, int64_t n);

float gammaValue(int64_t i);

/* A hash of 64 bits. */
uint64_t mixBits(uint64_t x);

#endif /* ADDNORM_TEST_NUMERIC_VALUES_H */
