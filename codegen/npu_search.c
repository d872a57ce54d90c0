/* How a schedule is chosen.
 *
 *   1. The order of the sum, as for every target. Its lane partials are the first thing in the
 *      scratchpad.
 *   2. Single pass, when rows of all tensors fit with two buffers of each tile. The rows of a tile
 *      are the choice: long tiles make few transfers, short ones fill and drain the line of steps
 *      sooner and share the rows more evenly. Of the tiles that fit, the one with the least
 *      modelled time is taken, and t of a row is kept from the statistic to the results where that
 *      is faster than adding it up again.
 *   3. Otherwise single pass with one buffer, or multi pass with several, whichever is faster;
 *      otherwise multi pass with one. Again by modelled time, over the lengths of a tile: short
 *      tiles leave more of the scratchpad to what is kept, long ones make fewer transfers.
 *   4. The numbers of buffers in the same way. A transfer takes its latency even when nothing else
 *      moves: the memory is busy all the time only if what is on its way is as long as that.
 *   5. Cores: as few as make the longest line of tiles no longer.
 *   6. Of all that are within a 128th of the fastest the one that moves the fewest bytes: others
 *      use the memory, too.
 *
 * What multi pass keeps is the best there is for its tiles. When a row's statistic becomes known
 * all its addends have been read. What is stored from then on comes from what the scratchpad holds
 * or from reading again, so that every column whose t is not held costs its addends once more. Held
 * as t a column takes 4 bytes (as addends no fewer, but for a single narrow one), and saves that
 * reading in each row. The row vectors are read with each row unless they are held: a column of
 * them takes its own bytes and saves as many in each row but the first of a core. Both savings are
 * linear, up to all columns, so the least traffic is a knapsack of two items, whole tiles of t and
 * of row vectors.
 *
 * Sizes are compared by division, so that no shape can overflow. */

#include "codegen/npu_schedule.h"

#include "codegen/integers.h"
#include "codegen/npu_model.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

/* --- candidates ------------------------------------------------------------------------------ */

/* What is to be decided, and the best so far. `nominal` is the query with sizes for the model to
 * weigh where they are known only at run time: a row whose t is as long as the scratchpad, and
 * NOMINAL_ROWS rows for each core. */
typedef struct Search {
  const AddnormScheduleQuery *query;
  const AddnormNpuTarget *target;
  AddnormScheduleQuery nominal;
  double limit; /* in cycles: of candidates that are no slower the one with the fewest bytes is the
                   best; 0: the fastest is */
  AddnormNpuSchedule best;
  bool found;
  double cycles, bytes; /* of the best */
} Search;

enum { NOMINAL_ROWS = 16 };

static int64_t widestBytes(const AddnormScheduleQuery *query) {
  bool wide = query->addends.f32 || query->biases.f32 || query->gamma.f32 || query->results.f32;
  return wide ? F32_BYTES : NARROW_BYTES;
}

/* Whether a row of a transfer may have so many elements. */
static bool canMove(const Search *search, int64_t columns) {
  int64_t most = search->target->maxRowBytes;
  return most == 0 || columns <= most / widestBytes(search->query);
}

static bool fits(const Search *search, AddnormNpuSchedule *schedule) {
  schedule->scratchBytes = addnormNpuScratchBytes(search->query, search->target, schedule);
  return schedule->scratchBytes <= search->target->scratchpadBytes;
}

/* For `rows` rows: no core more makes the longest line shorter. */
static int64_t gridFor(const AddnormNpuTarget *target, int64_t rows, int64_t rowTile) {
  int64_t tiles = ceilDiv(rows, rowTile);
  return tiles ? ceilDiv(tiles, ceilDiv(tiles, target->cores)) : 1;
}

static bool isBetter(const Search *search, double cycles, double bytes) {
  if (search->limit == 0)
    return !search->found || cycles < search->cycles;
  if (cycles > search->limit)
    return false;
  return !search->found || bytes < search->bytes ||
         (bytes == search->bytes && cycles < search->cycles);
}

