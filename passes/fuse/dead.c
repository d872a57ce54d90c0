#include "passes/fuse/dead.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"
#include "passes/fuse/body.h"

static bool startsWith(MlirStringRef name, const char *prefix) {
  size_t n = strlen(prefix);
  return name.length >= n && memcmp(name.data, prefix, n) == 0;
}

static bool touchesMemory(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (mlirTypeIsAMemRef(mlirValueGetType(mlirOperationGetOperand(op, i))))
      return true;
  return false;
}

/* The ops of tosa that do more than compute. */
static bool hasState(MlirStringRef name) {
  return startsWith(name, "tosa.custom") || startsWith(name, "tosa.variable");
}

static MlirWalkResult checkPure(MlirOperation op, void *pure) {
  static const char *const dialects[] = {"linalg.", "tosa.", "tensor.", "arith.", "math."};
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  for (size_t i = 0; i < sizeof dialects / sizeof *dialects; ++i)
    if (startsWith(name, dialects[i]) && !hasState(name) && !touchesMemory(op))
      return MlirWalkResultAdvance;
  if (irIs(op, "scf.if") || irIs(op, "scf.yield"))
    return MlirWalkResultAdvance;
  *(bool *)pure = false;
  return MlirWalkResultInterrupt;
}

/* Whether the op only computes values on tensors and scalars. */
static bool isPure(MlirOperation op) {
  bool pure = mlirOperationGetNumResults(op) > 0;
  if (pure)
    mlirOperationWalk(op, checkPure, &pure, MlirWalkPreOrder);
  return pure;
}

enum { DEAD = 1, ALIVE, PINNED, ERASED };

bool deadOpsHas(const DeadOps *dead, MlirOperation op) {
  return tableGet(&dead->set, tableKeyOf(op.ptr)) == DEAD;
}

/* Whether the body of a linalg.generic still looks at operand `i`. */
static bool bodyReads(const DeadOps *dead, MlirOperation generic, intptr_t i) {
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(generic, 0));
  for (MlirOpOperand use = mlirValueGetFirstUse(mlirBlockGetArgument(body, i));
       !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use))
    if (!deadOpsHas(dead, mlirOpOperandGetOwner(use)))
      return true;
  return false;
}

bool deadOpsIsRead(const DeadOps *dead, MlirBlock block, MlirOpOperand use) {
  MlirOperation user = mlirOpOperandGetOwner(use), at = irAncestorIn(block, user);
  if (!mlirOperationIsNull(at) && deadOpsHas(dead, at))
    return false;
  intptr_t i = mlirOpOperandGetOperandNumber(use);
  return !irIs(user, "linalg.generic") || i >= bodyNumInputs(user) || bodyReads(dead, user, i);
}

/* What more readers share than this counts as alive, which bounds the search. */
enum { MAX_READERS = 64 };

static bool hasLiveReader(const DeadOps *dead, MlirOperation op) {
  int numReaders = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    for (MlirOpOperand use = mlirValueGetFirstUse(mlirOperationGetResult(op, i));
         !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use))
      if (++numReaders > MAX_READERS || deadOpsIsRead(dead, mlirOperationGetBlock(op), use))
        return true;
  return false;
}

static void mark(DeadOps *dead, MlirOperation op) {
  arrayReserve((void **)&dead->ops, &dead->capacity, dead->count + 1, sizeof *dead->ops);
  dead->ops[dead->count++] = op;
  tableSet(&dead->set, tableKeyOf(op.ptr), DEAD);
}

void deadOpsAddNorm(DeadOps *dead, MlirOperation op, Expr norm) {
  tableSet(&dead->norms, tableKeyOf(op.ptr), norm);
}

void deadOpsAddBody(DeadOps *dead, MlirOperation generic) {
  arrayReserve((void **)&dead->bodies, &dead->bodyCapacity, dead->numBodies + 1,
               sizeof *dead->bodies);
  dead->bodies[dead->numBodies++] = generic;
}

Expr deadOpsNormOf(const DeadOps *dead, MlirOperation op) {
  return tableGet(&dead->norms, tableKeyOf(op.ptr));
}

typedef struct Marking {
  DeadOps *dead;
  Raiser *raiser;
  Expr norm; /* that dies */
} Marking;

/* Whether expressions look into the op (sizes and the like are looked into as well) and it is
 * neither pinned nor of another norm, which stays. */
static bool isTransparent(const Marking *m, MlirOperation op) {
  if (tableGet(&m->dead->set, tableKeyOf(op.ptr)) == PINNED)
    return false;
  Expr norm = deadOpsNormOf(m->dead, op);
  if (norm && norm != m->norm)
    return false;
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (raiserIsLeaf(m->raiser, mlirOperationGetResult(op, i)))
      return false;
  return isPure(op);
}

