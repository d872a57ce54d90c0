#include "lib/ir/view.h"

/* A list of indices as MLIR's ops have it: static ones, and operands where those are dynamic. */
static MlirAttribute splitIndices(const IrBuilder *b, int64_t rank, const IrIndex *indices,
                                  int64_t dynamic, MlirValue *operands, int32_t *numOperands) {
  int64_t statics[IR_MAX_RANK];
  for (int64_t d = 0; d < rank; ++d) {
    statics[d] = indices[d].known;
    if (mlirValueIsNull(indices[d].value))
      continue;
    statics[d] = dynamic;
    operands[(*numOperands)++] = indices[d].value;
  }
  return mlirDenseI64ArrayGet(b->context, rank, statics);
}

/* The type of a subview: the strides are those of the memref. */
static MlirType subviewType(MlirContext context, MlirType type, const IrIndex *offsets,
                            const IrIndex *sizes, const bool *dropped) {
  int64_t rank = mlirShapedTypeGetRank(type), strides[IR_MAX_RANK], offset;
  int64_t dynamic = mlirShapedTypeGetDynamicStrideOrOffset();
  mlirMemRefTypeGetStridesAndOffset(type, strides, &offset);
  int64_t keptSizes[IR_MAX_RANK], keptStrides[IR_MAX_RANK], kept = 0;
  for (int64_t d = 0; d < rank; ++d) {
    bool staysThere =
        strides[d] == 0 || (mlirValueIsNull(offsets[d].value) && offsets[d].known == 0);
    bool isKnown = staysThere || (mlirValueIsNull(offsets[d].value) && strides[d] != dynamic);
    if (offset != dynamic)
      offset = !isKnown ? dynamic : offset + (staysThere ? 0 : offsets[d].known * strides[d]);
    if (dropped && dropped[d])
      continue;
    keptSizes[kept] =
        mlirValueIsNull(sizes[d].value) ? sizes[d].known : mlirShapedTypeGetDynamicSize();
    keptStrides[kept++] = strides[d];
  }
  MlirAttribute layout = mlirStridedLayoutAttrGet(context, offset, kept, keptStrides);
  return mlirMemRefTypeGet(mlirShapedTypeGetElementType(type), kept, keptSizes, layout,
                           mlirMemRefTypeGetMemorySpace(type));
}

MlirValue irSubview(const IrBuilder *b, MlirValue memref, const IrIndex *offsets,
                    const IrIndex *sizes, const bool *dropped) {
  MlirType type = mlirValueGetType(memref);
  int64_t rank = mlirShapedTypeGetRank(type), ones[IR_MAX_RANK];
  IrIndex starts[IR_MAX_RANK];
  for (int64_t d = 0; d < rank; ++d) {
    ones[d] = 1;
    /* No known offset is valid in a dimension that is known to be empty. */
    bool isEmpty = !mlirShapedTypeIsDynamicDim(type, d) && mlirShapedTypeGetDimSize(type, d) == 0;
    starts[d] = isEmpty && mlirValueIsNull(offsets[d].value)
                    ? irAt(irIndexConstant(b, offsets[d].known))
                    : offsets[d];
  }
  MlirValue operands[1 + 2 * IR_MAX_RANK] = {memref};
  int32_t segments[] = {1, 0, 0, 0};
  MlirAttribute offsetsAttr = splitIndices(
      b, rank, starts, mlirShapedTypeGetDynamicStrideOrOffset(), operands + 1, &segments[1]);
  MlirAttribute sizesAttr = splitIndices(b, rank, sizes, mlirShapedTypeGetDynamicSize(),
                                         operands + 1 + segments[1], &segments[2]);
  IrAttr attrs[] = {{"static_offsets", offsetsAttr},
                    {"static_sizes", sizesAttr},
                    {"static_strides", mlirDenseI64ArrayGet(b->context, rank, ones)},
                    {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 4, segments)},
                    {NULL, {NULL}}};
  return irValue(b, "memref.subview", 1 + segments[1] + segments[2], operands,
                 subviewType(b->context, type, starts, sizes, dropped), attrs);
}

MlirValue irAddressOf(const IrBuilder *b, MlirValue memref) {
  MlirType element = mlirShapedTypeGetElementType(mlirValueGetType(memref));
  int64_t width =
      mlirTypeIsAFloat(element) ? mlirFloatTypeGetWidth(element) : mlirIntegerTypeGetWidth(element);
  MlirValue base =
      irUnary(b, "memref.extract_aligned_pointer_as_index", memref, mlirIndexTypeGet(b->context));
  MlirValue offset = mlirOperationGetResult(irStridedMetadata(b, memref), 1);
  return irBinary(b, "arith.addi", base,
                  irBinary(b, "arith.muli", offset, irIndexConstant(b, width / 8)));
}
