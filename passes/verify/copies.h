/* Where control flow hands values on: branches, loops, regions, calls and returns. */

#ifndef ADDNORM_PASSES_VERIFY_COPIES_H
#define ADDNORM_PASSES_VERIFY_COPIES_H

#include "passes/verify/semantics.h"

/* A place that a value can be in: an SSA value, or a result that a function returns. */
typedef struct Place {
  TableKey key;
  MlirValue value; /* null for a function's result */
} Place;

Place placeOf(MlirValue value);

typedef void (*CopyCallback)(void *data, Place from, Place to);

typedef struct Copies {
  const Semantics *semantics;
  Table functions; /* (symbol table op, name) -> index into ops, + 1 */
  MlirOperation *ops;
  size_t numOps, capacity;
} Copies;

/* Collects the symbols in `root`. */
Copies copiesCreate(const Semantics *semantics, MlirOperation root);
void copiesFree(Copies *copies);

/* The op of the symbol that attribute `name` of `op` refers to, nearest symbol table first; null
 * when there is none. */
MlirOperation copiesSymbol(const Copies *copies, MlirOperation op, const char *name);

/* Calls `callback` for each copy that control flow makes at `op`. Copies of a callee are those of
 * its call and of its returns. */
void copiesOf(const Copies *copies, MlirOperation op, CopyCallback callback, void *data);

/* Whether a function has a body here. */
bool copiesHasBody(MlirOperation function);

#endif /* ADDNORM_PASSES_VERIFY_COPIES_H */
