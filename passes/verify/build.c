/* One node per SSA value and per class of memory, one edge per use. Control flow, calls and memory
 * become edges; what an op computes is in its row of semantics.c. */

#include "passes/verify/build.h"

#include <math.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/LLVM.h"
#include "passes/verify/accumulate.h"
#include "passes/verify/constant.h"

typedef struct Builder {
  FlowGraph *graph;
  const Semantics *semantics;
  const Copies *copies;
  const Memory *memory;
  Accumulations *accumulations;
  Table nodes;  /* the key of a Place -> node */
  Table cells;  /* memory class -> node */
  Table stored; /* (block, address) -> node of what the block stored there last */
  UnknownCallback onUnknown;
  void *data;
} Builder;

/* --- nodes
 * ---------------------------------------------------------------------------------------*/

static bool isMemory(MlirType type) {
  return memoryIsPointer(type) && !mlirTypeIsALLVMStructType(type);
}

/* What a value's elements are: the innermost type. */
static MlirType elementOf(MlirType type) {
  while (mlirTypeIsAShaped(type))
    type = mlirShapedTypeGetElementType(type);
  return mlirTypeIsAComplex(type) ? mlirComplexTypeGetElementType(type) : type;
}

static void setType(FlowNode *node, MlirType type) {
  MlirType element = elementOf(type);
  node->isFloat = mlirTypeIsAFloat(element);
  node->isNarrow = node->isFloat && mlirFloatTypeGetWidth(element) < 32;
}

static bool hasOneReader(MlirValue value) {
  MlirOpOperand use = mlirValueGetFirstUse(value);
  return !mlirOpOperandIsNull(use) && mlirOpOperandIsNull(mlirOpOperandGetNextUse(use));
}

static MlirOperation ownerOf(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  return mlirOperationIsNull(op) ? mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(value))
                                 : op;
}

static FlowId nodeAt(Builder *b, Place place) {
  FlowId id = tableGet(&b->nodes, place.key);
  if (id)
    return id;
  bool isResult = mlirValueIsNull(place.value);
  id = flowAdd(b->graph, FLOW_IMAGE, isResult ? (MlirOperation){NULL} : ownerOf(place.value));
  tableSet(&b->nodes, place.key, id);
  if (isResult)
    return id;
  MlirType type = mlirValueGetType(place.value);
  FlowNode *node = flowNode(b->graph, id);
  setType(node, type);
  node->isStored = mlirTypeIsATensor(type) && !hasOneReader(place.value);
  return id;
}

static FlowId nodeOf(Builder *b, MlirValue value) { return nodeAt(b, placeOf(value)); }

static FlowId cellOf(Builder *b, int32_t class) {
  TableKey key = {(uint64_t) class, 0};
  FlowId id = tableGet(&b->cells, key);
  if (id)
    return id;
  id = flowAdd(b->graph, FLOW_IMAGE, (MlirOperation){NULL});
  flowNode(b->graph, id)->isStored = true;
  tableSet(&b->cells, key, id);
  return id;
}

/* What is read through `value`: the memory that it points to, or itself. */
static FlowId dataOf(Builder *b, MlirValue value) {
  if (isMemory(mlirValueGetType(value)))
    return cellOf(b, memoryClassOf(b->memory, value));
  return nodeOf(b, value);
}

static void addData(Builder *b, FlowId id) { flowNode(b->graph, id)->facts |= FLOW_DATA; }

/* An index says where data is, never what it is. */
static bool isData(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  return !isMemory(type) && !mlirTypeIsAIndex(type);
}

static FlowId resultNode(Builder *b, MlirOperation op, FlowKind kind) {
  FlowId id = nodeOf(b, mlirOperationGetResult(op, 0));
  flowNode(b->graph, id)->kind = kind;
  return id;
}

/* A node for a step inside of `op` that has no value of its own, on elements of `type`. */
static FlowId stepNode(Builder *b, FlowKind kind, MlirOperation op, MlirType type) {
  FlowId id = flowAdd(b->graph, kind, op);
  setType(flowNode(b->graph, id), type);
  return id;
}

