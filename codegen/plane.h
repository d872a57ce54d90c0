/* An op as planes: rows of n elements, with one stride from row to row in each tensor. What a DMA
 * engine and a kernel of others take. */

#ifndef ADDNORM_CODEGEN_PLANE_H
#define ADDNORM_CODEGEN_PLANE_H

#include "lib/ir/build.h"

/* How the dimensions of an op on memrefs, but the last one, make planes. Those that lie one behind
 * the other in every tensor of full shape are the rows of a plane; outside of them there is a plane
 * for each index. */
typedef struct AddnormPlaneShape {
  int64_t rank;               /* of the op */
  int64_t sizes[IR_MAX_RANK]; /* what all types together say, or MLIR's marker of a dynamic size */
  int64_t numApart;           /* leading dimensions that the types say are not rows of a plane */
  int64_t numOuter; /* leading dimensions that they do not say are: of those from numApart on the
                       strides decide, at run time */
  int64_t rows;     /* of a plane, or the marker */
} AddnormPlaneShape;

AddnormPlaneShape addnormPlaneShapeOf(MlirOperation op);

/* A plane. Null stands for what is absent. */
typedef struct AddnormPlane {
  IrBuilder body;    /* of the loops over the planes: runs once for each */
  MlirValue rows, n; /* index */
  /* Of full shape: memref<rows x n, strided<[s, 1], offset: o>>, as static as the types are; rstd
   * has a last dimension of 1. A row vector (gamma, a bias) is the op's own, of rank 1. */
  MlirValue *addends;
  MlirValue gamma, y, sum, rstd;
} AddnormPlane;

/* Emits at `b` the loops over the planes of `op` (none when there is one plane) and, within them,
 * the views. */
AddnormPlane addnormPlaneOpen(const IrBuilder *b, MlirOperation op);

/* Frees what the struct owns, no IR. */
void addnormPlaneDestroy(AddnormPlane *plane);

#endif /* ADDNORM_CODEGEN_PLANE_H */
