/* The op's two conversions between f32 and the types of its operands. */

#ifndef ADDNORM_CODEGEN_FLOAT_H
#define ADDNORM_CODEGEN_FLOAT_H

#include "lib/ir/build.h"

/* Exact; the value itself when it is f32. */
MlirValue addnormEmitExtend(const IrBuilder *b, MlirValue value);

/* f32 to `type`, to nearest even, subnormals kept. `roundLanes` is how many f32 the processor
 * rounds to f16 at once and does not matter for a scalar; ADDNORM_ROUND_ANY: any number, and the
 * mode is left to the environment. */
#define ADDNORM_ROUND_ANY INT64_MAX
MlirValue addnormEmitRound(const IrBuilder *b, MlirValue value, MlirType type, int64_t roundLanes);

/* `count` elements of a vector, from `start` on. */
MlirValue addnormEmitSlice(const IrBuilder *b, MlirValue vector, int64_t start, int64_t count);

/* A vector may be held with its even elements before its odd ones: then bf16 is widened and rounded
 * by shifts and masks of the pairs in memory, and no element moves to another place. */
MlirValue addnormEmitEvensFirst(const IrBuilder *b, MlirValue vector);
MlirValue addnormEmitInOrder(const IrBuilder *b, MlirValue vector); /* the inverse */

/* A vector of bf16, in order, to f32, evens first; and back, with one rounding. */
MlirValue addnormEmitExtendPairs(const IrBuilder *b, MlirValue value);
MlirValue addnormEmitRoundPairs(const IrBuilder *b, MlirValue value);

#endif /* ADDNORM_CODEGEN_FLOAT_H */
