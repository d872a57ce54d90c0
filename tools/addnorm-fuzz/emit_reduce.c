/* Reductions. */

#include "tools/addnorm-fuzz/emit_internal.h"

static Value emitInit(Emitter *e, const Reduction *r, Shape shape) {
  if (r->startFrom)
    return emitReshape(e, *r->startFrom, shape);
  if (r->init == INIT_CONSTANT)
    return emitConstantTensor(e, r->kind, r->start, shape, CONSTANT_SPLAT);
  int scalar = emitScalarConstant(e, r->kind, r->start);
  Shape bare = shapeWithoutUnits(&shape);
  if (r->init == INIT_GENERIC) {
    Value empty = emitEmpty(e, r->kind, shape);
    Loops loops = emitLoops(e, &shape);
    int argument;
    Value result = emitBeginGeneric(e, &loops, 0, NULL, 0, empty, &argument);
    emitEndGeneric(e, scalar, result);
    return result;
  }
  if (r->init == INIT_EXPANDED && !shapeEqual(&bare, &shape))
    return emitFill(e, scalar, emitExpand(e, emitEmpty(e, r->kind, bare), shape));
  return emitFill(e, scalar, emitEmpty(e, r->kind, shape));
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
        loops.axes[loops.count++] = UNIT;
      }
  if (e->permuteLoops)
    loopsReverse(&loops);
  for (int l = 0; l < loops.count; ++l) {
    bool byAxis = loops.axes[l] != UNIT && r->axes >> loops.axes[l] & 1;
    if (byAxis)
      reduced |= 1u << l;
  }
  int first;
  Value result = emitBeginGeneric(e, &loops, reduced, &value, 1, init, &first);
  int element = first;
  if (value.kind != r->kind)
    element = emitScalarCast(e, element, value.kind, r->kind);
  emitEndGeneric(e, emitCombine(e, r, element, first + 1), result);
  return result;
}

static Value emitLinalgReduce(Emitter *e, const Reduction *r, Value value, Value init) {
  Value result = emitNewValue(e, r->kind, init.shape);
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
  Value ins[] = {value, value}, result = emitNewValue(e, init.kind, init.shape);
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
    Value result = emitNewValue(e, value.kind, value.shape);
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
