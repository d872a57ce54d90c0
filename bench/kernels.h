/* What `addnorm-bench cpu` measures the compiled kernels against: hand-written code for the same
 * op, and the plain traffic of it. */

#ifndef ADDNORM_BENCH_KERNELS_H
#define ADDNORM_BENCH_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/exec/tensor.h"

/* y = RMSNorm(x + r) * gamma on rows x n elements, each row behind the one before. */
typedef struct BenchNorm {
  ExecElement type;      /* f16, bf16 or f32 */
  ExecElement gammaType; /* the same or f32 */
  int64_t rows, n;
  float epsilon;
  const void *x;
  const void *r; /* null: there is one addend */
  const void *gamma;
  void *y;
  void *sum;       /* null: not asked for */
  float *rstd;     /* one per row; null: not asked for */
  bool stream;     /* the tensors leave the cache: store around it, fetch the next row early */
  bool fromMemory; /* the last cache, too, or nearly so: f32 waits for the memory */
} BenchNorm;

static inline size_t benchTensorBytes(const BenchNorm *norm) {
  return (size_t)(norm->rows * norm->n) * execElementSize(norm->type);
}

/* What a call has to move: the addends, y and the sum, each once; gamma stays in the cache. */
static inline double benchCountedBytes(const BenchNorm *norm) {
  return (double)benchTensorBytes(norm) * (2 + (norm->r != NULL) + (norm->sum != NULL));
}

/* The op's contract with lanes = 64 and one chunk, to the bit, for two addends and a gamma of their
 * type. y and sum overlap nothing. */
typedef struct BenchReference {
  const char *name;
  void (*run)(const BenchNorm *norm);
  void (*narrow)(const BenchNorm *norm); /* benchNarrow */
} BenchReference;

/* AVX-512, then AVX2 with FMA and F16C, as far as this host can run them: the best one first. */
enum { BENCH_MAX_REFERENCES = 2 };
int benchReferences(BenchReference references[BENCH_MAX_REFERENCES]);

void benchReferenceAvx512(const BenchNorm *norm);
void benchReferenceAvx2(const BenchNorm *norm);

/* The loop of the hand-written kernel with f16 inside instead of f32: nothing is converted, and the
 * arithmetic is that of 16-bit integers, which costs what that of f16 does where a processor has
 * it. What it stores is no result. Needs AVX2. */
void benchNarrow(const BenchNorm *norm);

/* The traffic of the op and next to no work: reads x and r, stores y and sum around the cache. What
 * it stores is no result. Works on whole pieces of 64 bytes, to which the tensors are aligned. */
void benchStream(const BenchNorm *norm);

#endif /* ADDNORM_BENCH_KERNELS_H */
