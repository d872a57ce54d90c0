/* corpus-counts CORPUS DOC: the norms that addnorm-fuse finds in every file of the corpus, as given
 * and after each clean-up, against expected.json.
 *
 * DOC says which clean-ups there are, and which cells of this matrix are not exact and why; a cell
 * that is exact against the documentation's word fails too. */

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"
#include "test/matrix/corpus.h"
#include "test/matrix/table.h"

/* Columns of the tables of DOC. */
enum { CLEAN_UP_NAME, CLEAN_UP_PASSES };
enum { EXCEPTION_CLEAN_UP, EXCEPTION_FILES, EXCEPTION_CELLS };

typedef struct Matrix {
  Corpus corpus;
  MarkdownTable cleanUps, exceptions;
  int *exact;    /* per clean-up: files */
  int *excepted; /* per exception: cells */
  int failures;
} Matrix;

typedef struct Counts {
  int addNorms, plainNorms;
  int roots; /* left */
} Counts;

static MlirWalkResult countOp(MlirOperation op, void *data) {
  Counts *counts = data;
  if (addnormOperationIsRmsNorm(op)) {
    if (addnormRmsNormGetNumAddends(op) > 1)
      ++counts->addNorms;
    else
      ++counts->plainNorms;
  }
  counts->roots += irIs(op, "math.rsqrt") || irIs(op, "math.sqrt") || irIs(op, "tosa.rsqrt");
  return MlirWalkResultAdvance;
}

static bool fuseAndCount(const ExecModel *cleaned, bool normOnly, Counts *counts) {
  ExecModel model = corpusCopyModel(cleaned);
  MlirOperation module = mlirModuleGetOperation(model.module);
  AddnormFuseOptions options = {.lanes = 64, .normOnly = normOnly};
  addnormFuse(module, &options, NULL, NULL);
  *counts = (Counts){0};
  mlirOperationWalk(module, countOp, counts, MlirWalkPreOrder);
  bool valid = mlirOperationVerify(module);
  corpusDestroyCopy(&model);
  return valid || execFail(model.error, "%s: invalid after addnorm-fuse", model.path);
}

/* Families in which every reciprocal root is that of an RMSNorm: what fuses whole leaves none. */
static bool hasNormRootsOnly(const CorpusFile *file) {
  const char *slash = strrchr(file->name, '/'), *model = slash ? slash + 1 : file->name;
  return strncmp(model, "Llama.", 6) == 0 || strncmp(model, "Mistral.", 8) == 0 ||
         strncmp(model, "Qwen2.", 6) == 0;
}

/* Writes what is wrong into `text`, nothing if the counts are exact. */
static void judge(const CorpusFile *file, const Counts *plain, const Counts *all, char *text,
                  size_t size) {
  *text = '\0';
  if (plain->addNorms > file->addNorms || (plain->addNorms < file->addNorms && !file->mayMiss))
    snprintf(text, size, "%d add -> norm, expected %d", plain->addNorms, file->addNorms);
  else if (plain->plainNorms != 0)
    snprintf(text, size, "%d plain norms without norm-only", plain->plainNorms);
  else if (all->addNorms != plain->addNorms)
    snprintf(text, size, "%d add -> norm with norm-only, %d without", all->addNorms,
             plain->addNorms);
  else if (all->plainNorms != file->plainNorms)
    snprintf(text, size, "%d plain norms, expected %d", all->plainNorms, file->plainNorms);
  else if (hasNormRootsOnly(file) && plain->roots != file->plainNorms)
    snprintf(text, size, "%d roots left, expected %d", plain->roots, file->plainNorms);
}

/* The exception of DOC that covers the cell, or -1. */
static int findException(const Matrix *matrix, const char *cleanUp, const char *file) {
  for (int i = 0; i < matrix->exceptions.numRows; ++i) {
    char *const *cells = matrix->exceptions.rows[i].cells;
    if (strcmp(cells[EXCEPTION_CLEAN_UP], cleanUp) == 0 &&
        fnmatch(cells[EXCEPTION_FILES], file, 0) == 0)
      return i;
  }
  return -1;
}