/* The op that computes `value`, which may be an argument of a linalg body; or null. */
static MlirOperation feederOf(MlirValue value) {
  if (mlirValueIsABlockArgument(value)) {
    MlirOperation generic = mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(value));
    if (mlirOperationIsNull(generic) || !irIs(generic, "linalg.generic"))
      return (MlirOperation){NULL};
    value = mlirOperationGetOperand(generic, mlirBlockArgumentGetArgNumber(value));
  }
  return irDefiningOp(value);
}

static MlirWalkResult markOperands(MlirOperation op, void *data) {
  const Marking *m = data;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirOperation feeder = feederOf(mlirOperationGetOperand(op, i));
    if (!mlirOperationIsNull(feeder) && !deadOpsHas(m->dead, feeder) && isTransparent(m, feeder) &&
        !hasLiveReader(m->dead, feeder))
      mark(m->dead, feeder);
  }
  return MlirWalkResultAdvance;
}

/* The ops are visited in the order of their death, so each is looked at again after its last reader
 * has died. */
void deadOpsSuppose(DeadOps *dead, Raiser *raiser, MlirOperation op, Expr norm) {
  Marking marking = {dead, raiser, norm};
  size_t next = dead->count;
  mark(dead, op);
  for (; next < dead->count; ++next)
    mlirOperationWalk(dead->ops[next], markOperands, &marking, MlirWalkPreOrder);
}

void deadOpsAdd(DeadOps *dead, Raiser *raiser, MlirOperation op, Expr norm) {
  if (!deadOpsHas(dead, op) && isPure(op) && !hasLiveReader(dead, op))
    deadOpsSuppose(dead, raiser, op, norm);
}

void deadOpsRevive(DeadOps *dead, size_t count) {
  for (; dead->count > count; --dead->count)
    tableSet(&dead->set, tableKeyOf(dead->ops[dead->count - 1].ptr), ALIVE);
}

void deadOpsPin(DeadOps *dead, MlirOperation op, bool pinned) {
  tableSet(&dead->set, tableKeyOf(op.ptr), pinned ? PINNED : ALIVE);
}

/* --- erasing --------------------------------------------------------------------------------- */

static bool hasUses(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (!mlirOpOperandIsNull(mlirValueGetFirstUse(mlirOperationGetResult(op, i))))
      return true;
  return false;
}

typedef struct Erasure {
  DeadOps *work;
  MlirOperation op;
} Erasure;

/* What is inside the op goes with it. */
static MlirWalkResult pushFeeders(MlirOperation inner, void *data) {
  const Erasure *e = data;
  tableSet(&e->work->set, tableKeyOf(inner.ptr), ERASED);
  MlirBlock block = mlirOperationGetBlock(e->op);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(inner); ++i) {
    MlirOperation feeder = irDefiningOp(mlirOperationGetOperand(inner, i));
    bool inside =
        mlirOperationIsNull(feeder) || mlirOperationEqual(irAncestorIn(block, feeder), e->op);
    if (!inside)
      mark(e->work, feeder);
  }
  return MlirWalkResultAdvance;
}

/* Drops what a body does not look at any more, and marks what computed it. */
static void shrinkBody(DeadOps *dead, MlirOperation generic) {
  MlirValue dropped;
  while (bodyDropInput(generic, &dropped)) {
    MlirOperation feeder = irDefiningOp(dropped);
    if (!mlirOperationIsNull(feeder))
      mark(dead, feeder);
  }
}

static void eraseFrom(DeadOps *dead, size_t first) {
  for (size_t i = first; i < dead->count; ++i) {
    MlirOperation op = dead->ops[i];
    if (tableGet(&dead->set, tableKeyOf(op.ptr)) == ERASED || hasUses(op) || !isPure(op))
      continue;
    mlirOperationWalk(op, pushFeeders, &(Erasure){dead, op}, MlirWalkPreOrder);
    mlirOperationDestroy(op);
  }
}

/* The ops double as the work list; ERASED guards against an op that is on it twice. */
void deadOpsErase(DeadOps *dead) {
  eraseFrom(dead, 0);
  size_t first = dead->count;
  for (size_t i = 0; i < dead->numBodies; ++i)
    if (tableGet(&dead->set, tableKeyOf(dead->bodies[i].ptr)) != ERASED)
      shrinkBody(dead, dead->bodies[i]);
  eraseFrom(dead, first);
  tableFree(&dead->norms);
  tableFree(&dead->set);
  free(dead->bodies);
  free(dead->ops);
}
