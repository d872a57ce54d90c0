#include "passes/steps.h"

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
const char addnormStepsToLoops[] = "func.func(convert-linalg-to-loops),"
                                   "scf-parallel-for-to-nested-fors";

/* bf16 arithmetic is done in f32 and rounded back by integer code: the back end's way to do it
 * would call __truncsfbf2, which the distribution's libgcc does not have. */
const char addnormStepsToLlvm[] =
    "expand-strided-metadata,lower-affine,"
    "math-expand-ops{ops=fpowi,ceil},"
    "convert-scf-to-cf,"
    "arith-emulate-unsupported-floats{source-types=bf16 target-type=f32},"
    "math-extend-to-supported-types,"
    "convert-vector-to-llvm,"
    "func.func(convert-math-to-llvm),convert-math-to-libm,"
    "arith-expand{include-bf16},"
    "convert-complex-to-standard,"
    "convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,"
    "finalize-memref-to-llvm,convert-func-to-llvm,convert-ub-to-llvm,"
    "convert-openmp-to-llvm,"
    "reconcile-unrealized-casts";
