#include "passes/verify/flow.h"

#include <stdlib.h>

enum {
  ANY_DATA = FLOW_DATA | FLOW_ACCUMULATED,
  SUM_FACTS = FLOW_X_PLUS_R | FLOW_NARROW | FLOW_PARTIAL | FLOW_BITS,
  SQUARE_FACTS = FLOW_SQUARED | FLOW_SQUARE_OF | FLOW_NARROW_SQUARE,
  ANY_RSTD = FLOW_RSTD | FLOW_SCALED_RSTD,
  FORWARD_FACTS = ANY_DATA | FLOW_MEAN | SUM_FACTS | SQUARE_FACTS | ANY_RSTD
};

FlowId flowAdd(FlowGraph *graph, FlowKind kind, MlirOperation op) {
  if (!graph->numNodes)
    graph->numNodes = 1;
  arrayReserve((void **)&graph->nodes, &graph->nodeCapacity, graph->numNodes + 1,
               sizeof *graph->nodes);
  graph->nodes[graph->numNodes] = (FlowNode){.kind = kind, .op = op};
  return (FlowId)graph->numNodes++;
}

void flowConnect(FlowGraph *graph, FlowId from, FlowId to) {
  if (!graph->numEdges)
    graph->numEdges = 1;
  arrayReserve((void **)&graph->edges, &graph->edgeCapacity, graph->numEdges + 1,
               sizeof *graph->edges);
  int32_t id = (int32_t)graph->numEdges++;
  FlowNode *source = flowNode(graph, from), *target = flowNode(graph, to);
  graph->edges[id] = (FlowEdge){.from = from, .to = to, .nextOut = source->firstOut};
  source->firstOut = id;
  if (target->lastIn)
    graph->edges[target->lastIn].nextIn = id;
  else
    target->firstIn = id;
  target->lastIn = id;
}

void flowFree(FlowGraph *graph) {
  free(graph->nodes);
  free(graph->edges);
  *graph = (FlowGraph){0};
}

/* --- the worklist ---------------------------------------------------------------------------- */

typedef struct Worklist {
  FlowId *ids; /* a ring: no node is in it twice */
  bool *isIn;
  size_t capacity, head, count;
} Worklist;

static Worklist worklistCreate(const FlowGraph *graph) {
  size_t capacity = graph->numNodes + 1;
  Worklist list = {.ids = NULL};
  size_t idCapacity = 0, inCapacity = 0;
  arrayReserve((void **)&list.ids, &idCapacity, capacity, sizeof *list.ids);
  arrayReserve((void **)&list.isIn, &inCapacity, capacity, sizeof *list.isIn);
  list.capacity = capacity;
  for (size_t i = 0; i < capacity; ++i)
    list.isIn[i] = false;
  return list;
}

static void worklistFree(Worklist *list) {
  free(list->ids);
  free(list->isIn);
}

static void push(Worklist *list, FlowId id) {
  if (list->isIn[id])
    return;
  list->isIn[id] = true;
  list->ids[(list->head + list->count++) % list->capacity] = id;
}

static FlowId pop(Worklist *list) {
  FlowId id = list->ids[list->head];
  list->head = (list->head + 1) % list->capacity;
  --list->count;
  list->isIn[id] = false;
  return id;
}

/* --- forward: what a value may be -------------------------------------------------------------*/

/* The facts of a node about to be: those it has, and those that its sources add. */
typedef struct Facts {
  const FlowGraph *graph;
  uint32_t facts;
  FlowId origin;
} Facts;

/* Whether to blame `origin` rather than `other`. An accumulator that a sum shares its memory with
 * is narrow because of the sum. */
static bool isBetterOrigin(const FlowGraph *graph, FlowId origin, FlowId other) {
  return origin && (!other || (flowNode(graph, other)->kind == FLOW_ACCUMULATE &&
                               flowNode(graph, origin)->kind != FLOW_ACCUMULATE));
}

