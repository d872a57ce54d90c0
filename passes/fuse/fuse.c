/* addnorm-fuse: raise every value, in bodies too -> match -> decide -> rewrite.
 *
 * needs: IR on tensors in which linalg, tosa, arith and math say what is computed.
 * leaves: one addnorm.rms_norm per norm it takes, the ops that only fed it erased.
 *
 * Values are matched from the last to the first, so that a norm is taken with everything that
 * belongs to it (its gamma, its last rounding) before its inner parts are looked at; those are dead
 * by then. */

#include "addnorm-c/passes.h"

#include <stdlib.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/Arith.h"
#include "mlir-c/Dialect/Linalg.h"
#include "mlir-c/Dialect/SCF.h"
#include "mlir-c/Dialect/Tensor.h"
#include "passes/fuse/body.h"
#include "passes/fuse/near.h"
#include "passes/fuse/report.h"

typedef struct Candidate {
  NormSite y;
  Expr expr;
  bool done;
  MatchResult result;
  NormMatch match;
  const Decline *reason; /* why it is left; null for a norm not decided on, or fused */
} Candidate;

typedef struct Fuser {
  FuseState state;
  Candidate *candidates;
  size_t numCandidates, candidateCapacity;
  Table lastInBody; /* linalg.generic -> 1 + the last candidate in its body */
  Table fused;      /* (op, norm) where one has been fused */
  Table spoiled;    /* norms that are multiplied by something that is no gamma */
  Table told;       /* norms that have been told of, and ops that only feed these */
  Report report;
} Fuser;

static bool canBeNorm(MlirType type) {
  if (!mlirTypeIsARankedTensor(type))
    return false;
  int64_t rank = mlirShapedTypeGetRank(type);
  FloatKind kind = floatKindOf(type);
  return rank >= 1 && rank <= MAX_RANK && kind >= FLOAT_F16 && kind <= FLOAT_F32;
}

/* Makes the reason of a near miss more exact where the IR tells more than the formula; false where
 * it turns out to be none. */
static bool explainNear(Fuser *f, Candidate *c) {
  FuseState *s = &f->state;
  Expr *at = &c->match.failedAt;
  if (c->result == MATCH_NEAR && c->reason == &declineOpaqueStatistic)
    c->reason = nearStatistic(s->raiser, s->arena, c->match.root, at);
  else if (c->result == MATCH_NEAR && c->reason == &declineNotSquare)
    c->reason = nearSquare(s->raiser, s->arena, *at, at);
  if (!*at)
    *at = c->match.root;
  return c->result == MATCH_NORM || c->reason;
}

static void addCandidate(Fuser *f, const NormSite *y, Expr e) {
  Candidate c = {.y = *y, .expr = e};
  c.result = matchNorm(f->state.arena, e, (int32_t)mlirShapedTypeGetRank(y->type),
                       floatKindOf(y->type), &c.match, &c.reason);
  bool isTensor = y->like < 0;
  if (!isTensor && c.result == MATCH_NEAR && !c.match.spoiled)
    return; /* what the whole op computes tells more */
  if (c.result == MATCH_NONE || (isTensor && raiserIsCopy(f->state.raiser, y->value)) ||
      !explainNear(f, &c))
    return;
  arrayReserve((void **)&f->candidates, &f->candidateCapacity, f->numCandidates + 1, sizeof c);
  f->candidates[f->numCandidates++] = c;
  if (c.result == MATCH_NORM)
    deadOpsAddNorm(&f->state.dead, y->op, c.match.norm);
  if (!isTensor)
    tableSet(&f->lastInBody, tableKeyOf(y->op.ptr), (int32_t)f->numCandidates);
}

static void collectResult(Fuser *f, MlirOperation op, MlirValue value) {
  NormSite y = {value, op, mlirValueGetType(value), -1};
  if (canBeNorm(y.type))
    addCandidate(f, &y, raiseValue(f->state.raiser, value));
}

/* The body of a linalg.generic, as elements of tensors of the shape of one of its inputs. */
typedef struct BodyWalk {
  Fuser *fuser;
  MlirOperation op;
  intptr_t like;
} BodyWalk;

/* Whether the body has given this norm already: from another input's point of view, or before a
 * cast that loses nothing. */
static bool isCollected(const Fuser *f, const NormSite *y, Expr e) {
  for (size_t i = f->numCandidates; i-- > 0 && mlirOperationEqual(f->candidates[i].y.op, y->op);)
    if (mlirValueEqual(f->candidates[i].y.value, y->value) || f->candidates[i].expr == e)
      return true;
  return false;
}

static void collectInBody(MlirValue value, Expr e, void *data) {
  const BodyWalk *walk = data;
  MlirType shape = mlirValueGetType(mlirOperationGetOperand(walk->op, walk->like));
  NormSite y = {value, walk->op, irTensorOfShape(shape, mlirValueGetType(value)), walk->like};
  if (canBeNorm(y.type) && !isCollected(walk->fuser, &y, e))
    addCandidate(walk->fuser, &y, e);
}

