// One-shot bufferization of addnorm.rms_norm: in place in its inits.

#include "addnorm/AddNorm.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace addnorm;

/// A buffer for `tensor` that is contiguous and, with `copy`, holds its elements.
static FailureOr<Value> packBuffer(RewriterBase &rewriter, Location loc, Value tensor,
                                   MemRefType type, bool copy, const BufferizationOptions &options,
                                   const BufferizationState &state) {
  FailureOr<Value> packed =
      allocateTensorForShapedValue(rewriter, loc, tensor, options, state, copy);
  if (failed(packed))
    return failure();
  MemRefType contiguous = MemRefType::get(type.getShape(), type.getElementType(),
                                          MemRefLayoutAttrInterface(), type.getMemorySpace());
  return ToBufferOp::create(rewriter, loc, contiguous, *packed).getResult();
}

namespace {
struct RmsNormModel : DstBufferizableOpInterfaceExternalModel<RmsNormModel, RmsNormOp> {
  /// Every element of an init is written and none is read.
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<RmsNormOp>(op).isDpsInit(&operand);
  }

  /// An element of a full addend is last read before that element of y and of the sum is written.
  /// Not so for biases and gamma, which later rows read again, and for rstd, which comes earlier.
  bool bufferizesToElementwiseAccess(Operation *op, const AnalysisState &,
                                     ArrayRef<OpOperand *> operands) const {
    auto norm = cast<RmsNormOp>(op);
    unsigned y = norm.getODSOperandIndexAndLength(RmsNormOp::odsIndex_y_init).first;
    unsigned rstd = norm.getODSOperandIndexAndLength(RmsNormOp::odsIndex_rstd_init).first;
    return llvm::all_of(operands, [&](OpOperand *operand) {
      unsigned i = operand->getOperandNumber();
      return i < norm.getAddends().size() ? !norm.isBias(i) : i >= y && i < rstd;
    });
  }

  /// The op wants stride 1 in the last dimension. A buffer whose type does not promise it (a
  /// strided slice, a function argument of unknown layout) is packed into a new one, and an init
  /// written back.
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto norm = cast<RmsNormOp>(op);
    Location loc = op->getLoc();
    SmallVector<Value> operands, results;
    SmallVector<std::pair<Value, Value>> writeBacks;
    for (OpOperand &operand : op->getOpOperands()) {
      operands.push_back(operand.get());
      if (!isa<TensorType>(operand.get().getType()))
        continue;
      FailureOr<Value> buffer = getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      bool isInit = norm.isDpsInit(&operand);
      if (isInit)
        results.push_back(*buffer);
      operands.back() = *buffer;
      auto type = cast<MemRefType>(buffer->getType());
      if (type.isLastDimUnitStride())
        continue;
      FailureOr<Value> packed =
          packBuffer(rewriter, loc, operand.get(), type, !isInit, options, state);
      if (failed(packed))
        return failure();
      operands.back() = *packed;
      if (isInit)
        writeBacks.push_back({*packed, *buffer});
    }
    clone(rewriter, op, TypeRange(), operands);
    for (auto [packed, buffer] : writeBacks)
      if (failed(options.createMemCpy(rewriter, loc, packed, buffer)))
        return failure();
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void addnorm::registerBufferizableModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, AddNormDialect *) {
    RmsNormOp::attachInterface<RmsNormModel>(*context);
  });
}
