/* Mistakes in the code between addnorm-lower{target=npu} and addnorm-dma-to-calls, one at one op.
 * Each is such that the reference machine has to report it wherever it is made, or it has no
 * meaning there, for a reason that the code itself tells. */

#ifndef ADDNORM_TEST_NPU_MUTATIONS_H
#define ADDNORM_TEST_NPU_MUTATIONS_H

#include "addnorm-c/npu_machine.h"
#include "mlir-c/IR.h"

typedef struct Mutation {
  const char *name;
  const char *op; /* the ops at which it can be made */

  /* Makes the mistake at `op`. Otherwise leaves the code as it is and returns why there is none to
   * make. */
  const char *(*make)(MlirOperation op);

  uint32_t kinds;  /* of the first hazard: a bit for each AddnormHazardKind */
  bool orWrong;    /* or there is none, for what is moved is in order and only not what should be
                      moved: then the results are wrong */
  bool ofCall;     /* what comes of it does not depend on the schedule: one kernel for each machine
                      shows it */
  bool needsCores; /* it is none where one core does all the work */
} Mutation;

extern const Mutation mutations[];
extern const int numMutations;

#endif /* ADDNORM_TEST_NPU_MUTATIONS_H */
