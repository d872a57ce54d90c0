// The lane partials are the only memory of the lowered code, and never longer than a row.
// RUN: addnorm-opt %s --split-input-file --addnorm-lower | FileCheck %s --implicit-check-not=memref.alloc

// CHECK-LABEL: func.func @matrix(
// CHECK-NEXT: memref.alloca() {alignment = 4 : i64} : memref<64xf32>
func.func @matrix(%x: memref<4096x5120xf16>, %r: memref<4096x5120xf16>, %y: memref<4096x5120xf16>) {
  addnorm.rms_norm(%x, %r : memref<4096x5120xf16>, memref<4096x5120xf16>) epsilon 1.0e-5
      outs(%y : memref<4096x5120xf16>) {lanes = 64 : i64}
  return
}

// -----

// Lanes and a chunk beyond the row change nothing and take nothing.
// CHECK-LABEL: func.func @short_rows(
// CHECK-NEXT: memref.alloca() {alignment = 4 : i64} : memref<8xf32>
func.func @short_rows(%x: memref<4096x7xf16>, %y: memref<4096x7xf16>) {
  addnorm.rms_norm(%x : memref<4096x7xf16>) epsilon 1.0e-5 outs(%y : memref<4096x7xf16>)
      {lanes = 4096 : i64, chunk = 8192 : i64}
  return
}

// -----

// Taken once, not in every iteration of the loop around the op.
// CHECK-LABEL: func.func @in_loop(
// CHECK-NEXT: memref.alloca() {alignment = 4 : i64} : memref<16xf32>
// CHECK-NEXT: memref.alloca() {alignment = 4 : i64} : memref<16xf32>
func.func @in_loop(%x: memref<8x?xf16>, %y: memref<8x?xf16>, %n: index, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    scf.if %c {
      addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
          {lanes = 16 : i64, chunk = 32 : i64}
    }
  }
  return
}

// -----

// Iterations that may run at once need their own, and give it back.
// CHECK-LABEL: func.func @in_forall(
// CHECK: scf.forall
// CHECK: %[[P:.*]] = memref.alloc() {alignment = 4 : i64} : memref<16xf32>
// CHECK: %[[Q:.*]] = memref.alloc() {alignment = 4 : i64} : memref<16xf32>
// CHECK: memref.dealloc %[[P]]
// CHECK-NEXT: memref.dealloc %[[Q]]
// CHECK-NEXT: }
func.func @in_forall(%x: memref<8x?xf16>, %y: memref<8x?xf16>, %n: index) {
  scf.forall (%i) in (%n) {
    addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
        {lanes = 16 : i64, chunk = 32 : i64}
  }
  return
}

// -----

// The ops of a function run one after the other and use the same memory, as far as it suits them.
// CHECK-LABEL: func.func @many(
// CHECK-COUNT-3: memref.alloca()
// CHECK-LABEL: func.func @other(
// CHECK-NEXT: memref.alloca() {alignment = 4 : i64} : memref<16xf32>
func.func @many(%x: memref<8x?xf16>, %y: memref<8x?xf16>, %c: i1) {
  addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
      {lanes = 16 : i64, chunk = 32 : i64}
  scf.if %c {
    addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
        {lanes = 64 : i64}
  }
  addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
      {lanes = 16 : i64, chunk = 32 : i64}
  addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
      {lanes = 64 : i64}
  return
}
func.func @other(%x: memref<8x?xf16>, %y: memref<8x?xf16>) {
  addnorm.rms_norm(%x : memref<8x?xf16>) epsilon 1.0e-5 outs(%y : memref<8x?xf16>)
      {lanes = 16 : i64}
  return
}
