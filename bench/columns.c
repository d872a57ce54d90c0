#include "bench/columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/threads.h"
#include "bench/truth.h"

typedef struct CompiledKernel {
  const char *name;
  ExecFusion fusion;
  BenchRounding rounding;
} CompiledKernel;

static const CompiledKernel addnorm = {"addnorm", EXEC_FUSE_ADD_NORM, BENCH_ROUNDED_ONCE};
static const CompiledKernel unfused = {"unfused", EXEC_FUSE_NONE, BENCH_ROUNDED_EACH};
static const CompiledKernel addThenNorm = {"add+norm", EXEC_FUSE_NORM, BENCH_ROUNDED_EACH};
static const CompiledKernel normAlone = {"norm", EXEC_FUSE_NORM, BENCH_ROUNDED_ONCE};

/* Turns are those at each place; slow kernels leave out up to so many places after one. */
enum { PLACES = 3, MAX_TURNS = 10, MAX_WARMING_CALLS = 3, MAX_LEFT_OUT = 2 };
static const double turnMs = 0.5, columnMs = 60;

/* --- one column ------------------------------------------------------------------------------ */

BenchNorm benchColumnNorm(const BenchColumns *columns, const BenchColumn *column) {
  BenchNorm norm = columns->norm;
  if (column->alone)
    norm.r = NULL;
  return norm;
}

static double runNative(const BenchColumn *c, const BenchNorm *norm, int calls) {
  if (c->threads > 1)
    return benchRunThreads(c->native, norm, c->threads, calls);
  double start = benchProcessorTime();
  for (int i = 0; i < calls; ++i)
    c->native(norm);
  return benchProcessorTime() - start;
}

/* One thread works on one core, and in processor time. */
static bool run(const BenchColumn *c, const BenchNorm *norm, int calls, double *ms,
                ExecError *error) {
  bool ok = true;
  if (c->peer)
    return benchPeerRun(c->peer, calls, ms, error);
  benchPin(c->threads == 1);
  if (c->native)
    *ms = runNative(c, norm, calls);
  else
    ok = benchCompiledRun(c->compiled, norm, calls,
                          c->threads == 1 ? benchProcessorTime : benchRealTime, ms, error);
  benchPin(false);
  return ok;
}

/* So many calls that one turn is long beside the resolution of the clock; `*ms` is the time of one
 * call. */
static bool chooseCalls(const BenchColumn *c, const BenchNorm *norm, int *calls, double *ms,
                        ExecError *error) {
  for (*calls = 1;; *calls *= 2) {
    if (!run(c, norm, *calls, ms, error))
      return false;
    if (*ms >= turnMs)
      break;
  }
  *ms /= *calls;
  return true;
}

static BenchColumn *addColumn(BenchColumns *columns, const char *kernel, int threads) {
  BenchColumn *column = &columns->columns[columns->count++];
  *column = (BenchColumn){.kernel = kernel, .threads = threads};
  return column;
}

/* --- compiled -------------------------------------------------------------------------------- */

static bool addCompiled(BenchColumns *columns, const CompiledKernel *kernel, int threads,
                        ExecError *error) {
  BenchColumn *c = addColumn(columns, kernel->name, threads);
  c->compiled = &columns->compiled[columns->numCompiled++];
  c->alone = kernel == &normAlone;
  BenchNorm norm = benchColumnNorm(columns, c);
  ExecFusion fusion = kernel->fusion;
  if (!norm.r && fusion == EXEC_FUSE_ADD_NORM)
    fusion = EXEC_FUSE_NORM; /* a norm alone is fused only where that is asked for */
  double ms;
  memset(norm.y, 0, benchTensorBytes(&norm));
  return benchCompiledCreate(c->compiled, &norm, fusion, threads, error) &&
         run(c, &norm, 1, &ms, error) && benchIsTrue(&norm, kernel->rounding, c->kernel, error);
}

/* --- written by hand ------------------------------------------------------------------------- */

/* y and the sum, behind each other. */
static char *copyOutputs(const BenchNorm *norm) {
  size_t bytes = benchTensorBytes(norm);
  char *copy = calloc(2, bytes);
  memcpy(copy, norm->y, bytes);
  if (norm->sum)
    memcpy(copy + bytes, norm->sum, bytes);
  return copy;
}

