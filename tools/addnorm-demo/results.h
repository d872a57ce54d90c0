/* What the experiment measures, and what must hold of it. Plain data: no MLIR. */

#ifndef ADDNORM_DEMO_RESULTS_H
#define ADDNORM_DEMO_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The five ways to compute y = RMSNorm(x + a) * gamma, in the order of the tables. */
typedef enum DemoGraph {
  DEMO_UNFUSED,    /* f16 tensors, every op a loop nest, as the front end wrote it */
  DEMO_NORM_FUSED, /* the norm is one kernel; the sum it reads is still f16 */
  DEMO_FUSED,      /* add and norm are one kernel, f32 inside */
  DEMO_WIDENED,    /* the same, and the sum goes to the next layer in f32 */
  DEMO_F32,        /* the unfused graph on f32 tensors */
  DEMO_NUM_GRAPHS
} DemoGraph;

extern const char *const demoGraphNames[DEMO_NUM_GRAPHS];

/* y against the f64 reference. An error is |y - reference| in units of the last place that f16 has
 * at the reference: 2^(e - 10) for 2^e <= |reference| < 2^(e + 1), at least 2^-24. */
typedef struct DemoAccuracy {
  int64_t finiteRows; /* rows without an infinity or a NaN in y */
  double maxError;    /* over the finite rows; 0 when there is none */
  int64_t lostValues; /* infinities and NaNs in y */
  int64_t lostZeros;  /* zeros in the other rows: what an infinite sum makes of its neighbours */
} DemoAccuracy;

typedef struct DemoLayer {
  double largestSum;   /* of |x + a|, in f64 */
  int64_t rowsPastF16; /* rows of which a sum, here or in an earlier layer, rounds to inf in f16 */
  DemoAccuracy graphs[DEMO_NUM_GRAPHS];
  double fusedAgainstF32; /* the largest difference of y, over rows where both are finite; ulps */
} DemoLayer;

enum { DEMO_MAX_LAYERS = 12 };

/* One family of inputs through all graphs. */
typedef struct DemoFamilyResult {
  const char *name;
  bool passesF16; /* the family is made so that sums pass 65504 */
  int numLayers;
  DemoLayer layers[DEMO_MAX_LAYERS];
  double seconds[DEMO_NUM_GRAPHS]; /* median of a call */
} DemoFamilyResult;

/* The kernels of one graph. */
typedef struct DemoTraffic {
  int kernels;
  int accesses;  /* reads and writes of tensors of rows x N */
  int64_t bytes; /* of all tensors read and written */
  /* With one kernel for the add and one for the norm, or one for both, and nothing stored between
   * the kernels but the sum: */
  int idealAccesses;
  int64_t idealBytes;
} DemoTraffic;

/* The graphs of which the traffic is counted: one layer, without and with the sum as a result, and
 * a chain of DEMO_MAX_LAYERS. */
enum { DEMO_LAYER, DEMO_LAYER_AND_SUM, DEMO_CHAIN, DEMO_NUM_SHAPES };

enum { DEMO_OVERFLOW, DEMO_SPIKES, DEMO_TAILS, DEMO_ROUNDING, DEMO_DEPTH, DEMO_NUM_FAMILIES };

typedef struct DemoResults {
  int64_t rows, n;
  uint64_t seed;
  DemoTraffic traffic[DEMO_NUM_SHAPES][DEMO_NUM_GRAPHS];
  DemoFamilyResult families[DEMO_NUM_FAMILIES];
} DemoResults;

/* Writes each property that does not hold to `out`, one a line, and returns how many. */
int demoCheck(const DemoResults *results, FILE *out);

#endif /* ADDNORM_DEMO_RESULTS_H */
