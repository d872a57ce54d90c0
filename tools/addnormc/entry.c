#include "tools/addnormc/entry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/kernel.h"
#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"

/* The prefix and the function's name, with '_' for what C does not allow in names. */
static char *cName(MlirOperation function, const char *prefix) {
  MlirStringRef name = execFunctionName(function);
  char *text = malloc(strlen(prefix) + name.length + 1);
  sprintf(text, "%s%.*s", prefix, (int)name.length, name.data);
  for (char *c = text; *c; ++c)
    if (!isalnum((unsigned char)*c))
      *c = '_';
  return text;
}

/* Scalars that the C ABI passes like LLVM does. */
static bool passesByValue(const ExecValueType *type) {
  ExecElement element = type->shape.element;
  return element == EXEC_F32 || element == EXEC_F64 || element == EXEC_I32 || element == EXEC_I64;
}

bool entryCreate(Entry *entry, ExecModel *model, MlirOperation function, const char *prefix) {
  *entry = (Entry){.function = function, .name = cName(function, prefix)};
  if (!execModelCheckRunnable(model, function) ||
      !execSignatureCreate(model, function, &entry->signature))
    return false;
  MlirLocation loc = mlirOperationGetLocation(function);
  for (intptr_t i = 0; i < entry->signature.numArguments; ++i)
    if (entry->signature.arguments[i].scalar && !passesByValue(&entry->signature.arguments[i]))
      return execModelFail(model, loc,
                           "argument %ld is a scalar that C cannot pass by value; make it a tensor "
                           "of rank 0",
                           (long)i);
  for (intptr_t i = 0; i < entry->signature.numResults; ++i)
    if (entry->signature.results[i].scalar)
      return execModelFail(model, loc, "result %ld is a scalar; make it a tensor of rank 0",
                           (long)i);
  return true;
}

void entryDestroy(Entry *entry) {
  execSignatureDestroy(&entry->signature);
  free(entry->name);
  *entry = (Entry){.name = NULL};
}

static MlirBlock bodyOf(const Entry *entry) {
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(entry->function, 0));
}

intptr_t entryArgumentIndex(const Entry *entry, MlirValue value) {
  if (!mlirValueIsABlockArgument(value) ||
      !mlirBlockEqual(mlirBlockArgumentGetOwner(value), bodyOf(entry)))
    return -1;
  return mlirBlockArgumentGetArgNumber(value);
}

char *entryNameWith(const Entry *entry, const char *suffix) {
  char *name = malloc(strlen(entry->name) + strlen(suffix) + 1);
  return strcat(strcpy(name, entry->name), suffix);
}

intptr_t entryKernelResult(const Entry *entry, intptr_t i) {
  MlirValue value = mlirOperationGetOperand(mlirBlockGetTerminator(bodyOf(entry)), i);
  return mlirOpResultGetResultNumber(value);
}

/* Whether nothing but `op` computes: the rest makes its inits, and every result of `op` is returned
 * once. */
static bool isAllThereIs(const Entry *entry, MlirOperation op) {
  static const char *const others[] = {"tensor.empty", "tensor.dim", "arith.constant",
                                       "func.return"};
  MlirOperation other = mlirBlockGetFirstOperation(bodyOf(entry));
  for (; !mlirOperationIsNull(other); other = mlirOperationGetNextInBlock(other)) {
    bool known = mlirOperationEqual(other, op);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i)
      known = known || irIs(other, others[i]);
    if (!known)
      return false;
  }
  MlirOperation ret = mlirBlockGetTerminator(bodyOf(entry));
  intptr_t numResults = mlirOperationGetNumResults(op);
  unsigned seen = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(ret); ++i) {
    MlirValue value = mlirOperationGetOperand(ret, i);
    if (!mlirValueIsAOpResult(value) || !mlirOperationEqual(mlirOpResultGetOwner(value), op))
      return false;
    seen |= 1u << mlirOpResultGetResultNumber(value);
  }
  return mlirOperationGetNumOperands(ret) == numResults && seen == (1u << numResults) - 1;
}

static bool takesArguments(const Entry *entry, MlirOperation op) {
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(op); ++i) {
    float scale;
    if (entryArgumentIndex(entry, addnormRmsNormGetAddend(op, i)) < 0 ||
        !mlirValueIsNull(addnormRmsNormGetScale(op, i, &scale)))
      return false;
  }
  float constant;
  MlirValue gamma = addnormRmsNormGetGamma(op), epsilon = addnormRmsNormGetEpsilon(op, &constant);
  return (mlirValueIsNull(gamma) || entryArgumentIndex(entry, gamma) >= 0) &&
         (mlirValueIsNull(epsilon) || entryArgumentIndex(entry, epsilon) >= 0);
}

void entryFindKernel(Entry *entry) {
  MlirOperation op = mlirBlockGetFirstOperation(bodyOf(entry));
  while (!mlirOperationIsNull(op) && !addnormOperationIsRmsNorm(op))
    op = mlirOperationGetNextInBlock(op);
  bool found = !mlirOperationIsNull(op) && isAllThereIs(entry, op) && takesArguments(entry, op);
  entry->kernel = found ? op : (MlirOperation){NULL};
}
