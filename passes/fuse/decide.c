#include "passes/fuse/decide.h"

#include <math.h>

#include "lib/ir/build.h"

typedef struct Decider {
  FuseState *state;
  ExprArena *arena;
  Raiser *raiser;
  const AddnormFuseOptions *options;
  MlirValue y;
  MlirOperation yOp;
} Decider;

/* --- where values are, and who reads them ---------------------------------------------------- */

/* Adds the ops that compute the sum: the op's sum output takes their place. */
static void supposeSumsDead(const Decider *d, const NormMatch *match) {
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, match->tWide, true, &cursor, &reading)) {
    MlirOperation op = irDefiningOp(reading.value);
    if (!mlirOperationIsNull(op) && !deadOpsHas(&d->state->dead, op))
      deadOpsSuppose(&d->state->dead, d->raiser, op, match->root);
  }
}

static bool dominatesY(const Decider *d, MlirValue value) {
  MlirBlock block;
  if (mlirValueIsABlockArgument(value)) {
    block = mlirBlockArgumentGetOwner(value);
    return !mlirOperationIsNull(irAncestorIn(block, d->yOp));
  }
  MlirOperation op = mlirOpResultGetOwner(value);
  MlirOperation at = irAncestorIn(mlirOperationGetBlock(op), d->yOp);
  return !mlirOperationIsNull(at) && positionsBefore(&d->state->positions, op, at);
}

/* --- operands from expressions --------------------------------------------------------------- */

/* Whether dimension `d` of an index is exactly variable `var`. */
static bool isVar(const Index *index, int32_t d, int32_t var, bool *mayBroadcast) {
  if (index->numDigits[d] != 1 || index->digits[d][0].var != var)
    return false;
  *mayBroadcast |= index->digits[d][0].mayBroadcast != 0;
  return true;
}

/* How a tensor read at `index` gives a tensor of y's shape read at (d0, d1, ...). */
static SourceKind fullSource(const Decider *d, MlirType type, const Index *index) {
  MlirType yType = mlirValueGetType(d->y);
  int32_t rank = (int32_t)mlirShapedTypeGetRank(yType);
  bool mayBroadcast = false, sameDims = index->rank == rank, sameSizes = true;
  int32_t next = 0; /* the dimension of y that is due */
  for (int32_t k = 0; k < index->rank; ++k) {
    bool ignored = false;
    if (irIsUnitDim(type, k) || isVar(index, k, VAR_UNIT, &ignored)) {
      sameDims &= k < rank && irIsUnitDim(yType, k);
      sameSizes &= irIsUnitDim(type, k);
      continue;
    }
    while (next < rank && irIsUnitDim(yType, next))
      ++next;
    if (next == rank || !isVar(index, k, next, &mayBroadcast))
      return SOURCE_NONE;
    sameDims &= k == next;
    sameSizes &= mlirShapedTypeGetDimSize(type, k) == mlirShapedTypeGetDimSize(yType, next);
    ++next;
  }
  while (next < rank && irIsUnitDim(yType, next))
    ++next;
  if (next != rank)
    return SOURCE_NONE;
  if (sameDims)
    return mayBroadcast ? SOURCE_BROADCAST : SOURCE_VALUE;
  return sameSizes && !mayBroadcast ? SOURCE_RESHAPED : SOURCE_NONE;
}

/* How a tensor read at `index` gives a vector along y's rows. */
static SourceKind rowSource(const Decider *d, MlirType type, const Index *index) {
  int32_t last = (int32_t)mlirShapedTypeGetRank(mlirValueGetType(d->y)) - 1;
  bool found = false, mayBroadcast = false;
  for (int32_t k = 0; k < index->rank; ++k) {
    if (irIsUnitDim(type, k))
      continue;
    if (found || !isVar(index, k, last, &mayBroadcast))
      return SOURCE_NONE;
    found = true;
  }
  if (!found || mayBroadcast)
    return SOURCE_NONE;
  return index->rank == 1 ? SOURCE_VALUE : SOURCE_RESHAPED;
}

static int floatBytes(FloatKind kind) { return kind == FLOAT_F32 ? 4 : 2; }

