/* Target `loops`: scf, arith and math on single elements. The reference that every other target is
 * compared with bit for bit, so it is the op's contract written down and nothing else.
 *
 *   for each row:
 *     partials[k] = 0                                             k < lanes
 *     for i < N:
 *       t = sum of addends at i
 *       partials[i mod lanes] = fma(t, t, partials[i mod lanes])
 *     for half = lanes / 2, lanes / 4, ... 1:
 *       partials[k] += partials[k + half]                         k < half
 *     rstd = 1 / sqrt(partials[0] / N + epsilon)
 *     for i < N:
 *       t = sum of addends at i
 *       sum[i] = t;  y[i] = t * rstd * gamma[i]
 *
 * The second pass reads the addends again and stores each element only after reading it, so y and
 * sum may lie over addends. The partials are the only memory of its own. */

#include "addnorm-c/rms_norm.h"
#include "codegen/emit.h"
#include "codegen/float.h"

/* The op being lowered and the values its loops share. */
typedef struct Loops {
  MlirOperation op;
  const AddnormSchedule *schedule;
  MlirType f32;
  int64_t rank;
  MlirValue zero, one; /* index */
  MlirValue n;         /* index: elements of a row */
  MlirValue lanes;     /* index */
  MlirValue zeroF32;
  MlirValue epsilon;       /* f32 */
  MlirValue partials;      /* memref<lanes x f32>: of the row */
  MlirValue chunkPartials; /* the same, of the chunk being summed; null when the row is one chunk */
  MlirValue index[IR_MAX_RANK]; /* the current element */
} Loops;

static MlirType elementType(MlirValue memref) {
  return mlirShapedTypeGetElementType(mlirValueGetType(memref));
}

/* The current element of a full-shape memref, or of a row vector by the column index alone. */
static MlirValue loadElement(const Loops *l, const IrBuilder *b, MlirValue memref) {
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  return addnormEmitExtend(b, irLoad(b, memref, l->index + (l->rank - rank)));
}

static void storeElement(const Loops *l, const IrBuilder *b, MlirValue value, MlirValue memref) {
  irStore(b, addnormEmitRound(b, value, elementType(memref)), memref, l->index);
}

static MlirValue roundThrough(const IrBuilder *b, MlirValue value, MlirType type) {
  if (mlirTypeIsNull(type))
    return value;
  return addnormEmitExtend(b, addnormEmitRound(b, value, type));
}

static MlirValue scaledAddend(const Loops *l, const IrBuilder *b, intptr_t i) {
  MlirValue addend = loadElement(l, b, addnormRmsNormGetAddend(l->op, i));
  float constant;
  MlirValue scale = addnormRmsNormGetScale(l->op, i, &constant);
  if (mlirValueIsNull(scale)) {
    if (constant == 1.0f)
      return addend;
    scale = irFloatConstant(b, l->f32, constant);
  }
  return irBinary(b, "arith.mulf", addend, scale);
}

/* t of the current element. */
static MlirValue sumOfAddends(const Loops *l, const IrBuilder *b) {
  MlirValue t = scaledAddend(l, b, 0);
  for (intptr_t i = 1; i < addnormRmsNormGetNumAddends(l->op); ++i)
    t = irBinary(b, "arith.addf", t, scaledAddend(l, b, i));
  return roundThrough(b, t, addnormRmsNormGetSumType(l->op));
}

/* Opens a loop over [lower, upper) and makes its index the current column. */
static IrBuilder forColumns(Loops *l, const IrBuilder *b, MlirValue lower, MlirValue upper) {
  return irFor(b, lower, upper, l->one, &l->index[l->rank - 1]);
}

static void fillWithZero(const Loops *l, const IrBuilder *b, MlirValue partials) {
  MlirValue k;
  IrBuilder body = irFor(b, l->zero, l->lanes, l->one, &k);
  irStore(&body, l->zeroF32, partials, &k);
}

