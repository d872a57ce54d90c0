/* verify-mutate --seed S --count N FILE...: narrows one value of a correct program at random, at
 * each level that it is lowered through, and asks addnorm-verify.
 *
 * On the path is each sum of a program's addends; there the verdict must be violated. Off it are
 * the addends themselves and what is computed behind the sum (squares, roots, normalised values);
 * there it must stay clean. Which is which is decided by the shape of the programs given, not by
 * the verifier: addends are what the function's arguments hold. */

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addnorm-c/rms_norm.h"
#include "lib/exec/pipeline.h"
#include "lib/ir/build.h"

typedef struct Options {
  unsigned seed, count;
  char *files[16];
  int numFiles;
} Options;

typedef struct Level {
  const char *name, *pipeline;
} Level;

static const Level levels[] = {
    {"tensor", "builtin.module(canonicalize)"},
    {"memref", "builtin.module(one-shot-bufferize{bufferize-function-boundaries "
               "function-boundary-type-conversion=identity-layout-map},canonicalize,cse)"},
    {"scf", "builtin.module(func.func(convert-linalg-to-loops),addnorm-lower,cse)"},
    {"llvm", "builtin.module(expand-strided-metadata,lower-affine,convert-scf-to-cf,"
             "convert-math-to-llvm,convert-math-to-libm,arith-expand{include-bf16},"
             "convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,"
             "finalize-memref-to-llvm,convert-func-to-llvm,reconcile-unrealized-casts)"},
};

/* --- which values
 * --------------------------------------------------------------------------------*/

static bool isOneOf(MlirOperation op, const char *const *names) {
  for (; !mlirOperationIsNull(op) && *names; ++names)
    if (irIs(op, *names))
      return true;
  return false;
}

static const char *const additions[] = {"arith.addf", "llvm.fadd", NULL};
static const char *const extensions[] = {"arith.extf", "llvm.fpext", NULL};
static const char *const loads[] = {"memref.load", "llvm.load", NULL};
static const char *const constants[] = {"arith.constant", "llvm.mlir.constant", NULL};
static const char *const products[] = {"arith.mulf", "llvm.fmul", NULL};
static const char *const behindSums[] = {
    "arith.mulf", "llvm.fmul",  "arith.divf",    "llvm.fdiv",      "math.fma",
    "math.sqrt",  "math.rsqrt", "llvm.intr.fma", "llvm.intr.sqrt", NULL};
static const char *const views[] = {"memref.cast",
                                    "memref.subview",
                                    "memref.reinterpret_cast",
                                    "llvm.getelementptr",
                                    "llvm.extractvalue",
                                    "llvm.insertvalue",
                                    NULL};

/* Whether memory or a tensor is an argument of the function, seen through views of it. */
static bool isArgument(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op)) {
    MlirOperation owner = mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(value));
    return irIs(owner, "func.func") || irIs(owner, "llvm.func");
  }
  if (irIs(op, "llvm.insertvalue") && isArgument(mlirOperationGetOperand(op, 1)))
    return true;
  return isOneOf(op, views) && isArgument(mlirOperationGetOperand(op, 0));
}

static bool isAddend(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  if (mlirOperationIsNull(op)) {
    MlirOperation owner = mlirBlockGetParentOperation(mlirBlockArgumentGetOwner(value));
    intptr_t i = mlirBlockArgumentGetArgNumber(value);
    return irIs(owner, "linalg.generic") && isArgument(mlirOperationGetOperand(owner, i));
  }
  if (isOneOf(op, loads))
    return isArgument(mlirOperationGetOperand(op, 0));
  if (isOneOf(op, products))
    return isAddend(mlirOperationGetOperand(op, 0)) && !isAddend(mlirOperationGetOperand(op, 1));
  return isOneOf(op, extensions) && isAddend(mlirOperationGetOperand(op, 0));
}

static bool isSum(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  if (!isOneOf(op, additions))
    return false;
  MlirValue lhs = mlirOperationGetOperand(op, 0), rhs = mlirOperationGetOperand(op, 1);
  return (isAddend(lhs) || isSum(lhs)) && (isAddend(rhs) || isSum(rhs));
}

static bool isOffPath(MlirValue value) {
  MlirOperation op = irDefiningOp(value);
  if (isOneOf(op, constants))
    return false;
  return isOneOf(op, behindSums) || isAddend(value);
}

typedef struct Choice {
  bool onPath;
  int index; /* of the value wanted; counts down */
  int count;
  MlirValue value;
} Choice;

static MlirWalkResult choose(MlirOperation op, void *data) {
  Choice *choice = data;
  if (mlirOperationGetNumResults(op) != 1)
    return MlirWalkResultAdvance;
  MlirValue value = mlirOperationGetResult(op, 0);
  if (!mlirTypeIsAF32(mlirValueGetType(value)) ||
      !(choice->onPath ? isSum(value) : isOffPath(value)))
    return MlirWalkResultAdvance;
  if (choice->count++ == choice->index)
    choice->value = value;
  return MlirWalkResultAdvance;
}

