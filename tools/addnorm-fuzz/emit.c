#include "tools/addnorm-fuzz/emit_internal.h"

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
  static const char *const names[] = {[KIND_F16] = "f16",
                                      [KIND_BF16] = "bf16",
                                      [KIND_F32] = "f32",
                                      [KIND_F64] = "f64",
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

Value emitNewValue(Emitter *e, ElementKind kind, Shape shape) {
  return (Value){e->nextId++, kind, shape};
}

static Value newArgument(Emitter *e, ElementKind kind, Shape shape) {
  Value value = emitNewValue(e, kind, shape);
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

void emitTypeEnd(Emitter *e, Value value) {
  fputs(" : ", e->body);
  emitType(e, value);
  fputs("\n", e->body);
}

Value emitEmpty(Emitter *e, ElementKind kind, Shape shape) {
  Value value = emitNewValue(e, kind, shape);
  fprintf(e->body, "  %%v%d = tensor.empty(", value.id);
  const char *separator = "";
  for (int d = 0; d < shape.rank; ++d) {
    if (shape.axes[d] == UNIT || !e->dynamic[shape.axes[d]])
      continue;
    fprintf(e->body, "%s%%n%d", separator, shape.axes[d]);
    separator = ", ";
  }
  fputs(")", e->body);
  emitTypeEnd(e, value);
  return value;
}

/* --- constants ------------------------------------------------------------------------------- */

int emitScalarConstant(Emitter *e, ElementKind kind, double number) {
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

Value emitFill(Emitter *e, int scalar, Value out) {
  Value value = emitNewValue(e, out.kind, out.shape);
  fprintf(e->body, "  %%v%d = linalg.fill ins(%%v%d : ", value.id, scalar);
  emitElement(e->body, out.kind);
  fprintf(e->body, ") outs(%%v%d : ", out.id);
  emitType(e, out);
  fputs(") -> ", e->body);
  emitType(e, value);
  fputs("\n", e->body);
  return value;
}

Value emitConstantTensor(Emitter *e, ElementKind kind, double number, Shape shape,
                         ConstantForm form) {
  if (form == CONSTANT_FILL || !isStatic(e, &shape))
    return emitFill(e, emitScalarConstant(e, kind, number), emitEmpty(e, kind, shape));
  Value value = emitNewValue(e, kind, shape);
  if (form == CONSTANT_TOSA) {
    fprintf(e->body, "  %%v%d = \"tosa.const\"() <{values = dense<%.17e> : ", value.id, number);
    emitType(e, value);
    fputs("}> : () -> ", e->body);
    emitType(e, value);
    fputs("\n", e->body);
    return value;
  }
  fprintf(e->body, "  %%v%d = arith.constant dense<%.17e>", value.id, number);
  emitTypeEnd(e, value);
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
  Value result = emitNewValue(e, value.kind, bare);
  fprintf(e->body, "  %%v%d = tensor.collapse_shape %%v%d ", result.id, value.id);
  emitGroups(e, &value.shape);
  return emitInto(e, value, result);
}

Value emitMerge(Emitter *e, Value value, Shape shape) {
  Value result = emitNewValue(e, value.kind, shape);
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

Value emitExpand(Emitter *e, Value value, Shape shape) {
  Value result = emitNewValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tensor.expand_shape %%v%d ", result.id, value.id);
  emitGroups(e, &shape);
  emitOutputShape(e, shape);
  return emitInto(e, value, result);
}

Value emitSplit(Emitter *e, Value value, Shape shape) {
  Value result = emitNewValue(e, value.kind, shape);
  fprintf(e->body, "  %%v%d = tensor.expand_shape %%v%d ", result.id, value.id);
  emitLastGroup(e, shape.rank);
  emitOutputShape(e, shape);
  return emitInto(e, value, result);
}

Value emitSlice(Emitter *e, Value value, int64_t offset, Shape shape) {
  Value result = emitNewValue(e, value.kind, shape);
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

static Value castTo(Emitter *e, Value value, bool toDynamic) {
  Value result = emitNewValue(e, value.kind, value.shape);
  fprintf(e->body, "  %%v%d = tensor.cast %%v%d : ", result.id, value.id);
  for (int side = 0; side < 2; ++side) {
    fputs(side ? " to " : "", e->body);
    if (toDynamic == (side == 1)) {
      fputs("tensor<", e->body);
      for (int d = 0; d < value.shape.rank; ++d)
        fputs("?x", e->body);
      emitElement(e->body, value.kind);
      fputs(">", e->body);
    } else {
      emitType(e, value);
    }
  }
  fputs("\n", e->body);
  return result;
}

Value emitDynamicCast(Emitter *e, Value value) { return castTo(e, castTo(e, value, true), false); }

static Value emitTosaReshape(Emitter *e, Value value, Shape shape) {
  int list = e->nextId++;
  Value result = emitNewValue(e, value.kind, shape);
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

void emitInsOuts(Emitter *e, const Value *ins, int numIns, Value out) {
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

Loops emitLoops(const Emitter *e, const Shape *shape) {
  Loops loops = loopsOf(shape);
  if (e->permuteLoops)
    loopsReverse(&loops);
  return loops;
}

Value emitBeginGeneric(Emitter *e, const Loops *loops, uint32_t reductionLoops, const Value *ins,
                       int numIns, Value out, int *first) {
  Value result = emitNewValue(e, out.kind, out.shape);
  fprintf(e->body, "  %%v%d = linalg.generic {indexing_maps = [", result.id);
  for (int i = 0; i < numIns; ++i) {
    emitMap(e, loops, &ins[i].shape, ins[i].shape.rank == out.shape.rank);
    fputs(", ", e->body);
  }
  emitMap(e, loops, &out.shape, true);
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

void emitEndGeneric(Emitter *e, int yielded, Value result) {
  fprintf(e->body, "    linalg.yield %%v%d : ", yielded);
  emitElement(e->body, result.kind);
  fputs("\n  } -> ", e->body);
  emitType(e, result);
  fputs("\n", e->body);
}

static Value emitYieldOnly(Emitter *e, Value value, Shape shape) {
  Value empty = emitEmpty(e, value.kind, shape);
  Loops loops = emitLoops(e, &shape);
  int first;
  Value result = emitBeginGeneric(e, &loops, 0, &value, 1, empty, &first);
  emitEndGeneric(e, first, result);
  return result;
}

static Value emitLinalgBroadcast(Emitter *e, Value value, Shape shape) {
  value = emitReshape(e, value, shapeWithoutUnits(&value.shape));
  Value empty = emitEmpty(e, value.kind, shape), result = emitNewValue(e, value.kind, shape);
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
  emitTypeEnd(e, value);
  return emitFill(e, scalar, emitEmpty(e, value.kind, shape));
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
