/* The first call of a function asks the processor and stores the version's address where all calls
 * find it:
 *
 *   selected = &choose
 *   F(...)      { return (*selected)(...); }
 *   choose(...) { selected = the version for this processor; return (*selected)(...); }
 *
 * Calls may race: all of them store the same address, and the load and the store are atomic.
 * Nothing of the C library, the loader (ifunc) or the compiler's runtime takes part. */

#include "lib/exec/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llvm-c/IRReader.h"
#include "llvm-c/Linker.h"
#include "llvm-c/Target.h"

const ExecVersion execVersions[EXEC_NUM_VERSIONS] = {
    {"_baseline", "x86-64", "loops"},
    {"_avx2", "x86-64-v3", "vector"},
    {"_avx512", "x86-64-v4", "vector"},
};

const AddnormCpu *execVersionCpu(int i) {
  return addnormCpuFind(mlirStringRefCreateFromCString(execVersions[i].cpu));
}

/* The levels are those of the x86-64 psABI: LLVM may use any of their instructions. The system has
 * to save the registers, too, as XCR0 says: bits 1 and 2 stand for SSE and AVX, 5 to 7 for the
 * masks and the rest of AVX-512. XGETBV needs OSXSAVE. */
enum {
  LEAF_1_ECX = 1 << 0 /* SSE3 */ | 1 << 9 /* SSSE3 */ | 1 << 12 /* FMA */ |
               1 << 13 /* CMPXCHG16B */ | 1 << 19 /* SSE4.1 */ | 1 << 20 /* SSE4.2 */ |
               1 << 22 /* MOVBE */ | 1 << 23 /* POPCNT */ | 1 << 27 /* OSXSAVE */ |
               1 << 28 /* AVX */ | 1 << 29 /* F16C */,
  EXTENDED_1_ECX = 1 << 0 /* LAHF */ | 1 << 5 /* LZCNT */,
  LEAF_7_EBX_V3 = 1 << 3 /* BMI1 */ | 1 << 5 /* AVX2 */ | 1 << 8 /* BMI2 */,
  LEAF_7_EBX_V4 = 1 << 16 /* F */ | 1 << 17 /* DQ */ | 1 << 28 /* CD */ | 1 << 30 /* BW */ |
                  (int)(1u << 31) /* VL */,
  XCR0_V3 = 0x06,
  XCR0_V4 = 0xe6
};

/* @level() is the index of the last of the versions that this processor runs. */
static const char levelText[] =
    "%%registers = type { i32, i32, i32, i32 }\n"
    "define internal %%registers @cpuid(i32 %%leaf) {\n"
    "  %%r = call %%registers asm sideeffect \"cpuid\",\n"
    "    \"={ax},={bx},={cx},={dx},{ax},{cx}\"(i32 %%leaf, i32 0)\n"
    "  ret %%registers %%r\n"
    "}\n"
    "define internal i1 @has(i32 %%leaf, i32 %%ebx, i32 %%ecx) {\n"
    "  %%family = and i32 %%leaf, u0x80000000\n"
    "  %%f = call %%registers @cpuid(i32 %%family)\n"
    "  %%last = extractvalue %%registers %%f, 0\n"
    "  %%known = icmp uge i32 %%last, %%leaf\n"
    "  br i1 %%known, label %%ask, label %%unknown\n"
    "ask:\n"
    "  %%r = call %%registers @cpuid(i32 %%leaf)\n"
    "  %%b = extractvalue %%registers %%r, 1\n"
    "  %%c = extractvalue %%registers %%r, 2\n"
    "  %%b.set = and i32 %%b, %%ebx\n"
    "  %%c.set = and i32 %%c, %%ecx\n"
    "  %%b.all = icmp eq i32 %%b.set, %%ebx\n"
    "  %%c.all = icmp eq i32 %%c.set, %%ecx\n"
    "  %%all = and i1 %%b.all, %%c.all\n"
    "  ret i1 %%all\n"
    "unknown:\n"
    "  ret i1 false\n"
    "}\n"
    "define internal i32 @level() {\n"
    "  %%leaf1 = call i1 @has(i32 1, i32 0, i32 %d)\n"
    "  br i1 %%leaf1, label %%saved, label %%baseline\n"
    "saved:\n"
    "  %%xcr = call { i32, i32 } asm sideeffect \"xgetbv\", \"={ax},={dx},{cx}\"(i32 0)\n"
    "  %%xcr0 = extractvalue { i32, i32 } %%xcr, 0\n"
    "  %%v3.saved = and i32 %%xcr0, %d\n"
    "  %%v3.os = icmp eq i32 %%v3.saved, %d\n"
    "  %%extended = call i1 @has(i32 u0x80000001, i32 0, i32 %d)\n"
    "  %%v3.leaf7 = call i1 @has(i32 7, i32 %d, i32 0)\n"
    "  %%v3.cpu = and i1 %%extended, %%v3.leaf7\n"
    "  %%v3 = and i1 %%v3.os, %%v3.cpu\n"
    "  br i1 %%v3, label %%avx2, label %%baseline\n"
    "avx2:\n"
    "  %%v4.saved = and i32 %%xcr0, %d\n"
    "  %%v4.os = icmp eq i32 %%v4.saved, %d\n"
    "  %%v4.cpu = call i1 @has(i32 7, i32 %d, i32 0)\n"
    "  %%v4 = and i1 %%v4.os, %%v4.cpu\n"
    "  %%level = select i1 %%v4, i32 2, i32 1\n"
    "  ret i32 %%level\n"
    "baseline:\n"
    "  ret i32 0\n"
    "}\n";

