/* A model compiled twice: the vendor's kernel gives the same bits, and its errors come back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/reference.h"
#include "called.h"
#include "looped.h"
#include "vendor.h"

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      exit(EXIT_FAILURE);                                                                          \
    }                                                                                              \
  } while (0)

enum { A = 3, B = 5, N = 100, SIZE = A * B * N };

static uint16_t x[SIZE], r[SIZE], g[N], y[2][SIZE], z[2][SIZE];
static const int64_t shape[] = {A, B, N};

static AddnormTensor rows(uint16_t *data) {
  return (AddnormTensor){data, ADDNORM_F16, 3, shape, NULL};
}

static void fill(uint16_t *data, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    addnormReferenceStore(ADDNORM_F16, data, i, (float)(rand() % 2001 - 1000) / 250);
}

int main(void) {
  fill(x, SIZE);
  fill(r, SIZE);
  fill(g, N);
  AddnormTensor tx = rows(x), tr = rows(r), tg = {g, ADDNORM_F16, 1, shape + 2, NULL};
  AddnormTensor ty[] = {rows(y[0]), rows(y[1])}, tz[] = {rows(z[0]), rows(z[1])};
  AddnormError error;
  CHECK(looped_one(&tx, &tr, &tg, &ty[0], NULL) == ADDNORM_OK);
  CHECK(called_one(&tx, &tr, &tg, &ty[1], NULL) == ADDNORM_OK && vendorCalls == 1);
  CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0);

  /* In another order rows do not lie one behind the other: a call for each of the first dimension.
   */
  vendorCalls = 0;
  const int64_t strides[] = {N, A * N, 1};
  tx.strides = strides;
  CHECK(looped_one(&tx, &tr, &tg, &ty[0], NULL) == ADDNORM_OK);
  CHECK(called_one(&tx, &tr, &tg, &ty[1], NULL) == ADDNORM_OK && vendorCalls == A);
  CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0);

  CHECK(looped_two(&tx, &tr, &tg, &ty[0], &tz[0], NULL) == ADDNORM_OK);
  CHECK(called_two(&tx, &tr, &tg, &ty[1], &tz[1], NULL) == ADDNORM_OK);
  CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0 && memcmp(z[0], z[1], sizeof z[0]) == 0);

  vendorAnswer = ADDNORM_ERROR_DEVICE;
  CHECK(called_one(&tx, &tr, &tg, &ty[1], &error) == ADDNORM_ERROR_DEVICE);
  CHECK(strcmp(error.text, "called_one: device error: what the kernel returned") == 0);
  CHECK(called_flat_kernel(A, N, 1, x, N, y[0], N) == ADDNORM_ERROR_DEVICE);
  vendorAnswer = ADDNORM_ERROR_VENDOR + 234;
  CHECK(called_two(&tx, &tr, &tg, &ty[1], &tz[1], &error) == ADDNORM_ERROR_VENDOR + 234);
  CHECK(strcmp(error.text, "called_two: error of the vendor's kernel: what the kernel returned") ==
        0);

  /* An error is one call's. */
  vendorAnswer = ADDNORM_OK;
  CHECK(called_two(&tx, &tr, &tg, &ty[1], &tz[1], &error) == ADDNORM_OK);
  printf("all right\n");
  return EXIT_SUCCESS;
}
