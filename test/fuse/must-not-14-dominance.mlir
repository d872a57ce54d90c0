// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' --remark-format=emitRemark \
// RUN:   --remarks-filter-missed=addnorm-fuse -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY --implicit-check-not=[Missed]

// The add is in a block or an iteration that does not dominate the norm, or gamma needs the sum first.

// CHECK-LABEL: func @blocks
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=blocks |{{.*}}Reason="what is normalised comes from another block or iteration, and any add with it", Step=sum
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
// WHY: [Missed]{{.*}}Function=iterations |{{.*}}Reason="what is normalised comes from another block or iteration, and any add with it", Step=sum
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
// WHY: [Missed]{{.*}}Function=gamma_of_sum |{{.*}}Reason="it is multiplied by something that is not one gamma vector along the row", Step=gamma
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

// On memrefs, where a store stands between the add and the norm.
// CHECK-LABEL: func @memory
// CHECK-NOT: addnorm
func.func @memory(%x: memref<8x8xf32>, %r: memref<8x8xf32>, %y: memref<8x8xf32>, %k: f32) -> () {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %s = memref.alloc() : memref<8x8xf32>
  %m = memref.alloc() : memref<8xf32>
  linalg.add ins(%x, %r : memref<8x8xf32>, memref<8x8xf32>) outs(%s : memref<8x8xf32>)
  memref.store %k, %s[%c0, %c0] : memref<8x8xf32>
  linalg.fill ins(%zero : f32) outs(%m : memref<8xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : memref<8x8xf32>) outs(%m : memref<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      %sum = arith.addf %out, %sq : f32
      linalg.yield %sum : f32
    }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %m : memref<8x8xf32>, memref<8xf32>) outs(%y : memref<8x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %out: f32):
      %mean = arith.divf %sum, %n : f32
      %rstd = math.rsqrt %mean : f32
      %u = arith.mulf %in, %rstd : f32
      linalg.yield %u : f32
    }
  return
}

// The sum goes through a call that may be anything.
// CHECK-LABEL: func @unknown_call
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=unknown_call |{{.*}}Reason="no add feeds this norm", Step=sum
func.func @unknown_call(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s0 = arith.addf %x, %r : tensor<8x8xf32>
  %s = call @opaque(%s0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
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

// The statistic is of the iteration before.
// CHECK-LABEL: func @of_the_last_iteration
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=of_the_last_iteration |{{.*}}Reason="the reciprocal root of the mean of squares does not multiply what was squared", Step=root
func.func @of_the_last_iteration(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>, %k: index) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %o:2 = scf.for %iv = %c0 to %k step %c1 iter_args(%h = %x, %i = %z) -> (tensor<8x8xf32>, tensor<8xf32>) {
    %s = arith.addf %h, %r : tensor<8x8xf32>
    %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
    %y = arith.mulf %s, %b : tensor<8x8xf32>
    %q = arith.mulf %s, %s : tensor<8x8xf32>
    %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
    %d = arith.divf %m, %n : tensor<8xf32>
    %a = arith.addf %d, %eps : tensor<8xf32>
    %i1 = math.rsqrt %a : tensor<8xf32>
    scf.yield %y, %i1 : tensor<8x8xf32>, tensor<8xf32>
  }
  return %o#0 : tensor<8x8xf32>
}

// Add and norm in one iteration.
// CHECK-LABEL: func @in_each_iteration
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>, %[[K:[^:]*]]: index)
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %[[X]])
// CHECK: %[[Y:.*]] = addnorm.rms_norm(%[[H]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6
// CHECK-NOT: sqrt
// CHECK: scf.yield %[[Y]]
func.func @in_each_iteration(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>, %k: index) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %h = scf.for %iv = %c0 to %k step %c1 iter_args(%s0 = %x) -> tensor<8x8xf32> {
    %s = arith.addf %s0, %r : tensor<8x8xf32>
    %q = arith.mulf %s, %s : tensor<8x8xf32>
    %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
    %d = arith.divf %m, %n : tensor<8xf32>
    %a = arith.addf %d, %eps : tensor<8xf32>
    %i = math.rsqrt %a : tensor<8xf32>
    %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
    %y = arith.mulf %s, %b : tensor<8x8xf32>
    %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
    %o = arith.mulf %y, %gb : tensor<8x8xf32>
    scf.yield %o : tensor<8x8xf32>
  }
  return %h : tensor<8x8xf32>
}

// A call in between that cannot touch the tensors: it stays where it is.
// CHECK-LABEL: func @effects_in_between
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK: call @effect
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @effects_in_between(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  call @effect() : () -> ()
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

func.func private @opaque(tensor<8x8xf32>) -> tensor<8x8xf32>
func.func private @effect()
