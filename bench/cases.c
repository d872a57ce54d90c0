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

/* One piece of memory for the tensors, aligned to lines and each at another place in its page:
 * loads and stores that differ by a multiple of a page wait for each other. */
static char *allocate(size_t bytes, bool hugePages) {
  enum { LINE = 64, HUGE_PAGE = 2 << 20 };
  if (bytes >= execAvailableMemory())
    return NULL;
  size_t unit = hugePages ? HUGE_PAGE : LINE;
  size_t rounded = (bytes + unit - 1) / unit * unit;
  char *memory = aligned_alloc(unit, rounded);
  if (memory && hugePages)
    madvise(memory, rounded, MADV_HUGEPAGE);
  if (memory)
    memset(memory, 0, rounded);
  return memory;
}

void *benchPlaceTensors(BenchNorm *norm, const BenchCase *c, bool hugePages, ExecError *error) {
  enum { LINE = 64, STAGGER = 17 * LINE, NUM_TENSORS = 5 };
  *norm = (BenchNorm){.type = c->type,
                      .gammaType = c->gammaType,
                      .rows = c->rows,
                      .n = c->n,
                      .epsilon = BENCH_EPSILON};
  size_t tensor = benchTensorBytes(norm), gammaBytes = (size_t)c->n * execElementSize(c->gammaType);
  size_t bytes = ((tensor > gammaBytes ? tensor : gammaBytes) + LINE - 1) / LINE * LINE + STAGGER;
  char *memory = allocate(NUM_TENSORS * bytes, hugePages);
  if (!memory) {
    execFail(error, "no memory for tensors of %zu bytes", bytes);
    return NULL;
  }
  ExecTensor x = {{c->type, 2, {c->rows, c->n}}, memory};
  ExecTensor r = {x.shape, memory + bytes};
  ExecTensor gamma = {{c->gammaType, 1, {c->n}}, memory + 2 * bytes};
  uint64_t random = 1;
  execTensorFillRandom(&x, &random);
  execTensorFillRandom(&r, &random);
  execTensorFillRandom(&gamma, &random);
  norm->x = x.data;
  norm->r = c->addends == 2 ? r.data : NULL;
  norm->gamma = gamma.data;
  norm->y = memory + 3 * bytes;
  norm->sum = c->addends == 2 ? memory + 4 * bytes : NULL;
  return memory;
}
