#include "codegen/npu_model.h"

#include "codegen/integers.h"
#include "codegen/npu_work.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

static double max2(double a, double b) { return a > b ? a : b; }

double addnormNpuMoveCycles(const AddnormNpuTarget *target, int64_t cores, double loads,
                            double stores) {
  double ofMemory = (loads + stores) * (double)cores / target->memoryBytesPerCycle;
  double rate = target->queueBytesPerCycle;
  if (target->queues == 1)
    return max2(ofMemory, (loads + stores) / rate);
  return max2(ofMemory, max2(loads / (double)(target->queues - 1), stores) / rate);
}

/* --- transfers ------------------------------------------------------------------------------- */

/* Bytes and number of some transfers of a step. */
typedef struct Moves {
  double bytes, count;
} Moves;

static Moves plus(Moves a, Moves b) { return (Moves){a.bytes + b.bytes, a.count + b.count}; }
static Moves times(Moves a, double factor) { return (Moves){a.bytes * factor, a.count * factor}; }

/* One row of `columns` columns, of tensors of one width. A row touches whole bursts: on average,
 * where rows start at any multiple of `grain` columns and are as long, a burst less a grain more
 * than it has. */
static Moves rowOf(const AddnormNpuTarget *target, int64_t tensors, int64_t bytes, double columns,
                   int64_t grain) {
  int64_t common = gcd64(grain * bytes, target->burstBytes);
  double length = columns * (double)bytes + (double)(target->burstBytes - common);
  return (Moves){(double)tensors * length, (double)tensors};
}

static Moves rowsOf(const AddnormNpuTarget *target, const AddnormTypes *types, double columns,
                    int64_t grain) {
  return plus(rowOf(target, types->f32, F32_BYTES, columns, grain),
              rowOf(target, types->f16 + types->bf16, NARROW_BYTES, columns, grain));
}

/* --- steps ----------------------------------------------------------------------------------- */

/* The line of a core. */
typedef struct Line {
  const AddnormNpuTarget *target;
  int64_t cores;
  bool overlaps;
} Line;

static Line lineOf(const AddnormNpuTarget *target, const AddnormNpuSchedule *schedule) {
  return (Line){target, schedule->grid, schedule->buffers > 1};
}

/* Until they are complete, with nothing else in flight. */
static double transferCycles(const Line *line, Moves loads, Moves stores) {
  if (loads.count + stores.count == 0)
    return 0;
  return line->target->latencyCycles +
         addnormNpuMoveCycles(line->target, line->cores, loads.bytes, stores.bytes);
}

/* Starting transfers takes the core's time, too. */
static double workOf(const Line *line, Moves loads, Moves stores, double work) {
  return work + line->target->issueCycles * (loads.count + stores.count);
}

/* From the end of a step's work to that of the next one's, with many before and behind. Loads for a
 * step start a step ahead, when the work before that ends: two steps take no less than those
 * transfers and the work that waits for them. */
static double stepCycles(const Line *line, Moves loads, Moves stores, double work) {
  double whole = workOf(line, loads, stores, work);
  double transfers = transferCycles(line, loads, stores);
  if (!line->overlaps)
    return whole + transfers;
  double moving = addnormNpuMoveCycles(line->target, line->cores, loads.bytes, stores.bytes);
  return max2(max2(whole, moving), (whole + transfers) / 2);
}

/* --- single pass ----------------------------------------------------------------------------- */

typedef struct SingleStep {
  Moves loads, stores, vectors;
  double work;
} SingleStep;

static Moves rstdMoves(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                       int64_t rows) {
  if (!query->rstd)
    return (Moves){0};
  int64_t count = query->rstdApart ? rows : 1;
  int64_t bytes = query->rstdApart ? F32_BYTES : rows * F32_BYTES;
  return (Moves){(double)(count * roundUp(bytes, target->burstBytes)), (double)count};
}

static SingleStep singleStep(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule) {
  AddnormNpuWork work = {query, target, schedule};
  bool kept = schedule->rowBuffer > 0;
  double rows = (double)schedule->rowTile, n = (double)query->n;
  Moves loads = times(rowsOf(target, &query->addends, n, query->n), rows);
  Moves stores = times(rowsOf(target, &query->results, n, query->n), rows);
  if (schedule->alignedRows) {
    loads.count /= rows;
    stores.count /= rows;
  }
  return (SingleStep){
      .loads = loads,
      .stores = plus(stores, rstdMoves(query, target, schedule->rowTile)),
      .vectors = plus(rowsOf(target, &query->biases, n, query->n),
                      rowsOf(target, &query->gamma, n, query->n)),
      .work =
          rows * (addnormNpuSquareCycles(&work, query->n, kept) + addnormNpuStatisticCycles(&work) +
                  addnormNpuNormalizeCycles(&work, query->n, kept)),
  };
}

/* A core on its way through a line of steps. */
typedef struct Run {
  const Line *line;
  double clock;                 /* of the core */
  double loads, stores, memory; /* when the queues, and the core's share of the memory, are free */
} Run;

/* Starts transfers; returns when they are complete. */
static double start(Run *run, Moves moves, bool isStore) {
  const AddnormNpuTarget *target = run->line->target;
  run->clock += target->issueCycles * moves.count;
  double *queue = isStore && target->queues > 1 ? &run->stores : &run->loads;
  double queues = isStore ? 1 : (double)max64(target->queues - 1, 1);
  double share = target->memoryBytesPerCycle / (double)run->line->cores;
  *queue = max2(*queue, run->clock) + moves.bytes / (target->queueBytesPerCycle * queues);
  run->memory = max2(run->memory, run->clock) + moves.bytes / share;
  *queue = run->memory = max2(*queue, run->memory);
  return *queue + target->latencyCycles;
}

