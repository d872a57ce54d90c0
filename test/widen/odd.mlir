// Readers that the stream does not go through get the rounded stream, and nothing else changes.
// RUN: %mlir_opt_plugin --allow-unregistered-dialect --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// An accumulating body, one with a constant, one that counts, one that captures the stream.
// CHECK-LABEL: func.func @bodies
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<8x64xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<8x64xf16>) outs(%[[R]] : tensor<8x64xf16>)
// CHECK: linalg.generic {{.*}} ins(%[[R]] : tensor<8x64xf16>)
// CHECK: linalg.generic {{.*}} ins(%[[R]] : tensor<8x64xf16>)
// CHECK: linalg.generic
// CHECK: tensor.extract %[[R]]
// CHECK: addnorm.rms_norm(%[[S]]#1, %
func.func @bodies(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %half = arith.constant 0.5 : f16
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %t1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<8x64xf16>) outs(%s1 : tensor<8x64xf16>) {
  ^bb0(%in: f16, %out: f16):
    %0 = arith.addf %in, %out : f16
    linalg.yield %0 : f16
  } -> tensor<8x64xf16>
  %t2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s1 : tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) {
  ^bb0(%in: f16, %out: f16):
    %0 = arith.addf %in, %half : f16
    linalg.yield %0 : f16
  } -> tensor<8x64xf16>
  %t3:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s1 : tensor<8x64xf16>) outs(%e, %t2 : tensor<8x64xf16>, tensor<8x64xf16>) {
  ^bb0(%in: f16, %out: f16, %out_1: f16):
    %0 = linalg.index 0 : index
    linalg.yield %in, %in : f16, f16
  } -> (tensor<8x64xf16>, tensor<8x64xf16>)
  %t4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) {
  ^bb0(%in: f16, %out: f16):
    %0 = tensor.extract %s1[%c0, %c0] : tensor<8x64xf16>
    %1 = arith.addf %in, %0 : f16
    linalg.yield %1 : f16
  } -> tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%s1, %t1, %t2, %t3#0, %t4 : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A body with several results and casts inside: one in f32, one rounded for a public result; and an
// operand that is read twice.
// CHECK-LABEL: func.func @several_results
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[T:.*]]:3 = linalg.generic {{.*}} ins(%[[S]]#1, %[[S]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xbf16>) outs(%{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>, tensor<8x64xf32>)
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: bf16, %{{.*}}: f32, %{{.*}}: f16, %{{.*}}: f32):
// CHECK-NEXT: %[[W:.*]] = arith.extf %[[C]] : bf16 to f32
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK-NEXT: %[[ALL:.*]] = arith.addf %[[SUM]], %[[W]] : f32
// CHECK-NEXT: %[[N:.*]] = arith.truncf %[[ALL]] : f32 to f16
// CHECK-NEXT: linalg.yield %[[SUM]], %[[N]], %[[ALL]] : f32, f16, f32
// CHECK: addnorm.rms_norm(%[[T]]#0, %
// CHECK: return %{{.*}}, %[[T]]#1, %[[T]]#2
func.func @several_results(%x: tensor<8x64xf16>, %a: tensor<8x64xbf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf32>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %w = tensor.empty() : tensor<8x64xf32>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xbf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %t:3 = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s1, %s1, %a : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xbf16>)
      outs(%e, %e, %w : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf32>) {
  ^bb0(%in: f16, %in_1: f16, %in_2: bf16, %out: f16, %out_1: f16, %out_2: f32):
    %0 = arith.addf %in, %in_1 : f16
    %1 = arith.extf %0 : f16 to f32
    %2 = arith.extf %in_2 : bf16 to f32
    %3 = arith.addf %1, %2 : f32
    %4 = arith.truncf %3 : f32 to f16
    linalg.yield %0, %4, %3 : f16, f16, f32
  } -> (tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf32>)
  %y2 = addnorm.rms_norm(%t#0, %y1 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2, %t#1, %t#2 : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf32>
}

// -----

// Unregistered ops, unranked tensors, f64, blocks with arguments, memory.
// CHECK-LABEL: func.func @unknown
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<?x64xf32>)
// CHECK: "some.op"(%[[R]]) ({
// CHECK: "some.reader"(%[[R]])
// CHECK: tensor.cast %[[R]] : tensor<?x64xf16> to tensor<*xf16>
// CHECK: arith.extf %[[R]] : tensor<?x64xf16> to tensor<?x64xf64>
// CHECK: bufferization.to_buffer %[[R]]
// CHECK: cf.br ^bb1(%[[R]] : tensor<?x64xf16>)
// CHECK: ^bb1(%[[B:.*]]: tensor<?x64xf16>):
// CHECK: addnorm.rms_norm(%[[S]]#1, %[[B]] : tensor<?x64xf32>, tensor<?x64xf16>)
func.func @unknown(%x: tensor<?x64xf16>, %y0: tensor<?x64xf16>) -> tensor<?x64xf16> {
  %y1, %s1 = addnorm.rms_norm(%x, %y0 : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%x : tensor<?x64xf16>) sum(%x : tensor<?x64xf16>)
  "some.op"(%s1) ({
    "some.reader"(%s1) : (tensor<?x64xf16>) -> ()
  }) : (tensor<?x64xf16>) -> ()
  %u = tensor.cast %s1 : tensor<?x64xf16> to tensor<*xf16>
  %d = arith.extf %s1 : tensor<?x64xf16> to tensor<?x64xf64>
  %m = bufferization.to_buffer %s1 : tensor<?x64xf16> to memref<?x64xf16>
  cf.br ^next(%s1 : tensor<?x64xf16>)
^next(%b: tensor<?x64xf16>):
  %y2 = addnorm.rms_norm(%s1, %b : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%x : tensor<?x64xf16>)
  return %y2 : tensor<?x64xf16>
}

