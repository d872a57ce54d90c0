#include "passes/fuse/dead.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"

static bool startsWith(MlirStringRef name, const char *prefix) {
  size_t n = strlen(prefix);
  return name.length >= n && memcmp(name.data, prefix, n) == 0;
}

static MlirWalkResult checkPure(MlirOperation op, void *pure) {
  static const char *const dialects[] = {"linalg.", "tosa.", "tensor.", "arith.", "math."};
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  for (size_t i = 0; i < sizeof dialects / sizeof *dialects; ++i)
    if (startsWith(name, dialects[i]))
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

enum { DEAD = 1, ALIVE = 2 };

static TableKey keyOf(MlirOperation op) { return (TableKey){(uint64_t)(uintptr_t)op.ptr, 0, 0}; }

bool deadOpsHas(const DeadOps *dead, MlirOperation op) {
  return tableGet(&dead->set, keyOf(op)) == DEAD;
}

bool deadOpsHasReader(const DeadOps *dead, MlirBlock block, MlirOperation user) {
  MlirOperation at = irAncestorIn(block, user);
  return !mlirOperationIsNull(at) && deadOpsHas(dead, at);
}

static bool hasLiveReader(const DeadOps *dead, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    for (MlirOpOperand use = mlirValueGetFirstUse(mlirOperationGetResult(op, i));
         !mlirOpOperandIsNull(use); use = mlirOpOperandGetNextUse(use))
      if (!deadOpsHasReader(dead, mlirOperationGetBlock(op), mlirOpOperandGetOwner(use)))
        return true;
  return false;
}

static void mark(DeadOps *dead, MlirOperation op) {
  arrayReserve((void **)&dead->ops, &dead->capacity, dead->count + 1, sizeof *dead->ops);
  dead->ops[dead->count++] = op;
  tableSet(&dead->set, keyOf(op), DEAD);
}

/* Whether the expressions of all of the op's results look into the op. */
static bool isTransparent(Raiser *raiser, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (raiserIsLeaf(raiser, mlirOperationGetResult(op, i)))
      return false;
  return true;
}

typedef struct Marking {
  DeadOps *dead;
  Raiser *within; /* mark only what its expressions look into; null: everything */
} Marking;

static MlirWalkResult markOperands(MlirOperation op, void *data) {
  const Marking *m = data;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirOperation feeder = irDefiningOp(mlirOperationGetOperand(op, i));
    if (!mlirOperationIsNull(feeder) && !deadOpsHas(m->dead, feeder) && isPure(feeder) &&
        !hasLiveReader(m->dead, feeder) && (!m->within || isTransparent(m->within, feeder)))
      mark(m->dead, feeder);
  }
  return MlirWalkResultAdvance;
}

/* Marks `op` and what feeds only marked ops. These are visited in the order of their death, so each
 * is looked at again after its last reader has died. */
static void markWithFeeders(DeadOps *dead, MlirOperation op, Raiser *within) {
  Marking marking = {dead, within};
  size_t next = dead->count;
  mark(dead, op);
  for (; next < dead->count; ++next)
    mlirOperationWalk(dead->ops[next], markOperands, &marking, MlirWalkPreOrder);
}

void deadOpsAdd(DeadOps *dead, MlirOperation op) {
  if (!deadOpsHas(dead, op) && isPure(op) && !hasLiveReader(dead, op))
    markWithFeeders(dead, op, NULL);
}

void deadOpsSuppose(DeadOps *dead, MlirOperation op, Raiser *raiser) {
  markWithFeeders(dead, op, raiser);
}

void deadOpsRevive(DeadOps *dead, size_t count) {
  for (; dead->count > count; --dead->count)
    tableSet(&dead->set, keyOf(dead->ops[dead->count - 1]), ALIVE);
}

void deadOpsErase(DeadOps *dead) {
  for (size_t i = 0; i < dead->count; ++i) {
    bool used = false;
    for (intptr_t k = 0; k < mlirOperationGetNumResults(dead->ops[i]); ++k)
      used |= !mlirOpOperandIsNull(mlirValueGetFirstUse(mlirOperationGetResult(dead->ops[i], k)));
    if (!used)
      mlirOperationDestroy(dead->ops[i]);
  }
  tableFree(&dead->set);
  free(dead->ops);
}
