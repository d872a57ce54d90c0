#include "lib/exec/pipeline.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/ir/build.h"
#include "mlir-c/Pass.h"
#include "passes/steps.h"

/* The body of a task becomes a memref.alloca_scope. convert-scf-to-cf would put blocks into it, and
 * it may have one only: memrefs go first. */
static const char toThreads[] = "builtin.module("
                                "expand-strided-metadata,lower-affine,"
                                "convert-scf-to-openmp{num-threads=%" PRId64 "},"
                                "finalize-memref-to-llvm)";

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

static bool runSteps(ExecModel *model, const char *steps) {
  char pipeline[ADDNORM_STEPS_TEXT + 32];
  snprintf(pipeline, sizeof pipeline, "builtin.module(%s)", steps);
  return execRunPasses(model, pipeline);
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

bool execLowerToLinalg(ExecModel *model) { return runSteps(model, addnormStepsToLinalg); }

bool execAddChecks(ExecModel *model) {
  return execRunPasses(
      model, "builtin.module(generate-runtime-verification{verbose-level=0},canonicalize,cse)");
}

bool execBufferize(ExecModel *model) { return runSteps(model, addnormStepsToBuffers); }

static bool lowerNorms(ExecModel *model, const ExecLowering *lowering) {
  MlirOperation root = mlirModuleGetOperation(model->module);
  AddnormLowerOptions options = {.target = irStr(lowering->target),
                                 .cpu = irStr(execLoweringCpu(lowering)->name),
                                 .threads = lowering->threads,
                                 .npu = irStr(lowering->npu ? lowering->npu : "")};
  AddnormDmaToCallsOptions calls = {.trace = NULL};
  return mlirLogicalResultIsSuccess(addnormLower(root, &options)) &&
         mlirLogicalResultIsSuccess(addnormDmaToCalls(root, &calls));
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

static bool lowerRest(ExecModel *model, const AddnormCpu *cpu) {
  char steps[ADDNORM_STEPS_TEXT];
  addnormStepsToLlvm(steps, sizeof steps, cpu->is32Bit);
  return runSteps(model, steps);
}

bool execLowerToLlvm(ExecModel *model, const ExecLowering *lowering) {
  const AddnormCpu *cpu = execLoweringCpu(lowering);
  setIndexWidth(model, cpu);
  return runSteps(model, addnormStepsToLoops) && lowerNorms(model, lowering) &&
         lowerToThreads(model, lowering) && lowerRest(model, cpu);
}
