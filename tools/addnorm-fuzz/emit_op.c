/* Elementwise ops and casts. */

#include "tools/addnorm-fuzz/emit_internal.h"

typedef struct OpNames {
  const char *scalar, *named, *elementwise, *tosa;
  int arity;
} OpNames;

static const OpNames opNames[NUM_OPS] = {
    [OP_ADD] = {"arith.addf", "linalg.add", "add", "tosa.add", 2},
    [OP_SUB] = {"arith.subf", "linalg.sub", "sub", "tosa.sub", 2},
    [OP_MUL] = {"arith.mulf", "linalg.mul", "mul", "tosa.mul", 2},
    [OP_DIV] = {"arith.divf", "linalg.div", "div", NULL, 2},
    [OP_MAX] = {"arith.maximumf", "linalg.max", "max_signed", "tosa.maximum", 2},
    [OP_MIN] = {"arith.minimumf", "linalg.min", "min_signed", "tosa.minimum", 2},
    [OP_POW] = {"math.powf", "linalg.powf", "powf", "tosa.pow", 2},
    [OP_FPOWI] = {"math.fpowi", NULL, NULL, NULL, 2},
    [OP_NEG] = {"arith.negf", "linalg.negf", "negf", "tosa.negate", 1},
    [OP_ABS] = {"math.absf", "linalg.abs", "abs", "tosa.abs", 1},
    [OP_SQRT] = {"math.sqrt", "linalg.sqrt", "sqrt", NULL, 1},
    [OP_RSQRT] = {"math.rsqrt", "linalg.rsqrt", "rsqrt", "tosa.rsqrt", 1},
    [OP_RECIPROCAL] = {NULL, "linalg.reciprocal", "reciprocal", "tosa.reciprocal", 1},
    [OP_SQUARE] = {NULL, "linalg.square", "square", NULL, 1},
    [OP_TANH] = {"math.tanh", "linalg.tanh", "tanh", "tosa.tanh", 1},
    [OP_CAST] = {NULL, NULL, NULL, "tosa.cast", 1},
};

static const char *castName(ElementKind from, ElementKind to) {
  return from < KIND_F32 ? "arith.extf" : to < from ? "arith.truncf" : "arith.extf";
}

/* One op of a body on the elements `a` and `b`; returns the id of its result. */
int emitScalarOp(Emitter *e, Op op, int a, int b, ElementKind kind) {
  if (op == OP_SQUARE)
    return emitScalarOp(e, OP_MUL, a, a, kind);
  if (op == OP_RECIPROCAL)
    return emitScalarOp(e, OP_DIV, emitScalarConstant(e, kind, 1), a, kind);
  int id = e->nextId++;
  fprintf(e->body, "    %%v%d = %s %%v%d", id, opNames[op].scalar, a);
  if (opNames[op].arity == 2)
    fprintf(e->body, ", %%v%d", b);
  if (e->fastmath && (op == OP_ADD || op == OP_MUL))
    fputs(" fastmath<nsz,contract>", e->body);
  fputs(" : ", e->body);
  emitElement(e->body, kind);
  fputs(op == OP_FPOWI ? ", i32\n" : "\n", e->body);
  return id;
}

int emitScalarCast(Emitter *e, int a, ElementKind from, ElementKind to) {
  int id = e->nextId++;
  fprintf(e->body, "    %%v%d = %s %%v%d : ", id, castName(from, to), a);
  emitElement(e->body, from);
  fputs(" to ", e->body);
  emitElement(e->body, to);
  fputs("\n", e->body);
  return id;
}

/* How an operand comes into a body: as an input, or as a scalar. */
typedef struct BodyOperand {
  bool isInput;
  int id; /* of the scalar outside; an f64 where `rounds` */
  bool inBody, rounds;
  double number;
} BodyOperand;

static BodyOperand prepareOperand(Emitter *e, Operand operand, ElementKind kind, Shape shape,
                                  Value *input) {
  BodyOperand prepared = {.id = operand.value.id, .number = operand.number};
  if (operand.kind == OPERAND_SCALAR)
    return prepared;
  prepared.inBody = operand.kind == OPERAND_CONSTANT && operand.form == CONSTANT_IN_BODY;
  if (prepared.inBody)
    return prepared;
  if (operand.kind == OPERAND_CONSTANT && operand.form == CONSTANT_CAPTURED) {
    prepared.id = emitScalarConstant(e, kind, operand.number);
    return prepared;
  }
  if (operand.kind == OPERAND_CONSTANT && operand.form == CONSTANT_F64_IN_BODY) {
    prepared.id = emitScalarConstant(e, KIND_F64, operand.number);
    prepared.rounds = true;
    return prepared;
  }
  prepared.isInput = true;
  if (operand.kind == OPERAND_TENSOR)
    *input = operand.value;
  else if (operand.form == CONSTANT_RANK0)
    *input = emitConstantTensor(e, kind, operand.number, (Shape){0}, CONSTANT_SPLAT);
  else
    *input = emitConstantTensor(e, kind, operand.number, shape, operand.form);
  return prepared;
}

