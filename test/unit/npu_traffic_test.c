/* What NPU schedules move, counted transfer by transfer; bounds; and what is replaced. */

#include "codegen/npu_traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/npu_model.h"
#include "test/unit/check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static AddnormNpuTarget machines[4];
static const char *const names[] = {"ascend-like", "hexagon-like", "edge"};
static const int64_t shapes[][2] = {
    {8, 8192},    {16, 4096},   {32, 128},   {32, 2048},   {128, 128},   {128, 2048},
    {256, 512},   {1024, 1024}, {64, 8192},  {128, 8192},  {256, 8192},  {512, 4096},
    {2048, 4096}, {128, 5120},  {512, 5120}, {1024, 2048}, {2048, 1024}, {7, 5121},
    {100, 63},    {3, 1},       {0, 64},     {5, 0},       {4, 131072},  {17, 40000}};

typedef struct Op {
  AddnormTypes addends, biases, gamma, results, sum;
  bool rstd, rstdApart;
  int64_t chunk;
} Op;
static const Op ops[] = {
    {.addends = {.f32 = 2}, .gamma = {.f32 = 1}, .results = {.f32 = 1}},
    {.addends = {.f32 = 2}, .gamma = {.f32 = 1}, .results = {.f32 = 2}, .sum = {.f32 = 1}},
    {.addends = {.f16 = 2},
     .gamma = {.f16 = 1},
     .results = {.f16 = 2},
     .sum = {.f16 = 1},
     .rstd = true},
    {.addends = {.bf16 = 1},
     .gamma = {.f32 = 1},
     .results = {.bf16 = 1},
     .rstdApart = true,
     .rstd = true},
    {.addends = {.f16 = 1, .f32 = 1},
     .biases = {.f16 = 1, .f32 = 1},
     .results = {.f16 = 1},
     .chunk = 1216},
};

static int64_t narrow(const AddnormTypes *types) { return types->f16 + types->bf16; }
static int64_t bytesOf(const AddnormTypes *types) { return 2 * narrow(types) + 4 * types->f32; }

static AddnormScheduleQuery queryFor(const Op *op, int64_t rows, int64_t n) {
  AddnormScheduleQuery query = {.rows = rows,
                                .n = n,
                                .lanes = 64,
                                .chunk = op->chunk,
                                .addends = op->addends,
                                .biases = op->biases,
                                .gamma = op->gamma,
                                .results = op->results,
                                .sum = op->sum,
                                .rstd = op->rstd,
                                .rstdApart = op->rstdApart};
  query.addendBytes = bytesOf(&op->addends);
  query.biasBytes = bytesOf(&op->biases);
  query.vectorBytes = query.biasBytes + bytesOf(&op->gamma);
  query.elementBytes = query.addendBytes + bytesOf(&op->results);
  query.bf16 = op->addends.bf16 > 0;
  query.narrowestBytes =
      narrow(&op->addends) + narrow(&op->biases) + narrow(&op->gamma) + narrow(&op->results) ? 2
                                                                                             : 4;
  return query;
}

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/* --- transfer by transfer -------------------------------------------------------------------- */

typedef struct Count {
  const AddnormScheduleQuery *query;
  const AddnormNpuSchedule *schedule;
  int64_t burst;
  AddnormNpuTraffic traffic;
} Count;

/* Rows of columns from (row, column) on, of one tensor with `n` columns. */
static void transfer(Count *c, bool isStore, int64_t n, int64_t row, int64_t rows, int64_t column,
                     int64_t columns, int64_t width) {
  int64_t *bytes = isStore ? &c->traffic.stored : &c->traffic.loaded;
  int64_t *padding = isStore ? &c->traffic.paddingStored : &c->traffic.paddingLoaded;
  ++c->traffic.transfers;
  for (int64_t r = row; r < row + rows; ++r) {
    int64_t first = (r * n + column) * width, last = first + columns * width;
    *bytes += last - first;
    if (columns)
      *padding += (ceilDiv(last, c->burst) - first / c->burst) * c->burst - (last - first);
  }
}

