/* The cycles that a core's vector unit spends on an op, by the costs of the machine's description:
 * what the emitted code reports to addnormNpuTraceWork, and what the schedule weighs against the
 * time of the transfers. Counts the operations of vector_columns.c, of float.c and formula.c. */

#ifndef ADDNORM_CODEGEN_NPU_WORK_H
#define ADDNORM_CODEGEN_NPU_WORK_H

#include "codegen/npu_schedule.h"

/* bf16 is converted in integers (float.c), but for the conversions of bits that cost nothing. On
 * registers of f32: a shift behind an extension of 16 bits; the test for NaN and its choice. On
 * halves: a mask, two additions, a comparison and its extension. */
enum { BF16_EXTENSION = 2, BF16_ROUNDING = 2, BF16_ROUNDING_OF_HALVES = 5 };

/* What the cycles depend on. */
typedef struct AddnormNpuWork {
  const AddnormScheduleQuery *query;
  const AddnormNpuTarget *target;
  const AddnormNpuSchedule *schedule;
} AddnormNpuWork;

/* Adds the addends of `columns` columns, from the start of a block, and their squares; stores t if
 * `keeps`, in multi pass as the sum, too. */
double addnormNpuSquareCycles(const AddnormNpuWork *work, int64_t columns, bool keeps);

/* The results of `columns` columns, from t in the scratchpad if `kept`, else from the addends; what
 * has not been stored of them. */
double addnormNpuNormalizeCycles(const AddnormNpuWork *work, int64_t columns, bool kept);

/* rstd from the partial sums of a row. */
double addnormNpuStatisticCycles(const AddnormNpuWork *work);

#endif /* ADDNORM_CODEGEN_NPU_WORK_H */
