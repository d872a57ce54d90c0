/* A compiler for an NPU of our own, with AddNorm in it.
 *
 *   npu-compiler MODEL.mlir -o MODEL.o
 *
 * MODEL.mlir is tosa or linalg on tensors. The norms that AddNorm fuses run on the NPU, through the
 * functions of addnorm-c/npu_runtime.h that MODEL.o calls; all else is code for the host. Each norm
 * and its schedule is told on standard output. A public function F of the model can be called from
 * C as _mlir_ciface_F, with a pointer to MLIR's descriptor for each argument, then each result.
 *
 * Only public C headers are used: addnorm-c, mlir-c and llvm-c. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "machine.h"
#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include "mlir-c/RegisterEverything.h"
#include "mlir-c/Target/LLVMIR.h"
#include "llvm-c/Core.h"
#include "llvm-c/Target.h"
#include "llvm-c/TargetMachine.h"
#include "llvm-c/Transforms/PassBuilder.h"

/* The machine; addnorm-c/target.h and docs/npu-targets.md say what the fields mean. */
static const AddnormNpuTarget machine = {.name = "our-npu",
                                         .cores = MACHINE_CORES,
                                         .scratchpadBytes = MACHINE_SCRATCHPAD_BYTES,
                                         .scratchpadAlignment = MACHINE_ALIGNMENT,
                                         .globalAlignment = 16,
                                         .burstBytes = 64,
                                         .queues = 1,
                                         .vectorBytes = 32,
                                         .vectorRegisters = 16,
                                         .lanes = 16,
                                         .maskedMemory = true,
                                         .f32Cost = 1,
                                         .f16Cost = 1,
                                         .convertCost = 1,
                                         .memoryCost = 1,
                                         .maskCost = 1,
                                         .scalarCost = 1,
                                         .rootCost = 16,
                                         .queueBytesPerCycle = 32,
                                         .memoryBytesPerCycle = 32,
                                         .latencyCycles = 400,
                                         .issueCycles = 20,
                                         .launchCycles = 1000,
                                         .clockGHz = 1};

static const AddnormLowerOptions lowerOptions = {
    .target = {"npu", 3}, .npuTarget = &machine, .launch = ADDNORM_LAUNCH_LOOP};

/* Behind addnormFuse: tensors to memrefs, everything but the norms to loops. Entries for C are
 * asked for here, where the functions are still the model's own. */
static const char toLoops[] =
    "builtin.module("
    "func.func(tosa-to-linalg-named,tosa-to-linalg,"
    "tosa-to-arith{include-apply-rescale use-32-bit},tosa-to-tensor,tosa-to-scf),"
    "linalg-generalize-named-ops,func.func(convert-elementwise-to-linalg),canonicalize,cse,"
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops},"
    "buffer-results-to-out-params{hoist-static-allocs modify-public-functions},"
    "ownership-based-buffer-deallocation,canonicalize,buffer-deallocation-simplification,"
    "bufferization-lower-deallocations,convert-bufferization-to-memref,cse,canonicalize,"
    "addnorm-copies-to-linalg,func.func(convert-linalg-to-loops),"
    "func.func(llvm-request-c-wrappers))";

/* Behind addnormLower and addnormDmaToCalls: all that is left. bf16 is computed in f32 and rounded
 * by integers, because few C libraries have the functions that LLVM would call for it. */
static const char toLlvm[] =
    "builtin.module("
    "expand-strided-metadata,lower-affine,math-expand-ops{ops=fpowi,ceil},convert-scf-to-cf,"
    "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
    "math-extend-to-supported-types,convert-vector-to-llvm,"
    "func.func(convert-math-to-llvm),convert-math-to-libm,"
    "arith-expand{include-bf16},convert-complex-to-standard,"
    "convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,finalize-memref-to-llvm,"
    "convert-func-to-llvm,convert-ub-to-llvm,reconcile-unrealized-casts)";

static MlirStringRef text(const char *s) { return mlirStringRefCreateFromCString(s); }

static void printPiece(MlirStringRef piece, void *file) {
  fwrite(piece.data, 1, piece.length, file);
}

static bool fail(const char *what, const char *why) {
  fprintf(stderr, "npu-compiler: %s: %s\n", what, why);
  return false;
}

static MlirContext createContext(void) {
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  mlirRegisterAllDialects(registry);
  mlirDialectHandleInsertDialect(mlirGetDialectHandle__addnorm__(), registry);
  addnormRegisterBufferization(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/false);
  mlirDialectRegistryDestroy(registry);
  mlirRegisterAllLLVMTranslations(context);
  mlirRegisterAllPasses();
  addnormRegisterPasses();
  return context;
}

/* --- MLIR: fuse, bufferize, lower ------------------------------------------------------------ */

