/* Kernels beyond the grid of types and outputs: orders of the sum, forms, mixed types, scales. */

#ifndef ADDNORM_TEST_NUMERIC_VARIANTS_H
#define ADDNORM_TEST_NUMERIC_VARIANTS_H

#include "kernel.h"

extern const KernelSpec variants[];
extern const size_t numVariants;

#endif /* ADDNORM_TEST_NUMERIC_VARIANTS_H */
