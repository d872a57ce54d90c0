/* What a generated program is made of: one number for each independent choice. 0 is the plain way,
 * so a program is shrunk by setting choices to 0. */

#ifndef ADDNORM_FUZZ_CHOICES_H
#define ADDNORM_FUZZ_CHOICES_H

#include <stdint.h>
#include <stdio.h>

typedef enum Scale {
  SCALE_NONE,
  SCALE_CONSTANT,
  SCALE_CONSTANT_IN_BODY,
  SCALE_ONE,
  SCALE_TENSOR, /* a tensor<f32> argument */
  SCALE_SCALAR, /* an f32 argument */
  SCALE_MINUS_ZERO,
  SCALE_NEGATED_TWICE,
  NUM_SCALES
} Scale;

typedef enum Third {
  THIRD_NONE,
  THIRD_BIAS, /* [N] */
  THIRD_BIAS_WITH_UNITS,
  THIRD_FULL,
  NUM_THIRDS
} Third;

typedef enum ThirdPlace {
  THIRD_LAST,   /* (x + r) + w */
  THIRD_NESTED, /* x + (r + w) */
  THIRD_MIDDLE, /* (x + w) + r */
  NUM_THIRD_PLACES
} ThirdPlace;

typedef enum Split { SPLIT_NONE, SPLIT_AT_ONCE, SPLIT_ONE_BY_ONE, NUM_SPLITS } Split;

typedef enum StatShape {
  STAT_AS_REDUCED,
  STAT_BARE, /* without unit dimensions */
  STAT_KEPT, /* a unit dimension in place of the row */
  STAT_KEPT_AND_BARE,
  NUM_STAT_SHAPES
} StatShape;

typedef enum Result { RESULT_PLAIN, RESULT_RESHAPED, RESULT_NEGATED, NUM_RESULTS } Result;

typedef enum Square {
  SQUARE_PRODUCT,
  SQUARE_TWO_INPUTS,
  SQUARE_FPOWI,
  SQUARE_POWF,
  SQUARE_TOSA_POW,
  SQUARE_LINALG,
  SQUARE_OF_ABS,
  SQUARE_IN_REDUCTION,
  SQUARE_OP,
  NUM_SQUARES
} Square;

typedef enum Mean {
  MEAN_DIVIDE,
  MEAN_MULTIPLY,
  MEAN_RECIPROCAL_OF_N,
  MEAN_DIVIDE_ELEMENTS, /* before the sum */
  MEAN_MULTIPLY_ELEMENTS,
  NUM_MEANS
} Mean;

typedef enum Epsilon {
  EPSILON_CONSTANT,
  EPSILON_OF_F16, /* 1e-5 as f16 holds it */
  EPSILON_ARGUMENT,
  EPSILON_NONE,
  NUM_EPSILONS
} Epsilon;

typedef enum Root {
  ROOT_RSQRT,
  ROOT_DIVIDED, /* 1 / sqrt */
  ROOT_RECIPROCAL,
  ROOT_DIVISOR, /* x / sqrt */
  ROOT_POW,
  ROOT_POW_RECIPROCAL,
  NUM_ROOTS
} Root;

typedef enum Product {
  PRODUCT_NORM_FIRST,  /* (x * r) * g */
  PRODUCT_GAMMA_FIRST, /* (x * g) * r */
  PRODUCT_GAMMA_ROOT,  /* x * (g * r) */
  NUM_PRODUCTS
} Product;

typedef enum Gamma {
  GAMMA_ROW,
  GAMMA_UNITS, /* 1x..xN */
  GAMMA_RESHAPED,
  GAMMA_BROADCAST,
  GAMMA_CONSTANT,
  GAMMA_PLUS_ONE_NARROW, /* 1 + g in the type of gamma */
  GAMMA_PLUS_ONE,        /* in that of the product */
  GAMMA_NONE,
  NUM_GAMMAS
} Gamma;

typedef enum Trunc { TRUNC_AFTER_GAMMA, TRUNC_BEFORE_GAMMA, TRUNC_NONE, NUM_TRUNCS } Trunc;

typedef enum SumUse {
  SUM_NORM_ONLY,
  SUM_RETURNED,
  SUM_RESHAPED,
  SUM_ADDED, /* the next residual add */
  SUM_RETURNED_AND_ADDED,
  SUM_NORMED,       /* the next residual add and its norm */
  SUM_NORMED_AGAIN, /* by a second norm of the same sum */
  SUM_WITH_NORM,    /* the norm is added to it, and that normed */
  SUM_ACTIVATED,
  NUM_SUM_USES
} SumUse;

typedef enum Noise {
  NOISE_NONE,
  NOISE_IDENTITY,
  NOISE_MINUS_ZERO,
  NOISE_TIMES_ONE,
  NOISE_F64,  /* to f64 and back */
  NOISE_CAST, /* a tensor.cast to a dynamic shape and back */
  NUM_NOISES
} Noise;

