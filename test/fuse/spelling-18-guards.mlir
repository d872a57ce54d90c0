// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// The guards that front ends put around dynamic sizes.

// Behind an assertion that the rows agree.
// CHECK-LABEL: func @asserts
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x64xf16>, %[[R:[^:]*]]: tensor<?x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x64xf16>, tensor<?x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @asserts(%x: tensor<?x64xf16>, %r: tensor<?x64xf16>, %g: tensor<64xf16>) -> tensor<?x64xf16> {
  %c00 = arith.constant 0 : index
  %dx = tensor.dim %x, %c00 : tensor<?x64xf16>
  %dr = tensor.dim %r, %c00 : tensor<?x64xf16>
  %same = arith.cmpi eq, %dx, %dr : index
  cf.assert %same, "mismatched size for broadcast"
  %k0 = arith.constant 0 : index
  %d0 = tensor.dim %x, %k0 : tensor<?x64xf16>
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty(%d0) : tensor<?x64xf16>
  %v = tensor.empty(%d0) : tensor<?x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x64xf16>, tensor<?x64xf16>) outs(%h : tensor<?x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<?x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?x1xf32>) -> tensor<?x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, 0)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<?x64xf16>) outs(%z : tensor<?x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<?x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<?x64xf16>, tensor<?x1xf32>, tensor<64xf16>) outs(%h : tensor<?x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<?x64xf16>
  return %o : tensor<?x64xf16>
}

// With one between the add and the norm.
// CHECK-LABEL: func @asserts_in_between
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?xf32>, %[[R:[^:]*]]: tensor<?x?xf32>, %[[G:[^:]*]]: tensor<?xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x?xf32>, tensor<?x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @asserts_in_between(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %k0 = arith.constant 0 : index
  %d0 = tensor.dim %x, %k0 : tensor<?x?xf32>
  %k1 = arith.constant 1 : index
  %d1 = tensor.dim %x, %k1 : tensor<?x?xf32>
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %ni = arith.index_cast %d1 : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %h = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %v = tensor.empty(%d0) : tensor<?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x?xf32>, tensor<?x?xf32>) outs(%h : tensor<?x?xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<?x?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %dg = tensor.dim %g, %k0 : tensor<?xf32>
  %fits = arith.cmpi eq, %dg, %d1 : index
  cf.assert %fits, "mismatched size for broadcast"
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<?x?xf32>) outs(%z : tensor<?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<?xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%h : tensor<?x?xf32>) {
    ^bb0(%in: f32, %sum: f32, %scale: f32, %out: f32):
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %in, %rstd : f32
      %p = arith.mulf %u, %scale : f32
      linalg.yield %p : f32
    } -> tensor<?x?xf32>
  return %o : tensor<?x?xf32>
}

