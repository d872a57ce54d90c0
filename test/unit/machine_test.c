/* The reference NPU machine: a kernel that is right, each mistake that it could make, and every
 * rule alone. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "machine_kernel.h"

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

/* One load of `rows` rows into the start of a fresh scratchpad. */
static int32_t loadOnce(unsigned char *base, const void *from, int64_t pitch, int64_t stride,
                        int64_t rowBytes, int64_t rows, int64_t tag) {
  return addnormNpuDmaStart(base, from, pitch, stride, rowBytes, rows, 0, 0, tag);
}

static void testBounds(AddnormMachine *m) {
  unsigned char *base = addnormNpuScratchpad(0, 0, 1024), *other = addnormNpuScratchpad(1, 0, 1024);
  const AddnormHazardKind scratchpad = ADDNORM_HAZARD_SCRATCHPAD_BOUNDS;
  CHECK(loadOnce(base, x, 256, 256, 256, 5, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));
  base = addnormNpuScratchpad(0, 0, 1024);
  CHECK(loadOnce(base - 32, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));
  base = addnormNpuScratchpad(0, 0, 1024);
  CHECK(loadOnce(base, x, INT64_MAX / 2, 256, 256, 4, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, scratchpad));

  base = addnormNpuScratchpad(0, 0, 4096);
  CHECK(loadOnce(base, x + ROWS * N - 64, 256, 256, 256, 2, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  const AddnormHazard *hazard = addnormMachineHazard(m, 0);
  CHECK(strcmp(hazard->memory, "x") == 0 && hazard->offset == sizeof x - 256);
  CHECK(hazard->bytes == 512 && hazard->tag == 0 && hazard->core == 0);
  CHECK(had(m, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS));
  base = addnormNpuScratchpad(0, 0, 4096);
  CHECK(addnormNpuDmaStart(x, base, 256, 256, 256, 1, 0, 0, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS)); /* x may not be written */

  base = addnormNpuScratchpad(0, 0, 4096), other = addnormNpuScratchpad(1, 0, 4096);
  CHECK(loadOnce(other, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_DIRECTION));
  base = addnormNpuScratchpad(0, 0, 4096);
  CHECK(loadOnce(base, base + 512, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(m, 1, ADDNORM_HAZARD_DIRECTION));
  addnormNpuScratchpad(0, 0, 4096);
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
    unsigned char *base = addnormNpuScratchpad(0, 0, 4096);
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
  unsigned char *base = addnormNpuScratchpad(0, 0, 4096);
  CHECK(loadOnce(base, x, 256, 256, 128, 4, 0) == ADDNORM_NPU_OK);
  CHECK(loadOnce(base + 128, x, 256, 256, 128, 4, 1) == ADDNORM_NPU_OK);
  CHECK(addnormNpuDmaWait(0, 0) == 0 && addnormNpuDmaWait(0, 1) == 0);
  CHECK(memcmp(base + 256, x + 64, 128) == 0 && memcmp(base + 128, x, 128) == 0);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 128, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaStart(y + 32, base, 256, 256, 128, 4, 0, 1, 1) == 0);
  CHECK(addnormNpuDmaStart((char *)y + 64 * 3, base, 256, 256, 65, 4, 0, 1, 2) ==
        ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));

  base = addnormNpuScratchpad(0, 0, 4096); /* a load of what a store in flight writes */
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(loadOnce(base + 2048, y + 192, 256, 256, 256, 1, 1) == ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));
  base = addnormNpuScratchpad(0, 0, 4096); /* and into what it reads */
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(loadOnce(base + 992, x, 256, 256, 256, 1, 1) == ADDNORM_NPU_ERROR_OVERLAP);
  CHECK(had(m, 1, ADDNORM_HAZARD_OVERLAP));
  base = addnormNpuScratchpad(0, 0, 4096); /* two loads of the same, two stores of the same */
  CHECK(loadOnce(base, x, 256, 256, 256, 4, 0) == 0);
  CHECK(loadOnce(base + 1024, x, 256, 256, 256, 4, 0) == 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaStart(y + 4 * N, base, 256, 256, 256, 4, 0, 0, 0) == 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0 && memcmp(y + 4 * N, x, 1024) == 0);
  CHECK(had(m, 0, 0));
}

