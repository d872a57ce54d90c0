/* npu-mutate-ir DIRECTORY: makes one mistake at a time in the code that addnorm-lower{target=npu}
 * leaves, compiles it and requires that the reference machine finds it. The kernels are small, on
 * machines of the directory. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"
#include "mutations.h"
#include "test/numeric/case.h"
#include "test/numeric/values.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A kernel and what it runs on. Each core has more steps than buffers, so that every one is used
 * again; in multi pass a row has an odd number of tiles, so that each row's rstd leaves by another
 * buffer than the last one's. */
typedef struct Subject {
  const char *machine; /* a file of the directory */
  int64_t rows, n, pad;
  KernelSpec spec;
} Subject;

#define NORM(FORMAT)                                                                               \
  .numAddends = 2, .addends = {FORMAT, FORMAT}, .gamma = FORMAT, .y = FORMAT, .sum = FORMAT,       \
  .rstd = true, .epsilon = 1e-5f

#define PLAIN_NORM(FORMAT) .numAddends = 1, .addends = {FORMAT}, .y = FORMAT, .epsilon = 1e-5f
#define BIASED_NORM(FORMAT, BIAS)                                                                  \
  .numAddends = 2, .addends = {FORMAT, BIAS}, .bias = {false, true}, .y = FORMAT, .epsilon = 1e-5f

/* The first of each machine has everything, the others what they are about. */
static const Subject subjects[] = {
    {"tiny", 59, 8, 0, {"aligned rows, rstd apart", {NORM(F16)}, .rank = 2, .n = 8}},
    {"tiny", 59, 8, 3, {"rows not aligned", {PLAIN_NORM(F16), .rstd = true}, .rank = 2, .n = 8}},
    {"tiny", 59, 40, 0, {"contiguous", {NORM(BF16)}, .rank = 2, .n = 40, .contiguous = true}},
    {"tiny", 59, 20, 0, {"bias", {BIASED_NORM(F32, F16)}, .rank = 2, .n = 20}},
    {"tiny", 9, 180, 0, {"all of t kept", {NORM(F32)}, .rank = 2, .n = 180}},
    {"tiny", 5, 1000, 1, {"some of t kept", {NORM(F16)}, .rank = 2, .n = 1000}},
    {"tiny", 3, 680, 0, {"rows of any length", {PLAIN_NORM(F32), .sum = F32}, .rank = 2}},
    {"slow", 4, 150, 0, {"one buffer", {NORM(F32)}, .rank = 2, .n = 150, .contiguous = true}},
    {"slow", 19, 27, 0, {"no masks", {PLAIN_NORM(F16), .sum = F16}, .rank = 2, .n = 27}},
};

/* --- calls ----------------------------------------------------------------------------------- */

typedef struct Memory {
  Arguments arguments;
  size_t bytes[3]; /* of y, sum and rstd */
} Memory;

static void *allocate(size_t bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }

static Tensor makeAddend(const Subject *s, int k) {
  const Norm *norm = &s->spec.norm;
  int64_t rows = norm->bias[k] ? 1 : s->rows, stride = s->n + s->pad;
  void *data = allocate((size_t)(rows * stride) * sizeof(float));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < stride; ++i)
      encode(norm->addends[k], data, r * stride + i,
             addendValue(norm->addends[k], ORDINARY, k, r, i, stride));
  return (Tensor){data, stride};
}

static Memory memoryCreate(const Subject *s) {
  const Norm *norm = &s->spec.norm;
  Memory m = {.arguments = {.rows = s->rows, .n = s->n}};
  Arguments *a = &m.arguments;
  for (int k = 0; k < norm->numAddends; ++k)
    a->addends[k] = makeAddend(s, k);
  a->gamma = allocate((size_t)s->n * sizeof(float));
  for (int64_t i = 0; norm->gamma && i < s->n; ++i)
    encode(norm->gamma, a->gamma, i, gammaValue(i));
  size_t elements = (size_t)(s->rows * (s->n + s->pad));
  m.bytes[0] = m.bytes[1] = elements * sizeof(float);
  m.bytes[2] = (size_t)s->rows * sizeof(float);
  a->y = (Tensor){allocate(m.bytes[0]), s->n + s->pad};
  a->sum = (Tensor){allocate(m.bytes[1]), s->n + s->pad};
  a->rstd = allocate(m.bytes[2]);
  return m;
}

