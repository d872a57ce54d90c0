/* A kernel on several cores: rows over threads. */

#ifndef ADDNORM_BENCH_THREADS_H
#define ADDNORM_BENCH_THREADS_H

#include "bench/kernels.h"

/* The cores that this process may use. */
int benchNumCores(void);

/* Binds this thread to the first of them, or lets it go again. */
void benchPin(bool pinned);

/* Calls `run` so many times, each on the rows of all of `norm`, shared between `threads` threads
 * that are bound to a core each and meet after every call. Returns the milliseconds of the calls,
 * behind one that is not timed. */
double benchRunThreads(void (*run)(const BenchNorm *norm), const BenchNorm *norm, int threads,
                       int calls);

/* Milliseconds of real time. */
double benchRealTime(void);

#endif /* ADDNORM_BENCH_THREADS_H */
