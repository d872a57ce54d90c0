#include "passes/verify/constant.h"

#include "lib/ir/build.h"

bool constantIsSplat(MlirAttribute value) {
  if (mlirAttributeIsNull(value) || mlirAttributeIsADenseResourceElements(value))
    return false;
  return !mlirAttributeIsADenseElements(value) || mlirDenseElementsAttrIsSplat(value);
}

MlirAttribute constantAttribute(MlirOperation op) {
  static const char *const names[] = {"value", "values", "initial_value"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    MlirAttribute value = mlirOperationGetAttributeByName(op, irStr(names[i]));
    if (!mlirAttributeIsNull(value))
      return value;
  }
  return (MlirAttribute){NULL};
}

/* What a block argument is in each run of the block: an operand of the linalg op around it. */
static bool stepOut(const Semantics *semantics, MlirValue *value) {
  MlirOperation owner = mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(*value));
  intptr_t i = mlirBlockArgumentGetArgNumber(*value);
  if (semanticsOf(semantics, owner) != OP_LINALG || i >= mlirOperationGetNumOperands(owner))
    return false;
  *value = mlirOperationGetOperand(owner, i);
  return true;
}

bool constantValue(const Semantics *semantics, MlirValue value, double *constant) {
  for (int step = 0; step < 8; ++step) {
    MlirOperation op = irDefiningOp(value);
    if (mlirOperationIsNull(op)) {
      if (!stepOut(semantics, &value))
        return false;
      continue;
    }
    OpMeaning meaning = semanticsOf(semantics, op);
    if (meaning == OP_MOVE && mlirOperationGetNumOperands(op) > 0) {
      value = mlirOperationGetOperand(op, 0);
      continue;
    }
    MlirAttribute attribute = constantAttribute(op);
    if (meaning != OP_CONSTANT || !constantIsSplat(attribute))
      return false;
    if (mlirAttributeIsADenseElements(attribute))
      attribute = mlirDenseElementsAttrGetSplatValue(attribute);
    if (mlirAttributeIsAFloat(attribute))
      *constant = mlirFloatAttrGetValueDouble(attribute);
    else if (mlirAttributeIsAInteger(attribute))
      *constant = (double)mlirIntegerAttrGetValueInt(attribute);
    else
      return false;
    return true;
  }
  return false;
}
