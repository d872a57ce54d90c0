/* Planes of an op.
 *
 *   memref<4x8x16xf16, strided<[512, 16, 1]>> and memref<4x8x16xf16>:
 *
 *   for i < 4:                     the first tensor has gaps where i steps
 *     memref<8x16xf16, strided<[16, 1], offset: ?>>, from i * 512 on and from i * 128 on
 *
 * Where strides are known at run time only, so is whether there are gaps: the loop runs once, with
 * all rows, or for each i, with its own.
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

/* Whether dimensions lie one behind the other: one step of the outer one goes where the steps of
 * the inner one end. In this order, the least of several is the answer for all of them. */
typedef enum Answer { NO, AT_RUN_TIME, YES } Answer;

static Answer isBehind(MlirType type, const AddnormPlaneShape *shape, int64_t outer,
                       int64_t inner) {
  if (!hasLayout(type))
    return YES;
  int64_t strides[IR_MAX_RANK], offset, span;
  mlirMemRefTypeGetStridesAndOffset(type, strides, &offset);
  if (isDynamicStride(strides[outer]) || isDynamicStride(strides[inner]) ||
      isDynamic(shape->sizes[inner]))
    return AT_RUN_TIME;
  bool isOverflow = __builtin_mul_overflow(strides[inner], shape->sizes[inner], &span);
  return !isOverflow && span == strides[outer] ? YES : NO;
}

static bool isOfFullShape(MlirType type, const AddnormPlaneShape *shape) {
  return mlirTypeIsAMemRef(type) && mlirShapedTypeGetRank(type) == shape->rank;
}

static Answer isBehindInAll(MlirOperation op, const AddnormPlaneShape *shape, int64_t outer,
                            int64_t inner) {
  Answer all = YES;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetOperand(op, i));
    Answer own = isOfFullShape(type, shape) ? isBehind(type, shape, outer, inner) : YES;
    all = own < all ? own : all;
  }
  return all;
}

/* The product of two sizes; false when it is too large to be told. */
static bool multiply(int64_t a, int64_t b, int64_t *product) {
  *product = mlirShapedTypeGetDynamicSize();
  return isDynamic(a) || isDynamic(b) || !__builtin_mul_overflow(a, b, product);
}

/* From the innermost leading dimension outwards, as far as they merge. Where there is one index
 * only, no stride matters. */
static void mergeRows(AddnormPlaneShape *shape, MlirOperation op) {
  int64_t inner = -1, rows = 1;
  Answer all = YES;
  shape->rows = 1;
  shape->numOuter = shape->numApart = shape->rank - 1;
  for (int64_t d = shape->rank - 2; d >= 0; --d) {
    if (shape->sizes[d] != 1) {
      Answer own = inner < 0 ? YES : isBehindInAll(op, shape, d, inner);
      all = own < all ? own : all;
      if (all == NO || !multiply(rows, shape->sizes[d], &rows))
        return;
      shape->rows = all == YES ? rows : mlirShapedTypeGetDynamicSize();
      inner = d;
    }
    shape->numApart = d;
    if (all == YES)
      shape->numOuter = d;
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
  MlirValue counts[IR_MAX_RANK]; /* of the loops; null: the size of the dimension */
  MlirValue index[IR_MAX_RANK];  /* of the plane; null where there is one only */
  bool isMoved;                  /* some of them are not null */
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

/* Whether they lie one behind the other in all tensors: i1. */
static MlirValue isBehindNow(const Views *v, MlirOperation op, int64_t outer, int64_t inner) {
  MlirValue size = sizeOf(&v->b, addnormRmsNormGetYInit(op), &v->shape, inner), all = {NULL};
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue tensor = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(tensor);
    if (!isOfFullShape(type, &v->shape) || !hasLayout(type))
      continue;
    Layout layout = layoutOf(v, tensor, 0);
    MlirValue span = irBinary(&v->b, "arith.muli", strideOf(v, &layout, inner), size);
    MlirValue own = irCompare(&v->b, IR_EQUAL, span, strideOf(v, &layout, outer));
    all = mlirValueIsNull(all) ? own : irBinary(&v->b, "arith.andi", all, own);
  }
  return all;
}

static MlirValue choose(const IrBuilder *b, MlirValue condition, MlirValue x, MlirValue y) {
  MlirValue operands[] = {condition, x, y};
  return irValue(b, "arith.select", 3, operands, mlirValueGetType(x), NULL);
}

/* Merges what the types leave open: a loop over a dimension that is merged runs once. */
static void mergeNow(Views *v, MlirOperation op) {
  const IrBuilder *b = &v->b;
  MlirValue merges = {NULL}, one = irIndexConstant(b, 1);
  int64_t inner = v->shape.numOuter;
  for (int64_t d = v->shape.numOuter - 1; d >= v->shape.numApart; --d) {
    if (v->shape.sizes[d] == 1)
      continue;
    while (v->shape.sizes[inner] == 1)
      ++inner;
    MlirValue own = isBehindNow(v, op, d, inner);
    merges = mlirValueIsNull(merges) ? own : irBinary(b, "arith.andi", merges, own);
    MlirValue size = sizeOf(b, addnormRmsNormGetYInit(op), &v->shape, d);
    v->counts[d] = choose(b, merges, one, size);
    v->rows = choose(b, merges, irBinary(b, "arith.muli", v->rows, size), v->rows);
    inner = d;
  }
}

static void openLoops(Views *v, MlirValue y) {
  for (int64_t d = 0; d < v->shape.numOuter; ++d) {
    if (v->shape.sizes[d] == 1)
      continue;
    MlirValue count = mlirValueIsNull(v->counts[d]) ? sizeOf(&v->b, y, &v->shape, d) : v->counts[d];
    v->b = irFor(&v->b, irIndexConstant(&v->b, 0), count, irIndexConstant(&v->b, 1), &v->index[d]);
    v->isMoved = true;
  }
}

AddnormPlane addnormPlaneOpen(const IrBuilder *b, MlirOperation op) {
  Views v = {.b = *b, .shape = addnormPlaneShapeOf(op)};
  MlirValue y = addnormRmsNormGetYInit(op), one = irIndexConstant(b, 1);
  int64_t columns = v.shape.sizes[v.shape.rank - 1];
  v.rows = countRows(b, y, &v.shape);
  MlirValue n = sizeOf(b, y, &v.shape, v.shape.rank - 1);
  mergeNow(&v, op);
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
