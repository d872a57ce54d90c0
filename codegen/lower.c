/* addnorm-lower: finds the target and the machine, lets the target plan every op, then emit.
 *
 * All checks come first: on failure nothing has been changed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "codegen/cpu.h"
#include "codegen/emit.h"
#include "lib/ir/build.h"
#include "mlir-c/BuiltinTypes.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/Dialect/Arith.h"
#include "mlir-c/Dialect/ControlFlow.h"
#include "mlir-c/Dialect/Func.h"
#include "mlir-c/Dialect/LLVM.h"
#include "mlir-c/Dialect/Math.h"
#include "mlir-c/Dialect/MemRef.h"
#include "mlir-c/Dialect/SCF.h"
#include "mlir-c/Dialect/Vector.h"

static const AddnormTarget *const targets[] = {&addnormLoopsTarget, &addnormVectorTarget,
                                               &addnormNpuTarget, &addnormCallTarget};
enum { NUM_TARGETS = sizeof targets / sizeof *targets };

static const AddnormTarget *findTarget(MlirStringRef name) {
  for (int i = 0; i < NUM_TARGETS; ++i)
    if (mlirStringRefEqual(name, mlirStringRefCreateFromCString(targets[i]->name)))
      return targets[i];
  return NULL;
}

static const AddnormCpu *findCpu(MlirStringRef name) {
  return name.length ? addnormCpuFind(name) : addnormCpuNative();
}

static MlirStringRef findKernel(MlirStringRef name) {
  return name.length ? name : irStr("addnormVendorRmsNorm");
}

/* The machine of the options, or the reason why there is none. */
static bool findNpu(const AddnormLowerOptions *options, AddnormNpuTarget *npu, char *error,
                    size_t size) {
  if (options->npuTarget) {
    *npu = *options->npuTarget;
    const char *reason = addnormNpuTargetCheck(npu);
    snprintf(error, size, "%s", reason ? reason : "");
    return !reason;
  }
  if (options->npu.length == 0) {
    snprintf(error, size, "target npu needs a machine: npu=NAME, or the path of a .json file");
    return false;
  }
  char *name = strndup(options->npu.data, options->npu.length);
  bool ok = addnormNpuTargetFind(name, npu, error, size);
  free(name);
  return ok;
}

static void describeUnknown(const char *kind, MlirStringRef name, const char *known, char *error,
                            size_t size) {
  snprintf(error, size, "unknown %s '%.*s'; known: %s", kind,
           (int)(name.length < 100 ? name.length : 100), name.data, known);
}

static void describeUnknownTarget(MlirStringRef name, char *error, size_t size) {
  char known[512];
  int length = 0;
  for (int i = 0; i < NUM_TARGETS; ++i)
    length += snprintf(known + length, sizeof known - (size_t)length, "%s%s (%s)", i ? ", " : "",
                       targets[i]->name, targets[i]->summary);
  describeUnknown("target", name, known, error, size);
}

static void describeUnknownCpu(MlirStringRef name, char *error, size_t size) {
  char known[512];
  addnormCpuList(known, sizeof known);
  describeUnknown("processor", name, known, error, size);
}

/* The ops to lower. */
typedef struct Sites {
  MlirOperation *at;
  size_t count, capacity;
} Sites;

static MlirWalkResult collect(MlirOperation op, void *userData) {
  Sites *sites = userData;
  if (!addnormOperationIsRmsNorm(op))
    return MlirWalkResultAdvance;
  if (sites->count == sites->capacity) {
    sites->capacity = sites->capacity ? 2 * sites->capacity : 16;
    sites->at = realloc(sites->at, sites->capacity * sizeof *sites->at);
  }
  sites->at[sites->count++] = op;
  return MlirWalkResultAdvance;
}

static bool hasTensors(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (mlirTypeIsARankedTensor(mlirValueGetType(mlirOperationGetOperand(op, i))))
      return true;
  return false;
}

