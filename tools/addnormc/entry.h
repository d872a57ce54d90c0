/* The C entries of a compiled function: what they are called, what they take, and their IR. */

#ifndef ADDNORM_TOOLS_ENTRY_H
#define ADDNORM_TOOLS_ENTRY_H

#include <stdio.h>

#include "lib/exec/model.h"
#include "llvm-c/Types.h"

/* A function to be called from C. */
typedef struct Entry {
  MlirOperation function;
  ExecSignature signature;
  char *name; /* of the checked C function; "_unchecked" and "_kernel" are added for the others */
  /* The one addnorm.rms_norm of arguments that the function is, or null: then there is no kernel.
   */
  MlirOperation kernel;
} Entry;

/* Prepares `function` for C callers; declines what C cannot pass. Destroy it after a failure too.
 */
bool entryCreate(Entry *entry, ExecModel *model, MlirOperation function, const char *prefix);
void entryDestroy(Entry *entry);

/* Looks at the fused function: whether it is a single kernel. */
void entryFindKernel(Entry *entry);

/* Adds the entries of kernel.h to the module, in IR on tensors that are views of the caller's
 * memory and results that bufferization writes straight into it. */
bool entryBuild(const Entry *entry, ExecModel *model);

/* The index of the function's argument that `value` is, or -1. */
intptr_t entryArgumentIndex(const Entry *entry, MlirValue value);

/* What result `i` of the function is to its kernel: 0 for y, 1 and 2 for sum and rstd in the order
 * in which the op has them. */
intptr_t entryKernelResult(const Entry *entry, intptr_t i);

/* The C name of one of its functions; to be freed. */
char *entryNameWith(const Entry *entry, const char *suffix);

/* Lets the entries in `module` return what a vendor's kernel (target call) or an NPU (target npu) failed with. Returns
 * whether one is called; otherwise nothing changes. */
bool entriesCarryStatus(const Entry *entries, size_t count, LLVMModuleRef module);

/* Prints the header's text for `entry`. */
void entryPrintHeader(const Entry *entry, FILE *file);

#endif /* ADDNORM_TOOLS_ENTRY_H */
