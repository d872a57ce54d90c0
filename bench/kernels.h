/* What `addnorm-bench cpu` measures the compiled kernels against: hand-written code for the same
 * op, and the plain traffic of it. */

#ifndef ADDNORM_BENCH_KERNELS_H
#define ADDNORM_BENCH_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/exec/tensor.h"

/* y = RMSNorm(x + r) * gamma on rows x n elements, each row behind the one before; all tensors have
 * one type, f16, bf16 or f32. */
typedef struct BenchNorm {
  ExecElement type;
  int64_t rows, n;
  float epsilon;
  const void *x, *r, *gamma;
  void *y;
  void *sum;   /* null: not asked for */
  float *rstd; /* one per row; null: not asked for */
  bool stream; /* the tensors leave the cache: store around it, fetch the next row early */
} BenchNorm;

/* The op's contract with lanes = 64 and one chunk, to the bit. y and sum overlap nothing. */
typedef struct BenchReference {
  const char *name;
  void (*run)(const BenchNorm *norm);
} BenchReference;

/* AVX-512, then AVX2 with FMA and F16C, as far as this host can run them: the best one first. */
enum { BENCH_MAX_REFERENCES = 2 };
int benchReferences(BenchReference references[BENCH_MAX_REFERENCES]);

void benchReferenceAvx512(const BenchNorm *norm);
void benchReferenceAvx2(const BenchNorm *norm);

/* The traffic of the op and next to no work: reads x and r, stores y and sum around the cache. What
 * it stores is no result. Works on whole pieces of 64 bytes, to which the tensors are aligned. */
void benchStream(const BenchNorm *norm);

#endif /* ADDNORM_BENCH_KERNELS_H */
