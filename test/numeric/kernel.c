#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "addnorm-c/vendor_kernel.h"
#include "lib/ir/build.h"
#include "mlir-c/Pass.h"
#include "mlir-c/RegisterEverything.h"

enum { MAX_RANK = 3, MAX_ARGUMENTS = 2 * MAX_ADDENDS + 5, OWN_LANES = 64 };

static const char lowering[] = "builtin.module(addnorm-lower{target=%s threads=%d npu=%s})";
static const char finishing[] =
    "builtin.module(addnorm-dma-to-calls{trace=%s},"
    "scf-forall-to-for,expand-strided-metadata,lower-affine,convert-scf-to-openmp{num-threads=%d},"
    "finalize-memref-to-llvm,convert-scf-to-cf,"
    "convert-vector-to-llvm,convert-math-to-llvm,convert-arith-to-llvm,"
    "finalize-memref-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,convert-openmp-to-llvm,"
    "reconcile-unrealized-casts)";

MlirContext kernelContextCreate(void) {
  static bool registered;
  if (!registered) {
    mlirRegisterAllPasses();
    addnormRegisterPasses();
    registered = true;
  }
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  mlirRegisterAllDialects(registry);
  mlirDialectHandleInsertDialect(mlirGetDialectHandle__addnorm__(), registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, false);
  mlirDialectRegistryDestroy(registry);
  mlirContextLoadAllAvailableDialects(context);
  mlirRegisterAllLLVMTranslations(context);
  return context;
}

static void require(bool condition, const KernelSpec *spec, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "%s: %s failed\n", spec->name, what);
  exit(EXIT_FAILURE);
}

static MlirType elementType(MlirContext context, Format format) {
  return format == F16    ? mlirF16TypeGet(context)
         : format == BF16 ? mlirBF16TypeGet(context)
                          : mlirF32TypeGet(context);
}

/* A memref of any offset and strides but the last, which is 1; or of those of its shape. */
static MlirType memrefType(MlirContext context, const KernelSpec *spec, Format format, int rank,
                           const int64_t *shape) {
  if (spec->contiguous)
    return mlirMemRefTypeContiguousGet(elementType(context, format), rank, shape,
                                       (MlirAttribute){NULL});
  int64_t strides[MAX_RANK];
  for (int d = 0; d < rank; ++d)
    strides[d] = d == rank - 1 ? 1 : mlirShapedTypeGetDynamicStrideOrOffset();
  MlirAttribute layout =
      mlirStridedLayoutAttrGet(context, mlirShapedTypeGetDynamicStrideOrOffset(), rank, strides);
  return mlirMemRefTypeGet(elementType(context, format), rank, shape, layout,
                           (MlirAttribute){NULL});
}

/* The function's argument types, in the order kernelRun passes them: addends, gamma, y, sum, rstd,
 * scales, epsilon. */
static intptr_t argumentTypes(MlirContext context, const KernelSpec *spec, MlirType *types) {
  const Norm *norm = &spec->norm;
  int64_t dynamic = mlirShapedTypeGetDynamicSize(), n = spec->n ? spec->n : dynamic;
  int64_t full[MAX_RANK], single[MAX_RANK];
  for (int d = 0; d < spec->rank; ++d) {
    full[d] = d == spec->rank - 1 ? n : dynamic;
    single[d] = d == spec->rank - 1 ? 1 : dynamic;
  }
  intptr_t count = 0;
  for (int k = 0; k < norm->numAddends; ++k)
    types[count++] = norm->bias[k] ? memrefType(context, spec, norm->addends[k], 1, &n)
                                   : memrefType(context, spec, norm->addends[k], spec->rank, full);
  if (norm->gamma)
    types[count++] = memrefType(context, spec, norm->gamma, 1, &n);
  types[count++] = memrefType(context, spec, norm->y, spec->rank, full);
  if (norm->sum)
    types[count++] = memrefType(context, spec, norm->sum, spec->rank, full);
  if (norm->rstd)
    types[count++] = memrefType(context, spec, F32, spec->rank, single);
  for (int k = 0; spec->runTimeScalars && k <= norm->numAddends; ++k)
    types[count++] = mlirF32TypeGet(context);
  return count;
}

