// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Spellings of the zero that the sum starts from.

// CHECK-LABEL: func @fill
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @fill(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %zero = arith.constant 0.0 : f32
  %ve = tensor.empty() : tensor<8xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%ve : tensor<8xf32>) -> tensor<8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z0 : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @minus_zero
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @minus_zero(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %z0 = arith.constant dense<-0.0> : tensor<8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z0 : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @generic_without_inputs
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @generic_without_inputs(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %ve = tensor.empty() : tensor<8xf32>
  %z0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%ve : tensor<8xf32>) {
    ^bb0(%out: f32):
      %zero = arith.constant 0.0 : f32
      linalg.yield %zero : f32
    } -> tensor<8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z0 : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @expanded_empty
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @expanded_empty(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %zero = arith.constant 0.0 : f32
  %v0 = tensor.empty() : tensor<1x8xf32>
  %ve = tensor.collapse_shape %v0 [[0, 1]] : tensor<1x8xf32> into tensor<8xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%ve : tensor<8xf32>) -> tensor<8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z0 : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// A generic that yields its scalar input.
// CHECK-LABEL: func @generic_of_a_scalar
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @generic_of_a_scalar(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %v = tensor.empty() : tensor<8xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%zero : f32) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<8xf32>
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

// One fill for two norms.
// CHECK-LABEL: func @shared_fill
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[ONE:[^ ]*]] = addnorm.rms_norm(%[[X]], %[[R]] :
// CHECK: %[[TWO:[^ ]*]] = addnorm.rms_norm(%[[R]], %[[ONE]] :
// CHECK-NOT: sqrt
// CHECK: return %[[ONE]], %[[TWO]] :
func.func @shared_fill(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %v = tensor.empty() : tensor<8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
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
  %s2 = arith.addf %o, %r : tensor<8x8xf32>
  %q2 = arith.mulf %s2, %s2 : tensor<8x8xf32>
  %m2 = linalg.reduce {arith.addf} ins(%q2 : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d2 = arith.divf %m2, %n : tensor<8xf32>
  %a2 = arith.addf %d2, %eps : tensor<8xf32>
  %i2 = math.rsqrt %a2 : tensor<8xf32>
  %b2 = linalg.broadcast ins(%i2 : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y2 = arith.mulf %s2, %b2 : tensor<8x8xf32>
  %o2 = arith.mulf %y2, %gb : tensor<8x8xf32>
  return %o, %o2 : tensor<8x8xf32>, tensor<8x8xf32>
}

// CHECK-LABEL: func @minus_zero_fill
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @minus_zero_fill(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant -0.0 : f32
  %v = tensor.empty() : tensor<8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
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