typedef SourceKind (*SourceOf)(const Decider *, MlirType, const Index *);

/* The best tensor of the IR that holds `expr` in the wanted shape: no rearranging before
 * rearranging, narrower elements before wider, earlier before later. */
static Source findSource(const Decider *d, Expr expr, bool wide, SourceOf sourceOf) {
  Source best = {SOURCE_NONE, {NULL}};
  int bestBytes = 0;
  ExprNode node = exprNode(d->arena, expr);
  int leastBytes = node.kind == EXPR_LEAF ? floatBytes(node.type) : 2;
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, expr, wide, &cursor, &reading)) {
    MlirType type = mlirValueGetType(reading.value);
    FloatKind element = floatKindOf(type);
    if (element < FLOAT_F16 || element > FLOAT_F32 || !dominatesY(d, reading.value))
      continue;
    SourceKind kind = sourceOf(d, type, indexGet(d->arena, reading.index));
    if (kind == SOURCE_NONE)
      continue;
    int bytes = floatBytes(element);
    if (best.kind == SOURCE_NONE || kind < best.kind || (kind == best.kind && bytes < bestBytes)) {
      best = (Source){kind, reading.value};
      bestBytes = bytes;
    }
    if (best.kind == SOURCE_VALUE && bestBytes <= leastBytes)
      break;
  }
  return best;
}

/* A scalar leaf as an f32. */
static Source scalarSource(const Decider *d, Expr expr) {
  ExprNode node = exprNode(d->arena, expr);
  MlirValue value = {node.value};
  if (node.kind != EXPR_LEAF || node.type < FLOAT_F16 || node.type > FLOAT_F32 ||
      !dominatesY(d, value))
    return (Source){SOURCE_NONE, {NULL}};
  MlirType type = mlirValueGetType(value);
  if (mlirTypeIsAShaped(type) && !mlirTypeIsARankedTensor(type))
    return (Source){SOURCE_NONE, {NULL}};
  if (mlirTypeIsARankedTensor(type))
    for (int64_t k = 0; k < mlirShapedTypeGetRank(type); ++k)
      if (!irIsUnitDim(type, k))
        return (Source){SOURCE_NONE, {NULL}};
  return (Source){SOURCE_SCALAR, value};
}

/* --- the addends ----------------------------------------------------------------------------- */

static Expr withoutRounding(const Decider *d, Expr expr) {
  ExprNode node = exprNode(d->arena, expr);
  bool strip = node.kind == EXPR_ROUND && d->options->numerics == ADDNORM_NUMERICS_WIDEN;
  return strip ? node.a : expr;
}

/* Whether `factor` (to the power one) is constant over all of y. */
static bool isScalarFactor(const Decider *d, Factor factor) {
  if (factor.exponent != 1 || exprNode(d->arena, factor.base).kind != EXPR_LEAF)
    return false;
  for (int32_t var = 0; var < MAX_RANK; ++var)
    if (exprUses(d->arena, factor.base, var))
      return false;
  return true;
}

/* Splits scale * rest, where scale is a constant or a run-time scalar. */
static Expr splitScale(const Decider *d, Expr expr, Addend *addend) {
  *addend = (Addend){.scale = 1};
  ExprNode node = exprNode(d->arena, expr);
  if (node.kind != EXPR_PRODUCT)
    return expr;
  if (node.number != 1 && isfinite((float)node.number)) {
    addend->scale = (float)node.number;
    return exprWithoutCoefficient(d->arena, expr);
  }
  for (int32_t i = 0; i < node.numFactors; ++i) {
    Factor factor = exprFactor(d->arena, expr, i);
    if (!isScalarFactor(d, factor))
      continue;
    addend->scaleOperand = scalarSource(d, factor.base);
    if (addend->scaleOperand.kind != SOURCE_NONE)
      return exprWithoutFactor(d->arena, expr, i);
  }
  return expr;
}

/* Finds `expr` as a tensor of y's shape or as a bias: a vector before the tensor that broadcasts
 * it. */