/* Reports why the op cannot be lowered. */
static bool check(MlirOperation op, const AddnormTarget *target, const AddnormLowering *lowering) {
  MlirLocation loc = mlirOperationGetLocation(op);
  if (hasTensors(op)) {
    mlirEmitError(loc, "addnorm-lower: the op is still on tensors; bufferize first "
                       "(one-shot-bufferize{bufferize-function-boundaries})");
    return false;
  }
  char reason[ADDNORM_SCHEDULE_TEXT], message[ADDNORM_SCHEDULE_TEXT + 64];
  if (target->plan(op, lowering, reason, sizeof reason))
    return true;
  snprintf(message, sizeof message, "addnorm-lower: target '%s' cannot run the op: %s",
           target->name, reason);
  mlirEmitError(loc, message);
  return false;
}

static bool checkAll(const Sites *sites, const AddnormTarget *target,
                     const AddnormLowering *lowering) {
  bool ok = true;
  for (size_t i = 0; i < sites->count; ++i)
    ok &= check(sites->at[i], target, lowering);
  return ok;
}

/* Finds what the options name; stores what there is not, and what there is instead. */
static const AddnormTarget *resolve(MlirOperation root, const AddnormLowerOptions *options,
                                    AddnormLowering *lowering, char *error, size_t size) {
  *lowering = (AddnormLowering){.root = root,
                                .cpu = findCpu(options->cpu),
                                .isSpmd = options->launch == ADDNORM_LAUNCH_SPMD,
                                .kernel = findKernel(options->kernel)};
  const AddnormTarget *target = findTarget(options->target);
  if (!target) {
    describeUnknownTarget(options->target, error, size);
    return NULL;
  }
  if (!lowering->cpu) {
    describeUnknownCpu(options->cpu, error, size);
    return NULL;
  }
  lowering->threads = addnormCpuThreads(lowering->cpu, options->threads);
  bool needsNpu = target == &addnormNpuTarget;
  return needsNpu && !findNpu(options, &lowering->npu, error, size) ? NULL : target;
}

bool addnormScheduleDescribe(MlirOperation op, const AddnormLowerOptions *options, char *text,
                             size_t size) {
  AddnormLowering lowering;
  const AddnormTarget *target = resolve(op, options, &lowering, text, size);
  return target && target->plan(op, &lowering, text, size);
}

/* What the targets emit. A pass has loaded them already; a plain call may not. */
static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__addnorm__(), mlirGetDialectHandle__cf__(),
                                 mlirGetDialectHandle__func__(),    mlirGetDialectHandle__arith__(),
                                 mlirGetDialectHandle__llvm__(),    mlirGetDialectHandle__math__(),
                                 mlirGetDialectHandle__memref__(),  mlirGetDialectHandle__scf__(),
                                 mlirGetDialectHandle__vector__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

MlirLogicalResult addnormLower(MlirOperation root, const AddnormLowerOptions *options) {
  AddnormLowering lowering;
  char error[1024], message[sizeof error + 16];
  const AddnormTarget *target = resolve(root, options, &lowering, error, sizeof error);
  if (!target) {
    snprintf(message, sizeof message, "addnorm-lower: %s", error);
    mlirEmitError(mlirOperationGetLocation(root), message);
    return mlirLogicalResultFailure();
  }
  loadDialects(mlirOperationGetContext(root));
  Sites sites = {0};
  mlirOperationWalk(root, collect, &sites, MlirWalkPreOrder);
  bool ok = checkAll(&sites, target, &lowering);
  for (size_t i = 0; ok && i < sites.count; ++i) {
    target->emit(sites.at[i], &lowering);
    mlirOperationDestroy(sites.at[i]);
  }
  addnormScratchPoolDestroy(&lowering.pool);
  addnormNpuKernelsDestroy(&lowering.kernels);
  free(sites.at);
  return ok ? mlirLogicalResultSuccess() : mlirLogicalResultFailure();
}
