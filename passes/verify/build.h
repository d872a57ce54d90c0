/* The flow of a program: the one place where IR becomes a graph. */

#ifndef ADDNORM_PASSES_VERIFY_BUILD_H
#define ADDNORM_PASSES_VERIFY_BUILD_H

#include "passes/verify/flow.h"

/* An op whose effect on the flow is not known. */
typedef void (*UnknownCallback)(void *data, MlirOperation op, const char *reason);

/* Adds everything in `root` to the empty `graph`. */
void flowBuild(FlowGraph *graph, MlirOperation root, UnknownCallback onUnknown, void *data);

#endif /* ADDNORM_PASSES_VERIFY_BUILD_H */
