/* The cases of the sweep, and their tensors. */

#ifndef ADDNORM_BENCH_CASES_H
#define ADDNORM_BENCH_CASES_H

#include "bench/kernels.h"

#define BENCH_EPSILON 1e-5f

/* Two addends are measured with and without the sum as an output, one is a norm alone. */
typedef struct BenchCase {
  int64_t rows, n;
  ExecElement type, gammaType;
  int addends;
} BenchCase;

/* All cases, or the few that show whether it works. The caller frees them. */
BenchCase *benchSweep(bool quick, int *count);

/* Makes the tensors of a case, with the sum, on huge pages if wanted; null after recording why. The
 * caller frees them. */
void *benchPlaceTensors(BenchNorm *norm, const BenchCase *c, bool hugePages, ExecError *error);

#endif /* ADDNORM_BENCH_CASES_H */
