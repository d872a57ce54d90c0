/* Runs target `loops` over types, shapes, forms and attributes of the op. Every output must have
 * the bits of the contract, and y and sum must lie within one ulp of the f64 truth where they are
 * narrow and plain, within the derived bound of f32 arithmetic elsewhere. */

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static long passed, failed;
static bool failFast;

/*===-- inputs
 * ------------------------------------------------------------------------------------*/

/* What a row holds. In a case with special rows, row r holds pattern r mod NUM_PATTERNS. */
typedef enum Pattern {
  ORDINARY,
  ZERO,
  NEGATIVE_ZERO,
  SUBNORMAL,
  OVERFLOWING, /* 65504 everywhere: two of them pass f16 */
  CANCELLING,  /* the addends nearly cancel */
  ONE_INF,
  ONE_NAN,
  HUGE_VALUES, /* whose squares leave f32 */
  NUM_PATTERNS
} Pattern;

static uint64_t hash(uint64_t x) {
  x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/* Roughly normal with deviation 1, and now and then an outlier. */
static float sample(int64_t seed, int64_t row, int64_t i) {
  uint64_t bits = hash(hash((uint64_t)(seed * 1000003 + row)) + (uint64_t)i);
  int64_t sum = 0;
  for (int part = 0; part < 4; ++part)
    sum += (int64_t)(bits >> 16 * part & 0xffff);
  float normal = (float)(sum - 2 * 0xffff) / 37837.0f;
  return bits % 509 == 0 ? 40 * normal : normal;
}

static float addendValue(Format format, Pattern pattern, int k, int64_t row, int64_t i, int64_t n) {
  float value = sample(k, row, i);
  switch (pattern) {
  case ZERO:
    return 0.0f;
  case NEGATIVE_ZERO:
    return -0.0f;
  case SUBNORMAL:
    return value / 8 * (format == F16 ? 0x1p-14f : 0x1p-126f);
  case OVERFLOWING:
    return 65504.0f;
  case CANCELLING:
    return (k % 2 ? -100 : 100) * sample(0, row, i) + (k ? 0x1p-4f * value : 0);
  case ONE_INF:
    return k == 0 && i == n / 2 ? INFINITY : value;
  case ONE_NAN:
    return k == 0 && i == n / 2 ? NAN : value;
  case HUGE_VALUES:
    return value * (format == F16 ? 2e4f : 1e30f);
  default:
    return value;
  }
}

/*===-- cases
 * -------------------------------------------------------------------------------------*/

typedef struct Case {
  const Kernel *kernel;
  int64_t rows, n;
  int64_t pad;  /* elements between a row's end and the next one's start */
  bool inPlace; /* y lies over addend 0 and sum over addend 1 */
  bool special; /* rows hold all patterns in turn */
} Case;

/* A case's memory: the inputs as they were, and what the kernel works on. */
typedef struct Memory {
  int64_t stride;
  void *inputs[MAX_ADDENDS], *addends[MAX_ADDENDS], *gamma, *y, *sum;
  float *rstd;
} Memory;

enum { UNTOUCHED = 0xa5 };

static void *allocate(int64_t elements) {
  size_t bytes = (size_t)elements * sizeof(float) + 1;
  return memset(malloc(bytes), UNTOUCHED, bytes);
}

static const void *at(const void *data, Format format, int64_t element) {
  return (const char *)data + (size_t)element * formatBytes(format);
}

static Pattern patternOf(const Case *c, int64_t row) {
  return c->special ? (Pattern)(row % NUM_PATTERNS) : ORDINARY;
}

static Memory prepare(const Case *c) {
  const Norm *norm = &c->kernel->spec->norm;
  Memory m = {.stride = c->n + c->pad};
  int64_t elements = c->rows * m.stride;
  for (int k = 0; k < norm->numAddends; ++k) {
    int64_t rows = norm->bias[k] ? 1 : c->rows;
    m.inputs[k] = allocate(rows * m.stride);
    m.addends[k] = allocate(rows * m.stride);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < c->n; ++i)
        encode(norm->addends[k], m.inputs[k], r * m.stride + i,
               addendValue(norm->addends[k], norm->bias[k] ? ORDINARY : patternOf(c, r), k, r, i,
                           c->n));
    memcpy(m.addends[k], m.inputs[k], (size_t)(rows * m.stride) * sizeof(float));
  }
  m.gamma = allocate(c->n);
  for (int64_t i = 0; norm->gamma && i < c->n; ++i)
    encode(norm->gamma, m.gamma, i, 1 + sample(MAX_ADDENDS, 0, i) / 4);
  m.y = c->inPlace ? m.addends[0] : allocate(elements);
  m.sum = c->inPlace && norm->sum ? m.addends[1] : allocate(elements);
  m.rstd = allocate(c->rows);
  return m;
}

