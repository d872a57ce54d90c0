/* The functions that target `npu` makes: one for all ops that are alike. */

#ifndef ADDNORM_CODEGEN_NPU_KERNELS_H
#define ADDNORM_CODEGEN_NPU_KERNELS_H

#include <stddef.h>

#include "lib/ir/build.h"

typedef struct AddnormNpuKernel {
  MlirOperation module;
  MlirAttribute attributes; /* of the op */
  MlirType type;            /* of the function */
  MlirAttribute name;       /* a symbol reference to it */
} AddnormNpuKernel;

/* Zeros: none yet. */
typedef struct AddnormNpuKernels {
  AddnormNpuKernel *at;
  size_t count;
} AddnormNpuKernels;

/* The kernel of that type in `module` for ops with the attributes of `op`. Stores the builder of
 * its body, which begins with an empty block with the arguments, if it is new; otherwise a null
 * block. */
MlirAttribute addnormNpuKernelFor(AddnormNpuKernels *kernels, MlirOperation module,
                                  MlirOperation op, MlirType type, IrBuilder *body);

void addnormNpuKernelsDestroy(AddnormNpuKernels *kernels);

#endif /* ADDNORM_CODEGEN_NPU_KERNELS_H */
