#include "tools/addnorm-fuzz/interpret.h"

#include <stdlib.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/ir/build.h"
#include "mlir-c/Dialect/Linalg.h"
#include "tools/addnorm-fuzz/interpret_internal.h"

bool interpretFail(Interpreter *in, MlirOperation op, const char *why) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  return execFail(in->error, "%.*s %s", (int)name.length, name.data, why);
}

const Array *valueGet(const Interpreter *in, MlirValue value) {
  int32_t number = tableGet(&in->numbers, tableKeyOf(value.ptr));
  return number ? &in->arrays[number - 1] : NULL;
}

void valueSet(Interpreter *in, MlirValue value, Array array) {
  arrayReserve((void **)&in->arrays, &in->capacity, in->numArrays + 1, sizeof *in->arrays);
  in->arrays[in->numArrays++] = array;
  tableSet(&in->numbers, tableKeyOf(value.ptr), (int32_t)in->numArrays);
}

Array arrayForType(MlirType type, const int64_t *sizes) {
  int64_t dims[ARRAY_MAX_RANK] = {0};
  int rank = mlirTypeIsAShaped(type) ? (int)mlirShapedTypeGetRank(type) : 0;
  for (int d = 0; d < rank; ++d)
    dims[d] = mlirShapedTypeIsDynamicDim(type, d) ? *sizes++ : mlirShapedTypeGetDimSize(type, d);
  return arrayCreate(elementKindOf(type), rank, dims);
}

static Array copyOf(const Array *source) {
  Array copy = arrayCreate(source->kind, source->rank, source->dims);
  memcpy(copy.data, source->data, sizeof *copy.data * (size_t)arrayCount(source));
  return copy;
}

/* --- constants ------------------------------------------------------------------------------- */

bool numberOf(MlirAttribute attribute, double *number) {
  if (mlirAttributeIsAFloat(attribute))
    *number = mlirFloatAttrGetValueDouble(attribute);
  else if (mlirAttributeIsABool(attribute))
    *number = mlirBoolAttrGetValue(attribute);
  else if (mlirAttributeIsAInteger(attribute))
    *number = (double)mlirIntegerAttrGetValueInt(attribute);
  else
    return false;
  return true;
}

static double halfAt(const uint16_t *bits, int64_t i, ElementKind kind) {
  int fraction = kind == KIND_F16 ? 10 : 7, bias = kind == KIND_F16 ? 15 : 127;
  int exponent = (bits[i] & 0x7fff) >> fraction;
  int mantissa = bits[i] & ((1 << fraction) - 1);
  double magnitude = exponent
                         ? __builtin_ldexp(mantissa + (1 << fraction), exponent - bias - fraction)
                         : __builtin_ldexp(mantissa, 1 - bias - fraction);
  return bits[i] & 0x8000 ? -magnitude : magnitude;
}

/* Element `i` of finite elements that are not all the same. */
static bool elementAt(MlirAttribute elements, ElementKind kind, int64_t i, double *number) {
  switch (kind) {
  case KIND_F16:
  case KIND_BF16:
    *number = halfAt(mlirDenseElementsAttrGetRawData(elements), i, kind);
    return true;
  case KIND_F32:
    *number = mlirDenseElementsAttrGetFloatValue(elements, i);
    return true;
  case KIND_F64:
    *number = mlirDenseElementsAttrGetDoubleValue(elements, i);
    return true;
  case KIND_INTEGER:
    break;
  }
  return false;
}

static bool interpretConstant(Interpreter *in, MlirOperation op) {
  MlirAttribute value = mlirOperationGetAttributeByName(op, irStr("value"));
  MlirValue result = mlirOperationGetResult(op, 0);
  Array array = arrayForType(mlirValueGetType(result), NULL);
  bool dense = mlirAttributeIsADenseElements(value);
  bool splat = dense && mlirDenseElementsAttrIsSplat(value);
  bool ok = true;
  for (int64_t i = 0; i < arrayCount(&array) && ok; ++i) {
    double number = 0;
    ok = dense && !splat
             ? elementAt(value, array.kind, i, &number)
             : numberOf(splat ? mlirDenseElementsAttrGetSplatValue(value) : value, &number);
    array.data[i] = intervalPoint(number);
  }
  valueSet(in, result, array);
  return ok || interpretFail(in, op, "has a value that is not known");
}

