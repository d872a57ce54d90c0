#include "mutations.h"

#include "lib/ir/view.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const int64_t FAR = (int64_t)1 << 32;

/* --- what the code says ---------------------------------------------------------------------- */

static bool isInScratchpad(MlirValue value) {
  MlirType type = mlirValueGetType(value);
  return mlirTypeIsAMemRef(type) && !mlirAttributeIsNull(mlirMemRefTypeGetMemorySpace(type));
}

static bool isTransfer(MlirOperation op) { return irIs(op, "addnorm.dma_start"); }

static bool isAccess(MlirOperation op) {
  static const char *const names[] = {"vector.load",        "vector.store", "vector.maskedload",
                                      "vector.maskedstore", "memref.load",  "memref.store"};
  for (size_t i = 0; i < COUNT(names); ++i)
    if (irIs(op, names[i]))
      for (intptr_t k = 0; k < mlirOperationGetNumOperands(op); ++k)
        if (isInScratchpad(mlirOperationGetOperand(op, k)))
          return true;
  return false;
}

typedef struct Search {
  bool (*matches)(MlirOperation op);
  bool found;
} Search;

static MlirWalkResult look(MlirOperation op, void *search) {
  Search *s = search;
  s->found |= s->matches(op);
  return s->found ? MlirWalkResultInterrupt : MlirWalkResultAdvance;
}

/* Whether `op` matches, or an op in it. */
static bool has(MlirOperation op, bool (*matches)(MlirOperation op)) {
  Search search = {matches, false};
  mlirOperationWalk(op, look, &search, MlirWalkPreOrder);
  return search.found;
}

static bool blockHas(MlirBlock block, bool (*matches)(MlirOperation op)) {
  MlirOperation op = mlirBlockGetFirstOperation(block);
  while (!mlirOperationIsNull(op) && !has(op, matches))
    op = mlirOperationGetNextInBlock(op);
  return !mlirOperationIsNull(op);
}

static bool isOrdered(MlirOperation op) { return isTransfer(op) || isAccess(op); }

/* Whether an op that matches uses the memref, or a view of it. */
static bool isUsedBy(MlirValue memref, bool (*matches)(MlirOperation op)) {
  for (MlirOpOperand use = mlirValueGetFirstUse(memref); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = mlirOpOperandGetOwner(use);
    if (matches(user) ||
        (irIs(user, "memref.subview") && isUsedBy(mlirOperationGetResult(user, 0), matches)))
      return true;
  }
  return false;
}

static bool isInFunctionOf(MlirOperation op, MlirValue argument) {
  MlirOperation function = irFunctionOf(op);
  MlirBlock entry = mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
  return mlirValueIsABlockArgument(argument) && mlirBlockEqual(irBlockOf(argument), entry);
}

static void setOperandPlus(MlirOperation op, intptr_t operand, int64_t more) {
  IrBuilder b = irBuilderBefore(op);
  MlirValue sum =
      irBinary(&b, "arith.addi", mlirOperationGetOperand(op, operand), irIndexConstant(&b, more));
  mlirOperationSetOperand(op, operand, sum);
}

/* Another number than 2k is 2k + 1. */
static void setOperandToOther(MlirOperation op, intptr_t operand) {
  IrBuilder b = irBuilderBefore(op);
  MlirValue other =
      irBinary(&b, "arith.xori", mlirOperationGetOperand(op, operand), irIndexConstant(&b, 1));
  mlirOperationSetOperand(op, operand, other);
}

static void setInteger(MlirOperation op, const char *attribute, int64_t value) {
  MlirType i64 = mlirIntegerTypeGet(mlirOperationGetContext(op), 64);
  mlirOperationSetAttributeByName(op, irStr(attribute), mlirIntegerAttrGet(i64, value));
}

static int64_t getInteger(MlirOperation op, const char *attribute) {
  return mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr(attribute)));
}

