/* The reference NPU machine: a kernel by hand that is right, and each mistake that it could make;
 * every rule alone; exact counts; cycles worked out by hand. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/npu_machine.h"
#include "check.h"

static const AddnormNpuTarget target = {.name = "test",
                                        .cores = 3,
                                        .scratchpadBytes = 4096,
                                        .scratchpadAlignment = 32,
                                        .globalAlignment = 64,
                                        .burstBytes = 64,
                                        .queues = 2,
                                        .maxTransferRows = 8,
                                        .maxRowBytes = 2048,
                                        .queueBytesPerCycle = 8,
                                        .memoryBytesPerCycle = 16,
                                        .latencyCycles = 100,
                                        .issueCycles = 10,
                                        .launchCycles = 50};

enum { ROWS = 20, N = 64, TILE_ROWS = 4, TILE = 1024 };

static _Alignas(64) float x[ROWS * N], y[ROWS * N];

static AddnormMachine *createMachine(int32_t flags) {
  AddnormMachine *machine = addnormMachineCreate(&target, flags);
  addnormMachineAddBuffer(machine, "x", x, sizeof x, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "y", y, sizeof y, ADDNORM_MACHINE_READ | ADDNORM_MACHINE_WRITE);
  addnormMachineUse(machine);
  return machine;
}

/* --- y = 2 * x, double-buffered ----------------------------------------------------------------*/

typedef enum Mutation {
  NONE,
  NO_LOAD_WAIT,
  NO_STORE_WAIT,
  NO_LAST_WAIT,
  LATE_LOAD_WAIT,
  DOUBLE_WAIT,
  DOUBLE_LOAD,
  SWAPPED_TAG,
  ONE_BUFFER,
  SHIFTED_BUFFER,
  SHIFTED_LOAD,
  SHIFTED_STORE,
  LONG_STORE,
  LONG_ROWS,
  NO_LOAD,
  TOO_MUCH,
  TOO_LITTLE,
  WRONG_CORE,
  SAME_ROWS,
  MUTATIONS
} Mutation;

/* Of one core. Input tiles are at 0 and TILE, tags 0 and 1; output tiles behind them, tags 2 and 3.
 */
typedef struct Kernel {
  Mutation mutation;
  int64_t core;
  unsigned char *base;
  int64_t first, tiles;
  int32_t status;
} Kernel;

/* What compiled code does with the statuses of calls. */
static void check(Kernel *k, int32_t status) {
  if (k->status == ADDNORM_NPU_OK)
    k->status = status;
}

static void start(Kernel *k, void *to, const void *from, int64_t rows, int64_t queue, int64_t tag) {
  int64_t core = k->mutation == WRONG_CORE ? 1 - k->core : k->core;
  if (k->status == ADDNORM_NPU_OK)
    check(k, addnormNpuDmaStart(to, from, 4 * N, 4 * N, 4 * N, rows, core, queue, tag));
}

static void waitFor(Kernel *k, int64_t tag) {
  if (k->status == ADDNORM_NPU_OK)
    check(k, addnormNpuDmaWait(k->core, tag));
}

static void load(Kernel *k, int64_t tile) {
  if (tile >= k->tiles || (k->mutation == NO_LOAD && tile == 1))
    return;
  int64_t slot = k->mutation == ONE_BUFFER ? 0 : tile % 2, tag = tile % 2, rows = TILE_ROWS;
  unsigned char *to = k->base + slot * TILE;
  if (k->mutation == SWAPPED_TAG)
    tag = 1 - tag;
  if (k->mutation == SHIFTED_BUFFER && tile == 1)
    to += 16;
  if (k->mutation == LONG_ROWS)
    rows = 3 * TILE_ROWS;
  const float *from = x + (k->first + tile * TILE_ROWS) * N;
  start(k, to, k->mutation == SHIFTED_LOAD ? from + 1 : from, rows, 0, tag);
  if (k->mutation == DOUBLE_LOAD && tile == 1)
    start(k, to, from, rows, 0, tag);
}

