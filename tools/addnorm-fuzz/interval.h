/* Arithmetic of a program in two precisions.
 *
 * EXACT drops every rounding: casts are identities, all is computed in f64.
 * WRITTEN rounds as the program says. f16 and bf16 results are rounded to nearest even. An f32
 * result becomes the interval between its two neighbours in f32, which leaves open the order of
 * summation, how a root is computed, and whether a product comes before another. A narrow rounding
 * closes the interval again, unless a tie lies in it. So of two programs that differ in f32 detail
 * only, both intervals contain what real arithmetic with the narrow roundings gives: they overlap.
 */

#ifndef ADDNORM_FUZZ_INTERVAL_H
#define ADDNORM_FUZZ_INTERVAL_H

#include <stdbool.h>

typedef enum Precision { PRECISION_EXACT, PRECISION_WRITTEN } Precision;

typedef enum ElementKind { KIND_F16, KIND_BF16, KIND_F32, KIND_F64, KIND_INTEGER } ElementKind;

/* Both NaN: a NaN for sure. Both infinite, of opposite signs: nothing is known. */
typedef struct Interval {
  double lo, hi;
} Interval;

typedef enum Scalar {
  SCALAR_COPY,
  SCALAR_ADD,
  SCALAR_SUB,
  SCALAR_MUL,
  SCALAR_DIV,
  SCALAR_NEG,
  SCALAR_FMA,
  SCALAR_POW,
  SCALAR_SQRT,
  SCALAR_RSQRT,
  SCALAR_ABS,
  SCALAR_EXP,
  SCALAR_TANH,
  SCALAR_MAX,
  SCALAR_MIN,
  SCALAR_SELECT,
  SCALAR_COMPARE /* with a predicate, numbered as those of arith.cmpf */
} Scalar;

Interval intervalPoint(double value);
bool intervalIsNan(Interval x);
bool intervalIsUnknown(Interval x);

/* `value` rounded to nearest even, as a cast to the type does. */
double roundToKind(ElementKind kind, double value);

/* What `x`, a result of real arithmetic, becomes in an element of the type. */
Interval intervalRound(Precision precision, ElementKind kind, Interval x);

/* op(x...) in real arithmetic; to be rounded. */
Interval intervalApply(Scalar op, int predicate, const Interval *x);

#endif /* ADDNORM_FUZZ_INTERVAL_H */
