/* addnorm-bench npu: kernels of target `npu` on the reference machine: what they move and how long
 * they take, beside the least that is possible and beside what they replace. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/npu_cases.h"
#include "bench/npu_numerics.h"
#include "lib/exec/file.h"

enum { MAX_TARGETS = 16 };

typedef struct NpuOptions {
  const char *json, *markdown, *timeline; /* null: none */
  bool quick;
  const char *targets[MAX_TARGETS];
  int numTargets;
  BenchNpuCase shapes[BENCH_NPU_MAX_CASES];
  int numShapes;
} NpuOptions;

/* --- options --------------------------------------------------------------------------------- */

enum { KEY_JSON = 256, KEY_MARKDOWN, KEY_TARGET, KEY_QUICK, KEY_SHAPE, KEY_TIMELINE };

static const struct argp_option argpOptions[] = {
    {"json", KEY_JSON, "FILE", 0,
     "Write the figures as JSON to FILE; - is the standard output, alone", 0},
    {"markdown", KEY_MARKDOWN, "FILE", 0, "Write the tables of docs/npu-benchmarks.md to FILE", 0},
    {"target", KEY_TARGET, "NAME|FILE.json", 0,
     "A machine, shipped or described by a file; may be given several times (default: the three "
     "that are shipped)",
     0},
    {"shape", KEY_SHAPE, "ROWSxNxTYPE", 0,
     "A shape of f16, bf16 or f32 in place of the sweep's; may be given several times", 0},
    {"timeline", KEY_TIMELINE, "FILE.svg", 0,
     "Draw what the cores do in the run that is farthest above its bound", 0},
    {"quick", KEY_QUICK, NULL, 0, "A few small shapes: does it work?", 0},
    {0},
};

static const char help[] =
    "Runs y = RMSNorm(x + r) * gamma, compiled for NPUs, on the reference machine.\v"
    "Every run is traced and its outputs are compared with the reference bit for bit. Bytes and "
    "cycles are the machine's, cycles without the launch; the bound is max(DMA, compute) + first "
    "load + last store of the slowest core. Graphs and the baseline are modelled. The figures are "
    "the same on any host.\n" BENCH_EXIT_CODES;

static void addShape(NpuOptions *options, BenchShape shape) {
  options->shapes[options->numShapes++] =
      (BenchNpuCase){BENCH_NPU_GIVEN, shape.rows, shape.n, shape.type};
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  static const char *const shipped[] = {"ascend-like", "hexagon-like", "edge"};
  NpuOptions *options = state->input;
  switch (key) {
  case KEY_JSON:
    options->json = argument;
    break;
  case KEY_MARKDOWN:
    options->markdown = argument;
    break;
  case KEY_TARGET:
    if (options->numTargets == MAX_TARGETS)
      argp_error(state, "more than %d targets", MAX_TARGETS);
    options->targets[options->numTargets++] = argument;
    break;
  case KEY_SHAPE:
    if (options->numShapes == BENCH_NPU_MAX_CASES)
      argp_error(state, "more than %d shapes", BENCH_NPU_MAX_CASES);
    addShape(options, benchParseShape(argument, state));
    break;
  case KEY_TIMELINE:
    options->timeline = argument;
    break;
  case KEY_QUICK:
    options->quick = true;
    break;
  case ARGP_KEY_SUCCESS:
    if (options->numTargets == 0) {
      memcpy(options->targets, shipped, sizeof shipped);
      options->numTargets = sizeof shipped / sizeof *shipped;
    }
    break;
  default:
    return benchParseOther(key, argument, state);
  }
  return 0;
}

/* --- the sweep ------------------------------------------------------------------------------- */

typedef struct Targets {
  AddnormNpuTarget targets[MAX_TARGETS];
  int count;
  size_t alignment; /* of tensors: that of bursts and of transfers of several rows */
} Targets;

static bool findTargets(Targets *targets, const NpuOptions *options, ExecError *error) {
  *targets = (Targets){.count = options->numTargets, .alignment = 64};
  for (int i = 0; i < targets->count; ++i) {
    AddnormNpuTarget *t = &targets->targets[i];
    char reason[256];
    if (!addnormNpuTargetFind(options->targets[i], t, reason, sizeof reason))
      return execFail(error, "%s", reason);
    const size_t wanted[] = {(size_t)t->burstBytes, (size_t)t->globalAlignment};
    for (int k = 0; k < 2; ++k)
      targets->alignment = wanted[k] > targets->alignment ? wanted[k] : targets->alignment;
  }
  return true;
}

static bool runResult(BenchNpuResult *result, BenchNpuTensors *tensors, FILE *timeline,
                      ExecError *error) {
  BenchNpuNorm norm = tensors->norm;
  norm.sum = result->sum ? norm.sum : NULL;
  benchNpuTensorsClear(tensors);
  return benchNpuRun(&result->run, &norm, result->target, timeline, error) &&
         benchNpuTensorsCheck(tensors, &norm, result->target->name, error) &&
         benchNpuResultFinish(result, error);
}

