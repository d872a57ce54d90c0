/* What a schedule moves and how long it takes at least, and the same of what it replaces: pure
 * functions of plain numbers. Rows and N are static. */

#ifndef ADDNORM_CODEGEN_NPU_TRAFFIC_H
#define ADDNORM_CODEGEN_NPU_TRAFFIC_H

#include "codegen/npu_schedule.h"

/* Of all cores together. Padding is what bursts move beyond the elements, where tensors begin with
 * a burst and their rows lie one behind the other. */
typedef struct AddnormNpuTraffic {
  int64_t loaded, stored; /* bytes of elements */
  int64_t paddingLoaded, paddingStored;
  int64_t transfers;
} AddnormNpuTraffic;

AddnormNpuTraffic addnormNpuTraffic(const AddnormScheduleQuery *query,
                                    const AddnormNpuTarget *target,
                                    const AddnormNpuSchedule *schedule);

/* The fewest bytes of elements, loads and stores together, for the scratchpad that there is. In
 * single pass each element of an addend or result once, and the row vectors once for each active
 * core. In multi pass what npu_search.c argues: the addends of the columns whose t is not kept a
 * second time, and row vectors with each row that are not kept either; found by trying every number
 * of kept tiles of either kind, for the tiles that the schedule has. */
int64_t addnormNpuLeastBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                             const AddnormNpuSchedule *schedule);

/* What no overlap can beat, of the core with the most rows. */
typedef struct AddnormNpuBound {
  double dma, compute;         /* cycles of all transfers; of all work, and of starting transfers */
  double firstLoad, lastStore; /* until the first tile is there, and after the work on the last */
  double cycles;               /* max(dma, compute) + firstLoad + lastStore; without the launch */
} AddnormNpuBound;

AddnormNpuBound addnormNpuBound(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                const AddnormNpuSchedule *schedule);

/* --- what it replaces ------------------------------------------------------------------------- */

/* Kernels one after the other, each of which reads its operands from global memory, in tiles as
 * long as they like, and stores its result there. Cycles are at their best: launch, latencies, and
 * the longer of transfers and work of all cores. */
typedef struct AddnormNpuGraph {
  int64_t kernels, bytes; /* bytes of elements, loads and stores together */
  double cycles;
} AddnormNpuGraph;

typedef enum AddnormNpuGraphKind {
  ADDNORM_GRAPH_UNFUSED,   /* a kernel for each op of the graph; the sum as wide as the first addend
                            */
  ADDNORM_GRAPH_NORM_ONLY, /* an addition that stores the sum as wide as that, then a fused norm */
  ADDNORM_GRAPH_F32        /* a kernel for each op, and all tensors f32 */
} AddnormNpuGraphKind;

AddnormNpuGraph addnormNpuGraph(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                AddnormNpuGraphKind kind);

/* The op by a schedule that takes no care: multi pass always and nothing kept, every access under a
 * mask, the sum always stored, a kernel on every core whether it has rows or not. */
typedef struct AddnormNpuBaseline {
  AddnormNpuSchedule schedule;
  int64_t bytes;
  double cycles; /* modelled as addnormNpuModelCycles does */
} AddnormNpuBaseline;

/* Returns why there is none, a static string, or null. */
const char *addnormNpuBaseline(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               AddnormNpuBaseline *baseline);

#endif /* ADDNORM_CODEGEN_NPU_TRAFFIC_H */
