/* x86-64 code in versions for several levels of the processor, in one module. */

#ifndef ADDNORM_LIB_EXEC_VERSIONS_H
#define ADDNORM_LIB_EXEC_VERSIONS_H

#include "codegen/cpu.h"
#include "lib/exec/error.h"
#include "llvm-c/Core.h"

typedef struct ExecVersion {
  const char *suffix; /* of its symbols */
  const char *cpu;    /* its processor's name */
  const char *target; /* of addnorm-lower */
} ExecVersion;

/* What each needs is in the next one, too. The first runs on every x86-64. */
enum { EXEC_NUM_VERSIONS = 3 };
extern const ExecVersion execVersions[EXEC_NUM_VERSIONS];

const AddnormCpu *execVersionCpu(int i);

/* Makes one module of modules that define the same functions, one for each version, in one context;
 * takes them over. Each function F becomes F_baseline, F_avx2 and F_avx512, hidden, and a new F
 * goes on to the one for the processor it runs on. Null after recording why. */
LLVMModuleRef execVersionsJoin(LLVMModuleRef modules[EXEC_NUM_VERSIONS], ExecError *error);

#endif /* ADDNORM_LIB_EXEC_VERSIONS_H */
