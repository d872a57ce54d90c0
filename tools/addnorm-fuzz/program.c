/* The formula, step by step, each step spelled as its choices say:
 *
 *   t = x + r;  y = t * gamma / sqrt(sum(t * t) / N + epsilon)
 */

#include "tools/addnorm-fuzz/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/addnorm-fuzz/compose.h"

int composerChoice(const Composer *c, Choice which) { return c->choices->of[which]; }

bool composerMutates(const Composer *c, Mutation mutation) { return c->mutation == mutation; }

Style composerStyle(const Composer *c, Choice which) { return (Style)composerChoice(c, which); }

void composerAddResult(Composer *c, Value value) { c->results[c->numResults++] = value; }

Value composerOp(Composer *c, Choice style, Op op, Value a, Operand b, Shape shape) {
  return emitOp(&c->e, composerStyle(c, style), op, operandOf(a), b, shape);
}

Value composerCommuted(Composer *c, Choice style, Choice commute, Op op, Value a, Operand b,
                       Shape shape) {
  if (!composerChoice(c, commute))
    return composerOp(c, style, op, a, b, shape);
  return emitOp(&c->e, composerStyle(c, style), op, b, operandOf(a), shape);
}

Value composerRounded(Composer *c, Value value, ElementKind kind) {
  Style cast = composerStyle(c, CHOICE_STYLE_CAST);
  return emitCast(&c->e, cast, emitCast(&c->e, cast, value, kind), value.kind);
}

/* --- shapes and types ------------------------------------------------------------------------ */

static const struct {
  int rank;
  int64_t dims[4];
} shapes[] = {{2, {5, 8}},        {1, {16}},       {3, {2, 3, 8}}, {4, {2, 1, 3, 8}},
              {2, {8, 8}},        {3, {1, 4, 8}},  {2, {4, 12}},   {3, {2, 6, 6}},
              {4, {1, 2, 2, 16}}, {3, {3, 1, 10}}, {2, {4, 7}}};

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
  int which = composerChoice(c, CHOICE_SHAPE);
  c->full.rank = shapes[which].rank;
  c->lastAxis = c->full.rank - 1;
  c->e.numAxes = c->full.rank;
  for (int a = 0; a < c->full.rank; ++a) {
    c->full.axes[a] = a;
    c->e.extents[a] = shapes[which].dims[a];
    bool last = a == c->lastAxis;
    c->e.dynamic[a] = composerChoice(c, CHOICE_DYNAMIC) & (last ? 2 : 1) && c->e.extents[a] != 1;
  }
  c->rows = c->full;
  --c->rows.rank;
  c->row = (Shape){1, {c->lastAxis}};
  int kinds = composerChoice(c, CHOICE_TYPES);
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

bool composerIsStatic(const Composer *c) { return composerChoice(c, CHOICE_DYNAMIC) == 0; }

bool composerHasHalves(const Composer *c) {
  return composerIsStatic(c) && c->e.extents[c->lastAxis] % 2 == 0;
}

Shape composerLongerRow(Composer *c, Shape shape) {
  shape.axes[shape.rank - 1] = addAxis(c, c->e.extents[c->lastAxis] + 1);
  return shape;
}

