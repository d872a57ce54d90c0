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
#include "passes/fuse/decide.h"

typedef struct Candidate {
  NormSite y;
  Expr expr;
  bool done;
  MatchResult result;
  NormMatch match;
  const Decline *reason;
} Candidate;

/* A norm to report, with the number of its candidate: the order in the program. */
typedef struct NumberedSite {
  size_t number;
  AddnormFuseSite site;
} NumberedSite;

typedef struct Fuser {
  FuseState state;
  Candidate *candidates;
  size_t numCandidates, candidateCapacity;
  Table lastInBody; /* linalg.generic -> 1 + the last candidate in its body */
  Table settled;    /* root -> a Settled, for norms that have been fused or reported */
  Table spoiled; /* root -> candidate + 1 that multiplies its norm by something that is no gamma */
  NumberedSite *sites;
  size_t numSites, siteCapacity;
} Fuser;

static bool canBeNorm(MlirType type) {
  if (!mlirTypeIsARankedTensor(type))
    return false;
  int64_t rank = mlirShapedTypeGetRank(type);
  FloatKind kind = floatKindOf(type);
  return rank >= 1 && rank <= MAX_RANK && kind >= FLOAT_F16 && kind <= FLOAT_F32;
}

static void addCandidate(Fuser *f, const NormSite *y, Expr e) {
  Candidate c = {.y = *y, .expr = e};
  c.result = matchNorm(f->state.arena, e, (int32_t)mlirShapedTypeGetRank(y->type),
                       floatKindOf(y->type), &c.match, &c.reason);
  bool isTensor = y->like < 0;
  if (!isTensor && c.result == MATCH_NEAR && !c.match.spoiled)
    return; /* what the whole op computes tells more */
  if (c.result == MATCH_NONE || (isTensor && raiserIsCopy(f->state.raiser, y->value)))
    return;
  arrayReserve((void **)&f->candidates, &f->candidateCapacity, f->numCandidates + 1, sizeof c);
  f->candidates[f->numCandidates++] = c;
  if (c.result == MATCH_NORM)
    deadOpsAddNorm(&f->state.dead, y->op, c.match.root);
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

/* --- reports --------------------------------------------------------------------------------- */

static MlirOperation functionOf(MlirOperation op) {
  for (MlirOperation at = op; !mlirOperationIsNull(at); at = mlirOperationGetParentOperation(at))
    if (irIs(at, "func.func"))
      return at;
  return (MlirOperation){NULL};
}

static int64_t staticRows(MlirType type) {
  int64_t rows = 1;
  for (int64_t d = 0; d + 1 < mlirShapedTypeGetRank(type); ++d) {
    if (mlirShapedTypeIsDynamicDim(type, d) ||
        __builtin_mul_overflow(rows, mlirShapedTypeGetDimSize(type, d), &rows))
      return -1;
  }
  return rows;
}

static AddnormFuseSite *addSite(Fuser *f, const Candidate *c) {
  arrayReserve((void **)&f->sites, &f->siteCapacity, f->numSites + 1, sizeof *f->sites);
  MlirOperation op = mlirOpResultGetOwner(c->y.value);
  MlirType type = c->y.type;
  int64_t last = mlirShapedTypeGetRank(type) - 1;
  NumberedSite *numbered = &f->sites[f->numSites++];
  numbered->number = (size_t)(c - f->candidates);
  numbered->site = (AddnormFuseSite){
      .location = mlirOperationGetLocation(op),
      .function = functionOf(op),
      .resultType = type,
      .rows = staticRows(type),
      .n = mlirShapedTypeIsDynamicDim(type, last) ? -1 : mlirShapedTypeGetDimSize(type, last),
      .bytesSaved = -1,
  };
  return &numbered->site;
}

static int comparePosition(const void *x, const void *y) {
  const NumberedSite *a = x, *b = y;
  return (a->number > b->number) - (a->number < b->number);
}

/* The sum is no longer written by an add kernel and read by a norm kernel; the sum output, if any,
 * is written once. */
static int64_t bytesSaved(const AddnormFuseSite *site, const FusePlan *plan) {
  if (plan->numAddends < 2)
    return 0;
  if (site->rows < 0 || site->n < 0)
    return -1;
  int64_t written = 0;
  if (plan->numSums > 0)
    written = floatKindOf(mlirValueGetType(plan->sums[0])) == FLOAT_F32 ? 4 : 2;
  int64_t elements, bytes;
  bool overflow = __builtin_mul_overflow(site->rows, site->n, &elements) ||
                  __builtin_mul_overflow(elements, 2 * plan->sumBytes - written, &bytes);
  return overflow ? -1 : bytes;
}

static void reportFused(Fuser *f, const Candidate *c, const FusePlan *plan, MlirOperation op) {
  AddnormFuseSite *site = addSite(f, c);
  site->fused = true;
  site->op = op;
  site->numAddends = plan->numAddends;
  if (plan->numSums > 0)
    site->sumType = mlirValueGetType(plan->sums[0]);
  site->bytesSaved = bytesSaved(site, plan);
}

/* --- the pass -------------------------------------------------------------------------------- */

typedef enum Settled { SETTLED_NOT, SETTLED_DECLINED, SETTLED_FUSED } Settled;

static Settled settled(const Fuser *f, Expr root) {
  return (Settled)tableGet(&f->settled, (TableKey){(uint64_t)root, 0, 0});
}

static void settle(Fuser *f, Expr root, Settled how) {
  tableSet(&f->settled, (TableKey){(uint64_t)root, 0, 0}, (int32_t)how);
}

static void reportDeclined(Fuser *f, const Candidate *c, const Decline *reason) {
  if (settled(f, c->match.root) != SETTLED_NOT)
    return;
  addSite(f, c)->reason = reason->text;
  settle(f, c->match.root, SETTLED_DECLINED);
}

static bool hasOneReader(MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  return !mlirOpOperandIsNull(use) && mlirOpOperandIsNull(mlirOpOperandGetNextUse(use));
}

/* A norm without gamma whose only reader multiplies it by something that is no gamma is not this
 * formula but another one. */
static const Candidate *spoiledBy(const Fuser *f, const Candidate *c) {
  int32_t by = tableGet(&f->spoiled, (TableKey){(uint64_t)c->match.root, 0, 0});
  return by && !c->match.gamma && hasOneReader(c->y.value) ? &f->candidates[by - 1] : NULL;
}

/* What the ops that are gone have computed, for the candidates that are still to come. */
static void followRewrite(Fuser *f, const Candidate *c, const FusePlan *plan, MlirOperation op) {
  FuseState *s = &f->state;
  deadOpsAdd(&s->dead, s->raiser, mlirOpResultGetOwner(c->y.value), c->match.root);
  if (c->y.like >= 0) {
    deadOpsAddBody(&s->dead, c->y.op);
    raiserAdd(s->raiser, mlirOperationGetResult(op, 0), c->expr);
  } else {
    raiserReplace(s->raiser, c->y.value, mlirOperationGetResult(op, 0));
  }
  for (intptr_t i = 0; i < plan->numSums; ++i) {
    deadOpsAdd(&s->dead, s->raiser, mlirOpResultGetOwner(plan->sums[i]), c->match.root);
    raiserReplace(s->raiser, plan->sums[i], mlirOperationGetResult(op, 1));
  }
  for (intptr_t i = 0; i < plan->numAddends; ++i) {
    MlirValue inner = plan->addends[i].source.inner;
    if (mlirValueIsNull(inner))
      continue;
    MlirOperation innerOp = mlirOpResultGetOwner(inner);
    deadOpsAdd(&s->dead, s->raiser, innerOp, c->match.root);
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

static void fuseCandidate(Fuser *f, Candidate *c) {
  if (c->done)
    return;
  c->done = true;
  bool inBody = c->y.like >= 0;
  if (deadOpsHas(&f->state.dead, c->y.op) ||
      deadOpsHas(&f->state.dead, mlirOpResultGetOwner(c->y.value)) ||
      (inBody && settled(f, c->match.root) == SETTLED_FUSED))
    return;
  if (c->result == MATCH_NEAR) {
    TableKey root = {(uint64_t)c->match.root, 0, 0};
    if (c->match.spoiled && !tableGet(&f->spoiled, root))
      tableSet(&f->spoiled, root, (int32_t)(c - f->candidates) + 1);
    return;
  }
  const Candidate *spoiler = spoiledBy(f, c);
  if (spoiler) {
    reportDeclined(f, spoiler, spoiler->reason);
    return;
  }
  fuseBodiesOfSum(f, c);
  FusePlan plan;
  const Decline *reason = decideNorm(&f->state, &c->y, &c->match, &plan);
  if (reason) {
    reportDeclined(f, c, reason);
    return;
  }
  MlirOperation op = rewriteNorm(&f->state, &plan);
  followRewrite(f, c, &plan, op);
  reportFused(f, c, &plan, op);
  settle(f, c->match.root, SETTLED_FUSED);
}

/* What rewriteNorm builds with. A pass has loaded them already; a plain call may not. */
static void loadDialects(MlirContext context) {
  MlirDialectHandle handles[] = {mlirGetDialectHandle__addnorm__(), mlirGetDialectHandle__arith__(),
                                 mlirGetDialectHandle__linalg__(), mlirGetDialectHandle__scf__(),
                                 mlirGetDialectHandle__tensor__()};
  irLoadDialects(context, sizeof handles / sizeof *handles, handles);
}

void addnormFuse(MlirOperation root, const AddnormFuseOptions *options,
                 AddnormFuseSiteCallback onSite, void *userData) {
  Fuser f = {.state = {.options = options, .arena = exprArenaCreate()}};
  f.state.raiser = raiserCreate(f.state.arena);
  loadDialects(mlirOperationGetContext(root));
  raiserLearnSizes(f.state.raiser, root);
  mlirOperationWalk(root, collectOp, &f, MlirWalkPreOrder);
  for (size_t i = f.numCandidates; i-- > 0;)
    fuseCandidate(&f, &f.candidates[i]);
  for (size_t i = f.numCandidates; i-- > 0;)
    if (f.candidates[i].result == MATCH_NEAR)
      reportDeclined(&f, &f.candidates[i], f.candidates[i].reason);
  if (f.numSites > 1)
    qsort(f.sites, f.numSites, sizeof *f.sites, comparePosition);
  deadOpsErase(&f.state.dead);
  for (size_t i = 0; onSite && i < f.numSites; ++i)
    onSite(&f.sites[i].site, userData);

  raiserDestroy(f.state.raiser);
  exprArenaDestroy(f.state.arena);
  tableFree(&f.state.positions.of);
  tableFree(&f.lastInBody);
  tableFree(&f.settled);
  tableFree(&f.spoiled);
  free(f.candidates);
  free(f.sites);
}
