/* addnorm-lower: finds the target and the processor, checks and schedules every op, then lets the
 * target emit.
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
#include "mlir-c/Dialect/LLVM.h"
#include "mlir-c/Dialect/Math.h"
#include "mlir-c/Dialect/MemRef.h"
#include "mlir-c/Dialect/SCF.h"
#include "mlir-c/Dialect/Vector.h"

static const AddnormTarget *const targets[] = {&addnormLoopsTarget, &addnormVectorTarget};
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

/* What the ops of a module are lowered for; null where the options name none. */
typedef struct Machine {
  const AddnormTarget *target;
  const AddnormCpu *cpu;
  int64_t threads;
} Machine;

static Machine findMachine(const AddnormLowerOptions *options) {
  Machine machine = {.target = findTarget(options->target), .cpu = findCpu(options->cpu)};
  if (machine.cpu)
    machine.threads = addnormCpuThreads(machine.cpu, options->threads);
  return machine;
}

static bool isInParallel(MlirOperation op) {
  while (!mlirOperationIsNull(op = mlirOperationGetParentOperation(op)))
    if (irIs(op, "scf.parallel") || irIs(op, "scf.forall"))
      return true;
  return false;
}

static AddnormTargetInfo infoFor(MlirOperation op, const Machine *machine) {
  if (!machine->target->takesCpu)
    return machine->target->info;
  AddnormTargetInfo info = machine->cpu->info;
  info.cores = isInParallel(op) ? 1 : machine->threads;
  return info;
}

static void reportUnknown(MlirOperation root, const char *kind, MlirStringRef name,
                          const char *known) {
  char message[1024];
  snprintf(message, sizeof message, "addnorm-lower: unknown %s '%.*s'; known: %s", kind,
           (int)(name.length < 100 ? name.length : 100), name.data, known);
  mlirEmitError(mlirOperationGetLocation(root), message);
}

static void reportUnknownTarget(MlirOperation root, MlirStringRef name) {
  char known[512];
  int length = 0;
  for (int i = 0; i < NUM_TARGETS; ++i)
    length += snprintf(known + length, sizeof known - (size_t)length, "%s%s (%s)", i ? ", " : "",
                       targets[i]->name, targets[i]->summary);
  reportUnknown(root, "target", name, known);
}

static void reportUnknownCpu(MlirOperation root, MlirStringRef name) {
  char known[512];
  addnormCpuList(known, sizeof known);
  reportUnknown(root, "processor", name, known);
}

/* An op to lower and how. */
typedef struct Site {
  MlirOperation op;
  AddnormSchedule schedule;
} Site;

typedef struct Sites {
  Site *at;
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
  sites->at[sites->count++].op = op;
  return MlirWalkResultAdvance;
}

/* The product of the leading dimensions; dynamic unless all of them are static or one is zero. */
static int64_t countRows(MlirType type) {
  int64_t rows = 1;
  bool dynamic = false;
  for (int64_t d = 0, leading = mlirShapedTypeGetRank(type) - 1; d < leading; ++d) {
    if (mlirShapedTypeIsDynamicDim(type, d)) {
      dynamic = true;
      continue;
    }
    int64_t size = mlirShapedTypeGetDimSize(type, d);
    if (size == 0)
      return 0;
    if (__builtin_mul_overflow(rows, size, &rows))
      rows = INT64_MAX;
  }
  return dynamic ? ADDNORM_DYNAMIC : rows;
}

static void addOperand(AddnormScheduleQuery *query, MlirValue operand, int64_t fullRank) {
  if (mlirValueIsNull(operand))
    return;
  MlirType type = mlirValueGetType(operand);
  MlirType element = mlirShapedTypeGetElementType(type);
  int64_t bytes = mlirFloatTypeGetWidth(element) / 8;
  query->bf16 |= mlirTypeIsABF16(element);
  bool isFull = mlirShapedTypeGetRank(type) == fullRank;
  query->onlyBF16 &= mlirTypeIsABF16(element) || !isFull;
  query->onlyF32 &= mlirTypeIsAF32(element) || !isFull;
  *(isFull ? &query->elementBytes : &query->vectorBytes) += bytes;
  if (query->narrowestBytes == 0 || bytes < query->narrowestBytes)
    query->narrowestBytes = bytes;
}

/* Whether the rstd of successive rows may lie apart. */
static bool isApart(MlirValue rstd) {
  MlirType type = mlirValueIsNull(rstd) ? (MlirType){NULL} : mlirValueGetType(rstd);
  return !mlirTypeIsNull(type) && mlirTypeIsAMemRef(type) &&
         !mlirAffineMapIsIdentity(mlirMemRefTypeGetAffineMap(type));
}

