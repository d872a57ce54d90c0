/* Linalg ops: the body is compiled to instructions over slots, then run at each point of the
 * iteration space. */

#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"
#include "mlir-c/AffineExpr.h"
#include "mlir-c/AffineMap.h"
#include "tools/addnorm-fuzz/interpret_internal.h"

enum { MAX_LOOPS = ARRAY_MAX_RANK, MAX_LINALG_OPERANDS = 24, MAX_SLOTS = 256 };

typedef struct Instruction {
  Scalar op;
  int predicate;
  ElementKind kind; /* of the result */
  int operands[3];
  int result;
} Instruction;

/* Slots: the block arguments, the loop indices, then constants, captured values and results. A cast
 * of a constant rounds in any precision: it is how a front end writes the constant. */
typedef struct Body {
  Interval slots[MAX_SLOTS];
  bool isConstant[MAX_SLOTS];
  Instruction instructions[MAX_SLOTS];
  int yields[MAX_LINALG_OPERANDS];
  int numSlots, numInstructions, firstIndex;
  Table slotOf; /* value -> slot + 1 */
} Body;

static const struct {
  const char *name;
  Scalar op;
} scalarOps[] = {
    {"arith.addf", SCALAR_ADD},          {"arith.subf", SCALAR_SUB},
    {"arith.mulf", SCALAR_MUL},          {"arith.divf", SCALAR_DIV},
    {"arith.negf", SCALAR_NEG},          {"arith.maximumf", SCALAR_MAX},
    {"arith.minimumf", SCALAR_MIN},      {"arith.maxnumf", SCALAR_MAX},
    {"arith.minnumf", SCALAR_MIN},       {"arith.extf", SCALAR_COPY},
    {"arith.truncf", SCALAR_COPY},       {"arith.sitofp", SCALAR_COPY},
    {"arith.uitofp", SCALAR_COPY},       {"arith.index_cast", SCALAR_COPY},
    {"arith.index_castui", SCALAR_COPY}, {"arith.extui", SCALAR_COPY},
    {"arith.addi", SCALAR_ADD},          {"arith.subi", SCALAR_SUB},
    {"arith.muli", SCALAR_MUL},          {"arith.maxui", SCALAR_MAX},
    {"arith.maxsi", SCALAR_MAX},         {"arith.minui", SCALAR_MIN},
    {"arith.minsi", SCALAR_MIN},         {"arith.select", SCALAR_SELECT},
    {"arith.cmpf", SCALAR_COMPARE},      {"arith.cmpi", SCALAR_COMPARE},
    {"math.powf", SCALAR_POW},           {"math.fpowi", SCALAR_POW},
    {"math.sqrt", SCALAR_SQRT},          {"math.rsqrt", SCALAR_RSQRT},
    {"math.absf", SCALAR_ABS},           {"math.exp", SCALAR_EXP},
    {"math.tanh", SCALAR_TANH},          {"math.fma", SCALAR_FMA},
};

static int predicateOf(MlirOperation op) {
  MlirAttribute attribute = mlirOperationGetAttributeByName(op, irStr("predicate"));
  if (mlirAttributeIsNull(attribute))
    return 0;
  int64_t predicate = mlirIntegerAttrGetValueInt(attribute);
  /* eq, ne, slt, sle, sgt, sge, ult, ule, ugt, uge as those of cmpf; sizes are not negative. */
  static const int ofIntegers[] = {1, 6, 4, 5, 2, 3, 4, 5, 2, 3};
  return irIs(op, "arith.cmpi") ? ofIntegers[predicate] : (int)predicate;
}

static int newSlot(Body *body, MlirValue value, Interval start) {
  int slot = body->numSlots++;
  body->slots[slot] = start;
  if (!mlirValueIsNull(value))
    tableSet(&body->slotOf, tableKeyOf(value.ptr), slot + 1);
  return slot;
}

static int slotOfValue(const Interpreter *in, Body *body, MlirValue value) {
  int slot = tableGet(&body->slotOf, tableKeyOf(value.ptr));
  if (slot)
    return slot - 1;
  const Array *captured = valueGet(in, value);
  if (!captured || captured->rank != 0)
    return -1;
  slot = newSlot(body, value, captured->data[0]);
  MlirOperation op = irDefiningOp(value);
  body->isConstant[slot] = !mlirOperationIsNull(op) && irIs(op, "arith.constant");
  return slot;
}

/* tensor.extract at constant positions from a tensor outside. */
static bool compileExtract(Interpreter *in, Body *body, MlirOperation op) {
  const Array *source = valueGet(in, mlirOperationGetOperand(op, 0));
  int64_t offset = 0;
  for (int d = 0; source && d < source->rank; ++d) {
    int slot = slotOfValue(in, body, mlirOperationGetOperand(op, d + 1));
    if (slot < 0)
      return interpretFail(in, op, "has an operand that is not known");
    offset = offset * source->dims[d] + (int64_t)body->slots[slot].lo;
  }
  if (!source || offset >= arrayCount(source))
    return interpretFail(in, op, "is out of bounds");
  newSlot(body, mlirOperationGetResult(op, 0), source->data[offset]);
  return true;
}

