#include "tools/addnorm-fuzz/compare.h"

#include <math.h>
#include <stdio.h>

#include "mlir-c/BuiltinTypes.h"
#include "tools/addnorm-fuzz/choices.h"

/* --- inputs ---------------------------------------------------------------------------------- */

/* The size of a dynamic dimension, by its distance from the last. */
static int64_t dynamicSize(int trial, int64_t fromLast) {
  static const int64_t sizes[][4] = {{12, 5, 2, 2}, {6, 6, 3, 1}, {8, 0, 2, 2}};
  return sizes[trial][fromLast < 4 ? fromLast : 3];
}

static double uniform(uint64_t *state) { return ldexp((double)(randomNext(state) >> 11), -53); }

/* Past half of 65504, so that sums leave the range of f16. */
static double rowScale(int trial, int64_t row) {
  static const double scales[] = {1, 1e-3, 60, 0, 6e4, 3e-2};
  return scales[(row + 3 * (uint64_t)trial) % (sizeof scales / sizeof *scales)];
}

Array inputCreate(MlirType type, int trial, uint64_t *state) {
  Array array = {.kind = elementKindOf(type)};
  int rank = mlirTypeIsAShaped(type) ? (int)mlirShapedTypeGetRank(type) : 0;
  int64_t dims[ARRAY_MAX_RANK] = {0};
  bool isRow = true; /* a scalar, a row vector, or one with unit dimensions */
  for (int d = 0; d < rank; ++d) {
    dims[d] = mlirShapedTypeIsDynamicDim(type, d) ? dynamicSize(trial, rank - 1 - d)
                                                  : mlirShapedTypeGetDimSize(type, d);
    isRow &= d == rank - 1 || dims[d] == 1;
  }
  array = arrayCreate(array.kind, rank, dims);
  int64_t n = rank ? dims[rank - 1] : 1;
  for (int64_t i = 0; i < arrayCount(&array); ++i) {
    double value = rank ? 2.5 * uniform(state) - 1 : 0.25 + uniform(state);
    if (!isRow)
      value *= rowScale(trial, i / n);
    array.data[i] = intervalPoint(roundToKind(array.kind, value));
  }
  return array;
}

/* --- comparisons ----------------------------------------------------------------------------- */

static bool differ(char *why, size_t size, int64_t i, Interval before, Interval after) {
  snprintf(why, size, "element %lld is %.9g to %.9g, was %.9g to %.9g", (long long)i, after.lo,
           after.hi, before.lo, before.hi);
  return false;
}

static bool sameShape(const Array *a, const Array *b, char *why, size_t size) {
  bool same = a->rank == b->rank && a->kind == b->kind;
  for (int d = 0; d < a->rank && same; ++d)
    same = a->dims[d] == b->dims[d];
  if (!same)
    snprintf(why, size, "the types of the results differ");
  return same;
}

/* The largest finite magnitude of the row of element `i`. */
static double rowMagnitude(const Array *array, int64_t i) {
  int64_t n = array->rank ? array->dims[array->rank - 1] : 1;
  double largest = 0;
  for (int64_t k = i / n * n; k < i / n * n + n; ++k)
    if (isfinite(array->data[k].lo))
      largest = fmax(largest, fabs(array->data[k].lo));
  return largest;
}

bool compareExact(const Array *before, const Array *after, double tolerance, char *why,
                  size_t size) {
  if (!sameShape(before, after, why, size))
    return false;
  for (int64_t i = 0; i < arrayCount(before); ++i) {
    Interval x = before->data[i], y = after->data[i];
    if (intervalIsUnknown(x) || intervalIsUnknown(y) || (intervalIsNan(x) && intervalIsNan(y)) ||
        x.lo == y.lo)
      continue;
    double bound = tolerance * (fabs(x.lo) + 0.25 * rowMagnitude(before, i));
    if (!(fabs(x.lo - y.lo) <= bound) || isinf(x.lo))
      return differ(why, size, i, x, y);
  }
  return true;
}

/* Room for the roundings of f64, in which the ends are computed. */
static double slack(Interval x) { return 0x1p-40 * fmax(fabs(x.lo), fabs(x.hi)); }

static bool overlap(Interval x, Interval y) {
  if (intervalIsUnknown(x) || intervalIsUnknown(y))
    return true;
  if (intervalIsNan(x) || intervalIsNan(y))
    return intervalIsNan(x) && intervalIsNan(y);
  double room = isfinite(slack(x)) && isfinite(slack(y)) ? slack(x) + slack(y) : 0;
  return x.lo <= y.hi + room && y.lo <= x.hi + room;
}

bool compareWritten(const Array *before, const Array *after, char *why, size_t size) {
  if (!sameShape(before, after, why, size))
    return false;
  for (int64_t i = 0; i < arrayCount(before); ++i)
    if (!overlap(before->data[i], after->data[i]))
      return differ(why, size, i, before->data[i], after->data[i]);
  return true;
}

bool compareRounded(const Array *exact, const Array *after, double tolerance, char *why,
                    size_t size) {
  if (!sameShape(exact, after, why, size))
    return false;
  for (int64_t i = 0; i < arrayCount(exact); ++i) {
    double value = exact->data[i].lo, room = tolerance * fabs(value);
    Interval once = {roundToKind(exact->kind, value - room),
                     roundToKind(exact->kind, value + room)};
    if (!overlap(intervalIsNan(exact->data[i]) ? exact->data[i] : once, after->data[i]))
      return differ(why, size, i, once, after->data[i]);
  }
  return true;
}
