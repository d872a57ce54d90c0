#include "tools/addnorm-demo/inputs.h"

#include <math.h>

static const double largestF16 = 65504;

/* splitmix64 */
static uint64_t nextBits(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* In (0, 1). */
static double uniform(uint64_t *random) {
  return ((double)(nextBits(random) >> 12) + 0.5) * 0x1p-52;
}

static double between(double low, double high, uint64_t *random) {
  return low + (high - low) * uniform(random);
}

static double normal(uint64_t *random) {
  double radius = sqrt(-2 * log(uniform(random)));
  return radius * cos(2 * M_PI * uniform(random));
}

/* The limits rise from row to row; sums can pass 65504 in the upper half of the rows. */
static double overflowing(const DemoPlace *at, uint64_t *random) {
  double limit = largestF16 * at->rowShare;
  return between(-limit, limit, random);
}

/* A few channels are huge in every token, as in trained models. */
static bool isOutlier(const DemoPlace *at) { return at->column % 1024 == 17; }

static double spiky(const DemoPlace *at, uint64_t *random) {
  return isOutlier(at) ? between(15000, 40000, random) : normal(random);
}

/* Student's t with two degrees of freedom: its variance is infinite. */
static double heavyTailed(const DemoPlace *at, uint64_t *random) {
  (void)at;
  double u = uniform(random);
  double t = (2 * u - 1) / sqrt(2 * u * (1 - u));
  return fmax(-largestF16, fmin(largestF16, 1000 * t));
}

/* The addend is small beside x: the f16 sum keeps only its upper bits. */
static double rounded(const DemoPlace *at, uint64_t *random) {
  return (at->layer == 0 ? 100 : 1) * normal(random);
}

/* Outlier channels grow by the same amount in each layer, faster in later rows. All values are
 * multiples of 32, so that f16 stores every x_k up to 65504 exactly: what is seen is overflow
 * alone. */
static double growing(const DemoPlace *at, uint64_t *random) {
  double step =
      isOutlier(at) ? largestF16 * (0.05 + 0.3 * at->rowShare) : between(-512, 512, random);
  return isOutlier(at) && at->layer == 0 ? 4096 : 32 * rint(step / 32);
}

const DemoFamily demoFamilies[DEMO_NUM_FAMILIES] = {
    [DEMO_OVERFLOW] = {"sums past 65504", "uniform; the limits rise from row to row, up to 65504",
                       true, 1, overflowing},
    [DEMO_SPIKES] = {"outlier spikes", "normal, but for a few channels between 15000 and 40000",
                     false, 1, spiky},
    [DEMO_TAILS] = {"heavy tails",
                    "1000 times Student's t with 2 degrees of freedom, clipped to "
                    "65504",
                    false, 1, heavyTailed},
    [DEMO_ROUNDING] = {"rounding only", "normal, x with deviation 100, the addend with 1", false, 1,
                       rounded},
    [DEMO_DEPTH] = {"growth with depth", "a chain of layers whose outlier channels grow", true,
                    DEMO_MAX_LAYERS, growing},
};

static bool fill(ExecTensor *tensor, const DemoFamily *family, int layer, int64_t rows, int64_t n,
                 uint64_t *random, ExecError *error) {
  ExecShape shape = {EXEC_F16, 2, {rows, n}};
  if (!execTensorCreate(tensor, &shape, error))
    return false;
  _Float16 *data = tensor->data;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < n; ++i) {
      DemoPlace place = {layer, (double)(row + 1) / (double)rows, i};
      data[row * n + i] = (_Float16)family->value(&place, random);
    }
  return true;
}

static bool fillGamma(ExecTensor *gamma, int64_t n, uint64_t *random, ExecError *error) {
  ExecShape shape = {EXEC_F16, 1, {n}};
  if (!execTensorCreate(gamma, &shape, error))
    return false;
  _Float16 *data = gamma->data;
  for (int64_t i = 0; i < n; ++i)
    data[i] = (_Float16)between(0.5, 1.5, random);
  return true;
}

bool demoInputsCreate(DemoInputs *inputs, const DemoFamily *family, int64_t rows, int64_t n,
                      uint64_t seed, ExecError *error) {
  *inputs = (DemoInputs){.count = family->numLayers + 2};
  for (int layer = 0; layer <= family->numLayers; ++layer)
    if (!fill(&inputs->tensors[layer], family, layer, rows, n, &seed, error))
      return false;
  return fillGamma(&inputs->tensors[family->numLayers + 1], n, &seed, error);
}

bool demoInputsWiden(DemoInputs *wide, const DemoInputs *inputs, ExecError *error) {
  *wide = (DemoInputs){.count = inputs->count};
  for (int i = 0; i < inputs->count; ++i) {
    ExecShape shape = inputs->tensors[i].shape;
    shape.element = EXEC_F32;
    if (!execTensorCreate(&wide->tensors[i], &shape, error))
      return false;
    const _Float16 *from = inputs->tensors[i].data;
    float *to = wide->tensors[i].data;
    for (int64_t k = 0; k < execShapeCount(&shape); ++k)
      to[k] = (float)from[k];
  }
  return true;
}

void demoInputsDestroy(DemoInputs *inputs) {
  for (int i = 0; i < inputs->count; ++i)
    execTensorDestroy(&inputs->tensors[i]);
}