static bool findAddend(const Decider *d, Expr expr, Addend *addend) {
  bool mayBeBias = mlirShapedTypeGetRank(mlirValueGetType(d->y)) > 1;
  Source full = findSource(d, expr, false, fullSource);
  Source row = mayBeBias ? findSource(d, expr, false, rowSource) : (Source){SOURCE_NONE, {NULL}};
  addend->isBias =
      row.kind == SOURCE_VALUE || (row.kind != SOURCE_NONE && full.kind == SOURCE_NONE);
  addend->source = addend->isBias ? row : full;
  return addend->source.kind != SOURCE_NONE;
}

/* The addend `expr` as scale times a tensor, or as a tensor by itself. */
static const char *decideAddend(const Decider *d, Expr expr, Addend *addend) {
  int32_t last = (int32_t)mlirShapedTypeGetRank(mlirValueGetType(d->y)) - 1;
  if (!exprUses(d->arena, expr, last))
    return exprHasSum(d->arena, expr)
               ? "a mean is added or subtracted before the norm: a LayerNorm, not an RMSNorm"
               : "an addend is constant along the row";
  Expr product = withoutRounding(d, expr);
  Expr rest = splitScale(d, product, addend);
  if (rest != product) {
    if (addend->scale < 0)
      return "an addend is subtracted";
    if (findAddend(d, rest, addend))
      return NULL;
  }
  *addend = (Addend){.scale = 1};
  return findAddend(d, expr, addend) ? NULL : "an addend is not a tensor of the result's shape";
}

/* Whether nothing but this norm reads the tensors that hold `expr`. */
static bool isPrivate(const Decider *d, Expr expr) {
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, expr, false, &cursor, &reading)) {
    MlirOperation op = irDefiningOp(reading.value);
    if (mlirOperationIsNull(op) || !deadOpsHas(&d->state->dead, op))
      return false;
  }
  return true;
}

static bool isAdd(const Decider *d, Expr expr) {
  return exprNode(d->arena, withoutRounding(d, expr)).kind == EXPR_ADD;
}

/* Adds the addends of `expr`; a nested sum that only this norm needs is taken apart too, to a depth
 * at which the addends are still few. */
static const char *decideAddends(const Decider *d, Expr expr, FusePlan *plan, int depth) {
  ExprNode node = exprNode(d->arena, withoutRounding(d, expr));
  bool outermost = depth == 0;
  if (node.kind == EXPR_ADD && depth < MAX_NESTING && (outermost || isPrivate(d, expr))) {
    intptr_t before = plan->numAddends;
    /* (x + r) + b: the nested sum comes first, as it was computed first. */
    bool swap = isAdd(d, node.b) && !isAdd(d, node.a);
    const char *reason = decideAddends(d, swap ? node.b : node.a, plan, depth + 1);
    if (!reason)
      reason = decideAddends(d, swap ? node.a : node.b, plan, depth + 1);
    if (!reason || outermost)
      return reason;
    plan->numAddends = before;
  }
  const char *reason = decideAddend(d, expr, &plan->addends[plan->numAddends]);
  plan->numAddends += reason == NULL;
  return reason;
}

static const char *decidePlainNorm(const Decider *d, const NormMatch *match, FusePlan *plan) {
  Addend *addend = &plan->addends[0];
  *addend = (Addend){.scale = 1, .source = findSource(d, match->t, false, fullSource)};
  if (addend->source.kind == SOURCE_NONE && d->options->numerics == ADDNORM_NUMERICS_WIDEN)
    addend->source = findSource(d, match->tWide, true, fullSource);
  plan->numAddends = 1;
  return addend->source.kind == SOURCE_NONE ? "what is normalised is not a tensor by itself" : NULL;
}

static bool isLayerNorm(const Decider *d, Expr t) {
  ExprNode node = exprNode(d->arena, t);
  int32_t last = (int32_t)mlirShapedTypeGetRank(mlirValueGetType(d->y)) - 1;
  return node.kind == EXPR_ADD &&
         ((exprHasSum(d->arena, node.a) && !exprUses(d->arena, node.a, last)) ||
          (exprHasSum(d->arena, node.b) && !exprUses(d->arena, node.b, last)));
}

