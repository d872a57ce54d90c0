/* What `addnorm-bench npu` has found out, as tables and as JSON. */

#ifndef ADDNORM_BENCH_NPU_RESULTS_H
#define ADDNORM_BENCH_NPU_RESULTS_H

#include <cjson/cJSON.h>

#include "bench/npu_run.h"
#include "codegen/npu_traffic.h"

typedef enum BenchNpuSection {
  BENCH_NPU_PUBLISHED, /* shapes of which a gain has been published: beside the baseline */
  BENCH_NPU_LARGE,     /* of models */
  BENCH_NPU_LONG,      /* rows longer than the scratchpads */
  BENCH_NPU_GIVEN      /* on the command line */
} BenchNpuSection;

/* One case on one target. */
typedef struct BenchNpuResult {
  BenchNpuSection section;
  const AddnormNpuTarget *target;
  int64_t rows, n;
  ExecElement type;
  bool sum;
  BenchNpuRun run;
  int64_t leastBytes;
  AddnormNpuGraph graphs[ADDNORM_GRAPH_F32 + 1];
  double model;                /* cycles of the schedule's own model, with the launch */
  AddnormNpuBaseline baseline; /* of BENCH_NPU_PUBLISHED */
} BenchNpuResult;

/* Fills in what follows from the run: all behind it. */
bool benchNpuResultFinish(BenchNpuResult *result, ExecError *error);

int64_t benchNpuBytes(const BenchNpuResult *result);

/* Cycles of the run without the launch, in the bracket that no overlap can beat. */
double benchNpuCycles(const BenchNpuResult *result);
double benchNpuRatio(const BenchNpuResult *result);

/* Of the core with the most: tiles of rows, or of columns of its rows. */
int64_t benchNpuTilesPerCore(const BenchNpuResult *result);

/* Of a graph against these bytes, and against the cycles of the run, all with their launches. */
double benchNpuTimesBytes(const BenchNpuResult *result, AddnormNpuGraphKind kind);
double benchNpuSpeedUp(const BenchNpuResult *result, AddnormNpuGraphKind kind);

/* Of the baseline, of BENCH_NPU_PUBLISHED; both modelled. */
double benchNpuGain(const BenchNpuResult *result);

typedef struct BenchNpuResults {
  BenchNpuResult *results;
  int count;
} BenchNpuResults;

/* The result with two tiles or more per core whose ratio is largest, of one target or, with null,
 * of all; null: there is none. */
const BenchNpuResult *benchNpuWorst(const BenchNpuResults *results, const AddnormNpuTarget *target);

/* The median gain of a target, the least and the most; there has to be one. */
double benchNpuGains(const BenchNpuResults *results, const AddnormNpuTarget *target, double *least,
                     double *most);

/* Of all runs. */
int64_t benchNpuHazards(const BenchNpuResults *results);

/* The tables of one target. */
void benchNpuPrintTarget(const BenchNpuResults *results, const AddnormNpuTarget *target);

/* The bars, and whether they are reached. */
void benchNpuPrintBars(FILE *out, const BenchNpuResults *results, const AddnormNpuTarget *targets,
                       int numTargets);

/* npu_markdown.c: all that as the tables of docs/npu-benchmarks.md. */
bool benchNpuWriteMarkdown(const char *path, const BenchNpuResults *results,
                           const AddnormNpuTarget *targets, int numTargets, ExecError *error);

cJSON *benchNpuToJson(const BenchNpuResults *results);

#endif /* ADDNORM_BENCH_NPU_RESULTS_H */
