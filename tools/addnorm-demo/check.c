#include "tools/addnorm-demo/results.h"

#include <inttypes.h>
#include <stdarg.h>

const char *const demoGraphNames[DEMO_NUM_GRAPHS] = {
    [DEMO_UNFUSED] = "unfused f16 graph",
    [DEMO_NORM_FUSED] = "norm alone fused, f16 sum",
    [DEMO_FUSED] = "fused add + norm, f32 inside",
    [DEMO_F32] = "whole graph in f32",
};

typedef struct Checker {
  FILE *out;
  int violations;
} Checker;

static void expect(Checker *c, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void expect(Checker *c, bool holds, const char *format, ...) {
  if (holds)
    return;
  ++c->violations;
  va_list arguments;
  va_start(arguments, format);
  vfprintf(c->out, format, arguments);
  va_end(arguments);
  fputc('\n', c->out);
}

static void checkBytes(Checker *c, const DemoTraffic traffic[DEMO_NUM_GRAPHS], const char *what) {
  int64_t fused = traffic[DEMO_FUSED].bytes, normFused = traffic[DEMO_NORM_FUSED].bytes;
  expect(c, fused < normFused, "%s: the fused kernel moves %" PRId64 " bytes, the fused norm %" PRId64,
         what, fused, normFused);
  expect(c, normFused < traffic[DEMO_UNFUSED].bytes,
         "%s: the fused norm moves %" PRId64 " bytes, the unfused graph %" PRId64, what, normFused,
         traffic[DEMO_UNFUSED].bytes);
  expect(c, fused < traffic[DEMO_F32].bytes,
         "%s: the fused kernel moves %" PRId64 " bytes, the f32 graph %" PRId64, what, fused,
         traffic[DEMO_F32].bytes);
}

/* `stored`: the rows of which the residual stream that this layer reads is finite in f16. */
static void checkLayer(Checker *c, const DemoResults *results, const DemoFamilyResult *family,
                       int layer, int64_t stored) {
  const DemoLayer *l = &family->layers[layer];
  for (DemoGraph g = DEMO_UNFUSED; g <= DEMO_NORM_FUSED; ++g)
    expect(c, l->graphs[g].finiteRows == results->rows - l->rowsPastF16,
           "%s, layer %d: %s has %" PRId64 " finite rows, but the sums of %" PRId64 " fit f16",
           family->name, layer, demoGraphNames[g], l->graphs[g].finiteRows,
           results->rows - l->rowsPastF16);
  const DemoAccuracy *fused = &l->graphs[DEMO_FUSED];
  expect(c, fused->finiteRows >= stored,
         "%s, layer %d: %s has %" PRId64 " finite rows, but %" PRId64 " have finite inputs",
         family->name, layer, demoGraphNames[DEMO_FUSED], fused->finiteRows, stored);
  expect(c, fused->maxError <= 1, "%s, layer %d: %s is off by %g ulps", family->name, layer,
         demoGraphNames[DEMO_FUSED], fused->maxError);
  expect(c, l->graphs[DEMO_F32].finiteRows == results->rows,
         "%s, layer %d: %s has %" PRId64 " finite rows of %" PRId64, family->name, layer,
         demoGraphNames[DEMO_F32], l->graphs[DEMO_F32].finiteRows, results->rows);
  expect(c, l->fusedAgainstF32 <= 1, "%s, layer %d: fused and f32 graph are %g ulps apart",
         family->name, layer, l->fusedAgainstF32);
}

static void checkFamily(Checker *c, const DemoResults *results, const DemoFamilyResult *family) {
  int64_t stored = results->rows;
  for (int i = 0; i < family->numLayers; ++i) {
    checkLayer(c, results, family, i, stored);
    stored = results->rows - family->layers[i].rowsPastF16;
  }
  expect(c, !family->passesF16 || stored < results->rows, "%s: no sum passes 65504", family->name);
}

/* Where nothing overflows, each rounding of the sum still costs. */
static void checkRounding(Checker *c, const DemoLayer *l) {
  expect(c, l->rowsPastF16 == 0, "rounding: %" PRId64 " rows overflow", l->rowsPastF16);
  for (DemoGraph g = DEMO_UNFUSED; g <= DEMO_NORM_FUSED; ++g)
    expect(c, l->graphs[g].maxError > l->graphs[DEMO_FUSED].maxError,
           "rounding: %s is off by %g ulps, the fused kernel by %g", demoGraphNames[g],
           l->graphs[g].maxError, l->graphs[DEMO_FUSED].maxError);
}

int demoCheck(const DemoResults *results, FILE *out) {
  Checker checker = {out, 0};
  checkBytes(&checker, results->traffic[0], "bytes without sum");
  checkBytes(&checker, results->traffic[1], "bytes with sum");
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i)
    checkFamily(&checker, results, &results->families[i]);
  checkRounding(&checker, &results->families[DEMO_ROUNDING].layers[0]);
  return checker.violations;
}
