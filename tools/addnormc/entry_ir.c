/* The IR of the entries. A C pointer is an argument of type memref<T> of a function with the bare
 * pointer convention; memref.reinterpret_cast gives it sizes and strides. */

#include <stdlib.h>
#include <string.h>

#include "addnorm-c/kernel.h"
#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "tools/addnormc/entry.h"

/* memref<shape, strided<[?, ..., 1]>>. */
static MlirType stridedType(MlirType element, intptr_t rank, const int64_t *shape) {
  int64_t strides[EXEC_MAX_RANK];
  for (intptr_t i = 0; i < rank; ++i)
    strides[i] = i + 1 < rank ? mlirShapedTypeGetDynamicStrideOrOffset() : 1;
  MlirAttribute layout = mlirStridedLayoutAttrGet(mlirTypeGetContext(element), 0, rank, strides);
  return mlirMemRefTypeGet(element, rank, shape, layout, mlirAttributeGetNull());
}

static MlirType pointerType(MlirType element) {
  return mlirMemRefTypeContiguousGet(element, 0, NULL, mlirAttributeGetNull());
}

static MlirValue toIndex(const IrBuilder *b, MlirValue value) {
  return irUnary(b, "arith.index_cast", value, mlirIndexTypeGet(b->context));
}

/* Element `i` of an array of sizes or strides. */
static MlirValue loadInteger(const IrBuilder *b, MlirValue array, int64_t i) {
  MlirValue operands[] = {array, irIndexConstant(b, i)};
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  return mlirOperationGetResult(irOp(b, "memref.load", 2, operands, 1, &i64, NULL, 0, NULL), 0);
}

static MlirValue loadIndex(const IrBuilder *b, MlirValue array, int64_t i) {
  return toIndex(b, loadInteger(b, array, i));
}

static MlirValue statusConstant(const IrBuilder *b, AddnormStatus status) {
  MlirType type = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"value", mlirIntegerAttrGet(type, status)}, {NULL, {NULL}}};
  return mlirOperationGetResult(irOp(b, "arith.constant", 0, NULL, 1, &type, attrs, 0, NULL), 0);
}

static MlirValue isEqual(const IrBuilder *b, MlirValue lhs, MlirValue rhs) {
  MlirValue operands[] = {lhs, rhs};
  MlirType i1 = mlirIntegerTypeGet(b->context, 1), i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"predicate", mlirIntegerAttrGet(i64, 0)}, {NULL, {NULL}}};
  return mlirOperationGetResult(irOp(b, "arith.cmpi", 2, operands, 1, &i1, attrs, 0, NULL), 0);
}

static void returnStatus(const IrBuilder *b, MlirValue status) {
  irOp(b, "func.return", 1, &status, 0, NULL, NULL, 0, NULL);
}

/* Starts an scf.if on `condition` at `b`; what goes into `*inside` happens when it holds. Ends with
 * `return condition ? OK : SHAPE`. */
static void returnIf(const IrBuilder *b, MlirValue condition, IrBuilder *inside) {
  MlirRegion regions[] = {mlirRegionCreate(), mlirRegionCreate()};
  MlirBlock block = mlirBlockCreate(0, NULL, NULL);
  mlirRegionAppendOwnedBlock(regions[0], block);
  irOp(b, "scf.if", 1, &condition, 0, NULL, NULL, 2, regions);
  *inside = irBuilderAtEnd(block, b->loc);
  inside->before = irOp(inside, "scf.yield", 0, NULL, 0, NULL, NULL, 0, NULL);
  MlirValue operands[] = {condition, statusConstant(b, ADDNORM_OK),
                          statusConstant(b, ADDNORM_ERROR_SHAPE)};
  MlirType type = mlirValueGetType(operands[1]);
  returnStatus(
      b, mlirOperationGetResult(irOp(b, "arith.select", 3, operands, 1, &type, NULL, 0, NULL), 0));
}

