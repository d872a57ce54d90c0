/* addnorm-fuzz: programs that spell add -> RMSNorm in random ways, and near misses, fused and
 * compared with what they were. */

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/addnorm-fuzz/run.h"

const char *argp_program_version = "addnorm-fuzz " ADDNORM_VERSION;

enum { EXIT_OK = 0, EXIT_FOUND = 1, EXIT_USAGE = 2 };
enum { KEY_COMPARE = 256, KEY_WRITTEN };

typedef struct Options {
  RunOptions run;
  bool compare, written;
  const char *files[2];
} Options;

static const struct argp_option argpOptions[] = {
    {"seed", 's', "SEED", 0, "The programs are those of this seed (default 1)", 0},
    {"count", 'n', "COUNT", 0, "How many (default 1000)", 0},
    {"first", 'f', "NUMBER", 0, "Start from this program of the seed (default 0)", 0},
    {"keep", 'k', "DIR", 0, "Write what is found into DIR (default .)", 0},
    {"print", 'p', 0, 0, "Print the programs and do nothing else", 0},
    {"compare", KEY_COMPARE, 0, 0, "Compare the functions of BEFORE and AFTER and do nothing else",
     0},
    {"written", KEY_WRITTEN, 0, 0, "Compare them as written, roundings included", 0},
    {0},
};

static const char help[] =
    "Generates programs that spell add -> RMSNorm in random ways, and near misses by one change, "
    "and "
    "checks that addnorm-fuse fuses the former and changes the meaning of none.\v"
    "A program is wrong if it computes something else after the pass, missed if it is no near miss "
    "and does not become the expected ops, crashed if the pass ends the process, hangs, or leaves "
    "IR that is invalid. Each is shrunk and written to a file.\n"
    "Exit codes: 0 nothing found, 1 something found, 2 usage.";

static uint64_t parseNumber(const char *text, const char *name, struct argp_state *state) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-')
    argp_error(state, "%s wants a number, not '%s'", name, text);
  return value;
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  Options *options = state->input;
  switch (key) {
  case 's':
    options->run.seed = parseNumber(argument, "--seed", state);
    break;
  case 'n':
    options->run.count = parseNumber(argument, "--count", state);
    break;
  case 'f':
    options->run.first = parseNumber(argument, "--first", state);
    break;
  case 'k':
    options->run.directory = argument;
    break;
  case 'p':
    options->run.print = true;
    break;
  case KEY_COMPARE:
    options->compare = true;
    break;
  case KEY_WRITTEN:
    options->written = true;
    break;
  case ARGP_KEY_ARG:
    if (!options->compare || state->arg_num >= 2)
      return ARGP_ERR_UNKNOWN;
    options->files[state->arg_num] = argument;
    break;
  case ARGP_KEY_END:
    if (options->compare && !options->files[1])
      argp_error(state, "--compare wants two files");
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static int compareFiles(const Options *options) {
  ExecError error = {""};
  ExecModel before, after = {0};
  bool same = execModelLoad(&before, options->files[0], &error) &&
              execModelLoad(&after, options->files[1], &error) &&
              checkModules(&before, &after, options->written, &error);
  puts(same ? "the same" : error.text);
  execModelDestroy(&before);
  execModelDestroy(&after);
  return same ? EXIT_OK : EXIT_FOUND;
}

int main(int argc, char **argv) {
  argp_err_exit_status = EXIT_USAGE;
  Options options = {.run = {.seed = 1, .count = 1000, .directory = "."}};
  struct argp argp = {argpOptions, parseOption, "[BEFORE AFTER]", help, NULL, NULL, NULL};
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  if (options.compare)
    return compareFiles(&options);
  return runPrograms(&options.run) ? EXIT_OK : EXIT_FOUND;
}
