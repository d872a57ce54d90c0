/* Calls four compiled models, f16, bf16, dynamic f16 and unfused f16, each y, s = (RMSNorm(x + r) *
 * g, x + r) with rows of 64 elements: right results, strides, in place, and every refusal once. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bf16.h"
#include "dynamic.h"
#include "f16.h"
#include "kernel.h"
#include "unfused.h"

enum { N = 64, ROWS = 16, STRIDE = 80, POISON = 0x7bcd };

static int failures;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      ++failures;                                                                                  \
    }                                                                                              \
  } while (0)

static double fromF16(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double magnitude = exponent == 31  ? (mantissa ? NAN : INFINITY)
                     : exponent != 0 ? ldexp(mantissa + 1024, exponent - 25)
                                     : ldexp(mantissa, -24);
  return bits & 0x8000 ? -magnitude : magnitude;
}

static double fromBf16(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

/* A buffer of rows with the given stride; what lies between the rows is poison. */
typedef struct Rows {
  uint16_t data[ROWS * STRIDE];
} Rows;

/* Bits of magnitudes between `low` and `high`, of either sign. */
static void fillRows(Rows *rows, int stride, uint16_t low, uint16_t high, unsigned seed) {
  for (int i = 0; i < ROWS * STRIDE; ++i)
    rows->data[i] = POISON;
  for (int row = 0; row < ROWS; ++row)
    for (int i = 0; i < N; ++i) {
      seed = seed * 1664525u + 1013904223u;
      rows->data[row * stride + i] =
          (uint16_t)((low + (seed >> 8) % (unsigned)(high - low)) | (seed >> 31) << 15);
    }
}

static void poison(Rows *rows) { memset(rows->data, POISON & 255, sizeof rows->data); }

static int isPoisoned(const Rows *rows) {
  Rows fresh;
  poison(&fresh);
  return memcmp(rows, &fresh, sizeof fresh) == 0;
}

/* A format of 16 bits: its exact value in f64, and what rounds to infinity. */
typedef struct Format {
  double (*widen)(uint16_t);
  int mantissaBits;
  double overflow;
  int ulps; /* how far a result may be off */
} Format;

static const Format f16 = {fromF16, 10, 65520, 1}, bf16 = {fromBf16, 7, 0x1.ffp127, 1};
/* Unfused: the sum, the norm and the product are each rounded to f16. */
static const Format roundedF16 = {fromF16, 10, 65520, 3};

/* Within `ulps` units in the last place, of the smallest normal number at least. */
static int isClose(const Format *format, uint16_t bits, double want) {
  double got = format->widen(bits);
  if (fabs(want) >= format->overflow)
    return got == copysign(INFINITY, want);
  int exponent = fabs(want) < 0x1p-14 ? -14 : ilogb(want);
  return fabs(got - want) <= ldexp(format->ulps, exponent - format->mantissaBits);
}

/* How many elements of y and s are not close to what f64 says. */
static int countWrong(const Format *format, const Rows *x, const Rows *r, const uint16_t *g,
                      const Rows *y, const Rows *s, int stride) {
  int wrong = 0;
  for (int row = 0; row < ROWS; ++row) {
    double t[N], squares = 0;
    for (int i = 0; i < N; ++i) {
      t[i] = format->widen(x->data[row * stride + i]) + format->widen(r->data[row * stride + i]);
      squares += t[i] * t[i];
    }
    double rstd = 1 / sqrt(squares / N + (double)f16_main_EPSILON);
    for (int i = 0; i < N; ++i)
      wrong += !isClose(format, y->data[row * stride + i], t[i] * rstd * format->widen(g[i])) +
               !isClose(format, s->data[row * stride + i], t[i]);
  }
  return wrong;
}

/* Buffers that the compiled code has allocated and not freed; the linker sends its calls here. */
static int allocations, alive;

void *__real_malloc(size_t size);
void __real_free(void *data);
void *__wrap_malloc(size_t size);
void __wrap_free(void *data);

void *__wrap_malloc(size_t size) {
  ++allocations, ++alive;
  return __real_malloc(size);
}

void __wrap_free(void *data) {
  alive -= data != NULL;
  __real_free(data);
}

static const int64_t shape[] = {2, 8, N}, gammaShape[] = {N}, strided[] = {8 * STRIDE, STRIDE, 1};

