// The dialect, the op's custom syntax and its small interfaces. Each larger interface has a file of
// its own beside this one.

#include "addnorm/AddNorm.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace addnorm;

#include "addnorm/AddNormDialect.cpp.inc"

namespace {
/// A function that holds the norm may be inlined anywhere. What moves tiles speaks of its function.
struct Inliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *op, Region *, bool, IRMapping &) const final {
    return isa<RmsNormOp>(op);
  }
};
} // namespace

void AddNormDialect::initialize() {
  addInterfaces<Inliner>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "addnorm/AddNormAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "addnorm/AddNormOps.cpp.inc"
      >();
}

//===-- syntax
//----------------------------------------------------------------------------------===//

/// `1.0e-5` or `%eps`; leaves `constant` null for an operand.
static ParseResult parseScalar(OpAsmParser &parser, OpAsmParser::UnresolvedOperand &operand,
                               FloatAttr &constant) {
  OptionalParseResult isOperand = parser.parseOptionalOperand(operand);
  if (isOperand.has_value())
    return *isOperand;
  SMLoc loc = parser.getCurrentLocation();
  Attribute attribute;
  if (parser.parseAttribute(attribute, parser.getBuilder().getF32Type()))
    return failure();
  constant = dyn_cast<FloatAttr>(attribute);
  if (!constant || !constant.getType().isF32())
    return parser.emitError(loc, "expected an f32 constant or operand");
  return success();
}

static ParseResult parseEpsilon(OpAsmParser &parser,
                                std::optional<OpAsmParser::UnresolvedOperand> &operand,
                                FloatAttr &constant) {
  OpAsmParser::UnresolvedOperand value;
  if (parseScalar(parser, value, constant))
    return failure();
  if (!constant)
    operand = value;
  return success();
}

static void printEpsilon(OpAsmPrinter &printer, Operation *, Value operand, FloatAttr constant) {
  if (operand)
    printer << operand;
  else if (constant)
    printer.printAttributeWithoutType(constant);
}

/// `[1.0, %s]`: constants and operands in addend order.
static ParseResult parseScales(OpAsmParser &parser,
                               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                               DenseF32ArrayAttr &scales) {
  SmallVector<float> constants;
  auto parseScale = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand value;
    FloatAttr constant;
    if (parseScalar(parser, value, constant))
      return failure();
    if (!constant)
      operands.push_back(value);
    constants.push_back(constant ? constant.getValue().convertToFloat()
                                 : std::numeric_limits<float>::quiet_NaN());
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseScale))
    return failure();
  scales = parser.getBuilder().getDenseF32ArrayAttr(constants);
  return success();
}

static void printScales(OpAsmPrinter &printer, Operation *, OperandRange operands,
                        DenseF32ArrayAttr scales) {
  auto next = operands.begin();
  printer << '[';
  llvm::interleaveComma(scales.asArrayRef(), printer, [&](float scale) {
    if (RmsNormOp::isDynamicScale(scale) && next != operands.end())
      printer << *next++;
    else
      printer.printAttributeWithoutType(Builder(scales.getContext()).getF32FloatAttr(scale));
  });
  printer << ']';
}

#define GET_OP_CLASSES
#include "addnorm/AddNormOps.cpp.inc"

//===-- destination style, results, effects
//-----------------------------------------------------===//

MutableOperandRange RmsNormOp::getDpsInitsMutable() {
  unsigned start = getODSOperandIndexAndLength(odsIndex_y_init).first;
  return MutableOperandRange(getOperation(), start, getNumOperands() - start);
}

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                          ValueRange operands, DictionaryAttr attributes,
                                          OpaqueProperties properties, RegionRange regions,
                                          SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  for (Value init : {op.getYInit(), op.getSumInit(), op.getRstdInit()})
    if (init && isa<RankedTensorType>(init.getType()))
      types.push_back(init.getType());
  return success();
}

LogicalResult RmsNormOp::reifyResultShapes(OpBuilder &builder,
                                           ReifiedRankedShapedTypeDims &shapes) {
  for (auto [result, init] : llvm::zip(getResults(), getDpsInits()))
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), init));
  return success();
}

void RmsNormOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand,
                           SideEffects::DefaultResource::get());
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
  }
}

Speculation::Speculatability RmsNormOp::getSpeculatability() {
  return hasPureTensorSemantics() ? Speculation::Speculatable : Speculation::NotSpeculatable;
}
