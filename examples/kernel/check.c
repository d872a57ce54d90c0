/* Tests a kernel, here one of addnormc's, against the reference: bit for bit, and against f64. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "norm.h"

enum { ROWS = 5, N = 4096 };

static const int64_t shape[] = {ROWS, N}, vectorShape[] = {N};
static uint16_t x[ROWS * N], r[ROWS * N], y[ROWS * N], sum[ROWS * N];
static uint16_t exactY[ROWS * N], exactSum[ROWS * N];
static float scale[N];

/* Large enough that many sums pass the largest f16. */
static void fill(void) {
  srand(1);
  for (int i = 0; i < ROWS * N; ++i) {
    addnormReferenceStore(ADDNORM_F16, x, i, (float)(rand() % 120000 - 60000));
    addnormReferenceStore(ADDNORM_F16, r, i, (float)(rand() % 120000 - 60000));
  }
  for (int i = 0; i < N; ++i)
    scale[i] = 1 + (float)(rand() % 1000) / 1000;
}

static AddnormTensor rows(uint16_t *data) {
  return (AddnormTensor){.data = data, .type = ADDNORM_F16, .rank = 2, .shape = shape};
}

/* How many elements of y lie further from the f64 result than f32 arithmetic explains. */
static int countFar(const AddnormReference *norm) {
  static double truthY[N], truthSum[N], yBound[N], sumBound[N];
  AddnormTruth truth = {.y = truthY, .sum = truthSum, .yBound = yBound, .sumBound = sumBound};
  int far = 0;
  for (int64_t row = 0; row < ROWS; ++row) {
    addnormReferenceTruth(norm, row, &truth, NULL);
    for (int64_t i = 0; truth.inRange && i < N; ++i) {
      double got = (double)addnormReferenceLoad(ADDNORM_F16, y, row * N + i);
      far += fabs(got - truthY[i]) > yBound[i] + addnormReferenceUlp(ADDNORM_F16, truthY[i]) / 2;
    }
  }
  return far;
}

int main(void) {
  fill();
  AddnormTensor addends[] = {rows(x), rows(r)}, results[] = {rows(y), rows(sum)};
  AddnormTensor exact[] = {rows(exactY), rows(exactSum)};
  AddnormTensor gammaTensor = {.data = scale, .type = ADDNORM_F32, .rank = 1, .shape = vectorShape};
  AddnormReference norm = {.numAddends = 2,
                           .addends = addends,
                           .gamma = &gammaTensor,
                           .epsilon = addnorm_norm_EPSILON,
                           .lanes = 64,
                           .y = &exact[0],
                           .sum = &exact[1]};
  AddnormError error;
  if (addnormReferenceExact(&norm, &error) != ADDNORM_OK ||
      addnorm_norm(&addends[0], &addends[1], &gammaTensor, &results[0], &results[1], &error) !=
          ADDNORM_OK) {
    fprintf(stderr, "%s\n", error.text);
    return EXIT_FAILURE;
  }
  bool same = memcmp(y, exactY, sizeof y) == 0 && memcmp(sum, exactSum, sizeof sum) == 0;
  int far = countFar(&norm);
  printf("%s as the contract says; %d of %d elements off\n", same ? "the bits are" : "NOT the bits",
         far, ROWS * N);
  return same && far == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