static bool compileOp(Interpreter *in, Body *body, MlirOperation op) {
  if (irIs(op, "tensor.extract"))
    return compileExtract(in, body, op);
  MlirValue result = mlirOperationGetResult(op, 0);
  if (irIs(op, "arith.constant")) {
    double number;
    if (!numberOf(mlirOperationGetAttributeByName(op, irStr("value")), &number))
      return interpretFail(in, op, "is no number");
    body->isConstant[newSlot(body, result, intervalPoint(number))] = true;
    return true;
  }
  Instruction instruction = {.predicate = predicateOf(op),
                             .kind = elementKindOf(mlirValueGetType(result))};
  if (irIs(op, "linalg.index")) {
    MlirAttribute dim = mlirOperationGetAttributeByName(op, irStr("dim"));
    instruction.operands[0] = body->firstIndex + (int)mlirIntegerAttrGetValueInt(dim);
  } else {
    size_t i = 0, count = sizeof scalarOps / sizeof *scalarOps;
    while (i < count && !irIs(op, scalarOps[i].name))
      ++i;
    if (i == count)
      return interpretFail(in, op, "is not known");
    instruction.op = scalarOps[i].op;
    for (intptr_t k = 0; k < mlirOperationGetNumOperands(op); ++k) {
      instruction.operands[k] = slotOfValue(in, body, mlirOperationGetOperand(op, k));
      if (instruction.operands[k] < 0)
        return interpretFail(in, op, "has an operand that is not known");
    }
  }
  int first = instruction.operands[0];
  if (instruction.op == SCALAR_COPY && body->isConstant[first]) {
    double number = roundToKind(instruction.kind, body->slots[first].lo);
    body->isConstant[newSlot(body, result, intervalPoint(number))] = true;
    return true;
  }
  instruction.result = newSlot(body, result, intervalPoint(0));
  body->instructions[body->numInstructions++] = instruction;
  return true;
}

static bool compileBody(Interpreter *in, Body *body, MlirBlock block, int numLoops) {
  for (intptr_t i = 0; i < mlirBlockGetNumArguments(block); ++i)
    newSlot(body, mlirBlockGetArgument(block, i), intervalPoint(0));
  body->firstIndex = body->numSlots;
  for (int i = 0; i < numLoops; ++i)
    newSlot(body, (MlirValue){NULL}, intervalPoint(0));
  MlirOperation yield = mlirBlockGetTerminator(block);
  for (MlirOperation op = mlirBlockGetFirstOperation(block); !mlirOperationEqual(op, yield);
       op = mlirOperationGetNextInBlock(op))
    if (body->numSlots + 8 > MAX_SLOTS || !compileOp(in, body, op))
      return interpretFail(in, op, "makes the body too long");
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(yield); ++i) {
    body->yields[i] = slotOfValue(in, body, mlirOperationGetOperand(yield, i));
    if (body->yields[i] < 0)
      return interpretFail(in, yield, "has an operand that is not known");
  }
  return true;
}

static void runBody(Body *body, Precision precision) {
  for (int i = 0; i < body->numInstructions; ++i) {
    const Instruction *instruction = &body->instructions[i];
    Interval x[3];
    for (int k = 0; k < 3; ++k)
      x[k] = body->slots[instruction->operands[k]];
    Interval y = intervalApply(instruction->op, instruction->predicate, x);
    bool copied = instruction->op == SCALAR_SELECT;
    body->slots[instruction->result] = copied ? y : intervalRound(precision, instruction->kind, y);
  }
}

bool interpretScalar(Interpreter *in, MlirOperation op) {
  Body *body = calloc(1, sizeof *body);
  bool ok = compileOp(in, body, op);
  if (ok) {
    runBody(body, in->precision);
    MlirValue result = mlirOperationGetResult(op, 0);
    Array scalar = arrayCreate(elementKindOf(mlirValueGetType(result)), 0, NULL);
    scalar.data[0] = body->slots[tableGet(&body->slotOf, tableKeyOf(result.ptr)) - 1];
    valueSet(in, result, scalar);
  }
  tableFree(&body->slotOf);
  free(body);
  return ok;
}

/* --- the loops ------------------------------------------------------------------------------- */

/* Where an operand is read: offset + the sum of stride * loop. */
typedef struct Access {
  int64_t offset, strides[MAX_LOOPS];
} Access;