static void compute(Kernel *k, int64_t slot) {
  const float *in = (const float *)(k->base + slot * TILE);
  float *out = (float *)(k->base + (2 + slot) * TILE);
  for (int64_t row = 0; row < TILE_ROWS; ++row, in += N, out += N) {
    addnormNpuTraceAccess(k->core, in, 4 * N, 0);
    addnormNpuTraceAccess(k->core, out, 4 * N, 1);
    for (int64_t i = 0; i < N; ++i)
      out[i] = 2 * in[i];
  }
  addnormNpuTraceWork(k->core, 40);
}

static void store(Kernel *k, int64_t tile) {
  float *to = y + (k->first + tile * TILE_ROWS) * N;
  if (k->mutation == SHIFTED_STORE)
    to += 16 * N;
  start(k, to, k->base + (2 + tile % 2) * TILE,
        k->mutation == LONG_STORE ? 2 * TILE_ROWS : TILE_ROWS, 1, 2 + tile % 2);
}

static int32_t runCore(Mutation mutation, int64_t core, int64_t first, int64_t rows) {
  int64_t bytes = mutation == TOO_MUCH ? 5 * TILE : mutation == TOO_LITTLE ? 3 * TILE : 4 * TILE;
  Kernel kernel = {mutation, core, addnormNpuScratchpad(core, bytes), first, rows / TILE_ROWS, 0};
  Kernel *k = &kernel;
  if (!k->base)
    return ADDNORM_NPU_ERROR_SCRATCHPAD;
  load(k, 0);
  for (int64_t tile = 0; tile < k->tiles; ++tile) {
    load(k, tile + 1);
    if (mutation != NO_LOAD_WAIT && mutation != LATE_LOAD_WAIT)
      waitFor(k, tile % 2);
    if (tile >= 2 && mutation != NO_STORE_WAIT)
      waitFor(k, 2 + tile % 2);
    if (k->status == ADDNORM_NPU_OK)
      compute(k, tile % 2);
    if (mutation == LATE_LOAD_WAIT)
      waitFor(k, tile % 2);
    store(k, tile);
  }
  if (mutation == DOUBLE_WAIT)
    waitFor(k, 0);
  for (int64_t tile = k->tiles < 2 ? 0 : k->tiles - 2; tile < k->tiles; ++tile)
    if (mutation != NO_LAST_WAIT || tile + 1 < k->tiles)
      waitFor(k, 2 + tile % 2);
  return k->status;
}

/* Two cores: tiles 0 to 2, and 3 and 4. */
static int32_t runKernel(Mutation mutation) {
  for (int64_t i = 0; i < ROWS * N; ++i)
    x[i] = (float)(i % 1000) - 500, y[i] = -1;
  int32_t first = runCore(mutation, 0, 0, 12);
  int32_t second = runCore(mutation, 1, mutation == SAME_ROWS ? 8 : 12, 8);
  return first != ADDNORM_NPU_OK ? first : second;
}

static bool resultIsRight(void) {
  for (int64_t i = 0; i < ROWS * N; ++i)
    if (!(y[i] == 2 * x[i]))
      return false;
  return true;
}

static void testRightKernel(int32_t flags) {
  AddnormMachine *machine = createMachine(flags);
  CHECK(runKernel(NONE) == ADDNORM_NPU_OK);
  CHECK(resultIsRight());
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  CHECK(addnormMachineHazardCount(machine) == 0 && !addnormMachineHazard(machine, 0));
  CHECK(addnormMachineLaunches(machine) == 1);
  addnormMachinePrintHazards(machine, stderr);
  addnormMachineDestroy(machine);
}

