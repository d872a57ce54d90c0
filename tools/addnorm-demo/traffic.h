/* The bytes that the kernels of a graph move. */

#ifndef ADDNORM_DEMO_TRAFFIC_H
#define ADDNORM_DEMO_TRAFFIC_H

#include "lib/exec/model.h"
#include "tools/addnorm-demo/results.h"

/* Counts over a module of linalg.generic and addnorm.rms_norm on static tensors: each becomes one
 * loop nest, which reads each of its input tensors once and writes each of its results once. (The
 * fused kernel passes over a row twice; the second time the row is in the cache.) Fills all but the
 * ideal figures. */
void demoTrafficCount(ExecModel *model, int64_t n, DemoTraffic *traffic);

#endif /* ADDNORM_DEMO_TRAFFIC_H */
