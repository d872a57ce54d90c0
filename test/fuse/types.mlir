// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s --check-prefix=SOURCE

// The Llama norm in f16, tosa: the sum and t * rstd are rounded to f16 in the source.

// CHECK-LABEL: func @llama
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x4x64xf16>, %[[R:[^:]*]]: tensor<2x4x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK-NOT: tosa
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<2x4x64xf16>, tensor<2x4x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6
// CHECK-SAME: outs({{.*}} : tensor<2x4x64xf16>) sum({{.*}} : tensor<2x4x64xf16>) {lanes = 64 : i64}
// CHECK-NEXT: return %[[OP]]#0, %[[OP]]#1
// SOURCE-LABEL: func @llama
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, norm_type = f16, sum_type = f16}
func.func @llama(%x: tensor<2x4x64xf16>, %r: tensor<2x4x64xf16>, %g: tensor<64xf16>) -> (tensor<2x4x64xf16>, tensor<2x4x64xf16>) {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 1, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %two = "tosa.const"() <{values = dense<2.0> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %over_n = "tosa.const"() <{values = dense<1.562500e-02> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %eps = "tosa.const"() <{values = dense<1.0e-5> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %s = tosa.add %x, %r : (tensor<2x4x64xf16>, tensor<2x4x64xf16>) -> tensor<2x4x64xf16>
  %w = tosa.cast %s : (tensor<2x4x64xf16>) -> tensor<2x4x64xf32>
  %q = tosa.pow %w, %two : (tensor<2x4x64xf32>, tensor<1x1x1xf32>) -> tensor<2x4x64xf32>
  %m = tosa.reduce_sum %q {axis = 2 : i32} : (tensor<2x4x64xf32>) -> tensor<2x4x1xf32>
  %d = tosa.mul %m, %over_n, %shift : (tensor<2x4x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x4x1xf32>
  %a = tosa.add %d, %eps : (tensor<2x4x1xf32>, tensor<1x1x1xf32>) -> tensor<2x4x1xf32>
  %i = tosa.rsqrt %a : (tensor<2x4x1xf32>) -> tensor<2x4x1xf32>
  %u = tosa.mul %w, %i, %shift : (tensor<2x4x64xf32>, tensor<2x4x1xf32>, tensor<1xi8>) -> tensor<2x4x64xf32>
  %n = tosa.cast %u : (tensor<2x4x64xf32>) -> tensor<2x4x64xf16>
  %gr = tosa.reshape %g, %shape : (tensor<64xf16>, !tosa.shape<3>) -> tensor<1x1x64xf16>
  %y = tosa.mul %gr, %n, %shift : (tensor<1x1x64xf16>, tensor<2x4x64xf16>, tensor<1xi8>) -> tensor<2x4x64xf16>
  return %y, %s : tensor<2x4x64xf16>, tensor<2x4x64xf16>
}

// The sum in f32 of bf16 addends; only the residual output is truncated, so the norm has no sum_type.
// A f32 gamma is multiplied before the one rounding at the end, so it has no norm_type either.

// CHECK-LABEL: func @wide_sum
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<8x8xbf16>, tensor<8x8xf16>) gamma(%{{.*}} : tensor<8xf32>)
// CHECK-SAME: outs({{.*}} : tensor<8x8xbf16>) sum({{.*}} : tensor<8x8xbf16>)
// CHECK-NEXT: return %[[OP]]#0, %[[OP]]#1
// SOURCE-LABEL: func @wide_sum
// SOURCE: addnorm.rms_norm({{.*}} sum({{.*}} : tensor<8x8xbf16>) {lanes = 64 : i64}
func.func @wide_sum(%x: tensor<8x8xbf16>, %r: tensor<8x8xf16>, %g: tensor<8xf32>) -> (tensor<8x8xbf16>, tensor<8x8xbf16>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %xw = arith.extf %x : tensor<8x8xbf16> to tensor<8x8xf32>
  %rw = arith.extf %r : tensor<8x8xf16> to tensor<8x8xf32>
  %s = arith.addf %xw, %rw : tensor<8x8xf32>
  %sn = arith.truncf %s : tensor<8x8xf32> to tensor<8x8xbf16>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %v = arith.mulf %y, %gb : tensor<8x8xf32>
  %o = arith.truncf %v : tensor<8x8xf32> to tensor<8x8xbf16>
  return %o, %sn : tensor<8x8xbf16>, tensor<8x8xbf16>
}

// Gemma's 1 + w in bf16: the rounding of 1 + w is one that the op does not have. Widening drops it.

// CHECK-LABEL: func @narrow_one_plus
// CHECK: addnorm.rms_norm({{.*}}) gamma(%{{.*}} : tensor<8xbf16>) {{.*}} {gamma_offset = 1.000000e+00 : f32, lanes = 64 : i64}
// SOURCE-LABEL: func @narrow_one_plus
// SOURCE-NOT: gamma_offset
// SOURCE: arith.addf %{{.*}} : tensor<8xbf16>
func.func @narrow_one_plus(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xbf16>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %one = arith.constant dense<1.0> : tensor<8xbf16>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %g1 = arith.addf %g, %one : tensor<8xbf16>
  %gw = arith.extf %g1 : tensor<8xbf16> to tensor<8xf32>
  %gb = linalg.broadcast ins(%gw : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// An accumulator in f16, which the op cannot say: only widening fuses it.

// CHECK-LABEL: func @narrow_accumulator
// CHECK: addnorm.rms_norm(
// SOURCE-LABEL: func @narrow_accumulator
// SOURCE-NOT: addnorm
func.func @narrow_accumulator(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf16>
  %n = arith.constant dense<8.0> : tensor<8xf16>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf16>
  %e = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %q = arith.mulf %s, %s : tensor<8x8xf16>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf16>) outs(%z : tensor<8xf16>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf16>
  %a = arith.addf %d, %eps : tensor<8xf16>
  %i = math.rsqrt %a : tensor<8xf16>
  %b = linalg.broadcast ins(%i : tensor<8xf16>) outs(%e : tensor<8x8xf16>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf16>
  return %y : tensor<8x8xf16>
}
