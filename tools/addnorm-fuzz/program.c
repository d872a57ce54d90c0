/* The formula, step by step, each step spelled as its choices say:
 *
 *   t = x + r;  y = t * gamma / sqrt(sum(t * t) / N + epsilon)
 */

#include "tools/addnorm-fuzz/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/addnorm-fuzz/emit.h"

typedef struct Composer {
  Emitter e;
  const Choices *choices;
  Mutation mutation;
  Shape full, rows, row; /* [.., N], [..], [N] */
  int lastAxis;
  ElementKind xKind, rKind, addKind, statKind, yKind;
  Value results[8];
  int numResults, norm;
} Composer;

static int choice(const Composer *c, Choice which) { return c->choices->of[which]; }

static bool mutates(const Composer *c, Mutation mutation) { return c->mutation == mutation; }

static Style styleOf(const Composer *c, Choice which) { return (Style)choice(c, which); }

static void addResult(Composer *c, Value value) { c->results[c->numResults++] = value; }

static Value op2(Composer *c, Choice style, Op op, Value a, Operand b, Shape shape) {
  return emitOp(&c->e, styleOf(c, style), op, operandOf(a), b, shape);
}

/* As op2, the operands swapped where `commute` says so. */
static Value commuted(Composer *c, Choice style, Choice commute, Op op, Value a, Operand b,
                      Shape shape) {
  if (!choice(c, commute))
    return op2(c, style, op, a, b, shape);
  return emitOp(&c->e, styleOf(c, style), op, b, operandOf(a), shape);
}

/* --- shapes and types ------------------------------------------------------------------------ */

static const struct {
  int rank;
  int64_t dims[4];
} shapes[] = {{2, {5, 8}},       {1, {16}},      {3, {2, 3, 8}},    {4, {2, 1, 3, 8}},
              {2, {8, 8}},       {3, {1, 4, 8}}, {2, {4, 12}},      {3, {2, 6, 6}},
              {4, {1, 2, 2, 16}}, {3, {3, 1, 10}}};

static const struct {
  ElementKind x, r, add, stat, y;
} types[] = {
    {KIND_F32, KIND_F32, KIND_F32, KIND_F32, KIND_F32},
    {KIND_F16, KIND_F16, KIND_F16, KIND_F32, KIND_F16},
    {KIND_BF16, KIND_BF16, KIND_BF16, KIND_F32, KIND_BF16},
    {KIND_F16, KIND_F16, KIND_F32, KIND_F32, KIND_F16},
    {KIND_BF16, KIND_BF16, KIND_F32, KIND_F32, KIND_BF16},
    {KIND_F16, KIND_F32, KIND_F32, KIND_F32, KIND_F16},
    {KIND_BF16, KIND_F16, KIND_F32, KIND_F32, KIND_BF16},
    {KIND_F16, KIND_F16, KIND_F16, KIND_F16, KIND_F16},
    {KIND_BF16, KIND_BF16, KIND_BF16, KIND_BF16, KIND_BF16},
    {KIND_F32, KIND_F32, KIND_F32, KIND_F32, KIND_F16},
};

static void chooseShape(Composer *c) {
  int which = choice(c, CHOICE_SHAPE);
  c->full.rank = shapes[which].rank;
  c->lastAxis = c->full.rank - 1;
  c->e.numAxes = c->full.rank;
  for (int a = 0; a < c->full.rank; ++a) {
    c->full.axes[a] = a;
    c->e.extents[a] = shapes[which].dims[a];
    bool last = a == c->lastAxis;
    c->e.dynamic[a] = choice(c, CHOICE_DYNAMIC) & (last ? 2 : 1) && c->e.extents[a] != 1;
  }
  c->rows = c->full;
  --c->rows.rank;
  c->row = (Shape){1, {c->lastAxis}};
  int kinds = choice(c, CHOICE_TYPES);
  c->xKind = types[kinds].x;
  c->rKind = types[kinds].r;
  c->addKind = types[kinds].add;
  c->statKind = types[kinds].stat;
  c->yKind = types[kinds].y;
}

/* A new axis. */
static int addAxis(Composer *c, int64_t extent) {
  c->e.extents[c->e.numAxes] = extent;
  return c->e.numAxes++;
}

static bool isStatic(const Composer *c) { return choice(c, CHOICE_DYNAMIC) == 0; }

/* The shape with a last axis that is longer by one. */
static Shape longerRow(Composer *c, Shape shape) {
  shape.axes[shape.rank - 1] = addAxis(c, c->e.extents[c->lastAxis] + 1);
  return shape;
}

/* The shape with the last axis cut in two. */
static Shape splitRow(Composer *c, Shape shape) {
  int64_t n = c->e.extents[c->lastAxis];
  shape.axes[shape.rank - 1] = addAxis(c, 2);
  shape.axes[shape.rank++] = addAxis(c, n / 2);
  return shape;
}

/* %n<axis> for each dynamic axis, from an argument of full shape. */
static void emitSizes(Composer *c, Value full) {
  for (int a = 0; a < c->e.numAxes; ++a) {
    if (!c->e.dynamic[a])
      continue;
    fprintf(c->e.body, "  %%c%d = arith.constant %d : index\n", a, a);
    fprintf(c->e.body, "  %%n%d = tensor.dim %%v%d, %%c%d", a, full.id, a);
    fputs(" : ", c->e.body);
    emitType(&c->e, full);
    fputs("\n", c->e.body);
  }
}

