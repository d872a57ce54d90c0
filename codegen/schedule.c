/* How a schedule is chosen.
 *
 *   1. The order of the sum: the op's, or the target's own where the op leaves it open. It says how
 *      many f32 partials there are; they are the first thing in the scratch.
 *   2. A target that does not stage tiles reads the caller's memory twice, `lanes` columns a time.
 *      Its vector code takes as many of the lanes at a time as half the registers hold, and keeps
 *      the sum of the addends where a row of it fits the scratch, which saves the second reading.
 *   3. Otherwise the whole row stays on chip when it fits (one pass), with all the buffers that the
 *      target can keep in flight or else with one: reading a row once saves more than overlap does.
 *   4. Otherwise, and whenever N is dynamic, two passes over pieces of the row as long as fit.
 *   5. Rows are shared by the cores. Vector code shares chunks where there are fewer rows than
 * cores, and does by one core what is done before others have started.
 *
 * Sizes are compared by division, so that no shape can overflow. */

#include "codegen/schedule.h"

#include <stdio.h>

enum { F32_BYTES = 4 };

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }
static int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

/* Lanes beyond the row and a chunk as long as the row change no bit of the sum: such lanes add +0
 * to partials that are never -0. */
static void resolveOrder(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                         AddnormSchedule *schedule) {
  schedule->lanes = query->lanes ? query->lanes : target->lanes;
  schedule->chunk = query->chunk;
  if (query->n == ADDNORM_DYNAMIC)
    return;
  while (schedule->lanes / 2 >= max64(query->n, 1))
    schedule->lanes /= 2;
  if (schedule->chunk >= query->n)
    schedule->chunk = 0;
}

/* The partials of the row, and beside them those of the chunk being summed. */
static int64_t partialSets(const AddnormSchedule *schedule) { return schedule->chunk ? 2 : 1; }

static void setColumns(AddnormSchedule *schedule, int64_t columnTile, int64_t pitchUnit) {
  schedule->columnTile = columnTile;
  schedule->pitch = roundUp(columnTile, pitchUnit);
}

/* The longest run of columns that pieces divide: a chunk or the row. */
static int64_t pieceSpan(const AddnormScheduleQuery *query, const AddnormSchedule *schedule) {
  if (schedule->chunk)
    return schedule->chunk;
  return query->n == ADDNORM_DYNAMIC ? INT64_MAX : max64(query->n, 1);
}

static bool hasColumnTail(const AddnormScheduleQuery *query, const AddnormSchedule *schedule) {
  if (query->n == ADDNORM_DYNAMIC)
    return true;
  if (schedule->singlePass || !schedule->chunk)
    return query->n % schedule->columnTile != 0;
  return schedule->chunk % schedule->columnTile != 0 ||
         query->n % schedule->chunk % schedule->columnTile != 0;
}

/* What fits beside the row vectors, but enough tiles for every core to fill its buffers. */
static int64_t chooseRowTile(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                             const AddnormSchedule *schedule, int64_t room) {
  int64_t bytesPerRow =
      schedule->buffers * (schedule->pitch * query->elementBytes + (query->rstd ? F32_BYTES : 0));
  int64_t fit = (room - schedule->pitch * query->vectorBytes) / bytesPerRow;
  if (query->rows == ADDNORM_DYNAMIC)
    return fit;
  int64_t share = max64(ceilDiv(query->rows, target->cores) / schedule->buffers, 1);
  return min64(fit, share);
}

/* One rstd per buffer and what aligning the rest of them can cost. */
static int64_t rstdSlack(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                         int64_t buffers) {
  return query->rstd ? buffers * (F32_BYTES + target->alignment) : 0;
}

/* Keeps whole rows on chip, if one fits into `room` with `buffers` copies. */
static bool stageRows(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                      int64_t buffers, int64_t room, int64_t pitchUnit, AddnormSchedule *schedule) {
  int64_t columnBytes = buffers * query->elementBytes + query->vectorBytes;
  int64_t unit = max64(schedule->lanes, pitchUnit);
  room -= rstdSlack(query, target, buffers);
  if (query->n == ADDNORM_DYNAMIC || room <= 0 || query->n > room / columnBytes / unit * unit)
    return false;
  schedule->singlePass = true;
  schedule->buffers = buffers;
  setColumns(schedule, roundUp(max64(query->n, 1), schedule->lanes), pitchUnit);
  schedule->rowTile = chooseRowTile(query, target, schedule, room);
  return true;
}

