#include "passes/fuse/decide.h"

#include <math.h>

#include "lib/ir/build.h"
#include "passes/fuse/body.h"
#include "passes/fuse/decide_internal.h"
#include "passes/fuse/near.h"

/* --- where values are, and who reads them ---------------------------------------------------- */

/* Adds the ops that compute the sum: the op's sum output takes their place. */
static void supposeSumsDead(const Decider *d, const NormMatch *match) {
  int32_t cursor = 0;
  Reading reading;
  while (raiserNextReading(d->raiser, match->tWide, true, &cursor, &reading)) {
    MlirOperation op = irDefiningOp(reading.value);
    if (!mlirOperationIsNull(op) && !deadOpsHas(&d->state->dead, op))
      deadOpsSuppose(&d->state->dead, d->raiser, op, match->norm);
  }
}

/* Whether `block` is the entry of a region around y, which dominates every block of it. */
static bool isEntryAroundY(const Decider *d, MlirBlock block) {
  MlirRegion region = mlirBlockGetParentRegion(block);
  bool around = false;
  for (MlirBlock b = mlirRegionGetFirstBlock(region); !mlirBlockIsNull(b) && !around;
       b = mlirBlockGetNextInRegion(b))
    around = !mlirOperationIsNull(irAncestorIn(b, d->y->op));
  return around && mlirBlockEqual(block, mlirRegionGetFirstBlock(region));
}

static bool dominatesY(const Decider *d, MlirValue value) {
  if (mlirValueIsABlockArgument(value)) {
    MlirBlock block = mlirBlockArgumentGetOwner(value);
    return !mlirOperationIsNull(irAncestorIn(block, d->y->op)) || isEntryAroundY(d, block);
  }
  MlirOperation op = mlirOpResultGetOwner(value);
  MlirOperation at = irAncestorIn(mlirOperationGetBlock(op), d->y->op);
  return mlirOperationIsNull(at) ? isEntryAroundY(d, mlirOperationGetBlock(op))
                                 : positionsBefore(&d->state->positions, op, at);
}

/* --- operands from expressions --------------------------------------------------------------- */

bool decideIsVar(const Index *index, int32_t d, int32_t var, bool *mayBroadcast) {
  if (index->numDigits[d] != 1 || index->digits[d][0].var != var)
    return false;
  *mayBroadcast |= index->digits[d][0].mayBroadcast != 0;
  return true;
}