/* An argument of one element a row; its unit dimension tells which of the sizes are meant. */
static Value emitRowsArgument(Composer *c, ElementKind kind) {
  Shape shape = c->full;
  shape.axes[shape.rank - 1] = UNIT;
  return emitReshape(&c->e, emitArgument(&c->e, kind, shape), c->rows);
}

/* --- the sum --------------------------------------------------------------------------------- */

/* A scaled addend, in its own type. */
static Value scaled(Composer *c, Choice which, Value value) {
  Operand scale = {.kind = OPERAND_TENSOR};
  switch (choice(c, which)) {
  case 1:
    scale = constantOf(0.5, CONSTANT_SPLAT);
    break;
  case 2:
    scale = constantOf(0.25, CONSTANT_IN_BODY);
    break;
  case 3:
    scale = constantOf(1, CONSTANT_SPLAT);
    break;
  case 4:
    scale.value = emitArgument(&c->e, value.kind, (Shape){0});
    break;
  case 5:
    scale = (Operand){.kind = OPERAND_SCALAR, .value = emitScalarArgument(&c->e, value.kind)};
    break;
  case 6:
    return op2(c, CHOICE_STYLE_SCALE, OP_SUB, value, constantOf(0, CONSTANT_SPLAT), value.shape);
  case 7:
    value = emitUnary(&c->e, styleOf(c, CHOICE_STYLE_SCALE), OP_NEG, value);
    return emitUnary(&c->e, styleOf(c, CHOICE_STYLE_CAST), OP_NEG, value);
  default:
    return value;
  }
  return op2(c, CHOICE_STYLE_SCALE, OP_MUL, value, scale, value.shape);
}

static Value toAddKind(Composer *c, Value value) {
  return emitCast(&c->e, styleOf(c, CHOICE_STYLE_CAST), value, c->addKind);
}

static Value plus(Composer *c, bool swap, Value a, Value b) {
  if (swap)
    return plus(c, false, b, a);
  return op2(c, CHOICE_STYLE_ADD, OP_ADD, a, operandOf(b), c->full);
}

typedef struct Addends {
  Value x, r, third;
} Addends;

static Value sumOf(Composer *c, const Addends *a, bool swap) {
  if (mutates(c, MUTATION_NO_ADD) || mutates(c, MUTATION_POST_NORM))
    return a->x;
  if (mutates(c, MUTATION_SUBTRACT))
    return op2(c, CHOICE_STYLE_ADD, OP_SUB, a->x, operandOf(a->r), c->full);
  if (mutates(c, MUTATION_MULTIPLY))
    return op2(c, CHOICE_STYLE_ADD, OP_MUL, a->x, operandOf(a->r), c->full);
  if (!choice(c, CHOICE_THIRD))
    return plus(c, swap, a->x, a->r);
  switch (choice(c, CHOICE_THIRD_PLACE)) {
  case 1:
    return plus(c, swap, a->x, plus(c, false, a->r, a->third));
  case 2:
    return plus(c, swap, plus(c, false, a->x, a->third), a->r);
  default:
    return plus(c, swap, plus(c, false, a->x, a->r), a->third);
  }
}

/* A bias [N], one with unit dimensions, or a tensor of full shape. */
static Value thirdAddend(Composer *c) {
  Shape shape = c->row;
  if (choice(c, CHOICE_THIRD) == 3) {
    shape = c->full;
  } else if (choice(c, CHOICE_THIRD) == 2) {
    shape = c->full;
    for (int d = 0; d < c->rows.rank; ++d)
      shape.axes[d] = UNIT;
  }
  return toAddKind(c, emitArgument(&c->e, c->xKind, shape));
}

static Value between(Composer *c, Value t) {
  Style style = styleOf(c, CHOICE_STYLE_SCALE);
  Operand low = constantOf(-1.25, CONSTANT_SPLAT), high = constantOf(1.5, CONSTANT_SPLAT);
  if (mutates(c, MUTATION_CLAMP)) {
    t = emitOp(&c->e, style, OP_MAX, operandOf(t), low, t.shape);
    return emitOp(&c->e, style, OP_MIN, operandOf(t), high, t.shape);
  }
  if (mutates(c, MUTATION_RELU))
    return emitOp(&c->e, style, OP_MAX, operandOf(t), constantOf(0, CONSTANT_SPLAT), t.shape);
  if (mutates(c, MUTATION_ACTIVATION))
    return emitUnary(&c->e, style, OP_TANH, t);
  if (mutates(c, MUTATION_SCALED_SUM))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), high, t.shape);
  return t;
}

/* --- the statistic --------------------------------------------------------------------------- */

