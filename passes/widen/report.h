/* What the pass says: to its caller, and to MLIR's remark engine. */

#ifndef ADDNORM_PASSES_WIDEN_REPORT_H
#define ADDNORM_PASSES_WIDEN_REPORT_H

#include "addnorm-c/passes.h"
#include "passes/widen/flow.h"

/* Tells each sum that is widened and each end of the stream, in the order of the program. */
void reportStream(const Flow *flow, AddnormWidenFactCallback onFact, void *userData);

#endif /* ADDNORM_PASSES_WIDEN_REPORT_H */