// Each operand behind a guard that broadcasts a single row: each reader of the sum has its own. The
// addends are the guarded ones.
// CHECK-LABEL: func @guards
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>, %[[R:[^:]*]]: tensor<?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[XB:[^ ]*]] = scf.if
// CHECK: %[[RB:[^ ]*]] = scf.if
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[XB]], %[[RB]] : tensor<?x8xf32>, tensor<?x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs({{.*}} sum(
// CHECK-NOT: sqrt
// CHECK: return %[[OP]]#0, %[[OP]]#1 :
func.func @guards(%arg0: tensor<?x8xf32>, %arg1: tensor<?x8xf32>, %arg2: tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %cst = arith.constant dense<2.000000e+00> : tensor<1x1xf32>
  %cst_0 = arith.constant dense<1.250000e-01> : tensor<1x1xf32>
  %cst_1 = arith.constant dense<9.99999974E-6> : tensor<1x1xf32>
  %c0 = arith.constant 0 : index
  %dim = tensor.dim %arg0, %c0 : tensor<?x8xf32>
  %dim_2 = tensor.dim %arg1, %c0 : tensor<?x8xf32>
  %0 = arith.maxui %dim, %dim_2 : index
  %c1 = arith.constant 1 : index
  %1 = arith.cmpi eq, %dim, %c1 : index
  %2 = scf.if %1 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%0) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %arg0 : tensor<?x8xf32>
  }
  %3 = arith.cmpi eq, %dim_2, %c1 : index
  %4 = scf.if %3 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%0) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %arg1 : tensor<?x8xf32>
  }
  %5 = tensor.empty(%0) : tensor<?x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %4 : tensor<?x8xf32>, tensor<?x8xf32>) outs(%5 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = arith.addf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %dim_3 = tensor.dim %6, %c0 : tensor<?x8xf32>
  %7 = tensor.empty(%dim_3) : tensor<?x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6, %cst : tensor<?x8xf32>, tensor<1x1xf32>) outs(%7 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = math.powf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %dim_4 = tensor.dim %8, %c0 : tensor<?x8xf32>
  %9 = tensor.empty(%dim_4) : tensor<?xf32>
  %cst_5 = arith.constant 0.000000e+00 : f32
  %10 = linalg.fill ins(%cst_5 : f32) outs(%9 : tensor<?xf32>) -> tensor<?xf32>
  %reduced = linalg.reduce ins(%8 : tensor<?x8xf32>) outs(%10 : tensor<?xf32>) dimensions = [1] 
    (%in: f32, %init: f32) {
      %26 = arith.addf %in, %init : f32
      linalg.yield %26 : f32
    }
  %dim_6 = tensor.dim %reduced, %c0 : tensor<?xf32>
  %expanded = tensor.expand_shape %reduced [[0, 1]] output_shape [%dim_6, 1] : tensor<?xf32> into tensor<?x1xf32>
  %dim_7 = tensor.dim %expanded, %c0 : tensor<?x1xf32>
  %11 = tensor.empty(%dim_7) : tensor<?x1xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded, %cst_0 : tensor<?x1xf32>, tensor<1x1xf32>) outs(%11 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = arith.mulf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %dim_8 = tensor.dim %12, %c0 : tensor<?x1xf32>
  %13 = tensor.empty(%dim_8) : tensor<?x1xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %cst_1 : tensor<?x1xf32>, tensor<1x1xf32>) outs(%13 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = arith.addf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %dim_9 = tensor.dim %14, %c0 : tensor<?x1xf32>
  %15 = tensor.empty(%dim_9) : tensor<?x1xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%14 : tensor<?x1xf32>) outs(%15 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.rsqrt %in : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %dim_10 = tensor.dim %16, %c0 : tensor<?x1xf32>
  %17 = arith.maxui %dim_3, %dim_10 : index
  %18 = arith.cmpi eq, %dim_3, %c1 : index
  %19 = scf.if %18 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%17) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %6 : tensor<?x8xf32>
  }
  %20 = arith.cmpi eq, %dim_10, %c1 : index
  %21 = scf.if %20 -> (tensor<?x1xf32>) {
    %26 = tensor.empty(%17) : tensor<?x1xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16 : tensor<?x1xf32>) outs(%26 : tensor<?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x1xf32>
    scf.yield %27 : tensor<?x1xf32>
  } else {
    scf.yield %16 : tensor<?x1xf32>
  }
  %22 = tensor.empty(%17) : tensor<?x8xf32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%19, %21 : tensor<?x8xf32>, tensor<?x1xf32>) outs(%22 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = arith.mulf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %expanded_11 = tensor.expand_shape %arg2 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %dim_12 = tensor.dim %23, %c0 : tensor<?x8xf32>
  %24 = tensor.empty(%dim_12) : tensor<?x8xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded_11, %23 : tensor<1x8xf32>, tensor<?x8xf32>) outs(%24 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_13: f32, %out: f32):
    %26 = arith.mulf %in, %in_13 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  return %25, %6 : tensor<?x8xf32>, tensor<?x8xf32>
}

