#include "bench/npu_results.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "codegen/integers.h"
#include "codegen/npu_model.h"

/* --- figures --------------------------------------------------------------------------------- */

bool benchNpuResultFinish(BenchNpuResult *result, ExecError *error) {
  const AddnormScheduleQuery *query = &result->run.query;
  const AddnormNpuTarget *target = result->target;
  result->leastBytes = addnormNpuLeastBytes(query, target, &result->run.schedule);
  result->model = addnormNpuModelCycles(query, target, &result->run.schedule);
  for (AddnormNpuGraphKind kind = 0; kind <= ADDNORM_GRAPH_F32; ++kind)
    result->graphs[kind] = addnormNpuGraph(query, target, kind);
  if (result->section != BENCH_NPU_PUBLISHED)
    return true;
  const char *reason = addnormNpuBaseline(query, target, &result->baseline);
  return !reason || execFail(error, "%s: the baseline: %s", target->name, reason);
}

int64_t benchNpuBytes(const BenchNpuResult *result) {
  return result->run.counters.loadedBytes + result->run.counters.storedBytes;
}

double benchNpuCycles(const BenchNpuResult *result) {
  return result->run.cycles.cycles - result->run.cycles.launch;
}

double benchNpuRatio(const BenchNpuResult *result) {
  return benchNpuCycles(result) / result->run.cycles.boundCycles;
}

int64_t benchNpuTilesPerCore(const BenchNpuResult *result) {
  const AddnormNpuSchedule *schedule = &result->run.schedule;
  int64_t rowTiles = ceilDiv(ceilDiv(result->rows, schedule->rowTile), schedule->grid);
  return rowTiles * (schedule->singlePass ? 1 : addnormNpuColumnTiles(schedule, result->n));
}

static bool isOf(const BenchNpuResult *result, const AddnormNpuTarget *target) {
  return !target || result->target == target;
}

/* With one tile per core there is nothing to overlap. */
static bool isRated(const BenchNpuResult *result) { return benchNpuTilesPerCore(result) >= 2; }

const BenchNpuResult *benchNpuWorst(const BenchNpuResults *results,
                                    const AddnormNpuTarget *target) {
  const BenchNpuResult *worst = NULL;
  for (int i = 0; i < results->count; ++i) {
    const BenchNpuResult *r = &results->results[i];
    if (isOf(r, target) && isRated(r) && (!worst || benchNpuRatio(r) > benchNpuRatio(worst)))
      worst = r;
  }
  return worst;
}

/* --- tables ---------------------------------------------------------------------------------- */

static void printCaseHead(void) { printf("%6s %6s %-4s %-4s", "rows", "n", "type", "sum"); }

static void printCase(const BenchNpuResult *r) {
  printf("%6" PRId64 " %6" PRId64 " %-4s %-4s", r->rows, r->n, execElementName(r->type),
         r->sum ? "yes" : "no");
}

static void printRunHead(void) {
  printCaseHead();
  printf(" %-6s %12s %4s %5s %11s %8s %8s %8s %9s %8s %9s %10s %6s %-7s %7s %7s\n", "pass", "tile",
         "bufs", "cores", "bytes", "of_least", "padding", "unfused", "norm_only", "all_f32",
         "cycles", "bound", "ratio", "limit", "scratch", "hazards");
}

double benchNpuTimesBytes(const BenchNpuResult *r, AddnormNpuGraphKind kind) {
  return (double)r->graphs[kind].bytes / (double)benchNpuBytes(r);
}

