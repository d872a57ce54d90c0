/* npu-mutate: makes one mistake at a time in what code of target npu asks the runtime for, and
 * looks whether the reference machine finds it. A mistake is made at one place in the code, each
 * time it is run or only the last time; the rest is as it was compiled. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

typedef enum Mutation {
  NONE,
  TAKE_TOO_MUCH,
  TAKE_TOO_LITTLE,
  TAKE_EARLIER,
  TAKE_OF_OTHER_CORE,
  DROP_START,
  REPEAT_START,
  FREE_TAG,
  OTHER_TAG,
  NO_SUCH_QUEUE,
  OTHER_CORE,
  MORE_ROWS,
  LONGER_ROWS,
  ODD_PITCH,
  FAR_SOURCE,
  FAR_DESTINATION,
  ODD_SCRATCHPAD,
  SHIFTED_SCRATCHPAD,
  OTHER_BUFFER,
  DROP_WAIT,
  REPEAT_WAIT,
  LATE_WAIT,
  WAIT_FREE_TAG,
  WAIT_OTHER_TAG,
  WAIT_OTHER_CORE,
  NUM_MUTATIONS
} Mutation;

/* What may become of a mistake besides a hazard. */
typedef enum Expectation {
  REPORTED,    /* nothing */
  OR_HARMLESS, /* it may not matter where it was made: the results are right although the machine
                  does the worst that it may */
  OR_WRONG     /* what is asked for is in order, but the results are not right */
} Expectation;

static const struct {
  const char *name;
  SiteKind kind;
  Expectation expectation;
} mutations[NUM_MUTATIONS] = {
    [TAKE_TOO_MUCH] = {"more scratchpad than there is", SITE_SCRATCHPAD, REPORTED},
    [TAKE_TOO_LITTLE] = {"half of the scratchpad", SITE_SCRATCHPAD, OR_HARMLESS},
    [TAKE_EARLIER] = {"scratchpad over another part", SITE_SCRATCHPAD, REPORTED},
    [TAKE_OF_OTHER_CORE] = {"scratchpad of another core", SITE_SCRATCHPAD, REPORTED},
    [DROP_START] = {"no transfer", SITE_START, OR_WRONG},
    [REPEAT_START] = {"transfer twice", SITE_START, REPORTED},
    [FREE_TAG] = {"tag that nobody waits for", SITE_START, REPORTED},
    [OTHER_TAG] = {"tag of the other buffer", SITE_START, OR_HARMLESS},
    [NO_SUCH_QUEUE] = {"queue that does not exist", SITE_START, REPORTED},
    [OTHER_CORE] = {"transfer of another core", SITE_START, REPORTED},
    [MORE_ROWS] = {"one row more", SITE_START, REPORTED},
    [LONGER_ROWS] = {"rows longer than the scratchpad", SITE_START, REPORTED},
    [ODD_PITCH] = {"pitch not aligned", SITE_START, OR_HARMLESS},
    [FAR_SOURCE] = {"source out of bounds", SITE_START, REPORTED},
    [FAR_DESTINATION] = {"destination out of bounds", SITE_START, REPORTED},
    [ODD_SCRATCHPAD] = {"scratchpad side not aligned", SITE_START, REPORTED},
    [SHIFTED_SCRATCHPAD] = {"scratchpad side shifted", SITE_START, OR_WRONG},
    [OTHER_BUFFER] = {"the other buffer", SITE_START, OR_WRONG},
    [DROP_WAIT] = {"no wait", SITE_WAIT, REPORTED},
    [REPEAT_WAIT] = {"wait twice", SITE_WAIT, REPORTED},
    [LATE_WAIT] = {"wait at the end of the block", SITE_WAIT, OR_HARMLESS},
    [WAIT_FREE_TAG] = {"wait for a tag of no transfer", SITE_WAIT, REPORTED},
    [WAIT_OTHER_TAG] = {"wait for the other buffer", SITE_WAIT, OR_HARMLESS},
    [WAIT_OTHER_CORE] = {"wait of another core", SITE_WAIT, REPORTED},
};

/* The mistake of the run. */
static struct {
  Mutation mutation;
  int site;
  bool onlyLast;
  bool isLate; /* a wait is still to come, */
  int64_t lateCore, lateTag;
  long times[MAX_SITES], before[MAX_SITES]; /* run so far; in the right program */
} now;

static AddnormNpuTarget target = {.name = "small",
                                  .cores = 2,
                                  .scratchpadBytes = 24 << 10,
                                  .scratchpadAlignment = 32,
                                  .globalAlignment = 32,
                                  .burstBytes = 32,
                                  .queues = 2,
                                  .vectorBytes = 64,
                                  .vectorRegisters = 32,
                                  .lanes = 64,
                                  .maskedMemory = true,
                                  .f32Cost = 1,
                                  .f16Cost = 1,
                                  .bf16Cost = 1,
                                  .convertCost = 1,
                                  .memoryCost = 1,
                                  .maskCost = 1,
                                  .scalarCost = 1,
                                  .rootCost = 10,
                                  .queueBytesPerCycle = 32,
                                  .memoryBytesPerCycle = 64,
                                  .latencyCycles = 100,
                                  .issueCycles = 10,
                                  .launchCycles = 100,
                                  .clockGHz = 1};

