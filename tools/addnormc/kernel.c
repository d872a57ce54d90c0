/* addnormc kernel: a model of one addnorm.rms_norm, made from options, compiled as every other. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "tools/addnormc/addnormc.h"
#include "tools/addnormc/object.h"

enum { MAX_ADDENDS = 16 };

/* Null and 0 stand for what is absent. */
typedef struct KernelOptions {
  AddnormcModelOptions common;
  ObjectOptions object;
  const char *name;
  int numAddends, numScales;
  const char *addends[MAX_ADDENDS]; /* their types, as MLIR spells them */
  bool isBias[MAX_ADDENDS];
  float scales[MAX_ADDENDS];
  const char *gamma, *out, *sum, *sumType, *normType;
  bool hasGammaOffset, hasEpsilon, rstd;
  float gammaOffset, epsilon;
  int64_t rows, n; /* or the dynamic marker of MLIR */
  int64_t lanes, chunk;
} KernelOptions;

enum {
  KEY_ADDENDS = 256,
  KEY_SCALES,
  KEY_GAMMA,
  KEY_GAMMA_OFFSET,
  KEY_OUT,
  KEY_SUM,
  KEY_RSTD,
  KEY_N,
  KEY_ROWS,
  KEY_EPSILON,
  KEY_LANES,
  KEY_CHUNK,
  KEY_SUM_TYPE,
  KEY_NORM_TYPE,
  KEY_NAME
};

static const struct argp_option argpOptions[] = {
    {"addends", KEY_ADDENDS, "TYPES", 0,
     "The type of each addend, with bias: in front for a vector of n elements that every row adds: "
     "f16,f16 or f16,bias:f32",
     1},
    {"scales", KEY_SCALES, "NUMBERS", 0, "Multiply each addend by its number: 1,0.5", 1},
    {"gamma", KEY_GAMMA, "TYPE", 0, "Multiply by a gamma of n elements (default: none)", 1},
    {"gamma-offset", KEY_GAMMA_OFFSET, "NUMBER", 0, "Add NUMBER to gamma first, as in 1 + gamma",
     1},
    {"epsilon", KEY_EPSILON, "E", 0,
     "What the mean square is raised by; runtime (default): an argument of the function", 1},
    {"out", KEY_OUT, "TYPE", 0,
     "The type of y (default: that of the first addend that is not a bias)", 2},
    {"sum", KEY_SUM, "TYPE", 0, "Store the sum of the addends, too, in this type", 2},
    {"rstd", KEY_RSTD, NULL, 0, "Store the reciprocal root of each row, too, in f32", 2},
    {"n", KEY_N, "N", 0, "The length of a row; ? (default): known at run time", 3},
    {"rows", KEY_ROWS, "R", 0, "The number of rows; ? (default): known at run time", 3},
    {"lanes", KEY_LANES, "L", 0,
     "Partial sums of the sum of squares, a power of two (default 64): with --chunk, what the bits "
     "of the result depend on",
     4},
    {"chunk", KEY_CHUNK, "C", 0,
     "Sum pieces of C elements, a multiple of L, by themselves (default: the whole row)", 4},
    {"sum-type", KEY_SUM_TYPE, "TYPE", 0, "Round the sum of the addends to this type first", 4},
    {"norm-type", KEY_NORM_TYPE, "TYPE", 0,
     "Round to this type before gamma, as a graph of this type does", 4},
    {"name", KEY_NAME, "NAME", 0, "The C name without its prefix (default rms_norm)", 5},
    {0},
};

static const char help[] =
    "Compiles y = RMSNorm(sum of addends) * gamma, f32 inside, without a model, and writes C "
    "declarations for it. The ABI is described in addnorm-c/kernel.h, which the header "
    "includes.\v"
    "TYPE is f16, bf16 or f32. Both files are written, or none.\n"
    "\n"
    "  addnormc kernel --addends f16,f16 --gamma f32 --sum f16 --n 4096 -o k.o --header k.h\n"
    "\n" ADDNORMC_EXIT_CODES;

