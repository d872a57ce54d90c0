// level=stream: the residual stream is f32 wherever it is, stored sums included.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify{level=stream})'

// The sum that is handed on is rounded.
func.func @stored(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  // expected-error@below {{the residual stream is held here in a type narrower than f32}}
  %y, %s = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
      outs(%0 : tensor<4x64xf16>) sum(%0 : tensor<4x64xf16>)
  return %y, %s : tensor<4x64xf16>, tensor<4x64xf16>
}

// -----

// expected-remark@below {{clean}}
module {
  func.func @wide(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>, %1: tensor<4x64xf32>) -> (tensor<4x64xf16>, tensor<4x64xf32>) {
    %y, %s = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
        outs(%0 : tensor<4x64xf16>) sum(%1 : tensor<4x64xf32>)
    return %y, %s : tensor<4x64xf16>, tensor<4x64xf32>
  }
}

// -----

// The last add has no norm behind it, and is of the stream all the same.
func.func @last(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %h: tensor<4x64xf32>, %0: tensor<4x64xf16>, %1: tensor<4x64xf32>) -> tensor<4x64xf16> {
  %y, %s = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
      outs(%0 : tensor<4x64xf16>) sum(%1 : tensor<4x64xf32>)
  %t = arith.addf %s, %h : tensor<4x64xf32>
  // expected-error@below {{the residual stream is held here in a type narrower than f32}}
  %z = arith.truncf %t : tensor<4x64xf32> to tensor<4x64xf16>
  return %z : tensor<4x64xf16>
}

// -----

// Sums that no norm reads are not of the stream: here those of a rotation, before a product.
// expected-remark@below {{clean}}
module {
  func.func @rotation(%x: tensor<4x32xf16>, %r: tensor<4x32xf16>, %w: tensor<32x64xf16>, %b: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
    %zero = arith.constant 0.0 : f16
    %s = arith.addf %x, %r : tensor<4x32xf16>
    %start = linalg.fill ins(%zero : f16) outs(%0 : tensor<4x64xf16>) -> tensor<4x64xf16>
    %h = linalg.matmul ins(%s, %w : tensor<4x32xf16>, tensor<32x64xf16>) outs(%start : tensor<4x64xf16>) -> tensor<4x64xf16>
    %y = addnorm.rms_norm(%h, %b : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
    return %y : tensor<4x64xf16>
  }
}