/* --- waits ----------------------------------------------------------------------------------- */

enum { WAIT_CORE, WAIT_TAG };

static const char *dropOp(MlirOperation op) {
  mlirOperationDestroy(op);
  return NULL;
}

static const char *repeatOp(MlirOperation op) {
  IrBuilder b = irBuilderBefore(op);
  irInsert(&b, mlirOperationClone(op));
  return NULL;
}

/* The outermost op around `wait` that does nothing else. */
static MlirOperation allOfWait(MlirOperation wait) {
  MlirOperation op = wait, around;
  while (around = mlirOperationGetParentOperation(op),
         (irIs(around, "scf.if") || irIs(around, "scf.for")) && !has(around, isOrdered))
    op = around;
  return op;
}

static const char *waitLate(MlirOperation op) {
  MlirOperation wait = allOfWait(op), next = wait;
  MlirOperation end = mlirBlockGetTerminator(mlirOperationGetBlock(wait));
  bool matters = false;
  while (next = mlirOperationGetNextInBlock(next), !mlirOperationEqual(next, end))
    matters |= has(next, isOrdered);
  if (!matters)
    return "nothing that happens behind it needs the wait";
  mlirOperationMoveBefore(wait, end);
  return NULL;
}

static const char *waitForNobody(MlirOperation op) {
  setOperandPlus(op, WAIT_TAG, FAR);
  return NULL;
}

/* The tags of the two buffers of one kind differ in the last bit. With one buffer it is those of
 * loads and stores that do. */
static const char *waitForOther(MlirOperation op) {
  if (irIs(allOfWait(op), "scf.for"))
    return "a loop of waits waits for both buffers, in any order";
  setOperandToOther(op, WAIT_TAG);
  return NULL;
}

static const char *waitOfNextCore(MlirOperation op) {
  setOperandPlus(op, WAIT_CORE, 1);
  return NULL;
}

/* --- transfers ------------------------------------------------------------------------------- */

enum { START_FROM, START_TO, START_CORE, START_TAG };

static const char *startWithFreeTag(MlirOperation op) {
  setOperandPlus(op, START_TAG, FAR);
  return NULL;
}

static const char *startInNoQueue(MlirOperation op) {
  setInteger(op, "queue", getInteger(op, "queue") + 8);
  return NULL;
}

static const char *startOfNextCore(MlirOperation op) {
  setOperandPlus(op, START_CORE, 1);
  return NULL;
}

static const char *startOfFirstCore(MlirOperation op) {
  IrBuilder b = irBuilderBefore(op);
  mlirOperationSetOperand(op, START_CORE, irIndexConstant(&b, 0));
  return NULL;
}

/* Moves `op` in front of `place`, which is before it in a block around both, with what computes its
 * operands. */
static void hoist(MlirOperation op, MlirOperation place);

static void hoistOperandsOf(MlirOperation op, MlirOperation place) {
  MlirBlock block = mlirOperationGetBlock(place);
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i) {
    MlirOperation needed = irDefiningOp(mlirOperationGetOperand(op, i));
    if (!mlirOperationIsNull(needed) && mlirBlockEqual(mlirOperationGetBlock(needed), block) &&
        mlirOperationIsBeforeInBlock(place, needed))
      hoist(needed, place);
  }
}

static MlirWalkResult hoistOperands(MlirOperation op, void *place) {
  hoistOperandsOf(op, *(const MlirOperation *)place);
  return MlirWalkResultAdvance;
}

static void hoist(MlirOperation op, MlirOperation place) {
  mlirOperationWalk(op, hoistOperands, &place, MlirWalkPreOrder);
  mlirOperationMoveBefore(op, place);
}

/* The first op before `op` in its block that computes on the scratchpad; null: none. */
static MlirOperation computingBefore(MlirOperation op) {
  MlirOperation other = mlirBlockGetFirstOperation(mlirOperationGetBlock(op));
  for (; !mlirOperationEqual(other, op); other = mlirOperationGetNextInBlock(other))
    if (has(other, isAccess))
      return other;
  return (MlirOperation){NULL};
}

