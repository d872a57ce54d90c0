#include "tools/addnorm-demo/experiment.h"

#include <stdlib.h>

#include "lib/exec/program.h"
#include "tools/addnorm-demo/graph.h"
#include "tools/addnorm-demo/reference.h"
#include "tools/addnorm-demo/traffic.h"

enum { TIMED_CALLS = 9 };

static const struct {
  ExecElement element;
  ExecLowering lowering;
} variants[DEMO_NUM_GRAPHS] = {
    [DEMO_UNFUSED] = {EXEC_F16, {.fusion = EXEC_FUSE_NONE, .target = "vector"}},
    [DEMO_NORM_FUSED] = {EXEC_F16, {.fusion = EXEC_FUSE_NORM, .target = "vector"}},
    [DEMO_FUSED] = {EXEC_F16, {.fusion = EXEC_FUSE_ADD_NORM, .target = "vector"}},
    [DEMO_WIDENED] = {EXEC_F16,
                      {.fusion = EXEC_FUSE_ADD_NORM, .widenResidual = true, .target = "vector"}},
    [DEMO_F32] = {EXEC_F32, {.fusion = EXEC_FUSE_NONE, .target = "vector"}},
};

static bool loadGraph(ExecModel *model, DemoGraph graph, DemoGraphSpec spec, ExecError *error) {
  spec.element = variants[graph].element;
  char *text = demoGraphWrite(&spec);
  bool ok = execModelParse(model, demoGraphNames[graph], text, error);
  free(text);
  return ok;
}

/* A layer: an add kernel (2 reads, 1 write) and a norm kernel (1 read, 1 write), or both as one (2
 * reads, and a write more where the sum is read again); each norm reads gamma. The widened graph
 * stores the sums between its layers in f32. */
static void setIdeal(const DemoGraphSpec *spec, DemoGraph graph, DemoTraffic *traffic) {
  int sumsBetween = spec->numLayers - 1;
  bool fused = graph == DEMO_FUSED || graph == DEMO_WIDENED;
  traffic->idealAccesses =
      fused ? 3 * spec->numLayers + sumsBetween + spec->returnsSum : 5 * spec->numLayers;
  int64_t size = (int64_t)execElementSize(variants[graph].element);
  int64_t wider = graph == DEMO_WIDENED ? (int64_t)execElementSize(EXEC_F32) - size : 0;
  int64_t rowBytes = traffic->idealAccesses * size + 2 * sumsBetween * wider;
  traffic->idealBytes = (rowBytes * spec->rows + spec->numLayers * size) * spec->n;
}

static bool countTraffic(const DemoGraphSpec *spec, DemoGraph graph, DemoTraffic *traffic,
                         ExecError *error) {
  ExecModel model;
  bool ok = loadGraph(&model, graph, *spec, error);
  if (ok) {
    ok = execFuse(&model, &variants[graph].lowering) && execLowerToLinalg(&model);
  }
  if (ok)
    demoTrafficCount(&model, spec->n, traffic);
  setIdeal(spec, graph, traffic);
  execModelDestroy(&model);
  return ok;
}

static bool compileGraph(const DemoGraphSpec *spec, DemoGraph graph, ExecProgram *program,
                         ExecError *error) {
  ExecModel model;
  MlirOperation entry;
  bool ok = loadGraph(&model, graph, *spec, error) &&
            execModelFindFunction(&model, "main", &entry) &&
            execProgramCreate(program, &model, entry, &variants[graph].lowering);
  execModelDestroy(&model);
  return ok;
}

static void destroyTensors(ExecTensor *tensors, int count) {
  for (int i = 0; i < count; ++i)
    execTensorDestroy(&tensors[i]);
}

static int compareDoubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The graphs take turns, so that a disturbance meets all of them; the first call of each, whose
 * results were judged, was the warm-up. */
