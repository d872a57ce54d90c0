/* Values that are constant, and the same in each element. */

#ifndef ADDNORM_PASSES_VERIFY_CONSTANT_H
#define ADDNORM_PASSES_VERIFY_CONSTANT_H

#include "mlir-c/BuiltinAttributes.h"
#include "passes/verify/semantics.h"

/* The value of a constant or of a global, or null. */
MlirAttribute constantAttribute(MlirOperation op);

/* Whether a constant is one number, or the same number in each element. */
bool constantIsSplat(MlirAttribute value);

/* The number that each element of `value` is, seen through casts and the arguments of linalg
 * bodies; false when there is none. */
bool constantValue(const Semantics *semantics, MlirValue value, double *constant);

#endif /* ADDNORM_PASSES_VERIFY_CONSTANT_H */