/* Results are stored before they are computed; tiles are loaded to where others still are. */
static const char *startEarly(MlirOperation op) {
  MlirOperation kernel = irFunctionOf(op), start = op, place;
  while (place = computingBefore(start), mlirOperationIsNull(place)) {
    start = mlirOperationGetParentOperation(start);
    if (mlirOperationEqual(start, kernel))
      return "nothing is computed before it";
  }
  hoist(start, place);
  return NULL;
}

/* Where rows of a tile are transfers of their own because they are not aligned. */
static const char *startTogether(MlirOperation op) {
  for (MlirOperation at = op, around;
       around = mlirOperationGetParentOperation(at), !irIs(around, "func.func"); at = around) {
    if (!irIs(around, "scf.if") || !irIs(at, "scf.for"))
      continue;
    MlirBlock then = mlirRegionGetFirstBlock(mlirOperationGetRegion(around, 0));
    if (mlirBlockEqual(mlirOperationGetBlock(at), then) || !blockHas(then, isTransfer))
      break;
    IrBuilder b = irBuilderBefore(around);
    mlirOperationSetOperand(around, 0, irIntegerConstant(&b, mlirIntegerTypeGet(b.context, 1), 1));
    return NULL;
  }
  return "its rows are not apart because of their alignment";
}

/* --- views ----------------------------------------------------------------------------------- */

/* Offsets and sizes of a view: the static ones from its attributes; otherwise the operand, whose
 * number is stored, too. */
typedef struct View {
  int64_t rank; /* of the source */
  IrIndex offsets[3], sizes[3];
  intptr_t offsetOperands[3], sizeOperands[3]; /* 0: static */
} View;

static void readIndices(MlirOperation op, const char *attribute, int64_t rank, intptr_t *next,
                        IrIndex *indices, intptr_t *operands) {
  MlirAttribute known = mlirOperationGetAttributeByName(op, irStr(attribute));
  for (int64_t d = 0; d < rank; ++d) {
    int64_t value = mlirDenseI64ArrayGetElement(known, d);
    bool isStatic = value != mlirShapedTypeGetDynamicSize();
    operands[d] = isStatic ? 0 : (*next)++;
    indices[d] = isStatic ? irKnown(value) : irAt(mlirOperationGetOperand(op, operands[d]));
  }
}

static View viewOf(MlirOperation op) {
  View view = {.rank = mlirShapedTypeGetRank(mlirValueGetType(mlirOperationGetOperand(op, 0)))};
  intptr_t next = 1;
  readIndices(op, "static_offsets", view.rank, &next, view.offsets, view.offsetOperands);
  readIndices(op, "static_sizes", view.rank, &next, view.sizes, view.sizeOperands);
  return view;
}

/* Whether `op` is a view of tiles: of <copies x rows x pitch>. */
static bool isOfTiles(MlirOperation op) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  MlirOperation memory = irDefiningOp(source);
  return !mlirOperationIsNull(memory) && irIs(memory, "addnorm.scratchpad") &&
         mlirShapedTypeGetRank(mlirValueGetType(source)) == 3;
}

/* Whether `op` is a view of rows of an operand in global memory. */
static bool isOfRows(MlirOperation op) {
  MlirValue source = mlirOperationGetOperand(op, 0);
  return isInFunctionOf(op, source) && mlirShapedTypeGetRank(mlirValueGetType(source)) == 2;
}

static const char *useOtherCopy(MlirOperation op) {
  if (!isOfTiles(op))
    return "no view of tiles";
  View view = viewOf(op);
  MlirType type = mlirValueGetType(mlirOperationGetOperand(op, 0));
  if (!view.offsetOperands[0] || mlirShapedTypeGetDimSize(type, 0) < 2)
    return "there is no second buffer";
  if (!isUsedBy(mlirOperationGetResult(op, 0), isOrdered))
    return "nothing uses the view";
  setOperandToOther(op, view.offsetOperands[0]);
  return NULL;
}

