#include "bench/npu_cases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"

typedef struct Shape {
  int64_t rows, n;
} Shape;

typedef struct Sweep {
  BenchNpuSection section;
  int numShapes, numTypes;
  const Shape *shapes;
  const ExecElement *types;
} Sweep;

#define LIST(items) (int)(sizeof(items) / sizeof *(items))
#define SWEEP(section, shapes, types)                                                              \
  { section, LIST(shapes), LIST(types), shapes, types }

static const ExecElement f32[] = {EXEC_F32}, narrow[] = {EXEC_F16, EXEC_BF16}, f16[] = {EXEC_F16};

static const Shape published[] = {{8, 8192},  {16, 4096},  {32, 128},  {32, 2048},
                                  {128, 128}, {128, 2048}, {256, 512}, {1024, 1024}};
static const Shape large[] = {{64, 8192},   {128, 8192}, {256, 8192}, {512, 4096},  {2048, 4096},
                              {8192, 4096}, {128, 5120}, {512, 5120}, {1024, 2048}, {2048, 1024}};
static const Shape longer[] = {{17, 40000}, {8, 131072}, {4, 524288}};
static const Sweep all[] = {
    SWEEP(BENCH_NPU_PUBLISHED, published, f32),
    SWEEP(BENCH_NPU_LARGE, large, narrow),
    SWEEP(BENCH_NPU_LONG, longer, f16),
};

static const Shape quickPublished[] = {{32, 128}, {256, 512}}, quickLarge[] = {{64, 8192}},
                   quickLonger[] = {{17, 40000}};
static const Sweep quickly[] = {
    SWEEP(BENCH_NPU_PUBLISHED, quickPublished, f32),
    SWEEP(BENCH_NPU_LARGE, quickLarge, narrow),
    SWEEP(BENCH_NPU_LONG, quickLonger, f16),
};

int benchNpuSweep(bool quick, BenchNpuCase cases[BENCH_NPU_MAX_CASES]) {
  const Sweep *sweeps = quick ? quickly : all;
  int count = 0, numSweeps = quick ? LIST(quickly) : LIST(all);
  for (int s = 0; s < numSweeps; ++s)
    for (int t = 0; t < sweeps[s].numTypes; ++t)
      for (int i = 0; i < sweeps[s].numShapes; ++i)
        cases[count++] = (BenchNpuCase){sweeps[s].section, sweeps[s].shapes[i].rows,
                                        sweeps[s].shapes[i].n, sweeps[s].types[t]};
  return count;
}

/* --- tensors --------------------------------------------------------------------------------- */

/* A run of values over and over: of prime length, so that no two rows in sight are the same. */
static void fill(ExecElement type, void *data, int64_t count, uint64_t seed) {
  enum { RUN = 4099 };
  char run[RUN * sizeof(float)];
  ExecTensor values = {{type, 1, {RUN}}, run};
  execTensorFillRandom(&values, &seed);
  int64_t size = (int64_t)execElementSize(type);
  for (int64_t i = 0; i < count; i += RUN) {
    int64_t length = count - i < RUN ? count - i : RUN;
    memcpy((char *)data + i * size, run, (size_t)(length * size));
  }
}

static size_t tensorBytes(const BenchNpuNorm *norm) {
  return (size_t)(norm->rows * norm->n) * execElementSize(norm->type);
}

bool benchNpuTensorsCreate(BenchNpuTensors *tensors, const BenchNpuCase *c, size_t alignment,
                           ExecError *error) {
  enum { X, R, Y, SUM, TRUE_Y, TRUE_SUM, GAMMA, TENSORS };
  BenchNpuNorm *norm = &tensors->norm;
  *norm = (BenchNpuNorm){.rows = c->rows, .n = c->n, .type = c->type};
  size_t pitch = (tensorBytes(norm) + alignment - 1) / alignment * alignment;
  char *memory = tensors->memory = aligned_alloc(alignment, TENSORS * pitch);
  if (!memory)
    return execFail(error, "no memory for tensors of %" PRId64 "x%" PRId64 "x%s", c->rows, c->n,
                    execElementName(c->type));
  fill(c->type, memory + X * pitch, c->rows * c->n, 1);
  fill(c->type, memory + R * pitch, c->rows * c->n, 2);
  fill(c->type, memory + GAMMA * pitch, c->n, 3);
  norm->x = memory + X * pitch, norm->r = memory + R * pitch, norm->gamma = memory + GAMMA * pitch;
  norm->y = memory + Y * pitch, norm->sum = memory + SUM * pitch;
  tensors->y = memory + TRUE_Y * pitch, tensors->sum = memory + TRUE_SUM * pitch;
  BenchNpuNorm truth = *norm;
  truth.y = tensors->y, truth.sum = tensors->sum;
  return benchNpuReference(&truth, error);
}

void benchNpuTensorsDestroy(BenchNpuTensors *tensors) { free(tensors->memory); }

void benchNpuTensorsClear(BenchNpuTensors *tensors) {
  memset(tensors->norm.y, 0xff, tensorBytes(&tensors->norm));
  memset(tensors->norm.sum, 0xff, tensorBytes(&tensors->norm));
}

bool benchNpuTensorsCheck(const BenchNpuTensors *tensors, const BenchNpuNorm *norm,
                          const char *target, ExecError *error) {
  size_t bytes = tensorBytes(norm);
  return (memcmp(norm->y, tensors->y, bytes) == 0 &&
          (!norm->sum || memcmp(norm->sum, tensors->sum, bytes) == 0)) ||
         execFail(error,
                  "%s on %" PRId64 "x%" PRId64 "x%s, %s the sum: the outputs have not the bits of "
                  "the reference",
                  target, norm->rows, norm->n, execElementName(norm->type),
                  norm->sum ? "with" : "without");
}
