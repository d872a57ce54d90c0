/* What a generated program is made of: one number for each independent choice. 0 is the plain way,
 * so a program is shrunk by setting choices to 0. */

#ifndef ADDNORM_FUZZ_CHOICES_H
#define ADDNORM_FUZZ_CHOICES_H

#include <stdint.h>
#include <stdio.h>

/* X(NAME, text, number of alternatives). What each alternative means is said where it is read. */
#define FUZZ_CHOICES(X)                                                                            \
  X(SHAPE, "shape", 10)                                                                            \
  X(DYNAMIC, "dynamic", 4)                                                                         \
  X(TYPES, "types", 10)                                                                            \
  X(X_SCALE, "x scale", 8)                                                                         \
  X(R_SCALE, "r scale", 8)                                                                         \
  X(THIRD, "third addend", 4)                                                                      \
  X(THIRD_PLACE, "place of the third addend", 3)                                                   \
  X(RECOMPUTE, "the statistic adds for itself", 2)                                                 \
  X(OWN_EXTF, "the statistic casts for itself", 2)                                                 \
  X(SQUARE, "square", 9)                                                                           \
  X(REDUCE, "reduction", 7)                                                                        \
  X(SPLIT, "row split in two axes", 1)                                                             \
  X(ACCUMULATOR_FIRST, "accumulator first", 2)                                                     \
  X(WIDE_ACCUMULATOR, "wide accumulator", 2)                                                       \
  X(INIT, "zero", 4)                                                                               \
  X(NEGATIVE_ZERO, "negative zero", 2)                                                             \
  X(STAT_SHAPE, "reshape of the statistic", 4)                                                     \
  X(MEAN, "mean", 6)                                                                               \
  X(MEAN_CONSTANT, "constant of the mean", 7)                                                      \
  X(EPSILON, "epsilon", 4)                                                                         \
  X(EPSILON_CONSTANT, "constant of epsilon", 7)                                                    \
  X(ROOT, "root", 6)                                                                               \
  X(SPREAD_STAGE, "where the statistic is broadcast", 5)                                           \
  X(SPREAD, "broadcast", 3)                                                                        \
  X(PRODUCT, "order of the product", 3)                                                            \
  X(GAMMA, "gamma", 8)                                                                             \
  X(GAMMA_TYPE, "type of gamma", 2)                                                                \
  X(TRUNC, "rounding of the result", 3)                                                            \
  X(RESULT, "result", 3)                                                                           \
  X(SUM_USE, "other readers of the sum", 7)                                                        \
  X(RSTD, "rstd returned", 2)                                                                      \
  X(LOOPS, "permuted loops", 2)                                                                    \
  X(RESHAPES, "tosa reshapes", 2)                                                                  \
  X(FASTMATH, "fastmath flags", 2)                                                                 \
  X(NOISE, "noise", 5)                                                                             \
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
  X(GAMMA_NEGATED, "-gamma")

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