/* The view begins `more` elements later in dimension `d`. False when its type says where it begins.
 */
static bool shift(MlirOperation op, int64_t d, int64_t more) {
  View view = viewOf(op);
  IrBuilder b = irBuilderBefore(op);
  MlirValue by = irIndexConstant(&b, more), old = mlirOperationGetResult(op, 0);
  if (view.offsetOperands[d])
    by = irBinary(&b, "arith.addi", view.offsets[d].value, by);
  view.offsets[d] = irAt(by);
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(old));
  bool dropped[] = {rank < view.rank, rank + 1 < view.rank, false};
  MlirValue shifted = irSubview(&b, mlirOperationGetOperand(op, 0), view.offsets, view.sizes,
                                rank < view.rank ? dropped : NULL);
  if (!mlirTypeEqual(mlirValueGetType(shifted), mlirValueGetType(old)))
    return false;
  mlirValueReplaceAllUsesOfWith(old, shifted);
  return true;
}

static const char *shiftTile(MlirOperation op, bool (*user)(MlirOperation op), const char *reason) {
  if (!isOfTiles(op))
    return "no view of tiles";
  if (!isUsedBy(mlirOperationGetResult(op, 0), user))
    return reason;
  return shift(op, 2, 1) ? NULL : "its type says where it begins";
}

static const char *shiftTransferredTile(MlirOperation op) {
  return shiftTile(op, isTransfer, "no transfer uses the view");
}

static const char *shiftComputedTile(MlirOperation op) {
  return shiftTile(op, isAccess, "nothing computes on the view");
}

static const char *shiftRows(MlirOperation op, int64_t d, int64_t more) {
  if (!isOfRows(op))
    return "no view of rows in global memory";
  if (!isUsedBy(mlirOperationGetResult(op, 0), isTransfer))
    return "nothing uses the view";
  return shift(op, d, more) ? NULL : "its type says where it begins";
}

static const char *useFarRows(MlirOperation op) { return shiftRows(op, 0, FAR); }

static const char *useNextRows(MlirOperation op) { return shiftRows(op, 0, 1); }

static const char *useNextColumns(MlirOperation op) { return shiftRows(op, 1, 1); }

/* Whether the view, or a row of it, is where a transfer comes from. */
static bool isSource(MlirValue view) {
  for (MlirOpOperand use = mlirValueGetFirstUse(view); !mlirOpOperandIsNull(use);
       use = mlirOpOperandGetNextUse(use)) {
    MlirOperation user = mlirOpOperandGetOwner(use);
    if (isTransfer(user)
            ? mlirOpOperandGetOperandNumber(use) == START_FROM
            : irIs(user, "memref.subview") && isSource(mlirOperationGetResult(user, 0)))
      return true;
  }
  return false;
}

/* A transfer has as many rows as its source. */
static const char *moveMoreRows(MlirOperation op) {
  if (!isOfTiles(op) && !isOfRows(op))
    return "no view of tiles or rows";
  View view = viewOf(op);
  int64_t rows = view.rank - 2;
  if (!isSource(mlirOperationGetResult(op, 0)))
    return "no transfer begins there";
  if (!view.sizeOperands[rows])
    return "how many rows there are is known";
  setOperandPlus(op, view.sizeOperands[rows], 1);
  return NULL;
}

/* --- the scratchpad -------------------------------------------------------------------------- */

static const char *takeFarPart(MlirOperation op) {
  if (getInteger(op, "offset") == 0)
    return "the first part begins the kernel";
  setInteger(op, "offset", FAR);
  return NULL;
}

