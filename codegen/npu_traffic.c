#include "codegen/npu_traffic.h"

#include "codegen/integers.h"
#include "codegen/npu_model.h"
#include "codegen/npu_work.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

static double max2(double a, double b) { return a > b ? a : b; }

/* --- bytes ----------------------------------------------------------------------------------- */

/* One direction. */
typedef struct Flow {
  int64_t bytes, padding, transfers;
} Flow;

/* Some columns of consecutive rows, of n columns each. */
typedef struct Part {
  int64_t n, start, columns, rows;
} Part;

static int64_t rowPadding(int64_t address, int64_t bytes, int64_t burst) {
  return bytes ? roundUp(address + bytes, burst) - address / burst * burst - bytes : 0;
}

/* Rows begin at the same place of a burst after some period. */
static int64_t partPadding(const Part *part, int64_t width, int64_t burst) {
  int64_t stride = part->n * width, period = burst / gcd64(stride, burst), sum = 0;
  for (int64_t row = 0; row < min64(part->rows, period); ++row) {
    int64_t times = part->rows / period + (row < part->rows % period);
    int64_t address = row * stride + part->start * width;
    sum += times * rowPadding(address, part->columns * width, burst);
  }
  return sum;
}

/* The part of `tensors` tensors, moved `times` times in `transfers` transfers each. */
static void move(Flow *flow, int64_t burst, const Part *part, int64_t tensors, int64_t width,
                 int64_t times, int64_t transfers) {
  int64_t moves = tensors * times;
  flow->bytes += moves * part->rows * part->columns * width;
  flow->padding += moves ? moves * partPadding(part, width, burst) : 0;
  flow->transfers += moves * transfers;
}

static void moveTypes(Flow *flow, int64_t burst, const Part *part, const AddnormTypes *types,
                      int64_t times, int64_t transfers) {
  move(flow, burst, part, types->f16 + types->bf16, NARROW_BYTES, times, transfers);
  move(flow, burst, part, types->f32, F32_BYTES, times, transfers);
}

static int64_t activeCores(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule) {
  return min64(schedule->grid, ceilDiv(query->rows, schedule->rowTile));
}

/* Those of a tile lie one behind the other, or each somewhere. */
static void moveStatistics(Flow *flow, const AddnormScheduleQuery *query, int64_t burst,
                           int64_t rowTile) {
  if (!query->rstd)
    return;
  int64_t run = query->rstdApart ? 1 : rowTile, whole = query->rows / run;
  move(flow, burst, &(Part){run, 0, run, whole}, 1, F32_BYTES, 1, whole);
  int64_t rest = query->rows % run;
  move(flow, burst, &(Part){run, whole * run, rest, 1}, 1, F32_BYTES, rest > 0, 1);
}

/* Loads and stores. */
typedef struct Flows {
  Flow loads, stores;
} Flows;

static void moveWholeRows(Flows *flows, const AddnormScheduleQuery *query, int64_t burst,
                          const AddnormNpuSchedule *schedule) {
  Part rows = {query->n, 0, query->n, query->rows}, row = {query->n, 0, query->n, 1};
  int64_t cores = activeCores(query, schedule);
  int64_t transfers = schedule->alignedRows ? ceilDiv(query->rows, schedule->rowTile) : query->rows;
  moveTypes(&flows->loads, burst, &rows, &query->addends, 1, transfers);
  moveTypes(&flows->loads, burst, &row, &query->biases, cores, 1);
  moveTypes(&flows->loads, burst, &row, &query->gamma, cores, 1);
  moveTypes(&flows->stores, burst, &rows, &query->results, 1, transfers);
}

/* A tile of all rows. Biases that are not kept are loaded for the squares of each row, and once
 * more for the results of a core's last row if those need them. */
static void moveColumns(Flows *flows, const AddnormScheduleQuery *query, int64_t burst,
                        const AddnormNpuSchedule *schedule, int64_t start, int64_t columns) {
  Part rows = {query->n, start, columns, query->rows}, row = {query->n, start, columns, 1};
  int64_t cores = activeCores(query, schedule), numRows = query->rows;
  bool isKept = addnormNpuIsKept(schedule, query->n, start);
  bool isVectorKept = start < schedule->keptVectorColumns;
  int64_t biasTimes = isVectorKept ? cores : isKept ? numRows : numRows + cores;
  moveTypes(&flows->loads, burst, &rows, &query->addends, isKept ? 1 : 2, numRows);
  moveTypes(&flows->loads, burst, &row, &query->biases, biasTimes, 1);
  moveTypes(&flows->loads, burst, &row, &query->gamma, isVectorKept ? cores : numRows, 1);
  moveTypes(&flows->stores, burst, &rows, &query->results, 1, numRows);
}

static Flows flowsOf(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                     const AddnormNpuSchedule *schedule) {
  Flows flows = {0};
  int64_t tile = schedule->columnTile, burst = target->burstBytes;
  int64_t span = schedule->chunk > tile ? schedule->chunk : max64(query->n, 1);
  if (schedule->singlePass)
    moveWholeRows(&flows, query, burst, schedule);
  for (int64_t first = 0; !schedule->singlePass && first < query->n; first += span) {
    int64_t end = min64(first + span, query->n);
    for (int64_t start = first; start < end; start += tile)
      moveColumns(&flows, query, burst, schedule, start, min64(tile, end - start));
  }
  moveStatistics(&flows.stores, query, burst, schedule->rowTile);
  return flows;
}