/* The row `index` of a rank-2 memref; anything else as it is. */
static MlirValue rowOf(const IrBuilder *b, MlirValue value, MlirValue index) {
  MlirType type = mlirValueGetType(value);
  if (!mlirTypeIsAMemRef(type) || mlirShapedTypeGetRank(type) != 2)
    return value;
  bool isStatic = !mlirShapedTypeIsDynamicDim(type, 1);
  MlirValue operands[3] = {value, index};
  if (!isStatic)
    operands[2] = irDim(b, value, 1);
  int64_t dynamic = mlirShapedTypeGetDynamicSize();
  int64_t shape[] = {1, isStatic ? mlirShapedTypeGetDimSize(type, 1) : dynamic};
  int64_t offsets[] = {dynamic, 0}, strides[] = {1, 1};
  MlirType row = mlirMemRefTypeGet(mlirShapedTypeGetElementType(type), 2, shape,
                                   mlirMemRefTypeGetLayout(type), (MlirAttribute){NULL});
  IrAttr attrs[] = {
      {"static_offsets", mlirDenseI64ArrayGet(b->context, 2, offsets)},
      {"static_sizes", mlirDenseI64ArrayGet(b->context, 2, shape)},
      {"static_strides", mlirDenseI64ArrayGet(b->context, 2, strides)},
      {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 4, (int32_t[]){1, 1, !isStatic, 0})},
      {NULL, {NULL}}};
  return irValue(b, "memref.subview", isStatic ? 2 : 3, operands, row, attrs);
}

/* Opens an scf.forall over `count`. */
static IrBuilder openForall(const IrBuilder *b, MlirValue count, MlirValue *index) {
  MlirType type = mlirIndexTypeGet(b->context);
  MlirBlock block = mlirBlockCreate(1, &type, &b->loc);
  *index = mlirBlockGetArgument(block, 0);
  MlirRegion region = mlirRegionCreate(), empty = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  mlirRegionAppendOwnedBlock(empty, mlirBlockCreate(0, NULL, NULL));
  IrBuilder body = irBuilderAtEnd(block, b->loc);
  body.before = irOp(&body, "scf.forall.in_parallel", 0, NULL, 0, NULL, NULL, 1, &empty);

  int64_t dynamic = mlirShapedTypeGetDynamicSize(), zero = 0, one = 1;
  IrAttr attrs[] = {
      {"staticLowerBound", mlirDenseI64ArrayGet(b->context, 1, &zero)},
      {"staticUpperBound", mlirDenseI64ArrayGet(b->context, 1, &dynamic)},
      {"staticStep", mlirDenseI64ArrayGet(b->context, 1, &one)},
      {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 4, (int32_t[]){0, 1, 0, 0})},
      {NULL, {NULL}}};
  irOp(b, "scf.forall", 1, &count, 0, NULL, attrs, 1, &region);
  return body;
}

/* Inserts the op on `arguments`, which are in the order of argumentTypes. */
static void insertNorm(const IrBuilder *b, const KernelSpec *spec, const MlirValue *arguments) {
  const Norm *norm = &spec->norm;
  AddnormRmsNorm op = {.numAddends = norm->numAddends,
                       .addends = arguments,
                       .scales = norm->scaled ? norm->scales : NULL,
                       .hasGammaOffset = norm->hasGammaOffset,
                       .gammaOffset = norm->gammaOffset,
                       .epsilon = norm->epsilon,
                       .lanes = norm->lanes,
                       .chunk = norm->chunk};
  const MlirValue *next = arguments + norm->numAddends;
  if (norm->gamma)
    op.gamma = *next++;
  op.yInit = *next++;
  if (norm->sum)
    op.sumInit = *next++;
  if (norm->rstd)
    op.rstdInit = *next++;
  if (spec->runTimeScalars) {
    op.scaleOperands = next;
    op.epsilonOperand = next[norm->numAddends];
  }
  if (norm->sumType)
    op.sumType = elementType(b->context, norm->sumType);
  if (norm->normType)
    op.normType = elementType(b->context, norm->normType);
  irInsert(b, addnormRmsNormCreate(b->loc, &op));
}

