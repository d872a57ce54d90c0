/* One op compiled for an NPU, and run on the reference machine. */

#ifndef ADDNORM_BENCH_NPU_RUN_H
#define ADDNORM_BENCH_NPU_RUN_H

#include <stdio.h>

#include "addnorm-c/npu_machine.h"
#include "codegen/npu_schedule.h"
#include "lib/exec/error.h"
#include "lib/exec/tensor.h"

/* y = RMSNorm(x + r) * gamma, all of one type, with 64 lanes. */
typedef struct BenchNpuNorm {
  int64_t rows, n;
  ExecElement type; /* f16, bf16 or f32 */
  const void *x, *r, *gamma;
  void *y, *sum; /* sum: null where it is not returned */
} BenchNpuNorm;

typedef struct BenchNpuRun {
  AddnormScheduleQuery query;
  AddnormNpuSchedule schedule;
  AddnormMachineCounters counters;
  AddnormMachineCycles cycles;
  int64_t hazards;
} BenchNpuRun;

/* Compiles the op for `target` and runs it once. A hazard is counted and its text printed to the
 * standard error; the run goes on. The timeline, an SVG, goes to `timeline` unless that is null. */
bool benchNpuRun(BenchNpuRun *run, const BenchNpuNorm *norm, const AddnormNpuTarget *target,
                 FILE *timeline, ExecError *error);

/* Stores what addnormReferenceExact says to y and sum. */
bool benchNpuReference(const BenchNpuNorm *norm, ExecError *error);

#endif /* ADDNORM_BENCH_NPU_RUN_H */
