/* One function around one addnorm.rms_norm: built through the C API, lowered, compiled. */

#ifndef ADDNORM_TEST_NUMERIC_KERNEL_H
#define ADDNORM_TEST_NUMERIC_KERNEL_H

#include "addnorm-c/npu_machine.h"
#include "mlir-c/ExecutionEngine.h"
#include "mlir-c/IR.h"
#include "reference.h"

/* How the function presents the op. Every memref has unit last stride and otherwise any strides,
 * unless the spec says more. */
typedef enum Form {
  PLAIN,     /* the op alone */
  IN_LOOP,   /* an scf.for over rows around an op on subviews of one row */
  IN_FORALL, /* the same with scf.forall */
} Form;

typedef struct KernelSpec {
  const char *name;
  Norm norm;
  Form form;
  bool runTimeScalars; /* scales and epsilon are operands */
  bool contiguous;     /* only PLAIN: rows lie one behind the other, and the types say so */
  int rank;            /* of the data */
  int64_t n;           /* static row length; 0: dynamic */
} KernelSpec;

/* What kernels are compiled for. */
typedef struct Backend {
  const char *target; /* of addnorm-lower */
  int threads;
  const char *npu; /* of addnorm-lower; null: no machine is needed */
  int level;       /* of LLVM's optimisation */
} Backend;

typedef struct Kernel {
  const KernelSpec *spec;
  Norm expected; /* the spec's, with the target's own lanes where it leaves them open */
  MlirModule module;
  MlirExecutionEngine engine; /* null: the machine cannot run the op */
  AddnormMachine *machine;    /* runs it; null: this host */
} Kernel;

/* A context that has everything registered; destroy it with mlirContextDestroy. */
MlirContext kernelContextCreate(void);

/* Exits with a message when the kernel cannot be compiled. */
Kernel kernelCompile(MlirContext context, const Backend *backend, const KernelSpec *spec);

/* The same in two steps: the module as addnorm-lower leaves it, which is null when the machine
 * cannot run the op; and a kernel of such a module, which is taken over. */
MlirModule kernelLower(MlirContext context, const Backend *backend, const KernelSpec *spec);
Kernel kernelFinish(MlirContext context, const Backend *backend, const KernelSpec *spec,
                    MlirModule lowered);

void kernelDestroy(Kernel *kernel);

/* One argument in memory: rows x n elements, rows `stride` elements apart. */
typedef struct Tensor {
  void *data;
  int64_t stride;
} Tensor;

typedef struct Arguments {
  int64_t rows, n;
  Tensor addends[MAX_ADDENDS]; /* of a bias only the data counts */
  void *gamma;
  Tensor y, sum;
  float *rstd;
} Arguments;

/* Calls the function; the machine that runs it, if any, is left as it is then, with its buffers. */
void kernelCall(const Kernel *kernel, const Arguments *arguments);

/* The same and ends the machine's run. Returns whether it has seen no hazard; otherwise prints
 * them. */
bool kernelRun(const Kernel *kernel, const Arguments *arguments);

#endif /* ADDNORM_TEST_NUMERIC_KERNEL_H */
