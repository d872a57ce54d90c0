#include "codegen/scratch.h"

AddnormScratch addnormScratchFor(MlirOperation op) {
  MlirOperation parent = mlirOperationGetParentOperation(op);
  while (irIs(parent, "scf.for") || irIs(parent, "scf.if") || irIs(parent, "scf.while"))
    parent = mlirOperationGetParentOperation(parent);
  IrBuilder here = irBuilderBefore(op);
  if (!irIs(parent, "func.func"))
    return (AddnormScratch){here, false};
  MlirBlock entry = mlirRegionGetFirstBlock(mlirOperationGetRegion(parent, 0));
  return (AddnormScratch){irBuilderAtStart(entry, here.loc), true};
}

MlirValue addnormScratchTake(const AddnormScratch *scratch, int64_t count, int64_t alignment) {
  const IrBuilder *b = &scratch->start;
  MlirType type =
      mlirMemRefTypeContiguousGet(mlirF32TypeGet(b->context), 1, &count, (MlirAttribute){NULL});
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  IrAttr attrs[] = {{"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
                    {"alignment", mlirIntegerAttrGet(i64, alignment)},
                    {NULL, {NULL}}};
  return irValue(b, scratch->onStack ? "memref.alloca" : "memref.alloc", 0, NULL, type, attrs);
}

void addnormScratchReturn(const AddnormScratch *scratch, const IrBuilder *b, MlirValue memory) {
  if (!scratch->onStack)
    irOp(b, "memref.dealloc", 1, &memory, 0, NULL, NULL, 0, NULL);
}
