#include "lib/exec/expand.h"

#include <stdlib.h>
#include <string.h>

static bool isFor(const AddnormCpu *cpu, const char *architecture) {
  return strncmp(cpu->triple, architecture, strlen(architecture)) == 0;
}

static bool hasF16C(LLVMValueRef function, const AddnormCpu *cpu) {
  static const char features[] = "target-features", fma[] = "+fma", f16c[] = "+f16c";
  LLVMAttributeRef own = LLVMGetStringAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                                       features, sizeof features - 1);
  unsigned length = (unsigned)strlen(cpu->features);
  const char *text = own ? LLVMGetStringAttributeValue(own, &length) : cpu->features;
  return memmem(text, length, fma, sizeof fma - 1) && memmem(text, length, f16c, sizeof f16c - 1);
}

/* What a function lacks. */
typedef struct Lacks {
  bool conversions; /* between f16 and f32, but for vectors of a multiple of `whole` elements */
  unsigned whole;   /* 0: for no vectors */
  bool fma;
  bool isNaN; /* of vectors of f32 */
} Lacks;

/* HVX converts whole registers of f16. LLVM takes their words for integers where it compares f32
 * for NaN, and finds none. */
static Lacks lacksOf(LLVMValueRef function, const AddnormCpu *cpu) {
  if (isFor(cpu, "hexagon"))
    return (Lacks){
        .conversions = true, .whole = (unsigned)cpu->info.vectorBytes / 2, .isNaN = true};
  bool all = isFor(cpu, "x86_64") && !hasF16C(function, cpu);
  return (Lacks){.conversions = all, .fma = all};
}

/* Scalars, or vectors of one length. */
typedef struct Types {
  LLVMTypeRef f16, i16, i32, f32, i64, f64;
} Types;

/* `element`, or a vector of it as long as `like`. */
static LLVMTypeRef shapedAs(LLVMTypeRef like, LLVMTypeRef element) {
  return LLVMGetTypeKind(like) == LLVMVectorTypeKind
             ? LLVMVectorType(element, LLVMGetVectorSize(like))
             : element;
}

static Types typesOf(LLVMContextRef context, LLVMTypeRef like) {
  return (Types){shapedAs(like, LLVMHalfTypeInContext(context)),
                 shapedAs(like, LLVMInt16TypeInContext(context)),
                 shapedAs(like, LLVMInt32TypeInContext(context)),
                 shapedAs(like, LLVMFloatTypeInContext(context)),
                 shapedAs(like, LLVMInt64TypeInContext(context)),
                 shapedAs(like, LLVMDoubleTypeInContext(context))};
}

static LLVMValueRef splat(LLVMTypeRef type, LLVMValueRef element) {
  if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
    return element;
  unsigned length = LLVMGetVectorSize(type);
  LLVMValueRef *elements = malloc(sizeof *elements * length);
  for (unsigned i = 0; i < length; ++i)
    elements[i] = element;
  LLVMValueRef vector = LLVMConstVector(elements, length);
  free(elements);
  return vector;
}

