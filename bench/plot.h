/* A figure of the results, drawn by matplotlib (plot.py). */

#ifndef ADDNORM_BENCH_PLOT_H
#define ADDNORM_BENCH_PLOT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "lib/exec/error.h"

/* Whether `python` can draw to a file of this name: to be known before anything is measured. */
bool benchPlotCheck(const char *python, const char *path, ExecError *error);
bool benchPlot(const cJSON *results, const char *python, const char *path, ExecError *error);

#endif /* ADDNORM_BENCH_PLOT_H */
