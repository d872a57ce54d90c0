/* Rows of bytes at even distances, as sets of addresses. */

#ifndef ADDNORM_LIB_RUNTIME_RANGE_H
#define ADDNORM_LIB_RUNTIME_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Rows begin `stride` > 0 apart where there are several; none of them is empty. */
typedef struct MachineRange {
  uint64_t start;
  int64_t stride, rowBytes, rows;
} MachineRange;

/* The bytes of `rows` rows. False when they are not all in one address space. */
bool machineRangeMake(uint64_t start, int64_t stride, int64_t rowBytes, int64_t rows,
                      MachineRange *range);

/* One behind the last byte. */
uint64_t machineRangeEnd(const MachineRange *range);

bool machineRangesOverlap(const MachineRange *a, const MachineRange *b);

#endif /* ADDNORM_LIB_RUNTIME_RANGE_H */
