#include "lib/exec/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char *name;
  size_t size;
} elements[] = {
    [EXEC_F16] = {"f16", 2}, [EXEC_BF16] = {"bf16", 2}, [EXEC_F32] = {"f32", 4},
    [EXEC_F64] = {"f64", 8}, [EXEC_I1] = {"i1", 1},     [EXEC_I8] = {"i8", 1},
    [EXEC_I16] = {"i16", 2}, [EXEC_I32] = {"i32", 4},   [EXEC_I64] = {"i64", 8},
};

const char *execElementName(ExecElement element) { return elements[element].name; }
size_t execElementSize(ExecElement element) { return elements[element].size; }

void execShapePrint(const ExecShape *shape, char text[EXEC_SHAPE_TEXT]) {
  int length = 0;
  for (int i = 0; i < shape->rank; ++i) {
    if (shape->dims[i] == EXEC_DYNAMIC)
      length += snprintf(text + length, EXEC_SHAPE_TEXT - (size_t)length, "?x");
    else
      length +=
          snprintf(text + length, EXEC_SHAPE_TEXT - (size_t)length, "%" PRId64 "x", shape->dims[i]);
  }
  snprintf(text + length, EXEC_SHAPE_TEXT - (size_t)length, "%s", execElementName(shape->element));
}

size_t execShapeBytes(const ExecShape *shape) {
  size_t bytes = execElementSize(shape->element);
  for (int i = 0; i < shape->rank; ++i)
    if (shape->dims[i] == 0)
      return 0;
  for (int i = 0; i < shape->rank; ++i)
    if (__builtin_mul_overflow(bytes, (size_t)shape->dims[i], &bytes))
      return SIZE_MAX;
  return bytes;
}

int64_t execShapeCount(const ExecShape *shape) {
  return (int64_t)(execShapeBytes(shape) / execElementSize(shape->element));
}

size_t execAvailableMemory(void) {
  FILE *file = fopen("/proc/meminfo", "r");
  size_t kilobytes = 0;
  char line[128];
  while (file && !kilobytes && fgets(line, sizeof line, file))
    sscanf(line, "MemAvailable: %zu kB", &kilobytes);
  if (file)
    fclose(file);
  if (kilobytes)
    return kilobytes * 1024;
  return (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

bool execTensorCreate(ExecTensor *tensor, const ExecShape *shape, ExecError *error) {
  size_t bytes = execShapeBytes(shape);
  tensor->shape = *shape;
  tensor->data = NULL;
  if (bytes < execAvailableMemory())
    tensor->data = calloc(1, bytes ? bytes : 1);
  if (tensor->data)
    return true;
  char text[EXEC_SHAPE_TEXT];
  execShapePrint(shape, text);
  return execFail(error, "a tensor of %s does not fit the available memory", text);
}

void execTensorDestroy(ExecTensor *tensor) {
  free(tensor->data);
  tensor->data = NULL;
}

static float f32FromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bitsOfF32(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float f32FromF16(uint16_t half) {
  int exponent = half >> 10 & 31;
  int mantissa = half & 1023;
  float magnitude;
  if (exponent == 31)
    magnitude = mantissa ? NAN : INFINITY;
  else if (exponent == 0)
    magnitude = ldexpf((float)mantissa, -24);
  else
    magnitude = ldexpf((float)(mantissa + 1024), exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

/* Round to nearest, ties to even, for |value| <= 1: no overflow to take care of. */
static uint16_t f16FromUnitF32(float value) {
  uint16_t sign = bitsOfF32(value) >> 31 ? 0x8000 : 0;
  float magnitude = fabsf(value);
  int exponent;
  frexpf(magnitude, &exponent);
  /* The unit in the last place is 2^(exponent - 11), and 2^-24 for subnormals. */
  int ulp = exponent - 11 < -24 ? -24 : exponent - 11;
  uint16_t steps = (uint16_t)rintf(ldexpf(magnitude, -ulp));
  return (uint16_t)(sign | (ulp == -24 ? steps : (ulp + 24) * 1024 + steps));
}

static uint16_t bf16FromFiniteF32(float value) {
  uint32_t bits = bitsOfF32(value);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* splitmix64: every seed, 0 included, gives a good sequence. */
static uint64_t nextRandom(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static void storeRandom(ExecElement element, void *data, int64_t i, uint64_t bits) {
  double value = ldexp((double)(bits >> 11), -52) - 1.0;
  switch (element) {
  case EXEC_F16:
    ((uint16_t *)data)[i] = f16FromUnitF32((float)value);
    break;
  case EXEC_BF16:
    ((uint16_t *)data)[i] = bf16FromFiniteF32((float)value);
    break;
  case EXEC_F32:
    ((float *)data)[i] = (float)value;
    break;
  case EXEC_F64:
    ((double *)data)[i] = value;
    break;
  case EXEC_I1:
  case EXEC_I8:
    ((uint8_t *)data)[i] = bits >> 63;
    break;
  case EXEC_I16:
    ((int16_t *)data)[i] = (int16_t)(bits >> 63);
    break;
  case EXEC_I32:
    ((int32_t *)data)[i] = (int32_t)(bits >> 63);
    break;
  case EXEC_I64:
    ((int64_t *)data)[i] = (int64_t)(bits >> 63);
    break;
  }
}

void execTensorFillRandom(ExecTensor *tensor, uint64_t *state) {
  int64_t count = execShapeCount(&tensor->shape);
  for (int64_t i = 0; i < count; ++i)
    storeRandom(tensor->shape.element, tensor->data, i, nextRandom(state));
}

static double loadElement(ExecElement element, const void *data, int64_t i) {
  switch (element) {
  case EXEC_F16:
    return f32FromF16(((const uint16_t *)data)[i]);
  case EXEC_BF16:
    return f32FromBits((uint32_t)((const uint16_t *)data)[i] << 16);
  case EXEC_F32:
    return ((const float *)data)[i];
  case EXEC_F64:
    return ((const double *)data)[i];
  case EXEC_I1:
    return ((const uint8_t *)data)[i];
  case EXEC_I8:
    return ((const int8_t *)data)[i];
  case EXEC_I16:
    return ((const int16_t *)data)[i];
  case EXEC_I32:
    return ((const int32_t *)data)[i];
  case EXEC_I64:
    return (double)((const int64_t *)data)[i];
  }
  return NAN;
}

ExecSummary execTensorSummarize(const ExecTensor *tensor) {
  ExecSummary summary = {
      .count = execShapeCount(&tensor->shape), .min = INFINITY, .max = -INFINITY};
  double sum = 0, sumAbs = 0;
  for (int64_t i = 0; i < summary.count; ++i) {
    double value = loadElement(tensor->shape.element, tensor->data, i);
    if (!isfinite(value))
      continue;
    ++summary.finite;
    summary.min = fmin(summary.min, value);
    summary.max = fmax(summary.max, value);
    sum += value;
    sumAbs += fabs(value);
  }
  if (summary.finite == 0)
    summary.min = summary.max = NAN;
  summary.mean = sum / (double)summary.finite;
  summary.meanAbs = sumAbs / (double)summary.finite;
  return summary;
}
