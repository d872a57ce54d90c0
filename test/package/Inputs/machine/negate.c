/* A kernel for the reference NPU machine that forgets to wait when there is an argument. */

#include "addnorm-c/npu_machine.h"

enum { N = 64 };

static float x[N], y[N];

static int32_t negate(bool waits) {
  float *tile = addnormNpuScratchpad(0, 0, sizeof x);
  int32_t status = addnormNpuDmaStart(tile, x, 0, 0, sizeof x, 1, 0, 0, 0);
  if (waits && status == ADDNORM_NPU_OK)
    status = addnormNpuDmaWait(0, 0);
  addnormNpuTraceAccess(0, tile, sizeof x, 0);
  addnormNpuTraceAccess(0, tile, sizeof x, 1);
  for (int i = 0; i < N; ++i)
    tile[i] = -tile[i];
  addnormNpuTraceWork(0, 16);
  if (status == ADDNORM_NPU_OK)
    status = addnormNpuDmaStart(y, tile, 0, 0, sizeof y, 1, 0, 0, 1);
  return status == ADDNORM_NPU_OK ? addnormNpuDmaWait(0, 1) : status;
}

int main(int argc, char **argv) {
  (void)argv;
  AddnormNpuTarget target = {.name = "small",
                             .cores = 1,
                             .scratchpadBytes = 1024,
                             .scratchpadAlignment = 32,
                             .globalAlignment = 4,
                             .burstBytes = 4,
                             .queues = 1,
                             .queueBytesPerCycle = 4,
                             .memoryBytesPerCycle = 4};
  AddnormMachine *machine = addnormMachineCreate(&target, 0);
  addnormMachineUse(machine);
  addnormMachineAddBuffer(machine, "x", x, sizeof x, ADDNORM_MACHINE_READ);
  addnormMachineAddBuffer(machine, "y", y, sizeof y, ADDNORM_MACHINE_WRITE);
  for (int i = 0; i < N; ++i)
    x[i] = (float)i;
  int32_t status = negate(argc == 1);
  printf("%s, y[1] = %g\n", addnormNpuErrorText(status), y[1]);
  AddnormNpuStatus verdict = addnormMachineFinish(machine);
  addnormMachinePrintHazards(machine, stdout);
  addnormMachinePrintLaunch(machine, 0, NULL, stdout);
  addnormMachineDestroy(machine);
  return verdict != ADDNORM_NPU_OK;
}
