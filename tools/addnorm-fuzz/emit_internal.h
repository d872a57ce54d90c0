/* What the files that write text share. */

#ifndef ADDNORM_FUZZ_EMIT_INTERNAL_H
#define ADDNORM_FUZZ_EMIT_INTERNAL_H

#include "tools/addnorm-fuzz/emit.h"

Value emitNewValue(Emitter *e, ElementKind kind, Shape shape);

/* " : type" and a line break behind an op. */
void emitTypeEnd(Emitter *e, Value value);

/* arith.constant; returns its id. */
int emitScalarConstant(Emitter *e, ElementKind kind, double number);

/* linalg.fill of `out` with a scalar. */
Value emitFill(Emitter *e, int scalar, Value out);

/* tensor.expand_shape of a value without unit dimensions. */
Value emitExpand(Emitter *e, Value value, Shape shape);

/* " ins(...) outs(...)". */
void emitInsOuts(Emitter *e, const Value *ins, int numIns, Value out);

/* The loops of a nest: each runs over an axis, or over a unit dimension of the output. */
typedef struct Loops {
  int count;
  int axes[MAX_DIMS + 2];
  int unitDims[MAX_DIMS + 2]; /* which dimension, where the axis is UNIT */
} Loops;

Loops loopsOf(const Shape *shape);
void loopsReverse(Loops *loops);

/* Those of a shape, reversed where the emitter permutes loops. */
Loops emitLoops(const Emitter *e, const Shape *shape);

/* affine_map<(d0, d1) -> (d0, 0)>; a unit dimension is read at its own loop where `ownUnits`. */
void emitMap(Emitter *e, const Loops *loops, const Shape *shape, bool ownUnits);

/* Opens a linalg.generic up to its block arguments %v<first>...: those of the inputs, then that of
 * the output. Bit l of `reductionLoops`: loop l is one. */
Value emitBeginGeneric(Emitter *e, const Loops *loops, uint32_t reductionLoops, const Value *ins,
                       int numIns, Value out, int *first);
void emitEndGeneric(Emitter *e, int yielded, Value result);

/* One op of a body on elements; returns the id of its result. */
int emitScalarOp(Emitter *e, Op op, int a, int b, ElementKind kind);
int emitScalarCast(Emitter *e, int a, ElementKind from, ElementKind to);

#endif /* ADDNORM_FUZZ_EMIT_INTERNAL_H */
