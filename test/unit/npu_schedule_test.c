/* Properties of the NPU schedule over a sweep of shapes, types, orders of the sum and machines. */

#include "codegen/npu_schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define COSTS(bytes, registers, openLanes, masked)                                                 \
  .vectorBytes = bytes, .vectorRegisters = registers, .lanes = openLanes, .maskedMemory = masked,  \
  .f32Cost = 1, .f16Cost = 1, .convertCost = 1, .memoryCost = 1, .scalarCost = 1, .rootCost = 10,  \
  .queueBytesPerCycle = 32, .memoryBytesPerCycle = 128, .latencyCycles = 200, .issueCycles = 10,   \
  .launchCycles = 1000, .clockGHz = 1

static const AddnormNpuTarget machines[] = {
    {.name = "large",
     .cores = 40,
     .scratchpadBytes = 192 << 10,
     .scratchpadAlignment = 32,
     .globalAlignment = 32,
     .burstBytes = 32,
     .queues = 2,
     .maxTransferRows = 100,
     .maxRowBytes = 1 << 20,
     COSTS(128, 32, 64, true)},
    {.name = "wide",
     .cores = 4,
     .scratchpadBytes = 2 << 20,
     .scratchpadAlignment = 128,
     .globalAlignment = 64,
     .burstBytes = 64,
     .queues = 1,
     .maxRowBytes = 65535,
     COSTS(128, 32, 64, true)},
    {.name = "odd",
     .cores = 3,
     .scratchpadBytes = 40001,
     .scratchpadAlignment = 64,
     .globalAlignment = 4,
     .burstBytes = 128,
     .queues = 1,
     .maxTransferRows = 5,
     COSTS(128, 32, 64, false)},
    {.name = "small",
     .cores = 1,
     .scratchpadBytes = 6000,
     .scratchpadAlignment = 16,
     .globalAlignment = 16,
     .burstBytes = 16,
     .queues = 1,
     COSTS(16, 8, 8, false)},
    /* Of which bytes are all that costs. */
    {.name = "bytes",
     .cores = 2,
     .scratchpadBytes = 4096,
     .scratchpadAlignment = 16,
     .globalAlignment = 16,
     .burstBytes = 1,
     .queues = 1,
     .vectorBytes = 16,
     .vectorRegisters = 32,
     .lanes = 8,
     .maskedMemory = true,
     .f32Cost = 1e-9,
     .queueBytesPerCycle = 1,
     .memoryBytesPerCycle = 1,
     .clockGHz = 1},
};
static const int64_t rowCounts[] = {ADDNORM_DYNAMIC, 0, 1, 17, 128, 1031, INT64_MAX};
static const int64_t lengths[] = {
    ADDNORM_DYNAMIC, 0, 1, 63, 64, 65, 300, 1000, 4096, 5121, 32768, 131072, INT64_MAX};
static const int64_t orders[][2] = {{0, 0},       {1, 3},     {8, 24},
                                    {64, 192},    {64, 4096}, {64, 8256},
                                    {1024, 2048}, {16384, 0}, {(int64_t)1 << 62, 0}};

/* The tensors of an op: widths in bytes, of bf16 as -2; 0 ends a list. Results are y, and the sum.
 */
typedef struct Tensors {
  int addends[4], biases[3], gamma[2], results[3];
} Tensors;
static const Tensors ops[] = {
    {.addends = {2, 2}, .gamma = {2}, .results = {2}},
    {.addends = {2, 2}, .gamma = {2}, .results = {2, 2}},
    {.addends = {4, 4}, .gamma = {4}, .results = {4, 4}},
    {.addends = {2}, .gamma = {4}, .results = {2}},
    {.addends = {4, -2}, .biases = {2, 4}, .gamma = {2}, .results = {-2, 4}},
    {.addends = {2, 2, 4}, .results = {2}},
    {.addends = {4}, .biases = {4}, .results = {4}},
};

static long checks, failures;

static void describe(const char *what, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                     const AddnormNpuSchedule *s) {
  char text[512];
  addnormNpuScheduleToJson(s, text, sizeof text);
  fprintf(stderr, "%s: %s rows %lld n %lld bytes %lld+%lld lanes %lld chunk %lld rstd %d%d: %s\n",
          what, t->name, (long long)q->rows, (long long)q->n, (long long)q->elementBytes,
          (long long)q->vectorBytes, (long long)q->lanes, (long long)q->chunk, q->rstd,
          q->rstdApart, text);
}

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    ++checks;                                                                                      \
    if (!(condition) && ++failures <= 20)                                                          \
      describe(#condition, q, t, s);                                                               \
  } while (0)

