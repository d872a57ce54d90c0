// RUN: %mlir_opt_plugin %s -canonicalize -cse -split-input-file | FileCheck %s

// A constant operand becomes an attribute.
// CHECK-LABEL: @constant_scalars
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf16>, %[[A:.*]]: f32,
// CHECK-NOT: arith.constant
// CHECK: scales [%[[A]], 5.000000e-01] epsilon 2.500000e-01
func.func @constant_scalars(%x: tensor<4x8xf16>, %a: f32, %y0: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %half = arith.constant 0.5 : f32
  %eps = arith.constant 0.25 : f32
  %y = addnorm.rms_norm(%x, %x : tensor<4x8xf16>, tensor<4x8xf16>) scales [%a, %half] epsilon %eps
      outs(%y0 : tensor<4x8xf16>)
  return %y : tensor<4x8xf16>
}

// -----

// What no attribute may hold stays an operand.
// CHECK-LABEL: @wild_scalars
// CHECK-DAG: %[[INF:.*]] = arith.constant 0x7F800000 : f32
// CHECK-DAG: %[[NEG:.*]] = arith.constant -1.0{{.*}} : f32
// CHECK: scales [%[[INF]]] epsilon %[[NEG]]
func.func @wild_scalars(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %inf = arith.constant 0x7F800000 : f32
  %eps = arith.constant -1.0 : f32
  %y = addnorm.rms_norm(%x : tensor<4x8xf16>) scales [%inf] epsilon %eps outs(%y0 : tensor<4x8xf16>)
  return %y : tensor<4x8xf16>
}

// -----

// CHECK-LABEL: @idle_attributes
// CHECK: addnorm.rms_norm(%{{.*}}) epsilon 5.000000e-01 outs(%{{.*}}) {lanes = 4 : i64}
func.func @idle_attributes(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %one = arith.constant 1.0 : f32
  %y = addnorm.rms_norm(%x, %x : tensor<4x8xf16>, tensor<4x8xf16>) scales [1.0, %one] epsilon 0.5
      outs(%y0 : tensor<4x8xf16>) {lanes = 4, chunk = 8, sum_type = f32, norm_type = f32}
  return %y : tensor<4x8xf16>
}

// -----

// One f16 addend has f16 values, and rounding to f16 keeps them.
// CHECK-LABEL: @sum_type_of_one_addend
// CHECK-NOT: sum_type
func.func @sum_type_of_one_addend(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %y = addnorm.rms_norm(%x : tensor<4x8xf16>) epsilon 0.5 outs(%y0 : tensor<4x8xf16>) {sum_type = f16}
  return %y : tensor<4x8xf16>
}

// -----

// Attributes that do say something.
// CHECK-LABEL: @busy_attributes
// CHECK: scales [1.000000e+00, 2.000000e+00]
// CHECK-SAME: {chunk = 8 : i64, lanes = 4 : i64, norm_type = bf16}
// CHECK: scales [5.000000e-01]
// CHECK-SAME: {chunk = 4 : i64, lanes = 4 : i64, sum_type = f16}
// CHECK: addnorm.rms_norm
// CHECK-SAME: {sum_type = f16}
// CHECK: addnorm.rms_norm
// CHECK-SAME: {sum_type = bf16}
func.func @busy_attributes(%x: tensor<4x?xf16>, %x0: tensor<4x?xf16>, %y: tensor<4x8xf16>, %y0: tensor<4x8xf16>)
    -> (tensor<4x?xf16>, tensor<4x8xf16>, tensor<4x8xf16>, tensor<4x8xf16>) {
  %0 = addnorm.rms_norm(%x, %x : tensor<4x?xf16>, tensor<4x?xf16>) scales [1.0, 2.0] epsilon 0.5
      outs(%x0 : tensor<4x?xf16>) {lanes = 4, chunk = 8, norm_type = bf16}
  %1 = addnorm.rms_norm(%y : tensor<4x8xf16>) scales [0.5] epsilon 0.5
      outs(%y0 : tensor<4x8xf16>) {lanes = 4, chunk = 4, sum_type = f16}
  %2 = addnorm.rms_norm(%y, %y : tensor<4x8xf16>, tensor<4x8xf16>) epsilon 0.5
      outs(%y0 : tensor<4x8xf16>) {sum_type = f16}
  %3 = addnorm.rms_norm(%y : tensor<4x8xf16>) epsilon 0.5 outs(%y0 : tensor<4x8xf16>) {sum_type = bf16}
  return %0, %1, %2, %3 : tensor<4x?xf16>, tensor<4x8xf16>, tensor<4x8xf16>, tensor<4x8xf16>
}

// -----