/* The first hazard of each mistake, and whether it shows in the result of a run that goes on. */
static const struct {
  Mutation mutation;
  AddnormHazardKind kind;
  bool isWrong;
} mistakes[] = {
    {NO_LOAD_WAIT, ADDNORM_HAZARD_READ_IN_FLIGHT, true},
    {NO_STORE_WAIT, ADDNORM_HAZARD_WRITE_IN_FLIGHT, true},
    {NO_LAST_WAIT, ADDNORM_HAZARD_NOT_WAITED, true},
    {LATE_LOAD_WAIT, ADDNORM_HAZARD_READ_IN_FLIGHT, true},
    {DOUBLE_WAIT, ADDNORM_HAZARD_NOT_STARTED, false},
    {DOUBLE_LOAD, ADDNORM_HAZARD_OVERLAP, false},
    {SWAPPED_TAG, ADDNORM_HAZARD_READ_IN_FLIGHT, true},
    {ONE_BUFFER, ADDNORM_HAZARD_OVERLAP, true},
    {SHIFTED_BUFFER, ADDNORM_HAZARD_ALIGNMENT, true},
    {SHIFTED_LOAD, ADDNORM_HAZARD_ALIGNMENT, true},
    {SHIFTED_STORE, ADDNORM_HAZARD_GLOBAL_BOUNDS, true},
    {LONG_STORE, ADDNORM_HAZARD_UNINITIALISED, false},
    {LONG_ROWS, ADDNORM_HAZARD_LIMIT, true},
    {NO_LOAD, ADDNORM_HAZARD_NOT_STARTED, true},
    {TOO_MUCH, ADDNORM_HAZARD_CAPACITY, true},
    {TOO_LITTLE, ADDNORM_HAZARD_ACCESS_BOUNDS, true},
    {WRONG_CORE, ADDNORM_HAZARD_NO_KERNEL, true},
    {SAME_ROWS, ADDNORM_HAZARD_RACE, true},
};

static void testMistakes(void) {
  CHECK(sizeof mistakes / sizeof *mistakes == MUTATIONS - 1);
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; ++i) {
    AddnormMachine *machine = createMachine(0);
    int32_t status = runKernel(mistakes[i].mutation);
    AddnormNpuStatus verdict = addnormMachineFinish(machine);
    const AddnormHazard *hazard = addnormMachineHazard(machine, 0);
    CHECK(hazard && hazard->kind == mistakes[i].kind && hazard->status == verdict);
    /* Nobody is told what comes out after the last call. */
    bool isLate =
        mistakes[i].kind == ADDNORM_HAZARD_NOT_WAITED || mistakes[i].kind == ADDNORM_HAZARD_RACE;
    CHECK(status == (isLate ? ADDNORM_NPU_OK : (int32_t)verdict));
    addnormMachineDestroy(machine);

    machine = createMachine(ADDNORM_MACHINE_CONTINUE);
    runKernel(mistakes[i].mutation);
    CHECK(resultIsRight() != mistakes[i].isWrong);
    CHECK(addnormMachineFinish(machine) == verdict);
    addnormMachineDestroy(machine);
  }
}

/* --- rules, one by one -------------------------------------------------------------------------*/

static unsigned char *begin(int64_t core, int64_t bytes) {
  return addnormNpuScratchpad(core, bytes);
}

/* One load of `rows` rows into the start of a fresh scratchpad. */
static int32_t loadOnce(unsigned char *base, const void *from, int64_t pitch, int64_t stride,
                        int64_t rowBytes, int64_t rows, int64_t tag) {
  return addnormNpuDmaStart(base, from, pitch, stride, rowBytes, rows, 0, 0, tag);
}

/* Ends the run, which had `count` hazards, and begins another. */
static bool had(AddnormMachine *machine, int64_t count, AddnormHazardKind kind) {
  addnormMachineFinish(machine);
  const AddnormHazard *first = addnormMachineHazard(machine, 0);
  bool right = addnormMachineHazardCount(machine) == count && (!count || first->kind == kind);
  if (!right)
    addnormMachinePrintHazards(machine, stderr);
  addnormMachineReset(machine);
  return right;
}

