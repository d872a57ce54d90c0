// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Spellings of the add. The order of the operands stays that of the source.

// CHECK-LABEL: func @tensor
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tensor(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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

// CHECK-LABEL: func @named
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: linalg.add
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @named(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.add ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
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

// CHECK-LABEL: func @elementwise
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: linalg.elementwise
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @elementwise(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.elementwise kind=#linalg.elementwise_kind<add> ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
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

// CHECK-LABEL: func @generic
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @generic(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<8x8xf32>
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

// CHECK-LABEL: func @permuted_loops
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @permuted_loops(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (j, i)>],
    iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<8x8xf32>
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

// CHECK-LABEL: func @map
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: linalg.map
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @map(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.map {arith.addf} ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>)
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

// CHECK-LABEL: func @commuted
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[R]], %[[X]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @commuted(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %r, %x : tensor<8x8xf32>
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

// CHECK-LABEL: func @tosa
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: tosa.add
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = tosa.add %x, %r : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
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

// CHECK-LABEL: func @times_one
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: arith.mulf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[R]], %[[X]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @times_one(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %k = arith.constant dense<1.0> : tensor<8x8xf32>
  %r1 = arith.mulf %r, %k : tensor<8x8xf32>
  %s = arith.addf %x, %r1 : tensor<8x8xf32>
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

// CHECK-LABEL: func @minus_negated
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: arith.subf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[R]], %[[X]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @minus_negated(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %r1 = arith.negf %r : tensor<8x8xf32>
  %s = arith.subf %x, %r1 : tensor<8x8xf32>
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

// The statistic and the numerator each add for themselves.
// CHECK-LABEL: func @recomputed
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @recomputed(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %s2 = arith.addf %r, %x : tensor<8x8xf32>
  %q = arith.mulf %s2, %s2 : tensor<8x8xf32>
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

// CHECK-LABEL: func @same_addend_twice
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[X]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @same_addend_twice(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %x : tensor<8x8xf32>
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

// CHECK-LABEL: func @map_region
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: linalg.map
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @map_region(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.map ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>)
    (%in: f32, %in2: f32, %out: f32) {
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    }
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

// In a body with other work: extended there as well,
// CHECK-LABEL: func @fused_with_a_cast
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @fused_with_a_cast(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %w = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf16>, tensor<8x8xf16>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f16, %in2: f16, %out: f32):
      %sum = arith.addf %in, %in2 : f16
      %wide = arith.extf %sum : f16 to f32
      linalg.yield %wide : f32
    } -> tensor<8x8xf32>
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

// squared there as a second result,
// CHECK-LABEL: func @fused_with_the_square
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addf
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @fused_with_the_square(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e, %e : tensor<8x8xf32>, tensor<8x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32, %out2: f32):
      %sum = arith.addf %in, %in2 : f32
      %sq = arith.mulf %sum, %sum : f32
      linalg.yield %sum, %sq : f32, f32
    } -> (tensor<8x8xf32>, tensor<8x8xf32>)
  %m = linalg.reduce {arith.addf} ins(%s#1 : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s#0, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// and with a reader of the sum, which then reads the sum output.
// CHECK-LABEL: func @fused_with_a_reader
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return
func.func @fused_with_a_reader(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e, %e : tensor<8x8xf32>, tensor<8x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32, %out2: f32):
      %sum = arith.addf %in, %in2 : f32
      %t = math.tanh %sum : f32
      linalg.yield %t, %sum : f32, f32
    } -> (tensor<8x8xf32>, tensor<8x8xf32>)
  %q = arith.mulf %s#1, %s#1 : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s#1, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o, %s#0 : tensor<8x8xf32>, tensor<8x8xf32>
}

// torch-mlir's tosa has the alpha of the add as a product.
// CHECK-LABEL: func @tosa_times_one
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: tosa.mul
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa_times_one(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %one = "tosa.const"() <{values = dense<1.0> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %r1 = tosa.mul %r, %one, %shift : (tensor<8x8xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<8x8xf32>
  %s = tosa.add %x, %r1 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
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
