#include "machine_kernel.h"

const AddnormNpuTarget target = {.name = "test",
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

_Alignas(64) float x[ROWS * N], y[ROWS * N];

AddnormMachine *createMachine(int32_t flags) {
  AddnormMachine *machine = addnormMachineCreate(&target, flags);
  addnormMachineAddBuffer(machine, "x", x, sizeof x, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "y", y, sizeof y, ADDNORM_MACHINE_READ | ADDNORM_MACHINE_WRITE);
  addnormMachineUse(machine);
  return machine;
}

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
  Kernel kernel = {mutation,         core, addnormNpuScratchpad(core, 0, bytes), first,
                   rows / TILE_ROWS, 0};
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

int32_t runKernel(Mutation mutation) {
  for (int64_t i = 0; i < ROWS * N; ++i)
    x[i] = (float)(i % 1000) - 500, y[i] = -1;
  int32_t first = runCore(mutation, 0, 0, 12);
  int32_t second = runCore(mutation, 1, mutation == SAME_ROWS ? 8 : 12, 8);
  return first != ADDNORM_NPU_OK ? first : second;
}

bool resultIsRight(void) {
  for (int64_t i = 0; i < ROWS * N; ++i)
    if (!(y[i] == 2 * x[i]))
      return false;
  return true;
}

bool had(AddnormMachine *machine, int64_t count, AddnormHazardKind kind) {
  addnormMachineFinish(machine);
  const AddnormHazard *first = addnormMachineHazard(machine, 0);
  bool right = addnormMachineHazardCount(machine) == count && (!count || first->kind == kind);
  if (!right)
    addnormMachinePrintHazards(machine, stderr);
  addnormMachineReset(machine);
  return right;
}
