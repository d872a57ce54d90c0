// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s --check-prefix=WIDEN

// The norm reads f16(x + r), another reader the unrounded sum. Keeping roundings, the op's sum output
// is the rounded one and cannot take its place; otherwise it is the sum itself.
// CHECK: %[[Y:[0-9]+]] = addnorm.rms_norm(%arg0, %arg1 :
// CHECK-NOT: sum(
// CHECK-SAME: sum_type = f16
// CHECK: %[[SUM:.*]] = arith.addf %arg0, %arg1
// CHECK: return %[[Y]], %[[SUM]]

// WIDEN-NOT: arith.addf
// WIDEN: %[[Y:.*]]:2 = addnorm.rms_norm(%arg0, %arg1 :
// WIDEN-SAME: sum(%{{.*}} : tensor<8x64xf32>)
// WIDEN: return %[[Y]]#0, %[[Y]]#1
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @f(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t32 = arith.addf %x, %r : tensor<8x64xf32>
  %t16 = arith.truncf %t32 : tensor<8x64xf32> to tensor<8x64xf16>
  %t = arith.extf %t16 : tensor<8x64xf16> to tensor<8x64xf32>
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
  return %y, %t32 : tensor<8x64xf32>, tensor<8x64xf32>
}
