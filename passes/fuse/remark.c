#include "passes/fuse/remark.h"

#include <inttypes.h>

#include "lib/ir/build.h"
#include "passes/fuse/facts.h"

static void emit(Facts *facts, RemarkKind kind, MlirLocation location, MlirOperation function,
                 const char *name) {
  factsEmit(facts, kind, location, function, "addnorm-fuse", name);
}

static void printSize(FILE *file, int64_t size) {
  if (size < 0)
    fputc('?', file);
  else
    fprintf(file, "%" PRId64, size);
}

static void emitPassed(const AddnormFuseSite *site) {
  Facts facts;
  factsOpen(&facts);
  fprintf(factsAdd(&facts, "Addends"), "%td", site->numAddends);
  FILE *file = factsAdd(&facts, "Types");
  for (intptr_t i = 0; i < site->numAddends; ++i) {
    fputs(i ? " + " : "", file);
    mlirTypePrint(site->addendTypes[i], factsPrint, file);
  }
  fputs(" -> ", file);
  mlirTypePrint(site->resultType, factsPrint, file);
  printSize(factsAdd(&facts, "Rows"), site->rows);
  printSize(factsAdd(&facts, "N"), site->n);
  printSize(factsAdd(&facts, "BytesSaved"), site->bytesSaved);
  file = factsAdd(&facts, "SumReaders");
  fprintf(file, "%td", site->numSumReaders);
  for (intptr_t i = 0; i < site->numSumReaders; ++i) {
    fputs(i ? ", " : ": ", file);
    factsPrint(mlirIdentifierStr(mlirOperationGetName(site->sumReaders[i])), file);
    fputs(" at ", file);
    mlirLocationPrint(mlirOperationGetLocation(site->sumReaders[i]), factsPrint, file);
  }
  emit(&facts, REMARK_PASSED, site->location, site->function, "RMSNorm");
}

static void emitMissed(const AddnormFuseSite *site) {
  Facts facts;
  factsOpen(&facts);
  fputs(site->step, factsAdd(&facts, "Step"));
  fputs(site->reason, factsAdd(&facts, "Reason"));
  mlirLocationPrint(site->failedAt, factsPrint, factsAdd(&facts, "At"));
  fputs(site->remedy, factsAdd(&facts, "Suggestion"));
  fputs(site->unsafe ? "true" : "false", factsAdd(&facts, "Unsafe"));
  emit(&facts, REMARK_MISSED, site->location, site->function, "RMSNorm");
}

void remarkSite(const AddnormFuseSite *site) {
  if (!remarksEnabled(mlirLocationGetContext(site->location)))
    return;
  if (site->fused)
    emitPassed(site);
  if (site->reason)
    emitMissed(site);
}

void remarkCount(RemarkSummary *summary, const AddnormFuseSite *site) {
  if (!mlirOperationEqual(summary->function, site->function)) {
    remarkSummary(summary);
    *summary = (RemarkSummary){.function = site->function};
  }
  summary->numFused += site->fused;
  summary->numLeft += !site->fused;
  summary->numUnsafe += site->unsafe;
  summary->bytesSaved += site->bytesSaved > 0 ? site->bytesSaved : 0;
}

void remarkSummary(const RemarkSummary *summary) {
  if (mlirOperationIsNull(summary->function) ||
      !remarksEnabled(mlirOperationGetContext(summary->function)))
    return;
  Facts facts;
  factsOpen(&facts);
  fprintf(factsAdd(&facts, "Fused"), "%" PRId64, summary->numFused);
  fprintf(factsAdd(&facts, "Left"), "%" PRId64, summary->numLeft);
  fprintf(factsAdd(&facts, "Unsafe"), "%" PRId64, summary->numUnsafe);
  fprintf(factsAdd(&facts, "BytesSaved"), "%" PRId64, summary->bytesSaved);
  emit(&facts, REMARK_ANALYSIS, mlirOperationGetLocation(summary->function), summary->function,
       "RMSNorms");
}
