/* From IR to element expressions: walks linalg, tosa, tensor-level arith/math, index-preserving
 * views and dynamic-broadcast guards. What it does not know becomes a leaf; it never fails. */

#ifndef ADDNORM_PASSES_FUSE_RAISE_H
#define ADDNORM_PASSES_FUSE_RAISE_H

#include "mlir-c/IR.h"
#include "passes/fuse/expr.h"

typedef struct Raiser Raiser;

/* A tensor value read at an index: where an expression exists in the IR. */
typedef struct Reading {
  MlirValue value;
  IndexId index;
} Reading;

/* The arena outlives the raiser. */
Raiser *raiserCreate(ExprArena *arena);
void raiserDestroy(Raiser *raiser);

/* Element (d0, d1, ...) of `value`, where dk is variable k. */
Expr raiseValue(Raiser *raiser, MlirValue value);

/* Visits what is computed in the body of a linalg op as far as it is known, in order, as elements
 * at `index` of tensors that would have the shape of operand `like` and be read as that is. Skips
 * casts that lose nothing; with `needsSum` also bodies none of whose inputs has a sum in it.
 */
typedef void (*BodyValueVisitor)(MlirValue value, Expr expr, void *data);
void raiseBodyValues(Raiser *raiser, MlirOperation op, intptr_t like, const Index *index,
                     bool needsSum, BodyValueVisitor visit, void *data);

/* The size of dimension `dim` of a shaped value: a constant, or a formula of sizes. */
Expr raiseDim(Raiser *raiser, MlirValue value, int64_t dim);

/* The index (d0, d1, ...) of a value of this rank. */
Index raiseIdentity(MlirValue value);

/* Steps through the readings seen so far of expressions equal to `expr`, exactly or (`wide`, with
 * `expr` from exprWide) up to roundings, in the order of their raising. `*cursor` starts at 0;
 * false after the last. */
bool raiserNextReading(const Raiser *raiser, Expr expr, bool wide, int32_t *cursor,
                       Reading *reading);

/* From now on readings of `from` are readings of `to`, a tensor that has taken its place. */
void raiserReplace(Raiser *raiser, MlirValue from, MlirValue to);

/* Makes it known that `value`, a tensor that no op of the source computes, is `expr` at
 * (d0, d1, ...). */
void raiserAdd(Raiser *raiser, MlirValue value, Expr expr);

/* Whether `value` is only another value's elements: a view, a transpose or a lossless cast. */
bool raiserIsCopy(Raiser *raiser, MlirValue value);

/* Whether `value` is a tensor of floats of which nothing is known but itself. */
bool raiserIsLeaf(Raiser *raiser, MlirValue value);

/* The float kind of a float type or of the elements of a tensor type; FLOAT_NONE for others. */
FloatKind floatKindOf(MlirType type);

#endif /* ADDNORM_PASSES_FUSE_RAISE_H */