/* Whether input `i` is read through another map than the inputs before it. */
static bool hasOwnMap(MlirAttribute maps, intptr_t i) {
  for (intptr_t k = 0; k < i; ++k)
    if (mlirAttributeEqual(mlirArrayAttrGetElement(maps, k), mlirArrayAttrGetElement(maps, i)))
      return false;
  return true;
}

static void collectBody(Fuser *f, MlirOperation op) {
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  for (intptr_t i = 0; i < bodyNumInputs(op); ++i) {
    MlirValue input = mlirOperationGetOperand(op, i);
    if (!hasOwnMap(maps, i) || !canBeNorm(mlirValueGetType(input)))
      continue;
    Index index = raiseIdentity(input);
    raiseBodyValues(f->state.raiser, op, i, &index, true, collectInBody, &(BodyWalk){f, op, i});
  }
}

static MlirWalkResult collectOp(MlirOperation op, void *fuser) {
  positionsAdd(&((Fuser *)fuser)->state.positions, op);
  if (irIs(op, "linalg.generic") && mlirOperationGetNumResults(op) > 0)
    collectBody(fuser, op);
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    collectResult(fuser, op, mlirOperationGetResult(op, i));
  return MlirWalkResultAdvance;
}

/* --- the pass -------------------------------------------------------------------------------- */

static TableKey normKey(const Candidate *c) { return tableKeyOfNumber(c->match.norm, 0); }

static size_t numberOf(const Fuser *f, const Candidate *c) { return (size_t)(c - f->candidates); }

/* Notes that the norm has been told of, and with it the ops that feed nothing else. */
static void setTold(Fuser *f, const Candidate *c) {
  DeadOps *dead = &f->state.dead;
  size_t numDead = dead->count;
  deadOpsSuppose(dead, f->state.raiser, mlirOpResultGetOwner(c->y.value), c->match.norm);
  for (size_t i = numDead; i < dead->count; ++i)
    tableSet(&f->told, tableKeyOf(dead->ops[i].ptr), 1);
  deadOpsRevive(dead, numDead);
  tableSet(&f->told, normKey(c), 1);
}

static bool isTold(const Fuser *f, const Candidate *c) {
  return tableGet(&f->told, normKey(c)) || tableGet(&f->told, tableKeyOf(c->y.op.ptr)) ||
         tableGet(&f->told, tableKeyOf(mlirOpResultGetOwner(c->y.value).ptr));
}

static bool isDead(const Fuser *f, const Candidate *c) {
  return deadOpsHas(&f->state.dead, c->y.op) ||
         deadOpsHas(&f->state.dead, mlirOpResultGetOwner(c->y.value));
}

/* Reports what is left of the candidates with this result, each norm once: with everything that
 * belongs to it, so the last one first. */
static void reportLeft(Fuser *f, MatchResult result) {
  for (size_t i = f->numCandidates; i-- > 0;) {
    const Candidate *c = &f->candidates[i];
    if (c->result != result || !c->reason || isDead(f, c) || isTold(f, c))
      continue;
    setTold(f, c);
    AddnormFuseSite *site = reportAdd(&f->report, i, &c->y);
    site->unsafe = c->match.overflows;
    reportReason(site, &f->state, c->reason, c->match.failedAt);
  }
}

static bool hasOneReader(MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  return !mlirOpOperandIsNull(use) && mlirOpOperandIsNull(mlirOpOperandGetNextUse(use));
}

/* A norm without gamma whose only reader multiplies it by something that is no gamma is not this
 * formula but another one. */
static bool isSpoiled(const Fuser *f, const Candidate *c) {
  return tableGet(&f->spoiled, normKey(c)) && !c->match.gamma && hasOneReader(c->y.value);
}

/* What the ops that are gone have computed, for the candidates that are still to come. */
static void followRewrite(Fuser *f, const Candidate *c, const FusePlan *plan, MlirOperation op) {
  FuseState *s = &f->state;
  deadOpsAdd(&s->dead, s->raiser, mlirOpResultGetOwner(c->y.value), c->match.norm);
  if (c->y.like >= 0) {
    deadOpsAddBody(&s->dead, c->y.op);
    raiserAdd(s->raiser, mlirOperationGetResult(op, 0), c->expr);
  } else {
    raiserReplace(s->raiser, c->y.value, mlirOperationGetResult(op, 0));
  }
  for (intptr_t i = 0; i < plan->numSums; ++i) {
    deadOpsAdd(&s->dead, s->raiser, mlirOpResultGetOwner(plan->sums[i]), c->match.norm);
    raiserReplace(s->raiser, plan->sums[i], mlirOperationGetResult(op, 1));
  }
  for (intptr_t i = 0; i < plan->numRstds; ++i)
    deadOpsAdd(&s->dead, s->raiser, mlirOpResultGetOwner(plan->rstds[i]), c->match.norm);
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    MlirValue inner = plan->addends[i].source.inner;
    if (mlirValueIsNull(inner))
      continue;
    MlirOperation innerOp = mlirOpResultGetOwner(inner);
    deadOpsAdd(&s->dead, s->raiser, innerOp, c->match.norm);
    deadOpsAddBody(&s->dead, mlirBlockGetParentOperation(mlirOperationGetBlock(innerOp)));
  }
}

