#include "bench/host.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "codegen/cpu.h"
#include "llvm/Config/llvm-config.h"

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
  const AddnormCpu *host = addnormCpuNative();
  snprintf(text, size,
           "%s (%s, %s), %ld cores, caches %ld KiB, %ld KiB and %" PRId64 " MiB, load %.1f\n"
           "addnorm-bench " ADDNORM_VERSION ", compiled by " BENCH_COMPILER
           "; LLVM " LLVM_VERSION_STRING "; glibc %s; %s %s\n",
           model, system.machine, host->cpu, sysconf(_SC_NPROCESSORS_ONLN),
           sysconf(_SC_LEVEL1_DCACHE_SIZE) >> 10, sysconf(_SC_LEVEL2_CACHE_SIZE) >> 10,
           host->info.cacheBytes >> 20, load, gnu_get_libc_version(), system.sysname,
           system.release);
}
