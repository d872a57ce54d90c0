// The addnorm dialect for C++ users. Everything else of AddNorm is C: see addnorm-c/.

#ifndef ADDNORM_ADDNORM_H
#define ADDNORM_ADDNORM_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "addnorm/AddNormDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "addnorm/AddNormAttrs.h.inc"

#define GET_OP_CLASSES
#include "addnorm/AddNormOps.h.inc"

namespace addnorm {
/// Registers the one-shot-bufferize model of the op with `registry`.
void registerBufferizableModels(mlir::DialectRegistry &registry);
} // namespace addnorm

#endif // ADDNORM_ADDNORM_H