/* X(NAME, text, number of alternatives). */
#define FUZZ_CHOICES(X)                                                                            \
  X(SHAPE, "shape", 11)                                                                            \
  X(DYNAMIC, "dynamic", 4)                                                                         \
  X(TYPES, "types", 10)                                                                            \
  X(X_SCALE, "x scale", NUM_SCALES)                                                                \
  X(R_SCALE, "r scale", NUM_SCALES)                                                                \
  X(THIRD, "third addend", NUM_THIRDS)                                                             \
  X(THIRD_PLACE, "place of the third addend", NUM_THIRD_PLACES)                                    \
  X(RECOMPUTE, "the statistic adds for itself", 2)                                                 \
  X(OWN_EXTF, "the statistic casts for itself", 2)                                                 \
  X(SQUARE, "square", NUM_SQUARES)                                                                 \
  X(REDUCE, "reduction", 7)                                                                        \
  X(SPLIT, "row split in two axes", NUM_SPLITS)                                                    \
  X(ACCUMULATOR_FIRST, "accumulator first", 2)                                                     \
  X(WIDE_ACCUMULATOR, "wide accumulator", 2)                                                       \
  X(INIT, "zero", 4)                                                                               \
  X(NEGATIVE_ZERO, "negative zero", 2)                                                             \
  X(STAT_SHAPE, "reshape of the statistic", NUM_STAT_SHAPES)                                       \
  X(MEAN, "mean", NUM_MEANS)                                                                       \
  X(UNSIGNED_SIZE, "unsigned size", 2)                                                             \
  X(MEAN_CONSTANT, "constant of the mean", 7)                                                      \
  X(EPSILON, "epsilon", NUM_EPSILONS)                                                              \
  X(EPSILON_CONSTANT, "constant of epsilon", 7)                                                    \
  X(ROOT, "root", NUM_ROOTS)                                                                       \
  X(SPREAD_STAGE, "where the statistic is broadcast", 5)                                           \
  X(SPREAD, "broadcast", 3)                                                                        \
  X(PRODUCT, "order of the product", NUM_PRODUCTS)                                                 \
  X(GAMMA, "gamma", NUM_GAMMAS)                                                                    \
  X(GAMMA_TYPE, "type of gamma", 2)                                                                \
  X(TRUNC, "rounding of the result", NUM_TRUNCS)                                                   \
  X(RESULT, "result", NUM_RESULTS)                                                                 \
  X(SUM_USE, "other readers of the sum", NUM_SUM_USES)                                             \
  X(RSTD, "rstd returned", 2)                                                                      \
  X(LOOPS, "permuted loops", 2)                                                                    \
  X(RESHAPES, "tosa reshapes", 2)                                                                  \
  X(FASTMATH, "fastmath flags", 2)                                                                 \
  X(NOISE, "noise", NUM_NOISES)                                                                    \
  X(CLEAN_UP, "clean-up", 14)                                                                      \
  X(STYLE_SCALE, "style of the scales", 6)                                                         \
  X(STYLE_ADD, "style of the add", 6)                                                              \
  X(STYLE_CAST, "style of the casts", 6)                                                           \
  X(STYLE_SQUARE, "style of the square", 6)                                                        \
  X(STYLE_MEAN, "style of the mean", 6)                                                            \
  X(STYLE_EPSILON, "style of epsilon", 6)                                                          \
  X(STYLE_ROOT, "style of the root", 6)                                                            \
  X(STYLE_PRODUCT, "style of the product", 6)                                                      \
  X(STYLE_GAMMA, "style of gamma", 6)                                                              \
  X(COMMUTE_ADD, "commuted add", 2)                                                                \
  X(COMMUTE_MEAN, "commuted mean", 2)                                                              \
  X(COMMUTE_EPSILON, "commuted epsilon", 2)                                                        \
  X(COMMUTE_PRODUCT, "commuted product", 2)                                                        \
  X(COMMUTE_GAMMA, "commuted gamma", 2)                                                            \
  X(MUTATION, "mutation", NUM_MUTATIONS)