static void buildBody(IrBuilder b, const KernelSpec *spec, MlirValue *arguments, intptr_t count) {
  if (spec->form != PLAIN) {
    MlirValue row;
    MlirValue y = arguments[spec->norm.numAddends + (spec->norm.gamma ? 1 : 0)];
    MlirValue rows = irDim(&b, y, 0);
    b = spec->form == IN_FORALL
            ? openForall(&b, rows, &row)
            : irFor(&b, irIndexConstant(&b, 0), rows, irIndexConstant(&b, 1), &row);
    for (intptr_t i = 0; i < count; ++i)
      arguments[i] = rowOf(&b, arguments[i], row);
  }
  insertNorm(&b, spec, arguments);
}

static MlirModule buildModule(MlirContext context, const KernelSpec *spec) {
  MlirLocation loc = mlirLocationUnknownGet(context);
  MlirType types[MAX_ARGUMENTS];
  MlirLocation locations[MAX_ARGUMENTS];
  MlirValue arguments[MAX_ARGUMENTS];
  intptr_t count = argumentTypes(context, spec, types);
  for (intptr_t i = 0; i < count; ++i)
    locations[i] = loc;
  MlirBlock block = mlirBlockCreate(count, types, locations);
  for (intptr_t i = 0; i < count; ++i)
    arguments[i] = mlirBlockGetArgument(block, i);
  IrBuilder body = irBuilderAtEnd(block, loc);
  body.before = irOp(&body, "func.return", 0, NULL, 0, NULL, NULL, 0, NULL);
  buildBody(body, spec, arguments, count);

  MlirModule module = mlirModuleCreateEmpty(loc);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  IrAttr attrs[] = {
      {"sym_name", mlirStringAttrGet(context, irStr("kernel"))},
      {"function_type", mlirTypeAttrGet(mlirFunctionTypeGet(context, count, types, 0, NULL))},
      {"llvm.emit_c_interface", mlirUnitAttrGet(context)},
      {NULL, {NULL}}};
  IrBuilder top = irBuilderAtEnd(mlirModuleGetBody(module), loc);
  irOp(&top, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
  return module;
}

static void printToStderr(MlirStringRef text, void *userData) {
  (void)userData;
  fwrite(text.data, 1, text.length, stderr);
}

/* --- what compiled code calls ---------------------------------------------------------------- */

typedef struct Function {
  const char *name;
  void (*address)(void);
} Function;

static void connect(Kernel *kernel, const Function *functions, size_t count) {
  for (size_t i = 0; i < count; ++i)
    mlirExecutionEngineRegisterSymbol(kernel->engine, irStr(functions[i].name),
                                      (void *)(uintptr_t)functions[i].address);
}

void *addnormVendorContext(void) { return NULL; }

void addnormVendorFailed(void *context, int32_t status, const char *site) {
  (void)context;
  fprintf(stderr, "%s: %s\n", site, addnormStatusText((AddnormStatus)status));
  exit(EXIT_FAILURE);
}

/* Of target call: the kernel is the C reference. */
static const Function vendor[] = {
    {"addnormVendorRmsNorm", (void (*)(void))addnormReferenceKernel},
    {"addnormVendorContext", (void (*)(void))addnormVendorContext},
    {"addnormVendorFailed", (void (*)(void))addnormVendorFailed},
};

/* Of target npu. */
static const Function runtime[] = {
    {"addnormNpuScratchpad", (void (*)(void))addnormNpuScratchpad},
    {"addnormNpuDmaStart", (void (*)(void))addnormNpuDmaStart},
    {"addnormNpuDmaWait", (void (*)(void))addnormNpuDmaWait},
    {"addnormNpuFailed", (void (*)(void))addnormNpuFailed},
    {"addnormNpuTraceAccess", (void (*)(void))addnormNpuTraceAccess},
    {"addnormNpuTraceWork", (void (*)(void))addnormNpuTraceWork},
};

static void connectMachine(Kernel *kernel, const char *npu) {
  AddnormNpuTarget target;
  char error[256];
  require(addnormNpuTargetFind(npu, &target, error, sizeof error), kernel->spec, npu);
  kernel->machine = addnormMachineCreate(&target, 0);
  if (!kernel->spec->norm.lanes)
    kernel->expected.lanes = target.lanes;
  connect(kernel, runtime, sizeof runtime / sizeof *runtime);
}

static void addPlane(AddnormMachine *machine, const char *name, Format format, const Tensor *tensor,
                     int64_t rows, int64_t n, int32_t access) {
  int64_t elements = rows ? (rows - 1) * tensor->stride + n : 0;
  addnormMachineAddBuffer(machine, name, tensor->data, elements * (int64_t)formatBytes(format),
                          access);
}

static void addBuffers(AddnormMachine *machine, const Norm *norm, const Arguments *a) {
  for (int k = 0; k < norm->numAddends; ++k)
    addPlane(machine, "addend", norm->addends[k], &a->addends[k], norm->bias[k] ? 1 : a->rows, a->n,
             ADDNORM_MACHINE_READ);
  if (norm->gamma)
    addPlane(machine, "gamma", norm->gamma, &(Tensor){.data = a->gamma}, 1, a->n,
             ADDNORM_MACHINE_READ);
  addPlane(machine, "y", norm->y, &a->y, a->rows, a->n, ADDNORM_MACHINE_WRITE);
  if (norm->sum)
    addPlane(machine, "sum", norm->sum, &a->sum, a->rows, a->n, ADDNORM_MACHINE_WRITE);
  if (norm->rstd)
    addPlane(machine, "rstd", F32, &(Tensor){a->rstd, 1}, a->rows, 1, ADDNORM_MACHINE_WRITE);
}

static bool finishMachine(AddnormMachine *machine) {
  bool ok = addnormMachineFinish(machine) == ADDNORM_NPU_OK;
  if (!ok)
    addnormMachinePrintHazards(machine, stderr);
  addnormMachineReset(machine);
  addnormMachineRemoveBuffers(machine);
  return ok;
}

/* --- compiling ------------------------------------------------------------------------------- */

/* False when a pass fails. */
static bool runPasses(MlirContext context, const char *text, const KernelSpec *spec,
                      MlirModule module) {
  MlirPassManager passes = mlirPassManagerCreate(context);
  require(mlirLogicalResultIsSuccess(mlirParsePassPipeline(
              mlirPassManagerGetAsOpPassManager(passes), irStr(text), printToStderr, NULL)),
          spec, "the pass pipeline");
  bool ok =
      mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(passes, mlirModuleGetOperation(module)));
  mlirPassManagerDestroy(passes);
  return ok;
}

