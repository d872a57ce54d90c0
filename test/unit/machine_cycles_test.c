/* The reference NPU machine: exact counts, cycles worked out by hand, reports. */

#include <string.h>

#include "check.h"
#include "machine_kernel.h"

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
  unsigned char *base = addnormNpuScratchpad(0, 0, 1024);
  addnormNpuDmaStart(base, (char *)x + 60, 0, 0, 10, 1, 0, 0, 0);
  addnormNpuDmaStart(base + 128, x, 128, 128, 65, 2, 0, 0, 0);
  addnormNpuDmaStart(y, base + 512, 64, 64, 64, 2, 0, 0, 0);
  addnormNpuDmaWait(0, 0);
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_OK);
  AddnormMachineCounters padded = addnormMachineCount(machine, 1, -1);
  CHECK(padded.loadedBytes == 140 && padded.loadPadding == 118 + 2 * 63);
  CHECK(padded.storedBytes == 128 && padded.storePadding == 0 && padded.waits == 1);
  CHECK(addnormMachineCount(machine, 0, -1).kernels == 2);
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
  unsigned char *base = addnormNpuScratchpad(0, 0, 4096);
  loadTile(0, base, 0, 0);
  addnormNpuDmaWait(0, 0);
  AddnormMachineCycles cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 50 + 10 + 128 + 100 && cycles.launch == 50 && cycles.cores == 1);
  CHECK(cycles.dma == 128 && cycles.compute == 10 && cycles.firstLoad == 228);
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

  base = addnormNpuScratchpad(0, 0, 4096); /* one queue, one behind the other: 60 to 188 to 316 */
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 0);
  addnormNpuDmaWait(0, 0), addnormNpuDmaWait(0, 1);
  CHECK(cyclesOf(machine).cycles == 316 + 100);
  slow.queues = 1;
  CHECK(addnormMachineReplay(machine, 0, &slow, &cycles, NULL, NULL));
  addnormMachineReset(machine);

  base = addnormNpuScratchpad(0, 0, 4096); /* two queues at the same time: from 60 and 70 */
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 1);
  addnormNpuDmaWait(0, 0), addnormNpuDmaWait(0, 1);
  CHECK(cyclesOf(machine).cycles == 70 + 128 + 100);
  CHECK(!addnormMachineReplay(machine, 0, &slow, &cycles, NULL, NULL));
  addnormMachineReset(machine);

  /* With half of the memory, 8 bytes per cycle: the first is alone until 70 (80 bytes), then both
     take 4 until 306 (944 bytes each), then the second alone, with 80 bytes left. */
  base = addnormNpuScratchpad(0, 0, 4096);
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 1);
  addnormNpuDmaWait(0, 1), addnormNpuDmaWait(0, 0);
  addnormNpuScratchpad(1, 0, 4096);
  cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 316 + 100 && cycles.cores == 2 && cycles.slowest == 0);
  CHECK(cycles.dma == 256 && cycles.memoryUse == 2048 / (416.0 * 16));
  addnormMachineReset(machine);

  /* Load, work behind the next load, work, store:
     loads 60-188 and 188-316, ready at 288 and 416; work 288-388 and 416-516; store 526-654-754 */
  base = addnormNpuScratchpad(0, 0, 4096);
  loadTile(0, base, 0, 0), loadTile(0, base, 1, 0);
  addnormNpuDmaWait(0, 0);
  addnormNpuTraceWork(0, 60), addnormNpuTraceWork(0, 40);
  addnormNpuDmaWait(0, 1);
  addnormNpuTraceWork(0, 100);
  CHECK(addnormNpuDmaStart(y, base, 256, 256, 256, 4, 0, 1, 2) == 0);
  addnormNpuDmaWait(0, 2);
  cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 754 && cycles.dma == 256 && cycles.compute == 230);
  CHECK(cycles.firstLoad == 228 && cycles.lastStore == 228 && cycles.boundCycles == 712);
  CHECK(cycles.bound == ADDNORM_BOUND_LATENCY && cycles.computeUse == 200 / 754.0);
  double sums[6] = {0};
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, countSpans, sums));
  CHECK(sums[0] == 60 + 188 && sums[1] == 188 + 316);
  CHECK(sums[2] == 288 + 416 && sums[3] == 388 + 516 && sums[4] == 526 && sums[5] == 654);
  addnormMachineReset(machine);

  base = addnormNpuScratchpad(0, 0, 64); /* nothing but work, and a hazard in the middle of it */
  addnormNpuTraceWork(0, 100);
  addnormNpuTraceAccess(0, base, 64, 0);
  addnormNpuTraceWork(0, 1000);
  addnormMachineFinish(machine);
  CHECK(addnormMachineHazard(machine, 0)->cycle == 150);
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, NULL, NULL));
  CHECK(cycles.cycles == 1150 && cycles.bound == ADDNORM_BOUND_COMPUTE);
  addnormMachineDestroy(machine);
}

