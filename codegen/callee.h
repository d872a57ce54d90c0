/* Functions outside of the module that emitted code calls, and the names by which it tells them
 * where it comes from. */

#ifndef ADDNORM_CODEGEN_CALLEE_H
#define ADDNORM_CODEGEN_CALLEE_H

#include "lib/ir/build.h"

typedef struct AddnormCallee {
  MlirStringRef name;
  MlirType type, result; /* result: null where there is none */
} AddnormCallee;

/* With types of the LLVM dialect. */
AddnormCallee addnormCalleeOf(MlirContext context, MlirStringRef name, MlirType result,
                              intptr_t count, const MlirType *arguments);

/* The op whose symbols a call in `op` refers to; null where there is none. */
MlirOperation addnormSymbolTableOpOf(MlirOperation op);

/* Whether the symbol means the callee, or nothing yet. */
bool addnormCalleeIsFree(MlirOperation tableOp, const AddnormCallee *callee);

/* Declares it, unless it is. */
void addnormCalleeDeclare(MlirOperation tableOp, const AddnormCallee *callee);

/* Calls it. Returns the result, or null. */
MlirValue addnormCalleeCall(const IrBuilder *b, const AddnormCallee *callee, int32_t count,
                            const MlirValue *operands);

/* Adds to the module a string that names `op`, "FUNCTION at LOCATION"; returns its symbol. */
MlirAttribute addnormAddSite(MlirOperation tableOp, MlirOperation op);

/* The address of such a string. */
MlirValue addnormSitePointer(const IrBuilder *b, MlirAttribute site);

#endif /* ADDNORM_CODEGEN_CALLEE_H */
