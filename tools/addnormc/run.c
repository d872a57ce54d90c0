/* addnormc run: the entry function on given or random inputs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/exec/npy.h"
#include "lib/exec/program.h"
#include "tools/addnormc/addnormc.h"

typedef struct RunOptions {
  AddnormcModelOptions common;
  const char *entry, *outputDir;
  const char **inputs;
  size_t numInputs;
  uint64_t seed;
  int64_t dim; /* the size of the dynamic dimensions of random inputs */
} RunOptions;

enum { KEY_ENTRY = 256, KEY_INPUT, KEY_SEED, KEY_DIM, KEY_KEEP_ADDS };

static const struct argp_option argpOptions[] = {
    {"entry", KEY_ENTRY, "F", 0, "The function to run; by default the only public one", 0},
    {"input", KEY_INPUT, "A.npy", 0,
     "An argument, in order; give all or none. bf16 is read as uint16 bit patterns", 0},
    {"seed", KEY_SEED, "N", 0,
     "Seed of the random arguments used without --input: floats in [-1, 1), integers 0 or 1 "
     "(default 0)",
     0},
    {"dim", KEY_DIM, "N", 0,
     "Size of every dynamic dimension of random arguments (default 1, which all broadcasts allow)",
     0},
    {"output-dir", 'o', "D", 0, "Write the results to D/0.npy, D/1.npy, ...", 0},
    {"keep-adds", KEY_KEEP_ADDS, NULL, 0,
     "Fuse the norms alone and leave the adds outside, to compare with", 0},
    {0},
};

static const char help[] =
    "Fuses, lowers, compiles and calls a function of MODEL and prints a summary of each result.\v"
    "The minimum, maximum and means are over the finite elements.\n" ADDNORMC_EXIT_CODES;

static bool parseInteger(const char *text, int64_t *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return errno == 0 && end != text && *end == '\0';
}

static const struct argp_child children[] = {
    {&addnormcModelArgp, 0, NULL, 0}, {&addnormcLoweringArgp, 0, NULL, 0}, {0}};

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  RunOptions *options = state->input;
  int64_t integer;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->common;
    state->child_inputs[1] = &options->common;
    break;
  case KEY_ENTRY:
    options->entry = argument;
    break;
  case KEY_INPUT:
    options->inputs[options->numInputs++] = argument;
    break;
  case KEY_SEED:
    if (!parseInteger(argument, &integer))
      argp_error(state, "--seed wants an integer, not '%s'", argument);
    options->seed = (uint64_t)integer;
    break;
  case KEY_DIM:
    if (!parseInteger(argument, &options->dim) || options->dim < 0)
      argp_error(state, "--dim wants a size, not '%s'", argument);
    break;
  case 'o':
    options->outputDir = argument;
    break;
  case KEY_KEEP_ADDS:
    options->common.lowering.fusion = EXEC_FUSE_NORM;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static bool makeArgument(const RunOptions *options, size_t i, const ExecShape *type,
                         uint64_t *random, ExecTensor *argument, ExecError *error) {
  if (options->numInputs)
    return execNpyRead(options->inputs[i], type, argument, error);
  ExecShape shape = *type;
  for (int k = 0; k < shape.rank; ++k)
    if (shape.dims[k] == EXEC_DYNAMIC)
      shape.dims[k] = options->dim;
  if (!execTensorCreate(argument, &shape, error))
    return false;
  execTensorFillRandom(argument, random);
  return true;
}

static bool makeArguments(const RunOptions *options, const ExecSignature *signature,
                          ExecTensor *arguments, ExecError *error) {
  size_t count = (size_t)signature->numArguments;
  if (options->numInputs && options->numInputs != count)
    return execFail(error, "%s: %zu arguments, but %zu times --input", options->common.model, count,
                    options->numInputs);
  uint64_t random = options->seed;
  for (size_t i = 0; i < count; ++i)
    if (!makeArgument(options, i, &signature->arguments[i].shape, &random, &arguments[i], error))
      return false;
  return true;
}

static void printSummaries(const ExecSignature *signature, const ExecTensor *results) {
  for (intptr_t i = 0; i < signature->numResults; ++i) {
    char shape[EXEC_SHAPE_TEXT];
    execShapePrint(&results[i].shape, shape);
    ExecSummary s = execTensorSummarize(&results[i]);
    printf("result %ld: %s finite %" PRId64 "/%" PRId64
           " min %.6g max %.6g mean %.6g mean|x| %.6g\n",
           (long)i, shape, s.finite, s.count, s.min, s.max, s.mean, s.meanAbs);
  }
}

static bool writeResults(const char *directory, const ExecTensor *results, size_t count,
                         ExecError *error) {
  bool made = mkdir(directory, 0777) == 0;
  if (!made && errno != EEXIST)
    return execFail(error, "%s: cannot create: %s", directory, strerror(errno));
  ExecOutput *outputs = calloc(count + 1, sizeof *outputs);
  char *path = malloc(strlen(directory) + 32);
  size_t written = 0;
  bool ok = true;
  for (; written < count && ok; ++written) {
    sprintf(path, "%s/%zu.npy", directory, written);
    ok = execNpyWrite(path, &results[written], &outputs[written], error);
  }
  if (ok)
    ok = execOutputsCommit(outputs, count, error);
  else
    execOutputsDiscard(outputs, written);
  if (!ok && made)
    rmdir(directory);
  free(path);
  free(outputs);
  return ok;
}

static bool callProgram(const RunOptions *options, ExecProgram *program, ExecError *error) {
  const ExecSignature *signature = &program->signature;
  size_t numArguments = (size_t)signature->numArguments, numResults = (size_t)signature->numResults;
  ExecTensor *arguments = calloc(numArguments + 1, sizeof *arguments);
  ExecTensor *results = calloc(numResults + 1, sizeof *results);
  bool ok = makeArguments(options, signature, arguments, error) &&
            execProgramCall(program, arguments, results, NULL, error) &&
            (!options->outputDir || writeResults(options->outputDir, results, numResults, error));
  if (ok)
    printSummaries(signature, results);
  for (size_t i = 0; i < numArguments; ++i)
    execTensorDestroy(&arguments[i]);
  for (size_t i = 0; i < numResults; ++i)
    execTensorDestroy(&results[i]);
  free(arguments);
  free(results);
  return ok;
}

static bool runModel(const RunOptions *options, ExecError *error) {
  ExecModel model;
  ExecProgram program = {0};
  MlirOperation entry;
  bool ok = execModelLoad(&model, options->common.model, error) &&
            execModelFindFunction(&model, options->entry, &entry) &&
            execProgramCreate(&program, &model, entry, &options->common.lowering) &&
            callProgram(options, &program, error);
  execProgramDestroy(&program);
  execModelDestroy(&model);
  return ok;
}

int addnormcRun(int argc, char **argv) {
  RunOptions options = {.dim = 1, .common.lowering.target = "loops"};
  options.inputs = calloc((size_t)argc, sizeof *options.inputs);
  struct argp argp = {argpOptions, parseOption, "MODEL", help, children, NULL, NULL};
  argv[0] = "addnormc run";
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  bool ok = runModel(&options, &error);
  free(options.inputs);
  return ok ? EXIT_OK : addnormcFail(&error);
}
