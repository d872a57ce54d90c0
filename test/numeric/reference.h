/* One row against the installed C reference (addnorm-c/reference.h), in the terms of the sweep. */

#ifndef ADDNORM_TEST_NUMERIC_REFERENCE_H
#define ADDNORM_TEST_NUMERIC_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addnorm-c/reference.h"

typedef enum Format { NONE, F16, BF16, F32 } Format;

size_t formatBytes(Format format);
float decode(Format format, const void *data, int64_t i);
void encode(Format format, void *data, int64_t i, float value);

/* The distance between neighbours of `value` in the format, subnormals included. */
double ulp(Format format, double value);
double largestFinite(Format format);

enum { MAX_ADDENDS = 4 };

/* The attributes and operand types of one op. */
typedef struct Norm {
  int numAddends;
  Format addends[MAX_ADDENDS];
  bool bias[MAX_ADDENDS];
  bool scaled;
  float scales[MAX_ADDENDS];
  Format gamma, y, sum; /* NONE: absent; y is always there */
  bool rstd;
  bool hasGammaOffset;
  float gammaOffset;
  float epsilon;
  Format sumType, normType; /* NONE: not rounded */
  int64_t lanes, chunk;     /* 0: the target's own (never in what is expected), the row */
} Norm;

/* One row's inputs; each points at element 0. */
typedef struct Row {
  const void *addends[MAX_ADDENDS];
  const void *gamma;
  int64_t n;
} Row;

/* What the contract says, in the formats of y and sum. Either may be null; rstd may be null. */
void contractRow(const Norm *norm, const Row *row, void *y, void *sum, float *rstd);

/* Only for norms without sum_type and norm_type, which define their roundings. */
void truthRow(const Norm *norm, const Row *row, AddnormTruth *truth);

#endif /* ADDNORM_TEST_NUMERIC_REFERENCE_H */
