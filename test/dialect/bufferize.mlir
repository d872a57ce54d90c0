// RUN: %mlir_opt_plugin %s -split-input-file \
// RUN:   -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   -canonicalize | FileCheck %s
// RUN: %mlir_opt_plugin %s -split-input-file -one-shot-bufferize=bufferize-function-boundaries \
// RUN:   -canonicalize | FileCheck %s --check-prefix=INFER

// All three outputs land in the buffers of their inits; nothing is copied, for no init is read.
// CHECK-LABEL: @inits
// CHECK-SAME: %[[X:.*]]: memref<?x64xf16>, %[[Y:.*]]: memref<?x64xf16>, %[[S:.*]]: memref<?x64xf32>, %[[R:.*]]: memref<?x1xf32>
// CHECK-NOT: alloc
// CHECK-NOT: copy
// CHECK: addnorm.rms_norm(%[[X]] : memref<?x64xf16>) epsilon 5.000000e-01 outs(%[[Y]] : memref<?x64xf16>) sum(%[[S]] : memref<?x64xf32>) rstd(%[[R]] : memref<?x1xf32>) {lanes = 64 : i64}
// CHECK-NEXT: return
func.func @inits(%x: tensor<?x64xf16>, %y0: tensor<?x64xf16>, %s0: tensor<?x64xf32>, %r0: tensor<?x1xf32>)
    -> (tensor<?x64xf16>, tensor<?x64xf32>, tensor<?x1xf32>) {
  %y, %s, %r = addnorm.rms_norm(%x : tensor<?x64xf16>) epsilon 0.5 outs(%y0 : tensor<?x64xf16>)
      sum(%s0 : tensor<?x64xf32>) rstd(%r0 : tensor<?x1xf32>) {lanes = 64}
  return %y, %s, %r : tensor<?x64xf16>, tensor<?x64xf32>, tensor<?x1xf32>
}

// -----

// Where a function argument may have any layout the rows have to be packed.
// INFER-LABEL: @any_layout
// INFER-SAME: %[[X:.*]]: memref<8x64xf16, strided<[?, ?], offset: ?>>, %[[Y:.*]]: memref<8x64xf16, strided<[?, ?], offset: ?>>
// INFER: %[[XPACKED:.*]] = memref.alloc
// INFER: memref.copy %[[X]], %[[XPACKED]]
// INFER: %[[YPACKED:.*]] = memref.alloc
// INFER-NOT: memref.copy
// INFER: addnorm.rms_norm(%[[XPACKED]] : {{.*}} outs(%[[YPACKED]] :
// INFER: memref.copy %[[YPACKED]], %[[Y]]
// CHECK-LABEL: @any_layout
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @any_layout(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
  return %y : tensor<8x64xf16>
}

// -----

