/* One function around one addnorm.rms_norm: built through the C API, lowered, compiled. */

#ifndef ADDNORM_TEST_NUMERIC_KERNEL_H
#define ADDNORM_TEST_NUMERIC_KERNEL_H

#include "mlir-c/ExecutionEngine.h"
#include "mlir-c/IR.h"
#include "reference.h"

/* How the function presents the op. Every memref has unit last stride and otherwise any strides. */
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
  int rank;            /* of the data */
  int64_t n;           /* static row length; 0: dynamic */
} KernelSpec;

typedef struct Kernel {
  const KernelSpec *spec;
  MlirModule module;
  MlirExecutionEngine engine;
} Kernel;

/* A context that has everything registered; destroy it with mlirContextDestroy. */
MlirContext kernelContextCreate(void);

/* Exits with a message when the kernel cannot be compiled. */
Kernel kernelCompile(MlirContext context, const char *target, int threads, const KernelSpec *spec);
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

void kernelRun(const Kernel *kernel, const Arguments *arguments);

#endif /* ADDNORM_TEST_NUMERIC_KERNEL_H */
