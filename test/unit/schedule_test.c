/* Properties of the schedule over a sweep of shapes, orders of the sum and targets. */

#include "codegen/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const AddnormTargetInfo targets[] = {
    {.scratchBytes = 1 << 20, .alignment = 4, .lanes = 64, .cores = 1},
    {.scratchBytes = 1 << 16, .alignment = 64, .lanes = 64, .cores = 8},
    {.scratchBytes = 3000, .alignment = 64, .lanes = 8, .cores = 2},
    {.scratchBytes = 1 << 18,
     .alignment = 64,
     .lanes = 64,
     .cores = 4,
     .vectorBytes = 64,
     .vectorRegisters = 32,
     .cacheBytes = 32 << 20,
     .forkBytes = 1 << 20,
     .f16Bytes = 32,
     .shortNans = true,
     .bf16InPairs = true,
     .maskedMemory = true,
     .streamingStores = true,
     .loadFence = "fence"},
    {.scratchBytes = 5000,
     .alignment = 64,
     .lanes = 16,
     .cores = 1,
     .vectorBytes = 16,
     .vectorRegisters = 16,
     .cacheBytes = 1 << 20},
    {.scratchBytes = 1 << 16,
     .alignment = 64,
     .lanes = 64,
     .cores = 7,
     .vectorBytes = 32,
     .vectorRegisters = 16,
     .cacheBytes = 1 << 20},
    {.scratchBytes = 1 << 13,
     .alignment = 128,
     .lanes = 64,
     .cores = 1,
     .vectorBytes = 128,
     .vectorRegisters = 32,
     .cacheBytes = 1 << 20,
     .roundsPairs = true,
     .splitsFma = true},
};
static const int64_t rowCounts[] = {ADDNORM_DYNAMIC, 0, 1, 2, 3, 17, 128, 131072, INT64_MAX};
static const int64_t lengths[] = {
    ADDNORM_DYNAMIC, 0, 1, 2, 7, 63, 64, 65, 100, 300, 4096, 8192, 32768, 131072, INT64_MAX};
static const int64_t orders[][2] = {{0, 0},
                                    {1, 0},
                                    {1, 3},
                                    {8, 0},
                                    {8, 24},
                                    {64, 0},
                                    {64, 64},
                                    {64, 192},
                                    {64, 4096},
                                    {64, 8256},
                                    {1024, 0},
                                    {1024, 2048},
                                    {(int64_t)1 << 40, 0},
                                    {(int64_t)1 << 62, 0}};
/* elementBytes, vectorBytes, narrowestBytes */
static const int64_t widths[][3] = {{4, 0, 2}, {6, 2, 2}, {8, 4, 2}, {14, 6, 2}, {16, 4, 4}};

static long checks, failures;

static void describe(const char *what, const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                     const AddnormSchedule *s) {
  char text[512];
  addnormScheduleToJson(s, text, sizeof text);
  fprintf(stderr,
          "%s: rows %lld n %lld bytes %lld+%lld lanes %lld chunk %lld rstd %d; scratch %lld: %s\n",
          what, (long long)q->rows, (long long)q->n, (long long)q->elementBytes,
          (long long)q->vectorBytes, (long long)q->lanes, (long long)q->chunk, q->rstd,
          (long long)t->scratchBytes, text);
}

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    ++checks;                                                                                      \
    if (!(condition) && ++failures <= 20)                                                          \
      describe(#condition, q, t, s);                                                               \
  } while (0)

static bool isPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }
static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t alignUp(int64_t a, int64_t b) { return (a + b - 1) / b * b; }

static int64_t partialBytes(const AddnormSchedule *s) { return 4 * s->lanes * (s->chunk ? 2 : 1); }

static void checkOrder(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                       const AddnormSchedule *s) {
  int64_t lanes = q->lanes ? q->lanes : t->lanes;
  CHECK(isPowerOfTwo(s->lanes) && s->lanes <= lanes);
  CHECK(s->lanes == lanes || (q->n != ADDNORM_DYNAMIC && s->lanes >= q->n));
  CHECK(s->chunk == q->chunk || (s->chunk == 0 && q->n != ADDNORM_DYNAMIC && q->chunk >= q->n));
  CHECK(s->chunk % s->lanes == 0);
}