static void testBounds(AddnormMachine *m) {
  unsigned char *base = begin(0, 1024), *other = begin(1, 1024);
  const AddnormHazardKind scratchpad = ADDNORM_HAZARD_SCRATCHPAD_BOUNDS;
  CHECK(loadOnce(base, x, 256, 256, 256, 5, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));
  base = begin(0, 1024);
  CHECK(loadOnce(base - 32, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));
  base = begin(0, 1024);
  CHECK(loadOnce(base, x, INT64_MAX / 2, 256, 256, 4, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));

  base = begin(0, 4096);
  CHECK(loadOnce(base, x + ROWS * N - 64, 256, 256, 256, 2, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  const AddnormHazard *hazard = addnormMachineHazard(m, 0);
  CHECK(strcmp(hazard->memory, "x") == 0 && hazard->offset == sizeof x - 256);
  CHECK(hazard->bytes == 512 && hazard->tag == 0 && hazard->core == 0);
  CHECK(had(m, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS));
  base = begin(0, 4096);
  CHECK(addnormNpuDmaStart(x, base, 256, 256, 256, 1, 0, 0, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS)); /* x may not be written */

  base = begin(0, 4096), other = begin(1, 4096);
  CHECK(loadOnce(other, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_DIRECTION));
  base = begin(0, 4096);
  CHECK(loadOnce(base, base + 512, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_DIRECTION));
  begin(0, 4096);
  CHECK(addnormNpuDmaStart(y, x, 256, 256, 256, 1, 0, 0, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_DIRECTION));
}

static void testLimits(AddnormMachine *m) {
  static const struct {
    int64_t pitch, stride, rowBytes, rows, queue;
    ptrdiff_t to, from; /* bytes */
    AddnormNpuStatus status;
  } cases[] = {
      {256, 256, 256, 8, 0, 0, 0, ADDNORM_NPU_OK},
      {128, 256, 128, 9, 0, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {0, 0, 2048, 1, 1, 0, 0, ADDNORM_NPU_OK},
      {0, 0, 2049, 1, 1, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {0, 0, 64, 1, 2, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {0, 0, 64, 1, -1, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {0, 0, 64, -1, 0, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {0, 0, -64, 1, 0, 0, 0, ADDNORM_NPU_ERROR_LIMIT},
      {3, 3, 63, 1, 0, 32, 7, ADDNORM_NPU_OK}, /* one row may come from anywhere */
      {3, 3, 63, 1, 0, 8, 0, ADDNORM_NPU_ERROR_ALIGNMENT},
      {96, 128, 63, 2, 0, 32, 64, ADDNORM_NPU_OK},
      {96, 128, 63, 2, 0, 32, 32, ADDNORM_NPU_ERROR_ALIGNMENT},
      {96, 96, 63, 2, 0, 32, 64, ADDNORM_NPU_ERROR_ALIGNMENT},
      {80, 128, 63, 2, 0, 32, 64, ADDNORM_NPU_ERROR_ALIGNMENT},
      {64, 128, 96, 2, 0, 0, 0, ADDNORM_NPU_ERROR_OVERLAP}, /* rows over each other */
      {128, 64, 96, 2, 0, 0, 0, ADDNORM_NPU_OK},            /* which may be read */
      {128, 0, 96, 2, 0, 0, 0, ADDNORM_NPU_OK},
      {128, -128, 96, 4, 0, 0, 384, ADDNORM_NPU_OK},
      {128, -128, 96, 4, 0, 0, 256, ADDNORM_NPU_ERROR_BOUNDS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    unsigned char *base = begin(0, 4096);
    int32_t status =
        addnormNpuDmaStart(base + cases[i].to, (const char *)x + cases[i].from, cases[i].pitch,
                           cases[i].stride, cases[i].rowBytes, cases[i].rows, 0, cases[i].queue, 5);
    if (status == ADDNORM_NPU_OK)
      CHECK(addnormNpuDmaWait(0, 5) == ADDNORM_NPU_OK);
    CHECK(status == (int32_t)cases[i].status);
    if (status != (int32_t)cases[i].status)
      fprintf(stderr, "case %zu: %s\n", i, addnormNpuErrorText(status));
    CHECK(addnormMachineFinish(m) == cases[i].status);
    addnormMachineReset(m);
  }
}

/* Columns of the same rows interleave without having bytes in common. */
static void testOverlap(AddnormMachine *m) {
  unsigned char *base = begin(0, 4096);
  CHECK(loadOnce(base, x, 256, 256, 128, 4, 0) == ADDNORM_NPU_OK);
  CHECK(loadOnce(base + 128, x, 256, 256, 128, 4, 1) == ADDNORM_NPU_OK);
  CHECK(addnormNpuDmaWait(0, 0) == 0 && addnormNpuDmaWait(0, 1) == 0);
  CHECK(memcmp(base + 256, x + 64, 128) == 0 && memcmp(base + 128, x, 128) == 0);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 128, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaStart(y + 32, base, 256, 256, 128, 4, 0, 1, 1) == 0);
  CHECK(addnormNpuDmaStart((char *)y + 64 * 3, base, 256, 256, 65, 4, 0, 1, 2) ==
        ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));

  base = begin(0, 4096); /* a load of what a store in flight writes */
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(loadOnce(base + 2048, y + 192, 256, 256, 256, 1, 1) == ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));
  base = begin(0, 4096); /* and into what it reads */
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(loadOnce(base + 992, x, 256, 256, 256, 1, 1) == ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));
  base = begin(0, 4096); /* two loads of the same, two stores of the same */
  CHECK(loadOnce(base, x, 256, 256, 256, 4, 0) == 0);
  CHECK(loadOnce(base + 1024, x, 256, 256, 256, 4, 0) == 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaStart(y + 4 * N, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0 && memcmp(y + 4 * N, x, 1024) == 0);
  CHECK(had(m, 0, 0));
}

static void testAccess(AddnormMachine *m) {
  unsigned char *base = begin(0, 1024);
  float poison;
  memcpy(&poison, base, sizeof poison);
  CHECK(isnan(poison));
  addnormNpuTraceAccess(0, base, 256, 1);
  addnormNpuTraceAccess(0, base, 256, 0);
  addnormNpuTraceAccess(0, base + 4, 256, 0);
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_ACCESS);
  CHECK(had(m, 1, ADDNORM_HAZARD_UNINITIALISED));

  base = begin(0, 1024); /* a kernel that has failed accesses what it likes, and calls nothing */
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_WAIT);
  addnormNpuTraceAccess(0, base, 256, 0);
  CHECK(addnormMachineHazardCount(m) == 1);
  CHECK(loadOnce(base, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_WAIT);
  CHECK(strcmp(addnormHazardName(addnormMachineHazard(m, 1)->kind), "after-error") == 0);
  CHECK(had(m, 2, ADDNORM_HAZARD_NOT_STARTED));

  base = begin(0, 1024); /* a store in flight may be read */
  addnormNpuTraceAccess(0, base, 256, 1);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 1, 0, 0, 0) == 0);
  addnormNpuTraceAccess(0, base, 256, 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0);
  CHECK(had(m, 0, 0));

  base = begin(0, 1024); /* without a trace */
  base[-1] = 0;
  CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));
  base = begin(0, 1024);
  base[1024] = base[1026] = 0;
  addnormMachineFinish(m);
  CHECK(addnormMachineHazard(m, 0)->offset == 1024 && addnormMachineHazard(m, 0)->bytes == 3);
  CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));
  base = begin(0, 1024);
  base[1023] = 0;
  CHECK(had(m, 0, 0));
}

