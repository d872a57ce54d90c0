// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Spellings of the reciprocal root, and where it stands.

// CHECK-LABEL: func @one_over_sqrt
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @one_over_sqrt(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i0 = math.sqrt %a : tensor<8xf32>
  %i = arith.divf %one, %i0 : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @sqrt_of_reciprocal
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @sqrt_of_reciprocal(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i0 = arith.divf %one, %a : tensor<8xf32>
  %i = math.sqrt %i0 : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @tosa_reciprocal
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: tosa
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa_reciprocal(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i0 = math.sqrt %a : tensor<8xf32>
  %i = tosa.reciprocal %i0 : (tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @power
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @power(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %half = arith.constant dense<-0.5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.powf %a, %half : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @power_and_reciprocal
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @power_and_reciprocal(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %h = arith.constant dense<0.5> : tensor<8xf32>
  %i0 = math.powf %a, %h : tensor<8xf32>
  %i = arith.divf %one, %i0 : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @tosa
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = tosa.rsqrt %a : (tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @divided_by_root
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @divided_by_root(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.sqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.divf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @in_the_tail
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @in_the_tail(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %ab = linalg.broadcast ins(%a : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %b = math.rsqrt %ab : tensor<8x8xf32>
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @all_in_the_tail
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @all_in_the_tail(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%s, %m, %g : tensor<8x8xf32>, tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %w: f32, %out: f32):
      %c = arith.constant 8.0 : f32
      %ep = arith.constant 1.0e-5 : f32
      %mean = arith.divf %sum, %c : f32
      %ms = arith.addf %mean, %ep : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %in, %rstd : f32
      %v = arith.mulf %u, %w : f32
      linalg.yield %v : f32
    } -> tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// With the mean and epsilon in one body.
// CHECK-LABEL: func @in_the_statistic
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @in_the_statistic(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %v = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m : tensor<8xf32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %mean = arith.divf %in, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      linalg.yield %rstd : f32
    } -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Named and elementwise ops of linalg.
// CHECK-LABEL: func @linalg_named
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @linalg_named(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %v = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i0 = linalg.sqrt ins(%a : tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %i = linalg.reciprocal ins(%i0 : tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// A power of tosa.
// CHECK-LABEL: func @tosa_power
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa_power(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %half = "tosa.const"() <{values = dense<-0.5> : tensor<1xf32>}> : () -> tensor<1xf32>
  %i = tosa.pow %a, %half : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// The sum over the root, in one body.
// CHECK-LABEL: func @x_over_root_in_body
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @x_over_root_in_body(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.sqrt %a : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %i : tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %root: f32, %out: f32):
      %u = arith.divf %in, %root : f32
      linalg.yield %u : f32
    } -> tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}
