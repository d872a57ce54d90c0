#include "lib/exec/pipeline.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "mlir-c/Pass.h"

static const char toLinalg[] = "builtin.module("
                               "func.func(tosa-to-linalg-named,"
                               "tosa-to-linalg,"
                               "tosa-to-arith{include-apply-rescale use-32-bit},"
                               "tosa-to-tensor,"
                               "tosa-to-scf),"
                               "linalg-generalize-named-ops,"
                               "func.func(convert-elementwise-to-linalg),"
                               "canonicalize,cse)";

static const char bufferize[] =
    "builtin.module("
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops},"
    "ownership-based-buffer-deallocation,"
    "canonicalize,"
    "buffer-deallocation-simplification,"
    "bufferization-lower-deallocations,"
    "cse,canonicalize,"
    "convert-bufferization-to-memref)";

/* Parallel loops of the model's own would call the allocator and abort from threads. */
static const char toLoops[] = "builtin.module("
                              "func.func(convert-linalg-to-loops),"
                              "scf-parallel-for-to-nested-fors)";

/* The body of a task becomes a memref.alloca_scope. convert-scf-to-cf would put blocks into it, and
 * it may have one only: memrefs go first. */
static const char toThreads[] = "builtin.module("
                                "expand-strided-metadata,lower-affine,"
                                "convert-scf-to-openmp{num-threads=%" PRId64 "},"
                                "finalize-memref-to-llvm)";

/* The first argument is a pass or nothing, the second the width of an index.
 *
 * bf16 arithmetic is done in f32 and rounded back by integer code: the back end's way to do it
 * would call __truncsfbf2, which the distribution's libgcc does not have. */
static const char toLlvm[] = "builtin.module("
                             "expand-strided-metadata,lower-affine,"
                             "math-expand-ops{ops=fpowi,ceil},"
                             "convert-scf-to-cf,"
                             "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
                             "math-extend-to-supported-types,"
                             "%1$sconvert-vector-to-llvm,"
                             "func.func(convert-math-to-llvm),convert-math-to-libm,"
                             "arith-expand{include-bf16},"
                             "convert-complex-to-standard,"
                             "convert-arith-to-llvm{index-bitwidth=%2$d},"
                             "convert-index-to-llvm{index-bitwidth=%2$d},"
                             "convert-cf-to-llvm{index-bitwidth=%2$d},"
                             "finalize-memref-to-llvm{index-bitwidth=%2$d},"
                             "convert-func-to-llvm{index-bitwidth=%2$d},"
                             "convert-ub-to-llvm{index-bitwidth=%2$d},"
                             "convert-openmp-to-llvm,"
                             "reconcile-unrealized-casts)";

static void onParseError(MlirStringRef message, void *data) {
  ExecModel *model = data;
  execFail(model->error, "%s: pass pipeline: %.*s", model->path, (int)message.length, message.data);
}

bool execRunPasses(ExecModel *model, const char *pipeline) {
  MlirPassManager manager = mlirPassManagerCreate(model->context);
  bool ok =
      mlirLogicalResultIsSuccess(mlirParsePassPipeline(mlirPassManagerGetAsOpPassManager(manager),
                                                       irStr(pipeline), onParseError, model)) &&
      mlirLogicalResultIsSuccess(
          mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(model->module)));
  mlirPassManagerDestroy(manager);
  return ok || execFail(model->error, "%s: the lowering failed without saying why", model->path);
}

bool execFuse(ExecModel *model, const ExecLowering *lowering) {
  if (lowering->fusion == EXEC_FUSE_NONE)
    return true;
  AddnormFuseOptions options = {.numerics = lowering->numerics,
                                .lanes = 64,
                                .normOnly = lowering->fusion == EXEC_FUSE_NORM,
                                .keepAdds = lowering->fusion == EXEC_FUSE_NORM,
                                .strict = lowering->strict};
  MlirOperation root = mlirModuleGetOperation(model->module);
  if (mlirLogicalResultIsFailure(addnormFuse(root, &options, NULL, NULL)))
    return false;
  if (lowering->widenResidual)
    addnormWidenResidual(root, NULL, NULL);
  return true;
}

