// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// What stands between the ops of the formula and changes nothing.

// Discardable attributes, fastmath flags and locations say nothing about the value.
// CHECK-LABEL: func @attributes
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @attributes(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r fastmath<fast> {layer = 3 : i64} : tensor<8x8xf32> loc("model.py":12:4)
  %q = arith.mulf %s, %s fastmath<contract,reassoc> {onnx.node = "Pow_3"} : tensor<8x8xf32>
  %m = linalg.reduce ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1] {note}
    (%in: f32, %out: f32) {
      %sum = arith.addf %out, %in fastmath<reassoc> : f32 loc("reduce")
      linalg.yield %sum : f32
    }
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a fastmath<afn> {tag = "root"} : tensor<8xf32> loc(fused["a", "b"])
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1] {kind = "view"}
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @tosa_identity
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tosa_identity(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s0 = tosa.add %x, %r : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %s = tosa.identity %s0 : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i0 = math.rsqrt %a : tensor<8xf32>
  %i = tosa.identity %i0 : (tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %s1 = tosa.identity %s0 : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %y = arith.mulf %s1, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @tensor_casts
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: addnorm.rms_norm(%{{.*}}, %{{.*}} : {{.*}} gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return
func.func @tensor_casts(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %xc = tensor.cast %x : tensor<8x8xf32> to tensor<?x?xf32>
  %rc = tensor.cast %r : tensor<8x8xf32> to tensor<?x?xf32>
  %sc = arith.addf %xc, %rc : tensor<?x?xf32>
  %s = tensor.cast %sc : tensor<?x?xf32> to tensor<8x8xf32>
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

// CHECK-LABEL: func @cast_of_the_statistic
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @cast_of_the_statistic(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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
  %ic = tensor.cast %i : tensor<8xf32> to tensor<?xf32>
  %i8 = tensor.cast %ic : tensor<?xf32> to tensor<8xf32>
  %b = linalg.broadcast ins(%i8 : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// The inputs of the tail in another order.
// CHECK-LABEL: func @permuted_inputs
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @permuted_inputs(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%g, %i, %s : tensor<8xf32>, tensor<8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%scale: f32, %rstd: f32, %in: f32, %out: f32):
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Inputs that no body reads.
// CHECK-LABEL: func @unused_block_arguments
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>, %[[V:[^:]*]]: tensor<8x8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @unused_block_arguments(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>, %v: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%v, %x, %r : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%unused: f32, %in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %i, %v, %g, %n : tensor<8x8xf32>, tensor<8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %rstd: f32, %unused: f32, %scale: f32, %unused2: f32, %out: f32):
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// The constants inside the bodies.
// CHECK-LABEL: func @constants_in_bodies
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @constants_in_bodies(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %v8 = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m : tensor<8xf32>) outs(%v8 : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %n = arith.constant 8.0 : f32
      %eps = arith.constant 1.0e-5 : f32
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

// And outside them.
// CHECK-LABEL: func @constants_outside
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @constants_outside(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %v8 = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m : tensor<8xf32>) outs(%v8 : tensor<8xf32>) {
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

// And as inputs of rank 0.
// CHECK-LABEL: func @constants_as_inputs
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @constants_as_inputs(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<f32>
  %eps = arith.constant dense<1.0e-5> : tensor<f32>
  %v8 = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m, %n, %eps : tensor<8xf32>, tensor<f32>, tensor<f32>) outs(%v8 : tensor<8xf32>) {
    ^bb0(%in: f32, %n0: f32, %eps0: f32, %out: f32):
      %mean = arith.divf %in, %n0 : f32
      %ms = arith.addf %mean, %eps0 : f32
      %rstd = math.rsqrt %ms : f32
      linalg.yield %rstd : f32
    } -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}