static void release(const Case *c, Memory *m) {
  const Norm *norm = &c->kernel->spec->norm;
  if (m->y != m->addends[0])
    free(m->y);
  if (norm->numAddends < 2 || m->sum != m->addends[1])
    free(m->sum);
  for (int k = 0; k < norm->numAddends; ++k) {
    free(m->inputs[k]);
    free(m->addends[k]);
  }
  free(m->gamma);
  free(m->rstd);
}

static void run(const Case *c, const Memory *m) {
  Arguments arguments = {.rows = c->rows,
                         .n = c->n,
                         .gamma = m->gamma,
                         .y = {m->y, m->stride},
                         .sum = {m->sum, m->stride},
                         .rstd = m->rstd};
  for (int k = 0; k < c->kernel->spec->norm.numAddends; ++k)
    arguments.addends[k] = (Tensor){m->addends[k], m->stride};
  kernelRun(c->kernel, &arguments);
}

/*===-- comparison
 * --------------------------------------------------------------------------------*/

/* Says what is wrong, once per case. */
static bool complain(const Case *c, int64_t row, int64_t i, const char *what, double got,
                     double expected) {
  enum { MAX_COMPLAINTS = 30 };
  if (failed < MAX_COMPLAINTS)
    fprintf(stderr, "%s, %lld x %lld%s%s%s: row %lld, element %lld: %s is %a, expected %a\n",
            c->kernel->spec->name, (long long)c->rows, (long long)c->n, c->pad ? ", strided" : "",
            c->inPlace ? ", in place" : "", c->special ? ", special rows" : "", (long long)row,
            (long long)i, what, got, expected);
  return false;
}

static bool sameBits(Format format, const void *a, const void *b, int64_t i) {
  double x = decode(format, a, i), y = decode(format, b, i);
  return (isnan(x) && isnan(y)) || (x == y && signbit(x) == signbit(y));
}

static bool isNear(Format format, double got, double truth, double tolerance) {
  if (isnan(truth))
    return isnan(got);
  if (got == truth)
    return true;
  if (isinf(got))
    return got * truth > 0 && fabs(truth) >= largestFinite(format) - tolerance;
  return fabs(got - truth) <= tolerance;
}

/* Two plain addends lose less than half an ulp of a narrow type in f32, so that one ulp is what the
 * final rounding leaves. */
static double tolerance(const Norm *norm, Format format, double truth, double bound) {
  if (format == F32)
    return bound;
  if (norm->numAddends <= 2 && !norm->scaled)
    return ulp(format, truth);
  return ulp(format, truth) / 2 + bound;
}

/* One output row against the contract's bits and, when `truth` is given, against the truth. */
static bool checkOutput(const Case *c, int64_t row, const char *what, Format format,
                        const void *got, const void *expected, const double *truth,
                        const double *bound) {
  const Norm *norm = &c->kernel->spec->norm;
  for (int64_t i = 0; i < c->n; ++i) {
    double value = decode(format, got, i);
    if (!sameBits(format, got, expected, i))
      return complain(c, row, i, what, value, decode(format, expected, i));
    if (truth && !isNear(format, value, truth[i], tolerance(norm, format, truth[i], bound[i])))
      return complain(c, row, i, what, value, truth[i]);
  }
  const unsigned char *rest = at(got, format, c->n);
  for (size_t i = 0; i < (size_t)c->pad * formatBytes(format); ++i)
    if (rest[i] != UNTOUCHED)
      return complain(c, row, c->n, what, rest[i], UNTOUCHED);
  return true;
}

/* Room for one row of expectations, kept for the whole run. */
typedef struct Expected {
  void *y, *sum;
  Truth truth;
} Expected;

static Expected expected;

static void reserve(int64_t longest) {
  expected.y = allocate(longest);
  expected.sum = allocate(longest);
  double **truths[] = {&expected.truth.y, &expected.truth.sum, &expected.truth.yBound,
                       &expected.truth.sumBound};
  for (size_t i = 0; i < COUNT(truths); ++i)
    *truths[i] = malloc((size_t)longest * sizeof(double));
}