SourceKind decideFullSource(const Decider *d, MlirType type, const Index *index) {
  MlirType yType = d->y->type;
  int32_t rank = (int32_t)mlirShapedTypeGetRank(yType);
  bool mayBroadcast = false, sameDims = index->rank == rank, sameSizes = true;
  int32_t next = 0; /* the dimension of y that is due */
  for (int32_t k = 0; k < index->rank; ++k) {
    bool ignored = false;
    if (irIsUnitDim(type, k) || decideIsVar(index, k, VAR_UNIT, &ignored)) {
      sameDims &= k < rank && irIsUnitDim(yType, k);
      sameSizes &= irIsUnitDim(type, k);
      continue;
    }
    while (next < rank && irIsUnitDim(yType, next))
      ++next;
    if (next == rank || !decideIsVar(index, k, next, &mayBroadcast))
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
  if (!sameSizes)
    return SOURCE_NONE;
  return mayBroadcast ? SOURCE_RESHAPED_BROADCAST : SOURCE_RESHAPED;
}

/* How a tensor read at `index` gives a vector along y's rows. */
static SourceKind rowSource(const Decider *d, MlirType type, const Index *index) {
  int32_t last = (int32_t)mlirShapedTypeGetRank(d->y->type) - 1;
  bool found = false, mayBroadcast = false;
  for (int32_t k = 0; k < index->rank; ++k) {
    if (irIsUnitDim(type, k))
      continue;
    if (found || !decideIsVar(index, k, last, &mayBroadcast))
      return SOURCE_NONE;
    found = true;
  }
  if (!found || mayBroadcast)
    return SOURCE_NONE;
  return index->rank == 1 ? SOURCE_VALUE : SOURCE_RESHAPED;
}

int decideBytes(FloatKind kind) { return kind == FLOAT_F32 ? 4 : 2; }

typedef SourceKind (*SourceOf)(const Decider *, MlirType, const Index *);

/* The best tensor of the IR that holds `expr` in the wanted shape: no rearranging before
 * rearranging, narrower elements before wider, earlier before later. */
static Source findSource(const Decider *d, Expr expr, bool wide, SourceOf sourceOf) {
  Source best = {.kind = SOURCE_NONE};
  int bestBytes = 0;
  ExprNode node = exprNode(d->arena, expr);
  int leastBytes = node.kind == EXPR_LEAF ? decideBytes(node.type) : 2;
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
    int bytes = decideBytes(element);
    if (best.kind == SOURCE_NONE || kind < best.kind || (kind == best.kind && bytes < bestBytes)) {
      best = (Source){.kind = kind, .value = reading.value};
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
    return (Source){.kind = SOURCE_NONE};
  MlirType type = mlirValueGetType(value);
  if (mlirTypeIsAShaped(type) && !mlirTypeIsARankedTensor(type))
    return (Source){.kind = SOURCE_NONE};
  if (mlirTypeIsARankedTensor(type))
    for (int64_t k = 0; k < mlirShapedTypeGetRank(type); ++k)
      if (!irIsUnitDim(type, k))
        return (Source){.kind = SOURCE_NONE};
  return (Source){.kind = SOURCE_SCALAR, .value = value};
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
  if (node.number != 1 && isnormal((float)node.number)) {
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

static bool hasOneRow(MlirType type) {
  for (int64_t k = 0; k + 1 < mlirShapedTypeGetRank(type); ++k)
    if (!irIsUnitDim(type, k))
      return false;
  return true;
}

/* Finds `expr`, exactly or up to roundings, as a tensor of y's shape or as a bias: a vector before
 * the tensor that broadcasts it. */
static bool findAddendAs(const Decider *d, Expr expr, bool wide, Addend *addend) {
  bool mayBeBias = !hasOneRow(d->y->type);
  Source full = findSource(d, expr, wide, decideFullSource);
  Source row = mayBeBias ? findSource(d, expr, wide, rowSource) : (Source){.kind = SOURCE_NONE};
  addend->isBias =
      row.kind == SOURCE_VALUE || (row.kind != SOURCE_NONE && full.kind == SOURCE_NONE);
  addend->source = addend->isBias ? row : full;
  return addend->source.kind != SOURCE_NONE;
}

typedef struct BodySearch {
  Expr expr;
  MlirValue found;
} BodySearch;

static void compareInBody(MlirValue value, Expr expr, void *data) {
  BodySearch *search = data;
  FloatKind kind = floatKindOf(mlirValueGetType(value));
  if (expr == search->expr && kind >= FLOAT_F16 && kind <= FLOAT_F32)
    search->found = value;
}

/* Finds `expr` in the body of the op that adds it to the others. */
static Source findInBody(const Decider *d, Expr expr) {
  int32_t cursor = 0;
  Reading sum;
  while (raiserNextReading(d->raiser, d->match->tWide, true, &cursor, &sum)) {
    MlirOperation op = irDefiningOp(sum.value);
    if (mlirOperationIsNull(op) || !irIs(op, "linalg.generic") || !bodyCanSplit(op) ||
        !mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->y->op)))
      continue;
    Index index = *indexGet(d->arena, sum.index);
    SourceKind kind = decideFullSource(d, mlirValueGetType(sum.value), &index);
    if (kind == SOURCE_NONE)
      continue;
    BodySearch search = {.expr = expr};
    raiseBodyValues(d->raiser, op, bodyInitOf(sum.value), &index, false, compareInBody, &search);
    if (!mlirValueIsNull(search.found))
      return (Source){kind, sum.value, search.found};
  }
  return (Source){.kind = SOURCE_NONE};
}

/* An addend is a tensor; or, where the source rounds it in a body, the wider tensor before that; or
 * a value in a body. */
static bool findAddend(const Decider *d, Expr expr, Addend *addend) {
  if (findAddendAs(d, expr, false, addend) ||
      (d->options->numerics == ADDNORM_NUMERICS_WIDEN &&
       findAddendAs(d, exprWide(d->arena, expr), true, addend)))
    return true;
  addend->isBias = false;
  addend->source = findInBody(d, expr);
  return addend->source.kind != SOURCE_NONE;
}

/* The addend `expr` as scale times a tensor, or as a tensor by itself. */
static const Decline *decideAddend(const Decider *d, Expr expr, Addend *addend) {
  int32_t last = (int32_t)mlirShapedTypeGetRank(d->y->type) - 1;
  if (!exprUses(d->arena, expr, last))
    return exprHasSum(d->arena, expr) ? &declineLayerNorm : &declineAddendAlongRows;
  Expr product = withoutRounding(d, expr);
  Expr rest = splitScale(d, product, addend);
  if (rest != product) {
    if (addend->scale < 0)
      return &declineAddendSubtracted;
    if (findAddend(d, rest, addend))
      return NULL;
  }
  *addend = (Addend){.scale = 1};
  return findAddend(d, expr, addend) ? NULL : &declineAddendShape;
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
static const Decline *decideAddends(const Decider *d, Expr expr, FusePlan *plan, int depth) {
  ExprNode node = exprNode(d->arena, withoutRounding(d, expr));
  bool outermost = depth == 0;
  if (node.kind == EXPR_ADD && depth < MAX_NESTING && (outermost || isPrivate(d, expr))) {
    intptr_t before = plan->numAddends;
    /* (x + r) + b: the nested sum comes first, as it was computed first. */
    bool swap = isAdd(d, node.b) && !isAdd(d, node.a);
    const Decline *reason = decideAddends(d, swap ? node.b : node.a, plan, depth + 1);
    if (!reason)
      reason = decideAddends(d, swap ? node.a : node.b, plan, depth + 1);
    if (!reason || outermost)
      return reason;
    plan->numAddends = before;
  }
  const Decline *reason = decideAddend(d, expr, &plan->addends[plan->numAddends]);
  plan->numAddends += reason == NULL;
  plan->failedAt = reason ? expr : 0;
  return reason;
}

static const Decline *decidePlainNorm(const Decider *d, const NormMatch *match, FusePlan *plan) {
  Source source = findSource(d, match->t, false, decideFullSource);
  if (source.kind == SOURCE_NONE && d->options->numerics == ADDNORM_NUMERICS_WIDEN)
    source = findSource(d, match->tWide, true, decideFullSource);
  plan->addends[0] = (Addend){.scale = 1, .source = source};
  plan->numAddends = 1;
  if (source.kind == SOURCE_NONE) {
    plan->failedAt = match->t;
    return &declineNoTensor;
  }
  bool narrow = floatKindOf(mlirValueGetType(source.value)) == FLOAT_F16;
  plan->unsafe |= match->narrowSum || (narrow && isAdd(d, match->t));
  return NULL;
}

static bool isLayerNorm(const Decider *d, Expr t) {
  return matchAddsMean(d->arena, t, (int32_t)mlirShapedTypeGetRank(d->y->type) - 1);
}

/* The norm of something that is no sum, though a sum may have gone into it. */
static const Decline *explainNoAdd(const Decider *d, const NormMatch *match, FusePlan *plan) {
  AddBefore add;
  const Decline *reason =
      nearAdd(d->raiser, d->arena, d->y->value, match->t, &add, &plan->failedAt);
  if (add || match->narrowSum)
    plan->left = reason;
  plan->unsafe |= add == ADD_NARROW;
  return reason;
}

static const Decline *decideSumOfAddends(const Decider *d, const NormMatch *match, FusePlan *plan) {
  if (exprNode(d->arena, match->t).kind != EXPR_ADD)
    return explainNoAdd(d, match, plan);
  size_t numDead = d->state->dead.count;
  supposeSumsDead(d, match);
  const Decline *reason = decideAddends(d, match->t, plan, 0);
  deadOpsRevive(&d->state->dead, numDead);
  bool allBiases = true;
  for (intptr_t i = 0; i < plan->numAddends; ++i)
    allBiases &= plan->addends[i].isBias;
  if (!reason && allBiases)
    reason = &declineOnlyBiases;
  int32_t cursor = 0;
  Reading reading;
  if (reason && !raiserNextReading(d->raiser, plan->failedAt, false, &cursor, &reading))
    plan->failedAt = match->t;
  if (reason)
    plan->left = reason;
  return reason;
}

/* The dimension of `type` that is dimension `dim` of `yType`, up to dimensions of size 1; -1: that
 * one is 1. */
static int64_t sameDim(MlirType type, MlirType yType, int64_t dim) {
  if (irIsUnitDim(yType, dim))
    return -1;
  int64_t before = 0, own = 0;
  for (int64_t k = 0; k < dim; ++k)
    before += !irIsUnitDim(yType, k);
  for (; irIsUnitDim(type, own) || before > 0; ++own)
    before -= !irIsUnitDim(type, own);
  return own;
}

/* The size that the op gives dimension `dim`: the largest of its addends'. */
static Expr sizeFromAddends(const Decider *d, const FusePlan *plan, int64_t dim) {
  Expr size = 0;
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    Source source = plan->addends[i].source;
    if (plan->addends[i].isBias)
      continue;
    int64_t same = sameDim(mlirValueGetType(source.value), d->y->type, dim);
    Expr own = same < 0 ? exprConst(d->arena, 1) : raiseDim(d->raiser, source.value, same);
    size = size ? raiseMax(d->raiser, size, own) : own;
  }
  return size;
}

/* Where addends are broadcast at run time, the sizes of y and of the summed dimension come from
 * addends: the op has no others. */
static bool hasSizesOfAddends(const Decider *d, const NormMatch *match, const FusePlan *plan) {
  bool broadcasts = false;
  for (intptr_t i = 0; i < plan->numAddends; ++i)
    broadcasts |= sourceIsBroadcast(&plan->addends[i].source);
  MlirValue like = d->y->like < 0 ? d->y->value : mlirOperationGetOperand(d->y->op, d->y->like);
  int64_t rank = mlirShapedTypeGetRank(d->y->type);
  for (int64_t dim = 0; broadcasts && dim < rank; ++dim) {
    Expr size = sizeFromAddends(d, plan, dim), own = raiseDim(d->raiser, like, dim);
    Expr needed = dim == rank - 1 ? raiseMax(d->raiser, own, match->extent) : own;
    if (raiseMax(d->raiser, size, needed) != size)
      return false;
  }
  return true;
}

static const Decline *decideAddendsOrNorm(const Decider *d, const NormMatch *match,
                                          FusePlan *plan) {
  if (isLayerNorm(d, match->t)) {
    plan->failedAt = match->t;
    return &declineLayerNorm;
  }
  if (d->options->keepAdds) {
    if (exprNode(d->arena, match->t).kind == EXPR_ADD) {
      plan->left = &declineKeptAdd;
      plan->failedAt = match->t;
    } else {
      explainNoAdd(d, match, plan);
    }
    return decidePlainNorm(d, match, plan);
  }
  const Decline *reason = decideSumOfAddends(d, match, plan);
  if (reason && d->options->normOnly) {
    plan->numAddends = 0;
    return decidePlainNorm(d, match, plan);
  }
  return reason;
}

static const Decline *decideInputs(const Decider *d, const NormMatch *match, FusePlan *plan) {
  const Decline *reason = decideAddendsOrNorm(d, match, plan);
  if (reason || hasSizesOfAddends(d, match, plan))
    return reason;
  plan->failedAt = match->t;
  return &declineBroadcast;
}

/* --- the plan -------------------------------------------------------------------------------- */

typedef void (*PlanVisitor)(const Decider *d, MlirValue value, FusePlan *plan);

static void placeAfter(const Decider *d, MlirValue value, FusePlan *plan) {
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op) ||
      !mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->y->op)))
    return;
  if (mlirOperationIsNull(plan->after) || positionsBefore(&d->state->positions, plan->after, op))
    plan->after = op;
}

