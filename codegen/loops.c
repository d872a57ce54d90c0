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
#include "codegen/formula.h"
#include "codegen/query.h"
#include "codegen/scratch.h"

enum { F32_ALIGNMENT = 4 };

/* The op being lowered and the values its loops share. */
typedef struct Loops {
  AddnormFormula formula;
  const AddnormSchedule *schedule;
  int64_t rank;
  MlirValue zero, one; /* index */
  MlirValue n;         /* index: elements of a row */
  MlirValue lanes;     /* index */
  MlirValue zeroF32;
  MlirValue partials;      /* memref<lanes x f32>: of the row */
  MlirValue chunkPartials; /* the same, of the chunk being summed; null when the row is one chunk */
  MlirValue index[IR_MAX_RANK]; /* the current element */
} Loops;

static MlirType elementType(MlirValue memref) {
  return mlirShapedTypeGetElementType(mlirValueGetType(memref));
}

/* The current element of a full-shape memref, or of a row vector by the column index alone. */
static MlirValue loadElement(const IrBuilder *b, MlirValue memref, const void *loops) {
  const Loops *l = loops;
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(memref));
  return addnormEmitExtend(b, irLoad(b, memref, l->index + (l->rank - rank)));
}

static void storeElement(const Loops *l, const IrBuilder *b, MlirValue value, MlirValue memref) {
  irStore(b, addnormEmitRound(b, value, elementType(memref), &l->formula.rounding), memref,
          l->index);
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
  MlirValue t = addnormEmitSum(&body, &l->formula, loadElement, l);
  MlirValue lane = irBinary(&body, "arith.remui", l->index[l->rank - 1], l->lanes);
  MlirValue acc = addnormEmitSquare(&body, &l->formula, t, irLoad(&body, partials, &lane));
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

/* The second pass. Everything is read before anything is stored. */
static void normalize(Loops *l, const IrBuilder *b, MlirValue rstd) {
  IrBuilder body = forColumns(l, b, l->zero, l->n);
  MlirValue t = addnormEmitSum(&body, &l->formula, loadElement, l);
  MlirValue gamma = addnormRmsNormGetGamma(l->formula.op), weight = {NULL};
  if (!mlirValueIsNull(gamma))
    weight = addnormEmitWeight(&body, &l->formula, loadElement(&body, gamma, l));
  MlirValue y = addnormEmitNormalized(&body, &l->formula, t, rstd, weight);

  MlirValue sumInit = addnormRmsNormGetSumInit(l->formula.op);
  if (!mlirValueIsNull(sumInit))
    storeElement(l, &body, t, sumInit);
  storeElement(l, &body, y, addnormRmsNormGetYInit(l->formula.op));
}

static void emitRow(Loops *l, const IrBuilder *b) {
  MlirValue rstd = addnormEmitReciprocalRoot(b, &l->formula, sumOfSquares(l, b), l->n);
  normalize(l, b, rstd);
  MlirValue rstdInit = addnormRmsNormGetRstdInit(l->formula.op);
  if (mlirValueIsNull(rstdInit))
    return;
  l->index[l->rank - 1] = l->zero;
  irStore(b, rstd, rstdInit, l->index);
}

static void emitRows(Loops *l, IrBuilder b) {
  MlirValue y = addnormRmsNormGetYInit(l->formula.op);
  for (int64_t d = 0; d < l->rank - 1; ++d)
    b = irFor(&b, l->zero, irDim(&b, y, d), l->one, &l->index[d]);
  emitRow(l, &b);
}

static const AddnormTargetInfo info = {
    .scratchBytes = 1 << 20, .alignment = F32_ALIGNMENT, .lanes = 64, .cores = 1};

static const char *computeSchedule(MlirOperation op, const AddnormLowering *lowering,
                                   AddnormSchedule *schedule) {
  AddnormScheduleQuery query = addnormScheduleQueryOf(op);
  if (lowering->cpu->is32Bit && !addnormFits32Bits(&query))
    return "its tensors do not fit the processor's addresses of 32 bits";
  return addnormScheduleCompute(&query, &info, schedule);
}

static bool planLoops(MlirOperation op, const AddnormLowering *lowering, char *text, size_t size) {
  AddnormSchedule schedule;
  return addnormScheduleReport(computeSchedule(op, lowering, &schedule), &schedule, text, size);
}

static void emitLoops(MlirOperation op, AddnormLowering *lowering) {
  AddnormSchedule computed, *schedule = &computed;
  computeSchedule(op, lowering, schedule);
  IrBuilder b = irBuilderBefore(op);
  MlirValue y = addnormRmsNormGetYInit(op);
  Loops l = {.formula = {.op = op},
             .schedule = schedule,
             .rank = mlirShapedTypeGetRank(mlirValueGetType(y)),
             .zero = irIndexConstant(&b, 0),
             .one = irIndexConstant(&b, 1),
             .lanes = irIndexConstant(&b, schedule->lanes)};
  l.n = irDim(&b, y, l.rank - 1);
  l.zeroF32 = irFloatConstant(&b, mlirF32TypeGet(b.context), 0.0);

  AddnormScratch scratch = addnormScratchFor(op, &lowering->pool);
  l.partials = addnormScratchTake(&scratch, schedule->lanes, F32_ALIGNMENT);
  if (schedule->chunk)
    l.chunkPartials = addnormScratchTake(&scratch, schedule->lanes, F32_ALIGNMENT);
  emitRows(&l, b);
  addnormScratchReturn(&scratch, &b, l.partials);
  if (schedule->chunk)
    addnormScratchReturn(&scratch, &b, l.chunkPartials);
}

const AddnormTarget addnormLoopsTarget = {
    .name = "loops",
    .summary = "scf, arith and math on single elements; the reference",
    .plan = planLoops,
    .emit = emitLoops,
};
