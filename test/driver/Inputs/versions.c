/* Each version of a kernel in one object, as far as this processor runs it: the same bits, also
 * when several threads make the first call. Prints how many ran. With an argument only the one is
 * called that is chosen for the processor. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "addnorm-c/reference.h"
#include "fixed.h"

typedef int32_t Kernel(int64_t, int64_t, float, const void *, int64_t, const void *, int64_t,
                       const void *, void *, int64_t, void *, int64_t, float *, int64_t);

Kernel addnorm_fixed_kernel_baseline, addnorm_fixed_kernel_avx2, addnorm_fixed_kernel_avx512;

enum { ROWS = 9, N = 4096 };

typedef struct Outputs {
  uint16_t y[ROWS * N], sum[ROWS * N];
  float rstd[ROWS];
} Outputs;

static uint16_t x[ROWS * N], r[ROWS * N];
static float scale[N];
enum { THREADS = 4 };
static Outputs chosen, forced, raced[THREADS];

static void call(Kernel *kernel, Outputs *outputs) {
  memset(outputs, 0x5a, sizeof *outputs);
  if (kernel(ROWS, N, 1e-5f, x, N, r, N, scale, outputs->y, N, outputs->sum, N, outputs->rstd, 1) !=
      ADDNORM_OK)
    exit(EXIT_FAILURE);
}

/* Values of all sizes; a row of zeros and one of subnormals. */
static void fill(void) {
  srand(3);
  for (int i = 0; i < ROWS * N; ++i) {
    int row = i / N, limit = row == 1 ? 0x03ff : 0x7bff;
    x[i] = row == 0 ? 0 : (uint16_t)(rand() % limit | (rand() & 1) << 15);
    r[i] = row == 0 ? 0 : (uint16_t)(rand() % limit | (rand() & 1) << 15);
  }
  for (int i = 0; i < N; ++i)
    scale[i] = (float)(rand() % 1000) / 500;
}

static int race(void *outputs) {
  call(addnorm_fixed_kernel, outputs);
  return 0;
}

static void callFromThreads(void) {
  thrd_t threads[THREADS];
  for (int i = 0; i < THREADS; ++i)
    if (thrd_create(&threads[i], race, &raced[i]) != thrd_success)
      exit(EXIT_FAILURE);
  for (int i = 0; i < THREADS; ++i)
    thrd_join(threads[i], NULL);
}

int main(int argc, char **argv) {
  (void)argv;
  fill();
  const struct {
    Kernel *kernel;
    int runs;
  } versions[] = {
      {addnorm_fixed_kernel_baseline, 1},
      {addnorm_fixed_kernel_avx2, __builtin_cpu_supports("avx2")},
      {addnorm_fixed_kernel_avx512,
       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")},
  };
  callFromThreads();
  call(addnorm_fixed_kernel, &chosen);
  for (int i = 0; i < THREADS; ++i)
    if (memcmp(&raced[i], &chosen, sizeof chosen) != 0)
      return EXIT_FAILURE;
  if (argc > 1)
    return EXIT_SUCCESS;
  int count = 0;
  for (int i = 0; i < 3; ++i) {
    if (!versions[i].runs)
      continue;
    call(versions[i].kernel, &forced);
    if (memcmp(&forced, &chosen, sizeof chosen) != 0) {
      printf("version %d has other bits\n", i);
      return EXIT_FAILURE;
    }
    ++count;
  }
  printf("%d versions\n", count);
  return EXIT_SUCCESS;
}
