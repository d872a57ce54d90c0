/* What the files of target `npu` share: the kernel being made, its tiles, and how they move. */

#ifndef ADDNORM_CODEGEN_NPU_H
#define ADDNORM_CODEGEN_NPU_H

#include "codegen/npu_schedule.h"
#include "codegen/vector.h"
#include "lib/ir/view.h"

typedef enum NpuRole {
  NPU_SCALAR,
  NPU_ADDEND,
  NPU_BIAS,
  NPU_GAMMA,
  NPU_Y,
  NPU_SUM,
  NPU_RSTD
} NpuRole;

/* An operand of the kernel's op. */
typedef struct NpuOperand {
  NpuRole role;
  MlirValue global; /* the kernel's argument: memref<rows x n>, or <n> of a row vector */
  MlirValue tiles;  /* in the scratchpad: memref<copies x rows x pitch> */
  MlirValue inLine; /* i1: several rows of `global` can be one transfer; null: they cannot */
} NpuOperand;

/* The kernel of one core. */
typedef struct Npu {
  const AddnormNpuTarget *machine;
  const AddnormScheduleQuery *query; /* of a plane */
  const AddnormNpuSchedule *schedule;
  AddnormSchedule code; /* of the vector code that works on tiles */
  MlirOperation op;     /* an addnorm.rms_norm on the kernel's arguments */
  intptr_t numOperands;
  NpuOperand *operands;
  Vectors memories;          /* scratch memory for the vector code; all else is null */
  IrBuilder entry;           /* where the scratchpad is given away */
  int64_t usedBytes;         /* of it so far */
  MlirValue core, zero, one; /* index */
  MlirValue rows, n;         /* index: of the plane */
} Npu;

/* --- npu_tiles.c ----------------------------------------------------------------------------- */

/* A new piece of the scratchpad, aligned; at most 3 dimensions. */
MlirValue addnormNpuAllocate(Npu *npu, MlirType element, int64_t rank, const int64_t *sizes);

/* Whether the operand is a row vector, and whether it is y or the sum. */
bool addnormNpuIsVector(const NpuOperand *operand);
bool addnormNpuIsResult(const NpuOperand *operand);

/* Gives an operand its tiles: `copies` of so many rows of so many columns. */
void addnormNpuAllocateTiles(Npu *npu, NpuOperand *operand, int64_t copies, int64_t rows,
                             int64_t columns);

/* The same for rstd: rowTile rows of one column, in addnormNpuStatisticBuffers copies. */
void addnormNpuAllocateStatistics(Npu *npu, NpuOperand *operand);

/* Starts copying `from`, a view of the operand or of a tile, to `to`, which is the other. Rows that
 * cannot be one transfer are several. */
void addnormNpuStart(const IrBuilder *b, const Npu *npu, const NpuOperand *operand, MlirValue from,
                     MlirValue to, MlirValue tag);
void addnormNpuWait(const IrBuilder *b, const Npu *npu, MlirValue tag);

/* `rows` rows of an operand in global memory from row `first` on, `count` columns of them from
 * `start`; a row vector has columns only. */
MlirValue addnormNpuGlobal(const IrBuilder *b, const NpuOperand *operand, IrIndex first,
                           IrIndex rows, IrIndex start, IrIndex count);

/* The same shape in copy number `copy` of the operand's tiles. */
MlirValue addnormNpuTile(const IrBuilder *b, const NpuOperand *operand, IrIndex copy, IrIndex rows,
                         IrIndex count);

/* Stores the rstd of `rows` rows from `first` on, from copy number `copy` of their tiles. */
void addnormNpuStartStatistics(const IrBuilder *b, const Npu *npu, const NpuOperand *operand,
                               IrIndex copy, IrIndex first, IrIndex rows, MlirValue tag);

/* The kernel's op on other operands, given one by one; and what vector code for it shares. The
 * caller destroys v.formula.op when that code has been emitted. */
Vectors addnormNpuVectors(const IrBuilder *b, const Npu *npu, const MlirValue *operands);

/* --- the two ways through the row tiles [first, end) of a core, of which there is at least one --
 */

void addnormNpuSinglePass(const IrBuilder *b, Npu *npu, MlirValue first, MlirValue end);
void addnormNpuMultiPass(const IrBuilder *b, Npu *npu, MlirValue first, MlirValue end);

#endif /* ADDNORM_CODEGEN_NPU_H */
