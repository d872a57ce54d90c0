/* The graph under test, as MLIR text.
 *
 * A chain of residual layers, x_k = x_(k-1) + a_k and y_k = RMSNorm(x_k) * gamma, in the ops that
 * torch-mlir writes for a Llama block: on f16, x_k is rounded to f16, the norm widens it, and the
 * normalised value is rounded again before the product with gamma. */

#ifndef ADDNORM_DEMO_GRAPH_H
#define ADDNORM_DEMO_GRAPH_H

#include "lib/exec/tensor.h"

#define DEMO_EPSILON 1.0e-05f

typedef struct DemoGraphSpec {
  ExecElement element; /* of all tensors: EXEC_F16, EXEC_BF16 or EXEC_F32 */
  int64_t rows, n;
  int numLayers;
  bool returnsSum; /* the last x_k too */
  bool wideGamma;  /* gamma is f32, and so is the product with it */
  bool withoutAdd; /* of one layer, the norm alone: @main(x, gamma) -> y */
} DemoGraphSpec;

/* @main(x_0, a_1 ... a_L, gamma) -> (y_1 ... y_L[, x_L]); the caller frees the text. */
char *demoGraphWrite(const DemoGraphSpec *spec);

#endif /* ADDNORM_DEMO_GRAPH_H */
