/* addnorm-demo: what fusing the add into the norm does to f16 overflow, measured on this host. */

#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "tools/addnorm-demo/experiment.h"
#include "tools/addnorm-demo/print.h"

const char *argp_program_version = "addnorm-demo " ADDNORM_VERSION;

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Fewer rows or columns do not show what the checks ask for. With longer rows the f32 graph, which
 * adds up one square after the other, is itself more than an ulp of f16 off. */
enum { MIN_ROWS = 4, MAX_ROWS = 1 << 20, MIN_N = 64, MAX_N = 131072 };

typedef struct Options {
  int64_t rows, n;
  uint64_t seed;
  const char *json;
} Options;

enum { KEY_ROWS = 256, KEY_N, KEY_SEED, KEY_JSON };

static const struct argp_option argpOptions[] = {
    {"rows", KEY_ROWS, "ROWS", 0, "Number of rows, at least 4 (default 64)", 0},
    {"n", KEY_N, "N", 0, "Length of a row, 64 to 131072 (default 4096)", 0},
    {"seed", KEY_SEED, "SEED", 0, "Seed of the inputs (default 1)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the results to FILE as well", 0},
    {0},
};

static const char help[] =
    "Runs add -> RMSNorm in five ways on inputs whose f16 sum overflows, and prints what is lost, "
    "what is moved and how long it takes.\v"
    "The tables are Markdown. The properties that the theory predicts are checked; the times are "
    "only printed.\n"
    "Exit codes: 0 success, 1 a property does not hold or a failure, 2 usage.";

static int64_t parseSize(const char *text, int64_t least, int64_t most, const char *name,
                         struct argp_state *state) {
  char *end;
  errno = 0;
  int64_t value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most)
    argp_error(state, "%s wants an integer from %lld to %lld, not '%s'", name, (long long)least,
               (long long)most, text);
  return value;
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  Options *options = state->input;
  switch (key) {
  case KEY_ROWS:
    options->rows = parseSize(argument, MIN_ROWS, MAX_ROWS, "--rows", state);
    break;
  case KEY_N:
    options->n = parseSize(argument, MIN_N, MAX_N, "--n", state);
    break;
  case KEY_SEED:
    options->seed = (uint64_t)parseSize(argument, 0, INT64_MAX, "--seed", state);
    break;
  case KEY_JSON:
    options->json = argument;
    break;
  case ARGP_KEY_ARG:
    argp_error(state, "'%s' is not an option; there are no other arguments", argument);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

int main(int argc, char **argv) {
  argp_err_exit_status = EXIT_USAGE;
  Options options = {.rows = 64, .n = 4096, .seed = 1};
  struct argp argp = {argpOptions, parseOption, NULL, help, NULL, NULL, NULL};
  argp_parse(&argp, argc, argv, 0, NULL, &options);

  DemoResults results = {.rows = options.rows, .n = options.n, .seed = options.seed};
  ExecError error = {""};
  bool ok = demoRun(&results, &error);
  if (ok)
    demoPrint(&results, stdout);
  if (ok && options.json)
    ok = demoWriteJson(&results, options.json, &error);
  fflush(stdout);
  if (!ok) {
    fprintf(stderr, "addnorm-demo: %s\n", error.text);
    return EXIT_FAILED;
  }
  int violations = demoCheck(&results, stderr);
  if (violations == 0)
    printf("\nAll properties hold.\n");
  return violations ? EXIT_FAILED : EXIT_OK;
}
