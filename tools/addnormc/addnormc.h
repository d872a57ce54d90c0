/* The commands of addnormc. Each takes its own argv (argv[0] is its name) and returns an exit code.
 */

#ifndef ADDNORM_TOOLS_ADDNORMC_H
#define ADDNORM_TOOLS_ADDNORMC_H

#include <argp.h>

#include "lib/exec/pipeline.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int addnormcRun(int argc, char **argv);
int addnormcReport(int argc, char **argv);
int addnormcCompile(int argc, char **argv);
int addnormcKernel(int argc, char **argv);
int addnormcVerify(int argc, char **argv);

/* What every --help ends with. */
#define ADDNORMC_EXIT_CODES "Exit codes: 0 success, 1 a failure of the input or the model, 2 usage."

/* Prints the error as one line and returns EXIT_FAILED. */
int addnormcFail(const ExecError *error);

/* The one argument of every command, in an argp parser: MODEL. ARGP_ERR_UNKNOWN for other keys. */
error_t addnormcParseModel(int key, char *argument, struct argp_state *state, const char **model);

/* What all commands take. */
typedef struct AddnormcModelOptions {
  const char *model;
  ExecLowering lowering;
} AddnormcModelOptions;

/* argp children with an AddnormcModelOptions as input: MODEL, --numerics, --strict and
 * --widen-residual; --target, --target-cpu and --threads; these and --unfused. */
extern const struct argp addnormcModelArgp;
extern const struct argp addnormcTargetArgp;
extern const struct argp addnormcLoweringArgp;

#endif /* ADDNORM_TOOLS_ADDNORMC_H */
