#include "codegen/scratch.h"

#include <stdlib.h>

AddnormScratch addnormScratchFor(MlirOperation op, AddnormScratchPool *pool) {
  MlirOperation parent = mlirOperationGetParentOperation(op);
  while (irIs(parent, "scf.for") || irIs(parent, "scf.if") || irIs(parent, "scf.while"))
    parent = mlirOperationGetParentOperation(parent);
  IrBuilder here = irBuilderBefore(op);
  if (!irIs(parent, "func.func"))
    return (AddnormScratch){.start = here};
  MlirBlock entry = mlirRegionGetFirstBlock(mlirOperationGetRegion(parent, 0));
  if (!mlirBlockEqual(entry, pool->entry)) {
    pool->entry = entry;
    pool->count = 0;
  }
  return (AddnormScratch){irBuilderAtStart(entry, here.loc), .onStack = true, .pool = pool};
}

/* Memory of the pool that the op does not have yet, or null. */
static MlirValue takeFromPool(AddnormScratch *scratch, MlirType type) {
  while (scratch->numPassed < scratch->pool->count) {
    MlirValue memory = scratch->pool->memories[scratch->numPassed++];
    if (mlirTypeEqual(mlirValueGetType(memory), type))
      return memory;
  }
  return (MlirValue){NULL};
}

static void addToPool(AddnormScratch *scratch, MlirValue memory) {
  AddnormScratchPool *pool = scratch->pool;
  pool->memories = realloc(pool->memories, (pool->count + 1) * sizeof *pool->memories);
  pool->memories[pool->count++] = memory;
  scratch->numPassed = pool->count;
}

MlirValue addnormScratchTake(AddnormScratch *scratch, int64_t count, int64_t alignment) {
  const IrBuilder *b = &scratch->start;
  MlirType type =
      mlirMemRefTypeContiguousGet(mlirF32TypeGet(b->context), 1, &count, (MlirAttribute){NULL});
  MlirValue memory = scratch->pool ? takeFromPool(scratch, type) : (MlirValue){NULL};
  if (!mlirValueIsNull(memory))
    return memory;
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
                    {"alignment", mlirIntegerAttrGet(i64, alignment)},
                    {NULL, {NULL}}};
  memory = irValue(b, scratch->onStack ? "memref.alloca" : "memref.alloc", 0, NULL, type, attrs);
  if (scratch->pool)
    addToPool(scratch, memory);
  return memory;
}

void addnormScratchReturn(const AddnormScratch *scratch, const IrBuilder *b, MlirValue memory) {
  if (!scratch->onStack)
    irOp(b, "memref.dealloc", 1, &memory, 0, NULL, NULL, 0, NULL);
}

void addnormScratchPoolDestroy(AddnormScratchPool *pool) { free(pool->memories); }
