// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Sizes that are known equal because an op demands it.

// The row length asked of the addend that does not give the sum its size.
// CHECK-LABEL: func @size_of_the_other_addend
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x?xf32>, %[[R:[^:]*]]: tensor<8x?xf32>, %[[G:[^:]*]]: tensor<?xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x?xf32>, tensor<8x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @size_of_the_other_addend(%x: tensor<8x?xf32>, %r: tensor<8x?xf32>, %g: tensor<?xf32>) -> tensor<8x?xf32> {
  %k1 = arith.constant 1 : index
  %d1 = tensor.dim %x, %k1 : tensor<8x?xf32>
  %c2 = arith.constant 2 : i64
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f64
  %dn = tensor.dim %r, %k1 : tensor<8x?xf32>
  %ni = arith.index_cast %dn : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %h = tensor.empty(%d1) : tensor<8x?xf32>
  %e = tensor.empty(%d1) : tensor<8x?xf32>
  %v = tensor.empty() : tensor<8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x?xf32>, tensor<8x?xf32>) outs(%h : tensor<8x?xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<8x?xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x?xf32>) outs(%e : tensor<8x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = math.fpowi %in, %c2 : f32, i64
      linalg.yield %sq : f32
    } -> tensor<8x?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%q : tensor<8x?xf32>) outs(%z : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sum = arith.addf %in, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m : tensor<8xf32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %mean = arith.divf %in, %n : f32
      linalg.yield %mean : f32
    } -> tensor<8xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%d : tensor<8xf32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %e32 = arith.truncf %eps : f64 to f32
      %ms = arith.addf %in, %e32 : f32
      linalg.yield %ms : f32
    } -> tensor<8xf32>
  %i = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%a : tensor<8xf32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %root = math.rsqrt %in : f32
      linalg.yield %root : f32
    } -> tensor<8xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %i : tensor<8x?xf32>, tensor<8xf32>) outs(%e : tensor<8x?xf32>) {
    ^bb0(%in: f32, %rstd: f32, %out: f32):
      %p = arith.mulf %in, %rstd : f32
      linalg.yield %p : f32
    } -> tensor<8x?xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%g, %u : tensor<?xf32>, tensor<8x?xf32>) outs(%h : tensor<8x?xf32>) {
    ^bb0(%scale: f32, %in: f32, %out: f32):
      %p = arith.mulf %scale, %in : f32
      linalg.yield %p : f32
    } -> tensor<8x?xf32>
  return %o : tensor<8x?xf32>
}

// Each square divided by the row length, before the sum.
// CHECK-LABEL: func @divided_before_the_sum
// CHECK-SAME: (%[[X:[^:]*]]: tensor<5x?xf32>, %[[R:[^:]*]]: tensor<5x?xf32>, %[[G:[^:]*]]: tensor<?xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<5x?xf32>, tensor<5x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @divided_before_the_sum(%arg0: tensor<5x?xf32>, %arg1: tensor<5x?xf32>, %arg2: tensor<?xf32>) -> tensor<5x?xf32> {
  %c1 = arith.constant 1 : index
  %dim = tensor.dim %arg0, %c1 : tensor<5x?xf32>
  %0 = tensor.empty(%dim) : tensor<5x?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%0 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.addf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %2 = tensor.empty(%dim) : tensor<5x?xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%2 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.mulf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %4 = arith.index_cast %dim : index to i64
  %5 = arith.sitofp %4 : i64 to f32
  %6 = tensor.empty(%dim) : tensor<5x?xf32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<5x?xf32>) outs(%6 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = arith.divf %in, %5 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %cst = arith.constant 0.000000e+00 : f32
  %8 = tensor.empty() : tensor<5xf32>
  %9 = linalg.fill ins(%cst : f32) outs(%8 : tensor<5xf32>) -> tensor<5xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%7 : tensor<5x?xf32>) outs(%9 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = arith.addf %in, %out : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %11 = tensor.empty() : tensor<5xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10 : tensor<5xf32>) outs(%11 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %cst_0 = arith.constant 9.99999974E-6 : f32
    %19 = arith.addf %in, %cst_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %13 = tensor.empty() : tensor<5xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%12 : tensor<5xf32>) outs(%13 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = math.rsqrt %in : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %15 = tensor.empty(%dim) : tensor<5x?xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %14 : tensor<5x?xf32>, tensor<5xf32>) outs(%15 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.mulf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %17 = tensor.empty(%dim) : tensor<5x?xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16, %arg2 : tensor<5x?xf32>, tensor<?xf32>) outs(%17 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.mulf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  return %18 : tensor<5x?xf32>
}

