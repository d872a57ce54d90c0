/* How long a machine takes for a schedule: the figure by which schedules are chosen.
 *
 * The steps of a core are followed one by one, as the kernel does them: transfers are started and
 * waited for, and move whole bursts at the rate of their queue, stores by the last one and loads by
 * the others where there are several, and no faster than the core's share of the global memory;
 * they are complete a latency after their last byte. Of many steps that are alike some are followed
 * and stand for the others. */

#ifndef ADDNORM_CODEGEN_NPU_MODEL_H
#define ADDNORM_CODEGEN_NPU_MODEL_H

#include "codegen/npu_schedule.h"

/* Cycles of the core with the longest line of tiles. Rows and N are static. */
double addnormNpuModelCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule);

/* What the transfers and the work of the same core take alone, each without the launch: it takes no
 * less than the longer of them. */
typedef struct AddnormNpuLeast {
  double transfers, work;
} AddnormNpuLeast;
AddnormNpuLeast addnormNpuModelLeast(const AddnormScheduleQuery *query,
                                     const AddnormNpuTarget *target,
                                     const AddnormNpuSchedule *schedule);

/* Single pass: cycles for a row among very many. */
double addnormNpuModelRowCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule);

/* The least that so many bytes of loads and of stores take one of `cores` active cores. */
double addnormNpuMoveCycles(const AddnormNpuTarget *target, int64_t cores, double loads,
                            double stores);

#endif /* ADDNORM_CODEGEN_NPU_MODEL_H */