/* Adds factor * expr. */
static bool addAffine(Access *access, MlirAffineExpr expr, int64_t factor) {
  if (mlirAffineExprIsADim(expr)) {
    access->strides[mlirAffineDimExprGetPosition(expr)] += factor;
    return true;
  }
  if (mlirAffineExprIsAConstant(expr)) {
    access->offset += factor * mlirAffineConstantExprGetValue(expr);
    return true;
  }
  if (mlirAffineExprIsAAdd(expr))
    return addAffine(access, mlirAffineBinaryOpExprGetLHS(expr), factor) &&
           addAffine(access, mlirAffineBinaryOpExprGetRHS(expr), factor);
  if (mlirAffineExprIsAMul(expr) && mlirAffineExprIsAConstant(mlirAffineBinaryOpExprGetRHS(expr)))
    return addAffine(access, mlirAffineBinaryOpExprGetLHS(expr),
                     factor * mlirAffineConstantExprGetValue(mlirAffineBinaryOpExprGetRHS(expr)));
  return false;
}

typedef struct Nest {
  int numLoops;
  int64_t extents[MAX_LOOPS];
  int64_t index[MAX_LOOPS];
  intptr_t numOperands, numInputs;
  Access accesses[MAX_LINALG_OPERANDS];
  Interval *data[MAX_LINALG_OPERANDS];
} Nest;

static bool bindOperand(Nest *nest, intptr_t i, MlirAffineMap map, const Array *array) {
  Access *access = &nest->accesses[i];
  int64_t stride = 1;
  if (mlirAffineMapGetNumResults(map) != array->rank)
    return false;
  for (int d = array->rank - 1; d >= 0; --d) {
    MlirAffineExpr expr = mlirAffineMapGetResult(map, d);
    if (!addAffine(access, expr, stride))
      return false;
    if (mlirAffineExprIsADim(expr))
      nest->extents[mlirAffineDimExprGetPosition(expr)] = array->dims[d];
    stride *= array->dims[d];
  }
  return true;
}

static bool advance(Nest *nest) {
  for (int l = nest->numLoops - 1; l >= 0; --l) {
    if (++nest->index[l] < nest->extents[l])
      return true;
    nest->index[l] = 0;
  }
  return false;
}

static Interval *elementOf(const Nest *nest, intptr_t i) {
  int64_t offset = nest->accesses[i].offset;
  for (int l = 0; l < nest->numLoops; ++l)
    offset += nest->accesses[i].strides[l] * nest->index[l];
  return nest->data[i] + offset;
}

static void runNest(Nest *nest, Body *body, Precision precision) {
  for (int l = 0; l < nest->numLoops; ++l)
    if (nest->extents[l] == 0)
      return;
  do {
    for (intptr_t i = 0; i < nest->numOperands; ++i)
      body->slots[i] = *elementOf(nest, i);
    for (int l = 0; l < nest->numLoops; ++l)
      body->slots[body->firstIndex + l] = intervalPoint((double)nest->index[l]);
    runBody(body, precision);
    for (intptr_t i = nest->numInputs; i < nest->numOperands; ++i)
      *elementOf(nest, i) = body->slots[body->yields[i - nest->numInputs]];
  } while (advance(nest));
}

bool interpretLinalg(Interpreter *in, MlirOperation op, MlirAttribute maps) {
  Nest nest = {.numOperands = mlirOperationGetNumOperands(op)};
  nest.numInputs = nest.numOperands - mlirOperationGetNumResults(op);
  if (nest.numOperands > MAX_LINALG_OPERANDS)
    return interpretFail(in, op, "has too many operands");
  for (intptr_t i = 0; i < nest.numOperands; ++i) {
    MlirAffineMap map = mlirAffineMapAttrGetValue(mlirArrayAttrGetElement(maps, i));
    const Array *array = valueGet(in, mlirOperationGetOperand(op, i));
    nest.numLoops = (int)mlirAffineMapGetNumDims(map);
    if (!array || nest.numLoops > MAX_LOOPS || !bindOperand(&nest, i, map, array))
      return interpretFail(in, op, "has an operand that is not known");
    nest.data[i] = array->data;
  }
  for (intptr_t i = nest.numInputs; i < nest.numOperands; ++i) {
    const Array *init = valueGet(in, mlirOperationGetOperand(op, i));
    Array result = arrayCreate(init->kind, init->rank, init->dims);
    memcpy(result.data, init->data, sizeof *init->data * (size_t)arrayCount(init));
    nest.data[i] = result.data;
    valueSet(in, mlirOperationGetResult(op, i - nest.numInputs), result);
  }
  Body *body = calloc(1, sizeof *body);
  MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  bool ok = compileBody(in, body, block, nest.numLoops);
  if (ok)
    runNest(&nest, body, in->precision);
  tableFree(&body->slotOf);
  free(body);
  return ok;
}
