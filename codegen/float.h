/* The op's two conversions between f32 and the types of its operands. */

#ifndef ADDNORM_CODEGEN_FLOAT_H
#define ADDNORM_CODEGEN_FLOAT_H

#include "lib/ir/build.h"

/* Exact; the value itself when it is f32. */
MlirValue addnormEmitExtend(const IrBuilder *b, MlirValue value);

/* f32 to `type`, to nearest even, subnormals kept. */
MlirValue addnormEmitRound(const IrBuilder *b, MlirValue value, MlirType type);

#endif /* ADDNORM_CODEGEN_FLOAT_H */
