/* Registers and masks are facts of the instruction sets. The rest differs from part to part of a
 * family, and a program compiled here runs elsewhere: a quarter of a private L2 for scratch, and
 * the last-level cache that one socket of a common server has. Where it matters, compile on the
 * machine, for `native`. */

#include "codegen/cpu.h"

#include "addnorm-c/passes.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "llvm-c/Core.h"
#include "llvm-c/TargetMachine.h"

#define X86_64 "x86_64-pc-linux-gnu"
#define AARCH64 "aarch64-unknown-linux-gnu"
#define RISCV64 "riscv64-unknown-linux-gnu"
#define HEXAGON "hexagon-unknown-none-elf"

#define AVX2 "+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe"
#define AVX512 AVX2 ",+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl"
#define RV64GCV "+m,+a,+f,+d,+c,+v,+zfhmin"

#define LFENCE .loadFence = "llvm.x86.sse2.lfence"

#define KIB(count) ((int64_t)(count) << 10)
#define MIB(count) ((int64_t)(count) << 20)

/* LLVM's OpenMP starts and joins two threads within 1 us where they wait for it and within 7 us
 * where they have paused; in that time one core moves up to 0.6 MiB within its caches, and the
 * second one has to win them back. */
#define COMMON                                                                                     \
  .scratchBytes = KIB(128), .alignment = 64, .lanes = 64, .cores = 1, .forkBytes = MIB(1),         \
  .shortNans = true

/* Scratch memory is on the stack, which is small in a thread of the Hexagon SDK that does not ask
 * for more. LLVM reads all of a register where it loads under a mask, and the page behind a row may
 * not be there. NaNs are all ones. */
#define HVX                                                                                        \
  .scratchBytes = KIB(8), .alignment = 128, .lanes = 64, .cores = 1, .vectorBytes = 128,           \
  .vectorRegisters = 32, .cacheBytes = MIB(1), .bf16InPairs = true, .roundsPairs = true,           \
  .splitsFma = true

/* Of one architecture, what has fewer features first. Instructions are ordered for a core that
 * finds independent ones by itself, or nearly as they come (RISC-V): LLVM's models of "generic"
 * cores move loads so far up that the registers do not suffice. RISC-V's 32 registers of 16 bytes
 * are taken two by two, which makes half as many instructions. NEON and AVX2 have no 16-bit
 * elements under a mask. STNP is a hint that few heed; RISC-V has its hints in an extension of
 * their own. */
static const AddnormCpu cpus[] = {
    {.name = "x86-64",
     .summary = "SSE2; f16 and fma by other instructions",
     .triple = X86_64,
     .cpu = "x86-64",
     .features = "",
     .info = {COMMON, .vectorBytes = 16, .vectorRegisters = 16, .cacheBytes = MIB(16),
              .bf16InPairs = true, .streamingStores = true}},
    {.name = "x86-64-v3",
     .summary = "AVX2, FMA and F16C",
     .triple = X86_64,
     .cpu = "x86-64-v3",
     .features = AVX2,
     .tune = "znver3",
     .info = {COMMON, .vectorBytes = 32, .vectorRegisters = 16, .cacheBytes = MIB(16),
              .bf16InPairs = true, .streamingStores = true, LFENCE}},
    {.name = "x86-64-v4",
     .summary = "AVX-512 F, BW, DQ and VL",
     .triple = X86_64,
     .cpu = "x86-64-v4",
     .features = AVX512,
     .tune = "znver4",
     .info = {COMMON, .vectorBytes = 64, .vectorRegisters = 32, .f16Bytes = 32,
              .cacheBytes = MIB(32), .bf16InPairs = true, .maskedMemory = true,
              .streamingStores = true, LFENCE}},
    {.name = "avx512fp16",
     .summary = "AVX-512 with FP16 and BF16",
     .triple = X86_64,
     .cpu = "x86-64-v4",
     .features = AVX512 ",+avx512fp16,+avx512bf16",
     .tune = "sapphirerapids",
     .info = {COMMON, .vectorBytes = 64, .vectorRegisters = 32, .cacheBytes = MIB(32),
              .bf16InPairs = true, .maskedMemory = true, .streamingStores = true}},
    {.name = "aarch64",
     .summary = "Armv8-A with NEON",
     .triple = AARCH64,
     .cpu = "generic",
     .features = "+neon",
     .tune = "cortex-x4",
     .info = {COMMON, .vectorBytes = 16, .vectorRegisters = 32, .cacheBytes = MIB(32)}},
    {.name = "aarch64-fp16",
     .summary = "Armv8-A with NEON, FP16 and BF16",
     .triple = AARCH64,
     .cpu = "generic",
     .features = "+neon,+fullfp16,+bf16",
     .tune = "cortex-x4",
     .info = {COMMON, .vectorBytes = 16, .vectorRegisters = 32, .cacheBytes = MIB(32)}},
    {.name = "rv64gcv",
     .summary = "RISC-V with V and Zfhmin",
     .triple = RISCV64,
     .cpu = "generic-rv64",
     .features = RV64GCV,
     .tune = "rocket",
     .info = {COMMON, .vectorBytes = 32, .vectorRegisters = 16, .cacheBytes = MIB(2)}},
    {.name = "rv64gcv-zvfh",
     .summary = "RISC-V with V, Zfhmin and Zvfh",
     .triple = RISCV64,
     .cpu = "generic-rv64",
     .features = RV64GCV ",+zvfh",
     .tune = "rocket",
     .info = {COMMON, .vectorBytes = 32, .vectorRegisters = 16, .cacheBytes = MIB(2),
              .maskedMemory = true}},
    {.name = "hexagonv73",
     .summary = "Hexagon v73, HVX in its own floating point",
     .triple = HEXAGON,
     .cpu = "hexagonv73",
     .features = "+hvxv73,+hvx-length128b,+hvx-qfloat",
     .is32Bit = true,
     .lacksOpenMP = true,
     .info = {HVX}},
    {.name = "hexagonv79",
     .summary = "Hexagon v79, HVX in IEEE floating point",
     .triple = HEXAGON,
     .cpu = "hexagonv79",
     .features = "+hvxv79,+hvx-length128b,+hvx-ieee-fp",
     .is32Bit = true,
     .lacksOpenMP = true,
     .info = {HVX}},
};
enum { NUM_CPUS = sizeof cpus / sizeof *cpus };

