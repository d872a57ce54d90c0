/* The AddnormVendorNorm of an op: what a vendor's kernel is called with. */

#ifndef ADDNORM_CODEGEN_VENDOR_NORM_H
#define ADDNORM_CODEGEN_VENDOR_NORM_H

#include "codegen/plane.h"

/* Its address, an llvm.ptr; it lies on the stack, and so do its addends. */
MlirValue addnormVendorNormSpill(const IrBuilder *b, MlirOperation op, const AddnormPlane *plane);

#endif /* ADDNORM_CODEGEN_VENDOR_NORM_H */
