/* addnormc verify: addnorm-verify on a file of any level, with its verdict as the exit code. */

#include <stdio.h>
#include <string.h>

#include "lib/exec/model.h"
#include "tools/addnormc/addnormc.h"

typedef struct VerifyOptions {
  const char *model;
  AddnormVerifyOptions verify;
  bool strict;
} VerifyOptions;

enum { KEY_LEVEL = 256, KEY_STRICT };
enum { EXIT_UNKNOWN = 2 };

static const struct argp_option argpOptions[] = {
    {"level", KEY_LEVEL, "LEVEL", 0,
     "norm (default): on its way into a norm; stream: wherever the residual stream is", 0},
    {"strict", KEY_STRICT, NULL, 0, "What is unknown counts as violated", 0},
    {0},
};

static const char help[] =
    "Proves that no float narrower than f32 holds X + R in MODEL, as it is: before or after "
    "fusion, on tensors, on memrefs or in the LLVM dialect.\v"
    "Exit codes: 0 clean, 1 violated or a failure of the input, 2 unknown or usage.";

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  VerifyOptions *options = state->input;
  switch (key) {
  case KEY_LEVEL:
    if (strcmp(argument, "stream") == 0)
      options->verify.level = ADDNORM_LEVEL_STREAM;
    else if (strcmp(argument, "norm") != 0)
      argp_error(state, "--level wants norm or stream, not '%s'", argument);
    break;
  case KEY_STRICT:
    options->strict = true;
    break;
  default:
    return addnormcParseModel(key, argument, state, &options->model);
  }
  return 0;
}

static void printPlace(const char *label, MlirOperation op) {
  char place[512] = "unknown";
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  execLocationPrint(mlirOperationGetLocation(op), place, sizeof place);
  printf("%s%s: %.*s", label, place, (int)name.length, name.data);
}

static void onFinding(const AddnormVerifyFinding *finding, void *userData) {
  (void)userData;
  printPlace("", finding->op);
  printf(": %s: %s\n", finding->verdict == ADDNORM_VERDICT_VIOLATED ? "violated" : "unknown",
         finding->reason);
  if (mlirOperationIsNull(finding->reader))
    return;
  printPlace("  read at ", finding->reader);
  printf("\n");
}

static int verifyModel(const VerifyOptions *options, const ExecModel *model) {
  static const char *const verdicts[] = {"clean", "violated", "unknown"};
  AddnormVerifyResult result =
      addnormVerify(mlirModuleGetOperation(model->module), &options->verify, onFinding, NULL);
  printf("%s: %s; %td norms, %td violations, %td unknown\n", options->model,
         verdicts[result.verdict], result.numStatistics, result.numViolations, result.numUnknowns);
  if (result.verdict == ADDNORM_VERDICT_UNKNOWN)
    return options->strict ? EXIT_FAILED : EXIT_UNKNOWN;
  return result.verdict == ADDNORM_VERDICT_CLEAN ? EXIT_OK : EXIT_FAILED;
}

int addnormcVerify(int argc, char **argv) {
  VerifyOptions options = {0};
  struct argp argp = {argpOptions, parseOption, "MODEL", help, NULL, NULL, NULL};
  argv[0] = "addnormc verify";
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  ExecModel model;
  int code = execModelLoad(&model, options.model, &error) ? verifyModel(&options, &model)
                                                          : addnormcFail(&error);
  execModelDestroy(&model);
  return code;
}