// The same after -canonicalize, which compares other values that are the same sizes.
// CHECK-LABEL: func @guards_canonical
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>, %[[R:[^:]*]]: tensor<?x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[XB:[^ ]*]] = scf.if
// CHECK: %[[RB:[^ ]*]] = scf.if
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[XB]], %[[RB]] : tensor<?x8xf32>, tensor<?x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs({{.*}} sum(
// CHECK-NOT: sqrt
// CHECK: return %[[OP]]#0, %[[OP]]#1 :
func.func @guards_canonical(%arg0: tensor<?x8xf32>, %arg1: tensor<?x8xf32>, %arg2: tensor<8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %cst = arith.constant 0.000000e+00 : f32
  %c1 = arith.constant 1 : index
  %cst_0 = arith.constant dense<2.000000e+00> : tensor<1x1xf32>
  %cst_1 = arith.constant dense<1.250000e-01> : tensor<1x1xf32>
  %cst_2 = arith.constant dense<9.99999974E-6> : tensor<1x1xf32>
  %c0 = arith.constant 0 : index
  %dim = tensor.dim %arg0, %c0 : tensor<?x8xf32>
  %dim_3 = tensor.dim %arg1, %c0 : tensor<?x8xf32>
  %0 = arith.maxui %dim, %dim_3 : index
  %dim_4 = tensor.dim %arg0, %c0 : tensor<?x8xf32>
  %1 = arith.cmpi eq, %dim_4, %c1 : index
  %2 = scf.if %1 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%0) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %arg0 : tensor<?x8xf32>
  }
  %dim_5 = tensor.dim %arg1, %c0 : tensor<?x8xf32>
  %3 = arith.cmpi eq, %dim_5, %c1 : index
  %4 = scf.if %3 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%0) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %arg1 : tensor<?x8xf32>
  }
  %5 = tensor.empty(%0) : tensor<?x8xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %4 : tensor<?x8xf32>, tensor<?x8xf32>) outs(%5 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = arith.addf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %7 = tensor.empty(%0) : tensor<?x8xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6, %cst_0 : tensor<?x8xf32>, tensor<1x1xf32>) outs(%7 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = math.powf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %9 = tensor.empty(%0) : tensor<?xf32>
  %10 = linalg.fill ins(%cst : f32) outs(%9 : tensor<?xf32>) -> tensor<?xf32>
  %reduced = linalg.reduce ins(%8 : tensor<?x8xf32>) outs(%10 : tensor<?xf32>) dimensions = [1] 
    (%in: f32, %init: f32) {
      %26 = arith.addf %in, %init : f32
      linalg.yield %26 : f32
    }
  %expanded = tensor.expand_shape %reduced [[0, 1]] output_shape [%0, 1] : tensor<?xf32> into tensor<?x1xf32>
  %dim_6 = tensor.dim %expanded, %c0 : tensor<?x1xf32>
  %11 = tensor.empty(%dim_6) : tensor<?x1xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded, %cst_1 : tensor<?x1xf32>, tensor<1x1xf32>) outs(%11 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = arith.mulf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %13 = tensor.empty(%dim_6) : tensor<?x1xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%12, %cst_2 : tensor<?x1xf32>, tensor<1x1xf32>) outs(%13 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = arith.addf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %15 = tensor.empty(%dim_6) : tensor<?x1xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%14 : tensor<?x1xf32>) outs(%15 : tensor<?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %26 = math.rsqrt %in : f32
    linalg.yield %26 : f32
  } -> tensor<?x1xf32>
  %17 = arith.maxui %0, %dim_6 : index
  %18 = arith.cmpi eq, %0, %c1 : index
  %19 = scf.if %18 -> (tensor<?x8xf32>) {
    %26 = tensor.empty(%17) : tensor<?x8xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%6 : tensor<?x8xf32>) outs(%26 : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %27 : tensor<?x8xf32>
  } else {
    scf.yield %6 : tensor<?x8xf32>
  }
  %20 = arith.cmpi eq, %dim_6, %c1 : index
  %21 = scf.if %20 -> (tensor<?x1xf32>) {
    %26 = tensor.empty(%17) : tensor<?x1xf32>
    %27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%16 : tensor<?x1xf32>) outs(%26 : tensor<?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x1xf32>
    scf.yield %27 : tensor<?x1xf32>
  } else {
    scf.yield %16 : tensor<?x1xf32>
  }
  %22 = tensor.empty(%17) : tensor<?x8xf32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%19, %21 : tensor<?x8xf32>, tensor<?x1xf32>) outs(%22 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = arith.mulf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  %expanded_7 = tensor.expand_shape %arg2 [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %24 = tensor.empty(%17) : tensor<?x8xf32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded_7, %23 : tensor<1x8xf32>, tensor<?x8xf32>) outs(%24 : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %26 = arith.mulf %in, %in_8 : f32
    linalg.yield %26 : f32
  } -> tensor<?x8xf32>
  return %25, %6 : tensor<?x8xf32>, tensor<?x8xf32>
}

