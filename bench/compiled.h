/* The graph add -> RMSNorm, compiled through the pipeline that runs models, on memory of the
 * caller.
 */

#ifndef ADDNORM_BENCH_COMPILED_H
#define ADDNORM_BENCH_COMPILED_H

#include "bench/kernels.h"
#include "lib/exec/jit.h"
#include "lib/exec/pipeline.h"

typedef struct BenchCompiled {
  ExecJit jit;
} BenchCompiled;

/* Compiles for the shape, type and outputs of `norm`, and so many threads at most; the epsilon is
 * BENCH_EPSILON. The caller destroys it, after a failure too. */
#define BENCH_EPSILON 1e-5f
bool benchCompiledCreate(BenchCompiled *compiled, const BenchNorm *norm, ExecFusion fusion,
                         int64_t threads, ExecError *error);
void benchCompiledDestroy(BenchCompiled *compiled);

/* Runs it `calls` times; `*ms` is the processor time of all of them. */
bool benchCompiledRun(BenchCompiled *compiled, const BenchNorm *norm, int calls, double *ms,
                      ExecError *error);

#endif /* ADDNORM_BENCH_COMPILED_H */