static Value squared(Composer *c, Value t, bool *inReduction) {
  Style style = styleOf(c, CHOICE_STYLE_SQUARE);
  *inReduction = false;
  if (mutates(c, MUTATION_ABSOLUTE))
    return emitUnary(&c->e, style, OP_ABS, t);
  if (mutates(c, MUTATION_CUBE))
    t = emitOp(&c->e, style, OP_POW, operandOf(t), constantOf(1.5, CONSTANT_SPLAT), t.shape);
  if (mutates(c, MUTATION_PLAIN_SUM))
    return t;
  switch (choice(c, CHOICE_SQUARE)) {
  case 1:
    return emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(t), operandOf(t), t.shape);
  case 2:
    return emitOp(&c->e, STYLE_GENERIC, OP_FPOWI, operandOf(t), constantOf(2, CONSTANT_IN_BODY),
                  t.shape);
  case 3:
    return emitOp(&c->e, style, OP_POW, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  case 4:
    return emitOp(&c->e, STYLE_TOSA, OP_POW, operandOf(t), constantOf(2, CONSTANT_TOSA), t.shape);
  case 5:
    return emitUnary(&c->e, STYLE_NAMED, OP_SQUARE, t);
  case 6:
    t = emitUnary(&c->e, style, OP_ABS, t);
    return emitOp(&c->e, style, OP_MUL, operandOf(t), operandOf(t), t.shape);
  case 7:
    *inReduction = true;
    return t;
  case 8:
    return emitUnary(&c->e, style, OP_SQUARE, t);
  default:
    return emitOp(&c->e, style, OP_MUL, operandOf(t), operandOf(t), t.shape);
  }
}

/* N as it is divided by, near misses included. */
static double divisor(const Composer *c) {
  double n = (double)c->e.extents[c->lastAxis], rows = 1;
  for (int d = 0; d < c->rows.rank; ++d)
    rows *= (double)c->e.extents[c->rows.axes[d]];
  if (mutates(c, MUTATION_N_MINUS_1))
    return n - 1;
  if (mutates(c, MUTATION_N_TIMES_ROWS) || mutates(c, MUTATION_ALL_AXES))
    return n * rows;
  if (mutates(c, MUTATION_N_NEARLY))
    return n * 1.0005;
  if (mutates(c, MUTATION_FIRST_AXIS))
    return (double)c->e.extents[0];
  return mutates(c, MUTATION_NO_MEAN) ? 1 : n;
}

/* tensor.dim -> float: a dynamic N. */
static Operand dynamicDivisor(Composer *c) {
  int axis = mutates(c, MUTATION_N_TIMES_ROWS) && c->e.dynamic[0] ? 0 : c->lastAxis;
  bool isUnsigned = choice(c, CHOICE_MEAN) & 1;
  int integer = c->e.nextId++, number = c->e.nextId++;
  fprintf(c->e.body, "  %%v%d = arith.%s %%n%d : index to i64\n", integer,
          isUnsigned ? "index_castui" : "index_cast", axis);
  fprintf(c->e.body, "  %%v%d = arith.%s %%v%d : i64 to ", number,
          isUnsigned ? "uitofp" : "sitofp", integer);
  emitElement(c->e.body, c->statKind);
  fputs("\n", c->e.body);
  return (Operand){.kind = OPERAND_SCALAR, .value = {.id = number, .kind = c->statKind}};
}

static ConstantForm formOf(const Composer *c, Choice which) {
  return (ConstantForm)choice(c, which);
}

/* A constant as the type of the statistic holds it. */
static double rounded(const Composer *c, double number) { return roundToKind(c->statKind, number); }

static Value mean(Composer *c, Value sum) {
  if (mutates(c, MUTATION_NO_MEAN))
    return sum;
  if (c->e.dynamic[c->lastAxis] && !mutates(c, MUTATION_N_MINUS_1))
    return op2(c, CHOICE_STYLE_MEAN, OP_DIV, sum, dynamicDivisor(c), sum.shape);
  double n = divisor(c);
  ConstantForm form = formOf(c, CHOICE_MEAN_CONSTANT);
  switch (choice(c, CHOICE_MEAN)) {
  case 1:
  case 2:
    return commuted(c, CHOICE_STYLE_MEAN, CHOICE_COMMUTE_MEAN, OP_MUL, sum,
                    constantOf(rounded(c, 1 / n), form), sum.shape);
  case 3: {
    Value over = emitConstantTensor(&c->e, c->statKind, n, sum.shape, CONSTANT_SPLAT);
    over = emitUnary(&c->e, styleOf(c, CHOICE_STYLE_ROOT), OP_RECIPROCAL, over);
    return commuted(c, CHOICE_STYLE_MEAN, CHOICE_COMMUTE_MEAN, OP_MUL, sum, operandOf(over),
                    sum.shape);
  }
  default:
    return op2(c, CHOICE_STYLE_MEAN, OP_DIV, sum, constantOf(rounded(c, n), form), sum.shape);
  }
}

/* Whether each element is divided, before the sum. */
static bool dividesElements(const Composer *c) { return choice(c, CHOICE_MEAN) >= 4; }

/* Whether the row is cut in two axes before it is summed. */
static bool splits(const Composer *c) {
  return choice(c, CHOICE_SPLIT) && isStatic(c) && c->mutation == MUTATION_NONE;
}

