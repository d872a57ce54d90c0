#include "tools/addnorm-demo/print.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/exec/file.h"
#include "tools/addnorm-demo/inputs.h"
#include "tools/addnorm-demo/table.h"
#include "llvm-c/Core.h"
#include "llvm-c/TargetMachine.h"
#include "llvm/Config/llvm-config.h"

static void describeMachine(char *text, size_t size) {
  char line[256], model[128] = "";
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && !model[0] && fgets(line, sizeof line, file))
    sscanf(line, "model name : %127[^\n]", model);
  if (file)
    fclose(file);
  struct utsname system;
  uname(&system);
  char *cpu = LLVMGetHostCPUName();
  snprintf(text, size, "%s (%s, %s)", model[0] ? model : "CPU", system.machine, cpu);
  LLVMDisposeMessage(cpu);
}

static void addHead(Table *table, const char *const head[]) {
  for (int i = 0; i < table->numColumns; ++i)
    tableAdd(table, "%s", head[i]);
}

static void addAccuracy(Table *table, const DemoResults *results, const DemoAccuracy *accuracy) {
  tableAdd(table, "%" PRId64 " of %" PRId64, accuracy->finiteRows, results->rows);
  if (accuracy->finiteRows)
    tableAdd(table, "%.2f", accuracy->maxError);
  else
    tableAdd(table, "-");
}

static void printFamilies(const DemoResults *results, FILE *out) {
  Table table = {.numColumns = 6};
  addHead(&table, (const char *const[]){"inputs", "graph", "finite rows", "max error, ulps",
                                        "bytes moved", "time, us"});
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i) {
    const DemoFamilyResult *family = &results->families[i];
    int shape = family->numLayers == 1 ? DEMO_LAYER : DEMO_CHAIN;
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
      tableAdd(&table, "%s", family->name);
      tableAdd(&table, "%s", demoGraphNames[g]);
      addAccuracy(&table, results, &family->layers[family->numLayers - 1].graphs[g]);
      tableAdd(&table, "%" PRId64, results->traffic[shape][g].bytes);
      tableAdd(&table, "%.1f", 1e6 * family->seconds[g]);
    }
  }
  tablePrint(&table, out);
}

static void printRemarks(const DemoResults *results, FILE *out) {
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i) {
    const DemoFamilyResult *family = &results->families[i];
    if (family->numLayers == 1)
      fprintf(out, "- %s: %s. Fused and f32 graph are at most %.2f ulps apart.\n", family->name,
              demoFamilies[i].summary, family->layers[0].fusedAgainstF32);
  }
  const DemoFamilyResult *overflow = &results->families[DEMO_OVERFLOW];
  const DemoAccuracy *lost = &overflow->layers[0].graphs[DEMO_UNFUSED];
  fprintf(out,
          "- Of the %" PRId64 " values in the rows that the unfused graph loses to '%s', %" PRId64
          " are inf or NaN\n  and %" PRId64 " are 0.\n",
          (results->rows - lost->finiteRows) * results->n, overflow->name, lost->lostValues,
          lost->lostZeros);
}

static void printTraffic(const DemoResults *results, FILE *out) {
  Table table = {.numColumns = 7};
  static const char *const shapes[DEMO_NUM_SHAPES] = {"one layer", "one, returns the sum", "chain"};
  addHead(&table, (const char *const[]){"graph", "layers", "kernels", "accesses", "bytes moved",
                                        "accesses at best", "bytes at best"});
  for (int shape = 0; shape < DEMO_NUM_SHAPES; ++shape)
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
      const DemoTraffic *traffic = &results->traffic[shape][g];
      tableAdd(&table, "%s", demoGraphNames[g]);
      tableAdd(&table, "%s", shapes[shape]);
      tableAdd(&table, "%d", traffic->kernels);
      tableAdd(&table, "%d", traffic->accesses);
      tableAdd(&table, "%" PRId64, traffic->bytes);
      tableAdd(&table, "%d", traffic->idealAccesses);
      tableAdd(&table, "%" PRId64, traffic->idealBytes);
    }
  tablePrint(&table, out);
}

static void printDepth(const DemoResults *results, FILE *out) {
  const DemoFamilyResult *family = &results->families[DEMO_DEPTH];
  Table table = {.numColumns = 3 + DEMO_NUM_GRAPHS};
  tableAdd(&table, "layer");
  tableAdd(&table, "largest sum");
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    tableAdd(&table, "%s", demoGraphNames[g]);
  tableAdd(&table, "fused: max error, ulps");
  for (int i = 0; i < family->numLayers; ++i) {
    const DemoLayer *layer = &family->layers[i];
    tableAdd(&table, "%d", i + 1);
    tableAdd(&table, "%.0f", layer->largestSum);
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
      tableAdd(&table, "%" PRId64, layer->graphs[g].finiteRows);
    if (layer->graphs[DEMO_FUSED].finiteRows)
      tableAdd(&table, "%.2f", layer->graphs[DEMO_FUSED].maxError);
    else
      tableAdd(&table, "-");
  }
  tablePrint(&table, out);
}

static const char aboutErrors[] =
    "y = RMSNorm(x + a) * gamma, computed in five ways. A row is finite when all of its y\n"
    "are. The error is the largest distance of y from an f64 reference, over the finite rows,\n"
    "in units of the last place (ulps) of f16; the f32 graph's y is rounded to f16 first. Of\n"
    "the chain of layers, 'growth with depth', y is the last layer's. The time is the median of\n"
    "a call.\n\n";