static int operandInBody(Emitter *e, const BodyOperand *operand, ElementKind kind, int *argument) {
  if (operand->isInput)
    return (*argument)++;
  if (operand->inBody)
    return emitScalarConstant(e, kind, operand->number);
  return operand->rounds ? emitScalarCast(e, operand->id, KIND_F64, kind) : operand->id;
}

static Value emitGenericOp(Emitter *e, Op op, Operand a, Operand b, ElementKind kind, Shape shape) {
  Value ins[2];
  int numIns = 0;
  BodyOperand operands[2];
  int arity = opNames[op].arity;
  operands[0] = prepareOperand(e, a, kind, shape, &ins[0]);
  numIns += operands[0].isInput;
  if (arity == 2 && op != OP_FPOWI) {
    operands[1] = prepareOperand(e, b, kind, shape, &ins[numIns]);
    numIns += operands[1].isInput;
  }
  Value empty = emitEmpty(e, kind, shape);
  Loops loops = emitLoops(e, &shape);
  int argument;
  Value result = emitBeginGeneric(e, &loops, 0, ins, numIns, empty, &argument);
  int x = operandInBody(e, &operands[0], kind, &argument), y = 0;
  if (op == OP_FPOWI)
    y = emitScalarConstant(e, KIND_INTEGER, b.number);
  else if (arity == 2)
    y = operandInBody(e, &operands[1], kind, &argument);
  emitEndGeneric(e, emitScalarOp(e, op, x, y, kind), result);
  return result;
}

/* The operand as a tensor of `shape`; for tosa of that rank, its missing axes unit dimensions. */
static Value operandTensor(Emitter *e, Operand operand, ElementKind kind, Shape shape, bool tosa) {
  if (operand.kind == OPERAND_SCALAR)
    return emitFill(e, operand.value.id, emitEmpty(e, kind, shape));
  Shape units = shape;
  if (operand.kind == OPERAND_CONSTANT) {
    for (int d = 0; d < shape.rank; ++d)
      units.axes[d] = UNIT;
    bool small = tosa && operand.form != CONSTANT_SPLAT && operand.form != CONSTANT_FILL;
    ConstantForm form = operand.form == CONSTANT_TOSA || operand.form == CONSTANT_FILL
                            ? operand.form
                            : CONSTANT_SPLAT;
    return emitConstantTensor(e, kind, operand.number, small ? units : shape, form);
  }
  if (!tosa)
    return emitBroadcast(e, operand.value, shape);
  for (int d = 0; d < shape.rank; ++d)
    if (shape.axes[d] != UNIT && shapeFindAxis(&operand.value.shape, shape.axes[d]) < 0)
      units.axes[d] = UNIT;
  return emitReshape(e, operand.value, units);
}

static Value emitArithOp(Emitter *e, Op op, const Value *x, ElementKind kind, Shape shape) {
  Value result = emitNewValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = %s %%v%d", result.id, opNames[op].scalar, x[0].id);
  if (opNames[op].arity == 2)
    fprintf(e->body, ", %%v%d", x[1].id);
  emitTypeEnd(e, result);
  return result;
}

static Value emitLinalgOp(Emitter *e, Style style, Op op, const Value *x, ElementKind kind,
                          Shape shape) {
  Value empty = emitEmpty(e, kind, shape), result = emitNewValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = ", result.id);
  if (style == STYLE_MAP)
    fprintf(e->body, "linalg.map {%s}", opNames[op].scalar);
  else if (style == STYLE_ELEMENTWISE)
    fprintf(e->body, "linalg.elementwise kind=#linalg.elementwise_kind<%s>",
            opNames[op].elementwise);
  else
    fputs(opNames[op].named, e->body);
  emitInsOuts(e, x, opNames[op].arity, empty);
  if (style != STYLE_MAP) {
    fputs(" -> ", e->body);
    emitType(e, result);
  }
  fputs("\n", e->body);
  return result;
}

/* The type of what tosa.mul shifts by, and of the zero points of tosa.negate. */
static void emitExtraType(Emitter *e, Op op, ElementKind kind) {
  fputs("tensor<1x", e->body);
  if (op == OP_MUL)
    fputs("i8", e->body);
  else
    emitElement(e->body, kind);
  fputs(">", e->body);
}

/* A zero of that type; returns its id. */
static int emitExtra(Emitter *e, Op op, ElementKind kind) {
  int id = e->nextId++;
  fprintf(e->body, "  %%v%d = \"tosa.const\"() <{values = dense<0%s> : ", id,
          op == OP_MUL ? "" : ".0");
  emitExtraType(e, op, kind);
  fputs("}> : () -> ", e->body);
  emitExtraType(e, op, kind);
  fputs("\n", e->body);
  return id;
}