static void transferAll(Count *c, bool isStore, const AddnormTypes *types, int64_t row,
                        int64_t rows, int64_t column, int64_t columns) {
  bool inLine = c->schedule->alignedRows;
  for (int64_t i = 0; i < narrow(types) + types->f32; ++i) {
    int64_t width = i < narrow(types) ? 2 : 4;
    for (int64_t r = 0; r < (inLine ? 1 : rows); ++r)
      transfer(c, isStore, c->query->n, row + r, inLine ? rows : 1, column, columns, width);
  }
}

static void transferStatistics(Count *c, int64_t row, int64_t rows) {
  if (c->query->rstd && c->query->rstdApart)
    for (int64_t r = 0; r < rows; ++r)
      transfer(c, true, 1, 0, 1, 0, 1, 4);
  else if (c->query->rstd)
    transfer(c, true, 1, row, 1, 0, rows, 4);
}

static void countRows(Count *c, int64_t first, int64_t end) {
  const AddnormScheduleQuery *q = c->query;
  transferAll(c, false, &q->biases, 0, 1, 0, q->n);
  transferAll(c, false, &q->gamma, 0, 1, 0, q->n);
  for (int64_t tile = first; tile < end; ++tile) {
    int64_t row = tile * c->schedule->rowTile;
    int64_t rows = min64(c->schedule->rowTile, q->rows - row);
    transferAll(c, false, &q->addends, row, rows, 0, q->n);
    transferAll(c, true, &q->results, row, rows, 0, q->n);
    transferStatistics(c, row, rows);
  }
}

/* Of as many runs as are kept, so many are among the first ones that the last one comes last. */
static bool isKeptAt(const AddnormNpuSchedule *s, int64_t n, int64_t column) {
  int64_t run = s->chunk > s->columnTile && s->chunk % s->columnTile ? s->chunk : s->columnTile;
  int64_t runs = ceilDiv(n, run), kept = min64(s->keptColumns / run, runs), i = column / run;
  return ceilDiv((i + 1) * kept, runs) > ceilDiv(i * kept, runs);
}

/* A tile in the walk that stores row `walk - 1` and sums row `walk` of a core's rows. */
static void countTile(Count *c, int64_t first, int64_t end, int64_t walk, int64_t column,
                      int64_t columns) {
  const AddnormScheduleQuery *q = c->query;
  bool isKept = isKeptAt(c->schedule, q->n, column);
  bool isVectorKept = column < c->schedule->keptVectorColumns;
  bool hasNext = first + walk<end, hasDone = walk> 0;
  bool rereads = hasDone && !isKept;
  if (hasNext)
    transferAll(c, false, &q->addends, first + walk, 1, column, columns);
  if (rereads)
    transferAll(c, false, &q->addends, first + walk - 1, 1, column, columns);
  if (isVectorKept ? walk == 0 : hasNext || rereads)
    transferAll(c, false, &q->biases, 0, 1, column, columns);
  if (isVectorKept ? walk == 1 : hasDone)
    transferAll(c, false, &q->gamma, 0, 1, column, columns);
  if (hasDone)
    transferAll(c, true, &q->results, first + walk - 1, 1, column, columns);
}

static void countWalks(Count *c, int64_t first, int64_t end) {
  const AddnormNpuSchedule *s = c->schedule;
  int64_t n = c->query->n, span = s->chunk > s->columnTile ? s->chunk : n;
  for (int64_t walk = 0; walk <= end - first; ++walk) {
    for (int64_t chunk = 0; chunk < n; chunk += span)
      for (int64_t tile = chunk; tile < min64(chunk + span, n); tile += s->columnTile)
        countTile(c, first, end, walk, tile, min64(s->columnTile, min64(chunk + span, n) - tile));
    if (walk > 0)
      transferStatistics(c, first + walk - 1, 1);
  }
}

