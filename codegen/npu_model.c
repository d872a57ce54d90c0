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

/* Waits for its loads and for the buffers of what it stores, computes results and stores them, then
 * adds up squares and stores sums. */
typedef struct Step {
  Moves loads, results, sums;
  double normalize, square;
} Step;

/* Steps of two kinds, of tiles whose addends are added again and of tiles whose t is kept, which
 * are spread evenly. */
typedef struct Part {
  int64_t steps;
  double kept; /* their share */
  Step kinds[2];
  Moves before;  /* loaded with the first step */
  double finish; /* work after the last one */
} Part;

enum { WALKS = 5, SEGMENTS = 2, MAX_PARTS = WALKS * SEGMENTS };

/* All that the core with the most tiles does. */
typedef struct Line {
  const AddnormNpuTarget *target;
  const AddnormNpuSchedule *schedule;
  Part parts[MAX_PARTS];
  int numParts;
  int repeated, repeatedEnd; /* parts that happen `repeats` times more */
  int64_t repeats;
} Line;

static Moves rstdMoves(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                       int64_t rows) {
  if (!query->rstd)
    return (Moves){0};
  int64_t count = query->rstdApart ? rows : 1;
  int64_t bytes = query->rstdApart ? F32_BYTES : rows * F32_BYTES;
  return (Moves){(double)(count * roundUp(bytes, target->burstBytes)), (double)count};
}

/* --- single pass ----------------------------------------------------------------------------- */

static Line singleLine(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                       const AddnormNpuSchedule *schedule, int64_t steps) {
  AddnormNpuWork work = {query, target, schedule};
  bool kept = schedule->rowBuffer > 0;
  double rows = (double)schedule->rowTile, n = (double)query->n;
  Moves loads = times(rowsOf(target, &query->addends, n, query->n), rows);
  Moves results = times(rowsOf(target, &query->results, n, query->n), rows);
  if (schedule->alignedRows) {
    loads.count /= rows;
    results.count /= rows;
  }
  Step step = {.loads = loads,
               .results = plus(results, rstdMoves(query, target, schedule->rowTile)),
               .normalize = rows * (addnormNpuSquareCycles(&work, query->n, kept) +
                                    addnormNpuStatisticCycles(&work) +
                                    addnormNpuNormalizeCycles(&work, query->n, kept))};
  Part part = {.steps = steps,
               .kinds = {step},
               .before = plus(rowsOf(target, &query->biases, n, query->n),
                              rowsOf(target, &query->gamma, n, query->n))};
  return (Line){.target = target, .schedule = schedule, .parts = {part}, .numParts = 1};
}

/* --- multi pass ------------------------------------------------------------------------------ */

/* What a tile of average length moves and costs. */
typedef struct Tile {
  Moves addends, biases, gamma, y, sum;
  double square[2], normalize[2]; /* of one whose addends are added again, and whose t is kept */
} Tile;

static Tile averageTile(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                        const AddnormNpuSchedule *schedule, int64_t tiles) {
  AddnormNpuWork work = {query, target, schedule};
  int64_t grain = gcd64(schedule->columnTile, query->n);
  double columns = (double)query->n / (double)tiles;
  AddnormTypes y = query->results;
  y.f16 -= query->sum.f16, y.bf16 -= query->sum.bf16, y.f32 -= query->sum.f32;
  Tile tile = {.addends = rowsOf(target, &query->addends, columns, grain),
               .biases = rowsOf(target, &query->biases, columns, grain),
               .gamma = rowsOf(target, &query->gamma, columns, grain),
               .y = rowsOf(target, &y, columns, grain),
               .sum = rowsOf(target, &query->sum, columns, grain)};
  for (int kept = 0; kept < 2; ++kept) {
    tile.square[kept] = addnormNpuSquareCycles(&work, query->n, kept) / (double)tiles;
    tile.normalize[kept] = addnormNpuNormalizeCycles(&work, query->n, kept) / (double)tiles;
  }
  return tile;
}

/* A step of walk number `walk` of a core with `rows` rows, of a tile whose t is kept or not, and
 * whose row vectors are. */
