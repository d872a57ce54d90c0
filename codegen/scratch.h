/* Memory of an emitter's own. */

#ifndef ADDNORM_CODEGEN_SCRATCH_H
#define ADDNORM_CODEGEN_SCRATCH_H

#include "lib/ir/build.h"

/* Where scratch memory for one op comes from: the stack, taken once for the whole function, when
 * only sequential control flow is around the op; otherwise the heap, for a stack that every
 * iteration takes from would grow. */
typedef struct AddnormScratch {
  IrBuilder start; /* where it is taken */
  bool onStack;
} AddnormScratch;

AddnormScratch addnormScratchFor(MlirOperation op);

/* memref<count x f32>, aligned to `alignment` bytes. */
MlirValue addnormScratchTake(const AddnormScratch *scratch, int64_t count, int64_t alignment);

/* Gives `memory` back at `b`, behind its last use. */
void addnormScratchReturn(const AddnormScratch *scratch, const IrBuilder *b, MlirValue memory);

#endif /* ADDNORM_CODEGEN_SCRATCH_H */
