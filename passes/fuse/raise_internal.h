/* What the files of the raiser share: its state, and one function per file. */

#ifndef ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H
#define ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H

#include "passes/fuse/raise.h"
#include "passes/fuse/table.h"

/* Expressions longer than this are cut at the next add of tensors, and none gets deeper than the
 * second, which bounds every recursion over expressions, and the one over ops as long as these come
 * in the order of the program. MAX_DEPTH bounds that one in any case. */
enum { LONG_EXPR_DEPTH = 100, MAX_EXPR_DEPTH = 400, MAX_DEPTH = 1000 };

/* Readings grouped by expression, each as its number + 1. */
typedef struct ReadingEnds {
  int32_t first, last;
} ReadingEnds;
typedef struct ReadingList {
  ReadingEnds *ends; /* per expression */
  size_t numEnds, endCapacity;
  int32_t *next; /* per reading */
  size_t capacity;
} ReadingList;

enum { SIZE_OF_VALUE = -1 }; /* in place of a dimension */

struct Raiser {
  ExprArena *arena;
  Table memo;       /* (value, index) -> Expr; (value that is cut, -index) */
  Table dims;       /* (value, dimension) -> Expr; (value, SIZE_OF_VALUE): of the value as a size */
  Table equalSizes; /* an unknown size -> one that it is known to be equal to */
  Table cut;        /* values that are leaves to their readers because expressions got long */
  Reading *readings;
  size_t numReadings, readingCapacity;
  ReadingList exact, wide;
  Table replaced; /* value -> 1 + number of its replacement */
  MlirValue *replacements;
  size_t numReplacements, replacementCapacity;
  IndexId accumulatorIndex;
  int depth;
};

/* raise.c: the element of `value` at `index`, to a reader; a scalar has an index of rank 0. */
Expr raiseAt(Raiser *r, MlirValue value, const Index *index);

/* raise_algebra.c: the op as one of the algebra of the reals, null if it is none; how many of its
 * operands matter to its result's elements; whether those of size 1 are broadcast; and its function
 * of their elements, none where it is not known (an exponent that is no constant). */
enum { MAX_OPERANDS = 3 };
typedef struct AlgebraOp AlgebraOp;
const AlgebraOp *algebraOf(MlirOperation op, MlirValue result);
int algebraNumOperands(const AlgebraOp *op);
bool algebraBroadcasts(const AlgebraOp *op);
Expr algebraApply(ExprArena *arena, const AlgebraOp *op, MlirValue result, const Expr *operands);

/* raise_algebra.c: the same for an op on tensors or scalars in the IR. */
Expr raiseElementwise(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_linalg.c: through the maps and the body of a linalg op; a sum of tosa. */
Expr raiseLinalg(Raiser *r, MlirOperation op, MlirAttribute maps, MlirValue result,
                 const Index *index);
Expr raiseTosaReduceSum(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_view.c: the element at `index` of the result of a view, a copy of elements or a
 * dynamic-broadcast guard; none for other ops. */
Expr raiseView(Raiser *r, MlirOperation op, MlirValue result, const Index *index);

/* raise_view.c: whether the op's result has the elements of its operand, in their order. */
bool isReshape(MlirOperation op);

/* raise_view.c: the size that an scf.if compares with 1, or none; and what its regions yield. */
Expr raiseTestedSize(Raiser *r, MlirOperation op);
MlirValue branchYield(MlirOperation op, intptr_t region, intptr_t result);

/* raise_size.c: an index-typed scalar as a formula of sizes. */
Expr raiseSize(Raiser *r, MlirValue value);

#endif /* ADDNORM_PASSES_FUSE_RAISE_INTERNAL_H */
