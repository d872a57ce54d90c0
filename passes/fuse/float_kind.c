#include "passes/fuse/float_kind.h"

#include <math.h>

typedef struct FloatFormat {
  int precision;   /* significant bits */
  int minExponent; /* of the smallest normal number, as frexp counts */
  double max;
} FloatFormat;

static FloatFormat formatOf(FloatKind kind) {
  switch (kind) {
  case FLOAT_F16:
    return (FloatFormat){11, -13, 65504.0};
  case FLOAT_BF16:
    return (FloatFormat){8, -125, 0x1.fep127};
  default:
    return (FloatFormat){24, -125, 0x1.fffffep127};
  }
}

double floatRound(FloatKind kind, double value) {
  if (kind == FLOAT_NONE || kind == FLOAT_F64 || value == 0 || !isfinite(value))
    return value;
  FloatFormat format = formatOf(kind);
  int exponent;
  frexp(value, &exponent);
  if (exponent < format.minExponent)
    exponent = format.minExponent;
  double rounded =
      ldexp(nearbyint(ldexp(value, format.precision - exponent)), exponent - format.precision);
  return fabs(rounded) > format.max ? copysign(INFINITY, value) : rounded;
}

bool floatFits(FloatKind narrow, FloatKind wide) {
  if (narrow == FLOAT_NONE || wide == FLOAT_NONE)
    return false;
  return narrow == wide || (wide >= FLOAT_F32 && narrow < wide);
}
