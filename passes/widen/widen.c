/* addnorm-widen-residual: find where the stream flows -> decide what becomes f32 -> rewrite.
 *
 * needs: addnorm.rms_norm on tensors, as addnorm-fuse leaves it.
 * leaves: the sums, and what carries them to the ops that add to them, in f32.
 *
 *   x1 = x0 + a (f16)                  x1 = x0 + a (f32)
 *   y1 = norm of x1, unrounded         y1
 *   x2 = x1 + b                        x2 = x1 + b           x1 is no longer rounded in between
 *   return x2 (f16)                    return round(x2)      a boundary: the type is the caller's
 */

#include "addnorm-c/passes.h"

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/Arith.h"
#include "mlir-c/Dialect/Linalg.h"
#include "mlir-c/Dialect/Tensor.h"
#include "passes/widen/report.h"
#include "passes/widen/rewrite.h"

/* What rewriteStream builds with. A pass has loaded them already; a plain call may not. */
static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__addnorm__(), mlirGetDialectHandle__arith__(),
                                 mlirGetDialectHandle__linalg__(),
                                 mlirGetDialectHandle__tensor__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

void addnormWidenResidual(MlirOperation root, AddnormWidenFactCallback onFact, void *userData) {
  Flow flow;
  loadDialects(mlirOperationGetContext(root));
  flowCreate(&flow, root);
  reportStream(&flow, onFact, userData);
  rewriteStream(&flow);
  flowDestroy(&flow);
}