/* The values that have to be there where the op is built. */
static void visitSource(const Decider *d, const Source *source, FusePlan *plan, PlanVisitor visit) {
  if (source->kind == SOURCE_NONE)
    return;
  if (mlirValueIsNull(source->inner)) {
    visit(d, source->value, plan);
    return;
  }
  MlirOperation generic = mlirOpResultGetOwner(source->value);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(generic); ++i)
    visit(d, mlirOperationGetOperand(generic, i), plan);
}

static void visitSources(const Decider *d, FusePlan *plan, PlanVisitor visit) {
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    visitSource(d, &plan->addends[i].source, plan, visit);
    visitSource(d, &plan->addends[i].scaleOperand, plan, visit);
  }
  visitSource(d, &plan->gamma, plan, visit);
  visitSource(d, &plan->epsilonOperand, plan, visit);
}

static void pin(const Decider *d, MlirValue value, FusePlan *plan) {
  (void)plan;
  MlirOperation op = irDefiningOp(value);
  if (!mlirOperationIsNull(op))
    deadOpsPin(&d->state->dead, op, true);
}

static void unpin(const Decider *d, MlirValue value, FusePlan *plan) {
  (void)plan;
  MlirOperation op = irDefiningOp(value);
  if (!mlirOperationIsNull(op))
    deadOpsPin(&d->state->dead, op, false);
}

