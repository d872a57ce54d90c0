#include "tools/addnormc/stages.h"

#include <string.h>
#include <time.h>

static double processorTime(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

void stagesEnd(Stages *stages, const char *name) {
  double now = processorTime();
  int i = 0;
  while (i < stages->count && strcmp(stages->at[i].name, name) != 0)
    ++i;
  if (i == stages->count)
    stages->at[stages->count++].name = name;
  stages->at[i].ms += now - stages->last;
  stages->last = now;
}

void stagesPrint(const Stages *stages, FILE *file) {
  double total = 0;
  fprintf(file, "%-10s %9s\n", "stage", "ms");
  for (int i = 0; i < stages->count; ++i) {
    fprintf(file, "%-10s %9.1f\n", stages->at[i].name, stages->at[i].ms);
    total += stages->at[i].ms;
  }
  fprintf(file, "%-10s %9.1f\n", "total", total);
}
