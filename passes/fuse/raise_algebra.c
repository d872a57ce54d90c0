/* Elementwise ops: which function of its operands' elements an element of the result is. */

#include <stdlib.h>
#include <string.h>

#include "lib/ir/build.h"
#include "passes/fuse/raise_internal.h"

typedef enum Algebra {
  COPY,
  TRUNCATE,
  FROM_INTEGER,
  ADD,
  SUB,
  MUL,
  DIV,
  NEG,
  FMA,
  POW,
  SQRT,
  RSQRT,
  RECIPROCAL,
  ABS
} Algebra;

struct AlgebraOp {
  const char *name;
  Algebra algebra;
  int numOperands; /* those beyond (a shift, zero points) do not matter for floats */
};

/* In the order of the names. */
static const AlgebraOp algebraOps[] = {
    {"arith.addf", ADD, 2},
    {"arith.divf", DIV, 2},
    {"arith.extf", COPY, 1},
    {"arith.index_cast", FROM_INTEGER, 1},
    {"arith.index_castui", FROM_INTEGER, 1},
    {"arith.mulf", MUL, 2},
    {"arith.negf", NEG, 1},
    {"arith.sitofp", FROM_INTEGER, 1},
    {"arith.subf", SUB, 2},
    {"arith.truncf", TRUNCATE, 1},
    {"arith.uitofp", FROM_INTEGER, 1},
    {"math.absf", ABS, 1},
    {"math.fma", FMA, 3},
    {"math.fpowi", POW, 2},
    {"math.powf", POW, 2},
    {"math.rsqrt", RSQRT, 1},
    {"math.sqrt", SQRT, 1},
    {"tosa.abs", ABS, 1},
    {"tosa.add", ADD, 2},
    {"tosa.cast", COPY, 1},
    {"tosa.identity", COPY, 1},
    {"tosa.mul", MUL, 2},
    {"tosa.negate", NEG, 1},
    {"tosa.pow", POW, 2},
    {"tosa.reciprocal", RECIPROCAL, 1},
    {"tosa.rsqrt", RSQRT, 1},
    {"tosa.sub", SUB, 2},
};

static int compareName(const void *key, const void *element) {
  const MlirStringRef *name = key;
  const char *other = ((const AlgebraOp *)element)->name;
  int order = strncmp(name->data, other, name->length);
  return order ? order : -(other[name->length] != '\0');
}

static const AlgebraOp *findAlgebraOp(MlirOperation op) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  return bsearch(&name, algebraOps, sizeof algebraOps / sizeof *algebraOps, sizeof *algebraOps,
                 compareName);
}

/* arith.truncf may name a rounding mode; the algebra knows to-nearest-even, number 0. */
static bool roundsToNearest(MlirOperation op) {
  MlirAttribute mode = mlirOperationGetAttributeByName(op, irStr("roundingmode"));
  return mlirAttributeIsNull(mode) || mlirIntegerAttrGetValueInt(mode) == 0;
}

/* Sizes may not fit. */
static bool isNarrowInteger(MlirType type) {
  return mlirTypeIsAInteger(type) && mlirIntegerTypeGetWidth(type) < 32;
}

/* Integer arithmetic and conversions to integers are not the algebra of the reals. */
static bool isRealValued(Algebra algebra, MlirOperation op, MlirValue result) {
  if (algebra == FROM_INTEGER)
    return !isNarrowInteger(mlirValueGetType(result));
  if (algebra == TRUNCATE && !roundsToNearest(op))
    return false;
  bool fromFloat = floatKindOf(mlirValueGetType(mlirOperationGetOperand(op, 0))) != FLOAT_NONE;
  return fromFloat && floatKindOf(mlirValueGetType(result)) != FLOAT_NONE;
}

/* Sizes and constants that are the same number signed or unsigned. */
static bool isNatural(ExprNode node) {
  return node.kind == EXPR_DIM || node.kind == EXPR_MAX ||
         (node.kind == EXPR_CONST && node.number >= 0);
}

/* op(x...) rounded to the result's type, where it is not exact; none where an exponent is not a
 * constant. */
static Expr applyAlgebra(ExprArena *a, Algebra algebra, const Expr *x, FloatKind type) {
  Expr e = 0;
  switch (algebra) {
  case COPY:
  case TRUNCATE:
    e = x[0];
    break;
  case FROM_INTEGER:
    if (!isNatural(exprNode(a, x[0])))
      return 0;
    e = x[0];
    break;
  case ADD:
    e = exprAdd(a, x[0], x[1]);
    break;
  case SUB:
    e = exprAdd(a, x[0], exprMul(a, exprConst(a, -1), x[1]));
    break;
  case MUL:
    e = exprMul(a, x[0], x[1]);
    break;
  case DIV:
    e = exprMul(a, x[0], exprPow(a, x[1], -1));
    break;
  case NEG:
    return exprMul(a, exprConst(a, -1), x[0]);
  case FMA:
    e = exprAdd(a, exprMul(a, x[0], x[1]), x[2]);
    break;
  case POW:
    if (exprNode(a, x[1]).kind != EXPR_CONST)
      return 0;
    e = exprPow(a, x[0], exprNode(a, x[1]).number);
    break;
  case SQRT:
    e = exprPow(a, x[0], 0.5);
    break;
  case RSQRT:
    e = exprPow(a, x[0], -0.5);
    break;
  case RECIPROCAL:
    e = exprPow(a, x[0], -1);
    break;
  case ABS:
    return exprAbs(a, x[0]);
  }
  return exprRound(a, type, e);
}

const AlgebraOp *algebraOf(MlirOperation op, MlirValue result) {
  const AlgebraOp *known = findAlgebraOp(op);
  return known && isRealValued(known->algebra, op, result) ? known : NULL;
}

int algebraNumOperands(const AlgebraOp *op) { return op->numOperands; }

Expr algebraApply(ExprArena *arena, const AlgebraOp *op, MlirValue result, const Expr *operands) {
  return applyAlgebra(arena, op->algebra, operands, floatKindOf(mlirValueGetType(result)));
}

/* The index at which an elementwise op of tosa reads `operand`, whose dimensions of size 1 are
 * broadcast, at run time too. */
static Index broadcastIndex(Raiser *r, MlirValue operand, MlirValue result, const Index *index) {
  Index at = *index;
  MlirType type = mlirValueGetType(operand);
  for (int32_t d = 0; d < at.rank; ++d) {
    bool fixed = !mlirShapedTypeIsDynamicDim(type, d);
    if (!fixed && raiseDim(r, operand, d) != raiseDim(r, result, d))
      for (int32_t k = 0; k < at.numDigits[d]; ++k)
        at.digits[d][k].mayBroadcast = 1;
  }
  return at;
}

Expr raiseElementwise(Raiser *r, MlirOperation op, MlirValue result, const Index *index) {
  const AlgebraOp *algebra = algebraOf(op, result);
  if (!algebra)
    return 0;
  Expr x[MAX_OPERANDS];
  for (int i = 0; i < algebra->numOperands; ++i) {
    MlirValue operand = mlirOperationGetOperand(op, i);
    MlirType type = mlirValueGetType(operand);
    bool tensor = mlirTypeIsARankedTensor(type);
    if (tensor ? mlirShapedTypeGetRank(type) != index->rank : mlirTypeIsAShaped(type))
      return 0;
    Index at = tensor ? broadcastIndex(r, operand, result, index) : (Index){0};
    x[i] = raiseAt(r, operand, &at);
  }
  return algebraApply(r->arena, algebra, result, x);
}