static void printRun(const BenchNpuResult *r) {
  static const char *const limits[] = {"dma", "compute", "latency"};
  const AddnormNpuSchedule *schedule = &r->run.schedule;
  const AddnormMachineCounters *counters = &r->run.counters;
  char tile[48], buffers[48];
  snprintf(tile, sizeof tile, "%" PRId64 "x%" PRId64, schedule->rowTile,
           min64(schedule->columnTile, r->n));
  snprintf(buffers, sizeof buffers, "%" PRId64 "/%" PRId64, schedule->buffers,
           schedule->resultBuffers);
  printCase(r);
  printf(" %-6s %12s %4s %5" PRId64 " %11" PRId64 " %8.4f %8" PRId64,
         schedule->singlePass ? "single" : "multi", tile, buffers, r->run.cycles.cores,
         benchNpuBytes(r), (double)benchNpuBytes(r) / (double)r->leastBytes,
         counters->loadPadding + counters->storePadding);
  printf(
      " %8.2f %9.2f %8.2f %9.0f %10.0f %6.3f %-7s %6.1f%% %7" PRId64 "\n",
      benchNpuTimesBytes(r, ADDNORM_GRAPH_UNFUSED), benchNpuTimesBytes(r, ADDNORM_GRAPH_NORM_ONLY),
      benchNpuTimesBytes(r, ADDNORM_GRAPH_F32), benchNpuCycles(r), r->run.cycles.boundCycles,
      benchNpuRatio(r), limits[r->run.cycles.bound],
      100 * (double)counters->peakScratchpad / (double)r->target->scratchpadBytes, r->run.hazards);
}

static bool printSection(const BenchNpuResults *results, const AddnormNpuTarget *target,
                         BenchNpuSection section, const char *title, void (*printHead)(void),
                         void (*print)(const BenchNpuResult *)) {
  bool any = false;
  for (int i = 0; i < results->count; ++i) {
    const BenchNpuResult *r = &results->results[i];
    if (r->section != section || !isOf(r, target))
      continue;
    if (!any) {
      printf("\n%s: %s\n", target->name, title);
      printHead();
    }
    any = true;
    print(r);
  }
  return any;
}

static void printGainHead(void) {
  printCaseHead();
  printf(" %-6s %12s %11s %11s %6s %11s %11s %6s\n", "pass", "base_tile", "bytes", "base_bytes",
         "times", "cycles", "base_cycles", "gain");
}

double benchNpuGain(const BenchNpuResult *r) { return r->baseline.cycles / r->model; }

static void printGain(const BenchNpuResult *r) {
  char tile[48];
  snprintf(tile, sizeof tile, "1x%" PRId64, min64(r->baseline.schedule.columnTile, r->n));
  printCase(r);
  printf(" %-6s %12s %11" PRId64 " %11" PRId64 " %6.2f %11.0f %11.0f %6.2f\n",
         r->run.schedule.singlePass ? "single" : "multi", tile, benchNpuBytes(r), r->baseline.bytes,
         (double)r->baseline.bytes / (double)benchNpuBytes(r), r->model, r->baseline.cycles,
         benchNpuGain(r));
}

static void printSpeedUpHead(void) {
  printCaseHead();
  printf(" %11s %11s %9s %9s %9s\n", "cycles", "us", "unfused", "norm_only", "all_f32");
}

double benchNpuSpeedUp(const BenchNpuResult *r, AddnormNpuGraphKind kind) {
  return r->graphs[kind].cycles / r->run.cycles.cycles;
}

static void printSpeedUp(const BenchNpuResult *r) {
  printCase(r);
  printf(" %11.0f %11.2f %9.2f %9.2f %9.2f\n", r->run.cycles.cycles,
         r->run.cycles.cycles / r->target->clockGHz * 1e-3,
         benchNpuSpeedUp(r, ADDNORM_GRAPH_UNFUSED), benchNpuSpeedUp(r, ADDNORM_GRAPH_NORM_ONLY),
         benchNpuSpeedUp(r, ADDNORM_GRAPH_F32));
}

double benchNpuGains(const BenchNpuResults *results, const AddnormNpuTarget *target, double *least,
                     double *most) {
  double *values = malloc(sizeof *values * (size_t)results->count);
  int count = 0;
  for (int i = 0; i < results->count; ++i)
    if (results->results[i].section == BENCH_NPU_PUBLISHED && isOf(&results->results[i], target))
      values[count++] = benchNpuGain(&results->results[i]);
  double median = benchMedian(values, count);
  *least = values[0];
  *most = values[count - 1];
  free(values);
  return median;
}

