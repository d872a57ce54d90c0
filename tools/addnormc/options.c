/* The options that commands share, as argp children. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/addnormc/addnormc.h"

enum {
  KEY_TARGET = 1024,
  KEY_CPU,
  KEY_THREADS,
  KEY_NPU,
  KEY_NUMERICS,
  KEY_STRICT,
  KEY_WIDEN,
  KEY_UNFUSED
};

error_t addnormcParseModel(int key, char *argument, struct argp_state *state, const char **model) {
  if (key == ARGP_KEY_NO_ARGS)
    argp_error(state, "MODEL is missing");
  if (key != ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  if (*model)
    argp_error(state, "one MODEL, please; '%s' is a second", argument);
  *model = argument;
  return 0;
}

static error_t parseModel(int key, char *argument, struct argp_state *state) {
  AddnormcModelOptions *options = state->input;
  switch (key) {
  case KEY_NUMERICS:
    if (strcmp(argument, "source") == 0)
      options->lowering.numerics = ADDNORM_NUMERICS_SOURCE;
    else if (strcmp(argument, "widen") != 0)
      argp_error(state, "--numerics wants widen or source, not '%s'", argument);
    break;
  case KEY_WIDEN:
    options->lowering.widenResidual = true;
    break;
  case KEY_STRICT:
    options->lowering.strict = true;
    break;
  default:
    return addnormcParseModel(key, argument, state, &options->model);
  }
  return 0;
}

static const AddnormCpu *parseCpu(const char *name, struct argp_state *state) {
  const AddnormCpu *cpu = addnormCpuFind(mlirStringRefCreateFromCString(name));
  char known[512];
  addnormCpuList(known, sizeof known);
  if (!cpu)
    argp_error(state, "unknown processor '%s'; known: %s", name, known);
  return cpu;
}

static int64_t parseThreads(const char *text, struct argp_state *state) {
  char *end;
  errno = 0;
  long threads = strtol(text, &end, 10);
  if (errno || end == text || *end || threads < 0 || threads > INT32_MAX)
    argp_error(state, "--threads wants a number, not '%s'", text);
  return threads == 0 ? ADDNORM_ALL_CORES : threads;
}

static error_t parseTarget(int key, char *argument, struct argp_state *state) {
  AddnormcModelOptions *options = state->input;
  if (key == KEY_TARGET)
    options->lowering.target = argument;
  else if (key == KEY_CPU)
    options->lowering.cpu = parseCpu(argument, state);
  else if (key == KEY_THREADS)
    options->lowering.threads = parseThreads(argument, state);
  else if (key == KEY_NPU)
    options->lowering.npu = argument;
  else
    return ARGP_ERR_UNKNOWN;
  return 0;
}

static error_t parseLowering(int key, char *argument, struct argp_state *state) {
  (void)argument;
  AddnormcModelOptions *options = state->input;
  if (key == ARGP_KEY_INIT)
    state->child_inputs[0] = options;
  else if (key == KEY_UNFUSED)
    options->lowering.fusion = EXEC_FUSE_NONE;
  else
    return ARGP_ERR_UNKNOWN;
  return 0;
}

static const struct argp_option modelOptions[] = {
    {"numerics", KEY_NUMERICS, "MODE", 0,
     "widen (default): f32 through the fused op; source: keep the source's roundings", 0},
    {"widen-residual", KEY_WIDEN, NULL, 0, "Carry the residual stream between fused ops in f32", 0},
    {"strict", KEY_STRICT, NULL, 0,
     "Fail where the sum of a norm, its square or the mean of the squares is left in f16", 0},
    {0},
};

static const struct argp_option targetOptions[] = {
    {"target", KEY_TARGET, "TARGET", 0,
     "What addnorm-lower emits: vector (default for an object), loops (default for a run) or, in "
     "an object, call: a call of a vendor's kernel, npu: kernels for an NPU's cores",
     0},
    {"target-cpu", KEY_CPU, "CPU", 0,
     "The processor to make code for: native (default), x86-64-v4, aarch64, ...", 0},
    {"threads", KEY_THREADS, "N", 0,
     "Let up to N threads share a norm, 0: one for each core (default 1); an object then needs "
     "LLVM's libomp",
     0},
    {"npu", KEY_NPU, "NAME", 0,
     "The machine of target npu: ascend-like, hexagon-like, edge or a .json file", 0},
    {0},
};

static const struct argp_option loweringOptions[] = {
    {"unfused", KEY_UNFUSED, NULL, 0, "Take the graph as it is", 0},
    {0},
};

const struct argp addnormcModelArgp = {modelOptions, parseModel, NULL, NULL, NULL, NULL, NULL};
const struct argp addnormcTargetArgp = {targetOptions, parseTarget, NULL, NULL, NULL, NULL, NULL};

static const struct argp_child loweringChildren[] = {{&addnormcTargetArgp, 0, NULL, 0}, {0}};
const struct argp addnormcLoweringArgp = {loweringOptions,  parseLowering, NULL, NULL,
                                          loweringChildren, NULL,          NULL};
