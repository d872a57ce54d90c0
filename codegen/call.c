/* Target `call`: one call of a vendor's kernel for each plane of the op.
 *
 *   %norm = the AddnormVendorNorm of vendor_kernel.h, on the stack
 *   %context = llvm.call @addnormVendorContext()
 *   %status = llvm.call @addnormVendorRmsNorm(%context, %norm)
 *   scf.if %status != 0:
 *     llvm.call @addnormVendorFailed(%context, %status, @addnorm_site)
 *
 * The module declares the functions and names each op in a string. */

#include <stdio.h>

#include "addnorm-c/vendor_kernel.h"
#include "codegen/callee.h"
#include "codegen/emit.h"
#include "codegen/vendor_norm.h"
#include "mlir-c/Dialect/LLVM.h"

/* The functions of vendor_kernel.h. */
typedef struct Callees {
  AddnormCallee kernel, context, failed;
} Callees;

static Callees calleesOf(const AddnormLowering *lowering, MlirContext context) {
  MlirType pointer = mlirLLVMPointerTypeGet(context, 0), status = mlirIntegerTypeGet(context, 32);
  MlirType norm[] = {pointer, pointer}, failure[] = {pointer, status, pointer};
  return (Callees){
      .kernel = addnormCalleeOf(context, lowering->kernel, status, 2, norm),
      .context = addnormCalleeOf(context, irStr("addnormVendorContext"), pointer, 0, NULL),
      .failed =
          addnormCalleeOf(context, irStr("addnormVendorFailed"), (MlirType){NULL}, 3, failure)};
}

/* --- the target ------------------------------------------------------------------------------ */

/* Stack memory is given back at once: the op may be in a loop. */
static void emitCall(MlirOperation op, AddnormLowering *lowering) {
  Callees callees = calleesOf(lowering, mlirOperationGetContext(op));
  MlirOperation tableOp = addnormSymbolTableOpOf(op);
  addnormCalleeDeclare(tableOp, &callees.kernel);
  addnormCalleeDeclare(tableOp, &callees.context);
  addnormCalleeDeclare(tableOp, &callees.failed);
  MlirAttribute site = addnormAddSite(tableOp, op);

  IrBuilder before = irBuilderBefore(op);
  MlirType pointer = mlirLLVMPointerTypeGet(before.context, 0);
  AddnormPlane plane = addnormPlaneOpen(&before, op);
  const IrBuilder *b = &plane.body;
  MlirValue stack = irValue(b, "llvm.intr.stacksave", 0, NULL, pointer, NULL);
  MlirValue norm = addnormVendorNormSpill(b, op, &plane);
  MlirValue context = addnormCalleeCall(b, &callees.context, 0, NULL);
  MlirValue status = addnormCalleeCall(b, &callees.kernel, 2, (MlirValue[]){context, norm});
  irOp(b, "llvm.intr.stackrestore", 1, &stack, 0, NULL, NULL, 0, NULL);
  MlirValue ok = irIntegerConstant(b, mlirIntegerTypeGet(b->context, 32), ADDNORM_OK);
  IrBuilder failed = irIf(b, irCompare(b, IR_NOT_EQUAL, status, ok), NULL);
  MlirValue text = addnormSitePointer(&failed, site);
  addnormCalleeCall(&failed, &callees.failed, 3, (MlirValue[]){context, status, text});
  addnormPlaneDestroy(&plane);
}

/* Null, or the callee whose name is taken. */
static const AddnormCallee *findTaken(const Callees *callees, MlirOperation tableOp) {
  const AddnormCallee *all[] = {&callees->kernel, &callees->context, &callees->failed};
  for (int i = 0; i < 3; ++i)
    if (!addnormCalleeIsFree(tableOp, all[i]) ||
        (i > 0 && mlirStringRefEqual(all[i]->name, callees->kernel.name)))
      return all[i];
  return NULL;
}

/* Whether the op may be called from its module, unless that is not asked for; stores why not. */
static bool checkModule(MlirOperation op, const AddnormLowering *lowering, char *text,
                        size_t size) {
  if (mlirOperationEqual(op, lowering->root))
    return true;
  MlirOperation tableOp = addnormSymbolTableOpOf(op);
  if (!irContains(lowering->root, tableOp)) {
    snprintf(text, size, "it declares functions: run the pass on the module of the op's function");
    return false;
  }
  Callees callees = calleesOf(lowering, mlirOperationGetContext(op));
  const AddnormCallee *taken = findTaken(&callees, tableOp);
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