/* What the emitter will lay out, buffer by buffer. */
static void checkMemory(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                        const AddnormSchedule *s) {
  int64_t bytes = alignUp(partialBytes(s), t->alignment);
  bytes += alignUp(4 * s->rowBuffer, t->alignment);
  CHECK(bytes == s->scratchBytes);
  CHECK(bytes <= t->scratchBytes);
}

static void checkTiles(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                       const AddnormSchedule *s) {
  CHECK(s->columnTile >= 1);
  CHECK(s->piece ? s->lanes % s->columnTile == 0 : s->columnTile == s->lanes);
  CHECK(q->n != ADDNORM_DYNAMIC || s->columnMask);
}

static bool isSmall(const AddnormScheduleQuery *q, int64_t bytes) {
  int64_t elements, total;
  return !__builtin_mul_overflow(q->rows, q->n, &elements) &&
         !__builtin_mul_overflow(elements, q->elementBytes, &total) && total <= bytes;
}

/* Rows, or chunks where there are not enough rows; as many as there are, but not more. */
static void checkGrid(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                      const AddnormSchedule *s) {
  bool isDynamic = q->rows == ADDNORM_DYNAMIC || q->n == ADDNORM_DYNAMIC;
  bool hasWork = q->rows != 0 && q->n != 0;
  CHECK(s->grid >= 1 && s->grid <= t->cores);
  CHECK(s->tasks == ADDNORM_TASKS_ROWS || (s->piece && s->chunk && q->rows < t->cores));
  CHECK((s->tasks == ADDNORM_TASKS_EITHER) <= (q->rows == ADDNORM_DYNAMIC));
  CHECK((s->forkBytes > 0) == (s->piece && s->grid > 1 && isDynamic));
  if (s->forkBytes)
    CHECK(s->forkBytes == (t->forkBytes ? t->forkBytes : 1));
  if (!hasWork || (s->piece && !isDynamic && isSmall(q, t->forkBytes))) {
    CHECK(s->grid == 1 || !s->piece);
    return;
  }
  if (q->rows == ADDNORM_DYNAMIC) {
    CHECK(s->grid == t->cores);
    CHECK((s->tasks == ADDNORM_TASKS_EITHER) == (s->piece && s->chunk && t->cores > 1));
    return;
  }
  int64_t tasks = q->rows;
  if (s->tasks == ADDNORM_TASKS_CHUNKS && q->n == ADDNORM_DYNAMIC)
    tasks = t->cores;
  else if (s->tasks == ADDNORM_TASKS_CHUNKS)
    tasks = q->rows * min64((q->n - 1) / s->chunk + 1, t->cores);
  CHECK(s->grid == min64(t->cores, tasks));
  CHECK((s->tasks == ADDNORM_TASKS_CHUNKS) == (s->piece && s->chunk && q->rows < t->cores));
}

/* Only where t is kept, an op streams and may have more bytes than this. Rows are long from 16 KiB
 * of t on, and longer where t and row vectors are 32 KiB. */
static int64_t memoryBytes(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                           const AddnormSchedule *s) {
  bool isDynamic = q->n == ADDNORM_DYNAMIC;
  bool isLong = isDynamic || q->n >= 4096;
  bool isLonger = !isDynamic && q->n >= 32768 / (4 + q->vectorBytes);
  int64_t cache = t->cacheBytes;
  if (q->onlyF32 && !t->loadFence)
    return isLong || q->results.f32 == 2 ? cache : 0;
  if (q->onlyF32)
    return isLonger ? cache / 8 * 5 : cache;
  if (s->storesPairs)
    return isDynamic || q->n < 4096 ? 0 : isLonger ? cache : cache + cache / 2;
  return s->evensFirst && isLong && t->vectorBytes >= 64 ? cache / 8 * 7 : 0;
}

static void checkMemoryBytes(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                             const AddnormSchedule *s) {
  bool isStatic = q->rows != ADDNORM_DYNAMIC && q->n != ADDNORM_DYNAMIC;
  int64_t bytes = memoryBytes(q, t, s);
  CHECK(s->loadFence == (s->memoryBytes && q->onlyF32 ? t->loadFence : NULL));
  CHECK(s->fencesBetween == (s->loadFence && q->results.f32 > 1));
  CHECK(s->readsAgain == (s->memoryBytes && !s->loadFence && !s->storesPairs));
  CHECK(s->memoryBytes == 0 || s->memoryBytes == bytes);
  CHECK(s->memoryBytes == 0 || (s->streamBytes > 0 && s->rowBuffer > 0));
  if (!isStatic || q->rows > 131072 || q->n > 131072 || !s->streamBytes || !s->rowBuffer)
    return;
  CHECK((s->memoryBytes > 0) == (bytes > 0 && q->rows * q->n * q->elementBytes > bytes));
}

