/* A vendor's kernel, as addnorm-lower{target=call} calls it: here in plain C where a device would
 * be started. It does one form of the op, with the bits of the contract, and says so of all others.
 */

#include <math.h>
#include <stddef.h>

#include "addnorm-c/reference.h" /* f16 to f32 and back */
#include "addnorm-c/vendor_kernel.h"

enum { LANES = 64, KNOWN = ADDNORM_VENDOR_GAMMA | ADDNORM_VENDOR_SUM };

/* There is no stream to choose. */
void *addnormVendorContext(void) { return NULL; }

/* f16 + f16 and a gamma of f32; y and the sum in f16. */
static bool isOurs(const AddnormVendorNorm *norm) {
  const AddnormVendorTensor *x = norm->addends;
  return norm->flags == KNOWN && norm->numAddends == 2 && x[0].type == ADDNORM_F16 &&
         x[1].type == ADDNORM_F16 && x[0].scale == 1 && x[1].scale == 1 &&
         norm->gamma.type == ADDNORM_F32 && norm->y.type == ADDNORM_F16 &&
         norm->sum.type == ADDNORM_F16 && norm->lanes == LANES && norm->chunk == 0;
}

static uint16_t *rowOf(const AddnormVendorTensor *tensor, int64_t row) {
  return (uint16_t *)tensor->data + row * tensor->rowStride;
}

/* X + R in f32: in f16 it could overflow. */
static float sumOf(const uint16_t *x, const uint16_t *r, int64_t i) {
  return addnormReferenceLoad(ADDNORM_F16, x, i) + addnormReferenceLoad(ADDNORM_F16, r, i);
}

static float sumOfSquares(const uint16_t *x, const uint16_t *r, int64_t n) {
  float partials[LANES] = {0};
  for (int64_t i = 0; i < n; ++i) {
    float t = sumOf(x, r, i);
    partials[i % LANES] = fmaf(t, t, partials[i % LANES]);
  }
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k)
      partials[k] += partials[k + half];
  return partials[0];
}

static void computeRow(const AddnormVendorNorm *norm, int64_t row) {
  const uint16_t *x = rowOf(&norm->addends[0], row), *r = rowOf(&norm->addends[1], row);
  const float *gamma = norm->gamma.data;
  float mean = sumOfSquares(x, r, norm->n) / (float)norm->n;
  float rstd = 1 / sqrtf(mean + norm->epsilon);
  for (int64_t i = 0; i < norm->n; ++i) {
    float t = sumOf(x, r, i); /* read before y or the sum is stored over it */
    addnormReferenceStore(ADDNORM_F16, rowOf(&norm->y, row), i, t * rstd * gamma[i]);
    addnormReferenceStore(ADDNORM_F16, rowOf(&norm->sum, row), i, t);
  }
}

int32_t addnormVendorRmsNorm(void *context, const AddnormVendorNorm *norm) {
  (void)context;
  AddnormStatus status = addnormVendorCheck(norm, KNOWN);
  if (status != ADDNORM_OK)
    return status;
  if (!isOurs(norm))
    return ADDNORM_ERROR_UNSUPPORTED;
  for (int64_t row = 0; row < norm->rows; ++row)
    computeRow(norm, row);
  return ADDNORM_OK;
}
