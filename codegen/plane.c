/* Planes of an op.
 *
 *   memref<4x8x16xf16, strided<[512, 16, 1]>> and memref<4x8x16xf16>:
 *
 *   for i < 4:                     the first tensor has gaps where i steps
 *     memref<8x16xf16, strided<[16, 1], offset: ?>>, from i * 512 on and from i * 128 on
 *
 * Each view is a memref.reinterpret_cast, which says offset, sizes and strides at once, whatever
 * dimensions were merged, left out or looped over. */

#include "codegen/plane.h"

#include <stdlib.h>

#include "addnorm-c/rms_norm.h"

static bool isDynamic(int64_t size) { return size == mlirShapedTypeGetDynamicSize(); }

static bool isDynamicStride(int64_t stride) {
  return mlirShapedTypeIsDynamicStrideOrOffset(stride);
}

/* --- which dimensions are rows --------------------------------------------------------------- */

/* The sizes that an operand knows; a row vector knows the last one, and the rstd all others. */
static void joinSizes(AddnormPlaneShape *shape, MlirType type, bool isRstd) {
  int64_t rank = mlirShapedTypeGetRank(type), first = shape->rank - rank;
  for (int64_t d = 0; d < rank - isRstd; ++d)
    if (isDynamic(shape->sizes[first + d]))
      shape->sizes[first + d] = mlirShapedTypeGetDimSize(type, d);
}

static bool hasLayout(MlirType type) {
  return !mlirAffineMapIsIdentity(mlirMemRefTypeGetAffineMap(type));
}

/* Whether one step of dimension `outer` goes where the steps of `inner` end. */
static bool isBehind(MlirType type, const AddnormPlaneShape *shape, int64_t outer, int64_t inner) {
  if (!hasLayout(type))
    return true;
  int64_t strides[IR_MAX_RANK], offset, span;
  mlirMemRefTypeGetStridesAndOffset(type, strides, &offset);
  return !isDynamicStride(strides[outer]) && !isDynamicStride(strides[inner]) &&
         !isDynamic(shape->sizes[inner]) &&
         !__builtin_mul_overflow(strides[inner], shape->sizes[inner], &span) &&
         span == strides[outer];
}

static bool isBehindInAll(MlirOperation op, const AddnormPlaneShape *shape, int64_t outer,
                          int64_t inner) {
  bool ok = true;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetOperand(op, i));
    if (mlirTypeIsAMemRef(type) && mlirShapedTypeGetRank(type) == shape->rank)
      ok &= isBehind(type, shape, outer, inner);
  }
  return ok;
}

/* The product of two sizes; false when it is too large to be told. */
static bool multiply(int64_t a, int64_t b, int64_t *product) {
  *product = mlirShapedTypeGetDynamicSize();
  return isDynamic(a) || isDynamic(b) || !__builtin_mul_overflow(a, b, product);
}

/* From the innermost leading dimension outwards, as far as they merge. Where there is one index
 * only, no stride matters. */
static void mergeRows(AddnormPlaneShape *shape, MlirOperation op) {
  int64_t inner = -1, rows;
  shape->rows = 1;
  for (shape->numOuter = shape->rank - 1; shape->numOuter > 0; --shape->numOuter) {
    int64_t d = shape->numOuter - 1;
    if (shape->sizes[d] == 1)
      continue;
    if (inner >= 0 && !isBehindInAll(op, shape, d, inner))
      return;
    if (!multiply(shape->rows, shape->sizes[d], &rows))
      return;
    shape->rows = rows;
    inner = d;
  }
}

AddnormPlaneShape addnormPlaneShapeOf(MlirOperation op) {
  MlirType y = mlirValueGetType(addnormRmsNormGetYInit(op));
  MlirValue rstd = addnormRmsNormGetRstdInit(op);
  AddnormPlaneShape shape = {.rank = mlirShapedTypeGetRank(y)};
  for (int64_t d = 0; d < shape.rank; ++d)
    shape.sizes[d] = mlirShapedTypeGetDimSize(y, d);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    if (mlirTypeIsAMemRef(type))
      joinSizes(&shape, type, mlirValueEqual(operand, rstd));
  }
  mergeRows(&shape, op);
  return shape;
}

/* --- views ----------------------------------------------------------------------------------- */

/* What the views of one plane share. */
typedef struct Views {
  IrBuilder b;
  AddnormPlaneShape shape;
  MlirValue index[IR_MAX_RANK]; /* of the plane; null where there is one only */
  bool isMoved;                 /* some of them are not null */
  MlirValue rows;
} Views;

/* Where the elements of a tensor lie: numbers where they are known, in any case values. */
typedef struct Layout {
  int64_t offset, strides[IR_MAX_RANK];
  MlirOperation metadata;
} Layout;

/* A layout of its own, or row-major over the sizes that all types together know. */
static Layout layoutOf(const Views *v, MlirValue tensor, int64_t columns) {
  MlirType type = mlirValueGetType(tensor);
  Layout layout = {.metadata = irStridedMetadata(&v->b, tensor)};
  if (hasLayout(type)) {
    mlirMemRefTypeGetStridesAndOffset(type, layout.strides, &layout.offset);
    return layout;
  }
  int64_t size = columns;
  layout.strides[v->shape.rank - 1] = 1;
  for (int64_t d = v->shape.rank - 2; d >= 0; size = v->shape.sizes[d--])
    multiply(layout.strides[d + 1], size, &layout.strides[d]);
  return layout;
}

