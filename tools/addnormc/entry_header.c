/* The header's text: the declarations of an entry's compiled functions and the inline function that
 * checks before it calls. The checks are C in the header, not code in the object, so that the
 * object needs no runtime library and the compiler sees through them. */

#include <inttypes.h>
#include <stdlib.h>

#include "addnorm-c/kernel.h"
#include "addnorm-c/rms_norm.h"
#include "mlir-c/BuiltinTypes.h"
#include "tools/addnormc/entry.h"

static const char *const scalarTypes[] = {
    [EXEC_F32] = "float", [EXEC_F64] = "double", [EXEC_I32] = "int32_t", [EXEC_I64] = "int64_t"};

static const char *const elementTypes[] = {
    [EXEC_F16] = "ADDNORM_F16", [EXEC_BF16] = "ADDNORM_BF16", [EXEC_F32] = "ADDNORM_F32",
    [EXEC_F64] = "ADDNORM_F64", [EXEC_I1] = "ADDNORM_I1",     [EXEC_I8] = "ADDNORM_I8",
    [EXEC_I16] = "ADDNORM_I16", [EXEC_I32] = "ADDNORM_I32",   [EXEC_I64] = "ADDNORM_I64"};

/* Arguments and results in a row, as C sees them. */
static intptr_t numValues(const Entry *entry) {
  return entry->signature.numArguments + entry->signature.numResults;
}

static const ExecValueType *valueType(const Entry *entry, intptr_t i) {
  return i < entry->signature.numArguments
             ? &entry->signature.arguments[i]
             : &entry->signature.results[i - entry->signature.numArguments];
}

/* The value's place in the table of tensors, which leaves the scalars out. */
static int tensorIndex(const Entry *entry, intptr_t i) {
  int index = 0;
  for (intptr_t k = 0; k < i; ++k)
    index += !valueType(entry, k)->scalar;
  return index;
}

/* Whether value `i` is a full-rank addend of the kernel, a row vector of it (an addend or gamma),
 * or neither. */
typedef enum Role { ROLE_NONE, ROLE_ROWS, ROLE_ROW_VECTOR } Role;

static bool isArgument(const Entry *entry, intptr_t i, MlirValue value) {
  return !mlirValueIsNull(value) && entryArgumentIndex(entry, value) == i;
}

static Role argumentRole(const Entry *entry, intptr_t i) {
  MlirOperation kernel = entry->kernel;
  if (mlirOperationIsNull(kernel))
    return ROLE_NONE;
  int64_t rank = mlirShapedTypeGetRank(mlirValueGetType(addnormRmsNormGetYInit(kernel)));
  Role role = ROLE_NONE;
  for (intptr_t k = 0; k < addnormRmsNormGetNumAddends(kernel); ++k) {
    MlirValue addend = addnormRmsNormGetAddend(kernel, k);
    if (isArgument(entry, i, addend))
      role = mlirShapedTypeGetRank(mlirValueGetType(addend)) == rank ? ROLE_ROWS : ROLE_ROW_VECTOR;
  }
  if (role == ROLE_NONE && isArgument(entry, i, addnormRmsNormGetGamma(kernel)))
    role = ROLE_ROW_VECTOR;
  return role;
}

static bool isRstd(const Entry *entry, intptr_t result) {
  MlirOperation kernel = entry->kernel;
  return !mlirValueIsNull(addnormRmsNormGetRstdInit(kernel)) &&
         entryKernelResult(entry, result) == mlirOperationGetNumResults(kernel) - 1;
}

static bool isEpsilon(const Entry *entry, intptr_t i) {
  float constant;
  return isArgument(entry, i, addnormRmsNormGetEpsilon(entry->kernel, &constant));
}

/* A kernel's values are called by what they are to it. */
static void printKernelArgument(const Entry *entry, intptr_t i, FILE *file) {
  for (intptr_t k = 0; k < addnormRmsNormGetNumAddends(entry->kernel); ++k)
    if (isArgument(entry, i, addnormRmsNormGetAddend(entry->kernel, k))) {
      fprintf(file, "addend%ld", (long)k);
      return;
    }
  if (isArgument(entry, i, addnormRmsNormGetGamma(entry->kernel)))
    fprintf(file, "gamma");
  else if (isEpsilon(entry, i))
    fprintf(file, "epsilon");
  else
    fprintf(file, "argument%ld", (long)i);
}

static void printKernelResult(const Entry *entry, intptr_t i, FILE *file) {
  fprintf(file, "%s", isRstd(entry, i) ? "rstd" : entryKernelResult(entry, i) == 0 ? "y" : "sum");
}

static void printName(const Entry *entry, intptr_t i, FILE *file) {
  bool isResult = i >= entry->signature.numArguments;
  intptr_t number = isResult ? i - entry->signature.numArguments : i;
  if (mlirOperationIsNull(entry->kernel))
    fprintf(file, isResult ? "result%ld" : "argument%ld", (long)number);
  else
    (isResult ? printKernelResult : printKernelArgument)(entry, number, file);
}