static void take(Facts *into, const FlowNode *from, uint32_t facts) {
  into->facts |= from->facts & facts;
  if ((from->facts & facts & (FLOW_NARROW | FLOW_NARROW_SQUARE)) &&
      isBetterOrigin(into->graph, from->origin, into->origin))
    into->origin = from->origin;
}

static void makeNarrow(Facts *into, FlowId origin) {
  into->facts |= FLOW_NARROW | FLOW_PARTIAL;
  if (!into->origin)
    into->origin = origin;
}

/* Bits that integer arithmetic has been at are no longer the f32 they were; bf16 is rounded so. */
static void settleType(const FlowNode *node, FlowId id, Facts *f) {
  bool isSum = f->facts & FLOW_X_PLUS_R;
  if (isSum && node->isInteger)
    f->facts |= FLOW_BITS;
  if (isSum && node->isFloat && (node->isNarrow || (f->facts & FLOW_BITS)) &&
      !(f->facts & FLOW_NARROW))
    makeNarrow(f, id);
  if (node->isFloat)
    f->facts &= ~(uint32_t)FLOW_BITS;
  if (node->isStored)
    f->facts &= ~(uint32_t)FLOW_PARTIAL;
}

static const FlowNode *sourceOf(const FlowGraph *graph, int32_t edge) {
  return flowNode(graph, graph->edges[edge].from);
}

/* Of the parts, only what was narrow while it was a part of this very sum makes it narrow: a stored
 * sum is an addend like any other. A constant is no part: x + 1 is an image of x. */
static void sumFacts(const FlowGraph *graph, const FlowNode *node, FlowId id, Facts *f) {
  int parts = 0;
  for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn)
    parts += (sourceOf(graph, e)->facts & ANY_DATA) != 0;
  for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn) {
    const FlowNode *part = sourceOf(graph, e);
    if (parts < 2)
      take(f, part, FORWARD_FACTS);
    else
      take(f, part, SQUARE_FACTS | (part->facts & FLOW_PARTIAL ? SUM_FACTS : 0));
  }
  if (parts < 2)
    return;
  f->facts |= FLOW_DATA | FLOW_X_PLUS_R;
  if (node->isNarrow)
    makeNarrow(f, id);
}

/* A value without its mean is still that value; without another tensor it is a sum. */
static void differenceFacts(const FlowGraph *graph, const FlowNode *node, FlowId id, Facts *f) {
  bool hasMean = false;
  for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn)
    hasMean |= (sourceOf(graph, e)->facts & FLOW_MEAN) != 0;
  if (!hasMean) {
    sumFacts(graph, node, id, f);
    return;
  }
  for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn)
    take(f, sourceOf(graph, e), FORWARD_FACTS & ~(uint32_t)FLOW_MEAN);
}

static void squareFacts(const FlowNode *base, Facts *f) {
  if (!(base->facts & ANY_DATA))
    return;
  f->facts |= FLOW_DATA | FLOW_SQUARED | FLOW_SQUARE_OF;
  if (base->facts & FLOW_NARROW) {
    f->facts |= FLOW_NARROW_SQUARE;
    if (isBetterOrigin(f->graph, base->origin, f->origin))
      f->origin = base->origin;
  }
}

/* A root that is itself no sum, times a sum: what comes out is a sum no more. */
static bool normalises(const FlowNode *rstd, const FlowNode *value) {
  return (rstd->facts & ANY_RSTD) && !(rstd->facts & FLOW_X_PLUS_R) &&
         (value->facts & FLOW_X_PLUS_R);
}

static bool isNormalised(const FlowGraph *graph, const FlowNode *product) {
  const FlowNode *a = sourceOf(graph, product->firstIn), *b = sourceOf(graph, product->lastIn);
  return normalises(a, b) || normalises(b, a);
}