static AddnormTensor rowsTensor(Rows *rows, AddnormElementType type, const int64_t *strides) {
  return (AddnormTensor){rows->data, type, 3, shape, strides};
}

static void testF16(void) {
  static Rows x, r, y, s, x2, r2;
  Rows gamma;
  fillRows(&gamma, N, 0x3800, 0x4000, 1);
  AddnormTensor tg = {gamma.data, ADDNORM_F16, 1, gammaShape, NULL};
  for (int stride = N; stride <= STRIDE; stride += STRIDE - N) {
    const int64_t *strides = stride == N ? NULL : strided;
    fillRows(&x, stride, 0x3000, 0x7bff, 2); /* sums past 65504 included */
    fillRows(&r, stride, 0x3000, 0x7bff, 3);
    fillRows(&y, stride, 1, 2, 0);
    fillRows(&s, stride, 1, 2, 0);
    AddnormTensor tx = rowsTensor(&x, ADDNORM_F16, strides);
    AddnormTensor tr = rowsTensor(&r, ADDNORM_F16, strides);
    AddnormTensor ty = rowsTensor(&y, ADDNORM_F16, strides);
    AddnormTensor ts = rowsTensor(&s, ADDNORM_F16, strides);
    CHECK(f16_main(&tx, &tr, &tg, &ty, &ts, NULL) == ADDNORM_OK);
    CHECK(countWrong(&f16, &x, &r, gamma.data, &y, &s, stride) == 0);
    for (int i = N; i < stride; ++i)
      CHECK(y.data[i] == POISON && s.data[i] == POISON);

    x2 = x, r2 = r;
    AddnormTensor inX = rowsTensor(&x2, ADDNORM_F16, strides);
    AddnormTensor inR = rowsTensor(&r2, ADDNORM_F16, strides);
    CHECK(f16_main(&inX, &inR, &tg, &inX, &inR, NULL) == ADDNORM_OK);
    CHECK(memcmp(&x2, &y, sizeof y) == 0 && memcmp(&r2, &s, sizeof s) == 0);

    x2 = y, r2 = s;
    poison(&y), poison(&s);
    CHECK(f16_main_kernel(ROWS, N, f16_main_EPSILON, x.data, stride, r.data, stride, gamma.data,
                          y.data, stride, s.data, stride) == ADDNORM_OK);
    for (int row = 0; row < ROWS; ++row)
      CHECK(memcmp(&x2.data[row * stride], &y.data[row * stride], N * 2) == 0 &&
            memcmp(&r2.data[row * stride], &s.data[row * stride], N * 2) == 0);
  }
  poison(&y);
  CHECK(f16_main_kernel(ROWS, N + 1, 0, x.data, N, r.data, N, gamma.data, y.data, N, s.data, N) ==
        ADDNORM_ERROR_SHAPE);
  CHECK(isPoisoned(&y));
}

static void testBf16(void) {
  static Rows x, r, y, s;
  Rows gamma;
  fillRows(&gamma, N, 0x3f00, 0x4000, 1);
  fillRows(&x, N, 0x3e00, 0x4200, 2);
  fillRows(&r, N, 0x3e00, 0x4200, 3);
  AddnormTensor tx = rowsTensor(&x, ADDNORM_BF16, NULL), tr = rowsTensor(&r, ADDNORM_BF16, NULL);
  AddnormTensor ty = rowsTensor(&y, ADDNORM_BF16, NULL), ts = rowsTensor(&s, ADDNORM_BF16, NULL);
  AddnormTensor tg = {gamma.data, ADDNORM_BF16, 1, gammaShape, NULL};
  CHECK(bf16_main(&tx, &tr, &tg, &ty, &ts, NULL) == ADDNORM_OK);
  CHECK(countWrong(&bf16, &x, &r, gamma.data, &y, &s, N) == 0);
}

