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
#include "passes/widen/rewrite.h"

typedef struct Report {
  const Flow *flow;
  AddnormWidenFactCallback onFact;
  void *userData;
} Report;

static void reportOp(const Report *report, AddnormWidenFact fact) {
  fact.location = mlirOperationGetLocation(fact.op);
  report->onFact(&fact, report->userData);
}

/* Why the stream ends at this reader. */
static const char *whyItEnds(const Flow *flow, MlirOperation op, intptr_t operand) {
  const Function *function = NULL;
  if (irIs(op, "func.return"))
    function = functionsFind(&flow->functions, mlirOperationGetParentOperation(op));
  else if (irIs(op, "func.call"))
    function = functionsCallee(&flow->functions, op);
  else if (addnormOperationIsRmsNorm(op) && operand < addnormRmsNormGetNumAddends(op))
    return "the op rounds its sum (sum_type)";
  else
    return "the op is none that the stream goes through";
  return function ? function->fixed : "the function is outside of what the pass runs on";
}

static void reportEnds(const Report *report, const FlowNode *node, MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use)) {
    MlirOperation op = mlirOpOperandGetOwner(use);
    intptr_t operand = mlirOpOperandGetOperandNumber(use);
    if (!flowHasEdge(report->flow, op, operand) && !flowReadsShape(op))
      reportOp(report, (AddnormWidenFact){.op = op,
                                          .operand = operand,
                                          .type = node->type,
                                          .reason = whyItEnds(report->flow, op, operand)});
  }
}

static void reportNode(const Report *report, const FlowNode *node) {
  if (!node->isNarrow || !node->onStream)
    return;
  for (int32_t v = node->firstValue; v; v = report->flow->values[v - 1].next) {
    MlirValue value = report->flow->values[v - 1].value;
    if (flowIsWidened(node) && (node->isSum || node->isAdd))
      reportOp(report, (AddnormWidenFact){
                           .widened = true, .op = mlirOpResultGetOwner(value), .type = node->type});
    reportEnds(report, node, value);
  }
}

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
  Report report = {&flow, onFact, userData};
  for (size_t i = 0; onFact && i < flow.numNodes; ++i)
    reportNode(&report, &flow.nodes[i]);
  rewriteStream(&flow);
  flowDestroy(&flow);
}
