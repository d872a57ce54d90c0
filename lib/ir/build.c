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

MlirValue irCompare(const IrBuilder *b, IrPredicate predicate, MlirValue lhs, MlirValue rhs) {
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"predicate", mlirIntegerAttrGet(i64, predicate)}, {NULL, {NULL}}};
  MlirValue operands[] = {lhs, rhs};
  MlirType i1 = mlirIntegerTypeGet(b->context, 1);
  return irValue(b, "arith.cmpi", 2, operands, irWithElement(mlirValueGetType(lhs), i1), attrs);
}

static MlirValue constant(const IrBuilder *b, MlirType type, MlirAttribute value) {
  IrAttr attrs[] = {{"value", value}, {NULL, {NULL}}};
  return irValue(b, "arith.constant", 0, NULL, type, attrs);
}

/* `element` for every element of a vector, itself for a scalar. */
static MlirValue splatConstant(const IrBuilder *b, MlirType type, MlirAttribute element) {
  if (mlirTypeIsAVector(type))
    element = mlirDenseElementsAttrSplatGet(type, element);
  return constant(b, type, element);
}

MlirType irElementType(MlirType type) {
  return mlirTypeIsAShaped(type) ? mlirShapedTypeGetElementType(type) : type;
}

MlirType irWithElement(MlirType type, MlirType element) {
  if (!mlirTypeIsAVector(type))
    return element;
  int64_t size = mlirShapedTypeGetDimSize(type, 0);
  return mlirVectorTypeGet(1, &size, element);
}

MlirValue irIntegerConstant(const IrBuilder *b, MlirType type, int64_t value) {
  return splatConstant(b, type, mlirIntegerAttrGet(irElementType(type), value));
}

MlirValue irIndexConstant(const IrBuilder *b, int64_t value) {
  return irIntegerConstant(b, mlirIndexTypeGet(b->context), value);
}

