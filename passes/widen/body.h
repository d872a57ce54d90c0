/* linalg ops that only move, cast and add elements. Such a body can be computed in f32 whatever the
 * types of its operands and results, with a rounding where a result is narrow. */

#ifndef ADDNORM_PASSES_WIDEN_BODY_H
#define ADDNORM_PASSES_WIDEN_BODY_H

#include "mlir-c/IR.h"

enum { BODY_MAX_VALUES = 64 };

/* A value of the body. */
typedef struct BodyValue {
  uint64_t inputs; /* the operands it is made of, as bits */
  bool isSum;
} BodyValue;

typedef struct Body {
  intptr_t numInputs; /* operands that are read; the others are inits */
  BodyValue results[BODY_MAX_VALUES];
} Body;

/* False where the op is no linalg op on tensors, or does anything else. */
bool bodyRead(MlirOperation op, Body *body);

/* Whether the elements of the op's one result are those of its one input at the same index, up to
 * casts. */
bool bodyIsElementwiseCopy(MlirOperation op, const Body *body);

/* Where operands have changed their types, inits included, computes the body in f32. A named op
 * becomes a linalg.generic. */
void bodyWiden(MlirOperation op);

#endif /* ADDNORM_PASSES_WIDEN_BODY_H */
