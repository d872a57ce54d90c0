#include "kernel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/reference.h"
#include "lib/exec/backend.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"

static const char source[] =
    "func.func @norm(%%x: memref<%1$" PRId64 "x%2$" PRId64 "xf16>, %%r: memref<%1$" PRId64
    "x%2$" PRId64 "xf16>, %%g: memref<%2$" PRId64 "xf32>, %%y: memref<%1$" PRId64 "x%2$" PRId64
    "xf16>, %%s: memref<%1$" PRId64 "x%2$" PRId64 "xf16>, %%d: memref<%1$" PRId64 "x1xf32>)\n"
    "    attributes {llvm.emit_c_interface} {\n"
    "  addnorm.rms_norm(%%x, %%r : memref<%1$" PRId64 "x%2$" PRId64 "xf16>, memref<%1$" PRId64
    "x%2$" PRId64 "xf16>) gamma(%%g : memref<%2$" PRId64 "xf32>) epsilon 1.0e-5\n"
    "    outs(%%y : memref<%1$" PRId64 "x%2$" PRId64 "xf16>) sum(%%s : memref<%1$" PRId64
    "x%2$" PRId64 "xf16>) rstd(%%d : memref<%1$" PRId64 "x1xf32>) {lanes = 64 : i64}\n"
    "  return\n"
    "}\n";

static const struct {
  const char *callee, *mutant;
} siteKinds[] = {
    [SITE_SCRATCHPAD] = {"addnormNpuScratchpad", "mutantScratchpad"},
    [SITE_START] = {"addnormNpuDmaStart", "mutantStart"},
    [SITE_WAIT] = {"addnormNpuDmaWait", "mutantWait"},
};
enum { NUM_SITE_KINDS = sizeof siteKinds / sizeof *siteKinds };

/* The kind of site that a call is, or -1. */
static int siteKindOf(MlirOperation op) {
  if (!irIs(op, "func.call"))
    return -1;
  MlirStringRef callee =
      mlirFlatSymbolRefAttrGetValue(mlirOperationGetAttributeByName(op, irStr("callee")));
  for (int kind = 0; kind < NUM_SITE_KINDS; ++kind)
    if (mlirStringRefEqual(callee, irStr(siteKinds[kind].callee)))
      return kind;
  return -1;
}

typedef struct Calls {
  MlirOperation at[MAX_SITES];
  int count;
} Calls;

static MlirWalkResult collect(MlirOperation op, void *data) {
  Calls *calls = data;
  if (siteKindOf(op) >= 0 && calls->count < MAX_SITES)
    calls->at[calls->count++] = op;
  return MlirWalkResultAdvance;
}

static int countSites(MlirOperation op) {
  Calls calls = {.count = 0};
  mlirOperationWalk(op, collect, &calls, MlirWalkPreOrder);
  return calls.count;
}

/* Declares a function in the module around `b`, unless it is known there. */
static void declare(const IrBuilder *b, const char *name, MlirType type) {
  MlirOperation module = mlirBlockGetParentOperation(b->block);
  while (!irIs(module, "builtin.module"))
    module = mlirOperationGetParentOperation(module);
  MlirSymbolTable table = mlirSymbolTableCreate(module);
  bool isKnown = !mlirOperationIsNull(mlirSymbolTableLookup(table, irStr(name)));
  mlirSymbolTableDestroy(table);
  if (isKnown)
    return;
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(module, 0));
  IrBuilder top = irBuilderAtStart(body, b->loc);
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(b->context, irStr(name))},
                    {"function_type", mlirTypeAttrGet(type)},
                    {"sym_visibility", mlirStringAttrGet(b->context, irStr("private"))},
                    {NULL, {NULL}}};
  MlirRegion region = mlirRegionCreate();
  irOp(&top, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
}

/* A call of `callee` at site `site`, with operands and results like those of `call`; null: none. */
static MlirOperation callAt(const IrBuilder *b, MlirOperation call, const char *callee, int site) {
  MlirValue operands[16] = {irIntegerConstant(b, mlirIntegerTypeGet(b->context, 64), site)};
  MlirType inputs[16] = {mlirValueGetType(operands[0])}, result;
  intptr_t numInputs = 1, numResults = mlirOperationIsNull(call) ? 0 : 1;
  for (intptr_t i = 0; numResults && i < mlirOperationGetNumOperands(call); ++i) {
    operands[numInputs] = mlirOperationGetOperand(call, i);
    inputs[numInputs] = mlirValueGetType(operands[numInputs]);
    ++numInputs;
  }
  if (numResults)
    result = mlirValueGetType(mlirOperationGetResult(call, 0));
  declare(b, callee, mlirFunctionTypeGet(b->context, numInputs, inputs, numResults, &result));
  IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b->context, irStr(callee))},
                    {NULL, {NULL}}};
  return irOp(b, "func.call", numInputs, operands, numResults, &result, attrs, 0, NULL);
}

/* The end of the block around a wait, seen past those ifs that hold nothing but it. */
static IrBuilder lateFor(MlirOperation wait) {
  MlirOperation op = wait;
  for (MlirOperation around = mlirOperationGetParentOperation(op);
       irIs(around, "scf.if") && countSites(around) == 1;
       around = mlirOperationGetParentOperation(around))
    op = around;
  return irBuilderBefore(mlirBlockGetTerminator(mlirOperationGetBlock(op)));
}

