/* addnorm-bench cpu: the fused op on one core beside the code an expert writes, the traffic alone,
 * and the graph without fusion. */

#include <argp.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/compiled.h"
#include "bench/host.h"
#include "bench/truth.h"
#include "codegen/cpu.h"

typedef struct CpuOptions {
  const char *json; /* null: none */
  bool quick;
} CpuOptions;

static bool printsTable(const CpuOptions *options) {
  return !options->json || strcmp(options->json, "-") != 0;
}

enum { KEY_JSON = 256, KEY_QUICK };

static const struct argp_option argpOptions[] = {
    {"json", KEY_JSON, "FILE", 0,
     "Write the figures as JSON to FILE; - is the standard output, alone", 0},
    {"quick", KEY_QUICK, NULL, 0, "Two small shapes and few calls: does it work?", 0},
    {0},
};

static const char help[] =
    "Measures y = RMSNorm(x + r) * gamma on one core.\v"
    "Kernels: addnorm, the fused op; handwritten, intrinsics with the same bits; stream, the same "
    "reads and writes alone; unfused, the graph as a front end writes it, through the same "
    "pipeline. Before any is timed its outputs are compared: with an f64 reference, and "
    "handwritten with addnorm bit for bit. The kernels take turns; a figure is the median over the "
    "turns, in processor time. Compare figures of one run only.\n" BENCH_EXIT_CODES;

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  CpuOptions *options = state->input;
  switch (key) {
  case KEY_JSON:
    options->json = argument;
    break;
  case KEY_QUICK:
    options->quick = true;
    break;
  case ARGP_KEY_ARG:
    argp_error(state, "unexpected argument '%s'", argument);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* --- one case -------------------------------------------------------------------------------- */

typedef enum Column { ADDNORM, HANDWRITTEN, STREAM, UNFUSED, NUM_COLUMNS } Column;

static const char *const columnNames[NUM_COLUMNS] = {"addnorm", "handwritten", "stream", "unfused"};

enum { MIN_TURNS = 5, MAX_TURNS = 25 };
enum { WARMING_CALLS = 3 };
static const double turnMs = 0.5, caseMs = 1500;

typedef struct Case {
  BenchNorm norm;
  BenchReference reference;
  BenchCompiled fused, unfused;
  double us[NUM_COLUMNS];
} Case;

static bool runColumn(Case *c, Column column, int calls, double *ms, ExecError *error) {
  if (column == ADDNORM || column == UNFUSED)
    return benchCompiledRun(column == ADDNORM ? &c->fused : &c->unfused, &c->norm, calls, ms,
                            error);
  void (*run)(const BenchNorm *) = column == STREAM ? benchStream : c->reference.run;
  double start = benchProcessorTime();
  for (int i = 0; i < calls; ++i)
    run(&c->norm);
  *ms = benchProcessorTime() - start;
  return true;
}

static size_t tensorBytes(const BenchNorm *norm) {
  return (size_t)(norm->rows * norm->n) * execElementSize(norm->type);
}

/* Both addends, y and the sum; gamma stays in the cache. */
static double countedBytes(const BenchNorm *norm) {
  return (double)tensorBytes(norm) * (norm->sum ? 4 : 3);
}

/* The outputs of addnorm are kept to compare those of handwritten with. */
static bool checkOutputs(Case *c, ExecError *error) {
  size_t bytes = tensorBytes(&c->norm);
  char *kept = malloc(2 * bytes);
  double ms;
  bool ok = runColumn(c, ADDNORM, 1, &ms, error) &&
            benchIsTrue(&c->norm, BENCH_ROUNDED_ONCE, columnNames[ADDNORM], error);
  if (ok) {
    memcpy(kept, c->norm.y, bytes);
    if (c->norm.sum)
      memcpy(kept + bytes, c->norm.sum, bytes);
    memset(c->norm.y, 0, bytes);
    c->reference.run(&c->norm);
    if (memcmp(kept, c->norm.y, bytes) || (c->norm.sum && memcmp(kept + bytes, c->norm.sum, bytes)))
      ok = execFail(error, "handwritten on %" PRId64 "x%" PRId64 "x%s differs from addnorm",
                    c->norm.rows, c->norm.n, execElementName(c->norm.type));
  }
  free(kept);
  memset(c->norm.y, 0, bytes);
  return ok && runColumn(c, UNFUSED, 1, &ms, error) &&
         benchIsTrue(&c->norm, BENCH_ROUNDED_EACH, columnNames[UNFUSED], error);
}

/* So many that one turn is long beside the resolution of the clock. */
static bool chooseCalls(Case *c, int calls[NUM_COLUMNS], double *roundMs, ExecError *error) {
  *roundMs = 0;
  for (int k = 0; k < NUM_COLUMNS; ++k) {
    double ms = 0;
    for (calls[k] = 1;; calls[k] *= 2) {
      if (!runColumn(c, (Column)k, calls[k], &ms, error))
        return false;
      if (ms >= turnMs)
        break;
    }
    *roundMs += ms;
  }
  return true;
}

static bool timeCase(Case *c, bool quick, ExecError *error) {
  int calls[NUM_COLUMNS];
  double roundMs, ms[NUM_COLUMNS][MAX_TURNS];
  if (!chooseCalls(c, calls, &roundMs, error))
    return false;
  int turns = quick || caseMs / roundMs < MIN_TURNS ? MIN_TURNS
              : caseMs / roundMs > MAX_TURNS        ? MAX_TURNS
                                                    : (int)(caseMs / roundMs);
  /* The kernel before has left its own lines in the caches, and stream has emptied them. */
  for (int turn = 0; turn < turns; ++turn)
    for (int k = 0; k < NUM_COLUMNS; ++k)
      if (!runColumn(c, (Column)k, WARMING_CALLS, &ms[k][turn], error) ||
          !runColumn(c, (Column)k, calls[k], &ms[k][turn], error))
        return false;
  for (int k = 0; k < NUM_COLUMNS; ++k)
    c->us[k] = 1e3 * benchMedian(ms[k], turns) / calls[k];
  return true;
}

static bool measureCase(Case *c, bool quick, ExecError *error) {
  bool ok = benchCompiledCreate(&c->fused, &c->norm, EXEC_FUSE_ADD_NORM, 1, error) &&
            benchCompiledCreate(&c->unfused, &c->norm, EXEC_FUSE_NONE, 1, error) &&
            checkOutputs(c, error) && timeCase(c, quick, error);
  benchCompiledDestroy(&c->fused);
  benchCompiledDestroy(&c->unfused);
  return ok;
}

/* --- reports --------------------------------------------------------------------------------- */

static void printHeader(const BenchReference *reference) {
  char text[1024];
  benchHostDescribe(text, sizeof text);
  fputs(text, stdout);
  printf("handwritten: %s intrinsics; unfused and addnorm: target loops, at -O2; one thread\n\n",
         reference->name);
  printf("%6s %6s %-5s %-4s %-12s %11s %8s %10s\n", "rows", "n", "type", "sum", "kernel", "us",
         "GB/s", "of_stream");
}

static void printCase(const Case *c) {
  for (int k = 0; k < NUM_COLUMNS; ++k)
    printf("%6" PRId64 " %6" PRId64 " %-5s %-4s %-12s %11.2f %8.2f %10.2f\n", c->norm.rows,
           c->norm.n, execElementName(c->norm.type), c->norm.sum ? "yes" : "no", columnNames[k],
           c->us[k], countedBytes(&c->norm) / c->us[k] * 1e-3, c->us[STREAM] / c->us[k]);
  fflush(stdout);
}

static void addCase(cJSON *array, const Case *c) {
  for (int k = 0; k < NUM_COLUMNS; ++k) {
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "rows", (double)c->norm.rows);
    cJSON_AddNumberToObject(row, "n", (double)c->norm.n);
    cJSON_AddStringToObject(row, "type", execElementName(c->norm.type));
    cJSON_AddBoolToObject(row, "sum", c->norm.sum != NULL);
    cJSON_AddNumberToObject(row, "threads", 1);
    cJSON_AddStringToObject(row, "kernel", columnNames[k]);
    cJSON_AddNumberToObject(row, "us", c->us[k]);
    cJSON_AddNumberToObject(row, "bytes", countedBytes(&c->norm));
    cJSON_AddItemToArray(array, row);
  }
}

