/* What the compiler and the runtime both have to know of our NPU. */

#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

enum { MACHINE_CORES = 2, MACHINE_SCRATCHPAD_BYTES = 8192, MACHINE_ALIGNMENT = 64 };

/* By all transfers. */
extern int64_t machineBytesMoved;

#endif /* MACHINE_H */
