/* The float types of the op, as numbers. */

#ifndef ADDNORM_PASSES_FUSE_FLOAT_KIND_H
#define ADDNORM_PASSES_FUSE_FLOAT_KIND_H

#include <stdbool.h>

typedef enum FloatKind { FLOAT_NONE, FLOAT_F16, FLOAT_BF16, FLOAT_F32, FLOAT_F64 } FloatKind;

/* `value` rounded to nearest, ties to even, in `kind`; overflow gives an infinity. */
double floatRound(FloatKind kind, double value);
/* Whether every value of `narrow` is a value of `wide`. */
bool floatFits(FloatKind narrow, FloatKind wide);

#endif /* ADDNORM_PASSES_FUSE_FLOAT_KIND_H */