bool execLowerToLinalg(ExecModel *model) { return execRunPasses(model, toLinalg); }

bool execAddChecks(ExecModel *model) {
  return execRunPasses(
      model, "builtin.module(generate-runtime-verification{verbose-level=0},canonicalize,cse)");
}

bool execBufferize(ExecModel *model) { return execRunPasses(model, bufferize); }

static bool isContiguous(MlirValue memref) {
  return mlirAffineMapIsIdentity(mlirMemRefTypeGetAffineMap(mlirValueGetType(memref)));
}

/* Upstream lowers a memref.copy between strided buffers to a call of its own runtime library, which
 * nobody links here: it becomes a linalg.copy, and so a loop nest. */
static MlirWalkResult visitCopy(MlirOperation op, void *data) {
  (void)data;
  if (!irIs(op, "memref.copy"))
    return MlirWalkResultAdvance;
  MlirValue operands[] = {mlirOperationGetOperand(op, 0), mlirOperationGetOperand(op, 1)};
  if (isContiguous(operands[0]) && isContiguous(operands[1]))
    return MlirWalkResultAdvance;
  IrBuilder b = irBuilderBefore(op);
  int32_t segments[] = {1, 1};
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b.context, 2, segments)},
                    {NULL, {NULL}}};
  MlirRegion region = mlirRegionCreate();
  mlirLinalgFillBuiltinNamedOpRegion(
      irOp(&b, "linalg.copy", 2, operands, 0, NULL, attrs, 1, &region));
  mlirOperationDestroy(op);
  return MlirWalkResultSkip;
}

static bool lowerNorms(ExecModel *model, const ExecLowering *lowering) {
  AddnormLowerOptions options = {irStr(lowering->target), irStr(execLoweringCpu(lowering)->name),
                                 lowering->threads};
  return mlirLogicalResultIsSuccess(addnormLower(mlirModuleGetOperation(model->module), &options));
}

static bool lowerToThreads(ExecModel *model, const ExecLowering *lowering) {
  int64_t threads = addnormCpuThreads(execLoweringCpu(lowering), lowering->threads);
  char pipeline[sizeof toThreads + 32];
  snprintf(pipeline, sizeof pipeline, toThreads, threads);
  return threads == 1 || execRunPasses(model, pipeline);
}

/* Tells the passes that ask the module how wide an index is. */
static void setIndexWidth(ExecModel *model, const AddnormCpu *cpu) {
  static const char layout[] = "#dlti.dl_spec<index = 32 : i32>";
  if (cpu->is32Bit)
    mlirOperationSetAttributeByName(mlirModuleGetOperation(model->module), irStr("dlti.dl_spec"),
                                    mlirAttributeParseGet(model->context, irStr(layout)));
}

/* convert-vector-to-llvm takes every index for 64 bits wide. Where it is not, the general pass goes
 * first, which asks, and leaves to the other what has no index. */
static bool lowerRest(ExecModel *model, const AddnormCpu *cpu) {
  static const char vectors[] = "convert-to-llvm{dynamic=true filter-dialects=vector},";
  char pipeline[sizeof toLlvm + sizeof vectors];
  snprintf(pipeline, sizeof pipeline, toLlvm, cpu->is32Bit ? vectors : "", cpu->is32Bit ? 32 : 64);
  return execRunPasses(model, pipeline);
}

bool execLowerToLlvm(ExecModel *model, const ExecLowering *lowering) {
  const AddnormCpu *cpu = execLoweringCpu(lowering);
  mlirOperationWalk(mlirModuleGetOperation(model->module), visitCopy, NULL, MlirWalkPreOrder);
  setIndexWidth(model, cpu);
  return execRunPasses(model, toLoops) && lowerNorms(model, lowering) &&
         lowerToThreads(model, lowering) && lowerRest(model, cpu);
}