/* What counts without moving anything, and the reverse. */
static void testOddCycles(void) {
  AddnormMachine *machine = createMachine(0);
  addnormNpuScratchpad(0, 0, 64); /* a transfer of nothing, by no queue */
  CHECK(addnormNpuDmaStart(NULL, NULL, 0, 0, 64, 0, 0, 9, 0) == 0);
  CHECK(addnormNpuDmaStart(NULL, (char *)x + 4, 0, 0, 0, 4, 0, 1, 0) == 0);
  addnormNpuDmaWait(0, 0);
  addnormNpuTraceWork(2, 30); /* of no kernel */
  addnormNpuTraceWork(3, 30);
  addnormNpuScratchpad(2, 0, 64);
  addnormNpuTraceWork(2, 30);
  addnormNpuTraceWork(2, -5);
  addnormNpuScratchpad(1, 0, 64);
  addnormNpuTraceWork(1, 30);
  AddnormMachineCycles cycles = cyclesOf(machine);
  CHECK(cycles.cycles == 80 && cycles.cores == 3 && cycles.slowest == 2 && cycles.compute == 30);
  CHECK(cycles.computeUse == 60 / 240.0 && cycles.dma == 0 && cycles.memoryUse == 0);
  AddnormMachineCounters idle = addnormMachineCount(machine, 0, 0);
  CHECK(idle.loads == 0 && idle.waits == 1 && idle.loadPadding == 0);
  addnormMachineReset(machine);

  loadTile(0, addnormNpuScratchpad(0, 0, 4096), 0, 0); /* nobody waits for it, but it goes on */
  CHECK(addnormMachineFinish(machine) == ADDNORM_NPU_ERROR_WAIT);
  CHECK(addnormMachineReplay(machine, 0, NULL, &cycles, NULL, NULL) && cycles.cycles == 288);
  addnormMachineDestroy(machine);
}

/* Double buffering is worth it: the kernel is near the bound of its slower core. */
static void testOverlapOfWork(void) {
  AddnormMachine *machine = createMachine(0);
  runKernel(NONE);
  AddnormMachineCycles cycles = cyclesOf(machine);
  CHECK(cycles.cores == 2 && cycles.slowest == 0);
  CHECK(cycles.dma == 6 * 1024 / 8.0 && cycles.compute == 120 + 6 * 10);
  CHECK(cycles.cycles - cycles.launch <= cycles.boundCycles);
  CHECK(cycles.cycles >= cycles.launch + cycles.dma);
  addnormMachineDestroy(machine);
}

static const char report[] =
    "test, launch 0: 2 cores, 982 cycles, bound by DMA\n"
    "  slowest core 0: DMA 768, compute 180, first load 228, last store 228; bound 1224, and 50 of "
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

static const char hazards[] =
    "launch 0, core 0, cycle 50: uninitialised: read of scratchpad[64, 128), where nothing was "
    "written to some bytes\n"
    "launch 1, core 2, cycle 1060: overlap: load with tag 8: scratchpad[992, 2784) in rows of 256 "
    "every 512 is in use by the store in flight with tag 7\n"
    "launch 1, core 2, cycle 1416: access-bounds: write of scratchpad[-4, 4), not in one of "
    "the parts asked for\n";

/* Hazards of two launches, and more than are kept. */
static void testHazardText(void) {
  AddnormMachine *machine = createMachine(ADDNORM_MACHINE_CONTINUE);
  unsigned char *base = addnormNpuScratchpad(0, 0, 4096);
  addnormNpuTraceAccess(0, base + 64, 64, 0);
  base = addnormNpuScratchpad(0, 0, 4096);
  addnormNpuTraceWork(0, 1);
  base = addnormNpuScratchpad(2, 0, 4096);
  addnormNpuTraceWork(2, 1000);
  CHECK(addnormNpuDmaStart(y + N, base, 512, 256, 256, 4, 2, 0, 7) == 0);
  CHECK(addnormNpuDmaStart(base + 992, y, 512, 256, 256, 4, 2, 1, 8) == 0);
  CHECK(addnormNpuDmaWait(2, 7) == 0 && addnormNpuDmaWait(2, 8) == 0);
  for (int i = 0; i < ADDNORM_HAZARDS_KEPT; ++i)
    addnormNpuTraceAccess(2, base - 4, 8, 1);
  addnormMachineFinish(machine);
  static char text[1 << 15];
  FILE *file = tmpfile();
  addnormMachinePrintHazards(machine, file);
  rewind(file);
  CHECK(fread(text, 1, sizeof text - 1, file) > 0 && strncmp(text, hazards, strlen(hazards)) == 0);
  CHECK(strstr(text, "\n2 more hazards\n"));
  fclose(file);
  addnormMachineDestroy(machine);
}

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

/* An argument is where to draw the kernel to. */
int main(int argc, char **argv) {
  testCounts();
  testCycles();
  testOddCycles();
  testOverlapOfWork();
  testHazardText();
  testReports(argc > 1 ? argv[1] : NULL);
  if (failures)
    fprintf(stderr, "%ld of %ld checks failed\n", failures, checks);
  return failures != 0;
}