/* --- tensor ---------------------------------------------------------------------------------- */

static const Array *operandOf(Interpreter *in, MlirOperation op, intptr_t i) {
  return valueGet(in, mlirOperationGetOperand(op, i));
}

/* The operand as a position or size. */
static int64_t sizeOperand(Interpreter *in, MlirOperation op, intptr_t i) {
  return (int64_t)operandOf(in, op, i)->data[0].lo;
}

static bool interpretEmpty(Interpreter *in, MlirOperation op) {
  int64_t sizes[ARRAY_MAX_RANK];
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    sizes[i] = sizeOperand(in, op, i);
  MlirValue result = mlirOperationGetResult(op, 0);
  valueSet(in, result, arrayForType(mlirValueGetType(result), sizes));
  return true;
}

static bool interpretSplat(Interpreter *in, MlirOperation op) {
  int64_t sizes[ARRAY_MAX_RANK];
  for (intptr_t i = 1; i < mlirOperationGetNumOperands(op); ++i)
    sizes[i - 1] = sizeOperand(in, op, i);
  MlirValue result = mlirOperationGetResult(op, 0);
  Array array = arrayForType(mlirValueGetType(result), sizes);
  for (int64_t i = 0; i < arrayCount(&array); ++i)
    array.data[i] = operandOf(in, op, 0)->data[0];
  valueSet(in, result, array);
  return true;
}

static bool interpretFromElements(Interpreter *in, MlirOperation op) {
  MlirValue result = mlirOperationGetResult(op, 0);
  Array array = arrayForType(mlirValueGetType(result), NULL);
  for (int64_t i = 0; i < arrayCount(&array); ++i)
    array.data[i] = operandOf(in, op, i)->data[0];
  valueSet(in, result, array);
  return true;
}

static bool interpretDim(Interpreter *in, MlirOperation op) {
  Array size = arrayCreate(KIND_INTEGER, 0, NULL);
  size.data[0] = intervalPoint((double)operandOf(in, op, 0)->dims[sizeOperand(in, op, 1)]);
  valueSet(in, mlirOperationGetResult(op, 0), size);
  return true;
}

static bool interpretExtract(Interpreter *in, MlirOperation op) {
  const Array *source = operandOf(in, op, 0);
  int64_t offset = 0;
  for (int d = 0; d < source->rank; ++d)
    offset = offset * source->dims[d] + sizeOperand(in, op, d + 1);
  Array scalar = arrayCreate(source->kind, 0, NULL);
  if (offset < arrayCount(source))
    scalar.data[0] = source->data[offset];
  valueSet(in, mlirOperationGetResult(op, 0), scalar);
  return true;
}

/* tensor.expand_shape, collapse_shape and cast: the same elements in row-major order. A dynamic
 * dimension of a collapse is what its group of dimensions leaves. */
static bool interpretView(Interpreter *in, MlirOperation op) {
  MlirValue result = mlirOperationGetResult(op, 0);
  MlirType type = mlirValueGetType(result);
  const Array *source = operandOf(in, op, 0);
  Array view = copyOf(source);
  view.rank = (int)mlirShapedTypeGetRank(type);
  MlirAttribute groups = mlirOperationGetAttributeByName(op, irStr("reassociation"));
  intptr_t next = 1;
  for (int d = 0; d < view.rank; ++d) {
    bool dynamic = mlirShapedTypeIsDynamicDim(type, d);
    if (!dynamic) {
      view.dims[d] = mlirShapedTypeGetDimSize(type, d);
    } else if (irIs(op, "tensor.expand_shape")) {
      view.dims[d] = sizeOperand(in, op, next++);
    } else if (irIs(op, "tensor.collapse_shape")) {
      MlirAttribute group = mlirArrayAttrGetElement(groups, d);
      view.dims[d] = 1;
      for (intptr_t k = 0; k < mlirArrayAttrGetNumElements(group); ++k)
        view.dims[d] *= source->dims[mlirIntegerAttrGetValueInt(mlirArrayAttrGetElement(group, k))];
    }
  }
  bool ok = arrayCount(&view) == arrayCount(source);
  valueSet(in, result, view);
  return ok || interpretFail(in, op, "changes the number of elements");
}