// Gamma times the reciprocal root goes first, so the guard of gamma asks for the size of the root, which goes.
// CHECK-LABEL: func @gamma_guard_by_the_statistic
// CHECK-SAME: (%[[X:[^:]*]]: tensor<5x?xf32>, %[[R:[^:]*]]: tensor<5x?xf32>, %[[G:[^:]*]]: tensor<?xf32>, %[[V:[^:]*]]: tensor<5x?xf32>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<5x?xf32>, tensor<5x?xf32>) gamma(%[[G]] : tensor<?xf32>) epsilon 9.99999974E-6 outs({{.*}} sum(
// CHECK-NOT: sqrt
// CHECK: return %[[OP]]#0, %[[OP]]#1,
func.func @gamma_guard_by_the_statistic(%arg0: tensor<5x?xf32>, %arg1: tensor<5x?xf32>, %arg2: tensor<?xf32>, %arg3: tensor<5x?xf32>) -> (tensor<5x?xf32>, tensor<5x?xf32>, tensor<5x?xf32>) {
  %c1 = arith.constant 1 : index
  %dim = tensor.dim %arg0, %c1 : tensor<5x?xf32>
  %0 = tensor.empty(%dim) : tensor<5x?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%0 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %27 = arith.addf %in, %in_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  %2 = tensor.empty(%dim) : tensor<5x?xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %1 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%2 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %27 = arith.mulf %in, %in_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  %cst = arith.constant 0.000000e+00 : f32
  %4 = tensor.empty() : tensor<5xf32>
  %5 = linalg.fill ins(%cst : f32) outs(%4 : tensor<5xf32>) -> tensor<5xf32>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%3 : tensor<5x?xf32>) outs(%5 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %27 = arith.addf %in, %out : f32
    linalg.yield %27 : f32
  } -> tensor<5xf32>
  %7 = arith.index_cast %dim : index to i64
  %8 = arith.sitofp %7 : i64 to f32
  %9 = tensor.empty() : tensor<5xf32>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%6 : tensor<5xf32>) outs(%9 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %27 = arith.divf %in, %8 : f32
    linalg.yield %27 : f32
  } -> tensor<5xf32>
  %11 = tensor.empty() : tensor<5xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%10 : tensor<5xf32>) outs(%11 : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %cst_6 = arith.constant 9.99999974E-6 : f32
    %27 = arith.addf %in, %cst_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5xf32>
  %13 = tensor.empty(%dim) : tensor<5x?xf32>
  %broadcasted = linalg.broadcast ins(%12 : tensor<5xf32>) outs(%13 : tensor<5x?xf32>) dimensions = [1] 
  %14 = tensor.empty(%dim) : tensor<5x?xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%broadcasted : tensor<5x?xf32>) outs(%14 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %27 = math.rsqrt %in : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  %expanded = tensor.expand_shape %arg2 [[0, 1]] output_shape [1, %dim] : tensor<?xf32> into tensor<1x?xf32>
  %cst_0 = arith.constant dense<0> : tensor<1xi8>
  %c1_1 = arith.constant 1 : index
  %dim_2 = tensor.dim %expanded, %c1_1 : tensor<1x?xf32>
  %dim_3 = tensor.dim %15, %c1_1 : tensor<5x?xf32>
  %16 = arith.maxui %dim_2, %dim_3 : index
  %dim_4 = tensor.dim %expanded, %c1_1 : tensor<1x?xf32>
  %17 = arith.cmpi eq, %dim_4, %c1_1 : index
  %18 = scf.if %17 -> (tensor<1x?xf32>) {
    %27 = tensor.empty(%16) : tensor<1x?xf32>
    %28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%expanded : tensor<1x?xf32>) outs(%27 : tensor<1x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x?xf32>
    scf.yield %28 : tensor<1x?xf32>
  } else {
    scf.yield %expanded : tensor<1x?xf32>
  }
  %dim_5 = tensor.dim %15, %c1_1 : tensor<5x?xf32>
  %19 = arith.cmpi eq, %dim_5, %c1_1 : index
  %20 = scf.if %19 -> (tensor<5x?xf32>) {
    %27 = tensor.empty(%16) : tensor<5x?xf32>
    %28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%15 : tensor<5x?xf32>) outs(%27 : tensor<5x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<5x?xf32>
    scf.yield %28 : tensor<5x?xf32>
  } else {
    scf.yield %15 : tensor<5x?xf32>
  }
  %21 = tensor.empty(%16) : tensor<5x?xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%18, %20 : tensor<1x?xf32>, tensor<5x?xf32>) outs(%21 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %27 = arith.mulf %in, %in_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  %23 = tensor.empty(%dim) : tensor<5x?xf32>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %22 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%23 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %27 = arith.mulf %in, %in_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  %25 = tensor.empty(%dim) : tensor<5x?xf32>
  %26 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %arg3 : tensor<5x?xf32>, tensor<5x?xf32>) outs(%25 : tensor<5x?xf32>) {
  ^bb0(%in: f32, %in_6: f32, %out: f32):
    %27 = arith.addf %in, %in_6 : f32
    linalg.yield %27 : f32
  } -> tensor<5x?xf32>
  return %24, %1, %26 : tensor<5x?xf32>, tensor<5x?xf32>, tensor<5x?xf32>
}
