/* What the hand-written kernels share: a row, the row buffer, and the choice of a loop. A file that
 * includes this one defines runRow, and runs all of it by referenceRun, both for its own ISA: hence
 * everything here is static and inlined. */

#ifndef ADDNORM_BENCH_ROWS_H
#define ADDNORM_BENCH_ROWS_H

#include <math.h>
#include <stddef.h>

#include "bench/kernels.h"

enum { LANES = 64, LINE = 64, BUFFER = 32768 };

#define INLINE static inline __attribute__((always_inline))

/* A row, and what is known of it while compiling: the first four. */
typedef struct Row {
  ExecElement type;
  bool hasSum, stream, buffered;
  int64_t n;
  const void *x, *r, *gamma;
  void *y, *sum;
  float *t; /* the row buffer, of BUFFER elements, when `buffered` */
} Row;

INLINE size_t sizeOf(ExecElement type) { return type == EXEC_F32 ? 4 : 2; }

/* Does one row and returns its rstd. */
INLINE float runRow(const Row *row, float epsilon);

INLINE float rstdOf(float squares, int64_t n, float epsilon) {
  return 1.0f / sqrtf(squares / (float)n + epsilon);
}

/* Fetches the lines of the next row that hold the elements under i to i + 31. The addends behind a
 * row's end are those of the next row. */
INLINE void fetchNextRow(const Row *row, int64_t i) {
  size_t offset = (size_t)(row->n + i) * sizeOf(row->type);
  for (size_t line = 0; line < 32 * sizeOf(row->type); line += LINE) {
    __builtin_prefetch((const char *)row->x + offset + line);
    __builtin_prefetch((const char *)row->r + offset + line);
  }
}

INLINE void runRows(const BenchNorm *norm, ExecElement type, bool hasSum, bool stream,
                    bool buffered) {
  static _Thread_local _Alignas(LINE) float buffer[BUFFER];
  size_t rowBytes = (size_t)norm->n * sizeOf(type);
  for (int64_t i = 0; i < norm->rows; ++i) {
    size_t offset = (size_t)i * rowBytes;
    Row row = {.type = type,
               .hasSum = hasSum,
               .stream = stream,
               .buffered = buffered,
               .n = norm->n,
               .x = (const char *)norm->x + offset,
               .r = (const char *)norm->r + offset,
               .gamma = norm->gamma,
               .y = (char *)norm->y + offset,
               .sum = hasSum ? (char *)norm->sum + offset : NULL,
               .t = buffer};
    float rstd = runRow(&row, norm->epsilon);
    if (norm->rstd)
      norm->rstd[i] = rstd;
  }
  if (stream)
    __builtin_ia32_sfence();
}

INLINE void chooseBuffer(const BenchNorm *norm, ExecElement type, bool hasSum, bool stream) {
  if (norm->n <= BUFFER)
    runRows(norm, type, hasSum, stream, true);
  else
    runRows(norm, type, hasSum, stream, false);
}

/* Stores around the cache are of whole lines. */
INLINE void chooseStores(const BenchNorm *norm, ExecElement type, bool hasSum) {
  size_t rowBytes = (size_t)norm->n * sizeOf(type);
  bool aligned = (rowBytes | (uintptr_t)norm->y | (uintptr_t)norm->sum) % LINE == 0;
  if (norm->stream && aligned)
    chooseBuffer(norm, type, hasSum, true);
  else
    chooseBuffer(norm, type, hasSum, false);
}

INLINE void chooseOutputs(const BenchNorm *norm, ExecElement type) {
  if (norm->sum)
    chooseStores(norm, type, true);
  else
    chooseStores(norm, type, false);
}

/* One loop for each combination, so that none decides anything inside. */
INLINE void referenceRun(const BenchNorm *norm) {
  if (norm->type == EXEC_F16)
    chooseOutputs(norm, EXEC_F16);
  else if (norm->type == EXEC_BF16)
    chooseOutputs(norm, EXEC_BF16);
  else
    chooseOutputs(norm, EXEC_F32);
}

#endif /* ADDNORM_BENCH_ROWS_H */
