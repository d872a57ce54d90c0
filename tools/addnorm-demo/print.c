#include "tools/addnorm-demo/print.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/exec/file.h"
#include "llvm-c/Core.h"
#include "llvm-c/TargetMachine.h"
#include "llvm/Config/llvm-config.h"
#include "tools/addnorm-demo/inputs.h"
#include "tools/addnorm-demo/table.h"

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

static void addError(Table *table, const DemoAccuracy *accuracy) {
  if (accuracy->finiteRows)
    tableAdd(table, "%.2f", accuracy->maxError);
  else
    tableAdd(table, "-");
}

static void printFamilies(const DemoResults *results, FILE *out) {
  Table table = {.numColumns = 6};
  const char *const head[] = {"inputs",           "graph",           "finite rows",
                              "max error (ulps)", "bytes moved", "time (ms)"};
  for (int i = 0; i < table.numColumns; ++i)
    tableAdd(&table, "%s", head[i]);
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i) {
    const DemoFamilyResult *family = &results->families[i];
    for (int g = 0; g < DEMO_NUM_GRAPHS && family->numLayers == 1; ++g) {
      tableAdd(&table, "%s", family->name);
      tableAdd(&table, "%s", demoGraphNames[g]);
      tableAdd(&table, "%" PRId64 " of %" PRId64, family->layers[0].graphs[g].finiteRows,
               results->rows);
      addError(&table, &family->layers[0].graphs[g]);
      tableAdd(&table, "%" PRId64, results->traffic[0][g].bytes);
      tableAdd(&table, "%.3f", 1e3 * family->seconds[g]);
    }
  }
  tablePrint(&table, out);
  fputc('\n', out);
  for (int i = 0; i < DEMO_NUM_FAMILIES; ++i)
    if (results->families[i].numLayers == 1)
      fprintf(out, "- %s: %s. Fused and f32 graph are at most %.2f ulps apart.\n",
              demoFamilies[i].name, demoFamilies[i].summary,
              results->families[i].layers[0].fusedAgainstF32);
  const DemoAccuracy *lost = &results->families[DEMO_OVERFLOW].layers[0].graphs[DEMO_UNFUSED];
  fprintf(out,
          "- Of the %" PRId64 " values in the rows that the unfused f16 graph loses to '%s', %" PRId64
          " are inf or NaN and %" PRId64 " are 0.\n",
          (results->rows - lost->finiteRows) * results->n, results->families[DEMO_OVERFLOW].name,
          lost->lostValues, lost->lostZeros);
}

static void printTraffic(const DemoResults *results, FILE *out) {
  Table table = {.numColumns = 7};
  const char *const head[] = {"graph",         "sum is a result", "kernels",   "accesses",
                              "bytes moved", "accesses at best", "bytes at best"};
  for (int i = 0; i < table.numColumns; ++i)
    tableAdd(&table, "%s", head[i]);
  for (int sum = 0; sum < 2; ++sum)
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g) {
      const DemoTraffic *traffic = &results->traffic[sum][g];
      tableAdd(&table, "%s", demoGraphNames[g]);
      tableAdd(&table, "%s", sum ? "yes" : "no");
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
  Table table = {.numColumns = 6};
  tableAdd(&table, "layer");
  tableAdd(&table, "largest sum");
  for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
    tableAdd(&table, "%s", demoGraphNames[g]);
  for (int i = 0; i < family->numLayers; ++i) {
    const DemoLayer *layer = &family->layers[i];
    tableAdd(&table, "%d", i + 1);
    tableAdd(&table, "%.0f", layer->largestSum);
    for (int g = 0; g < DEMO_NUM_GRAPHS; ++g)
      if (layer->graphs[g].finiteRows)
        tableAdd(&table, "%" PRId64 " (%.2f)", layer->graphs[g].finiteRows,
                 layer->graphs[g].maxError);
      else
        tableAdd(&table, "0");
  }
  tablePrint(&table, out);
}

void demoPrint(const DemoResults *results, FILE *out) {
  char machine[512];
  describeMachine(machine, sizeof machine);
  fprintf(out,
          "%s, one thread. %" PRId64 " rows of %" PRId64 " f16 values, seed %" PRIu64
          ". Compiled for this CPU by LLVM " LLVM_VERSION_STRING ", target loops.\n\n",
          machine, results->rows, results->n, results->seed);
  fputs("y = RMSNorm(x + a) * gamma, four ways. A row is finite when all of its y are. The error is "
        "the largest\ndistance of y from an f64 reference over the finite rows, in units of the "
        "last place that f16 has there.\nThe f32 graph's y is rounded to f16 for that. The time is "
        "the median of a call.\n\n",
        out);
  printFamilies(results, out);
  fputs("\nBytes moved: each kernel reads each of its input tensors once and writes its results "
        "once. Accesses are\nthose of whole tensors (rows x N). At best: one kernel for the add and "
        "one for the norm, or one for both.\n\n",
        out);
  printTraffic(results, out);
  fprintf(out,
          "\nGrowth with depth: x_k = x_(k-1) + a_k is stored in f16 between the layers (in the last "
          "column in f32).\nFinite rows of y_k, and their largest error. f16 stores every sum up to "
          "65504 exactly here, so what is seen\nis overflow alone: the fused kernel keeps y of the "
          "layer in which the stored sum first becomes infinite.\n\n");
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
  cJSON_AddItemToObject(object, "traffic", trafficToJson(results->traffic[0]));
  cJSON_AddItemToObject(object, "trafficWithSum", trafficToJson(results->traffic[1]));
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
