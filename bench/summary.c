/* The ratios that the project is held to, each over all cases that it is about. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/results.h"
#include "codegen/cpu.h"

/* Times as fast as on one thread. */
static const double scales = 1.6;

/* The time of something else in the case of a result, on the same visit; 0: none. */
typedef double OtherTime(const BenchResults *results, const BenchResult *result, int visit);

/* A ratio is the time of something else over that of `kernel`, the median over the visits: more is
 * better. */
typedef struct Bar {
  const char *text, *kernel;
  bool allThreads;
  bool (*isAbout)(const BenchResult *result);
  OtherTime *otherTime;
  double median, least;    /* wanted; 0: nothing is */
  double leastOnHugePages; /* 0: the same */
} Bar;

/* --- cases ----------------------------------------------------------------------------------- */

static bool isAny(const BenchResult *r) { return r->norm.r != NULL; }

static bool isF16(const BenchResult *r) { return r->norm.r && r->norm.type == EXEC_F16; }

static bool leavesCache(const BenchResult *r) {
  double outputs = (double)benchTensorBytes(&r->norm) * (r->norm.sum ? 2 : 1);
  return r->norm.r && outputs > (double)addnormCpuNative()->info.cacheBytes;
}

static bool leavesCacheWithoutSum(const BenchResult *r) {
  double bytes = benchCountedBytes(&r->norm);
  return r->norm.r && !r->norm.sum && bytes > (double)addnormCpuNative()->info.cacheBytes;
}

/* So does the norm of one addend. */
static bool normLeavesCache(const BenchResult *r) {
  double bytes = 2 * (double)benchTensorBytes(&r->norm);
  return leavesCacheWithoutSum(r) && bytes > (double)addnormCpuNative()->info.cacheBytes;
}

static bool isF16OutOfCache(const BenchResult *r) { return isF16(r) && leavesCache(r); }

static bool is2048x4096(const BenchResult *r) {
  return r->norm.r && r->norm.rows == 2048 && r->norm.n == 4096;
}

/* --- what to compare with -------------------------------------------------------------------- */

static double timeOf(const BenchResults *results, const BenchNorm *norm, const char *kernel,
                     int threads, int visit) {
  const BenchResult *r = benchResultOf(results, norm, kernel, threads);
  return r ? r->visits[visit] : 0;
}

static double handwritten(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, "handwritten", r->threads, visit);
}

static double stream(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, "stream", r->threads, visit);
}

static double unfused(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, "unfused", r->threads, visit);
}

static double addThenNorm(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, "add+norm", r->threads, visit);
}

static double narrow(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, "narrow", r->threads, visit);
}

static double oneThread(const BenchResults *results, const BenchResult *r, int visit) {
  return timeOf(results, &r->norm, r->kernel, 1, visit);
}

static double fastestPeer(const BenchResults *results, const BenchResult *r, int visit) {
  double fastest = 0;
  for (size_t i = 0; i < results->count; ++i) {
    const BenchResult *peer = &results->results[i];
    double us = peer->visits[visit];
    if (peer->isPeer && peer->threads == r->threads && benchSameCase(&peer->norm, &r->norm) &&
        us > 0 && (fastest == 0 || us < fastest))
      fastest = us;
  }
  return fastest;
}

/* The time that the three tensors would take at the rate of the two with one addend. */
static double atRateOfOneAddend(const BenchResults *results, const BenchResult *r,
                                const char *kernel, int visit) {
  BenchNorm norm = r->norm;
  norm.r = NULL;
  return 1.5 * timeOf(results, &norm, kernel, r->threads, visit);
}

static double normAlone(const BenchResults *results, const BenchResult *r, int visit) {
  return atRateOfOneAddend(results, r, "norm", visit);
}

static double streamAlone(const BenchResults *results, const BenchResult *r, int visit) {
  return atRateOfOneAddend(results, r, "stream", visit);
}

/* 0 where there is nothing else. */
static double ratioOf(const BenchResults *results, const BenchResult *r, OtherTime *otherTime) {
  double ratios[BENCH_VISITS];
  int count = 0;
  for (int visit = 0; visit < BENCH_VISITS; ++visit) {
    double other = otherTime(results, r, visit);
    if (other > 0 && r->visits[visit] > 0)
      ratios[count++] = other / r->visits[visit];
  }
  return count ? benchMedian(ratios, count) : 0;
}

/* Threads that share a memory which one of them fills gain nothing. */
static double oneThreadIfStreamScales(const BenchResults *results, const BenchResult *r,
                                      int visit) {
  const BenchResult *all = benchResultOf(results, &r->norm, "stream", r->threads);
  return all && ratioOf(results, all, oneThread) >= scales ? oneThread(results, r, visit) : 0;
}

/* --- the bars -------------------------------------------------------------------------------- */

