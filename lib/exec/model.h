/* A model: a parsed MLIR module whose diagnostics become an ExecError, and its functions. */

#ifndef ADDNORM_LIB_EXEC_MODEL_H
#define ADDNORM_LIB_EXEC_MODEL_H

#include "lib/exec/tensor.h"
#include "mlir-c/IR.h"

typedef struct ExecModel {
  const char *path;
  MlirContext context;
  MlirModule module;
  ExecError *error; /* where diagnostics go: the first error, as "FILE:LINE:COL: message" */
} ExecModel;

/* Parses and verifies `path`, text or bytecode. `path` and `error` must outlive the model, which
 * the caller destroys even after a failure. */
bool execModelLoad(ExecModel *model, const char *path, ExecError *error);

/* The same from text in memory; `name` stands for the path in errors. */
bool execModelParse(ExecModel *model, const char *name, const char *text, ExecError *error);

/* A model without a function yet. */
void execModelCreate(ExecModel *model, const char *name, ExecError *error);
void execModelDestroy(ExecModel *model);

/* Records an error at `loc`. Always returns false. */
bool execModelFail(ExecModel *model, MlirLocation loc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints "FILE:LINE:COL" of the first place in the source that `loc` names; false if it names none.
 */
bool execLocationPrint(MlirLocation loc, char *text, size_t size);

/* The func.func called `name`, or the only public one with a body when `name` is null. */
bool execModelFindFunction(ExecModel *model, const char *name, MlirOperation *function);

MlirStringRef execFunctionName(MlirOperation function);
MlirType execFunctionType(MlirOperation function);
bool execFunctionIsPublic(MlirOperation function);
bool execFunctionHasBody(MlirOperation function);

/* Calls `visit` for each func.func of the module until it returns false; returns whether none did.
 */
bool execModelForEachFunction(ExecModel *model, bool (*visit)(MlirOperation function, void *data),
                              void *data);

/* A value that a caller passes or gets: a ranked tensor, or a scalar (rank 0). */
typedef struct ExecValueType {
  ExecShape shape;
  bool scalar;
} ExecValueType;

typedef struct ExecSignature {
  intptr_t numArguments, numResults;
  ExecValueType *arguments, *results;
} ExecSignature;

/* The types of `function`; declines what a caller outside MLIR cannot pass. The caller destroys it.
 */
bool execSignatureCreate(ExecModel *model, MlirOperation function, ExecSignature *signature);
void execSignatureDestroy(ExecSignature *signature);

/* Whether `entry` can be run: it has a body, calls only functions with bodies, never itself, and no
 * tensor in the module is larger than the memory. */
bool execModelCheckRunnable(ExecModel *model, MlirOperation entry);

#endif /* ADDNORM_LIB_EXEC_MODEL_H */