static const char *parseType(const char *text) {
  static const char *const types[] = {"f16", "bf16", "f32"};
  for (size_t i = 0; i < sizeof types / sizeof *types; ++i)
    if (strcmp(text, types[i]) == 0)
      return types[i];
  return NULL;
}

static const char *requireType(const char *option, const char *text, struct argp_state *state) {
  const char *type = parseType(text);
  if (!type)
    argp_error(state, "--%s wants f16, bf16 or f32, not '%s'", option, text);
  return type;
}

static void parseAddends(KernelOptions *options, char *text, struct argp_state *state) {
  static const char bias[] = "bias:";
  options->numAddends = 0;
  for (char *item; (item = strsep(&text, ",")); ++options->numAddends) {
    int i = options->numAddends;
    if (i == MAX_ADDENDS)
      argp_error(state, "--addends takes at most %d addends", MAX_ADDENDS);
    options->isBias[i] = strncmp(item, bias, sizeof bias - 1) == 0;
    options->addends[i] = parseType(item + (options->isBias[i] ? sizeof bias - 1 : 0));
    if (!options->addends[i])
      argp_error(state,
                 "--addends wants f16, bf16 or f32 per addend, after bias: or alone, not "
                 "'%s'",
                 item);
  }
}

static float parseNumber(const char *option, const char *text, struct argp_state *state) {
  char *end;
  float value = strtof(text, &end);
  if (end == text || *end || !isfinite(value))
    argp_error(state, "--%s wants a number that f32 can hold, not '%s'", option, text);
  return value;
}

static void parseScales(KernelOptions *options, char *text, struct argp_state *state) {
  options->numScales = 0;
  for (char *item; (item = strsep(&text, ","));) {
    if (options->numScales == MAX_ADDENDS)
      argp_error(state, "--scales takes at most %d numbers", MAX_ADDENDS);
    options->scales[options->numScales++] = parseNumber("scales", item, state);
  }
}

static void parseEpsilon(KernelOptions *options, const char *text, struct argp_state *state) {
  options->hasEpsilon = strcmp(text, "runtime") != 0;
  if (options->hasEpsilon)
    options->epsilon = parseNumber("epsilon", text, state);
  if (options->epsilon < 0)
    argp_error(state, "--epsilon wants a number that is not negative, or runtime, not '%s'", text);
}

static int64_t parseCount(const char *option, const char *text, struct argp_state *state) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (end == text || *end || errno || value < 1)
    argp_error(state, "--%s wants a number from 1 up, not '%s'", option, text);
  return value;
}

static int64_t parseSize(const char *option, const char *text, struct argp_state *state) {
  return strcmp(text, "?") == 0 ? mlirShapedTypeGetDynamicSize() : parseCount(option, text, state);
}

/* The first addend that is not a bias. */
static int rowsAddend(const KernelOptions *options) {
  int i = 0;
  while (i < options->numAddends && options->isBias[i])
    ++i;
  return i;
}

static void checkAddends(const KernelOptions *options, struct argp_state *state) {
  if (options->numAddends == 0)
    argp_error(state, "--addends is missing, such as --addends f16,f16");
  if (rowsAddend(options) == options->numAddends)
    argp_error(state, "--addends wants an addend that is not a bias");
  if (options->numScales && options->numScales != options->numAddends)
    argp_error(state, "--scales has %d numbers for %d addends", options->numScales,
               options->numAddends);
}

static void check(const KernelOptions *options, struct argp_state *state) {
  checkAddends(options, state);
  if (options->hasGammaOffset && !options->gamma)
    argp_error(state, "--gamma-offset needs --gamma");
  if (options->lanes & (options->lanes - 1))
    argp_error(state, "--lanes wants a power of two, not %lld", (long long)options->lanes);
  if (options->chunk % options->lanes)
    argp_error(state, "--chunk wants a multiple of the %lld lanes, not %lld",
               (long long)options->lanes, (long long)options->chunk);
}

