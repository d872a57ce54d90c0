/* The hand-written kernels give the bits of the target `loops`: y, sum and rstd, with rows of one
 * element, tails of all kinds, rows longer than the row buffer, and values that overflow, vanish or
 * are not numbers. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/kernels.h"
#include "test/numeric/kernel.h"
#include "test/unit/check.h"

enum { GUARD = 64 }; /* bytes behind each output */

static const int64_t sizes[] = {1,   2,   15,  16,  17,   31,   33,   63,   64,    65,
                                100, 127, 128, 200, 1000, 2048, 4096, 4133, 32768, 32833};
enum { NUM_SIZES = sizeof sizes / sizeof *sizes, ROWS = 4 };

static const struct {
  ExecElement element;
  Format format;
} types[] = {{EXEC_F16, F16}, {EXEC_BF16, BF16}, {EXEC_F32, F32}};
enum { NUM_TYPES = sizeof types / sizeof *types };

typedef struct Outputs {
  char *y, *sum;
  float rstd[ROWS];
} Outputs;

typedef struct Data {
  Format format;
  int64_t n;
  size_t bytes;
  void *x, *r, *gamma;
  Outputs expected, got;
} Data;

static uint64_t nextRandom(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

/* Row 1 has values whose sum leaves f16, row 2 subnormals of each type, row 3 one NaN. */
static float valueFor(int64_t row, int64_t i, Format format, uint64_t *random) {
  float unit = (float)nextRandom(random) * 0x1p-30f - 1;
  if (row == 1)
    return 60000 * unit;
  if (row == 2)
    return unit * (format == F16 ? 0x1p-15f : 0x1p-127f);
  return row == 3 && i == 0 ? NAN : unit;
}

static void *allocate(size_t bytes) {
  void *data = aligned_alloc(64, (bytes + GUARD + 63) / 64 * 64);
  return memset(data, 0xa5, bytes + GUARD);
}

static Outputs allocateOutputs(size_t bytes) {
  return (Outputs){.y = allocate(bytes), .sum = allocate(bytes)};
}

static Data createData(Format format, int64_t n) {
  size_t bytes = (size_t)(ROWS * n) * formatBytes(format);
  Data data = {format,
               n,
               bytes,
               allocate(bytes),
               allocate(bytes),
               allocate(bytes),
               allocateOutputs(bytes),
               allocateOutputs(bytes)};
  uint64_t random = 1;
  for (int64_t i = 0; i < ROWS * n; ++i) {
    encode(format, data.x, i, valueFor(i / n, i % n, format, &random));
    encode(format, data.r, i, valueFor(i / n, i % n, format, &random));
    encode(format, data.gamma, i, valueFor(0, 0, format, &random));
  }
  return data;
}

static void destroyData(Data *data) {
  free(data->x);
  free(data->r);
  free(data->gamma);
  free(data->expected.y);
  free(data->expected.sum);
  free(data->got.y);
  free(data->got.sum);
}

static void runLoops(const Kernel *kernel, Data *data) {
  Arguments arguments = {.rows = ROWS,
                         .n = data->n,
                         .addends = {{data->x, data->n}, {data->r, data->n}},
                         .gamma = data->gamma,
                         .y = {data->expected.y, data->n},
                         .sum = {data->expected.sum, data->n},
                         .rstd = data->expected.rstd};
  kernelRun(kernel, &arguments);
}

static bool sameValue(Format format, const void *a, const void *b, int64_t i) {
  return memcmp((const char *)a + (size_t)i * formatBytes(format),
                (const char *)b + (size_t)i * formatBytes(format), formatBytes(format)) == 0 ||
         (isnan(decode(format, a, i)) && isnan(decode(format, b, i)));
}

static int64_t countDifferent(const Data *data, const char *expected, const char *got) {
  int64_t count = 0;
  for (int64_t i = 0; i < ROWS * data->n; ++i)
    count += !sameValue(data->format, expected, got, i);
  return count + (memcmp(expected + data->bytes, got + data->bytes, GUARD) != 0);
}

static void checkReference(const BenchReference *reference, BenchNorm norm, Data *data) {
  memset(data->got.y, 0xa5, data->bytes + GUARD);
  memset(data->got.sum, 0xa5, data->bytes + GUARD);
  norm.y = data->got.y;
  norm.sum = norm.sum ? data->got.sum : NULL;
  norm.rstd = data->got.rstd;
  reference->run(&norm);
  long failed = failures;
  CHECK(countDifferent(data, data->expected.y, data->got.y) == 0);
  if (norm.sum)
    CHECK(countDifferent(data, data->expected.sum, data->got.sum) == 0);
  for (int row = 0; row < ROWS; ++row)
    CHECK(sameValue(F32, data->expected.rstd, data->got.rstd, row));
  if (failures > failed)
    fprintf(stderr, "  %s, n = %ld, %s, sum %d, stream %d, from memory %d\n", reference->name,
            (long)data->n, execElementName(norm.type), norm.sum != NULL, norm.stream,
            norm.fromMemory);
}

static void checkSize(const Kernel *kernel, ExecElement element, int64_t n) {
  BenchReference references[BENCH_MAX_REFERENCES];
  int count = benchReferences(references);
  Data data = createData(kernel->spec->norm.y, n);
  runLoops(kernel, &data);
  BenchNorm norm = {.type = element,
                    .rows = ROWS,
                    .n = n,
                    .epsilon = kernel->spec->norm.epsilon,
                    .x = data.x,
                    .r = data.r,
                    .gamma = data.gamma};
  for (int i = 0; i < count; ++i)
    for (int variant = 0; variant < 6; ++variant) {
      norm.sum = variant & 1 ? data.got.sum : NULL;
      norm.stream = variant >= 2;
      norm.fromMemory = variant >= 4;
      checkReference(&references[i], norm, &data);
    }
  destroyData(&data);
}

int main(void) {
  static const Backend loops = {.target = "loops", .threads = 1, .level = 3};
  MlirContext context = kernelContextCreate();
  for (int i = 0; i < NUM_TYPES; ++i) {
    Format f = types[i].format;
    KernelSpec spec = {.name = "loops",
                       .norm = {.numAddends = 2,
                                .addends = {f, f},
                                .gamma = f,
                                .y = f,
                                .sum = f,
                                .rstd = true,
                                .epsilon = 1e-5f,
                                .lanes = 64},
                       .rank = 2};
    Kernel kernel = kernelCompile(context, &loops, &spec);
    for (int k = 0; k < NUM_SIZES; ++k)
      checkSize(&kernel, types[i].element, sizes[k]);
    kernelDestroy(&kernel);
  }
  mlirContextDestroy(context);
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0;
}