/* The size that the table demands of dimension `k` of value `i`. Dynamic sizes that must agree get
 * the same negative number: in a kernel dimension d of the rows is -1 - d; elsewhere each is its
 * own. */
static int64_t tableSize(const Entry *entry, intptr_t i, int k) {
  const ExecShape *shape = &valueType(entry, i)->shape;
  bool isResult = i >= entry->signature.numArguments;
  if (shape->dims[k] != EXEC_DYNAMIC)
    return shape->dims[k];
  int64_t own = -1000 - EXEC_MAX_RANK * (int64_t)i - k;
  if (mlirOperationIsNull(entry->kernel))
    return own;
  MlirType rows = mlirValueGetType(addnormRmsNormGetYInit(entry->kernel));
  Role role = isResult ? ROLE_ROWS : argumentRole(entry, i);
  if (role == ROLE_NONE)
    return own;
  int d = role == ROLE_ROWS ? k : (int)mlirShapedTypeGetRank(rows) - 1;
  return mlirShapedTypeIsDynamicDim(rows, d) ? -1 - d : mlirShapedTypeGetDimSize(rows, d);
}

/* y and sum of a kernel may be its addends. */
static uint32_t inPlaceMask(const Entry *entry, intptr_t i) {
  intptr_t result = i - entry->signature.numArguments;
  if (mlirOperationIsNull(entry->kernel) || result < 0 || isRstd(entry, result))
    return 0;
  uint32_t mask = 0;
  for (intptr_t k = 0; k < entry->signature.numArguments; ++k)
    if (argumentRole(entry, k) == ROLE_ROWS && tensorIndex(entry, k) < 32)
      mask |= 1u << tensorIndex(entry, k);
  return mask;
}

static void printSpecs(const Entry *entry, FILE *file) {
  fprintf(file, "  static const AddnormTensorSpec specs[] = {\n");
  for (intptr_t i = 0; i < numValues(entry); ++i) {
    const ExecValueType *type = valueType(entry, i);
    if (type->scalar)
      continue;
    fprintf(file, "      {\"");
    printName(entry, i, file);
    fprintf(file, "\", %s, %d, {", elementTypes[type->shape.element], type->shape.rank);
    for (int k = 0; k < type->shape.rank; ++k)
      fprintf(file, "%s%" PRId64, k ? ", " : "", tableSize(entry, i, k));
    fprintf(file, "%s}, 0x%" PRIx32 "},\n", type->shape.rank ? "" : "0", inPlaceMask(entry, i));
  }
  fprintf(file, "  };\n");
}

/* One parameter list or argument list: each value printed by `print` on a line of its own. */
static void printList(const Entry *entry, FILE *file,
                      void (*print)(const Entry *, intptr_t, FILE *)) {
  for (intptr_t i = 0; i < numValues(entry); ++i) {
    fprintf(file, "%s\n    ", i ? "," : "");
    print(entry, i, file);
  }
}

static void printRawParameter(const Entry *entry, intptr_t i, FILE *file) {
  const ExecValueType *type = valueType(entry, i);
  bool isResult = i >= entry->signature.numArguments;
  if (type->scalar)
    fprintf(file, "%s", scalarTypes[type->shape.element]);
  else
    fprintf(file, "%s *%s", isResult ? "void" : "const void",
            type->shape.rank ? ", const int64_t *, const int64_t *" : "");
}

static void printParameter(const Entry *entry, intptr_t i, FILE *file) {
  const ExecValueType *type = valueType(entry, i);
  if (type->scalar)
    fprintf(file, "%s ", scalarTypes[type->shape.element]);
  else
    fprintf(file, "const AddnormTensor *");
  printName(entry, i, file);
}

static void printRawArgument(const Entry *entry, intptr_t i, FILE *file) {
  const ExecValueType *type = valueType(entry, i);
  printName(entry, i, file);
  if (type->scalar)
    return;
  fprintf(file, "->data");
  if (type->shape.rank) {
    fprintf(file, ", ");
    printName(entry, i, file);
    fprintf(file, "->shape, strides[%d]", tensorIndex(entry, i));
  }
}

static void printTypes(const Entry *entry, FILE *file) {
  for (intptr_t i = 0; i < numValues(entry); ++i) {
    char text[EXEC_SHAPE_TEXT];
    execShapePrint(&valueType(entry, i)->shape, text);
    fprintf(file, " *   ");
    printName(entry, i, file);
    fprintf(file, ": %s\n", text);
  }
}

static void printRounding(MlirType type, FILE *file) {
  if (!mlirTypeIsNull(type))
    fprintf(file, ", rounded to %s",
            mlirTypeIsAF16(type)    ? "f16"
            : mlirTypeIsABF16(type) ? "bf16"
                                    : "f32");
}