static void printSite(const AddnormFuseSite *site, void *data) {
  (void)data;
  mlirLocationPrint(site->location, printPiece, stdout);
  if (!site->fused) {
    printf(": not fused: %s; %s\n", site->reason, site->remedy);
    return;
  }
  char schedule[1024]; /* or why the machine cannot run it, which addnormLower makes an error */
  addnormScheduleDescribe(site->op, &lowerOptions, schedule, sizeof schedule);
  printf(": fused %td addends\n  %s\n", site->numAddends, schedule);
}

static bool runPasses(MlirModule module, const char *pipeline) {
  MlirPassManager manager = mlirPassManagerCreate(mlirModuleGetContext(module));
  MlirOpPassManager passes = mlirPassManagerGetAsOpPassManager(manager);
  bool ok =
      mlirLogicalResultIsSuccess(
          mlirParsePassPipeline(passes, text(pipeline), printPiece, stderr)) &&
      mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module)));
  mlirPassManagerDestroy(manager);
  return ok;
}

static bool lower(MlirModule module) {
  MlirOperation root = mlirModuleGetOperation(module);
  AddnormFuseOptions fuseOptions = {.numerics = ADDNORM_NUMERICS_WIDEN, .lanes = 64};
  AddnormDmaToCallsOptions callOptions = {0};
  return mlirLogicalResultIsSuccess(addnormFuse(root, &fuseOptions, printSite, NULL)) &&
         runPasses(module, toLoops) &&
         mlirLogicalResultIsSuccess(addnormLower(root, &lowerOptions)) &&
         mlirLogicalResultIsSuccess(addnormDmaToCalls(root, &callOptions)) &&
         runPasses(module, toLlvm);
}

/* --- LLVM: optimize, emit -------------------------------------------------------------------- */

static LLVMTargetMachineRef createHost(void) {
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
  char *triple = LLVMGetDefaultTargetTriple(), *cpu = LLVMGetHostCPUName();
  char *features = LLVMGetHostCPUFeatures(), *message = NULL;
  LLVMTargetRef target;
  LLVMTargetMachineRef host = NULL;
  if (LLVMGetTargetFromTriple(triple, &target, &message))
    fail(triple, message);
  else
    host = LLVMCreateTargetMachine(target, triple, cpu, features, LLVMCodeGenLevelDefault,
                                   LLVMRelocPIC, LLVMCodeModelDefault);
  LLVMDisposeMessage(message);
  LLVMDisposeMessage(features);
  LLVMDisposeMessage(cpu);
  LLVMDisposeMessage(triple);
  return host;
}

/* Only the entries for C stay visible: a model may call its function `main`. */
static void hideFunctions(LLVMModuleRef module) {
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
    size_t length;
    const char *name = LLVMGetValueName2(f, &length);
    if (!LLVMIsDeclaration(f) && strncmp(name, "_mlir_ciface_", strlen("_mlir_ciface_")) != 0)
      LLVMSetLinkage(f, LLVMInternalLinkage);
  }
}

static bool optimize(LLVMModuleRef module, LLVMTargetMachineRef host) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef error = LLVMRunPasses(module, "default<O2>", host, options);
  LLVMDisposePassBuilderOptions(options);
  if (!error)
    return true;
  char *message = LLVMGetErrorMessage(error);
  fail("optimization", message);
  LLVMDisposeErrorMessage(message);
  return false;
}

static bool emit(LLVMModuleRef module, LLVMTargetMachineRef host, const char *path) {
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(host);
  LLVMSetModuleDataLayout(module, layout);
  LLVMDisposeTargetData(layout);
  hideFunctions(module);
  if (!optimize(module, host))
    return false;
  char *message = NULL;
  bool ok = !LLVMTargetMachineEmitToFile(host, module, path, LLVMObjectFile, &message) ||
            fail(path, message);
  LLVMDisposeMessage(message);
  return ok;
}

static bool writeObject(MlirModule module, const char *path) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef code = mlirTranslateModuleToLLVMIR(mlirModuleGetOperation(module), context);
  LLVMTargetMachineRef host = code ? createHost() : NULL;
  bool ok = host && emit(code, host, path);
  if (host)
    LLVMDisposeTargetMachine(host);
  if (code)
    LLVMDisposeModule(code);
  LLVMContextDispose(context);
  return ok;
}

int main(int argc, char **argv) {
  if (argc != 4 || strcmp(argv[2], "-o") != 0) {
    fprintf(stderr, "usage: npu-compiler MODEL.mlir -o MODEL.o\n");
    return 2;
  }
  MlirContext context = createContext();
  MlirModule module = mlirModuleCreateParseFromFile(context, text(argv[1]));
  bool ok = !mlirModuleIsNull(module) && lower(module) && writeObject(module, argv[3]);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
