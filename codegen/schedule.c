/* How a schedule is chosen.
 *
 *   1. The order of the sum: the op's, or the target's own where the op leaves it open. It says how
 *      many f32 partials there are; they are the first thing in the scratch.
 *   2. The caller's memory is read twice, `lanes` columns a time. Vector code takes as many of the
 *      lanes at a time as half the registers hold, and keeps the sum of the addends where a row of
 *      it fits the scratch, which saves the second reading.
 *   3. Rows are shared by the cores. Vector code shares chunks where there are fewer rows than
 *      cores, and does by one core what is done before others have started.
 *
 * Sizes are compared by division, so that no shape can overflow. */

#include "codegen/schedule.h"

#include <stdio.h>

#include "codegen/integers.h"

enum { F32_BYTES = 4, LINE = 64, FIRST_CACHE = 32 << 10 };

void addnormScheduleResolveOrder(const AddnormScheduleQuery *query, int64_t targetLanes,
                                 int64_t *lanes, int64_t *chunk) {
  *lanes = query->lanes ? query->lanes : targetLanes;
  *chunk = query->chunk;
  if (query->n == ADDNORM_DYNAMIC)
    return;
  while (*lanes / 2 >= max64(query->n, 1))
    *lanes /= 2;
  if (*chunk >= query->n)
    *chunk = 0;
}

/* The partials of the row, and beside them those of the chunk being summed. */
static int64_t partialSets(const AddnormSchedule *schedule) { return schedule->chunk ? 2 : 1; }

static bool hasColumnTail(const AddnormScheduleQuery *query, const AddnormSchedule *schedule) {
  if (query->n == ADDNORM_DYNAMIC)
    return true;
  if (!schedule->chunk)
    return query->n % schedule->columnTile != 0;
  return schedule->chunk % schedule->columnTile != 0 ||
         query->n % schedule->chunk % schedule->columnTile != 0;
}

/* Whether all tensors may have more than `bytes` bytes. */
static bool canExceed(const AddnormScheduleQuery *query, int64_t bytes) {
  if (query->rows == 0 || query->n == 0)
    return false;
  return query->rows == ADDNORM_DYNAMIC || query->n == ADDNORM_DYNAMIC ||
         query->rows > bytes / query->elementBytes / query->n;
}

/* A grid over rows. */
static void shareRows(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                      AddnormSchedule *schedule) {
  if (query->rows == ADDNORM_DYNAMIC) {
    schedule->grid = target->cores;
    return;
  }
  schedule->grid = max64(min64(target->cores, query->rows), 1);
}

/* A block takes half of the registers for its partials. A piece is as many elements as a register
 * holds of the narrowest type: then a store of it fills one, which for the widest registers is a
 * line. Where f16 is widened faster into half a register, addends are added and squared there, and
 * results are made in whole ones. What masks cannot do is done in registers of f32, and then by
 * elements; of registers longer than a line (HVX) LLVM stores whole ones only. */
static void choosePieces(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                         AddnormSchedule *schedule) {
  schedule->registerLanes = target->vectorBytes / F32_BYTES;
  schedule->roundsPairs = target->roundsPairs;
  schedule->leavesRounding = target->leavesRounding;
  schedule->splitsFma = target->splitsFma;
  schedule->shortNans = target->shortNans;
  int64_t held = powerOfTwoBelow(target->vectorRegisters / 2) * schedule->registerLanes;
  int64_t block = min64(schedule->lanes, held);
  schedule->columnTile = block;
  schedule->piece = min64(block, target->vectorBytes / query->narrowestBytes);
  if (query->addends.f16 && target->f16Bytes) {
    schedule->piece = min64(block, target->f16Bytes / F32_BYTES);
    schedule->storesPairs = schedule->piece < min64(block, schedule->registerLanes);
  }
  schedule->evensFirst = target->bf16InPairs && query->onlyBF16 && schedule->piece > 1;
  schedule->masked = target->maskedMemory && !query->bf16;
  if (!schedule->masked)
    schedule->tailPiece =
        target->vectorBytes > LINE ? 1 : max64(min64(block / 2, schedule->registerLanes), 1);
}

/* Rows come from memory, and not from the last cache, from so many eighths of its size on; 0:
 * never, or it makes no difference.
 *
 * There the processor waits for the memory. A line that is not in the first cache takes one of its
 * few places for misses, and what is fetched ahead gets lost while a processor that runs far ahead
 * fills them with lines of the blocks to come; the more so where t and gamma fill the first cache.
 * f32 is held back by fences, with two results between the passes, where nothing waits for their
 * stores. 16-bit types take more work for each line, so that a fence costs more than it gives: f16
 * is converted in whole registers, which take fewer instructions for the same lines. bf16, which is
 * cheap to read in pairs with registers of a line, and f32 without a fence are added again: long
 * rows of t take more of the first cache than those of the addends, and their lines have to be
 * written back. Each way is slower than others in the last cache, hence the limits (measured on
 * Zen 4, docs/benchmarks.md). */
