/* Views of memrefs. */

#ifndef ADDNORM_LIB_IR_VIEW_H
#define ADDNORM_LIB_IR_VIEW_H

#include "lib/ir/build.h"

/* An index that is a value, or known. */
typedef struct IrIndex {
  MlirValue value; /* null: known */
  int64_t known;
} IrIndex;

static inline IrIndex irKnown(int64_t index) { return (IrIndex){{NULL}, index}; }
static inline IrIndex irAt(MlirValue value) { return (IrIndex){value, 0}; }

/* memref.subview with strides of 1, at most IR_MAX_RANK dimensions: `sizes` elements from `offsets`
 * on, without the dimensions that `dropped` (which may be null) names; their size must be known to
 * be 1. */
MlirValue irSubview(const IrBuilder *b, MlirValue memref, const IrIndex *offsets,
                    const IrIndex *sizes, const bool *dropped);

/* The address of the first element, an index. */
MlirValue irAddressOf(const IrBuilder *b, MlirValue memref);

#endif /* ADDNORM_LIB_IR_VIEW_H */