static void testKernels(AddnormMachine *m) {
  CHECK(!begin(0, 4097) && had(m, 1, ADDNORM_HAZARD_CAPACITY));
  CHECK(!begin(0, -1) && had(m, 1, ADDNORM_HAZARD_CAPACITY));
  CHECK(begin(0, 4096) && begin(1, 0) && had(m, 0, 0));
  CHECK(!begin(3, 1) && had(m, 1, ADDNORM_HAZARD_NO_KERNEL));
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(addnormNpuDmaWait(-1, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(had(m, 2, ADDNORM_HAZARD_NO_KERNEL));

  /* No rows, and no bytes: nothing is looked at but the tag. */
  unsigned char *base = begin(0, 64);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 64, 0, 0, 0, 3) == 0);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 0, 4, 0, 0, 3) == 0);
  CHECK(addnormNpuDmaWait(0, 3) == 0 && had(m, 0, 0));
  base = begin(0, 64);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 64, 0, 0, 0, 3) == 0);
  CHECK(had(m, 1, ADDNORM_HAZARD_NOT_WAITED));

  /* A launch ends with the next kernel of a core; memory is not carried over. */
  base = begin(0, 64);
  memset(base, 0, 64);
  begin(2, 64);
  CHECK(addnormMachineLaunches(m) == 1);
  CHECK(begin(0, 64) == base && base[0] == 0xff && addnormMachineLaunches(m) == 2);
  CHECK(had(m, 0, 0) && addnormMachineLaunches(m) == 0);

  /* Of many hazards the first are kept. */
  base = begin(0, 64);
  for (int i = 0; i <= ADDNORM_HAZARDS_KEPT; ++i)
    addnormNpuTraceAccess(0, base, 64, 0);
  CHECK(addnormMachineHazard(m, ADDNORM_HAZARDS_KEPT - 1));
  CHECK(!addnormMachineHazard(m, ADDNORM_HAZARDS_KEPT) && !addnormMachineHazard(m, -1));
  CHECK(had(m, ADDNORM_HAZARDS_KEPT + 1, ADDNORM_HAZARD_UNINITIALISED));

  CHECK(addnormNpuCore() == 0);
  addnormMachineSetCore(m, 2);
  CHECK(addnormNpuCore() == 2);
}