static void testAccess(AddnormMachine *m) {
  unsigned char *base = addnormNpuScratchpad(0, 0, 1024);
  float poison;
  memcpy(&poison, base, sizeof poison);
  CHECK(isnan(poison));
  addnormNpuTraceAccess(0, base, 256, 1);
  addnormNpuTraceAccess(0, base, 256, 0);
  addnormNpuTraceAccess(0, base + 4, 256, 0);
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_ACCESS);
  CHECK(had(m, 1, ADDNORM_HAZARD_UNINITIALISED));

  base = addnormNpuScratchpad(
      0, 0, 1024); /* a kernel that has failed accesses what it likes, and calls nothing */
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_WAIT);
  addnormNpuTraceAccess(0, base, 256, 0);
  CHECK(addnormMachineHazardCount(m) == 1);
  CHECK(loadOnce(base, x, 256, 256, 256, 1, 0) == ADDNORM_NPU_ERROR_WAIT);
  CHECK(strcmp(addnormHazardName(addnormMachineHazard(m, 1)->kind), "after-error") == 0);
  CHECK(had(m, 2, ADDNORM_HAZARD_NOT_STARTED));

  base = addnormNpuScratchpad(0, 0, 1024); /* a store in flight may be read */
  addnormNpuTraceAccess(0, base, 256, 1);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 1, 0, 0, 0) == 0);
  addnormNpuTraceAccess(0, base, 256, 0);
  CHECK(addnormNpuDmaWait(0, 0) == 0);
  CHECK(had(m, 0, 0));

  base = addnormNpuScratchpad(0, 0, 1024); /* a load in flight is NaN, whatever was there */
  for (int i = 0; i < 2; ++i) {
    CHECK(loadOnce(base, x, 256, 256, 256, 1, 0) == 0);
    memcpy(&poison, base + 252, sizeof poison);
    CHECK(isnan(poison) && addnormNpuDmaWait(0, 0) == 0 && memcmp(base, x, 256) == 0);
  }
  addnormNpuTraceAccess(-1, base, 64, 0); /* cores without a kernel */
  addnormNpuTraceAccess(2, base, 64, 0);
  addnormNpuTraceAccess(3, base, 64, 0);
  CHECK(had(m, 0, 0));

  base = addnormNpuScratchpad(0, 0, 1024); /* without a trace */
  base[-1] = 0;
  CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));
  base = addnormNpuScratchpad(0, 0, 1024);
  base[1024] = base[1026] = 0;
  addnormMachineFinish(m);
  CHECK(addnormMachineHazard(m, 0)->offset == 1024 && addnormMachineHazard(m, 0)->bytes == 3);
  CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));
  base = addnormNpuScratchpad(0, 0, 1024);
  base[1023] = 0;
  CHECK(had(m, 0, 0));
}

/* Parts of a scratchpad: 0 to 64, 96 to 256. */
static void testParts(AddnormMachine *m) {
  unsigned char *base = addnormNpuScratchpad(0, 0, 64);
  CHECK(addnormNpuScratchpad(0, 96, 160) == base + 96);
  CHECK(loadOnce(base + 96, x, 0, 0, 160, 1, 0) == 0 && addnormNpuDmaWait(0, 0) == 0);
  CHECK(addnormMachineFinish(m) == ADDNORM_NPU_OK);
  CHECK(addnormMachineCount(m, 0, 0).kernels == 1);
  CHECK(addnormMachineCount(m, 0, 0).peakScratchpad == 256);
  CHECK(had(m, 0, 0));
  static const int64_t wrong[][2] = {{0, 96}, {64, 32}, {96, 192}, {224, 64}, {32, 96}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    base = addnormNpuScratchpad(0, 0, 64);
    addnormNpuScratchpad(0, 96, 160);
    addnormNpuTraceAccess(0, base + wrong[i][0], wrong[i][1], 1);
    CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));
    base = addnormNpuScratchpad(0, 0, 64);
    addnormNpuScratchpad(0, 96, 160);
    CHECK(loadOnce(base + wrong[i][0], x, 0, 0, wrong[i][1], 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
    CHECK(had(m, 1, ADDNORM_HAZARD_SCRATCHPAD_BOUNDS));
  }
  base = addnormNpuScratchpad(0, 0, 64);
  addnormNpuScratchpad(0, 96, 160);
  base[80] = 0;
  CHECK(had(m, 1, ADDNORM_HAZARD_ACCESS_BOUNDS));

  addnormNpuScratchpad(0, 0, 64);
  CHECK(!addnormNpuScratchpad(0, 32, 64) && had(m, 1, ADDNORM_HAZARD_OVERLAP));
  addnormNpuScratchpad(0, 0, 64);
  CHECK(addnormNpuScratchpad(0, 64, 4032) && had(m, 0, 0));
  static const int64_t large[][2] = {{64, 4033}, {4096, 1}, {5000, 0}, {-64, 64}, {64, -1}};
  for (size_t i = 0; i < sizeof large / sizeof *large; ++i) {
    addnormNpuScratchpad(0, 0, 64);
    CHECK(!addnormNpuScratchpad(0, large[i][0], large[i][1]));
    CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
    addnormMachineFinish(m);
    CHECK(addnormMachineHazard(m, 1)->kind == ADDNORM_HAZARD_AFTER_ERROR);
    CHECK(had(m, 2, ADDNORM_HAZARD_CAPACITY));
  }
}

