#include "bench/npu_numerics.h"

#include <inttypes.h>
#include <string.h>

#include "tools/addnorm-demo/inputs.h"
#include "tools/addnorm-demo/reference.h"

enum { N = 4096, SEED = 1 };

/* The judge takes a result of each of the demo's graphs; here there is one. */
static DemoLayer judge(const DemoInputs *inputs, const ExecTensor *y) {
  const ExecTensor *ys[DEMO_NUM_GRAPHS];
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    ys[g] = y;
  DemoLayer layer;
  demoJudge(inputs, ys, &layer);
  return layer;
}

/* Runs the op and compares it with the reference. */
static bool runFamily(const DemoInputs *inputs, const AddnormNpuTarget *target, ExecTensor *y,
                      ExecTensor *expected, int64_t *hazards, ExecError *error) {
  BenchNpuNorm norm = {.rows = BENCH_NPU_NUMERIC_ROWS,
                       .n = N,
                       .type = EXEC_F16,
                       .x = inputs->tensors[0].data,
                       .r = inputs->tensors[1].data,
                       .gamma = inputs->tensors[2].data,
                       .y = y->data};
  BenchNpuRun run;
  if (!benchNpuRun(&run, &norm, target, NULL, error))
    return false;
  *hazards += run.hazards;
  norm.y = expected->data;
  if (!benchNpuReference(&norm, error))
    return false;
  return memcmp(y->data, expected->data, execShapeBytes(&y->shape)) == 0 ||
         execFail(error, "%s on inputs of the demo: y has not the bits of the reference",
                  target->name);
}

bool benchNpuNumericsRun(BenchNpuNumerics *numerics, const AddnormNpuTarget *target,
                         ExecError *error) {
  *numerics = (BenchNpuNumerics){.target = target};
  const ExecShape shape = {EXEC_F16, 2, {BENCH_NPU_NUMERIC_ROWS, N}};
  bool ok = true;
  for (int i = 0; i < BENCH_NPU_NUMERICS && ok; ++i) {
    const DemoFamily *family = &demoFamilies[i];
    DemoInputs inputs = {0};
    ExecTensor y = {0}, expected = {0};
    ok = demoInputsCreate(&inputs, family, BENCH_NPU_NUMERIC_ROWS, N, SEED, error) &&
         execTensorCreate(&y, &shape, error) && execTensorCreate(&expected, &shape, error) &&
         runFamily(&inputs, target, &y, &expected, &numerics->hazards, error);
    if (ok) {
      DemoLayer layer = judge(&inputs, &y);
      numerics->family[i] = family->name;
      numerics->rowsPastF16[i] = layer.rowsPastF16;
      numerics->accuracy[i] = layer.graphs[0];
    }
    execTensorDestroy(&expected);
    execTensorDestroy(&y);
    demoInputsDestroy(&inputs);
  }
  return ok;
}

void benchNpuNumericsPrint(const BenchNpuNumerics *numerics, int numTargets) {
  printf("\ninputs of addnorm-demo, %d rows of %d f16 values, run on each target\n",
         BENCH_NPU_NUMERIC_ROWS, N);
  printf("%-20s %-18s %18s %12s %16s\n", "target", "inputs", "rows_past_f16_sum", "finite_rows",
         "max_error_ulps");
  for (int t = 0; t < numTargets; ++t)
    for (int i = 0; i < BENCH_NPU_NUMERICS; ++i)
      printf("%-20s %-18s %18" PRId64 " %12" PRId64 " %16.2f\n", numerics[t].target->name,
             numerics[t].family[i], numerics[t].rowsPastF16[i], numerics[t].accuracy[i].finiteRows,
             numerics[t].accuracy[i].maxError);
}
