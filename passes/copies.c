/* addnorm-copies-to-linalg: a memref.copy becomes a linalg.copy, and so a loop nest, where
 * finalize-memref-to-llvm would make a call of MLIR's own runtime library of it: where one side is
 * not contiguous. Nobody links that library to a compiled model. */

#include "addnorm-c/passes.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"

static bool isContiguous(MlirType memref) {
  return mlirAffineMapIsIdentity(mlirMemRefTypeGetAffineMap(memref));
}

static bool needsLoops(MlirType from, MlirType to) {
  bool isRanked = mlirTypeIsAMemRef(from) && mlirTypeIsAMemRef(to);
  return isRanked && !(isContiguous(from) && isContiguous(to));
}

static MlirWalkResult visit(MlirOperation op, void *data) {
  (void)data;
  if (!irIs(op, "memref.copy"))
    return MlirWalkResultAdvance;
  MlirValue operands[] = {mlirOperationGetOperand(op, 0), mlirOperationGetOperand(op, 1)};
  if (!needsLoops(mlirValueGetType(operands[0]), mlirValueGetType(operands[1])))
    return MlirWalkResultAdvance;
  IrBuilder b = irBuilderBefore(op);
  int32_t segments[] = {1, 1};
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b.context, 2, segments)},
                    {NULL, {NULL}}};
  MlirRegion region = mlirRegionCreate();
  mlirLinalgFillBuiltinNamedOpRegion(
      irOp(&b, "linalg.copy", 2, operands, 0, NULL, attrs, 1, &region));
  mlirOperationDestroy(op);
  return MlirWalkResultSkip;
}

void addnormCopiesToLinalg(MlirOperation root) {
  MlirDialectHandle linalg = mlirGetDialectHandle__linalg__();
  irLoadDialects(mlirOperationGetContext(root), 1, &linalg);
  mlirOperationWalk(root, visit, NULL, MlirWalkPreOrder);
}
