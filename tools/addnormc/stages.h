/* Where the time of a command goes. */

#ifndef ADDNORM_TOOLS_ADDNORMC_STAGES_H
#define ADDNORM_TOOLS_ADDNORMC_STAGES_H

#include <stdio.h>

enum { STAGES_MAX = 8 };

typedef struct Stages {
  double last; /* ms of the process's processor time when the last stage ended */
  int count;
  struct {
    const char *name;
    double ms;
  } at[STAGES_MAX];
} Stages;

/* Ends a stage that began when the one before it ended, the first with the process. Stages of one
 * name are added up. */
void stagesEnd(Stages *stages, const char *name);

void stagesPrint(const Stages *stages, FILE *file);

#endif /* ADDNORM_TOOLS_ADDNORMC_STAGES_H */
