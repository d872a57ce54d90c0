#include "tools/addnorm-fuzz/emit.h"

#include <string.h>

/* --- shapes ---------------------------------------------------------------------------------- */

Operand operandOf(Value value) { return (Operand){.kind = OPERAND_TENSOR, .value = value}; }

Operand constantOf(double number, ConstantForm form) {
  return (Operand){.kind = OPERAND_CONSTANT, .number = number, .form = form};
}

int shapeFindAxis(const Shape *shape, int axis) {
  for (int d = 0; d < shape->rank; ++d)
    if (shape->axes[d] == axis)
      return d;
  return -1;
}

bool shapeEqual(const Shape *a, const Shape *b) {
  return a->rank == b->rank &&
         (a->rank == 0 || memcmp(a->axes, b->axes, sizeof *a->axes * (size_t)a->rank) == 0);
}

Shape shapeWithoutUnits(const Shape *shape) {
  Shape bare = {0};
  for (int d = 0; d < shape->rank; ++d)
    if (shape->axes[d] != UNIT)
      bare.axes[bare.rank++] = shape->axes[d];
  return bare;
}

static bool isStatic(const Emitter *e, const Shape *shape) {
  for (int d = 0; d < shape->rank; ++d)
    if (shape->axes[d] != UNIT && e->dynamic[shape->axes[d]])
      return false;
  return true;
}

/* --- types ----------------------------------------------------------------------------------- */

void emitElement(FILE *out, ElementKind kind) {
  static const char *const names[] = {
      [KIND_F16] = "f16", [KIND_BF16] = "bf16", [KIND_F32] = "f32", [KIND_F64] = "f64",
      [KIND_INTEGER] = "i32"};
  fputs(names[kind], out);
}

static void typeText(Emitter *e, FILE *out, ElementKind kind, const Shape *shape) {
  fputs("tensor<", out);
  for (int d = 0; d < shape->rank; ++d) {
    int axis = shape->axes[d];
    if (axis == UNIT)
      fputs("1x", out);
    else if (e->dynamic[axis])
      fputs("?x", out);
    else
      fprintf(out, "%lldx", (long long)e->extents[axis]);
  }
  emitElement(out, kind);
  fputs(">", out);
}

void emitType(Emitter *e, Value value) { typeText(e, e->body, value.kind, &value.shape); }

static Value newValue(Emitter *e, ElementKind kind, Shape shape) {
  return (Value){e->nextId++, kind, shape};
}

static Value newArgument(Emitter *e, ElementKind kind, Shape shape) {
  Value value = newValue(e, kind, shape);
  fprintf(e->arguments, "%s%%v%d: ", e->numArguments++ ? ", " : "", value.id);
  return value;
}

Value emitArgument(Emitter *e, ElementKind kind, Shape shape) {
  Value value = newArgument(e, kind, shape);
  typeText(e, e->arguments, kind, &shape);
  return value;
}

Value emitScalarArgument(Emitter *e, ElementKind kind) {
  Value value = newArgument(e, kind, (Shape){0});
  emitElement(e->arguments, kind);
  return value;
}

/* " : type" and a line break behind an op. */
static void endWithType(Emitter *e, Value value) {
  fputs(" : ", e->body);
  emitType(e, value);
  fputs("\n", e->body);
}

