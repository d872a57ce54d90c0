/* Ranges and races of the reference NPU machine against bytes that are counted one by one. */

#include <stdlib.h>
#include <string.h>

#include "addnorm-c/npu_machine.h"
#include "check.h"
#include "lib/runtime/range.h"

enum { BYTES = 256, ROUNDS = 20000 };

typedef struct Rows {
  int64_t start, stride, rowBytes, rows;
} Rows;

static int64_t randomOf(int64_t count) { return rand() % count; }

/* Rows within [0, BYTES). */
static Rows randomRows(void) {
  for (;;) {
    Rows r = {randomOf(BYTES), randomOf(60) - 30, randomOf(12), randomOf(8)};
    if (randomOf(4) == 0)
      r.stride = r.rowBytes;
    int64_t last = r.start + (r.rows - 1) * r.stride;
    int64_t end = (last > r.start ? last : r.start) + r.rowBytes;
    if (r.rows <= 1 ? r.start + r.rowBytes <= BYTES : last >= 0 && end <= BYTES)
      return r;
  }
}

static void mark(const Rows *r, bool *bytes) {
  for (int64_t row = 0; row < r->rows; ++row)
    for (int64_t i = 0; i < r->rowBytes; ++i)
      bytes[r->start + row * r->stride + i] = true;
}

static void testRanges(void) {
  for (int round = 0; round < ROUNDS; ++round) {
    Rows rows[2] = {randomRows(), randomRows()};
    bool bytes[2][BYTES] = {{false}}, overlap = false;
    MachineRange ranges[2];
    for (int k = 0; k < 2; ++k) {
      Rows r = rows[k];
      CHECK(machineRangeMake((uint64_t)(1000 + r.start), r.stride, r.rowBytes, r.rows, &ranges[k]));
      mark(&r, bytes[k]);
      int64_t begin = 0, end = BYTES;
      while (begin < BYTES && !bytes[k][begin])
        ++begin;
      while (end > begin && !bytes[k][end - 1])
        --end;
      if (begin < end)
        CHECK(ranges[k].start == (uint64_t)begin + 1000);
      CHECK(machineRangeEnd(&ranges[k]) - ranges[k].start == (uint64_t)(end - begin));
    }
    for (int i = 0; i < BYTES; ++i)
      overlap |= bytes[0][i] && bytes[1][i];
    CHECK(machineRangesOverlap(&ranges[0], &ranges[1]) == overlap);
  }

  MachineRange range;
  CHECK(machineRangeMake(8, INT64_MIN, 8, 1, &range) && machineRangeEnd(&range) == 16);
  CHECK(!machineRangeMake(8, INT64_MIN, 8, 2, &range));
  CHECK(!machineRangeMake(8, INT64_MAX / 2, 8, 4, &range));
  CHECK(!machineRangeMake(8, -8, 8, 3, &range) && machineRangeMake(8, -8, 8, 2, &range));
  CHECK(!machineRangeMake(UINT64_MAX - 10, 8, 8, 2, &range));
  CHECK(machineRangeMake(UINT64_MAX - 16, 8, 8, 2, &range));
}

/* Cores load and store at random; none of them races with itself. */
static void testRaces(void) {
  static unsigned char memory[BYTES];
  AddnormNpuTarget target = {.name = "test",
                             .cores = 3,
                             .scratchpadBytes = BYTES,
                             .scratchpadAlignment = 1,
                             .globalAlignment = 1,
                             .burstBytes = 1,
                             .queues = 1,
                             .queueBytesPerCycle = 1,
                             .memoryBytesPerCycle = 1};
  AddnormMachine *machine = addnormMachineCreate(&target, ADDNORM_MACHINE_ANY_MEMORY);
  addnormMachineUse(machine);
  int found = 0;
  for (int round = 0; round < ROUNDS / 10; ++round) {
    bool bytes[3][2][BYTES] = {{{false}}}; /* by core, and whether they are written */
    for (int64_t core = 0; core < 3; ++core) {
      unsigned char *base = addnormNpuScratchpad(core, 0, BYTES);
      for (int64_t i = randomOf(4); i > 0; --i) {
        Rows r = randomRows();
        bool isStore = randomOf(3) == 0 && llabs(r.stride) >= r.rowBytes;
        unsigned char *global = memory + r.start;
        mark(&r, bytes[core][isStore]);
        CHECK(addnormNpuDmaStart(isStore ? global : base, isStore ? base : global,
                                 isStore ? r.stride : r.rowBytes, isStore ? r.rowBytes : r.stride,
                                 r.rowBytes, r.rows, core, 0, 0) == ADDNORM_NPU_OK);
        CHECK(addnormNpuDmaWait(core, 0) == ADDNORM_NPU_OK);
      }
    }
    bool race = false;
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b)
        for (int i = 0; a != b && i < BYTES; ++i)
          race |= bytes[a][1][i] && (bytes[b][0][i] || bytes[b][1][i]);
    found += race;
    CHECK(addnormMachineFinish(machine) == (race ? ADDNORM_NPU_ERROR_OVERLAP : ADDNORM_NPU_OK));
    addnormMachineReset(machine);
  }
  CHECK(found > ROUNDS / 100 && found < ROUNDS / 10 - ROUNDS / 100);
  addnormMachineDestroy(machine);
}

int main(void) {
  srand(1);
  testRanges();
  testRaces();
  if (failures)
    fprintf(stderr, "%ld of %ld checks failed\n", failures, checks);
  return failures != 0;
}
