/* The shapes of `addnorm-bench npu`, and tensors for them. */

#ifndef ADDNORM_BENCH_NPU_CASES_H
#define ADDNORM_BENCH_NPU_CASES_H

#include "bench/npu_results.h"

typedef struct BenchNpuCase {
  BenchNpuSection section;
  int64_t rows, n;
  ExecElement type;
} BenchNpuCase;

enum { BENCH_NPU_MAX_CASES = 256 };

/* Fills `cases` and returns how many there are. Each is run with the sum returned and without. */
int benchNpuSweep(bool quick, BenchNpuCase cases[BENCH_NPU_MAX_CASES]);

/* Inputs, and what the reference makes of them: `norm` with y and sum, and these as they have to
 * be. */
typedef struct BenchNpuTensors {
  BenchNpuNorm norm;
  void *y, *sum;
  void *memory;
} BenchNpuTensors;

/* All of one case, each aligned to `alignment` bytes. The caller destroys them, after a failure
 * too. */
bool benchNpuTensorsCreate(BenchNpuTensors *tensors, const BenchNpuCase *c, size_t alignment,
                           ExecError *error);
void benchNpuTensorsDestroy(BenchNpuTensors *tensors);

/* Sets the outputs of a run to what no run gives. */
void benchNpuTensorsClear(BenchNpuTensors *tensors);

/* Whether the outputs of `norm`, which is that of the tensors with or without the sum, have the
 * bits of the reference. */
bool benchNpuTensorsCheck(const BenchNpuTensors *tensors, const BenchNpuNorm *norm,
                          const char *target, ExecError *error);

#endif /* ADDNORM_BENCH_NPU_CASES_H */