static void testKernels(AddnormMachine *m) {
  CHECK(!addnormNpuScratchpad(0, 0, 4097) && had(m, 1, ADDNORM_HAZARD_CAPACITY));
  CHECK(!addnormNpuScratchpad(0, 0, -1) && had(m, 1, ADDNORM_HAZARD_CAPACITY));
  CHECK(addnormNpuScratchpad(0, 0, 4096) && addnormNpuScratchpad(1, 0, 0) && had(m, 0, 0));
  CHECK(!addnormNpuScratchpad(3, 0, 1) && had(m, 1, ADDNORM_HAZARD_NO_KERNEL));
  CHECK(!addnormNpuScratchpad(0, 64, 64) && had(m, 1, ADDNORM_HAZARD_NO_KERNEL));
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(addnormNpuDmaWait(-1, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(had(m, 2, ADDNORM_HAZARD_NO_KERNEL));

  /* No rows, and no bytes: nothing is looked at but the tag. */
  unsigned char *base = addnormNpuScratchpad(0, 0, 64);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 64, 0, 0, 0, 3) == 0);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 0, 4, 0, 0, 3) == 0);
  CHECK(addnormNpuDmaWait(0, 3) == 0 && had(m, 0, 0));
  base = addnormNpuScratchpad(0, 0, 64);
  CHECK(addnormNpuDmaStart(NULL, NULL, 1, 1, 64, 0, 0, 0, 3) == 0);
  CHECK(had(m, 1, ADDNORM_HAZARD_NOT_WAITED));

  /* A launch ends with the next kernel of a core; memory is not carried over. */
  base = addnormNpuScratchpad(0, 0, 64);
  memset(base, 0, 64);
  addnormNpuScratchpad(2, 0, 64);
  CHECK(addnormMachineLaunches(m) == 1);
  CHECK(addnormNpuScratchpad(0, 0, 64) == base && base[0] == 0xff &&
        addnormMachineLaunches(m) == 2);
  CHECK(had(m, 0, 0) && addnormMachineLaunches(m) == 0);

  base = addnormNpuScratchpad(0, 0, 64); /* and so are the other cores' kernels */
  addnormNpuScratchpad(1, 0, 64);
  addnormNpuScratchpad(0, 0, 64);
  CHECK(addnormNpuDmaWait(1, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(had(m, 1, ADDNORM_HAZARD_NO_KERNEL));

  base = addnormNpuScratchpad(0, 0, 64); /* a run that is given up */
  CHECK(loadOnce(base, x, 64, 64, 64, 1, 0) == 0);
  addnormMachineReset(m);
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(addnormNpuScratchpad(0, 0, 64) == base && addnormMachineLaunches(m) == 1);
  CHECK(had(m, 1, ADDNORM_HAZARD_NO_KERNEL));

  /* Of many hazards the first are kept. */
  base = addnormNpuScratchpad(0, 0, 64);
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
  testParts(machine);
  testKernels(machine);
  addnormMachineDestroy(machine);

  /* The destroyed machine is not in use. */
  CHECK(!addnormNpuScratchpad(0, 0, 64) && addnormNpuCore() == 0);
  CHECK(addnormNpuDmaWait(0, 0) == ADDNORM_NPU_ERROR_DEVICE);
  addnormNpuTraceAccess(0, x, 4, 0);

  machine = addnormMachineCreate(&target, ADDNORM_MACHINE_ANY_MEMORY);
  AddnormMachine *second = addnormMachineCreate(&target, 0);
  CHECK(addnormMachineUse(machine) == NULL && addnormMachineUse(second) == machine);
  CHECK(addnormMachineUse(machine) == second);
  CHECK(loadOnce(addnormNpuScratchpad(0, 0, 64), x, 64, 64, 64, 1, 0) == 0 &&
        addnormNpuDmaWait(0, 0) == 0);
  CHECK(had(machine, 0, 0));
  CHECK(loadOnce(addnormNpuScratchpad(0, 0, 256), x, 64, INT64_MAX / 2, 64, 4, 0) ==
        ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(machine, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS));
  addnormMachineUse(second);
  CHECK(loadOnce(addnormNpuScratchpad(0, 0, 64), x, 64, 64, 64, 1, 0) == ADDNORM_NPU_ERROR_BOUNDS);
  CHECK(had(second, 1, ADDNORM_HAZARD_GLOBAL_BOUNDS));
  addnormMachineDestroy(machine);
  addnormMachineDestroy(second);

  for (int32_t status = 0; status <= 9; ++status)
    CHECK(strlen(addnormNpuErrorText(status)) > 5);
}

int main(void) {
  testRightKernel(0);
  testRightKernel(ADDNORM_MACHINE_CONTINUE);
  testMistakes();
  testRules();
  if (failures)
    fprintf(stderr, "%ld of %ld checks failed\n", failures, checks);
  return failures != 0;
}
