// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only=true})' | FileCheck %s
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s --check-prefix=DEFAULT

// A norm that no add feeds is an op with one addend, where that is asked for.

// The first layer's input norm.
// CHECK-LABEL: func @input_norm
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]] : tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @input_norm
// DEFAULT-NOT: addnorm
func.func @input_norm(%x: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %q = arith.mulf %x, %x : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %x, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @input_norm_f16
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]] : tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @input_norm_f16
// DEFAULT-NOT: addnorm
func.func @input_norm_f16(%x: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %w = arith.extf %x : tensor<8x8xf16> to tensor<8x8xf32>
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

// QK-norm: over the elements of a head.
// CHECK-LABEL: func @qk_norm
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x16xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[S:.*]] = tensor.expand_shape %[[X]]
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[S]] : tensor<4x2x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @qk_norm
// DEFAULT-NOT: addnorm
func.func @qk_norm(%x: tensor<4x16xf32>, %g: tensor<8xf32>) -> tensor<4x2x8xf32> {
  %z = arith.constant dense<0.0> : tensor<4x2xf32>
  %n = arith.constant dense<8.0> : tensor<4x2xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4x2xf32>
  %e = tensor.empty() : tensor<4x2x8xf32>
  %s = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 2, 8] : tensor<4x16xf32> into tensor<4x2x8xf32>
  %q = arith.mulf %s, %s : tensor<4x2x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<4x2x8xf32>) outs(%z : tensor<4x2xf32>) dimensions = [2]
  %d = arith.divf %m, %n : tensor<4x2xf32>
  %a = arith.addf %d, %eps : tensor<4x2xf32>
  %i = math.rsqrt %a : tensor<4x2xf32>
  %b = linalg.broadcast ins(%i : tensor<4x2xf32>) outs(%e : tensor<4x2x8xf32>) dimensions = [2]
  %y = arith.mulf %s, %b : tensor<4x2x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<4x2x8xf32>) dimensions = [0, 1]
  %o = arith.mulf %y, %gb : tensor<4x2x8xf32>
  return %o : tensor<4x2x8xf32>
}

// Heads before rows.
// CHECK-LABEL: func @qk_norm_transposed
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x16xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[S:.*]] = linalg.transpose
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[S]] : tensor<2x4x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @qk_norm_transposed
// DEFAULT-NOT: addnorm
func.func @qk_norm_transposed(%x: tensor<4x16xf32>, %g: tensor<8xf32>) -> tensor<2x4x8xf32> {
  %z = arith.constant dense<0.0> : tensor<2x4xf32>
  %n = arith.constant dense<8.0> : tensor<2x4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<2x4xf32>
  %e = tensor.empty() : tensor<2x4x8xf32>
  %h = tensor.expand_shape %x [[0], [1, 2]] output_shape [4, 2, 8] : tensor<4x16xf32> into tensor<4x2x8xf32>
  %t = tensor.empty() : tensor<2x4x8xf32>
  %s = linalg.transpose ins(%h : tensor<4x2x8xf32>) outs(%t : tensor<2x4x8xf32>) permutation = [1, 0, 2]
  %q = arith.mulf %s, %s : tensor<2x4x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<2x4x8xf32>) outs(%z : tensor<2x4xf32>) dimensions = [2]
  %d = arith.divf %m, %n : tensor<2x4xf32>
  %a = arith.addf %d, %eps : tensor<2x4xf32>
  %i = math.rsqrt %a : tensor<2x4xf32>
  %b = linalg.broadcast ins(%i : tensor<2x4xf32>) outs(%e : tensor<2x4x8xf32>) dimensions = [2]
  %y = arith.mulf %s, %b : tensor<2x4x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<2x4x8xf32>) dimensions = [0, 1]
  %o = arith.mulf %y, %gb : tensor<2x4x8xf32>
  return %o : tensor<2x4x8xf32>
}

// Without gamma, over a value that something else made.
// CHECK-LABEL: func @no_gamma
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>)
// CHECK: %[[V:.*]] = math.tanh %[[X]]
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[V]] : tensor<8x8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @no_gamma
// DEFAULT-NOT: addnorm
func.func @no_gamma(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = math.tanh %x : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// With an add it is the same op as ever.
// CHECK-LABEL: func @with_an_add
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// DEFAULT-LABEL: func @with_an_add
// DEFAULT: addnorm.rms_norm(%{{[^,]*}}, %{{[^,]*}} :
func.func @with_an_add(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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