static const char *decideSumOfAddends(const Decider *d, const NormMatch *match, FusePlan *plan) {
  if (exprNode(d->arena, match->t).kind != EXPR_ADD)
    return "no add feeds this norm";
  size_t numDead = d->state->dead.count;
  supposeSumsDead(d, match);
  const char *reason = decideAddends(d, match->t, plan, 0);
  deadOpsRevive(&d->state->dead, numDead);
  bool allBiases = true;
  for (intptr_t i = 0; i < plan->numAddends; ++i)
    allBiases &= plan->addends[i].isBias;
  return !reason && allBiases ? "no addend has the result's shape" : reason;
}

static const char *decideInputs(const Decider *d, const NormMatch *match, FusePlan *plan) {
  if (isLayerNorm(d, match->t))
    return "a mean is added or subtracted before the norm: a LayerNorm, not an RMSNorm";
  if (d->options->keepAdds)
    return decidePlainNorm(d, match, plan);
  const char *reason = decideSumOfAddends(d, match, plan);
  if (reason && d->options->normOnly) {
    plan->numAddends = 0;
    return decidePlainNorm(d, match, plan);
  }
  return reason;
}

/* --- the sum's other readers ----------------------------------------------------------------- */

/* Whether `op` gives the sum again, rounded or not, from a value of the sum. */
static bool isSumCast(const Decider *d, Expr tWide, MlirOperation op) {
  if (mlirOperationGetNumResults(op) != 1)
    return false;
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, tWide, true, &cursor, &reading))
    if (mlirValueEqual(reading.value, mlirOperationGetResult(op, 0)))
      return true;
  return false;
}

/* Whether a reader of a value of the sum stays, other than one that only narrows it. */
static bool isReadElsewhere(const Decider *d, Expr tWide, MlirValue sum) {
  for (MlirOpOperand use = mlirValueGetFirstUse(sum); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = mlirOpOperandGetOwner(use);
    if (deadOpsHasReader(&d->state->dead, mlirOperationGetBlock(d->yOp), user))
      continue;
    bool narrows = isSumCast(d, tWide, user) &&
                   floatFits(floatKindOf(mlirValueGetType(mlirOperationGetResult(user, 0))),
                             floatKindOf(mlirValueGetType(sum)));
    if (!narrows)
      return true;
  }
  return false;
}

/* Whether all readers of `value` come after `op` (null: the start of y's block). */
static bool readersFollow(const Decider *d, MlirValue value, MlirOperation op) {
  MlirBlock block = mlirOperationGetBlock(d->yOp);
  for (MlirOpOperand use = mlirValueGetFirstUse(value); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = irAncestorIn(block, mlirOpOperandGetOwner(use));
    if (mlirOperationIsNull(user))
      return false;
    if (!deadOpsHas(&d->state->dead, user) && !mlirOperationIsNull(op) &&
        !positionsBefore(&d->state->positions, op, user))
      return false;
  }
  return true;
}

/* Whether the op's sum output, in the type of `value`, is what the source has there. Without
 * roundings to keep, it may always be more exact. */
static bool isSumOutput(const Decider *d, const NormMatch *match, MlirValue value) {
  if (d->options->numerics == ADDNORM_NUMERICS_WIDEN)
    return true;
  Expr sum = match->sumRounding ? exprRound(d->arena, match->sumRounding, match->t) : match->t;
  FloatKind type = floatKindOf(mlirValueGetType(value));
  return raiseValue(d->raiser, value) == exprRound(d->arena, type, sum);
}

static bool sameShape(MlirType x, MlirType y) {
  if (mlirShapedTypeGetRank(x) != mlirShapedTypeGetRank(y))
    return false;
  for (int64_t k = 0; k < mlirShapedTypeGetRank(x); ++k)
    if (mlirShapedTypeGetDimSize(x, k) != mlirShapedTypeGetDimSize(y, k))
      return false;
  return true;
}

/* Finds the values of the sum that somebody else reads and that the op's sum output can replace.
 * Where several types are read, the widest is replaced and the rest of the source stays. */
