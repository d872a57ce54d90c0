/* A compiler with AddNorm in it: fuses a model, bufferizes it and lowers the fused ops to loops.
 *
 *   embed MODEL.mlir > lowered.mlir      what was fused, and what was not, goes to stderr
 *
 * Only public C headers are used: mlir-c and addnorm-c. */

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include "mlir-c/RegisterEverything.h"

/* The pass addnorm-fuse would do, too; the call below tells of each site. */
static const char pipelineText[] = "builtin.module("
                                   "one-shot-bufferize{bufferize-function-boundaries "
                                   "function-boundary-type-conversion=identity-layout-map},"
                                   "addnorm-lower{target=loops},"
                                   "canonicalize)";

static MlirStringRef text(const char *s) { return mlirStringRefCreateFromCString(s); }

static void printPiece(MlirStringRef piece, void *file) {
  fwrite(piece.data, 1, piece.length, file);
}

/* A context that knows upstream's dialects and ours. */
static MlirContext createContext(void) {
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  mlirRegisterAllDialects(registry);
  mlirDialectHandleInsertDialect(mlirGetDialectHandle__addnorm__(), registry);
  addnormRegisterBufferization(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/false);
  mlirDialectRegistryDestroy(registry);

  mlirRegisterAllPasses();
  addnormRegisterPasses();
  return context;
}

static void printSite(const AddnormFuseSite *site, void *numFused) {
  mlirLocationPrint(site->location, printPiece, stderr);
  if (!site->fused) {
    fprintf(stderr, ": not fused: %s; %s\n", site->reason, site->remedy);
    return;
  }
  ++*(int *)numFused;
  fprintf(stderr, ": fused %td addends", site->numAddends);
  if (site->bytesSaved >= 0)
    fprintf(stderr, ", %lld bytes of traffic saved", (long long)site->bytesSaved);
  fputc('\n', stderr);
}

static bool runPipeline(MlirModule module) {
  MlirPassManager manager = mlirPassManagerCreate(mlirModuleGetContext(module));
  MlirOpPassManager passes = mlirPassManagerGetAsOpPassManager(manager);
  bool ok =
      mlirLogicalResultIsSuccess(
          mlirParsePassPipeline(passes, text(pipelineText), printPiece, stderr)) &&
      mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module)));
  mlirPassManagerDestroy(manager);
  return ok;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODEL.mlir\n", argv[0]);
    return 2;
  }
  MlirContext context = createContext();
  MlirModule module = mlirModuleCreateParseFromFile(context, text(argv[1]));
  bool ok = !mlirModuleIsNull(module);
  if (ok) {
    MlirOperation root = mlirModuleGetOperation(module);
    AddnormFuseOptions options = {.numerics = ADDNORM_NUMERICS_WIDEN, .lanes = 64};
    int numFused = 0;
    ok = mlirLogicalResultIsSuccess(addnormFuse(root, &options, printSite, &numFused));
    fprintf(stderr, "%d fused\n", numFused);
    ok = ok && runPipeline(module);
    if (ok)
      mlirOperationPrint(root, printPiece, stdout);
    mlirModuleDestroy(module);
  }
  mlirContextDestroy(context);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
