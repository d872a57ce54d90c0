// Run on functions, the pass cannot change their types: other functions' calls are out of its sight.
// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(func.func(addnorm-widen-residual))' %s | FileCheck %s

// CHECK-LABEL: func.func private @layer
// CHECK-SAME: (%{{.*}}: tensor<8x64xf16>) -> tensor<8x64xf16>
// CHECK: tensor<8x64xf32>
// CHECK: truncf
// CHECK: return %{{.*}} : tensor<8x64xf16>
func.func private @layer(%s: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %t = addnorm.rms_norm(%s, %s : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %z = addnorm.rms_norm(%t, %y : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  %u = linalg.add ins(%t, %z : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %v = call @layer(%t) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  return %t : tensor<8x64xf16>
}