static const char *takeFirstPartLater(MlirOperation op) {
  if (getInteger(op, "offset") != 0)
    return "not the first part";
  setInteger(op, "offset", 4);
  return NULL;
}

static const char *takePartEarlier(MlirOperation op) {
  MlirOperation other = mlirBlockGetFirstOperation(mlirOperationGetBlock(op)), before = {NULL};
  for (; !mlirOperationEqual(other, op); other = mlirOperationGetNextInBlock(other))
    if (irIs(other, "addnorm.scratchpad"))
      before = other;
  if (mlirOperationIsNull(before))
    return "there is nothing before the first part";
  setInteger(op, "offset", getInteger(before, "offset") + 4);
  return NULL;
}

static void resize(MlirOperation op, int64_t d, int64_t size) {
  MlirValue memory = mlirOperationGetResult(op, 0);
  MlirType type = mlirValueGetType(memory);
  int64_t sizes[IR_MAX_RANK], rank = mlirShapedTypeGetRank(type);
  for (int64_t i = 0; i < rank; ++i)
    sizes[i] = i == d ? size : mlirShapedTypeGetDimSize(type, i);
  mlirValueSetType(memory, mlirMemRefTypeContiguousGet(mlirShapedTypeGetElementType(type), rank,
                                                       sizes, mlirMemRefTypeGetMemorySpace(type)));
}

static const char *takeTooMuch(MlirOperation op) {
  resize(op, 0, FAR);
  return NULL;
}

static const char *takeTooLittle(MlirOperation op) {
  MlirType type = mlirValueGetType(mlirOperationGetResult(op, 0));
  int64_t size = mlirShapedTypeGetDimSize(type, 0);
  bool isTiles = mlirShapedTypeGetRank(type) == 3;
  if (isTiles && size == 1)
    return "there is no second buffer";
  resize(op, 0, isTiles ? size - 1 : size / 2);
  return NULL;
}

static const char *takeOfNextCore(MlirOperation op) {
  setOperandPlus(op, 0, 1);
  return NULL;
}

/* --- shares ---------------------------------------------------------------------------------- */

/* A core's share begins at its part of all tiles, the product of the core and their number. */
static const char *giveSameShare(MlirOperation op) {
  MlirOperation function = irFunctionOf(op);
  MlirBlock entry = mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
  MlirValue core = mlirBlockGetNumArguments(entry) ? mlirBlockGetArgument(entry, 0)
                                                   : mlirOperationGetOperand(op, 0);
  if (!mlirTypeIsAIndex(mlirValueGetType(core)) ||
      !mlirValueEqual(mlirOperationGetOperand(op, 1), core))
    return "no product with the core";
  IrBuilder b = irBuilderBefore(op);
  mlirOperationSetOperand(op, 1, irIndexConstant(&b, 0));
  return NULL;
}

/* --------------------------------------------------------------------------------------------- */

#define KIND(NAME) (1u << ADDNORM_HAZARD_##NAME)
#define IN_FLIGHT (KIND(READ_IN_FLIGHT) | KIND(WRITE_IN_FLIGHT) | KIND(OVERLAP))

