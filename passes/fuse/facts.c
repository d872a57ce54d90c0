#include "passes/fuse/facts.h"

#include <stdlib.h>

#include "lib/ir/build.h"

void factsOpen(Facts *facts) {
  facts->count = 0;
  facts->file = open_memstream(&facts->text, &facts->size);
  if (!facts->file)
    abort();
}

FILE *factsAdd(Facts *facts, const char *key) {
  fputc('\0', facts->file);
  fflush(facts->file);
  facts->keys[facts->count] = key;
  facts->starts[facts->count++] = facts->size;
  return facts->file;
}

void factsPrint(MlirStringRef piece, void *file) { fwrite(piece.data, 1, piece.length, file); }

void factsEmit(Facts *facts, RemarkKind kind, MlirLocation location, MlirOperation function,
               const char *category, const char *name) {
  fclose(facts->file);
  RemarkFact list[MAX_FACTS];
  for (size_t i = 0; i < facts->count; ++i)
    list[i] = (RemarkFact){facts->keys[i], facts->text + facts->starts[i]};
  MlirStringRef functionName = {NULL, 0};
  if (!mlirOperationIsNull(function))
    functionName =
        mlirStringAttrGetValue(mlirOperationGetAttributeByName(function, irStr("sym_name")));
  remarkEmit(kind, location, functionName, category, name, facts->count, list);
  free(facts->text);
}