static Value emitTosaOp(Emitter *e, Op op, const Value *x, ElementKind kind, Shape shape) {
  int numExtras = op == OP_MUL ? 1 : op == OP_NEG ? 2 : 0;
  int extra = numExtras ? emitExtra(e, op, kind) : 0;
  Value result = emitNewValue(e, kind, shape);
  int arity = opNames[op].arity;
  fprintf(e->body, "  %%v%d = %s %%v%d", result.id, opNames[op].tosa, x[0].id);
  if (arity == 2)
    fprintf(e->body, ", %%v%d", x[1].id);
  for (int i = 0; i < numExtras; ++i)
    fprintf(e->body, ", %%v%d", extra);
  fputs(" : (", e->body);
  for (int i = 0; i < arity; ++i) {
    fputs(i ? ", " : "", e->body);
    emitType(e, x[i]);
  }
  for (int i = 0; i < numExtras; ++i) {
    fputs(", ", e->body);
    emitExtraType(e, op, kind);
  }
  fputs(") -> ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}

static bool hasStyle(Op op, Style style) {
  switch (style) {
  case STYLE_ARITH:
    return opNames[op].scalar && op != OP_FPOWI;
  case STYLE_MAP:
    return opNames[op].scalar && op != OP_FPOWI;
  case STYLE_NAMED:
    return opNames[op].named != NULL;
  case STYLE_ELEMENTWISE:
    return opNames[op].elementwise != NULL;
  case STYLE_TOSA:
    return opNames[op].tosa != NULL;
  default:
    return false;
  }
}

static ElementKind kindOfOperands(Operand a, Operand b) {
  return a.kind != OPERAND_CONSTANT ? a.value.kind : b.value.kind;
}

/* tosa wants every axis of the result to come from an operand. */
static bool coversShape(const Value *x, int count, const Shape *shape) {
  for (int d = 0; d < shape->rank; ++d) {
    bool covered = false;
    for (int i = 0; i < count; ++i)
      covered |= x[i].shape.axes[d] == shape->axes[d];
    if (!covered)
      return false;
  }
  return true;
}

Value emitOp(Emitter *e, Style style, Op op, Operand a, Operand b, Shape shape) {
  ElementKind kind = kindOfOperands(a, b);
  bool tosa = style == STYLE_TOSA && shape.rank > 0;
  if (!hasStyle(op, style) || (style == STYLE_TOSA && !tosa))
    return emitGenericOp(e, op, a, b, kind, shape);
  Value x[2];
  int arity = opNames[op].arity;
  x[0] = operandTensor(e, a, kind, shape, tosa);
  if (arity == 2)
    x[1] = operandTensor(e, b, kind, shape, tosa);
  if (!tosa)
    return style == STYLE_ARITH ? emitArithOp(e, op, x, kind, shape)
                                : emitLinalgOp(e, style, op, x, kind, shape);
  if (!coversShape(x, arity, &shape))
    x[0] = emitBroadcast(e, x[0], shape);
  int last = shape.axes[shape.rank - 1];
  e->mayBroadcast |= arity == 2 && last != UNIT && e->dynamic[last];
  return emitTosaOp(e, op, x, kind, shape);
}

Value emitUnary(Emitter *e, Style style, Op op, Value a) {
  return emitOp(e, style, op, operandOf(a), (Operand){0}, a.shape);
}

Value emitPlusIndex(Emitter *e, Value value) {
  Value empty = emitEmpty(e, value.kind, value.shape);
  Loops loops = loopsOf(&value.shape);
  int argument;
  Value result = emitBeginGeneric(e, &loops, 0, &value, 1, empty, &argument);
  int index = e->nextId++, integer = e->nextId++, number = e->nextId++;
  fprintf(e->body, "    %%v%d = linalg.index %d : index\n", index, loops.count - 1);
  fprintf(e->body, "    %%v%d = arith.index_cast %%v%d : index to i32\n", integer, index);
  fprintf(e->body, "    %%v%d = arith.sitofp %%v%d : i32 to ", number, integer);
  emitElement(e->body, value.kind);
  fputs("\n", e->body);
  emitEndGeneric(e, emitScalarOp(e, OP_ADD, argument, number, value.kind), result);
  return result;
}

Value emitCast(Emitter *e, Style style, Value value, ElementKind kind) {
  if (value.kind == kind)
    return value;
  if (value.kind < KIND_F32 && kind < KIND_F32)
    value = emitCast(e, style, value, KIND_F32);
  Value result;
  if (style == STYLE_GENERIC) {
    Value empty = emitEmpty(e, kind, value.shape);
    Loops loops = emitLoops(e, &value.shape);
    int argument;
    result = emitBeginGeneric(e, &loops, 0, &value, 1, empty, &argument);
    emitEndGeneric(e, emitScalarCast(e, argument, value.kind, kind), result);
    return result;
  }
  result = emitNewValue(e, kind, value.shape);
  const char *to = style == STYLE_TOSA ? ") -> " : " to ";
  fprintf(e->body, "  %%v%d = %s %%v%d : %s", result.id,
          style == STYLE_TOSA ? "tosa.cast" : castName(value.kind, kind), value.id,
          style == STYLE_TOSA ? "(" : "");
  emitType(e, value);
  fputs(to, e->body);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}