Value emitEmpty(Emitter *e, ElementKind kind, Shape shape) {
  Value value = newValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = tensor.empty(", value.id);
  const char *separator = "";
  for (int d = 0; d < shape.rank; ++d) {
    if (shape.axes[d] == UNIT || !e->dynamic[shape.axes[d]])
      continue;
    fprintf(e->body, "%s%%n%d", separator, shape.axes[d]);
    separator = ", ";
  }
  fputs(")", e->body);
  endWithType(e, value);
  return value;
}

/* --- constants ------------------------------------------------------------------------------- */

static int emitScalarConstant(Emitter *e, ElementKind kind, double number) {
  int id = e->nextId++;
  if (kind == KIND_INTEGER)
    fprintf(e->body, "  %%v%d = arith.constant %d : i32\n", id, (int)number);
  else {
    fprintf(e->body, "  %%v%d = arith.constant %.17e : ", id, number);
    emitElement(e->body, kind);
    fputs("\n", e->body);
  }
  return id;
}

static Value emitFill(Emitter *e, int scalar, ElementKind kind, Shape shape) {
  Value empty = emitEmpty(e, kind, shape), value = newValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = linalg.fill ins(%%v%d : ", value.id, scalar);
  emitElement(e->body, kind);
  fprintf(e->body, ") outs(%%v%d : ", empty.id);
  emitType(e, empty);
  fputs(") -> ", e->body);
  emitType(e, value);
  fputs("\n", e->body);
  return value;
}

Value emitConstantTensor(Emitter *e, ElementKind kind, double number, Shape shape,
                         ConstantForm form) {
  if (form == CONSTANT_FILL || !isStatic(e, &shape))
    return emitFill(e, emitScalarConstant(e, kind, number), kind, shape);
  Value value = newValue(e, kind, shape);
  if (form == CONSTANT_TOSA) {
    fprintf(e->body, "  %%v%d = \"tosa.const\"() <{values = dense<%.17e> : ", value.id, number);
    emitType(e, value);
    fputs("}> : () -> ", e->body);
    emitType(e, value);
    fputs("\n", e->body);
    return value;
  }
  fprintf(e->body, "  %%v%d = arith.constant dense<%.17e>", value.id, number);
  endWithType(e, value);
  return value;
}

/* --- reshapes and broadcasts ----------------------------------------------------------------- */

/* [[0, 1], [2]]: each group holds one dimension that is no unit. */
static void emitGroups(Emitter *e, const Shape *shape) {
  bool open = false, hasAxis = false;
  fputs("[", e->body);
  if (shapeWithoutUnits(shape).rank > 0)
    for (int d = 0; d < shape->rank; ++d) {
      bool starts = !open || (hasAxis && shape->axes[d] != UNIT);
      fputs(!starts ? ", " : open ? "], [" : "[", e->body);
      hasAxis = (starts ? false : hasAxis) || shape->axes[d] != UNIT;
      open = true;
      fprintf(e->body, "%d", d);
    }
  fputs(open ? "]]" : "]", e->body);
}

/* [[0], [1], [2, 3]]: the last two dimensions are one. */
static void emitLastGroup(Emitter *e, int rank) {
  fputs("[", e->body);
  for (int d = 0; d < rank - 2; ++d)
    fprintf(e->body, "[%d], ", d);
  fprintf(e->body, "[%d, %d]]", rank - 2, rank - 1);
}

static Value emitInto(Emitter *e, Value value, Value result) {
  fputs(" : ", e->body);
  emitType(e, value);
  fputs(" into ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}

static Value emitCollapse(Emitter *e, Value value, Shape bare) {
  Value result = newValue(e, value.kind, bare);
  fprintf(e->body, "  %%v%d = tensor.collapse_shape %%v%d ", result.id, value.id);
  emitGroups(e, &value.shape);
  return emitInto(e, value, result);
}

Value emitMerge(Emitter *e, Value value, Shape shape) {
  Value result = newValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tensor.collapse_shape %%v%d ", result.id, value.id);
  emitLastGroup(e, value.shape.rank);
  return emitInto(e, value, result);
}

static void emitOutputShape(Emitter *e, Shape shape) {
  fputs(" output_shape [", e->body);
  for (int d = 0; d < shape.rank; ++d) {
    int axis = shape.axes[d];
    fputs(d ? ", " : "", e->body);
    if (axis != UNIT && e->dynamic[axis])
      fprintf(e->body, "%%n%d", axis);
    else
      fprintf(e->body, "%lld", axis == UNIT ? 1ll : (long long)e->extents[axis]);
  }
  fputs("]", e->body);
}

static Value emitExpand(Emitter *e, Value value, Shape shape) {
  Value result = newValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tensor.expand_shape %%v%d ", result.id, value.id);
  emitGroups(e, &shape);
  emitOutputShape(e, shape);
  return emitInto(e, value, result);
}

Value emitSplit(Emitter *e, Value value, Shape shape) {
  Value result = newValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tensor.expand_shape %%v%d ", result.id, value.id);
  emitLastGroup(e, shape.rank);
  emitOutputShape(e, shape);
  return emitInto(e, value, result);
}

Value emitSlice(Emitter *e, Value value, int64_t offset, Shape shape) {
  Value result = newValue(e, value.kind, shape);
  int rank = shape.rank;
  fprintf(e->body, "  %%v%d = tensor.extract_slice %%v%d[", result.id, value.id);
  for (int d = 0; d < rank; ++d)
    fprintf(e->body, "%s%lld", d ? ", " : "", d == rank - 1 ? (long long)offset : 0ll);
  fputs("] [", e->body);
  for (int d = 0; d < rank; ++d)
    fprintf(e->body, "%s%lld", d ? ", " : "", (long long)e->extents[shape.axes[d]]);
  fputs("] [", e->body);
  for (int d = 0; d < rank; ++d)
    fprintf(e->body, "%s1", d ? ", " : "");
  fputs("] : ", e->body);
  emitType(e, value);
  fputs(" to ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}

static Value emitTosaReshape(Emitter *e, Value value, Shape shape) {
  int list = e->nextId++;
  Value result = newValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tosa.const_shape {values = dense<[", list);
  for (int d = 0; d < shape.rank; ++d)
    fprintf(e->body, "%s%lld", d ? ", " : "",
            shape.axes[d] == UNIT ? 1ll : (long long)e->extents[shape.axes[d]]);
  fprintf(e->body, "]> : tensor<%dxindex>} : () -> !tosa.shape<%d>\n", shape.rank, shape.rank);
  fprintf(e->body, "  %%v%d = tosa.reshape %%v%d, %%v%d : (", result.id, value.id, list);
  emitType(e, value);
  fprintf(e->body, ", !tosa.shape<%d>) -> ", shape.rank);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}

Value emitReshape(Emitter *e, Value value, Shape shape) {
  if (shapeEqual(&value.shape, &shape))
    return value;
  if (e->tosaReshapes && shape.rank > 0 && value.shape.rank > 0 && isStatic(e, &shape))
    return emitTosaReshape(e, value, shape);
  Shape bare = shapeWithoutUnits(&shape);
  if (!shapeEqual(&value.shape, &bare))
    value = emitCollapse(e, value, bare);
  return shapeEqual(&bare, &shape) ? value : emitExpand(e, value, shape);
}

Loops loopsOf(const Shape *shape) {
  Loops loops = {0};
  for (int d = 0; d < shape->rank; ++d) {
    loops.unitDims[loops.count] = d;
    loops.axes[loops.count++] = shape->axes[d];
  }
  return loops;
}

void loopsAdd(Loops *loops, int axis) { loops->axes[loops->count++] = axis; }

void loopsReverse(Loops *loops) {
  Loops old = *loops;
  for (int l = 0; l < old.count; ++l) {
    loops->axes[l] = old.axes[old.count - 1 - l];
    loops->unitDims[l] = old.unitDims[old.count - 1 - l];
  }
}

static int loopOfDim(const Loops *loops, const Shape *shape, int dim) {
  for (int l = 0; l < loops->count; ++l) {
    if (loops->axes[l] != shape->axes[dim])
      continue;
    if (shape->axes[dim] != UNIT || loops->unitDims[l] == dim)
      return l;
  }
  return -1;
}

void emitMap(Emitter *e, const Loops *loops, const Shape *shape, bool ownUnits) {
  fputs("affine_map<(", e->body);
  for (int l = 0; l < loops->count; ++l)
    fprintf(e->body, "%sd%d", l ? ", " : "", l);
  fputs(") -> (", e->body);
  for (int d = 0; d < shape->rank; ++d) {
    int loop = shape->axes[d] == UNIT && !ownUnits ? -1 : loopOfDim(loops, shape, d);
    fputs(d ? ", " : "", e->body);
    if (loop < 0)
      fputs("0", e->body);
    else
      fprintf(e->body, "d%d", loop);
  }
  fputs(")>", e->body);
}

static void emitInsOuts(Emitter *e, const Value *ins, int numIns, Value out) {
  if (numIns > 0) {
    fputs(" ins(", e->body);
    for (int i = 0; i < numIns; ++i)
      fprintf(e->body, "%s%%v%d", i ? ", " : "", ins[i].id);
    fputs(" : ", e->body);
    for (int i = 0; i < numIns; ++i) {
      fputs(i ? ", " : "", e->body);
      emitType(e, ins[i]);
    }
    fputs(")", e->body);
  }
  fprintf(e->body, " outs(%%v%d : ", out.id);
  emitType(e, out);
  fputs(")", e->body);
}

static Loops resultLoops(const Emitter *e, const Shape *shape) {
  Loops loops = loopsOf(shape);
  if (e->permuteLoops)
    loopsReverse(&loops);
  return loops;
}

/* Opens a generic up to its block arguments %v<first>...: those of the inputs, then of the output. */
static Value beginGeneric(Emitter *e, const Loops *loops, uint32_t reductionLoops, const Value *ins,
                          int numIns, Value out, bool ownUnits, int *first) {
  Value result = newValue(e, out.kind, out.shape);
  fprintf(e->body, "  %%v%d = linalg.generic {indexing_maps = [", result.id);
  for (int i = 0; i < numIns; ++i) {
    emitMap(e, loops, &ins[i].shape, ins[i].shape.rank == out.shape.rank);
    fputs(", ", e->body);
  }
  emitMap(e, loops, &out.shape, ownUnits);
  fputs("], iterator_types = [", e->body);
  for (int l = 0; l < loops->count; ++l)
    fprintf(e->body, "%s\"%s\"", l ? ", " : "",
            reductionLoops & 1u << l ? "reduction" : "parallel");
  fputs("]}", e->body);
  emitInsOuts(e, ins, numIns, out);
  fputs(" {\n  ^bb0(", e->body);
  *first = e->nextId;
  e->nextId += numIns + 1;
  for (int i = 0; i <= numIns; ++i) {
    fprintf(e->body, "%s%%v%d: ", i ? ", " : "", *first + i);
    emitElement(e->body, i < numIns ? ins[i].kind : out.kind);
  }
  fputs("):\n", e->body);
  return result;
}

static void endGeneric(Emitter *e, int yielded, Value result) {
  fprintf(e->body, "    linalg.yield %%v%d : ", yielded);
  emitElement(e->body, result.kind);
  fputs("\n  } -> ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
}

static Value emitYieldOnly(Emitter *e, Value value, Shape shape) {
  Value empty = emitEmpty(e, value.kind, shape);
  Loops loops = resultLoops(e, &shape);
  int first;
  Value result = beginGeneric(e, &loops, 0, &value, 1, empty, true, &first);
  endGeneric(e, first, result);
  return result;
}

static Value emitLinalgBroadcast(Emitter *e, Value value, Shape shape) {
  value = emitReshape(e, value, shapeWithoutUnits(&value.shape));
  Value empty = emitEmpty(e, value.kind, shape), result = newValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = linalg.broadcast", result.id);
  emitInsOuts(e, &value, 1, empty);
  fputs(" dimensions = [", e->body);
  const char *separator = "";
  for (int d = 0; d < shape.rank; ++d) {
    if (shape.axes[d] != UNIT && shapeFindAxis(&value.shape, shape.axes[d]) >= 0)
      continue;
    fprintf(e->body, "%s%d", separator, d);
    separator = ", ";
  }
  fputs("]\n", e->body);
  return result;
}

/* A fill with the one element of `value`, taken out of it. */
static Value emitExtractAndFill(Emitter *e, Value value, Shape shape) {
  value = emitReshape(e, value, (Shape){0});
  int scalar = e->nextId++;
  fprintf(e->body, "  %%v%d = tensor.extract %%v%d[]", scalar, value.id);
  endWithType(e, value);
  return emitFill(e, scalar, value.kind, shape);
}

/* Whether the axes occur in the order of `shape`. */
static bool isOrderedIn(const Shape *bare, const Shape *shape) {
  int last = -1;
  for (int d = 0; d < bare->rank; ++d) {
    int at = shapeFindAxis(shape, bare->axes[d]);
    if (at < last)
      return false;
    last = at;
  }
  return true;
}

Value emitBroadcast(Emitter *e, Value value, Shape shape) {
  Shape bare = shapeWithoutUnits(&value.shape), target = shapeWithoutUnits(&shape);
  if (shapeEqual(&bare, &target))
    return emitReshape(e, value, shape);
  if (e->spread == SPREAD_FILL && bare.rank == 0)
    return emitExtractAndFill(e, value, shape);
  if (e->spread == SPREAD_YIELD || !isOrderedIn(&bare, &shape))
    return emitYieldOnly(e, value, shape);
  return emitLinalgBroadcast(e, value, shape);
}

/* --- elementwise ops ------------------------------------------------------------------------- */

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
static int emitScalarOp(Emitter *e, Op op, int a, int b, ElementKind kind) {
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

static int emitScalarCast(Emitter *e, int a, ElementKind from, ElementKind to) {
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
  Loops loops = resultLoops(e, &shape);
  int argument;
  Value result = beginGeneric(e, &loops, 0, ins, numIns, empty, true, &argument);
  int x = operandInBody(e, &operands[0], kind, &argument), y = 0;
  if (op == OP_FPOWI)
    y = emitScalarConstant(e, KIND_INTEGER, b.number);
  else if (arity == 2)
    y = operandInBody(e, &operands[1], kind, &argument);
  endGeneric(e, emitScalarOp(e, op, x, y, kind), result);
  return result;
}

/* The operand as a tensor of `shape`; for tosa of that rank, its missing axes unit dimensions. */
static Value operandTensor(Emitter *e, Operand operand, ElementKind kind, Shape shape, bool tosa) {
  if (operand.kind == OPERAND_SCALAR)
    return emitFill(e, operand.value.id, kind, shape);
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
  Value result = newValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = %s %%v%d", result.id, opNames[op].scalar, x[0].id);
  if (opNames[op].arity == 2)
    fprintf(e->body, ", %%v%d", x[1].id);
  endWithType(e, result);
  return result;
}

static Value emitLinalgOp(Emitter *e, Style style, Op op, const Value *x, ElementKind kind,
                          Shape shape) {
  Value empty = emitEmpty(e, kind, shape), result = newValue(e, kind, shape);
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

/* What tosa.mul shifts by and what tosa.negate takes as zero points: no change. */
static int emitTosaExtra(Emitter *e, Op op, ElementKind kind) {
  Value extra = newValue(e, op == OP_MUL ? KIND_INTEGER : kind, (Shape){1, {UNIT}});
  fprintf(e->body, "  %%v%d = \"tosa.const\"() <{values = dense<0%s> : tensor<1x", extra.id,
          op == OP_MUL ? "" : ".0");
  const char *i8 = "i8";
  if (op == OP_MUL)
    fputs(i8, e->body);
  else
    emitElement(e->body, kind);
  fputs(">}> : () -> tensor<1x", e->body);
  if (op == OP_MUL)
    fputs(i8, e->body);
  else
    emitElement(e->body, kind);
  fputs(">\n", e->body);
  return extra.id;
}

static Value emitTosaOp(Emitter *e, Op op, const Value *x, ElementKind kind, Shape shape) {
  int numExtras = op == OP_MUL ? 1 : op == OP_NEG ? 2 : 0;
  int extra = numExtras ? emitTosaExtra(e, op, kind) : 0;
  Value result = newValue(e, kind, shape);
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
    fputs(", tensor<1x", e->body);
    if (op == OP_MUL)
      fputs("i8", e->body);
    else
      emitElement(e->body, kind);
    fputs(">", e->body);
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

Value emitCast(Emitter *e, Style style, Value value, ElementKind kind) {
  if (value.kind == kind)
    return value;
  if (value.kind < KIND_F32 && kind < KIND_F32)
    value = emitCast(e, style, value, KIND_F32);
  Value result;
  if (style == STYLE_GENERIC) {
    Value empty = emitEmpty(e, kind, value.shape);
    Loops loops = resultLoops(e, &value.shape);
    int argument;
    result = beginGeneric(e, &loops, 0, &value, 1, empty, true, &argument);
    endGeneric(e, emitScalarCast(e, argument, value.kind, kind), result);
    return result;
  }
  result = newValue(e, kind, value.shape);
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

/* --- reductions ------------------------------------------------------------------------------ */

static Value emitInit(Emitter *e, const Reduction *r, Shape shape) {
  if (r->startFrom)
    return emitReshape(e, *r->startFrom, shape);
  if (r->init == INIT_CONSTANT)
    return emitConstantTensor(e, r->kind, r->start, shape, CONSTANT_SPLAT);
  int scalar = emitScalarConstant(e, r->kind, r->start);
  Shape bare = shapeWithoutUnits(&shape);
  if (r->init == INIT_GENERIC) {
    Value empty = emitEmpty(e, r->kind, shape);
    Loops loops = resultLoops(e, &shape);
    int argument;
    Value result = beginGeneric(e, &loops, 0, NULL, 0, empty, true, &argument);
    endGeneric(e, scalar, result);
    return result;
  }
  if (r->init == INIT_EXPANDED && !shapeEqual(&bare, &shape)) {
    Value expanded = emitExpand(e, emitEmpty(e, r->kind, bare), shape);
    Value result = newValue(e, r->kind, shape);
    fprintf(e->body, "  %%v%d = linalg.fill ins(%%v%d : ", result.id, scalar);
    emitElement(e->body, r->kind);
    fprintf(e->body, ") outs(%%v%d : ", expanded.id);
    emitType(e, expanded);
    fputs(") -> ", e->body);
    emitType(e, result);
    fputs("\n", e->body);
    return result;
  }
  return emitFill(e, scalar, r->kind, shape);
}

/* accumulator and element -> the next accumulator. */
static int emitCombine(Emitter *e, const Reduction *r, int element, int accumulator) {
  if (r->squares)
    element = emitScalarOp(e, OP_MUL, element, element, r->kind);
  if (r->combine == COMBINE_DECAY)
    accumulator =
        emitScalarOp(e, OP_MUL, accumulator, emitScalarConstant(e, r->kind, 0.5), r->kind);
  Op op = r->combine == COMBINE_MAX ? OP_MAX : OP_ADD;
  return r->accumulatorFirst ? emitScalarOp(e, op, accumulator, element, r->kind)
                             : emitScalarOp(e, op, element, accumulator, r->kind);
}

static Value emitGenericReduction(Emitter *e, const Reduction *r, Value value, Value init) {
  Loops loops = loopsOf(&value.shape);
  uint32_t reduced = 0;
  bool ownUnits = r->style == REDUCE_GENERIC_UNIT_LOOP;
  if (ownUnits)
    for (int d = 0; d < init.shape.rank; ++d)
      if (init.shape.axes[d] == UNIT && value.shape.axes[d] != UNIT) {
        loops.unitDims[loops.count] = d;
        loopsAdd(&loops, UNIT);
      }
  if (e->permuteLoops)
    loopsReverse(&loops);
  for (int l = 0; l < loops.count; ++l) {
    bool byAxis = loops.axes[l] != UNIT && r->axes >> loops.axes[l] & 1;
    if (byAxis)
      reduced |= 1u << l;
  }
  int first;
  Value result = beginGeneric(e, &loops, reduced, &value, 1, init, true, &first);
  int element = first;
  if (value.kind != r->kind)
    element = emitScalarCast(e, element, value.kind, r->kind);
  endGeneric(e, emitCombine(e, r, element, first + 1), result);
  return result;
}

static Value emitLinalgReduce(Emitter *e, const Reduction *r, Value value, Value init) {
  Value result = newValue(e, r->kind, init.shape);
  bool brief = r->style == REDUCE_SHORT && !r->squares && r->combine != COMBINE_DECAY;
  fprintf(e->body, "  %%v%d = linalg.reduce", result.id);
  if (brief)
    fprintf(e->body, " {%s}", r->combine == COMBINE_MAX ? "arith.maximumf" : "arith.addf");
  emitInsOuts(e, &value, 1, init);
  fputs(" dimensions = [", e->body);
  const char *separator = "";
  for (int d = 0; d < value.shape.rank; ++d)
    if (value.shape.axes[d] != UNIT && r->axes >> value.shape.axes[d] & 1) {
      fprintf(e->body, "%s%d", separator, d);
      separator = ", ";
    }
  fputs("]", e->body);
  if (!brief) {
    int element = e->nextId++, accumulator = e->nextId++;
    fprintf(e->body, "\n    (%%v%d: ", element);
    emitElement(e->body, r->kind);
    fprintf(e->body, ", %%v%d: ", accumulator);
    emitElement(e->body, r->kind);
    fputs(") {\n", e->body);
    int next = emitCombine(e, r, element, accumulator);
    fprintf(e->body, "    linalg.yield %%v%d : ", next);
    emitElement(e->body, r->kind);
    fputs("\n  }", e->body);
  }
  fputs("\n", e->body);
  return result;
}

static Value emitContract(Emitter *e, Value value, Value init) {
  Loops loops = loopsOf(&value.shape);
  Value ins[] = {value, value}, result = newValue(e, init.kind, init.shape);
  fprintf(e->body, "  %%v%d = linalg.contract indexing_maps = [", result.id);
  for (int i = 0; i < 2; ++i) {
    emitMap(e, &loops, &value.shape, true);
    fputs(", ", e->body);
  }
  emitMap(e, &loops, &init.shape, true);
  fputs("]", e->body);
  emitInsOuts(e, ins, 2, init);
  fputs(" -> ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
  return result;
}

static Value emitTosaReduction(Emitter *e, const Reduction *r, Value value) {
  for (int d = 0; d < value.shape.rank; ++d) {
    if (value.shape.axes[d] == UNIT || !(r->axes >> value.shape.axes[d] & 1))
      continue;
    Value result = newValue(e, value.kind, value.shape);
    result.shape.axes[d] = UNIT;
    fprintf(e->body, "  %%v%d = tosa.reduce_%s %%v%d {axis = %d : i32} : (", result.id,
            r->combine == COMBINE_MAX ? "max" : "sum", value.id, d);
    emitType(e, value);
    fputs(") -> ", e->body);
    emitType(e, result);
    fputs("\n", e->body);
    value = result;
  }
  return value;
}

Value emitReduction(Emitter *e, const Reduction *reduction, Value value) {
  Reduction r = *reduction;
  bool plain = !r.startFrom && r.start == 0 && r.combine != COMBINE_DECAY && !r.squares &&
               r.kind == value.kind;
  if (r.style == REDUCE_TOSA && plain)
    return emitTosaReduction(e, &r, value);
  if (r.style == REDUCE_CONTRACT && !(r.squares && r.combine == COMBINE_ADD))
    r.style = REDUCE_GENERIC;
  if (r.style == REDUCE_TOSA)
    r.style = REDUCE_GENERIC_KEEP;
  bool keeps = r.style == REDUCE_GENERIC_KEEP || r.style == REDUCE_GENERIC_UNIT_LOOP;
  Shape shape = {0};
  for (int d = 0; d < value.shape.rank; ++d) {
    bool reduced = value.shape.axes[d] != UNIT && r.axes >> value.shape.axes[d] & 1;
    if (!reduced || keeps)
      shape.axes[shape.rank++] = reduced ? UNIT : value.shape.axes[d];
  }
  Value init = emitInit(e, &r, shape);
  if (r.style == REDUCE_CONTRACT)
    return emitContract(e, value, init);
  bool linalgReduce = (r.style == REDUCE_SHORT || r.style == REDUCE_REGION) && r.kind == value.kind;
  return linalgReduce ? emitLinalgReduce(e, &r, value, init)
                      : emitGenericReduction(e, &r, value, init);
}
