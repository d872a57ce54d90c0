#include "codegen/npu_model.h"

#include <math.h>

#include "codegen/integers.h"
#include "codegen/npu_work.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

static double max2(double a, double b) { return a > b ? a : b; }
static double min2(double a, double b) { return a < b ? a : b; }

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
  int64_t buffers;
} Line;

static Line lineOf(const AddnormNpuTarget *target, const AddnormNpuSchedule *schedule) {
  return (Line){target, schedule->grid, schedule->buffers};
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
 * step start one or two steps ahead, when the work before that ends: two or three steps take no
 * less than those transfers and the work that waits for them. Results have two buffers. */
static double stepCycles(const Line *line, Moves loads, Moves stores, double work) {
  double whole = workOf(line, loads, stores, work);
  double transfers = transferCycles(line, loads, stores);
  if (line->buffers == 1)
    return whole + transfers;
  double moving = addnormNpuMoveCycles(line->target, line->cores, loads.bytes, stores.bytes);
  const Moves none = {0};
  double waiting = max2((whole + transfers) / (double)line->buffers,
                        (whole + transferCycles(line, none, stores)) / 2);
  return max2(max2(whole, moving), waiting);
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

/* The tiles that are followed; each further one takes what the last ones of these did. */
enum { FEW = 32, LAST = 8 };

/* Queues of one direction, as one: a line of moves, each of which begins when those before it have
 * been moved. */
typedef struct Queue {
  double count;          /* of queues */
  int64_t started, head; /* moves; the first that has not been moved */
  double left[2 * FEW + 3], end[2 * FEW + 3];
} Queue;

/* A core on its way through a line of steps. Where there is one queue it is that of the stores,
 * too.
 */
typedef struct Run {
  const AddnormNpuTarget *target;
  double share;        /* of the memory, in bytes per cycle */
  double clock, moved; /* what the core has done until then, and its queues */
  Queue queues[2];     /* of loads, of stores */
} Run;

static Run runOf(const Line *line) {
  const AddnormNpuTarget *target = line->target;
  Run run = {.target = target, .share = target->memoryBytesPerCycle / (double)line->cores};
  run.queues[0].count = (double)max64(target->queues - 1, 1);
  run.queues[1].count = 1;
  return run;
}

/* Follows the queues to the end of a move, but not beyond `until`, which may be infinite only while
 * something moves. Those that move share the memory evenly. */
static void advance(Run *run, double until) {
  double active = 0, next = until, rates[2] = {0};
  for (int q = 0; q < 2; ++q)
    active += run->queues[q].head < run->queues[q].started ? run->queues[q].count : 0;
  for (int q = 0; q < 2; ++q) {
    const Queue *queue = &run->queues[q];
    double rate = min2(run->target->queueBytesPerCycle, run->share / active) * queue->count;
    if (queue->head < queue->started) {
      rates[q] = rate;
      next = min2(next, run->moved + queue->left[queue->head] / rate);
    }
  }
  for (int q = 0; q < 2; ++q) {
    Queue *queue = &run->queues[q];
    if (rates[q] == 0)
      continue;
    double *left = &queue->left[queue->head];
    bool isMoved = run->moved + *left / rates[q] <= next;
    *left -= (next - run->moved) * rates[q];
    if (isMoved)
      queue->end[queue->head++] = next;
  }
  run->moved = next;
}

/* A move, as a number in its queue. */
static int64_t start(Run *run, Moves moves, bool isStore) {
  run->clock += run->target->issueCycles * moves.count;
  while (run->moved < run->clock)
    advance(run, run->clock);
  Queue *queue = &run->queues[isStore && run->target->queues > 1];
  queue->left[queue->started] = moves.bytes;
  return queue->started++;
}

static void waitFor(Run *run, int64_t move, bool isStore) {
  Queue *queue = &run->queues[isStore && run->target->queues > 1];
  while (queue->head <= move)
    advance(run, INFINITY);
  run->clock = max2(run->clock, queue->end[move] + run->target->latencyCycles);
}

/* Tile after tile: loads of the next one, or the one behind it, start before the work on this one
 * unless there is one buffer, and results wait for those before them in their buffer. */
static double singleCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                           const AddnormNpuSchedule *schedule) {
  Line line = lineOf(target, schedule);
  SingleStep step = singleStep(query, target, schedule);
  int64_t steps = ceilDiv(ceilDiv(query->rows, schedule->rowTile), schedule->grid);
  int64_t few = min64(steps, FEW), results = addnormNpuResultBuffers(schedule);
  int64_t ahead = schedule->buffers - 1, loaded[FEW + 2], stored[FEW];
  Run run = runOf(&line);
  double before = 0;
  loaded[0] = start(&run, plus(step.vectors, step.loads), false);
  for (int64_t i = 1; i < min64(ahead, steps); ++i)
    loaded[i] = start(&run, step.loads, false);
  for (int64_t i = 0; i < few; ++i) {
    if (i == FEW - LAST)
      before = run.clock;
    if (ahead && i + ahead < steps)
      loaded[i + ahead] = start(&run, step.loads, false);
    waitFor(&run, loaded[i], false);
    if (i >= results)
      waitFor(&run, stored[i - results], true);
    run.clock += step.work;
    stored[i] = start(&run, step.stores, true);
    if (!ahead && i + 1 < steps)
      loaded[i + 1] = start(&run, step.loads, false);
  }
  double more = (double)(steps - few) * (run.clock - before) / LAST;
  for (int64_t i = max64(few - results, 0); i < few; ++i)
    waitFor(&run, stored[i], true);
  return run.clock + more;
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
