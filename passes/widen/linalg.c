#include "passes/widen/linalg.h"

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/fuse/body.h"
#include "passes/widen/flow.h"

static MlirBlock blockOf(MlirOperation op) {
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
}

/* --- reading --------------------------------------------------------------------------------- */

/* The values of a body that are read so far: ops in the order of the block. */
typedef struct Reader {
  MlirBlock block;
  intptr_t numInputs;
  MlirOperation ops[LINALG_MAX_VALUES];
  LinalgValue values[LINALG_MAX_VALUES];
  intptr_t count;
} Reader;

static bool isFloat(MlirType type) {
  return mlirTypeIsAF16(type) || mlirTypeIsABF16(type) || mlirTypeIsAF32(type);
}

/* What `value` is made of. False where that is not in the body, or an init. */
static bool readValue(const Reader *reader, MlirValue value, LinalgValue *result) {
  if (!isFloat(mlirValueGetType(value)))
    return false;
  if (mlirValueIsABlockArgument(value)) {
    intptr_t i = mlirBlockArgumentGetArgNumber(value);
    *result = (LinalgValue){1ull << (i & 63), false};
    return mlirBlockEqual(mlirBlockArgumentGetOwner(value), reader->block) && i < reader->numInputs;
  }
  MlirOperation op = mlirOpResultGetOwner(value);
  for (intptr_t i = 0; i < reader->count; ++i)
    if (mlirOperationEqual(reader->ops[i], op)) {
      *result = reader->values[i];
      return true;
    }
  return false;
}

static bool readOp(Reader *reader, MlirOperation op) {
  bool isAdd = irIs(op, "arith.addf");
  LinalgValue x, y = {0, false};
  if ((!isAdd && !irIs(op, "arith.extf") && !irIs(op, "arith.truncf")) ||
      reader->count == LINALG_MAX_VALUES ||
      !isFloat(mlirValueGetType(mlirOperationGetResult(op, 0))))
    return false;
  if (!readValue(reader, mlirOperationGetOperand(op, 0), &x) ||
      (isAdd && !readValue(reader, mlirOperationGetOperand(op, 1), &y)))
    return false;
  reader->ops[reader->count] = op;
  reader->values[reader->count++] = (LinalgValue){x.inputs | y.inputs, isAdd || x.isSum};
  return true;
}

static MlirAffineMap mapOf(MlirOperation op, intptr_t operand) {
  return mlirAffineMapAttrGetValue(
      mlirArrayAttrGetElement(mlirLinalgGetIndexingMapsAttribute(op), operand));
}

/* Whether a named op, which has one result, can be written as a linalg.generic whose loops are the
 * result's dimensions. */
static bool canGeneralize(MlirOperation op) {
  return mlirOperationGetNumResults(op) == 1 &&
         mlirAffineMapIsIdentity(mapOf(op, mlirOperationGetNumOperands(op) - 1));
}

bool linalgRead(MlirOperation op, LinalgBody *body) {
  intptr_t numResults = mlirOperationGetNumResults(op);
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  if (numResults == 0 || numResults > LINALG_MAX_VALUES || numOperands > LINALG_MAX_VALUES ||
      mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op)))
    return false;
  Reader reader = {.block = blockOf(op), .numInputs = numOperands - numResults};
  if (mlirBlockGetNumArguments(reader.block) != numOperands ||
      (!irIs(op, "linalg.generic") && !canGeneralize(op)))
    return false;
  MlirOperation at = mlirBlockGetFirstOperation(reader.block);
  for (; !irIs(at, "linalg.yield"); at = mlirOperationGetNextInBlock(at))
    if (!readOp(&reader, at))
      return false;
  body->numInputs = reader.numInputs;
  for (intptr_t r = 0; r < numResults; ++r)
    if (!readValue(&reader, mlirOperationGetOperand(at, r), &body->results[r]))
      return false;
  return true;
}