static void productFacts(const FlowGraph *graph, const FlowNode *node, Facts *f) {
  const FlowNode *a = sourceOf(graph, node->firstIn), *b = sourceOf(graph, node->lastIn);
  if (node->isNormalised) {
    f->facts |= FLOW_DATA;
    return;
  }
  uint32_t dataA = a->facts & ANY_DATA, dataB = b->facts & ANY_DATA;
  uint32_t kept = SUM_FACTS | SQUARE_FACTS;
  if (dataA && dataB) {
    f->facts |= FLOW_DATA | ((a->facts | b->facts) & FLOW_RSTD ? FLOW_SCALED_RSTD : 0);
    kept &= ~(uint32_t)FLOW_SQUARE_OF;
  } else {
    kept |= ANY_DATA | FLOW_MEAN | ANY_RSTD;
    if ((dataA | dataB) & FLOW_ACCUMULATED)
      f->facts |= FLOW_MEAN;
  }
  take(f, a, kept);
  take(f, b, kept);
  if (a->facts & b->facts & FLOW_X_PLUS_R) {
    f->facts |= FLOW_SQUARED;
    if (f->facts & FLOW_NARROW)
      f->facts |= FLOW_NARROW_SQUARE;
  }
}

static void accumulateFacts(const FlowGraph *graph, const FlowNode *node, FlowId id, Facts *f) {
  const FlowNode *start = sourceOf(graph, node->firstIn);
  for (int32_t e = graph->edges[node->firstIn].nextIn; e; e = graph->edges[e].nextIn) {
    const FlowNode *term = sourceOf(graph, e);
    if (term->facts & ANY_DATA)
      f->facts |= FLOW_ACCUMULATED;
    take(f, term, SQUARE_FACTS);
  }
  take(f, start, SQUARE_FACTS);
  if (!(start->facts & FLOW_DATA))
    return;
  f->facts |= FLOW_DATA | FLOW_X_PLUS_R; /* x + A*B, with x as the accumulator's start */
  if (node->isNarrow)
    makeNarrow(f, id);
}

static void functionFacts(const FlowNode *base, uint32_t rootOf, Facts *f) {
  if (base->facts & ANY_DATA)
    f->facts |= FLOW_DATA;
  if (base->facts & rootOf)
    f->facts |= FLOW_RSTD;
}

static Facts transfer(const FlowGraph *graph, FlowId id) {
  const FlowNode *node = flowNode(graph, id);
  Facts f = {graph, node->facts, node->origin};
  if (!node->firstIn)
    return f;
  const FlowNode *first = sourceOf(graph, node->firstIn);
  switch (node->kind) {
  case FLOW_IMAGE: /* each edge on its own, see flowAlong */
    break;
  case FLOW_SUM:
    sumFacts(graph, node, id, &f);
    break;
  case FLOW_DIFFERENCE:
    differenceFacts(graph, node, id, &f);
    break;
  case FLOW_PRODUCT:
    productFacts(graph, node, &f);
    break;
  case FLOW_SQUARE:
    squareFacts(first, &f);
    break;
  case FLOW_ACCUMULATE:
    accumulateFacts(graph, node, id, &f);
    break;
  case FLOW_POWER:
    squareFacts(first, &f);
    functionFacts(first, FLOW_SQUARED, &f);
    break;
  case FLOW_ROOT:
    functionFacts(first, FLOW_SQUARED, &f);
    break;
  case FLOW_EXPONENTIAL: /* of a logarithm: a root */
    functionFacts(first, ANY_RSTD, &f);
    break;
  case FLOW_FUNCTION:
    functionFacts(first, 0, &f);
    break;
  case FLOW_NORM:
    f.facts |= FLOW_DATA | FLOW_SQUARED;
    break;
  }
  settleType(node, id, &f);
  return f;
}

/* Brings those facts of an edge's source to its target that are in `mask`; whether there were any.
 */
static bool flowAlong(FlowGraph *graph, const FlowEdge *edge, uint32_t mask) {
  FlowNode *target = flowNode(graph, edge->to);
  Facts f;
  if (target->kind == FLOW_IMAGE) {
    f = (Facts){graph, target->facts, target->origin};
    take(&f, flowNode(graph, edge->from), FORWARD_FACTS);
    settleType(target, edge->to, &f);
  } else {
    f = transfer(graph, edge->to);
  }
  uint32_t news = f.facts & mask & ~target->facts;
  bool isNews = news || f.origin != target->origin;
  target->facts |= news;
  target->origin = f.origin;
  return isNews;
}

