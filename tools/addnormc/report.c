/* addnormc report: what was fused, what was not and why, and what that saves. */

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/exec/file.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"
#include "tools/addnormc/addnormc.h"

typedef struct ReportOptions {
  AddnormcModelOptions common;
  const char *json;
  bool normOnly;
} ReportOptions;

enum { KEY_JSON = 256, KEY_NORM_ONLY };

static const struct argp_option argpOptions[] = {
    {"json", KEY_JSON, "FILE", 0,
     "Write the report as JSON to FILE; - is the standard output, alone", 0},
    {"norm-only", KEY_NORM_ONLY, NULL, 0, "Also fuse the norms that no add feeds", 0},
    {0},
};

static const char help[] = "Fuses MODEL and says what was fused, what was not, and why.\v"
                           "Accesses count passes over tensors of the shape of the rows: an add "
                           "kernel reads two and writes "
                           "one, a norm kernel reads one and writes one; the fused kernel reads "
                           "each addend and writes y and, "
                           "where others read it, the sum. Loop nests count every op that becomes "
                           "one. Bytes are per run.\n" ADDNORMC_EXIT_CODES;

static const struct argp_child children[] = {{&addnormcModelArgp, 0, NULL, 0}, {0}};

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  ReportOptions *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->common;
    break;
  case KEY_JSON:
    options->json = argument;
    break;
  case KEY_NORM_ONLY:
    options->normOnly = true;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* The report is built as JSON; the text is printed from it. */

static void appendText(MlirStringRef piece, void *data) {
  fwrite(piece.data, 1, piece.length, data);
}

static void addType(cJSON *object, const char *key, MlirType type) {
  char *text;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  mlirTypePrint(type, appendText, file);
  fclose(file);
  cJSON *item = cJSON_CreateString(text);
  if (key)
    cJSON_AddItemToObject(object, key, item);
  else
    cJSON_AddItemToArray(object, item);
  free(text);
}

static void addLocation(cJSON *object, const char *key, MlirLocation loc) {
  char place[512] = "unknown";
  execLocationPrint(loc, place, sizeof place);
  cJSON_AddStringToObject(object, key, place);
}

static void addName(cJSON *object, const char *key, MlirStringRef name) {
  char *text = strndup(name.data, name.length);
  cJSON_AddStringToObject(object, key, text);
  free(text);
}

/* A size, or null when it is dynamic. */
static void addSize(cJSON *object, const char *key, int64_t size) {
  cJSON_AddItemToObject(object, key,
                        size < 0 ? cJSON_CreateNull() : cJSON_CreateNumber((double)size));
}

static void addSumReaders(cJSON *object, const AddnormFuseSite *site) {
  cJSON *readers = cJSON_AddArrayToObject(object, "sumReaders");
  for (intptr_t i = 0; i < site->numSumReaders; ++i) {
    cJSON *reader = cJSON_CreateObject();
    addName(reader, "op", mlirIdentifierStr(mlirOperationGetName(site->sumReaders[i])));
    addLocation(reader, "location", mlirOperationGetLocation(site->sumReaders[i]));
    cJSON_AddItemToArray(readers, reader);
  }
}

/* Row vectors are not counted: they are one row long. */
static void addAccesses(cJSON *object, const AddnormFuseSite *site) {
  int64_t rank = mlirShapedTypeGetRank(site->resultType);
  intptr_t full = 0;
  for (intptr_t i = 0; i < site->numAddends; ++i)
    full += mlirShapedTypeGetRank(site->addendTypes[i]) == rank;
  intptr_t adds = site->numAddends - 1;
  intptr_t norm = 2; /* its read and its write */
  cJSON *accesses = cJSON_AddObjectToObject(object, "accesses");
  /* Each add reads what is summed up so far and writes it; the addends are read once each. */
  cJSON_AddNumberToObject(accesses, "before", (double)(adds ? 2 * adds + full - 1 + norm : norm));
  cJSON_AddNumberToObject(accesses, "after", (double)(full + 1 + !mlirTypeIsNull(site->sumType)));
}

static void addSchedule(cJSON *object, MlirOperation op) {
  char json[1024];
  AddnormLowerOptions options = {.target = mlirStringRefCreateFromCString("loops")};
  if (addnormScheduleDescribe(op, &options, json, sizeof json))
    cJSON_AddRawToObject(object, "schedule", json);
}

static void addFused(cJSON *object, const AddnormFuseSite *site) {
  cJSON *addends = cJSON_AddArrayToObject(object, "addends");
  for (intptr_t i = 0; i < site->numAddends; ++i)
    addType(addends, NULL, site->addendTypes[i]);
  if (!mlirTypeIsNull(site->sumType)) {
    addType(object, "sum", site->sumType);
    addSumReaders(object, site);
  }
  addAccesses(object, site);
  addSchedule(object, site->op);
  addSize(object, "bytesSaved", site->bytesSaved);
}

static void addReason(cJSON *object, const AddnormFuseSite *site) {
  cJSON_AddStringToObject(object, "step", site->step);
  cJSON_AddStringToObject(object, "reason", site->reason);
  cJSON_AddStringToObject(object, "remedy", site->remedy);
  addLocation(object, "failedAt", site->failedAt);
}

