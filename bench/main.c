#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "addnorm-c/support.h"
#include "lib/exec/file.h"

ADDNORM_API const char *argp_program_version = "addnorm-bench " ADDNORM_VERSION;

typedef struct Command {
  const char *name;
  int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
    {"compile", benchCompile},
    {"cpu", benchCpu},
    {"npu", benchNpu},
};

static const char help[] =
    "Measures AddNorm on this host.\v"
    "Commands:\n"
    "  compile  what addnorm-fuse costs beside parsing the model\n"
    "  cpu      the fused op on one core, beside what it could be\n"
    "  npu      kernels for NPUs on the reference machine, beside their bound\n"
    "\n"
    "`addnorm-bench COMMAND --help` describes a command.\n" BENCH_EXIT_CODES;

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  if (key == ARGP_KEY_ARG)
    argp_error(state, "unknown command '%s'; use compile, cpu or npu", argument);
  else if (key == ARGP_KEY_NO_ARGS)
    argp_error(state, "a command is missing; use compile, cpu or npu");
  else
    return ARGP_ERR_UNKNOWN;
  return 0;
}

void benchParse(const struct argp *argp, const char *name, int argc, char **argv, void *options) {
  argv[0] = (char *)name; /* for the messages of argp */
  argp_parse(argp, argc, argv, 0, NULL, options);
}

error_t benchParseOther(int key, char *argument, struct argp_state *state) {
  if (key != ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  argp_error(state, "unexpected argument '%s'", argument);
  return 0;
}

BenchShape benchParseShape(const char *argument, struct argp_state *state) {
  static const ExecElement types[] = {EXEC_F16, EXEC_BF16, EXEC_F32};
  BenchShape shape = {0};
  int end = 0;
  bool isShape = sscanf(argument, "%" SCNd64 "x%" SCNd64 "x%n", &shape.rows, &shape.n, &end) == 2 &&
                 end > 0 && shape.rows > 0 && shape.n > 0 && shape.rows <= INT32_MAX / shape.n;
  for (size_t i = 0; isShape && i < sizeof types / sizeof *types; ++i)
    if (strcmp(argument + end, execElementName(types[i])) == 0) {
      shape.type = types[i];
      return shape;
    }
  argp_error(state, "'%s' is no shape such as 512x4096xf16", argument);
  return shape;
}

int benchFail(const ExecError *error) {
  fprintf(stderr, "addnorm-bench: %s\n", error->text);
  return EXIT_FAILED;
}

bool benchWriteJson(const cJSON *json, const char *path, ExecError *error) {
  char *text = cJSON_Print(json);
  bool ok = execWriteText(path, text, error);
  free(text);
  return ok;
}

static int compareDoubles(const void *x, const void *y) {
  double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

double benchMedian(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compareDoubles);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

double benchProcessorTime(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

int main(int argc, char **argv) {
  argp_err_exit_status = EXIT_USAGE;
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; ++i)
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  struct argp argp = {NULL, parseOption, "COMMAND [ARGUMENT...]", help, NULL, NULL, NULL};
  argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
  return EXIT_USAGE;
}
