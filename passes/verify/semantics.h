/* What each op means to the flow: one row per op, whatever the level. */

#ifndef ADDNORM_PASSES_VERIFY_SEMANTICS_H
#define ADDNORM_PASSES_VERIFY_SEMANTICS_H

#include "mlir-c/BuiltinTypes.h"
#include "mlir-c/IR.h"
#include "passes/fuse/table.h"

typedef enum OpMeaning {
  OP_UNKNOWN,
  OP_NOTHING, /* nothing that the flow has to know: constants apart, no data comes or goes */
  OP_CONSTANT,
  OP_GLOBAL,        /* the address of a global */
  OP_MOVE,          /* results are images of the operands, or views of their memory */
  OP_SELECT,        /* the same, of all but the first */
  OP_LOAD,          /* the same, of the memory that the operands point to */
  OP_STORE,         /* the memory operand receives the others */
  OP_COPY,          /* the second memory operand receives what is in the first */
  OP_COPY_FROM,     /* the first receives what is in the second */
  OP_COPY_UNRANKED, /* the third operand points to a descriptor of what receives, the second of the
                       source */
  OP_TO_MEMORY,     /* the result is memory with what the operand holds */
  OP_ADD,
  OP_SUBTRACT,
  OP_MULTIPLY,
  OP_FMA,   /* a * b + c */
  OP_POWER, /* the second operand is the exponent */
  OP_ROOT,  /* a root, its reciprocal, a logarithm */
  OP_EXPONENTIAL,
  OP_FUNCTION, /* anything else of single elements, after which a sum is no longer one */
  OP_REDUCE, /* adds up: the first operand along dimensions, with a start where there is a second */
  OP_CONTRACT, /* adds up products: of the first two operands, with a start where there is a third
                */
  OP_INTEGERS, /* arithmetic on integers */
  OP_NORM,     /* addnorm.rms_norm */
  OP_LINALG,   /* any op whose region says what it does to elements */
  OP_FUNCTION_LIKE,
  OP_CALL,
  OP_LOOP, /* region arguments are last, and start from the last operands */
  OP_WHILE,
  OP_PARALLEL, /* scf.parallel */
  OP_COMBINE,  /* scf.reduce */
  OP_REGION    /* results are what the regions yield */
} OpMeaning;

typedef struct Semantics {
  MlirContext context;
  Table meanings; /* identifier -> OpMeaning + 1 */
  Table calls;
} Semantics;

Semantics semanticsCreate(MlirContext context);
void semanticsFree(Semantics *semantics);

OpMeaning semanticsOf(const Semantics *semantics, MlirOperation op);
/* Whether only integers, and tensors and vectors of them, come and go at `op`. */
bool semanticsIsOnIntegers(MlirOperation op);
/* What a call of the C library's or a run-time library's function `name` means. */
OpMeaning semanticsOfCall(const Semantics *semantics, MlirStringRef name);

#endif /* ADDNORM_PASSES_VERIFY_SEMANTICS_H */
