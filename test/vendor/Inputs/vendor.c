/* A vendor's kernel that is the contract, on a device that can be made to fail. */

#include "vendor.h"

#include "addnorm-c/reference.h"

static int device;
int32_t vendorAnswer;
long vendorCalls;

void *addnormVendorContext(void) { return &device; }

int32_t addnormVendorRmsNorm(void *context, const AddnormVendorNorm *norm) {
  ++vendorCalls;
  if (context != &device)
    return ADDNORM_ERROR_DEVICE;
  return vendorAnswer ? vendorAnswer : addnormReferenceKernel(context, norm);
}
