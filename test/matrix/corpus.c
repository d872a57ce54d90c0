#include "test/matrix/corpus.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/exec/file.h"

static int countOf(const cJSON *entry, const char *key) {
  return (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, key));
}

bool corpusLoad(Corpus *corpus, const char *folder, ExecError *error) {
  *corpus = (Corpus){.folder = folder};
  char path[4096];
  snprintf(path, sizeof path, "%s/expected.json", folder);
  size_t size;
  char *text = execReadFile(path, &size, error);
  if (!text)
    return false;
  corpus->json = cJSON_ParseWithLength(text, size);
  free(text);
  if (!cJSON_IsObject(corpus->json))
    return execFail(error, "%s: not a JSON object", path);

  corpus->files = calloc((size_t)cJSON_GetArraySize(corpus->json) + 1, sizeof *corpus->files);
  const cJSON *entry;
  cJSON_ArrayForEach(entry, corpus->json) {
    corpus->files[corpus->numFiles++] = (CorpusFile){
        .name = entry->string,
        .addNorms = countOf(entry, "add_rmsnorm"),
        .plainNorms = countOf(entry, "rmsnorm_only"),
        .mayMiss = cJSON_HasObjectItem(entry, "optional"),
    };
  }
  return true;
}

void corpusDestroy(Corpus *corpus) {
  free(corpus->files);
  cJSON_Delete(corpus->json);
}

bool corpusLoadModel(const Corpus *corpus, const CorpusFile *file, char path[4096],
                     ExecModel *model, ExecError *error) {
  snprintf(path, 4096, "%s/%s", corpus->folder, file->name);
  return execModelLoad(model, path, error);
}

ExecModel corpusCopyModel(const ExecModel *model) {
  ExecModel copy = *model;
  copy.module = mlirModuleFromOperation(mlirOperationClone(mlirModuleGetOperation(model->module)));
  return copy;
}

void corpusDestroyCopy(ExecModel *copy) { mlirModuleDestroy(copy->module); }
