#include "lib/exec/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/passes.h"
#include "addnorm-c/rms_norm.h"
#include "lib/exec/file.h"
#include "lib/ir/build.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/RegisterEverything.h"

typedef struct Text {
  char *at;
  size_t left;
} Text;

static void appendText(MlirStringRef piece, void *data) {
  Text *text = data;
  size_t length = piece.length < text->left ? piece.length : text->left - 1;
  memcpy(text->at, piece.data, length);
  text->at += length;
  text->left -= length;
  *text->at = '\0';
}

bool execLocationPrint(MlirLocation loc, char *text, size_t size) {
  if (mlirLocationIsAFileLineColRange(loc)) {
    MlirStringRef file = mlirIdentifierStr(mlirLocationFileLineColRangeGetFilename(loc));
    snprintf(text, size, "%.*s:%d:%d", (int)file.length, file.data,
             mlirLocationFileLineColRangeGetStartLine(loc),
             mlirLocationFileLineColRangeGetStartColumn(loc));
    return true;
  }
  if (mlirLocationIsAName(loc))
    return execLocationPrint(mlirLocationNameGetChildLoc(loc), text, size);
  if (mlirLocationIsACallSite(loc))
    return execLocationPrint(mlirLocationCallSiteGetCallee(loc), text, size);
  if (!mlirLocationIsAFused(loc))
    return false;
  unsigned count = mlirLocationFusedGetNumLocations(loc);
  MlirLocation *locations = malloc(sizeof *locations * (count + 1));
  mlirLocationFusedGetLocations(loc, locations);
  bool found = false;
  for (unsigned i = 0; i < count && !found; ++i)
    found = execLocationPrint(locations[i], text, size);
  free(locations);
  return found;
}

bool execModelFail(ExecModel *model, MlirLocation loc, const char *format, ...) {
  char message[1024], place[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (!execLocationPrint(loc, place, sizeof place))
    snprintf(place, sizeof place, "%s", model->path);
  return execFail(model->error, "%s: %s", place, message);
}

static MlirLogicalResult onDiagnostic(MlirDiagnostic diagnostic, void *data) {
  ExecModel *model = data;
  if (mlirDiagnosticGetSeverity(diagnostic) == MlirDiagnosticError) {
    char message[1024] = "";
    Text text = {message, sizeof message};
    mlirDiagnosticPrint(diagnostic, appendText, &text);
    execModelFail(model, mlirDiagnosticGetLocation(diagnostic), "%s", message);
  }
  return mlirLogicalResultSuccess();
}

/* MLIR opens the file by itself, but does not say why it could not. */
static bool checkReadable(const char *path, ExecError *error) {
  size_t size;
  char *data = execReadFile(path, &size, error);
  free(data);
  return data && (size > 0 || execFail(error, "%s: the file is empty", path));
}

static void createContext(ExecModel *model) {
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  mlirRegisterAllDialects(registry);
  mlirDialectHandleInsertDialect(mlirGetDialectHandle__addnorm__(), registry);
  addnormRegisterBufferization(registry);
  mlirRegisterAllPasses();
  addnormRegisterPasses();
  model->context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/false);
  mlirDialectRegistryDestroy(registry);
  mlirRegisterAllLLVMTranslations(model->context);
  mlirContextAttachDiagnosticHandler(model->context, onDiagnostic, model, NULL);
}

static bool checkParsed(ExecModel *model) {
  return !mlirModuleIsNull(model->module) ||
         execFail(model->error, "%s: not an MLIR module", model->path);
}

bool execModelLoad(ExecModel *model, const char *path, ExecError *error) {
  *model = (ExecModel){.path = path, .error = error};
  if (!checkReadable(path, error))
    return false;
  createContext(model);
  model->module = mlirModuleCreateParseFromFile(model->context, irStr(path));
  return checkParsed(model);
}

bool execModelParse(ExecModel *model, const char *name, const char *text, ExecError *error) {
  *model = (ExecModel){.path = name, .error = error};
  createContext(model);
  model->module = mlirModuleCreateParse(model->context, irStr(text));
  return checkParsed(model);
}

void execModelCreate(ExecModel *model, const char *name, ExecError *error) {
  *model = (ExecModel){.path = name, .error = error};
  createContext(model);
  model->module = mlirModuleCreateEmpty(mlirLocationUnknownGet(model->context));
}

void execModelDestroy(ExecModel *model) {
  if (!mlirModuleIsNull(model->module))
    mlirModuleDestroy(model->module);
  if (!mlirContextIsNull(model->context))
    mlirContextDestroy(model->context);
  *model = (ExecModel){0};
}

MlirStringRef execFunctionName(MlirOperation function) {
  return mlirStringAttrGetValue(mlirOperationGetAttributeByName(function, irStr("sym_name")));
}

MlirType execFunctionType(MlirOperation function) {
  return mlirTypeAttrGetValue(mlirOperationGetAttributeByName(function, irStr("function_type")));
}