// CHECK-LABEL: @unit_gamma
// CHECK-NOT: gamma
// CHECK: return
func.func @unit_gamma(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>) -> (tensor<4x8xf16>, tensor<4x8xf16>) {
  %one = arith.constant dense<1.0> : tensor<8xbf16>
  %zero = arith.constant dense<0.0> : tensor<8xf16>
  %y = addnorm.rms_norm(%x : tensor<4x8xf16>) gamma(%one : tensor<8xbf16>) epsilon 0.5
      outs(%y0 : tensor<4x8xf16>)
  %z = addnorm.rms_norm(%x : tensor<4x8xf16>) gamma(%zero : tensor<8xf16>) epsilon 0.25
      outs(%y0 : tensor<4x8xf16>) {gamma_offset = 1.0 : f32}
  return %y, %z : tensor<4x8xf16>, tensor<4x8xf16>
}

// -----

// Neither is one: a splat of another value, and a constant that is no splat.
// CHECK-LABEL: @other_gamma
// CHECK-COUNT-2: gamma(
func.func @other_gamma(%x: tensor<4x2xf16>, %y0: tensor<4x2xf16>) -> (tensor<4x2xf16>, tensor<4x2xf16>) {
  %one = arith.constant dense<1.0> : tensor<2xf16>
  %some = arith.constant dense<[1.0, 2.0]> : tensor<2xf16>
  %y = addnorm.rms_norm(%x : tensor<4x2xf16>) gamma(%one : tensor<2xf16>) epsilon 0.5
      outs(%y0 : tensor<4x2xf16>) {gamma_offset = 1.0 : f32}
  %z = addnorm.rms_norm(%x : tensor<4x2xf16>) gamma(%some : tensor<2xf16>) epsilon 0.5
      outs(%y0 : tensor<4x2xf16>)
  return %y, %z : tensor<4x2xf16>, tensor<4x2xf16>
}

// -----

// A gamma without elements has no splat value to look at.
// CHECK-LABEL: @empty_gamma
// CHECK: addnorm.rms_norm
func.func @empty_gamma(%x: tensor<4x0xf16>, %y0: tensor<4x0xf16>) -> tensor<4x0xf16> {
  %g = arith.constant dense<> : tensor<0xf16>
  %y = addnorm.rms_norm(%x : tensor<4x0xf16>) gamma(%g : tensor<0xf16>) epsilon 0.5
      outs(%y0 : tensor<4x0xf16>)
  return %y : tensor<4x0xf16>
}

// -----

// The sum is unused: the rstd stays the second result.
// CHECK-LABEL: @unused_sum
// CHECK: %[[Y:.*]]:2 = addnorm.rms_norm
// CHECK-NOT: sum(
// CHECK-SAME: rstd(%{{.*}}) {lanes = 4 : i64, mine}
// CHECK: return %[[Y]]#0, %[[Y]]#1
func.func @unused_sum(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>, %s0: tensor<4x8xf32>,
                      %r0: tensor<4x1xf32>) -> (tensor<4x8xf16>, tensor<4x1xf32>) {
  %y, %s, %r = addnorm.rms_norm(%x : tensor<4x8xf16>) epsilon 0.5 outs(%y0 : tensor<4x8xf16>)
      sum(%s0 : tensor<4x8xf32>) rstd(%r0 : tensor<4x1xf32>) {mine, lanes = 4}
  return %y, %r : tensor<4x8xf16>, tensor<4x1xf32>
}

// -----

// y cannot be dropped; the op without readers can.
// CHECK-LABEL: @unused_y
// CHECK: %[[Y:.*]]:2 = addnorm.rms_norm
// CHECK-NOT: rstd(
// CHECK-NOT: addnorm.rms_norm
// CHECK: return %[[Y]]#1
func.func @unused_y(%x: tensor<4x8xf16>, %y0: tensor<4x8xf16>, %s0: tensor<4x8xf32>,
                    %r0: tensor<4x1xf32>) -> tensor<4x8xf32> {
  %y, %s, %r = addnorm.rms_norm(%x : tensor<4x8xf16>) epsilon 0.5 outs(%y0 : tensor<4x8xf16>)
      sum(%s0 : tensor<4x8xf32>) rstd(%r0 : tensor<4x1xf32>)
  %z = addnorm.rms_norm(%x : tensor<4x8xf16>) epsilon 0.25 outs(%y0 : tensor<4x8xf16>)
  return %s : tensor<4x8xf32>
}

// -----

// On memrefs an output that nobody seems to read is still an effect.
// CHECK-LABEL: @memref_outputs
// CHECK: sum(%{{.*}}) rstd(%{{.*}})
func.func @memref_outputs(%x: memref<4x8xf16>, %y: memref<4x8xf16>, %s: memref<4x8xf32>, %r: memref<4x1xf32>) {
  addnorm.rms_norm(%x : memref<4x8xf16>) epsilon 0.5 outs(%y : memref<4x8xf16>)
      sum(%s : memref<4x8xf32>) rstd(%r : memref<4x1xf32>)
  return
}

// -----