/* Over both axes at once, or over the last and then the other. */
static Value splitSum(Composer *c, Reduction r, Value value) {
  Shape shape = splitRow(c, value.shape);
  int outer = shape.axes[shape.rank - 2], inner = shape.axes[shape.rank - 1];
  value = emitSplit(&c->e, value, shape);
  r.axes = 1u << outer | 1u << inner;
  if (choice(c, CHOICE_SPLIT) == 2) {
    r.axes = 1u << inner;
    value = emitReduction(&c->e, &r, value);
    value = emitReshape(&c->e, value, shapeWithoutUnits(&value.shape));
    r.axes = 1u << outer;
    r.squares = false;
  }
  value = emitReduction(&c->e, &r, value);
  return emitReshape(&c->e, value, shapeWithoutUnits(&value.shape));
}

static Value summed(Composer *c, Value value, bool squares) {
  Shape along = c->full;
  int axis = c->lastAxis;
  Reduction r = {.style = (ReduceStyle)choice(c, CHOICE_REDUCE),
                 .squares = squares,
                 .accumulatorFirst = choice(c, CHOICE_ACCUMULATOR_FIRST),
                 .init = (InitForm)choice(c, CHOICE_INIT),
                 .start = choice(c, CHOICE_NEGATIVE_ZERO) ? -0.0 : 0.0,
                 .kind = choice(c, CHOICE_WIDE_ACCUMULATOR) ? KIND_F32 : value.kind};
  if (mutates(c, MUTATION_FIRST_AXIS) || mutates(c, MUTATION_FIRST_AXIS_RENAMED))
    axis = 0;
  r.axes = mutates(c, MUTATION_ALL_AXES) ? (1u << along.rank) - 1 : 1u << axis;
  if (mutates(c, MUTATION_START_ONE))
    r.start = 1;
  Value start;
  if (mutates(c, MUTATION_START_ARGUMENT)) {
    start = emitRowsArgument(c, r.kind);
    r.startFrom = &start;
  }
  if (mutates(c, MUTATION_MAXIMUM))
    r.combine = COMBINE_MAX;
  if (mutates(c, MUTATION_DECAY))
    r.combine = COMBINE_DECAY;
  Value sum = splits(c) ? splitSum(c, r, value) : emitReduction(&c->e, &r, value);
  sum = emitCast(&c->e, styleOf(c, CHOICE_STYLE_CAST), sum, value.kind);
  if (mutates(c, MUTATION_FIRST_AXIS_RENAMED))
    for (int d = 0; d < sum.shape.rank; ++d)
      if (sum.shape.axes[d] == c->lastAxis)
        sum.shape.axes[d] = 0;
  return sum;
}

/* The statistic with its reduced dimension dropped, or kept as a unit dimension. */
static Value reshaped(Composer *c, Value stat) {
  Shape kept = c->full;
  for (int d = 0; d < kept.rank; ++d)
    if (shapeFindAxis(&stat.shape, kept.axes[d]) < 0)
      kept.axes[d] = UNIT;
  switch (choice(c, CHOICE_STAT_SHAPE)) {
  case 1:
    return emitReshape(&c->e, stat, shapeWithoutUnits(&stat.shape));
  case 2:
    return emitReshape(&c->e, stat, kept);
  case 3:
    stat = emitReshape(&c->e, stat, kept);
    return emitReshape(&c->e, stat, shapeWithoutUnits(&stat.shape));
  default:
    return stat;
  }
}

static Operand epsilonOf(Composer *c) {
  double number = mutates(c, MUTATION_EPSILON_NEGATIVE) ? -1e-5 : 1e-5;
  ConstantForm form = formOf(c, CHOICE_EPSILON_CONSTANT);
  if (mutates(c, MUTATION_EPSILON_PER_ROW))
    return operandOf(emitRowsArgument(c, c->statKind));
  if (mutates(c, MUTATION_EPSILON_ALONG_ROW))
    return operandOf(emitArgument(&c->e, c->statKind, c->row));
  switch (choice(c, CHOICE_EPSILON)) {
  case 1:
    return constantOf(roundToKind(KIND_F16, number), form);
  case 2:
    return (Operand){.kind = OPERAND_SCALAR, .value = emitScalarArgument(&c->e, c->statKind)};
  default:
    return constantOf(form == CONSTANT_F64_IN_BODY ? number : rounded(c, number), form);
  }
}

static bool hasEpsilon(const Composer *c) { return choice(c, CHOICE_EPSILON) != 3; }

static Value plusEpsilon(Composer *c, Value stat, Operand epsilon) {
  Shape shape = stat.shape;
  if (mutates(c, MUTATION_EPSILON_ALONG_ROW))
    shape = c->full;
  return commuted(c, CHOICE_STYLE_EPSILON, CHOICE_COMMUTE_EPSILON, OP_ADD, stat, epsilon, shape);
}

/* Where the root is the divisor of the product. */
static bool dividesByRoot(const Composer *c) { return choice(c, CHOICE_ROOT) == 3; }

