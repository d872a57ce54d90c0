#include "tools/addnorm-fuzz/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"
#include "mlir-c/Pass.h"
#include "tools/addnorm-fuzz/compare.h"
#include "tools/addnorm-fuzz/interpret.h"

enum { NUM_TRIALS = 3, MAX_RESULTS = 16, MAX_ARGUMENTS = 64 };

/* What upstream does to a program before it is fused. */
static const char *const cleanUps[] = {
    NULL,
    "canonicalize",
    "cse",
    "linalg-generalize-named-ops",
    "linalg-fuse-elementwise-ops",
    "linalg-specialize-generic-ops",
    "linalg-fold-unit-extent-dims",
    "linalg-inline-scalar-operands",
    "linalg-morph-ops{named-to-category category-to-generic}",
    "tosa-to-linalg-named,tosa-to-linalg,tosa-to-arith{include-apply-rescale use-32-bit},"
    "tosa-to-tensor",
    "tosa-to-linalg-named,tosa-to-linalg,tosa-to-arith{include-apply-rescale use-32-bit},"
    "tosa-to-tensor,canonicalize,cse,linalg-fuse-elementwise-ops,canonicalize,cse",
    "convert-elementwise-to-linalg,linalg-generalize-named-ops,linalg-fuse-elementwise-ops,"
    "canonicalize,cse",
    "linalg-generalize-named-ops,linalg-specialize-generic-ops,canonicalize",
    "canonicalize,cse,linalg-fold-unit-extent-dims,linalg-inline-scalar-operands,canonicalize",
};

typedef struct Variant {
  const char *name;
  AddnormFuseOptions options;
} Variant;

static const Variant variants[] = {
    {"widen", {.numerics = ADDNORM_NUMERICS_WIDEN, .lanes = 64}},
    {"source", {.numerics = ADDNORM_NUMERICS_SOURCE, .lanes = 64}},
    {"widen norm-only", {.numerics = ADDNORM_NUMERICS_WIDEN, .lanes = 64, .normOnly = true}},
};
enum { NUM_VARIANTS = sizeof variants / sizeof *variants };

/* Records the first of the gravest. */
static void find(Finding *finding, Verdict verdict, const char *where, const char *why) {
  bool graver = finding->verdict == VERDICT_MISSED && verdict != VERDICT_MISSED;
  if (finding->verdict != VERDICT_OK && !graver)
    return;
  finding->verdict = verdict;
  snprintf(finding->why, sizeof finding->why, "%.100s: %.290s", where, why);
}

/* --- functions of a module ------------------------------------------------------------------- */

typedef struct Functions {
  MlirOperation *ops;
  int count;
} Functions;

static bool addFunction(MlirOperation function, void *functions) {
  Functions *f = functions;
  f->ops = realloc(f->ops, sizeof *f->ops * (size_t)(f->count + 1));
  f->ops[f->count++] = function;
  return true;
}

static Functions functionsOf(ExecModel *model) {
  Functions functions = {0};
  execModelForEachFunction(model, addFunction, &functions);
  return functions;
}

typedef struct NormCount {
  bool withGamma;
  int count;
} NormCount;

static MlirWalkResult countNorm(MlirOperation op, void *data) {
  NormCount *norms = data;
  if (addnormOperationIsRmsNorm(op) && addnormRmsNormGetNumAddends(op) >= 2 &&
      (!norms->withGamma || !mlirValueIsNull(addnormRmsNormGetGamma(op))))
    ++norms->count;
  return MlirWalkResultAdvance;
}

/* The ops that add and normalise, and multiply by gamma where they have to. */
static int countNorms(MlirOperation function, bool withGamma) {
  NormCount norms = {.withGamma = withGamma};
  mlirOperationWalk(function, countNorm, &norms, MlirWalkPreOrder);
  return norms.count;
}

static MlirWalkResult findHighRank(MlirOperation op, void *found) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetResult(op, i));
    *(bool *)found |= mlirTypeIsARankedTensor(type) && mlirShapedTypeGetRank(type) > 8;
  }
  return MlirWalkResultAdvance;
}

/* Whether a clean-up made tensors of a higher rank than the op's. */
static bool hasHighRank(MlirOperation function) {
  bool found = false;
  mlirOperationWalk(function, findHighRank, &found, MlirWalkPreOrder);
  return found;
}

/* --- evaluation ------------------------------------------------------------------------------ */

typedef struct Results {
  Array arrays[MAX_RESULTS];
  int count;
} Results;

static void resultsDestroy(Results *results) {
  for (int i = 0; i < results->count; ++i)
    arrayDestroy(&results->arrays[i]);
}

/* One evaluation of a function: what differs between the runs of a program. */
typedef struct Evaluation {
  Precision precision;
  int trial;
  uint64_t seed;
} Evaluation;