static void testRules(void) {
  AddnormMachine *machine = createMachine(0);
  testBounds(machine);
  testLimits(machine);
  testOverlap(machine);
  testAccess(machine);
  testKernels(machine);
  addnormMachineDestroy(machine);

  /* The destroyed machine is not in use. */
  CHECK(!addnormNpuScratchpad(0, 64) && addnormNpuCore() == 0);
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_DEVICE);
  addnormNpuTraceAccess(0, x, 4, 0);

  machine = addnormMachineCreate(&target, ADDNORM_MACHINE_ANY_MEMORY);
  AddnormMachine *second = addnormMachineCreate(&target, 0);
  CHECK(addnormMachineUse(machine) == NULL && addnormMachineUse(second) == machine);
  CHECK(addnormMachineUse(machine) == second);
  CHECK(loadOnce(begin(0, 64), x, 64, 64, 64, 1, 0) == 0 && addnormNpuDmaWait(0, 0) == 0);
  CHECK(had(machine, 0, 0));
  addnormMachineUse(second);
  CHECK(loadOnce(begin(0, 64), x, 64, 64, 64, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(second, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS));
  addnormMachineDestroy(machine);
  addnormMachineDestroy(second);

  for (int32_t status = 0; status <= 9; ++status)
    CHECK(strlen(addnormNpuErrorText(status)) > 5);
}

/* --- counts and cycles -------------------------------------------------------------------------*/

static void testCounts(void) {
  AddnormMachine *machine = createMachine(0);
  runKernel(NONE);
  addnormMachineFinish(machine);
  AddnormMachineCounters all = addnormMachineCount(machine, -1, -1);
  CHECK(all.kernels == 2 && all.loads == 5 && all.stores == 5 && all.waits == 10);
  CHECK(all.loadedBytes == sizeof x && all.storedBytes == sizeof y);
  CHECK(all.loadPadding == 0 && all.storePadding == 0 && all.peakScratchpad == 4 * TILE);
  CHECK(all.workCycles == 5 * 40);
  AddnormMachineCounters one = addnormMachineCount(machine, 0, 1);
  CHECK(one.kernels == 1 && one.loads == 2 && one.storedBytes == 2 * TILE && one.waits == 4);
  CHECK(addnormMachineCount(machine, 0, 2).kernels == 0);
  CHECK(addnormMachineCount(machine, 1, -1).kernels == 0);

  /* 10 bytes at 60 touch two bursts; a row of 65 does, two of 64 on boundaries do not. */
  unsigned char *base = begin(0, 1024);
  loadOnce(base, (char *)x + 60, 0, 0, 10, 1, 0);
  loadOnce(base + 128, x, 128, 128, 65, 2, 0);
  addnormNpuDmaStart(y, base + 512, 64, 64, 64, 2, 0, 0, 0);
  addnormNpuDmaWait(0, 0);
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  AddnormMachineCounters padded = addnormMachineCount(machine, 1, -1);
  CHECK(padded.loadedBytes == 140 && padded.loadPadding == 118 + 2 * 63);
  CHECK(padded.storedBytes == 128 && padded.storePadding == 0 && padded.waits == 1);
  CHECK(addnormMachineCount(machine, -1, 0).kernels == 2);
  CHECK(addnormMachineCount(machine, -1, -1).peakScratchpad == 4 * TILE);
  addnormMachineDestroy(machine);
}