static void connectOperand(Builder *b, MlirOperation op, intptr_t i, FlowId to) {
  flowConnect(b->graph, dataOf(b, mlirOperationGetOperand(op, i)), to);
}

static void connectCopy(void *data, Place from, Place to) {
  Builder *b = data;
  if (!mlirValueIsNull(from.value) && !isData(from.value))
    return;
  if (!mlirValueIsNull(to.value) && !isData(to.value))
    return;
  flowConnect(b->graph, nodeAt(b, from), nodeAt(b, to));
}

/* --- moves, loads and stores ----------------------------------------------------------------- */

static void moveOperands(Builder *b, MlirOperation op, intptr_t first, bool isLoad) {
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r) {
    MlirValue result = mlirOperationGetResult(op, r);
    if (!isData(result))
      continue;
    FlowId to = nodeOf(b, result);
    for (intptr_t i = first; i < mlirOperationGetNumOperands(op); ++i) {
      MlirValue operand = mlirOperationGetOperand(op, i);
      if (isData(operand) || (isLoad && isMemory(mlirValueGetType(operand))))
        flowConnect(b->graph, dataOf(b, operand), to);
    }
  }
}

static void buildMove(Builder *b, MlirOperation op) {
  moveOperands(b, op, 0, false);
  if (irIs(op, "tensor.parallel_insert_slice"))
    connectOperand(b, op, 0, nodeOf(b, mlirOperationGetOperand(op, 1)));
  double address;
  if (irIs(op, "llvm.inttoptr") && !memoryClassOf(b->memory, mlirOperationGetOperand(op, 0)) &&
      !memoryIsOnlyFetched(mlirOperationGetResult(op, 0)) &&
      !constantValue(b->semantics, mlirOperationGetOperand(op, 0), &address))
    b->onUnknown(b->data, op, "a pointer made of an integer");
}

static void buildIntegers(Builder *b, MlirOperation op) {
  moveOperands(b, op, 0, false);
  for (intptr_t r = 0; r < mlirOperationGetNumResults(op); ++r)
    flowNode(b->graph, nodeOf(b, mlirOperationGetResult(op, r)))->isInteger = true;
}

static TableKey storedKey(Builder *b, MlirOperation op, bool isStore) {
  return (TableKey){(uint64_t)(uintptr_t)mlirOperationGetBlock(op).ptr,
                    (uint64_t)accumulationsAddress(b->accumulations, op, isStore)};
}

/* What a block has just stored and loads again has never left its hands. */
static void buildLoad(Builder *b, MlirOperation op) {
  moveOperands(b, op, 0, true);
  FlowId stored = tableGet(&b->stored, storedKey(b, op, false));
  if (stored && mlirOperationGetNumResults(op) == 1)
    flowConnect(b->graph, stored, nodeOf(b, mlirOperationGetResult(op, 0)));
}

static void buildStore(Builder *b, MlirOperation op) {
  moveOperands(b, op, 0, false);
  if (mlirOperationGetNumOperands(op) > 1 && isData(mlirOperationGetOperand(op, 0)))
    tableSet(&b->stored, storedKey(b, op, true), nodeOf(b, mlirOperationGetOperand(op, 0)));
  for (intptr_t m = 0; m < mlirOperationGetNumOperands(op); ++m) {
    MlirValue target = mlirOperationGetOperand(op, m);
    if (!isMemory(mlirValueGetType(target)))
      continue;
    for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
      if (isData(mlirOperationGetOperand(op, i)))
        connectOperand(b, op, i, dataOf(b, target));
  }
}

/* From the memory operand number `from` to number `to`, counting those alone. */
static void buildCopy(Builder *b, MlirOperation op, int from, int to) {
  FlowId cells[2] = {0, 0};
  int count = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op) && count < 2; ++i)
    if (isMemory(mlirValueGetType(mlirOperationGetOperand(op, i))))
      cells[count++] = dataOf(b, mlirOperationGetOperand(op, i));
  if (count == 2)
    flowConnect(b->graph, cells[from], cells[to]);
}

