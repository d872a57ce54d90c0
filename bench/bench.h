/* addnorm-bench: one command per thing that is measured. */

#ifndef ADDNORM_BENCH_BENCH_H
#define ADDNORM_BENCH_BENCH_H

#include <argp.h>
#include <cjson/cJSON.h>

#include "lib/exec/model.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };
#define BENCH_EXIT_CODES                                                                           \
  "\nExit codes: 0 done, 1 it could not be measured, 2 the command line is wrong."

/* Runs a command; argv[0] is its name. Returns the exit code. */
int benchCompile(int argc, char **argv);
int benchCpu(int argc, char **argv);
int benchNpu(int argc, char **argv);

/* Parses the arguments of the command called `name`, whose parser leaves the keys that it does not
 * know to benchParseOther. */
void benchParse(const struct argp *argp, const char *name, int argc, char **argv, void *options);
error_t benchParseOther(int key, char *argument, struct argp_state *state);

/* A shape that is asked for in place of a sweep's. */
typedef struct BenchShape {
  int64_t rows, n;
  ExecElement type; /* f16, bf16 or f32 */
} BenchShape;

/* Reads the argument ROWSxNxTYPE, such as 512x4096xf16. Another one is an error of the command
 * line. */
BenchShape benchParseShape(const char *argument, struct argp_state *state);

/* Prints the error and returns EXIT_FAILED. */
int benchFail(const ExecError *error);

/* Writes `json` to the file, or to the standard output where the path is "-". */
bool benchWriteJson(const cJSON *json, const char *path, ExecError *error);

/* Sorts `values` and returns the middle one, or the mean of the two. */
double benchMedian(double *values, int count);

/* Milliseconds of processor time of this thread so far: what others take does not count, nor what
 * idle threads of this process spin. */
double benchProcessorTime(void);

/* Loads a Llama of `numLayers` layers, one function in the ops of `spelling`, "linalg" or "tosa",
 * as its front end writes them. The caller destroys the model even after a failure. */
bool benchLoadLlama(ExecModel *model, const char *spelling, int numLayers, ExecError *error);

#endif /* ADDNORM_BENCH_BENCH_H */