static bool evaluate(MlirOperation function, Evaluation how, Results *results, ExecError *error) {
  MlirType type = execFunctionType(function);
  intptr_t numArguments = mlirFunctionTypeGetNumInputs(type);
  int numResults = (int)mlirFunctionTypeGetNumResults(type);
  *results = (Results){0};
  if (numArguments > MAX_ARGUMENTS || numResults > MAX_RESULTS)
    return execFail(error, "the function has too many arguments or results");
  Array arguments[MAX_ARGUMENTS];
  for (intptr_t i = 0; i < numArguments; ++i)
    arguments[i] = inputCreate(mlirFunctionTypeGetInput(type, i), how.trial, &how.seed);
  bool ok = interpretFunction(function, how.precision, arguments, results->arrays, error);
  results->count = ok ? numResults : 0;
  for (intptr_t i = 0; i < numArguments; ++i)
    arrayDestroy(&arguments[i]);
  return ok;
}

/* Whether result `i` is what it was; if not, says why. */
typedef bool (*Comparison)(const Array *before, const Array *after, double tolerance, char *why,
                           size_t size);

static bool compareAsWritten(const Array *before, const Array *after, double tolerance, char *why,
                             size_t size) {
  (void)tolerance;
  return compareWritten(before, after, why, size);
}

/* Evaluates `after` and compares its results, or only number `only`, with those of before. */
static void compareWith(const Results *before, MlirOperation after, Evaluation how, Comparison same,
                        double tolerance, int only, const char *name, Finding *finding) {
  Results results;
  ExecError error = {""};
  char why[300], where[100];
  if (!evaluate(after, how, &results, &error)) {
    find(finding, VERDICT_CRASHED, name, error.text);
    return;
  }
  for (int i = 0; i < before->count; ++i) {
    if ((only >= 0 && i != only) ||
        same(&before->arrays[i], &results.arrays[i], tolerance, why, sizeof why))
      continue;
    snprintf(where, sizeof where, "%s: result %d of trial %d, %s", name, i, how.trial,
             how.precision == PRECISION_EXACT ? "in exact arithmetic" : "as written");
    find(finding, VERDICT_WRONG, where, why);
  }
  resultsDestroy(&results);
}

/* The function in one variant, and how many ops of it add and normalise. */
typedef struct Fused {
  MlirOperation function;
  bool changed;
  int norms;
} Fused;

static void checkTrial(const Program *program, MlirOperation before, const Fused *fused, int trial,
                       uint64_t seed, Finding *finding) {
  Evaluation exactly = {PRECISION_EXACT, trial, seed}, asWritten = {PRECISION_WRITTEN, trial, seed};
  Results exact, written = {0};
  ExecError error = {""};
  if (!evaluate(before, exactly, &exact, &error) ||
      !evaluate(before, asWritten, &written, &error)) {
    find(finding, VERDICT_CRASHED, "before", error.text);
    resultsDestroy(&exact);
    return;
  }
  for (int v = 0; v < NUM_VARIANTS; ++v) {
    if (!fused[v].changed)
      continue;
    MlirOperation after = fused[v].function;
    const char *name = variants[v].name;
    compareWith(&exact, after, exactly, compareExact, program->tolerance, -1, name, finding);
    if (variants[v].options.numerics == ADDNORM_NUMERICS_SOURCE)
      compareWith(&written, after, asWritten, compareAsWritten, 0, -1, name, finding);
    else if (fused[v].norms == program->expected && program->norm >= 0)
      compareWith(&exact, after, asWritten, compareRounded, program->tolerance, program->norm, name,
                  finding);
  }
  resultsDestroy(&exact);
  resultsDestroy(&written);
}

/* --- modules --------------------------------------------------------------------------------- */

static ExecModel cloneOf(ExecModel *model) {
  ExecModel clone = *model;
  clone.module = mlirModuleFromOperation(mlirOperationClone(mlirModuleGetOperation(model->module)));
  return clone;
}

static bool cleanUp(MlirContext context, MlirOperation function, int which) {
  if (!cleanUps[which])
    return true;
  MlirPassManager manager = mlirPassManagerCreateOnOperation(context, irStr("func.func"));
  char pipeline[1024];
  snprintf(pipeline, sizeof pipeline, "func.func(%s)", cleanUps[which]);
  bool ok = mlirLogicalResultIsSuccess(mlirParsePassPipeline(
                mlirPassManagerGetAsOpPassManager(manager), irStr(pipeline), NULL, NULL)) &&
            mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(manager, function));
  mlirPassManagerDestroy(manager);
  return ok;
}

static bool parsePrograms(ExecModel *host, const Program *programs, int count, ExecModel *model) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < count; ++i)
    fputs(programs[i].text, out);
  fclose(out);
  *model = *host;
  model->module = mlirModuleCreateParse(host->context, irStr(text));
  free(text);
  if (mlirModuleIsNull(model->module))
    return execFail(host->error, "it does not parse");
  Functions functions = functionsOf(model);
  bool ok = true;
  for (int i = 0; i < count && ok; ++i)
    ok = cleanUp(host->context, functions.ops[i], programs[i].cleanUp) ||
         execFail(host->error, "its clean-up fails");
  free(functions.ops);
  return ok;
}