Shape composerSplitRow(Composer *c, Shape shape) {
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

Value composerRowsArgument(Composer *c, ElementKind kind) {
  Shape shape = c->full;
  shape.axes[shape.rank - 1] = UNIT;
  return emitReshape(&c->e, emitArgument(&c->e, kind, shape), c->rows);
}

/* --- the sum --------------------------------------------------------------------------------- */

/* A scaled addend, in its own type. */
static Value scaled(Composer *c, Choice which, Value value) {
  Operand scale = {.kind = OPERAND_TENSOR};
  switch (composerChoice(c, which)) {
  case SCALE_CONSTANT:
    scale = constantOf(0.5, CONSTANT_SPLAT);
    break;
  case SCALE_CONSTANT_IN_BODY:
    scale = constantOf(0.25, CONSTANT_IN_BODY);
    break;
  case SCALE_ONE:
    scale = constantOf(1, CONSTANT_SPLAT);
    break;
  case SCALE_TENSOR:
    scale.value = emitArgument(&c->e, value.kind, (Shape){0});
    break;
  case SCALE_SCALAR:
    scale = (Operand){.kind = OPERAND_SCALAR, .value = emitScalarArgument(&c->e, value.kind)};
    break;
  case SCALE_MINUS_ZERO:
    return composerOp(c, CHOICE_STYLE_SCALE, OP_SUB, value, constantOf(0, CONSTANT_SPLAT),
                      value.shape);
  case SCALE_NEGATED_TWICE:
    value = emitUnary(&c->e, composerStyle(c, CHOICE_STYLE_SCALE), OP_NEG, value);
    return emitUnary(&c->e, composerStyle(c, CHOICE_STYLE_CAST), OP_NEG, value);
  default:
    return value;
  }
  return composerOp(c, CHOICE_STYLE_SCALE, OP_MUL, value, scale, value.shape);
}

static Value toAddKind(Composer *c, Value value) {
  return emitCast(&c->e, composerStyle(c, CHOICE_STYLE_CAST), value, c->addKind);
}

static Value plus(Composer *c, bool swap, Value a, Value b) {
  if (swap)
    return plus(c, false, b, a);
  return composerOp(c, CHOICE_STYLE_ADD, OP_ADD, a, operandOf(b), c->full);
}

typedef struct Addends {
  Value x, r, third;
} Addends;

static Value sumOf(Composer *c, const Addends *a, bool swap) {
  if (composerMutates(c, MUTATION_NO_ADD) || composerMutates(c, MUTATION_POST_NORM))
    return a->x;
  if (composerMutates(c, MUTATION_SUBTRACT))
    return composerOp(c, CHOICE_STYLE_ADD, OP_SUB, a->x, operandOf(a->r), c->full);
  if (composerMutates(c, MUTATION_MULTIPLY))
    return composerOp(c, CHOICE_STYLE_ADD, OP_MUL, a->x, operandOf(a->r), c->full);
  if (!composerChoice(c, CHOICE_THIRD))
    return plus(c, swap, a->x, a->r);
  switch (composerChoice(c, CHOICE_THIRD_PLACE)) {
  case THIRD_NESTED:
    return plus(c, swap, a->x, plus(c, false, a->r, a->third));
  case THIRD_MIDDLE:
    return plus(c, swap, plus(c, false, a->x, a->third), a->r);
  default:
    return plus(c, swap, plus(c, false, a->x, a->r), a->third);
  }
}

/* A bias [N], one with unit dimensions, or a tensor of full shape. */
static Value thirdAddend(Composer *c) {
  Shape shape = c->row;
  if (composerChoice(c, CHOICE_THIRD) == THIRD_FULL) {
    shape = c->full;
  } else if (composerChoice(c, CHOICE_THIRD) == THIRD_BIAS_WITH_UNITS) {
    shape = c->full;
    for (int d = 0; d < c->rows.rank; ++d)
      shape.axes[d] = UNIT;
  }
  return toAddKind(c, emitArgument(&c->e, c->xKind, shape));
}

/* What a clamp, an activation or a rounding makes of the sum before the norm. */
static Value between(Composer *c, Value t) {
  Style style = composerStyle(c, CHOICE_STYLE_SCALE);
  Operand low = constantOf(-1.25, CONSTANT_SPLAT), high = constantOf(1.5, CONSTANT_SPLAT);
  if (composerMutates(c, MUTATION_CLAMP)) {
    t = emitOp(&c->e, style, OP_MAX, operandOf(t), low, t.shape);
    return emitOp(&c->e, style, OP_MIN, operandOf(t), high, t.shape);
  }
  if (composerMutates(c, MUTATION_RELU))
    return emitOp(&c->e, style, OP_MAX, operandOf(t), constantOf(0, CONSTANT_SPLAT), t.shape);
  if (composerMutates(c, MUTATION_ACTIVATION))
    return emitUnary(&c->e, style, OP_TANH, t);
  if (composerMutates(c, MUTATION_INDEX))
    return emitPlusIndex(&c->e, t);
  if (composerMutates(c, MUTATION_SUM_ROUNDED))
    return composerRounded(c, t, KIND_F16);
  if (composerMutates(c, MUTATION_SCALED_SUM))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), high, t.shape);
  return t;
}

