/* A function of a model, compiled for this host and loaded: prepared once, called any number of
 * times. */

#ifndef ADDNORM_LIB_EXEC_PROGRAM_H
#define ADDNORM_LIB_EXEC_PROGRAM_H

#include "lib/exec/jit.h"
#include "lib/exec/model.h"
#include "lib/exec/pipeline.h"

typedef struct ExecProgram {
  ExecSignature signature;
  ExecJit jit;
} ExecProgram;

/* Lowers `entry` of `model` and loads it. The model's module is consumed: it is left lowered. The
 * caller destroys the program, after a failure too. */
bool execProgramCreate(ExecProgram *program, ExecModel *model, MlirOperation entry,
                       const ExecLowering *lowering);
void execProgramDestroy(ExecProgram *program);

/* Calls it. `arguments` fit the signature and are not written to. Makes the `results`, which the
 * caller destroys; on an error there are none. `stats` may be null. */
bool execProgramCall(ExecProgram *program, const ExecTensor *arguments, ExecTensor *results,
                     ExecCallStats *stats, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_PROGRAM_H */
