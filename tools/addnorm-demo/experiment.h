/* Runs the graphs on all families of inputs and measures. */

#ifndef ADDNORM_DEMO_EXPERIMENT_H
#define ADDNORM_DEMO_EXPERIMENT_H

#include "lib/exec/error.h"
#include "tools/addnorm-demo/results.h"

/* Sets what `results` does not say already: all but rows, n and seed. */
bool demoRun(DemoResults *results, ExecError *error);

#endif /* ADDNORM_DEMO_EXPERIMENT_H */