static LLVMModuleRef createModule(LLVMContextRef context, ExecError *error) {
  char text[sizeof levelText + 128];
  snprintf(text, sizeof text, levelText, LEAF_1_ECX, XCR0_V3, XCR0_V3, EXTENDED_1_ECX,
           LEAF_7_EBX_V3, XCR0_V4, XCR0_V4, LEAF_7_EBX_V4);
  LLVMMemoryBufferRef buffer =
      LLVMCreateMemoryBufferWithMemoryRangeCopy(text, strlen(text), "versions");
  LLVMModuleRef module = NULL;
  char *message = NULL;
  if (LLVMParseIRInContext2(context, buffer, &module, &message))
    execFail(error, "the choice of a version is not LLVM IR: %s", message);
  LLVMDisposeMemoryBuffer(buffer);
  LLVMDisposeMessage(message);
  return module;
}

static bool isExported(LLVMValueRef function) {
  return !LLVMIsDeclaration(function) && LLVMGetLinkage(function) == LLVMExternalLinkage;
}

static char *nameWith(const char *name, const char *suffix) {
  char *text = malloc(strlen(name) + strlen(suffix) + 1);
  return strcat(strcpy(text, name), suffix);
}

/* Makes every function code for the version's processor and gives the exported ones its suffix. */
static void markVersion(LLVMModuleRef module, int version) {
  const AddnormCpu *cpu = execVersionCpu(version);
  LLVMValueRef function = LLVMGetFirstFunction(module);
  for (; function; function = LLVMGetNextFunction(function)) {
    if (LLVMIsDeclaration(function))
      continue;
    LLVMAddTargetDependentFunctionAttr(function, "target-cpu", cpu->cpu);
    LLVMAddTargetDependentFunctionAttr(function, "target-features", cpu->features);
    if (cpu->tune)
      LLVMAddTargetDependentFunctionAttr(function, "tune-cpu", cpu->tune);
    if (!isExported(function))
      continue;
    size_t length;
    char *name = nameWith(LLVMGetValueName2(function, &length), execVersions[version].suffix);
    LLVMSetValueName2(function, name, strlen(name));
    LLVMSetVisibility(function, LLVMHiddenVisibility);
    free(name);
  }
}

/* The body of a function that goes on to `callee` with its own arguments. */
static void passOn(LLVMBuilderRef builder, LLVMValueRef function, LLVMValueRef callee) {
  LLVMTypeRef type = LLVMGlobalGetValueType(function);
  unsigned count = LLVMCountParams(function);
  LLVMValueRef *arguments = malloc(sizeof *arguments * (count + 1));
  LLVMGetParams(function, arguments);
  LLVMValueRef call = LLVMBuildCall2(builder, type, callee, arguments, count, "");
  LLVMSetTailCallKind(call, LLVMTailCallKindMustTail);
  LLVMBuildRet(builder, call);
  free(arguments);
}

