/* addnormc: a model in, what became of it out. */

#include "tools/addnormc/addnormc.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

ADDNORM_API const char *argp_program_version = "addnormc " ADDNORM_VERSION;

typedef struct Command {
  const char *name;
  int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
    {"run", addnormcRun},       {"report", addnormcReport}, {"compile", addnormcCompile},
    {"kernel", addnormcKernel}, {"verify", addnormcVerify},
};

static const char help[] =
    "Fuses add -> RMSNorm in an MLIR model, and runs, reports, compiles or verifies the result; or "
    "compiles one RMSNorm without a model.\v"
    "Commands:\n"
    "  run      run a function of the model on this host\n"
    "  report   say what was fused, what was not, and why\n"
    "  compile  write an object file and a C header\n"
    "  kernel   the same for one RMSNorm, described by options\n"
    "  verify   prove that no float narrower than f32 holds X + R\n"
    "\n"
    "`addnormc COMMAND --help` describes a command.\n" ADDNORMC_EXIT_CODES;

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  if (key == ARGP_KEY_ARG)
    argp_error(state, "unknown command '%s'; use run, report, compile, kernel or verify", argument);
  else if (key == ARGP_KEY_NO_ARGS)
    argp_error(state, "a command is missing; use run, report, compile, kernel or verify");
  else
    return ARGP_ERR_UNKNOWN;
  return 0;
}

int addnormcFail(const ExecError *error) {
  fprintf(stderr, "addnormc: %s\n", error->text);
  return EXIT_FAILED;
}

int main(int argc, char **argv) {
  argp_err_exit_status = EXIT_USAGE;
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; ++i)
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  struct argp argp = {NULL, parseOption, "COMMAND [ARGUMENT...]", help, NULL, NULL, NULL};
  argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
  return EXIT_USAGE;
}
