/* addnorm-verify: build the flow -> solve -> report.
 *
 * needs: IR of any level that the verifier accepts.
 * leaves: it as it was. */

#include "addnorm-c/passes.h"
#include "passes/verify/build.h"

typedef struct Report {
  AddnormVerifyResult result;
  AddnormVerifyCallback onFinding;
  void *userData;
  Table reported; /* the narrow nodes' ops */
} Report;

static void addFinding(Report *report, const AddnormVerifyFinding *finding) {
  bool isViolation = finding->verdict == ADDNORM_VERDICT_VIOLATED;
  ++*(isViolation ? &report->result.numViolations : &report->result.numUnknowns);
  if (report->onFinding)
    report->onFinding(finding, report->userData);
}

static void onUnknown(void *data, MlirOperation op, const char *reason) {
  AddnormVerifyFinding finding = {.verdict = ADDNORM_VERDICT_UNKNOWN, .op = op, .reason = reason};
  addFinding(data, &finding);
}

/* The op, or the closest one around it that has a location: the body of a named op has none. */
static MlirOperation locatedOp(MlirOperation op) {
  MlirLocation unknown = mlirLocationUnknownGet(mlirOperationGetContext(op));
  for (MlirOperation at = op; !mlirOperationIsNull(at); at = mlirOperationGetParentOperation(at))
    if (!mlirLocationEqual(mlirOperationGetLocation(at), unknown))
      return at;
  return op;
}

/* One finding per op that makes a sum narrow, with its first reader. */
static void addViolation(Report *report, const FlowGraph *graph, FlowViolation violation) {
  MlirOperation op = flowNode(graph, violation.narrow)->op;
  TableKey key = tableKeyOf(op.ptr);
  if (tableGet(&report->reported, key))
    return;
  tableSet(&report->reported, key, 1);
  AddnormVerifyFinding finding = {.verdict = ADDNORM_VERDICT_VIOLATED,
                                  .op = locatedOp(op),
                                  .reason = "the residual stream is held here in a type "
                                            "narrower than f32"};
  if (violation.reader) {
    finding.reader = locatedOp(flowNode(graph, violation.reader)->op);
    finding.reason = violation.isStatistic ? "a sum in a type narrower than f32 goes into the "
                                             "statistic of a norm"
                                           : "a sum in a type narrower than f32 is normalised";
  }
  addFinding(report, &finding);
}

AddnormVerifyResult addnormVerify(MlirOperation root, const AddnormVerifyOptions *options,
                                  AddnormVerifyCallback onFinding, void *userData) {
  Report report = {.onFinding = onFinding, .userData = userData};
  FlowGraph graph = {0};
  flowBuild(&graph, root, onUnknown, &report);
  flowSolve(&graph);
  for (FlowId id = 1; (size_t)id < graph.numNodes; ++id) {
    FlowViolation violation = {0};
    report.result.numStatistics += flowIsStatistic(&graph, id);
    if (flowReadsNarrow(&graph, id, &violation))
      addViolation(&report, &graph, violation);
  }
  for (FlowId id = 1; options->level == ADDNORM_LEVEL_STREAM && (size_t)id < graph.numNodes; ++id)
    if (flowNarrowsStream(&graph, id))
      addViolation(&report, &graph, (FlowViolation){.narrow = id});
  flowFree(&graph);
  tableFree(&report.reported);
  report.result.verdict = report.result.numViolations ? ADDNORM_VERDICT_VIOLATED
                          : report.result.numUnknowns ? ADDNORM_VERDICT_UNKNOWN
                                                      : ADDNORM_VERDICT_CLEAN;
  return report.result;
}