/* into[k] += from[k + offset] for k < count. */
static void addPartials(const Loops *l, const IrBuilder *b, MlirValue into, MlirValue from,
                        int64_t offset, int64_t count) {
  MlirValue k;
  IrBuilder body = irFor(b, l->zero, irIndexConstant(b, count), l->one, &k);
  MlirValue other = irBinary(&body, "arith.addi", k, irIndexConstant(&body, offset));
  MlirValue lhs = irLoad(&body, into, &k);
  MlirValue rhs = irLoad(&body, from, &other);
  irStore(&body, irBinary(&body, "arith.addf", lhs, rhs), into, &k);
}

/* Squares of the elements [lower, upper) into partials. A chunk is a multiple of the lanes, so an
 * element's lane counted from the row's start is its lane within the chunk. */
static void accumulate(Loops *l, const IrBuilder *b, MlirValue partials, MlirValue lower,
                       MlirValue upper) {
  IrBuilder body = forColumns(l, b, lower, upper);
  MlirValue t = sumOfAddends(l, &body);
  MlirValue lane = irBinary(&body, "arith.remui", l->index[l->rank - 1], l->lanes);
  MlirValue acc = irTernary(&body, "math.fma", t, t, irLoad(&body, partials, &lane));
  irStore(&body, acc, partials, &lane);
}

/* The sum of squares of the current row. The first chunk is added to zeros: exact, as no partial is
 * ever -0. */
static MlirValue sumOfSquares(Loops *l, const IrBuilder *b) {
  fillWithZero(l, b, l->partials);
  if (mlirValueIsNull(l->chunkPartials)) {
    accumulate(l, b, l->partials, l->zero, l->n);
  } else {
    MlirValue start, chunk = irIndexConstant(b, l->schedule->chunk);
    IrBuilder body = irFor(b, l->zero, l->n, chunk, &start);
    fillWithZero(l, &body, l->chunkPartials);
    MlirValue rest = irBinary(&body, "arith.subi", l->n, start);
    MlirValue length = irBinary(&body, "arith.minsi", rest, chunk);
    accumulate(l, &body, l->chunkPartials, start, irBinary(&body, "arith.addi", start, length));
    addPartials(l, &body, l->partials, l->chunkPartials, 0, l->schedule->lanes);
  }
  for (int64_t half = l->schedule->lanes / 2; half > 0; half /= 2)
    addPartials(l, b, l->partials, l->partials, half, half);
  return irLoad(b, l->partials, &l->zero);
}

static MlirValue reciprocalRoot(const Loops *l, const IrBuilder *b, MlirValue squares) {
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  MlirValue count = irUnary(b, "arith.sitofp", irUnary(b, "arith.index_cast", l->n, i64), l->f32);
  MlirValue mean = irBinary(b, "arith.divf", squares, count);
  MlirValue radicand = irBinary(b, "arith.addf", mean, l->epsilon);
  MlirValue root = irUnary(b, "math.sqrt", radicand, l->f32);
  return irBinary(b, "arith.divf", irFloatConstant(b, l->f32, 1.0), root);
}

/* What u is multiplied by; null without gamma. */
static MlirValue weight(const Loops *l, const IrBuilder *b) {
  MlirValue gamma = addnormRmsNormGetGamma(l->op);
  if (mlirValueIsNull(gamma))
    return gamma;
  MlirValue value = loadElement(l, b, gamma);
  float offset;
  if (!addnormRmsNormGetGammaOffset(l->op, &offset))
    return value;
  return irBinary(b, "arith.addf", irFloatConstant(b, l->f32, offset), value);
}

/* The second pass. Everything is read before anything is stored. */
static void normalize(Loops *l, const IrBuilder *b, MlirValue rstd) {
  IrBuilder body = forColumns(l, b, l->zero, l->n);
  MlirValue t = sumOfAddends(l, &body);
  MlirValue w = weight(l, &body);
  MlirValue u = irBinary(&body, "arith.mulf", t, rstd);
  MlirValue y = roundThrough(&body, u, addnormRmsNormGetNormType(l->op));
  if (!mlirValueIsNull(w))
    y = irBinary(&body, "arith.mulf", y, w);

  MlirValue sumInit = addnormRmsNormGetSumInit(l->op);
  if (!mlirValueIsNull(sumInit))
    storeElement(l, &body, t, sumInit);
  storeElement(l, &body, y, addnormRmsNormGetYInit(l->op));
}

