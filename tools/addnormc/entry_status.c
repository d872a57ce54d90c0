/* What kernels that are no code of the object's own said, from where they are called to the entry
 * that returns it.
 *
 *   addnormVendorFailed(context, status, site):      if (!first) first = status
 *   addnormNpuFailed(status, site):                  if (!first) first = status + VENDOR
 *   F_kernel(...), F_unchecked(...):                 first = 0; ...; return own ? own : first
 *
 * `first` is one per thread, and all of it is the object's own: nothing else need define the two.
 */

#include <stdlib.h>

#include "addnorm-c/kernel.h"
#include "tools/addnormc/entry.h"
#include "llvm-c/Core.h"

/* One function of the module that is being changed. */
typedef struct Code {
  LLVMBuilderRef builder;
  LLVMTypeRef i32;
  LLVMValueRef first, zero;
} Code;

/* `value`, or `otherwise` where it is 0. */
static LLVMValueRef orElse(const Code *c, LLVMValueRef value, LLVMValueRef otherwise) {
  LLVMValueRef isZero = LLVMBuildICmp(c->builder, LLVMIntEQ, value, c->zero, "");
  return LLVMBuildSelect(c->builder, isZero, otherwise, value, "");
}

static LLVMValueRef addFirst(LLVMModuleRef module, LLVMValueRef zero) {
  LLVMValueRef first = LLVMAddGlobal(module, LLVMTypeOf(zero), "addnorm_status");
  LLVMSetInitializer(first, zero);
  LLVMSetLinkage(first, LLVMInternalLinkage);
  LLVMSetThreadLocal(first, true);
  return first;
}

/* A function that a target declares to be told of failures. */
typedef struct Failed {
  const char *name;
  unsigned numParameters, status; /* which of them is an i32; the others are pointers */
  int32_t base;                   /* of the numbers that an entry returns for its statuses */
} Failed;

static const Failed allFailed[] = {{"addnormVendorFailed", 3, 1, 0},
                                   {"addnormNpuFailed", 2, 0, ADDNORM_ERROR_VENDOR}};
enum { NUM_FAILED = sizeof allFailed / sizeof *allFailed };

static void define(const Code *c, LLVMContextRef context, LLVMValueRef function,
                   const Failed *failed) {
  LLVMPositionBuilderAtEnd(c->builder, LLVMAppendBasicBlockInContext(context, function, ""));
  LLVMValueRef before = LLVMBuildLoad2(c->builder, c->i32, c->first, "");
  LLVMValueRef base = LLVMConstInt(c->i32, (unsigned long long)failed->base, false);
  LLVMValueRef now = LLVMBuildAdd(c->builder, LLVMGetParam(function, failed->status), base, "");
  LLVMBuildStore(c->builder, orElse(c, before, now), c->first);
  LLVMBuildRetVoid(c->builder);
  LLVMSetLinkage(function, LLVMInternalLinkage);
}

static void carry(const Code *c, LLVMValueRef function) {
  LLVMBasicBlockRef block = LLVMGetEntryBasicBlock(function);
  LLVMPositionBuilderBefore(c->builder, LLVMGetFirstInstruction(block));
  LLVMBuildStore(c->builder, c->zero, c->first);
  for (; block; block = LLVMGetNextBasicBlock(block)) {
    LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
    if (!LLVMIsAReturnInst(end))
      continue;
    LLVMPositionBuilderBefore(c->builder, end);
    LLVMValueRef first = LLVMBuildLoad2(c->builder, c->i32, c->first, "");
    LLVMSetOperand(end, 0, orElse(c, LLVMGetOperand(end, 0), first));
  }
}

static void carryIn(const Code *c, LLVMModuleRef module, const Entry *entry, const char *suffix) {
  char *name = entryNameWith(entry, suffix);
  LLVMValueRef function = LLVMGetNamedFunction(module, name);
  if (function)
    carry(c, function);
  free(name);
}

/* Null where no target declared it, whatever the model has of that name. */
static LLVMValueRef findFailed(LLVMModuleRef module, const Failed *failed) {
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef parameters[3];
  for (unsigned i = 0; i < failed->numParameters; ++i)
    parameters[i] = i == failed->status ? LLVMInt32TypeInContext(context)
                                        : LLVMPointerTypeInContext(context, 0);
  LLVMTypeRef type =
      LLVMFunctionType(LLVMVoidTypeInContext(context), parameters, failed->numParameters, false);
  LLVMValueRef found = LLVMGetNamedFunction(module, failed->name);
  bool isIt = found && LLVMIsDeclaration(found) && LLVMGlobalGetValueType(found) == type;
  return isIt ? found : NULL;
}

static void carryAll(const Entry *entries, size_t count, LLVMModuleRef module,
                     LLVMValueRef function, const Failed *failed) {
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMValueRef zero = LLVMConstInt(i32, 0, false);
  Code code = {LLVMCreateBuilderInContext(context), i32, addFirst(module, zero), zero};
  define(&code, context, function, failed);
  for (size_t i = 0; i < count; ++i) {
    carryIn(&code, module, &entries[i], "_unchecked");
    carryIn(&code, module, &entries[i], "_kernel");
  }
  LLVMDisposeBuilder(code.builder);
}

bool entriesCarryStatus(const Entry *entries, size_t count, LLVMModuleRef module) {
  bool any = false;
  for (int i = 0; i < NUM_FAILED; ++i) {
    LLVMValueRef function = findFailed(module, &allFailed[i]);
    if (function)
      carryAll(entries, count, module, function, &allFailed[i]);
    any |= function != NULL;
  }
  return any;
}