static bool isPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }
static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t alignUp(int64_t a, int64_t b) { return a / b * b + (a % b ? b : 0); }
static int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }
static bool isDynamic(int64_t size) { return size == ADDNORM_DYNAMIC; }

static int64_t addTensors(const int *widths, AddnormTypes *types, AddnormScheduleQuery *query) {
  int64_t bytes = 0;
  for (; *widths; ++widths) {
    int width = abs(*widths);
    ++*(*widths < 0 ? &types->bf16 : width == 2 ? &types->f16 : &types->f32);
    query->bf16 |= *widths < 0;
    bytes += width;
    if (query->narrowestBytes == 0 || width < query->narrowestBytes)
      query->narrowestBytes = width;
  }
  return bytes;
}

static AddnormScheduleQuery queryFor(const Tensors *op) {
  AddnormScheduleQuery query = {0};
  query.addendBytes = addTensors(op->addends, &query.addends, &query);
  query.biasBytes = addTensors(op->biases, &query.biases, &query);
  query.vectorBytes = query.biasBytes + addTensors(op->gamma, &query.gamma, &query);
  query.elementBytes = query.addendBytes + addTensors(op->results, &query.results, &query);
  addTensors(op->results + 1, &query.sum, &query);
  return query;
}

/* --- memory ---------------------------------------------------------------------------------- */

/* Lays out one buffer after the other. */
typedef struct Layout {
  int64_t end, alignment;
} Layout;

static void take(Layout *layout, int64_t bytes) {
  layout->end += alignUp(bytes, layout->alignment);
}

static void takeTiles(Layout *layout, const int *widths, int64_t count, int64_t elements) {
  for (; *widths; ++widths)
    for (int64_t i = 0; i < count; ++i)
      take(layout, elements * abs(*widths));
}

/* Tiles of a row, one after the other. */
static int64_t countTiles(const AddnormNpuSchedule *s, int64_t n) {
  int64_t span = s->chunk > s->columnTile ? s->chunk : n, rest = span ? n % span : 0;
  return span ? n / span * ceilDiv(span, s->columnTile) + ceilDiv(rest, s->columnTile) : 0;
}

/* What the emitter lays out, as npu_schedule.h says. */
static int64_t layOut(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                      const AddnormNpuSchedule *s) {
  Layout layout = {.alignment = t->scratchpadAlignment};
  bool ends = isDynamic(q->n) || q->n % s->block;
  bool keepsAll = !isDynamic(q->n) && s->keptColumns >= q->n;
  bool keepsVectors = !isDynamic(q->n) && s->keptVectorColumns >= q->n;
  bool hasOneRow = !isDynamic(q->rows) && q->rows <= s->grid;
  int64_t tile = s->rowTile * s->pitch;
  take(&layout, 4 * s->lanes * (s->chunk ? 2 : 1));
  if (ends && (q->bf16 || !t->maskedMemory))
    take(&layout, 4 * s->block);
  take(&layout, 4 * (s->singlePass ? s->rowBuffer : s->keptColumns));
  if (s->singlePass) {
    takeTiles(&layout, op->addends, s->buffers, tile);
    takeTiles(&layout, op->biases, 1, s->pitch);
    takeTiles(&layout, op->gamma, 1, s->pitch);
    takeTiles(&layout, op->results, s->resultBuffers, tile);
  } else {
    bool isKept = keepsAll && op->results[1] == 4 && countTiles(s, q->n) >= s->resultBuffers;
    takeTiles(&layout, op->addends, s->buffers * (keepsAll || hasOneRow ? 1 : 2), tile);
    takeTiles(&layout, op->biases, 1, s->keptVectorColumns);
    takeTiles(&layout, op->gamma, 1, s->keptVectorColumns);
    takeTiles(&layout, op->biases, keepsVectors ? 0 : s->buffers, s->pitch);
    takeTiles(&layout, op->gamma, keepsVectors ? 0 : s->buffers, s->pitch);
    takeTiles(&layout, (int[]){op->results[0], 0}, s->resultBuffers, tile);
    takeTiles(&layout, op->results + 1, isKept ? 0 : s->resultBuffers, tile);
  }
  int64_t rstds = s->resultBuffers;
  if (!s->singlePass && !isDynamic(q->n))
    rstds = ceilDiv(s->resultBuffers, countTiles(s, q->n) + !q->n);
  for (int64_t i = 0; q->rstd && i < rstds * (q->rstdApart ? s->rowTile : 1); ++i)
    take(&layout, 4 * (q->rstdApart ? 1 : s->rowTile));
  return layout.end;
}

