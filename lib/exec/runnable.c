/* Whether a function can be run: found out before anything is lowered, with a place to point at. */

#include <stdlib.h>

#include "lib/exec/model.h"
#include "lib/ir/build.h"

static bool checkSize(ExecModel *model, MlirOperation op, MlirType type, size_t available) {
  if (!mlirTypeIsARankedTensor(type) || !mlirShapedTypeHasStaticShape(type))
    return true;
  MlirType element = mlirShapedTypeGetElementType(type);
  size_t bytes = mlirTypeIsAFloat(element)     ? (mlirFloatTypeGetWidth(element) + 7) / 8
                 : mlirTypeIsAInteger(element) ? (mlirIntegerTypeGetWidth(element) + 7) / 8
                                               : 8;
  bool fits = true;
  for (int64_t i = 0; i < mlirShapedTypeGetRank(type); ++i) {
    int64_t dim = mlirShapedTypeGetDimSize(type, i);
    if (dim == 0)
      return true;
    fits = fits && !__builtin_mul_overflow(bytes, (size_t)dim, &bytes);
  }
  if (fits && bytes <= available)
    return true;
  return execModelFail(model, mlirOperationGetLocation(op),
                       "a tensor here is larger than the %zu MiB of memory that are available",
                       available >> 20);
}

typedef struct SizeCheck {
  ExecModel *model;
  size_t available;
} SizeCheck;

static MlirWalkResult visitSizes(MlirOperation op, void *data) {
  SizeCheck *check = data;
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (!checkSize(check->model, op, mlirValueGetType(mlirOperationGetResult(op, i)),
                   check->available))
      return MlirWalkResultInterrupt;
  return MlirWalkResultAdvance;
}

static bool checkArguments(ExecModel *model, MlirOperation function, size_t available) {
  MlirType type = execFunctionType(function);
  for (intptr_t i = 0; i < mlirFunctionTypeGetNumInputs(type); ++i)
    if (!checkSize(model, function, mlirFunctionTypeGetInput(type, i), available))
      return false;
  return true;
}

/* The functions on the path from the entry, innermost first. */
typedef struct Frame {
  ExecModel *model;
  MlirOperation function;
  const struct Frame *caller;
} Frame;

static bool checkCalls(const Frame *frame);

static MlirWalkResult visitCall(MlirOperation op, void *data) {
  const Frame *frame = data;
  if (!irIs(op, "func.call"))
    return MlirWalkResultAdvance;
  MlirStringRef name =
      mlirFlatSymbolRefAttrGetValue(mlirOperationGetAttributeByName(op, irStr("callee")));
  MlirSymbolTable symbols = mlirSymbolTableCreate(mlirModuleGetOperation(frame->model->module));
  MlirOperation callee = mlirSymbolTableLookup(symbols, name);
  mlirSymbolTableDestroy(symbols);

  Frame inner = {frame->model, callee, frame};
  bool ok = true;
  for (const Frame *f = frame; f && ok; f = f->caller)
    if (mlirOperationEqual(f->function, callee))
      ok = execModelFail(frame->model, mlirOperationGetLocation(op),
                         "'%.*s' calls itself; recursion is not supported", (int)name.length,
                         name.data);
  if (ok && !execFunctionHasBody(callee))
    ok = execModelFail(frame->model, mlirOperationGetLocation(op),
                       "'%.*s' is declared but not defined; link its definition into the model",
                       (int)name.length, name.data);
  return ok && checkCalls(&inner) ? MlirWalkResultAdvance : MlirWalkResultInterrupt;
}

static bool checkCalls(const Frame *frame) {
  mlirOperationWalk(frame->function, visitCall, (void *)frame, MlirWalkPreOrder);
  return frame->model->error->text[0] == '\0';
}

bool execModelCheckRunnable(ExecModel *model, MlirOperation entry) {
  if (!execFunctionHasBody(entry)) {
    MlirStringRef name = execFunctionName(entry);
    return execModelFail(model, mlirOperationGetLocation(entry), "'%.*s' has no body",
                         (int)name.length, name.data);
  }
  SizeCheck sizes = {model, execAvailableMemory()};
  if (!checkArguments(model, entry, sizes.available))
    return false;
  mlirOperationWalk(mlirModuleGetOperation(model->module), visitSizes, &sizes, MlirWalkPreOrder);
  if (model->error->text[0])
    return false;
  Frame frame = {model, entry, NULL};
  return checkCalls(&frame);
}
