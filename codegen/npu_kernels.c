#include "codegen/npu_kernels.h"

#include <stdio.h>
#include <stdlib.h>

static MlirAttribute attributesOf(MlirOperation op) {
  intptr_t count = mlirOperationGetNumAttributes(op);
  MlirNamedAttribute *attributes = calloc((size_t)count + 1, sizeof *attributes);
  for (intptr_t i = 0; i < count; ++i)
    attributes[i] = mlirOperationGetAttribute(op, i);
  MlirAttribute all = mlirDictionaryAttrGet(mlirOperationGetContext(op), count, attributes);
  free(attributes);
  return all;
}

/* A name that no symbol of `module` has. */
static void findName(MlirOperation module, char *name, size_t size) {
  MlirSymbolTable table = mlirSymbolTableCreate(module);
  int number = 0;
  do
    snprintf(name, size, "addnorm_npu_rms_norm_%d", number++);
  while (!mlirOperationIsNull(mlirSymbolTableLookup(table, irStr(name))));
  mlirSymbolTableDestroy(table);
}

/* An empty private function at the end of `module`. */
static IrBuilder openFunction(MlirOperation module, MlirLocation loc, const char *name,
                              MlirType type) {
  MlirContext context = mlirOperationGetContext(module);
  intptr_t count = mlirFunctionTypeGetNumInputs(type);
  MlirBlock block = mlirBlockCreate(0, NULL, NULL);
  for (intptr_t i = 0; i < count; ++i)
    mlirBlockAddArgument(block, mlirFunctionTypeGetInput(type, i), loc);
  MlirRegion region = mlirRegionCreate();
  mlirRegionAppendOwnedBlock(region, block);
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(context, irStr(name))},
                    {"function_type", mlirTypeAttrGet(type)},
                    {"sym_visibility", mlirStringAttrGet(context, irStr("private"))},
                    {NULL, {NULL}}};
  MlirBlock outer = mlirRegionGetFirstBlock(mlirOperationGetRegion(module, 0));
  IrBuilder b = irBuilderAtEnd(outer, loc);
  irOp(&b, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
  return irBuilderAtEnd(block, loc);
}

MlirAttribute addnormNpuKernelFor(AddnormNpuKernels *kernels, MlirOperation module,
                                  MlirOperation op, MlirType type, IrBuilder *body) {
  *body = (IrBuilder){.block = {NULL}};
  MlirAttribute attributes = attributesOf(op);
  for (size_t i = 0; i < kernels->count; ++i) {
    const AddnormNpuKernel *known = &kernels->at[i];
    if (mlirOperationEqual(known->module, module) && mlirTypeEqual(known->type, type) &&
        mlirAttributeEqual(known->attributes, attributes))
      return known->name;
  }
  char name[64];
  findName(module, name, sizeof name);
  *body = openFunction(module, mlirOperationGetLocation(op), name, type);
  AddnormNpuKernel kernel = {module, attributes, type,
                             mlirFlatSymbolRefAttrGet(body->context, irStr(name))};
  kernels->at = realloc(kernels->at, (kernels->count + 1) * sizeof kernel);
  kernels->at[kernels->count++] = kernel;
  return kernel.name;
}

void addnormNpuKernelsDestroy(AddnormNpuKernels *kernels) { free(kernels->at); }