// x + r for the normalised value, r + x for the statistic.
// CHECK-LABEL: func @added_twice
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>, %[[R:[^:]*]]: tensor<?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x8xf32>, tensor<?x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @added_twice(%arg0: tensor<?x8xf32>, %arg1: tensor<?x8xf32>, %arg2: tensor<8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %dim = tensor.dim %arg0, %c0 : tensor<?x8xf32>
  %0 = arith.addf %arg0, %arg1 : tensor<?x8xf32>
  %1 = arith.addf %arg1, %arg0 : tensor<?x8xf32>
  %2 = tensor.empty(%dim) : tensor<?x8xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %1 : tensor<?x8xf32>, tensor<?x8xf32>) outs(%2 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %17 = arith.mulf %in, %in_0 : f32
    linalg.yield %17 : f32
  } -> tensor<?x8xf32>
  %cst = arith.constant 0.000000e+00 : f32
  %4 = tensor.empty(%dim) : tensor<?xf32>
  %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<?xf32>) -> tensor<?xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%3 : tensor<?x8xf32>) outs(%5 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %17 = arith.addf %in, %out : f32
    linalg.yield %17 : f32
  } -> tensor<?xf32>
  %7 = tensor.empty(%dim) : tensor<?xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%6 : tensor<?xf32>) outs(%7 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %cst_0 = arith.constant 8.000000e+00 : f32
    %17 = arith.divf %in, %cst_0 : f32
    linalg.yield %17 : f32
  } -> tensor<?xf32>
  %9 = tensor.empty(%dim) : tensor<?xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%8 : tensor<?xf32>) outs(%9 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %cst_0 = arith.constant 9.99999974E-6 : f32
    %17 = arith.addf %in, %cst_0 : f32
    linalg.yield %17 : f32
  } -> tensor<?xf32>
  %11 = tensor.empty(%dim) : tensor<?xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10 : tensor<?xf32>) outs(%11 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %17 = math.rsqrt %in : f32
    linalg.yield %17 : f32
  } -> tensor<?xf32>
  %13 = tensor.empty(%dim) : tensor<?x8xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%0, %12 : tensor<?x8xf32>, tensor<?xf32>) outs(%13 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %17 = arith.mulf %in, %in_0 : f32
    linalg.yield %17 : f32
  } -> tensor<?x8xf32>
  %15 = tensor.empty(%dim) : tensor<?x8xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%14, %arg2 : tensor<?x8xf32>, tensor<8xf32>) outs(%15 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %17 = arith.mulf %in, %in_0 : f32
    linalg.yield %17 : f32
  } -> tensor<?x8xf32>
  return %16 : tensor<?x8xf32>
}

