/* Machine code loaded into this process. Every buffer it allocates is counted and freed, and a
 * failed assertion or allocation in it comes back from the call as an error. */

#ifndef ADDNORM_LIB_EXEC_JIT_H
#define ADDNORM_LIB_EXEC_JIT_H

#include <stddef.h>

#include "lib/exec/error.h"
#include "llvm-c/Core.h"
#include "llvm-c/LLJIT.h"

typedef struct ExecJit {
  LLVMOrcLLJITRef jit;
  void (*function)(void **); /* the entry point */
} ExecJit;

/* Loads `object`, which is taken over, and finds `symbol` in it. */
bool execJitCreate(ExecJit *jit, LLVMMemoryBufferRef object, const char *symbol, ExecError *error);
void execJitDestroy(ExecJit *jit);

typedef struct ExecCallStats {
  double seconds;       /* of the call alone */
  size_t allocated;     /* bytes of all buffers the code allocated */
  size_t peakAllocated; /* the most that were alive at a time */
} ExecCallStats;

/* Calls the entry point, then `onReturn` (to copy what it returned), then frees what the code still
 * holds. */
bool execJitCall(ExecJit *jit, void **arguments, void (*onReturn)(void *data), void *data,
                 ExecCallStats *stats, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_JIT_H */
