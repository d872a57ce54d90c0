// Canonicalizations of addnorm.rms_norm.

#include "addnorm/AddNorm.h"

using namespace mlir;
using namespace addnorm;

void RmsNormOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