static error_t parseTypeOption(int key, const char *argument, struct argp_state *state) {
  KernelOptions *options = state->input;
  switch (key) {
  case KEY_GAMMA:
    options->gamma = requireType("gamma", argument, state);
    return 0;
  case KEY_OUT:
    options->out = requireType("out", argument, state);
    return 0;
  case KEY_SUM:
    options->sum = requireType("sum", argument, state);
    return 0;
  case KEY_SUM_TYPE:
    options->sumType = requireType("sum-type", argument, state);
    return 0;
  case KEY_NORM_TYPE:
    options->normType = requireType("norm-type", argument, state);
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static error_t parseSizeOption(int key, const char *argument, struct argp_state *state) {
  KernelOptions *options = state->input;
  switch (key) {
  case KEY_N:
    options->n = parseSize("n", argument, state);
    return 0;
  case KEY_ROWS:
    options->rows = parseSize("rows", argument, state);
    return 0;
  case KEY_LANES:
    options->lanes = parseCount("lanes", argument, state);
    return 0;
  case KEY_CHUNK:
    options->chunk = parseCount("chunk", argument, state);
    return 0;
  }
  return parseTypeOption(key, argument, state);
}

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  KernelOptions *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    options->object.lowering = &options->common.lowering;
    state->child_inputs[0] = &options->common;
    state->child_inputs[1] = &options->object;
    return 0;
  case KEY_ADDENDS:
    parseAddends(options, argument, state);
    return 0;
  case KEY_SCALES:
    parseScales(options, argument, state);
    return 0;
  case KEY_GAMMA_OFFSET:
    options->hasGammaOffset = true;
    options->gammaOffset = parseNumber("gamma-offset", argument, state);
    return 0;
  case KEY_RSTD:
    options->rstd = true;
    return 0;
  case KEY_EPSILON:
    parseEpsilon(options, argument, state);
    return 0;
  case KEY_NAME:
    if (!*argument || !objectIsIdentifier(argument))
      argp_error(state, "--name wants a C name, not '%s'", argument);
    options->name = argument;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "a kernel has no model; unexpected argument '%s'", argument);
    return 0;
  case ARGP_KEY_END:
    check(options, state);
    return 0;
  }
  return parseSizeOption(key, argument, state);
}

/* The function under construction: its C parameters are the arguments, then the results, in the
 * order of the kernel ABI. */
typedef struct Function {
  const KernelOptions *options;
  MlirContext context;
  MlirType inputs[MAX_ADDENDS + 2], results[3];
  intptr_t numInputs, numResults;
} Function;

static MlirType typeOf(const Function *f, const char *element) {
  return element ? mlirTypeParseGet(f->context, irStr(element)) : (MlirType){NULL};
}

static MlirType rowsOf(const Function *f, const char *element, int64_t n) {
  int64_t shape[] = {f->options->rows, n};
  return mlirRankedTensorTypeGet(2, shape, typeOf(f, element), mlirAttributeGetNull());
}

static MlirType vectorOf(const Function *f, const char *element) {
  return mlirRankedTensorTypeGet(1, &f->options->n, typeOf(f, element), mlirAttributeGetNull());
}

static void setTypes(Function *f) {
  const KernelOptions *options = f->options;
  for (int i = 0; i < options->numAddends; ++i)
    f->inputs[f->numInputs++] = options->isBias[i] ? vectorOf(f, options->addends[i])
                                                   : rowsOf(f, options->addends[i], options->n);
  if (options->gamma)
    f->inputs[f->numInputs++] = vectorOf(f, options->gamma);
  if (!options->hasEpsilon)
    f->inputs[f->numInputs++] = typeOf(f, "f32");
  f->results[f->numResults++] =
      rowsOf(f, options->out ? options->out : options->addends[rowsAddend(options)], options->n);
  if (options->sum)
    f->results[f->numResults++] = rowsOf(f, options->sum, options->n);
  if (options->rstd)
    f->results[f->numResults++] = rowsOf(f, "f32", 1);
}

/* tensor.empty for result `i`, with the sizes of the addend `rows`. */
static MlirValue emptyResult(const Function *f, const IrBuilder *b, intptr_t i, MlirValue rows) {
  MlirValue sizes[2];
  intptr_t count = 0;
  for (int d = 0; d < 2; ++d)
    if (mlirShapedTypeIsDynamicDim(f->results[i], d))
      sizes[count++] = irDim(b, rows, d);
  return irTensorEmpty(b, f->results[i], count, sizes);
}

