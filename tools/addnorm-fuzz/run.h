/* Runs a series of programs: in batches, each in a process of its own, so that neither a crash nor
 * a hang ends the run. */

#ifndef ADDNORM_FUZZ_RUN_H
#define ADDNORM_FUZZ_RUN_H

#include "tools/addnorm-fuzz/check.h"

typedef struct RunOptions {
  uint64_t seed, first, count;
  const char *directory; /* for what is found */
  bool print;            /* the programs only */
} RunOptions;

/* Prints what it finds and, last, the tally. Whether it found nothing. */
bool runPrograms(const RunOptions *options);

#endif /* ADDNORM_FUZZ_RUN_H */