/* Adds a public function with the bare pointer convention that returns a status. */
static bool addFunction(ExecModel *model, const Entry *entry, const char *suffix,
                        intptr_t numInputs, const MlirType *inputs, MlirBlock *body) {
  char *name = entryNameWith(entry, suffix);
  MlirLocation loc = mlirOperationGetLocation(entry->function);
  MlirOperation module = mlirModuleGetOperation(model->module);
  MlirSymbolTable symbols = mlirSymbolTableCreate(module);
  bool isNew = mlirOperationIsNull(mlirSymbolTableLookup(symbols, irStr(name)));
  mlirSymbolTableDestroy(symbols);
  if (isNew) {
    MlirType status = mlirIntegerTypeGet(model->context, 32);
    MlirType type = mlirFunctionTypeGet(model->context, numInputs, inputs, 1, &status);
    MlirLocation *locs = malloc(sizeof *locs * ((size_t)numInputs + 1));
    for (intptr_t i = 0; i < numInputs; ++i)
      locs[i] = loc;
    *body = mlirBlockCreate(numInputs, inputs, locs);
    free(locs);
    MlirRegion region = mlirRegionCreate();
    mlirRegionAppendOwnedBlock(region, *body);
    IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(model->context, irStr(name))},
                      {"function_type", mlirTypeAttrGet(type)},
                      {"llvm.bareptr", mlirUnitAttrGet(model->context)},
                      {NULL, {NULL}}};
    IrBuilder b = irBuilderAtEnd(mlirModuleGetBody(model->module), loc);
    irOp(&b, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
  } else {
    execModelFail(model, loc, "the C name %s is taken; choose another --prefix", name);
  }
  free(name);
  return isNew;
}

/* The C parameters that carry values of one side of the signature. */
static intptr_t appendParameters(MlirType function, bool results, intptr_t count,
                                 MlirType *parameters) {
  intptr_t used = 0;
  for (intptr_t i = 0; i < count; ++i) {
    MlirType type =
        results ? mlirFunctionTypeGetResult(function, i) : mlirFunctionTypeGetInput(function, i);
    if (!mlirTypeIsARankedTensor(type)) {
      MlirContext context = mlirTypeGetContext(type);
      parameters[used++] = mlirTypeIsAIndex(type) ? mlirIntegerTypeGet(context, 64) : type;
      continue;
    }
    parameters[used++] = pointerType(mlirShapedTypeGetElementType(type));
    int64_t rank = mlirShapedTypeGetRank(type);
    MlirType array = mlirMemRefTypeContiguousGet(mlirIntegerTypeGet(mlirTypeGetContext(type), 64),
                                                 1, &rank, mlirAttributeGetNull());
    for (int k = 0; k < 2 && rank > 0; ++k)
      parameters[used++] = array;
  }
  return used;
}

/* The view of the caller's tensor whose pointer, sizes and strides start at parameter `*next`. */
static MlirValue callerView(const IrBuilder *b, MlirBlock body, MlirType tensor, intptr_t *next) {
  intptr_t rank = mlirShapedTypeGetRank(tensor);
  MlirValue pointer = mlirBlockGetArgument(body, (*next)++);
  if (rank == 0)
    return pointer;
  MlirValue shape = mlirBlockGetArgument(body, (*next)++);
  MlirValue strideArray = mlirBlockGetArgument(body, (*next)++);
  int64_t dims[EXEC_MAX_RANK];
  MlirValue sizes[EXEC_MAX_RANK], strides[EXEC_MAX_RANK];
  for (intptr_t i = 0; i < rank; ++i) {
    dims[i] = mlirShapedTypeGetDimSize(tensor, i);
    if (mlirShapedTypeIsDynamicDim(tensor, i))
      sizes[i] = loadIndex(b, shape, i);
    if (i + 1 < rank)
      strides[i] = loadIndex(b, strideArray, i);
  }
  MlirType type = stridedType(mlirShapedTypeGetElementType(tensor), rank, dims);
  return irReinterpretCast(b, pointer, type, (MlirValue){NULL}, sizes, strides);
}

static MlirValue toTensor(const IrBuilder *b, MlirValue view, MlirType tensor) {
  IrAttr attrs[] = {{"restrict", mlirUnitAttrGet(b->context)}, {NULL, {NULL}}};
  return mlirOperationGetResult(
      irOp(b, "bufferization.to_tensor", 1, &view, 1, &tensor, attrs, 0, NULL), 0);
}

