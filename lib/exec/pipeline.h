/* From a model's dialects down to the LLVM dialect, in named steps.
 *
 * needs: a module whose functions have the signatures of ExecSignature (or memref arguments)
 * leaves: a module of the LLVM dialect */

#ifndef ADDNORM_LIB_EXEC_PIPELINE_H
#define ADDNORM_LIB_EXEC_PIPELINE_H

#include "addnorm-c/passes.h"
#include "codegen/cpu.h"
#include "lib/exec/model.h"

/* What becomes of an add -> RMSNorm. */
typedef enum ExecFusion {
  EXEC_FUSE_ADD_NORM, /* one op */
  EXEC_FUSE_NORM,     /* the norm alone; the add stays outside, rounded to its own type */
  EXEC_FUSE_NONE      /* the graph as the front end wrote it */
} ExecFusion;

typedef struct ExecLowering {
  ExecFusion fusion;
  AddnormNumerics numerics;
  bool strict;           /* of addnorm-fuse */
  bool widenResidual;    /* run addnorm-widen-residual, too */
  const char *target;    /* of addnorm-lower */
  const AddnormCpu *cpu; /* that the code will run on; null: native */
  int64_t threads;       /* of addnorm-lower, as in AddnormLowerOptions */
  const char *npu;       /* the machine of target npu; null: none */
} ExecLowering;

static inline const AddnormCpu *execLoweringCpu(const ExecLowering *lowering) {
  return lowering->cpu ? lowering->cpu : addnormCpuNative();
}

/* addnorm-fuse and addnorm-widen-residual as `lowering` asks for them. */
bool execFuse(ExecModel *model, const ExecLowering *lowering);

/* tosa and named linalg ops to linalg.generic, still on tensors: one op is one loop nest to be. */
bool execLowerToLinalg(ExecModel *model);

/* Asserts at run time what the types leave open: that sizes agree, that indices are in bounds. */
bool execAddChecks(ExecModel *model);

/* Tensors to memrefs. What a function returns belongs to its caller, once per distinct buffer. */
bool execBufferize(ExecModel *model);

/* addnorm and linalg on memrefs to loops, and those to the LLVM dialect. */
bool execLowerToLlvm(ExecModel *model, const ExecLowering *lowering);

/* Runs one textual pipeline over the module. */
bool execRunPasses(ExecModel *model, const char *pipeline);

#endif /* ADDNORM_LIB_EXEC_PIPELINE_H */
