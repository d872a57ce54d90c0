/* The graph is the demo's, on tensors. Around it, @bench takes memrefs: what is inlined into it
 * reads from them, and with the empty tensors eliminated writes straight to them, so that no result
 * is allocated or copied. Temporaries of the unfused graph are allocated in each call, as in a
 * model. */

#include "bench/compiled.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases.h"
#include "lib/exec/backend.h"
#include "lib/ir/build.h"
#include "tools/addnorm-demo/graph.h"
#include "tools/addnorm-demo/traffic.h"

_Static_assert(BENCH_EPSILON == DEMO_EPSILON, "the graph is written with its own epsilon");

/* @bench always has an argument for r and for the sum, so that all kernels are called alike. */
static const char head[] =
    "\n!memory = memref<%1$" PRId64 "x%2$" PRId64 "x%3$s>\n"
    "func.func @bench(%%x: !memory, %%r: !memory, %%gamma: memref<%2$" PRId64 "x%4$s>, "
    "%%y: !memory, %%sum: !memory) attributes {llvm.emit_c_interface} {\n"
    "  %%tx = bufferization.to_tensor %%x restrict : !memory to !data\n"
    "  %%tr = bufferization.to_tensor %%r restrict : !memory to !data\n"
    "  %%tg = bufferization.to_tensor %%gamma restrict : memref<%2$" PRId64 "x%4$s> to !vector\n";

static const char call[] = "  %%t%s = func.call @main(%%tx, %s%%tg) : (!data, %s!vector) -> %s\n";

static const char store[] = "  bufferization.materialize_in_destination %%t%s in restrict writable "
                            "%%%s : (!data, !memory) -> ()\n";

char *benchGraph(const BenchNorm *norm) {
  DemoGraphSpec spec = {.element = norm->type,
                        .rows = norm->rows,
                        .n = norm->n,
                        .numLayers = 1,
                        .returnsSum = norm->sum != NULL,
                        .wideGamma = norm->gammaType != norm->type,
                        .withoutAdd = norm->r == NULL};
  return demoGraphWrite(&spec);
}

static char *writeModel(const BenchNorm *norm) {
  char *graph = benchGraph(norm);
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  fputs(graph, out);
  fprintf(out, head, norm->rows, norm->n, execElementName(norm->type),
          execElementName(norm->gammaType));
  fprintf(out, call, norm->sum ? ":2" : "", norm->r ? "%tr, " : "", norm->r ? "!data, " : "",
          norm->sum ? "(!data, !data)" : "!data");
  fprintf(out, store, norm->sum ? "#0" : "", "y");
  if (norm->sum)
    fprintf(out, store, "#1", "sum");
  fputs("  return\n}\n", out);
  fclose(out);
  free(graph);
  return text;
}

static bool lower(ExecModel *model, const ExecLowering *lowering, int64_t n, int64_t *bytes) {
  MlirOperation graph;
  if (!execModelFindFunction(model, "main", &graph))
    return false;
  mlirOperationSetAttributeByName(graph, irStr("sym_visibility"),
                                  mlirStringAttrGet(model->context, irStr("private")));
  if (!execRunPasses(model, "builtin.module(inline{default-pipeline=},symbol-dce,cse)") ||
      !execFuse(model, lowering) || !execLowerToLinalg(model))
    return false;
  DemoTraffic traffic = {0};
  demoTrafficCount(model, n, &traffic);
  *bytes = traffic.bytes;
  return execRunPasses(model, "builtin.module(eliminate-empty-tensors)") && execBufferize(model) &&
         execLowerToLlvm(model, lowering);
}

static bool load(BenchCompiled *compiled, ExecModel *model) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = execTranslate(model, context);
  LLVMMemoryBufferRef object =
      module ? execEmitObject(module, addnormCpuNative(), model->error) : NULL;
  bool ok = object && execJitCreate(&compiled->jit, object, "_mlir_ciface_bench", model->error);
  if (module)
    LLVMDisposeModule(module);
  LLVMContextDispose(context);
  return ok;
}

bool benchCompiledCreate(BenchCompiled *compiled, const BenchNorm *norm, ExecFusion fusion,
                         int64_t threads, ExecError *error) {
  *compiled = (BenchCompiled){0};
  ExecLowering lowering = {.fusion = fusion, .target = "vector", .threads = threads};
  ExecModel model;
  char *text = writeModel(norm);
  bool ok = execModelParse(&model, "add-norm", text, error) &&
            lower(&model, &lowering, norm->n, &compiled->movedBytes) && load(compiled, &model);
  execModelDestroy(&model);
  free(text);
  return ok;
}

void benchCompiledDestroy(BenchCompiled *compiled) { execJitDestroy(&compiled->jit); }

/* MLIR's descriptor of a memref of rank 2, or 1: then the size and stride are the first two. */
typedef struct Memref {
  void *allocated, *aligned;
  int64_t offset, sizesAndStrides[4];
} Memref;

static Memref matrix(const BenchNorm *norm, const void *data) {
  return (Memref){(void *)data, (void *)data, 0, {norm->rows, norm->n, norm->n, 1}};
}

typedef void (*Kernel)(Memref *x, Memref *r, Memref *gamma, Memref *y, Memref *sum);

typedef struct Batch {
  Kernel kernel;
  Memref x, r, gamma, y, sum;
  int calls;
  double (*clock)(void);
  double ms;
} Batch;

static void runBatch(void **slots) {
  Batch *b = slots[0];
  double start = b->clock();
  for (int i = 0; i < b->calls; ++i)
    b->kernel(&b->x, &b->r, &b->gamma, &b->y, &b->sum);
  b->ms = b->clock() - start;
}

static void ignoreReturn(void *data) { (void)data; }

/* The batch is what runs under the eyes of execJitCall, which provides for the temporaries. */
bool benchCompiledRun(BenchCompiled *compiled, const BenchNorm *norm, int calls,
                      double (*clock)(void), double *ms, ExecError *error) {
  Batch batch = {.kernel = (Kernel)(void (*)(void))compiled->jit.function,
                 .x = matrix(norm, norm->x),
                 .r = matrix(norm, norm->r),
                 .gamma = {(void *)norm->gamma, (void *)norm->gamma, 0, {norm->n, 1}},
                 .y = matrix(norm, norm->y),
                 .sum = matrix(norm, norm->sum),
                 .calls = calls,
                 .clock = clock};
  void *slots[] = {&batch};
  ExecJit jit = {.function = runBatch};
  bool ok = execJitCall(&jit, slots, ignoreReturn, NULL, NULL, error);
  *ms = batch.ms;
  return ok;
}