/* --- the sweep ------------------------------------------------------------------------------- */

typedef struct Shape {
  int64_t rows, n;
} Shape;

static const Shape allShapes[] = {
    {1, 2048},   {1, 4096},   {1, 8192},    {8, 2048},    {8, 4096},    {8, 8192},    {256, 2048},
    {256, 4096}, {256, 8192}, {2048, 2048}, {2048, 4096}, {2048, 8192}, {8192, 4096},
};
static const Shape quickShapes[] = {{1, 4096}, {64, 2048}};
static const ExecElement types[] = {EXEC_F16, EXEC_BF16, EXEC_F32};

/* The tensors in one piece of memory, aligned to lines and each at another place in its page: loads
 * and stores that differ by a multiple of a page wait for each other. */
static void *placeTensors(BenchNorm *norm, ExecError *error) {
  enum { LINE = 64, STAGGER = 17 * LINE, NUM_TENSORS = 5 };
  size_t bytes = (tensorBytes(norm) + LINE - 1) / LINE * LINE + STAGGER;
  char *memory = NULL;
  if (NUM_TENSORS * bytes < execAvailableMemory())
    memory = aligned_alloc(LINE, NUM_TENSORS * bytes);
  if (!memory) {
    execFail(error, "no memory for tensors of %zu bytes", bytes);
    return NULL;
  }
  memset(memory, 0, NUM_TENSORS * bytes);
  ExecTensor x = {{norm->type, 2, {norm->rows, norm->n}}, memory};
  ExecTensor r = {x.shape, memory + bytes};
  ExecTensor gamma = {{norm->type, 1, {norm->n}}, memory + 2 * bytes};
  uint64_t random = 1;
  execTensorFillRandom(&x, &random);
  execTensorFillRandom(&r, &random);
  execTensorFillRandom(&gamma, &random);
  norm->x = x.data;
  norm->r = r.data;
  norm->gamma = gamma.data;
  norm->y = memory + 3 * bytes;
  norm->sum = memory + 4 * bytes;
  return memory;
}

