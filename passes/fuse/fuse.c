/* addnorm-fuse: raise every value -> match -> decide -> rewrite.
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
#include "passes/fuse/near.h"
#include "passes/fuse/report.h"

typedef struct Candidate {
  MlirValue value;
  MatchResult result;
  NormMatch match;
  const Decline *reason;
} Candidate;

typedef struct Fuser {
  FuseState state;
  Candidate *candidates;
  size_t numCandidates, candidateCapacity;
  Table told;    /* roots of norms that have been fused or reported, and ops that only feed them */
  Table spoiled; /* root -> candidate + 1 that multiplies its norm by something that is no gamma */
  Report report;
} Fuser;

static bool canBeNorm(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (!mlirTypeIsARankedTensor(type))
    return false;
  int64_t rank = mlirShapedTypeGetRank(type);
  FloatKind kind = floatKindOf(type);
  return rank >= 1 && rank <= MAX_RANK && kind >= FLOAT_F16 && kind <= FLOAT_F32;
}

/* Replaces the reason of a near miss that the formula alone does not explain; false where it turns
 * out to be none. */
static bool explainNear(Fuser *f, Candidate *c) {
  if (c->result == MATCH_NEAR && c->reason == &declineOpaqueStatistic)
    c->reason = nearStatistic(f->state.raiser, f->state.arena, c->match.root, &c->match.failedAt);
  return c->result == MATCH_NORM || c->reason;
}

static void collect(Fuser *f, MlirValue value) {
  if (!canBeNorm(value))
    return;
  MlirType type = mlirValueGetType(value);
  Candidate c = {.value = value};
  Expr e = raiseValue(f->state.raiser, value);
  c.result = matchNorm(f->state.arena, e, (int32_t)mlirShapedTypeGetRank(type), floatKindOf(type),
                       &c.match, &c.reason);
  if (c.result == MATCH_NONE || raiserIsCopy(f->state.raiser, value) || !explainNear(f, &c))
    return;
  arrayReserve((void **)&f->candidates, &f->candidateCapacity, f->numCandidates + 1, sizeof c);
  f->candidates[f->numCandidates++] = c;
  if (c.result == MATCH_NORM)
    deadOpsAddNorm(&f->state.dead, mlirOpResultGetOwner(value), c.match.root);
}

static MlirWalkResult collectResults(MlirOperation op, void *fuser) {
  positionsAdd(&((Fuser *)fuser)->state.positions, op);
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    collect(fuser, mlirOperationGetResult(op, i));
  return MlirWalkResultAdvance;
}

/* --- the pass -------------------------------------------------------------------------------- */

/* What identifies a statistic to a reader: the root, whichever dimensions its rows are. */
static TableKey rootKey(const Fuser *f, const Candidate *c) {
  Expr root = c->match.root;
  int32_t next = 0;
  for (int32_t var = 0; var < MAX_RANK; ++var)
    if (exprUses(f->state.arena, root, var))
      root = exprRename(f->state.arena, root, var, next++);
  return (TableKey){(uint64_t)root, 0, 1};
}

static size_t numberOf(const Fuser *f, const Candidate *c) { return (size_t)(c - f->candidates); }

/* Notes that the norm has been told of, and with it the ops that feed nothing else. */
static void setTold(Fuser *f, const Candidate *c) {
  DeadOps *dead = &f->state.dead;
  size_t numDead = dead->count;
  deadOpsSuppose(dead, f->state.raiser, mlirOpResultGetOwner(c->value), c->match.root);
  for (size_t i = numDead; i < dead->count; ++i)
    tableSet(&f->told, tableKeyOf(dead->ops[i].ptr), 1);
  deadOpsRevive(dead, numDead);
  tableSet(&f->told, rootKey(f, c), 1);
}

static bool isTold(const Fuser *f, const Candidate *c) {
  return tableGet(&f->told, rootKey(f, c)) ||
         tableGet(&f->told, tableKeyOf(mlirOpResultGetOwner(c->value).ptr));
}

static void reportDeclined(Fuser *f, const Candidate *c, const Decline *reason, Expr at,
                           bool unsafe) {
  if (isTold(f, c))
    return;
  setTold(f, c);
  AddnormFuseSite *site = reportAdd(&f->report, numberOf(f, c), c->value);
  site->unsafe = unsafe || c->match.overflows;
  reportReason(site, &f->state, reason, at);
}

static void reportNear(Fuser *f, const Candidate *c) {
  reportDeclined(f, c, c->reason, c->match.failedAt ? c->match.failedAt : c->match.root, false);
}

static bool hasOneReader(MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  return !mlirOpOperandIsNull(use) && mlirOpOperandIsNull(mlirOpOperandGetNextUse(use));
}

/* A norm without gamma whose only reader multiplies it by something that is no gamma is not this
 * formula but another one. */
static const Candidate *spoiledBy(const Fuser *f, const Candidate *c) {
  int32_t by = tableGet(&f->spoiled, (TableKey){(uint64_t)c->match.root, 0, 0});
  return by && !c->match.gamma && hasOneReader(c->value) ? &f->candidates[by - 1] : NULL;
}

static bool isDead(const Fuser *f, const Candidate *c) {
  return deadOpsHas(&f->state.dead, mlirOpResultGetOwner(c->value));
}

static void fuseCandidate(Fuser *f, const Candidate *c) {
  if (isDead(f, c))
    return;
  if (c->result == MATCH_NEAR) {
    TableKey root = {(uint64_t)c->match.root, 0, 0};
    if (c->match.spoiled && !tableGet(&f->spoiled, root))
      tableSet(&f->spoiled, root, (int32_t)(c - f->candidates) + 1);
    return;
  }
  const Candidate *spoiler = spoiledBy(f, c);
  if (spoiler) {
    reportNear(f, spoiler);
    return;
  }
  FusePlan plan;
  const Decline *reason = decideNorm(&f->state, c->value, &c->match, &plan);
  if (reason) {
    reportDeclined(f, c, reason, plan.failedAt, plan.unsafe);
    return;
  }
  MlirOperation op = rewriteNorm(&f->state, &plan);
  deadOpsAdd(&f->state.dead, f->state.raiser, mlirOpResultGetOwner(c->value), c->match.root);
  for (intptr_t i = 0; i < plan.numSums; ++i)
    deadOpsAdd(&f->state.dead, f->state.raiser, mlirOpResultGetOwner(plan.sums[i]), c->match.root);
  AddnormFuseSite *site = reportAdd(&f->report, numberOf(f, c), c->value);
  reportFused(site, &plan, op);
  if (plan.left)
    reportReason(site, &f->state, plan.left, plan.failedAt);
  tableSet(&f->told, rootKey(f, c), 1);
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
  mlirOperationWalk(root, collectResults, &f, MlirWalkPreOrder);
  for (size_t i = f.numCandidates; i-- > 0;)
    fuseCandidate(&f, &f.candidates[i]);
  for (size_t i = f.numCandidates; i-- > 0;)
    if (f.candidates[i].result == MATCH_NEAR && !isDead(&f, &f.candidates[i]))
      reportNear(&f, &f.candidates[i]);
  deadOpsErase(&f.state.dead);
  MlirLogicalResult result = reportFinish(&f.report, options->strict, onSite, userData);

  raiserDestroy(f.state.raiser);
  exprArenaDestroy(f.state.arena);
  tableFree(&f.state.positions.of);
  tableFree(&f.told);
  tableFree(&f.spoiled);
  free(f.candidates);
  return result;
}
