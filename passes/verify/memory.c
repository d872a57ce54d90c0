#include "passes/verify/memory.h"

#include <stdlib.h>

#include "lib/ir/build.h"
#include "mlir-c/BuiltinAttributes.h"
#include "mlir-c/Dialect/LLVM.h"
#include "passes/verify/scratchpad.h"

static bool isMemref(MlirType type) {
  return mlirTypeIsAMemRef(type) || mlirTypeIsAUnrankedMemRef(type);
}

/* Of LLVM's aggregates only those of no floats are taken for numbers: a struct may hold pointers.
 */
bool memoryIsPointer(MlirType type) {
  if (mlirTypeIsAVector(type))
    type = mlirShapedTypeGetElementType(type);
  return isMemref(type) || mlirTypeIsALLVMPointerType(type) || mlirTypeIsALLVMStructType(type);
}

static int32_t find(const Memory *memory, int32_t c) {
  while (memory->classes[c].parent != c) {
    MemoryClass *node = &memory->classes[c];
    node->parent = memory->classes[node->parent].parent;
    c = node->parent;
  }
  return c;
}

static int32_t newClass(Memory *memory) {
  if (!memory->numClasses)
    memory->numClasses = 1;
  arrayReserve((void **)&memory->classes, &memory->capacity, memory->numClasses + 1,
               sizeof *memory->classes);
  memory->classes[memory->numClasses] = (MemoryClass){.parent = (int32_t)memory->numClasses};
  return (int32_t)memory->numClasses++;
}

/* Ends, since each step of the loop joins two classes or finds nothing left to join. */
static void join(Memory *memory, int32_t a, int32_t b) {
  while (a && b) {
    a = find(memory, a);
    b = find(memory, b);
    if (a == b)
      return;
    int32_t pointee = memory->classes[a].pointee, other = memory->classes[b].pointee;
    memory->classes[b].parent = a;
    memory->classes[a].pointee = pointee ? pointee : other;
    a = pointee;
    b = other;
  }
}

static int32_t classAt(Memory *memory, TableKey key) {
  int32_t found = tableGet(&memory->classOf, key);
  if (found)
    return found;
  found = newClass(memory);
  tableSet(&memory->classOf, key, found);
  return found;
}

static int32_t pointeeAt(Memory *memory, int32_t of) {
  of = find(memory, of);
  if (!memory->classes[of].pointee) {
    int32_t made = newClass(memory);
    memory->classes[of].pointee = made;
  }
  return memory->classes[of].pointee;
}

int32_t memoryClassOf(const Memory *memory, MlirValue value) {
  int32_t found = tableGet(&memory->classOf, tableKeyOf(value.ptr));
  return found ? find(memory, found) : 0;
}

int32_t memoryPointee(const Memory *memory, int32_t of) {
  int32_t pointee = of ? memory->classes[find(memory, of)].pointee : 0;
  return pointee ? find(memory, pointee) : 0;
}

/* --- the walk ----------------------------------------------------------------------------------
 */

static bool isPointer(MlirValue value) { return memoryIsPointer(mlirValueGetType(value)); }

/* Integers made of pointers are followed through arithmetic; a constant is none. */
static bool isTracked(const Memory *memory, MlirValue value) {
  return isPointer(value) || tableGet(&memory->classOf, tableKeyOf(value.ptr));
}

static void joinValues(Memory *memory, MlirValue a, MlirValue b) {
  join(memory, classAt(memory, placeOf(a).key), classAt(memory, placeOf(b).key));
}

static void joinCopy(void *data, Place from, Place to) {
  Memory *memory = data;
  bool isPointerCopy = (!mlirValueIsNull(from.value) && isTracked(memory, from.value)) ||
                       (!mlirValueIsNull(to.value) && isPointer(to.value));
  if (isPointerCopy)
    join(memory, classAt(memory, from.key), classAt(memory, to.key));
}

/* Whether the value is what a descriptor is filled from, or null: all descriptors may begin with
 * the same one. */
static bool pointsNowhere(MlirValue value) {
  static const char *const names[] = {"llvm.mlir.poison", "llvm.mlir.undef", "llvm.mlir.zero",
                                      "ub.poison"};
  MlirOperation op = irDefiningOp(value);
  for (size_t i = 0; !mlirOperationIsNull(op) && i < sizeof names / sizeof *names; ++i)
    if (irIs(op, names[i]))
      return true;
  return false;
}

/* Of integers only those that ptrtoint makes, and what is computed of them, stand for pointers. */
static void joinOperands(Memory *memory, MlirOperation op, bool isInteger) {
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r) {
    MlirValue result = mlirOperationGetResult(op, r);
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
      MlirValue operand = mlirOperationGetOperand(op, i);
      if ((isInteger || isPointer(result)) && isTracked(memory, operand) && !pointsNowhere(operand))
        joinValues(memory, result, operand);
    }
  }
}