// Static sizes behind casts; users keep their types.
// CHECK-LABEL: @tensor_casts
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf16>, %[[G:.*]]: tensor<8xf16>, %[[Y0:.*]]: tensor<4x8xf16>
// CHECK: %[[Y:.*]] = addnorm.rms_norm(%[[X]] : tensor<4x8xf16>) gamma(%[[G]] : tensor<8xf16>) epsilon 5.000000e-01 outs(%[[Y0]] : tensor<4x8xf16>)
// CHECK: %[[CAST:.*]] = tensor.cast %[[Y]]
// CHECK: return %[[CAST]] : tensor<?x?xf16>
func.func @tensor_casts(%x: tensor<4x8xf16>, %g: tensor<8xf16>, %y0: tensor<4x8xf16>) -> tensor<?x?xf16> {
  %xc = tensor.cast %x : tensor<4x8xf16> to tensor<?x?xf16>
  %gc = tensor.cast %g : tensor<8xf16> to tensor<?xf16>
  %yc = tensor.cast %y0 : tensor<4x8xf16> to tensor<?x?xf16>
  %y = addnorm.rms_norm(%xc : tensor<?x?xf16>) gamma(%gc : tensor<?xf16>) epsilon 0.5
      outs(%yc : tensor<?x?xf16>)
  return %y : tensor<?x?xf16>
}

// -----

// CHECK-LABEL: @memref_casts
// CHECK: addnorm.rms_norm(%{{.*}} : memref<4x8xf16>) epsilon 5.000000e-01 outs(%{{.*}} : memref<4x8xf16, strided<[16, 1]>>)
func.func @memref_casts(%x: memref<4x8xf16>, %y: memref<4x8xf16, strided<[16, 1]>>) {
  %xc = memref.cast %x : memref<4x8xf16> to memref<?x8xf16>
  %yc = memref.cast %y : memref<4x8xf16, strided<[16, 1]>> to memref<?x?xf16, strided<[?, 1]>>
  addnorm.rms_norm(%xc : memref<?x8xf16>) epsilon 0.5 outs(%yc : memref<?x?xf16, strided<[?, 1]>>)
  return
}

// -----

// This cast promises the stride that the op needs; it stays.
// CHECK-LABEL: @memref_cast_to_unit_stride
// CHECK: %[[X:.*]] = memref.cast
// CHECK: addnorm.rms_norm(%[[X]]
func.func @memref_cast_to_unit_stride(%x: memref<4x8xf16, strided<[?, ?]>>, %y: memref<4x8xf16>) {
  %xc = memref.cast %x : memref<4x8xf16, strided<[?, ?]>> to memref<4x8xf16, strided<[?, 1]>>
  addnorm.rms_norm(%xc : memref<4x8xf16, strided<[?, 1]>>) epsilon 0.5 outs(%y : memref<4x8xf16>)
  return
}

// -----

// Equal ops are one; unequal ones are not.
// CHECK-LABEL: @cse
// CHECK: %[[A:.*]] = addnorm.rms_norm({{.*}} scales [%
// CHECK: %[[B:.*]] = addnorm.rms_norm({{.*}} scales [%
// CHECK: return %[[A]], %[[A]], %[[B]]
func.func @cse(%x: tensor<4x8xf16>, %a: f32, %b: f32, %y0: tensor<4x8xf16>)
    -> (tensor<4x8xf16>, tensor<4x8xf16>, tensor<4x8xf16>) {
  %0 = addnorm.rms_norm(%x : tensor<4x8xf16>) scales [%a] epsilon 0.5 outs(%y0 : tensor<4x8xf16>)
  %1 = addnorm.rms_norm(%x : tensor<4x8xf16>) scales [%a] epsilon 0.5 outs(%y0 : tensor<4x8xf16>)
  %2 = addnorm.rms_norm(%x : tensor<4x8xf16>) scales [%b] epsilon 0.5 outs(%y0 : tensor<4x8xf16>)
  return %0, %1, %2 : tensor<4x8xf16>, tensor<4x8xf16>, tensor<4x8xf16>
}

// -----

// Sizes of results are those of the inits.
// CHECK-LABEL: @dims
// CHECK-SAME: %[[N:.*]]: index, %[[X:.*]]: tensor<?x8xf16>
// CHECK: return %[[N]]
func.func @dims(%n: index, %x: tensor<?x8xf16>) -> index {
  %c0 = arith.constant 0 : index
  %y0 = tensor.empty(%n) : tensor<?x8xf16>
  %r0 = tensor.empty(%n) : tensor<?x1xf32>
  %y, %r = addnorm.rms_norm(%x : tensor<?x8xf16>) epsilon 0.5 outs(%y0 : tensor<?x8xf16>)
      rstd(%r0 : tensor<?x1xf32>)
  %dim = tensor.dim %r, %c0 : tensor<?x1xf32>
  return %dim : index
}
