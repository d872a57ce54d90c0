#include "tools/addnorm-demo/traffic.h"

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"

typedef struct Counter {
  DemoTraffic *traffic;
  int64_t n;
} Counter;

static void countTensor(Counter *c, MlirType type) {
  if (!mlirTypeIsARankedTensor(type))
    return;
  intptr_t rank = mlirShapedTypeGetRank(type);
  int64_t elements = 1;
  for (intptr_t i = 0; i < rank; ++i)
    elements *= mlirShapedTypeGetDimSize(type, i);
  unsigned bits = mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(type));
  c->traffic->bytes += elements * bits / 8;
  c->traffic->accesses += rank == 2 && mlirShapedTypeGetDimSize(type, 1) == c->n;
}

static bool isUsed(MlirValue value) { return !mlirOpOperandIsNull(mlirValueGetFirstUse(value)); }

/* Whether the kernel reads its operand `i`: a generic op's body says so by using the argument. */
static bool reads(MlirOperation op, intptr_t i) {
  if (addnormOperationIsRmsNorm(op))
    return i < mlirOperationGetNumOperands(op) - mlirOperationGetNumResults(op);
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  return isUsed(mlirBlockGetArgument(body, i));
}

static bool isRepeated(MlirOperation op, intptr_t i) {
  for (intptr_t k = 0; k < i; ++k)
    if (mlirValueEqual(mlirOperationGetOperand(op, k), mlirOperationGetOperand(op, i)))
      return true;
  return false;
}

static MlirWalkResult visit(MlirOperation op, void *data) {
  Counter *c = data;
  if (!irIs(op, "linalg.generic") && !addnormOperationIsRmsNorm(op))
    return MlirWalkResultAdvance;
  ++c->traffic->kernels;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (reads(op, i) && !isRepeated(op, i))
      countTensor(c, mlirValueGetType(mlirOperationGetOperand(op, i)));
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    countTensor(c, mlirValueGetType(mlirOperationGetResult(op, i)));
  return MlirWalkResultSkip;
}

void demoTrafficCount(ExecModel *model, int64_t n, DemoTraffic *traffic) {
  Counter counter = {traffic, n};
  mlirOperationWalk(mlirModuleGetOperation(model->module), visit, &counter, MlirWalkPreOrder);
}
