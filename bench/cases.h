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

/* Reads "ROWSxNxTYPE", such as 2048x4096xf16, as a case of two addends; false if `text` is no such
 * shape. */
bool benchCaseParse(BenchCase *c, const char *text);

/* The tensors of a case, in one piece of memory. */
typedef struct BenchTensors {
  BenchCase shape;
  bool hugePages;
  void *memory;
} BenchTensors;

/* Fills the tensors of a case, on huge pages if wanted; false after recording why. The caller
 * destroys them, after a failure too. */
bool benchTensorsCreate(BenchTensors *tensors, const BenchCase *c, bool hugePages,
                        ExecError *error);
void benchTensorsDestroy(BenchTensors *tensors);

/* Moves them to other memory, of which all norms of before know nothing. Which pages they lie on
 * decides what of them meets in a cache. */
bool benchTensorsMove(BenchTensors *tensors, ExecError *error);

/* The op on them where they are. */
BenchNorm benchTensorsNorm(const BenchTensors *tensors, bool hasSum);

#endif /* ADDNORM_BENCH_CASES_H */
