/* demoCheck accepts results as the theory predicts them, and notices each single deviation. */

#include "tools/addnorm-demo/results.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 8, OVERFLOWING_ROWS = 3 };

/* What a layer looks like of which `past` rows are past 65504, `before` of them in the layer
 * before. */
static DemoLayer layerOf(int64_t past, int64_t before) {
  return (DemoLayer){.largestSum = past ? 70000 : 60000,
                     .rowsPastF16 = past,
                     .graphs = {[DEMO_UNFUSED] = {.finiteRows = ROWS - past, .maxError = 2},
                                [DEMO_NORM_FUSED] = {.finiteRows = ROWS - past, .maxError = 1.5},
                                [DEMO_FUSED] = {.finiteRows = ROWS - before, .maxError = 0.5},
                                [DEMO_WIDENED] = {.finiteRows = ROWS, .maxError = 0.5},
                                [DEMO_F32] = {.finiteRows = ROWS, .maxError = 0.5}},
                     .fusedAgainstF32 = 1};
}

static DemoResults goodResults(void) {
  DemoResults results = {.rows = ROWS, .n = 64};
  static const int64_t bytes[DEMO_NUM_SHAPES][DEMO_NUM_GRAPHS] = {
      {140, 50, 30, 30, 100}, {140, 50, 40, 40, 100}, {420, 150, 110, 160, 300}};
  for (int shape = 0; shape < DEMO_NUM_SHAPES; ++shape)
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
      results.traffic[shape][g].bytes = bytes[shape][g];
  static const char *const names[DEMO_NUM_FAMILIES] = {"overflow", "spikes", "tails", "rounding",
                                                       "depth"};
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i)
    results.families[i] =
        (DemoFamilyResult){.name = names[i], .numLayers = 1, .layers = {layerOf(0, 0)}};
  DemoFamilyResult *overflow = &results.families[DEMO_OVERFLOW];
  overflow->passesF16 = true;
  overflow->layers[0] = layerOf(OVERFLOWING_ROWS, 0);
  DemoFamilyResult *depth = &results.families[DEMO_DEPTH];
  depth->passesF16 = true;
  depth->numLayers = 3;
  depth->layers[1] = layerOf(OVERFLOWING_ROWS, 0);
  depth->layers[2] = layerOf(OVERFLOWING_ROWS + 1, OVERFLOWING_ROWS);
  return results;
}

static DemoAccuracy *accuracyIn(DemoResults *results, int family, int layer, DemoGraph graph) {
  return &results->families[family].layers[layer].graphs[graph];
}

/* One layer moves the same, widened or not. */
static void setLayerBytes(DemoTraffic traffic[DEMO_NUM_GRAPHS], int64_t bytes) {
  traffic[DEMO_FUSED].bytes = traffic[DEMO_WIDENED].bytes = bytes;
}
static void fusedMovesAsMuch(DemoResults *r) {
  setLayerBytes(r->traffic[DEMO_LAYER], r->traffic[DEMO_LAYER][DEMO_NORM_FUSED].bytes);
}
static void fusedWithSumMovesAsMuch(DemoResults *r) {
  DemoTraffic *traffic = r->traffic[DEMO_LAYER_AND_SUM];
  setLayerBytes(traffic, traffic[DEMO_NORM_FUSED].bytes);
}
static void normFusedMovesMore(DemoResults *r) {
  r->traffic[0][DEMO_NORM_FUSED].bytes = r->traffic[0][DEMO_UNFUSED].bytes;
}
static void f32MovesLess(DemoResults *r) { r->traffic[DEMO_CHAIN][DEMO_F32].bytes = 160; }
static void widenedLayerMovesMore(DemoResults *r) { r->traffic[0][DEMO_WIDENED].bytes = 31; }
static void widenedChainMovesAsMuch(DemoResults *r) {
  r->traffic[DEMO_CHAIN][DEMO_WIDENED].bytes = r->traffic[DEMO_CHAIN][DEMO_FUSED].bytes;
}
static void nothingOverflows(DemoResults *r) {
  r->families[DEMO_OVERFLOW].layers[0] = layerOf(0, 0);
}
static void unfusedSurvives(DemoResults *r) {
  accuracyIn(r, DEMO_OVERFLOW, 0, DEMO_UNFUSED)->finiteRows = ROWS;
}
static void normFusedSurvives(DemoResults *r) {
  accuracyIn(r, DEMO_OVERFLOW, 0, DEMO_NORM_FUSED)->finiteRows = ROWS;
}
static void fusedLosesRow(DemoResults *r) {
  accuracyIn(r, DEMO_SPIKES, 0, DEMO_FUSED)->finiteRows = ROWS - 1;
}
static void f32LosesRow(DemoResults *r) {
  accuracyIn(r, DEMO_TAILS, 0, DEMO_F32)->finiteRows = ROWS - 1;
}
static void fusedInaccurate(DemoResults *r) {
  accuracyIn(r, DEMO_TAILS, 0, DEMO_FUSED)->maxError = 1.01;
}
static void widenedInaccurate(DemoResults *r) {
  accuracyIn(r, DEMO_ROUNDING, 0, DEMO_WIDENED)->maxError = 1.01;
}
static void widenedLosesRowInDepth(DemoResults *r) {
  accuracyIn(r, DEMO_DEPTH, 2, DEMO_WIDENED)->finiteRows = ROWS - OVERFLOWING_ROWS;
}
static void fusedApartFromF32(DemoResults *r) {
  r->families[DEMO_SPIKES].layers[0].fusedAgainstF32 = 2;
}
static void unfusedExact(DemoResults *r) {
  accuracyIn(r, DEMO_ROUNDING, 0, DEMO_UNFUSED)->maxError = 0.5;
}
static void normFusedExact(DemoResults *r) {
  accuracyIn(r, DEMO_ROUNDING, 0, DEMO_NORM_FUSED)->maxError = 0.5;
}
static void roundingOverflows(DemoResults *r) {
  r->families[DEMO_ROUNDING].layers[0] = layerOf(1, 0);
}
static void fusedLosesRowInDepth(DemoResults *r) {
  accuracyIn(r, DEMO_DEPTH, 1, DEMO_FUSED)->finiteRows = ROWS - OVERFLOWING_ROWS;
}