static MlirValue argumentValue(const IrBuilder *b, MlirBlock body, MlirType type, intptr_t *next) {
  if (mlirTypeIsARankedTensor(type))
    return toTensor(b, callerView(b, body, type, next), type);
  MlirValue value = mlirBlockGetArgument(body, (*next)++);
  return mlirTypeIsAIndex(type) ? toIndex(b, value) : value;
}

/* Lets `tensor` be computed in the caller's memory. */
static void materialize(const IrBuilder *b, MlirValue tensor, MlirValue view) {
  MlirValue operands[] = {tensor, view};
  MlirAttribute unit = mlirUnitAttrGet(b->context);
  IrAttr attrs[] = {{"restrict", unit}, {"writable", unit}, {NULL, {NULL}}};
  irOp(b, "bufferization.materialize_in_destination", 2, operands, 0, NULL, attrs, 0, NULL);
}

/* Copies `tensor`, computed elsewhere, to the caller's memory. */
static void copyOut(const IrBuilder *b, MlirValue tensor, MlirValue view) {
  MlirType type = mlirValueGetType(tensor), element = mlirShapedTypeGetElementType(type);
  int64_t shape[EXEC_MAX_RANK];
  intptr_t rank = mlirShapedTypeGetRank(type);
  for (intptr_t i = 0; i < rank; ++i)
    shape[i] = mlirShapedTypeGetDimSize(type, i);
  MlirType buffer = mlirMemRefTypeContiguousGet(element, rank, shape, mlirAttributeGetNull());
  IrAttr attrs[] = {{"read_only", mlirUnitAttrGet(b->context)}, {NULL, {NULL}}};
  MlirValue operands[] = {
      mlirOperationGetResult(
          irOp(b, "bufferization.to_buffer", 1, &tensor, 1, &buffer, attrs, 0, NULL), 0),
      view};
  irOp(b, "memref.copy", 2, operands, 0, NULL, NULL, 0, NULL);
}

/* Whether the computed `tensor` has the sizes of the caller's `view`, as far as they are dynamic;
 * `*condition` (which may be null) is carried on. */
static void checkSizes(const IrBuilder *b, MlirValue tensor, MlirValue view, MlirValue *condition) {
  MlirType type = mlirValueGetType(tensor);
  for (intptr_t i = 0; i < mlirShapedTypeGetRank(type); ++i) {
    if (!mlirShapedTypeIsDynamicDim(type, i))
      continue;
    MlirValue equal = isEqual(b, irDim(b, tensor, i), irDim(b, view, i));
    *condition = mlirValueIsNull(*condition) ? equal : irBinary(b, "arith.andi", *condition, equal);
  }
}

static void buildCall(const Entry *entry, MlirBlock body) {
  IrBuilder b = irBuilderAtEnd(body, mlirOperationGetLocation(entry->function));
  MlirType function = execFunctionType(entry->function);
  size_t numArguments = (size_t)entry->signature.numArguments;
  size_t numResults = (size_t)entry->signature.numResults;
  MlirValue *arguments = malloc(sizeof *arguments * (numArguments + 1));
  MlirValue *views = malloc(sizeof *views * (numResults + 1));
  MlirType *types = malloc(sizeof *types * (numResults + 1));
  intptr_t next = 0;
  for (size_t i = 0; i < numArguments; ++i)
    arguments[i] = argumentValue(&b, body, mlirFunctionTypeGetInput(function, (intptr_t)i), &next);
  for (size_t i = 0; i < numResults; ++i) {
    types[i] = mlirFunctionTypeGetResult(function, (intptr_t)i);
    views[i] = callerView(&b, body, types[i], &next);
  }
  IrAttr attrs[] = {
      {"callee", mlirFlatSymbolRefAttrGet(b.context, execFunctionName(entry->function))},
      {NULL, {NULL}}};
  MlirOperation call = irOp(&b, "func.call", (intptr_t)numArguments, arguments,
                            (intptr_t)numResults, types, attrs, 0, NULL);

  /* The checked entry has compared a kernel's sizes. Otherwise dynamic sizes are only known once
   * they are computed, and until they are found to fit, the caller's memory is not written. */
  MlirValue condition = {NULL};
  for (size_t i = 0; i < numResults && mlirOperationIsNull(entry->kernel); ++i)
    checkSizes(&b, mlirOperationGetResult(call, (intptr_t)i), views[i], &condition);
  bool isConditional = !mlirValueIsNull(condition);
  IrBuilder inside = b;
  if (isConditional)
    returnIf(&b, condition, &inside);
  for (size_t i = 0; i < numResults; ++i)
    (isConditional ? copyOut : materialize)(&inside, mlirOperationGetResult(call, (intptr_t)i),
                                            views[i]);
  if (!isConditional)
    returnStatus(&b, statusConstant(&b, ADDNORM_OK));
  free(types);
  free(views);
  free(arguments);
}

