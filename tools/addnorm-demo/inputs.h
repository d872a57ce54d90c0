/* The families of inputs: x_0, a_1 ... a_L and gamma, in f16 and finite. */

#ifndef ADDNORM_DEMO_INPUTS_H
#define ADDNORM_DEMO_INPUTS_H

#include "lib/exec/tensor.h"
#include "tools/addnorm-demo/results.h"

/* Where a value goes. */
typedef struct DemoPlace {
  int layer;       /* 0: x_0; otherwise a_layer */
  double rowShare; /* rises from row to row, to 1 in the last */
  int64_t column;
} DemoPlace;

typedef struct DemoFamily {
  const char *name;
  const char *summary; /* what the inputs are */
  bool passesF16;      /* made so that sums pass 65504 */
  int numLayers;
  double (*value)(const DemoPlace *at, uint64_t *random);
} DemoFamily;

extern const DemoFamily demoFamilies[DEMO_NUM_FAMILIES];

/* The tensors in the order of the graph's arguments, numLayers + 2 of them. */
typedef struct DemoInputs {
  int count;
  ExecTensor tensors[DEMO_MAX_LAYERS + 2];
} DemoInputs;

/* The caller destroys the inputs, after a failure too. */
bool demoInputsCreate(DemoInputs *inputs, const DemoFamily *family, int64_t rows, int64_t n,
                      uint64_t seed, ExecError *error);

/* The same values as f32. */
bool demoInputsWiden(DemoInputs *wide, const DemoInputs *inputs, ExecError *error);
void demoInputsDestroy(DemoInputs *inputs);

#endif /* ADDNORM_DEMO_INPUTS_H */