static bool timeGraphs(ExecProgram programs[DEMO_NUM_GRAPHS],
                       const DemoInputs *inputs[DEMO_NUM_GRAPHS], DemoFamilyResult *family,
                       ExecError *error) {
  double seconds[DEMO_NUM_GRAPHS][TIMED_CALLS];
  for (int call = 0; call < TIMED_CALLS; ++call)
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
      ExecTensor ys[DEMO_MAX_LAYERS];
      ExecCallStats stats;
      if (!execProgramCall(&programs[g], inputs[g]->tensors, ys, &stats, error))
        return false;
      destroyTensors(ys, family->numLayers);
      seconds[g][call] = stats.seconds;
    }
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
    qsort(seconds[g], TIMED_CALLS, sizeof seconds[g][0], compareDoubles);
    family->seconds[g] = seconds[g][TIMED_CALLS / 2];
  }
  return true;
}

static bool measure(ExecProgram programs[DEMO_NUM_GRAPHS],
                    const DemoInputs *inputs[DEMO_NUM_GRAPHS], DemoFamilyResult *family,
                    ExecError *error) {
  ExecTensor ys[DEMO_NUM_GRAPHS][DEMO_MAX_LAYERS] = {0};
  const ExecTensor *results[DEMO_NUM_GRAPHS];
  bool ok = true;
  for (int g = 0; g < DEMO_NUM_GRAPHS && ok; ++g) {
    results[g] = ys[g];
    ok = execProgramCall(&programs[g], inputs[g]->tensors, ys[g], NULL, error);
  }
  if (ok)
    demoJudge(inputs[DEMO_FUSED], results, family->layers);
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    destroyTensors(ys[g], family->numLayers);
  return ok && timeGraphs(programs, inputs, family, error);
}

static bool runFamily(const DemoResults *results, const DemoFamily *family,
                      ExecProgram programs[DEMO_NUM_GRAPHS], DemoFamilyResult *result,
                      ExecError *error) {
  *result = (DemoFamilyResult){
      .name = family->name, .passesF16 = family->passesF16, .numLayers = family->numLayers};
  DemoInputs narrow = {0}, wide = {0};
  bool ok = demoInputsCreate(&narrow, family, results->rows, results->n, results->seed, error) &&
            demoInputsWiden(&wide, &narrow, error);
  const DemoInputs *inputs[DEMO_NUM_GRAPHS];
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    inputs[g] = variants[g].element == EXEC_F32 ? &wide : &narrow;
  ok = ok && measure(programs, inputs, result, error);
  demoInputsDestroy(&wide);
  demoInputsDestroy(&narrow);
  return ok;
}

/* All families of `numLayers` layers, on one set of compiled graphs. */
static bool runFamilies(DemoResults *results, int numLayers, ExecError *error) {
  DemoGraphSpec spec = {.rows = results->rows, .n = results->n, .numLayers = numLayers};
  ExecProgram programs[DEMO_NUM_GRAPHS] = {0};
  bool ok = true;
  for (DemoGraph g = 0; g < DEMO_NUM_GRAPHS && ok; ++g)
    ok = compileGraph(&spec, g, &programs[g], error);
  for (int i = 0; i < DEMO_NUM_FAMILIES && ok; ++i)
    if (demoFamilies[i].numLayers == numLayers)
      ok = runFamily(results, &demoFamilies[i], programs, &results->families[i], error);
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    execProgramDestroy(&programs[g]);
  return ok;
}

bool demoRun(DemoResults *results, ExecError *error) {
  bool ok = true;
  for (int shape = 0; shape < DEMO_NUM_SHAPES; ++shape) {
    DemoGraphSpec spec = {.rows = results->rows,
                          .n = results->n,
                          .numLayers = shape == DEMO_CHAIN ? DEMO_MAX_LAYERS : 1,
                          .returnsSum = shape == DEMO_LAYER_AND_SUM};
    for (DemoGraph g = 0; g < DEMO_NUM_GRAPHS && ok; ++g)
      ok = countTraffic(&spec, g, &results->traffic[shape][g], error);
  }
  return ok && runFamilies(results, 1, error) && runFamilies(results, DEMO_MAX_LAYERS, error);
}
