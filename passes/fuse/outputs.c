/* Who else reads the sum and the reciprocal root. */

#include "lib/ir/build.h"
#include "passes/fuse/decide_internal.h"

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
    if (!deadOpsIsRead(&d->state->dead, mlirOperationGetBlock(d->y->op), use))
      continue;
    MlirOperation user = mlirOpOperandGetOwner(use);
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
  MlirBlock block = mlirOperationGetBlock(d->y->op);
  for (MlirOpOperand use = mlirValueGetFirstUse(value); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = irAncestorIn(block, mlirOpOperandGetOwner(use));
    if (mlirOperationIsNull(user))
      return false;
    if (deadOpsIsRead(&d->state->dead, block, use) && !mlirOperationIsNull(op) &&
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
static void decideSums(const Decider *d, FusePlan *plan) {
  const NormMatch *match = d->match;
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
      plan->sumBytes = decideBytes(element);
    if (mlirOperationIsNull(op) || !sameShape(candidate, d->y->type) ||
        !mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->y->op)) ||
        decideFullSource(d, candidate, indexGet(d->arena, reading.index)) != SOURCE_VALUE)
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
    if (plan->numSums == MAX_OUTPUTS)
      continue;
    type = candidate;
    plan->sums[plan->numSums++] = reading.value;
  }
}

/* Whether an op that stays reads `value`. */
static bool isRead(const Decider *d, MlirValue value) {
  for (MlirOpOperand use = mlirValueGetFirstUse(value); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use))
    if (deadOpsIsRead(&d->state->dead, mlirOperationGetBlock(d->y->op), use))
      return true;
  return false;
}

/* Whether a tensor read at `index` has one value per row of y, in the rows' order, with or without
 * a last dimension of size 1. */
static bool isPerRow(const Decider *d, MlirType type, const Index *index) {
  int32_t last = (int32_t)mlirShapedTypeGetRank(d->y->type) - 1;
  bool keeps = index->rank == last + 1 && irIsUnitDim(type, last), mayBroadcast = false;
  if (!keeps && index->rank != last)
    return false;
  for (int32_t k = 0; k < last; ++k)
    if (mlirShapedTypeGetDimSize(type, k) != mlirShapedTypeGetDimSize(d->y->type, k) ||
        !(irIsUnitDim(type, k) || decideIsVar(index, k, k, &mayBroadcast)))
      return false;
  return !mayBroadcast;
}

/* Finds the values of the reciprocal root that somebody else reads, in f32. */
static void decideRstds(const Decider *d, FusePlan *plan) {
  int32_t cursor = 0;
  Reading reading;
  while (d->match->rstd && plan->numRstds < MAX_OUTPUTS &&
         raiserNextReading(d->raiser, d->match->rstd, false, &cursor, &reading)) {
    MlirOperation op = irDefiningOp(reading.value);
    MlirType type = mlirValueGetType(reading.value);
    if (!mlirOperationIsNull(op) && floatKindOf(type) == FLOAT_F32 &&
        mlirBlockEqual(mlirOperationGetBlock(op), mlirOperationGetBlock(d->y->op)) &&
        isPerRow(d, type, indexGet(d->arena, reading.index)) && isRead(d, reading.value) &&
        readersFollow(d, reading.value, plan->after))
      plan->rstds[plan->numRstds++] = reading.value;
  }
}

/* The ops of the reciprocal root read the sum: they go first. */
void decideOutputs(const Decider *d, FusePlan *plan) {
  decideRstds(d, plan);
  for (intptr_t i = 0; i < plan->numRstds; ++i)
    deadOpsSuppose(&d->state->dead, d->raiser, mlirOpResultGetOwner(plan->rstds[i]),
                   d->match->norm);
  if (plan->numAddends > 1)
    decideSums(d, plan);
}
