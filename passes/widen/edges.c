/* Which ops the stream goes through, and how. */

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "passes/widen/flow.h"
#include "passes/widen/linalg.h"

static void carry(Flow *flow, EdgeKind kind, MlirOperation op, intptr_t operand, MlirValue to) {
  flowAddEdge(flow, kind, op, operand, flowNode(flow, to));
}

/* An op that keeps its sum in a narrow type (sum_type) was asked for that rounding. */
static void addRmsNorm(Flow *flow, MlirOperation op) {
  MlirType sumType = addnormRmsNormGetSumType(op);
  if (!mlirTypeIsNull(sumType) && !mlirTypeIsAF32(sumType))
    return;
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(op); ++i)
    flowAddEdge(flow, EDGE_ADDEND, op, i, 0);
  if (mlirOperationGetNumResults(op) < 2 || mlirValueIsNull(addnormRmsNormGetSumInit(op)))
    return;
  NodeId sum = flowNode(flow, mlirOperationGetResult(op, 1));
  if (sum)
    flowNodeAt(flow, sum)->isSum = true;
}

static bool isView(MlirOperation op) {
  static const char *const names[] = {
      "tensor.expand_shape", "tensor.collapse_shape", "tensor.extract_slice", "tensor.cast",
      "tensor.reshape",      "tosa.reshape",          "tosa.transpose",       "tosa.slice",
      "tosa.reverse",        "tosa.identity"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (irIs(op, names[i]))
      return true;
  return false;
}

/* Whether the op's result has the type of its operand but for the element, which is f32 on one side
 * and narrow on the other. */
static bool isBetweenF32AndNarrow(MlirOperation op) {
  MlirType from = mlirValueGetType(mlirOperationGetOperand(op, 0));
  MlirType to = mlirValueGetType(mlirOperationGetResult(op, 0));
  return (flowIsF32(from) && flowIsNarrow(to) && mlirTypeEqual(flowWiden(to), from)) ||
         (flowIsNarrow(from) && flowIsF32(to) && mlirTypeEqual(flowWiden(from), to));
}

static void addCast(Flow *flow, MlirOperation op) {
  if (!isBetweenF32AndNarrow(op))
    return;
  NodeId result = flowNode(flow, mlirOperationGetResult(op, 0));
  flowNodeAt(flow, result)->isRounded = flowNodeAt(flow, result)->isNarrow;
  flowAddEdge(flow, EDGE_CAST, op, 0, result);
  opListAdd(&flow->casts, op);
}

/* Adding a bias does not make a stream. */
static bool isWhole(MlirOperation op, intptr_t operand, MlirValue sum) {
  MlirType type = mlirValueGetType(mlirOperationGetOperand(op, operand));
  return mlirTypeIsARankedTensor(type) && mlirShapedTypeGetRank(type) <= IR_MAX_RANK &&
         mlirTypeEqual(flowWiden(type), flowWiden(mlirValueGetType(sum)));
}

static void addAdd(Flow *flow, MlirOperation op) {
  MlirValue sum = mlirOperationGetResult(op, 0);
  NodeId node = flowNode(flow, sum);
  /* tosa adds tensors without rank, too. */
  if (!node || !flowNode(flow, mlirOperationGetOperand(op, 0)) ||
      !flowNode(flow, mlirOperationGetOperand(op, 1)))
    return;
  flowNodeAt(flow, node)->isAdd = isWhole(op, 0, sum) && isWhole(op, 1, sum);
  flowAddEdge(flow, EDGE_ADD, op, 0, node);
  flowAddEdge(flow, EDGE_ADD, op, 1, node);
}

static void addBody(Flow *flow, MlirOperation op, const LinalgBody *body) {
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r) {
    MlirValue result = mlirOperationGetResult(op, r);
    NodeId node = flowNode(flow, result);
    if (!node)
      continue;
    bool isAdd = body->results[r].isSum;
    EdgeKind kind = isAdd ? EDGE_BODY_ADD : EDGE_BODY_COPY;
    for (intptr_t i = 0; i < body->numInputs; ++i)
      if (body->results[r].inputs >> i & 1) {
        flowAddEdge(flow, kind, op, i, node);
        isAdd &= isWhole(op, i, result);
      }
    flowNodeAt(flow, node)->isAdd = isAdd;
  }
  opListAdd(&flow->linalgs, op);
}

