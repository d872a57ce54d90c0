#include "lib/runtime/range.h"

bool machineRangeMake(uint64_t start, int64_t stride, int64_t rowBytes, int64_t rows,
                      MachineRange *range) {
  *range = (MachineRange){start, 0, 0, 0};
  if (rows <= 0 || rowBytes <= 0)
    return true;
  if (rows == 1)
    stride = 0;
  int64_t reach;
  if (stride == INT64_MIN || __builtin_mul_overflow(rows - 1, stride, &reach))
    return false;
  uint64_t distance = (uint64_t)(reach < 0 ? -reach : reach), end;
  if (reach < 0 && distance > start)
    return false;
  if (reach < 0)
    start -= distance;
  if (__builtin_add_overflow(start, distance, &end) ||
      __builtin_add_overflow(end, (uint64_t)rowBytes, &end))
    return false;
  *range = (MachineRange){start, stride < 0 ? -stride : stride, rowBytes, rows};
  /* Rows without gaps are one row. */
  if (range->stride == rowBytes && end - start <= INT64_MAX)
    *range = (MachineRange){start, 0, (int64_t)(end - start), 1};
  if (range->stride == 0) /* all in one place */
    range->rows = 1;
  return true;
}

uint64_t machineRangeEnd(const MachineRange *range) {
  if (range->rows == 0)
    return range->start;
  return range->start + (uint64_t)((range->rows - 1) * range->stride + range->rowBytes);
}

/* Whether a row has a byte in [begin, end), which is not empty and meets [start, end of the range).
 */
static bool rangeMeets(const MachineRange *range, uint64_t begin, uint64_t end) {
  uint64_t firstEnd = range->start + (uint64_t)range->rowBytes;
  uint64_t row = 0; /* the first that ends behind `begin` */
  if (begin >= firstEnd)
    row = (begin - firstEnd) / (uint64_t)range->stride + 1;
  return row < (uint64_t)range->rows && range->start + row * (uint64_t)range->stride < end;
}

bool machineRangesOverlap(const MachineRange *a, const MachineRange *b) {
  if (a->rows > b->rows) {
    const MachineRange *fewer = b;
    b = a;
    a = fewer;
  }
  uint64_t bEnd = machineRangeEnd(b);
  if (a->rows == 0 || a->start >= bEnd || b->start >= machineRangeEnd(a))
    return false;
  for (int64_t row = 0; row < a->rows; ++row) {
    uint64_t begin = a->start + (uint64_t)(row * a->stride), end = begin + (uint64_t)a->rowBytes;
    if (begin < bEnd && end > b->start && rangeMeets(b, begin, end))
      return true;
  }
  return false;
}
