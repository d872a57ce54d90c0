#include "lib/exec/backend.h"

#include "lib/exec/expand.h"
#include "lib/ir/build.h"
#include "mlir-c/Target/LLVMIR.h"
#include "llvm-c/Analysis.h"
#include "llvm-c/Target.h"
#include "llvm-c/TargetMachine.h"
#include "llvm-c/Transforms/PassBuilder.h"

/* Translation makes every function external; what is private in MLIR is the object's own business.
 */
static MlirWalkResult visitFunction(MlirOperation op, void *linkage) {
  if (!irIs(op, "llvm.func"))
    return MlirWalkResultAdvance;
  if (!execFunctionIsPublic(op) && execFunctionHasBody(op))
    mlirOperationSetAttributeByName(op, irStr("linkage"), *(MlirAttribute *)linkage);
  return MlirWalkResultSkip;
}

LLVMModuleRef execTranslate(ExecModel *model, LLVMContextRef context) {
  MlirAttribute internal = mlirAttributeParseGet(model->context, irStr("#llvm.linkage<internal>"));
  mlirOperationWalk(mlirModuleGetOperation(model->module), visitFunction, &internal,
                    MlirWalkPreOrder);
  LLVMModuleRef module =
      mlirTranslateModuleToLLVMIR(mlirModuleGetOperation(model->module), context);
  if (!module)
    execFail(model->error, "%s: the translation to LLVM IR failed", model->path);
  return module;
}

/* The architectures that processors are known of, and this host's. */
static void initializeTargets(void) {
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
#define INITIALIZE(architecture)                                                                   \
  LLVMInitialize##architecture##TargetInfo();                                                      \
  LLVMInitialize##architecture##Target();                                                          \
  LLVMInitialize##architecture##TargetMC();                                                        \
  LLVMInitialize##architecture##AsmPrinter();
  INITIALIZE(X86)
  INITIALIZE(AArch64)
  INITIALIZE(RISCV)
  INITIALIZE(Hexagon)
#undef INITIALIZE
}

static LLVMTargetMachineRef createMachine(const AddnormCpu *cpu, ExecError *error) {
  initializeTargets();
  char *message = NULL;
  LLVMTargetRef target;
  LLVMTargetMachineRef machine = NULL;
  if (LLVMGetTargetFromTriple(cpu->triple, &target, &message))
    execFail(error, "no code generator for %s: %s", cpu->triple, message);
  else
    machine = LLVMCreateTargetMachine(target, cpu->triple, cpu->cpu, cpu->features,
                                      LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault);
  LLVMDisposeMessage(message);
  return machine;
}

static void setTarget(LLVMModuleRef module, const AddnormCpu *cpu, LLVMTargetMachineRef machine) {
  char *triple = LLVMGetTargetMachineTriple(machine);
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
  LLVMSetTarget(module, triple);
  LLVMSetModuleDataLayout(module, layout);
  LLVMDisposeTargetData(layout);
  LLVMDisposeMessage(triple);
  for (LLVMValueRef f = LLVMGetFirstFunction(module); cpu->tune && f; f = LLVMGetNextFunction(f))
    LLVMAddTargetDependentFunctionAttr(f, "tune-cpu", cpu->tune);
}

static bool isValid(LLVMModuleRef module, ExecError *error) {
  char *message = NULL;
  bool ok = !LLVMVerifyModule(module, LLVMReturnStatusAction, &message) ||
            execFail(error, "the LLVM IR is not valid: %s", message);
  LLVMDisposeMessage(message);
  return ok;
}

static bool runPasses(LLVMModuleRef module, LLVMTargetMachineRef machine, ExecError *error) {
  /* A whole model is one function of hundreds of loop nests; unrolling them triples the time spent
   * here, and they wait for memory anyway. */
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMPassBuilderOptionsSetLoopUnrolling(options, 0);
  LLVMErrorRef failure = LLVMRunPasses(module, "default<O2>", machine, options);
  LLVMDisposePassBuilderOptions(options);
  if (!failure)
    return true;
  char *message = LLVMGetErrorMessage(failure);
  execFail(error, "optimization failed: %s", message);
  LLVMDisposeErrorMessage(message);
  return false;
}

bool execOptimize(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error) {
  LLVMTargetMachineRef machine = createMachine(cpu, error);
  if (!machine)
    return false;
  setTarget(module, cpu, machine);
  bool ok = isValid(module, error);
  if (ok) {
    execExpand(module, cpu);
    ok = runPasses(module, machine, error);
    execLeaveRounding(module, cpu);
  }
  LLVMDisposeTargetMachine(machine);
  return ok;
}

LLVMMemoryBufferRef execEmit(LLVMModuleRef module, const AddnormCpu *cpu, ExecCode kind,
                             ExecError *error) {
  LLVMTargetMachineRef machine = createMachine(cpu, error);
  if (!machine)
    return NULL;
  LLVMMemoryBufferRef code = NULL;
  char *message = NULL;
  LLVMCodeGenFileType fileType = kind == EXEC_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
  if (LLVMTargetMachineEmitToMemoryBuffer(machine, module, fileType, &message, &code)) {
    execFail(error, "code generation failed: %s", message);
    LLVMDisposeMessage(message);
    code = NULL;
  }
  LLVMDisposeTargetMachine(machine);
  return code;
}

LLVMMemoryBufferRef execEmitObject(LLVMModuleRef module, const AddnormCpu *cpu, ExecError *error) {
  return execOptimize(module, cpu, error) ? execEmit(module, cpu, EXEC_OBJECT, error) : NULL;
}