/* memrefCopy(size, source, target) of pointers to descriptors of descriptors. */
static void buildUnrankedCopy(Builder *b, MlirOperation op) {
  int32_t classes[2] = {0, 0};
  for (intptr_t i = 0; i < 2 && mlirOperationGetNumOperands(op) == 3; ++i)
    classes[i] = memoryPointee(
        b->memory,
        memoryPointee(b->memory, memoryClassOf(b->memory, mlirOperationGetOperand(op, i + 1))));
  if (classes[0] && classes[1])
    flowConnect(b->graph, cellOf(b, classes[0]), cellOf(b, classes[1]));
  else
    b->onUnknown(b->data, op, "a copy between memrefs that are not known");
}

static bool hasUnitAttribute(MlirOperation op, const char *name) {
  return !mlirAttributeIsNull(mlirOperationGetAttributeByName(op, irStr(name)));
}

static void buildGlobal(Builder *b, MlirOperation op) {
  const char *attribute = irIs(op, "memref.get_global") ? "name" : "global_name";
  MlirOperation global = copiesSymbol(b->copies, op, attribute);
  bool isUniform = !mlirOperationIsNull(global) && hasUnitAttribute(global, "constant") &&
                   constantIsSplat(constantAttribute(global));
  if (!isUniform && mlirOperationGetNumResults(op) == 1)
    addData(b, dataOf(b, mlirOperationGetResult(op, 0)));
}

/* --- arithmetic
 * ------------------------------------------------------------------------------------*/

static void connectAll(Builder *b, MlirOperation op, intptr_t first, intptr_t count, FlowId to) {
  for (intptr_t i = first; i < first + count && i < mlirOperationGetNumOperands(op); ++i)
    connectOperand(b, op, i, to);
}

static void buildBinary(Builder *b, MlirOperation op, FlowKind kind) {
  connectAll(b, op, 0, 2, resultNode(b, op, kind));
}

static void buildSum(Builder *b, MlirOperation op) {
  intptr_t accumulator = accumulatorOf(b->accumulations, op);
  if (accumulator < 0) {
    buildBinary(b, op, FLOW_SUM);
    return;
  }
  FlowId to = resultNode(b, op, FLOW_ACCUMULATE);
  connectOperand(b, op, accumulator, to);
  connectOperand(b, op, 1 - accumulator, to);
}

static bool isDivision(MlirOperation op) {
  return irIs(op, "arith.divf") || irIs(op, "llvm.fdiv") || irIs(op, "complex.div");
}

/* The product of the first two operands, at `to`. */
static void connectProduct(Builder *b, MlirOperation op, FlowId to) {
  bool isSquare =
      !isDivision(op) && accumulationsSame(b->accumulations, mlirOperationGetOperand(op, 0),
                                           mlirOperationGetOperand(op, 1));
  flowNode(b->graph, to)->kind = isSquare ? FLOW_SQUARE : FLOW_PRODUCT;
  connectAll(b, op, 0, isSquare ? 1 : 2, to);
}

static void buildFma(Builder *b, MlirOperation op) {
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  FlowId product = stepNode(b, FLOW_PRODUCT, op, type);
  connectProduct(b, op, product);
  bool isAccumulation = accumulatorOf(b->accumulations, op) == 2;
  FlowId to = resultNode(b, op, isAccumulation ? FLOW_ACCUMULATE : FLOW_SUM);
  connectOperand(b, op, 2, to);
  flowConnect(b->graph, product, to);
}

static void buildPower(Builder *b, MlirOperation op) {
  double exponent;
  FlowKind kind = FLOW_POWER;
  if (constantValue(b->semantics, mlirOperationGetOperand(op, 1), &exponent)) {
    if (fabs(exponent) == 1.0)
      kind = FLOW_IMAGE;
    else if (fabs(exponent) < 1.0)
      kind = FLOW_ROOT;
    else if (fmod(exponent, 2.0) == 0.0)
      kind = FLOW_SQUARE;
  }
  connectOperand(b, op, 0, resultNode(b, op, kind));
}

static bool attributeSays(MlirOperation op, const char *name, const char *word);

