/* The scratchpad of an NPU's core: the parts of it that a function takes are different memory where
 * they do not overlap. */

#ifndef ADDNORM_PASSES_VERIFY_SCRATCHPAD_H
#define ADDNORM_PASSES_VERIFY_SCRATCHPAD_H

#include "mlir-c/IR.h"

/* Calls `join` for each two parts under `root` that are taken in the same function and overlap, or
 * may do so. */
void scratchpadForOverlaps(MlirOperation root, void (*join)(void *data, MlirValue a, MlirValue b),
                           void *data);

#endif /* ADDNORM_PASSES_VERIFY_SCRATCHPAD_H */
