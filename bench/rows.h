/* What the hand-written kernels share: the order of the work, and the choice of a loop.
 *
 *   squares of row 0
 *   for each row: fold;  rstd = 1 / sqrt(sum / n + epsilon)
 *     for 64 elements at a time:
 *       normalize and store those of this row
 *       read, add and square those of the next row
 *
 * One loop does the second pass over a row and the first over the next one: memory is read and
 * written all the time, as by a plain stream, and not by turns. t, the sum of the addends, is kept
 * from one pass to the other in a row buffer, or a row is read twice. Out of the cache
 * the stores go around it, in whole lines.
 *
 * A file that includes this one defines Vector before, of floats, and behind it the functions that
 * are declared and not defined here, and runs all of it by referenceRun, everything for its own
 * ISA: hence static and inlined. */

#ifndef ADDNORM_BENCH_ROWS_H
#define ADDNORM_BENCH_ROWS_H

#include <math.h>
#include <stddef.h>

#include "bench/kernels.h"

enum { LANES = 64, LINE = 64, PAGE = 4096, AHEAD = 2 * PAGE, L2 = 2, BUFFER = 32768 };

#define INLINE static inline __attribute__((always_inline))

/* How rows are read and written, known while compiling. */
typedef struct Way {
  bool stream;   /* stores go around the cache, and the next row is fetched early */
  bool buffered; /* t is kept in the row buffer */
  bool fenced;   /* the loads of a block wait for those before: otherwise the processor runs so far
                    ahead that what is fetched early finds no place among the misses in flight */
} Way;

/* A row, and what is known of it while compiling: the first three. */
typedef struct Row {
  ExecElement type;
  bool hasSum;
  Way way;
  int64_t n;
  const void *x, *r, *gamma;
  void *y, *sum;
  float *t; /* the row buffer, of BUFFER elements */
} Row;

INLINE size_t sizeOf(ExecElement type) { return type == EXEC_F32 ? 4 : 2; }

/* The LANES partial sums of squares. */
typedef struct Partials {
  Vector acc[LANES * sizeof(float) / sizeof(Vector)];
} Partials;

INLINE void clear(Partials *partials);
INLINE float fold(ExecElement type, const Partials *partials);

/* The elements i to i + LANES - 1. */
INLINE void accumulate(const Row *row, int64_t i, Partials *partials);
INLINE void normalize(const Row *row, int64_t i, float rstd);

/* Those behind the last whole block; there are some. They are not buffered. */
INLINE void accumulateTail(const Row *row, Partials *partials);
INLINE void normalizeTail(const Row *row, float rstd);

/* The first line of the page behind that of `at`. */
INLINE void fetchPageBehind(const char *at) {
  __builtin_prefetch((const char *)(((uintptr_t)at & ~(uintptr_t)(PAGE - 1)) + PAGE));
}

/* The second pass over the row stores the elements i to i + LANES - 1 while the first over the next
 * one, which lies behind it, reads its own. Fetches what is read two pages later, into the second
 * cache: the first would have too few requests in flight for such a distance. And one line of the
 * next page of all four, so that its translation is known when it comes: of their own pages, not
 * those of the row, which may begin anywhere. */
INLINE void fetchAhead(const Row *row, const Row *next, int64_t i) {
  size_t at = (size_t)i * sizeOf(row->type);
  for (size_t line = 0; line < LANES * sizeOf(row->type); line += LINE) {
    __builtin_prefetch((const char *)next->x + at + AHEAD + line, 0, L2);
    __builtin_prefetch((const char *)next->r + at + AHEAD + line, 0, L2);
  }
  fetchPageBehind((const char *)next->x + at);
  fetchPageBehind((const char *)next->r + at);
  fetchPageBehind((const char *)row->y + at);
  if (row->hasSum)
    fetchPageBehind((const char *)row->sum + at);
}

INLINE void advance(Row *row) {
  size_t bytes = (size_t)row->n * sizeOf(row->type);
  row->x = (const char *)row->x + bytes;
  row->r = (const char *)row->r + bytes;
  row->y = (char *)row->y + bytes;
  if (row->hasSum)
    row->sum = (char *)row->sum + bytes;
}

INLINE void squareFirst(const Row *row, Partials *partials) {
  int64_t whole = row->n / LANES * LANES;
  clear(partials);
  for (int64_t i = 0; i < whole; i += LANES)
    accumulate(row, i, partials);
  if (whole < row->n)
    accumulateTail(row, partials);
}

INLINE void normalizeLast(const Row *row, float rstd) {
  int64_t whole = row->n / LANES * LANES;
  for (int64_t i = 0; i < whole; i += LANES)
    normalize(row, i, rstd);
  if (whole < row->n)
    normalizeTail(row, rstd);
}

/* Each block of the row buffer is read before the next row's overwrites it. */
INLINE void normalizeAndSquareNext(Row *row, float rstd, Partials *partials) {
  int64_t whole = row->n / LANES * LANES;
  Row next = *row;
  advance(&next);
  clear(partials);
  for (int64_t i = 0; i < whole; i += LANES) {
    if (row->way.stream)
      fetchAhead(row, &next, i);
    if (row->way.fenced)
      __builtin_ia32_lfence();
    normalize(row, i, rstd);
    accumulate(&next, i, partials);
  }
  if (whole < row->n) {
    normalizeTail(row, rstd);
    accumulateTail(&next, partials);
  }
  *row = next;
}

INLINE void runRows(const BenchNorm *norm, ExecElement type, bool hasSum, Way way) {
  static _Thread_local _Alignas(LINE) float buffer[BUFFER];
  Row row = {.type = type,
             .hasSum = hasSum,
             .way = way,
             .n = norm->n,
             .x = norm->x,
             .r = norm->r,
             .gamma = norm->gamma,
             .y = norm->y,
             .sum = norm->sum,
             .t = buffer};
  Partials partials;
  if (norm->rows > 0)
    squareFirst(&row, &partials);
  for (int64_t i = 0; i < norm->rows; ++i) {
    float rstd = 1.0f / sqrtf(fold(type, &partials) / (float)norm->n + norm->epsilon);
    if (norm->rstd)
      norm->rstd[i] = rstd;
    if (i + 1 < norm->rows)
      normalizeAndSquareNext(&row, rstd, &partials);
    else
      normalizeLast(&row, rstd);
  }
  if (way.stream)
    __builtin_ia32_sfence();
}

INLINE void chooseBuffer(const BenchNorm *norm, ExecElement type, bool hasSum, bool stream) {
  bool fits = norm->n <= BUFFER;
  if (fits && type == EXEC_F32 && stream && norm->fromMemory) /* fences pay */
    runRows(norm, type, hasSum, (Way){stream, true, true});
  else if (fits && (type != EXEC_F32 || norm->rows > 1)) /* one row of f32 is as soon read again */
    runRows(norm, type, hasSum, (Way){stream, true, false});
  else
    runRows(norm, type, hasSum, (Way){stream, false, false});
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
