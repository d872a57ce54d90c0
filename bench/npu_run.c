#include "bench/npu_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/reference.h"
#include "bench/cases.h"
#include "codegen/query.h"
#include "lib/exec/backend.h"
#include "lib/exec/jit.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"

_Static_assert((int)EXEC_F16 == ADDNORM_F16 && (int)EXEC_BF16 == ADDNORM_BF16 &&
                   (int)EXEC_F32 == ADDNORM_F32,
               "one numbering of types");

enum { LANES = 64 };

/* --- compiling ------------------------------------------------------------------------------- */

static const char head[] =
    "!data = memref<%1$" PRId64 "x%2$" PRId64 "x%3$s>\n"
    "!vector = memref<%2$" PRId64 "x%3$s>\n"
    "func.func @bench(%%x: !data, %%r: !data, %%gamma: !vector, %%y: !data, %%sum: !data)\n"
    "    attributes {llvm.emit_c_interface} {\n"
    "  addnorm.rms_norm(%%x, %%r : !data, !data) gamma(%%gamma : !vector) epsilon %4$.9e\n"
    "    outs(%%y : !data) %5$s {lanes = %6$d : i64}\n"
    "  return\n"
    "}\n";

static char *writeModel(const BenchNpuNorm *norm) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  fprintf(out, head, norm->rows, norm->n, execElementName(norm->type), (double)BENCH_EPSILON,
          norm->sum ? "sum(%sum : !data)" : "", LANES);
  fclose(out);
  return text;
}

static MlirWalkResult findNorm(MlirOperation op, void *found) {
  if (!irIs(op, "addnorm.rms_norm"))
    return MlirWalkResultAdvance;
  *(MlirOperation *)found = op;
  return MlirWalkResultInterrupt;
}

static bool lower(ExecModel *model, const AddnormNpuTarget *target, BenchNpuRun *run) {
  MlirOperation root = mlirModuleGetOperation(model->module), op = {NULL};
  mlirOperationWalk(root, findNorm, &op, MlirWalkPreOrder);
  run->query = addnormScheduleQueryOf(op);
  const char *reason = addnormNpuScheduleCompute(&run->query, target, &run->schedule);
  if (reason)
    return execFail(model->error, "%s: %s", target->name, reason);
  AddnormLowerOptions npu = {.target = irStr("npu"), .npuTarget = target};
  AddnormDmaToCallsOptions calls = {.trace = target};
  ExecLowering host = {.target = "loops"};
  return mlirLogicalResultIsSuccess(addnormLower(root, &npu)) &&
         mlirLogicalResultIsSuccess(addnormDmaToCalls(root, &calls)) &&
         execLowerToLlvm(model, &host);
}

static bool compile(ExecJit *jit, BenchNpuRun *run, const BenchNpuNorm *norm,
                    const AddnormNpuTarget *target, ExecError *error) {
  ExecModel model;
  LLVMMemoryBufferRef object = NULL;
  char *text = writeModel(norm);
  if (execModelParse(&model, "norm", text, error) && lower(&model, target, run)) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = execTranslate(&model, context);
    if (module)
      object = execEmitObject(module, addnormCpuNative(), error);
    if (module)
      LLVMDisposeModule(module);
    LLVMContextDispose(context);
  }
  execModelDestroy(&model);
  free(text);
  return object && execJitCreate(jit, object, "_mlir_ciface_bench", error);
}

/* --- calling --------------------------------------------------------------------------------- */

/* MLIR's descriptor of a memref of rank 2, or 1: then the size and stride are the first two. */
typedef struct Memref {
  void *allocated, *aligned;
  int64_t offset, sizesAndStrides[4];
} Memref;

static Memref matrix(const BenchNpuNorm *norm, const void *data) {
  return (Memref){(void *)data, (void *)data, 0, {norm->rows, norm->n, norm->n, 1}};
}

typedef void (*Kernel)(Memref *x, Memref *r, Memref *gamma, Memref *y, Memref *sum);

typedef struct Call {
  Kernel kernel;
  Memref x, r, gamma, y, sum;
} Call;

static void runCall(void **slots) {
  Call *c = slots[0];
  c->kernel(&c->x, &c->r, &c->gamma, &c->y, &c->sum);
}

