#include "bench/kernels.h"

int benchReferences(BenchReference references[BENCH_MAX_REFERENCES]) {
  int count = 0;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    references[count++] = (BenchReference){"AVX-512", benchReferenceAvx512, benchNarrow};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c"))
    references[count++] = (BenchReference){"AVX2", benchReferenceAvx2, benchNarrow};
#else
  (void)references;
#endif
  return count;
}
