/* corpus-lowerings CORPUS: AddNorm's passes on every step of the way from the front ends' IR down
 * to the LLVM dialect. Each must leave valid IR, or say what it cannot do; none may crash.
 *
 * The steps build on each other. A pass under test runs on a copy of what each step left. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/exec/pipeline.h"
#include "test/matrix/corpus.h"

static const char *const steps[] = {
    "", /* as given */
    "func.func(tosa-to-linalg-named)",
    "func.func(tosa-to-linalg)",
    "func.func(tosa-to-arith{include-apply-rescale use-32-bit})",
    "func.func(tosa-to-tensor)",
    "func.func(tosa-to-scf)",
    "linalg-generalize-named-ops",
    "func.func(convert-elementwise-to-linalg)",
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops}",
    "buffer-results-to-out-params",
    "func.func(convert-linalg-to-loops)",
    "expand-strided-metadata",
    "lower-affine",
    "math-expand-ops{ops=fpowi,ceil}",
    "convert-scf-to-cf",
    "func.func(convert-math-to-llvm)",
    "convert-math-to-libm",
    "arith-expand{include-bf16}",
    "convert-complex-to-standard",
    "convert-arith-to-llvm",
    "convert-index-to-llvm",
    "convert-cf-to-llvm",
    "finalize-memref-to-llvm",
    "convert-func-to-llvm",
    "convert-ub-to-llvm",
    "reconcile-unrealized-casts",
};

typedef struct PassUnderTest {
  const char *passes;
  const char *mayFailWith; /* what it may decline with; null: it always succeeds */
} PassUnderTest;

static const PassUnderTest passesUnderTest[] = {
    {"addnorm-fuse", NULL},
    {"addnorm-fuse{norm-only=true}", NULL},
    {"addnorm-fuse{norm-only=true numerics=source}", NULL},
    {"addnorm-fuse,addnorm-lower{target=loops}", "bufferize"},
    {"addnorm-fuse,addnorm-lower{target=vector}", "bufferize"},
    {"addnorm-fuse,addnorm-widen-residual", NULL},
    {"addnorm-verify{level=stream}", "narrower than f32"},
};

enum {
  NUM_STEPS = sizeof steps / sizeof *steps,
  NUM_PASSES = sizeof passesUnderTest / sizeof *passesUnderTest
};

/* What is run at the moment, for the crash handler. */
static char current[8192];

static void onCrash(int number) {
  ssize_t ignored = write(STDERR_FILENO, current, strlen(current));
  (void)ignored;
  signal(number, SIG_DFL);
  raise(number);
}

static bool runPasses(ExecModel *model, const char *step, const char *passes) {
  char pipeline[512];
  snprintf(pipeline, sizeof pipeline, "builtin.module(%s)", passes);
  snprintf(current, sizeof current, "crash: %s after '%s': %s\n", model->path, step, passes);
  model->error->text[0] = '\0';
  return execRunPasses(model, pipeline);
}

/* Prints what is wrong after step number `s`; returns the number of failures. */
static int checkStep(const ExecModel *model, int s) {
  int failures = 0;
  for (int p = 0; p < NUM_PASSES; ++p) {
    ExecModel copy = corpusCopyModel(model);
    const PassUnderTest *test = &passesUnderTest[p];
    if (!runPasses(&copy, steps[s], test->passes) &&
        !(test->mayFailWith && strstr(model->error->text, test->mayFailWith))) {
      ++failures;
      printf("%s after '%s', %s: %s\n", model->path, steps[s], test->passes, model->error->text);
    }
    corpusDestroyCopy(&copy);
  }
  return failures;
}

/* Counts the cells of one file; false where a step fails by itself. */
static bool checkFile(const Corpus *corpus, const CorpusFile *file, int *cells, int *failures,
                      ExecError *error) {
  char path[4096];
  ExecModel model;
  bool ok = corpusLoadModel(corpus, file, path, &model, error);
  for (int s = 0; ok && s < NUM_STEPS; ++s) {
    ok = runPasses(&model, steps[s], steps[s]);
    if (ok) {
      *failures += checkStep(&model, s);
      *cells += NUM_PASSES;
    }
  }
  execModelDestroy(&model);
  return ok;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: corpus-lowerings CORPUS\n");
    return 2;
  }
  signal(SIGSEGV, onCrash);
  signal(SIGABRT, onCrash);
  Corpus corpus;
  ExecError error = {""};
  int cells = 0, failures = 0;
  bool ok = corpusLoad(&corpus, argv[1], &error);
  for (int i = 0; ok && i < corpus.numFiles; ++i)
    ok = checkFile(&corpus, &corpus.files[i], &cells, &failures, &error);
  if (!ok)
    fprintf(stderr, "corpus-lowerings: %s\n", error.text);
  else
    printf("%d cells, %d failures\n", cells, failures);
  corpusDestroy(&corpus);
  return !ok || failures > 0;
}
