#include "passes/widen/flow.h"

#include <stdlib.h>

#include "lib/ir/build.h"

/* --- types ----------------------------------------------------------------------------------- */

static bool isElement(MlirType type, bool (*is)(MlirType element)) {
  return mlirTypeIsARankedTensor(type) && mlirShapedTypeGetRank(type) <= IR_MAX_RANK &&
         mlirAttributeIsNull(mlirRankedTensorTypeGetEncoding(type)) &&
         is(mlirShapedTypeGetElementType(type));
}

bool flowIsNarrow(MlirType type) {
  return isElement(type, mlirTypeIsAF16) || isElement(type, mlirTypeIsABF16);
}

bool flowIsF32(MlirType type) { return isElement(type, mlirTypeIsAF32); }

MlirType flowWiden(MlirType type) {
  return irTensorOfShape(type, mlirF32TypeGet(mlirTypeGetContext(type)));
}

/* --- nodes and edges ------------------------------------------------------------------------- */

/* In the key of a value that has been given to its node. */
enum { VALUE = -1 };

/* What identifies a value's node: the value, or what it has to share its type with. */
static TableKey nodeKey(const Flow *flow, MlirValue value) {
  if (mlirValueIsAOpResult(value)) {
    MlirOperation op = mlirOpResultGetOwner(value);
    const Function *callee = irIs(op, "func.call") ? functionsCallee(&flow->functions, op) : NULL;
    if (callee && !callee->fixed)
      return (TableKey){(uintptr_t)callee->op.ptr, 1 + (int32_t)mlirOpResultGetResultNumber(value)};
    return tableKeyOf(value.ptr);
  }
  MlirBlock block = mlirBlockArgumentGetOwner(value);
  MlirOperation op = mlirBlockGetParentOperation(block);
  intptr_t i = mlirBlockArgumentGetArgNumber(value);
  if (irIs(op, "scf.for") && i > 0)
    return tableKeyOf(mlirOperationGetResult(op, i - 1).ptr);
  bool isAfter = irIs(op, "scf.while") &&
                 mlirRegionEqual(mlirBlockGetParentRegion(block), mlirOperationGetRegion(op, 1));
  return tableKeyOf(isAfter ? mlirOperationGetResult(op, i).ptr : value.ptr);
}

static NodeId nodeAt(Flow *flow, TableKey key, MlirType type) {
  NodeId id = tableGet(&flow->nodeOf, key);
  if (id)
    return id;
  arrayReserve((void **)&flow->nodes, &flow->nodeCapacity, flow->numNodes + 1, sizeof *flow->nodes);
  flow->nodes[flow->numNodes++] = (FlowNode){.type = type, .isNarrow = flowIsNarrow(type)};
  tableSet(&flow->nodeOf, key, (NodeId)flow->numNodes);
  return (NodeId)flow->numNodes;
}

static void addValue(Flow *flow, NodeId id, MlirValue value) {
  arrayReserve((void **)&flow->values, &flow->valueCapacity, flow->numValues + 1,
               sizeof *flow->values);
  flow->values[flow->numValues++] = (FlowValue){value, 0};
  FlowNode *node = flowNodeAt(flow, id);
  *(node->lastValue ? &flow->values[node->lastValue - 1].next : &node->firstValue) =
      (int32_t)flow->numValues;
  node->lastValue = (int32_t)flow->numValues;
}

NodeId flowNode(Flow *flow, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (!flowIsNarrow(type) && !flowIsF32(type))
    return 0;
  TableKey known = {(uintptr_t)value.ptr, VALUE};
  NodeId id = tableGet(&flow->nodeOf, known);
  if (!id) {
    id = nodeAt(flow, nodeKey(flow, value), type);
    tableSet(&flow->nodeOf, known, id);
    addValue(flow, id, value);
  }
  return id;
}

NodeId flowResultNode(Flow *flow, MlirOperation function, intptr_t result) {
  MlirType type = mlirFunctionTypeGetResult(functionType(function), result);
  if (!flowIsNarrow(type) && !flowIsF32(type))
    return 0;
  return nodeAt(flow, (TableKey){(uintptr_t)function.ptr, 1 + (int32_t)result}, type);
}

static TableKey useKey(MlirOperation op, intptr_t operand) {
  return (TableKey){(uintptr_t)op.ptr, 1 + (int32_t)operand};
}

void flowAddEdge(Flow *flow, EdgeKind kind, MlirOperation op, intptr_t operand, NodeId to) {
  NodeId from = flowNode(flow, mlirOperationGetOperand(op, operand));
  if (!from || (!to && kind != EDGE_ADDEND))
    return;
  arrayReserve((void **)&flow->edges, &flow->edgeCapacity, flow->numEdges + 1, sizeof *flow->edges);
  FlowEdge *edge = &flow->edges[flow->numEdges++];
  *edge = (FlowEdge){kind, from, to, op, operand, flowNodeAt(flow, from)->firstFrom, 0, 0};
  int32_t id = (int32_t)flow->numEdges;
  flowNodeAt(flow, from)->firstFrom = id;
  if (to) {
    edge->nextTo = flowNodeAt(flow, to)->firstTo;
    flowNodeAt(flow, to)->firstTo = id;
  }
  edge->nextOfUse = tableGet(&flow->edgeOf, useKey(op, operand));
  tableSet(&flow->edgeOf, useKey(op, operand), id);
}

