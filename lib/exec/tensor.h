/* Dense row-major arrays: what a function takes and returns. */

#ifndef ADDNORM_LIB_EXEC_TENSOR_H
#define ADDNORM_LIB_EXEC_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#include "lib/exec/error.h"

enum { EXEC_MAX_RANK = 8 };

typedef enum ExecElement {
  EXEC_F16,
  EXEC_BF16,
  EXEC_F32,
  EXEC_F64,
  EXEC_I1, /* one byte, 0 or 1 */
  EXEC_I8,
  EXEC_I16,
  EXEC_I32,
  EXEC_I64, /* also MLIR's index */
} ExecElement;

/* How MLIR spells the type ("bf16") and its size in bytes. */
const char *execElementName(ExecElement element);
size_t execElementSize(ExecElement element);

/* A dimension whose size only the call decides. */
enum { EXEC_DYNAMIC = -1 };

/* Element type and shape; a scalar is a tensor of rank 0. */
typedef struct ExecShape {
  ExecElement element;
  int rank;
  int64_t dims[EXEC_MAX_RANK]; /* EXEC_DYNAMIC only in the types of functions */
} ExecShape;

/* Prints "2x?x64xf16" into `text`. */
enum { EXEC_SHAPE_TEXT = 256 };
void execShapePrint(const ExecShape *shape, char text[EXEC_SHAPE_TEXT]);

/* The number of elements of a static shape. */
int64_t execShapeCount(const ExecShape *shape);

typedef struct ExecTensor {
  ExecShape shape;
  void *data;
} ExecTensor;

/* Makes a zeroed tensor of a static shape; declines one that does not fit the free memory. */
bool execTensorCreate(ExecTensor *tensor, const ExecShape *shape, ExecError *error);
void execTensorDestroy(ExecTensor *tensor);

/* Bytes of memory that can be used now without swapping. */
size_t execAvailableMemory(void);

/* The bytes of a static shape, or SIZE_MAX when they cannot be counted. */
size_t execShapeBytes(const ExecShape *shape);

/* Fills with the next values of `*state`, a seed: floats uniform in [-1, 1) rounded to the type,
 * integers 0 or 1, which are valid indices and masks. */
void execTensorFillRandom(ExecTensor *tensor, uint64_t *state);

/* What a user wants to know of a result at a glance; min to meanAbs are over the finite elements.
 */
typedef struct ExecSummary {
  int64_t count, finite;
  double min, max, mean, meanAbs;
} ExecSummary;

ExecSummary execTensorSummarize(const ExecTensor *tensor);

#endif /* ADDNORM_LIB_EXEC_TENSOR_H */
