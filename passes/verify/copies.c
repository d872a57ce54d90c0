#include "passes/verify/copies.h"

#include <stdlib.h>

#include "lib/ir/build.h"

typedef struct Sink {
  CopyCallback callback;
  void *data;
} Sink;

Place placeOf(MlirValue value) { return (Place){tableKeyOf(value.ptr), value}; }

static Place resultOf(MlirOperation function, intptr_t i) {
  return (Place){{(uint64_t)(uintptr_t)function.ptr, (uint64_t)i + 1}, {NULL}};
}

/* --- symbols ---------------------------------------------------------------------------------- */

static TableKey symbolKey(MlirOperation scope, MlirContext context, MlirStringRef name) {
  MlirIdentifier id = mlirIdentifierGet(context, name);
  return (TableKey){(uint64_t)(uintptr_t)scope.ptr, (uint64_t)(uintptr_t)id.ptr};
}

static MlirWalkResult collectSymbol(MlirOperation op, void *data) {
  Copies *copies = data;
  MlirAttribute name = mlirOperationGetAttributeByName(op, mlirSymbolTableGetSymbolAttributeName());
  MlirOperation scope = mlirOperationGetParentOperation(op);
  if (mlirAttributeIsNull(name) || !mlirAttributeIsAString(name) || mlirOperationIsNull(scope))
    return MlirWalkResultAdvance;
  arrayReserve((void **)&copies->ops, &copies->capacity, copies->numOps + 1, sizeof *copies->ops);
  copies->ops[copies->numOps++] = op;
  MlirStringRef text = mlirStringAttrGetValue(name);
  tableSet(&copies->functions, symbolKey(scope, copies->semantics->context, text),
           (int32_t)copies->numOps);
  return MlirWalkResultAdvance;
}

Copies copiesCreate(const Semantics *semantics, MlirOperation root) {
  Copies copies = {.semantics = semantics};
  mlirOperationWalk(root, collectSymbol, &copies, MlirWalkPreOrder);
  return copies;
}

void copiesFree(Copies *copies) {
  tableFree(&copies->functions);
  free(copies->ops);
}

MlirOperation copiesSymbol(const Copies *copies, MlirOperation op, const char *name) {
  MlirAttribute symbol = mlirOperationGetAttributeByName(op, irStr(name));
  if (mlirAttributeIsNull(symbol) || !mlirAttributeIsAFlatSymbolRef(symbol))
    return (MlirOperation){NULL};
  MlirStringRef text = mlirFlatSymbolRefAttrGetValue(symbol);
  MlirOperation scope = mlirOperationGetParentOperation(op);
  for (; !mlirOperationIsNull(scope); scope = mlirOperationGetParentOperation(scope)) {
    int32_t found =
        tableGet(&copies->functions, symbolKey(scope, copies->semantics->context, text));
    if (found)
      return copies->ops[found - 1];
  }
  return scope;
}

bool copiesHasBody(MlirOperation function) {
  return mlirOperationGetNumRegions(function) > 0 &&
         !mlirBlockIsNull(mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0)));
}

/* --- copies -----------------------------------------------------------------------------------*/

static void copy(const Sink *sink, MlirValue from, MlirValue to) {
  sink->callback(sink->data, placeOf(from), placeOf(to));
}

/* All of these skip what is not there: broken counts are the verifier's business, and ops that it
 * does not know may have any. */

static void toArgument(const Sink *sink, MlirValue from, MlirBlock block, intptr_t i) {
  if (!mlirBlockIsNull(block) && i >= 0 && i < mlirBlockGetNumArguments(block))
    copy(sink, from, mlirBlockGetArgument(block, i));
}

static void toResult(const Sink *sink, MlirValue from, MlirOperation op, intptr_t i) {
  if (i >= 0 && i < mlirOperationGetNumResults(op))
    copy(sink, from, mlirOperationGetResult(op, i));
}

static MlirBlock entryOf(MlirOperation op, intptr_t region) {
  if (region >= mlirOperationGetNumRegions(op))
    return (MlirBlock){NULL};
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(op, region));
}

/* The operands that branches hand on are the last, in the order of the successors. */
static void branchCopies(const Sink *sink, MlirOperation op) {
  intptr_t count = mlirOperationGetNumSuccessors(op), total = 0;
  for (intptr_t s = 0; s < count; ++s)
    total += mlirBlockGetNumArguments(mlirOperationGetSuccessor(op, s));
  intptr_t operand = mlirOperationGetNumOperands(op) - total;
  for (intptr_t s = 0; operand >= 0 && s < count; ++s) {
    MlirBlock block = mlirOperationGetSuccessor(op, s);
    for (intptr_t i = 0; i < mlirBlockGetNumArguments(block); ++i)
      toArgument(sink, mlirOperationGetOperand(op, operand++), block, i);
  }
}

/* What starts a loop's last arguments are its last operands; a loop that never runs returns them.
 */
