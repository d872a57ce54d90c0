// Adds of the stream that stayed outside of an op are computed in f32.
// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// The last add before a public return: rounded once, in its own body.
// CHECK-LABEL: func.func @last
// CHECK-SAME: %[[B:[a-z0-9]*]]: tensor<8x64xf16>)
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic
// CHECK-SAME: ins(%[[S]]#1, %[[B]] : tensor<8x64xf32>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf16>)
// CHECK: ^bb0(%[[I:.*]]: f32, %[[J:.*]]: f16, %{{.*}}: f16):
// CHECK: %[[W:.*]] = arith.extf %[[J]] : f16 to f32
// CHECK: %[[SUM:.*]] = arith.addf %[[I]], %[[W]] : f32
// CHECK: %[[N:.*]] = arith.truncf %[[SUM]] : f32 to f16
// CHECK: linalg.yield %[[N]] : f16
// CHECK: return %[[R]]
func.func @last(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %s2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s1, %b : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) {
  ^bb0(%in: f16, %in_1: f16, %out: f16):
    %0 = arith.addf %in, %in_1 : f16
    linalg.yield %0 : f16
  } -> tensor<8x64xf16>
  return %s2 : tensor<8x64xf16>
}

// -----

// Between ops: in linalg, arith and tosa, the next op reads the f32 sum. So does one add after the
// other, and one that a norm reads of which the sum is not asked for.
// CHECK-LABEL: func.func @between
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[S2:.*]] = linalg.generic {{.*}} ins(%[[S]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: %[[B3:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: %[[S3:.*]] = arith.addf %[[S2]], %[[B3]] {{.*}}: tensor<8x64xf32>
// CHECK: %[[B4:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x64xf16>) outs(%{{.*}} : tensor<1x64xf32>)
// CHECK: %[[S4:.*]] = tosa.add %[[S3]], %[[B4]] : (tensor<8x64xf32>, tensor<1x64xf32>) -> tensor<8x64xf32>
// CHECK: addnorm.rms_norm(%[[S4]] : tensor<8x64xf32>)
func.func @between(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<8x64xf16>, %c: tensor<1x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %s2 = linalg.add ins(%s1, %b : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %s3 = arith.addf %s2, %a fastmath<contract> : tensor<8x64xf16>
  %s4 = tosa.add %s3, %c : (tensor<8x64xf16>, tensor<1x64xf16>) -> tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%s4 : tensor<8x64xf16>) epsilon 1.0e-5 outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

// The first sum of the stream, that no op makes.
// CHECK-LABEL: func.func @first
// CHECK: %[[S0:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<8x64xf16>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: %[[R0:.*]] = linalg.generic {{.*}} ins(%[[S0]] : tensor<8x64xf32>) outs(%{{.*}} : tensor<8x64xf16>)
// CHECK: addnorm.rms_norm(%[[S0]], %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK: return %[[R0]]
func.func @first(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %s0 = linalg.add ins(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %y = addnorm.rms_norm(%s0, %b : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %s0, %y : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// A bias makes no stream, nor does an add that no norm reads.
// CHECK-LABEL: func.func @no_stream
// CHECK-NOT: f32
// CHECK: return
func.func @no_stream(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %bias: tensor<64xf16>)
    -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %b = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %bias : tensor<8x64xf16>, tensor<64xf16>) outs(%e : tensor<8x64xf16>) {
  ^bb0(%in: f16, %in_1: f16, %out: f16):
    %0 = arith.addf %in, %in_1 : f16
    linalg.yield %0 : f16
  } -> tensor<8x64xf16>
  %y = addnorm.rms_norm(%b, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0
      outs(%e : tensor<8x64xf16>)
  %z = linalg.add ins(%y, %x : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  return %b, %z : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// Whatever names the add.
// CHECK-LABEL: func.func @names
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[S2:.*]] = linalg.generic {{.*}} ins(%[[S]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: %[[S3:.*]] = linalg.generic {{.*}} ins(%[[S2]], %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: %[[S4:.*]] = linalg.generic {{.*}} ins(%[[S3]] : tensor<8x64xf32>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: addnorm.rms_norm(%[[S4]] : tensor<8x64xf32>)
func.func @names(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %s2 = linalg.map { arith.addf } ins(%s1, %a : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>)
  %s3 = linalg.elementwise kind=#linalg.elementwise_kind<add>
      ins(%s2, %a : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %s4 = linalg.copy ins(%s3 : tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%s4 : tensor<8x64xf16>) epsilon 1.0e-5 outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

// An add on whole tensors cannot round: what comes after it does.
// CHECK-LABEL: func.func @last_of_tensors
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[S2:.*]] = arith.addf %[[S]]#1, %{{.*}} : tensor<8x64xf32>
// CHECK: %[[R2:.*]] = linalg.generic {{.*}} ins(%[[S2]] : tensor<8x64xf32>) outs(%{{.*}} : tensor<8x64xf16>)
// CHECK: return %[[R2]]
func.func @last_of_tensors(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %s2 = arith.addf %s1, %y1 : tensor<8x64xf16>
  return %s2 : tensor<8x64xf16>
}

// -----

// An add that leads to no norm, such as that of a mask, is none of the stream, though f32 is made of it.
// CHECK-LABEL: func.func @mask
// CHECK: %[[S:.*]] = linalg.add ins(%{{.*}} : tensor<8x64xf16>, tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf16>) -> tensor<8x64xf16>
// CHECK: arith.extf %[[S]]
func.func @mask(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> tensor<8x64xf32> {
  %e = tensor.empty() : tensor<8x64xf16>
  %s = linalg.add ins(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %w = arith.extf %s : tensor<8x64xf16> to tensor<8x64xf32>
  return %w : tensor<8x64xf32>
}