// y and the sum each in place of an addend, element for element.
// CHECK-LABEL: @in_place
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>, %[[R:.*]]: memref<8x64xf16>
// CHECK-NOT: alloc
// CHECK-NOT: copy
// CHECK: addnorm.rms_norm(%[[X]], %[[R]] : {{.*}}) epsilon 5.000000e-01 outs(%[[X]] : memref<8x64xf16>) sum(%[[R]] : memref<8x64xf16>)
// CHECK-NEXT: return
func.func @in_place(%x: tensor<8x64xf16>, %r: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %y, %s = addnorm.rms_norm(%x, %r : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 0.5
      outs(%x : tensor<8x64xf16>) sum(%r : tensor<8x64xf16>)
  return %y, %s : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// The addend is read afterwards, so y needs a buffer of its own.
// CHECK-LABEL: @addend_read_later
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>
// CHECK: %[[Y:.*]] = memref.alloc
// CHECK-NOT: copy
// CHECK: addnorm.rms_norm(%[[X]] : {{.*}} outs(%[[Y]] :
func.func @addend_read_later(%x: tensor<8x64xf16>, %i: index) -> (tensor<8x64xf16>, f16) {
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%x : tensor<8x64xf16>)
  %e = tensor.extract %x[%i, %i] : tensor<8x64xf16>
  return %y, %e : tensor<8x64xf16>, f16
}

// -----

// The op reads gamma again for the next row, and so the biases.
// CHECK-LABEL: @rows_read_again
// CHECK-SAME: %[[X:.*]]: memref<1x64xf16>, %[[W:.*]]: memref<64xf16>, %[[V:.*]]: memref<64xf16>
// CHECK: %[[Y:.*]] = memref.alloc
// CHECK: addnorm.rms_norm(%[[X]] : {{.*}} gamma(%[[W]] : {{.*}} outs(%[[Y]] :
// CHECK: %[[Z:.*]] = memref.alloc
// CHECK: addnorm.rms_norm(%[[X]], %[[V]] : {{.*}} outs(%[[Z]] :
func.func @rows_read_again(%x: tensor<1x64xf16>, %w: tensor<64xf16>, %v: tensor<64xf16>)
    -> (tensor<1x64xf16>, tensor<1x64xf16>) {
  %y0 = tensor.expand_shape %w [[0, 1]] output_shape [1, 64] : tensor<64xf16> into tensor<1x64xf16>
  %y = addnorm.rms_norm(%x : tensor<1x64xf16>) gamma(%w : tensor<64xf16>) epsilon 0.5
      outs(%y0 : tensor<1x64xf16>)
  %z0 = tensor.expand_shape %v [[0, 1]] output_shape [1, 64] : tensor<64xf16> into tensor<1x64xf16>
  %z = addnorm.rms_norm(%x, %v : tensor<1x64xf16>, tensor<64xf16>) epsilon 0.5
      outs(%z0 : tensor<1x64xf16>)
  return %y, %z : tensor<1x64xf16>, tensor<1x64xf16>
}

// -----

// The same buffer as gamma of a single row: rank 1 makes no difference.
// CHECK-LABEL: @gamma_of_one_row
// CHECK-SAME: %[[X:.*]]: memref<64xf16>, %[[G:.*]]: memref<64xf16>
// CHECK: %[[Y:.*]] = memref.alloc
// CHECK: addnorm.rms_norm(%[[X]] : {{.*}} gamma(%[[G]] : {{.*}} outs(%[[Y]] :
func.func @gamma_of_one_row(%x: tensor<64xf16>, %g: tensor<64xf16>) -> tensor<64xf16> {
  %y = addnorm.rms_norm(%x : tensor<64xf16>) gamma(%g : tensor<64xf16>) epsilon 0.5
      outs(%g : tensor<64xf16>)
  return %y : tensor<64xf16>
}

// -----

// An addend that is also a bias, seen through another shape: it may be overwritten as the one only
// after it was saved as the other.
// CHECK-LABEL: @addend_and_bias
// CHECK-SAME: %[[X:.*]]: memref<1x64xf16>
// CHECK: %[[B:.*]] = memref.alloc
// CHECK: memref.copy %{{.*}}, %[[B]]
// CHECK: addnorm.rms_norm(%[[X]], %[[B]] : {{.*}} outs(%[[X]] :
func.func @addend_and_bias(%x: tensor<1x64xf16>) -> tensor<1x64xf16> {
  %b = tensor.collapse_shape %x [[0, 1]] : tensor<1x64xf16> into tensor<64xf16>
  %y = addnorm.rms_norm(%x, %b : tensor<1x64xf16>, tensor<64xf16>) epsilon 0.5
      outs(%x : tensor<1x64xf16>)
  return %y : tensor<1x64xf16>
}

// -----

// Rows of one element: rstd has the shape of the addend and is still no elementwise output.
// CHECK-LABEL: @rstd_over_addend
// CHECK-SAME: %[[X:.*]]: memref<8x1xf32>, %[[Y:.*]]: memref<8x1xf32>
// CHECK: %[[R:.*]] = memref.alloc
// CHECK: addnorm.rms_norm(%[[X]] : {{.*}} outs(%[[Y]] : memref<8x1xf32>) rstd(%[[R]] :
func.func @rstd_over_addend(%x: tensor<8x1xf32>, %y0: tensor<8x1xf32>) -> (tensor<8x1xf32>, tensor<8x1xf32>) {
  %y, %r = addnorm.rms_norm(%x : tensor<8x1xf32>) epsilon 0.5 outs(%y0 : tensor<8x1xf32>)
      rstd(%x : tensor<8x1xf32>)
  return %y, %r : tensor<8x1xf32>, tensor<8x1xf32>
}

// -----

// Two inits of one value (CSE makes them of tensor.empty) part ways.
// CHECK-LABEL: @one_init_twice
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>
// CHECK-DAG: %[[A:.*]] = memref.alloc
// CHECK-DAG: %[[B:.*]] = memref.alloc
// CHECK: outs(%[[A]] : memref<8x64xf16>) sum(%[[B]] : memref<8x64xf16>)
func.func @one_init_twice(%x: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %s = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%e : tensor<8x64xf16>)
      sum(%e : tensor<8x64xf16>)
  return %y, %s : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// The same where one of the outputs is never read.
// CHECK-LABEL: @one_init_twice_unread
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>, %[[E:.*]]: memref<8x64xf16>
// CHECK: %[[S:.*]] = memref.alloc
// CHECK: outs(%[[E]] : memref<8x64xf16>) sum(%[[S]] : memref<8x64xf16>)
func.func @one_init_twice_unread(%x: tensor<8x64xf16>, %e: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %y, %s = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%e : tensor<8x64xf16>)
      sum(%e : tensor<8x64xf16>)
  return %y : tensor<8x64xf16>
}