static LLVMValueRef addFunction(LLVMModuleRef module, LLVMTypeRef type, const char *name,
                                const char *suffix, LLVMBuilderRef builder) {
  char *fullName = nameWith(name, suffix);
  LLVMValueRef function = LLVMAddFunction(module, fullName, type);
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(LLVMGetModuleContext(module), function, ""));
  free(fullName);
  return function;
}

/* The address of the version for this processor. */
static LLVMValueRef buildChoice(LLVMBuilderRef builder, LLVMModuleRef module, const char *name) {
  LLVMValueRef chosen = NULL, levelFunction = LLVMGetNamedFunction(module, "level");
  LLVMValueRef level =
      LLVMBuildCall2(builder, LLVMGlobalGetValueType(levelFunction), levelFunction, NULL, 0, "");
  for (unsigned i = 0; i < EXEC_NUM_VERSIONS; ++i) {
    char *versionName = nameWith(name, execVersions[i].suffix);
    LLVMValueRef version = LLVMGetNamedFunction(module, versionName);
    free(versionName);
    LLVMValueRef index = LLVMConstInt(LLVMTypeOf(level), i, 0);
    chosen = i == 0 ? version
                    : LLVMBuildSelect(builder, LLVMBuildICmp(builder, LLVMIntUGE, level, index, ""),
                                      version, chosen, "");
  }
  return chosen;
}

static void makeAtomic(LLVMValueRef access) {
  LLVMSetOrdering(access, LLVMAtomicOrderingMonotonic);
  LLVMSetAlignment(access, 8);
}

static void addDispatch(LLVMModuleRef module, const char *name, LLVMTypeRef type) {
  LLVMContextRef context = LLVMGetModuleContext(module);
  LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMValueRef selected = LLVMAddGlobal(module, pointer, "selected");
  LLVMSetLinkage(selected, LLVMInternalLinkage);

  LLVMValueRef choose = addFunction(module, type, name, "_choose", builder);
  LLVMSetLinkage(choose, LLVMInternalLinkage);
  LLVMSetInitializer(selected, choose);
  LLVMValueRef chosen = buildChoice(builder, module, name);
  makeAtomic(LLVMBuildStore(builder, chosen, selected));
  passOn(builder, choose, chosen);

  LLVMValueRef function = addFunction(module, type, name, "", builder);
  LLVMValueRef callee = LLVMBuildLoad2(builder, pointer, selected, "");
  makeAtomic(callee);
  passOn(builder, function, callee);
  LLVMDisposeBuilder(builder);
}

/* For each function of which there is a first version. */
static void addDispatches(LLVMModuleRef module) {
  const char *suffix = execVersions[0].suffix;
  LLVMValueRef function = LLVMGetFirstFunction(module);
  for (; function; function = LLVMGetNextFunction(function)) {
    size_t length;
    const char *name = LLVMGetValueName2(function, &length);
    if (LLVMGetVisibility(function) != LLVMHiddenVisibility || length < strlen(suffix) ||
        strcmp(name + length - strlen(suffix), suffix) != 0)
      continue;
    char *shortName = strndup(name, length - strlen(suffix));
    addDispatch(module, shortName, LLVMGlobalGetValueType(function));
    free(shortName);
  }
}

LLVMModuleRef execVersionsJoin(LLVMModuleRef modules[EXEC_NUM_VERSIONS], ExecError *error) {
  LLVMInitializeX86AsmParser(); /* for cpuid and xgetbv */
  LLVMModuleRef joined = createModule(LLVMGetModuleContext(modules[0]), error);
  for (int i = 0; i < EXEC_NUM_VERSIONS; ++i) {
    if (!joined) {
      LLVMDisposeModule(modules[i]);
      continue;
    }
    markVersion(modules[i], i);
    if (LLVMLinkModules2(joined, modules[i])) {
      execFail(error, "the versions cannot be linked");
      LLVMDisposeModule(joined);
      joined = NULL;
    }
  }
  if (joined)
    addDispatches(joined);
  return joined;
}
