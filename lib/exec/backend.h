/* From the LLVM dialect to machine code, through LLVM's C API.
 *
 * No fast-math flag is ever added, so nothing is reassociated or contracted beyond what the IR
 * says. */

#ifndef ADDNORM_LIB_EXEC_BACKEND_H
#define ADDNORM_LIB_EXEC_BACKEND_H

#include "codegen/cpu.h"
#include "lib/exec/model.h"
#include "llvm-c/Core.h"

/* Translates the lowered module to LLVM IR in `context`; null after recording why. */
LLVMModuleRef execTranslate(ExecModel *model, LLVMContextRef context);

/* Optimizes `module` for `cpu` and emits an object file of it; null after recording why. */
LLVMMemoryBufferRef execEmitObject(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error);

/* The same as assembly text. */
LLVMMemoryBufferRef execEmitAssembly(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_BACKEND_H */