static bool checkBits(const BenchNorm *norm, const BenchReference *reference, const char *expected,
                      ExecError *error) {
  memset(norm->y, 0, benchTensorBytes(norm));
  reference->run(norm);
  char *got = copyOutputs(norm);
  bool same = memcmp(expected, got, 2 * benchTensorBytes(norm)) == 0;
  free(got);
  return same ||
         execFail(error, "handwritten (%s) on %" PRId64 "x%" PRId64 "x%s differs from addnorm",
                  reference->name, norm->rows, norm->n, execElementName(norm->type));
}

/* The faster one of those that this host can run. The outputs of addnorm are in place. */
static bool chooseReference(const BenchNorm *norm, BenchReference *best, ExecError *error) {
  BenchReference references[BENCH_MAX_REFERENCES];
  int count = benchReferences(references), calls;
  double ms, bestMs = 0;
  char *expected = copyOutputs(norm);
  bool ok = true;
  for (int i = 0; i < count && ok; ++i) {
    BenchColumn candidate = {.threads = 1, .native = references[i].run};
    ok = checkBits(norm, &references[i], expected, error) &&
         chooseCalls(&candidate, norm, &calls, &ms, error);
    if (i == 0 || ms < bestMs) {
      *best = references[i];
      bestMs = ms;
    }
  }
  free(expected);
  return ok;
}

static bool hasReference(const BenchNorm *norm) { return norm->r && norm->gammaType == norm->type; }

static void addNative(BenchColumns *columns, const BenchReference *reference, int threads) {
  const BenchNorm *norm = &columns->norm;
  if (hasReference(norm))
    addColumn(columns, "handwritten", threads)->native = reference->run;
  addColumn(columns, "stream", threads)->native = benchStream;
  if (hasReference(norm) && norm->type == EXEC_F16 && threads == 1)
    addColumn(columns, "narrow", threads)->native = reference->narrow;
}

/* --- all of them ----------------------------------------------------------------------------- */

static void addPeers(BenchColumns *columns, BenchPeers *peers) {
  for (int i = 0; i < peers->count; ++i)
    if (benchPeerIsReady(peers, &peers->peers[i], &columns->norm))
      addColumn(columns, peers->peers[i].name, peers->peers[i].threads)->peer = &peers->peers[i];
}

static bool isWanted(const BenchColumn *column, const BenchSetup *setup) {
  for (int k = 0; k < setup->numThreads; ++k)
    if (column->threads == setup->threads[k])
      return true;
  return false;
}

static void dropUnwanted(BenchColumns *columns, const BenchSetup *setup) {
  int count = 0;
  for (int k = 0; k < columns->count; ++k)
    if (isWanted(&columns->columns[k], setup))
      columns->columns[count++] = columns->columns[k];
  columns->count = count;
}

static bool addOneThread(BenchColumns *columns, BenchReference *reference, ExecError *error) {
  const BenchNorm *norm = &columns->norm;
  if (!addCompiled(columns, &addnorm, 1, error) ||
      (hasReference(norm) && !chooseReference(norm, reference, error)))
    return false;
  addNative(columns, reference, 1);
  return addCompiled(columns, &unfused, 1, error) &&
         (!norm->r || addCompiled(columns, &addThenNorm, 1, error)) &&
         (!norm->r || norm->sum || !norm->stream || addCompiled(columns, &normAlone, 1, error));
}

/* The peers compile in the meantime. */
bool benchColumnsCreate(BenchColumns *columns, BenchTensors *tensors, bool hasSum,
                        const BenchSetup *setup, ExecError *error) {
  *columns = (BenchColumns){.tensors = tensors, .norm = benchTensorsNorm(tensors, hasSum)};
  BenchReference reference = {0};
  if (!benchPeersPrepare(setup->peers, &columns->norm, error) ||
      !addOneThread(columns, &reference, error))
    return false;
  int threads = setup->threads[setup->numThreads - 1];
  if (threads > 1) {
    if (!addCompiled(columns, &addnorm, threads, error))
      return false;
    addNative(columns, &reference, threads);
  }
  addPeers(columns, setup->peers);
  dropUnwanted(columns, setup);
  return true;
}

void benchColumnsDestroy(BenchColumns *columns) {
  for (int i = 0; i < columns->numCompiled; ++i)
    benchCompiledDestroy(&columns->compiled[i]);
}

