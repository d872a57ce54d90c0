/* Upstream's passes from a model's dialects down to the LLVM dialect, in steps between which
 * AddNorm's own passes have their places. Each is a list for a pipeline on the module. */

#ifndef ADDNORM_PASSES_STEPS_H
#define ADDNORM_PASSES_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tosa and named linalg ops to linalg.generic, on tensors. addnorm-fuse goes before. */
extern const char addnormStepsToLinalg[];

/* Tensors to memrefs. What a function returns belongs to its caller. */
extern const char addnormStepsToBuffers[];

/* linalg, and copies, to loops. addnorm-lower goes behind. */
extern const char addnormStepsToLoops[];

/* All that is left to the LLVM dialect. Writes the list into the `size` bytes of `text`,
 * ADDNORM_STEPS_TEXT suffice. Where an index has 32 bits, the module's dlti.dl_spec must say so. */
enum { ADDNORM_STEPS_TEXT = 2048 };
void addnormStepsToLlvm(char *text, size_t size, bool is32Bit);

#ifdef __cplusplus
}
#endif

#endif /* ADDNORM_PASSES_STEPS_H */
