/* The op's two conversions between f32 and the types of its operands. */

#ifndef ADDNORM_CODEGEN_FLOAT_H
#define ADDNORM_CODEGEN_FLOAT_H

#include <stdbool.h>

#include "lib/ir/build.h"

/* Exact; the value itself when it is f32. */
MlirValue addnormEmitExtend(const IrBuilder *b, MlirValue value);

/* What is known where values are rounded. */
typedef struct AddnormRounding {
  int64_t roundLanes; /* how many f32 the processor rounds to f16 at once; does not matter for a
                         scalar. ADDNORM_ROUND_ANY: any number, and the mode is left to the
                         environment */
  bool shortNans; /* the lower 16 bits of every NaN are 0, as of one that was a bf16: nothing has to
                     be done to keep it a NaN of bf16 */
} AddnormRounding;
#define ADDNORM_ROUND_ANY INT64_MAX

/* f32 to `type`, to nearest even, subnormals kept. */
MlirValue addnormEmitRound(const IrBuilder *b, MlirValue value, MlirType type,
                           const AddnormRounding *how);

/* The value with a short NaN for any NaN. */
MlirValue addnormEmitShortNan(const IrBuilder *b, MlirValue value);

/* `count` elements of a vector, from `start` on. */
MlirValue addnormEmitSlice(const IrBuilder *b, MlirValue vector, int64_t start, int64_t count);

/* A vector may be held with its even elements before its odd ones: then bf16 is widened and rounded
 * by shifts and masks of the pairs in memory, and no element moves to another place. */
MlirValue addnormEmitEvensFirst(const IrBuilder *b, MlirValue vector);
MlirValue addnormEmitInOrder(const IrBuilder *b, MlirValue vector); /* the inverse */

/* A vector of bf16, in order, to f32, evens first; and back, with one rounding. */
MlirValue addnormEmitExtendPairs(const IrBuilder *b, MlirValue value);
MlirValue addnormEmitRoundPairs(const IrBuilder *b, MlirValue value, const AddnormRounding *how);

#endif /* ADDNORM_CODEGEN_FLOAT_H */
