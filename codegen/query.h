/* What a schedule has to know about an op, from the op. */

#ifndef ADDNORM_CODEGEN_QUERY_H
#define ADDNORM_CODEGEN_QUERY_H

#include "codegen/schedule.h"
#include "mlir-c/IR.h"

/* `op` is an addnorm.rms_norm on tensors or memrefs. */
AddnormScheduleQuery addnormScheduleQueryOf(MlirOperation op);

/* Whether every tensor may lie in 32-bit addresses, and an index be a signed number of 32 bits. */
bool addnormFits32Bits(const AddnormScheduleQuery *query);

/* Whether the op is in a parallel loop. */
bool addnormIsInParallel(MlirOperation op);

#endif /* ADDNORM_CODEGEN_QUERY_H */