void opListAdd(OpList *list, MlirOperation op) {
  arrayReserve((void **)&list->ops, &list->capacity, list->count + 1, sizeof *list->ops);
  list->ops[list->count++] = op;
}

/* --- the decision ---------------------------------------------------------------------------- */

typedef struct WorkList {
  NodeId *nodes;
  size_t count, capacity;
} WorkList;

/* Sets the flag, and if it was not set the node's neighbours are looked at again. */
static void mark(WorkList *work, bool *flag, NodeId id) {
  if (*flag || !id)
    return;
  *flag = true;
  arrayReserve((void **)&work->nodes, &work->capacity, work->count + 1, sizeof *work->nodes);
  work->nodes[work->count++] = id;
}

static void findFeeders(Flow *flow, WorkList *work) {
  for (size_t i = 0; i < flow->numEdges; ++i) {
    const FlowEdge *edge = &flow->edges[i];
    if (edge->kind == EDGE_ADDEND)
      mark(work, &flowNodeAt(flow, edge->from)->feeds, edge->from);
  }
  while (work->count > 0) {
    const FlowNode *node = flowNodeAt(flow, work->nodes[--work->count]);
    for (int32_t e = node->firstTo; e; e = flow->edges[e - 1].nextTo) {
      NodeId from = flow->edges[e - 1].from;
      mark(work, &flowNodeAt(flow, from)->feeds, from);
    }
  }
}

static void findStream(Flow *flow, WorkList *work) {
  for (NodeId id = 1; id <= (NodeId)flow->numNodes; ++id) {
    FlowNode *node = flowNodeAt(flow, id);
    if (node->isSum || (node->isAdd && node->feeds))
      mark(work, &node->onStream, id);
  }
  while (work->count > 0) {
    const FlowNode *node = flowNodeAt(flow, work->nodes[--work->count]);
    for (int32_t e = node->firstFrom; e; e = flow->edges[e - 1].nextFrom) {
      NodeId to = flow->edges[e - 1].to;
      if (to)
        mark(work, &flowNodeAt(flow, to)->onStream, to);
    }
  }
}

static bool edgeWantsWide(const Flow *flow, const FlowEdge *edge) {
  if (edge->kind == EDGE_ADDEND || edge->kind == EDGE_ADD || edge->kind == EDGE_BODY_ADD)
    return true;
  const FlowNode *to = flowNodeAt(flow, edge->to);
  return !to->isNarrow || flowIsWidened(to);
}

/* A narrow node of the stream is wanted in f32 by an addend, by a sum, by a reader in f32, and by
 * what is itself wanted. The result of an add goes with its operands, its body cannot round. */
static void findWanted(Flow *flow, WorkList *work) {
  for (size_t i = 0; i < flow->numEdges; ++i) {
    const FlowEdge *edge = &flow->edges[i];
    FlowNode *from = flowNodeAt(flow, edge->from);
    if (!from->onStream)
      continue;
    if (edgeWantsWide(flow, edge))
      mark(work, &from->isWanted, edge->from);
    if (edge->kind == EDGE_ADD)
      mark(work, &flowNodeAt(flow, edge->to)->isWanted, edge->to);
  }
  while (work->count > 0) {
    const FlowNode *node = flowNodeAt(flow, work->nodes[--work->count]);
    if (!flowIsWidened(node))
      continue;
    for (int32_t e = node->firstTo; e; e = flow->edges[e - 1].nextTo) {
      NodeId from = flow->edges[e - 1].from;
      mark(work, &flowNodeAt(flow, from)->isWanted, from);
    }
  }
}

bool flowHasEdge(const Flow *flow, MlirOperation op, intptr_t operand) {
  return tableGet(&flow->edgeOf, useKey(op, operand)) != 0;
}

bool flowReadsShape(MlirOperation op) { return irIs(op, "tensor.dim"); }

bool flowWantsWide(const Flow *flow, MlirOperation op, intptr_t operand) {
  int32_t e = tableGet(&flow->edgeOf, useKey(op, operand));
  for (; e; e = flow->edges[e - 1].nextOfUse)
    if (edgeWantsWide(flow, &flow->edges[e - 1]))
      return true;
  return false;
}

static MlirWalkResult visit(MlirOperation op, void *flow) {
  flowAddOp(flow, op);
  return MlirWalkResultAdvance;
}

void flowCreate(Flow *flow, MlirOperation root) {
  *flow = (Flow){0};
  functionsCreate(&flow->functions, root);
  mlirOperationWalk(root, visit, flow, MlirWalkPreOrder);
  WorkList work = {0};
  findFeeders(flow, &work);
  findStream(flow, &work);
  findWanted(flow, &work);
  free(work.nodes);
}

void flowDestroy(Flow *flow) {
  functionsDestroy(&flow->functions);
  free(flow->nodes);
  free(flow->edges);
  free(flow->values);
  free(flow->linalgs.ops);
  free(flow->casts.ops);
  tableFree(&flow->nodeOf);
  tableFree(&flow->edgeOf);
}