const Mutation mutations[] = {
    {"wait dropped", "addnorm.dma_wait", dropOp, .kinds = IN_FLIGHT | KIND(NOT_WAITED)},
    {"wait twice", "addnorm.dma_wait", repeatOp, .kinds = KIND(NOT_STARTED)},
    {"wait too late", "addnorm.dma_wait", waitLate, .kinds = IN_FLIGHT},
    {"wait for a tag that nobody has", "addnorm.dma_wait", waitForNobody,
     .kinds = KIND(NOT_STARTED), .ofCall = true},
    {"wait for the other buffer", "addnorm.dma_wait", waitForOther,
     .kinds = IN_FLIGHT | KIND(NOT_STARTED)},
    {"wait of the next core", "addnorm.dma_wait", waitOfNextCore, .kinds = KIND(NO_KERNEL),
     .ofCall = true},

    {"transfer dropped", "addnorm.dma_start", dropOp,
     .kinds = KIND(UNINITIALISED) | KIND(NOT_STARTED), .orWrong = true},
    {"transfer twice", "addnorm.dma_start", repeatOp, .kinds = KIND(OVERLAP)},
    {"tag that nobody waits for", "addnorm.dma_start", startWithFreeTag,
     .kinds = IN_FLIGHT | KIND(NOT_WAITED) | KIND(NOT_STARTED)},
    {"queue that does not exist", "addnorm.dma_start", startInNoQueue, .kinds = KIND(LIMIT),
     .ofCall = true},
    {"transfer of the next core", "addnorm.dma_start", startOfNextCore, .kinds = KIND(NO_KERNEL),
     .ofCall = true},
    {"transfer of the first core", "addnorm.dma_start", startOfFirstCore, .kinds = KIND(DIRECTION),
     .ofCall = true, .needsCores = true},
    {"transfer too early", "addnorm.dma_start", startEarly,
     .kinds = IN_FLIGHT | KIND(UNINITIALISED)},
    {"rows that are not aligned in one transfer", "addnorm.dma_start", startTogether,
     .kinds = KIND(ALIGNMENT)},

    /* That of the last of three buffers is behind them all. */
    {"the other buffer", "memref.subview", useOtherCopy,
     .kinds = IN_FLIGHT | KIND(UNINITIALISED) | KIND(SCRATCHPAD_BOUNDS)},
    {"tile of a transfer one element later", "memref.subview", shiftTransferredTile,
     .kinds = KIND(ALIGNMENT) | KIND(SCRATCHPAD_BOUNDS)},
    {"tile computed on one element later", "memref.subview", shiftComputedTile,
     .kinds = IN_FLIGHT | KIND(UNINITIALISED) | KIND(ACCESS_BOUNDS), .orWrong = true},
    {"rows far away", "memref.subview", useFarRows, .kinds = KIND(GLOBAL_BOUNDS), .ofCall = true},
    {"the next rows", "memref.subview", useNextRows,
     .kinds = KIND(GLOBAL_BOUNDS) | KIND(RACE) | KIND(OVERLAP), .orWrong = true},
    {"the next columns", "memref.subview", useNextColumns,
     .kinds = KIND(GLOBAL_BOUNDS) | KIND(ALIGNMENT) | KIND(RACE) | KIND(OVERLAP), .orWrong = true},
    /* A row that is a transfer of its own may be all in the part behind, which is in use. */
    {"one row more", "memref.subview", moveMoreRows,
     .kinds = IN_FLIGHT | KIND(SCRATCHPAD_BOUNDS) | KIND(GLOBAL_BOUNDS) | KIND(UNINITIALISED) |
              KIND(LIMIT)},

    {"part beyond the scratchpad", "addnorm.scratchpad", takeFarPart, .kinds = KIND(CAPACITY),
     .ofCall = true},
    {"first part not at the start", "addnorm.scratchpad", takeFirstPartLater,
     .kinds = KIND(NO_KERNEL), .ofCall = true},
    {"part over the one before it", "addnorm.scratchpad", takePartEarlier, .kinds = KIND(OVERLAP)},
    {"part too large", "addnorm.scratchpad", takeTooMuch, .kinds = KIND(CAPACITY), .ofCall = true},
    {"part too small", "addnorm.scratchpad", takeTooLittle,
     .kinds = KIND(SCRATCHPAD_BOUNDS) | KIND(ACCESS_BOUNDS)},
    {"part of the next core", "addnorm.scratchpad", takeOfNextCore, .kinds = KIND(NO_KERNEL),
     .ofCall = true},

    {"the same share for all cores", "arith.muli", giveSameShare, .kinds = KIND(RACE),
     .needsCores = true},
};
const int numMutations = COUNT(mutations);