static const char aboutBytes[] =
    "\nBytes moved: each kernel reads each of its input tensors once and writes its results\n"
    "once. Accesses are those of whole tensors, rows x N. At best: one kernel for the add and\n"
    "one for the norm, or one for both.\n\n";

static const char aboutDepth[] =
    "\nGrowth with depth: a chain of layers, x_k = x_(k-1) + a_k and y_k = RMSNorm(x_k) *\n"
    "gamma, and how many rows of y_k are finite. Between the layers x_k is stored in f16 in\n"
    "each of the first three graphs, and so overflows: the fused kernel loses a row one layer\n"
    "later, when the x_(k-1) it reads is infinite. Up to 65504 f16 stores these sums exactly.\n\n";

void demoPrint(const DemoResults *results, FILE *out) {
  char machine[512];
  describeMachine(machine, sizeof machine);
  fprintf(out,
          "Machine: %s, one thread. Compiler: LLVM " LLVM_VERSION_STRING ", target vector.\n"
          "Inputs: %" PRId64 " rows of %" PRId64 " f16 values, seed %" PRIu64 ".\n\n",
          machine, results->rows, results->n, results->seed);
  fputs(aboutErrors, out);
  printFamilies(results, out);
  fputc('\n', out);
  printRemarks(results, out);
  fputs(aboutBytes, out);
  printTraffic(results, out);
  fputs(aboutDepth, out);
  printDepth(results, out);
}

static cJSON *accuracyToJson(const DemoAccuracy *accuracy) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "finiteRows", (double)accuracy->finiteRows);
  cJSON_AddItemToObject(object, "maxErrorUlps",
                        accuracy->finiteRows ? cJSON_CreateNumber(accuracy->maxError)
                                             : cJSON_CreateNull());
  cJSON_AddNumberToObject(object, "nonFiniteValues", (double)accuracy->lostValues);
  cJSON_AddNumberToObject(object, "zerosInLostRows", (double)accuracy->lostZeros);
  return object;
}

static cJSON *familyToJson(const DemoFamilyResult *family) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "name", family->name);
  cJSON *seconds = cJSON_AddObjectToObject(object, "seconds");
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    cJSON_AddNumberToObject(seconds, demoGraphNames[g], family->seconds[g]);
  cJSON *layers = cJSON_AddArrayToObject(object, "layers");
  for (int i = 0; i < family->numLayers; ++i) {
    const DemoLayer *layer = &family->layers[i];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(layers, item);
    cJSON_AddNumberToObject(item, "largestSum", layer->largestSum);
    cJSON_AddNumberToObject(item, "rowsPastF16", (double)layer->rowsPastF16);
    cJSON_AddNumberToObject(item, "fusedAgainstF32Ulps", layer->fusedAgainstF32);
    cJSON *graphs = cJSON_AddObjectToObject(item, "graphs");
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
      cJSON_AddItemToObject(graphs, demoGraphNames[g], accuracyToJson(&layer->graphs[g]));
  }
  return object;
}

static cJSON *trafficToJson(const DemoTraffic traffic[DEMO_NUM_GRAPHS]) {
  cJSON *object = cJSON_CreateObject();
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
    cJSON *item = cJSON_AddObjectToObject(object, demoGraphNames[g]);
    cJSON_AddNumberToObject(item, "kernels", traffic[g].kernels);
    cJSON_AddNumberToObject(item, "accesses", traffic[g].accesses);
    cJSON_AddNumberToObject(item, "bytes", (double)traffic[g].bytes);
    cJSON_AddNumberToObject(item, "idealAccesses", traffic[g].idealAccesses);
    cJSON_AddNumberToObject(item, "idealBytes", (double)traffic[g].idealBytes);
  }
  return object;
}

static cJSON *resultsToJson(const DemoResults *results) {
  char machine[512];
  describeMachine(machine, sizeof machine);
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "machine", machine);
  cJSON_AddStringToObject(object, "compiler", "LLVM " LLVM_VERSION_STRING);
  cJSON_AddNumberToObject(object, "rows", (double)results->rows);
  cJSON_AddNumberToObject(object, "n", (double)results->n);
  cJSON_AddNumberToObject(object, "seed", (double)results->seed);
  cJSON_AddItemToObject(object, "traffic", trafficToJson(results->traffic[DEMO_LAYER]));
  cJSON_AddItemToObject(object, "trafficWithSum",
                        trafficToJson(results->traffic[DEMO_LAYER_AND_SUM]));
  cJSON_AddItemToObject(object, "trafficOfChain", trafficToJson(results->traffic[DEMO_CHAIN]));
  cJSON *families = cJSON_AddArrayToObject(object, "families");
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i)
    cJSON_AddItemToArray(families, familyToJson(&results->families[i]));
  return object;
}

bool demoWriteJson(const DemoResults *results, const char *path, ExecError *error) {
  cJSON *object = resultsToJson(results);
  char *text = cJSON_Print(object);
  ExecOutput output;
  bool ok = execOutputWrite(&output, path, text, strlen(text), "\n", 1, error) &&
            execOutputsCommit(&output, 1, error);
  cJSON_free(text);
  cJSON_Delete(object);
  return ok;
}