static AddnormNpuTraffic count(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               const AddnormNpuSchedule *schedule) {
  Count c = {query, schedule, target->burstBytes, {0}};
  int64_t tiles = ceilDiv(query->rows, schedule->rowTile), cores = min64(schedule->grid, tiles);
  for (int64_t core = 0; core < cores; ++core)
    (schedule->singlePass ? countRows : countWalks)(&c, tiles * core / cores,
                                                    tiles * (core + 1) / cores);
  return c.traffic;
}

/* --- properties ------------------------------------------------------------------------------ */

static void checkTraffic(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                         const AddnormNpuSchedule *s) {
  AddnormNpuTraffic found = addnormNpuTraffic(q, t, s), expected = count(q, t, s);
  CHECK(!memcmp(&found, &expected, sizeof found));
  if (!s->singlePass || q->rows == 0)
    return;
  int64_t cores = min64(s->grid, ceilDiv(q->rows, s->rowTile));
  CHECK(found.loaded == q->rows * q->n * q->addendBytes + cores * q->n * q->vectorBytes);
  CHECK(found.stored ==
        q->rows * q->n * (q->elementBytes - q->addendBytes) + (q->rstd ? 4 * q->rows : 0));
}

/* The bound is below what the model says, but for what it rounds. */
static void checkBound(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                       const AddnormNpuSchedule *s) {
  AddnormNpuBound bound = addnormNpuBound(q, t, s);
  double cycles = addnormNpuModelCycles(q, t, s) - t->launchCycles;
  CHECK(bound.cycles == fmax(bound.dma, bound.compute) + bound.firstLoad + bound.lastStore);
  if (q->rows == 0 || q->n == 0)
    return;
  CHECK(bound.dma > 0 && bound.compute > 0 && bound.firstLoad > t->latencyCycles);
  CHECK(cycles >= 0.98 * fmax(bound.dma, bound.compute));
}

static void checkBaseline(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                          const AddnormNpuSchedule *s) {
  AddnormNpuBaseline baseline;
  if (addnormNpuBaseline(q, t, &baseline) || q->rows == 0 || q->n == 0)
    return;
  AddnormNpuTraffic traffic = addnormNpuTraffic(q, t, s);
  CHECK(addnormNpuScratchBytes(q, t, &baseline.schedule) <= t->scratchpadBytes);
  CHECK(baseline.schedule.grid == t->cores && !baseline.schedule.singlePass);
  CHECK(baseline.bytes >= traffic.loaded + traffic.stored);
  /* A core with one short tile gains nothing, and waits for gamma before it computes anything. */
  CHECK(baseline.cycles >= 0.99 * addnormNpuModelCycles(q, t, s));
}

static void checkGraphs(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                        const AddnormNpuSchedule *s) {
  AddnormNpuTraffic traffic = addnormNpuTraffic(q, t, s);
  int64_t bytes = traffic.loaded + traffic.stored;
  AddnormNpuGraph unfused = addnormNpuGraph(q, t, ADDNORM_GRAPH_UNFUSED);
  AddnormNpuGraph norm = addnormNpuGraph(q, t, ADDNORM_GRAPH_NORM_ONLY);
  CHECK(q->rows == 0 || unfused.bytes > norm.bytes);
  CHECK(!s->singlePass || q->rows == 0 || norm.kernels == 1 || norm.bytes >= bytes);
  CHECK(unfused.kernels > norm.kernels);
  /* Its kernels do not know of columns that are done element by element. */
  bool hasElements = addnormNpuHasShortBlocks(q, s) && !addnormNpuMasks(q, t);
  CHECK(!s->singlePass || hasElements || unfused.cycles > norm.cycles);
}

