/* One run of one kernel: inputs made up, outputs checked. */

#ifndef ADDNORM_TEST_NUMERIC_CASE_H
#define ADDNORM_TEST_NUMERIC_CASE_H

#include "kernel.h"
#include "values.h"

typedef struct Case {
  const Kernel *kernel;
  int64_t rows, n;
  int64_t pad;  /* elements between a row's end and the next one's start */
  bool inPlace; /* y lies over addend 0 and sum over addend 1 */
  bool special; /* row r holds pattern r mod NUM_PATTERNS; between strided rows gamma has a NaN */
} Case;

/* Whether every output has the bits of the contract and is near the truth, and nothing else was
 * written. Otherwise prints the first thing that is wrong, for a limited number of cases. */
bool caseCheck(const Case *c);

#endif /* ADDNORM_TEST_NUMERIC_CASE_H */
