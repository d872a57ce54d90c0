// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Other readers of the sum read the op's sum output, which has the type that the source gave the sum.

// Only the norm reads it: no sum output.
// CHECK-LABEL: func @unread
// CHECK: %[[Y:.*]] = addnorm.rms_norm(
// CHECK-NOT: sum(
// CHECK: return %[[Y]] :
func.func @unread(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> tensor<4x64xf16> {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  return %y : tensor<4x64xf16>
}

// Other readers of the sum read the op's sum output, which has the type that the source gave the sum.
// CHECK-LABEL: func @returned
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x64xf16>, %[[R:[^:]*]]: tensor<4x64xf16>)
// CHECK-NOT: arith.addf
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : {{.*}} sum({{.*}} : tensor<4x64xf16>)
// CHECK-NEXT: return %[[OP]]#0, %[[OP]]#1 :
func.func @returned(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  return %y, %s : tensor<4x64xf16>, tensor<4x64xf16>
}

// CHECK-LABEL: func @many_readers
// CHECK-NOT: arith.addf
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm({{.*}} sum(
// CHECK: %[[T:.*]] = math.tanh %[[OP]]#1
// CHECK: %[[M:.*]] = arith.mulf %[[T]], %[[OP]]#1
// CHECK: return %[[OP]]#0, %[[M]] :
func.func @many_readers(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  %t = math.tanh %s : tensor<4x64xf16>
  %u = arith.mulf %t, %s : tensor<4x64xf16>
  return %y, %u : tensor<4x64xf16>, tensor<4x64xf16>
}

// The sum of one layer is an addend of the next.
// CHECK-LABEL: func @layers
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x64xf16>, %[[R:[^:]*]]: tensor<4x64xf16>)
// CHECK-NOT: arith.addf
// CHECK: %[[ONE:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : {{.*}} sum(
// CHECK-NOT: arith.addf
// CHECK: %[[H:.*]] = math.tanh %[[ONE]]#0
// CHECK: %[[TWO:.*]]:2 = addnorm.rms_norm(%[[ONE]]#1, %[[H]] : {{.*}} sum(
// CHECK-NOT: rsqrt
// CHECK: return %[[TWO]]#0, %[[TWO]]#1 :
func.func @layers(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  %h = math.tanh %y : tensor<4x64xf16>
  %s2 = arith.addf %s, %h : tensor<4x64xf16>
  %y2w = arith.extf %s2 : tensor<4x64xf16> to tensor<4x64xf32>
  %y2q = arith.mulf %y2w, %y2w : tensor<4x64xf32>
  %y2m = linalg.reduce {arith.addf} ins(%y2q : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %y2d = arith.divf %y2m, %n : tensor<4xf32>
  %y2a = arith.addf %y2d, %eps : tensor<4xf32>
  %y2i = math.rsqrt %y2a : tensor<4xf32>
  %y2b = linalg.broadcast ins(%y2i : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %y2u = arith.mulf %y2w, %y2b : tensor<4x64xf32>
  %y2 = arith.truncf %y2u : tensor<4x64xf32> to tensor<4x64xf16>
  return %y2, %s2 : tensor<4x64xf16>, tensor<4x64xf16>
}

// Two norms of one sum: each is an op, the add is gone.
// CHECK-LABEL: func @two_norms
// CHECK-COUNT-2: addnorm.rms_norm(
// CHECK-NOT: rsqrt
// CHECK: return
func.func @two_norms(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  %eps2 = arith.constant dense<1.0e-3> : tensor<4xf32>
  %y2w = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %y2q = arith.mulf %y2w, %y2w : tensor<4x64xf32>
  %y2m = linalg.reduce {arith.addf} ins(%y2q : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %y2d = arith.divf %y2m, %n : tensor<4xf32>
  %y2a = arith.addf %y2d, %eps2 : tensor<4xf32>
  %y2i = math.rsqrt %y2a : tensor<4xf32>
  %y2b = linalg.broadcast ins(%y2i : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %y2u = arith.mulf %y2w, %y2b : tensor<4x64xf32>
  %y2 = arith.truncf %y2u : tensor<4x64xf32> to tensor<4x64xf16>
  return %y, %y2 : tensor<4x64xf16>, tensor<4x64xf16>
}

// One other reader: the next residual add, whose sum no norm reads.
// CHECK-LABEL: func @next_add
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>, %[[V:[^:]*]]: tensor<8x8xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs({{.*}} sum({{.*}} : tensor<8x8xf16>)
// CHECK: %[[N:.*]] = arith.addf %[[OP]]#1, %[[V]]
// CHECK: return %[[OP]]#0, %[[N]] :
func.func @next_add(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>, %v: tensor<8x8xf16>) -> (tensor<8x8xf16>, tensor<8x8xf16>) {
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
  %next = arith.addf %s, %v : tensor<8x8xf16>
  return %o, %next : tensor<8x8xf16>, tensor<8x8xf16>
}

// A reader behind a reshape.
// CHECK-LABEL: func @behind_a_view
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs({{.*}} sum({{.*}} : tensor<8x8xf16>)
// CHECK: %[[F:.*]] = tensor.collapse_shape %[[OP]]#1
// CHECK: return %[[OP]]#0, %[[F]] :
func.func @behind_a_view(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> (tensor<8x8xf16>, tensor<64xf16>) {
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
  %flat = tensor.collapse_shape %s [[0, 1]] : tensor<8x8xf16> into tensor<64xf16>
  return %o, %flat : tensor<8x8xf16>, tensor<64xf16>
}

// A reader behind a cast of its own.
// CHECK-LABEL: func @behind_a_cast
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs({{.*}} sum({{.*}} : tensor<8x8xf16>)
// CHECK: %[[F:.*]] = arith.extf %[[OP]]#1
// CHECK: %[[T:.*]] = math.tanh %[[F]]
// CHECK: return %[[OP]]#0, %[[T]] :
func.func @behind_a_cast(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> (tensor<8x8xf16>, tensor<8x8xf32>) {
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
  %wide = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %t = math.tanh %wide : tensor<8x8xf32>
  return %o, %t : tensor<8x8xf16>, tensor<8x8xf32>
}

// A reader of the extended sum that the norm reads too.
// CHECK-LABEL: func @behind_the_norm_s_cast
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK-NOT: arith.addf
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs({{.*}} sum(
// CHECK: %[[T:.*]] = math.tanh
// CHECK: return %[[OP]]#0, %[[T]] :
func.func @behind_the_norm_s_cast(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> (tensor<8x8xf16>, tensor<8x8xf32>) {
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
  %t = math.tanh %w : tensor<8x8xf32>
  return %o, %t : tensor<8x8xf16>, tensor<8x8xf32>
}

// Two gammas for one statistic, the first norm negated behind its gamma.
// CHECK-LABEL: func @two_gammas
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>, %[[V:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>)
// CHECK: %[[Y2:[^ :]*]]{{(:.)?}} = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[V]] : tensor<8xf32>)
// CHECK-NOT: {{addf|sqrt|addnorm}}
// CHECK: return
func.func @two_gammas(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>, %v: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
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
  %o1 = arith.mulf %y, %gb : tensor<8x8xf32>
  %o = arith.negf %o1 : tensor<8x8xf32>
  %y2 = arith.mulf %s, %b : tensor<8x8xf32>
  %vb = linalg.broadcast ins(%v : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o2 = arith.mulf %y2, %vb : tensor<8x8xf32>
  return %o, %o2 : tensor<8x8xf32>, tensor<8x8xf32>
}

// Two norms that each read the sum and its view: both are built where their operands are known.
// CHECK-LABEL: func @two_norms_of_a_view
// CHECK-NOT: addf
// CHECK-COUNT-2: addnorm.rms_norm(
// CHECK-NOT: {{addf|sqrt|addnorm}}
// CHECK: return
func.func @two_norms_of_a_view(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>, %v: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<8x1xf32>
  %nf = arith.constant 8.0 : f32
  %epsf = arith.constant 1.0e-5 : f32
  %e3 = tensor.empty() : tensor<8x1x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %m1 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (i, k)>],
      iterator_types = ["parallel", "reduction", "parallel"]} ins(%s : tensor<8x8xf32>) outs(%z : tensor<8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8x1xf32>
  %s3 = tensor.expand_shape %s [[0, 1], [2]] output_shape [8, 1, 8] : tensor<8x8xf32> into tensor<8x1x8xf32>
  %o31 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s3, %m1, %g : tensor<8x1x8xf32>, tensor<8x1xf32>, tensor<8xf32>) outs(%e3 : tensor<8x1x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %scale: f32, %out: f32):
      %mean = arith.divf %sum, %nf : f32
      %ms = arith.addf %mean, %epsf : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<8x1x8xf32>
  %o1 = tensor.collapse_shape %o31 [[0, 1], [2]] : tensor<8x1x8xf32> into tensor<8x8xf32>
  %m2 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (i, k)>],
      iterator_types = ["parallel", "reduction", "parallel"]} ins(%s : tensor<8x8xf32>) outs(%z : tensor<8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8x1xf32>
  %o32 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s3, %m2, %v : tensor<8x1x8xf32>, tensor<8x1xf32>, tensor<8xf32>) outs(%e3 : tensor<8x1x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %scale: f32, %out: f32):
      %mean = arith.divf %sum, %nf : f32
      %ms = arith.addf %mean, %epsf : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<8x1x8xf32>
  %o2 = tensor.collapse_shape %o32 [[0, 1], [2]] : tensor<8x1x8xf32> into tensor<8x8xf32>
  return %o1, %o2 : tensor<8x8xf32>, tensor<8x8xf32>
}