bool execFunctionIsPublic(MlirOperation function) {
  MlirAttribute visibility = mlirOperationGetAttributeByName(function, irStr("sym_visibility"));
  return mlirAttributeIsNull(visibility) ||
         mlirStringRefEqual(mlirStringAttrGetValue(visibility), irStr("public"));
}

bool execFunctionHasBody(MlirOperation function) {
  return !mlirBlockIsNull(mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0)));
}

bool execModelForEachFunction(ExecModel *model, bool (*visit)(MlirOperation, void *), void *data) {
  MlirOperation next, op = mlirBlockGetFirstOperation(mlirModuleGetBody(model->module));
  for (; !mlirOperationIsNull(op); op = next) {
    next = mlirOperationGetNextInBlock(op);
    if (irIs(op, "func.func") && !visit(op, data))
      return false;
  }
  return true;
}

typedef struct Search {
  const char *name; /* null: any that is public and has a body */
  MlirOperation found;
  int count;
} Search;

static bool searchFunction(MlirOperation function, void *data) {
  Search *search = data;
  bool fits = search->name ? mlirStringRefEqual(execFunctionName(function), irStr(search->name))
                           : execFunctionIsPublic(function) && execFunctionHasBody(function);
  if (fits) {
    search->found = function;
    ++search->count;
  }
  return true;
}

bool execModelFindFunction(ExecModel *model, const char *name, MlirOperation *function) {
  Search search = {.name = name};
  execModelForEachFunction(model, searchFunction, &search);
  *function = search.found;
  if (search.count == 1)
    return true;
  if (name)
    return execFail(model->error, "%s: no function '%s'", model->path, name);
  if (search.count == 0)
    return execFail(model->error, "%s: no public function with a body", model->path);
  return execFail(model->error, "%s: %d public functions; choose one with --entry", model->path,
                  search.count);
}

static bool elementOf(MlirType type, ExecElement *element) {
  if (mlirTypeIsAIndex(type)) {
    *element = EXEC_I64;
    return true;
  }
  if (mlirTypeIsAInteger(type)) {
    static const struct {
      unsigned width;
      ExecElement element;
    } integers[] = {{1, EXEC_I1}, {8, EXEC_I8}, {16, EXEC_I16}, {32, EXEC_I32}, {64, EXEC_I64}};
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; ++i) {
      *element = integers[i].element;
      if (mlirIntegerTypeIsSignless(type) && mlirIntegerTypeGetWidth(type) == integers[i].width)
        return true;
    }
    return false;
  }
  *element = mlirTypeIsAF16(type)    ? EXEC_F16
             : mlirTypeIsABF16(type) ? EXEC_BF16
             : mlirTypeIsAF32(type)  ? EXEC_F32
                                     : EXEC_F64;
  return *element != EXEC_F64 || mlirTypeIsAF64(type);
}

static bool valueTypeOf(MlirType type, ExecValueType *value) {
  *value = (ExecValueType){.scalar = !mlirTypeIsARankedTensor(type)};
  if (value->scalar)
    return elementOf(type, &value->shape.element);
  int64_t rank = mlirShapedTypeGetRank(type);
  if (rank > EXEC_MAX_RANK)
    return false;
  value->shape.rank = (int)rank;
  for (int i = 0; i < value->shape.rank; ++i)
    value->shape.dims[i] =
        mlirShapedTypeIsDynamicDim(type, i) ? EXEC_DYNAMIC : mlirShapedTypeGetDimSize(type, i);
  return elementOf(mlirShapedTypeGetElementType(type), &value->shape.element);
}

static bool declineType(ExecModel *model, MlirOperation function, const char *what, intptr_t i,
                        MlirType type) {
  char typeText[256] = "";
  Text text = {typeText, sizeof typeText};
  mlirTypePrint(type, appendText, &text);
  return execModelFail(model, mlirOperationGetLocation(function),
                       "%s %ld has type %s; supported are ranked tensors of rank up to %d, and "
                       "scalars, of f16, bf16, f32, f64, i1, i8, i16, i32, i64 and index",
                       what, (long)i, typeText, EXEC_MAX_RANK);
}

bool execSignatureCreate(ExecModel *model, MlirOperation function, ExecSignature *signature) {
  MlirType type = execFunctionType(function);
  intptr_t numArguments = mlirFunctionTypeGetNumInputs(type);
  intptr_t numResults = mlirFunctionTypeGetNumResults(type);
  ExecValueType *values = calloc((size_t)(numArguments + numResults) + 1, sizeof *values);
  *signature = (ExecSignature){numArguments, numResults, values, values + numArguments};
  for (intptr_t i = 0; i < numArguments; ++i) {
    MlirType argument = mlirFunctionTypeGetInput(type, i);
    if (!valueTypeOf(argument, &signature->arguments[i]))
      return declineType(model, function, "argument", i, argument);
  }
  for (intptr_t i = 0; i < numResults; ++i) {
    MlirType result = mlirFunctionTypeGetResult(type, i);
    if (!valueTypeOf(result, &signature->results[i]))
      return declineType(model, function, "result", i, result);
  }
  return true;
}

void execSignatureDestroy(ExecSignature *signature) {
  free(signature->arguments);
  *signature = (ExecSignature){0};
}