static void checkMemory(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                        const AddnormNpuSchedule *s) {
  int64_t bytes = layOut(op, q, t, s);
  CHECK(bytes == s->scratchBytes);
  CHECK(bytes <= t->scratchpadBytes);
  CHECK(s->pitch >= s->columnTile && s->pitch * q->narrowestBytes % t->scratchpadAlignment == 0);
  CHECK(s->singlePass ? s->keptColumns == 0 && s->keptVectorColumns == 0 : s->rowBuffer == 0);
  CHECK(s->rowBuffer == 0 || (s->rowBuffer >= q->n && s->rowBuffer % s->block == 0));
}

/* No buffer is there for nothing. */
static void checkBuffers(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                         const AddnormNpuSchedule *s) {
  CHECK(s->buffers >= 1 && s->buffers <= ADDNORM_NPU_MAX_BUFFERS);
  CHECK(s->resultBuffers >= 1 && s->resultBuffers <= ADDNORM_NPU_MAX_BUFFERS);
  if (isDynamic(q->rows) || isDynamic(q->n) || q->rows == 0 || q->n == 0 || q->n > 32768 ||
      q->rows > 1 << 20)
    return;
  int64_t tiles = ceilDiv(ceilDiv(q->rows, s->rowTile), s->grid);
  if (!s->singlePass)
    tiles *= countTiles(s, q->n);
  CHECK(s->buffers <= tiles && s->resultBuffers <= tiles);
}

/* --- tiles ----------------------------------------------------------------------------------- */

static void checkOrder(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                       const AddnormNpuSchedule *s) {
  int64_t lanes = q->lanes ? q->lanes : t->lanes;
  CHECK(isPowerOfTwo(s->lanes) && s->lanes <= lanes);
  CHECK(s->lanes == lanes || (!isDynamic(q->n) && s->lanes >= q->n));
  CHECK(s->chunk == q->chunk || (s->chunk == 0 && !isDynamic(q->n) && q->chunk >= q->n));
  CHECK(isPowerOfTwo(s->block) && s->block <= s->lanes);
  CHECK(s->block * 4 <= t->vectorBytes * t->vectorRegisters / 2);
}

static void checkLimits(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                        const AddnormNpuSchedule *s) {
  bool wide = q->addends.f32 || q->biases.f32 || q->gamma.f32 || q->results.f32;
  int64_t columns = isDynamic(q->n) ? s->columnTile : min64(s->columnTile, q->n);
  CHECK(!t->maxTransferRows || s->rowTile <= t->maxTransferRows);
  CHECK(!t->maxRowBytes || columns * (wide ? 4 : 2) <= t->maxRowBytes);
  CHECK(!t->maxRowBytes || !q->rstd || s->rowTile * 4 <= t->maxRowBytes);
}

static void checkTiles(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                       const AddnormNpuSchedule *s) {
  CHECK(s->rowTile >= 1 && s->columnTile >= 1 && s->columnTile % s->lanes == 0);
  CHECK(s->singlePass ? s->columnTile >= q->n && s->columnTile < q->n + s->lanes + !q->n
                      : s->rowTile == 1);
  CHECK(!isDynamic(q->n) || !s->singlePass);
  CHECK(s->singlePass || s->chunk == 0 || s->columnTile < s->chunk ||
        s->columnTile % s->chunk == 0 || s->columnTile >= q->n);
  CHECK(s->rowMask == (isDynamic(q->rows) ? s->rowTile > 1 : q->rows % s->rowTile != 0));
  bool aligned = !isDynamic(q->n);
  for (int width = 2; aligned && width <= 4; width += 2) {
    int64_t count = width == 2 ? q->addends.f16 + q->addends.bf16 + q->results.f16 + q->results.bf16
                               : q->addends.f32 + q->results.f32;
    if (count && q->n % (t->globalAlignment > width ? t->globalAlignment / width : 1))
      aligned = false;
  }
  CHECK(s->alignedRows == aligned);
}