static void checkCell(Matrix *matrix, const CorpusFile *file, const ExecModel *original, int c) {
  char *const *cleanUp = matrix->cleanUps.rows[c].cells;
  char pipeline[512], wrong[2048] = "";
  snprintf(pipeline, sizeof pipeline, "builtin.module(%s)", cleanUp[CLEAN_UP_PASSES]);
  ExecModel model = corpusCopyModel(original);
  Counts plain, all;
  original->error->text[0] = '\0';
  if (execRunPasses(&model, pipeline) && fuseAndCount(&model, false, &plain) &&
      fuseAndCount(&model, true, &all))
    judge(file, &plain, &all, wrong, sizeof wrong);
  else
    snprintf(wrong, sizeof wrong, "%s", original->error->text);
  corpusDestroyCopy(&model);
  if (!*wrong) {
    ++matrix->exact[c];
    return;
  }
  int exception = findException(matrix, cleanUp[CLEAN_UP_NAME], file->name);
  if (exception >= 0)
    ++matrix->excepted[exception];
  else
    ++matrix->failures;
  printf("%s, %s: %s%s\n", file->name, cleanUp[CLEAN_UP_NAME], wrong,
         exception >= 0 ? " (documented)" : "");
}

static bool checkFile(Matrix *matrix, const CorpusFile *file, ExecError *error) {
  char path[4096];
  ExecModel model;
  bool loaded = corpusLoadModel(&matrix->corpus, file, path, &model, error);
  for (int c = 0; loaded && c < matrix->cleanUps.numRows; ++c)
    checkCell(matrix, file, &model, c);
  execModelDestroy(&model);
  return loaded;
}

static void checkExceptions(Matrix *matrix) {
  for (int i = 0; i < matrix->exceptions.numRows; ++i) {
    char *const *cells = matrix->exceptions.rows[i].cells;
    if (matrix->excepted[i] == atoi(cells[EXCEPTION_CELLS]))
      continue;
    ++matrix->failures;
    printf("%s of %s: %d cells are not exact, the documentation says %s\n",
           cells[EXCEPTION_CLEAN_UP], cells[EXCEPTION_FILES], matrix->excepted[i],
           cells[EXCEPTION_CELLS]);
  }
}

static bool checkMatrix(Matrix *matrix, const char *folder, const char *doc, ExecError *error) {
  if (!corpusLoad(&matrix->corpus, folder, error) ||
      !markdownTableRead(&matrix->cleanUps, doc, "Clean-up", error) ||
      !markdownTableRead(&matrix->exceptions, doc, "Not exact after", error))
    return false;
  matrix->exact = calloc((size_t)matrix->cleanUps.numRows + 1, sizeof *matrix->exact);
  matrix->excepted = calloc((size_t)matrix->exceptions.numRows + 1, sizeof *matrix->excepted);
  for (int i = 0; i < matrix->corpus.numFiles; ++i)
    if (!checkFile(matrix, &matrix->corpus.files[i], error))
      return false;
  checkExceptions(matrix);
  for (int c = 0; c < matrix->cleanUps.numRows; ++c)
    printf("%-34s %d/%d\n", matrix->cleanUps.rows[c].cells[CLEAN_UP_NAME], matrix->exact[c],
           matrix->corpus.numFiles);
  printf("%d cells, %d failures\n", matrix->corpus.numFiles * matrix->cleanUps.numRows,
         matrix->failures);
  return true;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: corpus-counts CORPUS DOC\n");
    return 2;
  }
  Matrix matrix = {0};
  ExecError error = {""};
  bool ran = checkMatrix(&matrix, argv[1], argv[2], &error);
  if (!ran)
    fprintf(stderr, "corpus-counts: %s\n", error.text);
  corpusDestroy(&matrix.corpus);
  markdownTableDestroy(&matrix.cleanUps);
  markdownTableDestroy(&matrix.exceptions);
  free(matrix.exact);
  free(matrix.excepted);
  return !ran || matrix.failures > 0;
}
