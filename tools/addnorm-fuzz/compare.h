/* Inputs that make differences visible, and when two results are the same. */

#ifndef ADDNORM_FUZZ_COMPARE_H
#define ADDNORM_FUZZ_COMPARE_H

#include <stddef.h>

#include "tools/addnorm-fuzz/array.h"

/* An argument for a tensor or float type. The rows of a program's arguments have magnitudes of
 * their own, common to all of them: so small that epsilon matters, zero, large, and past half the
 * range of f16. `trial` decides the dynamic sizes as well, no rows included. The caller destroys
 * it. */
Array inputCreate(MlirType type, int trial, uint64_t *state);

/* Whether the two agree in exact arithmetic, relative to the element plus a quarter of the
 * largest of its row. If not, says where in `why`. */
bool compareExact(const Array *before, const Array *after, double tolerance, char *why,
                  size_t size);

/* Whether the two agree as written: their intervals have a value in common. */
bool compareWritten(const Array *before, const Array *after, char *why, size_t size);

/* Whether `after`, as written, is the exact result `exact` rounded once. */
bool compareRounded(const Array *exact, const Array *after, double tolerance, char *why,
                    size_t size);

#endif /* ADDNORM_FUZZ_COMPARE_H */
