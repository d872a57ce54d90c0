/* addnorm-dma-to-calls: its two steps over one function. */

#ifndef ADDNORM_CODEGEN_DMA_H
#define ADDNORM_CODEGEN_DMA_H

#include "addnorm-c/target.h"
#include "lib/ir/build.h"

/* Calls a function of the runtime, which is declared in the module around where `b` is. Its
 * operands are integers, pointers or floats; a null `result` is none. */
MlirValue addnormNpuCall(const IrBuilder *b, const char *name, intptr_t numOperands,
                         const MlirValue *operands, MlirType result);

/* The address, as LLVM's pointer, of what lies `elements` (an index) behind the first element. */
MlirValue addnormPointerTo(const IrBuilder *b, MlirValue memref, MlirValue elements);

/* Whether a memref type is in the scratchpad. */
bool addnormIsInScratchpad(MlirType type);

/* The first op in `root` that may read or write a scratchpad, or pass one on, in a way that
 * addnormNpuTrace does not know; null: none. */
MlirOperation addnormNpuFindUntraced(MlirOperation root);

/* Adds to `function` calls that tell the runtime what it reads and writes of its scratchpad and, by
 * the costs of `machine`, how long it computes. */
void addnormNpuTrace(MlirOperation function, const AddnormNpuTarget *machine);

#endif /* ADDNORM_CODEGEN_DMA_H */
