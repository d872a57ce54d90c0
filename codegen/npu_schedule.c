/* What follows from a schedule: its tiles, and the memory that they take. */

#include "codegen/npu_schedule.h"

#include <stdio.h>

#include "codegen/integers.h"

enum { F32_BYTES = 4 };

bool addnormNpuMasks(const AddnormScheduleQuery *query, const AddnormNpuTarget *target) {
  return target->maskedMemory && !query->bf16;
}

/* --- memory ---------------------------------------------------------------------------------- */

static bool keepsAll(const AddnormScheduleQuery *query, int64_t kept) {
  return query->n != ADDNORM_DYNAMIC && kept >= query->n;
}

bool addnormNpuHasTwoRows(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule) {
  return query->rows == ADDNORM_DYNAMIC || query->rows > schedule->grid;
}

int64_t addnormNpuStatisticBuffers(const AddnormScheduleQuery *query,
                                   const AddnormNpuSchedule *schedule) {
  if (schedule->singlePass || query->n == ADDNORM_DYNAMIC)
    return schedule->resultBuffers;
  return ceilDiv(schedule->resultBuffers, max64(addnormNpuColumnTiles(schedule, query->n), 1));
}

bool addnormNpuStoresKept(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule) {
  return query->sum.f32 && keepsAll(query, schedule->keptColumns) &&
         addnormNpuColumnTiles(schedule, query->n) >= schedule->resultBuffers;
}

bool addnormNpuHasShortBlocks(const AddnormScheduleQuery *query,
                              const AddnormNpuSchedule *schedule) {
  return query->n == ADDNORM_DYNAMIC || query->n % schedule->block != 0;
}

int64_t addnormNpuAlignedElements(const AddnormScheduleQuery *query,
                                  const AddnormNpuTarget *target) {
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

int64_t addnormNpuKeptBefore(const AddnormNpuSchedule *schedule, int64_t n, int64_t run) {
  int64_t length = addnormNpuKeptRun(schedule), runs = ceilDiv(n, length);
  int64_t kept = min64(schedule->keptColumns / length, runs);
  return kept == runs ? run : ceilDiv(run * kept, runs);
}

bool addnormNpuIsKept(const AddnormNpuSchedule *schedule, int64_t n, int64_t start) {
  int64_t run = start / addnormNpuKeptRun(schedule);
  return addnormNpuKeptBefore(schedule, n, run + 1) > addnormNpuKeptBefore(schedule, n, run);
}

int64_t addnormNpuLooseColumns(const AddnormNpuSchedule *schedule, int64_t n) {
  int64_t length = addnormNpuKeptRun(schedule), vectors = schedule->keptVectorColumns;
  if (vectors >= n || schedule->keptColumns >= n)
    return 0;
  int64_t keptBefore = addnormNpuKeptBefore(schedule, n, vectors / length) * length;
  return n - vectors - (schedule->keptColumns - keptBefore);
}

bool addnormNpuMayKeepVectors(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                              const AddnormNpuSchedule *schedule, int64_t n) {
  int64_t unit = addnormNpuAlignedElements(query, target);
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
  int64_t vectors = roundUp(schedule->keptVectorColumns, addnormNpuAlignedElements(query, target)) *
                    query->vectorBytes;
  int64_t bytes = vectors + tile * query->addendBytes;
  if (!keepsAll(query, schedule->keptColumns) && addnormNpuHasTwoRows(query, schedule))
    bytes += tile * query->addendBytes;
  if (!keepsAll(query, schedule->keptVectorColumns))
    bytes += tile * query->vectorBytes;
  return bytes;
}

int64_t addnormNpuScratchBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               const AddnormNpuSchedule *schedule) {
  int64_t alignment = target->scratchpadAlignment;
  int64_t tile = schedule->buffers * schedule->rowTile * schedule->pitch;
  int64_t results = schedule->resultBuffers;
  int64_t resultBytes = query->elementBytes - query->addendBytes;
  if (!schedule->singlePass && addnormNpuStoresKept(query, schedule))
    resultBytes -= F32_BYTES;
  int64_t bytes = roundUp((schedule->chunk ? 2 : 1) * schedule->lanes * F32_BYTES, alignment);
  if (addnormNpuHasShortBlocks(query, schedule) && !addnormNpuMasks(query, target))
    bytes += roundUp(schedule->block * F32_BYTES, alignment);
  bytes += roundUp((schedule->rowBuffer + schedule->keptColumns) * F32_BYTES, alignment);
  bytes += results * schedule->rowTile * schedule->pitch * resultBytes;
  bytes +=
      addnormNpuStatisticBuffers(query, schedule) * rstdBytes(query, target, schedule->rowTile);
  if (schedule->singlePass)
    return bytes + tile * query->addendBytes + schedule->pitch * query->vectorBytes;
  return bytes + multiPassBytes(query, target, schedule);
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static const char *json(bool value) { return value ? "true" : "false"; }

int addnormNpuScheduleToJson(const AddnormNpuSchedule *schedule, char *buffer, size_t size) {
  return snprintf(
      buffer, size,
      "{\"lanes\": %lld, \"chunk\": %lld, \"singlePass\": %s, \"rowTile\": %lld, "
      "\"columnTile\": %lld, \"pitch\": %lld, \"buffers\": %lld, \"resultBuffers\": %lld, "
      "\"block\": %lld, "
      "\"rowBuffer\": %lld, \"keptColumns\": %lld, \"keptVectorColumns\": %lld, \"rowMask\": %s, "
      "\"columnMask\": %s, \"alignedRows\": %s, \"grid\": %lld, \"scratchBytes\": %lld}",
      (long long)schedule->lanes, (long long)schedule->chunk, json(schedule->singlePass),
      (long long)schedule->rowTile, (long long)schedule->columnTile, (long long)schedule->pitch,
      (long long)schedule->buffers, (long long)schedule->resultBuffers, (long long)schedule->block,
      (long long)schedule->rowBuffer, (long long)schedule->keptColumns,
      (long long)schedule->keptVectorColumns, json(schedule->rowMask), json(schedule->columnMask),
      json(schedule->alignedRows), (long long)schedule->grid, (long long)schedule->scratchBytes);
}