static AddnormMachineCycles cyclesOf(AddnormMachine *machine) {
  AddnormMachineCycles cycles;
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, NULL, NULL));
  return cycles;
}

/* Loads 1024 bytes by a queue: 128 cycles of a queue, 64 of all the memory. */
static void loadTile(int64_t core, unsigned char *base, int64_t slot, int64_t queue) {
  CHECK(addnormNpuDmaStart(base + slot * TILE, x, 256, 256, 256, 4, core, queue, slot) == 0);
}

static void countSpans(const AddnormMachineSpan *span, void *userData) {
  double *sums = userData; /* by unit: of begins, of ends */
  sums[2 * span->unit] += span->begin;
  sums[2 * span->unit + 1] += span->end;
  CHECK(span->complete == span->end + (span->unit == ADDNORM_UNIT_COMPUTE ? 0 : 100));
}

static void testCycles(void) {
  AddnormMachine *machine = createMachine(0);
  unsigned char *base = begin(0, 4096);
  loadTile(0, base, 0, 0);
  addnormNpuDmaWait(0, 0);
  AddnormMachineCycles cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 50 + 10 + 128 + 100 && cycles.launch == 50 && cycles.cores == 1);
  CHECK(cycles.dma == 128 && cycles.compute == 0 && cycles.firstLoad == 228);
  CHECK(cycles.lastStore == 0 && cycles.boundCycles == 128 + 228);
  CHECK(cycles.bound == ADDNORM_BOUND_LATENCY);
  CHECK(cycles.queueUse == 1024 / (288.0 * 16) && cycles.memoryUse == 1024 / (288.0 * 16));

  /* On a machine with one slow queue: 1024 cycles instead of 128. */
  AddnormNpuTarget slow = target;
  slow.queueBytesPerCycle = 1;
  CHECK(addnormMachineReplay(machine, 0, &slow, &cycles, NULL, NULL));
  CHECK(cycles.cycles == 50 + 10 + 1024 + 100 && cycles.bound == ADDNORM_BOUND_DMA);
  CHECK(!addnormMachineReplay(machine, 1, NULL, &cycles, NULL, NULL));
  addnormMachineReset(machine);

  base = begin(0, 4096); /* one queue, one behind the other: 60 to 188 to 316 */
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 0);
  addnormNpuDmaWait(0, 0), addnormNpuDmaWait(0, 1);
  CHECK(cyclesOf(machine).cycles == 316 + 100);
  slow.queues = 1;
  CHECK(addnormMachineReplay(machine, 0, &slow, &cycles, NULL, NULL));
  addnormMachineReset(machine);

  base = begin(0, 4096); /* two queues at the same time: from 60 and 70 */
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 1);
  addnormNpuDmaWait(0, 0), addnormNpuDmaWait(0, 1);
  CHECK(cyclesOf(machine).cycles == 70 + 128 + 100);
  CHECK(!addnormMachineReplay(machine, 0, &slow, &cycles, NULL, NULL));
  addnormMachineReset(machine);

  /* With half of the memory, 8 bytes per cycle: the first is alone until 70 (80 bytes), then both
     take 4 until 306 (944 bytes each), then the second alone, with 80 bytes left. */
  base = begin(0, 4096);
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 1);
  addnormNpuDmaWait(0, 1), addnormNpuDmaWait(0, 0);
  begin(1, 4096);
  cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 316 + 100 && cycles.cores == 2 && cycles.slowest == 0);
  CHECK(cycles.dma == 256 && cycles.memoryUse == 2048 / (416.0 * 16));
  addnormMachineReset(machine);

  /* Load, work behind the next load, work, store:
     loads 60-188 and 188-316, ready at 288 and 416; work 288-388 and 416-516; store 526-654-754 */
  base = begin(0, 4096);
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 0);
  addnormNpuDmaWait(0, 0);
  addnormNpuTraceWork(0, 60), addnormNpuTraceWork(0, 40);
  addnormNpuDmaWait(0, 1);
  addnormNpuTraceWork(0, 100);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 1, 2) == 0);
  addnormNpuDmaWait(0, 2);
  cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 754 && cycles.dma == 256 && cycles.compute == 200);
  CHECK(cycles.firstLoad == 228 && cycles.lastStore == 228 && cycles.boundCycles == 712);
  CHECK(cycles.bound == ADDNORM_BOUND_LATENCY && cycles.computeUse == 200 / 754.0);
  double sums[6] = {0};
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, countSpans, sums));
  CHECK(sums[0] == 60 + 188 && sums[1] == 188 + 316);
  CHECK(sums[2] == 288 + 416 && sums[3] == 388 + 516 && sums[4] == 526 && sums[5] == 654);
  addnormMachineReset(machine);

  base = begin(0, 64); /* nothing but work, and a hazard in the middle of it */
  addnormNpuTraceWork(0, 100);
  addnormNpuTraceAccess(0, base, 64, 0);
  addnormNpuTraceWork(0, 1000);
  addnormMachineFinish(machine);
  CHECK(addnormMachineHazard(machine, 0)->cycle == 150);
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, NULL, NULL));
  CHECK(cycles.cycles == 1150 && cycles.bound == ADDNORM_BOUND_COMPUTE);
  addnormMachineDestroy(machine);
}

