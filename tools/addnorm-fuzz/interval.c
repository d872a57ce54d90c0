#include "tools/addnorm-fuzz/interval.h"

#include <float.h>
#include <math.h>

static const Interval unknown = {-INFINITY, INFINITY};

Interval intervalPoint(double value) { return (Interval){value, value}; }

bool intervalIsNan(Interval x) { return isnan(x.lo); }

bool intervalIsUnknown(Interval x) { return x.lo == -INFINITY && x.hi == INFINITY; }

static bool isPoint(Interval x) { return x.lo == x.hi; }

/* --- rounding -------------------------------------------------------------------------------- */

/* Round to nearest even with `precision` bits of significand and the least exponent `minExponent`
 * of a unit in the last place; infinite from `limit` on. */
static double roundNarrow(double value, int precision, int minExponent, double limit) {
  int exponent;
  if (!isfinite(value) || value == 0)
    return value;
  frexp(value, &exponent);
  int ulp = exponent - precision < minExponent ? minExponent : exponent - precision;
  double rounded = ldexp(rint(ldexp(value, -ulp)), ulp);
  return fabs(rounded) >= limit ? copysign(INFINITY, value) : rounded;
}

double roundToKind(ElementKind kind, double value) {
  switch (kind) {
  case KIND_F16:
    return roundNarrow(value, 11, -24, 65536);
  case KIND_BF16:
    return roundNarrow(value, 8, -133, 0x1p128);
  case KIND_F32:
    return (float)value;
  case KIND_F64:
  case KIND_INTEGER:
    break;
  }
  return value;
}

/* The neighbours in f32 of a real number; of one past the largest, that and infinity. */
static double down(double value) {
  if (isinf(value))
    return value;
  float nearest = (float)value;
  return (double)nearest > value ? nextafterf(nearest, -INFINITY) : nearest;
}

static double up(double value) { return -down(-value); }

Interval intervalRound(Precision precision, ElementKind kind, Interval x) {
  if (precision == PRECISION_EXACT || kind == KIND_INTEGER || kind == KIND_F64 || intervalIsNan(x))
    return x;
  if (kind == KIND_F32)
    return (Interval){down(x.lo), up(x.hi)};
  return (Interval){roundToKind(kind, x.lo), roundToKind(kind, x.hi)};
}

/* --- operations ------------------------------------------------------------------------------ */

/* The hull of values that `op` takes at the corners, where it is monotone in between. */
static Interval hull(const double *values, int count, bool point) {
  Interval x = {INFINITY, -INFINITY};
  for (int i = 0; i < count; ++i) {
    if (isnan(values[i]))
      return point ? intervalPoint(NAN) : unknown;
    x.lo = fmin(x.lo, values[i]);
    x.hi = fmax(x.hi, values[i]);
  }
  return x;
}

static Interval multiply(Interval x, Interval y) {
  double corners[] = {x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi};
  return hull(corners, 4, isPoint(x) && isPoint(y));
}

static Interval divide(Interval x, Interval y) {
  if (!isPoint(y) && y.lo <= 0 && y.hi >= 0)
    return unknown;
  double corners[] = {x.lo / y.lo, x.lo / y.hi, x.hi / y.lo, x.hi / y.hi};
  return hull(corners, 4, isPoint(x) && isPoint(y));
}

static Interval add(Interval x, Interval y) {
  double corners[] = {x.lo + y.lo, x.hi + y.hi};
  return hull(corners, 2, isPoint(x) && isPoint(y));
}

static Interval negate(Interval x) { return (Interval){-x.hi, -x.lo}; }

static Interval absolute(Interval x) {
  if (x.lo < 0 && x.hi > 0)
    return (Interval){0, fmax(-x.lo, x.hi)};
  return x.hi <= 0 ? negate(x) : x;
}

static double rsqrt(double x) { return 1 / sqrt(x); }

static Interval monotone(double (*f)(double), Interval x) {
  double corners[] = {f(x.lo), f(x.hi)};
  return hull(corners, 2, isPoint(x) || (isnan(corners[0]) && isnan(corners[1])));
}

