#include "passes/widen/report.h"

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "passes/fuse/facts.h"

typedef struct Report {
  const Flow *flow;
  bool hasRemarks;
  AddnormWidenFactCallback onFact;
  void *userData;
} Report;

static void emitRemark(const AddnormWidenFact *fact) {
  Facts facts;
  factsOpen(&facts);
  factsPrint(mlirIdentifierStr(mlirOperationGetName(fact->op)), factsAdd(&facts, "Op"));
  mlirTypePrint(fact->type, factsPrint, factsAdd(&facts, "Type"));
  if (!fact->widened)
    fputs(fact->reason, factsAdd(&facts, "Reason"));
  factsEmit(&facts, fact->widened ? REMARK_PASSED : REMARK_MISSED, fact->location, fact->function,
            "addnorm-widen-residual", fact->widened ? "StreamWidened" : "StreamEnds");
}

static void tell(const Report *report, AddnormWidenFact fact) {
  fact.location = mlirOperationGetLocation(fact.op);
  fact.function = irFunctionOf(fact.op);
  if (report->hasRemarks)
    emitRemark(&fact);
  if (report->onFact)
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

static void tellEnds(const Report *report, const FlowNode *node, MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use)) {
    MlirOperation op = mlirOpOperandGetOwner(use);
    intptr_t operand = mlirOpOperandGetOperandNumber(use);
    if (!flowHasEdge(report->flow, op, operand) && !flowReadsShape(op))
      tell(report, (AddnormWidenFact){.op = op,
                                      .operand = operand,
                                      .type = node->type,
                                      .reason = whyItEnds(report->flow, op, operand)});
  }
}

static void tellNode(const Report *report, const FlowNode *node) {
  if (!node->isNarrow || !node->onStream)
    return;
  for (int32_t v = node->firstValue; v; v = report->flow->values[v - 1].next) {
    MlirValue value = report->flow->values[v - 1].value;
    if (flowIsWidened(node) && (node->isSum || node->isAdd))
      tell(report, (AddnormWidenFact){
                       .widened = true, .op = mlirOpResultGetOwner(value), .type = node->type});
    tellEnds(report, node, value);
  }
}

void reportStream(const Flow *flow, AddnormWidenFactCallback onFact, void *userData) {
  if (flow->numNodes == 0)
    return;
  Report report = {flow, remarksEnabled(mlirTypeGetContext(flow->nodes[0].type)), onFact, userData};
  for (size_t i = 0; (onFact || report.hasRemarks) && i < flow->numNodes; ++i)
    tellNode(&report, &flow->nodes[i]);
}
