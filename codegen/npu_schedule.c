/* How a schedule is chosen.
 *
 *   1. The order of the sum, as for every target. Its lane partials are the first thing in the
 *      scratchpad.
 *   2. Single pass, when rows of all tensors fit with two buffers of each tile, or with three of
 *      those that are loaded: then a load has two steps to hide behind. The rows of a tile
 *      are the choice: long tiles make few transfers, short ones fill and drain the line of steps
 *      sooner and share the rows more evenly. Of the tiles that fit, the one with the least
 *      modelled time is taken, and t of a row is kept from the statistic to the results where that
 *      is faster than adding it up again.
 *   3. Otherwise single pass with one buffer, or multi pass with two or three, whichever is faster;
 * otherwise multi pass with one. Again by modelled time, over the lengths of a tile: short tiles
 * leave more of the scratchpad to what is kept, long ones make fewer transfers.
 *   4. Cores: as few as make the longest line of tiles no longer.
 *   5. Of all that are within a 128th of the fastest the one that moves the fewest bytes: others
 * use the memory, too.
 *
 * What multi pass keeps is the best there is for its tiles. When a row's statistic becomes known
 * all its addends have been read. What is stored from then on comes from what the scratchpad holds
 * or from reading again, so that every column whose t is not held costs its addends once more. Held
 * as t a column takes 4 bytes (as addends no fewer, but for a single narrow one), and saves that
 * reading in each row. The row vectors are read with each row unless they are held: a column of
 * them takes its own bytes and saves as many in each row but the first of a core. Both savings are
 * linear, up to all columns, so the least traffic is a knapsack of two items, whole tiles of t and
 * of row vectors: for each number of the one the largest number of the other is tried.
 *
 * Sizes are compared by division, so that no shape can overflow. */

#include "codegen/npu_schedule.h"

#include <stdio.h>

#include "codegen/integers.h"
#include "codegen/npu_model.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

bool addnormNpuMasks(const AddnormScheduleQuery *query, const AddnormNpuTarget *target) {
  return target->maskedMemory && !query->bf16;
}

int64_t addnormNpuResultBuffers(const AddnormNpuSchedule *schedule) {
  return min64(schedule->buffers, 2);
}

/* --- memory ---------------------------------------------------------------------------------- */

static bool keepsAll(const AddnormScheduleQuery *query, int64_t kept) {
  return query->n != ADDNORM_DYNAMIC && kept >= query->n;
}

bool addnormNpuHasShortBlocks(const AddnormScheduleQuery *query,
                              const AddnormNpuSchedule *schedule) {
  return query->n == ADDNORM_DYNAMIC || query->n % schedule->block != 0;
}

/* Elements from which on every type is aligned. */
static int64_t alignedElements(const AddnormScheduleQuery *query, const AddnormNpuTarget *target) {
  return max64(target->scratchpadAlignment / query->narrowestBytes, 1);
}

int64_t addnormNpuColumnTiles(const AddnormNpuSchedule *schedule, int64_t n) {
  int64_t chunk = schedule->chunk, tile = schedule->columnTile;
  if (chunk == 0 || tile >= chunk)
    return ceilDiv(n, tile);
  return n / chunk * ceilDiv(chunk, tile) + ceilDiv(n % chunk, tile);
}

int64_t addnormNpuKeptRun(const AddnormNpuSchedule *schedule) {
  int64_t tile = schedule->columnTile, chunk = schedule->chunk;
  return chunk > tile && chunk % tile != 0 ? chunk : tile;
}

bool addnormNpuMayKeepVectors(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                              const AddnormNpuSchedule *schedule, int64_t n) {
  int64_t unit = alignedElements(query, target);
  bool areAligned = schedule->columnTile % unit == 0 && addnormNpuKeptRun(schedule) % unit == 0;
  return areAligned || addnormNpuColumnTiles(schedule, n) == 1;
}

static int64_t rstdBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                         int64_t rows) {
  int64_t alignment = target->scratchpadAlignment;
  if (!query->rstd)
    return 0;
  return query->rstdApart ? rows * roundUp(F32_BYTES, alignment)
                          : roundUp(rows * F32_BYTES, alignment);
}

/* Tiles of full-shape addends and row vectors, and what is kept, in multi pass. */
static int64_t multiPassBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                              const AddnormNpuSchedule *schedule) {
  int64_t tile = schedule->buffers * schedule->pitch;
  int64_t vectors =
      roundUp(schedule->keptVectorColumns, alignedElements(query, target)) * query->vectorBytes;
  int64_t bytes = vectors + tile * query->addendBytes;
  if (!keepsAll(query, schedule->keptColumns))
    bytes += tile * query->addendBytes;
  if (!keepsAll(query, schedule->keptVectorColumns))
    bytes += tile * query->vectorBytes;
  return bytes;
}

int64_t addnormNpuScratchBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               const AddnormNpuSchedule *schedule) {
  int64_t alignment = target->scratchpadAlignment;
  int64_t tile = schedule->buffers * schedule->rowTile * schedule->pitch;
  int64_t results = addnormNpuResultBuffers(schedule);
  int64_t bytes = roundUp((schedule->chunk ? 2 : 1) * schedule->lanes * F32_BYTES, alignment);
  if (addnormNpuHasShortBlocks(query, schedule) && !addnormNpuMasks(query, target))
    bytes += roundUp(schedule->block * F32_BYTES, alignment);
  bytes += roundUp((schedule->rowBuffer + schedule->keptColumns) * F32_BYTES, alignment);
  bytes +=
      results * schedule->rowTile * schedule->pitch * (query->elementBytes - query->addendBytes);
  bytes += results * rstdBytes(query, target, schedule->rowTile);
  if (schedule->singlePass)
    return bytes + tile * query->addendBytes + schedule->pitch * query->vectorBytes;
  return bytes + multiPassBytes(query, target, schedule);
}

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