static void memoryDestroy(Memory *m) {
  for (int k = 0; k < MAX_ADDENDS; ++k)
    free(m->arguments.addends[k].data);
  free(m->arguments.gamma);
  free(m->arguments.y.data);
  free(m->arguments.sum.data);
  free(m->arguments.rstd);
}

static void *result(const Memory *m, int i) {
  void *const results[] = {m->arguments.y.data, m->arguments.sum.data, m->arguments.rstd};
  return results[i];
}

static bool sameResults(const Memory *a, const Memory *b) {
  bool same = true;
  for (int i = 0; i < 3; ++i)
    same &= memcmp(result(a, i), result(b, i), a->bytes[i]) == 0;
  return same;
}

/* Calls the kernel; what it does not store stays as it is not. */
static void call(const Kernel *kernel, const Memory *m) {
  for (int i = 0; i < 3; ++i)
    memset(result(m, i), 0xa5, m->bytes[i]);
  kernelCall(kernel, &m->arguments);
  addnormMachineFinish(kernel->machine);
}

/* --- code ------------------------------------------------------------------------------------ */

enum { MAX_OPS = 4096 };

/* All ops of a module, in one order for all copies of it. */
typedef struct Ops {
  MlirOperation at[MAX_OPS];
  int count;
} Ops;

static MlirWalkResult collect(MlirOperation op, void *data) {
  Ops *ops = data;
  if (ops->count == MAX_OPS) {
    fprintf(stderr, "npu-mutate-ir: a kernel of more than %d ops\n", MAX_OPS);
    exit(EXIT_FAILURE);
  }
  ops->at[ops->count++] = op;
  return MlirWalkResultAdvance;
}

static Ops opsOf(MlirModule module) {
  Ops ops = {.count = 0};
  mlirOperationWalk(mlirModuleGetOperation(module), collect, &ops, MlirWalkPreOrder);
  return ops;
}

static MlirModule copyOf(MlirModule module) {
  return mlirModuleFromOperation(mlirOperationClone(mlirModuleGetOperation(module)));
}

static bool canHaveMistake(MlirOperation op) {
  for (int m = 0; m < numMutations; ++m)
    if (irIs(op, mutations[m].op))
      return true;
  return false;
}

/* How often each op was run in a call: compiled code counts for itself. */
static long runs[MAX_OPS];

static void countRun(int64_t op) { ++runs[op]; }

static void insertCounters(MlirModule module) {
  static const char name[] = "countRun";
  Ops ops = opsOf(module);
  for (int i = 0; i < ops.count; ++i) {
    if (!canHaveMistake(ops.at[i]))
      continue;
    IrBuilder b = irBuilderBefore(ops.at[i]);
    MlirValue number = irIntegerConstant(&b, mlirIntegerTypeGet(b.context, 64), i);
    IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b.context, irStr(name))}, {NULL, {NULL}}};
    irOp(&b, "func.call", 1, &number, 0, NULL, attrs, 0, NULL);
  }
  MlirOperation root = mlirModuleGetOperation(module);
  IrBuilder top = irBuilderAtEnd(mlirModuleGetBody(module), mlirOperationGetLocation(root));
  MlirType i64 = mlirIntegerTypeGet(top.context, 64);
  MlirRegion body = mlirRegionCreate();
  IrAttr attrs[] = {
      {"sym_name", mlirStringAttrGet(top.context, irStr(name))},
      {"function_type", mlirTypeAttrGet(mlirFunctionTypeGet(top.context, 1, &i64, 0, NULL))},
      {"sym_visibility", mlirStringAttrGet(top.context, irStr("private"))},
      {NULL, {NULL}}};
  irOp(&top, "func.func", 0, NULL, 0, NULL, attrs, 1, &body);
}

/* --- mistakes -------------------------------------------------------------------------------- */

enum { NUM_KINDS = ADDNORM_HAZARD_ACCESS_BOUNDS + 1, MAX_MUTATIONS = 64 };

