// The sums between fused ops become f32; what else reads them gets one rounding.
// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @two_layers
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf16>, %[[A:.*]]: tensor<8x64xf16>, %[[B:.*]]: tensor<8x64xf16>, %[[G:.*]]: tensor<64xf16>)
// CHECK: %[[WIDE:.*]] = tensor.empty() : tensor<8x64xf32>
// CHECK: %[[FIRST:.*]]:2 = addnorm.rms_norm(%[[X]], %[[A]] : tensor<8x64xf16>, tensor<8x64xf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<8x64xf16>) sum(%[[WIDE]] : tensor<8x64xf32>)
// CHECK: %[[SECOND:.*]]:2 = addnorm.rms_norm(%[[FIRST]]#1, %[[B]] : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK-SAME: sum(%{{.*}} : tensor<8x64xf16>)
// CHECK: return %[[FIRST]]#0, %[[SECOND]]#0, %[[SECOND]]#1 : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>
func.func @two_layers(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<8x64xf16>,
    %g: tensor<64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>)
      gamma(%g : tensor<64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %y2, %s2 = addnorm.rms_norm(%s1, %b : tensor<8x64xf16>, tensor<8x64xf16>)
      gamma(%g : tensor<64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  return %y1, %y2, %s2 : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// A matmul and a public result read the same rounded copy; the size is read off the stream.
// CHECK-LABEL: func.func @other_readers
// CHECK: %[[FIRST:.*]]:2 = addnorm.rms_norm
// CHECK-SAME: sum(%{{.*}} : tensor<?x64xf32>)
// CHECK: %[[ROUNDED:.*]] = linalg.generic
// CHECK-SAME: ins(%[[FIRST]]#1 : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xf16>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: tensor.dim %[[FIRST]]#1
// CHECK: linalg.matmul ins(%[[ROUNDED]], %{{.*}} : tensor<?x64xf16>, tensor<64x64xf16>)
// CHECK: addnorm.rms_norm(%[[FIRST]]#1, %{{.*}} : tensor<?x64xf32>, tensor<?x64xf16>)
// CHECK: return %[[ROUNDED]], %
func.func @other_readers(%x: tensor<?x64xf16>, %a: tensor<?x64xf16>, %w: tensor<64x64xf16>,
    %e: tensor<?x64xf16>) -> (tensor<?x64xf16>, tensor<?x64xf16>) {
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<?x64xf16>) sum(%e : tensor<?x64xf16>)
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %s1, %c0 : tensor<?x64xf16>
  %out = tensor.empty(%rows) : tensor<?x64xf16>
  %m = linalg.matmul ins(%s1, %w : tensor<?x64xf16>, tensor<64x64xf16>)
      outs(%out : tensor<?x64xf16>) -> tensor<?x64xf16>
  %y2 = addnorm.rms_norm(%s1, %m : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<?x64xf16>)
  return %s1, %y2 : tensor<?x64xf16>, tensor<?x64xf16>
}

// -----

// Nothing adds to this sum again, and who reads it through views and copies wants f16.
// CHECK-LABEL: func.func @no_further_add
// CHECK-NOT: f32
// CHECK: return
func.func @no_further_add(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %w: tensor<64x8xf16>)
    -> (tensor<512xf16>, tensor<8x8xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %s = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %v = tensor.collapse_shape %s [[0, 1]] : tensor<8x64xf16> into tensor<512xf16>
  %c = linalg.copy ins(%s : tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %f = tensor.empty() : tensor<8x8xf16>
  %m = linalg.matmul ins(%c, %w : tensor<8x64xf16>, tensor<64x8xf16>) outs(%f : tensor<8x8xf16>) -> tensor<8x8xf16>
  return %v, %m : tensor<512xf16>, tensor<8x8xf16>
}