static void loopCopies(const Sink *sink, MlirOperation op) {
  intptr_t count = mlirOperationGetNumResults(op);
  MlirBlock body = entryOf(op, 0);
  if (mlirBlockIsNull(body))
    return;
  intptr_t operand = mlirOperationGetNumOperands(op) - count;
  intptr_t argument = mlirBlockGetNumArguments(body) - count;
  for (intptr_t i = 0; operand >= 0 && argument >= 0 && i < count; ++i) {
    MlirValue start = mlirOperationGetOperand(op, operand + i);
    toArgument(sink, start, body, argument + i);
    toResult(sink, start, op, i);
    /* What scf.forall inserts into its argument is what it returns. */
    toResult(sink, mlirBlockGetArgument(body, argument + i), op, i);
  }
}

static void operandsToArguments(const Sink *sink, MlirOperation op, MlirBlock block) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    toArgument(sink, mlirOperationGetOperand(op, i), block, i);
}

static void operandsToResults(const Sink *sink, MlirOperation from, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(from); ++i)
    toResult(sink, mlirOperationGetOperand(from, i), op, i);
}

/* A terminator hands its operands to the op around it. */
static void yieldCopies(const Copies *copies, const Sink *sink, MlirOperation op) {
  MlirOperation parent = mlirOperationGetParentOperation(op);
  OpMeaning meaning = semanticsOf(copies->semantics, parent);
  if (meaning == OP_FUNCTION_LIKE) {
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
      sink->callback(sink->data, placeOf(mlirOperationGetOperand(op, i)), resultOf(parent, i));
  } else if (meaning == OP_WHILE && irIs(op, "scf.condition")) {
    for (intptr_t i = 1; i < mlirOperationGetNumOperands(op); ++i) {
      toArgument(sink, mlirOperationGetOperand(op, i), entryOf(parent, 1), i - 1);
      toResult(sink, mlirOperationGetOperand(op, i), parent, i - 1);
    }
  } else if (meaning == OP_WHILE) {
    operandsToArguments(sink, op, entryOf(parent, 0));
  } else if (meaning == OP_REGION) {
    operandsToResults(sink, op, parent);
  } else if (meaning == OP_LOOP && !mlirBlockIsNull(entryOf(parent, 0))) {
    MlirBlock body = entryOf(parent, 0);
    intptr_t first = mlirBlockGetNumArguments(body) - mlirOperationGetNumResults(parent);
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
      toArgument(sink, mlirOperationGetOperand(op, i), body, first + i);
    operandsToResults(sink, op, parent);
  }
}

/* Each reduction of scf.parallel: an accumulator that starts from an init, and what it combines. */
static void combineCopies(const Sink *sink, MlirOperation op) {
  MlirOperation loop = mlirOperationGetParentOperation(op);
  intptr_t firstInit = mlirOperationGetNumOperands(loop) - mlirOperationGetNumResults(loop);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirBlock block = entryOf(op, i);
    if (mlirBlockIsNull(block) || firstInit < 0)
      continue;
    MlirOperation yield = mlirBlockGetTerminator(block);
    toArgument(sink, mlirOperationGetOperand(op, i), block, 1);
    if (firstInit + i < mlirOperationGetNumOperands(loop)) {
      toArgument(sink, mlirOperationGetOperand(loop, firstInit + i), block, 0);
      toResult(sink, mlirOperationGetOperand(loop, firstInit + i), loop, i);
    }
    if (mlirOperationIsNull(yield) || mlirOperationGetNumOperands(yield) != 1)
      continue;
    toArgument(sink, mlirOperationGetOperand(yield, 0), block, 0);
    toResult(sink, mlirOperationGetOperand(yield, 0), loop, i);
  }
}

static void callCopies(const Copies *copies, const Sink *sink, MlirOperation op) {
  MlirOperation callee = copiesSymbol(copies, op, "callee");
  if (mlirOperationIsNull(callee) || !copiesHasBody(callee))
    return;
  operandsToArguments(sink, op, entryOf(callee, 0));
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    sink->callback(sink->data, resultOf(callee, i), placeOf(mlirOperationGetResult(op, i)));
}

static bool isTerminator(MlirOperation op) {
  MlirBlock block = mlirOperationGetBlock(op);
  return !mlirBlockIsNull(block) && mlirOperationIsNull(mlirOperationGetNextInBlock(op)) &&
         !mlirOperationIsNull(mlirOperationGetParentOperation(op));
}

void copiesOf(const Copies *copies, MlirOperation op, CopyCallback callback, void *data) {
  Sink sink = {callback, data};
  switch (semanticsOf(copies->semantics, op)) {
  case OP_LOOP:
    loopCopies(&sink, op);
    break;
  case OP_WHILE:
    operandsToArguments(&sink, op, entryOf(op, 0));
    break;
  case OP_COMBINE:
    combineCopies(&sink, op);
    break;
  case OP_CALL:
    callCopies(copies, &sink, op);
    break;
  default:
    if (mlirOperationGetNumSuccessors(op) > 0)
      branchCopies(&sink, op);
    else if (isTerminator(op))
      yieldCopies(copies, &sink, op);
    break;
  }
}
