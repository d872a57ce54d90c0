/* The statistic, gamma and the product. */

#include "tools/addnorm-fuzz/compose.h"

#include <string.h>

/* --- the statistic --------------------------------------------------------------------------- */

static Value squared(Composer *c, Value t, bool *inReduction) {
  Style style = composerStyle(c, CHOICE_STYLE_SQUARE);
  *inReduction = false;
  if (composerMutates(c, MUTATION_ABSOLUTE))
    return emitUnary(&c->e, style, OP_ABS, t);
  if (composerMutates(c, MUTATION_CUBE))
    t = emitOp(&c->e, style, OP_POW, operandOf(t), constantOf(1.5, CONSTANT_SPLAT), t.shape);
  if (composerMutates(c, MUTATION_PLAIN_SUM))
    return t;
  switch (composerChoice(c, CHOICE_SQUARE)) {
  case SQUARE_TWO_INPUTS:
    return emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(t), operandOf(t), t.shape);
  case SQUARE_FPOWI:
    return emitOp(&c->e, STYLE_GENERIC, OP_FPOWI, operandOf(t), constantOf(2, CONSTANT_IN_BODY),
                  t.shape);
  case SQUARE_POWF:
    return emitOp(&c->e, style, OP_POW, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  case SQUARE_TOSA_POW:
    return emitOp(&c->e, STYLE_TOSA, OP_POW, operandOf(t), constantOf(2, CONSTANT_TOSA), t.shape);
  case SQUARE_LINALG:
    return emitUnary(&c->e, STYLE_NAMED, OP_SQUARE, t);
  case SQUARE_OF_ABS:
    t = emitUnary(&c->e, style, OP_ABS, t);
    return emitOp(&c->e, style, OP_MUL, operandOf(t), operandOf(t), t.shape);
  case SQUARE_IN_REDUCTION:
    *inReduction = true;
    return t;
  case SQUARE_OP:
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
  if (composerMutates(c, MUTATION_N_MINUS_1))
    return n - 1;
  if (composerMutates(c, MUTATION_N_TIMES_ROWS) || composerMutates(c, MUTATION_ALL_AXES))
    return n * rows;
  if (composerMutates(c, MUTATION_N_NEARLY))
    return n * 1.0005;
  if (composerMutates(c, MUTATION_FIRST_AXIS))
    return (double)c->e.extents[0];
  return composerMutates(c, MUTATION_NO_MEAN) ? 1 : n;
}

/* tensor.dim -> float: a dynamic N. */
static Operand dynamicDivisor(Composer *c) {
  int axis = composerMutates(c, MUTATION_N_TIMES_ROWS) && c->e.dynamic[0] ? 0 : c->lastAxis;
  bool isUnsigned = composerChoice(c, CHOICE_UNSIGNED_SIZE);
  int integer = c->e.nextId++, number = c->e.nextId++;
  fprintf(c->e.body, "  %%v%d = arith.%s %%n%d : index to i64\n", integer,
          isUnsigned ? "index_castui" : "index_cast", axis);
  fprintf(c->e.body, "  %%v%d = arith.%s %%v%d : i64 to ", number, isUnsigned ? "uitofp" : "sitofp",
          integer);
  emitElement(c->e.body, c->statKind);
  fputs("\n", c->e.body);
  return (Operand){.kind = OPERAND_SCALAR, .value = {.id = number, .kind = c->statKind}};
}

static ConstantForm formOf(const Composer *c, Choice which) {
  return (ConstantForm)composerChoice(c, which);
}

/* A constant as the type of the statistic holds it. */
static double rounded(const Composer *c, double number) { return roundToKind(c->statKind, number); }

static Value mean(Composer *c, Value sum) {
  if (composerMutates(c, MUTATION_NO_MEAN))
    return sum;
  if (c->e.dynamic[c->lastAxis] && !composerMutates(c, MUTATION_N_MINUS_1))
    return composerOp(c, CHOICE_STYLE_MEAN, OP_DIV, sum, dynamicDivisor(c), sum.shape);
  double n = divisor(c);
  ConstantForm form = formOf(c, CHOICE_MEAN_CONSTANT);
  switch (composerChoice(c, CHOICE_MEAN)) {
  case MEAN_MULTIPLY:
  case MEAN_MULTIPLY_ELEMENTS:
    return composerCommuted(c, CHOICE_STYLE_MEAN, CHOICE_COMMUTE_MEAN, OP_MUL, sum,
                            constantOf(rounded(c, 1 / n), form), sum.shape);
  case MEAN_RECIPROCAL_OF_N: {
    Value over = emitConstantTensor(&c->e, c->statKind, n, sum.shape, CONSTANT_SPLAT);
    over = emitUnary(&c->e, composerStyle(c, CHOICE_STYLE_ROOT), OP_RECIPROCAL, over);
    return composerCommuted(c, CHOICE_STYLE_MEAN, CHOICE_COMMUTE_MEAN, OP_MUL, sum, operandOf(over),
                            sum.shape);
  }
  default:
    return composerOp(c, CHOICE_STYLE_MEAN, OP_DIV, sum, constantOf(rounded(c, n), form),
                      sum.shape);
  }
}

/* Whether each element is divided, before the sum. */
static bool dividesElements(const Composer *c) {
  return composerChoice(c, CHOICE_MEAN) >= MEAN_DIVIDE_ELEMENTS;
}

/* Whether the row is cut in two axes before it is summed. */
static bool splits(const Composer *c) {
  return composerChoice(c, CHOICE_SPLIT) && composerHasHalves(c) && c->mutation == MUTATION_NONE;
}

/* Over both axes at once, or over the last and then the other. */
static Value splitSum(Composer *c, Reduction r, Value value) {
  Shape shape = composerSplitRow(c, value.shape);
  int outer = shape.axes[shape.rank - 2], inner = shape.axes[shape.rank - 1];
  value = emitSplit(&c->e, value, shape);
  r.axes = 1u << outer | 1u << inner;
  if (composerChoice(c, CHOICE_SPLIT) == SPLIT_ONE_BY_ONE) {
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
  Reduction r = {.style = (ReduceStyle)composerChoice(c, CHOICE_REDUCE),
                 .squares = squares,
                 .accumulatorFirst = composerChoice(c, CHOICE_ACCUMULATOR_FIRST),
                 .init = (InitForm)composerChoice(c, CHOICE_INIT),
                 .start = composerChoice(c, CHOICE_NEGATIVE_ZERO) ? -0.0 : 0.0,
                 .kind = composerChoice(c, CHOICE_WIDE_ACCUMULATOR) ? KIND_F32 : value.kind};
  if (composerMutates(c, MUTATION_FIRST_AXIS) || composerMutates(c, MUTATION_FIRST_AXIS_RENAMED))
    axis = 0;
  r.axes = composerMutates(c, MUTATION_ALL_AXES) ? (1u << along.rank) - 1 : 1u << axis;
  if (composerMutates(c, MUTATION_START_ONE))
    r.start = 1;
  Value start;
  if (composerMutates(c, MUTATION_START_ARGUMENT)) {
    start = composerRowsArgument(c, r.kind);
    r.startFrom = &start;
  }
  if (composerMutates(c, MUTATION_MAXIMUM))
    r.combine = COMBINE_MAX;
  if (composerMutates(c, MUTATION_DECAY))
    r.combine = COMBINE_DECAY;
  Value sum = splits(c) ? splitSum(c, r, value) : emitReduction(&c->e, &r, value);
  sum = emitCast(&c->e, composerStyle(c, CHOICE_STYLE_CAST), sum, value.kind);
  if (composerMutates(c, MUTATION_FIRST_AXIS_RENAMED))
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
  switch (composerChoice(c, CHOICE_STAT_SHAPE)) {
  case STAT_BARE:
    return emitReshape(&c->e, stat, shapeWithoutUnits(&stat.shape));
  case STAT_KEPT:
    return emitReshape(&c->e, stat, kept);
  case STAT_KEPT_AND_BARE:
    stat = emitReshape(&c->e, stat, kept);
    return emitReshape(&c->e, stat, shapeWithoutUnits(&stat.shape));
  default:
    return stat;
  }
}

static Operand epsilonOf(Composer *c) {
  double number = composerMutates(c, MUTATION_EPSILON_NEGATIVE) ? -1e-5 : 1e-5;
  ConstantForm form = formOf(c, CHOICE_EPSILON_CONSTANT);
  if (composerMutates(c, MUTATION_EPSILON_PER_ROW))
    return operandOf(composerRowsArgument(c, c->statKind));
  if (composerMutates(c, MUTATION_EPSILON_ALONG_ROW))
    return operandOf(emitArgument(&c->e, c->statKind, c->row));
  switch (composerChoice(c, CHOICE_EPSILON)) {
  case EPSILON_OF_F16:
    return constantOf(roundToKind(KIND_F16, number), form);
  case EPSILON_ARGUMENT:
    return (Operand){.kind = OPERAND_SCALAR, .value = emitScalarArgument(&c->e, c->statKind)};
  default:
    return constantOf(form == CONSTANT_F64_IN_BODY ? number : rounded(c, number), form);
  }
}

static bool hasEpsilon(const Composer *c) {
  return composerChoice(c, CHOICE_EPSILON) != EPSILON_NONE;
}

static Value plusEpsilon(Composer *c, Value stat, Operand epsilon) {
  Shape shape = stat.shape;
  if (composerMutates(c, MUTATION_EPSILON_ALONG_ROW))
    shape = c->full;
  return composerCommuted(c, CHOICE_STYLE_EPSILON, CHOICE_COMMUTE_EPSILON, OP_ADD, stat, epsilon,
                          shape);
}

/* Where the root is the divisor of the product. */
static bool dividesByRoot(const Composer *c) {
  return composerChoice(c, CHOICE_ROOT) == ROOT_DIVISOR;
}

static Value rooted(Composer *c, Value stat) {
  Style style = composerStyle(c, CHOICE_STYLE_ROOT);
  Operand one = constantOf(1, formOf(c, CHOICE_MEAN_CONSTANT));
  if (composerMutates(c, MUTATION_ROOT_NOT_RECIPROCAL))
    return emitUnary(&c->e, style, OP_SQRT, stat);
  if (composerMutates(c, MUTATION_ROOT_OF_ROOT))
    stat = emitUnary(&c->e, style, OP_RSQRT, stat);
  switch (composerChoice(c, CHOICE_ROOT)) {
  case ROOT_DIVIDED:
    stat = emitUnary(&c->e, style, OP_SQRT, stat);
    return emitOp(&c->e, style, OP_DIV, one, operandOf(stat), stat.shape);
  case ROOT_RECIPROCAL:
    stat = emitUnary(&c->e, style, OP_SQRT, stat);
    return emitUnary(&c->e, style, OP_RECIPROCAL, stat);
  case ROOT_DIVISOR:
    return emitUnary(&c->e, style, OP_SQRT, stat);
  case ROOT_POW:
    return emitOp(&c->e, style, OP_POW, operandOf(stat), constantOf(-0.5, CONSTANT_SPLAT),
                  stat.shape);
  case ROOT_POW_RECIPROCAL:
    stat =
        emitOp(&c->e, style, OP_POW, operandOf(stat), constantOf(0.5, CONSTANT_SPLAT), stat.shape);
    return emitUnary(&c->e, style, OP_RECIPROCAL, stat);
  default:
    return emitUnary(&c->e, style, OP_RSQRT, stat);
  }
}

/* Broadcasts the statistic to full shape behind the stage that was chosen for it. */
static Value spreadBehind(Composer *c, int stage, Value stat) {
  return composerChoice(c, CHOICE_SPREAD_STAGE) == stage ? emitBroadcast(&c->e, stat, c->full)
                                                         : stat;
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
  bool epsilonFirst = composerMutates(c, MUTATION_EPSILON_BEFORE_MEAN);
  if (epsilonFirst)
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (!early)
    stat = mean(c, stat);
  stat = spreadBehind(c, 2, stat);
  if (composerMutates(c, MUTATION_VARIANCE)) {
    Value average = mean(c, summed(c, t, false));
    average = emitBroadcast(&c->e, average, stat.shape);
    average =
        emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(average), operandOf(average), stat.shape);
    stat = emitOp(&c->e, STYLE_GENERIC, OP_SUB, operandOf(stat), operandOf(average), stat.shape);
  }
  bool inside = !epsilonFirst && !composerMutates(c, MUTATION_EPSILON_OUTSIDE);
  if (hasEpsilon(c) && inside)
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (composerMutates(c, MUTATION_EPSILON_TWICE))
    stat = plusEpsilon(c, stat, epsilonOf(c));
  stat = rooted(c, spreadBehind(c, 3, stat));
  if (composerMutates(c, MUTATION_EPSILON_OUTSIDE))
    stat = plusEpsilon(c, stat, epsilonOf(c));
  if (composerMutates(c, MUTATION_ROOT_ROUNDED))
    stat = composerRounded(c, stat, KIND_F16);
  if (composerMutates(c, MUTATION_ROOT_TWICE))
    stat =
        composerOp(c, CHOICE_STYLE_ROOT, OP_MUL, stat, constantOf(2, CONSTANT_SPLAT), stat.shape);
  return spreadBehind(c, 4, stat);
}

/* --- gamma ----------------------------------------------------------------------------------- */

static bool hasGamma(const Composer *c) {
  return composerChoice(c, CHOICE_GAMMA) != GAMMA_NONE ||
         composerMutates(c, MUTATION_GAMMA_ALONG_ROWS) || composerMutates(c, MUTATION_GAMMA_FULL) ||
         composerMutates(c, MUTATION_GAMMA_OF_SUM);
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
  if (composerMutates(c, MUTATION_GAMMA_ALONG_ROWS))
    return composerRowsArgument(c, kind);
  if (composerMutates(c, MUTATION_GAMMA_FULL))
    return emitArgument(&c->e, kind, c->full);
  if (composerMutates(c, MUTATION_GAMMA_SLICE))
    return emitSlice(&c->e, emitArgument(&c->e, kind, composerLongerRow(c, c->row)), 1, c->row);
  if (composerMutates(c, MUTATION_GAMMA_OF_SUM))
    return emitCast(&c->e, composerStyle(c, CHOICE_STYLE_CAST), t, kind);
  switch (composerChoice(c, CHOICE_GAMMA)) {
  case GAMMA_UNITS:
    return emitArgument(&c->e, kind, units);
  case GAMMA_RESHAPED:
    return emitReshape(&c->e, emitArgument(&c->e, kind, c->row), units);
  case GAMMA_BROADCAST:
    return emitBroadcast(&c->e, emitArgument(&c->e, kind, c->row), c->full);
  case GAMMA_CONSTANT:
    return c->e.dynamic[c->lastAxis] ? emitArgument(&c->e, kind, c->row) : constantGamma(c, kind);
  default:
    return emitArgument(&c->e, kind, c->row);
  }
}

static Value plusOffset(Composer *c, Value gamma, double offset) {
  return composerOp(c, CHOICE_STYLE_GAMMA, OP_ADD, gamma, constantOf(offset, CONSTANT_SPLAT),
                    gamma.shape);
}

/* gamma in the type of the product. */
static Value gammaOf(Composer *c, ElementKind kind, Value t) {
  ElementKind own = composerChoice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->yKind;
  Value gamma = rawGamma(c, own, t);
  if (composerChoice(c, CHOICE_GAMMA) == GAMMA_PLUS_ONE_NARROW)
    gamma = plusOffset(c, gamma, 1);
  gamma = emitCast(&c->e, composerStyle(c, CHOICE_STYLE_CAST), gamma, kind);
  if (composerChoice(c, CHOICE_GAMMA) == GAMMA_PLUS_ONE)
    gamma = plusOffset(c, gamma, 1);
  if (composerMutates(c, MUTATION_GAMMA_PLUS_2))
    gamma = plusOffset(c, gamma, 2);
  if (composerMutates(c, MUTATION_GAMMA_NEGATED))
    gamma = emitUnary(&c->e, composerStyle(c, CHOICE_STYLE_GAMMA), OP_NEG, gamma);
  if (composerMutates(c, MUTATION_GAMMA_MINUS))
    gamma = emitOp(&c->e, composerStyle(c, CHOICE_STYLE_GAMMA), OP_SUB,
                   constantOf(1, CONSTANT_SPLAT), operandOf(gamma), gamma.shape);
  return gamma;
}

/* --- the product ----------------------------------------------------------------------------- */

static Value timesRoot(Composer *c, Value value, Value root) {
  if (dividesByRoot(c) && !composerMutates(c, MUTATION_ROOT_NOT_RECIPROCAL))
    return composerOp(c, CHOICE_STYLE_PRODUCT, OP_DIV, value, operandOf(root), c->full);
  return composerCommuted(c, CHOICE_STYLE_PRODUCT, CHOICE_COMMUTE_PRODUCT, OP_MUL, value,
                          operandOf(root), c->full);
}

static Value timesGamma(Composer *c, Value value, Value gamma) {
  return composerCommuted(c, CHOICE_STYLE_GAMMA, CHOICE_COMMUTE_GAMMA, OP_MUL, value,
                          operandOf(gamma), c->full);
}

static Value product(Composer *c, Value t, Value root) {
  Style cast = composerStyle(c, CHOICE_STYLE_CAST);
  Trunc trunc = (Trunc)composerChoice(c, CHOICE_TRUNC);
  ElementKind kind = trunc == TRUNC_NONE ? c->statKind : c->yKind;
  ElementKind gammaKind = composerChoice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->statKind;
  Product order = (Product)composerChoice(c, CHOICE_PRODUCT);
  if (!hasGamma(c))
    return emitCast(&c->e, cast, timesRoot(c, t, root), kind);
  if (order != PRODUCT_NORM_FIRST && gammaKind == c->statKind &&
      (order == PRODUCT_GAMMA_FIRST || !dividesByRoot(c))) {
    Value gamma = gammaOf(c, c->statKind, t);
    Value y = order == PRODUCT_GAMMA_FIRST ? timesRoot(c, timesGamma(c, t, gamma), root)
                                           : timesGamma(c, t, timesRoot(c, gamma, root));
    return emitCast(&c->e, cast, y, kind);
  }
  Value u = timesRoot(c, t, root);
  if (trunc == TRUNC_BEFORE_GAMMA) {
    u = emitCast(&c->e, cast, u, c->yKind);
    gammaKind = composerChoice(c, CHOICE_GAMMA_TYPE) ? KIND_F32 : c->yKind;
  }
  u = emitCast(&c->e, cast, u, gammaKind);
  return emitCast(&c->e, cast, timesGamma(c, u, gammaOf(c, gammaKind, t)), kind);
}

/* --- the norm -------------------------------------------------------------------------------- */

static Value withoutMean(Composer *c, Value t) {
  Value average = emitBroadcast(&c->e, mean(c, summed(c, t, false)), c->full);
  return emitOp(&c->e, STYLE_GENERIC, OP_SUB, operandOf(t), operandOf(average), c->full);
}

/* The numerator, where it is not t. */
static Value numeratorOf(Composer *c, Value t) {
  Style style = composerStyle(c, CHOICE_STYLE_PRODUCT);
  if (composerMutates(c, MUTATION_CLAMP_NUMERATOR))
    return emitOp(&c->e, style, OP_MIN, operandOf(t), constantOf(0.5, CONSTANT_SPLAT), t.shape);
  if (composerMutates(c, MUTATION_NUMERATOR_ROUNDED))
    return composerRounded(c, t, KIND_BF16);
  if (composerMutates(c, MUTATION_ABS_NUMERATOR))
    return emitUnary(&c->e, style, OP_ABS, t);
  if (composerMutates(c, MUTATION_NEGATED_NUMERATOR))
    return emitUnary(&c->e, style, OP_NEG, t);
  if (composerMutates(c, MUTATION_SCALED_NUMERATOR))
    return emitOp(&c->e, style, OP_MUL, operandOf(t), constantOf(2, CONSTANT_SPLAT), t.shape);
  if (composerMutates(c, MUTATION_TRANSPOSED)) {
    Value swapped = t;
    swapped.shape.axes[0] = t.shape.axes[1];
    swapped.shape.axes[1] = t.shape.axes[0];
    return emitOp(&c->e, STYLE_GENERIC, OP_MUL, operandOf(swapped), constantOf(1, CONSTANT_IN_BODY),
                  t.shape);
  }
  return t;
}

static Value noisy(Composer *c, Value value) {
  Value result = value;
  switch (composerChoice(c, CHOICE_NOISE)) {
  case NOISE_IDENTITY:
    result.id = c->e.nextId++;
    fprintf(c->e.body, "  %%v%d = tosa.identity %%v%d : (", result.id, value.id);
    emitType(&c->e, value);
    fputs(") -> ", c->e.body);
    emitType(&c->e, value);
    fputs("\n", c->e.body);
    return result;
  case NOISE_MINUS_ZERO:
    return composerOp(c, CHOICE_STYLE_SCALE, OP_SUB, value, constantOf(0, CONSTANT_SPLAT),
                      value.shape);
  case NOISE_TIMES_ONE:
    return composerOp(c, CHOICE_STYLE_SCALE, OP_MUL, value, constantOf(1, CONSTANT_SPLAT),
                      value.shape);
  case NOISE_CAST:
    return emitDynamicCast(&c->e, value);
  case NOISE_F64:
    return emitCast(&c->e, STYLE_ARITH, emitCast(&c->e, STYLE_ARITH, value, KIND_F64), value.kind);
  default:
    return value;
  }
}

Value composeNorm(Composer *c, Value t, Value source) {
  Style cast = composerStyle(c, CHOICE_STYLE_CAST);
  bool ownCast = composerChoice(c, CHOICE_OWN_EXTF);
  Value wide = noisy(c, emitCast(&c->e, cast, t, c->statKind));
  bool same = t.id == source.id;
  source = same && !ownCast ? wide : emitCast(&c->e, cast, source, c->statKind);
  if (composerMutates(c, MUTATION_SUBTRACT_MEAN))
    wide = source = withoutMean(c, wide);
  Value root = statistic(c, source);
  if (composerChoice(c, CHOICE_RSTD))
    composerAddResult(c, root);
  Value y = product(c, numeratorOf(c, wide), root);
  if (composerMutates(c, MUTATION_GAMMA_TWICE))
    y = composerOp(c, CHOICE_STYLE_GAMMA, OP_MUL, y, operandOf(emitArgument(&c->e, y.kind, c->row)),
                   c->full);
  if (composerMutates(c, MUTATION_ROOT_APPLIED_TWICE))
    y = composerOp(c, CHOICE_STYLE_GAMMA, OP_MUL, y,
                   operandOf(emitCast(&c->e, STYLE_ARITH, root, y.kind)), c->full);
  if (composerMutates(c, MUTATION_SHIFT)) {
    Value shift = emitArgument(&c->e, y.kind, c->row);
    y = composerOp(c, CHOICE_STYLE_GAMMA, OP_ADD, y, operandOf(shift), c->full);
  }
  return y;
}