static const struct {
  void (*spoil)(DemoResults *results);
  const char *says; /* part of the one line that the check must write */
} deviations[] = {
    {fusedMovesAsMuch, "bytes without sum: the fused kernel moves 50 bytes, the fused norm 50"},
    {fusedWithSumMovesAsMuch, "bytes with sum: the fused kernel"},
    {normFusedMovesMore, "the fused norm moves 140 bytes, the unfused graph 140"},
    {f32MovesLess, "bytes of the chain: the widened graph moves 160 bytes, the f32 graph 160"},
    {widenedLayerMovesMore, "bytes of one layer: 31 widened, 30 fused"},
    {widenedChainMovesAsMuch, "bytes of the chain: 110 widened, 110 fused"},
    {nothingOverflows, "overflow: no sum passes 65504"},
    {unfusedSurvives, "overflow, layer 1: unfused f16 graph has 8 finite rows"},
    {normFusedSurvives, "overflow, layer 1: norm alone fused, f16 sum has 8 finite rows"},
    {fusedLosesRow, "spikes, layer 1: fused add + norm, f32 inside has 7 finite rows"},
    {f32LosesRow, "tails, layer 1: whole graph in f32 has 7 finite rows"},
    {fusedInaccurate, "tails, layer 1: fused add + norm, f32 inside is off by 1.01 ulps"},
    {fusedApartFromF32, "spikes, layer 1: fused and f32 graph are 2 ulps apart"},
    {unfusedExact, "rounding: unfused f16 graph is off by 0.5 ulps"},
    {normFusedExact, "rounding: norm alone fused, f16 sum is off by 0.5 ulps"},
    {roundingOverflows, "rounding: 1 rows overflow"},
    {widenedInaccurate, "rounding, layer 1: fused, stream widened is off by 1.01 ulps"},
    {widenedLosesRowInDepth, "depth, layer 3: fused, stream widened has 5 finite rows of 8"},
    {fusedLosesRowInDepth, "depth, layer 2: fused add + norm, f32 inside has 5 finite rows"},
};
enum { NUM_DEVIATIONS = sizeof deviations / sizeof deviations[0] };

/* Runs the check; the caller frees what it wrote. */
static char *check(const DemoResults *results, int *violations) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  *violations = demoCheck(results, out);
  fclose(out);
  return text;
}

int main(void) {
  int failures = 0, violations;
  DemoResults good = goodResults();
  char *text = check(&good, &violations);
  if (violations != 0 || *text) {
    printf("good results: %d violations: %s", violations, text);
    ++failures;
  }
  free(text);
  for (int i = 0; i < NUM_DEVIATIONS; ++i) {
    DemoResults results = goodResults();
    deviations[i].spoil(&results);
    text = check(&results, &violations);
    if (violations != 1 || !strstr(text, deviations[i].says)) {
      printf("wanted one violation, '%s'; got %d: %s\n", deviations[i].says, violations, text);
      ++failures;
    }
    free(text);
  }
  printf("%d passed, %d failed\n", NUM_DEVIATIONS + 1 - failures, failures);
  return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
