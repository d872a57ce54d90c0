#include "bench/truth.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

/* Half a unit in the last place of 1 in f32, with room for the products of errors. */
#define U (0x1p-24 * 1.01)

static double decode(ExecElement type, const void *data, int64_t i) {
  if (type == EXEC_F32)
    return ((const float *)data)[i];
  if (type == EXEC_F16)
    return ((const _Float16 *)data)[i];
  uint32_t bits = (uint32_t)((const uint16_t *)data)[i] << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* A rounding to the type is off by at most `relative` times the value, plus `absolute` where it is
 * subnormal. */
typedef struct Precision {
  double relative, absolute;
} Precision;

static Precision precisionOf(ExecElement type) {
  if (type == EXEC_F16)
    return (Precision){0x1p-11 * 1.01, 0x1p-25};
  if (type == EXEC_BF16)
    return (Precision){0x1p-8 * 1.01, 0x1p-134};
  return (Precision){U, 0x1p-150};
}

/* Of y, before it is rounded to the type. t is off by `t`; its square and the additions on the
 * longest way from it into the sum, all of positive terms, by U each, and so are division and
 * epsilon; the root halves that. The root, the reciprocal and the two products round once more. */
static double relativeBound(const BenchNorm *norm, BenchRounding rounding, double t) {
  enum { LANES = 64, FOLDS = 6 };
  double additions = rounding == BENCH_ROUNDED_ONCE
                         ? (double)((norm->n + LANES - 1) / LANES) + FOLDS
                         : (double)norm->n;
  return t + (2 * t + (additions + 3) * U) / 2 + 4 * U;
}

static bool isTrueRow(const BenchNorm *norm, BenchRounding rounding, int64_t row, double *t) {
  const int64_t start = row * norm->n;
  double squares = 0;
  for (int64_t i = 0; i < norm->n; ++i) {
    t[i] = decode(norm->type, norm->x, start + i) +
           (norm->r ? decode(norm->type, norm->r, start + i) : 0);
    squares += t[i] * t[i];
  }
  double rstd = 1 / sqrt(squares / (double)norm->n + (double)norm->epsilon);
  Precision p = precisionOf(norm->type);
  bool once = rounding == BENCH_ROUNDED_ONCE;
  double inside = relativeBound(norm, rounding, once ? U : p.relative);
  for (int64_t i = 0; i < norm->n; ++i) {
    double gamma = decode(norm->gammaType, norm->gamma, i);
    double y = t[i] * rstd * gamma;
    /* u too is rounded to the type where every step is. */
    double bound = fabs(y) * (inside + p.relative * (once ? 1 : 2)) +
                   p.absolute * (once ? 1 : 1 + fabs(gamma));
    double sumBound = fabs(t[i]) * (p.relative + U) + p.absolute;
    if (!(fabs(decode(norm->type, norm->y, start + i) - y) <= bound) ||
        (norm->sum && !(fabs(decode(norm->type, norm->sum, start + i) - t[i]) <= sumBound)))
      return false;
  }
  return true;
}

/* Of many rows, as many as this at the most, evenly spread. */
enum { MAX_ROWS = 256 };

bool benchIsTrue(const BenchNorm *norm, BenchRounding rounding, const char *name,
                 ExecError *error) {
  double *t = malloc(sizeof *t * (size_t)norm->n);
  int64_t stride = 1 + (norm->rows - 1) / MAX_ROWS, row = norm->rows - 1;
  while (row >= 0 && isTrueRow(norm, rounding, row, t))
    row -= stride;
  free(t);
  return row < 0 || execFail(error,
                             "%s on %" PRId64 "x%" PRId64 "x%s is wrong in row %" PRId64
                             ": further from the f64 result than its roundings allow",
                             name, norm->rows, norm->n, execElementName(norm->type), row);
}