static AddnormNpuLeast leastOf(const Search *search, const AddnormNpuSchedule *schedule) {
  return addnormNpuModelLeast(&search->nominal, search->target, schedule);
}

/* Whether what takes no less than that, and as many bytes, may be better than the best so far. */
static bool mayBeBetter(const Search *search, AddnormNpuLeast least, double bytes) {
  double longer = least.transfers > least.work ? least.transfers : least.work;
  return isBetter(search, search->target->launchCycles + longer, bytes);
}

/* `bytes` are those beyond what every schedule moves. */
static void offer(Search *search, const AddnormNpuSchedule *schedule, double bytes) {
  if (!mayBeBetter(search, leastOf(search, schedule), bytes))
    return;
  double cycles = addnormNpuModelCycles(&search->nominal, search->target, schedule);
  if (!isBetter(search, cycles, bytes))
    return;
  search->best = *schedule;
  search->found = true;
  search->cycles = cycles;
  search->bytes = bytes;
}

/* No more of them than a core has tiles. */
static void limitBuffers(AddnormNpuSchedule *schedule, int64_t tiles) {
  schedule->buffers = min64(schedule->buffers, max64(tiles, 1));
  schedule->resultBuffers = min64(schedule->resultBuffers, max64(tiles, 1));
}

/* --- single pass ----------------------------------------------------------------------------- */

/* The longest tile that fits, 0 if none does. */
static int64_t longestRowTile(const Search *search, AddnormNpuSchedule schedule) {
  const AddnormScheduleQuery *query = search->query;
  const AddnormNpuTarget *target = search->target;
  schedule.rowTile = 0;
  int64_t room = target->scratchpadBytes - addnormNpuScratchBytes(query, target, &schedule);
  int64_t result = schedule.pitch * (query->elementBytes - query->addendBytes);
  result += query->rstd
                ? roundUp(F32_BYTES, query->rstdApart ? target->scratchpadAlignment : F32_BYTES)
                : 0;
  int64_t row =
      schedule.buffers * schedule.pitch * query->addendBytes + schedule.resultBuffers * result;
  int64_t rows = room <= 0 ? 0 : room / row;
  if (target->maxTransferRows)
    rows = min64(rows, target->maxTransferRows);
  if (query->rstd && target->maxRowBytes)
    rows = min64(rows, target->maxRowBytes / F32_BYTES);
  for (schedule.rowTile = rows; schedule.rowTile && !fits(search, &schedule);)
    --schedule.rowTile; /* the rstd of a tile are rounded up together */
  return schedule.rowTile;
}

static double rowCycles(const Search *search, AddnormNpuSchedule schedule, int64_t rowTile) {
  schedule.rowTile = rowTile;
  return addnormNpuModelRowCycles(&search->nominal, search->target, &schedule);
}

/* The number of rows is not known: the shortest tile that, with very many rows, costs at most a
 * sixteenth more than the longest. With few rows it occupies the most cores. */
static int64_t rowTileForMany(const Search *search, const AddnormNpuSchedule *schedule,
                              int64_t longest) {
  double enough = rowCycles(search, *schedule, longest) * 17 / 16;
  int64_t low = 1, high = longest;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (rowCycles(search, *schedule, middle) <= enough)
      high = middle;
    else
      low = middle + 1;
  }
  return high;
}

/* In single pass, only the row vectors are read more than once. */
static double vectorBytes(const Search *search, const AddnormNpuSchedule *schedule) {
  return (double)schedule->grid * (double)search->nominal.n * (double)search->query->vectorBytes;
}

/* Tiles that cut the share of a core into 1, 2, 3, ... as equal as can be; of those between, none
 * is better. Filling and draining a line of MANY tiles costs so little of the whole that shorter
 * ones gain nothing. */
