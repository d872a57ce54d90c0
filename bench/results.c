#include "bench/results.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

bool benchSameCase(const BenchNorm *a, const BenchNorm *b) {
  return a->rows == b->rows && a->n == b->n && a->type == b->type && a->gammaType == b->gammaType &&
         !a->r == !b->r && !a->sum == !b->sum;
}

BenchResult *benchResultOf(const BenchResults *results, const BenchNorm *norm, const char *kernel,
                           int threads) {
  for (size_t i = 0; i < results->count; ++i) {
    BenchResult *r = &results->results[i];
    if (r->threads == threads && strcmp(r->kernel, kernel) == 0 && benchSameCase(&r->norm, norm))
      return r;
  }
  return NULL;
}

static BenchResult *append(BenchResults *results, const BenchNorm *norm, const BenchColumn *c) {
  size_t size = sizeof *results->results * (results->count + 1);
  results->results = realloc(results->results, size);
  BenchResult *r = &results->results[results->count++];
  *r = (BenchResult){.norm = *norm,
                     .kernel = c->kernel,
                     .threads = c->threads,
                     .isPeer = c->peer != NULL,
                     .movedBytes = c->compiled ? c->compiled->movedBytes : 0};
  return r;
}

void benchResultsAdd(BenchResults *results, const BenchColumns *columns, int visit) {
  for (int k = 0; k < columns->count; ++k) {
    const BenchColumn *c = &columns->columns[k];
    BenchNorm norm = benchColumnNorm(columns, c);
    BenchResult *r = benchResultOf(results, &norm, c->kernel, c->threads);
    if (!r)
      r = append(results, &norm, c);
    r->us = r->us == 0 || c->us < r->us ? c->us : r->us;
    r->visits[visit] = c->us;
  }
}

void benchResultsDestroy(BenchResults *results) { free(results->results); }

/* --- the table ------------------------------------------------------------------------------- */

/* The add, the square and its sum, and two products. */
static double countFlops(const BenchNorm *norm) {
  return (double)(norm->rows * norm->n) * (norm->r ? 5 : 4);
}

static const char *typeName(const BenchNorm *norm) {
  return norm->gammaType == norm->type ? execElementName(norm->type) : "bf16*f32";
}

static void printHead(void) {
  printf("%6s %6s %-8s %4s %-4s %7s %-13s %11s %8s %9s %9s\n", "rows", "n", "type", "adds", "sum",
         "threads", "kernel", "us", "GB/s", "FLOP/byte", "of_stream");
}

void benchPrintTable(const BenchResults *results) {
  printHead();
  for (size_t i = 0; i < results->count; ++i) {
    const BenchResult *r = &results->results[i];
    double bytes = benchCountedBytes(&r->norm);
    const BenchResult *stream = benchResultOf(results, &r->norm, "stream", r->threads);
    printf("%6" PRId64 " %6" PRId64 " %-8s %4d %-4s %7d %-13s %11.2f %8.2f %9.2f", r->norm.rows,
           r->norm.n, typeName(&r->norm), r->norm.r ? 2 : 1, r->norm.sum ? "yes" : "no", r->threads,
           r->kernel, r->us, bytes / r->us * 1e-3, countFlops(&r->norm) / bytes);
    if (stream)
      printf(" %9.2f\n", stream->us / r->us);
    else
      printf(" %9s\n", "-");
  }
}

cJSON *benchResultsToJson(const BenchResults *results) {
  cJSON *array = cJSON_CreateArray();
  for (size_t i = 0; i < results->count; ++i) {
    const BenchResult *r = &results->results[i];
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "rows", (double)r->norm.rows);
    cJSON_AddNumberToObject(row, "n", (double)r->norm.n);
    cJSON_AddStringToObject(row, "type", execElementName(r->norm.type));
    cJSON_AddStringToObject(row, "gamma", execElementName(r->norm.gammaType));
    cJSON_AddNumberToObject(row, "addends", r->norm.r ? 2 : 1);
    cJSON_AddBoolToObject(row, "sum", r->norm.sum != NULL);
    cJSON_AddBoolToObject(row, "huge_pages", results->hugePages);
    cJSON_AddNumberToObject(row, "threads", r->threads);
    cJSON_AddStringToObject(row, "kernel", r->kernel);
    cJSON_AddNumberToObject(row, "us", r->us);
    cJSON_AddItemToObject(row, "visits", cJSON_CreateDoubleArray(r->visits, BENCH_VISITS));
    cJSON_AddNumberToObject(row, "bytes", benchCountedBytes(&r->norm));
    cJSON_AddItemToArray(array, row);
  }
  return array;
}