static Step stepOf(const Tile *tile, int64_t walk, int64_t rows, bool kept, bool vectorsKept) {
  bool next = walk<rows, done = walk> 0, again = done && !kept;
  Step step = {0};
  if (next) {
    step.loads = plus(step.loads, tile->addends);
    step.square = tile->square[kept];
    if (kept)
      step.sums = tile->sum;
  }
  if (done) {
    step.results = kept ? tile->y : plus(tile->y, tile->sum);
    step.normalize = tile->normalize[kept];
  }
  if (again)
    step.loads = plus(step.loads, tile->addends);
  if (vectorsKept ? walk == 1 : done)
    step.loads = plus(step.loads, tile->gamma);
  if (vectorsKept ? walk == 0 : next || again)
    step.loads = plus(step.loads, tile->biases);
  return step;
}

/* The tiles whose row vectors are kept come first. */
static void addWalk(Line *line, const Tile *tile, const int64_t steps[SEGMENTS], double kept,
                    int64_t walk, int64_t rows) {
  for (int segment = 0; segment < SEGMENTS; ++segment) {
    bool vectors = segment == 0;
    if (steps[segment] > 0)
      line->parts[line->numParts++] = (Part){.steps = steps[segment],
                                             .kept = kept,
                                             .kinds = {stepOf(tile, walk, rows, false, vectors),
                                                       stepOf(tile, walk, rows, true, vectors)}};
  }
}

/* Walks beyond the first four and the last one are as long as the fourth. */
static Line multiLine(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                      const AddnormNpuSchedule *schedule) {
  Line line = {.target = target, .schedule = schedule};
  int64_t n = query->n, tiles = addnormNpuColumnTiles(schedule, n);
  int64_t rows = ceilDiv(query->rows, schedule->grid);
  if (tiles == 0 || rows == 0)
    return line;
  AddnormNpuWork work = {query, target, schedule};
  Tile tile = averageTile(query, target, schedule, tiles);
  double kept = (double)min64(schedule->keptColumns, n) / (double)n;
  int64_t vectors = addnormNpuColumnTiles(schedule, min64(schedule->keptVectorColumns, n));
  const int64_t steps[SEGMENTS] = {vectors, tiles - vectors};
  Moves rstd = rstdMoves(query, target, 1);
  for (int64_t i = 0; i < min64(rows + 1, WALKS); ++i) {
    int64_t walk = i == WALKS - 1 ? rows : i;
    int first = line.numParts;
    addWalk(&line, &tile, steps, kept, walk, rows);
    Part *begin = &line.parts[first], *end = &line.parts[line.numParts - 1];
    for (int kind = 0; kind < 2 && walk > 0; ++kind) {
      Moves *results = &begin->kinds[kind].results;
      *results = plus(*results, times(rstd, 1 / (double)begin->steps));
    }
    if (walk < rows)
      end->finish = addnormNpuStatisticCycles(&work);
    if (i == WALKS - 2 && rows >= WALKS) {
      line.repeated = first;
      line.repeatedEnd = line.numParts;
      line.repeats = rows + 1 - WALKS;
    }
  }
  return line;
}

static Line lineOf(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                   const AddnormNpuSchedule *schedule) {
  if (!schedule->singlePass)
    return multiLine(query, target, schedule);
  int64_t steps = ceilDiv(ceilDiv(query->rows, schedule->rowTile), schedule->grid);
  return singleLine(query, target, schedule, steps);
}

/* --- queues ---------------------------------------------------------------------------------- */

/* Of one part no more steps are followed than FEW. The others take what SOME of these did, a
 * multiple of any number of buffers, when the line is in its stride and before the last ones load
 * what the next part needs. */
enum { SOME = 24, LAST = ADDNORM_NPU_MAX_BUFFERS, FEW = 16 + SOME + LAST };
enum { MAX_STEPS = MAX_PARTS * FEW };

/* Queues of one direction, as one: a line of moves, each of which begins when those before it have
 * been moved. Only the last ones are remembered: nobody waits for others. */
enum { REMEMBERED = 64 };
_Static_assert(4 * ADDNORM_NPU_MAX_BUFFERS < REMEMBERED, "all that is in flight");

