/* The formula in f64, and a bound on what f32 arithmetic loses. */

#include <float.h>
#include <math.h>

#include "lib/reference/row.h"

/* Half a unit in the last place of 1 in f32, with room for the products of errors. */
#define U (0x1p-24 * 1.01)

/* f32 loses at most this much to underflow in one operation. */
#define TINY 0x1p-149

/* Sets sum[i] = t and sumBound[i]. One rounding per product and per addition, each at most U times
 * the partial result, which is at most the sum of magnitudes; the one rounding of two plain addends
 * is relative to t itself. */
static void truthOfSum(const Row *row, AddnormTruth *truth) {
  const AddnormReference *norm = row->norm;
  int roundings = norm->numAddends - 1 + (norm->scales ? 1 : 0);
  for (int64_t i = 0; i < row->n; ++i) {
    double t = 0, magnitude = 0;
    for (int32_t k = 0; k < norm->numAddends; ++k) {
      double addend = (double)addnormReferenceLoad(norm->addends[k].type, row->addends[k], i);
      if (norm->scales)
        addend *= (double)norm->scales[k];
      t += addend;
      magnitude += fabs(addend);
    }
    truth->sum[i] = t;
    truth->sumBound[i] = roundings * (roundings == 1 && !norm->scales ? fabs(t) : magnitude) * U +
                         (norm->scales ? norm->numAddends * TINY : 0);
  }
}

/* Additions on the longest path from an element to the sum of squares. */
static double additions(const AddnormReference *norm, int64_t n) {
  double lanes = (double)norm->lanes;
  double chunk = (double)(norm->chunk ? norm->chunk : n);
  return ceil(fmin(chunk, (double)n) / lanes) + ceil((double)n / chunk) + log2(lanes);
}

/* Sets rstd. The radicand is off by the error of the mean and its own rounding; the root halves
 * that and rounds, the division rounds. Returns the relative bound. */
static double truthOfRstd(const Row *row, AddnormTruth *truth) {
  double squares = 0, error = 0;
  for (int64_t i = 0; i < row->n; ++i) {
    squares += truth->sum[i] * truth->sum[i];
    error += 2 * fabs(truth->sum[i]) * truth->sumBound[i] + TINY;
  }
  double mean = squares / (double)row->n;
  double radicand = mean + (double)row->norm->epsilon;
  double meanBound = error / (double)row->n + mean * (additions(row->norm, row->n) + 1) * U;
  double relative = (meanBound / radicand + U) / 2 + 2 * U;
  truth->rstd = 1 / sqrt(radicand);
  truth->rstdBound = truth->rstd * relative;
  truth->inRange = squares == 0 || !isfinite(squares) ||
                   (squares < (double)FLT_MAX && meanBound < radicand / 256);
  return relative;
}

static void truthOfRow(const Row *row, AddnormTruth *truth) {
  const AddnormReference *norm = row->norm;
  truthOfSum(row, truth);
  double relative = truthOfRstd(row, truth);
  for (int64_t i = 0; i < row->n; ++i) {
    double w = norm->gamma ? (double)addnormReferenceLoad(norm->gamma->type, row->gamma, i) : 1.0;
    if (norm->gamma && norm->gammaOffset)
      w += (double)*norm->gammaOffset;
    /* u, the offset gamma and their product round once each. */
    truth->y[i] = truth->sum[i] * truth->rstd * w;
    truth->yBound[i] = fabs(truth->y[i]) * (relative + 3 * U) +
                       fabs(w) * (truth->rstd * truth->sumBound[i] + TINY) + TINY;
  }
}

AddnormStatus addnormReferenceTruth(const AddnormReference *norm, int64_t row, AddnormTruth *truth,
                                    AddnormError *error) {
  Call call;
  AddnormStatus status = callCreate(&call, norm, false, error);
  if (status != ADDNORM_OK)
    return status;
  if (norm->sumType || norm->normType)
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, norm->sumType ? "sumType" : "normType",
                         "its roundings are part of the result");
  if (row < 0 || row >= call.rows)
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, "row", "one of the shape's rows");
  Row r = callRow(&call, row);
  truthOfRow(&r, truth);
  return ADDNORM_OK;
}
