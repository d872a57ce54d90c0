/* addnorm-verify: tell calls apart -> build the flow -> solve -> report.
 *
 * needs: IR of any level that the verifier accepts.
 * leaves: it as it was. */

#include "addnorm-c/passes.h"
#include "passes/verify/build.h"
#include "passes/verify/contexts.h"

typedef struct Report {
  AddnormVerifyResult result;
  AddnormVerifyCallback onFinding;
  void *userData;
  const Contexts *contexts;
  Table narrow, unknown; /* ops that have been reported as such */
} Report;

static void addFinding(Report *report, const AddnormVerifyFinding *finding) {
  bool isViolation = finding->verdict == ADDNORM_VERDICT_VIOLATED;
  ++*(isViolation ? &report->result.numViolations : &report->result.numUnknowns);
  if (report->onFinding)
    report->onFinding(finding, report->userData);
}

/* Whether the op is not in the table of those that have been reported; then it is. */
static bool isNew(Table *reported, MlirOperation op) {
  TableKey key = tableKeyOf(op.ptr);
  bool known = tableGet(reported, key);
  if (!known)
    tableSet(reported, key, 1);
  return !known;
}

static void onUnknown(void *data, MlirOperation op, const char *reason) {
  Report *report = data;
  op = contextsOriginal(report->contexts, op);
  if (report->contexts->isCopy && !isNew(&report->unknown, op))
    return;
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
  MlirOperation op = contextsOriginal(report->contexts, flowNode(graph, violation.narrow)->op);
  if (!isNew(&report->narrow, op))
    return;
  AddnormVerifyFinding finding = {.verdict = ADDNORM_VERDICT_VIOLATED,
                                  .op = locatedOp(op),
                                  .reason = "the residual stream is held here in a type "
                                            "narrower than f32"};
  if (violation.reader) {
    finding.reader =
        locatedOp(contextsOriginal(report->contexts, flowNode(graph, violation.reader)->op));
    finding.reason = violation.isStatistic ? "a sum in a type narrower than f32 goes into the "
                                             "statistic of a norm"
                                           : "a sum in a type narrower than f32 is normalised";
  }
  addFinding(report, &finding);
}

AddnormVerifyResult addnormVerify(MlirOperation root, const AddnormVerifyOptions *options,
                                  AddnormVerifyCallback onFinding, void *userData) {
  Contexts contexts = contextsCreate(root);
  Report report = {.onFinding = onFinding, .userData = userData, .contexts = &contexts};
  FlowGraph graph = {0};
  flowBuild(&graph, contexts.root, onUnknown, &report);
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
  contextsFree(&contexts);
  tableFree(&report.narrow);
  tableFree(&report.unknown);
  report.result.verdict = report.result.numViolations ? ADDNORM_VERDICT_VIOLATED
                          : report.result.numUnknowns ? ADDNORM_VERDICT_UNKNOWN
                                                      : ADDNORM_VERDICT_CLEAN;
  return report.result;
}
