/* Target `call`: one call of a vendor's kernel for each plane of the op.
 *
 *   %norm = the AddnormVendorNorm of vendor_kernel.h, on the stack
 *   %context = llvm.call @addnormVendorContext()
 *   %status = llvm.call @addnormVendorRmsNorm(%context, %norm)
 *   scf.if %status != 0:
 *     llvm.call @addnormVendorFailed(%context, %status, @addnorm_vendor_site)
 *
 * The module declares the functions and names each op in a string. */

#include <stdio.h>
#include <stdlib.h>

#include "addnorm-c/vendor_kernel.h"
#include "codegen/emit.h"
#include "codegen/vendor_norm.h"
#include "mlir-c/Dialect/LLVM.h"

/* --- what the module declares ---------------------------------------------------------------- */

/* A function outside of the module. */
typedef struct Callee {
  MlirStringRef name;
  MlirType type, result; /* result: null where there is none */
} Callee;

static Callee calleeOf(MlirStringRef name, MlirType result, intptr_t count,
                       const MlirType *arguments, MlirContext context) {
  MlirType returned = mlirTypeIsNull(result) ? mlirLLVMVoidTypeGet(context) : result;
  return (Callee){name, mlirLLVMFunctionTypeGet(returned, count, arguments, false), result};
}

/* The functions of vendor_kernel.h. */
typedef struct Callees {
  Callee kernel, context, failed;
} Callees;

static Callees calleesOf(const AddnormLowering *lowering, MlirContext context) {
  MlirType pointer = mlirLLVMPointerTypeGet(context, 0), status = mlirIntegerTypeGet(context, 32);
  MlirType norm[] = {pointer, pointer}, failure[] = {pointer, status, pointer};
  return (Callees){
      .kernel = calleeOf(lowering->kernel, status, 2, norm, context),
      .context = calleeOf(irStr("addnormVendorContext"), pointer, 0, NULL, context),
      .failed = calleeOf(irStr("addnormVendorFailed"), (MlirType){NULL}, 3, failure, context)};
}

/* The op whose symbols a call in `op` refers to; null where there is none. */
static MlirOperation symbolTableOpOf(MlirOperation op) {
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

/* Whether the symbol means the callee, or nothing yet. */
static bool isFree(MlirOperation tableOp, const Callee *callee) {
  MlirOperation found = lookup(tableOp, callee->name);
  return mlirOperationIsNull(found) ||
         (irIs(found, "llvm.func") &&
          mlirAttributeEqual(mlirOperationGetAttributeByName(found, irStr("function_type")),
                             mlirTypeAttrGet(callee->type)));
}

static IrBuilder startOf(MlirOperation tableOp, MlirLocation loc) {
  return irBuilderAtStart(mlirRegionGetFirstBlock(mlirOperationGetRegion(tableOp, 0)), loc);
}

static void declare(MlirOperation tableOp, const Callee *callee) {
  if (!mlirOperationIsNull(lookup(tableOp, callee->name)))
    return;
  IrBuilder b = startOf(tableOp, mlirOperationGetLocation(tableOp));
  MlirRegion none = mlirRegionCreate();
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(b.context, callee->name)},
                    {"function_type", mlirTypeAttrGet(callee->type)},
                    {NULL, {NULL}}};
  irOp(&b, "llvm.func", 0, NULL, 0, NULL, attrs, 1, &none);
}

/* The result, or null. */
static MlirValue call(const IrBuilder *b, const Callee *callee, int32_t count,
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

/* A constant string in the module; returns its symbol. */
static MlirAttribute addSite(MlirOperation tableOp, MlirOperation op) {
  IrBuilder b = startOf(tableOp, mlirOperationGetLocation(op));
  MlirAttribute text = siteText(op);
  unsigned size = (unsigned)mlirStringAttrGetValue(text).length;
  MlirRegion none = mlirRegionCreate();
  IrAttr attrs[] = {{"sym_name", mlirStringAttrGet(b.context, irStr("addnorm_vendor_site"))},
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

/* --- the target ------------------------------------------------------------------------------ */

/* Stack memory is given back at once: the op may be in a loop. */
static void emitCall(MlirOperation op, AddnormLowering *lowering) {
  Callees callees = calleesOf(lowering, mlirOperationGetContext(op));
  MlirOperation tableOp = symbolTableOpOf(op);
  declare(tableOp, &callees.kernel);
  declare(tableOp, &callees.context);
  declare(tableOp, &callees.failed);
  IrAttr site[] = {{"global_name", addSite(tableOp, op)}, {NULL, {NULL}}};

  IrBuilder before = irBuilderBefore(op);
  MlirType pointer = mlirLLVMPointerTypeGet(before.context, 0);
  AddnormPlane plane = addnormPlaneOpen(&before, op);
  const IrBuilder *b = &plane.body;
  MlirValue stack = irValue(b, "llvm.intr.stacksave", 0, NULL, pointer, NULL);
  MlirValue norm = addnormVendorNormSpill(b, op, &plane);
  MlirValue context = call(b, &callees.context, 0, NULL);
  MlirValue status = call(b, &callees.kernel, 2, (MlirValue[]){context, norm});
  irOp(b, "llvm.intr.stackrestore", 1, &stack, 0, NULL, NULL, 0, NULL);
  MlirValue ok = irIntegerConstant(b, mlirIntegerTypeGet(b->context, 32), ADDNORM_OK);
  IrBuilder failed = irIf(b, irCompare(b, IR_NOT_EQUAL, status, ok), NULL);
  MlirValue text = irValue(&failed, "llvm.mlir.addressof", 0, NULL, pointer, site);
  call(&failed, &callees.failed, 3, (MlirValue[]){context, status, text});
  addnormPlaneDestroy(&plane);
}

/* Null, or the callee whose name is taken. */
static const Callee *findTaken(const Callees *callees, MlirOperation tableOp) {
  const Callee *all[] = {&callees->kernel, &callees->context, &callees->failed};
  for (int i = 0; i < 3; ++i)
    if (!isFree(tableOp, all[i]) ||
        (i > 0 && mlirStringRefEqual(all[i]->name, callees->kernel.name)))
      return all[i];
  return NULL;
}

/* Whether the op may be called from its module, unless that is not asked for; stores why not. */
static bool checkModule(MlirOperation op, const AddnormLowering *lowering, char *text,
                        size_t size) {
  if (mlirOperationEqual(op, lowering->root))
    return true;
  MlirOperation tableOp = symbolTableOpOf(op);
  if (!irContains(lowering->root, tableOp)) {
    snprintf(text, size, "it declares functions: run the pass on the module of the op's function");
    return false;
  }
  Callees callees = calleesOf(lowering, mlirOperationGetContext(op));
  const Callee *taken = findTaken(&callees, tableOp);
  if (taken)
    snprintf(text, size, "the symbol %.*s is taken; choose another kernel=NAME",
             (int)taken->name.length, taken->name.data);
  return !taken;
}

static bool planCall(MlirOperation op, const AddnormLowering *lowering, char *text, size_t size) {
  if (!checkModule(op, lowering, text, size))
    return false;
  snprintf(text, size, "{\"kernel\": \"%.*s\"}", (int)lowering->kernel.length,
           lowering->kernel.data);
  return true;
}

const AddnormTarget addnormCallTarget = {
    .name = "call",
    .summary = "one call of a vendor's kernel, see addnorm-c/vendor_kernel.h",
    .plan = planCall,
    .emit = emitCall,
};
