// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s --check-prefix=SOURCE

// The type of the accumulator.

// The squares in f16, the accumulator in f32: the rounding of each square is one that the op does not have.
// CHECK-LABEL: func @f32_of_f16_squares
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @f32_of_f16_squares
// SOURCE-NOT: addnorm
func.func @f32_of_f16_squares(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q0 = arith.mulf %s, %s : tensor<8x8xf16>
  %q = arith.extf %q0 : tensor<8x8xf16> to tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%h : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// Extended first, as the op has it.
// CHECK-LABEL: func @f32
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @f32
// SOURCE: addnorm.rms_norm(
func.func @f32(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x8xf16>) outs(%z : tensor<8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %wide = arith.extf %in : f16 to f32
      %sq = arith.mulf %wide, %wide : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%h : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// An accumulator in f16, which the op cannot say: only widening fuses it.
// CHECK-LABEL: func @f16
// CHECK: addnorm.rms_norm(
// SOURCE-LABEL: func @f16
// SOURCE-NOT: addnorm
func.func @f16(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>) -> tensor<8x8xf16> {
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

// bf16 in, accumulated in f32, rounded to bf16 behind the sum, as upstream's lowering of tosa does it.
// CHECK-LABEL: func @f32_then_bf16
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xbf16>, %[[R:[^:]*]]: tensor<8x8xbf16>, %[[G:[^:]*]]: tensor<8xbf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xbf16>, tensor<8x8xbf16>) gamma(%[[G]] : tensor<8xbf16>) epsilon 1.00135803E-5 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @f32_then_bf16
// SOURCE-NOT: addnorm
func.func @f32_then_bf16(%x: tensor<8x8xbf16>, %r: tensor<8x8xbf16>, %g: tensor<8xbf16>) -> tensor<8x8xbf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xbf16>
  %eps = arith.constant dense<1.0e-5> : tensor<8xbf16>
  %h = tensor.empty() : tensor<8x8xbf16>
  %s = arith.addf %x, %r : tensor<8x8xbf16>
  %q = arith.mulf %s, %s : tensor<8x8xbf16>
  %mw = linalg.reduce ins(%q : tensor<8x8xbf16>) outs(%z : tensor<8xf32>) dimensions = [1]
    (%in: bf16, %out: f32) {
      %wide = arith.extf %in : bf16 to f32
      %sum = arith.addf %wide, %out : f32
      linalg.yield %sum : f32
    }
  %m = arith.truncf %mw : tensor<8xf32> to tensor<8xbf16>
  %d = arith.divf %m, %n : tensor<8xbf16>
  %a = arith.addf %d, %eps : tensor<8xbf16>
  %i = math.rsqrt %a : tensor<8xbf16>
  %b = linalg.broadcast ins(%i : tensor<8xbf16>) outs(%h : tensor<8x8xbf16>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xbf16>
  %gb = linalg.broadcast ins(%g : tensor<8xbf16>) outs(%h : tensor<8x8xbf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xbf16>
  return %o : tensor<8x8xbf16>
}
