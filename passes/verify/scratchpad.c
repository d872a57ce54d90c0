#include "passes/verify/scratchpad.h"

#include <stdlib.h>

#include "lib/ir/build.h"

/* A part, as addnorm.scratchpad or a call of addnormNpuScratchpad takes it. */
typedef struct Part {
  MlirValue memory;
  MlirOperation function;
  bool isKnown;
  int64_t begin, end; /* bytes from the start of the scratchpad */
} Part;

typedef struct Parts {
  Part *at;
  size_t count;
} Parts;

static MlirOperation functionAround(MlirOperation op) {
  while (!mlirOperationIsNull(op) && !irIs(op, "func.func") && !irIs(op, "llvm.func"))
    op = mlirOperationGetParentOperation(op);
  return op;
}

static bool getConstant(MlirValue value, int64_t *constant) {
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op) || (!irIs(op, "arith.constant") && !irIs(op, "llvm.mlir.constant")))
    return false;
  MlirAttribute attribute = mlirOperationGetAttributeByName(op, irStr("value"));
  if (mlirAttributeIsNull(attribute) || !mlirAttributeIsAInteger(attribute))
    return false;
  *constant = mlirIntegerAttrGetValueInt(attribute);
  return true;
}

static void addPart(Parts *parts, MlirOperation op, bool isKnown, int64_t offset, int64_t bytes) {
  Part part = {.memory = mlirOperationGetResult(op, 0), .function = functionAround(op)};
  part.isKnown = isKnown && !__builtin_add_overflow(offset, bytes, &part.end);
  part.begin = offset;
  parts->at = realloc(parts->at, (parts->count + 1) * sizeof part);
  parts->at[parts->count++] = part;
}

static int64_t bytesOf(MlirType memref) {
  int64_t bytes = mlirFloatTypeGetWidth(mlirShapedTypeGetElementType(memref)) / 8;
  for (int64_t d = 0; d < mlirShapedTypeGetRank(memref); ++d)
    if (__builtin_mul_overflow(bytes, mlirShapedTypeGetDimSize(memref, d), &bytes))
      return INT64_MAX;
  return bytes;
}

static bool isCall(MlirOperation op) {
  if (!irIs(op, "func.call") && !irIs(op, "llvm.call"))
    return false;
  MlirAttribute callee = mlirOperationGetAttributeByName(op, irStr("callee"));
  return !mlirAttributeIsNull(callee) && mlirAttributeIsAFlatSymbolRef(callee) &&
         mlirStringRefEqual(mlirFlatSymbolRefAttrGetValue(callee), irStr("addnormNpuScratchpad")) &&
         mlirOperationGetNumResults(op) == 1;
}

static MlirWalkResult collect(MlirOperation op, void *parts) {
  int64_t offset = 0, bytes = 0;
  if (irIs(op, "addnorm.scratchpad")) {
    MlirAttribute attribute = mlirOperationGetAttributeByName(op, irStr("offset"));
    MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
    addPart(parts, op, true, mlirIntegerAttrGetValueInt(attribute), bytesOf(type));
  } else if (isCall(op)) {
    bool isKnown = mlirOperationGetNumOperands(op) == 3 &&
                   getConstant(mlirOperationGetOperand(op, 1), &offset) &&
                   getConstant(mlirOperationGetOperand(op, 2), &bytes);
    addPart(parts, op, isKnown, offset, bytes);
  }
  return MlirWalkResultAdvance;
}

static bool mayOverlap(const Part *a, const Part *b) {
  if (!mlirOperationEqual(a->function, b->function))
    return false;
  return !a->isKnown || !b->isKnown || (a->begin < b->end && b->begin < a->end);
}

void scratchpadForOverlaps(MlirOperation root, void (*join)(void *data, MlirValue a, MlirValue b),
                           void *data) {
  Parts parts = {0};
  mlirOperationWalk(root, collect, &parts, MlirWalkPreOrder);
  for (size_t i = 0; i < parts.count; ++i)
    for (size_t j = i + 1; j < parts.count; ++j)
      if (mayOverlap(&parts.at[i], &parts.at[j]))
        join(data, parts.at[i].memory, parts.at[j].memory);
  free(parts.at);
}