/* Vectors: a block's partials take half of the registers at most; what can be kept is kept; nothing
 * that fits the cache goes around it. */
static void checkVectors(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                         const AddnormSchedule *s) {
  CHECK((s->piece > 0) == (t->vectorBytes > 0));
  CHECK(s->registerLanes == t->vectorBytes / 4);
  if (s->piece == 0)
    return;
  CHECK(s->roundsPairs == t->roundsPairs && s->splitsFma == t->splitsFma);
  CHECK(s->shortNans == t->shortNans);
  CHECK(isPowerOfTwo(s->piece) && s->columnTile % s->piece == 0);
  CHECK(s->piece <= t->vectorBytes / q->narrowestBytes);
  CHECK(s->columnTile <= t->vectorRegisters / 2 * s->registerLanes);
  CHECK(s->piece <= t->f16Bytes / 4 || !q->addends.f16 || !t->f16Bytes);
  CHECK(s->storesPairs == (q->addends.f16 && t->f16Bytes && 2 * s->piece <= s->columnTile));
  CHECK(s->evensFirst == (t->bf16InPairs && q->onlyBF16 && s->piece > 1));
  CHECK(s->masked == (t->maskedMemory && !q->bf16));
  if (s->masked)
    CHECK(s->tailPiece == 0);
  else
    CHECK(s->tailPiece == 1 ||
          (s->tailPiece == min64(s->registerLanes, s->columnTile / 2) && t->vectorBytes <= 64));
  CHECK(s->rowBuffer % s->columnTile == 0);
  int64_t capacity = t->scratchBytes / t->alignment * t->alignment;
  int64_t rest = capacity - alignUp(partialBytes(s), t->alignment);
  int64_t longest = rest / 4 / s->columnTile * s->columnTile;
  if (q->onlyF32 && q->rows == 1)
    CHECK(s->rowBuffer == 0);
  else if (q->n == ADDNORM_DYNAMIC)
    CHECK(s->rowBuffer == longest);
  else
    CHECK(s->rowBuffer == (q->n <= longest ? alignUp(q->n, s->columnTile) : 0));
  int64_t results = q->results.f16 + q->results.bf16 + q->results.f32;
  int64_t cached = t->cacheBytes / (results == 2 ? 4 : 8);
  CHECK(s->streamBytes == 0 || s->streamBytes == cached);
  checkMemoryBytes(q, t, s);
  bool isStatic = q->n != ADDNORM_DYNAMIC && q->rows != ADDNORM_DYNAMIC;
  if (isStatic && q->rows <= 131072 && q->n <= 131072)
    CHECK((s->streamBytes > 0) ==
          (t->streamingStores && q->rows * q->n * q->elementBytes > cached));
}

/* Walks the columns of a row as schedule.h says: each element once, in order, and a short piece if
 * and only if columnMask says so. */
static void checkColumns(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                         const AddnormSchedule *s) {
  enum { LONGEST = 131072 };
  if (q->n < 0 || q->n > LONGEST)
    return;
  int64_t next = 0;
  bool isShort = false;
  int64_t span = s->chunk ? s->chunk : q->n;
  for (int64_t start = 0; start < q->n; start += span) {
    int64_t end = min64(start + span, q->n);
    for (int64_t piece = start; piece < end; piece += s->columnTile) {
      CHECK(piece == next && piece % s->columnTile == 0);
      next = min64(piece + s->columnTile, end);
      isShort |= next - piece < s->columnTile;
    }
  }
  CHECK(next == q->n);
  CHECK(isShort == s->columnMask);
}

/* A refusal is right when the partials do not fit. */
static void checkRefusal(const AddnormScheduleQuery *q, const AddnormTargetInfo *t,
                         const AddnormSchedule *s) {
  int64_t capacity = t->scratchBytes / t->alignment * t->alignment;
  CHECK(s->lanes > capacity || partialBytes(s) > capacity);
}

