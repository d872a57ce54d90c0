#include "codegen/npu_work.h"

#include "codegen/integers.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

/* Operations on one element, or on a register of f32: accesses to memory by the width of what is
 * accessed, conversions, arithmetic. In integers, f32 and halves of it, is what vectors do with
 * bf16; elements are converted in the units that compute addresses. */
typedef struct Operations {
  int64_t wide, narrow, conversions, arithmetic, integers, halves;
} Operations;

static int64_t narrowTypes(const AddnormTypes *types) { return types->f16 + types->bf16; }

static int64_t countTypes(const AddnormTypes *types) { return narrowTypes(types) + types->f32; }

static void addLoads(Operations *operations, const AddnormTypes *types) {
  operations->wide += types->f32;
  operations->narrow += narrowTypes(types);
  operations->conversions += types->f16;
  operations->integers += BF16_EXTENSION * types->bf16;
}

/* f16 is stored register by register of f32, half full. */
static void addStores(Operations *operations, const AddnormTypes *types) {
  operations->wide += types->f32 + types->f16;
  operations->narrow += types->bf16;
  operations->conversions += types->f16;
  operations->integers += BF16_ROUNDING * types->bf16;
  operations->halves += BF16_ROUNDING_OF_HALVES * types->bf16;
}

static void addRounding(Operations *operations, bool rounds) {
  operations->conversions += rounds ? 2 : 0;
}

static void addSum(Operations *operations, const AddnormScheduleQuery *query) {
  addLoads(operations, &query->addends);
  addLoads(operations, &query->biases);
  operations->arithmetic +=
      query->scales + countTypes(&query->addends) + countTypes(&query->biases) - 1;
  addRounding(operations, query->roundsSum);
}

static double cyclesOf(const AddnormNpuTarget *target, const Operations *operations, int64_t wide,
                       int64_t narrow, double accessCost) {
  return accessCost * (double)(operations->wide * wide + operations->narrow * narrow) +
         (double)wide * target->convertCost * (double)operations->conversions +
         target->f32Cost * (double)((operations->arithmetic + operations->integers) * wide +
                                    operations->halves * narrow);
}

static int64_t registersFor(const AddnormNpuTarget *target, int64_t elements, int64_t bytes) {
  return ceilDiv(elements * bytes, target->vectorBytes);
}

/* Whole blocks, and what is left of one: a block under a mask, or elements. */
static double onColumns(const AddnormNpuWork *work, const Operations *operations, int64_t columns) {
  const AddnormNpuTarget *target = work->target;
  int64_t block = work->schedule->block, rest = columns % block;
  int64_t wide = registersFor(target, block, F32_BYTES);
  int64_t narrow = registersFor(target, block, NARROW_BYTES);
  double cycles =
      (double)(columns / block) * cyclesOf(target, operations, wide, narrow, target->memoryCost);
  if (rest && addnormNpuMasks(work->query, target))
    return cycles +
           cyclesOf(target, operations, wide, narrow, target->memoryCost + target->maskCost);
  int64_t scalars =
      operations->wide + operations->narrow + operations->conversions + operations->arithmetic;
  return cycles + target->scalarCost * (double)(rest * scalars);
}

/* The fma, and the partial it goes to if the partials are too many for the registers. */
static void addSquare(Operations *operations, const AddnormNpuSchedule *schedule) {
  operations->arithmetic += 1;
  operations->wide += schedule->block < schedule->lanes ? 2 : 0;
}

/* Whether the sum is stored when the squares are added up, and whether by the vector unit. */
static bool storesEarly(const AddnormNpuWork *work, bool kept) {
  return kept && !work->schedule->singlePass;
}

double addnormNpuSquareCycles(const AddnormNpuWork *work, int64_t columns, bool keeps) {
  Operations operations = {.wide = keeps};
  addSum(&operations, work->query);
  if (storesEarly(work, keeps) && !addnormNpuStoresKept(work->query, work->schedule))
    addStores(&operations, &work->query->sum);
  addSquare(&operations, work->schedule);
  double cycles = onColumns(work, &operations, columns);
  int64_t rest = columns % work->schedule->block;
  if (rest && !addnormNpuMasks(work->query, work->target)) {
    /* t goes through a block that is 0 elsewhere. */
    Operations squares = {.wide = 2};
    addSquare(&squares, work->schedule);
    cycles +=
        onColumns(work, &squares, work->schedule->block) - work->target->scalarCost * (double)rest;
  }
  return cycles;
}

double addnormNpuNormalizeCycles(const AddnormNpuWork *work, int64_t columns, bool kept) {
  const AddnormScheduleQuery *query = work->query;
  Operations operations = {.wide = kept, .arithmetic = 1 + query->gammaOffset};
  if (!kept)
    addSum(&operations, query);
  addRounding(&operations, query->roundsNormal);
  addLoads(&operations, &query->gamma);
  operations.arithmetic += countTypes(&query->gamma);
  AddnormTypes results = query->results;
  if (storesEarly(work, kept)) {
    results.f16 -= query->sum.f16;
    results.bf16 -= query->sum.bf16;
    results.f32 -= query->sum.f32;
  }
  addStores(&operations, &results);
  return onColumns(work, &operations, columns);
}

/* Partials in memory: cleared, halves loaded, added and stored down to a block, which is loaded. */
static double partialCycles(const AddnormNpuTarget *target, const AddnormNpuSchedule *schedule) {
  if (schedule->block == schedule->lanes)
    return 0;
  int64_t all = registersFor(target, schedule->lanes, F32_BYTES);
  int64_t block = registersFor(target, schedule->block, F32_BYTES);
  return target->memoryCost * (double)(all + 3 * (all - block) + block);
}

/* Halves are added: registers of f32, then parts of one, both of which are moved for that.
 * Division, root and division, after the sum with epsilon. The partials of a chunk are added to
 * those of the row. */
double addnormNpuStatisticCycles(const AddnormNpuWork *work) {
  const AddnormNpuTarget *target = work->target;
  const AddnormNpuSchedule *schedule = work->schedule;
  int64_t steps = registersFor(target, schedule->lanes, F32_BYTES) - 1;
  for (int64_t half = min64(schedule->lanes, target->vectorBytes / F32_BYTES) / 2; half > 0;
       half /= 2)
    steps += 3;
  return partialCycles(target, schedule) + (double)steps * target->f32Cost + target->scalarCost +
         3 * target->rootCost;
}
