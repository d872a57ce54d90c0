// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s --check-prefixes=CHECK,SOURCE

// Dynamic rows and row length: the divisor is the size of the reduced dimension, whatever tensor of that
// shape it is asked of.

// CHECK-LABEL: func @row_length
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?xf16>, %[[R:[^:]*]]: tensor<?x?xf16>, %[[G:[^:]*]]: tensor<?xf16>)
// CHECK-NOT: linalg.generic
// CHECK: %[[Y:.*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x?xf16>, tensor<?x?xf16>) gamma(%[[G]] : tensor<?xf16>) epsilon 9.99999974E-6 outs(
// SOURCE-SAME: {lanes = 64 : i64, norm_type = f16, sum_type = f16}
// CHECK-NOT: math.rsqrt
// CHECK: return %[[Y]] :
func.func @row_length(%x: tensor<?x?xf16>, %r: tensor<?x?xf16>, %g: tensor<?xf16>) -> tensor<?x?xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x?xf16>
  %cols = tensor.dim %x, %c1 : tensor<?x?xf16>
  %e = tensor.empty(%rows, %cols) : tensor<?x?xf16>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x?xf16>, tensor<?x?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%in: f16, %in2: f16, %out: f16):
    %sum = arith.addf %in, %in2 : f16
    linalg.yield %sum : f16
  } -> tensor<?x?xf16>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<?x?xf16>) outs(%z : tensor<?xf32>) {
  ^bb0(%in: f16, %out: f32):
    %w = arith.extf %in : f16 to f32
    %sq = arith.mulf %w, %w : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %i = arith.index_cast %cols : index to i64
  %n = arith.sitofp %i : i64 to f32
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<?x?xf16>, tensor<?xf32>, tensor<?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
    %w = arith.extf %in : f16 to f32
    %mean = arith.divf %sum, %n : f32
    %ms = arith.addf %mean, %eps : f32
    %rstd = math.rsqrt %ms : f32
    %u = arith.mulf %w, %rstd : f32
    %un = arith.truncf %u : f32 to f16
    %p = arith.mulf %un, %scale : f16
    linalg.yield %p : f16
  } -> tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}

// Divided by the number of rows.
// CHECK-LABEL: func @row_count
// CHECK-NOT: addnorm.rms_norm
func.func @row_count(%x: tensor<?x?xf16>, %r: tensor<?x?xf16>, %g: tensor<?xf16>) -> tensor<?x?xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x?xf16>
  %cols = tensor.dim %x, %c1 : tensor<?x?xf16>
  %e = tensor.empty(%rows, %cols) : tensor<?x?xf16>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x?xf16>, tensor<?x?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%in: f16, %in2: f16, %out: f16):
    %sum = arith.addf %in, %in2 : f16
    linalg.yield %sum : f16
  } -> tensor<?x?xf16>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<?x?xf16>) outs(%z : tensor<?xf32>) {
  ^bb0(%in: f16, %out: f32):
    %w = arith.extf %in : f16 to f32
    %sq = arith.mulf %w, %w : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %i = arith.index_cast %rows : index to i64
  %n = arith.sitofp %i : i64 to f32
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<?x?xf16>, tensor<?xf32>, tensor<?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
    %w = arith.extf %in : f16 to f32
    %mean = arith.divf %sum, %n : f32
    %ms = arith.addf %mean, %eps : f32
    %rstd = math.rsqrt %ms : f32
    %u = arith.mulf %w, %rstd : f32
    %un = arith.truncf %u : f32 to f16
    %p = arith.mulf %un, %scale : f16
    linalg.yield %p : f16
  } -> tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}