/* With and without the sum, on the same tensors. */
static bool measureShape(const BenchReference *reference, Shape shape, ExecElement type,
                         const CpuOptions *options, cJSON *array, ExecError *error) {
  BenchNorm norm = {.type = type, .rows = shape.rows, .n = shape.n, .epsilon = BENCH_EPSILON};
  void *memory = placeTensors(&norm, error);
  bool ok = memory != NULL;
  for (int withSum = 0; withSum < 2 && ok; ++withSum) {
    Case c = {.norm = norm, .reference = *reference};
    if (!withSum)
      c.norm.sum = NULL;
    c.norm.stream = countedBytes(&c.norm) > (double)addnormCpuNative()->info.cacheBytes;
    ok = measureCase(&c, options->quick, error);
    if (ok && printsTable(options))
      printCase(&c);
    if (ok)
      addCase(array, &c);
  }
  free(memory);
  return ok;
}

static bool measureAll(const CpuOptions *options, cJSON *array, ExecError *error) {
  BenchReference references[BENCH_MAX_REFERENCES];
  if (benchReferences(references) == 0)
    return execFail(error, "the hand-written kernels need an x86-64 host with AVX2, FMA and F16C");
  if (printsTable(options))
    printHeader(&references[0]);
  const Shape *shapes = options->quick ? quickShapes : allShapes;
  size_t numShapes = options->quick ? sizeof quickShapes / sizeof *quickShapes
                                    : sizeof allShapes / sizeof *allShapes;
  for (size_t i = 0; i < numShapes; ++i)
    for (size_t k = 0; k < sizeof types / sizeof *types; ++k)
      if (!measureShape(&references[0], shapes[i], types[k], options, array, error))
        return false;
  return true;
}

int benchCpu(int argc, char **argv) {
  CpuOptions options = {0};
  struct argp argp = {argpOptions, parseOption, NULL, help, NULL, NULL, NULL};
  char name[] = "addnorm-bench cpu";
  argv[0] = name;
  argp_parse(&argp, argc, argv, 0, NULL, &options);

  ExecError error = {""};
  cJSON *array = cJSON_CreateArray();
  bool ok = measureAll(&options, array, &error);
  if (ok && options.json)
    ok = benchWriteJson(array, options.json, &error);
  cJSON_Delete(array);
  return ok ? 0 : benchFail(&error);
}
