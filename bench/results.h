/* What was measured: as a table, as JSON, and as the ratios that matter. */

#ifndef ADDNORM_BENCH_RESULTS_H
#define ADDNORM_BENCH_RESULTS_H

#include <cjson/cJSON.h>

#include "bench/columns.h"

/* The whole sweep is gone through so often: what else the host does for a minute slows some of the
 * visits to a case, and not all. */
enum { BENCH_VISITS = 4 };

typedef struct BenchResult {
  BenchNorm norm; /* of its pointers only whether they are null */
  const char *kernel;
  int threads;
  bool isPeer;
  double visits[BENCH_VISITS]; /* us of a call; 0: left out */
  double us;                   /* the least of these */
  int64_t movedBytes;          /* in a call by all kernels of a compiled graph; 0 for the others */
} BenchResult;

typedef struct BenchResults {
  BenchResult *results;
  size_t count;
  bool hugePages;
} BenchResults;

/* Adds what was measured on visit number `visit`. */
void benchResultsAdd(BenchResults *results, const BenchColumns *columns, int visit);
void benchResultsDestroy(BenchResults *results);

bool benchSameCase(const BenchNorm *a, const BenchNorm *b);

/* What `kernel` took in a case; null when it was not measured. */
BenchResult *benchResultOf(const BenchResults *results, const BenchNorm *norm, const char *kernel,
                           int threads);

void benchPrintTable(const BenchResults *results);

/* The median and the least of each ratio that the project is held to, over all cases; and the
 * graphs of the demo. */
void benchPrintSummary(const BenchResults *results);

cJSON *benchResultsToJson(const BenchResults *results);

#endif /* ADDNORM_BENCH_RESULTS_H */
