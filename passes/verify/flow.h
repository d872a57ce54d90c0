/* The flow of values through a program, level by level the same: a node is what any one element of
 * a tensor, a register, a vector or a piece of memory may be, and an edge says that one is made of
 * the other. Nothing here knows MLIR's dialects; build.c makes the graph of IR.
 *
 * Facts only ever grow, so solving is linear in the edges. They err on the side of "may be". */

#ifndef ADDNORM_PASSES_VERIFY_FLOW_H
#define ADDNORM_PASSES_VERIFY_FLOW_H

#include "mlir-c/IR.h"
#include "passes/fuse/table.h"

typedef int32_t FlowId; /* 0: none */

/* What a node makes of the nodes that it has edges from. */
typedef enum FlowKind {
  FLOW_IMAGE,      /* one of them, moved or converted */
  FLOW_SUM,        /* added up */
  FLOW_DIFFERENCE, /* the first without the second */
  FLOW_PRODUCT,    /* multiplied, or divided by each other */
  FLOW_SQUARE,     /* the one, an even number of times */
  FLOW_ACCUMULATE, /* the first, an accumulator, with the others added over a loop or a dimension */
  FLOW_ROOT,       /* its root or the reciprocal of that */
  FLOW_POWER,      /* a power that is not known */
  FLOW_EXPONENTIAL,
  FLOW_FUNCTION, /* some other function of it */
  FLOW_NORM      /* the sum of squares of a row of it */
} FlowKind;

typedef enum FlowFact {
  FLOW_DATA = 1 << 0,            /* depends on elements of a tensor that is not constant */
  FLOW_ACCUMULATED = 1 << 1,     /* the same, through nothing but an accumulation */
  FLOW_MEAN = 1 << 2,            /* an accumulation times a constant */
  FLOW_X_PLUS_R = 1 << 3,        /* a sum of two or more of such, or an image of it */
  FLOW_NARROW = 1 << 4,          /* such a sum that was in a narrow float type since it was made */
  FLOW_PARTIAL = 1 << 5,         /* FLOW_NARROW, and in nobody's hands but of the next reader */
  FLOW_BITS = 1 << 6,            /* bits of such a sum after integer arithmetic */
  FLOW_SQUARED = 1 << 7,         /* a product of data with itself, or of two sums */
  FLOW_SQUARE_OF = 1 << 8,       /* FLOW_SQUARED, and of one and the same value */
  FLOW_NARROW_SQUARE = 1 << 9,   /* FLOW_SQUARED, and one factor was FLOW_NARROW */
  FLOW_RSTD = 1 << 10,           /* a root of squares, its reciprocal or its logarithm */
  FLOW_SCALED_RSTD = 1 << 11,    /* that times a tensor, which may be gamma */
  FLOW_READ_BY_SQUARE = 1 << 12, /* backward: a square that goes into a root */
  FLOW_READ_BY_NORM = 1 << 13,   /* backward: it goes into a statistic or the normalised value */
  FLOW_STREAM = 1 << 14          /* a sum that does, or one made of such a sum */
} FlowFact;

typedef struct FlowNode {
  FlowKind kind;
  uint32_t facts;
  bool isNarrow;     /* of a float type narrower than f32 */
  bool isFloat;      /* of any float type */
  bool isStored;     /* memory, or a tensor with several readers */
  bool isInteger;    /* integer arithmetic on bits */
  bool isNormalised; /* a product of a sum and the root of its squares */
  MlirOperation op;
  FlowId origin; /* where FLOW_NARROW or FLOW_NARROW_SQUARE came from */
  int32_t firstIn, lastIn, firstOut;
} FlowNode;

typedef struct FlowEdge {
  FlowId from, to;
  int32_t nextIn, nextOut;
} FlowEdge;

typedef struct FlowGraph {
  FlowNode *nodes; /* from 1 on */
  size_t numNodes, nodeCapacity;
  FlowEdge *edges; /* from 1 on */
  size_t numEdges, edgeCapacity;
} FlowGraph;

FlowId flowAdd(FlowGraph *graph, FlowKind kind, MlirOperation op);
void flowConnect(FlowGraph *graph, FlowId from, FlowId to);
void flowFree(FlowGraph *graph);

static inline FlowNode *flowNode(const FlowGraph *graph, FlowId id) { return &graph->nodes[id]; }

/* Settles the facts of all nodes. */
void flowSolve(FlowGraph *graph);

/* One place at which a sum that was narrow is read by a norm. */
typedef struct FlowViolation {
  FlowId narrow; /* the node that made it narrow */
  FlowId reader; /* the statistic, the root or the product; null: it is stored so (the stream) */
  bool isStatistic;
} FlowViolation;

/* Whether `id` reads a narrow sum as a norm reads it. */
bool flowReadsNarrow(const FlowGraph *graph, FlowId id, FlowViolation *violation);

/* Whether `id` makes a sum of the residual stream narrow. */
bool flowNarrowsStream(const FlowGraph *graph, FlowId id);

/* Whether `id` is a statistic at the place where it is used up: a root or a fused norm. */
bool flowIsStatistic(const FlowGraph *graph, FlowId id);

#endif /* ADDNORM_PASSES_VERIFY_FLOW_H */
