/* Evaluates a function of linalg, tensor, arith, math, scf and addnorm ops on tensors, as lowering
 * to linalg leaves them. An element that nothing wrote is a NaN. */

#ifndef ADDNORM_FUZZ_INTERPRET_H
#define ADDNORM_FUZZ_INTERPRET_H

#include "lib/exec/error.h"
#include "tools/addnorm-fuzz/array.h"

/* Calls func.func `function`. Makes its results, which the caller destroys; on an error there are
 * none. Declines ops that it does not know. */
bool interpretFunction(MlirOperation function, Precision precision, const Array *arguments,
                       Array *results, ExecError *error);

#endif /* ADDNORM_FUZZ_INTERPRET_H */