/* Tile after tile: loads of the next one start before the work on this one, with two buffers, and
 * results wait for those before them in their buffer. Past the first FEW tiles each takes what the
 * last ones of those took. */
static double singleCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                           const AddnormNpuSchedule *schedule) {
  enum { FEW = 32, LAST = 8 };
  Line line = lineOf(target, schedule);
  SingleStep step = singleStep(query, target, schedule);
  int64_t steps = ceilDiv(ceilDiv(query->rows, schedule->rowTile), schedule->grid);
  Run run = {.line = &line};
  double loaded = start(&run, plus(step.vectors, step.loads), false);
  double stored[2] = {0}, before = 0;
  for (int64_t i = 0; i < min64(steps, FEW); ++i) {
    double *buffer = &stored[line.overlaps ? i % 2 : 0], next = 0;
    if (i == FEW - LAST)
      before = run.clock;
    if (line.overlaps && i + 1 < steps)
      next = start(&run, step.loads, false);
    run.clock = max2(run.clock, max2(loaded, *buffer)) + step.work;
    *buffer = start(&run, step.stores, true);
    if (!line.overlaps && i + 1 < steps)
      next = start(&run, step.loads, false);
    loaded = next;
  }
  double more = (double)max64(steps - FEW, 0) * (run.clock - before) / LAST;
  return max2(run.clock, max2(stored[0], stored[1])) + more;
}

double addnormNpuModelRowCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule) {
  Line line = lineOf(target, schedule);
  SingleStep step = singleStep(query, target, schedule);
  return stepCycles(&line, step.loads, step.stores, step.work) / (double)schedule->rowTile;
}

/* --- multi pass ------------------------------------------------------------------------------ */

/* What the steps of a row have in common. */
typedef struct Walks {
  Line line;
  Moves addends, biases, gamma, results;
  double square, normalize;         /* work of a tile whose t is kept */
  double squareAnew, normalizeAnew; /* and of one whose addends are added again */
} Walks;

/* One walk over `tiles` tiles in which t is kept or not and the row vectors are, adding up squares
 * of one row (`next`) and storing results of another (`done`). */
static double walkCycles(const Walks *walks, double tiles, bool kept, bool vectorsKept, bool next,
                         bool done) {
  if (tiles <= 0)
    return 0;
  Moves loads = {0}, stores = {0};
  double work = 0;
  if (next) {
    loads = plus(loads, walks->addends);
    work += kept ? walks->square : walks->squareAnew;
  }
  if (done) {
    stores = walks->results;
    work += kept ? walks->normalize : walks->normalizeAnew;
    if (!kept)
      loads = plus(loads, walks->addends);
    if (!vectorsKept)
      loads = plus(loads, walks->gamma);
  }
  if (!vectorsKept && (next || !kept))
    loads = plus(loads, walks->biases);
  return tiles * stepCycles(&walks->line, loads, stores, work);
}

static double multiCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                          const AddnormNpuSchedule *schedule) {
  int64_t tiles = addnormNpuColumnTiles(schedule, query->n);
  int64_t rows = ceilDiv(query->rows, schedule->grid);
  int64_t grain = gcd64(schedule->columnTile, query->n);
  if (tiles == 0 || rows == 0)
    return 0;
  /* A tile of average length stands for all. */
  double count = (double)tiles, columns = (double)query->n / count;
  AddnormNpuWork work = {query, target, schedule};
  Walks walks = {.line = lineOf(target, schedule),
                 .addends = rowsOf(target, &query->addends, columns, grain),
                 .biases = rowsOf(target, &query->biases, columns, grain),
                 .gamma = rowsOf(target, &query->gamma, columns, grain),
                 .results = rowsOf(target, &query->results, columns, grain),
                 .square = addnormNpuSquareCycles(&work, query->n, true) / count,
                 .squareAnew = addnormNpuSquareCycles(&work, query->n, false) / count,
                 .normalize = addnormNpuNormalizeCycles(&work, query->n, true) / count,
                 .normalizeAnew = addnormNpuNormalizeCycles(&work, query->n, false) / count};
  double kept = (double)min64(schedule->keptColumns, query->n) / columns;
  double vectors = (double)min64(schedule->keptVectorColumns, query->n) / columns;
  double both = kept < vectors ? kept : vectors, either = max2(kept, vectors);
  bool keepsMore = kept > vectors;

  double cycles = (double)rows * addnormNpuStatisticCycles(&work);
  for (int walk = 0; walk < 3; ++walk) { /* the first, those between, the last */
    bool next = walk<2, done = walk> 0;
    double sum = walkCycles(&walks, both, true, true, next, done) +
                 walkCycles(&walks, either - both, keepsMore, !keepsMore, next, done) +
                 walkCycles(&walks, count - either, false, false, next, done);
    cycles += walk == 1 ? (double)(rows - 1) * sum : sum;
  }
  Moves keptVectors = times(plus(walks.biases, walks.gamma), vectors);
  Moves rstd = times(rstdMoves(query, target, 1), (double)rows);
  const Moves none = {0};
  return cycles + workOf(&walks.line, keptVectors, rstd, 0) +
         addnormNpuMoveCycles(target, schedule->grid, keptVectors.bytes, rstd.bytes) +
         transferCycles(&walks.line, plus(walks.addends, walks.biases), none) +
         transferCycles(&walks.line, none, walks.results);
}

double addnormNpuModelCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule) {
  double cycles = schedule->singlePass ? singleCycles(query, target, schedule)
                                       : multiCycles(query, target, schedule);
  return target->launchCycles + cycles;
}
