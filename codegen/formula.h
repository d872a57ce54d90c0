/* The op's formulas on f32 values, scalars and vectors alike: which is a matter of the type. */

#ifndef ADDNORM_CODEGEN_FORMULA_H
#define ADDNORM_CODEGEN_FORMULA_H

#include "codegen/float.h"
#include "lib/ir/build.h"

/* The op and, for vectors, the schedule's facts. */
typedef struct AddnormFormula {
  MlirOperation op;
  AddnormRounding rounding;
  bool splitsFma;
} AddnormFormula;

/* Whether its NaNs are short where arithmetic makes short ones: all addends are of bf16. */
bool addnormHasShortNans(MlirOperation op);

/* Elements of an operand, extended to f32; `at` says which. */
typedef MlirValue (*AddnormLoad)(const IrBuilder *b, MlirValue memref, const void *at);

/* t of the elements that `load` gives. */
MlirValue addnormEmitSum(const IrBuilder *b, const AddnormFormula *f, AddnormLoad load,
                         const void *at);

/* fma(t, t, accumulator), or as near to it as the processor comes. */
MlirValue addnormEmitSquare(const IrBuilder *b, const AddnormFormula *f, MlirValue t,
                            MlirValue accumulator);

/* rstd of a row of `n` elements (an index) with this sum of squares; f32 scalars. */
MlirValue addnormEmitReciprocalRoot(const IrBuilder *b, const AddnormFormula *f, MlirValue squares,
                                    MlirValue n);

/* What u is multiplied by: gamma, extended to f32, and its offset. */
MlirValue addnormEmitWeight(const IrBuilder *b, const AddnormFormula *f, MlirValue gamma);

/* y before its rounding. `weight` is null without a gamma; `rstd` is a scalar. */
MlirValue addnormEmitNormalized(const IrBuilder *b, const AddnormFormula *f, MlirValue t,
                                MlirValue rstd, MlirValue weight);

#endif /* ADDNORM_CODEGEN_FORMULA_H */
