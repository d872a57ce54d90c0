/* The op's contract in plain C: bit for bit in f32, and the truth in f64. Compiled without
 * contraction; shares no code with the compiler it judges. */

#ifndef ADDNORM_TEST_NUMERIC_REFERENCE_H
#define ADDNORM_TEST_NUMERIC_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
  int64_t lanes, chunk;     /* 0: the target's own, the row */
} Norm;

/* One row's inputs; each points at element 0. */
typedef struct Row {
  const void *addends[MAX_ADDENDS];
  const void *gamma;
  int64_t n;
} Row;

/* What the contract says, in the formats of y and sum. Either may be null; rstd may be null. */
void contractRow(const Norm *norm, const Row *row, void *y, void *sum, float *rstd);

/* The truth per element, and how far f32 arithmetic in the contract's order may be from it before
 * the final rounding. */
typedef struct Truth {
  double *y, *sum;
  double *yBound, *sumBound;
  double rstd, rstdBound;
  bool inRange; /* the sum of squares neither overflows nor vanishes in f32; otherwise no claim */
} Truth;

/* Only for norms without sum_type and norm_type, which define their roundings. */
void truthRow(const Norm *norm, const Row *row, Truth *truth);

#endif /* ADDNORM_TEST_NUMERIC_REFERENCE_H */
