// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Ranks, unit dimensions and dynamic sizes.

// One row, its statistic of rank 0.
// CHECK-LABEL: func @rank_1
// CHECK-SAME: (%[[X:[^:]*]]: tensor<64xf16>, %[[R:[^:]*]]: tensor<64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<64xf16>, tensor<64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @rank_1(%x: tensor<64xf16>, %r: tensor<64xf16>, %g: tensor<64xf16>) -> tensor<64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<64xf16>
  %v = tensor.empty() : tensor<f32>
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%x, %r : tensor<64xf16>, tensor<64xf16>) outs(%h : tensor<64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<f32>) -> tensor<f32>
  %q = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
      iterator_types = ["reduction"]} ins(%s : tensor<64xf16>) outs(%z : tensor<f32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<f32>
  %o = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%s, %q, %g : tensor<64xf16>, tensor<f32>, tensor<64xf16>) outs(%h : tensor<64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<64xf16>
  return %o : tensor<64xf16>
}

// And of rank 1.
// CHECK-LABEL: func @rank_1_keepdim
// CHECK-SAME: (%[[X:[^:]*]]: tensor<64xf16>, %[[R:[^:]*]]: tensor<64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<64xf16>, tensor<64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @rank_1_keepdim(%x: tensor<64xf16>, %r: tensor<64xf16>, %g: tensor<64xf16>) -> tensor<64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<64xf16>
  %v = tensor.empty() : tensor<1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%x, %r : tensor<64xf16>, tensor<64xf16>) outs(%h : tensor<64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<1xf32>) -> tensor<1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>],
      iterator_types = ["reduction"]} ins(%s : tensor<64xf16>) outs(%z : tensor<1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%s, %q, %g : tensor<64xf16>, tensor<1xf32>, tensor<64xf16>) outs(%h : tensor<64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<64xf16>
  return %o : tensor<64xf16>
}

// CHECK-LABEL: func @rank_2
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x64xf16>, %[[R:[^:]*]]: tensor<8x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x64xf16>, tensor<8x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @rank_2(%x: tensor<8x64xf16>, %r: tensor<8x64xf16>, %g: tensor<64xf16>) -> tensor<8x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<8x64xf16>
  %v = tensor.empty() : tensor<8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x64xf16>, tensor<8x64xf16>) outs(%h : tensor<8x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<8x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x64xf16>) outs(%z : tensor<8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<8x64xf16>, tensor<8xf32>, tensor<64xf16>) outs(%h : tensor<8x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<8x64xf16>
  return %o : tensor<8x64xf16>
}

// CHECK-LABEL: func @rank_3
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x8x64xf16>, %[[R:[^:]*]]: tensor<2x8x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<2x8x64xf16>, tensor<2x8x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @rank_3(%x: tensor<2x8x64xf16>, %r: tensor<2x8x64xf16>, %g: tensor<64xf16>) -> tensor<2x8x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<2x8x64xf16>
  %v = tensor.empty() : tensor<2x8x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<2x8x64xf16>, tensor<2x8x64xf16>) outs(%h : tensor<2x8x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<2x8x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<2x8x64xf16>) outs(%z : tensor<2x8x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<2x8x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<2x8x64xf16>, tensor<2x8x1xf32>, tensor<64xf16>) outs(%h : tensor<2x8x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<2x8x64xf16>
  return %o : tensor<2x8x64xf16>
}

// CHECK-LABEL: func @rank_4
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3x8x64xf16>, %[[R:[^:]*]]: tensor<2x3x8x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<2x3x8x64xf16>, tensor<2x3x8x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @rank_4(%x: tensor<2x3x8x64xf16>, %r: tensor<2x3x8x64xf16>, %g: tensor<64xf16>) -> tensor<2x3x8x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<2x3x8x64xf16>
  %v = tensor.empty() : tensor<2x3x8x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (i, j, k, l)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x, %r : tensor<2x3x8x64xf16>, tensor<2x3x8x64xf16>) outs(%h : tensor<2x3x8x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<2x3x8x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<2x3x8x1xf32>) -> tensor<2x3x8x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (i, j, k, 0)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%s : tensor<2x3x8x64xf16>) outs(%z : tensor<2x3x8x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<2x3x8x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (i, j, k, 0)>, affine_map<(i, j, k, l) -> (l)>, affine_map<(i, j, k, l) -> (i, j, k, l)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<2x3x8x64xf16>, tensor<2x3x8x1xf32>, tensor<64xf16>) outs(%h : tensor<2x3x8x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<2x3x8x64xf16>
  return %o : tensor<2x3x8x64xf16>
}

