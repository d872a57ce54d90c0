/* Kernels compiled for the CPU and for an NPU: the same bits, and the machine's errors come back.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/npu_machine.h"
#include "addnorm-c/reference.h"
#include "called.h"
#include "looped.h"

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      exit(EXIT_FAILURE);                                                                          \
    }                                                                                              \
  } while (0)

enum { ROWS = 13, N = 100, SIZE = ROWS * N };

static uint16_t x[SIZE], r[SIZE], g[N], y[2][SIZE], s[2][SIZE];
static const int64_t shape[] = {ROWS, N};

static AddnormTensor rows(uint16_t *data) {
  return (AddnormTensor){data, ADDNORM_F16, 2, shape, NULL};
}

static void fill(uint16_t *data, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    addnormReferenceStore(ADDNORM_F16, data, i, (float)(rand() % 2001 - 1000) / 250);
}

/* With the alignments of the machine that the code is for; costs do not matter here. */
static AddnormMachine *machineWith(int64_t scratchpadBytes) {
  AddnormNpuTarget target = {.name = "entries",
                             .cores = 1,
                             .scratchpadBytes = scratchpadBytes,
                             .scratchpadAlignment = 16,
                             .globalAlignment = 16,
                             .burstBytes = 128,
                             .queues = 1,
                             .vectorBytes = 64,
                             .vectorRegisters = 32,
                             .lanes = 16,
                             .f32Cost = 1,
                             .queueBytesPerCycle = 1,
                             .memoryBytesPerCycle = 1,
                             .clockGHz = 1};
  return addnormMachineCreate(&target, ADDNORM_MACHINE_ANY_MEMORY);
}

int main(void) {
  fill(x, SIZE);
  fill(r, SIZE);
  fill(g, N);
  AddnormTensor tx = rows(x), tr = rows(r), tg = {g, ADDNORM_F16, 1, shape + 1, NULL};
  AddnormTensor ty[] = {rows(y[0]), rows(y[1])}, ts[] = {rows(s[0]), rows(s[1])};
  AddnormError error;
  CHECK(looped_norm(&tx, &tr, &tg, &ty[0], &ts[0], NULL) == ADDNORM_OK);

  AddnormMachine *machine = machineWith(1 << 20);
  addnormMachineUse(machine);
  CHECK(called_norm(&tx, &tr, &tg, &ty[1], &ts[1], NULL) == ADDNORM_OK);
  CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0 && memcmp(s[0], s[1], sizeof s[0]) == 0);
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  CHECK(addnormMachineCount(machine, -1, -1).storedBytes == sizeof y[1] + sizeof s[1]);
  addnormMachineDestroy(machine);

  /* A machine with less than the code was told: the first status, above those of the vendors'. */
  machine = machineWith(64);
  addnormMachineUse(machine);
  CHECK(called_norm(&tx, &tr, &tg, &ty[1], &ts[1], &error) ==
        ADDNORM_ERROR_VENDOR + ADDNORM_NPU_ERROR_SCRATCHPAD);
  CHECK(strncmp(error.text, "called_norm: ", 13) == 0);
  addnormMachineDestroy(machine);

  /* Without any: every call fails. */
  CHECK(called_norm(&tx, &tr, &tg, &ty[1], &ts[1], NULL) > ADDNORM_ERROR_VENDOR);
  puts("all right");
  return 0;
}