typedef struct Queue {
  double count;          /* of queues */
  int64_t started, head; /* moves; the first that has not been moved */
  double left[REMEMBERED], end[REMEMBERED];
} Queue;

/* A core on its way through a line of steps. Where there is one queue it is that of the stores,
 * too. */
typedef struct Core {
  const AddnormNpuTarget *target;
  double share;        /* of the memory, in bytes per cycle */
  double clock, moved; /* what the core has done until then, and its queues */
  Queue queues[2];     /* of loads, of stores */
} Core;

static void startCore(Core *core, const Line *line) {
  const AddnormNpuTarget *target = line->target;
  core->target = target;
  core->share = target->memoryBytesPerCycle / (double)line->schedule->grid;
  core->clock = core->moved = 0;
  for (int q = 0; q < 2; ++q)
    core->queues[q].started = core->queues[q].head = 0;
  core->queues[0].count = (double)max64(target->queues - 1, 1);
  core->queues[1].count = 1;
}

/* Follows the queues to the end of a move, but not beyond `until`, which may be infinite only while
 * something moves. Those that move share the memory evenly. */
static void advance(Core *core, double until) {
  double active = 0, next = until, rates[2] = {0};
  for (int q = 0; q < 2; ++q)
    active += core->queues[q].head < core->queues[q].started ? core->queues[q].count : 0;
  for (int q = 0; q < 2; ++q) {
    const Queue *queue = &core->queues[q];
    if (queue->head == queue->started)
      continue;
    rates[q] = min2(core->target->queueBytesPerCycle, core->share / active) * queue->count;
    next = min2(next, core->moved + queue->left[queue->head % REMEMBERED] / rates[q]);
  }
  for (int q = 0; q < 2; ++q) {
    Queue *queue = &core->queues[q];
    if (rates[q] == 0)
      continue;
    double *left = &queue->left[queue->head % REMEMBERED];
    bool isMoved = core->moved + *left / rates[q] <= next;
    *left -= (next - core->moved) * rates[q];
    if (isMoved)
      queue->end[queue->head++ % REMEMBERED] = next;
  }
  core->moved = next;
}

enum { NO_MOVE = -1 };

static Queue *queueOf(Core *core, bool isStore) {
  return &core->queues[isStore && core->target->queues > 1];
}

/* A move, as a number in its queue. */
static int64_t start(Core *core, Moves moves, bool isStore) {
  if (moves.count == 0)
    return NO_MOVE;
  core->clock += core->target->issueCycles * moves.count;
  while (core->moved < core->clock)
    advance(core, core->clock);
  Queue *queue = queueOf(core, isStore);
  queue->left[queue->started % REMEMBERED] = moves.bytes;
  return queue->started++;
}

static void waitFor(Core *core, int64_t move, bool isStore) {
  Queue *queue = queueOf(core, isStore);
  if (move == NO_MOVE)
    return;
  while (queue->head <= move)
    advance(core, INFINITY);
  core->clock = max2(core->clock, queue->end[move % REMEMBERED] + core->target->latencyCycles);
}

/* --- the line -------------------------------------------------------------------------------- */

/* The steps of a line that are followed. */
typedef struct Followed {
  const Part *part;
  const Step *step;
  int64_t number;         /* in its part */
  int64_t loaded, stored; /* moves */
} Followed;

static int64_t stepsOf(const Line *line, Followed *steps) {
  int64_t count = 0;
  for (int p = 0; p < line->numParts; ++p) {
    const Part *part = &line->parts[p];
    for (int64_t i = 0; i < min64(part->steps, FEW); ++i) {
      bool kept = ceil((double)(i + 1) * part->kept) > ceil((double)i * part->kept);
      steps[count++] = (Followed){.part = part, .step = &part->kinds[kept], .number = i};
    }
  }
  return count;
}

static void load(Core *core, Followed *step) {
  Moves loads = step->step->loads;
  step->loaded = start(core, step->number == 0 ? plus(loads, step->part->before) : loads, false);
}