/* One row at a time in pieces, its row vectors along with it. */
static bool stagePieces(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                        int64_t buffers, int64_t room, int64_t pitchUnit,
                        AddnormSchedule *schedule) {
  int64_t columnBytes = buffers * (query->elementBytes + query->vectorBytes);
  int64_t unit = max64(schedule->lanes, pitchUnit);
  room -= rstdSlack(query, target, buffers);
  int64_t fit = room <= 0 ? 0 : room / columnBytes / unit * unit;
  if (fit == 0)
    return false;
  schedule->buffers = buffers;
  int64_t span = pieceSpan(query, schedule);
  setColumns(schedule, span < fit ? roundUp(span, schedule->lanes) : fit, pitchUnit);
  schedule->rowTile = 1;
  return true;
}

static int64_t stagedBytes(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                           const AddnormSchedule *schedule) {
  int64_t vectorCopies = schedule->singlePass ? 1 : schedule->buffers;
  int64_t rstd = query->rstd ? roundUp(schedule->rowTile * F32_BYTES, target->alignment) : 0;
  return schedule->buffers * (schedule->rowTile * schedule->pitch * query->elementBytes + rstd) +
         vectorCopies * schedule->pitch * query->vectorBytes;
}

/* Whether all tensors may have more than `bytes` bytes. */
static bool canExceed(const AddnormScheduleQuery *query, int64_t bytes) {
  if (query->rows == 0 || query->n == 0)
    return false;
  return query->rows == ADDNORM_DYNAMIC || query->n == ADDNORM_DYNAMIC ||
         query->rows > bytes / query->elementBytes / query->n;
}

/* A grid over row tiles. */
static void shareRows(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                      AddnormSchedule *schedule) {
  if (query->rows == ADDNORM_DYNAMIC) {
    schedule->rowMask = schedule->rowTile > 1;
    schedule->grid = target->cores;
    return;
  }
  schedule->rowMask = query->rows % schedule->rowTile != 0;
  schedule->grid = max64(min64(target->cores, ceilDiv(query->rows, schedule->rowTile)), 1);
}

static int64_t powerOfTwoBelow(int64_t x) {
  int64_t power = 1;
  while (power <= x / 2)
    power *= 2;
  return power;
}

/* A block takes half of the registers for its partials. A piece is as many elements as a register
 * holds of the narrowest type: then a store of it fills one, which for the widest registers is a
 * line. Where f16 is widened faster into half a register, addends are added and squared there, and
 * results are made in whole ones. */
static void choosePieces(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                         AddnormSchedule *schedule) {
  schedule->registerLanes = target->vectorBytes / F32_BYTES;
  int64_t held = powerOfTwoBelow(target->vectorRegisters / 2) * schedule->registerLanes;
  int64_t block = min64(schedule->lanes, held);
  setColumns(schedule, block, 1);
  schedule->piece = min64(block, target->vectorBytes / query->narrowestBytes);
  if (query->f16 && target->f16Bytes) {
    schedule->piece = min64(block, target->f16Bytes / F32_BYTES);
    schedule->storesPairs = schedule->piece < min64(block, schedule->registerLanes);
  }
  schedule->evensFirst = target->bf16InPairs && query->onlyBF16 && schedule->piece > 1;
}

/* A sum of f32 saves no conversion and is kept only where many rows find its buffer in the first
 * cache, beside gamma if the op streams; so is one of bf16 that streams, if registers of a line
 * make widening cheap. Stores go around the last cache long before the op would fill it: its lines
 * are those of what runs before and after, and have to be written back for each new one. Below an
 * eighth it makes no difference (measured on Zen 4, docs/benchmarks.md). */
static void scheduleVectors(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                            int64_t room, AddnormSchedule *schedule) {
  enum { STREAMED_PART = 8, FIRST_CACHE = 32 << 10, LINE = 64 };
  choosePieces(query, target, schedule);
  schedule->masked = target->maskedMemory && !query->bf16;
  int64_t cached = target->cacheBytes / STREAMED_PART;
  if (target->streamingStores && canExceed(query, cached))
    schedule->streamBytes = cached;
  int64_t block = schedule->columnTile;
  int64_t fits = room / F32_BYTES / block * block;
  bool isCheap = query->onlyF32 || (schedule->evensFirst && target->vectorBytes >= LINE);
  schedule->streamsTwice =
      isCheap && (query->n == ADDNORM_DYNAMIC || query->n >= FIRST_CACHE / 2 / F32_BYTES);
  if (query->onlyF32 && query->rows == 1)
    return;
  if (query->n == ADDNORM_DYNAMIC)
    schedule->rowBuffer = fits;
  else if (query->n <= fits)
    schedule->rowBuffer = roundUp(query->n, block);
  schedule->scratchBytes += roundUp(schedule->rowBuffer * F32_BYTES, target->alignment);
}