// -----

// Unregistered ops with regions may hide uses of symbols: then no function changes.
// CHECK-LABEL: func.func private @maybe_used
// CHECK-SAME: (%{{.*}}: tensor<8x64xf16>) -> tensor<8x64xf16>
func.func private @maybe_used(%s: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %t = addnorm.rms_norm(%s, %s : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  return %t : tensor<8x64xf16>
}
func.func @caller(%s: tensor<8x64xf16>) {
  %t = call @maybe_used(%s) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %u = call @maybe_used(%t) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  return
}
"some.table"() ({}) : () -> ()

// -----

// The op rounds its sum because it was asked to; the sum is no init's business; gamma is no stream.
// CHECK-LABEL: func.func @sum_type
// CHECK-NOT: tensor<8x64xf32>
// CHECK: return
func.func @sum_type(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>) {sum_type = f16}
  %y2, %s2 = addnorm.rms_norm(%s1, %y1 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>) {sum_type = f16}
  return %y2, %s2 : tensor<8x64xf16>, tensor<8x64xf16>
}

// CHECK-LABEL: func.func @inits
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<64xf32>)
// CHECK: addnorm.rms_norm(%[[S]]#1, %[[S]]#1 : tensor<64xf32>, tensor<64xf32>) gamma(%[[R]] : tensor<64xf16>)
// CHECK-SAME: outs(%[[R]] : tensor<64xf16>) sum(%[[R]] : tensor<64xf16>)
func.func @inits(%x: tensor<64xf16>) -> tensor<64xf16> {
  %y1, %s1 = addnorm.rms_norm(%x, %x : tensor<64xf16>, tensor<64xf16>) epsilon 1.0e-5
      outs(%x : tensor<64xf16>) sum(%x : tensor<64xf16>)
  %y2, %s2 = addnorm.rms_norm(%s1, %s1 : tensor<64xf16>, tensor<64xf16>) gamma(%s1 : tensor<64xf16>) epsilon 1.0e-5
      outs(%s1 : tensor<64xf16>) sum(%s1 : tensor<64xf16>)
  return %s2 : tensor<64xf16>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// Types that differ in what is static: no cast that could be dropped.
// CHECK-LABEL: func.func @static_and_dynamic
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[W:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<?x64xf32>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: addnorm.rms_norm(%[[W]], %
func.func @static_and_dynamic(%x: tensor<?x64xf16>, %b: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %w = tensor.empty() : tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %x : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%x : tensor<?x64xf16>) sum(%x : tensor<?x64xf16>)
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s1 : tensor<?x64xf16>) outs(%w : tensor<8x64xf32>) {
  ^bb0(%in: f16, %out: f32):
    %0 = arith.extf %in : f16 to f32
    linalg.yield %0 : f32
  } -> tensor<8x64xf32>
  %y2 = addnorm.rms_norm(%t, %b : tensor<8x64xf32>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

// An add of a tensor without rank, a layout, and more dimensions than an op has.
// CHECK-LABEL: func.func @types
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<8x64xf32>)
// CHECK: tosa.add %[[R]], %{{.*}} : (tensor<8x64xf16>, tensor<*xf16>) -> tensor<8x64xf16>
// CHECK: tensor.cast %[[R]] : tensor<8x64xf16> to tensor<8x64xf16, "layout">
// CHECK: tensor.expand_shape %[[R]]
func.func @types(%x: tensor<8x64xf16>, %u: tensor<*xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16, "layout">) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %x : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%x : tensor<8x64xf16>) sum(%x : tensor<8x64xf16>)
  %t = tosa.add %s1, %u : (tensor<8x64xf16>, tensor<*xf16>) -> tensor<8x64xf16>
  %l = tensor.cast %s1 : tensor<8x64xf16> to tensor<8x64xf16, "layout">
  %m = tensor.expand_shape %s1 [[0, 1, 2, 3, 4, 5, 6, 7], [8]] output_shape [1, 1, 1, 1, 1, 1, 1, 8, 64]
      : tensor<8x64xf16> into tensor<1x1x1x1x1x1x1x8x64xf16>
  %o = tensor.empty() : tensor<1x1x1x1x1x1x1x8x64xf16>
  %p = linalg.add ins(%m, %m : tensor<1x1x1x1x1x1x1x8x64xf16>, tensor<1x1x1x1x1x1x1x8x64xf16>)
      outs(%o : tensor<1x1x1x1x1x1x1x8x64xf16>) -> tensor<1x1x1x1x1x1x1x8x64xf16>
  %n = tensor.collapse_shape %p [[0, 1, 2, 3, 4, 5, 6, 7], [8]]
      : tensor<1x1x1x1x1x1x1x8x64xf16> into tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%n, %t : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  %y3 = addnorm.rms_norm(%s1, %t : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2, %y3, %l : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16, "layout">
}
