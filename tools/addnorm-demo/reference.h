/* y in f64, and the distance of a result from it. */

#ifndef ADDNORM_DEMO_REFERENCE_H
#define ADDNORM_DEMO_REFERENCE_H

#include "tools/addnorm-demo/inputs.h"

/* Fills `layers`, one per layer. `ys[g]` are the ys that graph g returned, in its own type. */
void demoJudge(const DemoInputs *inputs, const ExecTensor *const ys[DEMO_NUM_GRAPHS],
               DemoLayer *layers);

#endif /* ADDNORM_DEMO_REFERENCE_H */