static void addLinalg(Flow *flow, MlirOperation op) {
  LinalgBody body;
  if (!linalgRead(op, &body))
    return;
  if (linalgIsElementwiseCopy(op, &body) && isBetweenF32AndNarrow(op))
    addCast(flow, op);
  else
    addBody(flow, op, &body);
}

static void addFor(Flow *flow, MlirOperation op) {
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  intptr_t numResults = mlirOperationGetNumResults(op);
  intptr_t firstInit = mlirOperationGetNumOperands(op) - numResults;
  for (intptr_t i = 0; i < numResults; ++i) {
    flowNode(flow, mlirBlockGetArgument(body, 1 + i));
    carry(flow, EDGE_SAME_TYPE, op, firstInit + i, mlirOperationGetResult(op, i));
  }
}

static void addWhile(Flow *flow, MlirOperation op) {
  MlirBlock before = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  MlirBlock after = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 1));
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    carry(flow, EDGE_SAME_TYPE, op, i, mlirBlockGetArgument(before, i));
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i) {
    flowNode(flow, mlirOperationGetResult(op, i));
    flowNode(flow, mlirBlockGetArgument(after, i));
  }
}

static void addCondition(Flow *flow, MlirOperation op) {
  MlirOperation loop = mlirOperationGetParentOperation(op);
  for (intptr_t i = 0; i < mlirOperationGetNumResults(loop); ++i)
    carry(flow, EDGE_SAME_TYPE, op, 1 + i, mlirOperationGetResult(loop, i));
}

static void addYield(Flow *flow, MlirOperation op) {
  MlirOperation parent = mlirOperationGetParentOperation(op);
  bool toResults = irIs(parent, "scf.if") || irIs(parent, "scf.for");
  if (!toResults && !irIs(parent, "scf.while"))
    return;
  MlirBlock before = mlirRegionGetFirstBlock(mlirOperationGetRegion(parent, 0));
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    carry(flow, EDGE_SAME_TYPE, op, i,
          toResults ? mlirOperationGetResult(parent, i) : mlirBlockGetArgument(before, i));
}

static void addCall(Flow *flow, MlirOperation op) {
  const Function *callee = functionsCallee(&flow->functions, op);
  if (!callee || callee->fixed)
    return;
  MlirBlock entry = functionEntry(callee->op);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    carry(flow, EDGE_SAME_TYPE, op, i, mlirBlockGetArgument(entry, i));
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    flowNode(flow, mlirOperationGetResult(op, i));
}

static void addReturn(Flow *flow, MlirOperation op) {
  const Function *function = functionsFind(&flow->functions, mlirOperationGetParentOperation(op));
  if (!function || function->fixed)
    return;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    flowAddEdge(flow, EDGE_SAME_TYPE, op, i, flowResultNode(flow, function->op, i));
}

void flowAddOp(Flow *flow, MlirOperation op) {
  static const struct {
    const char *name;
    void (*add)(Flow *flow, MlirOperation op);
  } carriers[] = {
      {"arith.addf", addAdd},    {"tosa.add", addAdd},       {"arith.extf", addCast},
      {"arith.truncf", addCast}, {"tosa.cast", addCast},     {"scf.for", addFor},
      {"scf.while", addWhile},   {"scf.yield", addYield},    {"scf.condition", addCondition},
      {"func.call", addCall},    {"func.return", addReturn}, {"addnorm.rms_norm", addRmsNorm},
  };
  for (size_t i = 0; i < sizeof carriers / sizeof *carriers; ++i)
    if (irIs(op, carriers[i].name)) {
      carriers[i].add(flow, op);
      return;
    }
  if (isView(op))
    carry(flow, EDGE_SAME_TYPE, op, 0, mlirOperationGetResult(op, 0));
  else
    addLinalg(flow, op);
}
