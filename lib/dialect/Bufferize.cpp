// One-shot bufferization of addnorm.rms_norm.

#include "addnorm/AddNorm.h"

void addnorm::registerBufferizableModels(mlir::DialectRegistry &) {}
