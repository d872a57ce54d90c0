/* The processors: what is listed is found, fits the schedule, and names a back end of LLVM. */

#include "codegen/cpu.h"

#include <string.h>

#include "test/unit/check.h"
#include "llvm-c/Core.h"
#include "llvm-c/Target.h"
#include "llvm-c/TargetMachine.h"

static bool isPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }

static void checkFacts(const AddnormCpu *cpu) {
  const AddnormTargetInfo *info = &cpu->info;
  CHECK(isPowerOfTwo(info->vectorBytes) && info->vectorBytes >= 16);
  CHECK(info->vectorRegisters >= 16);
  CHECK(isPowerOfTwo(info->alignment));
  CHECK(info->cacheBytes > info->scratchBytes && info->scratchBytes > 0);
  CHECK(info->cores >= 1);
  AddnormScheduleQuery query = {
      .rows = 8, .n = 4096, .elementBytes = 8, .vectorBytes = 2, .narrowestBytes = 2};
  AddnormSchedule schedule;
  CHECK(addnormScheduleCompute(&query, info, &schedule) == NULL);
  CHECK(schedule.lanes == 64);
}

static void checkTriple(const AddnormCpu *cpu) {
  LLVMTargetRef target;
  char *message = NULL;
  CHECK(!LLVMGetTargetFromTriple(cpu->triple, &target, &message));
  LLVMDisposeMessage(message);
  LLVMTargetMachineRef machine =
      LLVMCreateTargetMachine(target, cpu->triple, cpu->cpu, cpu->features, LLVMCodeGenLevelDefault,
                              LLVMRelocPIC, LLVMCodeModelDefault);
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
  CHECK(LLVMPointerSize(layout) == (cpu->is32Bit ? 4 : 8));
  LLVMDisposeTargetData(layout);
  LLVMDisposeTargetMachine(machine);
}

static const AddnormCpu *find(const char *name) {
  return addnormCpuFind(mlirStringRefCreateFromCString(name));
}

static void checkHost(void) {
  const AddnormCpu *native = addnormCpuNative();
  CHECK(native == find("native") && native == addnormCpuNative());
  CHECK(addnormCpuRunsHere(native));
#if defined(__x86_64__)
  CHECK(addnormCpuRunsHere(find("x86-64")) && !addnormCpuRunsHere(find("aarch64")));
  __builtin_cpu_init();
  CHECK(addnormCpuRunsHere(find("x86-64-v3")) == (__builtin_cpu_supports("x86-64-v3") != 0));
  CHECK(addnormCpuRunsHere(find("x86-64-v4")) == (__builtin_cpu_supports("x86-64-v4") != 0));
  if (__builtin_cpu_supports("x86-64-v4"))
    CHECK(native->info.vectorBytes == 64 && native->info.maskedMemory);
#elif defined(__aarch64__)
  CHECK(addnormCpuRunsHere(find("aarch64")) && !addnormCpuRunsHere(find("x86-64")));
#endif
}

int main(void) {
  LLVMInitializeAllTargetInfos();
  LLVMInitializeAllTargets();
  LLVMInitializeAllTargetMCs();
  char names[512];
  CHECK(addnormCpuList(names, sizeof names) == (int)strlen(names));
  char cut[4];
  CHECK(addnormCpuList(cut, sizeof cut) == (int)strlen(names) && strlen(cut) == 3);
  int count = 0;
  for (char *name = strtok(names, ", "); name; name = strtok(NULL, ", "), ++count) {
    const AddnormCpu *cpu = find(name);
    CHECK(cpu && strcmp(cpu->name, name) == 0);
    if (!cpu)
      continue;
    checkFacts(cpu);
    checkTriple(cpu);
  }
  CHECK(count >= 2);
  CHECK(find("x86-64-v") == NULL && find("") == NULL);
  checkHost();
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0;
}
