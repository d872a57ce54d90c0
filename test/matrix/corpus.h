/* The corpus: which files it has, and what is in each. */

#ifndef ADDNORM_TEST_MATRIX_CORPUS_H
#define ADDNORM_TEST_MATRIX_CORPUS_H

#include "lib/exec/model.h"

typedef struct CorpusFile {
  const char *name; /* below the corpus, as "hf/Llama.f16.linalg.mlir" */
  int addNorms;     /* norms that an add feeds */
  int plainNorms;   /* others */
  bool mayMiss;     /* a norm after an add may be missed, but never found where there is none */
} CorpusFile;

typedef struct Corpus {
  const char *folder;
  struct cJSON *json;
  int numFiles;
  CorpusFile *files;
} Corpus;

/* Reads `folder`/expected.json. */
bool corpusLoad(Corpus *corpus, const char *folder, ExecError *error);
void corpusDestroy(Corpus *corpus);

/* Parses a file of the corpus, with all dialects and passes at hand. The caller destroys the model,
 * whose path is `path`, even after a failure. */
bool corpusLoadModel(const Corpus *corpus, const CorpusFile *file, char path[4096],
                     ExecModel *model, ExecError *error);

/* A copy of the model for one experiment; it lives no longer than `model` and goes with
 * corpusDestroyCopy. */
ExecModel corpusCopyModel(const ExecModel *model);
void corpusDestroyCopy(ExecModel *copy);

#endif /* ADDNORM_TEST_MATRIX_CORPUS_H */