static void emitRow(Loops *l, const IrBuilder *b) {
  MlirValue rstd = reciprocalRoot(l, b, sumOfSquares(l, b));
  normalize(l, b, rstd);
  MlirValue rstdInit = addnormRmsNormGetRstdInit(l->op);
  if (mlirValueIsNull(rstdInit))
    return;
  l->index[l->rank - 1] = l->zero;
  irStore(b, rstd, rstdInit, l->index);
}

static void emitRows(Loops *l, IrBuilder b) {
  MlirValue y = addnormRmsNormGetYInit(l->op);
  for (int64_t d = 0; d < l->rank - 1; ++d)
    b = irFor(&b, l->zero, irDim(&b, y, d), l->one, &l->index[d]);
  emitRow(l, &b);
}

/* Where stack memory for `op` is taken once and shared by all iterations around it: the start of
 * the function. Null when something other than sequential control flow is in between, whose
 * iterations may run at once. */
static MlirBlock functionEntry(MlirOperation op) {
  MlirOperation parent = mlirOperationGetParentOperation(op);
  while (irIs(parent, "scf.for") || irIs(parent, "scf.if") || irIs(parent, "scf.while"))
    parent = mlirOperationGetParentOperation(parent);
  if (!irIs(parent, "func.func"))
    return (MlirBlock){NULL};
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(parent, 0));
}

static MlirValue allocatePartials(const Loops *l, const IrBuilder *b, const char *allocation) {
  MlirType type =
      mlirMemRefTypeContiguousGet(l->f32, 1, &l->schedule->lanes, (MlirAttribute){NULL});
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
                    {NULL, {NULL}}};
  return irValue(b, allocation, 0, NULL, type, attrs);
}

/* On the stack where that is taken once, otherwise on the heap: a stack that every iteration takes
 * from would grow. */
static void emitWithPartials(Loops *l, const IrBuilder *b) {
  MlirBlock entry = functionEntry(l->op);
  bool onStack = !mlirBlockIsNull(entry);
  const char *allocation = onStack ? "memref.alloca" : "memref.alloc";
  IrBuilder start = onStack ? irBuilderAtStart(entry, b->loc) : *b;

  l->partials = allocatePartials(l, &start, allocation);
  if (l->schedule->chunk)
    l->chunkPartials = allocatePartials(l, &start, allocation);
  emitRows(l, *b);
  if (onStack)
    return;
  irOp(b, "memref.dealloc", 1, &l->partials, 0, NULL, NULL, 0, NULL);
  if (l->schedule->chunk)
    irOp(b, "memref.dealloc", 1, &l->chunkPartials, 0, NULL, NULL, 0, NULL);
}

static void emitLoops(MlirOperation op, const AddnormSchedule *schedule) {
  IrBuilder b = irBuilderBefore(op);
  MlirValue y = addnormRmsNormGetYInit(op);
  Loops l = {.op = op,
             .schedule = schedule,
             .f32 = mlirF32TypeGet(b.context),
             .rank = mlirShapedTypeGetRank(mlirValueGetType(y)),
             .zero = irIndexConstant(&b, 0),
             .one = irIndexConstant(&b, 1),
             .lanes = irIndexConstant(&b, schedule->lanes)};
  l.n = irDim(&b, y, l.rank - 1);
  l.zeroF32 = irFloatConstant(&b, l.f32, 0.0);
  float epsilon;
  l.epsilon = addnormRmsNormGetEpsilon(op, &epsilon);
  if (mlirValueIsNull(l.epsilon))
    l.epsilon = irFloatConstant(&b, l.f32, epsilon);
  emitWithPartials(&l, &b);
}

const AddnormTarget addnormLoopsTarget = {
    .name = "loops",
    .summary = "scf, arith and math on single elements; the reference",
    .info = {.scratchBytes = 1 << 20, .alignment = 4, .lanes = 64, .cores = 1, .buffers = 0},
    .emit = emitLoops,
};