/* --- time ------------------------------------------------------------------------------------ */

typedef struct Timing {
  int calls, warmingCalls;
  int turns;   /* at a place */
  int leftOut; /* places after each at which there are turns */
  double ms[PLACES * MAX_TURNS];
  int count; /* of them */
} Timing;

static bool isLeftOut(const Timing *timing, int place) {
  return place % (1 + timing->leftOut) != 0;
}

/* The kernel before has left its own lines in the caches, and stream has emptied them: that is made
 * good where a call is short. Slow kernels take fewer turns. */
static bool plan(const BenchColumn *c, const BenchNorm *norm, Timing *timing, ExecError *error) {
  double ms;
  if (!chooseCalls(c, norm, &timing->calls, &ms, error))
    return false;
  timing->warmingCalls = ms < 1 ? MAX_WARMING_CALLS : ms < 20;
  double turns = columnMs / PLACES / (ms * (timing->calls + timing->warmingCalls));
  timing->turns = turns < 1 ? 1 : turns > MAX_TURNS ? MAX_TURNS : (int)turns;
  timing->leftOut = turns >= 1 ? 0 : 1 / turns > MAX_LEFT_OUT ? MAX_LEFT_OUT : (int)(1 / turns);
  timing->count = 0;
  return true;
}

static bool takeTurn(const BenchColumn *c, const BenchNorm *norm, Timing *timing, double *ms,
                     ExecError *error) {
  double ignored;
  return (timing->warmingCalls == 0 || run(c, norm, timing->warmingCalls, &ignored, error)) &&
         run(c, norm, timing->calls, ms, error);
}

/* What ran before has left more or less in the last cache of what a kernel reads: in each turn that
 * is another one. */
static void shuffle(int *order, int count, uint64_t *random) {
  for (int k = count - 1; k > 0; --k) {
    *random = *random * 6364136223846793005 + 1442695040888963407;
    int other = (int)((*random >> 33) % (uint64_t)(k + 1)), own = order[k];
    order[k] = order[other];
    order[other] = own;
  }
}

/* The first calls at a new place are slower, by a sixth where rows come from memory. */
static bool settle(const BenchColumns *columns, const Timing *timings, int place,
                   ExecError *error) {
  double ignored;
  for (int k = 0; k < columns->count; ++k) {
    BenchNorm norm = benchColumnNorm(columns, &columns->columns[k]);
    if (!isLeftOut(&timings[k], place) && !run(&columns->columns[k], &norm, 1, &ignored, error))
      return false;
  }
  return true;
}

static bool takeTurns(const BenchColumns *columns, Timing *timings, int place, int *order,
                      uint64_t *random, ExecError *error) {
  for (int turn = 0; turn < MAX_TURNS; ++turn) {
    shuffle(order, columns->count, random);
    for (int i = 0; i < columns->count; ++i) {
      const BenchColumn *c = &columns->columns[order[i]];
      Timing *timing = &timings[order[i]];
      BenchNorm norm = benchColumnNorm(columns, c);
      if (turn >= timing->turns || isLeftOut(timing, place))
        continue;
      if (!takeTurn(c, &norm, timing, &timing->ms[timing->count++], error))
        return false;
    }
  }
  return true;
}

bool benchColumnsTime(BenchColumns *columns, const BenchSetup *setup, ExecError *error) {
  Timing timings[BENCH_MAX_COLUMNS];
  int order[BENCH_MAX_COLUMNS], places = setup->quick ? 1 : PLACES;
  for (int k = 0; k < columns->count; ++k) {
    const BenchColumn *c = &columns->columns[k];
    BenchNorm norm = benchColumnNorm(columns, c);
    order[k] = k;
    if (!plan(c, &norm, &timings[k], error))
      return false;
  }
  uint64_t random = 1;
  for (int place = 0; place < places; ++place) {
    if (place > 0 && !benchTensorsMove(columns->tensors, error))
      return false;
    columns->norm = benchTensorsNorm(columns->tensors, columns->norm.sum != NULL);
    if (!settle(columns, timings, place, error) ||
        !takeTurns(columns, timings, place, order, &random, error))
      return false;
  }
  for (int k = 0; k < columns->count; ++k) {
    Timing *timing = &timings[k];
    columns->columns[k].us = 1e3 * benchMedian(timing->ms, timing->count) / timing->calls;
  }
  return true;
}