/* Double buffering is worth it: the kernel is near the bound of its slower core. */
static void testOverlapOfWork(void) {
  AddnormMachine *machine = createMachine(0);
  runKernel(NONE);
  AddnormMachineCycles cycles = cyclesOf(machine);
  CHECK(cycles.cores == 2 && cycles.slowest == 0);
  CHECK(cycles.dma == 6 * 1024 / 8.0 && cycles.compute == 120);
  CHECK(cycles.cycles - cycles.launch <= cycles.boundCycles);
  CHECK(cycles.cycles >= cycles.launch + cycles.dma);
  addnormMachineDestroy(machine);
}

/* --- reports -----------------------------------------------------------------------------------*/

static const char report[] =
    "test, launch 0: 2 cores, 982 cycles, bound by DMA\n"
    "  slowest core 0: DMA 768, compute 120, first load 228, last store 228; bound 1224, and 50 of "
    "launch\n"
    "  busy: queues 33 %, memory 65 %, vector units 10 %\n"
    "  5 loads of 5120 bytes and 0 of padding; 5 stores of 5120 and 0; 10 waits\n"
    "  scratchpad: 4096 of 4096 bytes\n"
    "core 0   load    ..#########-##########.............\n"
    "         compute ..........##..-#-........##........\n"
    "         store   ............##############-####-...\n"
    "core 1   load    ..#########-.......................\n"
    "         compute ..........##..-#-..................\n"
    "         store   ............#########-.............\n"
    "                 0                               982 cycles\n";

/* The picture goes to `path`. */
static void testReports(const char *path) {
  AddnormMachine *machine = createMachine(0);
  runKernel(NONE);
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  char text[2048] = "";
  FILE *file = tmpfile();
  CHECK(addnormMachinePrintLaunch(machine, 0, NULL, file));
  CHECK(addnormMachinePrintTimeline(machine, 0, NULL, 35, file));
  CHECK(!addnormMachinePrintTimeline(machine, 1, NULL, 35, file));
  rewind(file);
  CHECK(fread(text, 1, sizeof text - 1, file) == strlen(report) && strcmp(text, report) == 0);
  if (strcmp(text, report) != 0)
    fputs(text, stderr);
  fclose(file);
  if (path) {
    file = fopen(path, "w");
    CHECK(file && addnormMachineDrawTimeline(machine, 0, NULL, file) && fclose(file) == 0);
  }
  addnormMachineDestroy(machine);
}

int main(int argc, char **argv) {
  testRightKernel(0);
  testRightKernel(ADDNORM_MACHINE_CONTINUE);
  testMistakes();
  testRules();
  testCounts();
  testCycles();
  testOverlapOfWork();
  testReports(argc > 1 ? argv[1] : NULL);
  if (failures)
    fprintf(stderr, "%ld of %ld checks failed\n", failures, checks);
  return failures != 0;
}
