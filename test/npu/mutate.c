/* npu-mutate: makes one mistake at a time in what code of target npu asks the runtime for, and
 * looks whether the reference machine finds it. A mistake is made at one place in the code, each
 * time it is run or only the last time; the rest is as it was compiled. */

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

static const struct {
  const char *name;
  SiteKind kind;
} mutations[NUM_MUTATIONS] = {
    [TAKE_TOO_MUCH] = {"scratchpad beyond its end", SITE_SCRATCHPAD},
    [TAKE_TOO_LITTLE] = {"half of the scratchpad", SITE_SCRATCHPAD},
    [TAKE_EARLIER] = {"scratchpad over another part", SITE_SCRATCHPAD},
    [TAKE_OF_OTHER_CORE] = {"scratchpad of another core", SITE_SCRATCHPAD},
    [DROP_START] = {"no transfer", SITE_START},
    [REPEAT_START] = {"transfer twice", SITE_START},
    [FREE_TAG] = {"tag of no wait", SITE_START},
    [OTHER_TAG] = {"tag of the other buffer", SITE_START},
    [NO_SUCH_QUEUE] = {"queue that does not exist", SITE_START},
    [OTHER_CORE] = {"transfer of another core", SITE_START},
    [MORE_ROWS] = {"one row more", SITE_START},
    [LONGER_ROWS] = {"rows longer than the scratchpad", SITE_START},
    [ODD_PITCH] = {"pitch not aligned", SITE_START},
    [FAR_SOURCE] = {"source out of bounds", SITE_START},
    [FAR_DESTINATION] = {"destination out of bounds", SITE_START},
    [ODD_SCRATCHPAD] = {"scratchpad side not aligned", SITE_START},
    [SHIFTED_SCRATCHPAD] = {"scratchpad side shifted", SITE_START},
    [OTHER_BUFFER] = {"the other buffer", SITE_START},
    [DROP_WAIT] = {"no wait", SITE_WAIT},
    [REPEAT_WAIT] = {"wait twice", SITE_WAIT},
    [LATE_WAIT] = {"wait at the end of the block", SITE_WAIT},
    [WAIT_FREE_TAG] = {"wait for a tag of no transfer", SITE_WAIT},
    [WAIT_OTHER_TAG] = {"wait for the other buffer", SITE_WAIT},
    [WAIT_OTHER_CORE] = {"wait of another core", SITE_WAIT},
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
                                  .vectorBytes = 128,
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

typedef struct Outcome {
  int64_t hazards;
  AddnormHazard first;
  AddnormMachineCounters counters;
  double cycles;
  bool isRight; /* the results */
} Outcome;

typedef struct Program {
  const Shape *shape;
  Kernel kernel;
  Tensors tensors, right;
  Outcome outcome; /* without a mistake */
} Program;

static bool sameResults(const Tensors *a, const Tensors *b) {
  return memcmp(a->y, b->y, (size_t)a->yBytes) == 0 &&
         memcmp(a->sum, b->sum, (size_t)a->yBytes) == 0 &&
         memcmp(a->rstd, b->rstd, (size_t)a->rstdBytes) == 0;
}

static Outcome run(Program *p, int32_t flags) {
  Tensors *t = &p->tensors;
  AddnormMachine *machine = addnormMachineCreate(&target, flags);
  addnormMachineAddBuffer(machine, "x", t->x, t->yBytes, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "r", t->r, t->yBytes, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "gamma", t->gamma, 4 * p->shape->n, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "y", t->y, t->yBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineAddBuffer(machine, "sum", t->sum, t->yBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineAddBuffer(machine, "rstd", t->rstd, t->rstdBytes, ADDNORM_MACHINE_WRITE);
  addnormMachineUse(machine);
  memset(now.times, 0, sizeof now.times);
  bool done = kernelCall(&p->kernel, p->shape, t);
  addnormMachineFinish(machine);
  Outcome outcome = {.hazards = addnormMachineHazardCount(machine),
                     .counters = addnormMachineCount(machine, -1, -1)};
  if (outcome.hazards)
    outcome.first = *addnormMachineHazard(machine, 0);
  AddnormMachineCycles cycles;
  for (int64_t i = 0; addnormMachineReplay(machine, i, NULL, &cycles, NULL, NULL); ++i)
    outcome.cycles += cycles.cycles;
  outcome.isRight = done && sameResults(t, &p->right);
  addnormMachineDestroy(machine);
  return outcome;
}

typedef struct Tally {
  long made, found, harmless, wrong;
} Tally;

static void make(Program *p, Mutation mutation, int site, bool onlyLast, Tally *tally) {
  if (now.before[site] == 0)
    return;
  now.mutation = mutation, now.site = site, now.onlyLast = onlyLast;
  Outcome outcome = run(p, ADDNORM_MACHINE_CONTINUE);
  Outcome strict = run(p, 0);
  ++tally->made;
  bool same = memcmp(&outcome.counters, &p->outcome.counters, sizeof outcome.counters) == 0 &&
              outcome.cycles == p->outcome.cycles;
  if (outcome.hazards && strict.hazards)
    ++tally->found;
  else if (outcome.isRight && same)
    ++tally->harmless;
  else if (!outcome.isRight)
    ++tally->wrong;
  if (!outcome.hazards)
    printf("  %s, site %d%s: right %d same %d\n", mutations[mutation].name, site,
           onlyLast ? " (last)" : "", outcome.isRight, same);
  now.mutation = NONE;
}

static bool testShape(const Shape *shape, ExecError *error) {
  Program p = {.shape = shape};
  bool ok = kernelCreate(&p.kernel, shape, &target, error) && tensorsCreate(&p.tensors, shape) &&
            tensorsCreate(&p.right, shape);
  if (ok) {
    run(&p, 0);
    memcpy(p.right.y, p.tensors.y, (size_t)p.right.yBytes);
    memcpy(p.right.sum, p.tensors.sum, (size_t)p.right.yBytes);
    memcpy(p.right.rstd, p.tensors.rstd, (size_t)p.right.rstdBytes);
    p.outcome = run(&p, 0);
    memcpy(now.before, now.times, sizeof now.before);
    printf("%d sites, %ld hazards, right %d %s\n", p.kernel.numSites, (long)p.outcome.hazards,
           p.outcome.isRight, p.outcome.first.text);
  }
  for (int m = 1; ok && m < NUM_MUTATIONS; ++m) {
    Tally tally = {0};
    for (int site = 0; site < p.kernel.numSites; ++site)
      for (int onlyLast = 0; p.kernel.sites[site] == mutations[m].kind && onlyLast < 2; ++onlyLast)
        make(&p, (Mutation)m, site, onlyLast, &tally);
    printf("%-32s made %3ld found %3ld harmless %ld wrong %ld\n", mutations[m].name, tally.made,
           tally.found, tally.harmless, tally.wrong);
  }
  kernelDestroy(&p.kernel);
  tensorsDestroy(&p.tensors);
  tensorsDestroy(&p.right);
  return ok;
}

int main(int argc, char **argv) {
  Shape shape = {argc > 1 ? atoi(argv[1]) : 37, argc > 2 ? atoi(argv[2]) : 300};
  if (argc > 3)
    target.scratchpadBytes = atoi(argv[3]);
  ExecError error = {""};
  if (!testShape(&shape, &error)) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  return 0;
}
