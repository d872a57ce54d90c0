/* From a plan to the op. Nothing here can fail: whatever could was decided before. */

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "passes/fuse/body.h"
#include "passes/fuse/decide.h"

static MlirType floatType(MlirContext context, FloatKind kind) {
  switch (kind) {
  case FLOAT_F16:
    return mlirF16TypeGet(context);
  case FLOAT_BF16:
    return mlirBF16TypeGet(context);
  case FLOAT_F32:
    return mlirF32TypeGet(context);
  default:
    return (MlirType){NULL};
  }
}

static MlirType tensorType(MlirType shape, intptr_t rank, const int64_t *dims) {
  return mlirRankedTensorTypeGet(rank, dims, mlirShapedTypeGetElementType(shape),
                                 mlirAttributeGetNull());
}

/* [[0, 1, ...], ...]: `groups[d]` is the group of dimension d. */
static MlirAttribute reassociation(MlirContext context, intptr_t rank, const int32_t *groups,
                                   intptr_t numGroups) {
  MlirAttribute lists[MAX_RANK], dims[MAX_RANK];
  MlirType i64 = mlirIntegerTypeGet(context, 64);
  for (intptr_t g = 0; g < numGroups; ++g) {
    intptr_t n = 0;
    for (intptr_t d = 0; d < rank; ++d)
      if (groups[d] == g)
        dims[n++] = mlirIntegerAttrGet(i64, d);
    lists[g] = mlirArrayAttrGet(context, n, dims);
  }
  return mlirArrayAttrGet(context, numGroups, lists);
}

/* Groups the dimensions of `type` so that each group has one dimension larger than 1 (and none has
 * two), and returns the number of groups; the sizes of the groups in `sizes`. */
static intptr_t groupUnitDims(MlirType type, int32_t *groups, int64_t *sizes) {
  intptr_t rank = mlirShapedTypeGetRank(type), numGroups = 0;
  for (intptr_t d = 0; d < rank; ++d) {
    int64_t size = mlirShapedTypeGetDimSize(type, d);
    if (size != 1)
      sizes[numGroups++] = size;
    groups[d] = (int32_t)(size != 1 ? numGroups - 1 : (numGroups ? numGroups - 1 : 0));
  }
  return numGroups;
}

static MlirValue dropUnitDims(const IrBuilder *b, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  intptr_t rank = mlirShapedTypeGetRank(type);
  int32_t groups[MAX_RANK];
  int64_t sizes[MAX_RANK];
  intptr_t numGroups = groupUnitDims(type, groups, sizes);
  if (numGroups == rank)
    return value;
  IrAttr attrs[] = {{"reassociation", reassociation(b->context, rank, groups, numGroups)},
                    {NULL, {NULL}}};
  return irValue(b, "tensor.collapse_shape", 1, &value, tensorType(type, numGroups, sizes), attrs);
}

/* `value`, with dimensions of size 1 taken out or put in, in the shape of `shape`. */
static MlirValue reshapeTo(const IrBuilder *b, MlirValue value, MlirType shape) {
  value = dropUnitDims(b, value);
  MlirType type = mlirValueGetType(value);
  intptr_t rank = mlirShapedTypeGetRank(shape);
  int32_t groups[MAX_RANK];
  int64_t sizes[MAX_RANK], dims[MAX_RANK];
  intptr_t numGroups = groupUnitDims(shape, groups, sizes);
  if (numGroups == rank)
    return value;
  for (intptr_t d = 0; d < rank; ++d)
    dims[d] = mlirShapedTypeGetDimSize(shape, d);
  MlirValue operands[1 + MAX_RANK] = {value};
  intptr_t numOperands = 1;
  for (intptr_t g = 0; g < numGroups; ++g)
    if (mlirShapedTypeIsDynamicDim(type, g))
      operands[numOperands++] = irDim(b, value, g);
  IrAttr attrs[] = {{"reassociation", reassociation(b->context, rank, groups, numGroups)},
                    {"static_output_shape", mlirDenseI64ArrayGet(b->context, rank, dims)},
                    {NULL, {NULL}}};
  return irValue(b, "tensor.expand_shape", numOperands, operands, tensorType(type, rank, dims),
                 attrs);
}