static Value rooted(Composer *c, Value stat) {
  Style style = styleOf(c, CHOICE_STYLE_ROOT);
  Operand one = constantOf(1, formOf(c, CHOICE_MEAN_CONSTANT));
  if (mutates(c, MUTATION_ROOT_NOT_RECIPROCAL))
    return emitUnary(&c->e, style, OP_SQRT, stat);
  if (mutates(c, MUTATION_ROOT_OF_ROOT))
    stat = emitUnary(&c->e, style, OP_RSQRT, stat);
  switch (choice(c, CHOICE_ROOT)) {
  case 1:
    stat = emitUnary(&c->e, style, OP_SQRT, stat);
    return emitOp(&c->e, style, OP_DIV, one, operandOf(stat), stat.shape);
  case 2:
    stat = emitUnary(&c->e, style, OP_SQRT, stat);
    return emitUnary(&c->e, style, OP_RECIPROCAL, stat);
  case 3:
    return emitUnary(&c->e, style, OP_SQRT, stat);
  case 4:
    return emitOp(&c->e, style, OP_POW, operandOf(stat), constantOf(-0.5, CONSTANT_SPLAT),
                  stat.shape);
  case 5:
    stat =
        emitOp(&c->e, style, OP_POW, operandOf(stat), constantOf(0.5, CONSTANT_SPLAT), stat.shape);
    return emitUnary(&c->e, style, OP_RECIPROCAL, stat);
  default:
    return emitUnary(&c->e, style, OP_RSQRT, stat);
  }
}

/* Broadcasts the statistic to full shape behind the stage that was chosen for it. */
static Value spreadBehind(Composer *c, int stage, Value stat) {
  return choice(c, CHOICE_SPREAD_STAGE) == stage ? emitBroadcast(&c->e, stat, c->full) : stat;
}

/* The reciprocal root of the mean square of t, or the root where the product divides by it. */
static Value statistic(Composer *c, Value t) {
  bool inReduction;
  Value squares = squared(c, t, &inReduction);
  bool early = dividesElements(c) && !inReduction;
  if (early)
    squares = mean(c, squares);
  Value stat = summed(c, squares, inReduction);
  stat = spreadBehind(c, 1, reshaped(c, stat));
  bool epsilonFirst = mutates(c, MUTATION_EPSILON_BEFORE_MEAN);
  if (epsilonFirst)
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (!early)
    stat = mean(c, stat);
  stat = spreadBehind(c, 2, stat);
  if (mutates(c, MUTATION_VARIANCE)) {
    Value average = mean(c, summed(c, t, false));
    average = emitBroadcast(&c->e, average, stat.shape);
    average = emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(average), operandOf(average),
                     stat.shape);
    stat = emitOp(&c->e, STYLE_GENERIC, OP_SUB, operandOf(stat), operandOf(average), stat.shape);
  }
  bool inside = !epsilonFirst && !mutates(c, MUTATION_EPSILON_OUTSIDE);
  if (hasEpsilon(c) && inside)
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (mutates(c, MUTATION_EPSILON_TWICE))
    stat = plusEpsilon(c, stat, epsilonOf(c));
  stat = rooted(c, spreadBehind(c, 3, stat));
  if (mutates(c, MUTATION_EPSILON_OUTSIDE))
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (mutates(c, MUTATION_ROOT_TWICE))
    stat = op2(c, CHOICE_STYLE_ROOT, OP_MUL, stat, constantOf(2, CONSTANT_SPLAT), stat.shape);
  return spreadBehind(c, 4, stat);
}

/* --- gamma ----------------------------------------------------------------------------------- */

static bool hasGamma(const Composer *c) {
  return choice(c, CHOICE_GAMMA) != 7 || mutates(c, MUTATION_GAMMA_ALONG_ROWS) ||
         mutates(c, MUTATION_GAMMA_FULL) || mutates(c, MUTATION_GAMMA_OF_SUM);
}

static Value constantGamma(Composer *c, ElementKind kind) {
  Value value = {c->e.nextId++, kind, c->row};
  fprintf(c->e.body, "  %%v%d = arith.constant dense<[", value.id);
  for (int64_t i = 0; i < c->e.extents[c->lastAxis]; ++i)
    fprintf(c->e.body, "%s%.2f", i ? ", " : "", 0.5 + 0.25 * (double)(i * 5 % 7));
  fputs("]> : ", c->e.body);
  emitType(&c->e, value);
  fputs("\n", c->e.body);
  return value;
}

/* gamma as a function argument, in its own shape and type. */
static Value rawGamma(Composer *c, ElementKind kind, Value t) {
  Shape units = c->full;
  for (int d = 0; d < c->rows.rank; ++d)
    units.axes[d] = UNIT;
  if (mutates(c, MUTATION_GAMMA_ALONG_ROWS))
    return emitRowsArgument(c, kind);
  if (mutates(c, MUTATION_GAMMA_FULL))
    return emitArgument(&c->e, kind, c->full);
  if (mutates(c, MUTATION_GAMMA_SLICE))
    return emitSlice(&c->e, emitArgument(&c->e, kind, longerRow(c, c->row)), 1, c->row);
  if (mutates(c, MUTATION_GAMMA_OF_SUM))
    return emitCast(&c->e, styleOf(c, CHOICE_STYLE_CAST), t, kind);
  switch (choice(c, CHOICE_GAMMA)) {
  case 1:
    return emitArgument(&c->e, kind, units);
  case 2:
    return emitReshape(&c->e, emitArgument(&c->e, kind, c->row), units);
  case 3:
    return emitBroadcast(&c->e, emitArgument(&c->e, kind, c->row), c->full);
  case 4:
    return c->e.dynamic[c->lastAxis] ? emitArgument(&c->e, kind, c->row) : constantGamma(c, kind);
  default:
    return emitArgument(&c->e, kind, c->row);
  }
}