/* The value that the statistic is taken of, where it is not t. */
static Value statisticSource(Composer *c, Value t, const Addends *a) {
  Style style = composerStyle(c, CHOICE_STYLE_SQUARE), cast = composerStyle(c, CHOICE_STYLE_CAST);
  if (composerMutates(c, MUTATION_STAT_OF_X))
    return emitCast(&c->e, cast, a->x, c->statKind);
  if (composerMutates(c, MUTATION_STAT_OF_OTHER)) {
    Value other = emitArgument(&c->e, c->addKind, c->full);
    return emitCast(&c->e, cast, plus(c, false, a->x, other), c->statKind);
  }
  if (composerMutates(c, MUTATION_STAT_ROTATED)) {
    Value wide = emitArgument(&c->e, c->addKind, composerLongerRow(c, c->full));
    return emitCast(&c->e, cast, emitSlice(&c->e, wide, 1, c->full), c->statKind);
  }
  if (composerMutates(c, MUTATION_STAT_ROUNDED))
    return composerRounded(c, t, KIND_F16);
  if (composerMutates(c, MUTATION_STAT_SCALED))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  return t;
}

/* --- the program ----------------------------------------------------------------------------- */

static Shape withUnit(const Shape *shape) {
  Shape longer = {shape->rank + 1, {UNIT}};
  memcpy(longer.axes + 1, shape->axes, sizeof *shape->axes * (size_t)shape->rank);
  return longer;
}

/* The residual as it leaves: in its stored type. */
static Value storedSum(Composer *c, Value t) {
  return emitCast(&c->e, composerStyle(c, CHOICE_STYLE_CAST), t, c->xKind);
}

/* The sum plus a further branch, in the type of the first add. */
static Value nextSum(Composer *c, Value t, Value branch) {
  Value stored = emitCast(&c->e, STYLE_ARITH, storedSum(c, t), c->addKind);
  return plus(c, false, stored, emitCast(&c->e, STYLE_ARITH, branch, c->addKind));
}

/* The other readers of the sum; returns how many of them are norms of sums. */
static int useSum(Composer *c, Value t, Value y) {
  SumUse use = (SumUse)composerChoice(c, CHOICE_SUM_USE);
  Value next;
  switch (use) {
  case SUM_RETURNED:
    composerAddResult(c, storedSum(c, t));
    return 0;
  case SUM_RESHAPED:
    composerAddResult(c, emitReshape(&c->e, storedSum(c, t), withUnit(&t.shape)));
    return 0;
  case SUM_RETURNED_AND_ADDED:
    composerAddResult(c, storedSum(c, t));
    composerAddResult(c, nextSum(c, t, emitArgument(&c->e, c->addKind, c->full)));
    return 0;
  case SUM_ADDED:
    composerAddResult(c, nextSum(c, t, emitArgument(&c->e, c->addKind, c->full)));
    return 0;
  case SUM_NORMED:
    next = nextSum(c, t, emitArgument(&c->e, c->addKind, c->full));
    composerAddResult(c, composeNorm(c, next, next));
    return 1;
  case SUM_WITH_NORM:
    next = nextSum(c, t, y);
    composerAddResult(c, composeNorm(c, next, next));
    return 1;
  case SUM_NORMED_AGAIN:
    composerAddResult(c, composeNorm(c, t, t));
    return 1;
  case SUM_ACTIVATED:
    composerAddResult(c, emitUnary(&c->e, STYLE_ARITH, OP_TANH, t));
    return 0;
  default:
    return 0;
  }
}