static MlirBlock addBlock(MlirRegion region) {
  MlirBlock block = mlirBlockCreate(0, NULL, NULL);
  mlirRegionAppendOwnedBlock(region, block);
  return block;
}

static void yield(const IrBuilder *b, const char *name, MlirValue value) {
  irOp(b, name, 1, &value, 0, NULL, NULL, 0, NULL);
}

static MlirAttribute identityMapExcept(MlirContext context, intptr_t rank, intptr_t zeroDim) {
  MlirAffineExpr exprs[MAX_RANK];
  for (intptr_t d = 0; d < rank; ++d)
    exprs[d] =
        d == zeroDim ? mlirAffineConstantExprGet(context, 0) : mlirAffineDimExprGet(context, d);
  return mlirAffineMapAttrGet(mlirAffineMapGet(context, rank, 0, rank, exprs));
}

/* `value`, whose dimension `dim` has size 1, copied along that dimension of `init`. */
static MlirValue broadcastDim(const IrBuilder *b, MlirValue value, MlirValue init, intptr_t dim) {
  MlirType type = mlirValueGetType(init), element = mlirShapedTypeGetElementType(type);
  MlirAttribute map = identityMapExcept(b->context, mlirShapedTypeGetRank(type), dim);
  MlirRegion region = mlirRegionCreate();
  MlirBlock body = addBlock(region);
  mlirBlockAddArgument(body, element, b->loc);
  mlirBlockAddArgument(body, element, b->loc);
  IrBuilder inner = irBuilderAtEnd(body, b->loc);
  yield(&inner, "linalg.yield", mlirBlockGetArgument(body, 0));
  return bodyCreate(b, 1, &value, &map, init, region);
}

/* if (dim(value, dim) == 1) { value broadcast to `size` along dim } else { value } */
static MlirValue guardDim(const IrBuilder *b, MlirValue value, intptr_t dim, MlirValue size) {
  MlirType type = mlirValueGetType(value), i1 = mlirIntegerTypeGet(b->context, 1);
  MlirValue operands[] = {irDim(b, value, dim), irIndexConstant(b, 1)};
  IrAttr equal[] = {{"predicate", mlirIntegerAttrGet(mlirIntegerTypeGet(b->context, 64), 0)},
                    {NULL, {NULL}}};
  MlirValue isUnit =
      mlirOperationGetResult(irOp(b, "arith.cmpi", 2, operands, 1, &i1, equal, 0, NULL), 0);

  MlirRegion regions[] = {mlirRegionCreate(), mlirRegionCreate()};
  IrBuilder inThen = irBuilderAtEnd(addBlock(regions[0]), b->loc);
  MlirValue sizes[MAX_RANK];
  intptr_t numDynamic = 0;
  for (intptr_t d = 0; d < mlirShapedTypeGetRank(type); ++d)
    if (mlirShapedTypeIsDynamicDim(type, d))
      sizes[numDynamic++] = d == dim ? size : irDim(&inThen, value, d);
  MlirValue init = irTensorEmpty(&inThen, type, numDynamic, sizes);
  yield(&inThen, "scf.yield", broadcastDim(&inThen, value, init, dim));
  IrBuilder inElse = irBuilderAtEnd(addBlock(regions[1]), b->loc);
  yield(&inElse, "scf.yield", value);
  return mlirOperationGetResult(irOp(b, "scf.if", 1, &isUnit, 1, &type, NULL, 2, regions), 0);
}

static bool needsGuard(const Addend *addend, MlirValue value, intptr_t dim) {
  return sourceIsBroadcast(&addend->source) &&
         mlirShapedTypeIsDynamicDim(mlirValueGetType(value), dim);
}

/* The size of dimension `dim` of the sum: that of an addend which is not broadcast, or the largest.
 */
