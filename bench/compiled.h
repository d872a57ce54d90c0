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
  int64_t movedBytes; /* that the kernels of the graph read and write, each for itself */
} BenchCompiled;

/* Compiles for the shape, types, addends and outputs of `norm`, and so many threads at most; the
 * epsilon is BENCH_EPSILON. The caller destroys it, after a failure too. */
bool benchCompiledCreate(BenchCompiled *compiled, const BenchNorm *norm, ExecFusion fusion,
                         int64_t threads, ExecError *error);
void benchCompiledDestroy(BenchCompiled *compiled);

/* Runs it `calls` times; `*ms` is the time of all of them by `clock`. */
bool benchCompiledRun(BenchCompiled *compiled, const BenchNorm *norm, int calls,
                      double (*clock)(void), double *ms, ExecError *error);

/* The graph for the shape, types, addends and outputs of `norm`, as a front end writes it:
 * @main(x[, r], gamma) -> y[, sum]. The caller frees the text. */
char *benchGraph(const BenchNorm *norm);

#endif /* ADDNORM_BENCH_COMPILED_H */
