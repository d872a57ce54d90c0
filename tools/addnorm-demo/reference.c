#include "tools/addnorm-demo/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/addnorm-demo/graph.h"

/* From here up f16 rounds to infinity: half a last place above 65504. */
static const double roundsToInfinity = 65520;

static double ulpOfF16(double value) {
  int exponent = value == 0 ? -14 : ilogb(value);
  return ldexp(1, (exponent < -14 ? -14 : exponent) - 10);
}

/* The value as f16: what a graph on f32 tensors would hand to the next f16 kernel. */
static double loadAsF16(const ExecTensor *tensor, int64_t i) {
  if (tensor->shape.element == EXEC_F16)
    return (double)((const _Float16 *)tensor->data)[i];
  return (double)(_Float16)((const float *)tensor->data)[i];
}

/* Adds row `row` of `addend` to `t` and returns the largest |t|. */
static double addRow(double *t, const ExecTensor *addend, int64_t row) {
  int64_t n = addend->shape.dims[1];
  const _Float16 *values = (const _Float16 *)addend->data + row * n;
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    t[i] += (double)values[i];
    largest = fmax(largest, fabs(t[i]));
  }
  return largest;
}

static void referenceRow(const double *t, const _Float16 *gamma, int64_t n, double *y) {
  double squares = 0;
  for (int64_t i = 0; i < n; ++i)
    squares += t[i] * t[i];
  double rstd = 1 / sqrt(squares / (double)n + (double)DEMO_EPSILON);
  for (int64_t i = 0; i < n; ++i)
    y[i] = t[i] * rstd * (double)gamma[i];
}

/* Adds row `row` of `y` to `accuracy` and says whether it is finite. */
static bool judgeRow(const ExecTensor *y, int64_t row, const double *reference,
                     DemoAccuracy *accuracy) {
  int64_t n = y->shape.dims[1], lostValues = 0, zeros = 0;
  double maxError = 0;
  for (int64_t i = 0; i < n; ++i) {
    double value = loadAsF16(y, row * n + i);
    lostValues += !isfinite(value);
    zeros += value == 0;
    maxError = fmax(maxError, fabs(value - reference[i]) / ulpOfF16(reference[i]));
  }
  bool finite = lostValues == 0;
  accuracy->finiteRows += finite;
  accuracy->lostValues += lostValues;
  if (finite)
    accuracy->maxError = fmax(accuracy->maxError, maxError);
  else
    accuracy->lostZeros += zeros;
  return finite;
}

static double difference(const ExecTensor *a, const ExecTensor *b, int64_t row,
                         const double *reference) {
  int64_t n = a->shape.dims[1];
  double largest = 0;
  for (int64_t i = 0; i < n; ++i)
    largest = fmax(largest, fabs(loadAsF16(a, row * n + i) - loadAsF16(b, row * n + i)) /
                                ulpOfF16(reference[i]));
  return largest;
}

/* The rows of one layer's results, one per graph. */
static void judgeRows(const ExecTensor *const ys[DEMO_NUM_GRAPHS], int layer, int64_t row,
                      const double *reference, DemoLayer *result) {
  bool finite[DEMO_NUM_GRAPHS];
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    finite[g] = judgeRow(&ys[g][layer], row, reference, &result->graphs[g]);
  if (finite[DEMO_FUSED] && finite[DEMO_F32])
    result->fusedAgainstF32 =
        fmax(result->fusedAgainstF32,
             difference(&ys[DEMO_FUSED][layer], &ys[DEMO_F32][layer], row, reference));
}

void demoJudge(const DemoInputs *inputs, const ExecTensor *const ys[DEMO_NUM_GRAPHS],
               DemoLayer *layers) {
  int numLayers = inputs->count - 2;
  int64_t rows = ys[0][0].shape.dims[0], n = ys[0][0].shape.dims[1];
  const _Float16 *gamma = inputs->tensors[inputs->count - 1].data;
  double *reference = malloc(sizeof *reference * (size_t)n);
  double *t = malloc(sizeof *t * (size_t)n);
  memset(layers, 0, sizeof *layers * (size_t)numLayers);
  for (int64_t row = 0; row < rows; ++row) {
    double largest = 0;
    memset(t, 0, sizeof *t * (size_t)n);
    addRow(t, &inputs->tensors[0], row);
    for (int layer = 0; layer < numLayers; ++layer) {
      double largestSum = addRow(t, &inputs->tensors[layer + 1], row);
      largest = fmax(largest, largestSum);
      layers[layer].largestSum = fmax(layers[layer].largestSum, largestSum);
      layers[layer].rowsPastF16 += largest >= roundsToInfinity;
      referenceRow(t, gamma, n, reference);
      judgeRows(ys, layer, row, reference, &layers[layer]);
    }
  }
  free(t);
  free(reference);
}