static void propagate(FlowGraph *graph, Worklist *list, uint32_t mask) {
  for (FlowId id = 1; (size_t)id < graph->numNodes; ++id)
    push(list, id);
  while (list->count) {
    FlowId id = pop(list);
    for (int32_t e = flowNode(graph, id)->firstOut; e; e = graph->edges[e].nextOut)
      if (flowAlong(graph, &graph->edges[e], mask))
        push(list, graph->edges[e].to);
  }
}

enum { MAX_ROUNDS = 8 };

/* Takes back what was said to be normalised and is not; whether there was any. */
static bool retract(FlowGraph *graph, bool all) {
  bool isRetracted = false;
  for (FlowId id = 1; (size_t)id < graph->numNodes; ++id) {
    FlowNode *node = flowNode(graph, id);
    if (!node->isNormalised || (!all && isNormalised(graph, node)))
      continue;
    node->isNormalised = false;
    isRetracted = true;
  }
  return isRetracted;
}

/* In layers, as facts of one rest on the absence of facts of those before it: what is data, what is
 * a mean, and all the rest. What is normalised is first assumed from facts that do not know it yet,
 * and taken back until the facts that follow bear it out. */
static void solveForward(FlowGraph *graph, Worklist *list) {
  uint32_t base = ANY_DATA | FLOW_MEAN;
  propagate(graph, list, ANY_DATA);
  propagate(graph, list, base);
  propagate(graph, list, FORWARD_FACTS);
  for (FlowId id = 1; (size_t)id < graph->numNodes; ++id) {
    FlowNode *node = flowNode(graph, id);
    node->isNormalised = node->kind == FLOW_PRODUCT && isNormalised(graph, node);
  }
  for (int round = 1;; ++round) {
    for (FlowId id = 1; (size_t)id < graph->numNodes; ++id) {
      flowNode(graph, id)->facts &= base;
      flowNode(graph, id)->origin = 0;
    }
    propagate(graph, list, FORWARD_FACTS);
    if (!retract(graph, round >= MAX_ROUNDS))
      return;
  }
}

/* --- backward: what goes into a norm -----------------------------------------------------------*/

/* The marks that reading by `node` puts on its source `from`. */
static uint32_t marksOn(const FlowGraph *graph, const FlowNode *node, const FlowNode *from) {
  uint32_t marks = node->facts & (FLOW_READ_BY_SQUARE | FLOW_READ_BY_NORM);
  bool isSquare = from->facts & FLOW_SQUARED;
  switch (node->kind) {
  case FLOW_NORM:
    return FLOW_READ_BY_NORM;
  case FLOW_ROOT:
    return isSquare ? FLOW_READ_BY_SQUARE : 0;
  case FLOW_EXPONENTIAL:
    return marks & FLOW_READ_BY_SQUARE;
  case FLOW_FUNCTION:
    return 0;
  case FLOW_POWER:
    return FLOW_READ_BY_NORM | (isSquare ? FLOW_READ_BY_SQUARE : 0);
  case FLOW_SQUARE:
    return marks ? FLOW_READ_BY_NORM : 0;
  case FLOW_ACCUMULATE:
    return from->facts & FLOW_SQUARE_OF ? FLOW_READ_BY_SQUARE
           : isSquare                   ? marks & FLOW_READ_BY_SQUARE
                                        : 0;
  case FLOW_PRODUCT: {
    const FlowNode *a = sourceOf(graph, node->firstIn), *b = sourceOf(graph, node->lastIn);
    const FlowNode *other = from == a ? b : a;
    if ((other->facts & ANY_RSTD) && (from->facts & FLOW_X_PLUS_R))
      return FLOW_READ_BY_NORM;
    if (!isSquare && (marks & FLOW_READ_BY_SQUARE))
      return FLOW_READ_BY_NORM;
    return marks;
  }
  case FLOW_IMAGE:
  case FLOW_SUM:
  case FLOW_DIFFERENCE:
    return marks;
  }
  return 0;
}