static void onSite(const AddnormFuseSite *site, void *sites) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddItemToArray(sites, object);
  cJSON_AddBoolToObject(object, "fused", site->fused);
  cJSON_AddBoolToObject(object, "unsafe", site->unsafe);
  addLocation(object, "location", site->location);
  if (!mlirOperationIsNull(site->function))
    addName(object, "function", execFunctionName(site->function));
  addSize(object, "rows", site->rows);
  addSize(object, "n", site->n);
  addType(object, "y", site->resultType);
  if (site->fused)
    addFused(object, site);
  if (site->reason)
    addReason(object, site);
}

static void onFact(const AddnormWidenFact *fact, void *stream) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddItemToArray(cJSON_GetObjectItem(stream, fact->widened ? "widened" : "ends"), object);
  addName(object, "op", mlirIdentifierStr(mlirOperationGetName(fact->op)));
  addLocation(object, "location", fact->location);
  addType(object, "type", fact->type);
  if (!fact->widened)
    cJSON_AddStringToObject(object, "reason", fact->reason);
}

static void widenStream(cJSON *report, const ExecModel *model) {
  cJSON *stream = cJSON_AddObjectToObject(report, "stream");
  cJSON_AddArrayToObject(stream, "widened");
  cJSON_AddArrayToObject(stream, "ends");
  addnormWidenResidual(mlirModuleGetOperation(model->module), onFact, stream);
}

static MlirWalkResult countNest(MlirOperation op, void *count) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  static const char linalg[] = "linalg.";
  size_t length = sizeof linalg - 1;
  bool isNest = addnormOperationIsRmsNorm(op) ||
                (name.length > length && memcmp(name.data, linalg, length) == 0 &&
                 mlirOperationGetNumRegions(op) == 1);
  *(int *)count += isNest;
  return isNest ? MlirWalkResultSkip : MlirWalkResultAdvance;
}

/* Lowers the module as far as one op is one loop nest, and counts. */
static bool countNests(ExecModel *model, cJSON *object, const char *key) {
  if (!execLowerToLinalg(model))
    return false;
  int count = 0;
  mlirOperationWalk(mlirModuleGetOperation(model->module), countNest, &count, MlirWalkPreOrder);
  cJSON_AddNumberToObject(object, key, count);
  return true;
}

static bool isSet(const cJSON *object, const char *key) {
  return cJSON_IsTrue(cJSON_GetObjectItem(object, key));
}

/* `*safe`: nothing speaks against it under --strict. */
static bool fillReport(cJSON *report, const ReportOptions *options, ExecModel *model, bool *safe) {
  ExecModel fused = *model;
  fused.module = mlirModuleFromOperation(mlirOperationClone(mlirModuleGetOperation(model->module)));
  AddnormFuseOptions fuse = {.numerics = options->common.lowering.numerics,
                             .lanes = 64,
                             .normOnly = options->normOnly,
                             .strict = options->common.lowering.strict};
  cJSON_AddStringToObject(report, "model", options->common.model);
  cJSON *sites = cJSON_AddArrayToObject(report, "sites");
  *safe = mlirLogicalResultIsSuccess(
      addnormFuse(mlirModuleGetOperation(fused.module), &fuse, onSite, sites));
  if (options->common.lowering.widenResidual)
    widenStream(report, &fused);
  cJSON *nests = cJSON_AddObjectToObject(report, "loopNests");
  bool ok = countNests(model, nests, "before") && countNests(&fused, nests, "after");
  mlirModuleDestroy(fused.module);

  double numFused = 0, numUnsafe = 0, bytesSaved = 0;
  cJSON *site;
  cJSON_ArrayForEach(site, sites) {
    numFused += isSet(site, "fused");
    numUnsafe += isSet(site, "unsafe");
    cJSON *bytes = cJSON_GetObjectItem(site, "bytesSaved");
    bytesSaved += cJSON_IsNumber(bytes) ? bytes->valuedouble : 0;
  }
  cJSON_AddNumberToObject(report, "fused", numFused);
  cJSON_AddNumberToObject(report, "left", cJSON_GetArraySize(sites) - numFused);
  cJSON_AddNumberToObject(report, "unsafe", numUnsafe);
  cJSON_AddNumberToObject(report, "bytesSaved", bytesSaved);
  return ok;
}

static const char *stringOf(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(object, key);
  return item ? item->valuestring : "?";
}

static double numberOf(const cJSON *object, const char *key) {
  return cJSON_GetObjectItem(object, key)->valuedouble;
}

static void printSize(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(object, key);
  if (cJSON_IsNumber(item))
    printf("%.0f", item->valuedouble);
  else
    printf("?");
}

static void printPlace(const cJSON *site) {
  printf("  %s in %s, rows x N = ", stringOf(site, "location"), stringOf(site, "function"));
  printSize(site, "rows");
  printf(" x ");
  printSize(site, "n");
  printf("\n");
}