static void buildBody(const Function *f, MlirBlock body, MlirLocation loc) {
  const KernelOptions *options = f->options;
  IrBuilder b = irBuilderAtEnd(body, loc);
  MlirValue addends[MAX_ADDENDS], outputs[3];
  intptr_t next = 0, output = 0;
  for (int i = 0; i < options->numAddends; ++i)
    addends[i] = mlirBlockGetArgument(body, next++);
  MlirValue rows = addends[rowsAddend(options)];
  AddnormRmsNorm op = {.numAddends = options->numAddends,
                       .addends = addends,
                       .scales = options->numScales ? options->scales : NULL,
                       .hasGammaOffset = options->hasGammaOffset,
                       .gammaOffset = options->gammaOffset,
                       .epsilon = options->epsilon,
                       .sumType = typeOf(f, options->sumType),
                       .normType = typeOf(f, options->normType),
                       .lanes = options->lanes,
                       .chunk = options->chunk};
  if (options->gamma)
    op.gamma = mlirBlockGetArgument(body, next++);
  if (!options->hasEpsilon)
    op.epsilonOperand = mlirBlockGetArgument(body, next++);
  op.yInit = emptyResult(f, &b, output++, rows);
  if (options->sum)
    op.sumInit = emptyResult(f, &b, output++, rows);
  if (options->rstd)
    op.rstdInit = emptyResult(f, &b, output++, rows);
  MlirOperation norm = irInsert(&b, addnormRmsNormCreate(loc, &op));
  for (intptr_t i = 0; i < f->numResults; ++i)
    outputs[i] = mlirOperationGetResult(norm, i);
  irOp(&b, "func.return", f->numResults, outputs, 0, NULL, NULL, 0, NULL);
}

/* An empty module and, in it, one function that is one op. */
static bool buildModel(const KernelOptions *options, ExecModel *model, ExecError *error) {
  execModelCreate(model, "kernel", error);
  static const char *const dialects[] = {"addnorm", "arith", "func", "tensor"};
  for (size_t i = 0; i < sizeof dialects / sizeof *dialects; ++i)
    mlirContextGetOrLoadDialect(model->context, irStr(dialects[i]));
  Function f = {.options = options, .context = model->context};
  setTypes(&f);
  MlirLocation loc = mlirLocationUnknownGet(f.context), locs[MAX_ADDENDS + 2];
  for (intptr_t i = 0; i < f.numInputs; ++i)
    locs[i] = loc;
  MlirBlock body = mlirBlockCreate(f.numInputs, f.inputs, locs);
  buildBody(&f, body, loc);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, body);
  MlirType type = mlirFunctionTypeGet(f.context, f.numInputs, f.inputs, f.numResults, f.results);
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(f.context, irStr(options->name))},
                    {"function_type", mlirTypeAttrGet(type)},
                    {NULL, {NULL}}};
  IrBuilder b = irBuilderAtEnd(mlirModuleGetBody(model->module), loc);
  irOp(&b, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
  return mlirOperationVerify(mlirModuleGetOperation(model->module));
}

int addnormcKernel(int argc, char **argv) {
  int64_t dynamic = mlirShapedTypeGetDynamicSize();
  KernelOptions options = {
      .common.lowering.fusion = EXEC_FUSE_NONE,
      .name = "rms_norm",
      .rows = dynamic,
      .n = dynamic,
      .lanes = 64,
  };
  const struct argp_child children[] = {
      {&addnormcTargetArgp, 0, NULL, 10}, {&objectArgp, 0, NULL, 20}, {0}};
  struct argp argp = {argpOptions, parseOption, "", help, children, NULL, NULL};
  argv[0] = "addnormc kernel";
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  ExecModel model;
  bool ok = buildModel(&options, &model, &error) && objectWrite(&model, NULL, &options.object);
  execModelDestroy(&model);
  return ok ? EXIT_OK : addnormcFail(&error);
}
