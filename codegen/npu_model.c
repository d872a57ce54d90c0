#include "codegen/npu_model.h"

#include "codegen/integers.h"
#include "codegen/npu_work.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

static double max2(double a, double b) { return a > b ? a : b; }

static int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

double addnormNpuBytesPerCycle(const AddnormNpuTarget *target, int64_t cores) {
  double own = (double)target->queues * target->queueBytesPerCycle;
  double share = target->memoryBytesPerCycle / (double)cores;
  return own < share ? own : share;
}

int64_t addnormNpuColumnTiles(const AddnormNpuSchedule *schedule, int64_t n) {
  int64_t chunk = schedule->chunk, tile = schedule->columnTile;
  if (chunk == 0 || tile >= chunk)
    return ceilDiv(n, tile);
  return n / chunk * ceilDiv(chunk, tile) + ceilDiv(n % chunk, tile);
}

/* --- transfers ------------------------------------------------------------------------------- */

/* Bytes and number of some transfers of a step. */
typedef struct Moves {
  double bytes, count;
} Moves;

static Moves plus(Moves a, Moves b) { return (Moves){a.bytes + b.bytes, a.count + b.count}; }
static Moves times(Moves a, double factor) { return (Moves){a.bytes * factor, a.count * factor}; }

/* One row of `columns` columns, of tensors of one width. A row touches whole bursts: on average,
 * where rows start at any multiple of `grain`, burst - grain bytes more than it has. */
static Moves rowOf(const AddnormNpuTarget *target, int64_t tensors, int64_t bytes, double columns,
                   int64_t columnTile) {
  int64_t grain = gcd(columnTile * bytes, target->burstBytes);
  double length = columns * (double)bytes + (double)(target->burstBytes - grain);
  return (Moves){(double)tensors * length, (double)tensors};
}

static Moves rowsOf(const AddnormNpuTarget *target, const AddnormTypes *types, double columns,
                    int64_t columnTile) {
  return plus(rowOf(target, types->f32, F32_BYTES, columns, columnTile),
              rowOf(target, types->f16 + types->bf16, NARROW_BYTES, columns, columnTile));
}

/* --- steps ----------------------------------------------------------------------------------- */

/* The line of a core. */
typedef struct Line {
  const AddnormNpuTarget *target;
  double rate; /* bytes per cycle */
  bool overlaps;
} Line;

static Line lineOf(const AddnormNpuTarget *target, const AddnormNpuSchedule *schedule) {
  return (Line){target, addnormNpuBytesPerCycle(target, schedule->grid), schedule->buffers > 1};
}

static double transferCycles(const Line *line, Moves moves) {
  return moves.count > 0 ? line->target->latencyCycles + moves.bytes / line->rate : 0;
}

/* Starting transfers takes the core's time, too. */
static double workOf(const Line *line, Moves moves, double work) {
  return work + line->target->issueCycles * moves.count;
}

/* From the start of a step's transfers to that of the next one's. */
static double stepCycles(const Line *line, Moves loads, Moves stores, double work) {
  Moves both = plus(loads, stores);
  work = workOf(line, both, work);
  if (!line->overlaps)
    return work + transferCycles(line, both);
  double latest = max2(transferCycles(line, loads), transferCycles(line, stores));
  return max2(work, max2(latest, both.bytes / line->rate));
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

static double singleCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                           const AddnormNpuSchedule *schedule) {
  Line line = lineOf(target, schedule);
  SingleStep step = singleStep(query, target, schedule);
  const Moves none = {0};
  double steps = (double)ceilDiv(ceilDiv(query->rows, schedule->rowTile), schedule->grid);
  double first = transferCycles(&line, plus(step.loads, step.vectors));
  double last = transferCycles(&line, step.stores);
  if (steps <= 1)
    return first + steps * workOf(&line, plus(step.loads, step.stores), step.work) + last;
  return first + stepCycles(&line, step.loads, none, step.work) +
         (steps - 2) * stepCycles(&line, step.loads, step.stores, step.work) +
         stepCycles(&line, none, step.stores, step.work) + last;
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
  int64_t rows = ceilDiv(query->rows, schedule->grid), tile = schedule->columnTile;
  if (tiles == 0 || rows == 0)
    return 0;
  /* A tile of average length stands for all. */
  double count = (double)tiles, columns = (double)query->n / count;
  AddnormNpuWork work = {query, target, schedule};
  Walks walks = {.line = lineOf(target, schedule),
                 .addends = rowsOf(target, &query->addends, columns, tile),
                 .biases = rowsOf(target, &query->biases, columns, tile),
                 .gamma = rowsOf(target, &query->gamma, columns, tile),
                 .results = rowsOf(target, &query->results, columns, tile),
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
  Moves rstd = rstdMoves(query, target, 1);
  return cycles + transferCycles(&walks.line, plus(walks.addends, walks.biases)) +
         keptVectors.bytes / walks.line.rate + keptVectors.count * target->issueCycles +
         (double)rows * (rstd.bytes / walks.line.rate + rstd.count * target->issueCycles) +
         transferCycles(&walks.line, walks.results);
}

double addnormNpuModelCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule) {
  double cycles = schedule->singlePass ? singleCycles(query, target, schedule)
                                       : multiCycles(query, target, schedule);
  return target->launchCycles + cycles;
}
