// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s --check-prefix=SOURCE

// The type of the sum, and where it is rounded.

// The sum is made in f16 and extended after its rounding.
// CHECK-LABEL: func @rounded_then_extended
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @rounded_then_extended
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, norm_type = f16, sum_type = f16}
func.func @rounded_then_extended(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
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

// The sum is made in f32 and only the residual output is rounded: no sum_type.
// CHECK-LABEL: func @sum_in_f32
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6
// CHECK-SAME: outs({{.*}} : tensor<8x8xf16>) sum({{.*}} : tensor<8x8xf16>) {lanes
// CHECK-NEXT: return %[[OP]]#0, %[[OP]]#1
// SOURCE-LABEL: func @sum_in_f32
// SOURCE: addnorm.rms_norm({{.*}} sum({{.*}} : tensor<8x8xf16>) {lanes = 64 : i64, norm_type = f16}
func.func @sum_in_f32(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> (tensor<8x8xf16>, tensor<8x8xf16>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %xw = arith.extf %x : tensor<8x8xf16> to tensor<8x8xf32>
  %rw = arith.extf %r : tensor<8x8xf16> to tensor<8x8xf32>
  %w = arith.addf %xw, %rw : tensor<8x8xf32>
  %s = arith.truncf %w : tensor<8x8xf32> to tensor<8x8xf16>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%h : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o, %s : tensor<8x8xf16>, tensor<8x8xf16>
}

// The same in one body with two results, as a fused kernel's reference has it.
// CHECK-LABEL: func @sum_in_f32_in_a_body
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6
// CHECK-SAME: outs({{.*}} : tensor<8x8xf16>) sum({{.*}} : tensor<8x8xf16>) {lanes
// CHECK: return %[[OP]]#0, %[[OP]]#1
// SOURCE-LABEL: func @sum_in_f32_in_a_body
// SOURCE: addnorm.rms_norm({{.*}} sum({{.*}} : tensor<8x8xf16>) {lanes = 64 : i64, norm_type = f16}
func.func @sum_in_f32_in_a_body(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> (tensor<8x8xf16>, tensor<8x8xf16>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %wide:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf16>, tensor<8x8xf16>) outs(%e, %h : tensor<8x8xf32>, tensor<8x8xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f32, %out2: f16):
      %xw = arith.extf %in : f16 to f32
      %rw = arith.extf %in2 : f16 to f32
      %sum = arith.addf %xw, %rw : f32
      %narrow = arith.truncf %sum : f32 to f16
      linalg.yield %sum, %narrow : f32, f16
    } -> (tensor<8x8xf32>, tensor<8x8xf16>)
  %q = arith.mulf %wide#0, %wide#0 : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %wide#0, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%h : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o, %wide#1 : tensor<8x8xf16>, tensor<8x8xf16>
}

// Addends of different types.
// CHECK-LABEL: func @f16_and_f32
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @f16_and_f32
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64}
func.func @f16_and_f32(%x: tensor<8x8xf16>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %xw = arith.extf %x : tensor<8x8xf16> to tensor<8x8xf32>
  %s = arith.addf %xw, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
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

// All in f16: the op has no such accumulator, only widening fuses it.
// CHECK-LABEL: func @all_f16
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon {{1.001[0-9]*[Ee]-0?5}} outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @all_f16
// SOURCE-NOT: addnorm
func.func @all_f16(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
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
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%e : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// CHECK-LABEL: func @all_bf16
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xbf16>, %[[R:[^:]*]]: tensor<8x8xbf16>, %[[G:[^:]*]]: tensor<8xbf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xbf16>, tensor<8x8xbf16>) gamma(%[[G]] : tensor<8xbf16>) epsilon {{1.001[0-9]*[Ee]-0?5}} outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @all_bf16
// SOURCE-NOT: addnorm
func.func @all_bf16(%x: tensor<8x8xbf16>, %r: tensor<8x8xbf16>, %g: tensor<8xbf16>) -> tensor<8x8xbf16> {
  %z = arith.constant dense<0.0> : tensor<8xbf16>
  %n = arith.constant dense<8.0> : tensor<8xbf16>
  %eps = arith.constant dense<1.0e-5> : tensor<8xbf16>
  %e = tensor.empty() : tensor<8x8xbf16>
  %s = arith.addf %x, %r : tensor<8x8xbf16>
  %q = arith.mulf %s, %s : tensor<8x8xbf16>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xbf16>) outs(%z : tensor<8xbf16>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xbf16>
  %a = arith.addf %d, %eps : tensor<8xbf16>
  %i = math.rsqrt %a : tensor<8xbf16>
  %b = linalg.broadcast ins(%i : tensor<8xbf16>) outs(%e : tensor<8x8xbf16>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xbf16>
  %gb = linalg.broadcast ins(%g : tensor<8xbf16>) outs(%e : tensor<8x8xbf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xbf16>
  return %o : tensor<8x8xbf16>
}

// CHECK-LABEL: func @all_f32
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @all_f32
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64}
func.func @all_f32(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
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
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}