/* Of the core with the most. */
static int64_t countTiles(const AddnormScheduleQuery *q, const AddnormNpuSchedule *s) {
  int64_t tiles = ceilDiv(ceilDiv(q->rows, s->rowTile), s->grid);
  return s->singlePass ? tiles : tiles * addnormNpuColumnTiles(s, q->n);
}

/* On the machines that are shipped, with two tiles or more for each core, the model is at most a
 * twentieth above the bound. */
static void checkOverlap(const AddnormScheduleQuery *q, const AddnormNpuTarget *t,
                         const AddnormNpuSchedule *s, int64_t *compared) {
  if (q->rows == 0 || q->n < 64 || countTiles(q, s) < 2)
    return;
  double cycles = addnormNpuModelCycles(q, t, s) - t->launchCycles;
  AddnormNpuBound bound = addnormNpuBound(q, t, s);
  ++*compared;
  CHECK(cycles <= 1.05 * bound.cycles);
}

static void check(const Op *op, const AddnormNpuTarget *target, int64_t rows, int64_t n,
                  int64_t *compared) {
  AddnormScheduleQuery query = queryFor(op, rows, n);
  AddnormNpuSchedule schedule;
  CHECK(!addnormNpuScheduleCompute(&query, target, &schedule));
  AddnormNpuTraffic traffic = addnormNpuTraffic(&query, target, &schedule);
  checkTraffic(&query, target, &schedule);
  CHECK(rows == 0 ||
        traffic.loaded + traffic.stored == addnormNpuLeastBytes(&query, target, &schedule));
  checkBound(&query, target, &schedule);
  checkBaseline(&query, target, &schedule);
  checkGraphs(&query, target, &schedule);
  if (target->scratchpadBytes > 5000)
    checkOverlap(&query, target, &schedule, compared);
}

/* 64 rows of 4096, as in the experiment of tools/addnorm-demo. */
static void checkFigures(void) {
  const AddnormNpuTarget *t = &machines[0];
  Op op = {.addends = {.f16 = 2}, .gamma = {.f16 = 1}, .results = {.f16 = 1}};
  AddnormScheduleQuery query = queryFor(&op, 64, 4096);
  int64_t elements = 64 * 4096, perRow = 64 * 4, gamma = 2 * 4096;
  AddnormNpuGraph graph = addnormNpuGraph(&query, t, ADDNORM_GRAPH_UNFUSED);
  CHECK(graph.bytes == 42 * elements + 4 * perRow + gamma && graph.kernels == 8);
  graph = addnormNpuGraph(&query, t, ADDNORM_GRAPH_F32);
  CHECK(graph.bytes == 40 * elements + 4 * perRow + 2 * gamma && graph.kernels == 6);
  AddnormNpuSchedule schedule;
  addnormNpuScheduleCompute(&query, t, &schedule);
  graph = addnormNpuGraph(&query, t, ADDNORM_GRAPH_NORM_ONLY);
  CHECK(graph.bytes == 10 * elements + schedule.grid * gamma && graph.kernels == 2);
  CHECK(addnormNpuLeastBytes(&query, t, &schedule) == 6 * elements + schedule.grid * gamma);
}

int main(void) {
  char error[256];
  int64_t compared = 0;
  for (size_t i = 0; i < COUNT(names); ++i)
    CHECK(addnormNpuTargetFind(names[i], &machines[i], error, sizeof error));
  machines[3] = machines[2]; /* bursts longer than rows, a scratchpad that keeps next to nothing */
  machines[3].scratchpadBytes = 5000;
  machines[3].burstBytes = 512;
  machines[3].cores = 3;
  for (size_t m = 0; m < COUNT(machines); ++m)
    for (size_t o = 0; o < COUNT(ops); ++o)
      for (size_t s = 0; s < COUNT(shapes); ++s)
        check(&ops[o], &machines[m], shapes[s][0], shapes[s][1], &compared);
  CHECK(compared > 200);
  checkFigures();
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0;
}
