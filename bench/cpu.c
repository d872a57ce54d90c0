/* addnorm-bench cpu: the fused op beside the code an expert writes, the traffic alone, the graph
 * without fusion, and other libraries. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/cases.h"
#include "bench/host.h"
#include "bench/plot.h"
#include "bench/results.h"
#include "bench/threads.h"
#include "codegen/cpu.h"

enum { MAX_SHAPES = 64 };

typedef struct CpuOptions {
  const char *json, *plot; /* null: none */
  const char *python;      /* null: no peers */
  BenchCase shapes[MAX_SHAPES];
  int numShapes; /* 0: the sweep's */
  bool quick, hugePages, noPeers;
  int threads[2], numThreads;
} CpuOptions;

static bool printsTable(const CpuOptions *options) {
  return !options->json || strcmp(options->json, "-") != 0;
}

/* --- options --------------------------------------------------------------------------------- */

enum {
  KEY_QUICK = 256,
  KEY_SHAPE,
  KEY_THREADS,
  KEY_PEERS,
  KEY_NO_PEERS,
  KEY_HUGE_PAGES,
  KEY_PLOT,
  KEY_JSON
};

static const struct argp_option argpOptions[] = {
    {"json", KEY_JSON, "FILE", 0,
     "Write the figures as JSON to FILE; - is the standard output, alone", 0},
    {"plot", KEY_PLOT, "FILE", 0, "Draw the figures to FILE, .svg or .png; needs matplotlib", 0},
    {"quick", KEY_QUICK, NULL, 0,
     "Two small shapes, few calls, and peers only with --peers: does it work?", 0},
    {"shape", KEY_SHAPE, "ROWSxNxTYPE", 0,
     "A shape of f16, bf16 or f32 in place of the sweep's; may be given several times", 0},
    {"threads", KEY_THREADS, "one|all|both", 0, "Threads: one, all cores, or both (default)", 0},
    {"peers", KEY_PEERS, "PYTHON", 0,
     "Take the peers that this interpreter has (default: the one that bench/peers.sh sets up)", 0},
    {"no-peers", KEY_NO_PEERS, NULL, 0, "Leave other libraries out", 0},
    {"huge-pages", KEY_HUGE_PAGES, NULL, 0, "Ask for huge pages for the tensors", 0},
    {0},
};

static const char help[] =
    "Measures y = RMSNorm(x + r) * gamma.\v"
    "Kernels: addnorm, the fused op; handwritten, intrinsics with the same bits; stream, the same "
    "reads and writes alone; unfused, the graph as a front end writes it, through the same "
    "pipeline; add+norm, the norm fused and the add not; norm, the norm of one addend alone; "
    "narrow, "
    "what f16 inside would cost; and peers. Before any is timed its outputs are compared: with an "
    "f64 reference, and handwritten "
    "with addnorm bit for bit. The kernels take turns, on the same tensors at several "
    "places in memory: the median over the turns, of processor time with one thread, of real time "
    "with more. All cases are visited four times, minutes apart: a figure is that of the visit "
    "which the host disturbed least, a ratio the median of those of one visit. Compare figures of "
    "one run "
    "only.\n" BENCH_EXIT_CODES;

static void setThreads(CpuOptions *options, const char *which, struct argp_state *state) {
  int cores = benchNumCores();
  bool both = strcmp(which, "both") == 0;
  if (!both && strcmp(which, "one") != 0 && strcmp(which, "all") != 0)
    argp_error(state, "--threads wants one, all or both, not '%s'", which);
  options->threads[0] = strcmp(which, "all") == 0 ? cores : 1;
  options->threads[1] = cores;
  options->numThreads = both && cores > 1 ? 2 : 1;
}

/* A case has one place in the results. */
static void addShape(CpuOptions *options, BenchShape shape, struct argp_state *state) {
  if (options->numShapes == MAX_SHAPES)
    argp_error(state, "more than %d shapes", MAX_SHAPES);
  for (int i = 0; i < options->numShapes; ++i) {
    const BenchCase *c = &options->shapes[i];
    if (c->rows == shape.rows && c->n == shape.n && c->type == shape.type)
      argp_error(state, "%" PRId64 "x%" PRId64 "x%s is given twice", c->rows, c->n,
                 execElementName(c->type));
  }
  options->shapes[options->numShapes++] =
      (BenchCase){shape.rows, shape.n, shape.type, shape.type, 2};
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  CpuOptions *options = state->input;
  switch (key) {
  case KEY_JSON:
    options->json = argument;
    break;
  case KEY_PLOT:
    options->plot = argument;
    break;
  case KEY_QUICK:
    options->quick = true;
    break;
  case KEY_SHAPE:
    addShape(options, benchParseShape(argument, state), state);
    break;
  case KEY_THREADS:
    setThreads(options, argument, state);
    break;
  case KEY_PEERS:
    options->python = argument;
    break;
  case KEY_NO_PEERS:
    options->noPeers = true;
    break;
  case KEY_HUGE_PAGES:
    options->hugePages = true;
    break;
  case ARGP_KEY_INIT:
    setThreads(options, "both", state);
    break;
  case ARGP_KEY_SUCCESS:
    if (options->noPeers)
      options->python = NULL;
    else if (!options->python && !options->quick && access(BENCH_PYTHON, X_OK) == 0)
      options->python = BENCH_PYTHON;
    break;
  default:
    return benchParseOther(key, argument, state);
  }
  return 0;
}

/* --- the sweep ------------------------------------------------------------------------------- */