static MlirValue knownOr(const IrBuilder *b, int64_t number, const Layout *layout,
                         intptr_t result) {
  return isDynamicStride(number) ? mlirOperationGetResult(layout->metadata, result)
                                 : irIndexConstant(b, number);
}

static MlirValue strideOf(const Views *v, const Layout *layout, int64_t d) {
  return knownOr(&v->b, layout->strides[d], layout, 2 + v->shape.rank + d);
}

static MlirValue offsetOf(const Views *v, const Layout *layout) {
  MlirValue offset = knownOr(&v->b, layout->offset, layout, 1);
  for (int64_t d = 0; d < v->shape.numOuter; ++d)
    if (!mlirValueIsNull(v->index[d]))
      offset = irBinary(&v->b, "arith.addi", offset,
                        irBinary(&v->b, "arith.muli", v->index[d], strideOf(v, layout, d)));
  return offset;
}

/* The dimension whose steps are those from row to row; negative when there is one row. */
static int64_t rowDimension(const AddnormPlaneShape *shape) {
  int64_t d = shape->rank - 2;
  while (d >= shape->numOuter && shape->sizes[d] == 1)
    --d;
  return d >= shape->numOuter ? d : -1;
}

static bool isPlane(const Views *v, MlirType type, int64_t columns) {
  return mlirShapedTypeGetRank(type) == 2 && mlirShapedTypeGetDimSize(type, 0) == v->shape.rows &&
         mlirShapedTypeGetDimSize(type, 1) == columns;
}

/* The plane of a tensor with rows of `length` elements, of which `columns` is what is known. */
static MlirValue viewOf(const Views *v, MlirValue tensor, int64_t columns, MlirValue length) {
  MlirType type = mlirValueIsNull(tensor) ? (MlirType){NULL} : mlirValueGetType(tensor);
  if (mlirTypeIsNull(type) || mlirShapedTypeGetRank(type) != v->shape.rank ||
      isPlane(v, type, columns))
    return tensor;
  Layout layout = layoutOf(v, tensor, columns);
  int64_t rowDim = rowDimension(&v->shape), sizes[] = {v->shape.rows, columns};
  int64_t strides[] = {rowDim < 0 ? columns : layout.strides[rowDim], 1};
  int64_t offset = v->isMoved ? mlirShapedTypeGetDynamicStrideOrOffset() : layout.offset;
  MlirType view = mlirMemRefTypeGet(mlirShapedTypeGetElementType(type), 2, sizes,
                                    mlirStridedLayoutAttrGet(v->b.context, offset, 2, strides),
                                    mlirMemRefTypeGetMemorySpace(type));
  MlirValue sizeValues[] = {v->rows, length};
  MlirValue strideValues[] = {rowDim < 0 ? length : strideOf(v, &layout, rowDim), {NULL}};
  return irReinterpretCast(&v->b, mlirOperationGetResult(layout.metadata, 0), view,
                           offsetOf(v, &layout), sizeValues, strideValues);
}

/* --- planes ---------------------------------------------------------------------------------- */

static MlirValue sizeOf(const IrBuilder *b, MlirValue y, const AddnormPlaneShape *shape,
                        int64_t d) {
  return isDynamic(shape->sizes[d]) ? irDim(b, y, d) : irIndexConstant(b, shape->sizes[d]);
}

static MlirValue countRows(const IrBuilder *b, MlirValue y, const AddnormPlaneShape *shape) {
  MlirValue rows = {NULL};
  for (int64_t d = shape->numOuter; d < shape->rank - 1; ++d)
    if (shape->sizes[d] != 1) {
      MlirValue size = sizeOf(b, y, shape, d);
      rows = mlirValueIsNull(rows) ? size : irBinary(b, "arith.muli", rows, size);
    }
  return mlirValueIsNull(rows) ? irIndexConstant(b, 1) : rows;
}

static void openLoops(Views *v, MlirValue y) {
  for (int64_t d = 0; d < v->shape.numOuter; ++d) {
    if (v->shape.sizes[d] == 1)
      continue;
    MlirValue size = sizeOf(&v->b, y, &v->shape, d);
    v->b = irFor(&v->b, irIndexConstant(&v->b, 0), size, irIndexConstant(&v->b, 1), &v->index[d]);
    v->isMoved = true;
  }
}

AddnormPlane addnormPlaneOpen(const IrBuilder *b, MlirOperation op) {
  Views v = {.b = *b, .shape = addnormPlaneShapeOf(op)};
  MlirValue y = addnormRmsNormGetYInit(op), one = irIndexConstant(b, 1);
  int64_t columns = v.shape.sizes[v.shape.rank - 1];
  v.rows = countRows(b, y, &v.shape);
  MlirValue n = sizeOf(b, y, &v.shape, v.shape.rank - 1);
  openLoops(&v, y);

  intptr_t numAddends = addnormRmsNormGetNumAddends(op);
  AddnormPlane plane = {.body = v.b, .rows = v.rows, .n = n};
  plane.addends = malloc((size_t)numAddends * sizeof *plane.addends);
  for (intptr_t i = 0; i < numAddends; ++i)
    plane.addends[i] = viewOf(&v, addnormRmsNormGetAddend(op, i), columns, n);
  plane.gamma = addnormRmsNormGetGamma(op);
  plane.y = viewOf(&v, y, columns, n);
  plane.sum = viewOf(&v, addnormRmsNormGetSumInit(op), columns, n);
  plane.rstd = viewOf(&v, addnormRmsNormGetRstdInit(op), 1, one);
  return plane;
}

void addnormPlaneDestroy(AddnormPlane *plane) { free(plane->addends); }
