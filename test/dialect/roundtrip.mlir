// RUN: %mlir_opt_plugin %s | %mlir_opt_plugin | FileCheck %s
// RUN: addnorm-opt %s --mlir-print-op-generic | addnorm-opt | FileCheck %s

// Every operand and attribute at once, in textual and in generic form.
// CHECK-LABEL: @all
// CHECK: addnorm.rms_norm(%{{.*}}, %{{.*}}, %[[B:.*]] : tensor<8x64xf16>, tensor<8x64xf32>, tensor<64xbf16>)
// CHECK-SAME: scales [1.000000e+00, %[[SCALE:.*]], 5.000000e-01]
// CHECK-SAME: gamma(%{{.*}} : tensor<64xf32>) epsilon %[[EPS:.*]] outs(%{{.*}} : tensor<8x64xf16>)
// CHECK-SAME: sum(%{{.*}} : tensor<8x64xf32>) rstd(%{{.*}} : tensor<8x1xf32>)
// CHECK-SAME: {chunk = 32 : i64, gamma_offset = 1.000000e+00 : f32, lanes = 16 : i64, norm_type = bf16, sum_type = f16}
func.func @all(%x: tensor<8x64xf16>, %r: tensor<8x64xf32>, %b: tensor<64xbf16>, %g: tensor<64xf32>,
               %scale: f32, %eps: f32, %y0: tensor<8x64xf16>, %s0: tensor<8x64xf32>,
               %r0: tensor<8x1xf32>) -> (tensor<8x64xf16>, tensor<8x64xf32>, tensor<8x1xf32>) {
  %y, %s, %rstd = addnorm.rms_norm(%x, %r, %b : tensor<8x64xf16>, tensor<8x64xf32>, tensor<64xbf16>)
      scales [1.0, %scale, 0.5] gamma(%g : tensor<64xf32>) epsilon %eps
      outs(%y0 : tensor<8x64xf16>) sum(%s0 : tensor<8x64xf32>) rstd(%r0 : tensor<8x1xf32>)
      {lanes = 16 : i64, chunk = 32 : i64, gamma_offset = 1.0 : f32, sum_type = f16, norm_type = bf16}
  return %y, %s, %rstd : tensor<8x64xf16>, tensor<8x64xf32>, tensor<8x1xf32>
}

// The plain norm of a strided memref has no results.
// CHECK-LABEL: @plain
// CHECK: addnorm.rms_norm(%{{.*}} : memref<?x?xf16, strided<[?, 1]>>) epsilon 5.000000e-01 outs(%{{.*}} : memref<?x?xbf16>)
func.func @plain(%x: memref<?x?xf16, strided<[?, 1]>>, %y: memref<?x?xbf16>) {
  addnorm.rms_norm(%x : memref<?x?xf16, strided<[?, 1]>>) epsilon 0.5 outs(%y : memref<?x?xbf16>)
  return
}