// The same in the bodies that square and normalise.
// CHECK-LABEL: func @added_twice_in_bodies
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?xf32>, %[[R:[^:]*]]: tensor<?x?xf32>, %[[G:[^:]*]]: tensor<?xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[R]], %[[X]] : tensor<?x?xf32>, tensor<?x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @added_twice_in_bodies(%arg0: tensor<?x?xf32>, %arg1: tensor<?x?xf32>, %arg2: tensor<?xf32>) -> tensor<?x?xf32> {
  %cst = arith.constant 9.99999974E-6 : f32
  %cst_0 = arith.constant 0.000000e+00 : f32
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %dim = tensor.dim %arg0, %c0 : tensor<?x?xf32>
  %dim_1 = tensor.dim %arg0, %c1 : tensor<?x?xf32>
  %0 = tensor.empty(%dim) : tensor<?xf32>
  %1 = linalg.fill ins(%cst_0 : f32) outs(%0 : tensor<?xf32>) -> tensor<?xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg1, %arg0 : tensor<?x?xf32>, tensor<?x?xf32>) outs(%1 : tensor<?xf32>) {
  ^bb0(%in: f32, %in_2: f32, %out: f32):
    %7 = arith.addf %in, %in_2 : f32
    %8 = arith.mulf %7, %7 : f32
    %9 = arith.addf %8, %out : f32
    linalg.yield %9 : f32
  } -> tensor<?xf32>
  %3 = arith.index_cast %dim_1 : index to i64
  %4 = arith.sitofp %3 : i64 to f32
  %5 = tensor.empty(%dim, %dim_1) : tensor<?x?xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1, %2, %arg2 : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%5 : tensor<?x?xf32>) {
  ^bb0(%in: f32, %in_2: f32, %in_3: f32, %in_4: f32, %out: f32):
    %7 = arith.divf %in_3, %4 : f32
    %8 = arith.addf %7, %cst : f32
    %9 = math.rsqrt %8 : f32
    %10 = arith.addf %in, %in_2 : f32
    %11 = arith.mulf %10, %9 : f32
    %12 = arith.mulf %11, %in_4 : f32
    linalg.yield %12 : f32
  } -> tensor<?x?xf32>
  return %6 : tensor<?x?xf32>
}

// The output shape of an expansion says how long gamma is.
// CHECK-LABEL: func @expanded_gamma
// CHECK-SAME: (%[[X:[^:]*]]: tensor<5x?xf32>, %[[R:[^:]*]]: tensor<5x?xf32>, %[[G:[^:]*]]: tensor<?xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<5x?xf32>, tensor<5x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @expanded_gamma(%arg0: tensor<5x?xf32>, %arg1: tensor<5x?xf32>, %arg2: tensor<?xf32>) -> tensor<5x?xf32> {
  %c1 = arith.constant 1 : index
  %dim = tensor.dim %arg0, %c1 : tensor<5x?xf32>
  %0 = tensor.empty(%dim) : tensor<5x?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%0 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.addf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %2 = tensor.empty(%dim) : tensor<5x?xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%2 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.mulf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  %cst = arith.constant 0.000000e+00 : f32
  %4 = tensor.empty() : tensor<5xf32>
  %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<5xf32>) -> tensor<5xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%3 : tensor<5x?xf32>) outs(%5 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = arith.addf %in, %out : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %7 = arith.index_cast %dim : index to i64
  %8 = arith.sitofp %7 : i64 to f32
  %9 = tensor.empty() : tensor<5xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%6 : tensor<5xf32>) outs(%9 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = arith.divf %in, %8 : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %11 = tensor.empty() : tensor<5xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10 : tensor<5xf32>) outs(%11 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %cst_0 = arith.constant 9.99999974E-6 : f32
    %19 = arith.addf %in, %cst_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %13 = tensor.empty() : tensor<5xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%12 : tensor<5xf32>) outs(%13 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %19 = math.rsqrt %in : f32
    linalg.yield %19 : f32
  } -> tensor<5xf32>
  %expanded = tensor.expand_shape %arg2 [[0, 1]] output_shape [1, %dim] : tensor<?xf32> into tensor<1x?xf32>
  %15 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %16 = tosa.mul %1, %expanded, %15 : (tensor<5x?xf32>, tensor<1x?xf32>, tensor<1xi8>) -> tensor<5x?xf32>
  %17 = tensor.empty(%dim) : tensor<5x?xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16, %14 : tensor<5x?xf32>, tensor<5xf32>) outs(%17 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %19 = arith.mulf %in, %in_0 : f32
    linalg.yield %19 : f32
  } -> tensor<5x?xf32>
  return %18 : tensor<5x?xf32>
}