/* Adds the elements up, from a start; a maximum or a product of them is an image. */
static void buildReduction(Builder *b, MlirOperation op) {
  if (attributeSays(op, "kind", "max") || attributeSays(op, "kind", "min") ||
      attributeSays(op, "kind", "mul")) {
    moveOperands(b, op, 0, false);
    return;
  }
  bool startIsFirst = irIs(op, "llvm.intr.vector.reduce.fadd");
  bool isPool = irIs(op, "tosa.avg_pool2d"); /* its further operands are zero points */
  intptr_t start = startIsFirst ? 0 : 1, elements = startIsFirst ? 1 : 0;
  FlowId to = resultNode(b, op, FLOW_ACCUMULATE);
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  if (!isPool && start < mlirOperationGetNumOperands(op))
    connectOperand(b, op, start, to);
  else
    flowConnect(b->graph, stepNode(b, FLOW_IMAGE, op, type), to);
  connectOperand(b, op, elements, to);
}

static void buildContraction(Builder *b, MlirOperation op) {
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  FlowId product = stepNode(b, FLOW_PRODUCT, op, type);
  connectProduct(b, op, product);
  FlowId to = resultNode(b, op, FLOW_ACCUMULATE);
  if (mlirOperationGetNumOperands(op) > 2)
    connectOperand(b, op, 2, to);
  else
    flowConnect(b->graph, stepNode(b, FLOW_IMAGE, op, type), to);
  flowConnect(b->graph, product, to);
}

typedef struct WordSearch {
  const char *word;
  bool found;
} WordSearch;

static void findWord(MlirStringRef piece, void *data) {
  WordSearch *search = data;
  size_t length = strlen(search->word);
  for (size_t i = 0; i + length <= piece.length; ++i)
    search->found |= memcmp(piece.data + i, search->word, length) == 0;
}

/* mlir-c does not know the enums of the vector dialect; their text does. */
static bool attributeSays(MlirOperation op, const char *name, const char *word) {
  WordSearch search = {word, false};
  MlirAttribute attribute = mlirOperationGetAttributeByName(op, irStr(name));
  if (!mlirAttributeIsNull(attribute))
    mlirAttributePrint(attribute, findWord, &search);
  return search.found;
}

/* --- ops with regions, functions, calls
 * ---------------------------------------------------------*/

static void buildLinalg(Builder *b, MlirOperation op) {
  MlirBlock body = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0));
  MlirOperation yield =
      mlirBlockIsNull(body) ? (MlirOperation){NULL} : mlirBlockGetTerminator(body);
  if (mlirOperationIsNull(yield)) {
    b->onUnknown(b->data, op, "an op without a body");
    return;
  }
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  for (intptr_t i = 0; i < mlirBlockGetNumArguments(body) && i < numOperands; ++i)
    connectOperand(b, op, i, nodeOf(b, mlirBlockGetArgument(body, i)));
  intptr_t numOutputs = mlirOperationGetNumOperands(yield);
  intptr_t numResults = mlirOperationGetNumResults(op);
  for (intptr_t i = 0; i < numOutputs && numOperands >= numOutputs; ++i) {
    MlirValue output = i < numResults ? mlirOperationGetResult(op, i)
                                      : mlirOperationGetOperand(op, numOperands - numOutputs + i);
    connectOperand(b, yield, i, dataOf(b, output));
  }
}

/* addnorm.rms_norm: t is the sum of the addends, and everything else is made of it. */
static void buildNorm(Builder *b, MlirOperation op) {
  intptr_t count = addnormRmsNormGetNumAddends(op);
  MlirType sumType = addnormRmsNormGetSumType(op);
  MlirType f32 = mlirF32TypeGet(mlirOperationGetContext(op));
  FlowId t =
      stepNode(b, count > 1 ? FLOW_SUM : FLOW_IMAGE, op, mlirTypeIsNull(sumType) ? f32 : sumType);
  for (intptr_t i = 0; i < count; ++i)
    flowConnect(b->graph, dataOf(b, addnormRmsNormGetAddend(op, i)), t);
  FlowId norm = stepNode(b, FLOW_NORM, op, f32), rstd = stepNode(b, FLOW_ROOT, op, f32);
  flowConnect(b->graph, t, norm);
  flowConnect(b->graph, norm, rstd);

  MlirValue inits[] = {addnormRmsNormGetYInit(op), addnormRmsNormGetSumInit(op),
                       addnormRmsNormGetRstdInit(op)};
  FlowId outputs[] = {stepNode(b, FLOW_FUNCTION, op, f32), t, rstd};
  flowConnect(b->graph, t, outputs[0]);
  intptr_t result = 0;
  for (int i = 0; i < 3; ++i) {
    if (mlirValueIsNull(inits[i]))
      continue;
    bool onTensors = mlirOperationGetNumResults(op) > 0;
    FlowId rounded = stepNode(b, FLOW_IMAGE, op, mlirValueGetType(inits[i]));
    MlirValue target = onTensors ? mlirOperationGetResult(op, result++) : inits[i];
    flowNode(b->graph, rounded)->isStored = true; /* a sum that is asked for is an addend to come */
    flowConnect(b->graph, outputs[i], rounded);
    flowConnect(b->graph, rounded, dataOf(b, target));
  }
}

