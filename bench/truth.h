/* Outputs against the exact result, computed in f64. */

#ifndef ADDNORM_BENCH_TRUTH_H
#define ADDNORM_BENCH_TRUTH_H

#include "bench/kernels.h"

/* How a kernel comes to y. */
typedef enum BenchRounding {
  BENCH_ROUNDED_ONCE, /* the op: f32 inside, partial sums */
  BENCH_ROUNDED_EACH  /* the front end's graph: t, u and y in the type; one long sum */
} BenchRounding;

/* Whether y and sum are within the bound that the roundings of such a kernel allow on finite inputs
 * whose results do not overflow. `name` is for the error. */
bool benchIsTrue(const BenchNorm *norm, BenchRounding rounding, const char *name, ExecError *error);

#endif /* ADDNORM_BENCH_TRUTH_H */
