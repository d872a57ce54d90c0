/* Products taken apart through their roundings. */

#ifndef ADDNORM_PASSES_FUSE_TERMS_H
#define ADDNORM_PASSES_FUSE_TERMS_H

#include "passes/fuse/expr.h"

/* The ROUND nodes from the root of an expression down to a factor, outermost first. */
enum { MAX_ROUNDS = 4 };
typedef struct Path {
  int32_t count; /* larger than MAX_ROUNDS: more than are kept */
  Expr rounds[MAX_ROUNDS];
} Path;

/* A product taken apart through its roundings: factors equal up to roundings are one term. */
enum { MAX_TERMS = 16 };

typedef struct Term {
  Expr expr; /* as first spelled, without its roundings on the way to the root */
  Expr wide; /* in exact arithmetic */
  double exponent;
  Path path;
  bool mixed;       /* spelled more than once, with different roundings */
  bool powerRounds; /* rounded as a power, not before it is raised to it */
} Term;

typedef struct Terms {
  double coefficient;
  int32_t count;
  bool overflow;
  Term terms[MAX_TERMS];
} Terms;

/* Whether the first `count` roundings of two paths are the same. */
bool pathSame(const Path *x, const Path *y, int32_t count);

/* The type of rounding number `i` of a path. */
FloatKind pathRound(ExprArena *arena, const Path *path, int32_t i);

Terms termsOf(ExprArena *arena, Expr expr);

/* The term that is `wide` in exact arithmetic, or -1. */
int32_t termsFind(const Terms *terms, Expr wide);

#endif /* ADDNORM_PASSES_FUSE_TERMS_H */