/* One change that makes another formula, or one that may be left alone. X(NAME, text). */
#define FUZZ_MUTATIONS(X)                                                                          \
  X(NONE, "none")                                                                                  \
  X(SUBTRACT, "x - r in place of x + r")                                                           \
  X(MULTIPLY, "x * r in place of x + r")                                                           \
  X(SUBTRACT_MEAN, "the mean is subtracted")                                                       \
  X(VARIANCE, "the squared mean is subtracted from the statistic")                                 \
  X(STAT_OF_X, "statistic of x alone")                                                             \
  X(STAT_OF_OTHER, "statistic of the sum with another tensor")                                     \
  X(STAT_SCALED, "statistic of twice the sum")                                                     \
  X(STAT_ROTATED, "statistic of a slice, numerator of another")                                    \
  X(N_MINUS_1, "divided by N - 1")                                                                 \
  X(N_TIMES_ROWS, "divided by rows * N")                                                           \
  X(N_NEARLY, "divided by 1.0005 N")                                                               \
  X(NO_MEAN, "not divided by N")                                                                   \
  X(FIRST_AXIS, "reduced over the first axis")                                                     \
  X(FIRST_AXIS_RENAMED, "reduced over the first axis of a square, used along the last")            \
  X(ALL_AXES, "reduced over all axes")                                                             \
  X(GAMMA_ALONG_ROWS, "gamma along the rows")                                                      \
  X(GAMMA_FULL, "gamma of full rank")                                                              \
  X(GAMMA_OF_SUM, "gamma is the sum")                                                              \
  X(GAMMA_SLICE, "gamma, a slice that starts at 1")                                                \
  X(SHIFT, "a shift after gamma")                                                                  \
  X(EPSILON_OUTSIDE, "epsilon added to the root")                                                  \
  X(EPSILON_BEFORE_MEAN, "epsilon added before the division")                                      \
  X(EPSILON_NEGATIVE, "negative epsilon")                                                          \
  X(EPSILON_PER_ROW, "an epsilon for each row")                                                    \
  X(EPSILON_ALONG_ROW, "an epsilon that varies along the row")                                     \
  X(EPSILON_TWICE, "epsilon added twice")                                                          \
  X(START_ONE, "the reduction starts from 1")                                                      \
  X(START_ARGUMENT, "the reduction starts from an argument")                                       \
  X(MAXIMUM, "a maximum in place of the sum")                                                      \
  X(DECAY, "the accumulator is halved at each step")                                               \
  X(ABSOLUTE, "|t| in place of its square")                                                        \
  X(CUBE, "t^3 in place of the square")                                                            \
  X(PLAIN_SUM, "t in place of its square")                                                         \
  X(ROOT_NOT_RECIPROCAL, "the root, not its reciprocal")                                           \
  X(ROOT_TWICE, "twice the reciprocal root")                                                       \
  X(ROOT_OF_ROOT, "the reciprocal root of the reciprocal root")                                    \
  X(CLAMP, "a clamp between add and norm")                                                         \
  X(RELU, "a maximum with 0 between add and norm")                                                 \
  X(ACTIVATION, "tanh between add and norm")                                                       \
  X(CLAMP_NUMERATOR, "a clamp of the numerator alone")                                             \
  X(ABS_NUMERATOR, "|t| as the numerator")                                                         \
  X(NEGATED_NUMERATOR, "-t as the numerator")                                                      \
  X(SCALED_NUMERATOR, "2t as the numerator")                                                       \
  X(TRANSPOSED, "the numerator of a square transposed")                                            \
  X(GROUPS, "a norm of each half of the row")                                                      \
  X(POST_NORM, "r added after the norm")                                                           \
  X(NO_ADD, "no add")                                                                              \
  X(SCALED_SUM, "the sum is scaled as a whole")                                                    \
  X(GAMMA_MINUS, "1 - gamma")                                                                      \
  X(GAMMA_NEGATED, "-gamma")                                                                       \
  X(GAMMA_PLUS_2, "2 + gamma")                                                                     \
  X(GAMMA_TWICE, "a second gamma")                                                                 \
  X(ROOT_APPLIED_TWICE, "multiplied by the reciprocal root twice")                                 \
  X(INDEX, "the index is added to the sum")                                                        \
  X(SUM_ROUNDED, "the sum rounded to f16")                                                         \
  X(STAT_ROUNDED, "statistic of the sum rounded to f16")                                           \
  X(NUMERATOR_ROUNDED, "numerator rounded to bf16")                                                \
  X(ROOT_ROUNDED, "reciprocal root rounded to f16")

#define FUZZ_ENUM(NAME, text, ...) CHOICE_##NAME,
typedef enum Choice { FUZZ_CHOICES(FUZZ_ENUM) NUM_CHOICES } Choice;
#undef FUZZ_ENUM
#define FUZZ_ENUM(NAME, text) MUTATION_##NAME,
typedef enum Mutation { FUZZ_MUTATIONS(FUZZ_ENUM) NUM_MUTATIONS } Mutation;
#undef FUZZ_ENUM

typedef struct Choices {
  uint8_t of[NUM_CHOICES];
} Choices;

/* The next number of a sequence; `*state` is the seed. */
uint64_t randomNext(uint64_t *state);

/* Draws each choice by itself; half of the programs have a mutation. */
Choices choicesDraw(uint64_t seed);

/* Writes those that are not 0, one a line behind `prefix`. */
void choicesPrint(const Choices *choices, const char *prefix, FILE *out);

#endif /* ADDNORM_FUZZ_CHOICES_H */