/* --- how they become narrow
 * ------------------------------------------------------------------------*/

typedef enum Narrowing { BY_F16, BY_BF16, BY_BITS, BY_MEMORY, NUM_NARROWINGS } Narrowing;

typedef struct Names {
  const char *truncate, *extend, *bitcast, *mask, *constant;
} Names;

static const Names arithNames = {"arith.truncf", "arith.extf", "arith.bitcast", "arith.andi",
                                 "arith.constant"};
static const Names llvmNames = {"llvm.fptrunc", "llvm.fpext", "llvm.bitcast", "llvm.and",
                                "llvm.mlir.constant"};

/* The upper half of an f32 is a bf16, here in the clothes of an f32. */
static MlirValue maskBits(const IrBuilder *b, const Names *names, MlirValue value) {
  MlirType i32 = mlirIntegerTypeGet(b->context, 32);
  IrAttr attrs[] = {{"value", mlirIntegerAttrGet(i32, (int64_t)0xffff0000)}, {NULL, {NULL}}};
  MlirValue mask = irValue(b, names->constant, 0, NULL, i32, attrs);
  MlirValue bits = irUnary(b, names->bitcast, value, i32);
  return irUnary(b, names->bitcast, irBinary(b, names->mask, bits, mask), mlirValueGetType(value));
}

static MlirValue throughMemory(const IrBuilder *b, bool isLlvm, MlirValue value) {
  MlirType type = mlirValueGetType(value);
  if (!isLlvm) {
    int64_t one = 1;
    MlirType memref = mlirMemRefTypeContiguousGet(type, 1, &one, (MlirAttribute){NULL});
    IrAttr attrs[] = {
        {"operandSegmentSizes", mlirDenseI32ArrayGet(b->context, 2, (int32_t[]){0, 0})},
        {NULL, {NULL}}};
    MlirValue memory = irValue(b, "memref.alloca", 0, NULL, memref, attrs);
    MlirValue zero = irIndexConstant(b, 0);
    irStore(b, value, memory, &zero);
    return irLoad(b, memory, &zero);
  }
  MlirType i64 = mlirIntegerTypeGet(b->context, 64);
  MlirType pointer = mlirTypeParseGet(b->context, irStr("!llvm.ptr"));
  IrAttr size[] = {{"value", mlirIntegerAttrGet(i64, 1)}, {NULL, {NULL}}};
  MlirValue one = irValue(b, "llvm.mlir.constant", 0, NULL, i64, size);
  IrAttr attrs[] = {{"elem_type", mlirTypeAttrGet(type)}, {NULL, {NULL}}};
  MlirValue memory = irValue(b, "llvm.alloca", 1, &one, pointer, attrs);
  MlirValue operands[] = {value, memory};
  irOp(b, "llvm.store", 2, operands, 0, NULL, NULL, 0, NULL);
  return irUnary(b, "llvm.load", memory, type);
}

static void narrow(MlirValue value, Narrowing how) {
  MlirOperation op = irDefiningOp(value);
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  bool isLlvm = name.length > 5 && memcmp(name.data, "llvm.", 5) == 0;
  const Names *names = isLlvm ? &llvmNames : &arithNames;
  IrBuilder b = irBuilderBefore(mlirOperationGetNextInBlock(op));
  MlirType f32 = mlirValueGetType(value);
  MlirType type = how == BY_BF16 ? mlirBF16TypeGet(b.context) : mlirF16TypeGet(b.context);

  /* The first op that reads the value keeps it; the others read the result. */
  MlirOperation before = op;
  MlirValue result;
  if (how == BY_BITS) {
    result = maskBits(&b, names, value);
  } else {
    result = irUnary(&b, names->truncate, value, type);
    if (how == BY_MEMORY)
      result = throughMemory(&b, isLlvm, result);
    result = irUnary(&b, names->extend, result, f32);
  }
  MlirOperation first = mlirOperationGetNextInBlock(before);
  if (irIs(first, names->constant))
    first = mlirOperationGetNextInBlock(first);
  mlirValueReplaceAllUsesExcept(value, result, 1, &first);
}

/* --- the test
 * --------------------------------------------------------------------------------------*/

