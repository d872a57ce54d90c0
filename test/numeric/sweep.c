/* Runs a target over types, shapes, forms and attributes of the op. Every output must have
 * the bits of the contract, and y and sum must lie within one ulp of the f64 truth where they are
 * narrow and plain, within the derived bound of f32 arithmetic elsewhere. */

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "case.h"
#include "variants.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static long passed, failed, declined;
static bool failFast;
static Backend backend = {.target = "loops", .threads = 1, .level = 3};

static void check(Case c) {
  bool ok = caseCheck(&c);
  ++*(ok ? &passed : &failed);
  if (!ok && failFast)
    exit(EXIT_FAILURE);
}

static const int64_t lengths[] = {1, 2, 7, 63, 64, 65, 100, 4096, 5120, 5121, 32768, 131072};
static const int64_t rowCounts[] = {0, 1, 2, 3, 17};
enum { SHORT = 1000 };

static bool fitsInPlace(const Norm *norm) {
  return norm->addends[0] == norm->y &&
         (!norm->sum || (norm->numAddends > 1 && !norm->bias[1] && norm->addends[1] == norm->sum));
}

/* Strided, in place and, for short rows, with special rows. */
static void checkPlacements(const Kernel *kernel, int64_t n) {
  const KernelSpec *spec = kernel->spec;
  int64_t rows = spec->rank == 1 ? 1 : 3;
  check((Case){kernel, .rows = rows, .n = n, .pad = 5});
  if (fitsInPlace(&spec->norm))
    check((Case){kernel, .rows = rows, .n = n, .inPlace = true});
  if (spec->rank > 1 && n <= SHORT) {
    check((Case){kernel, .rows = 3 * NUM_PATTERNS, .n = n, .special = true});
    check((Case){kernel, .rows = NUM_PATTERNS, .n = n, .pad = 3,
                 .inPlace = fitsInPlace(&spec->norm), .special = true});
  }
}

/* Every length with every row count. */
static void checkGrid(const Kernel *kernel) {
  for (size_t n = 0; n < COUNT(lengths); ++n) {
    for (size_t r = 0; r < COUNT(rowCounts); ++r)
      check((Case){kernel, .rows = rowCounts[r], .n = lengths[n]});
    if (lengths[n] <= SHORT)
      checkPlacements(kernel, lengths[n]);
  }
}

static const char *formatName(Format format) {
  return format == F16 ? "f16" : format == BF16 ? "bf16" : "f32";
}

/* Types x lengths x rows x {sum, rstd, gamma, bias} present or not. */
static void sweepGrid(MlirContext context) {
  for (Format format = F16; format <= F32; ++format)
    for (int present = 0; present < 16; ++present) {
      bool sum = present & 1, rstd = present & 2, gamma = present & 4, bias = present & 8;
      char name[64];
      snprintf(name, sizeof name, "%s%s%s%s%s", formatName(format), sum ? " sum" : "",
               rstd ? " rstd" : "", gamma ? " gamma" : "", bias ? " bias" : "");
      KernelSpec spec = {.name = name,
                         .rank = 2,
                         .norm = {.numAddends = bias ? 3 : 2,
                                  .addends = {format, format, format},
                                  .bias = {false, false, bias},
                                  .gamma = gamma ? format : NONE,
                                  .y = format,
                                  .sum = sum ? format : NONE,
                                  .rstd = rstd,
                                  .epsilon = 1e-5f,
                                  .lanes = 64}};
      Kernel kernel = kernelCompile(context, &backend, &spec);
      checkGrid(&kernel);
      kernelDestroy(&kernel);
    }
}

static void sweepVariants(MlirContext context) {
  static const int64_t some[] = {0, 1, 2, 7, 64, 100, 1000, 5120};
  for (size_t v = 0; v < numVariants; ++v) {
    const KernelSpec *spec = &variants[v];
    Kernel kernel = kernelCompile(context, &backend, spec);
    bool isDeclined = mlirExecutionEngineIsNull(kernel.engine);
    declined += isDeclined;
    for (size_t n = 0; !isDeclined && n < COUNT(some); ++n) {
      int64_t length = spec->n ? spec->n : some[n];
      for (size_t r = 0; r < COUNT(rowCounts); ++r)
        if (spec->rank > 1 || rowCounts[r] == 1)
          check((Case){&kernel, .rows = rowCounts[r], .n = length});
      checkPlacements(&kernel, length);
      if (spec->n)
        break;
    }
    kernelDestroy(&kernel);
  }
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  if (key == 'f')
    failFast = true;
  else if (key == 't')
    backend.target = argument;
  else if (key == 'n')
    backend.threads = atoi(argument);
  else if (key == 'm')
    backend.npu = argument;
  else if (key == ARGP_KEY_ARG)
    argp_usage(state);
  return 0;
}

int main(int argc, char **argv) {
  static const struct argp_option options[] = {
      {"fail-fast", 'f', NULL, 0, "Stop at the first case that fails", 0},
      {"target", 't', "NAME", 0, "Of addnorm-lower (default loops)", 0},
      {"threads", 'n', "N", 0, "Of addnorm-lower (default 1)", 0},
      {"npu", 'm', "NAME", 0, "Of addnorm-lower; the reference machine runs what is compiled", 0},
      {0}};
  static const struct argp argp = {
      .options = options, .parser = parseOption, .doc = "Numeric sweep of a target"};
  argp_parse(&argp, argc, argv, 0, NULL, NULL);

  MlirContext context = kernelContextCreate();
  sweepVariants(context);
  sweepGrid(context);
  mlirContextDestroy(context);
  printf("%ld passed, %ld failed", passed, failed);
  if (backend.npu)
    printf(", %ld kernels declined", declined);
  printf("\n");
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