static void testDynamic(void) {
  static Rows x, r, y, s;
  Rows gamma;
  fillRows(&gamma, N, 0x3800, 0x4000, 1);
  fillRows(&x, N, 0x3000, 0x4400, 2);
  fillRows(&r, N, 0x3000, 0x4400, 3);
  AddnormTensor tx = rowsTensor(&x, ADDNORM_F16, NULL), tr = rowsTensor(&r, ADDNORM_F16, NULL);
  AddnormTensor ty = rowsTensor(&y, ADDNORM_F16, NULL), ts = rowsTensor(&s, ADDNORM_F16, NULL);
  AddnormTensor tg = {gamma.data, ADDNORM_F16, 1, gammaShape, NULL};
  CHECK(dynamic_main(&tx, &tr, &tg, &ty, &ts, NULL) == ADDNORM_OK);
  CHECK(countWrong(&f16, &x, &r, gamma.data, &y, &s, N) == 0);

  const int64_t fewer[] = {2, 7, N};
  poison(&y), poison(&s);
  ts.shape = fewer;
  AddnormError error;
  CHECK(dynamic_main(&tx, &tr, &tg, &ty, &ts, &error) == ADDNORM_ERROR_SHAPE);
  CHECK(strstr(error.text, "wrong shape"));
  CHECK(isPoisoned(&y) && isPoisoned(&s));
}

/* A function of several loop nests: nothing may be written in place. */
static void testUnfused(void) {
  static Rows x, r, y, s;
  Rows gamma;
  fillRows(&gamma, N, 0x3800, 0x4000, 1);
  fillRows(&x, STRIDE, 0x3000, 0x4400, 2);
  fillRows(&r, STRIDE, 0x3000, 0x4400, 3);
  AddnormTensor tx = rowsTensor(&x, ADDNORM_F16, strided),
                tr = rowsTensor(&r, ADDNORM_F16, strided);
  AddnormTensor ty = rowsTensor(&y, ADDNORM_F16, strided),
                ts = rowsTensor(&s, ADDNORM_F16, strided);
  AddnormTensor tg = {gamma.data, ADDNORM_F16, 1, gammaShape, NULL};
  CHECK(unfused_main(&tx, &tr, &tg, &ty, &ts, NULL) == ADDNORM_OK);
  CHECK(countWrong(&roundedF16, &x, &r, gamma.data, &y, &s, STRIDE) == 0);
  CHECK(unfused_main(&tx, &tr, &tg, &tx, &ts, NULL) == ADDNORM_ERROR_OVERLAP);
}

/* One kernel whose rows and n only the call knows: y, rstd = RMSNorm(x + bias) * g. The sizes of
 * the tensors must agree. */
static void testDynamicKernel(void) {
  static Rows x, y, again, bias, gamma;
  float rstd[ROWS] = {0};
  fillRows(&x, STRIDE, 0x3000, 0x4400, 2);
  fillRows(&bias, N, 0x3000, 0x4400, 3);
  fillRows(&gamma, N, 0x3800, 0x4000, 1);
  int64_t rows[] = {ROWS, N}, one[] = {ROWS, 1}, strides[] = {STRIDE, 1};
  const int64_t fewer[] = {ROWS - 1, N}, none[] = {0, N}, shortRow[] = {N - 1};
  const AddnormTensor tx = {x.data, ADDNORM_F16, 2, rows, strides};
  const AddnormTensor tb = {bias.data, ADDNORM_F16, 1, gammaShape, NULL};
  const AddnormTensor tg = {gamma.data, ADDNORM_F16, 1, gammaShape, NULL};
  AddnormTensor ty = {y.data, ADDNORM_F16, 2, rows, strides};
  AddnormTensor tr = {rstd, ADDNORM_F32, 2, one, NULL}, wrong;
  CHECK(kernel_f(&tx, &tb, &tg, &ty, &tr, NULL) == ADDNORM_OK);
  for (int row = 0; row < ROWS; ++row)
    for (int i = 0; i < N; ++i) {
      double t = fromF16(x.data[row * STRIDE + i]) + fromF16(bias.data[i]);
      CHECK(
          isClose(&f16, y.data[row * STRIDE + i], t * (double)rstd[row] * fromF16(gamma.data[i])));
    }
  CHECK(kernel_f_kernel(ROWS, N, kernel_f_EPSILON, x.data, STRIDE, bias.data, 0, gamma.data,
                        again.data, STRIDE, rstd, 1) == ADDNORM_OK);
  CHECK(memcmp(&again, &y, sizeof y) == 0);

  poison(&y);
  wrong = ty, wrong.shape = fewer;
  CHECK(kernel_f(&tx, &tb, &tg, &wrong, &tr, NULL) == ADDNORM_ERROR_SHAPE);
  wrong = tg, wrong.shape = shortRow;
  CHECK(kernel_f(&tx, &tb, &wrong, &ty, &tr, NULL) == ADDNORM_ERROR_SHAPE);
  wrong = tb, wrong.shape = shortRow;
  CHECK(kernel_f(&tx, &wrong, &tg, &ty, &tr, NULL) == ADDNORM_ERROR_SHAPE);
  wrong = tr, wrong.shape = none;
  CHECK(kernel_f(&tx, &tb, &tg, &ty, &wrong, NULL) == ADDNORM_ERROR_SHAPE);
  CHECK(isPoisoned(&y));
  rows[0] = one[0] = 0;
  ty.data = NULL;
  CHECK(kernel_f(&tx, &tb, &tg, &ty, &tr, NULL) == ADDNORM_OK);
  rows[0] = one[0] = -1;
  CHECK(kernel_f(&tx, &tb, &tg, &ty, &tr, NULL) == ADDNORM_ERROR_SHAPE);
}