/* The op goes right behind the last of its operands, so that it is before the sum's readers: those
 * that stay, other than for its operands' sake. */
static void decidePlace(const Decider *d, const NormMatch *match, FusePlan *plan) {
  size_t numDead = d->state->dead.count;
  visitSources(d, plan, pin);
  deadOpsSuppose(&d->state->dead, d->raiser, irDefiningOp(d->y->value), match->norm);
  plan->after = (MlirOperation){NULL};
  visitSources(d, plan, placeAfter);
  decideOutputs(d, plan);
  visitSources(d, plan, unpin);
  deadOpsRevive(&d->state->dead, numDead);
}

static bool isSum(const Decider *d, MlirValue value) {
  int32_t cursor = 0;
  Reading sum;
  while (raiserNextReading(d->raiser, d->match->tWide, true, &cursor, &sum))
    if (mlirValueEqual(sum.value, value))
      return true;
  return false;
}

/* Whether `value` is computed from the sum, as far as `*budget` ops back tell. */
static bool isOfSum(const Decider *d, MlirValue value, int *budget) {
  if (isSum(d, value))
    return true;
  MlirOperation op = irDefiningOp(value);
  bool found = false;
  if (mlirOperationIsNull(op) || --*budget < 0)
    return false;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op) && !found; ++i)
    found = isOfSum(d, mlirOperationGetOperand(op, i), budget);
  return found;
}

