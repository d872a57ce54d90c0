/* The two entry points of the plugin that the stock mlir-opt loads.
 *
 * The structs mirror mlir::DialectPluginLibraryInfo and mlir::PassPluginLibraryInfo of
 * mlir/Tools/Plugins, which are C structs in C++ headers. */

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"

enum { MLIR_PLUGIN_API_VERSION = 1 };

typedef struct DialectPluginInfo {
  uint32_t apiVersion;
  const char *name;
  const char *version;
  void (*registerDialects)(void *registry); /* a mlir::DialectRegistry * */
} DialectPluginInfo;

typedef struct PassPluginInfo {
  uint32_t apiVersion;
  const char *name;
  const char *version;
  void (*registerPasses)(void);
} PassPluginInfo;

ADDNORM_API DialectPluginInfo mlirGetDialectPluginInfo(void);
ADDNORM_API PassPluginInfo mlirGetPassPluginInfo(void);

static void registerDialects(void *registry) {
  MlirDialectRegistry wrapped = {registry};
  mlirDialectHandleInsertDialect(mlirGetDialectHandle__addnorm__(), wrapped);
  addnormRegisterBufferization(wrapped);
}

DialectPluginInfo mlirGetDialectPluginInfo(void) {
  return (DialectPluginInfo){MLIR_PLUGIN_API_VERSION, "AddNorm", ADDNORM_VERSION, registerDialects};
}

PassPluginInfo mlirGetPassPluginInfo(void) {
  return (PassPluginInfo){MLIR_PLUGIN_API_VERSION, "AddNorm", ADDNORM_VERSION,
                          addnormRegisterPasses};
}