// Unit dimensions.
// CHECK-LABEL: func @unit_rows
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x1x64xf16>, %[[R:[^:]*]]: tensor<1x1x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<1x1x64xf16>, tensor<1x1x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @unit_rows(%x: tensor<1x1x64xf16>, %r: tensor<1x1x64xf16>, %g: tensor<64xf16>) -> tensor<1x1x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<1x1x64xf16>
  %v = tensor.empty() : tensor<1x1x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<1x1x64xf16>, tensor<1x1x64xf16>) outs(%h : tensor<1x1x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<1x1x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<1x1x64xf16>) outs(%z : tensor<1x1x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<1x1x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<1x1x64xf16>, tensor<1x1x1xf32>, tensor<64xf16>) outs(%h : tensor<1x1x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<1x1x64xf16>
  return %o : tensor<1x1x64xf16>
}

// CHECK-LABEL: func @unit_row_dropped
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x8x64xf16>, %[[R:[^:]*]]: tensor<1x8x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<1x8x64xf16>, tensor<1x8x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @unit_row_dropped(%x: tensor<1x8x64xf16>, %r: tensor<1x8x64xf16>, %g: tensor<64xf16>) -> tensor<1x8x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<1x8x64xf16>
  %v = tensor.empty() : tensor<1x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<1x8x64xf16>, tensor<1x8x64xf16>) outs(%h : tensor<1x8x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<1x8x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<1x8xf32>) -> tensor<1x8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<1x8x64xf16>) outs(%z : tensor<1x8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<1x8xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<1x8x64xf16>, tensor<1x8xf32>, tensor<64xf16>) outs(%h : tensor<1x8x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<1x8x64xf16>
  return %o : tensor<1x8x64xf16>
}

// CHECK-LABEL: func @unit_between
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x1x64xf16>, %[[R:[^:]*]]: tensor<8x1x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x1x64xf16>, tensor<8x1x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @unit_between(%x: tensor<8x1x64xf16>, %r: tensor<8x1x64xf16>, %g: tensor<64xf16>) -> tensor<8x1x64xf16> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<8x1x64xf16>
  %v = tensor.empty() : tensor<8x1x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<8x1x64xf16>, tensor<8x1x64xf16>) outs(%h : tensor<8x1x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<8x1x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8x1x1xf32>) -> tensor<8x1x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<8x1x64xf16>) outs(%z : tensor<8x1x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8x1x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<8x1x64xf16>, tensor<8x1x1xf32>, tensor<64xf16>) outs(%h : tensor<8x1x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<8x1x64xf16>
  return %o : tensor<8x1x64xf16>
}

// Dynamic rows.
// CHECK-LABEL: func @dynamic_rows
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x64xf16>, %[[R:[^:]*]]: tensor<?x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x64xf16>, tensor<?x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @dynamic_rows(%x: tensor<?x64xf16>, %r: tensor<?x64xf16>, %g: tensor<64xf16>) -> tensor<?x64xf16> {
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

// CHECK-LABEL: func @dynamic_batch_and_sequence
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?x64xf16>, %[[R:[^:]*]]: tensor<?x?x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x?x64xf16>, tensor<?x?x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @dynamic_batch_and_sequence(%x: tensor<?x?x64xf16>, %r: tensor<?x?x64xf16>, %g: tensor<64xf16>) -> tensor<?x?x64xf16> {
  %k0 = arith.constant 0 : index
  %d0 = tensor.dim %x, %k0 : tensor<?x?x64xf16>
  %k1 = arith.constant 1 : index
  %d1 = tensor.dim %x, %k1 : tensor<?x?x64xf16>
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %h = tensor.empty(%d0, %d1) : tensor<?x?x64xf16>
  %v = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<?x?x64xf16>, tensor<?x?x64xf16>) outs(%h : tensor<?x?x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<?x?x64xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?x?xf32>) -> tensor<?x?xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<?x?x64xf16>) outs(%z : tensor<?x?xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<?x?xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<?x?x64xf16>, tensor<?x?xf32>, tensor<64xf16>) outs(%h : tensor<?x?x64xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<?x?x64xf16>
  return %o : tensor<?x?x64xf16>
}

