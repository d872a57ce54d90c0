#include "reference.h"

#include <stdio.h>
#include <stdlib.h>

static AddnormElementType typeOf(Format format) {
  return format == F32 ? ADDNORM_F32 : format == BF16 ? ADDNORM_BF16 : ADDNORM_F16;
}

size_t formatBytes(Format format) { return (size_t)addnormElementSize(typeOf(format)); }

float decode(Format format, const void *data, int64_t i) {
  return addnormReferenceLoad(typeOf(format), data, i);
}

void encode(Format format, void *data, int64_t i, float value) {
  addnormReferenceStore(typeOf(format), data, i, value);
}

double ulp(Format format, double value) { return addnormReferenceUlp(typeOf(format), value); }

double largestFinite(Format format) {
  return format == F16 ? 65504 : format == BF16 ? 0x1.fep127 : 0x1.fffffep127;
}

/* A call on one row, and what it points to. */
typedef struct Call {
  AddnormReference norm;
  AddnormTensor addends[MAX_ADDENDS], gamma, y, sum, rstd;
  AddnormElementType sumType, normType;
  int64_t one;
} Call;

static AddnormTensor vector(Format format, const void *data, const int64_t *n) {
  return (AddnormTensor){.data = (void *)data, .type = typeOf(format), .rank = 1, .shape = n};
}

static void describe(Call *call, const Norm *norm, const Row *row) {
  *call = (Call){.sumType = typeOf(norm->sumType), .normType = typeOf(norm->normType), .one = 1};
  for (int k = 0; k < norm->numAddends; ++k)
    call->addends[k] = vector(norm->addends[k], row->addends[k], &row->n);
  call->gamma = vector(norm->gamma, row->gamma, &row->n);
  call->y = vector(norm->y, NULL, &row->n);
  call->norm = (AddnormReference){.numAddends = norm->numAddends,
                                  .addends = call->addends,
                                  .scales = norm->scaled ? norm->scales : NULL,
                                  .gamma = norm->gamma ? &call->gamma : NULL,
                                  .gammaOffset = norm->hasGammaOffset ? &norm->gammaOffset : NULL,
                                  .epsilon = norm->epsilon,
                                  .sumType = norm->sumType ? &call->sumType : NULL,
                                  .normType = norm->normType ? &call->normType : NULL,
                                  .lanes = norm->lanes,
                                  .chunk = norm->chunk,
                                  .y = &call->y};
}

static void require(AddnormStatus status, const AddnormError *error) {
  if (status == ADDNORM_OK)
    return;
  fprintf(stderr, "the reference declines: %s\n", error->text);
  exit(EXIT_FAILURE);
}

void contractRow(const Norm *norm, const Row *row, void *y, void *sum, float *rstd) {
  Call call;
  AddnormError error;
  describe(&call, norm, row);
  call.y.data = y;
  call.sum = vector(norm->sum, sum, &row->n);
  call.rstd = vector(F32, rstd, &call.one);
  call.norm.sum = norm->sum ? &call.sum : NULL;
  call.norm.rstd = norm->rstd ? &call.rstd : NULL;
  require(addnormReferenceExact(&call.norm, &error), &error);
}

void truthRow(const Norm *norm, const Row *row, AddnormTruth *truth) {
  Call call;
  AddnormError error;
  describe(&call, norm, row);
  require(addnormReferenceTruth(&call.norm, 0, truth, &error), &error);
}
