/* Uses of symbols, for C. */

#ifndef ADDNORM_LIB_SEAM_SYMBOLS_H
#define ADDNORM_LIB_SEAM_SYMBOLS_H

#include "addnorm-c/support.h"
#include "mlir-c/IR.h"

ADDNORM_EXTERN_C_BEGIN

/* Calls `visit` for each reference to a symbol on `symbolTable` and inside it, nested symbol tables
 * excepted; `name` is the outermost name in the reference. False, perhaps without any call, where
 * an unregistered op may hide uses. */
bool seamVisitSymbolUses(MlirOperation symbolTable,
                         void (*visit)(MlirOperation user, MlirStringRef name, void *userData),
                         void *userData);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_LIB_SEAM_SYMBOLS_H */