typedef struct Run {
  MlirContext context;
  Backend backend;
  const Subject *subject;
  bool isFirst;         /* of its machine */
  MlirModule code;      /* as addnorm-lower leaves it */
  Memory memory, right; /* the latter with what the right code stores */
  int64_t usedBytes;    /* of the scratchpad */
  bool usesCores;       /* more than one */
} Run;

/* Of all mistakes. */
static struct {
  long mutants, missed, wrong;
  long made[MAX_MUTATIONS]; /* by number of the mutation */
  long hazards[NUM_KINDS];
} tally;

static Kernel finish(const Run *run, MlirModule code) {
  return kernelFinish(run->context, &run->backend, &run->subject->spec, code);
}

/* Calls the kernel and looks whether the mistake is found: as the first hazard, one of `kinds`, or
 * else in the results if it may be. */
static void judge(const Run *run, const Kernel *kernel, const char *mistake, uint32_t kinds,
                  bool orWrong) {
  call(kernel, &run->memory);
  const AddnormHazard *first = addnormMachineHazard(kernel->machine, 0);
  bool isWrong = !sameResults(&run->memory, &run->right);
  ++tally.mutants;
  ++*(first ? &tally.hazards[first->kind] : &tally.wrong);
  if (first ? kinds >> first->kind & 1 : orWrong && isWrong)
    return;
  ++tally.missed;
  fprintf(stderr, "missed: %s: %s: results %s\n", run->subject->spec.name, mistake,
          isWrong ? "wrong" : "right");
  addnormMachinePrintHazards(kernel->machine, stderr);
}

/* Makes mutation `m` at op number `op`, if it is a mistake there. */
static void mutate(const Run *run, int m, int op) {
  const Mutation *mutation = &mutations[m];
  if ((mutation->ofCall && !run->isFirst) || (mutation->needsCores && !run->usesCores))
    return;
  MlirModule code = copyOf(run->code);
  Ops ops = opsOf(code);
  if (mutation->make(ops.at[op])) {
    mlirModuleDestroy(code);
    return;
  }
  if (!mlirOperationVerify(mlirModuleGetOperation(code))) {
    fprintf(stderr, "%s: %s: no valid code\n", run->subject->spec.name, mutation->name);
    exit(EXIT_FAILURE);
  }
  Kernel kernel = finish(run, code);
  judge(run, &kernel, mutation->name, mutation->kinds, mutation->orWrong);
  ++tally.made[m];
  kernelDestroy(&kernel);
}

/* The right code on a machine that has less than its description says. */
static void runOnWorse(const Run *run, const AddnormNpuTarget *worse, const char *mistake,
                       AddnormHazardKind kind) {
  Kernel kernel = finish(run, copyOf(run->code));
  addnormMachineDestroy(kernel.machine);
  kernel.machine = addnormMachineCreate(worse, 0);
  judge(run, &kernel, mistake, 1u << kind, false);
  kernelDestroy(&kernel);
}

static void runOnWorseMachines(const Run *run) {
  AddnormNpuTarget target, worse;
  char error[256];
  addnormNpuTargetFind(run->backend.npu, &target, error, sizeof error);
  worse = target;
  worse.scratchpadBytes = run->usedBytes - 1;
  runOnWorse(run, &worse, "a byte less of scratchpad than it takes", ADDNORM_HAZARD_CAPACITY);
  worse = target;
  worse.scratchpadAlignment = 4096;
  runOnWorse(run, &worse, "scratchpad that has to be aligned to more", ADDNORM_HAZARD_ALIGNMENT);
  worse = target;
  worse.maxRowBytes = 1;
  runOnWorse(run, &worse, "rows of one byte at most", ADDNORM_HAZARD_LIMIT);
  worse = target;
  if (--worse.queues)
    runOnWorse(run, &worse, "one queue less", ADDNORM_HAZARD_LIMIT);
  worse = target;
  if (--worse.cores)
    runOnWorse(run, &worse, "one core less", ADDNORM_HAZARD_NO_KERNEL);
}

