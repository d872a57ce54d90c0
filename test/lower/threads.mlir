// Threads share the rows in even runs, as many as there are threads and rows, and only where there is
// enough to do.
// RUN: addnorm-opt %s --split-input-file --pass-pipeline='builtin.module(addnorm-lower{target=vector cpu=x86-64-v3 threads=4},canonicalize,cse)' | FileCheck %s --implicit-check-not=scf.parallel --implicit-check-not='memref.alloc()'
// RUN: addnorm-opt %s --split-input-file --pass-pipeline='builtin.module(addnorm-lower{target=vector cpu=x86-64-v3})' | FileCheck %s --check-prefix=ONE --implicit-check-not=scf.parallel --implicit-check-not='memref.alloc()'
// RUN: addnorm-opt %s --split-input-file --pass-pipeline='builtin.module(addnorm-lower{target=loops threads=4})' | FileCheck %s --check-prefix=LOOPS --implicit-check-not=scf.parallel

// The row that each keeps is its own.
// CHECK-LABEL: func.func @many_rows(
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C4095:.*]] = arith.constant 4095 : index
// CHECK-NOT: scf.if
// CHECK: scf.parallel (%[[TASK:.*]]) = (%{{.*}}) to (%[[C4]])
// CHECK-DAG: %[[NEXT:.*]] = arith.addi %[[TASK]]
// CHECK-DAG: %[[A:.*]] = arith.muli %[[TASK]], %[[C4095]]
// CHECK-DAG: %[[B:.*]] = arith.muli %[[NEXT]], %[[C4095]]
// CHECK-DAG: %[[FIRST:.*]] = arith.divui %[[A]], %[[C4]]
// CHECK-DAG: %[[END:.*]] = arith.divui %[[B]], %[[C4]]
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<256xf32>
// CHECK: %[[LAST:.*]] = arith.subi %[[END]]
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[LAST]]
// CHECK: scf.reduce
// CHECK-NEXT: }
// CHECK-NEXT: return
// ONE-LABEL: func.func @many_rows(
// LOOPS-LABEL: func.func @many_rows(
func.func @many_rows(%x: memref<4095x256xf16>, %y: memref<4095x256xf16>) {
  addnorm.rms_norm(%x : memref<4095x256xf16>) epsilon 1.0e-5 outs(%y : memref<4095x256xf16>)
      {lanes = 64 : i64}
  return
}

// -----

// CHECK-LABEL: func.func @fewer_rows_than_threads(
// CHECK: %[[C3:.*]] = arith.constant 3 : index
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[C3]])
// CHECK: return
func.func @fewer_rows_than_threads(%x: memref<3x100000xf32>, %y: memref<3x100000xf32>) {
  addnorm.rms_norm(%x : memref<3x100000xf32>) epsilon 1.0e-5 outs(%y : memref<3x100000xf32>)
      {lanes = 64 : i64}
  return
}

// -----

// One core has done these before another would have begun.
// CHECK-LABEL: func.func @small(
// CHECK-LABEL: func.func @empty(
// CHECK-LABEL: func.func @one_row(
func.func @small(%x: memref<256x1024xf16>, %y: memref<256x1024xf16>) {
  addnorm.rms_norm(%x : memref<256x1024xf16>) epsilon 1.0e-5 outs(%y : memref<256x1024xf16>)
      {lanes = 64 : i64}
  return
}
func.func @empty(%x: memref<0x?xf16>, %y: memref<0x?xf16>) {
  addnorm.rms_norm(%x : memref<0x?xf16>) epsilon 1.0e-5 outs(%y : memref<0x?xf16>)
      {lanes = 64 : i64, chunk = 64 : i64}
  return
}
func.func @one_row(%x: memref<?xf16>, %y: memref<?xf16>) {
  addnorm.rms_norm(%x : memref<?xf16>) epsilon 1.0e-5 outs(%y : memref<?xf16>) {lanes = 64 : i64}
  return
}

// -----

// Sizes of which only the run knows: 1 MiB decides, and there are not more tasks than rows.
// CHECK-LABEL: func.func @dynamic(
// CHECK-DAG: %[[MIB:.*]] = arith.constant 1048576 : index
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK: %[[IS_LARGE:.*]] = arith.cmpi ugt, %{{.*}}, %[[MIB]] : index
// CHECK: scf.if %[[IS_LARGE]] {
// CHECK-NEXT: %[[TASKS:.*]] = arith.minui %[[ROWS:.*]], %[[C4]] : index
// CHECK-NEXT: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[TASKS]])
// CHECK: } else {
// CHECK: arith.subi %[[ROWS]]
func.func @dynamic(%x: memref<?x512xf32>, %y: memref<?x512xf32>) {
  addnorm.rms_norm(%x : memref<?x512xf32>) epsilon 1.0e-5 outs(%y : memref<?x512xf32>)
      {lanes = 64 : i64}
  return
}

// -----

// What a thread stores around the cache, it orders itself.
// CHECK-LABEL: func.func @streamed(
// CHECK: scf.parallel
// CHECK: nontemporal = true
// CHECK: llvm.fence seq_cst
// CHECK-NEXT: } else {
// CHECK-NOT: llvm.fence
// CHECK: scf.reduce
// CHECK-LABEL: func.func @streamed_chunks(
// CHECK: memref.alloc()
// CHECK: scf.parallel
// CHECK-NOT: nontemporal
// CHECK: scf.parallel
// CHECK: nontemporal = true
// CHECK: llvm.fence seq_cst
// CHECK-NEXT: } else {
// CHECK-NOT: llvm.fence
// CHECK: scf.reduce
func.func @streamed(%x: memref<8192x4096xf32>, %y: memref<8192x4096xf32>) {
  addnorm.rms_norm(%x : memref<8192x4096xf32>) epsilon 1.0e-5 outs(%y : memref<8192x4096xf32>)
      {lanes = 64 : i64}
  return
}
func.func @streamed_chunks(%x: memref<3x4194304xf32>, %y: memref<3x4194304xf32>) {
  addnorm.rms_norm(%x : memref<3x4194304xf32>) epsilon 1.0e-5 outs(%y : memref<3x4194304xf32>)
      {lanes = 64 : i64, chunk = 8192 : i64}
  return
}

// -----

// Where the op is one thread's already, it gets no more of them.
// CHECK-LABEL: func.func @in_forall(
// CHECK: scf.forall
// CHECK: memref.alloc()
// ONE-LABEL: func.func @in_forall(
// ONE: memref.alloc()
func.func @in_forall(%x: memref<4096x256xf32>, %y: memref<4096x256xf32>, %n: index) {
  scf.forall (%i) in (%n) {
    addnorm.rms_norm(%x : memref<4096x256xf32>) epsilon 1.0e-5 outs(%y : memref<4096x256xf32>)
        {lanes = 64 : i64}
  }
  return
}