static void offerRowTiles(Search *search, AddnormNpuSchedule *schedule, int64_t longest) {
  enum { MANY = 1024 };
  int64_t share = max64(ceilDiv(search->nominal.rows, search->target->cores), 1);
  int64_t fewest = ceilDiv(share, longest);
  for (int64_t tiles = fewest; tiles <= max64(fewest, MANY);) {
    schedule->rowTile = ceilDiv(share, tiles);
    schedule->grid = gridFor(search->target, search->nominal.rows, schedule->rowTile);
    AddnormNpuSchedule limited = *schedule;
    limitBuffers(&limited,
                 ceilDiv(ceilDiv(search->nominal.rows, schedule->rowTile), schedule->grid));
    offer(search, &limited, vectorBytes(search, schedule));
    if (schedule->rowTile == 1)
      return;
    tiles = ceilDiv(share, schedule->rowTile - 1);
  }
}

static void offerRows(Search *search, AddnormNpuSchedule schedule) {
  int64_t longest = longestRowTile(search, schedule);
  if (longest == 0)
    return;
  if (search->query->rows != ADDNORM_DYNAMIC) {
    offerRowTiles(search, &schedule, longest);
    return;
  }
  schedule.grid = search->target->cores;
  schedule.rowTile = rowTileForMany(search, &schedule, longest);
  offer(search, &schedule, vectorBytes(search, &schedule));
}

static void offerSinglePass(Search *search, AddnormNpuSchedule schedule) {
  const AddnormScheduleQuery *query = search->query;
  if (query->n == ADDNORM_DYNAMIC || query->n > search->target->scratchpadBytes ||
      !canMove(search, query->n))
    return;
  schedule.singlePass = true;
  schedule.columnTile = roundUp(max64(query->n, 1), schedule.lanes);
  schedule.pitch = roundUp(schedule.columnTile, addnormNpuAlignedElements(query, search->target));
  offerRows(search, schedule);
  schedule.rowBuffer = roundUp(query->n, schedule.block);
  offerRows(search, schedule);
}

/* --- multi pass ------------------------------------------------------------------------------ */

/* The tiles to keep, all of one length but for short ones that end a row or chunk. */
typedef struct Keeping {
  int64_t run;  /* columns of what is kept together */
  int64_t runs; /* in a row */
  int64_t most; /* of t that the scratchpad could hold, alone and in bytes */
  bool vectors; /* the row vectors' tiles start aligned */
} Keeping;

static Keeping keepingOf(const Search *search, const AddnormNpuSchedule *schedule) {
  Keeping keeping = {.run = addnormNpuKeptRun(schedule)};
  keeping.runs = ceilDiv(search->nominal.n, keeping.run);
  keeping.most = min64(keeping.runs, search->target->scratchpadBytes / keeping.run);
  keeping.vectors =
      addnormNpuMayKeepVectors(search->query, search->target, schedule, search->nominal.n);
  return keeping;
}

/* Bytes of addends and row vectors read beyond the first reading of the addends. */
static double readAgain(const Search *search, const AddnormNpuSchedule *schedule) {
  const AddnormScheduleQuery *query = &search->nominal;
  double n = (double)query->n, rows = (double)query->rows, cores = (double)schedule->grid;
  double kept = (double)min64(schedule->keptColumns, query->n);
  double vectors = (double)min64(schedule->keptVectorColumns, query->n);
  double loose = (double)addnormNpuLooseColumns(schedule, query->n);
  return rows * (n - kept) * (double)query->addendBytes +
         (rows * (n - vectors) + cores * vectors) * (double)query->vectorBytes +
         cores * loose * (double)query->biasBytes; /* for the results of a core's last row */
}

