/* NumPy's .npy files: format versions 1 to 3, little endian, C order.
 *
 * bf16, which NumPy lacks, travels as the uint16 of its bits. */

#ifndef ADDNORM_LIB_EXEC_NPY_H
#define ADDNORM_LIB_EXEC_NPY_H

#include "lib/exec/file.h"
#include "lib/exec/tensor.h"

/* Reads `path` as a tensor for an argument of type `expected`: the element type and the rank must
 * match, and the static dimensions; the file decides the dynamic ones. The caller destroys it. */
bool execNpyRead(const char *path, const ExecShape *expected, ExecTensor *tensor, ExecError *error);

/* Writes `tensor` as an output that is not yet in place. */
bool execNpyWrite(const char *path, const ExecTensor *tensor, ExecOutput *output, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_NPY_H */
