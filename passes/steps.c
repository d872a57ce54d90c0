#include "passes/steps.h"

#include <stdio.h>

const char addnormStepsToLinalg[] = "func.func(tosa-to-linalg-named,"
                                    "tosa-to-linalg,"
                                    "tosa-to-arith{include-apply-rescale use-32-bit},"
                                    "tosa-to-tensor,"
                                    "tosa-to-scf),"
                                    "linalg-generalize-named-ops,"
                                    "func.func(convert-elementwise-to-linalg),"
                                    "canonicalize,cse";

const char addnormStepsToBuffers[] =
    "one-shot-bufferize{bufferize-function-boundaries "
    "function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops},"
    "ownership-based-buffer-deallocation,"
    "canonicalize,"
    "buffer-deallocation-simplification,"
    "bufferization-lower-deallocations,"
    "cse,canonicalize,"
    "convert-bufferization-to-memref";

/* Parallel loops of the model's own would call the allocator and abort from threads. */
const char addnormStepsToLoops[] = "addnorm-copies-to-linalg,"
                                   "func.func(convert-linalg-to-loops),"
                                   "scf-parallel-for-to-nested-fors";

/* bf16 arithmetic is done in f32 and rounded back by integer code: the back end's way to do it
 * would call __truncsfbf2, which the distribution's libgcc does not have.
 *
 * convert-vector-to-llvm takes every index for 64 bits wide. Where it is not, the general pass goes
 * first: it asks the module, and leaves to the other what has no index. */
void addnormStepsToLlvm(char *text, size_t size, bool is32Bit) {
  static const char steps[] = "expand-strided-metadata,lower-affine,"
                              "math-expand-ops{ops=fpowi,ceil},"
                              "convert-scf-to-cf,"
                              "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
                              "math-extend-to-supported-types,"
                              "%1$sconvert-vector-to-llvm,"
                              "func.func(convert-math-to-llvm),convert-math-to-libm,"
                              "arith-expand{include-bf16},"
                              "convert-complex-to-standard,"
                              "convert-arith-to-llvm{index-bitwidth=%2$d},"
                              "convert-index-to-llvm{index-bitwidth=%2$d},"
                              "convert-cf-to-llvm{index-bitwidth=%2$d},"
                              "finalize-memref-to-llvm{index-bitwidth=%2$d},"
                              "convert-func-to-llvm{index-bitwidth=%2$d},"
                              "convert-ub-to-llvm{index-bitwidth=%2$d},"
                              "convert-openmp-to-llvm,"
                              "reconcile-unrealized-casts";
  static const char vectors[] = "convert-to-llvm{dynamic=true filter-dialects=vector},";
  snprintf(text, size, steps, is32Bit ? vectors : "", is32Bit ? 32 : 64);
}