MlirModule kernelLower(MlirContext context, const Backend *backend, const KernelSpec *spec) {
  char text[sizeof lowering + 512];
  snprintf(text, sizeof text, lowering, backend->target, backend->threads,
           backend->npu ? backend->npu : "");
  MlirModule module = buildModule(context, spec);
  require(mlirOperationVerify(mlirModuleGetOperation(module)), spec, "verification");
  bool isLowered = runPasses(context, text, spec, module);
  require(isLowered || backend->npu, spec, "lowering");
  if (isLowered)
    return module;
  mlirModuleDestroy(module);
  return (MlirModule){NULL};
}

Kernel kernelFinish(MlirContext context, const Backend *backend, const KernelSpec *spec,
                    MlirModule lowered) {
  char text[sizeof finishing + 512];
  snprintf(text, sizeof text, finishing, backend->npu ? backend->npu : "", backend->threads);
  Kernel kernel = {.spec = spec, .expected = spec->norm, .module = lowered};
  if (!spec->norm.lanes)
    kernel.expected.lanes = OWN_LANES;
  require(runPasses(context, text, spec, lowered), spec, "lowering to LLVM");
  kernel.engine = mlirExecutionEngineCreate(lowered, backend->level, 0, NULL, false, true);
  require(!mlirExecutionEngineIsNull(kernel.engine), spec, "code generation");
  connect(&kernel, vendor, sizeof vendor / sizeof *vendor);
  if (backend->npu)
    connectMachine(&kernel, backend->npu);
  return kernel;
}

