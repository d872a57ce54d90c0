#include "passes/fuse/position.h"

void positionsAdd(Positions *positions, MlirOperation op) {
  positions->next += 2;
  tableSet(&positions->of, tableKeyOf(op.ptr), positions->next);
}

void positionsAddBehind(Positions *positions, MlirOperation after, MlirOperation last) {
  bool atStart = mlirOperationIsNull(after);
  MlirOperation op = atStart ? mlirBlockGetFirstOperation(mlirOperationGetBlock(last))
                             : mlirOperationGetNextInBlock(after);
  int32_t number = atStart ? 1 : tableGet(&positions->of, tableKeyOf(after.ptr)) | 1;
  for (;; op = mlirOperationGetNextInBlock(op)) {
    tableSet(&positions->of, tableKeyOf(op.ptr), number);
    if (mlirOperationEqual(op, last))
      return;
  }
}

void positionsAddBefore(Positions *positions, MlirOperation op, MlirOperation next) {
  tableSet(&positions->of, tableKeyOf(op.ptr), tableGet(&positions->of, tableKeyOf(next.ptr)) - 1);
}

bool positionsBefore(const Positions *positions, MlirOperation op, MlirOperation other) {
  int32_t x = tableGet(&positions->of, tableKeyOf(op.ptr));
  int32_t y = tableGet(&positions->of, tableKeyOf(other.ptr));
  return x != y ? x < y : mlirOperationIsBeforeInBlock(op, other);
}
