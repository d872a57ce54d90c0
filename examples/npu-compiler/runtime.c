/* The runtime of our NPU: what compiled code calls, by the contract of addnorm-c/npu_runtime.h. For
 * one thread.
 *
 * The machine is played by the host: a core's scratchpad is an array, its DMA engine a ring of
 * descriptors that are worked off in order. A transfer is done when somebody waits for it, or when
 * its place in the ring is needed: as late as a slow engine would do it. A real runtime writes the
 * descriptor where this one keeps it, and polls or sleeps where this one copies.
 *
 * It takes what the compiler emits on trust. AddNorm::machine is a runtime that checks it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/npu_runtime.h"
#include "machine.h"

typedef struct Transfer {
  char *destination;
  const char *source;
  int64_t destinationStride, sourceStride, rowBytes, rows, tag;
} Transfer;

enum { RING = 8 };

typedef struct Core {
  _Alignas(MACHINE_ALIGNMENT) char scratchpad[MACHINE_SCRATCHPAD_BYTES];
  Transfer ring[RING]; /* transfer i is in place i % RING */
  int64_t done, started;
} Core;

int64_t machineBytesMoved;

static Core cores[MACHINE_CORES];

static void finishOldest(Core *core) {
  const Transfer *t = &core->ring[core->done++ % RING];
  for (int64_t row = 0; row < t->rows; ++row)
    memcpy(t->destination + row * t->destinationStride, t->source + row * t->sourceStride,
           (size_t)t->rowBytes);
  machineBytesMoved += t->rows * t->rowBytes;
}

void *addnormNpuScratchpad(int64_t core, int64_t offset, int64_t bytes) {
  bool fits = core < MACHINE_CORES && bytes <= MACHINE_SCRATCHPAD_BYTES - offset;
  return fits ? cores[core].scratchpad + offset : NULL;
}

int32_t addnormNpuDmaStart(void *destination, const void *source, int64_t destinationStride,
                           int64_t sourceStride, int64_t rowBytes, int64_t rows, int64_t core,
                           int64_t queue, int64_t tag) {
  if (core >= MACHINE_CORES || queue != 0)
    return ADDNORM_NPU_ERROR_LIMIT;
  Core *c = &cores[core];
  if (c->started - c->done == RING)
    finishOldest(c);
  c->ring[c->started++ % RING] = (Transfer){.destination = destination,
                                            .source = source,
                                            .destinationStride = destinationStride,
                                            .sourceStride = sourceStride,
                                            .rowBytes = rowBytes,
                                            .rows = rows,
                                            .tag = tag};
  return ADDNORM_NPU_OK;
}

/* The ring is worked off in order: up to the last transfer that has the tag. */
int32_t addnormNpuDmaWait(int64_t core, int64_t tag) {
  if (core >= MACHINE_CORES)
    return ADDNORM_NPU_ERROR_LIMIT;
  Core *c = &cores[core];
  int64_t end = c->started;
  while (end > c->done && c->ring[(end - 1) % RING].tag != tag)
    --end;
  while (c->done < end)
    finishOldest(c);
  return ADDNORM_NPU_OK;
}

/* Behind a status that is not 0. A real runtime would tell the model's caller. */
void addnormNpuFailed(int32_t status, const char *site) {
  fprintf(stderr, "%s: the NPU failed with status %d\n", site, status);
  exit(EXIT_FAILURE);
}
