#include "passes/fuse/position.h"

static TableKey keyOf(MlirOperation op) { return (TableKey){(uint64_t)(uintptr_t)op.ptr, 0, 0}; }

void positionsAdd(Positions *positions, MlirOperation op) {
  positions->next += 2;
  tableSet(&positions->of, keyOf(op), positions->next);
}

void positionsAddBehind(Positions *positions, MlirOperation after, MlirOperation last) {
  bool atStart = mlirOperationIsNull(after);
  MlirOperation op = atStart ? mlirBlockGetFirstOperation(mlirOperationGetBlock(last))
                             : mlirOperationGetNextInBlock(after);
  int32_t number = atStart ? 1 : tableGet(&positions->of, keyOf(after)) + 1;
  for (;; op = mlirOperationGetNextInBlock(op)) {
    tableSet(&positions->of, keyOf(op), number);
    if (mlirOperationEqual(op, last))
      return;
  }
}

bool positionsBefore(const Positions *positions, MlirOperation op, MlirOperation other) {
  return tableGet(&positions->of, keyOf(op)) < tableGet(&positions->of, keyOf(other));
}