static MlirValue sizeOfSum(const IrBuilder *b, const FusePlan *plan, const MlirValue *addends,
                           intptr_t dim) {
  MlirValue size = {NULL};
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    if (plan->addends[i].isBias)
      continue;
    if (!needsGuard(&plan->addends[i], addends[i], dim))
      return irDim(b, addends[i], dim);
  }
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    if (plan->addends[i].isBias)
      continue;
    MlirValue own = irDim(b, addends[i], dim);
    size = mlirValueIsNull(size) ? own : irBinary(b, "arith.maxui", size, own);
  }
  return size;
}

/* Broadcasts each dynamic dimension of the addends that is 1 at run time to the largest of theirs,
 * as the source's add does. */
static void broadcastAddends(const IrBuilder *b, const FusePlan *plan, MlirValue *addends) {
  for (intptr_t dim = 0; dim < mlirShapedTypeGetRank(plan->y.type); ++dim) {
    bool any = false;
    for (intptr_t i = 0; i < plan->numAddends; ++i)
      any |= needsGuard(&plan->addends[i], addends[i], dim);
    if (!any)
      continue;
    MlirValue size = sizeOfSum(b, plan, addends, dim);
    for (intptr_t i = 0; i < plan->numAddends; ++i)
      if (needsGuard(&plan->addends[i], addends[i], dim))
        addends[i] = guardDim(b, addends[i], dim, size);
  }
}

static MlirValue scalarF32(const IrBuilder *b, MlirValue value) {
  MlirType type = mlirValueGetType(value), f32 = mlirF32TypeGet(b->context);
  if (mlirTypeIsARankedTensor(type)) {
    MlirValue operands[1 + MAX_RANK] = {value};
    intptr_t rank = mlirShapedTypeGetRank(type);
    for (intptr_t d = 0; d < rank; ++d)
      operands[1 + d] = irIndexConstant(b, 0);
    type = mlirShapedTypeGetElementType(type);
    value = mlirOperationGetResult(
        irOp(b, "tensor.extract", 1 + rank, operands, 1, &type, NULL, 0, NULL), 0);
  }
  return mlirTypeEqual(type, f32) ? value : irUnary(b, "arith.extf", value, f32);
}

static MlirValue materialise(const IrBuilder *b, const Source *source, MlirType shape) {
  switch (source->kind) {
  case SOURCE_NONE:
    return (MlirValue){NULL};
  case SOURCE_VALUE:
  case SOURCE_BROADCAST:
    return source->value;
  case SOURCE_RESHAPED:
  case SOURCE_RESHAPED_BROADCAST:
    return mlirTypeIsNull(shape) ? dropUnitDims(b, source->value)
                                 : reshapeTo(b, source->value, shape);
  case SOURCE_SCALAR:
    return scalarF32(b, source->value);
  }
  return (MlirValue){NULL};
}

/* Gives an addend that is a value in a body an op of its own, before whichever comes first: the
 * body, or the op to be built at `b`. */
static void splitAddend(FuseState *state, const IrBuilder *b, MlirOperation after, Source *source) {
  if (source->kind == SOURCE_NONE || mlirValueIsNull(source->inner))
    return;
  MlirOperation generic = mlirOpResultGetOwner(source->value);
  bool late = !mlirOperationIsNull(after) && !positionsBefore(&state->positions, after, generic);
  IrBuilder before = late ? irBuilderBefore(generic) : *b;
  source->value = bodySplit(&before, generic, source->inner, bodyInitOf(source->value));
  if (late)
    positionsAddBefore(&state->positions, irDefiningOp(source->value), generic);
}

/* The first addend that is no bias. */
static MlirValue fullAddend(const FusePlan *plan, const MlirValue *addends) {
  intptr_t i = 0;
  while (plan->addends[i].isBias && i + 1 < plan->numAddends)
    ++i;
  return addends[i];
}

/* tensor<...x1xf32> for rows of `type`. */
static MlirType rstdType(MlirType type) {
  intptr_t rank = mlirShapedTypeGetRank(type);
  int64_t dims[MAX_RANK];
  for (intptr_t d = 0; d < rank; ++d)
    dims[d] = d + 1 < rank ? mlirShapedTypeGetDimSize(type, d) : 1;
  return mlirRankedTensorTypeGet(rank, dims, mlirF32TypeGet(mlirTypeGetContext(type)),
                                 mlirAttributeGetNull());
}