static bool isPrivate(MlirOperation function) {
  return attributeSays(function, "sym_visibility", "private") ||
         attributeSays(function, "linkage", "internal") ||
         attributeSays(function, "linkage", "private");
}

/* Memory of a caller, and the memory that pointers in it point to. */
static void addExternal(Builder *b, MlirValue value) {
  int32_t class = memoryClassOf(b->memory, value);
  for (int depth = 0; class && depth < 4; ++depth) {
    addData(b, cellOf(b, class));
    class = memoryPointee(b->memory, class);
  }
}

/* What comes from outside is data. A scalar is no tensor: it is an epsilon or a scale. */
static void addOutside(Builder *b, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (memoryIsPointer(type))
    addExternal(b, value);
  if (mlirTypeIsAShaped(type) && isData(value))
    addData(b, nodeOf(b, value));
}

static void addArguments(Builder *b, MlirBlock block) {
  for (intptr_t i = 0; !mlirBlockIsNull(block) && i < mlirBlockGetNumArguments(block); ++i)
    addOutside(b, mlirBlockGetArgument(block, i));
}

static void buildFunction(Builder *b, MlirOperation op) {
  if (copiesHasBody(op) && !isPrivate(op))
    addArguments(b, mlirRegionGetFirstBlock(mlirOperationGetRegion(op, 0)));
}

static void buildUnknown(Builder *b, MlirOperation op, const char *reason) {
  b->onUnknown(b->data, op, reason);
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    addOutside(b, mlirOperationGetResult(op, i));
  for (intptr_t r = 0; r < mlirOperationGetNumRegions(op); ++r)
    addArguments(b, mlirRegionGetFirstBlock(mlirOperationGetRegion(op, r)));
}

static void build(Builder *b, MlirOperation op, OpMeaning meaning);

/* Whether a call has the operands and results that a function of the library has. */
static bool isCalledAs(MlirOperation op, OpMeaning meaning) {
  intptr_t numOperands = mlirOperationGetNumOperands(op);
  intptr_t numResults = mlirOperationGetNumResults(op);
  switch (meaning) {
  case OP_FMA:
    return numOperands == 3 && numResults == 1;
  case OP_POWER:
    return numOperands == 2 && numResults == 1;
  case OP_ROOT:
  case OP_EXPONENTIAL:
  case OP_FUNCTION:
    return numOperands >= 1 && numResults == 1;
  default:
    return true;
  }
}

static void buildCall(Builder *b, MlirOperation op) {
  MlirOperation callee = copiesSymbol(b->copies, op, "callee");
  if (!mlirOperationIsNull(callee) && copiesHasBody(callee))
    return;
  MlirAttribute name = mlirOperationGetAttributeByName(op, irStr("callee"));
  bool isDirect = !mlirAttributeIsNull(name) && mlirAttributeIsAFlatSymbolRef(name);
  OpMeaning meaning =
      isDirect ? semanticsOfCall(b->semantics, mlirFlatSymbolRefAttrGetValue(name)) : OP_UNKNOWN;
  if (isDirect && semanticsIsOnIntegers(op))
    meaning = OP_INTEGERS;
  build(b, op, isCalledAs(op, meaning) ? meaning : OP_UNKNOWN);
}

