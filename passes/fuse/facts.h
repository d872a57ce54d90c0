/* A remark under construction: a list of facts, their values printed one after the other. */

#ifndef ADDNORM_PASSES_FUSE_FACTS_H
#define ADDNORM_PASSES_FUSE_FACTS_H

#include <stdio.h>

#include "lib/seam/remark.h"
#include "mlir-c/IR.h"

enum { MAX_FACTS = 8 };

typedef struct Facts {
  size_t count;
  const char *keys[MAX_FACTS];
  size_t starts[MAX_FACTS]; /* of the values in the text */
  char *text;
  size_t size;
  FILE *file;
} Facts;

void factsOpen(Facts *facts);

/* Begins the fact `key`, a literal; what is printed until the next is its value. */
FILE *factsAdd(Facts *facts, const char *key);

/* The callback with which MLIR prints to the file. */
void factsPrint(MlirStringRef piece, void *file);

/* Emits the remark and frees the facts. `function` may be null; `category` and `name` are literals.
 */
void factsEmit(Facts *facts, RemarkKind kind, MlirLocation location, MlirOperation function,
               const char *category, const char *name);

#endif /* ADDNORM_PASSES_FUSE_FACTS_H */