/* Walks the tiles of a row: each column once, in order; whether a tile is short and where one
 * starts are as the schedule says. */
static void checkColumns(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                         const AddnormNpuSchedule *s) {
  enum { LONGEST = 32768 };
  if (q->n < 0 || q->n > LONGEST)
    return;
  int64_t next = 0, kept = 0, loose = 0;
  bool isShort = false, endsKept = s->keptColumns == 0, endsVectors = s->keptVectorColumns == 0;
  int64_t span = s->chunk > s->columnTile ? s->chunk : q->n;
  for (int64_t start = 0; start < q->n; start += span) {
    int64_t end = min64(start + span, q->n);
    for (int64_t tile = start; tile < end; tile += s->columnTile) {
      CHECK(tile == next && tile % s->lanes == 0);
      next = min64(tile + s->columnTile, end);
      isShort |= next - tile < s->columnTile;
      endsKept |= next == s->keptColumns;
      bool isKept = addnormNpuIsKept(s, q->n, tile);
      kept += isKept ? next - tile : 0;
      loose += !isKept && tile >= s->keptVectorColumns ? next - tile : 0;
      /* Evenly: in proportion so far, but for one run. */
      int64_t run = s->chunk > s->columnTile && s->chunk % s->columnTile ? s->chunk : s->columnTile;
      double share = (double)min64(s->keptColumns, q->n) / (double)q->n;
      CHECK(fabs((double)kept - share * (double)next) <= (double)run);
      endsVectors |= next == s->keptVectorColumns;
      CHECK(tile >= s->keptVectorColumns || tile * q->narrowestBytes % t->scratchpadAlignment == 0);
    }
  }
  CHECK(next == q->n);
  CHECK(s->singlePass || kept == min64(s->keptColumns, q->n));
  CHECK(s->singlePass || loose == addnormNpuLooseColumns(s, q->n));
  CHECK(isShort == s->columnMask || q->n == 0);
  CHECK(endsKept || s->keptColumns >= q->n);
  CHECK(endsVectors || s->keptVectorColumns >= q->n);
}

/* --- cores ----------------------------------------------------------------------------------- */

/* The longest line is as short as all cores could make it, and no core is there for nothing. */
static void checkGrid(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                      const AddnormNpuSchedule *s) {
  CHECK(s->grid >= 1 && s->grid <= t->cores);
  if (isDynamic(q->rows)) {
    CHECK(s->grid == t->cores);
    return;
  }
  int64_t tiles = ceilDiv(q->rows, s->rowTile);
  CHECK(s->grid <= (tiles ? tiles : 1));
  CHECK(ceilDiv(tiles, s->grid) == ceilDiv(tiles, min64(t->cores, tiles ? tiles : 1)));
  CHECK(s->grid == 1 || ceilDiv(tiles, s->grid - 1) > ceilDiv(tiles, s->grid));
  /* Where rows allow, a core does not wait for all its rows before it computes. */
  if (s->singlePass && s->buffers > 1 && q->rows >= 16 * t->cores && q->n >= 1000)
    CHECK(tiles >= 2 * s->grid);
}

/* --- bytes ----------------------------------------------------------------------------------- */

/* All that a multi pass schedule loads and stores, row by row and core by core. */
static double bytesOf(const AddnormScheduleQuery *q, const AddnormNpuSchedule *s) {
  double n = (double)q->n, bytes = 0;
  double kept = (double)min64(s->keptColumns, q->n);
  double vectors = (double)min64(s->keptVectorColumns, q->n);
  for (int64_t core = 0; core < s->grid; ++core) {
    int64_t rows = (core + 1) * q->rows / s->grid - core * q->rows / s->grid;
    if (rows == 0)
      continue;
    bytes += vectors * (double)q->vectorBytes;
    for (int64_t row = 0; row < rows; ++row)
      bytes += n * (double)q->elementBytes + (n - kept) * (double)q->addendBytes +
               (n - vectors) * (double)q->vectorBytes;
    bytes += (n - fmax(kept, vectors)) * (double)q->biasBytes;
  }
  return bytes;
}