/* Choices that do not go together with a mutation fall back to what does. */
static bool isPossible(const Composer *c) {
  int rank = c->full.rank;
  bool square = rank == 2 && c->e.extents[0] == c->e.extents[1] && composerIsStatic(c);
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
    return composerIsStatic(c);
  case MUTATION_GROUPS:
    return composerHasHalves(c);
  default:
    return true;
  }
}

/* From here on, the rows are the halves of what they were. */
static void halveRows(Composer *c, Value *t) {
  Shape halves = composerSplitRow(c, c->full);
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
  if (composerChoice(c, CHOICE_THIRD))
    addends.third = thirdAddend(c);
  Value t = between(c, sumOf(c, &addends, composerChoice(c, CHOICE_COMMUTE_ADD)));
  Value source = t;
  if (composerChoice(c, CHOICE_RECOMPUTE))
    source = between(c, sumOf(c, &addends, !composerChoice(c, CHOICE_COMMUTE_ADD)));
  source = statisticSource(c, source, &addends);
  Shape whole = c->full;
  if (composerMutates(c, MUTATION_GROUPS)) {
    halveRows(c, &t);
    source = t;
  }
  Value normed = composeNorm(c, t, source), y = normed;
  if (composerMutates(c, MUTATION_GROUPS))
    y = emitMerge(&c->e, y, whole);
  if (composerMutates(c, MUTATION_POST_NORM)) {
    Value branch = emitCast(&c->e, STYLE_ARITH, r, y.kind);
    y = composerOp(c, CHOICE_STYLE_ADD, OP_ADD, y, operandOf(branch), c->full);
  }
  if (composerChoice(c, CHOICE_RESULT) == RESULT_RESHAPED)
    y = emitReshape(&c->e, y, withUnit(&y.shape));
  if (composerChoice(c, CHOICE_RESULT) == RESULT_NEGATED)
    y = emitUnary(&c->e, STYLE_GENERIC, OP_NEG, y);
  c->norm = c->numResults;
  composerAddResult(c, y);
  return 1 + useSum(c, t, normed);
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

static bool scalesAtRunTime(const Composer *c, Choice which, ElementKind kind) {
  int scale = composerChoice(c, which);
  return kind < KIND_F32 && (scale == SCALE_TENSOR || scale == SCALE_SCALAR);
}

/* Whether something narrow may stay outside the op, which then adds what is rounded: the product of
 * an addend with a narrow scale at run time, or what is inside an inner sum that others read too.
 */
static bool mayRoundAddends(const Composer *c) {
  bool innerSum = composerChoice(c, CHOICE_THIRD) != THIRD_NONE;
  bool scales = composerChoice(c, CHOICE_X_SCALE) || composerChoice(c, CHOICE_R_SCALE);
  return scalesAtRunTime(c, CHOICE_X_SCALE, c->xKind) ||
         scalesAtRunTime(c, CHOICE_R_SCALE, c->rKind) ||
         (innerSum && (scales || composerChoice(c, CHOICE_RSTD)));
}

/* Two norms of one sum without a gamma of their own are the same value: one op or two. */
static bool normsAreEqual(const Composer *c) {
  int gamma = composerChoice(c, CHOICE_GAMMA);
  return composerChoice(c, CHOICE_SUM_USE) == SUM_NORMED_AGAIN &&
         (gamma == GAMMA_NONE || gamma == GAMMA_CONSTANT);
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
  bool hasToFuse = c.mutation == MUTATION_NONE && !c.e.mayBroadcast && !normsAreEqual(&c);
  return (Program){.text = text,
                   .expected = hasToFuse ? norms : -1,
                   .hasGamma = composerChoice(&c, CHOICE_GAMMA) != GAMMA_NONE,
                   .norm = mayRoundAddends(&c) ? -1 : c.norm,
                   .cleanUp = choices->of[CHOICE_CLEAN_UP],
                   .tolerance = toleranceOf(&c)};
}
