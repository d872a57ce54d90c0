/* Counting checks, for the unit tests of one program each. */

#ifndef ADDNORM_TEST_UNIT_CHECK_H
#define ADDNORM_TEST_UNIT_CHECK_H

#include <stdio.h>

static long checks, failures;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    ++checks;                                                                                      \
    if (!(condition)) {                                                                            \
      ++failures;                                                                                  \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
    }                                                                                              \
  } while (0)

#endif /* ADDNORM_TEST_UNIT_CHECK_H */
