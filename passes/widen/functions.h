/* The functions of a module, and which of them have signatures that may change. */

#ifndef ADDNORM_PASSES_WIDEN_FUNCTIONS_H
#define ADDNORM_PASSES_WIDEN_FUNCTIONS_H

#include "mlir-c/IR.h"
#include "passes/fuse/table.h"

typedef struct Function {
  MlirOperation op;
  const char *fixed; /* why the signature has to stay; null: all its uses are calls */
} Function;

typedef struct Functions {
  Function *list;
  size_t count, capacity;
  Table of;     /* func.func -> function + 1 */
  Table scopes; /* symbol table op -> number */
  Table named;  /* (name, number of the symbol table) -> function + 1 */
} Functions;

/* Finds the func.funcs in `root`, which outlives the table. */
void functionsCreate(Functions *functions, MlirOperation root);
void functionsDestroy(Functions *functions);

/* The function `op`, the one that a func.call calls, the one around a func.return; null where it is
 * outside of the root. */
const Function *functionsFind(const Functions *functions, MlirOperation op);
const Function *functionsCallee(const Functions *functions, MlirOperation call);

/* The entry block, null without a body; the type. */
MlirBlock functionEntry(MlirOperation function);
MlirType functionType(MlirOperation function);

#endif /* ADDNORM_PASSES_WIDEN_FUNCTIONS_H */
