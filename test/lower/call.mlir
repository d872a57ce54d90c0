// Target call: views of the op's tensors as planes, a struct, one call of the vendor's kernel for each plane.
// RUN: addnorm-opt %s --split-input-file --addnorm-lower=target=call --canonicalize --cse | FileCheck %s --implicit-check-not=memref.alloc
// RUN: addnorm-opt %s --split-input-file --addnorm-lower='target=call kernel=acme_norm' | FileCheck %s --check-prefix=NAMED

// The whole op in one call: all leading dimensions lie one behind the other.
// CHECK: llvm.mlir.global internal constant @addnorm_site("whole at loc({{.*}}call.mlir{{.*}})\00")
// CHECK-DAG: llvm.func @addnormVendorFailed(!llvm.ptr, i32, !llvm.ptr)
// CHECK-DAG: llvm.func @addnormVendorContext() -> !llvm.ptr
// CHECK-DAG: llvm.func @addnormVendorRmsNorm(!llvm.ptr, !llvm.ptr) -> i32
// CHECK-LABEL: func.func @whole(
// CHECK-SAME: %[[X:[^:]*]]: memref<4x8x16xf16>, %[[S:[^:]*]]: f32
// CHECK-NOT: scf.for
// CHECK: memref.reinterpret_cast %[[X]] to offset: [0], sizes: [32, 16], strides: [16, 1] {{.*}} to memref<32x16xf16, strided<[16, 1]>>
// CHECK: %[[STACK:.*]] = llvm.intr.stacksave
// CHECK: llvm.insertvalue %[[S]], %{{.*}}[3] : !llvm.struct<(ptr, i64, i32, f32)>
// CHECK: %[[NORM:.*]] = llvm.alloca %{{.*}} x [[TYPE:!llvm.struct<\(i32, i32, i32, i32, ptr, i64, i64, struct<\(ptr, i64, i32, f32\)>, .*, f32, f32, i32, i32, i64, i64\)>]] :
// CHECK: llvm.store %{{.*}}, %[[NORM]] : [[TYPE]]
// CHECK: %[[CONTEXT:.*]] = llvm.call @addnormVendorContext()
// CHECK: %[[STATUS:.*]] = llvm.call @addnormVendorRmsNorm(%[[CONTEXT]], %[[NORM]])
// CHECK: llvm.intr.stackrestore %[[STACK]]
// CHECK: %[[FAILED:.*]] = arith.cmpi ne, %[[STATUS]], %c0_i32
// CHECK: scf.if %[[FAILED]] {
// CHECK-NEXT: llvm.call @addnormVendorFailed(%[[CONTEXT]], %[[STATUS]], %{{.*}})
// NAMED-LABEL: func.func @whole(
// NAMED: llvm.call @acme_norm(
func.func @whole(%x: memref<4x8x16xf16>, %s: f32, %y: memref<4x8x16xf16>) {
  addnorm.rms_norm(%x : memref<4x8x16xf16>) scales [%s] epsilon 1.0e-5 outs(%y : memref<4x8x16xf16>)
  return
}

// -----

// A dimension with gaps behind it, in one of the tensors, is looped over; the views say all that the types say together.
// CHECK-LABEL: func.func @gaps(
// CHECK-SAME: %[[X:[^:]*]]: memref<4x8x16xf16, {{[^:]*}}>, %[[R:[^:]*]]: memref<?x8x?xf32>, %[[B:[^:]*]]: memref<16xbf16>, %[[Y:[^:]*]]: memref<4x8x16xf16>, %[[RSTD:[^:]*]]: memref<4x?x1xf32>
// CHECK: scf.for %[[I:.*]] = %c0 to %c4
// CHECK-DAG: %[[AT512:.*]] = arith.muli %[[I]], %c512
// CHECK-DAG: %[[AT128:.*]] = arith.muli %[[I]], %c128
// CHECK-DAG: %[[AT8:.*]] = arith.muli %[[I]], %c8
// CHECK-DAG: memref.reinterpret_cast %[[X]] to offset: [%[[AT512]]], sizes: [8, 16], strides: [16, 1]
// CHECK-DAG: memref.reinterpret_cast %[[R]] to offset: [%[[AT128]]], sizes: [8, 16], strides: [16, 1]
// CHECK-DAG: memref.reinterpret_cast %[[Y]] to offset: [%[[AT128]]], sizes: [8, 16], strides: [16, 1]
// CHECK-DAG: memref.reinterpret_cast %[[RSTD]] to offset: [%[[AT8]]], sizes: [8, 1], strides: [1, 1]
// CHECK: memref.extract_aligned_pointer_as_index %[[B]]
// CHECK: llvm.call @addnormVendorRmsNorm
func.func @gaps(%x: memref<4x8x16xf16, strided<[512, 16, 1]>>, %r: memref<?x8x?xf32>, %b: memref<16xbf16>,
                %y: memref<4x8x16xf16>, %rstd: memref<4x?x1xf32>) {
  addnorm.rms_norm(%x, %r, %b : memref<4x8x16xf16, strided<[512, 16, 1]>>, memref<?x8x?xf32>, memref<16xbf16>)
      epsilon 1.0e-5 outs(%y : memref<4x8x16xf16>) rstd(%rstd : memref<4x?x1xf32>)
  return
}