/* The largest number of runs of row vectors that fits beside what `schedule` keeps of t. */
static int64_t vectorRuns(const Search *search, const Keeping *keeping,
                          AddnormNpuSchedule schedule) {
  int64_t column = search->query->vectorBytes;
  if (column == 0 || !keeping->vectors)
    return 0;
  schedule.keptVectorColumns = keeping->most * keeping->run;
  if (fits(search, &schedule))
    return keeping->most;
  schedule.keptVectorColumns = 0;
  fits(search, &schedule);
  int64_t room = search->target->scratchpadBytes - schedule.scratchBytes;
  return max64(min64(room / (column * keeping->run), keeping->most), 0);
}

/* The largest number of runs of t, but for all, that fits beside so many of the row vectors; less
 * than 0 if none does. */
static int64_t lastFitting(const Search *search, const Keeping *keeping,
                           AddnormNpuSchedule schedule, int64_t vectorRuns) {
  int64_t low = -1, high = keeping->most;
  schedule.keptVectorColumns = vectorRuns * keeping->run;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    schedule.keptColumns = middle * keeping->run;
    if (fits(search, &schedule))
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* What is read again at the least so far, less than 0 before, and the schedule that does. */
typedef struct Least {
  double bytes;
  AddnormNpuSchedule schedule;
} Least;

static void tryVectors(const Search *search, AddnormNpuSchedule schedule, int64_t columns,
                       Least *least) {
  schedule.keptVectorColumns = columns;
  double bytes = readAgain(search, &schedule);
  if (fits(search, &schedule) && (least->bytes < 0 || bytes < least->bytes))
    *least = (Least){bytes, schedule};
}

/* With so many runs of t, and none of the row vectors or as many as fit. */
static void tryKeeping(const Search *search, const Keeping *keeping, AddnormNpuSchedule schedule,
                       int64_t runs, Least *least) {
  schedule.keptColumns = runs * keeping->run;
  tryVectors(search, schedule, 0, least);
  tryVectors(search, schedule, vectorRuns(search, keeping, schedule) * keeping->run, least);
}

/* Keeps what saves the most bytes; returns what is read again, or less than 0 if not even the tiles
 * of a step fit. As long as all row vectors fit more of t is better. From then on both are linear
 * but for what is rounded to whole runs and alignments, which repeats itself after a period: one
 * end or the other is best, give or take a period. All of t is a case of its own, for tiles that
 * are superfluous then. */
static double keep(const Search *search, AddnormNpuSchedule *schedule) {
  Keeping keeping = keepingOf(search, schedule);
  int64_t vectorBytes = max64(search->query->vectorBytes, 1);
  int64_t alignment = search->target->scratchpadAlignment, column = F32_BYTES * keeping.run;
  int64_t period =
      vectorBytes / gcd64(vectorBytes, F32_BYTES) * (alignment / gcd64(alignment, column));
  int64_t allVectors = lastFitting(search, &keeping, *schedule, keeping.vectors ? keeping.runs : 0);
  int64_t noVectors = lastFitting(search, &keeping, *schedule, 0);
  Least least = {.bytes = -1};
  for (int64_t runs = max64(allVectors, 0); runs <= allVectors + period; ++runs)
    tryKeeping(search, &keeping, *schedule, runs, &least);
  for (int64_t runs = max64(noVectors - period, 0); runs <= noVectors; ++runs)
    tryKeeping(search, &keeping, *schedule, runs, &least);
  tryKeeping(search, &keeping, *schedule, keeping.most, &least);
  if (least.bytes >= 0)
    *schedule = least.schedule;
  fits(search, schedule);
  return least.bytes;
}

/* Whether the best there is to be kept for its tiles may make it the best. Transfers are the fewest
 * with all row vectors, and as much of t as if neither those nor the tiles that all of t makes
 * superfluous took room. Work is the least with as much of t, or with none: an addend may be
 * cheaper to load again. */
static bool mayKeepBetter(const Search *search, const AddnormNpuSchedule *schedule) {
  const AddnormScheduleQuery *query = search->query;
  AddnormNpuSchedule most = *schedule, none;
  fits(search, &most);
  int64_t room = search->target->scratchpadBytes - most.scratchBytes +
                 schedule->pitch * (schedule->buffers * (query->addendBytes + query->vectorBytes) +
                                    schedule->resultBuffers * query->sum.f32 * F32_BYTES);
  if (room < 0)
    return false;
  int64_t run = addnormNpuKeptRun(schedule), all = search->nominal.n;
  most.keptVectorColumns = all;
  none = most;
  most.keptColumns = min64(room / F32_BYTES / run * run, all);
  AddnormNpuLeast least = leastOf(search, &most), ofNone = leastOf(search, &none);
  least.work = least.work < ofNone.work ? least.work : ofNone.work;
  return mayBeBetter(search, least, readAgain(search, &most));
}

static void offerColumnTile(Search *search, AddnormNpuSchedule schedule, int64_t columnTile) {
  int64_t n = search->nominal.n;
  schedule.columnTile = columnTile < n ? columnTile : roundUp(n, schedule.lanes);
  schedule.pitch =
      roundUp(schedule.columnTile, addnormNpuAlignedElements(search->query, search->target));
  if (search->query->n != ADDNORM_DYNAMIC && search->query->rows != ADDNORM_DYNAMIC)
    limitBuffers(&schedule, addnormNpuColumnTiles(&schedule, n) *
                                ceilDiv(search->nominal.rows, schedule.grid));
  if (!canMove(search, schedule.columnTile) || !mayKeepBetter(search, &schedule))
    return;
  double bytes = keep(search, &schedule);
  if (bytes >= 0)
    offer(search, &schedule, bytes);
}

/* Tiles of a multiple of `unit` columns that cut `span` columns into 1, 2, 3, ... as equal as can
 * be, down to one unit; of very many units tiles of half the length each time. */
static void offerSpan(Search *search, const AddnormNpuSchedule *schedule, int64_t span,
                      int64_t unit) {
  enum { MANY = 1 << 20 };
  int64_t total = ceilDiv(span, unit);
  int64_t units = min64(total, search->target->scratchpadBytes / unit);
  while (units > 0) {
    offerColumnTile(search, *schedule, min64(units * unit, span));
    if (total > MANY || units == 1)
      units /= 2;
    else
      units = ceilDiv(total, ceilDiv(total, units - 1));
  }
}

static void offerMultiPass(Search *search, AddnormNpuSchedule schedule) {
  int64_t unit = max64(schedule.lanes, addnormNpuAlignedElements(search->query, search->target));
  int64_t chunk = schedule.chunk, most = search->target->scratchpadBytes;
  schedule.rowTile = 1;
  schedule.grid = gridFor(search->target, search->nominal.rows, 1);
  if (chunk == 0) {
    offerSpan(search, &schedule, search->nominal.n, unit);
    return;
  }
  offerSpan(search, &schedule, chunk, unit);
  if (chunk > most)
    return;
  offerColumnTile(search, schedule, chunk);
  int64_t aligned = chunk / gcd64(chunk, unit) * unit;
  if (aligned <= most)
    offerSpan(search, &schedule, search->nominal.n, aligned);
}

/* --- the whole ------------------------------------------------------------------------------- */

/* As many of the lanes at a time as half the registers hold of f32. */
static int64_t blockOf(const AddnormNpuTarget *target, int64_t lanes) {
  return min64(lanes, powerOfTwoBelow(target->vectorRegisters / 2) *
                          max64(target->vectorBytes / F32_BYTES, 1));
}

static bool hasAlignedRows(const AddnormScheduleQuery *query, const AddnormNpuTarget *target) {
  if (query->n == ADDNORM_DYNAMIC)
    return false;
  bool narrow =
      query->addends.f16 || query->addends.bf16 || query->results.f16 || query->results.bf16;
  int64_t bytes = narrow ? NARROW_BYTES : F32_BYTES;
  return query->n % max64(target->globalAlignment / bytes, 1) == 0;
}

static bool hasShortColumns(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule) {
  int64_t tile = schedule->columnTile, chunk = schedule->chunk;
  if (query->n == ADDNORM_DYNAMIC)
    return true;
  if (chunk <= tile)
    return query->n % tile != 0;
  return chunk % tile != 0 || query->n % chunk % tile != 0;
}

static bool hasShortRows(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule) {
  return query->rows == ADDNORM_DYNAMIC ? schedule->rowTile > 1
                                        : query->rows % schedule->rowTile != 0;
}

static Search searchFor(const AddnormScheduleQuery *query, const AddnormNpuTarget *target) {
  Search search = {.query = query, .target = target, .nominal = *query};
  if (query->rows == ADDNORM_DYNAMIC)
    search.nominal.rows = NOMINAL_ROWS * target->cores;
  if (query->n == ADDNORM_DYNAMIC)
    search.nominal.n = target->scratchpadBytes / F32_BYTES;
  search.nominal.n = max64(search.nominal.n, 1);
  return search;
}

typedef void OfferPass(Search *search, AddnormNpuSchedule schedule);

static void offerWith(Search *search, const AddnormNpuSchedule *start, OfferPass *offerPass,
                      int64_t buffers, int64_t resultBuffers) {
  AddnormNpuSchedule schedule = *start;
  schedule.buffers = buffers;
  schedule.resultBuffers = resultBuffers;
  offerPass(search, schedule);
}

/* With several buffers of each tile: on their way are as many bytes as short tiles have together.
 */
static void offerBuffers(Search *search, const AddnormNpuSchedule *start, OfferPass *offerPass) {
  static const int64_t numbers[] = {2, 3, 4, 6, ADDNORM_NPU_MAX_BUFFERS};
  enum { NUMBERS = sizeof numbers / sizeof *numbers };
  for (int loaded = 0; loaded < NUMBERS; ++loaded)
    for (int stored = 0; stored < NUMBERS; ++stored)
      offerWith(search, start, offerPass, numbers[loaded], numbers[stored]);
}

static void offerAll(Search *search, const AddnormNpuSchedule *start) {
  offerBuffers(search, start, offerSinglePass);
  if (search->found)
    return;
  offerWith(search, start, offerSinglePass, 1, 1);
  offerBuffers(search, start, offerMultiPass);
  if (!search->found)
    offerWith(search, start, offerMultiPass, 1, 1);
}

const char *addnormNpuScheduleCompute(const AddnormScheduleQuery *query,
                                      const AddnormNpuTarget *target,
                                      AddnormNpuSchedule *schedule) {
  AddnormNpuSchedule start = {.rowTile = 1};
  Search search = searchFor(query, target);
  addnormScheduleResolveOrder(query, target->lanes, &start.lanes, &start.chunk);
  if (target->f32Cost == 0)
    return "the machine has no f32 arithmetic, and the sum of the addends must not be narrower";
  if (start.lanes > target->scratchpadBytes / F32_BYTES / (start.chunk ? 2 : 1))
    return "the partial sums of its lanes do not fit the machine's scratchpad";
  start.block = blockOf(target, start.lanes);
  start.alignedRows = hasAlignedRows(query, target);

  offerAll(&search, &start);
  search.limit = search.cycles * 129 / 128;
  search.found = false;
  offerAll(&search, &start);
  if (!search.found)
    return "not even one piece of a row as wide as its lanes fits the machine's scratchpad";
  *schedule = search.best;
  if (query->rows == ADDNORM_DYNAMIC)
    schedule->grid = target->cores;
  schedule->rowMask = hasShortRows(query, schedule);
  schedule->columnMask = hasShortColumns(query, schedule);
  fits(&search, schedule);
  return NULL;
}
