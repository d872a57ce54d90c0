/* What addnorm-fuse says of the norms it found: to its caller, to MLIR's remark engine and, under
 * strict, as errors. */

#ifndef ADDNORM_PASSES_FUSE_REPORT_H
#define ADDNORM_PASSES_FUSE_REPORT_H

#include "passes/fuse/decide.h"

typedef struct NumberedSite NumberedSite;

typedef struct Report {
  NumberedSite *sites;
  size_t numSites, capacity;
} Report;

/* Adds the norm `y` as not fused. The sites are told in the order of their numbers. */
AddnormFuseSite *reportAdd(Report *report, size_t number, const NormSite *y);

/* Sets why something was left, as found at the expression `at` (0: at the norm itself). */
void reportReason(AddnormFuseSite *site, const FuseState *state, const Decline *reason, Expr at);

/* Makes it the site of `op`, built by `plan`. */
void reportFused(AddnormFuseSite *site, const FusePlan *plan, MlirOperation op);

/* Drops outputs that were read when their op was made, by what has gone with another norm since. */
void reportDropUnread(Report *report);

/* Tells of all sites and frees them. Fails under strict if any is unsafe. */
MlirLogicalResult reportFinish(Report *report, bool strict, AddnormFuseSiteCallback onSite,
                               void *userData);

#endif /* ADDNORM_PASSES_FUSE_REPORT_H */
