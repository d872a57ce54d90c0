/* What addnorm-fuse tells MLIR's remark engine; nothing where the context has none. */

#ifndef ADDNORM_PASSES_FUSE_REMARK_H
#define ADDNORM_PASSES_FUSE_REMARK_H

#include "addnorm-c/passes.h"

/* passed, with its facts, for a fused norm; missed, with the reason, for what was left. */
void remarkSite(const AddnormFuseSite *site);

/* One function's norms. */
typedef struct RemarkSummary {
  MlirOperation function;
  int64_t numFused, numLeft, numUnsafe;
  int64_t bytesSaved; /* where sizes are static */
} RemarkSummary;

/* Counts `site`; one of another function ends the summary, which is told as an analysis remark. */
void remarkCount(RemarkSummary *summary, const AddnormFuseSite *site);
void remarkSummary(const RemarkSummary *summary);

#endif /* ADDNORM_PASSES_FUSE_REMARK_H */
