// What is emitted for narrow types survives the back end: no f16 or bf16 arithmetic, no flushing
// conversion, no library call that may be missing. The processor named here has all of them.
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-lower,canonicalize,cse,convert-scf-to-cf,convert-math-to-llvm,expand-strided-metadata,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-translate --mlir-to-llvmir | opt -O3 -mtriple=x86_64-linux-gnu -mcpu=sapphirerapids -S \
// RUN:   | llc -O3 -mcpu=sapphirerapids | FileCheck %s

// With sum_type the sum is only ever used rounded: left to itself LLVM would add in f16.
// CHECK-LABEL: f16:
// CHECK-NOT: {{v(add|mul|fmadd[0-9]*)[ps]h}}
// CHECK: vcvt{{ps2ph|ss2sh}}
// CHECK-NOT: {{v(add|mul|fmadd[0-9]*)[ps]h}}
func.func @f16(%x: memref<8x4096xf16>, %r: memref<8x4096xf16>, %y: memref<8x4096xf16>) {
  addnorm.rms_norm(%x, %r : memref<8x4096xf16>, memref<8x4096xf16>) epsilon 1.0e-5
      outs(%y : memref<8x4096xf16>) {lanes = 64 : i64, sum_type = f16}
  return
}

// CHECK-LABEL: bf16:
// CHECK-NOT: {{vcvtne|__truncsfbf2}}
// CHECK: .Lfunc_end
func.func @bf16(%x: memref<8x4096xbf16>, %r: memref<8x4096xbf16>, %y: memref<8x4096xbf16>, %s: memref<8x4096xbf16>) {
  addnorm.rms_norm(%x, %r : memref<8x4096xbf16>, memref<8x4096xbf16>) epsilon 1.0e-5
      outs(%y : memref<8x4096xbf16>) sum(%s : memref<8x4096xbf16>) {lanes = 64 : i64}
  return
}