static bool checkRow(const Case *c, const Memory *m, int64_t r) {
  const Norm *norm = &c->kernel->spec->norm;
  Row row = {.gamma = m->gamma, .n = c->n};
  for (int k = 0; k < norm->numAddends; ++k)
    row.addends[k] = at(m->inputs[k], norm->addends[k], norm->bias[k] ? 0 : r * m->stride);
  float rstd = 0;
  contractRow(norm, &row, expected.y, expected.sum, &rstd);
  const Truth *truth = NULL;
  if (!norm->sumType && !norm->normType) {
    truthRow(norm, &row, &expected.truth);
    truth = expected.truth.inRange ? &expected.truth : NULL;
  }

  if (norm->rstd && !sameBits(F32, &m->rstd[r], &rstd, 0))
    return complain(c, r, 0, "rstd", m->rstd[r], rstd);
  if (norm->rstd && truth && !isNear(F32, m->rstd[r], truth->rstd, truth->rstdBound))
    return complain(c, r, 0, "rstd", m->rstd[r], truth->rstd);
  if (norm->sum &&
      !checkOutput(c, r, "sum", norm->sum, at(m->sum, norm->sum, r * m->stride), expected.sum,
                   truth ? truth->sum : NULL, truth ? truth->sumBound : NULL))
    return false;
  return checkOutput(c, r, "y", norm->y, at(m->y, norm->y, r * m->stride), expected.y,
                     truth ? truth->y : NULL, truth ? truth->yBound : NULL);
}

static void check(Case c) {
  Memory m = prepare(&c);
  run(&c, &m);
  bool ok = true;
  for (int64_t r = 0; ok && r < c.rows; ++r)
    ok = checkRow(&c, &m, r);
  release(&c, &m);
  ++*(ok ? &passed : &failed);
  if (!ok && failFast)
    exit(EXIT_FAILURE);
}

/*===-- the sweep
 * ---------------------------------------------------------------------------------*/

static const int64_t lengths[] = {1, 2, 7, 64, 100, 4096, 5120, 8192, 32768, 131072};
static const int64_t rowCounts[] = {0, 1, 3, 17};
enum { LONGEST = 131072, SHORT = 1000 };

static bool fitsInPlace(const Norm *norm) {
  return norm->addends[0] == norm->y &&
         (!norm->sum || (norm->numAddends > 1 && !norm->bias[1] && norm->addends[1] == norm->sum));
}

/* Strided, in place and with special rows: once the sizes themselves are covered, short rows do. */
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

/* Every length and row count; the longest rows only a few times. */
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
      Kernel kernel = kernelCompile(context, &spec);
      checkGrid(&kernel);
      kernelDestroy(&kernel);
    }
}

#define PLAIN_NORM(FORMAT)                                                                         \
  .numAddends = 2, .addends = {FORMAT, FORMAT}, .gamma = FORMAT, .y = FORMAT, .sum = FORMAT,       \
  .rstd = true

