// RUN: %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Programs that a law of algebra applied too freely would take for the norm.
// CHECK-NOT: addnorm.rms_norm

// S[i] = mean_j (c[i]+z[j])^2 ; y[i] = (c[i]+z[i]) * rsqrt(S[i]+eps): not an RMSNorm (each i has its own statistic)
#i = affine_map<(d0,d1)->(d0)>
#j = affine_map<(d0,d1)->(d1)>
#ij = affine_map<(d0,d1)->(d0,d1)>
#v = affine_map<(d0)->(d0)>
func.func @free_last_dim(%c: tensor<64xf32>, %z: tensor<64xf32>) -> tensor<64xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e2 = tensor.empty() : tensor<64x64xf32>
  %e1 = tensor.empty() : tensor<64xf32>
  %o = linalg.generic {indexing_maps=[#i,#j,#ij], iterator_types=["parallel","parallel"]} ins(%c,%z: tensor<64xf32>,tensor<64xf32>) outs(%e2: tensor<64x64xf32>) {
    ^bb0(%a: f32, %b: f32, %x: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<64x64xf32>
  %f = linalg.fill ins(%zero: f32) outs(%e1: tensor<64xf32>) -> tensor<64xf32>
  %sum = linalg.generic {indexing_maps=[#ij,#i], iterator_types=["parallel","reduction"]} ins(%o: tensor<64x64xf32>) outs(%f: tensor<64xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<64xf32>
  %y = linalg.generic {indexing_maps=[#v,#v,#v,#v], iterator_types=["parallel"]} ins(%c,%z,%sum: tensor<64xf32>,tensor<64xf32>,tensor<64xf32>) outs(%e1: tensor<64xf32>) {
    ^bb0(%a: f32, %b: f32, %q: f32, %x: f32):
    %t = arith.addf %a, %b : f32
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %r = math.rsqrt %me : f32
    %u = arith.mulf %t, %r : f32
    linalg.yield %u : f32 } -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// -----

// result 0 adds to the accumulator of result 1: %sum is not the sum of squares
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @foreign_accumulator(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum, %other = linalg.generic {indexing_maps=[#id,#row,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f,%f: tensor<8xf32>,tensor<8xf32>) {
    ^bb0(%a: f32, %acc0: f32, %acc1: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc1, %q : f32
    linalg.yield %s, %acc1 : f32, f32 } -> (tensor<8xf32>,tensor<8xf32>)
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

// only column 0 of %sum is written, the others stay 0
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @out_map_zero(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %f2 = linalg.fill ins(%zero: f32) outs(%e: tensor<8x64xf32>) -> tensor<8x64xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#k0], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f2: tensor<8x64xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %y = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>,tensor<8x64xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// numerator from sitofp(i), statistic from uitofp(i)
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @signed_unsigned(%i: tensor<8x64xi8>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %xs = arith.sitofp %i : tensor<8x64xi8> to tensor<8x64xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%i,%r: tensor<8x64xi8>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: i8, %b: f32, %o: f32):
    %c = arith.sitofp %a : i8 to f32
    %s = arith.addf %c, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %tu = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%i,%r: tensor<8x64xi8>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: i8, %b: f32, %o: f32):
    %c = arith.uitofp %a : i8 to f32
    %s = arith.addf %c, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%tu: tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
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

// t = sqrt(x+r)^2, NaN where x+r < 0 in the source
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @sqrt_squared(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %c = arith.addf %a, %b : f32
    %d = math.sqrt %c : f32
    %s = arith.mulf %d, %d : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
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
