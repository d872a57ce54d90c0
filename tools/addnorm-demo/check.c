#include "tools/addnorm-demo/results.h"

#include <inttypes.h>
#include <stdarg.h>

const char *const demoGraphNames[DEMO_NUM_GRAPHS] = {
    [DEMO_UNFUSED] = "unfused f16 graph",
    [DEMO_NORM_FUSED] = "norm alone fused, f16 sum",
    [DEMO_FUSED] = "fused add + norm, f32 inside",
    [DEMO_WIDENED] = "fused, stream widened",
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
  int64_t widened = traffic[DEMO_WIDENED].bytes;
  expect(c, fused < normFused,
         "%s: the fused kernel moves %" PRId64 " bytes, the fused norm %" PRId64, what, fused,
         normFused);
  expect(c, normFused < traffic[DEMO_UNFUSED].bytes,
         "%s: the fused norm moves %" PRId64 " bytes, the unfused graph %" PRId64, what, normFused,
         traffic[DEMO_UNFUSED].bytes);
  expect(c, fused < traffic[DEMO_F32].bytes,
         "%s: the fused kernel moves %" PRId64 " bytes, the f32 graph %" PRId64, what, fused,
         traffic[DEMO_F32].bytes);
  expect(c, widened < traffic[DEMO_F32].bytes,
         "%s: the widened graph moves %" PRId64 " bytes, the f32 graph %" PRId64, what, widened,
         traffic[DEMO_F32].bytes);
}

/* The f32 stream costs bytes, but only where there is one: between layers. */
static void checkWidenedBytes(Checker *c, const DemoResults *results) {
  for (int shape = 0; shape < DEMO_NUM_SHAPES; ++shape) {
    int64_t fused = results->traffic[shape][DEMO_FUSED].bytes;
    int64_t widened = results->traffic[shape][DEMO_WIDENED].bytes;
    expect(c, shape == DEMO_CHAIN ? widened > fused : widened == fused,
           "bytes of %s: %" PRId64 " widened, %" PRId64 " fused",
           shape == DEMO_CHAIN ? "the chain" : "one layer", widened, fused);
  }
}

/* `stored`: the rows of which the residual stream that this layer reads is finite in f16. */
static void checkLayer(Checker *c, const char *where, const DemoLayer *layer, int64_t rows,
                       int64_t stored) {
  for (DemoGraph g = DEMO_UNFUSED; g <= DEMO_NORM_FUSED; ++g)
    expect(c, layer->graphs[g].finiteRows == rows - layer->rowsPastF16,
           "%s: %s has %" PRId64 " finite rows, but the sums of %" PRId64 " fit f16", where,
           demoGraphNames[g], layer->graphs[g].finiteRows, rows - layer->rowsPastF16);
  const DemoAccuracy *fused = &layer->graphs[DEMO_FUSED], *wide = &layer->graphs[DEMO_F32];
  expect(c, fused->finiteRows >= stored,
         "%s: %s has %" PRId64 " finite rows, but %" PRId64 " have finite inputs", where,
         demoGraphNames[DEMO_FUSED], fused->finiteRows, stored);
  expect(c, fused->maxError <= 1, "%s: %s is off by %g ulps", where, demoGraphNames[DEMO_FUSED],
         fused->maxError);
  const DemoAccuracy *widened = &layer->graphs[DEMO_WIDENED];
  expect(c, widened->finiteRows == rows, "%s: %s has %" PRId64 " finite rows of %" PRId64, where,
         demoGraphNames[DEMO_WIDENED], widened->finiteRows, rows);
  expect(c, widened->maxError <= 1, "%s: %s is off by %g ulps", where, demoGraphNames[DEMO_WIDENED],
         widened->maxError);
  expect(c, wide->finiteRows == rows, "%s: %s has %" PRId64 " finite rows of %" PRId64, where,
         demoGraphNames[DEMO_F32], wide->finiteRows, rows);
  expect(c, layer->fusedAgainstF32 <= 1, "%s: fused and f32 graph are %g ulps apart", where,
         layer->fusedAgainstF32);
}

static void checkFamily(Checker *c, const DemoFamilyResult *family, int64_t rows) {
  int64_t stored = rows;
  for (int i = 0; i < family->numLayers; ++i) {
    char where[64];
    snprintf(where, sizeof where, "%s, layer %d", family->name, i + 1);
    checkLayer(c, where, &family->layers[i], rows, stored);
    stored = rows - family->layers[i].rowsPastF16;
  }
  expect(c, !family->passesF16 || stored < rows, "%s: no sum passes 65504", family->name);
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
  checkBytes(&checker, results->traffic[DEMO_LAYER], "bytes without sum");
  checkBytes(&checker, results->traffic[DEMO_LAYER_AND_SUM], "bytes with sum");
  checkBytes(&checker, results->traffic[DEMO_CHAIN], "bytes of the chain");
  checkWidenedBytes(&checker, results);
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i)
    checkFamily(&checker, &results->families[i], results->rows);
  checkRounding(&checker, &results->families[DEMO_ROUNDING].layers[0]);
  return checker.violations;
}