/* What the kernel computes, as far as its values' types do not say. */
static void printFormula(const Entry *entry, FILE *file) {
  MlirOperation kernel = entry->kernel;
  fprintf(file, " *\n *   t = ");
  for (intptr_t k = 0; k < addnormRmsNormGetNumAddends(kernel); ++k) {
    float scale;
    addnormRmsNormGetScale(kernel, k, &scale);
    fprintf(file, k ? " + " : "");
    if (scale != 1)
      fprintf(file, "%.9g * ", (double)scale);
    printName(entry, entryArgumentIndex(entry, addnormRmsNormGetAddend(kernel, k)), file);
  }
  printRounding(addnormRmsNormGetSumType(kernel), file);
  fprintf(file, "\n *   u = t * rstd");
  printRounding(addnormRmsNormGetNormType(kernel), file);
  MlirValue gamma = addnormRmsNormGetGamma(kernel);
  float offset = 0;
  if (mlirValueIsNull(gamma))
    fprintf(file, "\n *   y = u\n");
  else if (addnormRmsNormGetGammaOffset(kernel, &offset))
    fprintf(file, "\n *   y = u * (%.9g + gamma)\n", (double)offset);
  else
    fprintf(file, "\n *   y = u * gamma\n");
  int64_t lanes = addnormRmsNormGetLanes(kernel), chunk = addnormRmsNormGetChunk(kernel);
  if (lanes)
    fprintf(file, " *   the sum of squares has %" PRId64 " lanes", lanes);
  if (lanes && chunk)
    fprintf(file, " and chunks of %" PRId64, chunk);
  fprintf(file, lanes ? "\n" : "");
}

static void printChecked(const Entry *entry, FILE *file) {
  int numTensors = tensorIndex(entry, numValues(entry));
  int numArguments = tensorIndex(entry, entry->signature.numArguments);
  fprintf(file, "static inline AddnormStatus %s(", entry->name);
  printList(entry, file, printParameter);
  fprintf(file, "%s\n    AddnormError *error) {\n", numValues(entry) ? "," : "");
  if (numTensors) {
    printSpecs(entry, file);
    fprintf(file, "  const AddnormTensor *const tensors[] = {");
    for (intptr_t i = 0, printed = 0; i < numValues(entry); ++i) {
      if (valueType(entry, i)->scalar)
        continue;
      fprintf(file, "%s", printed++ ? ", " : "");
      printName(entry, i, file);
    }
    fprintf(file,
            "};\n"
            "  int64_t strides[%d][ADDNORM_MAX_RANK];\n"
            "  AddnormStatus status = addnormCheck(specs, tensors, %d, %d, strides, error);\n"
            "  if (status != ADDNORM_OK)\n"
            "    return status;\n",
            numTensors, numArguments, numTensors);
  }
  fprintf(file, "  return addnormFinish(%s_unchecked(", entry->name);
  printList(entry, file, printRawArgument);
  fprintf(file, "), \"%s\", error);\n}\n", entry->name);
}

static void printKernel(const Entry *entry, FILE *file) {
  MlirOperation kernel = entry->kernel;
  float epsilon = 0;
  if (mlirValueIsNull(addnormRmsNormGetEpsilon(kernel, &epsilon)))
    fprintf(file,
            "\n/* The same as a kernel; pass %s_EPSILON for the function's own epsilon. */\n"
            "#define %s_EPSILON %.8ef\n",
            entry->name, entry->name, (double)epsilon);
  else
    fprintf(file, "\n/* The same as a kernel. */\n");
  fprintf(file, "int32_t %s_kernel(int64_t rows, int64_t n, float epsilon", entry->name);
  for (intptr_t i = 0; i < addnormRmsNormGetNumAddends(kernel); ++i)
    fprintf(file, ", const void *addend%ld, int64_t addend%ldRowStride", (long)i, (long)i);
  if (!mlirValueIsNull(addnormRmsNormGetGamma(kernel)))
    fprintf(file, ", const void *gamma");
  fprintf(file, ", void *y, int64_t yRowStride");
  if (!mlirValueIsNull(addnormRmsNormGetSumInit(kernel)))
    fprintf(file, ", void *sum, int64_t sumRowStride");
  if (!mlirValueIsNull(addnormRmsNormGetRstdInit(kernel)))
    fprintf(file, ", float *rstd, int64_t rstdRowStride");
  fprintf(file, ");\n");
}

void entryPrintHeader(const Entry *entry, FILE *file) {
  MlirStringRef name = execFunctionName(entry->function);
  fprintf(file, "\n/* The function %.*s.\n *\n", (int)name.length, name.data);
  printTypes(entry, file);
  if (!mlirOperationIsNull(entry->kernel))
    printFormula(entry, file);
  fprintf(file, " */\nint32_t %s_unchecked(", entry->name);
  printList(entry, file, printRawParameter);
  fprintf(file, "%s);\n\n", numValues(entry) ? "" : "void");
  printChecked(entry, file);
  if (!mlirOperationIsNull(entry->kernel))
    printKernel(entry, file);
}
