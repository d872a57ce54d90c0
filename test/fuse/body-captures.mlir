// RUN: %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Bodies that read more than their inputs: what they compute is not what it looks like, or has to be
// taken along.

// The body adds the running value of another result, a prefix sum: no bias.
#id = affine_map<(d0,d1)->(d0,d1)>
#c = affine_map<(d0,d1)->(d1)>
#r = affine_map<(d0,d1)->(d0)>
#b = affine_map<(d0,d1)->(d0)>
// CHECK-LABEL: func @prefix_sum_of_other_result
// CHECK-NOT: addnorm.rms_norm
// CHECK: return
func.func @prefix_sum_of_other_result(%x: tensor<8x8xf32>, %b: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>) {
  %z = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %t:2 = linalg.generic {indexing_maps=[#id,#id,#c], iterator_types=["reduction","parallel"]} ins(%x: tensor<8x8xf32>) outs(%e, %b : tensor<8x8xf32>, tensor<8xf32>) {
  ^bb0(%xi: f32, %o: f32, %acc: f32):
    %s = arith.addf %xi, %acc : f32
    linalg.yield %s, %s : f32, f32
  } -> (tensor<8x8xf32>, tensor<8xf32>)
  %f = linalg.fill ins(%z: f32) outs(%e1: tensor<8xf32>) -> tensor<8xf32>
  %ss = linalg.generic {indexing_maps=[#id,#r], iterator_types=["parallel","reduction"]} ins(%t#0: tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%xi: f32, %acc: f32):
    %q = arith.mulf %xi, %xi : f32
    %s = arith.addf %q, %acc : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#r,#id], iterator_types=["parallel","parallel"]} ins(%t#0, %ss: tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%xi: f32, %si: f32, %o: f32):
    %m = arith.divf %si, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %s = arith.mulf %xi, %rs : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %y, %t#1 : tensor<8x8xf32>, tensor<8xf32>
}

// -----

// The body multiplies by the running value of another result, a column sum: no gamma.
#id = affine_map<(d0,d1)->(d0,d1)>
#tr = affine_map<(d0,d1)->(d1,d0)>
#r = affine_map<(d0,d1)->(d0)>
#c = affine_map<(d0,d1)->(d1)>
#v = affine_map<(d0)->(d0)>
// CHECK-LABEL: func @running_value_as_gamma
// CHECK-NOT: gamma
// CHECK: return
func.func @running_value_as_gamma(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x, %r: tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %e1t = tensor.empty() : tensor<8xf32>
  %eot = tensor.empty() : tensor<8x8xf32>
  %nt = arith.constant 8.0 : f32
  %epst = arith.constant 1.0e-5 : f32
  %ft = linalg.fill ins(%z: f32) outs(%e1t: tensor<8xf32>) -> tensor<8xf32>
  %sst = linalg.generic {indexing_maps=[#id,#r], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x8xf32>) outs(%ft : tensor<8xf32>) {
  ^bb0(%xi: f32, %acc: f32):
    %q1 = arith.mulf %xi, %xi : f32
    %s = arith.addf %q1, %acc : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %rst = linalg.generic {indexing_maps=[#v,#v], iterator_types=["parallel"]} ins(%sst: tensor<8xf32>) outs(%e1t : tensor<8xf32>) {
  ^bb0(%si: f32, %o: f32):
    %m = arith.divf %si, %nt : f32
    %me = arith.addf %m, %epst : f32
    %rs = math.rsqrt %me : f32
    linalg.yield %rs : f32
  } -> tensor<8xf32>
  %w:2 = linalg.generic {indexing_maps=[#id,#r,#id,#c], iterator_types=["reduction","parallel"]} ins(%t,%rst: tensor<8x8xf32>,tensor<8xf32>) outs(%e,%g : tensor<8x8xf32>,tensor<8xf32>) {
  ^bb0(%a: f32, %ra: f32, %o: f32, %o2: f32):
    %m1 = arith.mulf %a, %ra : f32
    %m3 = arith.addf %m1, %o2 : f32
    %m4 = arith.mulf %m1, %o2 : f32
    linalg.yield %m4, %m3 : f32, f32
  } -> (tensor<8x8xf32>,tensor<8xf32>)
  return %w#0, %w#1 : tensor<8x8xf32>, tensor<8xf32>
}

// -----

// The result of a guard is not as long as the largest: its readers do not ask for that, so the divisor
// is not the row length.
#id = affine_map<(d0,d1)->(d0,d1)>
#u = affine_map<(d0,d1)->(d0,0)>
#r = affine_map<(d0,d1)->(d0)>
// CHECK-LABEL: func @guard_shorter_than_the_largest
// CHECK-NOT: addnorm.rms_norm
// CHECK: return
func.func @guard_shorter_than_the_largest(%x: tensor<4x?xf32>, %r: tensor<4x?xf32>, %zz: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %dx = tensor.dim %x, %c1 : tensor<4x?xf32>
  %dr = tensor.dim %r, %c1 : tensor<4x?xf32>
  %dz = tensor.dim %zz, %c1 : tensor<4x?xf32>
  %mx = arith.maxui %dx, %dz : index
  %is1 = arith.cmpi eq, %dx, %c1 : index
  %gx = scf.if %is1 -> tensor<4x?xf32> {
    %em = tensor.empty(%mx) : tensor<4x?xf32>
    %bx = linalg.generic {indexing_maps=[#u,#id], iterator_types=["parallel","parallel"]} ins(%x: tensor<4x?xf32>) outs(%em: tensor<4x?xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    } -> tensor<4x?xf32>
    scf.yield %bx : tensor<4x?xf32>
  } else {
    scf.yield %x : tensor<4x?xf32>
  }
  %e = tensor.empty(%dr) : tensor<4x?xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%gx, %r: tensor<4x?xf32>, tensor<4x?xf32>) outs(%e : tensor<4x?xf32>) {
  ^bb0(%xi: f32, %ri: f32, %o: f32):
    %s = arith.addf %xi, %ri : f32
    linalg.yield %s : f32
  } -> tensor<4x?xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%z: f32) outs(%e1: tensor<4xf32>) -> tensor<4xf32>
  %ss = linalg.generic {indexing_maps=[#id,#r], iterator_types=["parallel","reduction"]} ins(%t: tensor<4x?xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%xi: f32, %acc: f32):
    %q = arith.mulf %xi, %xi : f32
    %s = arith.addf %q, %acc : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %em9 = tensor.empty(%mx) : tensor<?xf32>
  %dm9 = tensor.dim %em9, %c0 : tensor<?xf32>
  %ni = arith.index_cast %dm9 : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %y = linalg.generic {indexing_maps=[#id,#r,#id], iterator_types=["parallel","parallel"]} ins(%t, %ss: tensor<4x?xf32>, tensor<4xf32>) outs(%e : tensor<4x?xf32>) {
  ^bb0(%xi: f32, %si: f32, %o: f32):
    %m = arith.divf %si, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %s = arith.mulf %xi, %rs : f32
    linalg.yield %s : f32
  } -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// -----

// An addend in the body of an op with two results that are written in different orders.
#id = affine_map<(d0,d1)->(d0,d1)>
#tr = affine_map<(d0,d1)->(d1,d0)>
#r = affine_map<(d0,d1)->(d0)>
#c = affine_map<(d0,d1)->(d1)>
#v = affine_map<(d0)->(d0)>
// CHECK-LABEL: func @addend_in_body_of_second_result
// CHECK: %[[A:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}], {{.*}}} ins(%{{.*}} : tensor<8x8xf32>)
// CHECK: addnorm.rms_norm(
// CHECK: return
func.func @addend_in_body_of_second_result(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %t:2 = linalg.generic {indexing_maps=[#id,#tr,#id,#tr], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x8xf32>,tensor<8x8xf32>) outs(%e,%e : tensor<8x8xf32>,tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32,%o: f32,%o2: f32):
    %v = math.exp %a : f32
    %v2 = math.sin %b : f32
    %s = arith.addf %v, %v2 : f32
    linalg.yield %v, %s : f32,f32
  } -> (tensor<8x8xf32>,tensor<8x8xf32>)
  %e1t = tensor.empty() : tensor<8xf32>
  %eot = tensor.empty() : tensor<8x8xf32>
  %nt = arith.constant 8.0 : f32
  %epst = arith.constant 1.0e-5 : f32
  %ft = linalg.fill ins(%z: f32) outs(%e1t: tensor<8xf32>) -> tensor<8xf32>
  %sst = linalg.generic {indexing_maps=[#id,#r], iterator_types=["parallel","reduction"]} ins(%t#1: tensor<8x8xf32>) outs(%ft : tensor<8xf32>) {
  ^bb0(%xi: f32, %acc: f32):
    %q1 = arith.mulf %xi, %xi : f32
    %s = arith.addf %q1, %acc : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %rst = linalg.generic {indexing_maps=[#v,#v], iterator_types=["parallel"]} ins(%sst: tensor<8xf32>) outs(%e1t : tensor<8xf32>) {
  ^bb0(%si: f32, %o: f32):
    %m = arith.divf %si, %nt : f32
    %me = arith.addf %m, %epst : f32
    %rs = math.rsqrt %me : f32
    linalg.yield %rs : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#r,#id], iterator_types=["parallel","parallel"]} ins(%t#1, %rst: tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %y, %t#0, %t#1 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// An addend in a body that reads a scalar from outside.
#id = affine_map<(d0,d1)->(d0,d1)>
#r = affine_map<(d0,d1)->(d0)>
// CHECK-LABEL: func @addend_in_body_with_capture
// CHECK: addnorm.rms_norm(
// CHECK: return
func.func @addend_in_body_with_capture(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %q: tensor<f32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %z = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%z: f32) outs(%e1: tensor<8xf32>) -> tensor<8xf32>
  %c0 = tensor.extract %q[] : tensor<f32>
  %c = math.sin %c0 : f32
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x, %r: tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%xi: f32, %ri: f32, %o: f32):
    %v = math.atan2 %xi, %c : f32
    %s = arith.addf %v, %ri : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %ss = linalg.generic {indexing_maps=[#id,#r], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%xi: f32, %acc: f32):
    %q1 = arith.mulf %xi, %xi : f32
    %s = arith.addf %q1, %acc : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#r,#id], iterator_types=["parallel","parallel"]} ins(%t, %ss: tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%xi: f32, %si: f32, %o: f32):
    %m = arith.divf %si, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %s = arith.mulf %xi, %rs : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %y, %t : tensor<8x8xf32>, tensor<8x8xf32>
}
