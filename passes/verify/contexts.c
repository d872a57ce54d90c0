#include "passes/verify/contexts.h"

#include <stdlib.h>

#include "lib/ir/build.h"

/* Ops in the order of a walk, which is the same for a copy. */
typedef struct List {
  MlirOperation *at;
  size_t count, capacity;
} List;

static MlirWalkResult append(MlirOperation op, void *data) {
  List *list = data;
  arrayReserve((void **)&list->at, &list->capacity, list->count + 1, sizeof *list->at);
  list->at[list->count++] = op;
  return MlirWalkResultAdvance;
}

static List listOf(MlirOperation root) {
  List list = {0};
  mlirOperationWalk(root, append, &list, MlirWalkPreOrder);
  return list;
}

/* --- functions ------------------------------------------------------------------------------- */

static bool isFunction(MlirOperation op) { return irIs(op, "func.func") || irIs(op, "llvm.func"); }

static bool hasBody(MlirOperation function) {
  return mlirOperationGetNumRegions(function) == 1 &&
         !mlirBlockIsNull(mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0)));
}

/* The function beside that of the call that it names; null where it is none, or has no body. */
static MlirOperation calleeOf(MlirOperation op) {
  MlirOperation none = {NULL};
  MlirAttribute name = irIs(op, "func.call") || irIs(op, "llvm.call")
                           ? mlirOperationGetAttributeByName(op, irStr("callee"))
                           : mlirAttributeGetNull();
  if (mlirAttributeIsNull(name) || !mlirAttributeIsAFlatSymbolRef(name))
    return none;
  MlirOperation caller = op;
  while (!mlirOperationIsNull(caller) && !isFunction(caller))
    caller = mlirOperationGetParentOperation(caller);
  if (mlirOperationIsNull(caller) || mlirOperationIsNull(mlirOperationGetParentOperation(caller)))
    return none;
  MlirSymbolTable table = mlirSymbolTableCreate(mlirOperationGetParentOperation(caller));
  if (mlirSymbolTableIsNull(table))
    return none;
  MlirOperation found = mlirSymbolTableLookup(table, mlirFlatSymbolRefAttrGetValue(name));
  mlirSymbolTableDestroy(table);
  return !mlirOperationIsNull(found) && isFunction(found) && hasBody(found) ? found : none;
}

static MlirWalkResult findCall(MlirOperation op, void *found) {
  if (mlirOperationIsNull(calleeOf(op)))
    return MlirWalkResultAdvance;
  *(bool *)found = true;
  return MlirWalkResultInterrupt;
}

static bool isLeaf(MlirOperation function) {
  bool calls = false;
  mlirOperationWalk(function, findCall, &calls, MlirWalkPreOrder);
  return !calls;
}

/* A call of a leaf that has been called before. */
typedef struct Calls {
  Table isSeen; /* function -> 1: a leaf that has been called, -1: no leaf */
  List again;
} Calls;

static MlirWalkResult collectCall(MlirOperation op, void *data) {
  Calls *calls = data;
  MlirOperation callee = calleeOf(op);
  if (mlirOperationIsNull(callee))
    return MlirWalkResultAdvance;
  int32_t seen = tableGet(&calls->isSeen, tableKeyOf(callee.ptr));
  if (seen > 0)
    append(op, &calls->again);
  if (seen == 0)
    tableSet(&calls->isSeen, tableKeyOf(callee.ptr), isLeaf(callee) ? 1 : -1);
  return MlirWalkResultAdvance;
}

static Calls callsOf(MlirOperation root) {
  Calls calls = {0};
  mlirOperationWalk(root, collectCall, &calls, MlirWalkPreOrder);
  return calls;
}

static void freeCalls(Calls *calls) {
  tableFree(&calls->isSeen);
  free(calls->again.at);
}

/* --- copies ---------------------------------------------------------------------------------- */

static void addOriginal(Contexts *contexts, MlirOperation copy, MlirOperation original) {
  arrayReserve((void **)&contexts->originals, &contexts->capacity, contexts->count + 1,
               sizeof *contexts->originals);
  contexts->originals[contexts->count++] = original;
  tableSet(&contexts->numbers, tableKeyOf(copy.ptr), (int32_t)contexts->count);
}

MlirOperation contextsOriginal(const Contexts *contexts, MlirOperation op) {
  int32_t number = tableGet(&contexts->numbers, tableKeyOf(op.ptr));
  return number ? contexts->originals[number - 1] : op;
}

/* A copy of `op` whose ops stand for what those of `op` do. */
static MlirOperation copyOf(Contexts *contexts, MlirOperation op) {
  MlirOperation copy = mlirOperationClone(op);
  List from = listOf(op), to = listOf(copy);
  for (size_t i = 0; i < from.count; ++i)
    addOriginal(contexts, to.at[i], contextsOriginal(contexts, from.at[i]));
  free(from.at);
  free(to.at);
  return copy;
}

/* Gives the call a function of its own. */
static void separate(Contexts *contexts, MlirOperation call) {
  MlirOperation function = calleeOf(call), copy = copyOf(contexts, function);
  MlirOperation module = mlirOperationGetParentOperation(function);
  MlirSymbolTable table = mlirSymbolTableCreate(module);
  MlirAttribute name = mlirSymbolTableInsert(table, copy); /* renames it */
  mlirSymbolTableDestroy(table);
  mlirOperationSetAttributeByName(
      call, irStr("callee"),
      mlirFlatSymbolRefAttrGet(mlirOperationGetContext(call), mlirStringAttrGetValue(name)));
}

Contexts contextsCreate(MlirOperation root) {
  Contexts contexts = {.root = root};
  Calls calls = callsOf(root);
  contexts.isCopy = calls.again.count > 0;
  freeCalls(&calls);
  if (!contexts.isCopy)
    return contexts;
  contexts.root = copyOf(&contexts, root);
  calls = callsOf(contexts.root);
  for (size_t i = 0; i < calls.again.count; ++i)
    separate(&contexts, calls.again.at[i]);
  freeCalls(&calls);
  return contexts;
}

void contextsFree(Contexts *contexts) {
  if (contexts->isCopy)
    mlirOperationDestroy(contexts->root);
  tableFree(&contexts->numbers);
  free(contexts->originals);
}