/* A grid over chunks, if there are fewer rows than cores. */
static void shareChunks(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                        AddnormSchedule *schedule) {
  schedule->tasks = query->rows == ADDNORM_DYNAMIC ? ADDNORM_TASKS_EITHER : ADDNORM_TASKS_CHUNKS;
  schedule->grid = target->cores;
  if (query->rows == ADDNORM_DYNAMIC || query->n == ADDNORM_DYNAMIC)
    return;
  int64_t chunks = ceilDiv(query->n, schedule->chunk);
  if (chunks < ceilDiv(target->cores, query->rows))
    schedule->grid = query->rows * chunks;
}

static void chooseGrid(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                       AddnormSchedule *schedule) {
  shareRows(query, target, schedule);
  if (!schedule->piece || target->cores == 1)
    return;
  if (!canExceed(query, target->forkBytes)) {
    schedule->grid = 1;
    return;
  }
  if (schedule->chunk && query->rows < target->cores)
    shareChunks(query, target, schedule);
  bool isDynamic = query->rows == ADDNORM_DYNAMIC || query->n == ADDNORM_DYNAMIC;
  if (isDynamic && schedule->grid > 1)
    schedule->forkBytes = max64(target->forkBytes, 1); /* nothing to do is no work for a grid */
}

const char *addnormScheduleCompute(const AddnormScheduleQuery *query,
                                   const AddnormTargetInfo *target, AddnormSchedule *schedule) {
  *schedule = (AddnormSchedule){.rowTile = 1, .elementBytes = query->elementBytes};
  resolveOrder(query, target, schedule);

  int64_t capacity = target->scratchBytes / target->alignment * target->alignment;
  if (schedule->lanes > capacity / F32_BYTES / partialSets(schedule))
    return "the partial sums of its lanes do not fit the target's scratch memory";
  int64_t partialBytes =
      roundUp(partialSets(schedule) * schedule->lanes * F32_BYTES, target->alignment);
  int64_t room = capacity - partialBytes;
  int64_t pitchUnit = max64(target->alignment / query->narrowestBytes, 1);

  schedule->scratchBytes = partialBytes;
  if (target->vectorBytes) {
    scheduleVectors(query, target, room, schedule);
  } else if (target->buffers == 0) {
    setColumns(schedule, schedule->lanes, 1);
  } else {
    if (!stageRows(query, target, target->buffers, room, pitchUnit, schedule) &&
        !stageRows(query, target, 1, room, pitchUnit, schedule) &&
        !stagePieces(query, target, target->buffers, room, pitchUnit, schedule) &&
        !stagePieces(query, target, 1, room, pitchUnit, schedule))
      return "not even one piece of a row as wide as its lanes fits the target's scratch memory";
    schedule->scratchBytes += stagedBytes(query, target, schedule);
  }
  schedule->columnMask = hasColumnTail(query, schedule);
  chooseGrid(query, target, schedule);
  return NULL;
}

static const char *json(bool value) { return value ? "true" : "false"; }

static const char *const tasksNames[] = {
    [ADDNORM_TASKS_ROWS] = "rows",
    [ADDNORM_TASKS_CHUNKS] = "chunks",
    [ADDNORM_TASKS_EITHER] = "either",
};

int addnormScheduleToJson(const AddnormSchedule *schedule, char *buffer, size_t size) {
  return snprintf(
      buffer, size,
      "{\"lanes\": %lld, \"chunk\": %lld, \"singlePass\": %s, \"rowTile\": %lld, "
      "\"columnTile\": %lld, \"pitch\": %lld, \"rowMask\": %s, \"columnMask\": %s, "
      "\"buffers\": %lld, \"piece\": %lld, \"storesPairs\": %s, \"rowBuffer\": %lld, "
      "\"streamsTwice\": %s, "
      "\"registerLanes\": "
      "%lld, \"evensFirst\": %s, \"masked\": %s, "
      "\"streamBytes\": %lld, "
      "\"grid\": %lld, \"tasks\": \"%s\", \"forkBytes\": %lld, "
      "\"scratchBytes\": %lld}",
      (long long)schedule->lanes, (long long)schedule->chunk, json(schedule->singlePass),
      (long long)schedule->rowTile, (long long)schedule->columnTile, (long long)schedule->pitch,
      json(schedule->rowMask), json(schedule->columnMask), (long long)schedule->buffers,
      (long long)schedule->piece, json(schedule->storesPairs), (long long)schedule->rowBuffer,
      json(schedule->streamsTwice), (long long)schedule->registerLanes, json(schedule->evensFirst),
      json(schedule->masked), (long long)schedule->streamBytes, (long long)schedule->grid,
      tasksNames[schedule->tasks], (long long)schedule->forkBytes,
      (long long)schedule->scratchBytes);
}
