// Tiling of addnorm.rms_norm over rows.

#include "addnorm/AddNorm.h"

using namespace mlir;
using namespace addnorm;

SmallVector<utils::IteratorType> RmsNormOp::getLoopIteratorTypes() { return {}; }
SmallVector<Range> RmsNormOp::getIterationDomain(OpBuilder &) { return {}; }
FailureOr<TilingResult> RmsNormOp::getTiledImplementation(OpBuilder &, ArrayRef<OpFoldResult>,
                                                          ArrayRef<OpFoldResult>) {
  return failure();
}
LogicalResult RmsNormOp::getResultTilePosition(OpBuilder &, unsigned, ArrayRef<OpFoldResult>,
                                               ArrayRef<OpFoldResult>,
                                               SmallVector<OpFoldResult> &,
                                               SmallVector<OpFoldResult> &) {
  return failure();
}
FailureOr<TilingResult> RmsNormOp::generateResultTileValue(OpBuilder &, unsigned,
                                                           ArrayRef<OpFoldResult>,
                                                           ArrayRef<OpFoldResult>) {
  return failure();
}
