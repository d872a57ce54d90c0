/* The op's contract bit for bit. Compiled without contraction: the one fma is fmaf. */

#include <float.h>
#include <math.h>

#include "lib/reference/row.h"

_Static_assert(FLT_EVAL_METHOD == 0, "f32 arithmetic must round to f32");

static float through(const AddnormElementType *type, float value) {
  if (!type)
    return value;
  uint32_t narrow = 0;
  addnormReferenceStore(*type, &narrow, 0, value);
  return addnormReferenceLoad(*type, &narrow, 0);
}

static float sumOfAddends(const Row *row, int64_t i) {
  const AddnormReference *norm = row->norm;
  float t = 0;
  for (int32_t k = 0; k < norm->numAddends; ++k) {
    float addend = addnormReferenceLoad(norm->addends[k].type, row->addends[k], i);
    if (norm->scales)
      addend *= norm->scales[k];
    t = k == 0 ? addend : t + addend;
  }
  return through(norm->sumType, t);
}

/* What lane `lane` sums: its elements of each chunk, then the chunks. */
static float sumOfLane(const Row *row, int64_t lane) {
  int64_t chunk = row->norm->chunk ? row->norm->chunk : row->n;
  float total = 0;
  for (int64_t start = 0, end; start < row->n; start = end) {
    end = row->n - start < chunk ? row->n : start + chunk;
    float partial = 0;
    for (int64_t i = start + lane; i < end; i += row->norm->lanes) {
      float t = sumOfAddends(row, i);
      partial = fmaf(t, t, partial);
    }
    total = start == 0 ? partial : total + partial;
  }
  return total;
}

/* Lane `lane` when all have been folded to `width`. */
static float folded(const Row *row, int64_t lane, int64_t width) {
  if (width == row->norm->lanes)
    return sumOfLane(row, lane);
  return folded(row, lane, 2 * width) + folded(row, lane + width, 2 * width);
}

static void computeRow(const Row *row) {
  const AddnormReference *norm = row->norm;
  float mean = folded(row, 0, 1) / (float)row->n;
  float rstd = 1.0f / sqrtf(mean + norm->epsilon);
  for (int64_t i = 0; i < row->n; ++i) {
    float t = sumOfAddends(row, i);
    float u = through(norm->normType, t * rstd);
    if (norm->gamma) {
      float gamma = addnormReferenceLoad(norm->gamma->type, row->gamma, i);
      u *= norm->gammaOffset ? *norm->gammaOffset + gamma : gamma;
    }
    addnormReferenceStore(norm->y->type, row->y, i, u);
    if (row->sum)
      addnormReferenceStore(norm->sum->type, row->sum, i, t);
  }
  if (row->rstd)
    *row->rstd = rstd;
}

AddnormStatus addnormReferenceExact(const AddnormReference *norm, AddnormError *error) {
  Call call;
  AddnormStatus status = callCreate(&call, norm, true, error);
  for (int64_t r = 0; status == ADDNORM_OK && r < call.rows; ++r) {
    Row row = callRow(&call, r);
    computeRow(&row);
  }
  return status;
}
