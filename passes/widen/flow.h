/* Where the residual stream flows: a graph of the float tensors of a module.
 *
 * A node is what has one type: mostly one value, but a loop's iter_arg and its result are one node,
 * as are the results of all calls of a private function. An edge is an operand through which a
 * node's elements reach another node unchanged, rounded, or as part of a sum; or the addend of a
 * fused op. A use without an edge is where the stream ends.
 *
 *   sum of rms_norm --tensor.cast--> --scf.yield--> (result, iter_arg) --addend of rms_norm-->
 *                  \--func.return of a public function: no edge */

#ifndef ADDNORM_PASSES_WIDEN_FLOW_H
#define ADDNORM_PASSES_WIDEN_FLOW_H

#include "mlir-c/IR.h"
#include "passes/fuse/table.h"
#include "passes/widen/functions.h"

typedef int32_t NodeId; /* from 1; 0: none */

typedef enum EdgeKind {
  EDGE_ADDEND,    /* of a fused op, which takes any float type; to no node */
  EDGE_SAME_TYPE, /* both sides have one element type */
  EDGE_CAST,      /* between f32 and a narrow type */
  EDGE_ADD,       /* of an add whose operands and result have one element type */
  EDGE_BODY_COPY, /* through the body of a linalg op, which can read and write any float type */
  EDGE_BODY_ADD   /* the same, as part of a sum */
} EdgeKind;

typedef struct FlowEdge {
  EdgeKind kind;
  NodeId from, to;
  MlirOperation op; /* the reader, and which of its operands is read */
  intptr_t operand;
  /* The next edge + 1 with the same `from`, `to`, op and operand; 0: none. */
  int32_t nextFrom, nextTo, nextOfUse;
} FlowEdge;

typedef struct FlowNode {
  MlirType type;                 /* of its values */
  int32_t firstFrom, firstTo;    /* the edge + 1 that leaves, that arrives; 0: none */
  int32_t firstValue, lastValue; /* the value + 1; 0: none */
  bool isNarrow;                 /* f16 or bf16; otherwise f32 */
  bool isSum;                    /* the sum output of a fused op */
  bool isAdd;                    /* the sum of tensors of its shape */
  bool isRounded;                /* a cast from f32, which stays for its narrow readers */
  bool feeds;                    /* reaches an addend */
  bool onStream;                 /* comes from a sum */
  bool isWanted;                 /* a reader makes use of f32 */
} FlowNode;

typedef struct FlowValue {
  MlirValue value;
  int32_t next; /* the next value + 1 of its node; 0: none */
} FlowValue;

typedef struct OpList {
  MlirOperation *ops;
  size_t count, capacity;
} OpList;

typedef struct Flow {
  Functions functions;
  FlowNode *nodes; /* node n is nodes[n - 1], in the order of the program */
  size_t numNodes, nodeCapacity;
  FlowEdge *edges;
  size_t numEdges, edgeCapacity;
  FlowValue *values;
  size_t numValues, valueCapacity;
  OpList linalgs; /* linalg ops with edges through their bodies */
  OpList casts;   /* ops with an EDGE_CAST */
  Table nodeOf;   /* what identifies it -> node; value -> node */
  Table edgeOf;   /* (op, operand + 1) -> the last edge + 1 from it */
} Flow;

/* Builds the graph of what is in `root` and decides. */
void flowCreate(Flow *flow, MlirOperation root);
void flowDestroy(Flow *flow);

/* While building: adds an op to the graph (edges.c), and what it consists of. Values that are no
 * plain ranked tensors of f16, bf16 or f32 have no node and get no edge. */
void flowAddOp(Flow *flow, MlirOperation op);
NodeId flowNode(Flow *flow, MlirValue value);
NodeId flowResultNode(Flow *flow, MlirOperation function, intptr_t result);
void flowAddEdge(Flow *flow, EdgeKind kind, MlirOperation op, intptr_t operand, NodeId to);
void opListAdd(OpList *list, MlirOperation op);

static inline FlowNode *flowNodeAt(const Flow *flow, NodeId id) { return &flow->nodes[id - 1]; }

/* Whether the node's values become f32. */
static inline bool flowIsWidened(const FlowNode *node) {
  return node->isNarrow && node->onStream && node->isWanted;
}

/* Whether the operand's reader takes f32 where it can get it. */
bool flowWantsWide(const Flow *flow, MlirOperation op, intptr_t operand);

/* Whether the operand has an edge. */
bool flowHasEdge(const Flow *flow, MlirOperation op, intptr_t operand);

/* Whether the op reads no elements of its tensor operands. */
bool flowReadsShape(MlirOperation op);

/* Whether a type is a plain ranked tensor of f16 or bf16; of f32. */
bool flowIsNarrow(MlirType type);
bool flowIsF32(MlirType type);

/* The type in f32. */
MlirType flowWiden(MlirType type);

#endif /* ADDNORM_PASSES_WIDEN_FLOW_H */
