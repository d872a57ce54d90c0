// A sum that the op itself rounds to f16 is found in vector code, and below it in LLVM's.
// RUN: not addnorm-opt %s --addnorm-lower=target=vector --addnorm-verify -o /dev/null 2>&1 | FileCheck %s
// RUN: not addnorm-opt %s --addnorm-lower=target=vector --expand-strided-metadata --lower-affine --convert-scf-to-cf --convert-vector-to-llvm --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts --addnorm-verify -o /dev/null 2>&1 | FileCheck %s
// CHECK: vector-narrow.mlir:[[# @LINE + 4]]:3: error: a sum in a type narrower than f32 goes into the statistic of a norm
// CHECK: note: read here

func.func @narrow(%x: memref<8x4096xf16>, %r: memref<8x4096xf16>, %y: memref<8x4096xf16>) {
  addnorm.rms_norm(%x, %r : memref<8x4096xf16>, memref<8x4096xf16>) epsilon 1.0e-5
      outs(%y : memref<8x4096xf16>) {lanes = 64 : i64, sum_type = f16}
  return
}
