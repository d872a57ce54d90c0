/* Upstream's passes from a model's dialects down to the LLVM dialect, in steps between which
 * AddNorm's own passes have their places. Each is a list for a pipeline on the module. */

#ifndef ADDNORM_PASSES_STEPS_H
#define ADDNORM_PASSES_STEPS_H

#ifdef __cplusplus
extern "C" {
#endif

/* tosa and named linalg ops to linalg.generic, on tensors. addnorm-fuse goes before. */
extern const char addnormStepsToLinalg[];

/* Tensors to memrefs. What a function returns belongs to its caller. */
extern const char addnormStepsToBuffers[];

/* linalg to loops. addnorm-lower goes behind. */
extern const char addnormStepsToLoops[];

/* All that is left to the LLVM dialect. */
extern const char addnormStepsToLlvm[];

#ifdef __cplusplus
}
#endif

#endif /* ADDNORM_PASSES_STEPS_H */
