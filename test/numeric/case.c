#include "case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    encode(norm->gamma, m.gamma, i,
           c->special && c->pad && i == c->n / 2 ? LONG_NAN : gammaValue(i));
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

static bool run(const Case *c, const Memory *m) {
  Arguments arguments = {.rows = c->rows,
                         .n = c->n,
                         .gamma = m->gamma,
                         .y = {m->y, m->stride},
                         .sum = {m->sum, m->stride},
                         .rstd = m->rstd};
  for (int k = 0; k < c->kernel->spec->norm.numAddends; ++k)
    arguments.addends[k] = (Tensor){m->addends[k], m->stride};
  return kernelRun(c->kernel, &arguments);
}

/* Says what is wrong, once per case. */
static bool complain(const Case *c, int64_t row, int64_t i, const char *what, double got,
                     double expected) {
  enum { MAX_COMPLAINTS = 30 };
  static int complaints;
  if (complaints++ < MAX_COMPLAINTS)
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

/* What a row should be. */
typedef struct Expected {
  void *y, *sum;
  AddnormTruth truth;
} Expected;

static Expected reserve(int64_t n) {
  size_t bytes = (size_t)n * sizeof(double);
  return (Expected){.y = allocate(n),
                    .sum = allocate(n),
                    .truth = {.y = malloc(bytes),
                              .sum = malloc(bytes),
                              .yBound = malloc(bytes),
                              .sumBound = malloc(bytes)}};
}

static void discard(Expected *e) {
  free(e->y);
  free(e->sum);
  free(e->truth.y);
  free(e->truth.sum);
  free(e->truth.yBound);
  free(e->truth.sumBound);
}

static bool checkRow(const Case *c, const Memory *m, int64_t r, Expected *e) {
  const Norm *norm = &c->kernel->expected;
  Row row = {.gamma = m->gamma, .n = c->n};
  for (int k = 0; k < norm->numAddends; ++k)
    row.addends[k] = at(m->inputs[k], norm->addends[k], norm->bias[k] ? 0 : r * m->stride);
  float rstd = 0;
  contractRow(norm, &row, e->y, e->sum, &rstd);
  const AddnormTruth *truth = NULL;
  if (!norm->sumType && !norm->normType) {
    truthRow(norm, &row, &e->truth);
    truth = e->truth.inRange ? &e->truth : NULL;
  }

  if (norm->rstd && !sameBits(F32, &m->rstd[r], &rstd, 0))
    return complain(c, r, 0, "rstd", m->rstd[r], rstd);
  if (norm->rstd && truth && !isNear(F32, m->rstd[r], truth->rstd, truth->rstdBound))
    return complain(c, r, 0, "rstd", m->rstd[r], truth->rstd);
  if (norm->sum && !checkOutput(c, r, "sum", norm->sum, at(m->sum, norm->sum, r * m->stride),
                                e->sum, truth ? truth->sum : NULL, truth ? truth->sumBound : NULL))
    return false;
  return checkOutput(c, r, "y", norm->y, at(m->y, norm->y, r * m->stride), e->y,
                     truth ? truth->y : NULL, truth ? truth->yBound : NULL);
}

bool caseCheck(const Case *c) {
  Memory m = prepare(c);
  bool ok = run(c, &m);
  Expected expected = reserve(c->n);
  for (int64_t r = 0; ok && r < c->rows; ++r)
    ok = checkRow(c, &m, r, &expected);
  discard(&expected);
  release(c, &m);
  return ok;
}
