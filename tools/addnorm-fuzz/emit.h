/* Writes the text of a function on tensors, one op at a time, each in the dialect it is asked for.
 *
 * A dimension of a tensor is one of the function's axes, or a unit dimension. So shapes, indexing
 * maps, broadcasts and reshapes all follow from the axes of the values. */

#ifndef ADDNORM_FUZZ_EMIT_H
#define ADDNORM_FUZZ_EMIT_H

#include <stdint.h>
#include <stdio.h>

#include "tools/addnorm-fuzz/interval.h"

enum { UNIT = -1, MAX_DIMS = 7, MAX_AXES = 24 };

typedef struct Shape {
  int rank;
  int axes[MAX_DIMS];
} Shape;

typedef struct Value {
  int id;
  ElementKind kind;
  Shape shape;
} Value;

typedef enum Style {
  STYLE_GENERIC,
  STYLE_ARITH,
  STYLE_NAMED,
  STYLE_ELEMENTWISE,
  STYLE_MAP,
  STYLE_TOSA,
  NUM_STYLES
} Style;

/* How a tensor is broadcast where the op's own style cannot. */
typedef enum Spread { SPREAD_LINALG, SPREAD_YIELD, SPREAD_FILL, NUM_SPREADS } Spread;

/* How a constant is written. In styles without a body all but the last become whole tensors. */
typedef enum ConstantForm {
  CONSTANT_IN_BODY,
  CONSTANT_CAPTURED,
  CONSTANT_F64_IN_BODY, /* an f64 outside, rounded in the body */
  CONSTANT_RANK0,       /* a tensor<f32> read at () */
  CONSTANT_SPLAT,
  CONSTANT_FILL,
  CONSTANT_TOSA,
  NUM_CONSTANT_FORMS
} ConstantForm;

typedef enum OperandKind { OPERAND_TENSOR, OPERAND_CONSTANT, OPERAND_SCALAR } OperandKind;

typedef struct Operand {
  OperandKind kind;
  Value value; /* of a scalar: its id and element kind */
  double number;
  ConstantForm form;
} Operand;

typedef enum Op {
  OP_ADD,
  OP_SUB,
  OP_MUL,
  OP_DIV,
  OP_MAX,
  OP_MIN,
  OP_POW,
  OP_FPOWI, /* by an integer constant */
  OP_NEG,
  OP_ABS,
  OP_SQRT,
  OP_RSQRT,
  OP_RECIPROCAL,
  OP_SQUARE,
  OP_TANH,
  OP_CAST,
  NUM_OPS
} Op;

typedef struct Emitter {
  FILE *arguments, *body;
  int nextId, numArguments, numAxes;
  int64_t extents[MAX_AXES];
  bool dynamic[MAX_AXES]; /* its size is %n<axis>, an index */
  Spread spread;
  bool permuteLoops, tosaReshapes, fastmath;
  bool mayBroadcast; /* a tosa op has operands whose dynamic sizes need not be the same */
} Emitter;

Operand operandOf(Value value);
Operand constantOf(double number, ConstantForm form);

int shapeFindAxis(const Shape *shape, int axis); /* its position, or -1 */
bool shapeEqual(const Shape *a, const Shape *b);
Shape shapeWithoutUnits(const Shape *shape);

void emitElement(FILE *out, ElementKind kind);
void emitType(Emitter *e, Value value); /* tensor<2x?xf32> */

Value emitArgument(Emitter *e, ElementKind kind, Shape shape);
Value emitScalarArgument(Emitter *e, ElementKind kind);
Value emitEmpty(Emitter *e, ElementKind kind, Shape shape);

/* A tensor of `shape` filled with a constant, as a splat, a fill or a tosa.const. */
Value emitConstantTensor(Emitter *e, ElementKind kind, double number, Shape shape,
                         ConstantForm form);

/* The same elements; `shape` differs in unit dimensions only. */
Value emitReshape(Emitter *e, Value value, Shape shape);

/* The last dimension as two, and back: `shape` has the last two in place of the last of `value`, or
 * the other way round. */
Value emitSplit(Emitter *e, Value value, Shape shape);
Value emitMerge(Emitter *e, Value value, Shape shape);

/* `value` from `offset` on along its last dimension; `shape` has another last axis. Static sizes.
 */
Value emitSlice(Emitter *e, Value value, int64_t offset, Shape shape);

/* tensor.cast to a type with dynamic dimensions only, and back. */
Value emitDynamicCast(Emitter *e, Value value);

/* A tensor of `shape`, its missing axes broadcast by an op of its own. */
Value emitBroadcast(Emitter *e, Value value, Shape shape);

/* op(a, b) or op(a), elementwise into `shape`; operands may lack axes of it. Falls back to a
 * generic where the style has no such op. All float operands are of one kind. */
Value emitOp(Emitter *e, Style style, Op op, Operand a, Operand b, Shape shape);
Value emitUnary(Emitter *e, Style style, Op op, Value a);

/* Each element plus its index along the last dimension. */
Value emitPlusIndex(Emitter *e, Value value);

/* `value` in another kind, or as it is. */
Value emitCast(Emitter *e, Style style, Value value, ElementKind kind);

typedef enum ReduceStyle {
  REDUCE_GENERIC,
  REDUCE_GENERIC_KEEP,      /* keeps the dimension, 0 in the map */
  REDUCE_GENERIC_UNIT_LOOP, /* keeps the dimension, with a loop of its own */
  REDUCE_SHORT,             /* linalg.reduce {arith.addf} */
  REDUCE_REGION,            /* linalg.reduce with a region */
  REDUCE_TOSA,
  REDUCE_CONTRACT, /* the value times itself */
  NUM_REDUCE_STYLES
} ReduceStyle;

typedef enum Combine {
  COMBINE_ADD,
  COMBINE_MAX,
  COMBINE_DECAY /* half the running value */
} Combine;

typedef enum InitForm {
  INIT_FILL,
  INIT_CONSTANT,
  INIT_GENERIC,
  INIT_EXPANDED, /* a fill of an expanded tensor.empty */
  NUM_INIT_FORMS
} InitForm;

typedef struct Reduction {
  ReduceStyle style;
  Combine combine;
  bool squares;          /* in the body */
  bool accumulatorFirst; /* operand order of the add */
  InitForm init;
  double start;
  const Value *startFrom; /* a tensor to start from in place of a constant */
  ElementKind kind;       /* of the accumulator */
  uint32_t axes;          /* bit a: axis a is summed over */
} Reduction;

/* The reduction of `value`; without the axes, or with unit dimensions in their place. */
Value emitReduction(Emitter *e, const Reduction *reduction, Value value);

#endif /* ADDNORM_FUZZ_EMIT_H */