static int64_t eighthsOfCache(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                              const AddnormSchedule *schedule) {
  bool isStatic = query->n != ADDNORM_DYNAMIC;
  bool isLong = !isStatic || query->n >= FIRST_CACHE / 2 / F32_BYTES;
  bool fillsFirst = isStatic && query->n >= FIRST_CACHE / (F32_BYTES + query->vectorBytes);
  if (query->onlyF32 && target->loadFence)
    return fillsFirst ? 5 : 8;
  if (query->onlyF32)
    return isLong || query->results.f32 > 1 ? 8 : 0;
  if (schedule->storesPairs)
    return fillsFirst ? 8 : isLong && isStatic ? 12 : 0;
  return schedule->evensFirst && target->vectorBytes >= LINE && isLong ? 7 : 0;
}

static void holdBack(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                     AddnormSchedule *schedule) {
  int64_t bytes = target->cacheBytes / 8 * eighthsOfCache(query, target, schedule);
  if (bytes == 0 || !canExceed(query, bytes))
    return;
  schedule->memoryBytes = bytes;
  schedule->loadFence = query->onlyF32 ? target->loadFence : NULL;
  schedule->fencesBetween = schedule->loadFence && query->results.f32 > 1;
  schedule->readsAgain = !schedule->loadFence && !schedule->storesPairs;
}

/* A sum of f32 saves no conversion and is kept only for several rows. Stores go around the last
 * cache long before the op would fill it: its lines are those of what runs before and after, and
 * have to be written back for each new one. Below an eighth it makes no difference, and below a
 * quarter two results are stored faster there (measured on Zen 4, docs/benchmarks.md). */
static void scheduleVectors(const AddnormScheduleQuery *query, const AddnormTargetInfo *target,
                            int64_t room, AddnormSchedule *schedule) {
  choosePieces(query, target, schedule);
  int64_t results = query->results.f16 + query->results.bf16 + query->results.f32;
  int64_t cached = target->cacheBytes / (results > 1 ? 4 : 8);
  if (target->streamingStores && canExceed(query, cached))
    schedule->streamBytes = cached;
  int64_t block = schedule->columnTile;
  int64_t fits = room / F32_BYTES / block * block;
  if (query->onlyF32 && query->rows == 1)
    return;
  if (query->n == ADDNORM_DYNAMIC)
    schedule->rowBuffer = fits;
  else if (query->n <= fits)
    schedule->rowBuffer = roundUp(query->n, block);
  schedule->scratchBytes += roundUp(schedule->rowBuffer * F32_BYTES, target->alignment);
  if (schedule->streamBytes && schedule->rowBuffer)
    holdBack(query, target, schedule);
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
  *schedule = (AddnormSchedule){.elementBytes = query->elementBytes};
  addnormScheduleResolveOrder(query, target->lanes, &schedule->lanes, &schedule->chunk);

  int64_t capacity = target->scratchBytes / target->alignment * target->alignment;
  if (schedule->lanes > capacity / F32_BYTES / partialSets(schedule))
    return "the partial sums of its lanes do not fit the target's scratch memory";
  int64_t partialBytes =
      roundUp(partialSets(schedule) * schedule->lanes * F32_BYTES, target->alignment);
  int64_t room = capacity - partialBytes;

  schedule->scratchBytes = partialBytes;
  if (target->vectorBytes)
    scheduleVectors(query, target, room, schedule);
  else
    schedule->columnTile = schedule->lanes;
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
  const char *fence = schedule->loadFence;
  return snprintf(
      buffer, size,
      "{\"lanes\": %lld, \"chunk\": %lld, \"columnTile\": %lld, \"columnMask\": %s, "
      "\"piece\": %lld, \"storesPairs\": %s, \"rowBuffer\": %lld, "
      "\"memoryBytes\": %lld, \"loadFence\": %s%s%s, "
      "\"fencesBetween\": %s, \"readsAgain\": %s, "
      "\"registerLanes\": %lld, \"roundsPairs\": %s, \"leavesRounding\": %s, "
      "\"splitsFma\": %s, \"shortNans\": %s, "
      "\"evensFirst\": %s, \"masked\": %s, \"tailPiece\": %lld, "
      "\"streamBytes\": %lld, "
      "\"grid\": %lld, \"tasks\": \"%s\", \"forkBytes\": %lld, "
      "\"scratchBytes\": %lld}",
      (long long)schedule->lanes, (long long)schedule->chunk, (long long)schedule->columnTile,
      json(schedule->columnMask), (long long)schedule->piece, json(schedule->storesPairs),
      (long long)schedule->rowBuffer, (long long)schedule->memoryBytes, fence ? "\"" : "",
      fence ? fence : "null", fence ? "\"" : "", json(schedule->fencesBetween),
      json(schedule->readsAgain), (long long)schedule->registerLanes, json(schedule->roundsPairs),
      json(schedule->leavesRounding), json(schedule->splitsFma), json(schedule->shortNans),
      json(schedule->evensFirst), json(schedule->masked), (long long)schedule->tailPiece,
      (long long)schedule->streamBytes, (long long)schedule->grid, tasksNames[schedule->tasks],
      (long long)schedule->forkBytes, (long long)schedule->scratchBytes);
}

bool addnormScheduleReport(const char *reason, const AddnormSchedule *schedule, char *text,
                           size_t size) {
  if (reason)
    snprintf(text, size, "%s", reason);
  else
    addnormScheduleToJson(schedule, text, size);
  return !reason;
}
