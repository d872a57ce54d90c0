// The dialect for the C API.

#include "addnorm-c/rms_norm.h"
#include "addnorm/AddNorm.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"

// mlir-c can declare a dialect handle, but only C++ can define one for a C++ dialect.
MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(AddNorm, addnorm, addnorm::AddNormDialect)

// mlir-c has no call that attaches an external model of an interface.
void addnormRegisterBufferization(MlirDialectRegistry registry) {
  addnorm::registerBufferizableModels(*unwrap(registry));
}