// Dynamic row length: the divisor is the size of the reduced dimension.
// CHECK-LABEL: func @dynamic_all
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?x?xf16>, %[[R:[^:]*]]: tensor<?x?x?xf16>, %[[G:[^:]*]]: tensor<?xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<?x?x?xf16>, tensor<?x?x?xf16>) gamma(%[[G]] : tensor<?xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @dynamic_all(%x: tensor<?x?x?xf16>, %r: tensor<?x?x?xf16>, %g: tensor<?xf16>) -> tensor<?x?x?xf16> {
  %k0 = arith.constant 0 : index
  %d0 = tensor.dim %x, %k0 : tensor<?x?x?xf16>
  %k1 = arith.constant 1 : index
  %d1 = tensor.dim %x, %k1 : tensor<?x?x?xf16>
  %k2 = arith.constant 2 : index
  %d2 = tensor.dim %x, %k2 : tensor<?x?x?xf16>
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %ni = arith.index_cast %d2 : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %h = tensor.empty(%d0, %d1, %d2) : tensor<?x?x?xf16>
  %v = tensor.empty(%d0, %d1) : tensor<?x?x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<?x?x?xf16>, tensor<?x?x?xf16>) outs(%h : tensor<?x?x?xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<?x?x?xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<?x?x?xf16>) outs(%z : tensor<?x?x1xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<?x?x1xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %q, %g : tensor<?x?x?xf16>, tensor<?x?x1xf32>, tensor<?xf16>) outs(%h : tensor<?x?x?xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<?x?x?xf16>
  return %o : tensor<?x?x?xf16>
}

// CHECK-LABEL: func @dynamic_row_length
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x?xf16>, %[[R:[^:]*]]: tensor<8x?xf16>, %[[G:[^:]*]]: tensor<?xf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x?xf16>, tensor<8x?xf16>) gamma(%[[G]] : tensor<?xf16>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @dynamic_row_length(%x: tensor<8x?xf16>, %r: tensor<8x?xf16>, %g: tensor<?xf16>) -> tensor<8x?xf16> {
  %k1 = arith.constant 1 : index
  %d1 = tensor.dim %x, %k1 : tensor<8x?xf16>
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %ni = arith.index_cast %d1 : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %h = tensor.empty(%d1) : tensor<8x?xf16>
  %v = tensor.empty() : tensor<8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x?xf16>, tensor<8x?xf16>) outs(%h : tensor<8x?xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<8x?xf16>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x?xf16>) outs(%z : tensor<8xf32>) {
    ^bb0(%in: f16, %out: f32):
      %w = arith.extf %in : f16 to f32
      %sq = arith.mulf %w, %w : f32
      %sum = arith.addf %sq, %out : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %q, %g : tensor<8x?xf16>, tensor<8xf32>, tensor<?xf16>) outs(%h : tensor<8x?xf16>) {
    ^bb0(%in: f16, %sum: f32, %scale: f16, %out: f16):
      %w = arith.extf %in : f16 to f32
      %mean = arith.divf %sum, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      %u = arith.mulf %w, %rstd : f32
      %un = arith.truncf %u : f32 to f16
      %p = arith.mulf %un, %scale : f16
      linalg.yield %p : f16
    } -> tensor<8x?xf16>
  return %o : tensor<8x?xf16>
}