static unsigned nextRandom(unsigned *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

typedef struct Tally {
  long onPath, offPath, wrong;
} Tally;

static AddnormVerdict verdictOf(MlirOperation module) {
  AddnormVerifyOptions options = {ADDNORM_LEVEL_NORM};
  return addnormVerify(module, &options, NULL, NULL).verdict;
}

static void expect(MlirOperation module, AddnormVerdict verdict, const char *what, Tally *tally) {
  if (mlirOperationVerify(module) && verdictOf(module) == verdict)
    return;
  ++tally->wrong;
  fprintf(stderr, "%s: verdict %d instead of %d\n", what, verdictOf(module), verdict);
  mlirOperationDump(module);
}

/* Narrows one value on or off the path of a copy of the module, if there is one. */
static void mutate(MlirOperation module, bool onPath, unsigned *random, Tally *tally) {
  MlirOperation copy = mlirOperationClone(module);
  Choice choice = {.onPath = onPath, .index = -1};
  mlirOperationWalk(copy, choose, &choice, MlirWalkPreOrder);
  if (choice.count > 0) {
    choice =
        (Choice){.onPath = onPath, .index = (int)(nextRandom(random) % (unsigned)choice.count)};
    mlirOperationWalk(copy, choose, &choice, MlirWalkPreOrder);
    narrow(choice.value, (Narrowing)(nextRandom(random) % NUM_NARROWINGS));
    ++*(onPath ? &tally->onPath : &tally->offPath);
    expect(copy, onPath ? ADDNORM_VERDICT_VIOLATED : ADDNORM_VERDICT_CLEAN,
           onPath ? "on the path" : "off the path", tally);
  }
  mlirOperationDestroy(copy);
}

typedef struct NormChoice {
  int index, count;
  MlirOperation op;
} NormChoice;

static MlirWalkResult chooseNorm(MlirOperation op, void *data) {
  NormChoice *choice = data;
  if (addnormOperationIsRmsNorm(op) && choice->count++ == choice->index)
    choice->op = op;
  return MlirWalkResultAdvance;
}

/* The same to a fused op: its sum is rounded, or what it normalises. */
static void mutateNorm(MlirOperation module, bool onPath, unsigned *random, Tally *tally) {
  MlirOperation copy = mlirOperationClone(module);
  NormChoice choice = {.index = -1};
  mlirOperationWalk(copy, chooseNorm, &choice, MlirWalkPreOrder);
  if (choice.count > 0) {
    choice = (NormChoice){.index = (int)(nextRandom(random) % (unsigned)choice.count)};
    mlirOperationWalk(copy, chooseNorm, &choice, MlirWalkPreOrder);
    MlirContext context = mlirOperationGetContext(copy);
    MlirType type = nextRandom(random) % 2 ? mlirF16TypeGet(context) : mlirBF16TypeGet(context);
    mlirOperationSetAttributeByName(choice.op, irStr(onPath ? "sum_type" : "norm_type"),
                                    mlirTypeAttrGet(type));
    ++*(onPath ? &tally->onPath : &tally->offPath);
    expect(copy, onPath ? ADDNORM_VERDICT_VIOLATED : ADDNORM_VERDICT_CLEAN,
           onPath ? "sum_type" : "norm_type", tally);
  }
  mlirOperationDestroy(copy);
}

static bool testFile(const Options *options, const char *file, ExecError *error) {
  ExecModel model;
  bool ok = execModelLoad(&model, file, error);
  unsigned random = options->seed;
  for (size_t l = 0; ok && l < sizeof levels / sizeof *levels; ++l) {
    ok = execRunPasses(&model, levels[l].pipeline);
    if (!ok)
      break;
    Tally tally = {0};
    MlirOperation module = mlirModuleGetOperation(model.module);
    expect(module, ADDNORM_VERDICT_CLEAN, "as it is", &tally);
    for (unsigned i = 0; i < options->count; ++i) {
      bool onPath = i % 3 != 0;
      mutate(module, onPath, &random, &tally);
      mutateNorm(module, onPath, &random, &tally);
    }
    printf("%s: %ld on the path, %ld off it, %ld wrong\n", levels[l].name, tally.onPath,
           tally.offPath, tally.wrong);
    ok = (tally.wrong == 0 && tally.onPath > 0 && tally.offPath > 0) ||
         execFail(error, "%s: wrong verdicts", levels[l].name);
  }
  execModelDestroy(&model);
  return ok;
}

static const struct argp_option argpOptions[] = {
    {"seed", 's', "S", 0, "Of the random choices", 0},
    {"count", 'n', "N", 0, "Mutants per file and level", 0},
    {0},
};

static error_t parseOption(int key, char *argument, struct argp_state *state) {
  Options *options = state->input;
  switch (key) {
  case 's':
    options->seed = (unsigned)strtoul(argument, NULL, 10);
    break;
  case 'n':
    options->count = (unsigned)strtoul(argument, NULL, 10);
    break;
  case ARGP_KEY_ARG:
    if (options->numFiles == (int)(sizeof options->files / sizeof *options->files))
      argp_error(state, "too many files");
    options->files[options->numFiles++] = argument;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

int main(int argc, char **argv) {
  Options options = {.seed = 1, .count = 100};
  struct argp argp = {argpOptions, parseOption, "FILE...", NULL, NULL, NULL, NULL};
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  ExecError error = {""};
  for (int i = 0; i < options.numFiles; ++i)
    if (!testFile(&options, options.files[i], &error)) {
      fprintf(stderr, "%s: %s\n", options.files[i], error.text);
      return 1;
    }
  return 0;
}
