/* A model from one of its layers: bench/layers/SPELLING.mlir is what torch-mlir writes for a layer
 * of a Llama, as a function of the residual stream and of everything the layer reads. main calls it
 * once per layer; the calls are inlined, and constants shared, so that one function is left. */

#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"

/* main(x, what layer 0 reads, what layer 1 reads, ...) */
static MlirType mainType(MlirType layer, int numLayers) {
  intptr_t numOwn = mlirFunctionTypeGetNumInputs(layer) - 1;
  intptr_t numInputs = 1 + numOwn * numLayers;
  MlirType result = mlirFunctionTypeGetResult(layer, 0);
  MlirType *inputs = malloc(sizeof *inputs * (size_t)numInputs);
  inputs[0] = mlirFunctionTypeGetInput(layer, 0);
  for (intptr_t i = 1; i < numInputs; ++i)
    inputs[i] = mlirFunctionTypeGetInput(layer, 1 + (i - 1) % numOwn);
  MlirType type = mlirFunctionTypeGet(mlirTypeGetContext(layer), numInputs, inputs, 1, &result);
  free(inputs);
  return type;
}

static void callLayers(const IrBuilder *b, MlirType layer, int numLayers) {
  intptr_t numOwn = mlirFunctionTypeGetNumInputs(layer) - 1, next = 0;
  MlirValue *operands = malloc(sizeof *operands * (size_t)(1 + numOwn));
  operands[0] = mlirBlockGetArgument(b->block, next++);
  IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b->context, irStr("layer"))},
                    {NULL, {NULL}}};
  for (int l = 0; l < numLayers; ++l) {
    for (intptr_t i = 1; i <= numOwn; ++i)
      operands[i] = mlirBlockGetArgument(b->block, next++);
    operands[0] =
        irValue(b, "func.call", 1 + numOwn, operands, mlirFunctionTypeGetResult(layer, 0), attrs);
  }
  irOp(b, "func.return", 1, operands, 0, NULL, NULL, 0, NULL);
  free(operands);
}

static void addMain(ExecModel *model, MlirType layer, int numLayers) {
  MlirType type = mainType(layer, numLayers);
  MlirLocation loc = mlirLocationUnknownGet(model->context);
  MlirRegion region = mlirRegionCreate();
  MlirBlock body = mlirBlockCreate(0, NULL, NULL);
  mlirRegionAppendOwnedBlock(region, body);
  for (intptr_t i = 0; i < mlirFunctionTypeGetNumInputs(type); ++i)
    mlirBlockAddArgument(body, mlirFunctionTypeGetInput(type, i), loc);
  IrBuilder inMain = irBuilderAtEnd(body, loc);
  callLayers(&inMain, layer, numLayers);
  IrBuilder atEnd = irBuilderAtEnd(mlirModuleGetBody(model->module), loc);
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(model->context, irStr("main"))},
                    {"function_type", mlirTypeAttrGet(type)},
                    {NULL, {NULL}}};
  irOp(&atEnd, "func.func", 0, NULL, 0, NULL, attrs, 1, &region);
}

bool benchLoadLlama(ExecModel *model, const char *spelling, int numLayers, ExecError *error) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.mlir", BENCH_LAYERS, spelling);
  MlirOperation layer;
  if (!execModelLoad(model, path, error) || !execModelFindFunction(model, "layer", &layer))
    return false;
  model->path = spelling;
  addMain(model, execFunctionType(layer), numLayers);
  return execRunPasses(model, "builtin.module(inline{default-pipeline=},symbol-dce,cse)");
}
