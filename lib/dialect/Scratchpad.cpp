// The ops between global memory and a scratchpad, and the attribute that names the latter.

#include "addnorm/AddNorm.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace addnorm;

#define GET_ATTRDEF_CLASSES
#include "addnorm/AddNormAttrs.cpp.inc"

static bool isInScratchpad(MemRefType type) {
  return isa_and_nonnull<ScratchpadAttr>(type.getMemorySpace());
}

LogicalResult DmaStartOp::verify() {
  auto from = cast<MemRefType>(getFrom().getType()), to = cast<MemRefType>(getTo().getType());
  if (from.getElementType() != to.getElementType())
    return emitOpError() << "copies " << from.getElementType() << " to " << to.getElementType();
  if (failed(verifyCompatibleShape(from, to)))
    return emitOpError() << "should have operands of one shape, but copies " << from << " to "
                         << to;
  if (!from.isLastDimUnitStride() || !to.isLastDimUnitStride())
    return emitOpError("should have operands with stride 1 in the last dimension");
  if (isInScratchpad(from) == isInScratchpad(to))
    return emitOpError("should have one of its operands in the scratchpad");
  if (int64_t(getQueue()) < 0)
    return emitOpError("has a negative queue");
  return success();
}

LogicalResult ScratchpadOp::verify() {
  auto type = cast<MemRefType>(getMemory().getType());
  if (!isInScratchpad(type))
    return emitOpError() << "should be in #addnorm.scratchpad, but is " << type;
  if (!isa<FloatType>(type.getElementType()))
    return emitOpError() << "should be of floats, but is of " << type.getElementType();
  if (int64_t(getOffset()) < 0)
    return emitOpError("begins before the scratchpad");
  return success();
}
