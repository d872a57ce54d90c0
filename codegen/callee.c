#include "codegen/callee.h"

#include <stdio.h>
#include <stdlib.h>

#include "mlir-c/Dialect/LLVM.h"

/* --- what the module declares ---------------------------------------------------------------- */

AddnormCallee addnormCalleeOf(MlirContext context, MlirStringRef name, MlirType result,
                              intptr_t count, const MlirType *arguments) {
  MlirType returned = mlirTypeIsNull(result) ? mlirLLVMVoidTypeGet(context) : result;
  return (AddnormCallee){name, mlirLLVMFunctionTypeGet(returned, count, arguments, false), result};
}

MlirOperation addnormSymbolTableOpOf(MlirOperation op) {
  while (!mlirOperationIsNull(op = mlirOperationGetParentOperation(op))) {
    MlirSymbolTable table = mlirSymbolTableCreate(op);
    if (mlirSymbolTableIsNull(table))
      continue;
    mlirSymbolTableDestroy(table);
    break;
  }
  return op;
}

static MlirOperation lookup(MlirOperation tableOp, MlirStringRef name) {
  MlirSymbolTable table = mlirSymbolTableCreate(tableOp);
  MlirOperation found = mlirSymbolTableLookup(table, name);
  mlirSymbolTableDestroy(table);
  return found;
}

bool addnormCalleeIsFree(MlirOperation tableOp, const AddnormCallee *callee) {
  MlirOperation found = lookup(tableOp, callee->name);
  return mlirOperationIsNull(found) ||
         (irIs(found, "llvm.func") &&
          mlirAttributeEqual(mlirOperationGetAttributeByName(found, irStr("function_type")),
                             mlirTypeAttrGet(callee->type)));
}

static IrBuilder startOf(MlirOperation tableOp, MlirLocation loc) {
  return irBuilderAtStart(mlirRegionGetFirstBlock(mlirOperationGetRegion(tableOp, 0)), loc);
}

void addnormCalleeDeclare(MlirOperation tableOp, const AddnormCallee *callee) {
  if (!mlirOperationIsNull(lookup(tableOp, callee->name)))
    return;
  IrBuilder b = startOf(tableOp, mlirOperationGetLocation(tableOp));
  MlirRegion none = mlirRegionCreate();
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(b.context, callee->name)},
                    {"function_type", mlirTypeAttrGet(callee->type)},
                    {NULL, {NULL}}};
  irOp(&b, "llvm.func", 0, NULL, 0, NULL, attrs, 1, &none);
}

MlirValue addnormCalleeCall(const IrBuilder *b, const AddnormCallee *callee, int32_t count,
                            const MlirValue *operands) {
  int32_t segments[] = {count, 0};
  IrAttr attrs[] = {{"callee", mlirFlatSymbolRefAttrGet(b->context, callee->name)},
                    {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, segments)},
                    {"op_bundle_sizes", mlirDenseI32ArrayGet(b->context, 0, NULL)},
                    {NULL, {NULL}}};
  intptr_t numResults = mlirTypeIsNull(callee->result) ? 0 : 1;
  MlirOperation op =
      irOp(b, "llvm.call", count, operands, numResults, &callee->result, attrs, 0, NULL);
  return numResults ? mlirOperationGetResult(op, 0) : (MlirValue){NULL};
}

/* --- the op's name --------------------------------------------------------------------------- */

static void append(MlirStringRef text, void *file) { fwrite(text.data, 1, text.length, file); }

/* "FUNCTION at LOCATION" with the end that C wants. */
static MlirAttribute siteText(MlirOperation op) {
  char *text = NULL;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  MlirOperation function = irFunctionOf(op);
  if (!mlirOperationIsNull(function)) {
    append(mlirStringAttrGetValue(mlirOperationGetAttributeByName(function, irStr("sym_name"))),
           file);
    fputs(" at ", file);
  }
  mlirLocationPrint(mlirOperationGetLocation(op), append, file);
  fputc(0, file);
  fclose(file);
  MlirAttribute attribute =
      mlirStringAttrGet(mlirOperationGetContext(op), mlirStringRefCreate(text, size));
  free(text);
  return attribute;
}

MlirAttribute addnormAddSite(MlirOperation tableOp, MlirOperation op) {
  IrBuilder b = startOf(tableOp, mlirOperationGetLocation(op));
  MlirAttribute text = siteText(op);
  unsigned size = (unsigned)mlirStringAttrGetValue(text).length;
  MlirRegion none = mlirRegionCreate();
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(b.context, irStr("addnorm_site"))},
                    {"global_type",
                     mlirTypeAttrGet(mlirLLVMArrayTypeGet(mlirIntegerTypeGet(b.context, 8), size))},
                    {"linkage", mlirLLVMLinkageAttrGet(b.context, MlirLLVMLinkageInternal)},
                    {"constant", mlirUnitAttrGet(b.context)},
                    {"value", text},
                    {NULL, {NULL}}};
  MlirSymbolTable table = mlirSymbolTableCreate(tableOp);
  MlirOperation global = irOp(&b, "llvm.mlir.global", 0, NULL, 0, NULL, attrs, 1, &none);
  MlirAttribute symbol = mlirSymbolTableInsert(table, global); /* renames it where it is taken */
  mlirSymbolTableDestroy(table);
  return mlirFlatSymbolRefAttrGet(b.context, mlirStringAttrGetValue(symbol));
}

MlirValue addnormSitePointer(const IrBuilder *b, MlirAttribute site) {
  IrAttr attrs[] = {{"global_name", site}, {NULL, {NULL}}};
  return irValue(b, "llvm.mlir.addressof", 0, NULL, mlirLLVMPointerTypeGet(b->context, 0), attrs);
}
