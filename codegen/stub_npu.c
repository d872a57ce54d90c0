#include "codegen/npu_schedule.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
const char *addnormNpuTargetCheck(const AddnormNpuTarget *t) { return 0; }
bool addnormNpuTargetFind(const char *name, AddnormNpuTarget *t, char *e, size_t n) {
  *t = (AddnormNpuTarget){.name = "stub",
                          .cores = 4,
                          .scratchpadBytes = 192 << 10,
                          .scratchpadAlignment = 32,
                          .globalAlignment = 32,
                          .burstBytes = 32,
                          .queues = 2,
                          .vectorBytes = 256,
                          .vectorRegisters = 32,
                          .lanes = 64,
                          .maskedMemory = true,
                          .f32Cost = 1,
                          .convertCost = 1,
                          .memoryCost = 1,
                          .scalarCost = 1,
                          .rootCost = 10,
                          .queueBytesPerCycle = 64,
                          .memoryBytesPerCycle = 512,
                          .latencyCycles = 300,
                          .issueCycles = 20,
                          .launchCycles = 1000,
                          .clockGHz = 1};
  return true;
}
const char *addnormNpuScheduleCompute(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                                      AddnormNpuSchedule *s) {
  *s = (AddnormNpuSchedule){
      .lanes = q->lanes ? q->lanes : 64, .chunk = q->chunk, .buffers = getenv("ONE") ? 1 : 2};
  if (q->n > 0 && s->chunk >= q->n)
    s->chunk = 0;
  bool multi = getenv("MULTI") || q->n < 0;
  s->singlePass = !multi;
  if (!multi) {
    s->rowTile = getenv("RT") ? atoi(getenv("RT")) : 4;
    s->columnTile = (q->n + 63) / 64 * 64;
    if (!s->columnTile)
      s->columnTile = 64;
    s->pitch = s->columnTile;
    s->rowBuffer = getenv("NOROW") ? 0 : s->columnTile;
    s->rowMask = true;
    s->columnMask = q->n % 64;
  } else {
    s->rowTile = 1;
    s->columnTile = getenv("CT") ? atoi(getenv("CT")) : 256;
    s->pitch = s->columnTile;
    s->keptColumns = getenv("KEPT") ? atoi(getenv("KEPT")) : 0;
    s->keptVectorColumns = getenv("KV") ? atoi(getenv("KV")) : 0;
    s->columnMask = true;
  }
  s->grid = t->cores;
  s->scratchBytes = 192 << 10;
  return 0;
}
int addnormNpuScheduleToJson(const AddnormNpuSchedule *s, char *b, size_t n) {
  return snprintf(b, n, "{}");
}