/* Emitted code calls nothing after a call that has failed. */
static void callAfterError(const Run *run) {
  AddnormNpuTarget target;
  char error[256];
  addnormNpuTargetFind(run->backend.npu, &target, error, sizeof error);
  AddnormMachine *machine = addnormMachineCreate(&target, 0);
  addnormMachineUse(machine);
  addnormNpuScratchpad(0, 0, target.scratchpadBytes + 1);
  addnormNpuDmaWait(0, 0);
  const AddnormHazard *second = addnormMachineHazard(machine, 1);
  ++tally.mutants;
  if (second && second->kind == ADDNORM_HAZARD_AFTER_ERROR)
    ++tally.hazards[ADDNORM_HAZARD_AFTER_ERROR];
  else
    ++tally.missed;
  addnormMachineDestroy(machine);
}

/* --- subjects -------------------------------------------------------------------------------- */

/* The right code: its bits, without a hazard; what it runs, uses and stores. */
static bool measure(Run *run) {
  const Subject *s = run->subject;
  Kernel kernel = finish(run, copyOf(run->code));
  bool ok = caseCheck(&(Case){.kernel = &kernel, .rows = s->rows, .n = s->n, .pad = s->pad});
  kernelDestroy(&kernel);

  MlirModule counting = copyOf(run->code);
  insertCounters(counting);
  kernel = finish(run, counting);
  mlirExecutionEngineRegisterSymbol(kernel.engine, irStr("countRun"),
                                    (void *)(uintptr_t)(void (*)(void))countRun);
  memset(runs, 0, sizeof runs);
  call(&kernel, &run->right);
  AddnormMachineCounters counters = addnormMachineCount(kernel.machine, -1, -1);
  run->usedBytes = counters.peakScratchpad;
  run->usesCores = counters.kernels > 1;
  ok &= addnormMachineHazardCount(kernel.machine) == 0;
  kernelDestroy(&kernel);
  return ok;
}

static void mutateAll(const Run *run) {
  Ops ops = opsOf(run->code);
  for (int i = 0; i < ops.count; ++i)
    for (int m = 0; m < numMutations; ++m)
      if (runs[i] && irIs(ops.at[i], mutations[m].op))
        mutate(run, m, i);
  runOnWorseMachines(run);
  if (run->isFirst)
    callAfterError(run);
}

static bool testSubject(MlirContext context, const char *directory, const Subject *subject) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s.json", directory, subject->machine);
  Run run = {.context = context,
             .backend = {.target = "npu", .threads = 1, .npu = path},
             .subject = subject,
             .isFirst = subject == subjects || strcmp(subject[-1].machine, subject->machine) != 0,
             .memory = memoryCreate(subject),
             .right = memoryCreate(subject)};
  run.code = kernelLower(context, &run.backend, &subject->spec);
  bool ok = !mlirModuleIsNull(run.code);
  if (ok) {
    ok = measure(&run);
    if (ok)
      mutateAll(&run);
    mlirModuleDestroy(run.code);
  }
  memoryDestroy(&run.memory);
  memoryDestroy(&run.right);
  if (!ok)
    fprintf(stderr, "%s: not right before any mistake\n", subject->spec.name);
  return ok;
}

/* Whether each mutation was made, and each kind of hazard found. */
static bool isComplete(void) {
  bool ok = true;
  for (int m = 0; m < numMutations; ++m)
    if (!tally.made[m]) {
      fprintf(stderr, "never made: %s\n", mutations[m].name);
      ok = false;
    }
  for (int kind = 0; kind < NUM_KINDS; ++kind)
    if (!tally.hazards[kind]) {
      fprintf(stderr, "never found: %s\n", addnormHazardName((AddnormHazardKind)kind));
      ok = false;
    }
  return ok;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: npu-mutate-ir DIRECTORY\n");
    return EXIT_FAILURE;
  }
  MlirContext context = kernelContextCreate();
  bool ok = true;
  for (size_t i = 0; i < COUNT(subjects); ++i)
    ok &= testSubject(context, argv[1], &subjects[i]);
  mlirContextDestroy(context);
  ok &= isComplete();
  printf("%ld mutants, %ld missed; kinds:", tally.mutants, tally.missed);
  for (int kind = 0; kind < NUM_KINDS; ++kind)
    printf(" %s %ld,", addnormHazardName((AddnormHazardKind)kind), tally.hazards[kind]);
  printf(" none but wrong results %ld\n", tally.wrong);
  return ok && tally.missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