// -----

// Sizes known at run time lie one behind the other without a layout of their own.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x?x?xf16>
// CHECK: %[[D0:.*]] = memref.dim %[[X]], %c0
// CHECK: %[[D1:.*]] = memref.dim %[[X]], %c1
// CHECK: %[[ROWS:.*]] = arith.muli %[[D0]], %[[D1]]
// CHECK: %[[N:.*]] = memref.dim %[[X]], %c2
// CHECK-NOT: scf.for
// CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %[[STRIDES:.*]]:3 = memref.extract_strided_metadata %[[X]]
// CHECK: memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[ROWS]], %[[N]]], strides: [%[[STRIDES]]#1, 1]
func.func @dynamic(%x: memref<?x?x?xf16>) {
  addnorm.rms_norm(%x : memref<?x?x?xf16>) epsilon 1.0e-5 outs(%x : memref<?x?x?xf16>)
  return
}

// -----

// With strides known at run time each of the outer indices is a plane, unless they say that a dimension lies behind the
// next one, in every tensor: then its loop runs once, with all its rows.
// CHECK-LABEL: func.func @strides(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x5x?x16xf16, {{.*}}>, %[[Y:[^:]*]]: memref<?x5x?x16xf16>
// CHECK: %[[D2:.*]] = memref.dim %[[Y]], %c2
// CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %[[S:.*]]:4 = memref.extract_strided_metadata %[[X]]
// CHECK: %[[SPAN1:.*]] = arith.muli %[[S]]#2, %[[D2]]
// CHECK: %[[BEHIND1:.*]] = arith.cmpi eq, %[[SPAN1]], %[[S]]#1
// CHECK: %[[COUNT1:.*]] = arith.select %[[BEHIND1]], %c1, %c5
// CHECK: %[[ROWS1:.*]] = arith.muli %[[D2]], %c5
// CHECK: %[[ROWS:.*]] = arith.select %[[BEHIND1]], %[[ROWS1]], %[[D2]]
// CHECK: %[[SPAN0:.*]] = arith.muli %[[S]]#1, %c5
// CHECK: %[[BEHIND0:.*]] = arith.cmpi eq, %[[SPAN0]], %[[S]]#0
// CHECK: %[[BOTH:.*]] = arith.andi %[[BEHIND1]], %[[BEHIND0]]
// CHECK: %[[D0:.*]] = memref.dim %[[Y]], %c0
// CHECK: %[[COUNT0:.*]] = arith.select %[[BOTH]], %c1, %[[D0]]
// CHECK: %[[ALL:.*]] = arith.muli %[[ROWS]], %[[D0]]
// CHECK: %[[PLANE:.*]] = arith.select %[[BOTH]], %[[ALL]], %[[ROWS]]
// CHECK: scf.for %{{.*}} = %c0 to %[[COUNT0]]
// CHECK: scf.for %{{.*}} = %c0 to %[[COUNT1]]
// CHECK: memref.reinterpret_cast %[[X]] {{.*}} sizes: [%[[PLANE]], 16], strides: [%[[S]]#2, 1]
func.func @strides(%x: memref<?x5x?x16xf16, strided<[?, ?, ?, 1], offset: ?>>, %y: memref<?x5x?x16xf16>) {
  addnorm.rms_norm(%x : memref<?x5x?x16xf16, strided<[?, ?, ?, 1], offset: ?>>) epsilon 1.0e-5
      outs(%y : memref<?x5x?x16xf16>)
  return
}

