// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only=true})' | FileCheck %s --check-prefix=NORM
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' --remark-format=emitRemark \
// RUN:   --remarks-filter-missed=addnorm-fuse -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY --implicit-check-not=[Missed]

// A norm of something else, added to the residual afterwards: that add does not feed the norm.

// CHECK-LABEL: func @control
// CHECK: addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>)
// NORM-LABEL: func @control
// NORM: addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>)
func.func @control(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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

// CHECK-LABEL: func @post_norm
// CHECK-NOT: addnorm.rms_norm
// NORM-LABEL: func @post_norm
// NORM: addnorm.rms_norm(%{{[^,]*}} : tensor<8x8xf32>)
// WHY: [Missed]{{.*}}Function=post_norm |{{.*}}Reason="no add feeds this norm: the add comes after it", Step=sum
func.func @post_norm(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = math.tanh %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o0 = arith.mulf %y, %gb : tensor<8x8xf32>
  %o = arith.addf %x, %o0 : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// The next layer's norm of that very sum does fuse, around the first norm's value.
// CHECK-LABEL: func @norm_of_the_post_norm
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: addnorm.rms_norm
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm({{.*}}%[[X]]{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// NORM-LABEL: func @norm_of_the_post_norm
// NORM: %[[H:.*]] = addnorm.rms_norm(%{{[^,]*}} :
// NORM: addnorm.rms_norm({{.*}}%[[H]]
// WHY: [Missed]{{.*}}Function=norm_of_the_post_norm |{{.*}}Reason="no add feeds this norm: the add comes after it", Step=sum
func.func @norm_of_the_post_norm(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = math.tanh %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  %s2 = arith.addf %x, %o : tensor<8x8xf32>
  %q2 = arith.mulf %s2, %s2 : tensor<8x8xf32>
  %m2 = linalg.reduce {arith.addf} ins(%q2 : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d2 = arith.divf %m2, %n : tensor<8xf32>
  %a2 = arith.addf %d2, %eps : tensor<8xf32>
  %i2 = math.rsqrt %a2 : tensor<8xf32>
  %b2 = linalg.broadcast ins(%i2 : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y2 = arith.mulf %s2, %b2 : tensor<8x8xf32>
  %o2 = arith.mulf %y2, %gb : tensor<8x8xf32>
  return %o2 : tensor<8x8xf32>
}
