// Folds and canonicalizations of addnorm.rms_norm. All keep the bits of every result. tensor.cast
// is left to upstream's pattern for destination-style ops.
//
// Constants come from the folder: the matchers ask for a trait by an id made of the compiler's
// spelling of its type, which differs when MLIR was built by another compiler.

#include "addnorm/AddNorm.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace addnorm;

/// Reads through a memref.cast that hides static sizes or strides.
static bool foldMemRefCasts(RmsNormOp op) {
  bool changed = false;
  for (OpOperand &operand : op->getOpOperands()) {
    auto cast = operand.get().getDefiningOp<memref::CastOp>();
    if (!cast || !memref::CastOp::canFoldIntoConsumerOp(cast))
      continue;
    operand.set(cast.getSource());
    changed = true;
  }
  return changed;
}

/// u * 1 is u: drops a gamma whose every factor, gamma_offset + gamma rounded to f32, is 1.
static bool dropUnitGamma(RmsNormOp op, Attribute constant) {
  auto gamma = dyn_cast_or_null<SplatElementsAttr>(constant);
  if (!gamma)
    return false;
  float offset = op.getGammaOffset() ? op.getGammaOffset()->convertToFloat() : 0.0f;
  if (offset + gamma.getSplatValue<APFloat>().convertToFloat() != 1.0f)
    return false;
  op.getGammaMutable().clear();
  op.removeGammaOffsetAttr();
  return true;
}

static bool foldConstantEpsilon(RmsNormOp op, Attribute constant) {
  auto epsilon = dyn_cast_or_null<FloatAttr>(constant);
  if (!epsilon || !RmsNormOp::isEpsilon(epsilon.getValue().convertToFloat()))
    return false;
  op.getDynamicEpsilonMutable().clear();
  op.setEpsilonAttr(epsilon);
  return true;
}

/// `constants` has an entry, perhaps null, for each dynamic scale.
static bool foldConstantScales(RmsNormOp op, ArrayRef<Attribute> constants) {
  auto scales = llvm::to_vector(op.getScales().value_or(ArrayRef<float>()));
  SmallVector<Value> dynamic;
  size_t next = 0;
  for (float &scale : scales) {
    if (!RmsNormOp::isDynamicScale(scale))
      continue;
    auto constant = dyn_cast_or_null<FloatAttr>(constants[next]);
    if (constant && constant.getValue().isFinite())
      scale = constant.getValue().convertToFloat();
    else
      dynamic.push_back(op.getDynamicScales()[next]);
    ++next;
  }
  if (dynamic.size() == constants.size())
    return false;
  op.getDynamicScalesMutable().assign(dynamic);
  op.setScales(scales);
  return true;
}

/// Drops scales of 1, a chunk that holds the whole row, and roundings of a value to a type it has.
static bool dropIdleAttributes(RmsNormOp op) {
  auto isOne = [](float scale) { return scale == 1.0f; };
  bool scales = op.getScales() && llvm::all_of(*op.getScales(), isOne);
  if (scales)
    op.removeScalesAttr();
  int64_t n = op.getDataType().getShape().back();
  bool chunk = op.getChunk() && !ShapedType::isDynamic(n) && int64_t(*op.getChunk()) >= n;
  if (chunk)
    op.removeChunkAttr();
  bool isAddend = op.getAddends().size() == 1 && !op.getScales() &&
                  getElementTypeOrSelf(op.getAddends()[0]) == op.getSumType();
  bool sumType = op.getSumType() && (isAddend || op.getSumType()->isF32());
  if (sumType)
    op.removeSumTypeAttr();
  bool normType = op.getNormType() && op.getNormType()->isF32();
  if (normType)
    op.removeNormTypeAttr();
  return scales || chunk || sumType || normType;
}

LogicalResult RmsNormOp::fold(FoldAdaptor constants, SmallVectorImpl<OpFoldResult> &) {
  bool changed = foldMemRefCasts(*this);
  changed |= dropUnitGamma(*this, constants.getGamma());
  changed |= foldConstantEpsilon(*this, constants.getDynamicEpsilon());
  changed |= foldConstantScales(*this, constants.getDynamicScales());
  changed |= dropIdleAttributes(*this);
  return success(changed);
}

/// Drops the sum and rstd outputs that nobody reads.
static LogicalResult dropUnusedResults(RmsNormOp op, PatternRewriter &rewriter) {
  if (!op.hasPureTensorSemantics())
    return failure();
  auto isUnused = [&](MutableOperandRange init) {
    return !init.empty() && op.getTiedOpResult(&init[0]).use_empty();
  };
  bool sum = isUnused(op.getSumInitMutable()), rstd = isUnused(op.getRstdInitMutable());
  if (!sum && !rstd)
    return failure();
  auto used = RmsNormOp::create(rewriter, op.getLoc(), op.getAddends(), op.getGamma(),
                                op.getDynamicEpsilon(), op.getDynamicScales(), op.getYInit(),
                                sum ? Value() : op.getSumInit(), rstd ? Value() : op.getRstdInit(),
                                op.getEpsilonAttr(), op.getScalesAttr(), op.getGammaOffsetAttr(),
                                op.getSumTypeAttr(), op.getNormTypeAttr(), op.getLanesAttr(),
                                op.getChunkAttr());
  used->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  auto next = used->result_begin();
  for (OpResult result : op->getResults())
    if (result.getResultNumber() == 0 || !result.use_empty())
      rewriter.replaceAllUsesWith(result, *next++);
  rewriter.eraseOp(op);
  return success();
}

void RmsNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(dropUnusedResults);
}