static const Bar bars[] = {
    {"handwritten", "addnorm", false, isAny, handwritten, 1.0, 0.9, 0},
    {"stream, outputs out of cache", "addnorm", false, leavesCache, stream, 0, 0.7, 0.8},
    {"fastest peer, one thread", "addnorm", false, isAny, fastestPeer, 2.5, 1.5, 0},
    {"fastest peer, all threads", "addnorm", true, isAny, fastestPeer, 2.0, 1.0, 0},
    {"unfused, f16", "addnorm", false, isF16, unfused, 0, 5.0, 0},
    {"add, then norm, out of cache", "addnorm", false, leavesCacheWithoutSum, addThenNorm, 0, 1.6,
     0},
    {"norm alone, per byte, out of cache", "addnorm", false, normLeavesCache, normAlone, 0, 1 / 1.1,
     0},
    {"stream, the same", "stream", false, normLeavesCache, streamAlone, 0, 0, 0},
    {"one thread, 2048x4096", "addnorm", true, is2048x4096, oneThread, 0, 0, 0},
    {"one thread, 2048x4096: stream", "stream", true, is2048x4096, oneThread, 0, 0, 0},
    {"one thread, where stream scales", "addnorm", true, is2048x4096, oneThreadIfStreamScales, 0,
     scales, 0},
    {"f16 inside, out of cache: handwritten", "handwritten", false, isF16OutOfCache, narrow, 0,
     1 / 1.05, 0},
};

typedef struct Ratios {
  double *values;
  int count;
  double least;
  const BenchResult *leastAt;
} Ratios;

static Ratios collect(const BenchResults *results, const Bar *bar) {
  Ratios ratios = {.values = malloc(sizeof *ratios.values * (results->count + 1))};
  for (size_t i = 0; i < results->count; ++i) {
    const BenchResult *r = &results->results[i];
    if (strcmp(r->kernel, bar->kernel) != 0 || (r->threads > 1) != bar->allThreads ||
        !bar->isAbout(r))
      continue;
    double ratio = ratioOf(results, r, bar->otherTime);
    if (ratio == 0)
      continue;
    if (ratios.count == 0 || ratio < ratios.least) {
      ratios.least = ratio;
      ratios.leastAt = r;
    }
    ratios.values[ratios.count++] = ratio;
  }
  return ratios;
}

static void printWanted(double wanted) {
  if (wanted > 0)
    printf(" %6.2f", wanted);
  else
    printf(" %6s", "");
}

static void printBar(const Bar *bar, bool hugePages, Ratios *ratios) {
  printf("%-38s", bar->text);
  const BenchNorm *at = &ratios->leastAt->norm;
  double median = benchMedian(ratios->values, ratios->count);
  printf(" %5d %7.2f", ratios->count, median);
  printWanted(bar->median);
  double least = hugePages && bar->leastOnHugePages > 0 ? bar->leastOnHugePages : bar->least;
  printf(" %7.2f", ratios->least);
  printWanted(least);
  bool reached = median >= bar->median && ratios->least >= least;
  printf("  %-7s %" PRId64 "x%" PRId64 "x%s%s\n",
         bar->median + least == 0 ? ""
         : reached                ? "reached"
                                  : "missed",
         at->rows, at->n, execElementName(at->type), at->sum ? " with sum" : "");
}

/* What tools/addnorm-demo shows of one layer, in the same order. */
static void printDemo(const BenchResults *results) {
  static const struct {
    const char *text, *kernel;
    ExecElement type;
  } graphs[] = {{"unfused f16 graph", "unfused", EXEC_F16},
                {"norm alone fused, f16 sum", "add+norm", EXEC_F16},
                {"fused add + norm, f32 inside", "addnorm", EXEC_F16},
                {"whole graph in f32", "unfused", EXEC_F32}};
  const char *head = "\none layer of the demo, 64x4096          moved bytes          us\n";
  for (size_t g = 0; g < sizeof graphs / sizeof *graphs; ++g)
    for (size_t i = 0; i < results->count; ++i) {
      const BenchResult *r = &results->results[i];
      if (r->norm.rows != 64 || r->norm.n != 4096 || r->norm.sum || r->threads > 1 ||
          r->norm.type != graphs[g].type || strcmp(r->kernel, graphs[g].kernel) != 0)
        continue;
      printf("%s%-38s %12" PRId64 " %11.2f\n", head, graphs[g].text, r->movedBytes, r->us);
      head = "";
    }
}

void benchPrintSummary(const BenchResults *results) {
  printf("\n%-38s %5s %7s %6s %7s %6s\n", "times as fast as", "cases", "median", "wanted", "least",
         "wanted");
  for (size_t i = 0; i < sizeof bars / sizeof *bars; ++i) {
    Ratios ratios = collect(results, &bars[i]);
    if (ratios.count > 0)
      printBar(&bars[i], results->hugePages, &ratios);
    free(ratios.values);
  }
  printDemo(results);
}
