// Tiling of addnorm.rms_norm over rows. The loops are the dimensions before the last, so a tile
// holds whole rows; an op of rank 1 is one row and has no loops.

#include "addnorm/AddNorm.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace addnorm;

static OpFoldResult getSize(OpBuilder &builder, Location loc, Value value, int64_t dim) {
  if (isa<MemRefType>(value.getType()))
    return memref::getMixedSize(builder, loc, value, dim);
  return tensor::getMixedSize(builder, loc, value, dim);
}

SmallVector<utils::IteratorType> RmsNormOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(getDataType().getRank() - 1,
                                          utils::IteratorType::parallel);
}

SmallVector<Range> RmsNormOp::getIterationDomain(OpBuilder &builder) {
  SmallVector<Range> domain;
  for (int64_t dim = 0; dim + 1 < getDataType().getRank(); ++dim)
    domain.push_back({builder.getIndexAttr(0), getSize(builder, getLoc(), getYInit(), dim),
                      builder.getIndexAttr(1)});
  return domain;
}

/// What a tile of rows touches of a value with rows: the last dimension whole.
static void getRowSlice(OpBuilder &builder, Location loc, Value value,
                        SmallVector<OpFoldResult> &offsets, SmallVector<OpFoldResult> &sizes) {
  sizes.push_back(getSize(builder, loc, value, sizes.size()));
  offsets.push_back(builder.getIndexAttr(0));
}

static Operation *sliceRows(OpBuilder &builder, Location loc, Value value,
                            SmallVector<OpFoldResult> offsets, SmallVector<OpFoldResult> sizes) {
  getRowSlice(builder, loc, value, offsets, sizes);
  SmallVector<OpFoldResult> strides(offsets.size(), builder.getIndexAttr(1));
  if (isa<MemRefType>(value.getType()))
    return memref::SubViewOp::create(builder, loc, value, offsets, sizes, strides);
  return tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes, strides);
}

FailureOr<TilingResult> RmsNormOp::getTiledImplementation(OpBuilder &builder,
                                                          ArrayRef<OpFoldResult> offsets,
                                                          ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> operands(getOperands());
  SmallVector<Operation *> slices;
  for (Value &operand : operands) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    bool hasRows = type && type.getRank() > 1; // Scalars, biases and gamma serve every row.
    if (!hasRows)
      continue;
    slices.push_back(
        sliceRows(builder, getLoc(), operand, llvm::to_vector(offsets), llvm::to_vector(sizes)));
    operand = slices.back()->getResult(0);
  }
  TypeRange inits = ValueRange(operands).take_back(getNumDpsInits()).getTypes();
  Operation *tiled = mlir::clone(builder, getOperation(),
                                 hasPureTensorSemantics() ? inits : TypeRange(), operands);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult RmsNormOp::getResultTilePosition(OpBuilder &builder, unsigned resultNumber,
                                               ArrayRef<OpFoldResult> offsets,
                                               ArrayRef<OpFoldResult> sizes,
                                               SmallVector<OpFoldResult> &resultOffsets,
                                               SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  getRowSlice(builder, getLoc(), getDpsInits()[resultNumber], resultOffsets, resultSizes);
  return success();
}

/// Part of a row cannot be computed alone: fails unless the last dimension is provably whole. It
/// then starts at 0.
LogicalResult RmsNormOp::getIterationDomainTileFromResultTile(
    OpBuilder &, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  ValueBoundsConstraintSet::Variable rowSize(getResult(resultNumber), sizes.size() - 1);
  FailureOr<bool> whole = ValueBoundsConstraintSet::areEqual(sizes.back(), rowSize);
  if (failed(whole) || !*whole)
    return failure();
  domainOffsets.assign(offsets.begin(), offsets.end() - 1);
  domainSizes.assign(sizes.begin(), sizes.end() - 1);
  return success();
}

FailureOr<TilingResult> RmsNormOp::generateResultTileValue(OpBuilder &builder,
                                                           unsigned resultNumber,
                                                           ArrayRef<OpFoldResult> offsets,
                                                           ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(builder, resultNumber, offsets, sizes,
                                                  domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> tile = getTiledImplementation(builder, domainOffsets, domainSizes);
  if (succeeded(tile))
    tile->tiledValues = {tile->tiledValues[resultNumber]};
  return tile;
}