Kernel kernelCompile(MlirContext context, const Backend *backend, const KernelSpec *spec) {
  MlirModule module = kernelLower(context, backend, spec);
  return mlirModuleIsNull(module) ? (Kernel){.spec = spec}
                                  : kernelFinish(context, backend, spec, module);
}

void kernelDestroy(Kernel *kernel) {
  if (!mlirExecutionEngineIsNull(kernel->engine))
    mlirExecutionEngineDestroy(kernel->engine);
  if (!mlirModuleIsNull(kernel->module))
    mlirModuleDestroy(kernel->module);
  addnormMachineDestroy(kernel->machine);
}

/* The memref descriptor of MLIR's C interface: two pointers, offset, sizes, strides. */
typedef struct Descriptor {
  void *allocated, *aligned;
  int64_t offset;
  int64_t dims[2 * MAX_RANK];
} Descriptor;

/* Rows are spread over the leading dimensions of a rank-3 memref. When they are not dense, the
 * first dimension is that of neighbours, so that the two do not lie one behind the other. */
static Descriptor describe(const KernelSpec *spec, void *data, int64_t rows, int64_t n,
                           int64_t stride, bool isDense) {
  Descriptor d = {.allocated = data, .aligned = data};
  int64_t inner = rows % 3 ? 1 : 3, outer = rows / inner;
  if (spec->rank == 1)
    d.dims[0] = n, d.dims[1] = 1;
  else if (spec->rank == 2)
    d.dims[0] = rows, d.dims[1] = n, d.dims[2] = stride, d.dims[3] = 1;
  else if (isDense)
    d.dims[0] = outer, d.dims[1] = inner, d.dims[2] = n, d.dims[3] = inner * stride,
    d.dims[4] = stride, d.dims[5] = 1;
  else
    d.dims[0] = inner, d.dims[1] = outer, d.dims[2] = n, d.dims[3] = stride,
    d.dims[4] = inner * stride, d.dims[5] = 1;
  return d;
}

static Descriptor describeVector(void *data, int64_t n) {
  return (Descriptor){.allocated = data, .aligned = data, .dims = {n, 1}};
}

void kernelCall(const Kernel *kernel, const Arguments *a) {
  const KernelSpec *spec = kernel->spec;
  const Norm *norm = &spec->norm;
  Descriptor descriptors[MAX_ARGUMENTS];
  bool isDense = a->y.stride == a->n;
  intptr_t count = 0;
  for (int k = 0; k < norm->numAddends; ++k)
    descriptors[count++] = norm->bias[k] ? describeVector(a->addends[k].data, a->n)
                                         : describe(spec, a->addends[k].data, a->rows, a->n,
                                                    a->addends[k].stride, isDense);
  if (norm->gamma)
    descriptors[count++] = describeVector(a->gamma, a->n);
  descriptors[count++] = describe(spec, a->y.data, a->rows, a->n, a->y.stride, isDense);
  if (norm->sum)
    descriptors[count++] = describe(spec, a->sum.data, a->rows, a->n, a->sum.stride, isDense);
  if (norm->rstd)
    descriptors[count++] = describe(spec, a->rstd, a->rows, 1, 1, isDense);

  Descriptor *pointers[MAX_ARGUMENTS];
  void *arguments[MAX_ARGUMENTS];
  for (intptr_t i = 0; i < count; ++i) {
    pointers[i] = &descriptors[i];
    arguments[i] = &pointers[i];
  }
  float scalars[MAX_ADDENDS + 1];
  for (int k = 0; spec->runTimeScalars && k <= norm->numAddends; ++k) {
    scalars[k] = k == norm->numAddends ? norm->epsilon : norm->scales[k];
    arguments[count++] = &scalars[k];
  }
  if (kernel->machine) {
    addBuffers(kernel->machine, norm, a);
    addnormMachineUse(kernel->machine);
  }
  require(mlirLogicalResultIsSuccess(
              mlirExecutionEngineInvokePacked(kernel->engine, irStr("kernel"), arguments)),
          spec, "the call");
}

bool kernelRun(const Kernel *kernel, const Arguments *arguments) {
  kernelCall(kernel, arguments);
  return !kernel->machine || finishMachine(kernel->machine);
}