static void solveBackward(FlowGraph *graph, Worklist *list) {
  for (FlowId id = 1; (size_t)id < graph->numNodes; ++id)
    push(list, id);
  while (list->count) {
    const FlowNode *node = flowNode(graph, pop(list));
    for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn) {
      FlowNode *from = flowNode(graph, graph->edges[e].from);
      uint32_t marks = marksOn(graph, node, from);
      if (marks & ~from->facts)
        push(list, graph->edges[e].from);
      from->facts |= marks;
    }
  }
}

/* The stream is every sum that a norm reads, and every sum made of one of those. */
static void solveStream(FlowGraph *graph, Worklist *list) {
  for (FlowId id = 1; (size_t)id < graph->numNodes; ++id) {
    FlowNode *node = flowNode(graph, id);
    if ((node->facts & FLOW_READ_BY_NORM) && (node->facts & FLOW_X_PLUS_R)) {
      node->facts |= FLOW_STREAM;
      push(list, id);
    }
  }
  while (list->count) {
    FlowId id = pop(list);
    for (int32_t e = flowNode(graph, id)->firstOut; e; e = graph->edges[e].nextOut) {
      FlowNode *target = flowNode(graph, graph->edges[e].to);
      if (!(target->facts & FLOW_X_PLUS_R) || (target->facts & FLOW_STREAM))
        continue;
      target->facts |= FLOW_STREAM;
      push(list, graph->edges[e].to);
    }
  }
}

void flowSolve(FlowGraph *graph) {
  Worklist list = worklistCreate(graph);
  solveForward(graph, &list);
  solveBackward(graph, &list);
  solveStream(graph, &list);
  worklistFree(&list);
}

/* --- findings
 * -----------------------------------------------------------------------------------*/

bool flowReadsNarrow(const FlowGraph *graph, FlowId id, FlowViolation *violation) {
  const FlowNode *node = flowNode(graph, id);
  for (int32_t e = node->firstIn; e; e = graph->edges[e].nextIn) {
    const FlowNode *from = sourceOf(graph, e);
    const FlowNode *first = sourceOf(graph, node->firstIn), *last = sourceOf(graph, node->lastIn);
    uint32_t square = FLOW_SQUARE_OF | FLOW_NARROW_SQUARE;
    bool isStatistic =
        (node->kind == FLOW_NORM && (from->facts & FLOW_NARROW)) ||
        (node->kind == FLOW_ROOT && (from->facts & FLOW_NARROW_SQUARE)) ||
        (node->kind == FLOW_POWER && (from->facts & FLOW_NARROW_SQUARE)) ||
        (node->kind == FLOW_ACCUMULATE && e != node->firstIn && (from->facts & square) == square);
    bool isScaled = node->kind == FLOW_PRODUCT && (from->facts & FLOW_NARROW) &&
                    ((from == first ? last : first)->facts & ANY_RSTD);
    if (isStatistic || isScaled) {
      *violation = (FlowViolation){from->origin, id, isStatistic};
      return true;
    }
  }
  return false;
}

/* The place where it becomes narrow, not those that it is moved to afterwards. */
bool flowNarrowsStream(const FlowGraph *graph, FlowId id) {
  const FlowNode *node = flowNode(graph, id);
  return (node->facts & FLOW_NARROW) && (node->facts & FLOW_STREAM) && node->origin == id;
}

bool flowIsStatistic(const FlowGraph *graph, FlowId id) {
  const FlowNode *node = flowNode(graph, id);
  bool isRoot = node->kind == FLOW_ROOT || node->kind == FLOW_POWER;
  return node->kind == FLOW_NORM ||
         (isRoot && node->firstIn && (sourceOf(graph, node->firstIn)->facts & FLOW_SQUARED));
}