static AddnormCpu native;

static bool lists(const char *features, const char *feature, size_t length) {
  for (size_t n; *features; features += n + (features[n] == ',')) {
    n = strcspn(features, ",");
    if (n == length && memcmp(features, feature, n) == 0)
      return true;
  }
  return false;
}

static bool listsAll(const char *features, const char *wanted) {
  for (size_t n; *wanted; wanted += n + (wanted[n] == ',')) {
    n = strcspn(wanted, ",");
    if (!lists(features, wanted, n))
      return false;
  }
  return true;
}

static bool runsOn(const AddnormCpu *cpu, const char *triple, const char *features) {
  size_t arch = strcspn(cpu->triple, "-");
  return strncmp(cpu->triple, triple, arch + 1) == 0 && listsAll(features, cpu->features);
}

/* A line of what the kernel tells of a cache of the first core; false when it does not. What the
 * processor itself says in a virtual machine, and so sysconf, may be that of the whole socket. */
static bool readCache(int index, const char *fact, char line[32]) {
  char path[80];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, fact);
  FILE *file = fopen(path, "r");
  bool ok = file && fgets(line, 32, file);
  if (file)
    fclose(file);
  return ok;
}

/* A quarter of the L2, which a core commonly has for itself, is scratch; the cache that counts is
 * the last, and no kernel lists the levels in another order. */
static void readCaches(AddnormTargetInfo *info) {
  char line[32];
  for (int index = 0; readCache(index, "type", line); ++index) {
    if (strcmp(line, "Instruction\n") == 0)
      continue;
    int level = readCache(index, "level", line) ? atoi(line) : 0;
    int64_t bytes = readCache(index, "size", line) ? KIB(atoll(line)) : 0;
    if (level < 2 || bytes == 0)
      continue;
    info->cacheBytes = bytes;
    if (level == 2)
      info->scratchBytes = bytes / 4;
  }
}

/* The nearest of the others, with what this very machine says of itself. */
static void describeHost(void) {
  native = (AddnormCpu){.name = "native",
                        .summary = "this host",
                        .triple = LLVMGetDefaultTargetTriple(),
                        .cpu = LLVMGetHostCPUName(),
                        .features = LLVMGetHostCPUFeatures(),
                        .info = {COMMON, .vectorBytes = 16, .vectorRegisters = 16}};
  for (int i = 0; i < NUM_CPUS; ++i)
    if (runsOn(&cpus[i], native.triple, native.features))
      native.info = cpus[i].info;
  readCaches(&native.info);
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    native.info.cores = CPU_COUNT(&set);
}

const AddnormCpu *addnormCpuNative(void) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, describeHost);
  return &native;
}

/* In order, native last; null past the end. */
static const AddnormCpu *cpuAt(int index) {
  return index < NUM_CPUS ? &cpus[index] : index == NUM_CPUS ? addnormCpuNative() : NULL;
}

const AddnormCpu *addnormCpuFind(MlirStringRef name) {
  const AddnormCpu *cpu;
  for (int i = 0; (cpu = cpuAt(i)); ++i)
    if (mlirStringRefEqual(name, mlirStringRefCreateFromCString(cpu->name)))
      return cpu;
  return NULL;
}

int64_t addnormCpuThreads(const AddnormCpu *cpu, int64_t threads) {
  return threads == ADDNORM_ALL_CORES ? cpu->info.cores : threads > 1 ? threads : 1;
}

bool addnormCpuRunsHere(const AddnormCpu *cpu) {
  const AddnormCpu *host = addnormCpuNative();
  return cpu == host || runsOn(cpu, host->triple, host->features);
}

int addnormCpuList(char *text, size_t size) {
  int length = 0;
  const AddnormCpu *cpu;
  for (int i = 0; (cpu = cpuAt(i)); ++i) {
    size_t used = (size_t)length < size ? (size_t)length : size;
    length += snprintf(text + used, size - used, "%s%s", i ? ", " : "", cpu->name);
  }
  return length;
}
