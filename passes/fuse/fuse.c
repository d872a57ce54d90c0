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
#include "passes/fuse/decide.h"

typedef struct Candidate {
  MlirValue value;
  MatchResult result;
  NormMatch match;
  const char *reason;
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
  Table reported; /* roots of norms that have been fused or reported */
  Table spoiled;  /* root -> candidate + 1 that multiplies its norm by something that is no gamma */
  NumberedSite *sites;
  size_t numSites, siteCapacity;
} Fuser;

static bool canBeNorm(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (!mlirTypeIsARankedTensor(type))
    return false;
  int64_t rank = mlirShapedTypeGetRank(type);
  FloatKind kind = floatKindOf(type);
  return rank >= 1 && rank <= MAX_RANK && kind >= FLOAT_F16 && kind <= FLOAT_F32;
}

static void collect(Fuser *f, MlirValue value) {
  if (!canBeNorm(value))
    return;
  MlirType type = mlirValueGetType(value);
  Candidate c = {.value = value};
  Expr e = raiseValue(f->state.raiser, value);
  c.result = matchNorm(f->state.arena, e, (int32_t)mlirShapedTypeGetRank(type), floatKindOf(type),
                       &c.match, &c.reason);
  if (c.result == MATCH_NONE || raiserIsCopy(f->state.raiser, value))
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
  MlirOperation op = mlirOpResultGetOwner(c->value);
  MlirType type = mlirValueGetType(c->value);
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

static bool isReported(const Fuser *f, Expr root) {
  return tableGet(&f->reported, tableKeyOfNumber(root, 0)) != 0;
}

static void setReported(Fuser *f, Expr root) {
  tableSet(&f->reported, tableKeyOfNumber(root, 0), 1);
}

static void reportDeclined(Fuser *f, const Candidate *c, const char *reason) {
  if (!isReported(f, c->match.root))
    addSite(f, c)->reason = reason;
  setReported(f, c->match.root);
}

static bool hasOneReader(MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  return !mlirOpOperandIsNull(use) && mlirOpOperandIsNull(mlirOpOperandGetNextUse(use));
}

/* A norm without gamma whose only reader multiplies it by something that is no gamma is not this
 * formula but another one. */
static const Candidate *spoiledBy(const Fuser *f, const Candidate *c) {
  int32_t by = tableGet(&f->spoiled, tableKeyOfNumber(c->match.root, 0));
  return by && !c->match.gamma && hasOneReader(c->value) ? &f->candidates[by - 1] : NULL;
}

static void fuseCandidate(Fuser *f, const Candidate *c) {
  if (deadOpsHas(&f->state.dead, mlirOpResultGetOwner(c->value)))
    return;
  if (c->result == MATCH_NEAR) {
    TableKey root = tableKeyOfNumber(c->match.root, 0);
    if (c->match.spoiled && !tableGet(&f->spoiled, root))
      tableSet(&f->spoiled, root, (int32_t)(c - f->candidates) + 1);
    return;
  }
  const Candidate *spoiler = spoiledBy(f, c);
  if (spoiler) {
    reportDeclined(f, spoiler, spoiler->reason);
    return;
  }
  FusePlan plan;
  const char *reason = decideNorm(&f->state, c->value, &c->match, &plan);
  if (reason) {
    reportDeclined(f, c, reason);
    return;
  }
  MlirOperation op = rewriteNorm(&f->state, &plan);
  deadOpsAdd(&f->state.dead, f->state.raiser, mlirOpResultGetOwner(c->value), c->match.root);
  for (intptr_t i = 0; i < plan.numSums; ++i)
    deadOpsAdd(&f->state.dead, f->state.raiser, mlirOpResultGetOwner(plan.sums[i]), c->match.root);
  reportFused(f, c, &plan, op);
  setReported(f, c->match.root);
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
  mlirOperationWalk(root, collectResults, &f, MlirWalkPreOrder);
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
  tableFree(&f.reported);
  tableFree(&f.spoiled);
  free(f.candidates);
  free(f.sites);
}