// -----

// Behind a dimension that is apart there is nothing left to find out.
// CHECK-LABEL: func.func @apart(
// CHECK-NOT: arith.select
// CHECK: scf.for %{{.*}} = %c0 to %c2
// CHECK: scf.for %{{.*}} = %c0 to %c3
// CHECK: to memref<4x16xf16, strided<[16, 1], offset: ?>>
func.func @apart(%x: memref<2x3x4x16xf16, strided<[?, 80, 16, 1]>>, %y: memref<2x3x4x16xf16>) {
  addnorm.rms_norm(%x : memref<2x3x4x16xf16, strided<[?, 80, 16, 1]>>) epsilon 1.0e-5
      outs(%y : memref<2x3x4x16xf16>)
  return
}

// -----

// Where there is one index only no stride matters: neither for merging nor for a loop.
// CHECK-LABEL: func.func @ones(
// CHECK-SAME: %[[X:[^:]*]]: memref
// CHECK-NOT: scf.for
// CHECK: memref.reinterpret_cast %[[X]] to offset: [5], sizes: [3, 16], strides: [20, 1]
func.func @ones(%x: memref<1x3x1x1x16xf16, strided<[7, 20, ?, 3, 1], offset: 5>>, %y: memref<1x3x1x1x16xf16>) {
  addnorm.rms_norm(%x : memref<1x3x1x1x16xf16, strided<[7, 20, ?, 3, 1], offset: 5>>) epsilon 1.0e-5
      outs(%y : memref<1x3x1x1x16xf16>)
  return
}

// -----

// A row is a plane of one.
// CHECK-LABEL: func.func @row(
// CHECK-SAME: %[[X:[^:]*]]: memref<?xf16>
// CHECK: %[[N:.*]] = memref.dim %[[X]]
// CHECK: memref.reinterpret_cast %[[X]] to offset: [0], sizes: [1, %[[N]]], strides: [%[[N]], 1]
func.func @row(%x: memref<?xf16>) {
  addnorm.rms_norm(%x : memref<?xf16>) epsilon 1.0e-5 outs(%x : memref<?xf16>)
  return
}

// -----

// What is a plane already stays what it is; but where another tensor knows more, it is said.
// CHECK-LABEL: func.func @planes(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x16xf16>, %[[Y:[^:]*]]: memref
// CHECK: %[[VIEW:.*]] = memref.reinterpret_cast %[[Y]] {{.*}} to memref<?x16xf16, strided<[?, 1], offset: ?>>
// CHECK: memref.extract_aligned_pointer_as_index %[[X]]
// CHECK: memref.extract_aligned_pointer_as_index %[[VIEW]]
func.func @planes(%x: memref<?x16xf16>, %y: memref<?x?xf16, strided<[?, 1], offset: ?>>) {
  addnorm.rms_norm(%x : memref<?x16xf16>) epsilon 1.0e-5 outs(%y : memref<?x?xf16, strided<[?, 1], offset: ?>>)
  return
}

// -----

// A number of rows that cannot be told is not made up.
// CHECK-LABEL: func.func @absurd(
// CHECK: scf.for
// CHECK: memref<4611686018427387904x16xf16, strided<[16, 1]>>
func.func @absurd(%x: memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>) {
  addnorm.rms_norm(%x : memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>)
      epsilon 1.0e-5
      outs(%x : memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>)
  return
}

// -----

// Each op has a name, functions are declared once, and what is declared already is taken.
// CHECK: llvm.mlir.global internal constant @[[SECOND:addnorm_site_.*]]("two at
// CHECK: llvm.mlir.global internal constant @addnorm_site("two at
// CHECK-COUNT-3: llvm.func
// CHECK-NOT: llvm.func
// CHECK: func.func @two(
// CHECK-COUNT-2: llvm.call @addnormVendorRmsNorm
llvm.func @addnormVendorRmsNorm(!llvm.ptr, !llvm.ptr) -> i32
func.func @two(%x: memref<4x16xf16>) {
  addnorm.rms_norm(%x : memref<4x16xf16>) epsilon 1.0e-5 outs(%x : memref<4x16xf16>)
  addnorm.rms_norm(%x : memref<4x16xf16>) epsilon 1.0e-5 outs(%x : memref<4x16xf16>)
  return
}
