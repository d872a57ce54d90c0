// The verifier of addnorm.rms_norm.

#include "addnorm/AddNorm.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace addnorm;

static std::string str(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      shape, stream,
      [&](int64_t size) {
        if (ShapedType::isDynamic(size))
          stream << '?';
        else
          stream << size;
      },
      "x");
  return text;
}

/// Checks the container, shape and layout of an operand. `expected` is what the operands before it
/// tell; where it is dynamic this operand may tell more.
static LogicalResult verifyData(RmsNormOp op, const Twine &name, Value operand,
                                MutableArrayRef<int64_t> expected) {
  auto type = cast<ShapedType>(operand.getType());
  bool onMemRefs = isa<MemRefType>(op.getDataType());
  if (isa<MemRefType>(type) != onMemRefs)
    return op.emitOpError() << name << " should be a " << (onMemRefs ? "memref" : "tensor")
                            << " like the y init, but is " << type;
  if (failed(verifyCompatibleShape(type.getShape(), expected)))
    return op.emitOpError() << name << " should have shape " << str(expected) << ", but has "
                            << str(type.getShape());
  if (onMemRefs && !cast<MemRefType>(type).isLastDimUnitStride())
    return op.emitOpError() << name << " should have stride 1 in the last dimension, but is "
                            << type;
  for (auto [known, size] : llvm::zip_equal(expected, type.getShape()))
    if (ShapedType::isDynamic(known))
      known = size;
  return success();
}

static LogicalResult verifyOperands(RmsNormOp op) {
  auto shape = llvm::to_vector(op.getDataType().getShape());
  if (failed(verifyData(op, "y init", op.getYInit(), shape)))
    return failure();
  if (op.getSumInit() && failed(verifyData(op, "sum init", op.getSumInit(), shape)))
    return failure();
  MutableArrayRef<int64_t> row = MutableArrayRef(shape).take_back();
  for (auto [i, addend] : llvm::enumerate(op.getAddends())) {
    bool isRow = cast<ShapedType>(addend.getType()).getRank() == 1;
    if (failed(verifyData(op, "addend " + Twine(i), addend, isRow ? row : shape)))
      return failure();
  }
  if (op.getGamma() && failed(verifyData(op, "gamma", op.getGamma(), row)))
    return failure();
  shape.back() = 1;
  return op.getRstdInit() ? verifyData(op, "rstd init", op.getRstdInit(), shape) : success();
}

static LogicalResult verifyEpsilon(RmsNormOp op) {
  if (op.getEpsilon().has_value() == bool(op.getDynamicEpsilon()))
    return op.emitOpError("epsilon should be either a constant or an operand");
  if (op.getEpsilon() && !RmsNormOp::isEpsilon(op.getEpsilon()->convertToFloat()))
    return op.emitOpError("epsilon should be finite and not negative");
  return success();
}

static LogicalResult verifyScales(RmsNormOp op) {
  size_t numDynamic = op.getDynamicScales().size();
  if (!op.getScales() && numDynamic == 0)
    return success();
  ArrayRef<float> scales = op.getScales().value_or(ArrayRef<float>());
  if (scales.size() != op.getAddends().size())
    return op.emitOpError() << "scales should have one entry for each of the "
                            << op.getAddends().size() << " addends, but has " << scales.size();
  if (llvm::any_of(scales, [](float scale) { return std::isinf(scale); }))
    return op.emitOpError("constant scales should be finite");
  size_t numMarked = llvm::count_if(scales, RmsNormOp::isDynamicScale);
  if (numMarked != numDynamic)
    return op.emitOpError() << "scales should have one NaN for each of the " << numDynamic
                            << " dynamic scales, but has " << numMarked;
  return success();
}

static LogicalResult verifyGammaOffset(RmsNormOp op) {
  if (!op.getGammaOffset())
    return success();
  if (!op.getGamma())
    return op.emitOpError("gamma_offset should come with a gamma");
  return op.getGammaOffset()->isFinite() ? success()
                                         : op.emitOpError("gamma_offset should be finite");
}

static LogicalResult verifyOrder(RmsNormOp op) {
  std::optional<int64_t> lanes = op.getLanes(), chunk = op.getChunk();
  if (lanes && (*lanes <= 0 || !llvm::isPowerOf2_64(*lanes)))
    return op.emitOpError("lanes should be a power of two");
  if (!chunk)
    return success();
  if (!lanes)
    return op.emitOpError("chunk should come with lanes");
  return *chunk > 0 && *chunk % *lanes == 0
             ? success()
             : op.emitOpError("chunk should be a positive multiple of lanes");
}

LogicalResult RmsNormOp::verify() {
  // ODS checks the number of operands in optional groups only.
  if (getODSOperandIndexAndLength(odsIndex_y_init).second != 1)
    return emitOpError("should have one y init");
  if (getAddends().empty())
    return emitOpError("should have at least one addend");
  if (failed(verifyOperands(*this)) || failed(verifyEpsilon(*this)) ||
      failed(verifyScales(*this)) || failed(verifyGammaOffset(*this)))
    return failure();
  return verifyOrder(*this);
}
