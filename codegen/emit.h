/* What a target is. README.md beside this file says how to add one. */

#ifndef ADDNORM_CODEGEN_EMIT_H
#define ADDNORM_CODEGEN_EMIT_H

#include "codegen/schedule.h"
#include "codegen/scratch.h"
#include "mlir-c/IR.h"

typedef struct AddnormTarget {
  const char *name;
  const char *summary; /* one line */
  AddnormTargetInfo info;
  bool takesCpu; /* the facts are those of the processor; `info` is not read */
  /* Inserts before `op`, an addnorm.rms_norm on memrefs, code that does what it does, in the order
   * `schedule` says, with scratch memory from `pool`. Cannot fail; leaves `op` in place. */
  void (*emit)(MlirOperation op, const AddnormSchedule *schedule, AddnormScratchPool *pool);
} AddnormTarget;

extern const AddnormTarget addnormLoopsTarget;
extern const AddnormTarget addnormVectorTarget;

#endif /* ADDNORM_CODEGEN_EMIT_H */
