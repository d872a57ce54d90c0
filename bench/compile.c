/* addnorm-bench compile: the time of addnorm-fuse beside that of parsing the same model. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "bench/bench.h"
#include "lib/ir/build.h"
#include "mlir-c/Pass.h"

static const int layerCounts[] = {2, 8, 32, 128};
enum { NUM_SIZES = sizeof layerCounts / sizeof *layerCounts, MAX_RUNS = 100 };

typedef struct CompileOptions {
  const char *json; /* null: none */
  const char *spelling;
  int runs;
} CompileOptions;

/* A model of one size, as text and as a context to parse it in. */
typedef struct CompileCase {
  int layers;
  ExecModel model;
  char *text;
  MlirPassManager fuse;
  int64_t ops, fused;
  double parse[MAX_RUNS], passes[MAX_RUNS]; /* ms */
  double parseMs, fuseMs;                   /* medians */
} CompileCase;

/* --- options --------------------------------------------------------------------------------- */

enum { KEY_JSON = 256, KEY_SPELLING, KEY_RUNS };

static const struct argp_option argpOptions[] = {
    {"json", KEY_JSON, "FILE", 0,
     "Write the figures as JSON to FILE; - is the standard output, alone", 0},
    {"spelling", KEY_SPELLING, "DIALECT", 0, "The ops of the model: linalg (default) or tosa", 0},
    {"runs", KEY_RUNS, "N", 0, "Take the median of N runs, 1 to 100 (default 9)", 0},
    {0},
};

static const char help[] =
    "Measures what addnorm-fuse costs beside parsing the same model.\v"
    "The models are Llamas of 2, 8, 32 and 128 layers, one function each, written as torch-mlir "
    "writes them. Parsing is that of MLIR from text in memory, with its verifier; fusing is the "
    "pass alone, both in processor time. The sizes take turns, so that a busy host spoils none of "
    "them more than the others.\n" BENCH_EXIT_CODES;

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  CompileOptions *options = state->input;
  char *end;
  switch (key) {
  case KEY_JSON:
    options->json = argument;
    break;
  case KEY_SPELLING:
    if (strcmp(argument, "linalg") != 0 && strcmp(argument, "tosa") != 0)
      argp_error(state, "--spelling wants linalg or tosa, not '%s'", argument);
    options->spelling = argument;
    break;
  case KEY_RUNS:
    options->runs = (int)strtol(argument, &end, 10);
    if (*end || options->runs < 1 || options->runs > MAX_RUNS)
      argp_error(state, "--runs wants a number from 1 to %d, not '%s'", MAX_RUNS, argument);
    break;
  default:
    return benchParseOther(key, argument, state);
  }
  return 0;
}

/* --- measuring ------------------------------------------------------------------------------- */

static void appendText(MlirStringRef piece, void *file) {
  fwrite(piece.data, 1, piece.length, file);
}

static char *printModule(MlirModule module) {
  char *text;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  mlirOperationPrint(mlirModuleGetOperation(module), appendText, file);
  fclose(file);
  return text;
}

static bool setUp(CompileCase *c, int layers, const char *spelling, ExecError *error) {
  c->layers = layers;
  if (!benchLoadLlama(&c->model, spelling, layers, error))
    return false;
  c->text = printModule(c->model.module);
  c->fuse = mlirPassManagerCreate(c->model.context);
  mlirPassManagerEnableVerifier(c->fuse, false);
  mlirParsePassPipeline(mlirPassManagerGetAsOpPassManager(c->fuse),
                        irStr("builtin.module(addnorm-fuse)"), appendText, stderr);
  return true;
}

static void tearDown(CompileCase *c) {
  if (!mlirPassManagerIsNull(c->fuse))
    mlirPassManagerDestroy(c->fuse);
  free(c->text);
  execModelDestroy(&c->model);
}

