// Target vector: what the schedule decides is what is emitted.
// RUN: addnorm-opt %s --split-input-file --addnorm-lower='target=vector cpu=x86-64-v4' --canonicalize --cse | FileCheck %s

// The row of t is kept in a buffer; f16 is widened to half a register and squared there, the partials
// are carried by the loop, and the loop that stores a row, a register at a time, adds and squares the
// next one.
// CHECK-LABEL: func.func @row(
// CHECK: %[[ROW:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4096xf32>
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) {
// CHECK-NOT: vector.maskedload
// CHECK: %[[T:.*]] = arith.addf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK: vector.store %[[T]], %[[ROW]]
// CHECK: math.fma %[[T]], %[[T]], %{{.*}} : vector<8xf32>
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.load %[[ROW]]
// CHECK: arith.truncf %{{.*}} to_nearest_even : vector<16xf32> to vector<16xf16>
// CHECK: vector.store %{{.*}} : memref<8x4096xf16>, vector<16xf16>
// CHECK: vector.load %arg0[%{{.*}}] : memref<8x4096xf16>, vector<8xf16>
// CHECK-NOT: nontemporal
// CHECK-NOT: memref.prefetch
func.func @row(%x: memref<8x4096xf16>, %r: memref<8x4096xf16>, %y: memref<8x4096xf16>) {
  addnorm.rms_norm(%x, %r : memref<8x4096xf16>, memref<8x4096xf16>) epsilon 1.0e-5
      outs(%y : memref<8x4096xf16>) {lanes = 64 : i64}
  return
}

// -----

// Results of what would take much of the cache are stored around it, if the rows begin with
// lines; the next row is fetched early. Other threads see what was stored before what follows.
// CHECK-LABEL: func.func @stream(
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: %[[ALIGNED:.*]] = arith.cmpi eq
// CHECK: scf.if %[[ALIGNED]] {
// CHECK: memref.prefetch %arg0
// CHECK: vector.store {{.*}} {alignment = 32 : i64, nontemporal = true} : memref<8192x4096xf16>, vector<16xf16>
// CHECK: llvm.fence seq_cst
// CHECK: } else {
// CHECK-NOT: nontemporal
// CHECK-LABEL: func.func @stream_line(
// CHECK-NOT: alignment = 128
// CHECK: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true} : memref<8192x4096xf32>, vector<16xf32>
func.func @stream(%x: memref<8192x4096xf16>, %y: memref<8192x4096xf16>) {
  addnorm.rms_norm(%x : memref<8192x4096xf16>) epsilon 1.0e-5
      outs(%y : memref<8192x4096xf16>) {lanes = 64 : i64}
  return
}
func.func @stream_line(%x: memref<8192x4096xf16>, %y: memref<8192x4096xf32>) {
  addnorm.rms_norm(%x : memref<8192x4096xf16>) epsilon 1.0e-5
      outs(%y : memref<8192x4096xf32>) {lanes = 64 : i64}
  return
}

// -----

// f32 from memory keeps t, and the loads of each block wait for those before, behind what is fetched
// ahead. From the cache short rows are read twice, without a fence.
// CHECK-LABEL: func.func @fenced(
// CHECK: %[[ROW:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4096xf32>
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.prefetch
// CHECK-NOT: vector.load
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.lfence"()
// CHECK-NOT: memref.prefetch
// CHECK: vector.load %[[ROW]]
// CHECK: nontemporal
// CHECK: vector.load %arg0
// CHECK: vector.store %{{.*}}, %[[ROW]]
// CHECK-LABEL: func.func @cached(
// CHECK-NOT: lfence
// CHECK: memref.prefetch
// CHECK: vector.load %arg0
// CHECK: nontemporal
// CHECK-LABEL: func.func @fenced_if_large(
// CHECK: %[[BYTES:.*]] = arith.muli %{{.*}}, %c32768
// CHECK: arith.cmpi ugt, %[[BYTES]], %c4194304
// CHECK: %[[LARGE:.*]] = arith.cmpi ugt, %[[BYTES]], %c33554432
// CHECK: scf.if %[[LARGE]] {
// CHECK: lfence
// CHECK: } else {
// CHECK-NOT: lfence
// CHECK: nontemporal
func.func @fenced(%x: memref<8192x4096xf32>, %y: memref<8192x4096xf32>) {
  addnorm.rms_norm(%x : memref<8192x4096xf32>) epsilon 1.0e-5
      outs(%y : memref<8192x4096xf32>) {lanes = 64 : i64}
  return
}
func.func @cached(%x: memref<512x4096xf32>, %y: memref<512x4096xf32>) {
  addnorm.rms_norm(%x : memref<512x4096xf32>) epsilon 1.0e-5
      outs(%y : memref<512x4096xf32>) {lanes = 64 : i64}
  return
}
func.func @fenced_if_large(%x: memref<?x4096xf32>, %y: memref<?x4096xf32>) {
  addnorm.rms_norm(%x : memref<?x4096xf32>) epsilon 1.0e-5
      outs(%y : memref<?x4096xf32>) {lanes = 64 : i64}
  return
}

// -----

// With the sum only the loads of the next row wait, behind the stores of this one. Rows of which t and
// gamma fill the first cache are fenced before the last one is full.
// CHECK-LABEL: func.func @fenced_between(
// CHECK: %[[ROW:.*]] = memref.alloca() {{.*}} : memref<4096xf32>
// CHECK: arith.cmpi ugt, %{{.*}}, %c20971520
// CHECK: memref.prefetch
// CHECK-NOT: lfence
// CHECK: vector.load %[[ROW]]
// CHECK: nontemporal
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.lfence"()
// CHECK-NOT: vector.load %[[ROW]]
// CHECK: vector.load %arg0
func.func @fenced_between(%x: memref<?x4096xf32>, %g: memref<4096xf32>, %y: memref<?x4096xf32>,
                          %s: memref<?x4096xf32>) {
  addnorm.rms_norm(%x : memref<?x4096xf32>) gamma(%g : memref<4096xf32>) epsilon 1.0e-5
      outs(%y : memref<?x4096xf32>) sum(%s : memref<?x4096xf32>) {lanes = 64 : i64}
  return
}

// -----

// bf16 from memory is read again: t is kept for rows from the last cache only.
// CHECK-LABEL: func.func @read_again(
// CHECK: %[[T:.*]] = memref.alloca() {{.*}} : memref<4096xf32>
// CHECK: arith.cmpi ugt, %{{.*}}, %c29360128
// CHECK-NOT: %[[T]]
// CHECK: memref.prefetch %arg0
// CHECK-NOT: %[[T]]
// CHECK: } else {
// CHECK: vector.store %{{.*}}, %[[T]]
// CHECK: memref.prefetch %arg0
// CHECK: vector.load %[[T]]
func.func @read_again(%x: memref<?x4096xbf16>, %y: memref<?x4096xbf16>) {
  addnorm.rms_norm(%x : memref<?x4096xbf16>) epsilon 1.0e-5
      outs(%y : memref<?x4096xbf16>) {lanes = 64 : i64}
  return
}

// -----

// The next page of an addend is found from the address, for rows may begin within one.
// CHECK-LABEL: func.func @pages(
// CHECK: memref.prefetch %arg0
// CHECK: %[[START:.*]] = memref.extract_aligned_pointer_as_index %arg0
// CHECK: %[[AT:.*]] = arith.addi %[[START]], %{{.*}} : index
// CHECK: %[[PAGE:.*]] = arith.andi %[[AT]], %c-4096 : index
// CHECK: %[[NEXT:.*]] = arith.addi %[[PAGE]], %c4096 : index
// CHECK: %[[INTEGER:.*]] = arith.index_cast %[[NEXT]] : index to i64
// CHECK: %[[POINTER:.*]] = llvm.inttoptr %[[INTEGER]]
// CHECK: "llvm.intr.prefetch"(%[[POINTER]])
func.func @pages(%x: memref<8192x5120xf16>, %y: memref<8192x5120xf16>) {
  addnorm.rms_norm(%x : memref<8192x5120xf16>) epsilon 1.0e-5
      outs(%y : memref<8192x5120xf16>) {lanes = 64 : i64}
  return
}

// -----

// A tail is masked, with zeros for what is missing; bf16 has no masked loads and goes by registers of f32, and
// then by elements.
// CHECK-LABEL: func.func @tail(
// CHECK: vector.constant_mask [4] : vector<8xi1>
// CHECK: vector.maskedload
// CHECK: %[[ZEROED:.*]] = arith.select %{{.*}} : vector<{{.*}}xi1>, vector
// CHECK: math.fma %[[ZEROED]], %[[ZEROED]]
// CHECK: vector.maskedstore
// CHECK-LABEL: func.func @tail_bf16(
// CHECK-NOT: vector.maskedload
// CHECK: scf.for {{.*}} to %c32 step %c16
// CHECK: vector.load %arg0{{.*}} vector<16xbf16>
// CHECK: scf.for {{.*}} = %c32 to %c36 step %c1
// CHECK: memref.load %arg0
// CHECK-NOT: vector.maskedload
// CHECK: return
func.func @tail(%x: memref<8x100xf16>, %y: memref<8x100xf16>) {
  addnorm.rms_norm(%x : memref<8x100xf16>) epsilon 1.0e-5
      outs(%y : memref<8x100xf16>) {lanes = 64 : i64}
  return
}
func.func @tail_bf16(%x: memref<8x100xbf16>, %y: memref<8x100xbf16>) {
  addnorm.rms_norm(%x : memref<8x100xbf16>) epsilon 1.0e-5
      outs(%y : memref<8x100xbf16>) {lanes = 64 : i64}
  return
}

// -----

// A row of any length: kept if the buffer is long enough, otherwise its addends are read twice.
// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[ROW:.*]] = memref.alloca() {alignment = 64 : i64} : memref<[[LENGTH:[0-9]+]]xf32>
// CHECK: %[[N:.*]] = memref.dim %arg1, %{{.*}}
// CHECK: %[[LONGER:.*]] = arith.cmpi ugt, %[[N]], %c[[LENGTH]]
// CHECK: scf.if %[[LONGER]] {
// CHECK-NOT: %[[ROW]]
// CHECK: } else {
// CHECK: vector.store %{{.*}}, %[[ROW]]
func.func @dynamic(%x: memref<3x?xf32>, %y: memref<3x?xf32>) {
  addnorm.rms_norm(%x : memref<3x?xf32>) epsilon 1.0e-5
      outs(%y : memref<3x?xf32>) {lanes = 64 : i64}
  return
}

// -----

// More lanes than half the registers hold: their partials are in memory.
// CHECK-LABEL: func.func @lanes(
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<1024xf32>
// CHECK: %[[LANE:.*]] = arith.andi %{{.*}}, %c1023
// CHECK: %[[PARTIAL:.*]] = vector.load %{{.*}}[%[[LANE]]] : memref<1024xf32>, vector<16xf32>
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[PARTIAL]]
func.func @lanes(%x: memref<8x100000xf32>, %y: memref<8x100000xf32>) {
  addnorm.rms_norm(%x : memref<8x100000xf32>) epsilon 1.0e-5
      outs(%y : memref<8x100000xf32>) {lanes = 1024 : i64}
  return
}

