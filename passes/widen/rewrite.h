/* From the decision to the IR. */

#ifndef ADDNORM_PASSES_WIDEN_REWRITE_H
#define ADDNORM_PASSES_WIDEN_REWRITE_H

#include "passes/widen/flow.h"

/* Carries the widened nodes in f32. Cannot fail. The graph is used up: its ops may be gone. */
void rewriteStream(Flow *flow);

#endif /* ADDNORM_PASSES_WIDEN_REWRITE_H */
