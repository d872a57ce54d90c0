/* What the files of the interpreter share. */

#ifndef ADDNORM_FUZZ_INTERPRET_INTERNAL_H
#define ADDNORM_FUZZ_INTERPRET_INTERNAL_H

#include "lib/exec/error.h"
#include "passes/fuse/table.h"
#include "tools/addnorm-fuzz/array.h"

typedef struct Interpreter {
  Precision precision;
  ExecError *error;
  Table numbers; /* value -> number in `arrays`, plus 1 */
  Array *arrays;
  size_t numArrays, capacity;
} Interpreter;

/* The array of `value`, or null where nothing evaluated it. Valid until the next is set. */
const Array *valueGet(const Interpreter *in, MlirValue value);

/* Takes `array` over. */
void valueSet(Interpreter *in, MlirValue value, Array array);

/* A new array of the type of `value`, dynamic dimensions from `sizes`, one after the other. */
Array arrayForType(MlirType type, const int64_t *sizes);

/* Evaluates an op with scalar operands and results, outside any linalg body; false if it is none
 * that a body may hold either. */
bool interpretScalar(Interpreter *in, MlirOperation op);

/* Evaluates a linalg op by its maps and its body. */
bool interpretLinalg(Interpreter *in, MlirOperation op, MlirAttribute maps);

/* Evaluates addnorm.rms_norm by its contract. */
bool interpretRmsNorm(Interpreter *in, MlirOperation op);

/* An attribute that is one number. */
bool numberOf(MlirAttribute attribute, double *number);

/* Records that `op` cannot be evaluated. Always returns false. */
bool interpretFail(Interpreter *in, MlirOperation op, const char *why);

#endif /* ADDNORM_FUZZ_INTERPRET_INTERNAL_H */
