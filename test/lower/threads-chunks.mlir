// Fewer rows than threads: the chunks of all of them are shared, and the partials of each are kept in
// memory until all are there.
// RUN: addnorm-opt %s --split-input-file --pass-pipeline='builtin.module(addnorm-lower{target=vector cpu=aarch64 threads=4},canonicalize,cse)' | FileCheck %s --implicit-check-not=scf.parallel

// 3 rows of 25 chunks, the last of which is short: 75 x 64 partials. Nothing of the tasks goes into a
// sum: a row's partials are added from its first chunk on, whoever does it.
// CHECK-LABEL: func.func @three_rows(
// CHECK-SAME: %[[X:[^:]*]]: memref<3x100000xf32>, %{{.*}}: memref<3x100000xf32>, %[[RSTD:[^:]*]]: memref<3x1xf32>
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C25:.*]] = arith.constant 25 : index
// CHECK: %[[PARTIALS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4800xf32>
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[C4]])
// CHECK: scf.for %[[CHUNK:.*]] = %{{.*}} to %{{.*}} step
// CHECK-DAG: %[[ROW:.*]] = arith.divui %[[CHUNK]], %[[C25]]
// CHECK-DAG: arith.remui %[[CHUNK]], %[[C25]]
// CHECK: %[[MINE:.*]] = memref.subview %[[PARTIALS]]
// CHECK: vector.load %[[X]][%[[ROW]], %{{.*}}]
// CHECK: vector.store %{{.*}}, %[[MINE]]
// CHECK: scf.reduce
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[C4]])
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[FIRST:.*]] = arith.muli %[[ROW]], %[[C25]]
// CHECK: %[[END:.*]] = arith.addi %[[FIRST]], %[[C25]]
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]] step {{.*}} iter_args
// CHECK: memref.subview %[[PARTIALS]]
// CHECK: math.sqrt
// CHECK: %[[HAS_FIRST:.*]] = arith.cmpi eq, %{{.*}}, %[[FIRST]]
// CHECK: scf.if %[[HAS_FIRST]] {
// CHECK-NEXT: memref.store %{{.*}}, %[[RSTD]]
// CHECK: scf.reduce
// CHECK: memref.dealloc %[[PARTIALS]]
func.func @three_rows(%x: memref<3x100000xf32>, %y: memref<3x100000xf32>, %q: memref<3x1xf32>) {
  addnorm.rms_norm(%x : memref<3x100000xf32>) epsilon 1.0e-5 outs(%y : memref<3x100000xf32>)
      rstd(%q : memref<3x1xf32>) {lanes = 64 : i64, chunk = 4096 : i64}
  return
}

// -----

// Not more tasks than chunks.
// CHECK-LABEL: func.func @three_chunks(
// CHECK: %[[C3:.*]] = arith.constant 3 : index
// CHECK-COUNT-2: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[C3]])
func.func @three_chunks(%x: memref<1x300000xf32>, %y: memref<1x300000xf32>) {
  addnorm.rms_norm(%x : memref<1x300000xf32>) epsilon 1.0e-5 outs(%y : memref<1x300000xf32>)
      {lanes = 64 : i64, chunk = 131072 : i64}
  return
}

// -----

// As many rows as threads: whole rows.
// CHECK-LABEL: func.func @four_rows(
// CHECK-NOT: memref.alloc()
// CHECK-COUNT-1: scf.parallel
func.func @four_rows(%x: memref<4x100000xf32>, %y: memref<4x100000xf32>) {
  addnorm.rms_norm(%x : memref<4x100000xf32>) epsilon 1.0e-5 outs(%y : memref<4x100000xf32>)
      {lanes = 64 : i64, chunk = 4096 : i64}
  return
}

// -----

// Any number of rows: chunks are shared when there are fewer than 4, and rows otherwise.
// CHECK-LABEL: func.func @any_rows(
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %{{.*}}, %[[C4]] : index
// CHECK: scf.if %[[FEW]] {
// CHECK: memref.alloc
// CHECK-COUNT-2: scf.parallel
// CHECK: memref.dealloc
// CHECK: } else {
// CHECK-COUNT-1: scf.parallel
// CHECK: scf.reduce
// CHECK: } else {
func.func @any_rows(%x: memref<?x100000xf16>, %y: memref<?x100000xf16>) {
  addnorm.rms_norm(%x : memref<?x100000xf16>) epsilon 1.0e-5 outs(%y : memref<?x100000xf16>)
      {lanes = 64 : i64, chunk = 4096 : i64}
  return
}