static Value plusOne(Composer *c, Value gamma) {
  return op2(c, CHOICE_STYLE_GAMMA, OP_ADD, gamma, constantOf(1, CONSTANT_SPLAT), gamma.shape);
}

/* gamma in the type of the product. */
static Value gammaOf(Composer *c, ElementKind kind, Value t) {
  ElementKind own = choice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->yKind;
  Value gamma = rawGamma(c, own, t);
  if (choice(c, CHOICE_GAMMA) == 5)
    gamma = plusOne(c, gamma);
  gamma = emitCast(&c->e, styleOf(c, CHOICE_STYLE_CAST), gamma, kind);
  if (choice(c, CHOICE_GAMMA) == 6)
    gamma = plusOne(c, gamma);
  if (mutates(c, MUTATION_GAMMA_NEGATED))
    gamma = emitUnary(&c->e, styleOf(c, CHOICE_STYLE_GAMMA), OP_NEG, gamma);
  if (mutates(c, MUTATION_GAMMA_MINUS))
    gamma = emitOp(&c->e, styleOf(c, CHOICE_STYLE_GAMMA), OP_SUB, constantOf(1, CONSTANT_SPLAT),
                   operandOf(gamma), gamma.shape);
  return gamma;
}

/* --- the product ----------------------------------------------------------------------------- */

static Value timesRoot(Composer *c, Value value, Value root) {
  if (dividesByRoot(c) && !mutates(c, MUTATION_ROOT_NOT_RECIPROCAL))
    return op2(c, CHOICE_STYLE_PRODUCT, OP_DIV, value, operandOf(root), c->full);
  return commuted(c, CHOICE_STYLE_PRODUCT, CHOICE_COMMUTE_PRODUCT, OP_MUL, value, operandOf(root),
                  c->full);
}

static Value timesGamma(Composer *c, Value value, Value gamma) {
  return commuted(c, CHOICE_STYLE_GAMMA, CHOICE_COMMUTE_GAMMA, OP_MUL, value, operandOf(gamma),
                  c->full);
}

static Value product(Composer *c, Value t, Value root) {
  Style cast = styleOf(c, CHOICE_STYLE_CAST);
  int trunc = choice(c, CHOICE_TRUNC);
  ElementKind kind = trunc == 2 ? c->statKind : c->yKind;
  ElementKind gammaKind = choice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->statKind;
  int order = choice(c, CHOICE_PRODUCT);
  if (!hasGamma(c))
    return emitCast(&c->e, cast, timesRoot(c, t, root), kind);
  if (order != 0 && gammaKind == c->statKind && (order == 1 || !dividesByRoot(c))) {
    Value gamma = gammaOf(c, c->statKind, t);
    Value y = order == 1 ? timesRoot(c, timesGamma(c, t, gamma), root)
                         : timesGamma(c, t, timesRoot(c, gamma, root));
    return emitCast(&c->e, cast, y, kind);
  }
  Value u = timesRoot(c, t, root);
  if (trunc == 1) {
    u = emitCast(&c->e, cast, u, c->yKind);
    gammaKind = choice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->yKind;
  }
  u = emitCast(&c->e, cast, u, gammaKind);
  return emitCast(&c->e, cast, timesGamma(c, u, gammaOf(c, gammaKind, t)), kind);
}

/* --- near misses of whole values ------------------------------------------------------------- */

static Value withoutMean(Composer *c, Value t) {
  Value average = emitBroadcast(&c->e, mean(c, summed(c, t, false)), c->full);
  return emitOp(&c->e, STYLE_GENERIC, OP_SUB, operandOf(t), operandOf(average), c->full);
}

/* The value that the statistic is taken of, where it is not t. */
static Value statisticSource(Composer *c, Value t, const Addends *a) {
  Style style = styleOf(c, CHOICE_STYLE_SQUARE), cast = styleOf(c, CHOICE_STYLE_CAST);
  if (mutates(c, MUTATION_STAT_OF_X))
    return emitCast(&c->e, cast, a->x, c->statKind);
  if (mutates(c, MUTATION_STAT_OF_OTHER)) {
    Value other = emitArgument(&c->e, c->addKind, c->full);
    return emitCast(&c->e, cast, plus(c, false, a->x, other), c->statKind);
  }
  if (mutates(c, MUTATION_STAT_ROTATED)) {
    Value wide = emitArgument(&c->e, c->addKind, longerRow(c, c->full));
    return emitCast(&c->e, cast, emitSlice(&c->e, wide, 1, c->full), c->statKind);
  }
  if (mutates(c, MUTATION_STAT_SCALED))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  return t;
}