/* Where the C parameters of an argument or a result start. */
static intptr_t parameterOf(const Entry *entry, bool isResult, intptr_t i) {
  const ExecSignature *signature = &entry->signature;
  intptr_t parameter = 0, before = isResult ? signature->numArguments + i : i;
  for (intptr_t k = 0; k < before; ++k) {
    const ExecValueType *type = k < signature->numArguments
                                    ? &signature->arguments[k]
                                    : &signature->results[k - signature->numArguments];
    parameter += type->scalar || type->shape.rank == 0 ? 1 : 3;
  }
  return parameter;
}

/* Whether the rows of the kernel's tensors are one stride apart, as the kernel's own entry wants
 * them. */
static bool hasRowStrides(const Entry *entry) {
  return !mlirOperationIsNull(entry->kernel) &&
         mlirShapedTypeGetRank(mlirValueGetType(addnormRmsNormGetYInit(entry->kernel))) == 2;
}

/* The arguments of a call of the kernel's own entry. */
typedef struct KernelCall {
  const Entry *entry;
  IrBuilder b;
  MlirBlock body; /* of the unchecked entry */
  intptr_t count;
  MlirValue *operands;
} KernelCall;

static void passPointer(KernelCall *call, intptr_t parameter) {
  call->operands[call->count++] = mlirBlockGetArgument(call->body, parameter);
}

static void passStride(KernelCall *call, intptr_t parameter) {
  MlirValue strides = mlirBlockGetArgument(call->body, parameter + 2);
  call->operands[call->count++] = loadInteger(&call->b, strides, 0);
}

static void passInputs(KernelCall *call) {
  const Entry *entry = call->entry;
  MlirOperation kernel = entry->kernel;
  float constant;
  MlirValue epsilon = addnormRmsNormGetEpsilon(kernel, &constant);
  if (mlirValueIsNull(epsilon))
    call->operands[call->count++] =
        irFloatConstant(&call->b, mlirF32TypeGet(call->b.context), (double)constant);
  else
    passPointer(call, parameterOf(entry, false, entryArgumentIndex(entry, epsilon)));
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(kernel); ++i) {
    MlirValue addend = addnormRmsNormGetAddend(kernel, i);
    intptr_t parameter = parameterOf(entry, false, entryArgumentIndex(entry, addend));
    passPointer(call, parameter);
    if (mlirShapedTypeGetRank(mlirValueGetType(addend)) == 2)
      passStride(call, parameter);
    else
      call->operands[call->count++] =
          irIntegerConstant(&call->b, mlirIntegerTypeGet(call->b.context, 64), 0);
  }
  MlirValue gamma = addnormRmsNormGetGamma(kernel);
  if (!mlirValueIsNull(gamma))
    passPointer(call, parameterOf(entry, false, entryArgumentIndex(entry, gamma)));
}

/* In the order of the kernel's results, which the function may return in another. */
static void passOutputs(KernelCall *call) {
  intptr_t count = call->entry->signature.numResults;
  for (intptr_t k = 0; k < count; ++k)
    for (intptr_t i = 0; i < count; ++i)
      if (entryKernelResult(call->entry, i) == k) {
        intptr_t parameter = parameterOf(call->entry, true, i);
        passPointer(call, parameter);
        passStride(call, parameter);
      }
}

