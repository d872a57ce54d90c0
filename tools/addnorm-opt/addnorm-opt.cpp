// mlir-opt with AddNorm linked in. C++ because mlir-c has no MlirOptMain.

#include "addnorm-c/passes.h"
#include "addnorm/AddNorm.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<addnorm::AddNormDialect>();
  addnorm::registerBufferizableModels(registry);
  mlir::registerAllPasses();
  addnormRegisterPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "AddNorm optimizer driver\n", registry));
}