typedef struct Call {
  AddnormTensor x, r, g, y, s;
} Call;

/* Each refusal has its status and a text, and touches nothing. */
static void testRefusals(void) {
  static Rows x, r, gamma, y, s;
  fillRows(&x, N, 0x3000, 0x4400, 2);
  fillRows(&r, N, 0x3000, 0x4400, 3);
  fillRows(&gamma, N, 0x3800, 0x4000, 1);
  const int64_t moreRows[] = {2, 9, N}, negative[] = {2, -8, N}, shortGamma[] = {N - 1};
  const int64_t everySecond[] = {16 * N, 2 * N, 2}, overlapping[] = {8 * N, N - 1, 1};
  const Call good = {rowsTensor(&x, ADDNORM_F16, NULL),
                     rowsTensor(&r, ADDNORM_F16, NULL),
                     {gamma.data, ADDNORM_F16, 1, gammaShape, NULL},
                     rowsTensor(&y, ADDNORM_F16, NULL),
                     rowsTensor(&s, ADDNORM_F16, NULL)};
  Call calls[16];
  AddnormStatus wanted[16];
  int count = 0;
#define REFUSE(status, change)                                                                     \
  do {                                                                                             \
    Call *c = &calls[count];                                                                       \
    *c = good;                                                                                     \
    change;                                                                                        \
    wanted[count++] = status;                                                                      \
  } while (0)
  REFUSE(ADDNORM_ERROR_NULL, c->x.data = NULL);
  REFUSE(ADDNORM_ERROR_NULL, c->r.shape = NULL);
  REFUSE(ADDNORM_ERROR_TYPE, c->s.type = ADDNORM_BF16);
  REFUSE(ADDNORM_ERROR_RANK, c->g.rank = 3);
  REFUSE(ADDNORM_ERROR_SHAPE, c->r.shape = moreRows);
  REFUSE(ADDNORM_ERROR_SHAPE, c->y.shape = negative);
  REFUSE(ADDNORM_ERROR_SHAPE, c->g.shape = shortGamma);
  REFUSE(ADDNORM_ERROR_STRIDE, c->x.strides = everySecond);
  REFUSE(ADDNORM_ERROR_STRIDE, c->y.strides = overlapping);
  REFUSE(ADDNORM_ERROR_ALIGNMENT, c->x.data = (char *)x.data + 1);
  REFUSE(ADDNORM_ERROR_OVERLAP, c->y.data = x.data + N);
  REFUSE(ADDNORM_ERROR_OVERLAP, c->s.data = y.data);
  REFUSE(ADDNORM_ERROR_OVERLAP, c->g.data = y.data + ROWS * N - 1);

  for (int i = 0; i < count; ++i) {
    poison(&y), poison(&s);
    Rows before = x;
    Call *c = &calls[i];
    AddnormError error = {""};
    AddnormStatus status = f16_main(&c->x, &c->r, &c->g, &c->y, &c->s, &error);
    if (status != wanted[i])
      printf("refusal %d: status %d, text '%s'\n", i, status, error.text);
    CHECK(status == wanted[i]);
    CHECK(strstr(error.text, addnormStatusText(wanted[i])));
    CHECK(isPoisoned(&y) && isPoisoned(&s) && memcmp(&before, &x, sizeof x) == 0);
  }
  CHECK(f16_main(NULL, &good.r, &good.g, &good.y, &good.s, NULL) == ADDNORM_ERROR_NULL);
}

int main(void) {
  testF16();
  testBf16();
  testDynamic();
  testUnfused();
  testDynamicKernel();
  testRefusals();
  CHECK(allocations > 0 && alive == 0);
  puts(failures ? "FAILED" : "all right");
  return failures != 0;
}