/* `bytes` are those beyond what every schedule moves. */
static void offer(Search *search, const AddnormNpuSchedule *schedule, double bytes) {
  double cycles = addnormNpuModelCycles(&search->nominal, search->target, schedule);
  if (!isBetter(search, cycles, bytes))
    return;
  search->best = *schedule;
  search->found = true;
  search->cycles = cycles;
  search->bytes = bytes;
}

/* --- single pass ----------------------------------------------------------------------------- */

/* The longest tile that fits, 0 if none does. */
static int64_t longestRowTile(const Search *search, AddnormNpuSchedule schedule) {
  const AddnormScheduleQuery *query = search->query;
  const AddnormNpuTarget *target = search->target;
  schedule.rowTile = 0;
  int64_t room = target->scratchpadBytes - addnormNpuScratchBytes(query, target, &schedule);
  int64_t result = schedule.pitch * (query->elementBytes - query->addendBytes);
  result += query->rstd ? (query->rstdApart ? rstdBytes(query, target, 1) : F32_BYTES) : 0;
  int64_t row = schedule.buffers * schedule.pitch * query->addendBytes +
                addnormNpuResultBuffers(&schedule) * result;
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
    offer(search, schedule, vectorBytes(search, schedule));
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

static void offerSinglePass(Search *search, AddnormNpuSchedule schedule, int64_t buffers) {
  const AddnormScheduleQuery *query = search->query;
  if (query->n == ADDNORM_DYNAMIC || query->n > search->target->scratchpadBytes ||
      !canMove(search, query->n))
    return;
  schedule.singlePass = true;
  schedule.buffers = buffers;
  schedule.columnTile = roundUp(max64(query->n, 1), schedule.lanes);
  schedule.pitch = roundUp(schedule.columnTile, alignedElements(query, search->target));
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
  double both = kept > vectors ? kept : vectors;
  return rows * (n - kept) * (double)query->addendBytes +
         (rows * (n - vectors) + cores * vectors) * (double)query->vectorBytes +
         cores * (n - both) * (double)query->biasBytes; /* for the results of a core's last row */
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
  return min64(room / (column * keeping->run), keeping->most);
}

/* Keeps what saves the most bytes; returns what is read again, or less than 0 if not even the tiles
 * of a step fit. */
static double keep(const Search *search, AddnormNpuSchedule *schedule) {
  Keeping keeping = keepingOf(search, schedule);
  AddnormNpuSchedule candidate = *schedule;
  double least = -1;
  for (int64_t runs = 0; runs <= keeping.most; ++runs) {
    candidate.keptColumns = runs * keeping.run;
    candidate.keptVectorColumns = 0;
    if (!fits(search, &candidate)) {
      /* All of t may fit where one run less does not: nothing is read again then. */
      runs = max64(runs, keeping.most - 1);
      continue;
    }
    for (int pass = 0; pass < 2; ++pass) {
      double bytes = readAgain(search, &candidate);
      if (least < 0 || bytes < least) {
        least = bytes;
        *schedule = candidate;
      }
      candidate.keptVectorColumns = vectorRuns(search, &keeping, candidate) * keeping.run;
    }
  }
  fits(search, schedule);
  return least;
}

static void offerColumnTile(Search *search, AddnormNpuSchedule schedule, int64_t columnTile) {
  int64_t n = search->nominal.n;
  schedule.columnTile = columnTile < n ? columnTile : roundUp(n, schedule.lanes);
  schedule.pitch = roundUp(schedule.columnTile, alignedElements(search->query, search->target));
  if (!canMove(search, schedule.columnTile))
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

static void offerMultiPass(Search *search, AddnormNpuSchedule schedule, int64_t buffers) {
  int64_t unit = max64(schedule.lanes, alignedElements(search->query, search->target));
  int64_t chunk = schedule.chunk, most = search->target->scratchpadBytes;
  schedule.buffers = buffers;
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

static void offerAll(Search *search, const AddnormNpuSchedule *start) {
  offerSinglePass(search, *start, 2);
  offerSinglePass(search, *start, 3);
  if (search->found)
    return;
  offerSinglePass(search, *start, 1);
  offerMultiPass(search, *start, 2);
  offerMultiPass(search, *start, 3);
  if (!search->found)
    offerMultiPass(search, *start, 1);
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

static const char *json(bool value) { return value ? "true" : "false"; }

int addnormNpuScheduleToJson(const AddnormNpuSchedule *schedule, char *buffer, size_t size) {
  return snprintf(
      buffer, size,
      "{\"lanes\": %lld, \"chunk\": %lld, \"singlePass\": %s, \"rowTile\": %lld, "
      "\"columnTile\": %lld, \"pitch\": %lld, \"buffers\": %lld, \"block\": %lld, "
      "\"rowBuffer\": %lld, \"keptColumns\": %lld, \"keptVectorColumns\": %lld, \"rowMask\": %s, "
      "\"columnMask\": %s, \"alignedRows\": %s, \"grid\": %lld, \"scratchBytes\": %lld}",
      (long long)schedule->lanes, (long long)schedule->chunk, json(schedule->singlePass),
      (long long)schedule->rowTile, (long long)schedule->columnTile, (long long)schedule->pitch,
      (long long)schedule->buffers, (long long)schedule->block, (long long)schedule->rowBuffer,
      (long long)schedule->keptColumns, (long long)schedule->keptVectorColumns,
      json(schedule->rowMask), json(schedule->columnMask), json(schedule->alignedRows),
      (long long)schedule->grid, (long long)schedule->scratchBytes);
}
