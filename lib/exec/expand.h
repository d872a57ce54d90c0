/* What a processor has no instruction for. */

#ifndef ADDNORM_LIB_EXEC_EXPAND_H
#define ADDNORM_LIB_EXEC_EXPAND_H

#include "codegen/cpu.h"
#include "llvm-c/Core.h"

/* In functions for an x86-64 without F16C and FMA, replaces the conversions between f16 and f32 and
 * the fma of f32, of scalars and vectors, by code with the same results; for Hexagon, the
 * conversions of scalars and of less than a register, and the test of vectors for NaN, which its
 * back end gets wrong. Back ends would call functions for each element: __extendhfsf2 and
 * __truncsfhf2, which compilers' libraries older than GCC 12's do not have, and fmaf of libm. A
 * function's own target-features count before those of `cpu`. */
void execExpand(LLVMModuleRef module, const AddnormCpu *cpu);

/* In what execExpand leaves of the conversions there, does not spell out the rounding mode any
 * more: Hexagon's back end ends the program on it. Only after optimization, which could narrow the
 * arithmetic in front of a plain conversion. */
void execLeaveRounding(LLVMModuleRef module, const AddnormCpu *cpu);

#endif /* ADDNORM_LIB_EXEC_EXPAND_H */