/* Replaces values of the reciprocal root, in the order of the program, by the last result. */
static void replaceRstds(const IrBuilder *b, const FusePlan *plan, MlirOperation made) {
  MlirValue rstd = mlirOperationGetResult(made, mlirOperationGetNumResults(made) - 1);
  intptr_t rank = mlirShapedTypeGetRank(plan->y.type);
  int32_t groups[MAX_RANK];
  for (int32_t d = 0; d < rank; ++d)
    groups[d] = d + 1 < rank || rank == 1 ? d : d - 1;
  for (intptr_t i = 0; i < plan->numRstds; ++i) {
    MlirType type = mlirValueGetType(plan->rstds[i]);
    IrAttr attrs[] = {
        {"reassociation", reassociation(b->context, rank, groups, mlirShapedTypeGetRank(type))},
        {NULL, {NULL}}};
    bool dropped = mlirShapedTypeGetRank(type) < rank;
    mlirValueReplaceAllUsesOfWith(
        plan->rstds[i],
        dropped ? irValue(b, "tensor.collapse_shape", 1, &rstd, type, attrs) : rstd);
  }
}

MlirOperation rewriteNorm(FuseState *state, FusePlan *plan) {
  IrBuilder b = irBuilderBefore(plan->y.op);
  b.before = mlirOperationIsNull(plan->after) ? mlirBlockGetFirstOperation(b.block)
                                              : mlirOperationGetNextInBlock(plan->after);

  MlirType yType = plan->y.type;
  MlirValue addends[MAX_ADDENDS], scaleOperands[MAX_ADDENDS];
  float scales[MAX_ADDENDS];
  bool scaled = false;
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    Addend *addend = &plan->addends[i];
    splitAddend(state, &b, plan->after, &addend->source);
    addends[i] = materialise(&b, &addend->source, addend->isBias ? (MlirType){NULL} : yType);
    scales[i] = addend->scale;
    scaleOperands[i] = materialise(&b, &addend->scaleOperand, (MlirType){NULL});
    scaled |= addend->scale != 1 || addend->scaleOperand.kind != SOURCE_NONE;
  }
  broadcastAddends(&b, plan, addends);
  MlirValue like = fullAddend(plan, addends);

  AddnormRmsNorm op = {
      .numAddends = plan->numAddends,
      .addends = addends,
      .scales = scaled ? scales : NULL,
      .scaleOperands = scaled ? scaleOperands : NULL,
      .gamma = materialise(&b, &plan->gamma, (MlirType){NULL}),
      .hasGammaOffset = plan->hasGammaOffset,
      .gammaOffset = plan->gammaOffset,
      .epsilonOperand = materialise(&b, &plan->epsilonOperand, (MlirType){NULL}),
      .epsilon = plan->epsilon,
      .yInit = irEmptyLike(&b, yType, like),
      .sumType = floatType(b.context, plan->sumType),
      .normType = floatType(b.context, plan->normType),
      .lanes = state->options->lanes,
      .chunk = state->options->chunk,
  };
  if (plan->numSums > 0)
    op.sumInit = irEmptyLike(&b, mlirValueGetType(plan->sums[0]), like);

  if (plan->numRstds > 0)
    op.rstdInit = irEmptyLike(&b, rstdType(yType), like);

  MlirOperation made = irInsert(&b, addnormRmsNormCreate(b.loc, &op));
  positionsAddBehind(&state->positions, plan->after, made);
  MlirValue y = mlirOperationGetResult(made, 0);
  if (plan->y.like >= 0)
    y = bodyAddInput(plan->y.op, y, plan->y.like);
  mlirValueReplaceAllUsesOfWith(plan->y.value, y);
  for (intptr_t i = 0; i < plan->numSums; ++i)
    mlirValueReplaceAllUsesOfWith(plan->sums[i], mlirOperationGetResult(made, 1));
  replaceRstds(&b, plan, made);
  return made;
}