/* The numerator, where it is not t. */
static Value numeratorOf(Composer *c, Value t) {
  Style style = styleOf(c, CHOICE_STYLE_PRODUCT);
  if (mutates(c, MUTATION_CLAMP_NUMERATOR))
    return emitOp(&c->e, style, OP_MIN, operandOf(t), constantOf(0.5, CONSTANT_SPLAT), t.shape);
  if (mutates(c, MUTATION_ABS_NUMERATOR))
    return emitUnary(&c->e, style, OP_ABS, t);
  if (mutates(c, MUTATION_NEGATED_NUMERATOR))
    return emitUnary(&c->e, style, OP_NEG, t);
  if (mutates(c, MUTATION_SCALED_NUMERATOR))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  if (mutates(c, MUTATION_TRANSPOSED)) {
    int rank = t.shape.rank;
    Value swapped = t;
    swapped.shape.axes[rank - 1] = t.shape.axes[rank - 2];
    swapped.shape.axes[rank - 2] = t.shape.axes[rank - 1];
    Spread spread = c->e.spread;
    c->e.spread = SPREAD_YIELD;
    Value empty = swapped;
    Shape full = t.shape;
    swapped = emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(empty),
                     constantOf(1, CONSTANT_IN_BODY), full);
    c->e.spread = spread;
    return swapped;
  }
  return t;
}

/* --- the program ----------------------------------------------------------------------------- */

static Value noisy(Composer *c, Value value) {
  Value result = value;
  switch (choice(c, CHOICE_NOISE)) {
  case 1:
    result.id = c->e.nextId++;
    fprintf(c->e.body, "  %%v%d = tosa.identity %%v%d : (", result.id, value.id);
    emitType(&c->e, value);
    fputs(") -> ", c->e.body);
    emitType(&c->e, value);
    fputs("\n", c->e.body);
    return result;
  case 2:
    return op2(c, CHOICE_STYLE_SCALE, OP_SUB, value, constantOf(0, CONSTANT_SPLAT), value.shape);
  case 3:
    return op2(c, CHOICE_STYLE_SCALE, OP_MUL, value, constantOf(1, CONSTANT_SPLAT), value.shape);
  case 4:
    return emitCast(&c->e, STYLE_ARITH, emitCast(&c->e, STYLE_ARITH, value, KIND_F64), value.kind);
  default:
    return value;
  }
}

/* The norm of `t`, whose statistic reads `source`. */
static Value norm(Composer *c, Value t, Value source) {
  Style cast = styleOf(c, CHOICE_STYLE_CAST);
  bool ownCast = choice(c, CHOICE_OWN_EXTF);
  Value wide = noisy(c, emitCast(&c->e, cast, t, c->statKind));
  bool same = t.id == source.id;
  source = same && !ownCast ? wide : emitCast(&c->e, cast, source, c->statKind);
  if (mutates(c, MUTATION_SUBTRACT_MEAN))
    wide = source = withoutMean(c, wide);
  Value root = statistic(c, source);
  if (choice(c, CHOICE_RSTD))
    addResult(c, root);
  Value y = product(c, numeratorOf(c, wide), root);
  if (mutates(c, MUTATION_SHIFT)) {
    Value shift = emitArgument(&c->e, y.kind, c->row);
    y = op2(c, CHOICE_STYLE_GAMMA, OP_ADD, y, operandOf(shift), c->full);
  }
  return y;
}

static Shape withUnit(const Shape *shape) {
  Shape longer = {shape->rank + 1, {UNIT}};
  memcpy(longer.axes + 1, shape->axes, sizeof *shape->axes * (size_t)shape->rank);
  return longer;
}

/* The residual as it leaves: in its stored type. */
static Value storedSum(Composer *c, Value t) {
  return emitCast(&c->e, styleOf(c, CHOICE_STYLE_CAST), t, c->xKind);
}

static int useSum(Composer *c, Value t) {
  int use = choice(c, CHOICE_SUM_USE), norms = 0;
  if (use == 1 || use == 4)
    addResult(c, storedSum(c, t));
  if (use == 2) {
    Shape longer = withUnit(&t.shape);
    addResult(c, emitReshape(&c->e, storedSum(c, t), longer));
  }
  if (use == 3 || use == 4 || use == 5) {
    Value branch = emitArgument(&c->e, c->addKind, c->full);
    Value next = plus(c, false, emitCast(&c->e, STYLE_ARITH, storedSum(c, t), c->addKind), branch);
    if (use == 5) {
      addResult(c, norm(c, next, next));
      norms = 1;
    } else {
      addResult(c, next);
    }
  }
  if (use == 6)
    addResult(c, emitUnary(&c->e, STYLE_ARITH, OP_TANH, t));
  return norms;
}

/* Choices that do not go together with a mutation fall back to what does. */
static bool isPossible(const Composer *c) {
  int rank = c->full.rank;
  bool square = rank == 2 && c->e.extents[0] == c->e.extents[1] && isStatic(c);
  switch (c->mutation) {
  case MUTATION_FIRST_AXIS:
  case MUTATION_GAMMA_ALONG_ROWS:
  case MUTATION_GAMMA_FULL:
  case MUTATION_N_TIMES_ROWS:
  case MUTATION_ALL_AXES:
    return rank >= 2;
  case MUTATION_FIRST_AXIS_RENAMED:
  case MUTATION_TRANSPOSED:
    return square;
  case MUTATION_STAT_ROTATED:
  case MUTATION_GAMMA_SLICE:
  case MUTATION_GROUPS:
    return isStatic(c);
  default:
    return true;
  }
}