/* The kernel's code is there once. */
static void buildKernelCall(const Entry *entry, MlirBlock body) {
  IrBuilder b = irBuilderAtEnd(body, mlirOperationGetLocation(entry->function));
  intptr_t capacity = 2 * (addnormRmsNormGetNumAddends(entry->kernel) + 5);
  KernelCall call = {entry, b, body, 0, malloc(sizeof(MlirValue) * (size_t)capacity)};
  intptr_t y = 0;
  while (entryKernelResult(entry, y) != 0)
    ++y;
  MlirValue shape = mlirBlockGetArgument(body, parameterOf(entry, true, y) + 1);
  for (int d = 0; d < 2; ++d)
    call.operands[call.count++] = loadInteger(&b, shape, d);
  passInputs(&call);
  passOutputs(&call);
  char *name = entryNameWith(entry, "_kernel");
  MlirType status = mlirIntegerTypeGet(b.context, 32);
  IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b.context, irStr(name))},
                    {"no_inline", mlirUnitAttrGet(b.context)},
                    {NULL, {NULL}}};
  returnStatus(&b, irValue(&b, "func.call", call.count, call.operands, status, attrs));
  free(name);
  free(call.operands);
}

static bool buildUnchecked(const Entry *entry, ExecModel *model) {
  const ExecSignature *signature = &entry->signature;
  MlirType function = execFunctionType(entry->function);
  MlirType *parameters = malloc(
      sizeof *parameters * (size_t)(3 * (signature->numArguments + signature->numResults) + 1));
  intptr_t count = appendParameters(function, false, signature->numArguments, parameters);
  count += appendParameters(function, true, signature->numResults, parameters + count);
  MlirBlock body;
  bool ok = addFunction(model, entry, "_unchecked", count, parameters, &body);
  if (ok)
    (hasRowStrides(entry) ? buildKernelCall : buildCall)(entry, body);
  free(parameters);
  return ok;
}

/* The kernel's function under construction. */
typedef struct KernelBuilder {
  IrBuilder b;
  MlirBlock body;
  intptr_t next;      /* the next parameter to use */
  int64_t n;          /* static row length, or the dynamic marker */
  MlirValue sizes[2]; /* rows, n */
} KernelBuilder;

static bool isRowVector(MlirOperation kernel, MlirValue addend) {
  return mlirShapedTypeGetRank(mlirValueGetType(addend)) <
         mlirShapedTypeGetRank(mlirValueGetType(addnormRmsNormGetYInit(kernel)));
}

static MlirType elementOf(MlirValue tensor) {
  return mlirShapedTypeGetElementType(mlirValueGetType(tensor));
}

/* The next pointer as a row vector. */
static MlirValue rowVector(KernelBuilder *k, MlirValue tensor) {
  MlirValue pointer = mlirBlockGetArgument(k->body, k->next++);
  MlirType type = stridedType(elementOf(tensor), 1, &k->n);
  return irReinterpretCast(&k->b, pointer, type, (MlirValue){NULL}, &k->sizes[1], NULL);
}

/* The next pointer and row stride as rows of `n` elements. */
static MlirValue rowsOf(KernelBuilder *k, MlirValue tensor, int64_t n) {
  int64_t shape[] = {mlirShapedTypeGetDynamicSize(), n};
  MlirValue pointer = mlirBlockGetArgument(k->body, k->next++);
  MlirValue stride = toIndex(&k->b, mlirBlockGetArgument(k->body, k->next++));
  MlirType type = stridedType(elementOf(tensor), 2, shape);
  return irReinterpretCast(&k->b, pointer, type, (MlirValue){NULL}, k->sizes, &stride);
}

static int64_t rowLength(MlirOperation kernel) {
  MlirType type = mlirValueGetType(addnormRmsNormGetYInit(kernel));
  return mlirShapedTypeGetDimSize(type, mlirShapedTypeGetRank(type) - 1);
}

static intptr_t kernelParameters(MlirOperation kernel, MlirType *parameters) {
  MlirContext context = mlirOperationGetContext(kernel);
  MlirType i64 = mlirIntegerTypeGet(context, 64);
  intptr_t count = 0;
  parameters[count++] = i64;
  parameters[count++] = i64;
  parameters[count++] = mlirF32TypeGet(context);
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(kernel); ++i) {
    parameters[count++] = pointerType(elementOf(addnormRmsNormGetAddend(kernel, i)));
    parameters[count++] = i64;
  }
  MlirValue gamma = addnormRmsNormGetGamma(kernel);
  if (!mlirValueIsNull(gamma))
    parameters[count++] = pointerType(elementOf(gamma));
  MlirValue inits[] = {addnormRmsNormGetYInit(kernel), addnormRmsNormGetSumInit(kernel),
                       addnormRmsNormGetRstdInit(kernel)};
  for (int i = 0; i < 3; ++i)
    if (!mlirValueIsNull(inits[i])) {
      parameters[count++] = pointerType(elementOf(inits[i]));
      parameters[count++] = i64;
    }
  return count;
}