static void printPeers(const BenchPeers *peers) {
  printf("peers:");
  if (peers->count == 0)
    printf(" none");
  for (int i = 0; i < peers->count && peers->peers[i].threads == peers->peers[0].threads; ++i) {
    const BenchPeer *peer = &peers->peers[i];
    if (peer->process)
      printf("%s %s %s", i ? "," : "", peer->name, peer->version);
    else
      printf("%s %s not installed", i ? "," : "", peer->name);
  }
  printf("\n");
}

static void printHeader(const CpuOptions *options, const BenchPeers *peers) {
  char text[1024];
  benchHostDescribe(text, sizeof text);
  fputs(text, stdout);
  BenchReference references[BENCH_MAX_REFERENCES];
  int count = benchReferences(references);
  printf("handwritten: %s%s intrinsics; compiled: target vector, at -O2; threads:",
         references[0].name, count > 1 ? " or AVX2" : "");
  for (int k = 0; k < options->numThreads; ++k)
    printf(" %d", options->threads[k]);
  printf("; %s pages\n", options->hugePages ? "huge" : "default");
  printPeers(peers);
  printf("\n");
  fflush(stdout);
}

static void printLeftOut(const BenchPeers *peers) {
  for (int i = 0; i < peers->count; ++i) {
    const BenchPeer *peer = &peers->peers[i];
    if (peer->leftOut > 0 && peer->version[0])
      printf("%s, %d threads: left out %d times; first: %s\n", peer->name, peer->threads,
             peer->leftOut, peer->reason);
  }
}

static bool measure(BenchTensors *tensors, bool hasSum, int visit, const BenchSetup *setup,
                    BenchResults *results, ExecError *error) {
  BenchColumns columns;
  bool ok = benchColumnsCreate(&columns, tensors, hasSum, setup, error) &&
            benchColumnsTime(&columns, setup, error);
  if (ok)
    benchResultsAdd(results, &columns, visit);
  benchColumnsDestroy(&columns);
  return ok;
}

/* Two addends on the same tensors without and with the sum. */
static bool measureCase(const BenchCase *c, int visit, const BenchSetup *setup,
                        const CpuOptions *options, BenchResults *results, ExecError *error) {
  BenchTensors tensors;
  bool ok = benchTensorsCreate(&tensors, c, options->hugePages, error);
  for (int hasSum = 0; hasSum < c->addends && ok; ++hasSum)
    ok = measure(&tensors, hasSum, visit, setup, results, error);
  benchTensorsDestroy(&tensors);
  return ok;
}

/* Each case where somebody waits, otherwise each visit. */
static void showProgress(int visit, int visits, const BenchCase *c, bool isFirst) {
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[Kvisit %d of %d: %" PRId64 "x%" PRId64 "x%s", visit + 1, visits,
            c->rows, c->n, execElementName(c->type));
  else if (isFirst)
    fprintf(stderr, "visit %d of %d\n", visit + 1, visits);
}

static void endProgress(void) {
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[K");
}

static bool measureAll(const CpuOptions *options, BenchPeers *peers, BenchResults *results,
                       ExecError *error) {
  BenchSetup setup = {options->threads, options->numThreads, peers, options->quick};
  int count = options->numShapes, visits = options->quick ? 1 : BENCH_VISITS;
  BenchCase *sweep = count ? NULL : benchSweep(options->quick, &count);
  const BenchCase *cases = sweep ? sweep : options->shapes;
  bool ok = true;
  for (int visit = 0; visit < visits; ++visit)
    for (int i = 0; i < count && ok; ++i) {
      showProgress(visit, visits, &cases[i], i == 0);
      ok = measureCase(&cases[i], visit, &setup, options, results, error);
    }
  endProgress();
  free(sweep);
  return ok;
}

static bool writeResults(const CpuOptions *options, const char *python, const BenchResults *results,
                         ExecError *error) {
  cJSON *json = benchResultsToJson(results);
  bool ok = (!options->json || benchWriteJson(json, options->json, error)) &&
            (!options->plot || benchPlot(json, python, options->plot, error));
  cJSON_Delete(json);
  return ok;
}

/* The compiled code's threads, like those of the others, stay on a core each and get out of the way
 * when it is another's turn. Their library reads this when it first runs, and no peer inherits it.
 */
static void bindThreads(void) {
  setenv("OMP_PROC_BIND", "true", 0);
  setenv("KMP_BLOCKTIME", "1", 0);
}

int benchCpu(int argc, char **argv) {
  CpuOptions options = {0};
  const struct argp argp = {argpOptions, parseOption, NULL, help, NULL, NULL, NULL};
  benchParse(&argp, "addnorm-bench cpu", argc, argv, &options);

  ExecError error = {""};
  BenchPeers peers = {0};
  BenchResults results = {.hugePages = options.hugePages};
  BenchReference references[BENCH_MAX_REFERENCES];
  const char *python = options.python ? options.python : "python3";
  bool ok =
      benchReferences(references) > 0 ||
      execFail(&error, "the hand-written kernels need an x86-64 host with AVX2, FMA and F16C");
  ok = ok && (!options.plot || benchPlotCheck(python, options.plot, &error)) &&
       benchPeersStart(&peers, options.python, options.threads, options.numThreads, &error);
  bindThreads();
  if (ok && printsTable(&options))
    printHeader(&options, &peers);
  ok = ok && measureAll(&options, &peers, &results, &error);
  if (ok && printsTable(&options)) {
    benchPrintTable(&results);
    printLeftOut(&peers);
    benchPrintSummary(&results);
  }
  ok = ok && writeResults(&options, python, &results, &error);
  benchPeersStop(&peers);
  benchResultsDestroy(&results);
  return ok ? 0 : benchFail(&error);
}
