/* What the kernels of others said, from where they are called to the entry that returns it.
 *
 *   addnormVendorFailed(context, status, site):      if (!first) first = status
 *   F_kernel(...), F_unchecked(...):                 first = 0; ...; return own ? own : first
 *
 * `first` is one per thread, and all of it is the object's own: nothing else need define
 * addnormVendorFailed. */

#include <stdlib.h>

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
  LLVMValueRef first = LLVMAddGlobal(module, LLVMTypeOf(zero), "addnorm_vendor_status");
  LLVMSetInitializer(first, zero);
  LLVMSetLinkage(first, LLVMInternalLinkage);
  LLVMSetThreadLocal(first, true);
  return first;
}

static void define(const Code *c, LLVMContextRef context, LLVMValueRef failed) {
  LLVMPositionBuilderAtEnd(c->builder, LLVMAppendBasicBlockInContext(context, failed, ""));
  LLVMValueRef before = LLVMBuildLoad2(c->builder, c->i32, c->first, "");
  LLVMBuildStore(c->builder, orElse(c, before, LLVMGetParam(failed, 1)), c->first);
  LLVMBuildRetVoid(c->builder);
  LLVMSetLinkage(failed, LLVMInternalLinkage);
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

/* The function that target call declares; null where it did not, whatever the model has of that
 * name. */
static LLVMValueRef findFailed(LLVMModuleRef module) {
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
  LLVMTypeRef parameters[] = {pointer, LLVMInt32TypeInContext(context), pointer};
  LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(context), parameters, 3, false);
  LLVMValueRef failed = LLVMGetNamedFunction(module, "addnormVendorFailed");
  bool isIt = failed && LLVMIsDeclaration(failed) && LLVMGlobalGetValueType(failed) == type;
  return isIt ? failed : NULL;
}

bool entriesCarryStatus(const Entry *entries, size_t count, LLVMModuleRef module) {
  LLVMValueRef failed = findFailed(module);
  if (!failed)
    return false;
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMValueRef zero = LLVMConstInt(i32, 0, false);
  Code code = {LLVMCreateBuilderInContext(context), i32, addFirst(module, zero), zero};
  define(&code, context, failed);
  for (size_t i = 0; i < count; ++i) {
    carryIn(&code, module, &entries[i], "_unchecked");
    carryIn(&code, module, &entries[i], "_kernel");
  }
  LLVMDisposeBuilder(code.builder);
  return true;
}
