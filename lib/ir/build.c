#include "lib/ir/build.h"

IrBuilder irBuilderBefore(MlirOperation op) {
  return (IrBuilder){mlirOperationGetContext(op), mlirOperationGetLocation(op),
                     mlirOperationGetBlock(op), op};
}

IrBuilder irBuilderAtStart(MlirBlock block, MlirLocation loc) {
  return (IrBuilder){mlirLocationGetContext(loc), loc, block, mlirBlockGetFirstOperation(block)};
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

MlirValue irValue(const IrBuilder *b, const char *name, intptr_t numOperands,
                  const MlirValue *operands, MlirType result, const IrAttr *attrs) {
  return mlirOperationGetResult(irOp(b, name, numOperands, operands, 1, &result, attrs, 0, NULL),
                                0);
}

MlirValue irUnary(const IrBuilder *b, const char *name, MlirValue operand, MlirType result) {
  return irValue(b, name, 1, &operand, result, NULL);
}

MlirValue irBinary(const IrBuilder *b, const char *name, MlirValue lhs, MlirValue rhs) {
  MlirValue operands[] = {lhs, rhs};
  return irValue(b, name, 2, operands, mlirValueGetType(lhs), NULL);
}

MlirValue irTernary(const IrBuilder *b, const char *name, MlirValue x, MlirValue y, MlirValue z) {
  MlirValue operands[] = {x, y, z};
  return irValue(b, name, 3, operands, mlirValueGetType(x), NULL);
}

static MlirValue constant(const IrBuilder *b, MlirType type, MlirAttribute value) {
  IrAttr attrs[] = {{"value", value}, {NULL, {NULL}}};
  return irValue(b, "arith.constant", 0, NULL, type, attrs);
}

MlirValue irIntegerConstant(const IrBuilder *b, MlirType type, int64_t value) {
  return constant(b, type, mlirIntegerAttrGet(type, value));
}

MlirValue irIndexConstant(const IrBuilder *b, int64_t value) {
  return irIntegerConstant(b, mlirIndexTypeGet(b->context), value);
}

MlirValue irFloatConstant(const IrBuilder *b, MlirType type, double value) {
  return constant(b, type, mlirFloatAttrDoubleGet(b->context, type, value));
}

MlirValue irDim(const IrBuilder *b, MlirValue shaped, int64_t dim) {
  MlirType type = mlirValueGetType(shaped);
  if (!mlirShapedTypeIsDynamicDim(type, dim))
    return irIndexConstant(b, mlirShapedTypeGetDimSize(type, dim));
  MlirValue operands[] = {shaped, irIndexConstant(b, dim)};
  const char *name = mlirTypeIsARankedTensor(type) ? "tensor.dim" : "memref.dim";
  return irValue(b, name, 2, operands, mlirIndexTypeGet(b->context), NULL);
}

MlirValue irTensorEmpty(const IrBuilder *b, MlirType type, intptr_t numDynamic,
                        const MlirValue *dynamicSizes) {
  return irValue(b, "tensor.empty", numDynamic, dynamicSizes, type, NULL);
}

MlirValue irEmptyLike(const IrBuilder *b, MlirType type, MlirValue like) {
  MlirValue sizes[IR_MAX_RANK];
  intptr_t numDynamic = 0;
  for (intptr_t d = 0; d < mlirShapedTypeGetRank(type); ++d)
    if (mlirShapedTypeIsDynamicDim(type, d))
      sizes[numDynamic++] = irDim(b, like, d);
  return irTensorEmpty(b, type, numDynamic, sizes);
}

MlirValue irLoad(const IrBuilder *b, MlirValue memref, const MlirValue *indices) {
  MlirType type = mlirValueGetType(memref);
  int64_t rank = mlirShapedTypeGetRank(type);
  MlirValue operands[1 + IR_MAX_RANK] = {memref};
  for (int64_t d = 0; d < rank; ++d)
    operands[1 + d] = indices[d];
  return irValue(b, "memref.load", 1 + rank, operands, mlirShapedTypeGetElementType(type), NULL);
}

void irStore(const IrBuilder *b, MlirValue value, MlirValue memref, const MlirValue *indices) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  MlirValue operands[2 + IR_MAX_RANK] = {value, memref};
  for (int64_t d = 0; d < rank; ++d)
    operands[2 + d] = indices[d];
  irOp(b, "memref.store", 2 + rank, operands, 0, NULL, NULL, 0, NULL);
}

IrBuilder irFor(const IrBuilder *b, MlirValue lower, MlirValue upper, MlirValue step,
                MlirValue *index) {
  MlirType type = mlirIndexTypeGet(b->context);
  MlirBlock block = mlirBlockCreate(1, &type, &b->loc);
  *index = mlirBlockGetArgument(block, 0);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);

  IrBuilder body = irBuilderAtEnd(block, b->loc);
  body.before = irOp(&body, "scf.yield", 0, NULL, 0, NULL, NULL, 0, NULL);
  MlirValue operands[] = {lower, upper, step};
  irOp(b, "scf.for", 3, operands, 0, NULL, NULL, 1, &region);
  return body;
}

MlirOperation irDefiningOp(MlirValue value) {
  return mlirValueIsAOpResult(value) ? mlirOpResultGetOwner(value) : (MlirOperation){NULL};
}

MlirType irTensorOfShape(MlirType shaped, MlirType element) {
  intptr_t rank = mlirShapedTypeGetRank(shaped);
  int64_t dims[IR_MAX_RANK];
  for (intptr_t d = 0; d < rank; ++d)
    dims[d] = mlirShapedTypeGetDimSize(shaped, d);
  return mlirRankedTensorTypeGet(rank, dims, element, mlirAttributeGetNull());
}

MlirOperation irFunctionOf(MlirOperation op) {
  for (MlirOperation at = op; !mlirOperationIsNull(at); at = mlirOperationGetParentOperation(at))
    if (irIs(at, "func.func"))
      return at;
  return (MlirOperation){NULL};
}

MlirOperation irAncestorIn(MlirBlock block, MlirOperation op) {
  while (!mlirOperationIsNull(op) && !mlirBlockEqual(mlirOperationGetBlock(op), block))
    op = mlirOperationGetParentOperation(op);
  return op;
}

bool irIsUnitDim(MlirType type, int64_t dim) {
  return !mlirShapedTypeIsDynamicDim(type, dim) && mlirShapedTypeGetDimSize(type, dim) == 1;
}

void irLoadDialects(MlirContext context, size_t count, const MlirDialectHandle *handles) {
  for (size_t i = 0; i < count; ++i)
    mlirDialectHandleLoadDialect(handles[i], context);
}
