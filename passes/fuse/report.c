#include "passes/fuse/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Diagnostics.h"
#include "passes/fuse/decide_internal.h"
#include "passes/fuse/remark.h"

struct NumberedSite {
  size_t number;
  AddnormFuseSite site;
};

/* --- collecting ------------------------------------------------------------------------------ */

static int64_t staticRows(MlirType type) {
  int64_t rows = 1;
  for (int64_t d = 0; d + 1 < mlirShapedTypeGetRank(type); ++d) {
    if (mlirShapedTypeIsDynamicDim(type, d) ||
        __builtin_mul_overflow(rows, mlirShapedTypeGetDimSize(type, d), &rows))
      return -1;
  }
  return rows;
}

AddnormFuseSite *reportAdd(Report *report, size_t number, const NormSite *y) {
  arrayReserve((void **)&report->sites, &report->capacity, report->numSites + 1,
               sizeof *report->sites);
  MlirOperation op = mlirOpResultGetOwner(y->value);
  MlirType type = y->type;
  int64_t last = mlirShapedTypeGetRank(type) - 1;
  NumberedSite *numbered = &report->sites[report->numSites++];
  numbered->number = number;
  numbered->site = (AddnormFuseSite){
      .location = mlirOperationGetLocation(op),
      .failedAt = mlirOperationGetLocation(op),
      .function = irFunctionOf(op),
      .resultType = type,
      .rows = staticRows(type),
      .n = mlirShapedTypeIsDynamicDim(type, last) ? -1 : mlirShapedTypeGetDimSize(type, last),
      .bytesSaved = -1,
  };
  return &numbered->site;
}

/* A value that is `expr`: the leaf itself, or the first op that computes it. */
static MlirValue valueOf(const FuseState *state, Expr expr) {
  ExprNode node = exprNode(state->arena, expr);
  if (node.kind == EXPR_LEAF)
    return (MlirValue){node.value};
  for (int wide = 0; wide <= 1; ++wide) {
    int32_t cursor = 0;
    Reading reading;
    if (wide)
      expr = exprWide(state->arena, expr);
    if (raiserNextReading(state->raiser, expr, wide, &cursor, &reading))
      return reading.value;
  }
  return (MlirValue){NULL};
}

void reportReason(AddnormFuseSite *site, const FuseState *state, const Decline *reason, Expr at) {
  site->step = reason->step;
  site->reason = reason->text;
  site->remedy = reason->remedy;
  MlirValue value = at ? valueOf(state, at) : (MlirValue){NULL};
  if (!mlirValueIsNull(value))
    site->failedAt = mlirValueGetLocation(value);
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

void reportFused(AddnormFuseSite *site, const FusePlan *plan, MlirOperation op) {
  site->fused = true;
  site->unsafe = plan->unsafe;
  site->op = op;
  site->numAddends = plan->numAddends;
  if (plan->numSums > 0)
    site->sumType = mlirValueGetType(plan->sums[0]);
  site->bytesSaved = bytesSaved(site, plan);
}

void reportDropUnread(Report *report) {
  for (size_t i = 0; i < report->numSites; ++i) {
    AddnormFuseSite *site = &report->sites[i].site;
    if (!site->fused)
      continue;
    site->op = rewriteWithoutUnread(site->op);
    bool dropped =
        !mlirTypeIsNull(site->sumType) && mlirValueIsNull(addnormRmsNormGetSumInit(site->op));
    if (!dropped)
      continue;
    if (site->bytesSaved >= 0)
      site->bytesSaved += site->rows * site->n * decideBytes(floatKindOf(site->sumType));
    site->sumType = (MlirType){NULL};
  }
}

/* --- telling --------------------------------------------------------------------------------- */

static int compareNumbers(const void *x, const void *y) {
  const NumberedSite *a = x, *b = y;
  return (a->number > b->number) - (a->number < b->number);
}

/* The ops that read the sum output: known when all norms are rewritten. */
static MlirOperation *findSumReaders(AddnormFuseSite *site) {
  MlirOperation *readers = NULL;
  size_t capacity = 0, count = 0;
  MlirOpOperand use = mlirValueGetFirstUse(mlirOperationGetResult(site->op, 1));
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use)) {
    arrayReserve((void **)&readers, &capacity, count + 1, sizeof *readers);
    readers[count++] = mlirOpOperandGetOwner(use);
  }
  site->sumReaders = readers;
  site->numSumReaders = (intptr_t)count;
  return readers;
}

static void emitError(const AddnormFuseSite *site) {
  char message[1024];
  snprintf(message, sizeof message,
           "addnorm-fuse: %s; the sum, its square or their mean is held in f16, where it "
           "overflows; %s",
           site->reason, site->remedy);
  mlirEmitError(site->failedAt, message);
}

static void tell(AddnormFuseSite *site, AddnormFuseSiteCallback onSite, void *userData) {
  MlirType addends[MAX_ADDENDS];
  for (intptr_t i = 0; i < site->numAddends; ++i)
    addends[i] = mlirValueGetType(addnormRmsNormGetAddend(site->op, i));
  site->addendTypes = site->fused ? addends : NULL;
  MlirOperation *readers = mlirTypeIsNull(site->sumType) ? NULL : findSumReaders(site);
  remarkSite(site);
  if (onSite)
    onSite(site, userData);
  free(readers);
}

MlirLogicalResult reportFinish(Report *report, bool strict, AddnormFuseSiteCallback onSite,
                               void *userData) {
  if (report->numSites > 1)
    qsort(report->sites, report->numSites, sizeof *report->sites, compareNumbers);
  RemarkSummary summary = {.numFused = 0};
  bool failed = false;
  for (size_t i = 0; i < report->numSites; ++i) {
    AddnormFuseSite *site = &report->sites[i].site;
    remarkCount(&summary, site);
    tell(site, onSite, userData);
    if (strict && site->unsafe) {
      emitError(site);
      failed = true;
    }
  }
  remarkSummary(&summary);
  free(report->sites);
  return failed ? mlirLogicalResultFailure() : mlirLogicalResultSuccess();
}