static void ignoreReturn(void *data) { (void)data; }

/* Under the eyes of execJitCall, which catches an assertion of the compiled code. */
static bool call(const ExecJit *compiled, const BenchNpuNorm *norm, ExecError *error) {
  Call call = {.kernel = (Kernel)(void (*)(void))compiled->function,
               .x = matrix(norm, norm->x),
               .r = matrix(norm, norm->r),
               .gamma = {(void *)norm->gamma, (void *)norm->gamma, 0, {norm->n, 1}},
               .y = matrix(norm, norm->y),
               .sum = matrix(norm, norm->sum)};
  void *slots[] = {&call};
  ExecJit jit = {.function = runCall};
  return execJitCall(&jit, slots, ignoreReturn, NULL, NULL, error);
}

/* --- the machine ----------------------------------------------------------------------------- */

static bool addBuffers(AddnormMachine *machine, const BenchNpuNorm *norm) {
  int64_t row = norm->n * (int64_t)execElementSize(norm->type), all = norm->rows * row;
  return addnormMachineAddBuffer(machine, "x", norm->x, all, ADDNORM_MACHINE_READ) &&
         addnormMachineAddBuffer(machine, "r", norm->r, all, ADDNORM_MACHINE_READ) &&
         addnormMachineAddBuffer(machine, "gamma", norm->gamma, row, ADDNORM_MACHINE_READ) &&
         addnormMachineAddBuffer(machine, "y", norm->y, all, ADDNORM_MACHINE_WRITE) &&
         (!norm->sum ||
          addnormMachineAddBuffer(machine, "sum", norm->sum, all, ADDNORM_MACHINE_WRITE));
}

/* What it has seen of the call. */
static bool read(AddnormMachine *machine, BenchNpuRun *run, FILE *timeline) {
  addnormMachineFinish(machine);
  run->hazards = addnormMachineHazardCount(machine);
  addnormMachinePrintHazards(machine, stderr);
  run->counters = addnormMachineCount(machine, 0, -1);
  return addnormMachineReplay(machine, 0, NULL, &run->cycles, NULL, NULL) &&
         (!timeline || addnormMachineDrawTimeline(machine, 0, NULL, timeline));
}

bool benchNpuRun(BenchNpuRun *run, const BenchNpuNorm *norm, const AddnormNpuTarget *target,
                 FILE *timeline, ExecError *error) {
  *run = (BenchNpuRun){0};
  ExecJit jit = {0};
  AddnormMachine *machine = addnormMachineCreate(target, ADDNORM_MACHINE_CONTINUE);
  addnormMachineUse(machine);
  bool ok = (machine && addBuffers(machine, norm)) ||
            execFail(error, "no memory for the machine %s", target->name);
  ok = ok && compile(&jit, run, norm, target, error) && call(&jit, norm, error);
  ok = ok && (read(machine, run, timeline) ||
              execFail(error, "no memory to replay a run of %s", target->name));
  execJitDestroy(&jit);
  addnormMachineDestroy(machine);
  return ok;
}

/* --- the reference --------------------------------------------------------------------------- */

bool benchNpuReference(const BenchNpuNorm *norm, ExecError *error) {
  const AddnormElementType type = (AddnormElementType)norm->type;
  const int64_t shape[] = {norm->rows, norm->n};
  const AddnormTensor addends[] = {{(void *)norm->x, type, 2, shape, NULL},
                                   {(void *)norm->r, type, 2, shape, NULL}};
  const AddnormTensor gamma = {(void *)norm->gamma, type, 1, shape + 1, NULL};
  const AddnormTensor y = {norm->y, type, 2, shape, NULL};
  const AddnormTensor sum = {norm->sum, type, 2, shape, NULL};
  AddnormReference reference = {.numAddends = 2,
                                .addends = addends,
                                .gamma = &gamma,
                                .epsilon = BENCH_EPSILON,
                                .lanes = LANES,
                                .y = &y,
                                .sum = norm->sum ? &sum : NULL};
  AddnormError reason;
  return addnormReferenceExact(&reference, &reason) == ADDNORM_OK ||
         execFail(error, "the reference: %s", reason.text);
}
