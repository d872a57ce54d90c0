#include "passes/widen/body.h"

#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "passes/widen/flow.h"

static MlirBlock bodyBlock(MlirOperation op) {
  return mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
}

/* --- reading --------------------------------------------------------------------------------- */

/* The values of a body that are read so far: ops in the order of the block. */
typedef struct Reader {
  MlirBlock block;
  intptr_t numInputs;
  MlirOperation ops[BODY_MAX_VALUES];
  BodyValue values[BODY_MAX_VALUES];
  intptr_t count;
} Reader;

static bool isFloat(MlirType type) {
  return mlirTypeIsAF16(type) || mlirTypeIsABF16(type) || mlirTypeIsAF32(type);
}

/* What `value` is made of. False where that is not in the body, or an init. */
static bool readValue(const Reader *reader, MlirValue value, BodyValue *result) {
  if (!isFloat(mlirValueGetType(value)))
    return false;
  if (mlirValueIsABlockArgument(value)) {
    intptr_t i = mlirBlockArgumentGetArgNumber(value);
    *result = (BodyValue){1ull << (i & 63), false};
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
  BodyValue x, y = {0, false};
  if ((!isAdd && !irIs(op, "arith.extf") && !irIs(op, "arith.truncf")) ||
      reader->count == BODY_MAX_VALUES || !isFloat(mlirValueGetType(mlirOperationGetResult(op, 0))))
    return false;
  if (!readValue(reader, mlirOperationGetOperand(op, 0), &x) ||
      (isAdd && !readValue(reader, mlirOperationGetOperand(op, 1), &y)))
    return false;
  reader->ops[reader->count] = op;
  reader->values[reader->count++] = (BodyValue){x.inputs | y.inputs, isAdd || x.isSum};
  return true;
}

static MlirAffineMap mapOf(MlirOperation op, intptr_t operand) {
  return mlirAffineMapAttrGetValue(
      mlirArrayAttrGetElement(mlirLinalgGetIndexingMapsAttribute(op), operand));
}

/* Whether every loop has its own dimension in every result: none reduces. */
static bool isParallel(MlirOperation op, intptr_t numInputs) {
  for (intptr_t i = numInputs; i < mlirOperationGetNumOperands(op); ++i)
    if (!mlirAffineMapIsPermutation(mapOf(op, i)))
      return false;
  return true;
}

bool bodyRead(MlirOperation op, Body *body) {
  intptr_t numResults = mlirOperationGetNumResults(op);
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  if (numResults == 0 || numResults > BODY_MAX_VALUES || numOperands > BODY_MAX_VALUES ||
      mlirAttributeIsNull(mlirLinalgGetIndexingMapsAttribute(op)))
    return false;
  Reader reader = {.block = bodyBlock(op), .numInputs = numOperands - numResults};
  if (mlirBlockGetNumArguments(reader.block) != numOperands || !isParallel(op, reader.numInputs))
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

bool bodyIsElementwiseCopy(MlirOperation op, const Body *body) {
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
  MlirValue operands[BODY_MAX_VALUES];
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  intptr_t numResults = mlirOperationGetNumResults(op);
  for (intptr_t i = 0; i < numOperands; ++i)
    operands[i] = mlirOperationGetOperand(op, i);
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  MlirRegion region = mlirRegionCreate();
  mlirRegionTakeBody(region, mlirOperationGetRegion(op, 0));
  MlirOperation generic = irGeneric(&b, maps, numOperands, operands, numResults, region);
  for (intptr_t r = 0; r < numResults; ++r)
    mlirValueReplaceAllUsesOfWith(mlirOperationGetResult(op, r),
                                  mlirOperationGetResult(generic, r));
  mlirOperationDestroy(op);
  return generic;
}

/* Gives the arguments the types of the operands, and what reads a narrow one its extension, made
 * before `first`. */
static void widenArguments(MlirOperation op, MlirOperation first) {
  IrBuilder b = irBuilderBefore(first);
  MlirBlock block = bodyBlock(op);
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
    MlirType argument = mlirValueGetType(mlirBlockGetArgument(bodyBlock(op), i));
    if (mlirTypeIsARankedTensor(operand) &&
        !mlirTypeEqual(mlirShapedTypeGetElementType(operand), argument))
      return false;
  }
  return true;
}

void bodyWiden(MlirOperation op) {
  if (fits(op))
    return;
  if (!irIs(op, "linalg.generic"))
    op = generalize(op);
  MlirOperation at = mlirBlockGetFirstOperation(bodyBlock(op));
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