// Rows asked of an addend, and of the sum without its unit dimension.
// CHECK-LABEL: func @asked_behind_a_view
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x?x8xf32>, %[[R:[^:]*]]: tensor<1x?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm({{.*}} gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
func.func @asked_behind_a_view(%arg0: tensor<1x?x8xf32>, %arg1: tensor<1x?x8xf32>, %arg2: tensor<8xf32>) -> tensor<1x?x8xf32> {
  %cst = arith.constant 9.99999974E-6 : f32
  %cst_0 = arith.constant 8.000000e+00 : f32
  %cst_1 = arith.constant 0.000000e+00 : f32
  %c1 = arith.constant 1 : index
  %dim = tensor.dim %arg0, %c1 : tensor<1x?x8xf32>
  %0 = arith.addf %arg0, %arg1 : tensor<1x?x8xf32>
  %collapsed = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<1x?x8xf32> into tensor<?x8xf32>
  %collapsed_2 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<1x?x8xf32> into tensor<?x8xf32>
  %1 = tensor.empty(%dim) : tensor<?x8xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%collapsed, %collapsed_2 : tensor<?x8xf32>, tensor<?x8xf32>) outs(%1 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_5: f32, %out: f32):
    %16 = arith.mulf %in, %in_5 : f32
    linalg.yield %16 : f32
  } -> tensor<?x8xf32>
  %3 = tensor.empty(%dim) : tensor<?xf32>
  %4 = linalg.fill ins(%cst_1 : f32) outs(%3 : tensor<?xf32>) -> tensor<?xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%2 : tensor<?x8xf32>) outs(%4 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.addf %in, %out : f32
    linalg.yield %16 : f32
  } -> tensor<?xf32>
  %6 = tensor.empty(%dim) : tensor<?xf32>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%5 : tensor<?xf32>) outs(%6 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.divf %in, %cst_0 : f32
    linalg.yield %16 : f32
  } -> tensor<?xf32>
  %8 = tensor.empty(%dim) : tensor<?xf32>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%7 : tensor<?xf32>) outs(%8 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = arith.addf %in, %cst : f32
    linalg.yield %16 : f32
  } -> tensor<?xf32>
  %10 = tensor.empty(%dim) : tensor<?xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%9 : tensor<?xf32>) outs(%10 : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %16 = math.rsqrt %in : f32
    linalg.yield %16 : f32
  } -> tensor<?xf32>
  %collapsed_3 = tensor.collapse_shape %0 [[0, 1], [2]] : tensor<1x?x8xf32> into tensor<?x8xf32>
  %12 = tensor.empty(%dim) : tensor<?x8xf32>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%collapsed_3, %11 : tensor<?x8xf32>, tensor<?xf32>) outs(%12 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_5: f32, %out: f32):
    %16 = arith.mulf %in, %in_5 : f32
    linalg.yield %16 : f32
  } -> tensor<?x8xf32>
  %dim_4 = tensor.dim %0, %c1 : tensor<1x?x8xf32>
  %14 = tensor.empty(%dim) : tensor<?x8xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%13, %arg2 : tensor<?x8xf32>, tensor<8xf32>) outs(%14 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_5: f32, %out: f32):
    %16 = arith.mulf %in, %in_5 : f32
    linalg.yield %16 : f32
  } -> tensor<?x8xf32>
  %expanded = tensor.expand_shape %15 [[0, 1], [2]] output_shape [1, %dim_4, 8] : tensor<?x8xf32> into tensor<1x?x8xf32>
  return %expanded : tensor<1x?x8xf32>
}

// An add of tensors does not broadcast: no guard is built.
// CHECK-LABEL: func @no_guard
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>, %[[R:[^:]*]]: tensor<?x8xf32>)
// CHECK-NOT: scf.if
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x8xf32>, tensor<?x8xf32>) epsilon 0.000000e+00 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @no_guard(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %s = arith.addf %x, %r : tensor<?x8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<?x8xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s, %q : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: f32, %q0: f32, %out: f32):
    %mean = arith.divf %q0, %n : f32
    %rstd = math.rsqrt %mean : f32
    %u = arith.mulf %in, %rstd : f32
    linalg.yield %u : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
