/* What the files that compose a program share. */

#ifndef ADDNORM_FUZZ_COMPOSE_H
#define ADDNORM_FUZZ_COMPOSE_H

#include "tools/addnorm-fuzz/choices.h"
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

int composerChoice(const Composer *c, Choice which);
bool composerMutates(const Composer *c, Mutation mutation);
Style composerStyle(const Composer *c, Choice which);
bool composerIsStatic(const Composer *c);
bool composerHasHalves(const Composer *c); /* its rows can be cut in two */
void composerAddResult(Composer *c, Value value);

/* op(a, b) in the style chosen for the step; composerCommuted swaps them where `commute` says so.
 */
Value composerOp(Composer *c, Choice style, Op op, Value a, Operand b, Shape shape);
Value composerCommuted(Composer *c, Choice style, Choice commute, Op op, Value a, Operand b,
                       Shape shape);

/* Rounded to `kind` and back in its own. */
Value composerRounded(Composer *c, Value value, ElementKind kind);

/* The shape with a last axis that is longer by one, or cut in two. */
Shape composerLongerRow(Composer *c, Shape shape);
Shape composerSplitRow(Composer *c, Shape shape);

/* An argument of one element a row. Its unit dimension tells which of the dynamic sizes are meant.
 */
Value composerRowsArgument(Composer *c, ElementKind kind);

/* The norm of `t`, whose statistic reads `source`, in norm.c. */
Value composeNorm(Composer *c, Value t, Value source);

#endif /* ADDNORM_FUZZ_COMPOSE_H */
