/* The program with a copy of each small function for each of its calls. Memory is told apart by
 * where it is allocated and handed on, whoever calls: in a function that several norms share, the
 * kernel of an NPU, the tensors of all of them would be one memory. */

#ifndef ADDNORM_PASSES_VERIFY_CONTEXTS_H
#define ADDNORM_PASSES_VERIFY_CONTEXTS_H

#include "mlir-c/IR.h"
#include "passes/fuse/table.h"

typedef struct Contexts {
  MlirOperation root; /* to be looked at: a copy, or what was given */
  bool isCopy;
  Table numbers; /* an op of the copy -> number of its original, + 1 */
  MlirOperation *originals;
  size_t count, capacity;
} Contexts;

/* Copies functions that call none with a body, in a copy of `root` if there are such with several
 * calls. */
Contexts contextsCreate(MlirOperation root);
void contextsFree(Contexts *contexts);

/* The op of the given program that `op`, which may be null, stands for. */
MlirOperation contextsOriginal(const Contexts *contexts, MlirOperation op);

#endif /* ADDNORM_PASSES_VERIFY_CONTEXTS_H */
