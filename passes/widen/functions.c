#include "passes/widen/functions.h"

#include <stdlib.h>

#include "lib/ir/build.h"
#include "lib/seam/symbols.h"
#include "mlir-c/Support.h"

/* The attribute of a name is unique. */
static TableKey nameKey(MlirContext context, MlirStringRef name, int32_t scope) {
  return (TableKey){(uintptr_t)mlirStringAttrGet(context, name).ptr, (int32_t)scope};
}

static Function *functionIn(const Functions *functions, MlirOperation symbolTable,
                            MlirStringRef name) {
  int32_t scope = tableGet(&functions->scopes, tableKeyOf(symbolTable.ptr));
  MlirContext context = mlirOperationGetContext(symbolTable);
  int32_t found = scope ? tableGet(&functions->named, nameKey(context, name, scope)) : 0;
  return found ? &functions->list[found - 1] : NULL;
}

MlirBlock functionEntry(MlirOperation function) {
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
}

MlirType functionType(MlirOperation function) {
  return mlirTypeAttrGetValue(mlirOperationGetAttributeByName(function, irStr("function_type")));
}

static bool isPrivate(MlirOperation function) {
  MlirAttribute visibility =
      mlirOperationGetAttributeByName(function, mlirSymbolTableGetVisibilityAttributeName());
  return !mlirAttributeIsNull(visibility) &&
         mlirStringRefEqual(mlirStringAttrGetValue(visibility), irStr("private"));
}

static const char *whyFixed(MlirOperation function) {
  if (!isPrivate(function))
    return "the function is not private: other modules may call it";
  if (mlirBlockIsNull(functionEntry(function)))
    return "the function is defined elsewhere";
  return NULL;
}

typedef struct Collection {
  Functions *functions;
  MlirOperation root;
} Collection;

static int32_t scopeNumber(Functions *functions, MlirOperation symbolTable) {
  TableKey key = tableKeyOf(symbolTable.ptr);
  if (!tableGet(&functions->scopes, key))
    tableSet(&functions->scopes, key, (int32_t)functions->scopes.count + 1);
  return tableGet(&functions->scopes, key);
}

static MlirWalkResult collect(MlirOperation op, void *data) {
  const Collection *c = data;
  if (!irIs(op, "func.func") || mlirOperationEqual(op, c->root))
    return MlirWalkResultAdvance;
  Functions *functions = c->functions;
  MlirStringRef name = mlirStringAttrGetValue(
      mlirOperationGetAttributeByName(op, mlirSymbolTableGetSymbolAttributeName()));
  arrayReserve((void **)&functions->list, &functions->capacity, functions->count + 1,
               sizeof *functions->list);
  functions->list[functions->count++] = (Function){op, whyFixed(op)};
  tableSet(&functions->of, tableKeyOf(op.ptr), (int32_t)functions->count);
  int32_t scope = scopeNumber(functions, mlirOperationGetParentOperation(op));
  tableSet(&functions->named, nameKey(mlirOperationGetContext(op), name, scope),
           (int32_t)functions->count);
  return MlirWalkResultAdvance;
}

typedef struct UseVisit {
  const Functions *functions;
  MlirOperation symbolTable;
} UseVisit;

static void visitUse(MlirOperation user, MlirStringRef name, void *data) {
  const UseVisit *visit = data;
  if (irIs(user, "func.call"))
    return;
  Function *function = functionIn(visit->functions, visit->symbolTable, name);
  if (function && !function->fixed)
    function->fixed = "the function is used by other ops than calls";
}

static void fixAll(Functions *functions, MlirOperation symbolTable) {
  for (size_t i = 0; i < functions->count; ++i)
    if (!functions->list[i].fixed &&
        mlirOperationEqual(mlirOperationGetParentOperation(functions->list[i].op), symbolTable))
      functions->list[i].fixed = "the function's uses are not all known";
}

void functionsCreate(Functions *functions, MlirOperation root) {
  *functions = (Functions){0};
  mlirOperationWalk(root, collect, &(Collection){functions, root}, MlirWalkPreOrder);
  Table visited = {0};
  for (size_t i = 0; i < functions->count; ++i) {
    MlirOperation table = mlirOperationGetParentOperation(functions->list[i].op);
    if (functions->list[i].fixed || tableGet(&visited, tableKeyOf(table.ptr)))
      continue;
    tableSet(&visited, tableKeyOf(table.ptr), 1);
    if (!seamVisitSymbolUses(table, visitUse, &(UseVisit){functions, table}))
      fixAll(functions, table);
  }
  tableFree(&visited);
}

void functionsDestroy(Functions *functions) {
  free(functions->list);
  tableFree(&functions->of);
  tableFree(&functions->scopes);
  tableFree(&functions->named);
}

const Function *functionsFind(const Functions *functions, MlirOperation op) {
  int32_t found = tableGet(&functions->of, tableKeyOf(op.ptr));
  return found ? &functions->list[found - 1] : NULL;
}

/* A call's name is looked up in the nearest symbol table around it, where the verifier has found a
 * function. */
const Function *functionsCallee(const Functions *functions, MlirOperation call) {
  MlirAttribute callee = mlirOperationGetAttributeByName(call, irStr("callee"));
  MlirStringRef name = mlirFlatSymbolRefAttrGetValue(callee);
  const Function *function = NULL;
  for (MlirOperation at = mlirOperationGetParentOperation(call);
       !function && !mlirOperationIsNull(at); at = mlirOperationGetParentOperation(at))
    function = functionIn(functions, at, name);
  return function;
}