static bool runCase(const BenchNpuCase *c, const Targets *targets, BenchNpuResults *results,
                    ExecError *error) {
  BenchNpuTensors tensors;
  bool ok = benchNpuTensorsCreate(&tensors, c, targets->alignment, error);
  for (int withSum = 1; withSum >= 0 && ok; --withSum)
    for (int i = 0; i < targets->count && ok; ++i) {
      BenchNpuResult *result = &results->results[results->count++];
      *result = (BenchNpuResult){.section = c->section,
                                 .target = &targets->targets[i],
                                 .rows = c->rows,
                                 .n = c->n,
                                 .type = c->type,
                                 .sum = withSum};
      ok = runResult(result, &tensors, NULL, error);
    }
  benchNpuTensorsDestroy(&tensors);
  return ok;
}

static bool runAll(const NpuOptions *options, const Targets *targets, BenchNpuResults *results,
                   ExecError *error) {
  BenchNpuCase sweep[BENCH_NPU_MAX_CASES];
  const BenchNpuCase *cases = options->numShapes ? options->shapes : sweep;
  int count = options->numShapes ? options->numShapes : benchNpuSweep(options->quick, sweep);
  *results = (BenchNpuResults){0};
  results->results = calloc((size_t)(2 * count * targets->count), sizeof *results->results);
  bool ok = true;
  for (int i = 0; i < count && ok; ++i) {
    fprintf(stderr, "%d of %d: %" PRId64 "x%" PRId64 "x%s\n", i + 1, count, cases[i].rows,
            cases[i].n, execElementName(cases[i].type));
    ok = runCase(&cases[i], targets, results, error);
  }
  return ok;
}

/* --- what comes out -------------------------------------------------------------------------- */

/* Runs the worst case once more. */
static bool drawTimeline(const char *path, const Targets *targets, const BenchNpuResults *results,
                         ExecError *error) {
  const BenchNpuResult *worst = benchNpuWorst(results, NULL);
  if (!worst)
    return execFail(error, "no run has two tiles or more per core: there is none to be drawn");
  BenchNpuResult again = *worst;
  BenchNpuCase c = {worst->section, worst->rows, worst->n, worst->type};
  BenchNpuTensors tensors;
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  bool ok = benchNpuTensorsCreate(&tensors, &c, targets->alignment, error) &&
            runResult(&again, &tensors, out, error);
  fclose(out);
  ok = ok && execWriteText(path, text, error);
  free(text);
  benchNpuTensorsDestroy(&tensors);
  return ok;
}

static void print(const Targets *targets, const BenchNpuResults *results,
                  const BenchNpuNumerics *numerics) {
  printf("addnorm-bench %s; the reference machine; two addends, and gamma of their type\n",
         ADDNORM_VERSION);
  for (int i = 0; i < targets->count; ++i)
    benchNpuPrintTarget(results, &targets->targets[i]);
  benchNpuNumericsPrint(numerics, targets->count);
  benchNpuPrintBars(stdout, results, targets->targets, targets->count);
}

static bool writeJson(const char *path, const BenchNpuResults *results, ExecError *error) {
  cJSON *json = benchNpuToJson(results);
  bool ok = benchWriteJson(json, path, error);
  cJSON_Delete(json);
  return ok;
}

/* The runs go on after a hazard, but what has any is no good. */
static bool checkHazards(const BenchNpuResults *results, const BenchNpuNumerics *numerics,
                         int numTargets, ExecError *error) {
  int64_t hazards = benchNpuHazards(results);
  for (int i = 0; i < numTargets; ++i)
    hazards += numerics[i].hazards;
  return hazards == 0 || execFail(error, "the machine found %" PRId64 " hazards", hazards);
}

int benchNpu(int argc, char **argv) {
  NpuOptions options = {0};
  const struct argp argp = {argpOptions, parseOption, NULL, help, NULL, NULL, NULL};
  benchParse(&argp, "addnorm-bench npu", argc, argv, &options);

  ExecError error = {""};
  Targets targets;
  BenchNpuResults results = {0};
  BenchNpuNumerics numerics[MAX_TARGETS];
  bool ok = findTargets(&targets, &options, &error) && runAll(&options, &targets, &results, &error);
  for (int i = 0; i < targets.count && ok; ++i)
    ok = benchNpuNumericsRun(&numerics[i], &targets.targets[i], &error);
  ok = ok && (!options.timeline || drawTimeline(options.timeline, &targets, &results, &error)) &&
       (!options.json || writeJson(options.json, &results, &error)) &&
       (!options.markdown ||
        benchNpuWriteMarkdown(options.markdown, &results, targets.targets, targets.count, &error));
  if (ok && (!options.json || strcmp(options.json, "-") != 0))
    print(&targets, &results, numerics);
  ok = ok && checkHazards(&results, numerics, targets.count, &error);
  free(results.results);
  return ok ? 0 : benchFail(&error);
}