static const KernelSpec variants[] = {
    /* Orders of the sum. */
    {"lanes 1", {PLAIN_NORM(F16), .epsilon = 1e-6f, .lanes = 1}, .rank = 2},
    {"lanes 2", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 2}, .rank = 2},
    {"lanes 8 chunk 8", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 8, .chunk = 8}, .rank = 2},
    {"lanes 16 chunk 48",
     {PLAIN_NORM(BF16), .epsilon = 1e-6f, .lanes = 16, .chunk = 48},
     .rank = 2},
    {"lanes 64 chunk 1024",
     {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 64, .chunk = 1024},
     .rank = 2},
    {"lanes 16384", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 16384}, .rank = 2},
    {"lanes open", {PLAIN_NORM(F32), .epsilon = 1e-6f}, .rank = 2},

    /* The same function in other forms: the same bits. */
    {"static 100", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 64}, .rank = 2, .n = 100},
    {"static 7", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 64, .chunk = 64}, .rank = 2, .n = 7},
    {"static 1000",
     {PLAIN_NORM(F16), .epsilon = 1e-6f, .lanes = 8, .chunk = 24},
     .rank = 2,
     .n = 1000},
    {"in scf.for", {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 64}, .rank = 2, .form = IN_LOOP},
    {"in scf.for, static",
     {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 64},
     .rank = 2,
     .form = IN_LOOP,
     .n = 100},
    {"in scf.forall",
     {PLAIN_NORM(F32), .epsilon = 1e-6f, .lanes = 16, .chunk = 48},
     .rank = 2,
     .form = IN_FORALL},
    {"rank 1", {PLAIN_NORM(BF16), .epsilon = 1e-6f, .lanes = 64}, .rank = 1},
    {"rank 3", {PLAIN_NORM(F16), .epsilon = 1e-6f, .lanes = 64}, .rank = 3},

    /* Mixed types. */
    {"bf16 data, f32 gamma",
     {.numAddends = 2,
      .addends = {BF16, BF16},
      .gamma = F32,
      .y = BF16,
      .sum = BF16,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},
    {"f16 into an f32 stream",
     {.numAddends = 2,
      .addends = {F16, F32},
      .gamma = F16,
      .y = F16,
      .sum = F32,
      .rstd = true,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},
    {"f32 data, f16 results",
     {.numAddends = 2,
      .addends = {F32, F32},
      .gamma = BF16,
      .y = F16,
      .sum = BF16,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},
    {"f16 data, f32 y, bf16 bias",
     {.numAddends = 3,
      .addends = {F16, F16, BF16},
      .bias = {false, false, true},
      .y = F32,
      .sum = F16,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},

    /* Addends and scales. */
    {"one addend",
     {.numAddends = 1, .addends = {F16}, .gamma = F16, .y = F16, .epsilon = 1e-5f, .lanes = 64},
     .rank = 2},
    {"bias first",
     {.numAddends = 2,
      .addends = {F32, F16},
      .bias = {true, false},
      .y = F16,
      .sum = F32,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},
    {"four addends",
     {.numAddends = 4,
      .addends = {F32, F32, F32, F32},
      .y = F32,
      .sum = F32,
      .epsilon = 1e-5f,
      .lanes = 64},
     .rank = 2},
    {"constant scales",
     {PLAIN_NORM(F32), .scaled = true, .scales = {1.0f, 0.3f}, .epsilon = 1e-5f, .lanes = 64},
     .rank = 2},
    {"constant scales f16",
     {PLAIN_NORM(F16), .scaled = true, .scales = {-1.7f, 0.22f}, .epsilon = 1e-5f, .lanes = 64},
     .rank = 2},
    {"run-time scales and epsilon",
     {PLAIN_NORM(F32), .scaled = true, .scales = {0.7f, 1.1f}, .epsilon = 3e-5f, .lanes = 64},
     .rank = 2,
     .runTimeScalars = true},

    /* Epsilon, gamma. */
    {"epsilon 0 f16", {PLAIN_NORM(F16), .lanes = 64}, .rank = 2},
    {"epsilon 0 bf16", {PLAIN_NORM(BF16), .lanes = 64}, .rank = 2},
    {"epsilon 0 f32", {PLAIN_NORM(F32), .lanes = 64}, .rank = 2},
    {"gamma_offset",
     {PLAIN_NORM(BF16), .hasGammaOffset = true, .gammaOffset = 1.0f, .epsilon = 1e-6f, .lanes = 64},
     .rank = 2},
    {"gamma_offset f32",
     {PLAIN_NORM(F32), .hasGammaOffset = true, .gammaOffset = -0.9f, .epsilon = 1e-6f, .lanes = 64},
     .rank = 2},

    /* The source's roundings kept. */
    {"sum_type f16", {PLAIN_NORM(F16), .sumType = F16, .epsilon = 1e-6f, .lanes = 64}, .rank = 2},
    {"sum_type bf16, norm_type bf16",
     {PLAIN_NORM(BF16), .sumType = BF16, .normType = BF16, .epsilon = 1e-6f, .lanes = 64},
     .rank = 2},
    {"norm_type f16 in f32",
     {PLAIN_NORM(F32), .normType = F16, .epsilon = 1e-6f, .lanes = 64},
     .rank = 2},
};

static void sweepVariants(MlirContext context) {
  static const int64_t some[] = {0, 1, 2, 7, 64, 100, 1000, 5120};
  for (size_t v = 0; v < COUNT(variants); ++v) {
    const KernelSpec *spec = &variants[v];
    Kernel kernel = kernelCompile(context, spec);
    for (size_t n = 0; n < COUNT(some); ++n) {
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
  (void)argument;
  if (key == 'f')
    failFast = true;
  else if (key == ARGP_KEY_ARG)
    argp_usage(state);
  return 0;
}

int main(int argc, char **argv) {
  static const struct argp_option options[] = {
      {"fail-fast", 'f', NULL, 0, "Stop at the first case that fails", 0}, {0}};
  static const struct argp argp = {
      .options = options, .parser = parseOption, .doc = "Numeric sweep of target loops"};
  argp_parse(&argp, argc, argv, 0, NULL, NULL);

  reserve(LONGEST);
  MlirContext context = kernelContextCreate();
  sweepVariants(context);
  sweepGrid(context);
  mlirContextDestroy(context);
  printf("%ld passed, %ld failed\n", passed, failed);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