static AddnormScheduleQuery queryOf(MlirOperation op) {
  MlirType type = mlirValueGetType(addnormRmsNormGetYInit(op));
  int64_t rank = mlirShapedTypeGetRank(type);
  AddnormScheduleQuery query = {.rows = countRows(type),
                                .n = mlirShapedTypeIsDynamicDim(type, rank - 1)
                                         ? ADDNORM_DYNAMIC
                                         : mlirShapedTypeGetDimSize(type, rank - 1),
                                .onlyBF16 = true,
                                .onlyF32 = true,
                                .rstd = !mlirValueIsNull(addnormRmsNormGetRstdInit(op)),
                                .rstdApart = isApart(addnormRmsNormGetRstdInit(op)),
                                .lanes = addnormRmsNormGetLanes(op),
                                .chunk = addnormRmsNormGetChunk(op)};
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(op); ++i) {
    MlirValue addend = addnormRmsNormGetAddend(op, i);
    addOperand(&query, addend, rank);
    query.f16 |= mlirTypeIsAF16(irElementType(mlirValueGetType(addend)));
  }
  query.addendBytes = query.elementBytes;
  query.biasBytes = query.vectorBytes;
  addOperand(&query, addnormRmsNormGetGamma(op), rank);
  addOperand(&query, addnormRmsNormGetYInit(op), rank);
  addOperand(&query, addnormRmsNormGetSumInit(op), rank);
  return query;
}

static bool hasTensors(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (mlirTypeIsARankedTensor(mlirValueGetType(mlirOperationGetOperand(op, i))))
      return true;
  return false;
}

/* Reports why the op cannot be lowered, or completes the site. */
static bool prepare(Site *site, const Machine *machine) {
  MlirLocation loc = mlirOperationGetLocation(site->op);
  if (hasTensors(site->op)) {
    mlirEmitError(loc, "addnorm-lower: the op is still on tensors; bufferize first "
                       "(one-shot-bufferize{bufferize-function-boundaries})");
    return false;
  }
  AddnormScheduleQuery query = queryOf(site->op);
  AddnormTargetInfo info = infoFor(site->op, machine);
  const char *reason = addnormScheduleCompute(&query, &info, &site->schedule);
  if (!reason)
    return true;
  char message[256];
  snprintf(message, sizeof message, "addnorm-lower: target '%s' cannot run the op: %s",
           machine->target->name, reason);
  mlirEmitError(loc, message);
  return false;
}

static bool prepareAll(const Sites *sites, const Machine *machine) {
  bool ok = true;
  for (size_t i = 0; i < sites->count; ++i)
    ok &= prepare(&sites->at[i], machine);
  return ok;
}

const char *addnormScheduleDescribe(MlirOperation op, const AddnormLowerOptions *options,
                                    char *json, size_t size) {
  Machine machine = findMachine(options);
  if (!machine.target || !machine.cpu)
    return machine.target ? "unknown processor" : "unknown target";
  AddnormScheduleQuery query = queryOf(op);
  AddnormTargetInfo info = infoFor(op, &machine);
  AddnormSchedule schedule;
  const char *reason = addnormScheduleCompute(&query, &info, &schedule);
  if (!reason)
    addnormScheduleToJson(&schedule, json, size);
  return reason;
}

/* What the targets emit. A pass has loaded them already; a plain call may not. */
static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__arith__(), mlirGetDialectHandle__llvm__(),
                                 mlirGetDialectHandle__math__(),  mlirGetDialectHandle__memref__(),
                                 mlirGetDialectHandle__scf__(),   mlirGetDialectHandle__vector__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

MlirLogicalResult addnormLower(MlirOperation root, const AddnormLowerOptions *options) {
  Machine machine = findMachine(options);
  if (!machine.target)
    reportUnknownTarget(root, options->target);
  else if (!machine.cpu)
    reportUnknownCpu(root, options->cpu);
  if (!machine.target || !machine.cpu)
    return mlirLogicalResultFailure();
  loadDialects(mlirOperationGetContext(root));
  Sites sites = {0};
  mlirOperationWalk(root, collect, &sites, MlirWalkPreOrder);
  bool ok = prepareAll(&sites, &machine);
  AddnormScratchPool pool = {0};
  for (size_t i = 0; ok && i < sites.count; ++i) {
    machine.target->emit(sites.at[i].op, &sites.at[i].schedule, &pool);
    mlirOperationDestroy(sites.at[i].op);
  }
  addnormScratchPoolDestroy(&pool);
  free(sites.at);
  return ok ? mlirLogicalResultSuccess() : mlirLogicalResultFailure();
}
