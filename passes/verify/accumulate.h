/* Which additions are accumulations: a sum over a loop or a reduced dimension, such as a matrix
 * product or a statistic, and not the sum of two tensors. What is not proven to be one is taken for
 * a sum of tensors. */

#ifndef ADDNORM_PASSES_VERIFY_ACCUMULATE_H
#define ADDNORM_PASSES_VERIFY_ACCUMULATE_H

#include "passes/verify/memory.h"

typedef struct Accumulations {
  const Memory *memory;
  Table numbers; /* value -> the number of what it computes; equal values have equal numbers */
  Table pairs;   /* (number, more) -> number */
  int32_t nextNumber;
  Table operands; /* op -> the operand that is its accumulator, + 1 */
} Accumulations;

Accumulations accumulationsCreate(const Memory *memory, MlirOperation root);
void accumulationsFree(Accumulations *accumulations);

/* The operand of the addition `op` that is an accumulator, or -1. */
intptr_t accumulatorOf(const Accumulations *accumulations, MlirOperation op);

/* Whether two values are computed alike from the same values, and so are equal unless memory
 * changed in between. */
bool accumulationsSame(Accumulations *accumulations, MlirValue a, MlirValue b);

/* The number of the address that a load reads or a store writes: of its pointer and indices, and
 * the map of affine ops. The first operand of a store is what it stores. */
int32_t accumulationsAddress(Accumulations *accumulations, MlirOperation op, bool isStore);

#endif /* ADDNORM_PASSES_VERIFY_ACCUMULATE_H */