/* From here on, the rows are the halves of what they were. */
static void halveRows(Composer *c, Value *t) {
  Shape halves = splitRow(c, c->full);
  *t = emitSplit(&c->e, *t, halves);
  c->full = c->rows = halves;
  --c->rows.rank;
  c->lastAxis = halves.axes[halves.rank - 1];
  c->row = (Shape){1, {c->lastAxis}};
}

/* Returns the number of norms of sums. */
static int composeBody(Composer *c) {
  Value x = emitArgument(&c->e, c->xKind, c->full), r = emitArgument(&c->e, c->rKind, c->full);
  emitSizes(c, x);
  Addends addends = {.x = toAddKind(c, scaled(c, CHOICE_X_SCALE, x)),
                     .r = toAddKind(c, scaled(c, CHOICE_R_SCALE, r))};
  if (choice(c, CHOICE_THIRD))
    addends.third = thirdAddend(c);
  Value t = between(c, sumOf(c, &addends, choice(c, CHOICE_COMMUTE_ADD)));
  Value source = t;
  if (choice(c, CHOICE_RECOMPUTE))
    source = between(c, sumOf(c, &addends, !choice(c, CHOICE_COMMUTE_ADD)));
  source = statisticSource(c, source, &addends);
  Shape whole = c->full;
  if (mutates(c, MUTATION_GROUPS)) {
    halveRows(c, &t);
    source = t;
  }
  Value y = norm(c, t, source);
  if (mutates(c, MUTATION_GROUPS))
    y = emitMerge(&c->e, y, whole);
  if (mutates(c, MUTATION_POST_NORM)) {
    Value branch = emitCast(&c->e, STYLE_ARITH, r, y.kind);
    y = op2(c, CHOICE_STYLE_ADD, OP_ADD, y, operandOf(branch), c->full);
  }
  if (choice(c, CHOICE_RESULT) == 1)
    y = emitReshape(&c->e, y, withUnit(&y.shape));
  if (choice(c, CHOICE_RESULT) == 2)
    y = emitUnary(&c->e, STYLE_GENERIC, OP_NEG, y);
  c->norm = c->numResults;
  addResult(c, y);
  return 1 + useSum(c, t);
}

static void emitReturn(Composer *c) {
  fputs("  return ", c->e.body);
  for (int i = 0; i < c->numResults; ++i)
    fprintf(c->e.body, "%s%%v%d", i ? ", " : "", c->results[i].id);
  fputs(" : ", c->e.body);
  for (int i = 0; i < c->numResults; ++i) {
    fputs(i ? ", " : "", c->e.body);
    emitType(&c->e, c->results[i]);
  }
  fputs("\n}\n", c->e.body);
}

/* A buffer of the result types, in the order of the return. */
static char *resultTypes(Composer *c) {
  char *text;
  size_t size;
  FILE *body = c->e.body;
  c->e.body = open_memstream(&text, &size);
  for (int i = 0; i < c->numResults; ++i) {
    fputs(i ? ", " : "", c->e.body);
    emitType(&c->e, c->results[i]);
  }
  fclose(c->e.body);
  c->e.body = body;
  return text;
}

/* How far a constant may be from the real number it stands for, relative to what depends on it. */
static double toleranceOf(const Composer *c) {
  double n = (double)c->e.extents[c->full.axes[c->full.rank - 1]];
  bool exact = roundToKind(c->statKind, 1 / n) == 1 / n;
  return exact || c->statKind >= KIND_F32 ? 0x1p-20 : 0x1p-8;
}

Program programCompose(const Choices *choices, int number) {
  Composer c = {.choices = choices, .mutation = (Mutation)choices->of[CHOICE_MUTATION]};
  char *arguments, *body, *text;
  size_t size;
  c.e = (Emitter){.spread = (Spread)choices->of[CHOICE_SPREAD],
                  .permuteLoops = choices->of[CHOICE_LOOPS],
                  .tosaReshapes = choices->of[CHOICE_RESHAPES],
                  .fastmath = choices->of[CHOICE_FASTMATH]};
  chooseShape(&c);
  if (!isPossible(&c))
    c.mutation = MUTATION_NONE;
  c.e.arguments = open_memstream(&arguments, &size);
  c.e.body = open_memstream(&body, &size);
  int norms = composeBody(&c);
  emitReturn(&c);
  fclose(c.e.arguments);
  fclose(c.e.body);
  char *returned = resultTypes(&c);
  FILE *out = open_memstream(&text, &size);
  fprintf(out, "func.func @p%d(%s) -> (%s) {\n%s", number, arguments, returned, body);
  fclose(out);
  free(arguments);
  free(body);
  free(returned);
  bool hasToFuse = c.mutation == MUTATION_NONE && !c.e.mayBroadcast;
  return (Program){.text = text,
                   .expected = hasToFuse ? norms : -1,
                   .norm = c.norm,
                   .cleanUp = choices->of[CHOICE_CLEAN_UP],
                   .tolerance = toleranceOf(&c)};
}
