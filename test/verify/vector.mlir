// The code of target=vector is seen through, down to LLVM, and is clean.
// RUN: addnorm-opt %s --verify-diagnostics --addnorm-lower=target=vector --addnorm-verify -o /dev/null
// RUN: addnorm-opt %s --verify-diagnostics --addnorm-lower=target=vector --expand-strided-metadata --lower-affine --convert-scf-to-cf --convert-vector-to-llvm --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts --addnorm-verify -o /dev/null

// expected-remark@+1 {{clean: no float narrower than f32 holds a sum that a norm reads}}
module {
  func.func @f16(%x: memref<8x4100xf16>, %r: memref<8x4100xf16>, %g: memref<4100xf16>,
                 %y: memref<8x4100xf16>, %s: memref<8x4100xf16>) {
    addnorm.rms_norm(%x, %r : memref<8x4100xf16>, memref<8x4100xf16>) gamma(%g : memref<4100xf16>)
        epsilon 1.0e-5 outs(%y : memref<8x4100xf16>) sum(%s : memref<8x4100xf16>) {lanes = 64 : i64}
    return
  }
  func.func @bf16(%x: memref<8x?xbf16>, %r: memref<8x?xbf16>, %y: memref<8x?xbf16>) {
    addnorm.rms_norm(%x, %r : memref<8x?xbf16>, memref<8x?xbf16>) epsilon 1.0e-5
        outs(%y : memref<8x?xbf16>) {lanes = 1024 : i64, chunk = 2048 : i64}
    return
  }
}