bool linalgIsElementwiseCopy(MlirOperation op, const LinalgBody *body) {
  if (body->numInputs != 1 || mlirOperationGetNumResults(op) != 1 || body->results[0].isSum)
    return false;
  MlirAffineMap in = mapOf(op, 0), out = mapOf(op, 1);
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  if (mlirAffineMapGetNumResults(in) != mlirAffineMapGetNumResults(out))
    return false;
  /* A dimension of size 1 may be read at a constant 0. */
  for (intptr_t d = 0; d < mlirAffineMapGetNumResults(in); ++d)
    if (!irIsUnitDim(type, d) &&
        !mlirAffineExprEqual(mlirAffineMapGetResult(in, d), mlirAffineMapGetResult(out, d)))
      return false;
  return true;
}

/* --- rewriting ------------------------------------------------------------------------------- */

static MlirOperation generalize(MlirOperation op) {
  IrBuilder b = irBuilderBefore(op);
  intptr_t numInputs = bodyNumInputs(op);
  MlirValue operands[LINALG_MAX_VALUES];
  MlirAttribute maps[LINALG_MAX_VALUES];
  for (intptr_t i = 0; i <= numInputs; ++i) {
    operands[i] = mlirOperationGetOperand(op, i);
    maps[i] = mlirAffineMapAttrGet(mapOf(op, i));
  }
  MlirRegion region = mlirRegionCreate();
  mlirRegionTakeBody(region, mlirOperationGetRegion(op, 0));
  MlirValue result = bodyCreate(&b, numInputs, operands, maps, operands[numInputs], region);
  mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(op, 0), result);
  mlirOperationDestroy(op);
  return mlirOpResultGetOwner(result);
}

/* Gives the arguments the types of the operands, and what reads a narrow one its extension, made
 * before `first`. */
static void widenArguments(MlirOperation op, MlirOperation first) {
  IrBuilder b = irBuilderBefore(first);
  MlirBlock block = blockOf(op);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirValue argument = mlirBlockGetArgument(block, i);
    MlirType operand = mlirValueGetType(mlirOperationGetOperand(op, i));
    if (mlirTypeIsARankedTensor(operand))
      mlirBlockArgumentSetType(argument, mlirShapedTypeGetElementType(operand));
    if (mlirTypeIsAF32(mlirValueGetType(argument)) ||
        mlirOpOperandIsNull(mlirValueGetFirstUse(argument)))
      continue;
    MlirValue wide = irUnary(&b, "arith.extf", argument, mlirF32TypeGet(b.context));
    MlirOperation extension = mlirOpResultGetOwner(wide);
    mlirValueReplaceAllUsesExcept(argument, wide, 1, &extension);
  }
}

/* Rounds what is yielded to the types of the results. */
static void roundResults(MlirOperation op, MlirOperation yield) {
  IrBuilder b = irBuilderBefore(yield);
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r) {
    MlirType type = mlirShapedTypeGetElementType(mlirValueGetType(mlirOperationGetResult(op, r)));
    MlirValue value = mlirOperationGetOperand(yield, r);
    if (!mlirTypeIsAF32(type))
      mlirOperationSetOperand(yield, r, irUnary(&b, "arith.truncf", value, type));
  }
}

/* Whether the arguments have the types of the operands. */
static bool fits(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirType operand = mlirValueGetType(mlirOperationGetOperand(op, i));
    MlirType argument = mlirValueGetType(mlirBlockGetArgument(blockOf(op), i));
    if (mlirTypeIsARankedTensor(operand) &&
        !mlirTypeEqual(mlirShapedTypeGetElementType(operand), argument))
      return false;
  }
  return true;
}

void linalgWiden(MlirOperation op) {
  if (fits(op))
    return;
  if (!irIs(op, "linalg.generic"))
    op = generalize(op);
  MlirOperation at = mlirBlockGetFirstOperation(blockOf(op));
  widenArguments(op, at);
  while (!irIs(at, "linalg.yield")) {
    MlirOperation next = mlirOperationGetNextInBlock(at);
    MlirValue result = mlirOperationGetResult(at, 0);
    if (irIs(at, "arith.addf")) {
      mlirValueSetType(result, mlirF32TypeGet(mlirOperationGetContext(at)));
    } else {
      mlirValueReplaceAllUsesOfWith(result, mlirOperationGetOperand(at, 0));
      mlirOperationDestroy(at);
    }
    at = next;
  }
  roundResults(op, at);
}