static Interval power(Interval x, Interval y) {
  if (!isPoint(y) || (x.lo < 0 && x.hi > 0 && y.lo < 0))
    return unknown;
  bool even = fmod(y.lo, 2) == 0;
  if (even)
    x = absolute(x);
  double corners[] = {pow(x.lo, y.lo), pow(x.hi, y.lo)};
  return hull(corners, 2, isPoint(x) || (isnan(corners[0]) && isnan(corners[1])));
}

static Interval extremum(double (*f)(double, double), Interval x, Interval y) {
  return (Interval){f(x.lo, y.lo), f(x.hi, y.hi)};
}

enum { OEQ = 1, OGT, OGE, OLT, OLE, ONE, ORD, UNO = 14 };

/* Certainly 0, certainly 1, or either. */
static Interval compare(int predicate, Interval x, Interval y) {
  static const Interval never = {0, 0}, always = {1, 1}, either = {0, 1};
  if (intervalIsNan(x) || intervalIsNan(y))
    return predicate > ORD ? always : never;
  if (predicate > ORD)
    predicate = predicate >= UNO ? (predicate == UNO ? 0 : ORD) : predicate - ORD;
  switch (predicate) {
  case OEQ:
    if (isPoint(x) && isPoint(y))
      return x.lo == y.lo ? always : never;
    return x.hi < y.lo || y.hi < x.lo ? never : either;
  case ONE: {
    Interval equal = compare(OEQ, x, y);
    return (Interval){1 - equal.hi, 1 - equal.lo};
  }
  case OLT:
    return x.lo >= y.hi ? never : x.hi < y.lo ? always : either;
  case OLE:
    return x.lo > y.hi ? never : x.hi <= y.lo ? always : either;
  case OGT:
    return compare(OLT, y, x);
  case OGE:
    return compare(OLE, y, x);
  }
  return predicate == ORD ? always : never;
}

static Interval choose(Interval condition, Interval x, Interval y) {
  if (isPoint(condition))
    return condition.lo != 0 ? x : y;
  double ends[] = {x.lo, x.hi, y.lo, y.hi};
  return hull(ends, 4, false);
}

static int arity(Scalar op) {
  switch (op) {
  case SCALAR_FMA:
    return 3;
  case SCALAR_ADD:
  case SCALAR_SUB:
  case SCALAR_MUL:
  case SCALAR_DIV:
  case SCALAR_POW:
  case SCALAR_MAX:
  case SCALAR_MIN:
    return 2;
  default:
    return 1;
  }
}

Interval intervalApply(Scalar op, int predicate, const Interval *x) {
  if (op == SCALAR_SELECT)
    return choose(x[0], x[1], x[2]);
  if (op == SCALAR_COMPARE)
    return compare(predicate, x[0], x[1]);
  for (int i = 0; i < arity(op); ++i)
    if (intervalIsNan(x[i]))
      return x[i];
  switch (op) {
  case SCALAR_ADD:
    return add(x[0], x[1]);
  case SCALAR_SUB:
    return add(x[0], negate(x[1]));
  case SCALAR_MUL:
    return multiply(x[0], x[1]);
  case SCALAR_DIV:
    return divide(x[0], x[1]);
  case SCALAR_NEG:
    return negate(x[0]);
  case SCALAR_FMA:
    return add(multiply(x[0], x[1]), x[2]);
  case SCALAR_POW:
    return power(x[0], x[1]);
  case SCALAR_SQRT:
    return monotone(sqrt, x[0]);
  case SCALAR_RSQRT:
    return monotone(rsqrt, x[0]);
  case SCALAR_ABS:
    return absolute(x[0]);
  case SCALAR_EXP:
    return monotone(exp, x[0]);
  case SCALAR_TANH:
    return monotone(tanh, x[0]);
  case SCALAR_MAX:
    return extremum(fmax, x[0], x[1]);
  case SCALAR_MIN:
    return extremum(fmin, x[0], x[1]);
  case SCALAR_COPY:
  case SCALAR_SELECT:
  case SCALAR_COMPARE:
    break;
  }
  return x[0];
}