enum { MAX_SLICE = ARRAY_MAX_RANK };
typedef struct Slice {
  int rank;
  int64_t offsets[MAX_SLICE], sizes[MAX_SLICE], strides[MAX_SLICE];
} Slice;

/* One of static_offsets, static_sizes, static_strides, the dynamic entries taken from operands. */
static void readSlice(Interpreter *in, MlirOperation op, const char *name, intptr_t *next,
                      int64_t *numbers, int *rank) {
  MlirAttribute list = mlirOperationGetAttributeByName(op, irStr(name));
  *rank = (int)mlirDenseArrayGetNumElements(list);
  for (int d = 0; d < *rank; ++d) {
    int64_t number = mlirDenseI64ArrayGetElement(list, d);
    numbers[d] = mlirShapedTypeIsDynamicSize(number) ? sizeOperand(in, op, (*next)++) : number;
  }
}

static Slice sliceOf(Interpreter *in, MlirOperation op, intptr_t next) {
  Slice slice;
  readSlice(in, op, "static_offsets", &next, slice.offsets, &slice.rank);
  readSlice(in, op, "static_sizes", &next, slice.sizes, &slice.rank);
  readSlice(in, op, "static_strides", &next, slice.strides, &slice.rank);
  return slice;
}

/* Where element `i` of the slice lies in `whole`. */
static int64_t offsetInSlice(const Slice *slice, const Array *whole, int64_t i) {
  int64_t offset = 0, stride = 1;
  for (int d = slice->rank - 1; d >= 0; --d) {
    offset += (slice->offsets[d] + i % slice->sizes[d] * slice->strides[d]) * stride;
    i /= slice->sizes[d];
    stride *= whole->dims[d];
  }
  return offset;
}

static bool interpretExtractSlice(Interpreter *in, MlirOperation op) {
  Slice slice = sliceOf(in, op, 1);
  const Array *source = operandOf(in, op, 0);
  MlirValue result = mlirOperationGetResult(op, 0);
  MlirType type = mlirValueGetType(result);
  Array piece = arrayCreate(source->kind, slice.rank, slice.sizes);
  for (int64_t i = 0; i < arrayCount(&piece); ++i)
    piece.data[i] = source->data[offsetInSlice(&slice, source, i)];
  piece.rank = (int)mlirShapedTypeGetRank(type);
  bool drops = piece.rank < slice.rank;
  for (int d = 0; d < piece.rank && drops; ++d)
    piece.dims[d] = mlirShapedTypeGetDimSize(type, d);
  valueSet(in, result, piece);
  return !drops || mlirShapedTypeHasStaticShape(type) ||
         interpretFail(in, op, "drops dimensions of a dynamic shape");
}

static bool interpretInsertSlice(Interpreter *in, MlirOperation op) {
  Slice slice = sliceOf(in, op, 2);
  const Array *source = operandOf(in, op, 0);
  Array whole = copyOf(operandOf(in, op, 1));
  for (int64_t i = 0; i < arrayCount(source); ++i)
    whole.data[offsetInSlice(&slice, &whole, i)] = source->data[i];
  valueSet(in, mlirOperationGetResult(op, 0), whole);
  return true;
}

static bool interpretConcat(Interpreter *in, MlirOperation op) {
  int64_t dim = mlirIntegerAttrGetValueInt(mlirOperationGetAttributeByName(op, irStr("dim")));
  const Array *first = operandOf(in, op, 0);
  Slice slice = {.rank = first->rank};
  int64_t dims[ARRAY_MAX_RANK];
  memcpy(dims, first->dims, sizeof dims);
  dims[dim] = 0;
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    dims[dim] += operandOf(in, op, i)->dims[dim];
  Array whole = arrayCreate(first->kind, first->rank, dims);
  for (int d = 0; d < slice.rank; ++d)
    slice.strides[d] = 1;
  for (intptr_t k = 0; k < mlirOperationGetNumOperands(op); ++k) {
    const Array *piece = operandOf(in, op, k);
    memcpy(slice.sizes, piece->dims, sizeof slice.sizes);
    for (int64_t i = 0; i < arrayCount(piece); ++i)
      whole.data[offsetInSlice(&slice, &whole, i)] = piece->data[i];
    slice.offsets[dim] += piece->dims[dim];
  }
  valueSet(in, mlirOperationGetResult(op, 0), whole);
  return true;
}