// -----

// Nor do both outputs go in place into one addend.
// CHECK-LABEL: @one_addend_twice
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>
// CHECK: %[[S:.*]] = memref.alloc
// CHECK: addnorm.rms_norm(%[[X]] : {{.*}} outs(%[[X]] : {{.*}} sum(%[[S]] :
func.func @one_addend_twice(%x: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %y, %s = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%x : tensor<8x64xf16>)
      sum(%x : tensor<8x64xf16>)
  return %y, %s : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// A tile of rows is a view; a slice of every second column is packed first, and written back.
// CHECK-LABEL: @slices
// CHECK-SAME: %[[X:.*]]: memref<8x64xf16>, %[[Y:.*]]: memref<8x64xf16>
// CHECK: %[[ROWS:.*]] = memref.subview %[[X]][2, 0] [4, 32] [1, 1]
// CHECK-NOT: copy
// CHECK: addnorm.rms_norm(%[[ROWS]] :
// CHECK: %[[COLUMNS:.*]] = memref.subview %[[X]][0, 0] [4, 32] [1, 2]
// CHECK: %[[INIT:.*]] = memref.subview %[[Y]][0, 0] [4, 32] [1, 2]
// CHECK: %[[XPACKED:.*]] = memref.alloc{{.*}} : memref<4x32xf16>
// CHECK: memref.copy %[[COLUMNS]], %[[XPACKED]]
// CHECK: %[[YPACKED:.*]] = memref.alloc{{.*}} : memref<4x32xf16>
// CHECK: addnorm.rms_norm(%[[XPACKED]] : {{.*}} outs(%[[YPACKED]] :
// CHECK: memref.copy %[[YPACKED]], %[[INIT]]
func.func @slices(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>, %z0: tensor<4x32xf16>)
    -> (tensor<8x64xf16>, tensor<4x32xf16>) {
  %rows = tensor.extract_slice %x[2, 0] [4, 32] [1, 1] : tensor<8x64xf16> to tensor<4x32xf16>
  %z = addnorm.rms_norm(%rows : tensor<4x32xf16>) epsilon 0.5 outs(%z0 : tensor<4x32xf16>)
  %columns = tensor.extract_slice %x[0, 0] [4, 32] [1, 2] : tensor<8x64xf16> to tensor<4x32xf16>
  %init = tensor.extract_slice %y0[0, 0] [4, 32] [1, 2] : tensor<8x64xf16> to tensor<4x32xf16>
  %y = addnorm.rms_norm(%columns : tensor<4x32xf16>) epsilon 0.5 outs(%init : tensor<4x32xf16>)
  %out = tensor.insert_slice %y into %y0[0, 0] [4, 32] [1, 2] : tensor<4x32xf16> into tensor<8x64xf16>
  return %out, %z : tensor<8x64xf16>, tensor<4x32xf16>
}
