#include "passes/verify/accumulate.h"

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"

/* --- equal values ------------------------------------------------------------------------------*/

static int32_t numberOf(Accumulations *acc, MlirValue value) {
  int32_t number = tableGet(&acc->numbers, tableKeyOf(value.ptr));
  if (number)
    return number;
  number = ++acc->nextNumber;
  tableSet(&acc->numbers, tableKeyOf(value.ptr), number);
  return number;
}

static int32_t extend(Accumulations *acc, int32_t number, uint64_t more) {
  TableKey key = {(uint64_t)number, more};
  int32_t found = tableGet(&acc->pairs, key);
  if (found)
    return found;
  tableSet(&acc->pairs, key, ++acc->nextNumber);
  return acc->nextNumber;
}

static int32_t extendByAttributes(Accumulations *acc, int32_t number, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumAttributes(op); ++i)
    number =
        extend(acc, number, (uint64_t)(uintptr_t)mlirOperationGetAttribute(op, i).attribute.ptr);
  return number;
}

static bool isComputation(OpMeaning meaning) {
  switch (meaning) {
  case OP_NOTHING: /* two allocations are not the same */
  case OP_UNKNOWN:
  case OP_CALL:
  case OP_STORE:
    return false;
  default:
    return true;
  }
}

static void numberResults(Accumulations *acc, MlirOperation op) {
  int32_t number = extend(acc, 0, (uint64_t)(uintptr_t)mlirOperationGetName(op).ptr);
  number = extendByAttributes(acc, number, op);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    number = extend(acc, number, (uint64_t)numberOf(acc, mlirOperationGetOperand(op, i)));
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i) {
    MlirValue result = mlirOperationGetResult(op, i);
    int32_t typed = extend(acc, number, (uint64_t)(uintptr_t)mlirValueGetType(result).ptr);
    tableSet(&acc->numbers, tableKeyOf(result.ptr), extend(acc, typed, (uint64_t)i));
  }
}

bool accumulationsSame(Accumulations *acc, MlirValue a, MlirValue b) {
  return numberOf(acc, a) == numberOf(acc, b);
}

/* --- from a value back to the accumulator it continues -----------------------------------------*/

typedef struct Goal {
  MlirValue argument; /* of a loop or a body; null: a load of ... */
  int32_t address;    /* ... this address */
  int budget;         /* ops to look at */
  bool isTrial;       /* marks nothing */
} Goal;

int32_t accumulationsAddress(Accumulations *acc, MlirOperation op, bool isStore) {
  int32_t number = extend(acc, 0, 0);
  MlirAttribute map = mlirOperationGetAttributeByName(op, irStr("map"));
  number = extend(acc, number, (uint64_t)(uintptr_t)map.ptr);
  for (intptr_t i = isStore; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    if (memoryIsPointer(type) || mlirTypeIsAIndex(type))
      number = extend(acc, number, (uint64_t)numberOf(acc, operand));
  }
  return number;
}

static bool continues(Accumulations *acc, MlirValue value, Goal *goal);

/* Marks the addition when its operand `i` continues the accumulator. */
static bool continuesBy(Accumulations *acc, MlirOperation op, intptr_t i, Goal *goal) {
  if (i >= mlirOperationGetNumOperands(op) || !continues(acc, mlirOperationGetOperand(op, i), goal))
    return false;
  if (!goal->isTrial)
    tableSet(&acc->operands, tableKeyOf(op.ptr), (int32_t)i + 1);
  return true;
}

static bool continuesAny(Accumulations *acc, MlirOperation op, Goal *goal) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (continues(acc, mlirOperationGetOperand(op, i), goal))
      return true;
  return false;
}

static bool continues(Accumulations *acc, MlirValue value, Goal *goal) {
  if (mlirValueEqual(value, goal->argument))
    return true;
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op) || goal->budget-- <= 0)
    return false;
  switch (semanticsOf(acc->memory->copies->semantics, op)) {
  case OP_MOVE:
  case OP_SELECT:
    return continuesAny(acc, op, goal);
  case OP_ADD:
    return continuesBy(acc, op, 0, goal) || continuesBy(acc, op, 1, goal);
  case OP_FMA:
  case OP_CONTRACT:
    return continuesBy(acc, op, 2, goal);
  case OP_LOAD:
    return mlirValueIsNull(goal->argument) && accumulationsAddress(acc, op, false) == goal->address;
  default:
    return false;
  }
}

/* Registers only: a tensor that a loop carries and adds to is a residual stream. */
static bool isRegister(MlirType type) {
  return mlirTypeIsAFloat(type) || mlirTypeIsAVector(type) || mlirTypeIsAComplex(type);
}

static void markCarried(void *data, Place from, Place to) {
  Accumulations *acc = data;
  if (mlirValueIsNull(to.value) || mlirValueIsNull(from.value) ||
      !mlirValueIsABlockArgument(to.value) || !isRegister(mlirValueGetType(to.value)))
    return;
  Goal goal = {.argument = to.value, .budget = 256};
  continues(acc, from.value, &goal);
}