/* --- the walk -------------------------------------------------------------------------------- */

static void build(Builder *b, MlirOperation op, OpMeaning meaning) {
  switch (meaning) {
  case OP_UNKNOWN:
    buildUnknown(b, op,
                 irIs(op, "func.call") || irIs(op, "llvm.call") ? "a call whose callee is not here"
                                                                : "an op that is not known");
    break;
  case OP_CONSTANT:
    if (!constantIsSplat(constantAttribute(op)))
      addData(b, nodeOf(b, mlirOperationGetResult(op, 0)));
    break;
  case OP_GLOBAL:
    buildGlobal(b, op);
    break;
  case OP_MOVE:
    buildMove(b, op);
    break;
  case OP_SELECT:
    moveOperands(b, op, 1, false);
    break;
  case OP_LOAD:
    buildLoad(b, op);
    break;
  case OP_STORE:
    buildStore(b, op);
    break;
  case OP_COPY:
    buildCopy(b, op, 0, 1);
    break;
  case OP_COPY_FROM:
    buildCopy(b, op, 1, 0);
    break;
  case OP_COPY_UNRANKED:
    buildUnrankedCopy(b, op);
    break;
  case OP_TO_MEMORY:
    connectOperand(b, op, 0, dataOf(b, mlirOperationGetResult(op, 0)));
    break;
  case OP_ADD:
    buildSum(b, op);
    break;
  case OP_SUBTRACT:
    buildBinary(b, op, FLOW_DIFFERENCE);
    break;
  case OP_MULTIPLY:
    connectProduct(b, op, resultNode(b, op, FLOW_PRODUCT));
    break;
  case OP_FMA:
    buildFma(b, op);
    break;
  case OP_POWER:
    buildPower(b, op);
    break;
  case OP_ROOT:
    connectOperand(b, op, 0, resultNode(b, op, FLOW_ROOT));
    break;
  case OP_EXPONENTIAL:
    connectOperand(b, op, 0, resultNode(b, op, FLOW_EXPONENTIAL));
    break;
  case OP_FUNCTION:
    if (mlirOperationGetNumResults(op) == 1)
      connectOperand(b, op, 0, resultNode(b, op, FLOW_FUNCTION));
    else
      buildUnknown(b, op, "a function of memory");
    break;
  case OP_REDUCE:
    buildReduction(b, op);
    break;
  case OP_CONTRACT:
    buildContraction(b, op);
    break;
  case OP_INTEGERS:
    buildIntegers(b, op);
    break;
  case OP_NORM:
    buildNorm(b, op);
    break;
  case OP_LINALG:
    buildLinalg(b, op);
    break;
  case OP_FUNCTION_LIKE:
    buildFunction(b, op);
    break;
  case OP_CALL:
    buildCall(b, op);
    break;
  case OP_REGION:
    moveOperands(b, op, 0, false);
    break;
  case OP_NOTHING:
  case OP_LOOP:
  case OP_WHILE:
  case OP_PARALLEL:
  case OP_COMBINE:
    break;
  }
}

static MlirWalkResult visit(MlirOperation op, void *data) {
  Builder *b = data;
  copiesOf(b->copies, op, connectCopy, b);
  build(b, op, semanticsOf(b->semantics, op));
  return MlirWalkResultAdvance;
}

void flowBuild(FlowGraph *graph, MlirOperation root, UnknownCallback onUnknown, void *data) {
  Semantics semantics = semanticsCreate(mlirOperationGetContext(root));
  Copies copies = copiesCreate(&semantics, root);
  Memory memory = memoryCreate(&copies, root);
  Accumulations accumulations = accumulationsCreate(&memory, root);
  Builder b = {.graph = graph,
               .semantics = &semantics,
               .copies = &copies,
               .memory = &memory,
               .accumulations = &accumulations,
               .onUnknown = onUnknown,
               .data = data};
  mlirOperationWalk(root, visit, &b, MlirWalkPreOrder);
  tableFree(&b.nodes);
  tableFree(&b.cells);
  tableFree(&b.stored);
  accumulationsFree(&accumulations);
  memoryFree(&memory);
  copiesFree(&copies);
  semanticsFree(&semantics);
}