/* --- control --------------------------------------------------------------------------------- */

static bool interpretBlock(Interpreter *in, MlirBlock block);

static bool interpretIf(Interpreter *in, MlirOperation op) {
  Interval condition = operandOf(in, op, 0)->data[0];
  if (condition.lo != condition.hi)
    return interpretFail(in, op, "depends on a rounding");
  MlirRegion region = mlirOperationGetRegion(op, condition.lo != 0 ? 0 : 1);
  MlirBlock block = mlirRegionGetFirstBlock(region);
  if (mlirBlockIsNull(block))
    return true;
  if (!interpretBlock(in, block))
    return false;
  MlirOperation yield = mlirBlockGetTerminator(block);
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    valueSet(in, mlirOperationGetResult(op, i), copyOf(operandOf(in, yield, i)));
  return true;
}

static bool interpretNothing(Interpreter *in, MlirOperation op) {
  (void)in;
  (void)op;
  return true;
}

static const struct {
  const char *name;
  bool (*interpret)(Interpreter *in, MlirOperation op);
} knownOps[] = {
    {"arith.constant", interpretConstant},
    {"tensor.empty", interpretEmpty},
    {"tensor.splat", interpretSplat},
    {"tensor.from_elements", interpretFromElements},
    {"tensor.dim", interpretDim},
    {"tensor.extract", interpretExtract},
    {"tensor.expand_shape", interpretView},
    {"tensor.collapse_shape", interpretView},
    {"tensor.cast", interpretView},
    {"tensor.extract_slice", interpretExtractSlice},
    {"tensor.insert_slice", interpretInsertSlice},
    {"tensor.concat", interpretConcat},
    {"scf.if", interpretIf},
    {"addnorm.rms_norm", interpretRmsNorm},
    {"cf.assert", interpretNothing},
    {"scf.yield", interpretNothing},
    {"func.return", interpretNothing},
};

static bool interpretOp(Interpreter *in, MlirOperation op) {
  for (size_t i = 0; i < sizeof knownOps / sizeof *knownOps; ++i)
    if (irIs(op, knownOps[i].name))
      return knownOps[i].interpret(in, op);
  MlirAttribute maps = mlirLinalgGetIndexingMapsAttribute(op);
  if (!mlirAttributeIsNull(maps))
    return interpretLinalg(in, op, maps);
  if (mlirOperationGetNumResults(op) == 1 &&
      !mlirTypeIsAShaped(mlirValueGetType(mlirOperationGetResult(op, 0))))
    return interpretScalar(in, op);
  return interpretFail(in, op, "is not known");
}

static bool resultsFit(Interpreter *in, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i) {
    MlirType type = mlirValueGetType(mlirOperationGetResult(op, i));
    if (mlirTypeIsAShaped(type) && mlirShapedTypeGetRank(type) > ARRAY_MAX_RANK)
      return interpretFail(in, op, "has a result of too high a rank");
  }
  return true;
}

static bool operandsAreKnown(Interpreter *in, MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (!operandOf(in, op, i))
      return interpretFail(in, op, "has an operand that is not known");
  return true;
}

static bool interpretBlock(Interpreter *in, MlirBlock block) {
  for (MlirOperation op = mlirBlockGetFirstOperation(block); !mlirOperationIsNull(op);
       op = mlirOperationGetNextInBlock(op))
    if (!resultsFit(in, op) || !operandsAreKnown(in, op) || !interpretOp(in, op))
      return false;
  return true;
}

bool interpretFunction(MlirOperation function, Precision precision, const Array *arguments,
                       Array *results, ExecError *error) {
  Interpreter in = {.precision = precision, .error = error};
  MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(function, 0));
  for (intptr_t i = 0; i < mlirBlockGetNumArguments(block); ++i)
    valueSet(&in, mlirBlockGetArgument(block, i), copyOf(&arguments[i]));
  bool ok = interpretBlock(&in, block);
  MlirOperation terminator = mlirBlockGetTerminator(block);
  for (intptr_t i = 0; ok && i < mlirOperationGetNumOperands(terminator); ++i)
    results[i] = copyOf(operandOf(&in, terminator, i));
  for (size_t i = 0; i < in.numArrays; ++i)
    arrayDestroy(&in.arrays[i]);
  free(in.arrays);
  tableFree(&in.numbers);
  return ok;
}