MlirValue irFloatConstant(const IrBuilder *b, MlirType type, double value) {
  MlirType element = irElementType(type);
  return splatConstant(b, type, mlirFloatAttrDoubleGet(b->context, element, value));
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

MlirValue irSplat(const IrBuilder *b, MlirValue scalar, MlirType type) {
  if (!mlirTypeIsAVector(type))
    return scalar;
  return irUnary(b, "vector.broadcast", scalar, irWithElement(type, mlirValueGetType(scalar)));
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

MlirOperation irStridedMetadata(const IrBuilder *b, MlirValue memref) {
  enum { MAX_RESULTS = 2 + 2 * IR_MAX_RANK };
  MlirType type = mlirValueGetType(memref), results[MAX_RESULTS];
  intptr_t count = 2 + 2 * mlirShapedTypeGetRank(type);
  results[0] = mlirMemRefTypeGet(mlirShapedTypeGetElementType(type), 0, NULL,
                                 mlirAttributeGetNull(), mlirMemRefTypeGetMemorySpace(type));
  for (intptr_t i = 1; i < count; ++i)
    results[i] = mlirIndexTypeGet(b->context);
  return irOp(b, "memref.extract_strided_metadata", 1, &memref, count, results, NULL, 0, NULL);
}

MlirValue irReinterpretCast(const IrBuilder *b, MlirValue base, MlirType type, MlirValue offset,
                            const MlirValue *sizes, const MlirValue *strides) {
  int64_t rank = mlirShapedTypeGetRank(type);
  int64_t staticOffset, staticSizes[IR_MAX_RANK], staticStrides[IR_MAX_RANK];
  mlirMemRefTypeGetStridesAndOffset(type, staticStrides, &staticOffset);
  MlirValue operands[2 + 2 * IR_MAX_RANK] = {base};
  int32_t segments[] = {1, 0, 0, 0};
  intptr_t count = 1;
  if (mlirShapedTypeIsDynamicStrideOrOffset(staticOffset)) {
    operands[count++] = offset;
    ++segments[1];
  }
  for (int64_t d = 0; d < rank; ++d) {
    staticSizes[d] = mlirShapedTypeGetDimSize(type, d);
    if (mlirShapedTypeIsDynamicDim(type, d)) {
      operands[count++] = sizes[d];
      ++segments[2];
    }
  }
  for (int64_t d = 0; d < rank; ++d)
    if (mlirShapedTypeIsDynamicStrideOrOffset(staticStrides[d])) {
      operands[count++] = strides[d];
      ++segments[3];
    }
  IrAttr attrs[] = {{"static_offsets", mlirDenseI64ArrayGet(b->context, 1, &staticOffset)},
                    {"static_sizes", mlirDenseI64ArrayGet(b->context, rank, staticSizes)},
                    {"static_strides", mlirDenseI64ArrayGet(b->context, rank, staticStrides)},
                    {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 4, segments)},
                    {NULL, {NULL}}};
  return irValue(b, "memref.reinterpret_cast", count, operands, type, attrs);
}

IrBuilder irFor(const IrBuilder *b, MlirValue lower, MlirValue upper, MlirValue step,
                MlirValue *index) {
  IrLoop loop = irForCarrying(b, lower, upper, step, 0, NULL);
  *index = loop.index;
  loop.body.before = irYield(&loop.body, 0, NULL);
  return loop.body;
}

IrLoop irForCarrying(const IrBuilder *b, MlirValue lower, MlirValue upper, MlirValue step,
                     intptr_t count, const MlirValue *initial) {
  enum { FIXED = 3 };
  MlirType types[1 + IR_MAX_CARRIED] = {mlirIndexTypeGet(b->context)};
  MlirLocation locations[1 + IR_MAX_CARRIED] = {b->loc};
  MlirValue operands[FIXED + IR_MAX_CARRIED] = {lower, upper, step};
  for (intptr_t i = 0; i < count; ++i) {
    types[1 + i] = mlirValueGetType(initial[i]);
    locations[1 + i] = b->loc;
    operands[FIXED + i] = initial[i];
  }
  MlirBlock block = mlirBlockCreate(1 + count, types, locations);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  MlirOperation op =
      irOp(b, "scf.for", FIXED + count, operands, count, types + 1, NULL, 1, &region);
  return (IrLoop){op, irBuilderAtEnd(block, b->loc), mlirBlockGetArgument(block, 0)};
}

MlirOperation irYield(const IrBuilder *b, intptr_t count, const MlirValue *values) {
  return irOp(b, "scf.yield", count, values, 0, NULL, NULL, 0, NULL);
}

static IrBuilder newBranch(const IrBuilder *b, MlirRegion *region) {
  MlirBlock block = mlirBlockCreate(0, NULL, NULL);
  *region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(*region, block);
  IrBuilder branch = irBuilderAtEnd(block, b->loc);
  branch.before = irYield(&branch, 0, NULL);
  return branch;
}

IrBuilder irIf(const IrBuilder *b, MlirValue condition, IrBuilder *otherwise) {
  MlirRegion regions[2];
  IrBuilder then = newBranch(b, &regions[0]);
  regions[1] = mlirRegionCreate();
  if (otherwise) {
    mlirRegionDestroy(regions[1]);
    *otherwise = newBranch(b, &regions[1]);
  }
  irOp(b, "scf.if", 1, &condition, 0, NULL, NULL, 2, regions);
  return then;
}

MlirOperation irDefiningOp(MlirValue value) {
  return mlirValueIsAOpResult(value) ? mlirOpResultGetOwner(value) : (MlirOperation){NULL};
}

MlirBlock irBlockOf(MlirValue value) {
  return mlirValueIsABlockArgument(value) ? mlirBlockArgumentGetOwner(value)
                                          : mlirOperationGetBlock(mlirOpResultGetOwner(value));
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

bool irContains(MlirOperation root, MlirOperation op) {
  while (!mlirOperationIsNull(op) && !mlirOperationEqual(op, root))
    op = mlirOperationGetParentOperation(op);
  return !mlirOperationIsNull(op);
}

bool irIsUnitDim(MlirType type, int64_t dim) {
  return !mlirShapedTypeIsDynamicDim(type, dim) && mlirShapedTypeGetDimSize(type, dim) == 1;
}

void irLoadDialects(MlirContext context, size_t count, const MlirDialectHandle *handles) {
  for (size_t i = 0; i < count; ++i)
    mlirDialectHandleLoadDialect(handles[i], context);
}