/* No other way of keeping whole runs of tiles that fits moves fewer bytes. */
static void checkKept(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                      const AddnormNpuSchedule *s) {
  int64_t run = s->chunk > s->columnTile && s->chunk % s->columnTile ? s->chunk : s->columnTile;
  if (s->singlePass || q->n <= 0 || q->rows <= 0 || q->n > 5121 || q->rows > 17)
    return;
  double bytes = bytesOf(q, s);
  AddnormNpuSchedule other = *s;
  for (other.keptColumns = 0; other.keptColumns < q->n + run; other.keptColumns += run)
    for (other.keptVectorColumns = 0; other.keptVectorColumns < q->n + run;
         other.keptVectorColumns += run) {
      bool isAligned = run * q->narrowestBytes % t->scratchpadAlignment == 0 &&
                       s->columnTile * q->narrowestBytes % t->scratchpadAlignment == 0;
      if (other.keptVectorColumns && !isAligned && s->columnTile < q->n)
        continue;
      CHECK(bytes <= bytesOf(q, &other) || layOut(op, q, t, &other) > t->scratchpadBytes);
    }
}

/* Where bytes are all that costs, no tile of another length does either. */
static void checkLeast(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                       const AddnormNpuSchedule *s) {
  if (strcmp(t->name, "bytes") || s->singlePass || q->n <= 0 || q->rows <= 0 || q->n > 1000 ||
      q->rows > 17)
    return;
  int64_t aligned = t->scratchpadAlignment / q->narrowestBytes;
  int64_t unit = aligned > s->lanes ? aligned : s->lanes;
  double bytes = bytesOf(q, s);
  AddnormNpuSchedule other = *s;
  for (int64_t tile = unit; tile < q->n + unit; tile += unit) {
    if (s->chunk && tile > s->chunk && tile % s->chunk && tile < q->n)
      continue;
    int64_t run = s->chunk > tile && s->chunk % tile ? s->chunk : tile;
    other.columnTile = other.pitch = tile;
    for (other.keptColumns = 0; other.keptColumns < q->n + run; other.keptColumns += run)
      for (other.keptVectorColumns = 0;
           other.keptVectorColumns < (run % aligned ? run : q->n + run);
           other.keptVectorColumns += run)
        CHECK(bytes <= bytesOf(q, &other) || layOut(op, q, t, &other) > t->scratchpadBytes);
  }
}

/* A refusal is right when one tile of one row in one buffer does not fit either. */
static void checkRefusal(const Tensors *op, const AddnormScheduleQuery *q,
                         const AddnormNpuTarget *t, AddnormNpuSchedule *s) {
  *s = (AddnormNpuSchedule){.rowTile = 1, .buffers = 1, .resultBuffers = 1, .grid = 1};
  addnormScheduleResolveOrder(q, t->lanes, &s->lanes, &s->chunk);
  int64_t most = t->vectorBytes / 4 * t->vectorRegisters / 2;
  s->block = min64(s->lanes, most), s->columnTile = s->lanes;
  if (s->lanes > t->scratchpadBytes)
    return;
  s->pitch = alignUp(s->lanes, t->scratchpadAlignment / q->narrowestBytes);
  CHECK(layOut(op, q, t, s) > t->scratchpadBytes ||
        (t->maxRowBytes && s->lanes * 4 > t->maxRowBytes));
}

/* Two buffers of whole rows where they fit. */
static void checkPasses(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                        const AddnormNpuSchedule *s) {
  if (isDynamic(q->n) || q->n > t->scratchpadBytes)
    return;
  AddnormNpuSchedule row = *s;
  row.singlePass = true, row.rowTile = 1, row.rowBuffer = 0;
  row.buffers = row.resultBuffers = 2;
  row.columnTile = alignUp(q->n ? q->n : 1, s->lanes);
  row.pitch = alignUp(row.columnTile, t->scratchpadAlignment / q->narrowestBytes);
  bool isMoved = !t->maxRowBytes || q->n * 4 <= t->maxRowBytes;
  bool isRow = layOut(op, q, t, &row) <= t->scratchpadBytes && isMoved;
  bool isOneTile = !isDynamic(q->rows) && q->rows <= s->rowTile * s->grid;
  CHECK(!isRow || (s->singlePass && (s->buffers > 1 || isOneTile)));
}

