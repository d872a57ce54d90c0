/* The lowered entry has a wrapper _mlir_ciface_NAME that takes memrefs as pointers to descriptors.
 * As its C type depends on the model, a function `void invoke(void **)` is added next to it, which
 * unpacks an array: element i points to the descriptor or scalar of argument i. Results come first:
 * one memref, or several results of any kind, are stored where an additional first argument points;
 * a single scalar is stored where the last element points. */

#include "lib/exec/program.h"

#include <stdlib.h>
#include <string.h>

#include "lib/exec/backend.h"
#include "lib/ir/build.h"

/* MLIR's memref descriptor: the two pointers, the offset, the sizes, the strides (in elements). */
typedef struct Descriptor {
  void *allocated, *aligned;
  int64_t offset;
  int64_t sizesAndStrides[2 * EXEC_MAX_RANK];
} Descriptor;

static size_t descriptorSize(int rank) {
  return offsetof(Descriptor, sizesAndStrides) + 2 * (size_t)rank * sizeof(int64_t);
}

static Descriptor describe(const ExecTensor *tensor) {
  int rank = tensor->shape.rank;
  Descriptor descriptor = {.allocated = tensor->data, .aligned = tensor->data};
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    descriptor.sizesAndStrides[i] = tensor->shape.dims[i];
    descriptor.sizesAndStrides[rank + i] = stride;
    stride *= tensor->shape.dims[i];
  }
  return descriptor;
}

static bool hidden(MlirOperation function, void *entry) {
  if (mlirOperationEqual(function, *(MlirOperation *)entry))
    return true;
  MlirContext context = mlirOperationGetContext(function);
  mlirOperationSetAttributeByName(function, irStr("sym_visibility"),
                                  mlirStringAttrGet(context, irStr("private")));
  return true;
}

/* Leaves `entry` as the only public function and asks for its C wrapper. */
static bool exposeOnly(ExecModel *model, MlirOperation entry) {
  mlirOperationRemoveAttributeByName(entry, irStr("sym_visibility"));
  mlirOperationSetAttributeByName(entry, irStr("llvm.emit_c_interface"),
                                  mlirUnitAttrGet(model->context));
  execModelForEachFunction(model, hidden, &entry);
  return execRunPasses(model, "builtin.module(symbol-dce)");
}

/* Adds `void invoke(void **)` around `wrapper` and returns it. */
static LLVMValueRef addInvoke(LLVMModuleRef module, LLVMValueRef wrapper) {
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
  LLVMTypeRef type = LLVMGlobalGetValueType(wrapper);
  unsigned count = LLVMCountParamTypes(type);
  LLVMTypeRef *parameters = malloc(sizeof *parameters * (count + 1));
  LLVMValueRef *values = malloc(sizeof *values * (count + 1));
  LLVMGetParamTypes(type, parameters);

  LLVMValueRef invoke = LLVMAddFunction(
      module, "addnorm_invoke", LLVMFunctionType(LLVMVoidTypeInContext(context), &pointer, 1, 0));
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, invoke, ""));
  LLVMTypeRef index = LLVMInt64TypeInContext(context);
  for (unsigned i = 0; i <= count; ++i) {
    LLVMValueRef at = LLVMConstInt(index, i, 0);
    LLVMValueRef slot = LLVMBuildGEP2(builder, pointer, LLVMGetParam(invoke, 0), &at, 1, "");
    values[i] = LLVMBuildLoad2(builder, pointer, slot, "");
    if (i < count && LLVMGetTypeKind(parameters[i]) != LLVMPointerTypeKind)
      values[i] = LLVMBuildLoad2(builder, parameters[i], values[i], "");
  }
  LLVMValueRef result = LLVMBuildCall2(builder, type, wrapper, values, count, "");
  if (LLVMGetTypeKind(LLVMTypeOf(result)) != LLVMVoidTypeKind)
    LLVMBuildStore(builder, result, values[count]);
  LLVMBuildRetVoid(builder);
  LLVMDisposeBuilder(builder);
  free(values);
  free(parameters);
  return invoke;
}

static bool load(ExecProgram *program, ExecModel *model, LLVMModuleRef module,
                 const char *wrapperName, const AddnormCpu *cpu) {
  LLVMValueRef wrapper = LLVMGetNamedFunction(module, wrapperName);
  if (!wrapper)
    return execFail(model->error, "%s: the lowered module lacks %s", model->path, wrapperName);
  size_t length;
  char *symbol = strdup(LLVMGetValueName2(addInvoke(module, wrapper), &length));
  LLVMMemoryBufferRef object = execEmitObject(module, cpu, model->error);
  bool ok = object && execJitCreate(&program->jit, object, symbol, model->error);
  free(symbol);
  return ok;
}

