/* Memory of an emitter's own. */

#ifndef ADDNORM_CODEGEN_SCRATCH_H
#define ADDNORM_CODEGEN_SCRATCH_H

#include "lib/ir/build.h"

/* What the ops of one function have on its stack. They run one after the other and use the same
 * memory: a model is one function with a hundred of them. Zeros: nothing yet. One target fills it,
 * with one alignment. */
typedef struct AddnormScratchPool {
  MlirBlock entry; /* of the function */
  size_t count;
  MlirValue *memories;
} AddnormScratchPool;

/* Where scratch memory for one op comes from: the stack, taken once for the whole function, when
 * only sequential control flow is around the op; otherwise the heap, for a stack that every
 * iteration takes from would grow. */
typedef struct AddnormScratch {
  IrBuilder start; /* where it is taken */
  bool onStack;
  AddnormScratchPool *pool; /* null: all of it is the op's own */
  size_t numPassed;         /* memories of the pool that the op has, or that do not suit it */
} AddnormScratch;

AddnormScratch addnormScratchFor(MlirOperation op, AddnormScratchPool *pool);

/* memref<count x f32>, aligned to `alignment` bytes; another one each time. */
MlirValue addnormScratchTake(AddnormScratch *scratch, int64_t count, int64_t alignment);

/* Gives `memory` back at `b`, behind its last use. */
void addnormScratchReturn(const AddnormScratch *scratch, const IrBuilder *b, MlirValue memory);

void addnormScratchPoolDestroy(AddnormScratchPool *pool);

#endif /* ADDNORM_CODEGEN_SCRATCH_H */