/* --- reductions of linalg
 * ------------------------------------------------------------------------*/

static intptr_t numDimsUsed(MlirAffineMap map) {
  intptr_t used = 0;
  for (intptr_t i = 0; i < mlirAffineMapGetNumResults(map); ++i)
    used += mlirAffineExprIsADim(mlirAffineMapGetResult(map, i));
  return used;
}

static MlirAffineMap mapOf(MlirAttribute maps, intptr_t i) {
  if (mlirAttributeIsNull(maps) || !mlirAttributeIsAArray(maps) ||
      i >= mlirArrayAttrGetNumElements(maps))
    return (MlirAffineMap){NULL};
  return mlirAffineMapAttrGetValue(mlirArrayAttrGetElement(maps, i));
}

/* An output that is the same element for several iterations is accumulated into. */
static void markReductions(Accumulations *acc, MlirOperation op) {
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  MlirOperation yield =
      mlirBlockIsNull(body) ? (MlirOperation){NULL} : mlirBlockGetTerminator(body);
  if (mlirOperationIsNull(yield))
    return;
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  intptr_t numArguments = mlirBlockGetNumArguments(body);
  intptr_t firstOutput = mlirOperationGetNumOperands(op) - mlirOperationGetNumOperands(yield);
  for (intptr_t i = 0; i < numArguments && i < mlirOperationGetNumOperands(op); ++i) {
    MlirAffineMap map = mapOf(maps, i);
    MlirValue argument = mlirBlockGetArgument(body, i);
    int32_t number = numberOf(acc, mlirOperationGetOperand(op, i));
    tableSet(&acc->numbers, tableKeyOf(argument.ptr),
             extend(acc, number, (uint64_t)(uintptr_t)map.ptr));
    bool isReduced = i >= firstOutput && map.ptr && numDimsUsed(map) < mlirAffineMapGetNumDims(map);
    Goal goal = {.argument = argument, .budget = 256};
    if (isReduced)
      continues(acc, mlirOperationGetOperand(yield, i - firstOutput), &goal);
  }
}

/* --- accumulation in memory
 * -----------------------------------------------------------------------
 *
 * a = load p; store a + t, p. It accumulates if the store is on a cycle of the program that leaves
 * p as it is and writes to that memory nowhere else. */

enum { MAX_LEAVES = 16, MAX_BLOCKS = 64 };

typedef struct Blocks {
  MlirBlock blocks[MAX_BLOCKS];
  int count;
} Blocks;

static bool isIn(const Blocks *set, MlirBlock block) {
  for (int i = 0; i < set->count; ++i)
    if (mlirBlockEqual(set->blocks[i], block))
      return true;
  return false;
}

static bool addBlock(Blocks *set, MlirBlock block, int limit) {
  if (isIn(set, block))
    return true;
  if (set->count == limit)
    return false;
  set->blocks[set->count++] = block;
  return true;
}

/* Adds the blocks that make the value anew whenever they are entered. */
static bool addLeaves(const Accumulations *acc, MlirValue value, Blocks *leaves, int *budget) {
  MlirOperation op = irDefiningOp(value);
  if ((*budget)-- <= 0)
    return false;
  if (mlirOperationIsNull(op))
    return addBlock(leaves, mlirBlockArgumentGetOwner(value), MAX_LEAVES);
  switch (semanticsOf(acc->memory->copies->semantics, op)) {
  case OP_MOVE:
  case OP_SELECT:
  case OP_INTEGERS:
  case OP_CONSTANT:
  case OP_GLOBAL:
    break;
  default:
    return addBlock(leaves, mlirOperationGetBlock(op), MAX_LEAVES);
  }
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (!addLeaves(acc, mlirOperationGetOperand(op, i), leaves, budget))
      return false;
  return true;
}

static bool contains(MlirOperation op, MlirBlock block) {
  for (MlirOperation at = mlirBlockGetParentOperation(block); !mlirOperationIsNull(at);
       at = mlirOperationGetParentOperation(at))
    if (mlirOperationEqual(at, op))
      return true;
  return false;
}

typedef struct WriteSearch {
  const Accumulations *acc;
  MlirOperation store;
  int32_t class;
  bool found;
} WriteSearch;

static MlirWalkResult findWrite(MlirOperation op, void *data) {
  WriteSearch *search = data;
  OpMeaning meaning = semanticsOf(search->acc->memory->copies->semantics, op);
  bool writes = meaning == OP_STORE || meaning == OP_COPY || meaning == OP_COPY_FROM ||
                meaning == OP_CALL || meaning == OP_LINALG || meaning == OP_NORM ||
                meaning == OP_UNKNOWN;
  if (!writes || mlirOperationEqual(op, search->store))
    return MlirWalkResultAdvance;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    search->found |=
        memoryClassOf(search->acc->memory, mlirOperationGetOperand(op, i)) == search->class;
  return search->found ? MlirWalkResultInterrupt : MlirWalkResultAdvance;
}

