// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// The statistic and the tail reach the sum through different casts, views and guards.

// Each extends the sum for itself, in its own body.
// CHECK-LABEL: func @two_extensions
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @two_extensions(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x8xf16>) outs(%z : tensor<8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %out, %sq : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %i, %g : tensor<8x8xf16>, tensor<8xf32>, tensor<8xf16>) outs(%h : tensor<8x8xf16>) {
    ^bb0(%in: f16, %rstd: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// CHECK-LABEL: func @two_tensor_extensions
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @two_tensor_extensions(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
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
  %w2 = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %u = arith.mulf %w2, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf16>) outs(%h : tensor<8x8xf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// The statistic reads it with one more unit dimension.
// CHECK-LABEL: func @statistic_expanded
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @statistic_expanded(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %deep = tensor.expand_shape %w [[0], [1, 2]] output_shape [8, 1, 8] : tensor<8x8xf32> into tensor<8x1x8xf32>
  %q = arith.mulf %deep, %deep : tensor<8x1x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x1x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1, 2]
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

// Through a type that forgets the size of the rows.
// CHECK-LABEL: func @tensor_cast
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @tensor_cast(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf16>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %loose = tensor.cast %w : tensor<8x8xf32> to tensor<?x8xf32>
  %tight = tensor.cast %loose : tensor<?x8xf32> to tensor<8x8xf32>
  %q = arith.mulf %tight, %tight : tensor<8x8xf32>
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

// Each reads it through its own guard for the broadcast of a single row.
// CHECK-LABEL: func @two_guards
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>, %[[R:[^:]*]]: tensor<?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x8xf32>, tensor<?x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @two_guards(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<?x8xf32>
  %is1a = arith.cmpi eq, %rows, %c1 : index
  %va = scf.if %is1a -> (tensor<?x8xf32>) {
    %onea = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<?x8xf32>
    scf.yield %onea : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %m = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%va : tensor<?x8xf32>) outs(%z : tensor<?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      %sum = arith.addf %out, %sq : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
  %is1b = arith.cmpi eq, %rows, %c1 : index
  %vb = scf.if %is1b -> (tensor<?x8xf32>) {
    %oneb = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<?x8xf32>
    scf.yield %oneb : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%vb, %m, %g : tensor<?x8xf32>, tensor<?xf32>, tensor<8xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %scale: f32, %out: f32):
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<?x8xf32>
  return %o : tensor<?x8xf32>
}