static void decideSums(const Decider *d, const NormMatch *match, FusePlan *plan) {
  MlirType type = {NULL};
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, match->tWide, true, &cursor, &reading)) {
    MlirOperation op = irDefiningOp(reading.value);
    MlirType candidate = mlirValueGetType(reading.value);
    FloatKind element = floatKindOf(candidate);
    if (element < FLOAT_F16 || element > FLOAT_F32)
      continue;
    if (!plan->sumBytes)
      plan->sumBytes = floatBytes(element);
    if (mlirOperationIsNull(op) || !sameShape(candidate, mlirValueGetType(d->y)) ||
        !mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->yOp)) ||
        fullSource(d, candidate, indexGet(d->arena, reading.index)) != SOURCE_VALUE)
      continue;
    bool derived = plan->numSums > 0 &&
                   mlirValueEqual(mlirOperationGetOperand(op, 0), plan->sums[plan->numSums - 1]);
    if (!isReadElsewhere(d, match->tWide, reading.value) || derived ||
        !readersFollow(d, reading.value, plan->after) || !isSumOutput(d, match, reading.value))
      continue;
    if (plan->numSums > 0 && !mlirTypeEqual(type, candidate)) {
      if (element != FLOAT_F32)
        continue;
      plan->numSums = 0;
    }
    if (plan->numSums == sizeof plan->sums / sizeof *plan->sums)
      continue;
    type = candidate;
    plan->sums[plan->numSums++] = reading.value;
  }
}

/* --- the plan -------------------------------------------------------------------------------- */

static void placeAfter(const Decider *d, Source source, FusePlan *plan) {
  MlirOperation op =
      source.kind == SOURCE_NONE ? (MlirOperation){NULL} : irDefiningOp(source.value);
  if (mlirOperationIsNull(op) ||
      !mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->yOp)))
    return;
  if (mlirOperationIsNull(plan->after) || positionsBefore(&d->state->positions, plan->after, op))
    plan->after = op;
}

/* The op goes right behind the last of its operands, so that it is before the sum's readers. */
static void decidePlace(const Decider *d, FusePlan *plan) {
  plan->after = (MlirOperation){NULL};
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    placeAfter(d, plan->addends[i].source, plan);
    placeAfter(d, plan->addends[i].scaleOperand, plan);
  }
  placeAfter(d, plan->gamma, plan);
  placeAfter(d, plan->epsilonOperand, plan);
}

static const char *decideParameters(const Decider *d, const NormMatch *match, FusePlan *plan) {
  ExprNode epsilon = exprNode(d->arena, match->epsilon);
  plan->epsilon = (float)epsilon.number;
  if (epsilon.kind != EXPR_CONST) {
    plan->epsilonOperand = scalarSource(d, match->epsilon);
    if (plan->epsilonOperand.kind == SOURCE_NONE)
      return "epsilon is not a constant or a scalar of at most f32";
  }
  plan->hasGammaOffset = match->hasOffset;
  plan->gammaOffset = (float)match->offset;
  if (match->gamma) {
    plan->gamma = findSource(d, match->gamma, false, rowSource);
    if (plan->gamma.kind == SOURCE_NONE)
      return "gamma is not a vector by itself";
  }
  if (d->options->numerics == ADDNORM_NUMERICS_SOURCE) {
    plan->sumType = match->sumRounding;
    plan->normType = match->normRounding;
    return match->inexact;
  }
  return NULL;
}

const char *decideNorm(FuseState *state, MlirValue y, const NormMatch *match, FusePlan *plan) {
  Decider d = {state, state->arena, state->raiser, state->options, y, mlirOpResultGetOwner(y)};
  *plan = (FusePlan){.y = y};
  size_t numDead = state->dead.count;
  deadOpsSuppose(&state->dead, state->raiser, d.yOp, match->root);
  const char *reason = decideParameters(&d, match, plan);
  if (!reason)
    reason = decideInputs(&d, match, plan);
  if (!reason) {
    decidePlace(&d, plan);
    if (plan->numAddends > 1)
      decideSums(&d, match, plan);
    if (!plan->sumBytes)
      plan->sumBytes = floatBytes(floatKindOf(mlirValueGetType(y)));
  }
  deadOpsRevive(&state->dead, numDead);
  return reason;
}
