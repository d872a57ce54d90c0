/* Taking the body of a linalg.generic apart: an input more, an input less, a value in an op of its
 * own. */

#ifndef ADDNORM_PASSES_FUSE_BODY_H
#define ADDNORM_PASSES_FUSE_BODY_H

#include <stdbool.h>

#include "lib/ir/build.h"

/* A linalg.generic over the elements of `init`. `maps` are those of the inputs; `region` is taken
 * over. */
MlirValue bodyCreate(const IrBuilder *b, intptr_t numInputs, const MlirValue *inputs,
                     const MlirAttribute *maps, MlirValue init, MlirRegion region);

intptr_t bodyNumInputs(MlirOperation generic);

/* The number of the operand that is the init of a result. */
intptr_t bodyInitOf(MlirValue result);

/* Adds `tensor` as the last input, read as input `like` is; returns the body's argument for it. */
MlirValue bodyAddInput(MlirOperation generic, MlirValue tensor, intptr_t like);

/* Visits the values that the body reads from outside other than through its arguments. */
typedef void (*BodyCaptureVisitor)(MlirValue value, void *data);
void bodyVisitCaptures(MlirOperation generic, BodyCaptureVisitor visit, void *data);

/* Whether what the body computes can be computed elsewhere: it does not ask for the numbers of its
 * loops. */
bool bodyCanSplit(MlirOperation generic);

/* Computes `value`, of the body, in a linalg.generic of its own at `b`, as a tensor of the shape of
 * operand `like`; the body reads that instead. The inputs that `value` depends on are read at loops
 * that `like` names, or at ones that run once. Returns the tensor. */
MlirValue bodySplit(const IrBuilder *b, MlirOperation generic, MlirValue value, intptr_t like);

/* Drops an input that the body does not use, and that is not all that tells how often a loop runs.
 * False where there is none. */
bool bodyDropInput(MlirOperation generic, MlirValue *dropped);

#endif /* ADDNORM_PASSES_FUSE_BODY_H */
