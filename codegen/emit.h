/* What a target is. README.md beside this file says how to add one. */

#ifndef ADDNORM_CODEGEN_EMIT_H
#define ADDNORM_CODEGEN_EMIT_H

#include "addnorm-c/target.h"
#include "codegen/cpu.h"
#include "codegen/npu_kernels.h"
#include "codegen/scratch.h"
#include "mlir-c/IR.h"

/* One run of addnorm-lower: what the options say, and what targets have made so far. */
typedef struct AddnormLowering {
  MlirOperation root;
  const AddnormCpu *cpu;
  int64_t threads;
  AddnormNpuTarget npu;
  bool isSpmd;
  MlirStringRef kernel; /* of target call */
  AddnormScratchPool pool;
  AddnormNpuKernels kernels;
} AddnormLowering;

enum { ADDNORM_SCHEDULE_TEXT = 1024 };

typedef struct AddnormTarget {
  const char *name;
  const char *summary; /* one line */
  /* Whether the target can run `op`, an addnorm.rms_norm on tensors or memrefs: stores the schedule
   * as JSON in `text`, or the reason why not. */
  bool (*plan)(MlirOperation op, const AddnormLowering *lowering, char *text, size_t size);
  /* Inserts before `op`, on memrefs and planned for, code that does what it does. Cannot fail;
   * leaves `op` in place. */
  void (*emit)(MlirOperation op, AddnormLowering *lowering);
} AddnormTarget;

extern const AddnormTarget addnormLoopsTarget;
extern const AddnormTarget addnormVectorTarget;
extern const AddnormTarget addnormNpuTarget;
extern const AddnormTarget addnormCallTarget;

#endif /* ADDNORM_CODEGEN_EMIT_H */
