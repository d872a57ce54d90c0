/* Composes a program from its choices: add -> RMSNorm in one spelling, or a near miss. */

#ifndef ADDNORM_FUZZ_PROGRAM_H
#define ADDNORM_FUZZ_PROGRAM_H

#include <stdbool.h>

#include "tools/addnorm-fuzz/choices.h"

typedef struct Program {
  char *text;       /* a func.func @p<number> */
  int expected;     /* ops of two or more addends to be made; -1: whatever is right */
  bool hasGamma;    /* that each of these ops has to take in */
  int norm;         /* the result that is to be the norm rounded once, or -1 */
  int cleanUp;      /* which of upstream's clean-ups it goes through first */
  double tolerance; /* relative, in exact arithmetic: constants that are rounded in the source */
} Program;

/* The caller frees the text. */
Program programCompose(const Choices *choices, int number);

#endif /* ADDNORM_FUZZ_PROGRAM_H */