static void printFused(const cJSON *site) {
  printPlace(site);
  const cJSON *addends = cJSON_GetObjectItem(site, "addends"), *addend;
  const char *separator = "    ";
  cJSON_ArrayForEach(addend, addends) {
    printf("%s%s", separator, addend->valuestring);
    separator = " + ";
  }
  printf(" -> %s\n", stringOf(site, "y"));
  const cJSON *readers = cJSON_GetObjectItem(site, "sumReaders"), *reader;
  if (readers)
    printf("    sum: %s, read by\n", stringOf(site, "sum"));
  cJSON_ArrayForEach(reader, readers)
      printf("      %s at %s\n", stringOf(reader, "op"), stringOf(reader, "location"));
  const cJSON *accesses = cJSON_GetObjectItem(site, "accesses");
  printf("    accesses: %.0f -> %.0f; bytes saved: ", numberOf(accesses, "before"),
         numberOf(accesses, "after"));
  printSize(site, "bytesSaved");
  printf("\n");
  if (cJSON_HasObjectItem(site, "reason"))
    printf("    %s: %s\n", stringOf(site, "step"), stringOf(site, "reason"));
}

/* Whether two sites were left for the same reason. */
static bool sameReason(const cJSON *x, const cJSON *y) {
  return strcmp(stringOf(x, "step"), stringOf(y, "step")) == 0 &&
         strcmp(stringOf(x, "reason"), stringOf(y, "reason")) == 0;
}

/* The sites of the kind that `belongs` tells, each reason once with the places it was found at. */
static void printReasons(const cJSON *sites, const char *title, bool (*belongs)(const cJSON *)) {
  const cJSON *first, *site;
  bool titled = false;
  cJSON_ArrayForEach(first, sites) {
    bool known = !belongs(first);
    for (site = sites->child; !known && site != first; site = site->next)
      known = belongs(site) && sameReason(site, first);
    if (known)
      continue;
    if (!titled)
      printf("%s\n", title);
    titled = true;
    printf(" %s: %s\n", stringOf(first, "step"), stringOf(first, "reason"));
    for (site = first; site; site = site->next)
      if (belongs(site) && sameReason(site, first)) {
        printPlace(site);
        printf("    found at %s\n", stringOf(site, "failedAt"));
      }
    printf("  to do: %s\n", stringOf(first, "remedy"));
  }
}

static bool isLeft(const cJSON *site) { return !isSet(site, "fused"); }
static bool isUnsafe(const cJSON *site) { return isSet(site, "unsafe"); }

static void printStream(const cJSON *stream) {
  const cJSON *fact;
  cJSON_ArrayForEach(fact, cJSON_GetObjectItem(stream, "widened"))
      printf("%s: the sum of %s is carried in f32 instead of %s\n", stringOf(fact, "location"),
             stringOf(fact, "op"), stringOf(fact, "type"));
  cJSON_ArrayForEach(fact, cJSON_GetObjectItem(stream, "ends"))
      printf("%s: the stream ends at %s as %s: %s\n", stringOf(fact, "location"),
             stringOf(fact, "op"), stringOf(fact, "type"), stringOf(fact, "reason"));
}

static void printText(const cJSON *report) {
  const cJSON *sites = cJSON_GetObjectItem(report, "sites"), *site;
  if (numberOf(report, "fused") > 0)
    printf("fused\n");
  cJSON_ArrayForEach(site, sites) if (isSet(site, "fused")) printFused(site);
  printReasons(sites, "left as they are", isLeft);
  printReasons(sites, "unsafe: the sum, its square or their mean is held in f16", isUnsafe);
  printStream(cJSON_GetObjectItem(report, "stream"));
  const cJSON *nests = cJSON_GetObjectItem(report, "loopNests");
  printf(
      "%s: %.0f fused, %.0f left, %.0f unsafe; loop nests %.0f -> %.0f; %.0f bytes saved per run "
      "where sizes are static\n",
      stringOf(report, "model"), numberOf(report, "fused"), numberOf(report, "left"),
      numberOf(report, "unsafe"), numberOf(nests, "before"), numberOf(nests, "after"),
      numberOf(report, "bytesSaved"));
}

static bool writeJson(const cJSON *report, const char *path, ExecError *error) {
  char *text = cJSON_Print(report);
  bool ok = execWriteText(path, text, error);
  free(text);
  return ok;
}

static bool reportModel(const ReportOptions *options, ExecError *error) {
  ExecModel model;
  cJSON *report = cJSON_CreateObject();
  bool safe = true;
  bool ok = execModelLoad(&model, options->common.model, error) &&
            fillReport(report, options, &model, &safe) &&
            (!options->json || writeJson(report, options->json, error));
  if (ok && !(options->json && strcmp(options->json, "-") == 0))
    printText(report);
  cJSON_Delete(report);
  execModelDestroy(&model);
  return ok && safe;
}

int addnormcReport(int argc, char **argv) {
  ReportOptions options = {0};
  struct argp argp = {argpOptions, parseOption, "MODEL", help, children, NULL, NULL};
  argv[0] = "addnormc report";
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  return reportModel(&options, &error) ? EXIT_OK : addnormcFail(&error);
}
