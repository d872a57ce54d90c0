// What carries the stream: views, casts, transposes.
// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @views
// CHECK-NOT: linalg.generic
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK-NEXT: %[[V1:.*]] = tensor.expand_shape %[[S]]#1 {{.*}} : tensor<8x64xf32> into tensor<1x8x64xf32>
// CHECK-NEXT: %[[V2:.*]] = tensor.cast %[[V1]] : tensor<1x8x64xf32> to tensor<1x?x64xf32>
// CHECK-NEXT: %[[V3:.*]] = tensor.extract_slice %[[V2]]{{.*}} : tensor<1x?x64xf32> to tensor<1x4x64xf32>
// CHECK-NEXT: %[[V4:.*]] = tensor.collapse_shape %[[V3]] {{.*}} : tensor<1x4x64xf32> into tensor<4x64xf32>
// CHECK-NEXT: %[[SHAPE:.*]] = arith.constant
// CHECK-NEXT: %[[V5:.*]] = tensor.reshape %[[V4]](%[[SHAPE]]) : (tensor<4x64xf32>, tensor<2xindex>) -> tensor<4x64xf32>
// CHECK: addnorm.rms_norm(%[[V5]], %{{.*}} : tensor<4x64xf32>, tensor<4x64xf16>)
func.func @views(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<4x64xf16>)
    -> (tensor<8x64xf16>, tensor<4x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %v1 = tensor.expand_shape %s1 [[0, 1], [2]] output_shape [1, 8, 64]
      : tensor<8x64xf16> into tensor<1x8x64xf16>
  %v2 = tensor.cast %v1 : tensor<1x8x64xf16> to tensor<1x?x64xf16>
  %v3 = tensor.extract_slice %v2[0, 4, 0] [1, 4, 64] [1, 1, 1]
      : tensor<1x?x64xf16> to tensor<1x4x64xf16>
  %v4 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<1x4x64xf16> into tensor<4x64xf16>
  %shape = arith.constant dense<[4, 64]> : tensor<2xindex>
  %v5 = tensor.reshape %v4(%shape) : (tensor<4x64xf16>, tensor<2xindex>) -> tensor<4x64xf16>
  %e4 = tensor.empty() : tensor<4x64xf16>
  %y2 = addnorm.rms_norm(%v5, %b : tensor<4x64xf16>, tensor<4x64xf16>) epsilon 1.0e-5
      outs(%e4 : tensor<4x64xf16>)
  return %y1, %y2 : tensor<8x64xf16>, tensor<4x64xf16>
}

// -----