static char *wrapperNameOf(MlirOperation entry) {
  static const char prefix[] = "_mlir_ciface_";
  MlirStringRef name = execFunctionName(entry);
  char *text = malloc(sizeof prefix + name.length);
  memcpy(text, prefix, sizeof prefix - 1);
  memcpy(text + sizeof prefix - 1, name.data, name.length);
  text[sizeof prefix - 1 + name.length] = '\0';
  return text;
}

bool execProgramCreate(ExecProgram *program, ExecModel *model, MlirOperation entry,
                       const ExecLowering *lowering) {
  *program = (ExecProgram){0};
  const AddnormCpu *cpu = execLoweringCpu(lowering);
  if (!addnormCpuRunsHere(cpu))
    return execFail(model->error, "%s: this host cannot run code for %s", model->path, cpu->name);
  if (!execModelCheckRunnable(model, entry) ||
      !execSignatureCreate(model, entry, &program->signature) || !exposeOnly(model, entry))
    return false;
  char *wrapperName = wrapperNameOf(entry);
  bool ok = execFuse(model, lowering) && execLowerToLinalg(model) && execAddChecks(model) &&
            execBufferize(model) && execLowerToLlvm(model, lowering);
  if (ok) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = execTranslate(model, context);
    ok = module && load(program, model, module, wrapperName, cpu);
    if (module)
      LLVMDisposeModule(module);
    LLVMContextDispose(context);
  }
  free(wrapperName);
  return ok;
}

void execProgramDestroy(ExecProgram *program) {
  execJitDestroy(&program->jit);
  execSignatureDestroy(&program->signature);
}

/* Where the results are and go to. */
typedef struct Return {
  const ExecSignature *signature;
  const char *stored; /* the results as the code stored them, one after the other */
  ExecTensor *results;
  ExecError *error;
} Return;

static size_t alignUp(size_t offset, size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

/* Results have the identity layout: contiguous from the aligned pointer. */
static bool copyTensor(const Descriptor *descriptor, const ExecShape *type, ExecTensor *result,
                       ExecError *error) {
  ExecShape shape = *type;
  memcpy(shape.dims, descriptor->sizesAndStrides, sizeof(int64_t) * (size_t)shape.rank);
  if (!execTensorCreate(result, &shape, error))
    return false;
  memcpy(result->data,
         (char *)descriptor->aligned + descriptor->offset * (int64_t)execElementSize(shape.element),
         execShapeBytes(&shape));
  return true;
}

static void copyResults(void *data) {
  Return *r = data;
  size_t offset = 0;
  for (intptr_t i = 0; i < r->signature->numResults; ++i) {
    const ExecValueType *type = &r->signature->results[i];
    size_t size =
        type->scalar ? execElementSize(type->shape.element) : descriptorSize(type->shape.rank);
    offset = alignUp(offset, type->scalar ? size : sizeof(void *));
    if (type->scalar) {
      if (!execTensorCreate(&r->results[i], &type->shape, r->error))
        return;
      memcpy(r->results[i].data, r->stored + offset, size);
    } else {
      Descriptor descriptor;
      memcpy(&descriptor, r->stored + offset, size);
      if (!copyTensor(&descriptor, &type->shape, &r->results[i], r->error))
        return;
    }
    offset += size;
  }
}

bool execProgramCall(ExecProgram *program, const ExecTensor *arguments, ExecTensor *results,
                     ExecCallStats *stats, ExecError *error) {
  const ExecSignature *signature = &program->signature;
  size_t numArguments = (size_t)signature->numArguments;
  size_t numResults = (size_t)signature->numResults;
  Descriptor *descriptors = calloc(numArguments + 1, sizeof *descriptors);
  char *stored = calloc(numResults + 1, sizeof(Descriptor));
  void **slots = calloc(numArguments + 2, sizeof *slots);

  bool storesFirst = numResults > 1 || (numResults == 1 && !signature->results[0].scalar);
  slots[0] = stored;
  void **slot = slots + storesFirst;
  for (size_t i = 0; i < numArguments; ++i) {
    descriptors[i] = describe(&arguments[i]);
    *slot++ = signature->arguments[i].scalar ? arguments[i].data : (void *)&descriptors[i];
  }
  *slot = stored;

  memset(results, 0, sizeof *results * numResults);
  Return r = {signature, stored, results, error};
  bool ok = execJitCall(&program->jit, slots, copyResults, &r, stats, error);
  for (size_t i = 0; i < numResults && !ok; ++i)
    execTensorDestroy(&results[i]);
  free(slots);
  free(stored);
  free(descriptors);
  return ok;
}