AddnormNpuTraffic addnormNpuTraffic(const AddnormScheduleQuery *query,
                                    const AddnormNpuTarget *target,
                                    const AddnormNpuSchedule *schedule) {
  Flows flows = flowsOf(query, target, schedule);
  return (AddnormNpuTraffic){.loaded = flows.loads.bytes,
                             .stored = flows.stores.bytes,
                             .paddingLoaded = flows.loads.padding,
                             .paddingStored = flows.stores.padding,
                             .transfers = flows.loads.transfers + flows.stores.transfers};
}

/* --- the fewest ------------------------------------------------------------------------------ */

/* Of elements. */
static int64_t bytesKeeping(const AddnormScheduleQuery *query, int64_t cores,
                            const AddnormNpuSchedule *schedule) {
  int64_t n = query->n, rows = query->rows, whole = rows * n * query->elementBytes;
  int64_t kept = min64(schedule->keptColumns, n), vectors = min64(schedule->keptVectorColumns, n);
  whole += query->rstd ? rows * F32_BYTES : 0;
  if (schedule->singlePass)
    return whole + cores * n * query->vectorBytes;
  return whole + rows * (n - kept) * query->addendBytes +
         (rows * (n - vectors) + cores * vectors) * query->vectorBytes +
         cores * addnormNpuLooseColumns(schedule, n) * query->biasBytes;
}

int64_t addnormNpuLeastBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule) {
  int64_t cores = activeCores(query, schedule), run = addnormNpuKeptRun(schedule);
  if (schedule->singlePass)
    return bytesKeeping(query, cores, schedule);
  bool mayKeepVectors = addnormNpuMayKeepVectors(query, target, schedule, query->n);
  int64_t most = min64(query->n, target->scratchpadBytes) + run;
  AddnormNpuSchedule other = *schedule;
  other.keptColumns = other.keptVectorColumns = 0;
  int64_t least = bytesKeeping(query, cores, &other);
  for (other.keptColumns = 0; other.keptColumns < most; other.keptColumns += run)
    for (other.keptVectorColumns = 0; other.keptVectorColumns < (mayKeepVectors ? most : run);
         other.keptVectorColumns += run)
      if (addnormNpuScratchBytes(query, target, &other) <= target->scratchpadBytes)
        least = min64(least, bytesKeeping(query, cores, &other));
  return least;
}

/* --- the bound ------------------------------------------------------------------------------- */

static double movedBytes(const Flow *flow) { return (double)(flow->bytes + flow->padding); }

static double rowWork(const AddnormNpuWork *work) {
  const AddnormNpuSchedule *schedule = work->schedule;
  int64_t n = work->query->n;
  int64_t kept =
      schedule->singlePass ? (schedule->rowBuffer ? n : 0) : min64(schedule->keptColumns, n);
  return addnormNpuSquareCycles(work, kept, true) + addnormNpuSquareCycles(work, n - kept, false) +
         addnormNpuStatisticCycles(work) + addnormNpuNormalizeCycles(work, kept, true) +
         addnormNpuNormalizeCycles(work, n - kept, false);
}

/* What a core's first step loads and its last one stores. */
static Flows endsOf(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                    const AddnormNpuSchedule *schedule) {
  int64_t n = query->n, burst = target->burstBytes, tile = min64(schedule->columnTile, n);
  int64_t numRows = min64(schedule->rowTile, query->rows), last = n ? (n - 1) / tile * tile : 0;
  Part rows = {n, 0, tile, numRows}, row = {n, 0, tile, 1}, end = {n, last, n - last, numRows};
  Flows flows = {0};
  moveTypes(&flows.loads, burst, &rows, &query->addends, 1, 1);
  moveTypes(&flows.loads, burst, &row, &query->biases, 1, 1);
  if (schedule->singlePass)
    moveTypes(&flows.loads, burst, &row, &query->gamma, 1, 1);
  moveTypes(&flows.stores, burst, &end, &query->results, 1, 1);
  if (!schedule->singlePass && addnormNpuIsKept(schedule, n, last)) {
    Flow sums = {0};
    moveTypes(&sums, burst, &end, &query->sum, 1, 1);
    flows.stores.bytes -= sums.bytes;
    flows.stores.padding -= sums.padding;
  }
  return flows;
}

AddnormNpuBound addnormNpuBound(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule) {
  int64_t cores = activeCores(query, schedule);
  if (cores == 0 || query->n == 0)
    return (AddnormNpuBound){0};
  int64_t tiles = ceilDiv(ceilDiv(query->rows, schedule->rowTile), cores);
  AddnormScheduleQuery own = *query;
  own.rows = min64(tiles * schedule->rowTile, query->rows);
  AddnormNpuSchedule alone = *schedule;
  alone.grid = 1;
  Flows all = flowsOf(&own, target, &alone), ends = endsOf(&own, target, &alone);
  double transfers = (double)(all.loads.transfers + all.stores.transfers);
  AddnormNpuWork work = {query, target, schedule};
  AddnormNpuBound bound = {
      .dma = addnormNpuMoveCycles(target, cores, movedBytes(&all.loads), movedBytes(&all.stores)),
      .compute = (double)own.rows * rowWork(&work) + target->issueCycles * transfers,
      .firstLoad =
          target->latencyCycles + addnormNpuMoveCycles(target, cores, movedBytes(&ends.loads), 0),
      .lastStore =
          target->latencyCycles + addnormNpuMoveCycles(target, cores, 0, movedBytes(&ends.stores))};
  bound.cycles = max2(bound.dma, bound.compute) + bound.firstLoad + bound.lastStore;
  return bound;
}
