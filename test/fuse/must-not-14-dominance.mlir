// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// The add is in a block or an iteration that does not dominate the norm, or gamma needs the sum first.

// CHECK-LABEL: func @blocks
// CHECK-NOT: addnorm.rms_norm
func.func @blocks(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %c: i1) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  %s = arith.addf %x, %r : tensor<8x8xf32>
  cf.br ^bb3(%s : tensor<8x8xf32>)
^bb2:
  %s2 = arith.addf %x, %x : tensor<8x8xf32>
  cf.br ^bb3(%s2 : tensor<8x8xf32>)
^bb3(%v: tensor<8x8xf32>):
  %q = arith.mulf %v, %v : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %v, %b : tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// CHECK-LABEL: func @iterations
// CHECK-NOT: addnorm.rms_norm
func.func @iterations(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %k: index) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %o:2 = scf.for %iv = %c0 to %k step %c1 iter_args(%prev = %x, %out = %r) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
    %q = arith.mulf %prev, %prev : tensor<8x8xf32>
    %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
    %d = arith.divf %m, %n : tensor<8xf32>
    %i = math.rsqrt %d : tensor<8xf32>
    %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
    %y = arith.mulf %prev, %b : tensor<8x8xf32>
    %s = arith.addf %y, %r : tensor<8x8xf32>
    scf.yield %s, %y : tensor<8x8xf32>, tensor<8x8xf32>
  }
  return %o#1 : tensor<8x8xf32>
}

// CHECK-LABEL: func @gamma_of_sum
// CHECK-NOT: addnorm.rms_norm
func.func @gamma_of_sum(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
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
  %t = math.tanh %s : tensor<8x8xf32>
  %gs = linalg.reduce {arith.addf} ins(%t : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [0]
  %gb = linalg.broadcast ins(%gs : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o, %s : tensor<8x8xf32>, tensor<8x8xf32>
}

// In a branch of its own the norm may add again: the addends dominate it.
// CHECK-LABEL: func @in_branch
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>
// CHECK: %[[S:.*]] = arith.addf
// CHECK: scf.if
// CHECK: addnorm.rms_norm(%[[X]], %[[R]] :
// CHECK: return %{{.*}}, %[[S]] :
func.func @in_branch(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %c: i1) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %o = scf.if %c -> tensor<8x8xf32> {
    %q = arith.mulf %s, %s : tensor<8x8xf32>
    %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
    %d = arith.divf %m, %n : tensor<8xf32>
    %i = math.rsqrt %d : tensor<8xf32>
    %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
    %y = arith.mulf %s, %b : tensor<8x8xf32>
    scf.yield %y : tensor<8x8xf32>
  } else {
    scf.yield %x : tensor<8x8xf32>
  }
  return %o, %s : tensor<8x8xf32>, tensor<8x8xf32>
}
