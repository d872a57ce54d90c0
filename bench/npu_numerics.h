/* The four families of inputs of addnorm-demo with one layer, through an NPU: f16 sums that pass
 * 65504, outliers, heavy tails, rounding. */

#ifndef ADDNORM_BENCH_NPU_NUMERICS_H
#define ADDNORM_BENCH_NPU_NUMERICS_H

#include "bench/npu_run.h"
#include "tools/addnorm-demo/results.h"

enum { BENCH_NPU_NUMERICS = DEMO_DEPTH, BENCH_NPU_NUMERIC_ROWS = 64 };

typedef struct BenchNpuNumerics {
  const AddnormNpuTarget *target;
  const char *family[BENCH_NPU_NUMERICS];
  int64_t rowsPastF16[BENCH_NPU_NUMERICS]; /* whose sum is no finite f16 */
  DemoAccuracy accuracy[BENCH_NPU_NUMERICS];
  int64_t hazards;
} BenchNpuNumerics;

/* Checks y against the bits of the reference as well. */
bool benchNpuNumericsRun(BenchNpuNumerics *numerics, const AddnormNpuTarget *target,
                         ExecError *error);

void benchNpuNumericsPrint(const BenchNpuNumerics *numerics, int numTargets);

#endif /* ADDNORM_BENCH_NPU_NUMERICS_H */