void benchNpuPrintTarget(const BenchNpuResults *results, const AddnormNpuTarget *target) {
  static const char *const titles[] = {"the published shapes", "shapes of models",
                                       "rows longer than the scratchpad", "shapes that were given"};
  for (BenchNpuSection section = 0; section <= BENCH_NPU_GIVEN; ++section)
    printSection(results, target, section, titles[section], printRunHead, printRun);
  if (printSection(results, target, BENCH_NPU_PUBLISHED, "beside the baseline, both modelled",
                   printGainHead, printGain)) {
    double least, most, median = benchNpuGains(results, target, &least, &most);
    printf("gain: least %.2f, median %.2f, most %.2f\n", least, median, most);
  }
  for (BenchNpuSection section = 0; section <= BENCH_NPU_GIVEN; ++section)
    printSection(results, target, section, "times as fast as the graph without the fused op",
                 printSpeedUpHead, printSpeedUp);
}

/* --- bars ------------------------------------------------------------------------------------ */

static const char *verdict(bool reached) { return reached ? "reached" : "missed"; }

static const double mostRatio = 1.05;

/* What is above, each on a line of its own. */
static void printAbove(FILE *out, const BenchNpuResults *results, const AddnormNpuTarget *target) {
  for (int i = 0; i < results->count; ++i) {
    const BenchNpuResult *r = &results->results[i];
    if (isOf(r, target) && isRated(r) && benchNpuRatio(r) > mostRatio)
      fprintf(out, "  %.3f %" PRId64 "x%" PRId64 " %s %s\n", benchNpuRatio(r), r->rows, r->n,
              execElementName(r->type), r->sum ? "with the sum" : "without the sum");
  }
}

static void printRatios(FILE *out, const BenchNpuResults *results, const AddnormNpuTarget *target) {
  double *ratios = malloc(sizeof *ratios * (size_t)results->count);
  int count = 0, within = 0;
  for (int i = 0; i < results->count; ++i) {
    const BenchNpuResult *r = &results->results[i];
    if (!isOf(r, target) || !isRated(r))
      continue;
    within += benchNpuRatio(r) <= mostRatio;
    ratios[count++] = benchNpuRatio(r);
  }
  const BenchNpuResult *worst = benchNpuWorst(results, target);
  fprintf(out, "%-20s %5d %5d", target->name, within, count);
  if (worst)
    fprintf(out, " %7.3f %7.3f %6.2f %-7s %" PRId64 "x%" PRId64 " %s %s",
            benchMedian(ratios, count), benchNpuRatio(worst), mostRatio, verdict(within == count),
            worst->rows, worst->n, execElementName(worst->type),
            worst->sum ? "with the sum" : "without the sum");
  fprintf(out, "\n");
  free(ratios);
  printAbove(out, results, target);
}

static void printBytes(FILE *out, const BenchNpuResults *results, bool singlePass) {
  int count = 0, least = 0;
  for (int i = 0; i < results->count; ++i) {
    const BenchNpuResult *r = &results->results[i];
    count += r->run.schedule.singlePass == singlePass;
    least += r->run.schedule.singlePass == singlePass && benchNpuBytes(r) == r->leastBytes;
  }
  fprintf(out, "bytes, %s pass: %d of %d are the least; %s\n", singlePass ? "single" : "multi",
          least, count, verdict(least == count));
}

int64_t benchNpuHazards(const BenchNpuResults *results) {
  int64_t hazards = 0;
  for (int i = 0; i < results->count; ++i)
    hazards += results->results[i].run.hazards;
  return hazards;
}