static MlirWalkResult countOp(MlirOperation op, void *data) {
  CompileCase *c = data;
  ++c->ops;
  c->fused += addnormOperationIsRmsNorm(op);
  return MlirWalkResultAdvance;
}

static bool measure(CompileCase *c, int run) {
  double start = benchProcessorTime();
  MlirModule module = mlirModuleCreateParse(c->model.context, irStr(c->text));
  double parsed = benchProcessorTime();
  if (mlirModuleIsNull(module))
    return false;
  MlirOperation op = mlirModuleGetOperation(module);
  c->ops = c->fused = 0;
  mlirOperationWalk(op, countOp, c, MlirWalkPreOrder);
  double ready = benchProcessorTime();
  bool ok = mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(c->fuse, op));
  double fused = benchProcessorTime();
  int64_t ops = c->ops;
  mlirOperationWalk(op, countOp, c, MlirWalkPreOrder);
  c->ops = ops;
  mlirModuleDestroy(module);
  c->parse[run] = parsed - start;
  c->passes[run] = fused - ready;
  return ok;
}

static bool measureAll(CompileCase *cases, const CompileOptions *options, ExecError *error) {
  for (int i = 0; i < NUM_SIZES; ++i)
    if (!setUp(&cases[i], layerCounts[i], options->spelling, error))
      return false;
  for (int run = 0; run < options->runs; ++run)
    for (int i = 0; i < NUM_SIZES; ++i)
      if (!measure(&cases[i], run))
        return false; /* diagnosed */
  for (int i = 0; i < NUM_SIZES; ++i) {
    cases[i].parseMs = benchMedian(cases[i].parse, options->runs);
    cases[i].fuseMs = benchMedian(cases[i].passes, options->runs);
  }
  return true;
}

/* --- reports --------------------------------------------------------------------------------- */

static void printTable(const CompileCase *cases, const char *spelling) {
  printf("A Llama in %s\n", spelling);
  printf("%6s %7s %6s %9s %8s %11s %9s\n", "layers", "ops", "fused", "parse_ms", "fuse_ms",
         "fuse/parse", "us/layer");
  for (int i = 0; i < NUM_SIZES; ++i) {
    const CompileCase *c = &cases[i];
    printf("%6d %7" PRId64 " %6" PRId64 " %9.2f %8.2f %11.2f %9.1f\n", c->layers, c->ops, c->fused,
           c->parseMs, c->fuseMs, c->fuseMs / c->parseMs, 1e3 * c->fuseMs / c->layers);
  }
}

static bool writeJson(const CompileCase *cases, const char *path, ExecError *error) {
  cJSON *rows = cJSON_CreateArray();
  for (int i = 0; i < NUM_SIZES; ++i) {
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "layers", cases[i].layers);
    cJSON_AddNumberToObject(row, "ops", (double)cases[i].ops);
    cJSON_AddNumberToObject(row, "parse_ms", cases[i].parseMs);
    cJSON_AddNumberToObject(row, "fuse_ms", cases[i].fuseMs);
    cJSON_AddItemToArray(rows, row);
  }
  bool ok = benchWriteJson(rows, path, error);
  cJSON_Delete(rows);
  return ok;
}

int benchCompile(int argc, char **argv) {
  CompileOptions options = {.spelling = "linalg", .runs = 9};
  const struct argp argp = {argpOptions, parseOption, NULL, help, NULL, NULL, NULL};
  benchParse(&argp, "addnorm-bench compile", argc, argv, &options);

  CompileCase *cases = calloc(NUM_SIZES, sizeof *cases);
  ExecError error = {""};
  bool ok = measureAll(cases, &options, &error);
  if (ok && (!options.json || strcmp(options.json, "-") != 0))
    printTable(cases, options.spelling);
  if (ok && options.json)
    ok = writeJson(cases, options.json, &error);
  for (int i = 0; i < NUM_SIZES; ++i)
    tearDown(&cases[i]);
  free(cases);
  return ok ? 0 : benchFail(&error);
}
