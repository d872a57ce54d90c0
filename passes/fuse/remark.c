#include "passes/fuse/remark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/ir/build.h"
#include "lib/seam/remark.h"

enum { MAX_FACTS = 8 };

/* Facts under construction; their values are texts of one stream. */
typedef struct Facts {
  size_t count;
  const char *keys[MAX_FACTS];
  size_t starts[MAX_FACTS]; /* of the values in the text */
  char *text;
  size_t size;
  FILE *file;
} Facts;

static void openFacts(Facts *facts) {
  facts->count = 0;
  facts->file = open_memstream(&facts->text, &facts->size);
  if (!facts->file)
    abort();
}

/* Ends the previous value and begins that of `key`. */
static FILE *fact(Facts *facts, const char *key) {
  fputc('\0', facts->file);
  fflush(facts->file);
  facts->keys[facts->count] = key;
  facts->starts[facts->count++] = facts->size;
  return facts->file;
}

static void emitFacts(Facts *facts, RemarkKind kind, MlirLocation location, MlirOperation function,
                      const char *name) {
  fclose(facts->file);
  RemarkFact list[MAX_FACTS];
  for (size_t i = 0; i < facts->count; ++i)
    list[i] = (RemarkFact){facts->keys[i], facts->text + facts->starts[i]};
  MlirStringRef functionName = {NULL, 0};
  if (!mlirOperationIsNull(function))
    functionName =
        mlirStringAttrGetValue(mlirOperationGetAttributeByName(function, irStr("sym_name")));
  remarkEmit(kind, location, functionName, name, facts->count, list);
  free(facts->text);
}

static void print(MlirStringRef piece, void *file) { fwrite(piece.data, 1, piece.length, file); }

static void printSize(FILE *file, int64_t size) {
  if (size < 0)
    fputc('?', file);
  else
    fprintf(file, "%" PRId64, size);
}

static void emitPassed(const AddnormFuseSite *site) {
  Facts facts;
  openFacts(&facts);
  fprintf(fact(&facts, "Addends"), "%td", site->numAddends);
  FILE *file = fact(&facts, "Types");
  for (intptr_t i = 0; i < site->numAddends; ++i) {
    fputs(i ? " + " : "", file);
    mlirTypePrint(site->addendTypes[i], print, file);
  }
  fputs(" -> ", file);
  mlirTypePrint(site->resultType, print, file);
  printSize(fact(&facts, "Rows"), site->rows);
  printSize(fact(&facts, "N"), site->n);
  printSize(fact(&facts, "BytesSaved"), site->bytesSaved);
  file = fact(&facts, "SumReaders");
  fprintf(file, "%td", site->numSumReaders);
  for (intptr_t i = 0; i < site->numSumReaders; ++i) {
    fputs(i ? ", " : ": ", file);
    print(mlirIdentifierStr(mlirOperationGetName(site->sumReaders[i])), file);
    fputs(" at ", file);
    mlirLocationPrint(mlirOperationGetLocation(site->sumReaders[i]), print, file);
  }
  emitFacts(&facts, REMARK_PASSED, site->location, site->function, "RMSNorm");
}

static void emitMissed(const AddnormFuseSite *site) {
  Facts facts;
  openFacts(&facts);
  fputs(site->step, fact(&facts, "Step"));
  fputs(site->reason, fact(&facts, "Reason"));
  mlirLocationPrint(site->failedAt, print, fact(&facts, "At"));
  fputs(site->remedy, fact(&facts, "Suggestion"));
  fputs(site->unsafe ? "true" : "false", fact(&facts, "Unsafe"));
  emitFacts(&facts, REMARK_MISSED, site->location, site->function, "RMSNorm");
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
  openFacts(&facts);
  fprintf(fact(&facts, "Fused"), "%" PRId64, summary->numFused);
  fprintf(fact(&facts, "Left"), "%" PRId64, summary->numLeft);
  fprintf(fact(&facts, "Unsafe"), "%" PRId64, summary->numUnsafe);
  fprintf(fact(&facts, "BytesSaved"), "%" PRId64, summary->bytesSaved);
  emitFacts(&facts, REMARK_ANALYSIS, mlirOperationGetLocation(summary->function), summary->function,
            "RMSNorms");
}