// -----

// bf16 is widened and rounded in pairs: nothing moves to another place until the partials are folded.
// A NaN that comes from bf16 is one without more ado.
// CHECK-LABEL: func.func @pairs(
// CHECK-NOT: arith.cmpf
// CHECK: %[[PAIRS:.*]] = vector.bitcast %{{.*}} : vector<32xbf16> to vector<16xi32>
// CHECK: arith.shli %[[PAIRS]]
// CHECK: arith.andi %[[PAIRS]]
// CHECK: vector.interleave
// CHECK: arith.addf %{{.*}} : vector<16xf32>
// CHECK: vector.bitcast %{{.*}} : vector<16xi32> to vector<32xi16>
// CHECK: arith.cmpi uge, %{{.*}} : vector<32xi16>
// CHECK: arith.bitcast %{{.*}} : vector<32xi16> to vector<32xbf16>
// CHECK: return
func.func @pairs(%x: memref<8x4096xbf16>, %y: memref<8x4096xbf16>) {
  addnorm.rms_norm(%x : memref<8x4096xbf16>) epsilon 1.0e-5
      outs(%y : memref<8x4096xbf16>) {lanes = 64 : i64}
  return
}

// -----

// One that comes from a wider operand is made such a one before it meets the others.
// CHECK-LABEL: func.func @long_nans(
// CHECK-SAME: %[[EPSILON:[a-z0-9]+]]: f32
// CHECK: %[[ISNAN:.*]] = arith.cmpf uno, %[[EPSILON]], %[[EPSILON]] : f32
// CHECK: %[[SHORT:.*]] = arith.select %[[ISNAN]], %{{.*}}, %[[EPSILON]]
// CHECK: arith.addf %{{.*}}, %[[SHORT]]
// CHECK: vector.load %arg1[{{.*}}] : memref<4096xf32>, vector<32xf32>
// CHECK: arith.cmpf uno, %{{.*}} : vector<32xf32>
// CHECK: arith.mulf
func.func @long_nans(%x: memref<8x4096xbf16>, %gamma: memref<4096xf32>, %epsilon: f32,
                     %y: memref<8x4096xbf16>) {
  addnorm.rms_norm(%x : memref<8x4096xbf16>) gamma(%gamma : memref<4096xf32>) epsilon %epsilon
      outs(%y : memref<8x4096xbf16>) {lanes = 64 : i64}
  return
}
