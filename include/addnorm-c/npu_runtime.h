/* What compiled NPU code calls: the functions that a vendor supplies. addnorm-dma-to-calls lowers
 * to them; AddNorm::machine is an implementation that checks every call (npu_machine.h). Needs
 * nothing but the C library.
 *
 * The code of one core runs from its first call of addnormNpuScratchpad to its last wait. Calls
 * name the core they are made for, so that one thread can run the cores one after the other.
 *
 * Errors: a call returns a status, of which 0 is success. After any other the code starts and waits
 * for no more transfers, computes on what its scratchpad happens to hold, stores nothing, and
 * returns the first such status to its caller. */

#ifndef ADDNORM_C_NPU_RUNTIME_H
#define ADDNORM_C_NPU_RUNTIME_H

#include "addnorm-c/support.h"

ADDNORM_EXTERN_C_BEGIN

typedef enum AddnormNpuStatus {
  ADDNORM_NPU_OK = 0,
  ADDNORM_NPU_ERROR_SCRATCHPAD = 1, /* more than there is: addnormNpuScratchpad returned null */
  ADDNORM_NPU_ERROR_BOUNDS = 2,     /* a transfer outside of a scratchpad or of known memory */
  ADDNORM_NPU_ERROR_ALIGNMENT = 3,
  ADDNORM_NPU_ERROR_LIMIT = 4, /* rows, bytes of a row, or a queue that the machine does not have */
  ADDNORM_NPU_ERROR_OVERLAP = 5, /* with a transfer in flight */
  ADDNORM_NPU_ERROR_ACCESS = 6,  /* the core read or wrote what is in flight, or read what nothing
                                    had been written to */
  ADDNORM_NPU_ERROR_WAIT = 7,    /* for a tag that no transfer has, or never for one */
  ADDNORM_NPU_ERROR_DEVICE = 8   /* the hardware's own; vendors may use higher numbers, too */
} AddnormNpuStatus;

/* The core that runs this: 0, 1, ... Called by code lowered with launch=spmd only. */
ADDNORM_API int64_t addnormNpuCore(void);

/* `bytes` bytes of the scratchpad of `core`, `offset` bytes behind its start, which is aligned to
 * at least the description's scratchpadAlignment; null when it has fewer. A kernel takes all that
 * it will use before anything else: a part at offset 0 first, each other part behind the one before
 * it. Each access, and each transfer, stays within one part. */
ADDNORM_API void *addnormNpuScratchpad(int64_t core, int64_t offset, int64_t bytes);

/* Starts copying `rows` rows of `rowBytes` bytes between global memory and the scratchpad of
 * `core`, in either direction, by its queue `queue`. Strides are in bytes from row to row, not read
 * when there is only one. Source and destination stay as they are until the wait. No rows: nothing
 * to do, but the tag counts as started. */
ADDNORM_API int32_t addnormNpuDmaStart(void *destination, const void *source,
                                       int64_t destinationStride, int64_t sourceStride,
                                       int64_t rowBytes, int64_t rows, int64_t core, int64_t queue,
                                       int64_t tag);

/* Returns when all transfers of `core` that were started with `tag` since the last wait for it are
 * complete. */
ADDNORM_API int32_t addnormNpuDmaWait(int64_t core, int64_t tag);

/* Called by the code around a kernel, on the core that launched it, when the kernel returned
 * `status` other than ADDNORM_NPU_OK. `site` names the op: its function and its place in the
 * source, such as main at loc("model.mlir":7:3); it lives as long as the code. If this returns, the
 * program goes on without the op's results: note the error where the program's caller looks for it,
 * or do not return. Not needed with an object of addnormc, whose entries return the first such
 * status. */
ADDNORM_API void addnormNpuFailed(int32_t status, const char *site);

/* The text of a status, for people; never null. Static, or valid until the next call. */
ADDNORM_API const char *addnormNpuErrorText(int32_t status);

/* --- tracing: called only by code lowered with `trace`, which no product needs -------------------
 */

/* The core is about to read (or write) these bytes of its scratchpad. */
ADDNORM_API void addnormNpuTraceAccess(int64_t core, const void *address, int64_t bytes,
                                       int32_t isWrite);

/* The core computes for so many cycles, by the costs of the description. */
ADDNORM_API void addnormNpuTraceWork(int64_t core, double cycles);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_C_NPU_RUNTIME_H */