static void makeSites(Kernel *kernel, MlirModule module) {
  Calls calls = {.count = 0};
  mlirOperationWalk(mlirModuleGetOperation(module), collect, &calls, MlirWalkPreOrder);
  kernel->numSites = calls.count;
  for (int i = 0; i < calls.count; ++i) {
    MlirOperation call = calls.at[i];
    SiteKind kind = (SiteKind)siteKindOf(call);
    kernel->sites[i] = kind;
    if (kind == SITE_WAIT) {
      IrBuilder late = lateFor(call);
      callAt(&late, (MlirOperation){NULL}, "mutantLateWait", i);
    }
    IrBuilder b = irBuilderBefore(call);
    MlirOperation mutant = callAt(&b, call, siteKinds[kind].mutant, i);
    mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(call, 0),
                                  mlirOperationGetResult(mutant, 0));
    mlirOperationDestroy(call);
  }
}

static bool lower(Kernel *kernel, ExecModel *model, const AddnormNpuTarget *target) {
  MlirOperation root = mlirModuleGetOperation(model->module);
  AddnormLowerOptions options = {.target = irStr("npu"), .npuTarget = target};
  AddnormDmaToCallsOptions calls = {.trace = target};
  if (mlirLogicalResultIsFailure(addnormLower(root, &options)) ||
      mlirLogicalResultIsFailure(addnormDmaToCalls(root, &calls)))
    return false;
  makeSites(kernel, model->module);
  ExecLowering lowering = {.target = "loops"};
  return mlirOperationVerify(root) && execLowerToLlvm(model, &lowering);
}

bool kernelCreate(Kernel *kernel, const Shape *shape, const AddnormNpuTarget *target,
                  ExecError *error) {
  *kernel = (Kernel){.numSites = 0};
  char text[sizeof source + 1024];
  snprintf(text, sizeof text, source, shape->rows, shape->n);
  ExecModel model;
  LLVMMemoryBufferRef object = NULL;
  if (execModelParse(&model, "kernel", text, error) && lower(kernel, &model, target)) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = execTranslate(&model, context);
    if (module)
      object = execEmitObject(module, addnormCpuNative(), error);
    if (module)
      LLVMDisposeModule(module);
    LLVMContextDispose(context);
  }
  execModelDestroy(&model);
  return object && execJitCreate(&kernel->jit, object, "_mlir_ciface_norm", error);
}

void kernelDestroy(Kernel *kernel) { execJitDestroy(&kernel->jit); }

static void *allocate(int64_t bytes) { return aligned_alloc(64, (size_t)(bytes + 127) / 64 * 64); }

bool tensorsCreate(Tensors *t, const Shape *shape) {
  t->yBytes = 2 * shape->rows * shape->n;
  t->rstdBytes = 4 * shape->rows;
  t->x = allocate(t->yBytes), t->r = allocate(t->yBytes), t->y = allocate(t->yBytes);
  t->sum = allocate(t->yBytes), t->gamma = allocate(4 * shape->n), t->rstd = allocate(t->rstdBytes);
  if (!t->x || !t->r || !t->y || !t->sum || !t->gamma || !t->rstd)
    return false;
  for (int64_t i = 0; i < shape->rows * shape->n; ++i) {
    addnormReferenceStore(ADDNORM_F16, t->x, i, (float)(i * 37 % 2001 - 1000) / 100);
    addnormReferenceStore(ADDNORM_F16, t->r, i, (float)(i * 53 % 1999 - 1000) / 100);
  }
  for (int64_t i = 0; i < shape->n; ++i)
    t->gamma[i] = (float)(i % 17) / 8;
  return true;
}

void tensorsDestroy(Tensors *t) {
  free(t->x), free(t->r), free(t->y), free(t->sum), free(t->gamma), free(t->rstd);
}

/* MLIR's descriptors. */
typedef struct Matrix {
  void *allocated, *data;
  int64_t offset, sizes[2], strides[2];
} Matrix;
typedef struct Vector {
  void *allocated, *data;
  int64_t offset, size, stride;
} Vector;

static Matrix matrix(void *data, int64_t rows, int64_t n) {
  return (Matrix){data, data, 0, {rows, n}, {n, 1}};
}

typedef void Norm(Matrix *x, Matrix *r, Vector *gamma, Matrix *y, Matrix *sum, Matrix *rstd);

/* What execJitCall takes, around the function that was compiled. */
static Norm *compiled;

static void invoke(void **arguments) {
  compiled(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

static void ignore(void *data) { (void)data; }

bool kernelCall(Kernel *kernel, const Shape *shape, Tensors *t) {
  memset(t->y, 0xff, (size_t)t->yBytes);
  memset(t->sum, 0xff, (size_t)t->yBytes);
  memset(t->rstd, 0xff, (size_t)t->rstdBytes);
  int64_t rows = shape->rows, n = shape->n;
  Matrix x = matrix(t->x, rows, n), r = matrix(t->r, rows, n), y = matrix(t->y, rows, n);
  Matrix sum = matrix(t->sum, rows, n), rstd = matrix(t->rstd, rows, 1);
  Vector gamma = {t->gamma, t->gamma, 0, n, 1};
  void *arguments[] = {&x, &r, &gamma, &y, &sum, &rstd};
  ExecJit jit = {kernel->jit.jit, invoke};
  compiled = (Norm *)(uintptr_t)kernel->jit.function;
  ExecError error = {""};
  return execJitCall(&jit, arguments, ignore, NULL, NULL, &error);
}
