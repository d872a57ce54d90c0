#include "lib/ir/build.h"

IrBuilder irBuilderBefore(MlirOperation op) {
  return (IrBuilder){mlirOperationGetContext(op), mlirOperationGetLocation(op),
                     mlirOperationGetBlock(op), op};
}

IrBuilder irBuilderAfter(MlirOperation op) {
  return (IrBuilder){mlirOperationGetContext(op), mlirOperationGetLocation(op),
                     mlirOperationGetBlock(op), mlirOperationGetNextInBlock(op)};
}

IrBuilder irBuilderAtEnd(MlirBlock block, MlirLocation loc) {
  return (IrBuilder){mlirLocationGetContext(loc), loc, block, {NULL}};
}

MlirOperation irInsert(const IrBuilder *b, MlirOperation op) {
  if (mlirOperationIsNull(b->before))
    mlirBlockAppendOwnedOperation(b->block, op);
  else
    mlirBlockInsertOwnedOperationBefore(b->block, b->before, op);
  return op;
}

MlirOperation irOp(const IrBuilder *b, const char *name, intptr_t numOperands,
                   const MlirValue *operands, intptr_t numResults, const MlirType *results,
                   const IrAttr *attrs, intptr_t numRegions, const MlirRegion *regions) {
  MlirOperationState state = mlirOperationStateGet(irStr(name), b->loc);
  mlirOperationStateAddOperands(&state, numOperands, operands);
  mlirOperationStateAddResults(&state, numResults, results);
  for (; attrs && attrs->name; ++attrs) {
    MlirNamedAttribute attribute =
        mlirNamedAttributeGet(mlirIdentifierGet(b->context, irStr(attrs->name)), attrs->value);
    mlirOperationStateAddAttributes(&state, 1, &attribute);
  }
  mlirOperationStateAddOwnedRegions(&state, numRegions, regions);
  return irInsert(b, mlirOperationCreate(&state));
}

MlirValue irUnary(const IrBuilder *b, const char *name, MlirValue operand, MlirType result) {
  return mlirOperationGetResult(irOp(b, name, 1, &operand, 1, &result, NULL, 0, NULL), 0);
}

MlirValue irBinary(const IrBuilder *b, const char *name, MlirValue lhs, MlirValue rhs) {
  MlirType type = mlirValueGetType(lhs);
  MlirValue operands[] = {lhs, rhs};
  return mlirOperationGetResult(irOp(b, name, 2, operands, 1, &type, NULL, 0, NULL), 0);
}

MlirValue irTernary(const IrBuilder *b, const char *name, MlirValue x, MlirValue y, MlirValue z) {
  MlirType type = mlirValueGetType(x);
  MlirValue operands[] = {x, y, z};
  return mlirOperationGetResult(irOp(b, name, 3, operands, 1, &type, NULL, 0, NULL), 0);
}

static MlirValue constant(const IrBuilder *b, MlirType type, MlirAttribute value) {
  IrAttr attrs[] = {{"value", value}, {NULL, {NULL}}};
  return mlirOperationGetResult(irOp(b, "arith.constant", 0, NULL, 1, &type, attrs, 0, NULL), 0);
}

MlirValue irIndexConstant(const IrBuilder *b, int64_t value) {
  MlirType type = mlirIndexTypeGet(b->context);
  return constant(b, type, mlirIntegerAttrGet(type, value));
}

MlirValue irFloatConstant(const IrBuilder *b, MlirType type, double value) {
  return constant(b, type, mlirFloatAttrDoubleGet(b->context, type, value));
}

MlirValue irDim(const IrBuilder *b, MlirValue shaped, int64_t dim) {
  MlirType type = mlirValueGetType(shaped);
  if (!mlirShapedTypeIsDynamicDim(type, dim))
    return irIndexConstant(b, mlirShapedTypeGetDimSize(type, dim));
  MlirValue operands[] = {shaped, irIndexConstant(b, dim)};
  MlirType index = mlirIndexTypeGet(b->context);
  const char *name = mlirTypeIsARankedTensor(type) ? "tensor.dim" : "memref.dim";
  return mlirOperationGetResult(irOp(b, name, 2, operands, 1, &index, NULL, 0, NULL), 0);
}

MlirValue irTensorEmpty(const IrBuilder *b, MlirType type, intptr_t numDynamic,
                        const MlirValue *dynamicSizes) {
  return mlirOperationGetResult(
      irOp(b, "tensor.empty", numDynamic, dynamicSizes, 1, &type, NULL, 0, NULL), 0);
}

bool irIs(MlirOperation op, const char *name) {
  return mlirStringRefEqual(mlirIdentifierStr(mlirOperationGetName(op)), irStr(name));
}

MlirOperation irDefiningOp(MlirValue value) {
  return mlirValueIsAOpResult(value) ? mlirOpResultGetOwner(value) : (MlirOperation){NULL};
}
