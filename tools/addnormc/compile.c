/* addnormc compile: an object file and a C header. */

#include "tools/addnormc/addnormc.h"
#include "tools/addnormc/object.h"

typedef struct CompileOptions {
  AddnormcModelOptions common;
  ObjectOptions object;
  const char *entry;
} CompileOptions;

enum { KEY_ENTRY = 256 };

static const struct argp_option argpOptions[] = {
    {"entry", KEY_ENTRY, "F", 0, "The function to compile; by default every public one", 0},
    {0},
};

static const char help[] =
    "Fuses and compiles the functions of MODEL for a processor and writes C declarations for them. "
    "The ABI is described in addnorm-c/kernel.h, which the header includes.\v"
    "Both files are written, or none.\n" ADDNORMC_EXIT_CODES;

static const struct argp_child children[] = {{&addnormcModelArgp, 0, NULL, 0},
                                             {&addnormcLoweringArgp, 0, NULL, 0},
                                             {&objectArgp, 0, NULL, 0},
                                             {0}};

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  CompileOptions *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    options->object.lowering = &options->common.lowering;
    state->child_inputs[0] = &options->common;
    state->child_inputs[1] = &options->common;
    state->child_inputs[2] = &options->object;
    break;
  case KEY_ENTRY:
    options->entry = argument;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

int addnormcCompile(int argc, char **argv) {
  CompileOptions options = {0};
  struct argp argp = {argpOptions, parseOption, "MODEL", help, children, NULL, NULL};
  argv[0] = "addnormc compile";
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  ExecModel model;
  bool ok = execModelLoad(&model, options.common.model, &error) &&
            objectWrite(&model, options.entry, &options.object);
  execModelDestroy(&model);
  return ok ? EXIT_OK : addnormcFail(&error);
}