/* Parts of the scratchpad of the kernel that runs. */
static struct {
  char *begin;
  int64_t bytes;
} parts[MAX_SITES];
static int numParts;

static bool isMistaken(int64_t site) {
  long times = ++now.times[site];
  return now.mutation != NONE && site == now.site && (!now.onlyLast || times == now.before[site]);
}

void *mutantScratchpad(int64_t site, int64_t core, int64_t offset, int64_t bytes) {
  Mutation mutation = isMistaken(site) ? now.mutation : NONE;
  bytes += mutation == TAKE_TOO_MUCH ? target.scratchpadBytes : 0;
  bytes /= mutation == TAKE_TOO_LITTLE ? 2 : 1;
  core += mutation == TAKE_OF_OTHER_CORE;
  if (mutation == TAKE_EARLIER)
    offset = offset ? offset - target.scratchpadAlignment : offset + target.scratchpadAlignment;
  numParts = offset ? numParts : 0;
  char *part = addnormNpuScratchpad(core, offset, bytes);
  parts[numParts].begin = part;
  parts[numParts++].bytes = bytes;
  return part;
}

/* The place for the other one of two tiles. */
static char *otherBuffer(char *pointer) {
  for (int i = 0; i < numParts; ++i) {
    int64_t offset = pointer - parts[i].begin, half = parts[i].bytes / 2;
    if (parts[i].begin && offset >= 0 && offset < parts[i].bytes)
      return pointer + (offset < half ? half : -half);
  }
  return NULL;
}

/* What is wrong with the scratchpad's side of a transfer. */
static char *misplaced(char *pointer, Mutation mutation) {
  if (!otherBuffer(pointer))
    return pointer;
  if (mutation == ODD_SCRATCHPAD)
    return pointer + 4;
  if (mutation == SHIFTED_SCRATCHPAD)
    return pointer + target.scratchpadAlignment;
  return mutation == OTHER_BUFFER ? otherBuffer(pointer) : pointer;
}

static int64_t misTagged(int64_t tag, Mutation mutation) {
  if (mutation == FREE_TAG || mutation == WAIT_FREE_TAG)
    return tag + 1000;
  return mutation == OTHER_TAG || mutation == WAIT_OTHER_TAG ? tag ^ 1 : tag;
}

int32_t mutantStart(int64_t site, char *destination, char *source, int64_t destinationStride,
                    int64_t sourceStride, int64_t rowBytes, int64_t rows, int64_t core,
                    int64_t queue, int64_t tag) {
  Mutation mutation = isMistaken(site) ? now.mutation : NONE;
  if (mutation == DROP_START)
    return ADDNORM_NPU_OK;
  destination = misplaced(destination, mutation);
  source = misplaced(source, mutation);
  int64_t far = (int64_t)1 << 24;
  destination += mutation == FAR_DESTINATION ? far : 0;
  source += mutation == FAR_SOURCE ? far : 0;
  destinationStride += mutation == ODD_PITCH ? 4 : 0;
  sourceStride += mutation == ODD_PITCH ? 4 : 0;
  rowBytes += mutation == LONGER_ROWS ? target.scratchpadBytes : 0;
  rows += mutation == MORE_ROWS;
  core += mutation == OTHER_CORE;
  queue += mutation == NO_SUCH_QUEUE ? target.queues : 0;
  tag = misTagged(tag, mutation);
  int32_t status = addnormNpuDmaStart(destination, source, destinationStride, sourceStride,
                                      rowBytes, rows, core, queue, tag);
  if (mutation == REPEAT_START && status == ADDNORM_NPU_OK)
    return addnormNpuDmaStart(destination, source, destinationStride, sourceStride, rowBytes, rows,
                              core, queue, tag);
  return status;
}

int32_t mutantWait(int64_t site, int64_t core, int64_t tag) {
  Mutation mutation = isMistaken(site) ? now.mutation : NONE;
  if (mutation == LATE_WAIT) {
    now.isLate = true;
    now.lateCore = core;
    now.lateTag = tag;
  }
  if (mutation == LATE_WAIT || mutation == DROP_WAIT)
    return ADDNORM_NPU_OK;
  if (mutation == REPEAT_WAIT)
    addnormNpuDmaWait(core, tag);
  return addnormNpuDmaWait(core + (mutation == WAIT_OTHER_CORE), misTagged(tag, mutation));
}

void mutantLateWait(int64_t site) {
  if (now.isLate && site == now.site)
    addnormNpuDmaWait(now.lateCore, now.lateTag);
  now.isLate &= site != now.site;
}

