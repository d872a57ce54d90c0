#include "bench/cases.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "codegen/cpu.h"

typedef struct Shape {
  int64_t rows, n;
} Shape;

/* The last but three is the demo's; the last two are of long rows. */
static const Shape allShapes[] = {
    {1, 2048},    {1, 4096},    {1, 8192},   {8, 2048},    {8, 4096},  {8, 8192},
    {256, 2048},  {256, 4096},  {256, 8192}, {2048, 2048}, {64, 4096}, {2048, 4096},
    {2048, 8192}, {8192, 4096}, {1, 32768},  {256, 32768},
};
static const Shape normShapes[] = {{2048, 4096}, {2048, 8192}, {8192, 4096}};
static const Shape wideGammaShapes[] = {{1, 4096}, {2048, 4096}};
static const Shape quickShapes[] = {{1, 4096}, {64, 2048}};
static const ExecElement types[] = {EXEC_F16, EXEC_BF16, EXEC_F32};

enum {
  NUM_TYPES = sizeof types / sizeof *types,
  NUM_ALL = sizeof allShapes / sizeof *allShapes,
  NUM_NORM = sizeof normShapes / sizeof *normShapes,
  NUM_WIDE_GAMMA = sizeof wideGammaShapes / sizeof *wideGammaShapes,
  NUM_QUICK = sizeof quickShapes / sizeof *quickShapes
};

static int addShapes(BenchCase *cases, int count, const Shape *shapes, int numShapes, int addends) {
  for (int i = 0; i < numShapes; ++i)
    for (int k = 0; k < NUM_TYPES; ++k)
      cases[count++] = (BenchCase){shapes[i].rows, shapes[i].n, types[k], types[k], addends};
  return count;
}

BenchCase *benchSweep(bool quick, int *count) {
  BenchCase *cases = malloc(sizeof *cases * (NUM_TYPES * (NUM_ALL + NUM_NORM) + NUM_WIDE_GAMMA));
  if (quick) {
    *count = addShapes(cases, 0, quickShapes, NUM_QUICK, 2);
    return cases;
  }
  int filled = addShapes(cases, 0, allShapes, NUM_ALL, 2);
  filled = addShapes(cases, filled, normShapes, NUM_NORM, 1);
  for (int i = 0; i < NUM_WIDE_GAMMA; ++i)
    cases[filled++] =
        (BenchCase){wideGammaShapes[i].rows, wideGammaShapes[i].n, EXEC_BF16, EXEC_F32, 2};
  *count = filled;
  return cases;
}

/* --- tensors --------------------------------------------------------------------------------- */

enum { LINE = 64, STAGGER = 17 * LINE, HUGE_PAGE = 2 << 20, NUM_TENSORS = 5 };

/* From one tensor to the next: each begins at another place in its page, for loads and stores that
 * differ by a multiple of a page wait for each other. */
static size_t pitchOf(const BenchCase *c) {
  size_t tensor = (size_t)(c->rows * c->n) * execElementSize(c->type);
  size_t gamma = (size_t)c->n * execElementSize(c->gammaType);
  return ((tensor > gamma ? tensor : gamma) + LINE - 1) / LINE * LINE + STAGGER;
}

/* x, r, gamma, y and the sum. */
static char *tensorAt(const BenchTensors *tensors, int index) {
  return (char *)tensors->memory + (size_t)index * pitchOf(&tensors->shape);
}

static void *allocate(const BenchTensors *tensors, ExecError *error) {
  size_t unit = tensors->hugePages ? HUGE_PAGE : LINE;
  size_t bytes = (NUM_TENSORS * pitchOf(&tensors->shape) + unit - 1) / unit * unit;
  void *memory = bytes < execAvailableMemory() ? aligned_alloc(unit, bytes) : NULL;
  if (!memory) {
    execFail(error, "no memory for tensors of %zu bytes", bytes);
    return NULL;
  }
  if (tensors->hugePages)
    madvise(memory, bytes, MADV_HUGEPAGE);
  return memset(memory, 0, bytes);
}

bool benchTensorsCreate(BenchTensors *tensors, const BenchCase *c, bool hugePages,
                        ExecError *error) {
  *tensors = (BenchTensors){.shape = *c, .hugePages = hugePages};
  tensors->memory = allocate(tensors, error);
  if (!tensors->memory)
    return false;
  ExecTensor x = {{c->type, 2, {c->rows, c->n}}, tensorAt(tensors, 0)};
  ExecTensor r = {x.shape, tensorAt(tensors, 1)};
  ExecTensor gamma = {{c->gammaType, 1, {c->n}}, tensorAt(tensors, 2)};
  uint64_t random = 1;
  execTensorFillRandom(&x, &random);
  execTensorFillRandom(&r, &random);
  execTensorFillRandom(&gamma, &random);
  return true;
}

void benchTensorsDestroy(BenchTensors *tensors) { free(tensors->memory); }

bool benchTensorsMove(BenchTensors *tensors, ExecError *error) {
  void *memory = allocate(tensors, error);
  if (!memory)
    return false;
  memcpy(memory, tensors->memory, NUM_TENSORS * pitchOf(&tensors->shape));
  free(tensors->memory);
  tensors->memory = memory;
  return true;
}

/* t and gamma of a row do, of 32 KiB: in f32 rows then wait before the last cache is full. */
static bool fillsFirstCache(const BenchNorm *norm) {
  return norm->n * (int64_t)(sizeof(float) + execElementSize(norm->gammaType)) >= 32 << 10;
}

BenchNorm benchTensorsNorm(const BenchTensors *tensors, bool hasSum) {
  const BenchCase *c = &tensors->shape;
  BenchNorm norm = {.type = c->type,
                    .gammaType = c->gammaType,
                    .rows = c->rows,
                    .n = c->n,
                    .epsilon = BENCH_EPSILON,
                    .x = tensorAt(tensors, 0),
                    .r = c->addends == 2 ? tensorAt(tensors, 1) : NULL,
                    .gamma = tensorAt(tensors, 2),
                    .y = tensorAt(tensors, 3),
                    .sum = hasSum ? tensorAt(tensors, 4) : NULL};
  /* Stores around the cache cost nothing measurable from a small share of the last-level cache on,
   * and others need the cache, too. */
  double cache = (double)addnormCpuNative()->info.cacheBytes;
  norm.stream = benchCountedBytes(&norm) > cache / (hasSum ? 4 : 8);
  norm.fromMemory = benchCountedBytes(&norm) > (fillsFirstCache(&norm) ? 0.625 : 1) * cache;
  return norm;
}