/* Finds gamma as a tensor that was there before the sum. */
static const Decline *decideGamma(const Decider *d, const NormMatch *match, FusePlan *plan) {
  enum { FAR_BACK = 32 };
  int budget = FAR_BACK;
  plan->failedAt = match->gamma;
  plan->gamma = findSource(d, match->gamma, false, rowSource);
  if (plan->gamma.kind == SOURCE_NONE)
    return &declineGammaOperand;
  return isOfSum(d, plan->gamma.value, &budget) ? &declineGammaOfSum : NULL;
}

static const Decline *decideParameters(const Decider *d, const NormMatch *match, FusePlan *plan) {
  ExprNode epsilon = exprNode(d->arena, match->epsilon);
  plan->epsilon = (float)epsilon.number;
  if (epsilon.kind != EXPR_CONST) {
    plan->epsilonOperand = scalarSource(d, match->epsilon);
    if (plan->epsilonOperand.kind == SOURCE_NONE) {
      plan->failedAt = match->epsilon;
      return &declineEpsilonOperand;
    }
  }
  plan->hasGammaOffset = match->hasOffset;
  plan->gammaOffset = (float)match->offset;
  if (match->gamma) {
    const Decline *reason = decideGamma(d, match, plan);
    if (reason)
      return reason;
    plan->failedAt = 0;
  }
  if (d->options->numerics == ADDNORM_NUMERICS_SOURCE) {
    plan->sumType = match->sumRounding;
    plan->normType = match->normRounding;
    plan->failedAt = match->failedAt;
    plan->unsafe = plan->sumType == FLOAT_F16;
    plan->left = plan->unsafe ? &declineKeptRounding : NULL;
    return match->inexact;
  }
  return NULL;
}

const Decline *decideNorm(FuseState *state, const NormSite *y, const NormMatch *match,
                          FusePlan *plan) {
  Decider d = {state, state->arena, state->raiser, state->options, y, match};
  *plan = (FusePlan){.y = *y};
  size_t numDead = state->dead.count;
  deadOpsSuppose(&state->dead, state->raiser, irDefiningOp(y->value), match->norm);
  const Decline *reason = decideParameters(&d, match, plan);
  if (!reason)
    reason = decideInputs(&d, match, plan);
  deadOpsRevive(&state->dead, numDead);
  if (reason)
    return reason;
  decidePlace(&d, match, plan);
  if (!plan->sumBytes)
    plan->sumBytes = decideBytes(floatKindOf(y->type));
  return NULL;
}