typedef struct Program {
  Shape shape;
  Kernel kernel;
  Tensors tensors, right;
} Program;

typedef struct Outcome {
  int64_t hazards;
  bool isRight; /* the results */
} Outcome;

static bool sameResults(const Tensors *a, const Tensors *b) {
  return memcmp(a->y, b->y, (size_t)a->yBytes) == 0 &&
         memcmp(a->sum, b->sum, (size_t)a->yBytes) == 0 &&
         memcmp(a->rstd, b->rstd, (size_t)a->rstdBytes) == 0;
}

/* Calls the kernel on a machine, with the mistake that is set. Prints hazards where there should be
 * none. */
static Outcome run(Program *p, int32_t flags) {
  Tensors *t = &p->tensors;
  AddnormMachine *machine = addnormMachineCreate(&target, flags);
  addnormMachineAddBuffer(machine, "x", t->x, t->yBytes, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "r", t->r, t->yBytes, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "gamma", t->gamma, 4 * p->shape.n, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "y", t->y, t->yBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineAddBuffer(machine, "sum", t->sum, t->yBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineAddBuffer(machine, "rstd", t->rstd, t->rstdBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineUse(machine);
  memset(now.times, 0, sizeof now.times);
  bool done = kernelCall(&p->kernel, &p->shape, t);
  addnormMachineFinish(machine);
  Outcome outcome = {addnormMachineHazardCount(machine), done && sameResults(t, &p->right)};
  if (now.mutation == NONE)
    addnormMachinePrintHazards(machine, stderr);
  addnormMachineDestroy(machine);
  return outcome;
}

typedef struct Tally {
  long made, reported, harmless, wrong, missed;
} Tally;

static void make(Program *p, Mutation mutation, int site, bool onlyLast, Tally *tally) {
  now.mutation = mutation, now.site = site, now.onlyLast = onlyLast;
  Outcome outcome = run(p, ADDNORM_MACHINE_CONTINUE), strict = run(p, 0);
  Expectation expectation = mutations[mutation].expectation;
  ++tally->made;
  if (outcome.hazards && strict.hazards)
    ++tally->reported;
  else if (outcome.isRight && expectation == OR_HARMLESS)
    ++tally->harmless;
  else if (!outcome.isRight && expectation == OR_WRONG)
    ++tally->wrong;
  else {
    ++tally->missed;
    fprintf(stderr, "missed: %s at site %d%s, results %s\n", mutations[mutation].name, site,
            onlyLast ? ", the last time" : "", outcome.isRight ? "right" : "wrong");
  }
  now.mutation = NONE;
}

/* Every mistake at every place that is run. */
static bool testShape(Shape shape, Tally *tallies, ExecError *error) {
  Program p = {.shape = shape};
  bool ok = kernelCreate(&p.kernel, &shape, &target, error) && tensorsCreate(&p.tensors, &shape) &&
            tensorsCreate(&p.right, &shape);
  if (ok) {
    Outcome outcome = run(&p, 0);
    memcpy(now.before, now.times, sizeof now.before);
    Tensors results = p.right;
    p.right = p.tensors, p.tensors = results;
    ok = outcome.hazards == 0 || execFail(error, "%" PRId64 " hazards", outcome.hazards);
    printf("%" PRId64 " x %" PRId64 ": %d calls\n", shape.rows, shape.n, p.kernel.numSites);
  }
  for (int m = 1; ok && m < NUM_MUTATIONS; ++m)
    for (int site = 0; site < p.kernel.numSites; ++site)
      for (int last = 0; p.kernel.sites[site] == mutations[m].kind && last < 2; ++last)
        if (now.before[site] > 0)
          make(&p, (Mutation)m, site, last, &tallies[m]);
  kernelDestroy(&p.kernel);
  tensorsDestroy(&p.tensors);
  tensorsDestroy(&p.right);
  return ok;
}

int main(void) {
  /* Single pass with rows one by one and several at a time, multi pass, a row for a core. */
  static const Shape shapes[] = {{37, 300}, {40, 320}, {5, 6000}, {2, 100}};
  Tally tallies[NUM_MUTATIONS] = {{0}}, all = {0};
  ExecError error = {""};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
    if (!testShape(shapes[i], tallies, &error)) {
      fprintf(stderr, "npu-mutate: %s\n", error.text);
      return 1;
    }
  bool ok = true;
  for (int m = 1; m < NUM_MUTATIONS; ++m) {
    const Tally *t = &tallies[m];
    printf("%-32s %4ld made, %4ld reported, %3ld harmless, %3ld in the results, %ld missed\n",
           mutations[m].name, t->made, t->reported, t->harmless, t->wrong, t->missed);
    ok &= t->missed == 0 && t->reported > 0;
    all.made += t->made, all.reported += t->reported;
  }
  printf("%ld mistakes, %ld reported\n", all.made, all.reported);
  return !ok;
}