void benchNpuPrintBars(FILE *out, const BenchNpuResults *results, const AddnormNpuTarget *targets,
                       int numTargets) {
  int64_t hazards = benchNpuHazards(results);
  fprintf(out, "\n%-20s %5s %5s %7s %7s %6s %-7s %s\n", "cycles/bound", "in", "of", "median",
          "most", "wanted", "", "worst");
  for (int i = 0; i < numTargets; ++i)
    printRatios(out, results, &targets[i]);
  printBytes(out, results, true);
  printBytes(out, results, false);
  fprintf(out, "hazards: %" PRId64 "; %s\n", hazards, verdict(hazards == 0));
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void addNumber(cJSON *row, const char *name, double value) {
  cJSON_AddNumberToObject(row, name, value);
}

static void addSchedule(cJSON *row, const BenchNpuResult *r) {
  const AddnormNpuSchedule *schedule = &r->run.schedule;
  cJSON_AddStringToObject(row, "schedule", schedule->singlePass ? "single" : "multi");
  addNumber(row, "tile_rows", (double)schedule->rowTile);
  addNumber(row, "tile_columns", (double)min64(schedule->columnTile, r->n));
  addNumber(row, "buffers", (double)schedule->buffers);
  addNumber(row, "result_buffers", (double)schedule->resultBuffers);
  addNumber(row, "cores", (double)r->run.cycles.cores);
  addNumber(row, "tiles_per_core", (double)benchNpuTilesPerCore(r));
}

static void addCycles(cJSON *row, const BenchNpuResult *r) {
  const AddnormMachineCycles *cycles = &r->run.cycles;
  addNumber(row, "cycles", benchNpuCycles(r));
  addNumber(row, "bound_cycles", cycles->boundCycles);
  addNumber(row, "launch_cycles", cycles->launch);
  addNumber(row, "dma_cycles", cycles->dma);
  addNumber(row, "compute_cycles", cycles->compute);
  addNumber(row, "unfused_cycles", r->graphs[ADDNORM_GRAPH_UNFUSED].cycles);
  addNumber(row, "norm_only_cycles", r->graphs[ADDNORM_GRAPH_NORM_ONLY].cycles);
  addNumber(row, "all_f32_cycles", r->graphs[ADDNORM_GRAPH_F32].cycles);
  addNumber(row, "model_cycles", r->model);
  if (r->section == BENCH_NPU_PUBLISHED)
    addNumber(row, "baseline_cycles", r->baseline.cycles);
}

static cJSON *toJson(const BenchNpuResult *r) {
  const AddnormMachineCounters *counters = &r->run.counters;
  cJSON *row = cJSON_CreateObject();
  addNumber(row, "rows", (double)r->rows);
  addNumber(row, "n", (double)r->n);
  cJSON_AddStringToObject(row, "type", execElementName(r->type));
  cJSON_AddBoolToObject(row, "sum", r->sum);
  cJSON_AddStringToObject(row, "target", r->target->name);
  addSchedule(row, r);
  addNumber(row, "bytes", (double)benchNpuBytes(r));
  addNumber(row, "min_bytes", (double)r->leastBytes);
  addNumber(row, "padding_bytes", (double)(counters->loadPadding + counters->storePadding));
  addNumber(row, "unfused_bytes", (double)r->graphs[ADDNORM_GRAPH_UNFUSED].bytes);
  addNumber(row, "norm_only_bytes", (double)r->graphs[ADDNORM_GRAPH_NORM_ONLY].bytes);
  addNumber(row, "all_f32_bytes", (double)r->graphs[ADDNORM_GRAPH_F32].bytes);
  addCycles(row, r);
  addNumber(row, "peak_scratchpad", (double)counters->peakScratchpad);
  addNumber(row, "schedule_scratchpad", (double)r->run.schedule.scratchBytes);
  addNumber(row, "capacity", (double)r->target->scratchpadBytes);
  addNumber(row, "hazards", (double)r->run.hazards);
  return row;
}

cJSON *benchNpuToJson(const BenchNpuResults *results) {
  cJSON *array = cJSON_CreateArray();
  for (int i = 0; i < results->count; ++i)
    cJSON_AddItemToArray(array, toJson(&results->results[i]));
  return array;
}