static void compute(Core *core, Followed *followed) {
  const Part *part = followed->part;
  const Step *step = followed->step;
  core->clock += step->normalize;
  int64_t results = start(core, step->results, true);
  core->clock += step->square;
  int64_t sums = start(core, step->sums, true);
  followed->stored = max64(results, sums);
  if (followed->number + 1 == min64(part->steps, FEW))
    core->clock += part->finish;
}

/* Time that passes beside that of the steps which are followed. */
typedef struct Skipped {
  double cycles;
  double part, walk; /* when what stands for others began */
} Skipped;

static void skip(Skipped *skipped, const Line *line, const Followed *step, double clock) {
  const Part *part = step->part;
  if (step->number == 0 && part == &line->parts[line->repeatedEnd])
    skipped->cycles += (double)line->repeats * (clock + skipped->cycles - skipped->walk);
  if (step->number == 0 && part == &line->parts[line->repeated])
    skipped->walk = clock + skipped->cycles;
  if (step->number == FEW - LAST - SOME)
    skipped->part = clock;
  if (step->number == FEW - LAST && part->steps > FEW)
    skipped->cycles += (double)(part->steps - FEW) * (clock - skipped->part) / SOME;
}

/* Loads of steps ahead start before the work on one, unless there is one buffer. */
static double follow(const Line *line) {
  Followed steps[MAX_STEPS];
  int64_t count = stepsOf(line, steps), results = line->schedule->resultBuffers;
  int64_t ahead = line->schedule->buffers - 1;
  Core core;
  Skipped skipped = {0};
  startCore(&core, line);
  for (int64_t i = 0; i < min64(max64(ahead, 1), count); ++i)
    load(&core, &steps[i]);
  for (int64_t i = 0; i < count; ++i) {
    skip(&skipped, line, &steps[i], core.clock);
    if (ahead && i + ahead < count)
      load(&core, &steps[i + ahead]);
    waitFor(&core, steps[i].loaded, false);
    if (i >= results)
      waitFor(&core, steps[i - results].stored, true);
    compute(&core, &steps[i]);
    if (!ahead && i + 1 < count)
      load(&core, &steps[i + 1]);
  }
  for (int64_t i = max64(count - results, 0); i < count; ++i)
    waitFor(&core, steps[i].stored, true);
  return core.clock + skipped.cycles;
}

double addnormNpuModelRowCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule) {
  enum { MANY = 1 << 20 };
  Line line = singleLine(query, target, schedule, MANY);
  return follow(&line) / MANY / (double)schedule->rowTile;
}

static AddnormNpuLeast leastOf(const Line *line) {
  const AddnormNpuTarget *target = line->target;
  double loads = 0, stores = 0, work = 0;
  for (int p = 0; p < line->numParts; ++p) {
    const Part *part = &line->parts[p];
    bool isRepeated = p >= line->repeated && p < line->repeatedEnd;
    double walks = 1 + (isRepeated ? (double)line->repeats : 0);
    loads += part->before.bytes;
    work += part->before.count * target->issueCycles + walks * part->finish;
    for (int kind = 0; kind < 2; ++kind) {
      const Step *step = &part->kinds[kind];
      double steps = walks * (double)part->steps * (kind ? part->kept : 1 - part->kept);
      Moves moves = plus(step->loads, plus(step->results, step->sums));
      loads += steps * step->loads.bytes;
      stores += steps * (step->results.bytes + step->sums.bytes);
      work += steps * (step->normalize + step->square + target->issueCycles * moves.count);
    }
  }
  return (AddnormNpuLeast){addnormNpuMoveCycles(target, line->schedule->grid, loads, stores), work};
}

AddnormNpuLeast addnormNpuModelLeast(const AddnormScheduleQuery *query,
                                     const AddnormNpuTarget *target,
                                     const AddnormNpuSchedule *schedule) {
  Line line = lineOf(query, target, schedule);
  return leastOf(&line);
}

double addnormNpuModelCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule) {
  Line line = lineOf(query, target, schedule);
  AddnormNpuLeast least = leastOf(&line);
  return target->launchCycles + max2(follow(&line), max2(least.transfers, least.work));
}
