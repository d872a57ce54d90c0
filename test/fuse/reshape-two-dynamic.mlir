// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// A reshape between tensors of two dynamic dimensions may move elements: its result is the addend.
// CHECK-LABEL: @f
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: tosa.reshape %[[X]]
// CHECK-NOT: addnorm.rms_norm(%[[X]]
// CHECK: addnorm.rms_norm(%
func.func @f(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %shape = tosa.const_shape {values = dense<[-1, 32]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %n = "tosa.const"() {values = dense<0.03125> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %eps = "tosa.const"() {values = dense<1.0e-5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sh = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %xr = tosa.reshape %x, %shape : (tensor<?x?xf32>, !tosa.shape<2>) -> tensor<?x?xf32>
  %t = tosa.add %xr, %r : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %t2 = tensor.cast %t : tensor<?x?xf32> to tensor<?x32xf32>
  %q = tosa.mul %t2, %t2, %sh : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<1xi8>) -> tensor<?x32xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<?x32xf32>) -> tensor<?x1xf32>
  %m = tosa.mul %s, %n, %sh : (tensor<?x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<?x1xf32>
  %me = tosa.add %m, %eps : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %rs = tosa.rsqrt %me : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %y = tosa.mul %t2, %rs, %sh : (tensor<?x32xf32>, tensor<?x1xf32>, tensor<1xi8>) -> tensor<?x32xf32>
  %z = tensor.cast %y : tensor<?x32xf32> to tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}
