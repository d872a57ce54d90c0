/* The spans of a launch, in order, for those who draw them. */

#ifndef ADDNORM_LIB_RUNTIME_TIMELINE_H
#define ADDNORM_LIB_RUNTIME_TIMELINE_H

#include "lib/runtime/machine.h"

enum { MACHINE_UNITS = 3 };

typedef struct MachineTimeline {
  const AddnormNpuTarget *target;
  int64_t launch;
  AddnormMachineCycles cycles;
  int64_t *cores;            /* that took part, in order; as many as cycles.cores */
  AddnormMachineSpan *spans; /* by core, unit, queue and begin */
  int64_t numSpans, maxSpans;
  bool outOfMemory;
} MachineTimeline;

/* False as addnormMachineReplay is. To be destroyed in either case. */
bool machineTimelineCreate(MachineTimeline *timeline, const AddnormMachine *machine, int64_t launch,
                           const AddnormNpuTarget *target);
void machineTimelineDestroy(MachineTimeline *timeline);

/* "load", "compute", "store". */
const char *machineUnitName(AddnormMachineUnit unit);

/* "DMA", "computing", "latency". */
const char *machineBoundName(AddnormMachineBound bound);

#endif /* ADDNORM_LIB_RUNTIME_TIMELINE_H */
