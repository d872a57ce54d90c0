/* A kernel of target npu, compiled so that each of its calls of the runtime says where it is. */

#ifndef ADDNORM_TEST_NPU_KERNEL_H
#define ADDNORM_TEST_NPU_KERNEL_H

#include "addnorm-c/npu_machine.h"
#include "lib/exec/jit.h"

typedef struct Shape {
  int64_t rows, n;
} Shape;

typedef enum SiteKind { SITE_SCRATCHPAD, SITE_START, SITE_WAIT } SiteKind;

enum { MAX_SITES = 256 };

/* y = RMSNorm(x + r) * gamma with sum and rstd. The call at site i is one of mutantScratchpad,
 * mutantStart and mutantWait with i in front of the runtime's own arguments, and where the block
 * ends that a wait is in there is a call of mutantLateWait. */
typedef struct Kernel {
  ExecJit jit;
  SiteKind sites[MAX_SITES];
  int numSites;
} Kernel;

/* The caller destroys it, after a failure too. */
bool kernelCreate(Kernel *kernel, const Shape *shape, const AddnormNpuTarget *target,
                  ExecError *error);
void kernelDestroy(Kernel *kernel);

/* What it calls; the program has to define them. A late wait is run if it has to be. */
ADDNORM_API void *mutantScratchpad(int64_t site, int64_t core, int64_t offset, int64_t bytes);
ADDNORM_API int32_t mutantStart(int64_t site, char *destination, char *source,
                                int64_t destinationStride, int64_t sourceStride, int64_t rowBytes,
                                int64_t rows, int64_t core, int64_t queue, int64_t tag);
ADDNORM_API int32_t mutantWait(int64_t site, int64_t core, int64_t tag);
ADDNORM_API void mutantLateWait(int64_t site);

/* The memory of a call. */
typedef struct Tensors {
  uint16_t *x, *r, *y, *sum;
  float *gamma, *rstd;
  int64_t yBytes, rstdBytes; /* of x, r, y and sum alike; of rstd */
} Tensors;

bool tensorsCreate(Tensors *tensors, const Shape *shape);
void tensorsDestroy(Tensors *tensors);

/* Sets the results to NaN and calls the kernel. False when it gave up. */
bool kernelCall(Kernel *kernel, const Shape *shape, Tensors *tensors);

#endif /* ADDNORM_TEST_NPU_KERNEL_H */