/* The op on the caller's memory, with the run-time epsilon. */
static void buildKernelOp(KernelBuilder *k, MlirOperation kernel) {
  MlirValue none = {NULL};
  intptr_t numAddends = addnormRmsNormGetNumAddends(kernel);
  MlirValue *addends = malloc(sizeof *addends * (size_t)numAddends);
  float *scales = malloc(sizeof *scales * (size_t)numAddends);
  for (intptr_t i = 0; i < numAddends; ++i) {
    MlirValue addend = addnormRmsNormGetAddend(kernel, i);
    addnormRmsNormGetScale(kernel, i, &scales[i]);
    if (isRowVector(kernel, addend)) {
      addends[i] = rowVector(k, addend);
      ++k->next; /* its row stride, 0 */
    } else {
      addends[i] = rowsOf(k, addend, k->n);
    }
  }
  MlirValue gamma = addnormRmsNormGetGamma(kernel);
  MlirValue sum = addnormRmsNormGetSumInit(kernel), rstd = addnormRmsNormGetRstdInit(kernel);
  AddnormRmsNorm op = {.numAddends = numAddends, .addends = addends, .scales = scales};
  op.gamma = mlirValueIsNull(gamma) ? none : rowVector(k, gamma);
  op.hasGammaOffset = addnormRmsNormGetGammaOffset(kernel, &op.gammaOffset);
  op.epsilonOperand = mlirBlockGetArgument(k->body, 2);
  op.yInit = rowsOf(k, addnormRmsNormGetYInit(kernel), k->n);
  op.sumInit = mlirValueIsNull(sum) ? none : rowsOf(k, sum, k->n);
  op.rstdInit = mlirValueIsNull(rstd) ? none : rowsOf(k, rstd, 1);
  op.sumType = addnormRmsNormGetSumType(kernel);
  op.normType = addnormRmsNormGetNormType(kernel);
  op.lanes = addnormRmsNormGetLanes(kernel);
  op.chunk = addnormRmsNormGetChunk(kernel);
  irInsert(&k->b, addnormRmsNormCreate(k->b.loc, &op));
  free(scales);
  free(addends);
}

static bool buildKernel(const Entry *entry, ExecModel *model) {
  MlirOperation kernel = entry->kernel;
  MlirType *parameters =
      malloc(sizeof *parameters * (size_t)(2 * addnormRmsNormGetNumAddends(kernel) + 16));
  intptr_t count = kernelParameters(kernel, parameters);
  KernelBuilder k = {.next = 3, .n = rowLength(kernel)};
  bool ok = addFunction(model, entry, "_kernel", count, parameters, &k.body);
  free(parameters);
  if (!ok)
    return false;
  k.b = irBuilderAtEnd(k.body, mlirOperationGetLocation(entry->function));
  k.sizes[0] = toIndex(&k.b, mlirBlockGetArgument(k.body, 0));
  k.sizes[1] = toIndex(&k.b, mlirBlockGetArgument(k.body, 1));
  if (k.n == mlirShapedTypeGetDynamicSize()) {
    buildKernelOp(&k, kernel);
    returnStatus(&k.b, statusConstant(&k.b, ADDNORM_OK));
    return true;
  }
  IrBuilder outside = k.b;
  MlirValue fits = isEqual(&outside, k.sizes[1], irIndexConstant(&outside, k.n));
  returnIf(&outside, fits, &k.b);
  buildKernelOp(&k, kernel);
  return true;
}

static void loadDialects(MlirContext context) {
  static const char *const names[] = {"addnorm", "arith", "bufferization", "func",
                                      "memref",  "scf",   "tensor"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
    mlirContextGetOrLoadDialect(context, irStr(names[i]));
}

bool entryBuild(const Entry *entry, ExecModel *model) {
  loadDialects(model->context);
  return buildUnchecked(entry, model) &&
         (mlirOperationIsNull(entry->kernel) || buildKernel(entry, model));
}
