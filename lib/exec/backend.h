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

/* Checks `module` and optimizes it for `cpu`; false after recording why it cannot be. */
bool execOptimize(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error);

typedef enum ExecCode { EXEC_OBJECT, EXEC_ASSEMBLY } ExecCode;

/* The code of an optimized module; null after recording why. */
LLVMMemoryBufferRef execEmit(LLVMModuleRef module, const AddnormCpu *cpu, ExecCode kind,
                             ExecError *error);

/* Both: an object file. */
LLVMMemoryBufferRef execEmitObject(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_BACKEND_H */