/* --- the sweep ------------------------------------------------------------------------------- */

static void check(const Tensors *op, const AddnormScheduleQuery *q, const AddnormNpuTarget *t) {
  AddnormNpuSchedule schedule, *s = &schedule;
  if (addnormNpuScheduleCompute(q, t, s)) {
    checkRefusal(op, q, t, s);
    return;
  }
  checkOrder(q, t, s);
  checkMemory(op, q, t, s);
  checkBuffers(q, t, s);
  checkLimits(q, t, s);
  checkTiles(q, t, s);
  checkColumns(q, t, s);
  checkGrid(q, t, s);
  checkPasses(op, q, t, s);
  if (q->rstd)
    return;
  checkKept(op, q, t, s);
  checkLeast(op, q, t, s);
}

static void sweep(const Tensors *op, const AddnormNpuTarget *target) {
  AddnormScheduleQuery query = queryFor(op);
  for (int rstd = 0; rstd < 3; ++rstd)
    for (size_t r = 0; r < COUNT(rowCounts); ++r)
      for (size_t n = 0; n < COUNT(lengths); ++n)
        for (size_t o = 0; o < COUNT(orders); ++o) {
          if ((rstd && lengths[n] > 5121) || (orders[o][0] == 1 && lengths[n] > 32768))
            continue; /* takes next to nothing; very many tiles */
          query.rstd = rstd > 0, query.rstdApart = rstd > 1;
          query.rows = rowCounts[r], query.n = lengths[n];
          query.lanes = orders[o][0], query.chunk = orders[o][1];
          check(op, &query, target);
        }
}

/* The choices that matter, on shapes worked out by hand. */
static void checkChoices(void) {
  const AddnormNpuTarget *t = &machines[0];
  AddnormScheduleQuery query = queryFor(&ops[0]), *q = &query;
  AddnormNpuSchedule schedule, *s = &schedule;
  query.lanes = 64;

  query.rows = 8, query.n = 8192; /* one row a core: 16 KiB of gamma, 96 of two tiles */
  addnormNpuScheduleCompute(q, t, s);
  CHECK(s->singlePass && s->buffers == 1 && s->rowTile == 1 && s->grid == 8 && !s->columnMask);
  query.rows = 41, query.n = 4096; /* the core with two rows is not alone in having them */
  addnormNpuScheduleCompute(q, t, s);
  CHECK(s->rowTile == 1 && s->grid == 21);
  query.rows = 100, query.n = 16384; /* two tiles and gamma: 224 KiB. t kept, and gamma: 96 */
  addnormNpuScheduleCompute(q, t, s);
  CHECK(!s->singlePass && s->buffers > 1 && s->keptColumns >= 16384);
  CHECK(s->keptVectorColumns >= 16384);
  query.n = 131072; /* t alone: 512 KiB */
  addnormNpuScheduleCompute(q, t, s);
  CHECK(!s->singlePass && s->keptColumns > 20000 && s->keptColumns < 49152);

  AddnormNpuTarget narrow = machines[0];
  narrow.f32Cost = 0;
  CHECK(strstr(addnormNpuScheduleCompute(q, &narrow, s), "no f32 arithmetic"));

  char text[512];
  query.rows = 3, query.n = 7, query.lanes = 64, query.chunk = 64;
  addnormNpuScheduleCompute(q, &machines[3], s);
  addnormNpuScheduleToJson(s, text, sizeof text);
  CHECK(!strcmp(text, "{\"lanes\": 8, \"chunk\": 0, \"singlePass\": true, \"rowTile\": 1, "
                      "\"columnTile\": 8, \"pitch\": 8, \"buffers\": 3, \"resultBuffers\": 3, "
                      "\"block\": 8, \"rowBuffer\": 8, \"keptColumns\": 0, "
                      "\"keptVectorColumns\": 0, \"rowMask\": false, \"columnMask\": true, "
                      "\"alignedRows\": false, \"grid\": 1, \"scratchBytes\": 256}"));
}

int main(void) {
  for (size_t i = 0; i < COUNT(machines); ++i)
    for (size_t o = 0; o < COUNT(ops); ++o)
      sweep(&ops[o], &machines[i]);
  checkChoices();
  printf("%ld passed, %ld failed\n", checks - failures, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