static void fuseCandidate(Fuser *f, Candidate *c);

/* The norms in the bodies that compute the sum come first: their ops may be addends. */
static void fuseBodiesOfSum(Fuser *f, const Candidate *c) {
  int32_t cursor = 0;
  Reading sum;
  while (raiserNextReading(f->state.raiser, c->match.tWide, true, &cursor, &sum)) {
    MlirOperation op = irDefiningOp(sum.value);
    int32_t last = mlirOperationIsNull(op) ? 0 : tableGet(&f->lastInBody, tableKeyOf(op.ptr));
    while (last > 0 && mlirOperationEqual(f->candidates[last - 1].y.op, op))
      fuseCandidate(f, &f->candidates[--last]);
  }
}

/* Whether the value only rounds a tensor that is the same norm and that others read as it is: that
 * one becomes the op. */
static bool roundsAnother(const Fuser *f, const Candidate *c) {
  ExprNode node = exprNode(f->state.arena, c->expr);
  for (intptr_t i = 0; node.kind == EXPR_ROUND && i < mlirOperationGetNumOperands(c->y.op); ++i) {
    MlirValue operand = mlirOperationGetOperand(c->y.op, i);
    MlirOperation op = irDefiningOp(operand);
    if (!mlirOperationIsNull(op) && deadOpsNormOf(&f->state.dead, op) == c->match.norm &&
        raiseValue(f->state.raiser, operand) == node.a && !hasOneReader(operand))
      return true;
  }
  return false;
}

static void fuseCandidate(Fuser *f, Candidate *c) {
  if (c->done)
    return;
  c->done = true;
  bool inBody = c->y.like >= 0;
  if (isDead(f, c) || (inBody && tableGet(&f->fused, tableKey(c->y.op.ptr, c->match.norm))))
    return;
  if (c->result == MATCH_NEAR) {
    if (c->match.spoiled)
      tableSet(&f->spoiled, normKey(c), 1);
    return;
  }
  if (isSpoiled(f, c) || roundsAnother(f, c))
    return;
  fuseBodiesOfSum(f, c);
  FusePlan plan;
  c->reason = decideNorm(&f->state, &c->y, &c->match, &plan);
  if (c->reason) {
    if (c->reason == &declineGammaOfSum)
      tableSet(&f->spoiled, normKey(c), 1);
    c->match.failedAt = plan.failedAt;
    c->match.overflows |= plan.unsafe;
    return;
  }
  MlirOperation op = rewriteNorm(&f->state, &plan);
  followRewrite(f, c, &plan, op);
  AddnormFuseSite *site = reportAdd(&f->report, numberOf(f, c), &c->y);
  reportFused(site, &plan, op);
  if (plan.left)
    reportReason(site, &f->state, plan.left, plan.failedAt);
  tableSet(&f->fused, tableKey(c->y.op.ptr, c->match.norm), 1);
  tableSet(&f->told, normKey(c), 1);
}

/* What rewriteNorm builds with. A pass has loaded them already; a plain call may not. */
static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__addnorm__(), mlirGetDialectHandle__arith__(),
                                 mlirGetDialectHandle__linalg__(), mlirGetDialectHandle__scf__(),
                                 mlirGetDialectHandle__tensor__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

MlirLogicalResult addnormFuse(MlirOperation root, const AddnormFuseOptions *options,
                              AddnormFuseSiteCallback onSite, void *userData) {
  Fuser f = {.state = {.options = options, .arena = exprArenaCreate()}};
  f.state.raiser = raiserCreate(f.state.arena);
  loadDialects(mlirOperationGetContext(root));
  raiserLearnSizes(f.state.raiser, root);
  mlirOperationWalk(root, collectOp, &f, MlirWalkPreOrder);
  for (size_t i = f.numCandidates; i-- > 0;)
    fuseCandidate(&f, &f.candidates[i]);
  reportLeft(&f, MATCH_NORM);
  reportLeft(&f, MATCH_NEAR);
  deadOpsErase(&f.state.dead);
  reportDropUnread(&f.report);
  MlirLogicalResult result = reportFinish(&f.report, options->strict, onSite, userData);

  raiserDestroy(f.state.raiser);
  exprArenaDestroy(f.state.arena);
  tableFree(&f.state.positions.of);
  tableFree(&f.lastInBody);
  tableFree(&f.fused);
  tableFree(&f.told);
  tableFree(&f.spoiled);
  free(f.candidates);
  return result;
}