static MlirWalkResult findNorm(MlirOperation op, void *found) {
  *(bool *)found |= addnormOperationIsRmsNorm(op);
  return MlirWalkResultAdvance;
}

static bool isFused(MlirOperation function) {
  bool found = false;
  mlirOperationWalk(function, findNorm, &found, MlirWalkPreOrder);
  return found;
}

/* A clone of `before`, fused and lowered. */
static bool makeVariant(ExecModel *before, const Variant *variant, const Program *programs,
                        ExecModel *after, Fused (*fused)[NUM_VARIANTS], int v, Finding *findings) {
  *after = cloneOf(before);
  addnormFuse(mlirModuleGetOperation(after->module), &variant->options, NULL, NULL);
  Functions functions = functionsOf(after);
  bool valid = true;
  for (int i = 0; i < functions.count; ++i) {
    int norms = countNorms(functions.ops[i], programs[i].hasGamma);
    char why[100];
    snprintf(why, sizeof why, "%d ops, expected %d", norms, programs[i].expected);
    fused[i][v] = (Fused){functions.ops[i], isFused(functions.ops[i]), norms};
    if (variant->options.numerics == ADDNORM_NUMERICS_WIDEN && programs[i].expected >= 0 &&
        norms != programs[i].expected && !hasHighRank(functions.ops[i]))
      find(&findings[i], VERDICT_MISSED, variant->name, why);
    if (!mlirOperationVerify(functions.ops[i])) {
      find(&findings[i], VERDICT_CRASHED, variant->name, after->error->text);
      valid = false;
    }
  }
  free(functions.ops);
  if (valid && !execLowerToLinalg(after)) {
    find(&findings[0], VERDICT_CRASHED, variant->name, after->error->text);
    valid = false;
  }
  return valid;
}

static void evaluateAll(ExecModel *before, const Program *programs, const uint64_t *seeds,
                        int count, Fused (*fused)[NUM_VARIANTS], Finding *findings) {
  Functions functions = functionsOf(before);
  for (int i = 0; i < count; ++i)
    for (int trial = 0; trial < NUM_TRIALS; ++trial)
      checkTrial(&programs[i], functions.ops[i], fused[i], trial, seeds[i], &findings[i]);
  free(functions.ops);
}

bool checkPrograms(ExecModel *host, const Program *programs, const uint64_t *seeds, int count,
                   Finding *findings) {
  ExecModel before, after[NUM_VARIANTS];
  Fused(*fused)[NUM_VARIANTS] = calloc((size_t)count, sizeof *fused);
  int made = 0;
  memset(findings, 0, sizeof *findings * (size_t)count);
  bool ok = parsePrograms(host, programs, count, &before);
  while (ok && made < NUM_VARIANTS) {
    ok = makeVariant(&before, &variants[made], programs, &after[made], fused, made, findings);
    ++made;
  }
  ok = ok && execLowerToLinalg(&before);
  if (ok)
    evaluateAll(&before, programs, seeds, count, fused, findings);
  else
    find(&findings[0], VERDICT_CRASHED, "before", host->error->text);
  for (int v = 0; v < made; ++v)
    mlirModuleDestroy(after[v].module);
  if (!mlirModuleIsNull(before.module))
    mlirModuleDestroy(before.module);
  free(fused);
  return ok;
}

static void appendText(MlirStringRef piece, void *out) { fwrite(piece.data, 1, piece.length, out); }

char *checkPrintProgram(ExecModel *host, const Program *program) {
  ExecModel model;
  if (!parsePrograms(host, program, 1, &model))
    return strdup(program->text);
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  Functions functions = functionsOf(&model);
  mlirOperationPrint(functions.ops[0], appendText, out);
  fputs("\n", out);
  fclose(out);
  free(functions.ops);
  mlirModuleDestroy(model.module);
  return text;
}

bool checkModules(ExecModel *before, ExecModel *after, bool written, ExecError *error) {
  if (!execLowerToLinalg(before) || !execLowerToLinalg(after))
    return false;
  Functions x = functionsOf(before), y = functionsOf(after);
  bool ok = x.count == y.count || execFail(error, "the modules have not as many functions");
  for (int i = 0; i < x.count && ok; ++i)
    for (int trial = 0; trial < NUM_TRIALS && ok; ++trial) {
      Results results;
      Finding finding = {VERDICT_OK, ""};
      Evaluation how = {written ? PRECISION_WRITTEN : PRECISION_EXACT, trial, 1};
      ok = evaluate(x.ops[i], how, &results, error);
      if (!ok)
        break;
      compareWith(&results, y.ops[i], how, written ? compareAsWritten : compareExact, 0x1p-20, -1,
                  "after", &finding);
      ok = finding.verdict == VERDICT_OK || execFail(error, "%s", finding.why);
      resultsDestroy(&results);
    }
  free(x.ops);
  free(y.ops);
  return ok;
}