/* Whether the memory is written in the block, other than by the store. */
static bool isWrittenIn(const WriteSearch *of, MlirBlock block) {
  WriteSearch search = *of;
  for (MlirOperation op = mlirBlockGetFirstOperation(block);
       !mlirOperationIsNull(op) && !search.found; op = mlirOperationGetNextInBlock(op))
    mlirOperationWalk(op, findWrite, &search, MlirWalkPreOrder);
  return search.found;
}

/* Whether the store's block can run again with none of `leaves` and no other write in between. */
static bool isOnCycle(const WriteSearch *search, const Blocks *leaves) {
  MlirBlock start = mlirOperationGetBlock(search->store);
  Blocks reached = {.count = 0};
  if (isIn(leaves, start) || isWrittenIn(search, start))
    return false;
  addBlock(&reached, start, MAX_BLOCKS);
  for (int i = 0; i < reached.count; ++i)
    for (intptr_t s = 0; s < mlirBlockGetNumSuccessors(reached.blocks[i]); ++s) {
      MlirBlock next = mlirBlockGetSuccessor(reached.blocks[i], s);
      if (mlirBlockEqual(next, start))
        return true;
      bool isBarred = isIn(leaves, next) || isIn(&reached, next) || isWrittenIn(search, next);
      if (!isBarred && !addBlock(&reached, next, MAX_BLOCKS))
        return false;
    }
  return false;
}

/* The loop that runs `op` again and again, or null. */
static MlirOperation innermostLoop(const Accumulations *acc, MlirOperation op) {
  MlirOperation at = mlirOperationGetParentOperation(op);
  for (; !mlirOperationIsNull(at); at = mlirOperationGetParentOperation(at)) {
    OpMeaning meaning = semanticsOf(acc->memory->copies->semantics, at);
    if (meaning == OP_LOOP || meaning == OP_WHILE || meaning == OP_PARALLEL ||
        irIs(at, "affine.parallel"))
      return at;
    if (meaning != OP_REGION)
      break;
  }
  return (MlirOperation){NULL};
}

static bool repeatsInPlace(Accumulations *acc, MlirOperation store) {
  Blocks leaves = {.count = 0};
  int budget = 256;
  for (intptr_t i = 1; i < mlirOperationGetNumOperands(store); ++i)
    if (!addLeaves(acc, mlirOperationGetOperand(store, i), &leaves, &budget))
      return false;
  WriteSearch search = {acc, store, memoryClassOf(acc->memory, mlirOperationGetOperand(store, 1)),
                        false};
  if (isOnCycle(&search, &leaves))
    return true;
  MlirOperation loop = innermostLoop(acc, store);
  if (mlirOperationIsNull(loop))
    return false;
  for (int i = 0; i < leaves.count; ++i)
    if (contains(loop, leaves.blocks[i]))
      return false;
  mlirOperationWalk(loop, findWrite, &search, MlirWalkPreOrder);
  return !search.found;
}

static void markInMemory(Accumulations *acc, MlirOperation store) {
  if (mlirOperationGetNumOperands(store) < 2 ||
      !memoryIsPointer(mlirValueGetType(mlirOperationGetOperand(store, 1))) ||
      !isRegister(mlirValueGetType(mlirOperationGetOperand(store, 0))))
    return;
  MlirValue sum = mlirOperationGetOperand(store, 0);
  Goal goal = {.address = accumulationsAddress(acc, store, true), .budget = 256, .isTrial = true};
  if (!continues(acc, sum, &goal) || !repeatsInPlace(acc, store))
    return;
  goal.budget = 256;
  goal.isTrial = false;
  continues(acc, sum, &goal);
}

/* --- the walk
 * ------------------------------------------------------------------------------------*/

static MlirWalkResult number(MlirOperation op, void *data) {
  Accumulations *acc = data;
  OpMeaning meaning = semanticsOf(acc->memory->copies->semantics, op);
  if (meaning == OP_LINALG)
    markReductions(acc, op);
  else if (mlirOperationGetNumRegions(op) == 0 && isComputation(meaning))
    numberResults(acc, op);
  return MlirWalkResultAdvance;
}

static MlirWalkResult mark(MlirOperation op, void *data) {
  Accumulations *acc = data;
  copiesOf(acc->memory->copies, op, markCarried, acc);
  if (semanticsOf(acc->memory->copies->semantics, op) == OP_STORE)
    markInMemory(acc, op);
  return MlirWalkResultAdvance;
}

Accumulations accumulationsCreate(const Memory *memory, MlirOperation root) {
  Accumulations acc = {.memory = memory};
  mlirOperationWalk(root, number, &acc, MlirWalkPreOrder);
  mlirOperationWalk(root, mark, &acc, MlirWalkPreOrder);
  return acc;
}

void accumulationsFree(Accumulations *acc) {
  tableFree(&acc->numbers);
  tableFree(&acc->pairs);
  tableFree(&acc->operands);
}

intptr_t accumulatorOf(const Accumulations *acc, MlirOperation op) {
  return tableGet(&acc->operands, tableKeyOf(op.ptr)) - 1;
}