static void check(const AddnormScheduleQuery *q, const AddnormTargetInfo *t) {
  AddnormSchedule schedule, *s = &schedule;
  if (addnormScheduleCompute(q, t, s)) {
    checkRefusal(q, t, s);
    return;
  }
  checkOrder(q, t, s);
  checkMemory(q, t, s);
  checkTiles(q, t, s);
  checkGrid(q, t, s);
  checkVectors(q, t, s);
  checkColumns(q, t, s);
}

static void sweepShapes(AddnormScheduleQuery query, const AddnormTargetInfo *target) {
  for (size_t r = 0; r < COUNT(rowCounts); ++r)
    for (size_t n = 0; n < COUNT(lengths); ++n)
      for (size_t o = 0; o < COUNT(orders); ++o) {
        query.rows = rowCounts[r], query.n = lengths[n];
        query.lanes = orders[o][0], query.chunk = orders[o][1];
        check(&query, target);
      }
}

/* The choices that matter, on shapes worked out by hand. */
static void checkChoices(void) {
  AddnormScheduleQuery query = {
      .elementBytes = 6, .vectorBytes = 2, .narrowestBytes = 2, .lanes = 64};
  AddnormScheduleQuery *q = &query;
  AddnormSchedule schedule, *s = &schedule;

  const AddnormTargetInfo cpu = {.scratchBytes = 1 << 17,
                                 .alignment = 64,
                                 .lanes = 64,
                                 .cores = 8,
                                 .vectorBytes = 32,
                                 .vectorRegisters = 16,
                                 .cacheBytes = 16 << 20,
                                 .forkBytes = 1 << 20};
  const AddnormTargetInfo *t = &cpu;
  query.rows = 42, query.n = 4096; /* 1008 KiB */
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 1 && s->forkBytes == 0);
  query.rows = 43; /* 1032 KiB */
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 8 && s->tasks == ADDNORM_TASKS_ROWS && s->forkBytes == 0);
  query.rows = 3, query.n = 100000; /* 1758 KiB */
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 3 && s->tasks == ADDNORM_TASKS_ROWS);
  query.chunk = 4096;
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 8 && s->tasks == ADDNORM_TASKS_CHUNKS);
  query.chunk = 65536; /* 2 chunks a row */
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 6 && s->tasks == ADDNORM_TASKS_CHUNKS);
  query.rows = ADDNORM_DYNAMIC;
  addnormScheduleCompute(q, t, s);
  CHECK(s->grid == 8 && s->tasks == ADDNORM_TASKS_EITHER && s->forkBytes == 1 << 20);

  char text[1024];
  query.rows = ADDNORM_DYNAMIC, query.n = 7, query.lanes = 64, query.chunk = 64;
  addnormScheduleCompute(q, &targets[0], s);
  addnormScheduleToJson(s, text, sizeof text);
  CHECK(!strcmp(text, "{\"lanes\": 8, \"chunk\": 0, \"columnTile\": 8, \"columnMask\": true, "
                      "\"piece\": 0, \"storesPairs\": false, "
                      "\"rowBuffer\": 0, \"memoryBytes\": 0, \"loadFence\": null, "
                      "\"fencesBetween\": false, \"readsAgain\": false, "
                      "\"registerLanes\": 0, \"roundsPairs\": false, \"leavesRounding\": false, "
                      "\"splitsFma\": false, \"shortNans\": false, "
                      "\"evensFirst\": false, \"masked\": false, \"tailPiece\": 0, "
                      "\"streamBytes\": 0, \"grid\": 1, \"tasks\": \"rows\", "
                      "\"forkBytes\": 0, \"scratchBytes\": 32}"));
}

int main(void) {
  for (size_t i = 0; i < COUNT(targets); ++i)
    for (size_t w = 0; w < COUNT(widths); ++w)
      for (int choice = 0; choice < (targets[i].vectorBytes ? 6 : 2); ++choice)
        sweepShapes((AddnormScheduleQuery){.elementBytes = widths[w][0],
                                           .vectorBytes = widths[w][1],
                                           .narrowestBytes = widths[w][2],
                                           .rstd = choice % 2,
                                           .addends.f16 = choice / 2 == 0,
                                           .bf16 = choice / 2 == 1,
                                           .onlyBF16 = choice / 2 == 1,
                                           .onlyF32 = choice / 2 == 2,
                                           .results.f32 = choice / 2 == 2 ? 1 + choice % 2 : 0},
                    &targets[i]);
  checkChoices();
  printf("%ld passed, %ld failed\n", checks - failures, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