/* Whether the pointer is only what a memref descriptor keeps for a deallocation. */
static bool isAllocatedPointer(MlirValue pointer) {
  MlirOpOperand use = mlirValueGetFirstUse(pointer);
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = mlirOpOperandGetOwner(use);
    MlirAttribute position = mlirOperationGetAttributeByName(user, irStr("position"));
    if (!irIs(user, "llvm.insertvalue") || mlirAttributeIsNull(position) ||
        !mlirAttributeIsADenseI64Array(position) || mlirDenseArrayGetNumElements(position) != 1 ||
        mlirDenseI64ArrayGetElement(position, 0) != 0)
      return false;
  }
  return true;
}

/* Fixed addresses may be anywhere in one memory, a scratchpad. */
static void joinFixed(Memory *memory, MlirOperation op) {
  MlirValue pointer = mlirOperationGetResult(op, 0);
  MlirOperation source = irDefiningOp(mlirOperationGetOperand(op, 0));
  if (mlirOperationIsNull(source) || semanticsOf(memory->copies->semantics, source) != OP_CONSTANT)
    return;
  int32_t class = classAt(memory, placeOf(pointer).key);
  if (!isAllocatedPointer(pointer))
    join(memory, classAt(memory, (TableKey){0, 0}), class);
}

/* Pointers that are loaded or stored: of the class that the memory's pointers have. */
static void joinLoaded(Memory *memory, MlirOperation op) {
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r) {
    MlirValue result = mlirOperationGetResult(op, r);
    for (intptr_t i = 0; isPointer(result) && i < mlirOperationGetNumOperands(op); ++i)
      if (isPointer(mlirOperationGetOperand(op, i)))
        join(memory, classAt(memory, placeOf(result).key),
             pointeeAt(memory, classAt(memory, placeOf(mlirOperationGetOperand(op, i)).key)));
  }
}

static void joinStored(Memory *memory, MlirOperation op) {
  if (mlirOperationGetNumOperands(op) < 2)
    return;
  MlirValue value = mlirOperationGetOperand(op, 0), target = mlirOperationGetOperand(op, 1);
  if (isPointer(target) && isTracked(memory, value))
    join(memory, pointeeAt(memory, classAt(memory, placeOf(target).key)),
         classAt(memory, placeOf(value).key));
}

/* Memory that is copied may hold pointers. */
static void joinCopied(Memory *memory, MlirOperation op) {
  int32_t first = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    if (!isPointer(operand))
      continue;
    int32_t pointee = pointeeAt(memory, classAt(memory, placeOf(operand).key));
    if (first)
      join(memory, first, pointee);
    first = pointee;
  }
}

static void joinGlobal(Memory *memory, MlirOperation op) {
  const char *attribute = irIs(op, "memref.get_global") ? "name" : "global_name";
  MlirOperation global = copiesSymbol(memory->copies, op, attribute);
  if (!mlirOperationIsNull(global) && mlirOperationGetNumResults(op) == 1)
    join(memory, classAt(memory, placeOf(mlirOperationGetResult(op, 0)).key),
         classAt(memory, tableKeyOf(global.ptr)));
}

static MlirWalkResult visit(MlirOperation op, void *data) {
  Memory *memory = data;
  copiesOf(memory->copies, op, joinCopy, memory);
  switch (semanticsOf(memory->copies->semantics, op)) {
  case OP_MOVE:
  case OP_SELECT:
  case OP_UNKNOWN:
    joinOperands(memory, op, irIs(op, "llvm.ptrtoint"));
    if (irIs(op, "llvm.inttoptr"))
      joinFixed(memory, op);
    break;
  case OP_INTEGERS:
    joinOperands(memory, op, true);
    break;
  case OP_LOAD:
    joinLoaded(memory, op);
    break;
  case OP_STORE:
    joinStored(memory, op);
    break;
  case OP_COPY:
  case OP_COPY_FROM:
    joinCopied(memory, op);
    break;
  case OP_GLOBAL:
    joinGlobal(memory, op);
    break;
  default:
    break;
  }
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (isPointer(mlirOperationGetOperand(op, i)))
      classAt(memory, placeOf(mlirOperationGetOperand(op, i)).key);
  return MlirWalkResultAdvance;
}

static void joinOverlap(void *memory, MlirValue a, MlirValue b) { joinValues(memory, a, b); }

/* Twice: an integer made of a pointer may be handed around a loop before it is seen to be one. */
Memory memoryCreate(const Copies *copies, MlirOperation root) {
  Memory memory = {.copies = copies};
  for (int i = 0; i < 2; ++i)
    mlirOperationWalk(root, visit, &memory, MlirWalkPreOrder);
  scratchpadForOverlaps(root, joinOverlap, &memory);
  return memory;
}

void memoryFree(Memory *memory) {
  tableFree(&memory->classOf);
  free(memory->classes);
}

bool memoryIsOnlyFetched(MlirValue pointer) {
  MlirOpOperand use = mlirValueGetFirstUse(pointer);
  for (; !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use))
    if (!irIs(mlirOpOperandGetOwner(use), "llvm.intr.prefetch"))
      return false;
  return true;
}
