// RUN: addnorm-opt %s -split-input-file -verify-diagnostics -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify)'

// The sum in f16, as front ends write it.
func.func @narrow(%x: tensor<2x8x64xf16>, %r: tensor<2x8x64xf16>) -> tensor<2x8x64xf32> {
  %n = "tosa.const"() {values = dense<1.562500e-02> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %0 = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@below {{a sum in a type narrower than f32 goes into the statistic of a norm}}
  %s = tosa.add %x, %r : (tensor<2x8x64xf16>, tensor<2x8x64xf16>) -> tensor<2x8x64xf16>
  %t = tosa.cast %s : (tensor<2x8x64xf16>) -> tensor<2x8x64xf32>
  %q = tosa.mul %t, %t, %0 : (tensor<2x8x64xf32>, tensor<2x8x64xf32>, tensor<1xi8>) -> tensor<2x8x64xf32>
  // expected-note@below {{read here}}
  %v = tosa.reduce_sum %q {axis = 2 : i32} : (tensor<2x8x64xf32>) -> tensor<2x8x1xf32>
  %m = tosa.mul %v, %n, %0 : (tensor<2x8x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x8x1xf32>
  %k = tosa.rsqrt %m : (tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %y = tosa.mul %t, %k, %0 : (tensor<2x8x64xf32>, tensor<2x8x1xf32>, tensor<1xi8>) -> tensor<2x8x64xf32>
  return %y : tensor<2x8x64xf32>
}

// -----

// The statistic reads the f32 sum, only the normalised value is made of its rounding.
func.func @narrow_numerator(%x: tensor<4x64xf32>, %r: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %0 = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %t = arith.addf %x, %r : tensor<4x64xf32>
  %q = arith.mulf %t, %t : tensor<4x64xf32>
  %v = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x64xf32>) -> tensor<4x1xf32>
  %k = math.rsqrt %v : tensor<4x1xf32>
  // expected-error@below {{a sum in a type narrower than f32 is normalised}}
  %h = arith.truncf %t : tensor<4x64xf32> to tensor<4x64xbf16>
  %e = arith.extf %h : tensor<4x64xbf16> to tensor<4x64xf32>
  // expected-note@below {{read here}}
  %y = tosa.mul %e, %k, %0 : (tensor<4x64xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// -----

// A partial sum that nobody else has is a part of the sum; gamma before the reciprocal root.
func.func @partial(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %b: tensor<4x64xf32>, %g: tensor<1x64xf32>) -> tensor<4x64xf32> {
  %0 = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@below {{goes into the statistic}}
  %p = arith.addf %x, %r : tensor<4x64xf16>
  %e = arith.extf %p : tensor<4x64xf16> to tensor<4x64xf32>
  %t = arith.addf %e, %b : tensor<4x64xf32>
  %q = arith.mulf %t, %t : tensor<4x64xf32>
  // expected-note@below {{read here}}
  %v = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x64xf32>) -> tensor<4x1xf32>
  %k = math.rsqrt %v : tensor<4x1xf32>
  %u = tosa.mul %t, %g, %0 : (tensor<4x64xf32>, tensor<1x64xf32>, tensor<1xi8>) -> tensor<4x64xf32>
  %y = tosa.mul %u, %k, %0 : (tensor<4x64xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// -----

// A stored sum that others read is an addend: the residual stream, level=stream's business.
// expected-remark@below {{clean}}
module {
  func.func @stream(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %b: tensor<4x64xf32>) -> (tensor<4x64xf32>, tensor<4x64xf16>) {
    %0 = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
    %p = arith.addf %x, %r : tensor<4x64xf16>
    %e = arith.extf %p : tensor<4x64xf16> to tensor<4x64xf32>
    %t = arith.addf %e, %b : tensor<4x64xf32>
    %q = arith.mulf %t, %t : tensor<4x64xf32>
    %v = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x64xf32>) -> tensor<4x1xf32>
    %k = math.rsqrt %v : tensor<4x1xf32>
    %y = tosa.mul %t, %k, %0 : (tensor<4x64xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x64xf32>
    return %y, %p : tensor<4x64xf32>, tensor<4x64xf16>
  }
}

// -----

// A residual that starts the accumulator of a matrix product is added to it.
func.func @into_the_product(%x: tensor<4x64xf16>, %a: tensor<4x32xf16>, %w: tensor<32x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-error@below {{goes into the statistic}}
  %t = linalg.matmul ins(%a, %w : tensor<4x32xf16>, tensor<32x64xf16>) outs(%x : tensor<4x64xf16>) -> tensor<4x64xf16>
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%t : tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
  return %y : tensor<4x64xf16>
}

// -----

// A product alone is no sum, in whatever type it accumulates.
// expected-remark@below {{clean}}
module {
  func.func @product(%a: tensor<4x32xf16>, %w: tensor<32x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
    %zero = arith.constant 0.0 : f16
    %start = linalg.fill ins(%zero : f16) outs(%0 : tensor<4x64xf16>) -> tensor<4x64xf16>
    %t = linalg.matmul ins(%a, %w : tensor<4x32xf16>, tensor<32x64xf16>) outs(%start : tensor<4x64xf16>) -> tensor<4x64xf16>
    %y = addnorm.rms_norm(%t : tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
    return %y : tensor<4x64xf16>
  }
}

// -----

// The op itself: addends are what they are, its sum is f32 ...
// expected-remark@below {{clean}}
module {
  func.func @fused(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
    %y, %s = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
        outs(%0 : tensor<4x64xf16>) sum(%0 : tensor<4x64xf16>) {norm_type = f16}
    return %y, %s : tensor<4x64xf16>, tensor<4x64xf16>
  }
}

// -----

// ... unless it is rounded ...
func.func @rounded(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-error@below {{goes into the statistic}}
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
      outs(%0 : tensor<4x64xf16>) {sum_type = f16}
  return %y : tensor<4x64xf16>
}

// -----

// ... or the add has stayed outside.
func.func @outside(%x: tensor<4x64xf8E5M2>, %r: tensor<4x64xf8E5M2>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-error@below {{goes into the statistic}}
  %s = arith.addf %x, %r : tensor<4x64xf8E5M2>
  %e = arith.extf %s : tensor<4x64xf8E5M2> to tensor<4x64xf32>
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%e : tensor<4x64xf32>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
  return %y : tensor<4x64xf16>
}
