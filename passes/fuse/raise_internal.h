/* What the files of the raiser share: its state, and one function per file. */

#ifndef ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H
#define ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H

#include "passes/fuse/raise.h"
#include "passes/fuse/table.h"

/* Deeper chains of ops than this are cut by a leaf, to bound the recursion. */
enum { MAX_DEPTH = 1000 };

/* So many expressions per value raised, and some to begin with, are enough for any model that has
 * been seen (they take about two); IR that takes more is cut by leaves, to bound the time. */
enum { EXPRS_PER_VALUE = 32, EXPRS_AT_LEAST = 16000 };

/* Readings grouped by expression: first and last give reading + 1, next links them. */
typedef struct ReadingList {
  Table first, last;
  int32_t *next;
  size_t capacity;
} ReadingList;

struct Raiser {
  ExprArena *arena;
  Table memo; /* (value, index) -> Expr; (body value, body, 1) -> Expr */
  Table dims; /* (value, dimension) -> Expr */
  Reading *readings;
  size_t numReadings, readingCapacity;
  ReadingList exact, wide;
  IndexId accumulatorIndex;
  int32_t numBodies, numValues;
  int depth;
};

/* raise.c: the element of `value` at `index`; a scalar has an index of rank 0. */
Expr raiseAt(Raiser *r, MlirValue value, const Index *index);

/* raise_algebra.c: the operands of an op that matter to its result's elements, 0 for an op that is
 * not of the algebra of the reals; and its function of their elements, none where it is not known
 * (an exponent that is no constant). */
enum { MAX_OPERANDS = 3 };
int algebraNumOperands(MlirOperation op, MlirValue result);
Expr algebraApply(ExprArena *arena, MlirOperation op, MlirValue result, const Expr *operands);

/* raise_algebra.c: the same for an op on tensors or scalars in the IR. */
Expr raiseElementwise(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_linalg.c: through the maps and the body of a linalg op; a sum of tosa. */
Expr raiseLinalg(Raiser *r, MlirOperation op, MlirAttribute maps, MlirValue result,
                 const Index *index);
Expr raiseTosaReduceSum(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_view.c: the element at `index` of the result of a view, a copy of elements or a
 * dynamic-broadcast guard; none for other ops. */
Expr raiseView(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_size.c: an index-typed scalar as a formula of sizes. */
Expr raiseSize(Raiser *r, MlirValue value);

#endif /* ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H */
