#include "bench/host.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "llvm-c/Core.h"
#include "llvm-c/TargetMachine.h"
#include "llvm/Config/llvm-config.h"

/* As the kernel counts it: what the processor itself says in a virtual machine, and so sysconf, may
 * be that of the whole socket. */
size_t benchHostCacheBytes(void) {
  size_t kilobytes = 0;
  for (int index = 3; index >= 2 && kilobytes == 0; --index) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
    FILE *file = fopen(path, "r");
    if (!file)
      continue;
    if (fscanf(file, "%zuK", &kilobytes) != 1)
      kilobytes = 0;
    fclose(file);
  }
  return kilobytes << 10;
}

static void readModel(char model[128]) {
  char line[256];
  snprintf(model, 128, "processor");
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && fgets(line, sizeof line, file) &&
         sscanf(line, "model name : %127[^\n]", model) != 1)
    ;
  if (file)
    fclose(file);
}

void benchHostDescribe(char *text, size_t size) {
  char model[128];
  readModel(model);
  struct utsname system;
  uname(&system);
  double load = 0;
  getloadavg(&load, 1);
  char *cpu = LLVMGetHostCPUName();
  snprintf(text, size,
           "%s (%s, %s), %ld cores, last-level cache %zu MiB, load %.1f\n"
           "addnorm-bench " ADDNORM_VERSION ", compiled by " BENCH_COMPILER
           "; LLVM " LLVM_VERSION_STRING "; glibc %s; %s %s\n",
           model, system.machine, cpu, sysconf(_SC_NPROCESSORS_ONLN), benchHostCacheBytes() >> 20,
           load, gnu_get_libc_version(), system.sysname, system.release);
  LLVMDisposeMessage(cpu);
}