static LLVMTypeRef elementOf(LLVMTypeRef type) {
  return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

static LLVMValueRef integer(const Types *t, uint32_t value) {
  return splat(t->i32, LLVMConstInt(elementOf(t->i32), value, 0));
}

static LLVMValueRef real(const Types *t, double value) {
  return splat(t->f32, LLVMConstReal(elementOf(t->f32), value));
}

/* The exponent and the fraction are moved into place and the bias is mended by a product, which is
 * exact and makes subnormals normal. */
static LLVMValueRef buildExtend(LLVMBuilderRef b, const Types *t, LLVMValueRef value) {
  LLVMValueRef half = LLVMBuildBitCast(b, value, t->i16, "");
  LLVMValueRef bits = LLVMBuildZExt(b, half, t->i32, "");
  LLVMValueRef magnitude = LLVMBuildAnd(b, bits, integer(t, 0x7fff), "");
  LLVMValueRef sign = LLVMBuildShl(b, LLVMBuildXor(b, bits, magnitude, ""), integer(t, 16), "");
  LLVMValueRef moved = LLVMBuildShl(b, magnitude, integer(t, 13), "");
  LLVMValueRef finite =
      LLVMBuildFMul(b, LLVMBuildBitCast(b, moved, t->f32, ""), real(t, 0x1p112), "");
  LLVMValueRef special = LLVMBuildOr(b, moved, integer(t, 0x7f800000), "");
  LLVMValueRef isSpecial = LLVMBuildICmp(b, LLVMIntUGE, magnitude, integer(t, 0x7c00), "");
  LLVMValueRef result =
      LLVMBuildSelect(b, isSpecial, special, LLVMBuildBitCast(b, finite, t->i32, ""), "");
  return LLVMBuildBitCast(b, LLVMBuildOr(b, result, sign, ""), t->f32, "");
}

/* To nearest, ties to even. A carry out of the fraction goes into the exponent, as it should, and
 * past 65504 into infinity. For what is subnormal the addition of 0.5, whose last place is 2^-24,
 * rounds.
 */
static LLVMValueRef buildTruncate(LLVMBuilderRef b, const Types *t, LLVMValueRef value) {
  LLVMValueRef bits = LLVMBuildBitCast(b, value, t->i32, "");
  LLVMValueRef magnitude = LLVMBuildAnd(b, bits, integer(t, 0x7fffffff), "");
  LLVMValueRef sign = LLVMBuildLShr(b, LLVMBuildXor(b, bits, magnitude, ""), integer(t, 16), "");
  LLVMValueRef odd =
      LLVMBuildAnd(b, LLVMBuildLShr(b, magnitude, integer(t, 13), ""), integer(t, 1), "");
  LLVMValueRef bias = LLVMBuildAdd(b, odd, integer(t, 0xfff - (112u << 23)), "");
  LLVMValueRef normal = LLVMBuildLShr(b, LLVMBuildAdd(b, magnitude, bias, ""), integer(t, 13), "");
  LLVMValueRef shifted =
      LLVMBuildFAdd(b, LLVMBuildBitCast(b, magnitude, t->f32, ""), real(t, 0.5), "");
  LLVMValueRef subnormal =
      LLVMBuildSub(b, LLVMBuildBitCast(b, shifted, t->i32, ""), integer(t, 0x3f000000), "");
  LLVMValueRef isSubnormal = LLVMBuildICmp(b, LLVMIntULT, magnitude, integer(t, 0x38800000), "");
  LLVMValueRef isLarge = LLVMBuildICmp(b, LLVMIntUGE, magnitude, integer(t, 0x47800000), "");
  LLVMValueRef isNaN = LLVMBuildICmp(b, LLVMIntUGT, magnitude, integer(t, 0x7f800000), "");
  LLVMValueRef result = LLVMBuildSelect(b, isSubnormal, subnormal, normal, "");
  result = LLVMBuildSelect(b, isLarge, integer(t, 0x7c00), result, "");
  result = LLVMBuildSelect(b, isNaN, integer(t, 0x7e00), result, "");
  LLVMValueRef half = LLVMBuildTrunc(b, LLVMBuildOr(b, result, sign, ""), t->i16, "");
  return LLVMBuildBitCast(b, half, t->f16, "");
}

/* In f64 the product is exact and the sum is off by the exact `error` (Knuth's TwoSum). Where it is
 * not 0 the sum is rounded to odd instead of to nearest: of the two neighbours of the exact sum the
 * one whose last bit is 1. With more than 2 * 24 + 2 bits, that rounds to f32 as the exact sum
 * does.
 */
static LLVMValueRef buildFma(LLVMBuilderRef b, const Types *t, LLVMValueRef operands[3]) {
  LLVMValueRef wide[3];
  for (int i = 0; i < 3; ++i)
    wide[i] = LLVMBuildFPExt(b, operands[i], t->f64, "");
  LLVMValueRef product = LLVMBuildFMul(b, wide[0], wide[1], "");
  LLVMValueRef sum = LLVMBuildFAdd(b, product, wide[2], "");
  LLVMValueRef addend = LLVMBuildFSub(b, sum, product, "");
  LLVMValueRef error =
      LLVMBuildFAdd(b, LLVMBuildFSub(b, product, LLVMBuildFSub(b, sum, addend, ""), ""),
                    LLVMBuildFSub(b, wide[2], addend, ""), "");
  LLVMValueRef zero = LLVMConstNull(t->f64);
  LLVMValueRef one = splat(t->i64, LLVMConstInt(elementOf(t->i64), 1, 0));
  LLVMValueRef bits = LLVMBuildBitCast(b, sum, t->i64, "");
  LLVMValueRef isInexact = LLVMBuildFCmp(b, LLVMRealONE, error, zero, ""); /* not for a NaN */
  LLVMValueRef isEven = LLVMBuildAnd(b, LLVMBuildNot(b, bits, ""), one, "");
  LLVMValueRef moves = LLVMBuildAnd(b, isEven, LLVMBuildZExt(b, isInexact, t->i64, ""), "");
  /* Away from 0 where error and sum have one sign: +1 or -1, by arithmetic, as a branch would be
   * mispredicted every other time. */
  LLVMValueRef grows = LLVMBuildICmp(b, LLVMIntEQ, LLVMBuildFCmp(b, LLVMRealOGT, error, zero, ""),
                                     LLVMBuildFCmp(b, LLVMRealOGT, sum, zero, ""), "");
  LLVMValueRef step =
      LLVMBuildSub(b, LLVMBuildShl(b, LLVMBuildZExt(b, grows, t->i64, ""), one, ""), one, "");
  LLVMValueRef odd =
      LLVMBuildAdd(b, bits, LLVMBuildAnd(b, step, LLVMBuildNeg(b, moves, ""), ""), "");
  return LLVMBuildFPTrunc(b, LLVMBuildBitCast(b, odd, t->f64, ""), t->f32, "");
}

static bool calls(LLVMValueRef instruction, const char *intrinsic) {
  if (!LLVMIsACallInst(instruction) || !LLVMIsAFunction(LLVMGetCalledValue(instruction)))
    return false;
  size_t length;
  const char *callee = LLVMGetValueName2(LLVMGetCalledValue(instruction), &length);
  return strncmp(callee, intrinsic, strlen(intrinsic)) == 0;
}

static bool rounds(LLVMValueRef instruction) {
  return calls(instruction, "llvm.experimental.constrained.fptrunc.");
}

static LLVMValueRef buildIsNaN(LLVMBuilderRef b, LLVMValueRef value) {
  LLVMTypeRef type = LLVMTypeOf(value);
  Types t = typesOf(LLVMGetTypeContext(type), type);
  LLVMValueRef bits = LLVMBuildBitCast(b, value, t.i32, "");
  LLVMValueRef magnitude = LLVMBuildAnd(b, bits, integer(&t, 0x7fffffff), "");
  return LLVMBuildICmp(b, LLVMIntUGT, magnitude, integer(&t, 0x7f800000), "");
}

/* Whether `instruction` compares vectors of f32 with themselves for NaN. */
static bool asksForNaN(LLVMValueRef instruction) {
  if (!LLVMIsAFCmpInst(instruction) || LLVMGetFCmpPredicate(instruction) != LLVMRealUNO)
    return false;
  LLVMValueRef value = LLVMGetOperand(instruction, 0);
  LLVMTypeRef type = LLVMTypeOf(value);
  return value == LLVMGetOperand(instruction, 1) && LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
         LLVMGetTypeKind(LLVMGetElementType(type)) == LLVMFloatTypeKind;
}

static bool isWhole(LLVMTypeRef type, const Lacks *lacks) {
  return lacks->whole && LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
         LLVMGetVectorSize(type) % lacks->whole == 0;
}

/* What does the same as `instruction`, or null when that can stay. */
static LLVMValueRef build(LLVMBuilderRef b, LLVMValueRef instruction, const Lacks *lacks) {
  if (lacks->isNaN && asksForNaN(instruction))
    return buildIsNaN(b, LLVMGetOperand(instruction, 0));
  LLVMOpcode opcode = LLVMGetInstructionOpcode(instruction);
  bool isFma = calls(instruction, "llvm.fma."), extends = opcode == LLVMFPExt;
  bool truncates = opcode == LLVMFPTrunc || rounds(instruction);
  if (!(isFma && lacks->fma) && !((extends || truncates) && lacks->conversions))
    return NULL;
  LLVMValueRef operands[3];
  for (unsigned i = 0; i < (isFma ? 3 : 1); ++i)
    operands[i] = LLVMGetOperand(instruction, i);
  LLVMTypeRef from = LLVMTypeOf(operands[0]), to = LLVMTypeOf(instruction);
  Types t = typesOf(LLVMGetTypeContext(from), from);
  if (isFma)
    return from == t.f32 ? buildFma(b, &t, operands) : NULL;
  if (isWhole(to, lacks))
    return NULL;
  if (extends)
    return from == t.f16 && to == t.f32 ? buildExtend(b, &t, operands[0]) : NULL;
  return from == t.f32 && to == t.f16 ? buildTruncate(b, &t, operands[0]) : NULL;
}

/* The conversion with its rounding mode left open, which is then the same. */
static LLVMValueRef buildPlain(LLVMBuilderRef b, LLVMValueRef instruction, const Lacks *lacks) {
  (void)lacks;
  return rounds(instruction)
             ? LLVMBuildFPTrunc(b, LLVMGetOperand(instruction, 0), LLVMTypeOf(instruction), "")
             : NULL;
}

typedef LLVMValueRef Replace(LLVMBuilderRef b, LLVMValueRef instruction, const Lacks *lacks);

static void replaceIn(LLVMValueRef function, LLVMBuilderRef b, Replace *replace,
                      const Lacks *lacks) {
  LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function);
  for (; block; block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef next, i = LLVMGetFirstInstruction(block); i; i = next) {
      next = LLVMGetNextInstruction(i);
      LLVMPositionBuilderBefore(b, i);
      LLVMValueRef value = replace(b, i, lacks);
      if (!value)
        continue;
      LLVMReplaceAllUsesWith(i, value);
      LLVMInstructionEraseFromParent(i);
    }
}

static void replaceAll(LLVMModuleRef module, const AddnormCpu *cpu, Replace *replace) {
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
  LLVMValueRef function = LLVMGetFirstFunction(module);
  for (; function; function = LLVMGetNextFunction(function)) {
    Lacks lacks = lacksOf(function, cpu);
    if (lacks.conversions || lacks.fma)
      replaceIn(function, builder, replace, &lacks);
  }
  LLVMDisposeBuilder(builder);
}

void execExpand(LLVMModuleRef module, const AddnormCpu *cpu) { replaceAll(module, cpu, build); }

void execLeaveRounding(LLVMModuleRef module, const AddnormCpu *cpu) {
  replaceAll(module, cpu, buildPlain);
}
