/* How long a machine takes for a schedule: the figure by which schedules are chosen.
 *
 * A step's transfers and its work run side by side where tiles have two buffers, and one after the
 * other where they have one. A transfer takes its latency and its bytes, whole bursts, at the rate
 * that the queues or the share of the global memory allow; transfers in flight share that rate and
 * hide each other's latency. */

#ifndef ADDNORM_CODEGEN_NPU_MODEL_H
#define ADDNORM_CODEGEN_NPU_MODEL_H

#include "codegen/npu_schedule.h"

/* Cycles of the core with the longest line of tiles. Rows and N are static. */
double addnormNpuModelCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule);

/* Single pass: cycles for a row among very many. */
double addnormNpuModelRowCycles(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule);

/* Bytes from or to global memory per cycle, of each of `cores` active cores. */
double addnormNpuBytesPerCycle(const AddnormNpuTarget *target, int64_t cores);

/* The tiles of a row: runs of columnTile, in each chunk anew where a tile is a part of one. */
int64_t addnormNpuColumnTiles(const AddnormNpuSchedule *schedule, int64_t n);

#endif /* ADDNORM_CODEGEN_NPU_MODEL_H */
