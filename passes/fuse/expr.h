/* The symbolic element expression: what one element of a tensor is, as a formula.
 *
 * Every tensor value becomes an Expr "element at index i" in which spelling has gone: products are
 * flat lists of base^exponent, x*x and powf(x, 2) and fpowi are x^2, 1/sqrt and rsqrt are ^(-1/2),
 * lossless casts vanish, roundings to f16 and bf16 stay as explicit ROUND nodes. Expressions are
 * hash-consed in an arena: two of them are the same formula if and only if their numbers are equal.
 *
 *   ROUND f16 (gamma[d1] * ROUND f16 (ADD(x[d0,d1], r[d0,d1]) * ADD(1/64 * SUM b (ADD(x[d0,b],
 *   r[d0,b])^2), 1e-5)^-0.5))
 *
 * Knows nothing of MLIR: a leaf is an opaque pointer. f32 and wider arithmetic counts as exact
 * here; what is narrower is rounded where the source rounds. */

#ifndef ADDNORM_PASSES_FUSE_EXPR_H
#define ADDNORM_PASSES_FUSE_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "passes/fuse/float_kind.h"

typedef int32_t Expr; /* 0: none */

/* An index variable. The first are the dimensions of the tensor that is described. VAR_UNIT is
 * the only index of a dynamic dimension whose size is known to be 1. VAR_ACCUMULATOR stands in a
 * leaf for a reduction's running value. From VAR_BOUND on they are bound by a SUM: the
 * first that no SUM in its body captures, so that equal sums are equal wherever they stand. From
 * VAR_OPEN on are the loops of reductions that are not closed by exprSum yet, and VAR_JOINED is the
 * two that are about to become one. */
enum {
  VAR_OTHERS = 61, /* none: see ExprNode.vars */
  VAR_UNIT = 62,
  VAR_ACCUMULATOR = 63,
  VAR_BOUND = 64,
  VAR_JOINED = (1 << 20) - 1,
  VAR_OPEN = 1 << 20
};

/* Part of an index: a variable. `mayBroadcast` marks a dimension of dynamic size that is read at 0
 * where its size turns out to be 1. `extent` is the variable's static size where reshapes have put
 * several digits into one dimension, 0 otherwise. */
typedef struct Digit {
  int32_t var;
  int32_t mayBroadcast;
  int64_t extent;
} Digit;

/* One tensor dimension's index: digits, the most significant first; none where the size is 1. */
enum { MAX_RANK = 8, MAX_DIGITS = 4 };
typedef struct Index {
  int32_t rank;
  int32_t numDigits[MAX_RANK];
  Digit digits[MAX_RANK][MAX_DIGITS];
} Index;
typedef int32_t IndexId;

typedef enum ExprKind {
  EXPR_LEAF,    /* an element of a tensor, or a scalar, that is not looked into */
  EXPR_CONST,   /* a number */
  EXPR_DIM,     /* the size of a dynamic dimension */
  EXPR_MAX,     /* the larger of two sizes */
  EXPR_ABS,     /* |base| */
  EXPR_ADD,     /* a + b */
  EXPR_PRODUCT, /* coefficient * base^exponent * ... */
  EXPR_SUM,     /* the sum of body over a bound variable */
  EXPR_ROUND    /* body rounded to a narrower type than f32 */
} ExprKind;

typedef struct Factor {
  Expr base;
  double exponent;
} Factor;

typedef struct ExprNode {
  ExprKind kind;
  FloatKind type;      /* LEAF: of the element; ROUND: rounded to; SUM: accumulator if narrow */
  const void *value;   /* LEAF, DIM */
  int32_t index;       /* LEAF: IndexId; DIM: dimension; SUM: bound variable */
  Expr a, b;           /* ADD, MAX: both; ABS, SUM, ROUND: a is the body; SUM: b is its size */
  double number;       /* CONST: value; PRODUCT: coefficient */
  int32_t firstFactor; /* PRODUCT: in the arena's factors */
  int32_t numFactors;
  /* Of the whole expression; set where the node is made. */
  uint64_t vars; /* bit v: variable v occurs; those from VAR_BOUND on share bit VAR_OTHERS */
  int32_t depth;
  bool hasSum;
  bool rounds; /* to a type narrower than f32 */
} ExprNode;

typedef struct ExprArena ExprArena;

ExprArena *exprArenaCreate(void);
void exprArenaDestroy(ExprArena *arena);

/* The node of `expr`; valid until the next expression is made. */
ExprNode exprNode(const ExprArena *arena, Expr expr);
Factor exprFactor(const ExprArena *arena, Expr product, int32_t i);

IndexId indexIntern(ExprArena *arena, const Index *index);
const Index *indexGet(const ExprArena *arena, IndexId id);
/* Whether `var` occurs in the index. */
bool indexUses(const ExprArena *arena, IndexId id, int32_t var);

Expr exprLeaf(ExprArena *arena, const void *value, IndexId index, FloatKind type);
Expr exprConst(ExprArena *arena, double number);
Expr exprDim(ExprArena *arena, const void *value, int32_t dim);
Expr exprMax(ExprArena *arena, Expr a, Expr b);
Expr exprAbs(ExprArena *arena, Expr a);
Expr exprAdd(ExprArena *arena, Expr a, Expr b);
Expr exprMul(ExprArena *arena, Expr a, Expr b);
Expr exprPow(ExprArena *arena, Expr base, double exponent);
/* A product without its coefficient, or without factor `i`. */
Expr exprWithoutCoefficient(ExprArena *arena, Expr product);
Expr exprWithoutFactor(ExprArena *arena, Expr product, int32_t i);
/* The sum over `open`, a variable from VAR_OPEN on, which gets its final name here. */
Expr exprSum(ExprArena *arena, int32_t open, Expr extent, Expr body, FloatKind accumulator);
Expr exprRound(ExprArena *arena, FloatKind type, Expr body);

/* `expr` without its roundings: the formula in exact arithmetic. */
Expr exprWide(ExprArena *arena, Expr expr);
/* `expr` with the free variable `from` renamed to `to`. */
Expr exprRename(ExprArena *arena, Expr expr, int32_t from, int32_t to);
/* Whether the free variable `var` occurs in `expr`. */
bool exprUses(ExprArena *arena, Expr expr, int32_t var);
/* Whether a SUM occurs in `expr`. */
bool exprHasSum(const ExprArena *arena, Expr expr);

#endif /* ADDNORM_PASSES_FUSE_EXPR_H */
