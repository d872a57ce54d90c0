// RUN: %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Sizes that are not the row length, shapes that are not the addends', and IR that takes care to walk.
// CHECK-NOT: addnorm.rms_norm

// N = 257, divided by N-1 = 256 (unbiased) in f32
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @n_minus_1(%x: tensor<8x257xf32>, %r: tensor<8x257xf32>) -> (tensor<8x257xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 257.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %nm1 = arith.constant 256.0 : f32
  %e = tensor.empty() : tensor<8x257xf32>
  %ey = tensor.empty() : tensor<8x257xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x257xf32>,tensor<8x257xf32>) outs(%e: tensor<8x257xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x257xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x257xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x257xf32>, tensor<8xf32>) outs(%ey: tensor<8x257xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %nm1 : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x257xf32>
  return %y : tensor<8x257xf32>
}

// -----

// the divisor is the size of the reduced dimension after the reduction (1), not N
func.func @tosa_reduced_dim(%x: tensor<8x?xf32>, %r: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %eps = "tosa.const"() {values = dense<1.0e-5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sh = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c1 = arith.constant 1 : index
  %t = tosa.add %x, %r : (tensor<8x?xf32>, tensor<8x?xf32>) -> tensor<8x?xf32>
  %q = tosa.mul %t, %t, %sh : (tensor<8x?xf32>, tensor<8x?xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<8x?xf32>) -> tensor<8x?xf32>
  %d = tensor.dim %s, %c1 : tensor<8x?xf32>
  %di = arith.index_cast %d : index to i64
  %df = arith.sitofp %di : i64 to f32
  %dt = tensor.splat %df : tensor<1x1xf32>
  %rc = tosa.reciprocal %dt : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %m = tosa.mul %s, %rc, %sh : (tensor<8x?xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  %me = tosa.add %m, %eps : (tensor<8x?xf32>, tensor<1x1xf32>) -> tensor<8x?xf32>
  %rs = tosa.rsqrt %me : (tensor<8x?xf32>) -> tensor<8x?xf32>
  %y = tosa.mul %t, %rs, %sh : (tensor<8x?xf32>, tensor<8x?xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}

// -----

// the divisor is N modulo 256 (index_cast to i8), taken for N
func.func @narrow_index_cast(%x: tensor<8x?xf32>, %r: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %eps = "tosa.const"() {values = dense<1.0e-5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sh = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c1 = arith.constant 1 : index
  %t = tosa.add %x, %r : (tensor<8x?xf32>, tensor<8x?xf32>) -> tensor<8x?xf32>
  %q = tosa.mul %t, %t, %sh : (tensor<8x?xf32>, tensor<8x?xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<8x?xf32>) -> tensor<8x?xf32>
  %d = tensor.dim %t, %c1 : tensor<8x?xf32>
  %di = arith.index_cast %d : index to i8
  %df = arith.sitofp %di : i8 to f32
  %dt = tensor.splat %df : tensor<1x1xf32>
  %rc = tosa.reciprocal %dt : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %m = tosa.mul %s, %rc, %sh : (tensor<8x?xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  %me = tosa.add %m, %eps : (tensor<8x?xf32>, tensor<1x1xf32>) -> tensor<8x?xf32>
  %rs = tosa.rsqrt %me : (tensor<8x?xf32>) -> tensor<8x?xf32>
  %y = tosa.mul %t, %rs, %sh : (tensor<8x?xf32>, tensor<8x?xf32>, tensor<1xi8>) -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}

// -----

// the norm of row 0 of x + r, which have any number of rows
#id = affine_map<(d0,d1)->(d0,d1)>
#b = affine_map<(d0,d1)->(0,d1)>
#row = affine_map<(d0,d1)->(d0)>
func.func @row_zero(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>) -> tensor<1x64xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%d) : tensor<?x64xf32>
  %e = tensor.empty() : tensor<1x64xf32>
  %ev = tensor.empty() : tensor<1xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<1xf32>) -> tensor<1xf32>
  %t0 = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<?x64xf32>,tensor<?x64xf32>) outs(%e0: tensor<?x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<?x64xf32>
  %t = linalg.generic {indexing_maps=[#b,#id], iterator_types=["parallel","parallel"]} ins(%t0: tensor<?x64xf32>) outs(%e: tensor<1x64xf32>) {
    ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32 } -> tensor<1x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<1x64xf32>) outs(%f: tensor<1xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<1xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t,%sum: tensor<1x64xf32>,tensor<1xf32>) outs(%e: tensor<1x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %r2 = math.rsqrt %me : f32
    %u = arith.mulf %a, %r2 : f32
    linalg.yield %u : f32 } -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// -----

// f64 statistic with epsilon 1e-60: finite for a zero row, epsilon becomes 0 and y NaN
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @f64_epsilon(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %n64 = arith.constant 64.0 : f64
  %eps64 = arith.constant 1.0e-60 : f64
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %q64 = arith.extf %q : f32 to f64
    %m = arith.divf %q64, %n64 : f64
    %me = arith.addf %m, %eps64 : f64
    %rs64 = math.rsqrt %me : f64
    %a64 = arith.extf %a : f32 to f64
    %u64 = arith.mulf %a64, %rs64 : f64
    %u = arith.truncf %u64 : f64 to f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// an unranked epsilon is no scalar
func.func @tosa_unranked(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>, %eps: tensor<*xf32>) -> tensor<8x64xf32> {
  %n = "tosa.const"() {values = dense<0.015625> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sh = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %t = tosa.add %x, %r : (tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  %q = tosa.mul %t, %t, %sh : (tensor<8x64xf32>, tensor<8x64xf32>, tensor<1xi8>) -> tensor<8x64xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  %m = tosa.mul %s, %n, %sh : (tensor<8x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<8x1xf32>
  %me = tosa.add %m, %eps : (tensor<8x1xf32>, tensor<*xf32>) -> tensor<8x1xf32>
  %rs = tosa.rsqrt %me : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %y = tosa.mul %t, %rs, %sh : (tensor<8x64xf32>, tensor<8x1xf32>, tensor<1xi8>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

func.func @rob_tosa_transpose(%x: tensor<*xf32>) -> tensor<?x?xf32> {
  %i = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<*xf32>) -> tensor<?x?xf32>
  return %i : tensor<?x?xf32>
}

// -----

// a body of 35 ops: unknown op, then squared 34 times
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @hang_body(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %v0 = math.exp %a : f32
    %v1 = arith.mulf %v0, %v0 : f32
    %v2 = arith.mulf %v1, %v1 : f32
    %v3 = arith.mulf %v2, %v2 : f32
    %v4 = arith.mulf %v3, %v3 : f32
    %v5 = arith.mulf %v4, %v4 : f32
    %v6 = arith.mulf %v5, %v5 : f32
    %v7 = arith.mulf %v6, %v6 : f32
    %v8 = arith.mulf %v7, %v7 : f32
    %v9 = arith.mulf %v8, %v8 : f32
    %v10 = arith.mulf %v9, %v9 : f32
    %v11 = arith.mulf %v10, %v10 : f32
    %v12 = arith.mulf %v11, %v11 : f32
    %v13 = arith.mulf %v12, %v12 : f32
    %v14 = arith.mulf %v13, %v13 : f32
    %v15 = arith.mulf %v14, %v14 : f32
    %v16 = arith.mulf %v15, %v15 : f32
    %v17 = arith.mulf %v16, %v16 : f32
    %v18 = arith.mulf %v17, %v17 : f32
    %v19 = arith.mulf %v18, %v18 : f32
    %v20 = arith.mulf %v19, %v19 : f32
    %v21 = arith.mulf %v20, %v20 : f32
    %v22 = arith.mulf %v21, %v21 : f32
    %v23 = arith.mulf %v22, %v22 : f32
    %v24 = arith.mulf %v23, %v23 : f32
    %v25 = arith.mulf %v24, %v24 : f32
    %v26 = arith.mulf %v25, %v25 : f32
    %v27 = arith.mulf %v26, %v26 : f32
    %v28 = arith.mulf %v27, %v27 : f32
    %v29 = arith.mulf %v28, %v28 : f32
    %v30 = arith.mulf %v29, %v29 : f32
    %v31 = arith.mulf %v30, %v30 : f32
    %v32 = arith.mulf %v31, %v31 : f32
    %v33 = arith.mulf %v32, %v32 : f32
    %v34 = arith.mulf %v33, %v33 : f32
    linalg.yield %v34 : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// sizes: m = maxui(m, m), 34 deep
func.func @hang_size(%n: index, %x: tensor<?xf32>) -> tensor<?xf32> {
  %m0 = arith.maxui %n, %n : index
  %m1 = arith.maxui %m0, %m0 : index
  %m2 = arith.maxui %m1, %m1 : index
  %m3 = arith.maxui %m2, %m2 : index
  %m4 = arith.maxui %m3, %m3 : index
  %m5 = arith.maxui %m4, %m4 : index
  %m6 = arith.maxui %m5, %m5 : index
  %m7 = arith.maxui %m6, %m6 : index
  %m8 = arith.maxui %m7, %m7 : index
  %m9 = arith.maxui %m8, %m8 : index
  %m10 = arith.maxui %m9, %m9 : index
  %m11 = arith.maxui %m10, %m10 : index
  %m12 = arith.maxui %m11, %m11 : index
  %m13 = arith.maxui %m12, %m12 : index
  %m14 = arith.maxui %m13, %m13 : index
  %m15 = arith.maxui %m14, %m14 : index
  %m16 = arith.maxui %m15, %m15 : index
  %m17 = arith.maxui %m16, %m16 : index
  %m18 = arith.maxui %m17, %m17 : index
  %m19 = arith.maxui %m18, %m18 : index
  %m20 = arith.maxui %m19, %m19 : index
  %m21 = arith.maxui %m20, %m20 : index
  %m22 = arith.maxui %m21, %m21 : index
  %m23 = arith.maxui %m22, %m22 : index
  %m24 = arith.maxui %m23, %m23 : index
  %m25 = arith.maxui %m24, %m24 : index
  %m26 = arith.maxui %m25, %m25 : index
  %m27 = arith.maxui %m26, %m26 : index
  %m28 = arith.maxui %m27, %m27 : index
  %m29 = arith.maxui %m28, %m28 : index
  %m30 = arith.maxui %m29, %m29 : index
  %m31 = arith.maxui %m30, %m30 : index
  %m32 = arith.maxui %m31, %m31 : index
  %m33 = arith.maxui %m32, %m32 : index
  %m34 = arith.maxui %m33, %m33 : index
  %c0 = arith.constant 0 : index
  %e = tensor.empty(%m34) : tensor<?xf32>
  %d = tensor.dim %e, %c0 : tensor<?xf32>
  %i = arith.index_cast %d : index to i64
  %q = arith.sitofp %i : i64 to f32
  %y = tensor.splat %q[%n] : tensor<?xf32>
  return %y : tensor<?xf32>
}
