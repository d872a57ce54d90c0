/* addnormLower as a plain call, in a context that has no dialect but those of its input. */

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "mlir-c/Dialect/Func.h"
#include "mlir-c/IR.h"
#include "test/unit/check.h"

/* With a tail and stores around the cache. */
static const char source[] =
    "func.func @f(%x: memref<?x?xf16>, %y: memref<?x?xf16>) {\n"
    "  addnorm.rms_norm(%x : memref<?x?xf16>) epsilon 1.0e-5 outs(%y : memref<?x?xf16>)\n"
    "  return\n"
    "}\n";

static MlirStringRef text(const char *s) { return mlirStringRefCreateFromCString(s); }

static void checkTarget(const char *target) {
  MlirContext context = mlirContextCreateWithThreading(false);
  mlirDialectHandleLoadDialect(mlirGetDialectHandle__func__(), context);
  mlirDialectHandleLoadDialect(mlirGetDialectHandle__addnorm__(), context);
  MlirModule module = mlirModuleCreateParse(context, text(source));
  CHECK(!mlirModuleIsNull(module));
  MlirOperation root = mlirModuleGetOperation(module);
  AddnormLowerOptions options = {.target = text(target), .cpu = text("x86-64-v3")};
  CHECK(mlirLogicalResultIsSuccess(addnormLower(root, &options)));
  CHECK(mlirOperationVerify(root));
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
}

int main(void) {
  checkTarget("loops");
  checkTarget("vector");
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0;
}
