/* linalg ops that only move, cast and add elements. Such a body can be computed in f32 whatever the
 * types of its operands and results, with a rounding where a result is narrow. */

#ifndef ADDNORM_PASSES_WIDEN_LINALG_H
#define ADDNORM_PASSES_WIDEN_LINALG_H

#include "mlir-c/IR.h"

enum { LINALG_MAX_VALUES = 64 };

/* A value of the body. */
typedef struct LinalgValue {
  uint64_t inputs; /* the operands it is made of, as bits */
  bool isSum;
} LinalgValue;

typedef struct LinalgBody {
  intptr_t numInputs; /* operands that are read; the others are inits */
  LinalgValue results[LINALG_MAX_VALUES];
} LinalgBody;

/* False where the op is no linalg op on tensors, or does anything else. */
bool linalgRead(MlirOperation op, LinalgBody *body);

/* Whether the elements of the op's one result are those of its one input at the same index, up to
 * casts. */
bool linalgIsElementwiseCopy(MlirOperation op, const LinalgBody *body);

/* Where operands have changed their types, inits included, computes the body in f32. A named op
 * becomes a linalg.generic. */
void linalgWiden(MlirOperation op);

#endif /* ADDNORM_PASSES_WIDEN_LINALG_H */