// CHECK-LABEL: func.func @tosa_views
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[V1:.*]] = tosa.reshape %[[S]]#1, %{{.*}} -> tensor<1x8x64xf32>
// CHECK: %[[V2:.*]] = tosa.transpose %[[V1]] {perms = array<i32: 1, 0, 2>} : (tensor<1x8x64xf32>) -> tensor<8x1x64xf32>
// CHECK: %[[V3:.*]] = tosa.slice %[[V2]], %{{.*}} -> tensor<4x1x64xf32>
// CHECK: %[[V4:.*]] = tosa.identity %[[V3]] : (tensor<4x1x64xf32>) -> tensor<4x1x64xf32>
// CHECK: addnorm.rms_norm(%[[V4]], %{{.*}} : tensor<4x1x64xf32>, tensor<4x1x64xbf16>)
func.func @tosa_views(%x: tensor<8x64xbf16>, %a: tensor<8x64xbf16>, %b: tensor<4x1x64xbf16>)
    -> tensor<4x1x64xbf16> {
  %e = tensor.empty() : tensor<8x64xbf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xbf16>, tensor<8x64xbf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xbf16>) sum(%e : tensor<8x64xbf16>)
  %shape = tosa.const_shape {values = dense<[1, 8, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %v1 = tosa.reshape %s1, %shape : (tensor<8x64xbf16>, !tosa.shape<3>) -> tensor<1x8x64xbf16>
  %v2 = tosa.transpose %v1 {perms = array<i32: 1, 0, 2>} : (tensor<1x8x64xbf16>) -> tensor<8x1x64xbf16>
  %start = tosa.const_shape {values = dense<[4, 0, 0]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %size = tosa.const_shape {values = dense<[4, 1, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %v3 = tosa.slice %v2, %start, %size : (tensor<8x1x64xbf16>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<4x1x64xbf16>
  %v4 = tosa.identity %v3 : (tensor<4x1x64xbf16>) -> tensor<4x1x64xbf16>
  %e4 = tensor.empty() : tensor<4x1x64xbf16>
  %y2 = addnorm.rms_norm(%v4, %b : tensor<4x1x64xbf16>, tensor<4x1x64xbf16>) epsilon 1.0e-5
      outs(%e4 : tensor<4x1x64xbf16>)
  return %y2 : tensor<4x1x64xbf16>
}

// -----

// Extensions of the stream give the stream; a rounding in it goes, whatever spells it.
// CHECK-LABEL: func.func @casts
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK-NOT: ext
// CHECK-NOT: trunc
// CHECK-NOT: tosa.cast
// CHECK: %[[T:.*]]:2 = addnorm.rms_norm(%[[S]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK-NOT: ext
// CHECK-NOT: trunc
// CHECK-NOT: tosa.cast
// CHECK: %[[U:.*]]:2 = addnorm.rms_norm(%[[T]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK-NOT: ext
// CHECK-NOT: trunc
// CHECK-NOT: tosa.cast
// CHECK: addnorm.rms_norm(%[[U]]#1, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK: return %[[U]]#1, %
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @casts(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>)
    -> (tensor<8x64xf32>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %w = tensor.empty() : tensor<8x64xf32>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %x1 = arith.extf %s1 : tensor<8x64xf16> to tensor<8x64xf32>
  %r1 = arith.truncf %x1 : tensor<8x64xf32> to tensor<8x64xf16>
  %y2, %s2 = addnorm.rms_norm(%r1, %y1 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%w : tensor<8x64xf32>)
  %r2 = tosa.cast %s2 : (tensor<8x64xf32>) -> tensor<8x64xf16>
  %x2 = tosa.cast %r2 : (tensor<8x64xf16>) -> tensor<8x64xf32>
  %y3, %s3 = addnorm.rms_norm(%x2, %y2 : tensor<8x64xf32>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %x3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s3 : tensor<8x64xf16>) outs(%w : tensor<8x64xf32>) {
  ^bb0(%in: f16, %out: f32):
    %0 = arith.extf %in : f16 to f32
    linalg.yield %0 : f32
  } -> tensor<8x64xf32>
  %r3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x3 : tensor<8x64xf32>) outs(%e : tensor<8x64xf16>) {
  ^bb0(%in: f32, %out: f16):
    %0 = arith.truncf %in : f32 to f16
    linalg.yield %0 : f16
  } -> tensor<8x64xf16>
  %y4 = addnorm.rms_norm(%r3, %y3 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %x3, %y4 : tensor<8x64xf32>, tensor<8x64xf16>
}

// -----

// A cast of the source stays for its narrow readers.
// CHECK-LABEL: func.func @cast_with_narrow_reader
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = arith.truncf %[[S]]#1
// CHECK: addnorm.rms_norm(%[[S]]#1, %
// CHECK: return %[[R]]
func.func @cast_with_narrow_reader(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>)
    -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %w = tensor.empty() : tensor<8x64xf32>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%w : tensor<8x64xf32>)
  %r = arith.truncf %s1 : tensor<8x64xf32> to tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%r, %y1 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %r, %y2 : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// Through linalg ops that move elements: a named one becomes generic.
// CHECK-LABEL: func.func @moves
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[T:.*]] = linalg.generic
// CHECK-SAME: ins(%[[S]]#1 : tensor<8x64xf32>) outs(%{{.*}} : tensor<64x8xf32>)
// CHECK: %[[B:.*]] = linalg.generic
// CHECK-SAME: ins(%[[T]] : tensor<64x8xf32>) outs(%{{.*}} : tensor<2x64x8xf32>)
// CHECK-NOT: truncf
// CHECK: %[[U:.*]] = linalg.generic
// CHECK-SAME: ins(%[[B]] : tensor<2x64x8xf32>) outs(%{{.*}} : tensor<2x8x64xf32>)
// CHECK: addnorm.rms_norm(%[[U]], %
func.func @moves(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %b: tensor<2x8x64xf16>)
    -> tensor<2x8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %te = tensor.empty() : tensor<64x8xf16>
  %t = linalg.transpose ins(%s1 : tensor<8x64xf16>) outs(%te : tensor<64x8xf16>) permutation = [1, 0]
  %be = tensor.empty() : tensor<2x64x8xf16>
  %br = linalg.broadcast ins(%t : tensor<64x8xf16>) outs(%be : tensor<2x64x8xf16>) dimensions = [0]
  %ue = tensor.empty() : tensor<2x8x64xf16>
  %u = linalg.generic {
      indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%br : tensor<2x64x8xf16>) outs(%ue : tensor<2x8x64xf16>) {
  ^bb0(%in: f16, %out: f16):
    linalg.yield %in : f16
  } -> tensor<2x8x64xf16>
  %y2 = addnorm.rms_norm(%u, %b : tensor<2x8x64xf16>, tensor<2x8x64xf16>) epsilon 1.0e-5
      outs(%ue : tensor<2x8x64xf16>)
  return %y2 : tensor<2x8x64xf16>
}

// -----

// A cast that transposes is no copy, whatever the shapes say.
// CHECK-LABEL: func.func @transposing_cast
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<64x64xf32>) outs(%{{.*}} : tensor<64x64xf32>)
// CHECK: addnorm.rms_norm(%[[T]], %
func.func @transposing_cast(%x: tensor<64x64xf16>, %a: tensor<64x64xf16>) -> tensor<64x64xf16> {
  %e = tensor.empty() : tensor<64x64xf16>
  %w = tensor.empty() : tensor<64x64xf32>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<64x64xf16>, tensor<64x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<64x64xf16>) sum(%e : tensor<64x64xf16>)
  %t = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%s1 : tensor<64x64xf16>) outs(%w : tensor<64x64xf32>) {
  ^bb0(%in: f16, %out: f32):
    %0 = arith.extf %in : f16 to f32
    linalg.yield %0 : f32
  } -> tensor<64x64xf32>
  %y2 = addnorm.rms_norm(%t, %y1 : tensor<64x64xf32>, tensor<64x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<64x64xf16>)
  return %y2 : tensor<64x64xf16>
}
