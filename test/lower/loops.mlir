// RUN: addnorm-opt %s --split-input-file --addnorm-lower='target=loops' --canonicalize --cse | FileCheck %s

// A row alone: no loop over rows. The statistic, the fold, the root, then the second pass, which reads
// both addends and gamma before it stores anything.
// CHECK-LABEL: func.func @row(
// CHECK-SAME: %[[X:.*]]: memref<100xf32>, %[[R:.*]]: memref<100xf32>, %[[G:.*]]: memref<100xf32>, %[[Y:.*]]: memref<100xf32>, %[[S:.*]]: memref<100xf32>
// CHECK-DAG: %[[N:.*]] = arith.constant 1.000000e+02 : f32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[P:.*]] = memref.alloca() {alignment = 4 : i64} : memref<4xf32>
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %c100
// CHECK: %[[T:.*]] = arith.addf
// CHECK: %[[K:.*]] = arith.remui %[[I]], %c4
// CHECK: %[[OLD:.*]] = memref.load %[[P]][%[[K]]]
// CHECK: %[[ACC:.*]] = math.fma %[[T]], %[[T]], %[[OLD]]
// CHECK: memref.store %[[ACC]], %[[P]][%[[K]]]
// CHECK: memref.store %{{.*}}, %[[P]][%c0]
// CHECK-NEXT: %[[SUM:.*]] = memref.load %[[P]][%c0]
// CHECK: %[[MEAN:.*]] = arith.divf %[[SUM]], %[[N]]
// CHECK: %[[RADICAND:.*]] = arith.addf %[[MEAN]]
// CHECK: %[[ROOT:.*]] = math.sqrt %[[RADICAND]]
// CHECK: %[[RSTD:.*]] = arith.divf %[[ONE]], %[[ROOT]]
// CHECK: scf.for %[[J:.*]] = %c0 to %c100
// CHECK-DAG: %[[XJ:.*]] = memref.load %[[X]][%[[J]]]
// CHECK-DAG: %[[RJ:.*]] = memref.load %[[R]][%[[J]]]
// CHECK-DAG: %[[GJ:.*]] = memref.load %[[G]][%[[J]]]
// CHECK-DAG: %[[TJ:.*]] = arith.addf %[[XJ]], %[[RJ]]
// CHECK-DAG: %[[U:.*]] = arith.mulf %[[TJ]], %[[RSTD]]
// CHECK-DAG: %[[V:.*]] = arith.mulf %[[U]], %[[GJ]]
// CHECK: memref.store %[[TJ]], %[[S]][%[[J]]]
// CHECK-NEXT: memref.store %[[V]], %[[Y]][%[[J]]]
func.func @row(%x: memref<100xf32>, %r: memref<100xf32>, %g: memref<100xf32>, %y: memref<100xf32>,
               %s: memref<100xf32>) {
  addnorm.rms_norm(%x, %r : memref<100xf32>, memref<100xf32>) gamma(%g : memref<100xf32>)
      epsilon 1.0e-5 outs(%y : memref<100xf32>) sum(%s : memref<100xf32>) {lanes = 4 : i64}
  return
}

// -----

// Any sizes and strides: one loop per leading dimension; a bias has the column index alone; rstd is
// stored once a row.
// CHECK-LABEL: func.func @rank3(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x?x?xf16, strided<[?, ?, 1], offset: ?>>, %[[B:[^:]*]]: memref<?xbf16>, %[[Y:[^:]*]]: memref<?x?x?xf16>, %[[RSTD:[^:]*]]: memref<?x?x1xf32>
// CHECK: %[[D2:.*]] = memref.dim %[[Y]], %c2
// CHECK: %[[D0:.*]] = memref.dim %[[Y]], %c0
// CHECK: scf.for %[[I:.*]] = %c0 to %[[D0]]
// CHECK: %[[D1:.*]] = memref.dim %[[Y]], %c1
// CHECK: scf.for %[[J:.*]] = %c0 to %[[D1]]
// CHECK: scf.for %[[K:.*]] = %c0 to %[[D2]]
// CHECK: memref.load %[[X]][%[[I]], %[[J]], %[[K]]]
// CHECK: memref.load %[[B]][%[[K]]]
// CHECK: %[[R:.*]] = arith.divf %{{.*}}, %{{.*}}
// CHECK: %[[R:.*]] = arith.divf %{{.*}}, %{{.*}}
// CHECK: scf.for %[[K2:.*]] = %c0 to %[[D2]]
// CHECK: memref.store %{{.*}}, %[[Y]][%[[I]], %[[J]], %[[K2]]]
// CHECK: }
// CHECK-NEXT: memref.store %[[R]], %[[RSTD]][%[[I]], %[[J]], %c0]
func.func @rank3(%x: memref<?x?x?xf16, strided<[?, ?, 1], offset: ?>>, %b: memref<?xbf16>,
                 %y: memref<?x?x?xf16>, %rstd: memref<?x?x1xf32>) {
  addnorm.rms_norm(%x, %b : memref<?x?x?xf16, strided<[?, ?, 1], offset: ?>>, memref<?xbf16>)
      epsilon 1.0e-5 outs(%y : memref<?x?x?xf16>) rstd(%rstd : memref<?x?x1xf32>) {lanes = 64 : i64}
  return
}

// -----

// Scales multiply before the addition; a scale of 1 does not.
// CHECK-LABEL: func.func @scales(
// CHECK-SAME: %[[SCALE:[^:]*]]: f32, %[[EPS:[^:]*]]: f32
// CHECK-COUNT-2: arith.mulf
// CHECK-NOT: arith.mulf
// CHECK: math.fma
// CHECK: arith.addf %{{.*}}, %[[EPS]] : f32
func.func @scales(%x: memref<8x16xf32>, %r: memref<8x16xf32>, %q: memref<8x16xf32>,
                  %y: memref<8x16xf32>, %scale: f32, %eps: f32) {
  addnorm.rms_norm(%x, %r, %q : memref<8x16xf32>, memref<8x16xf32>, memref<8x16xf32>)
      scales [1.0, %scale, 0.5] epsilon %eps outs(%y : memref<8x16xf32>) {lanes = 1 : i64}
  return
}

// -----

// sum_type and norm_type are roundings of f32 values, and gamma_offset is added to gamma in f32.
// CHECK-LABEL: func.func @roundings(
// CHECK: %[[T:.*]] = arith.addf
// CHECK: %[[NARROW:.*]] = arith.truncf %[[T]] to_nearest_even : f32 to f16
// CHECK: %[[WIDE:.*]] = arith.extf %[[NARROW]] : f16 to f32
// CHECK: math.fma %[[WIDE]], %[[WIDE]]
// CHECK: math.sqrt
// CHECK: arith.addf %{{.*}}, %cst{{.*}} : f32
// CHECK: %[[UP:.*]] = arith.extui %{{.*}} : i1 to i16
// CHECK-NEXT: %[[ROUNDED:.*]] = arith.addi %{{.*}}, %[[UP]] : i16
// CHECK-NEXT: %[[BITS:.*]] = arith.extui %[[ROUNDED]] : i16 to i32
// CHECK-NEXT: %[[UPPER:.*]] = arith.shli %[[BITS]], %{{.*}} : i32
// CHECK-NEXT: %[[U:.*]] = arith.bitcast %[[UPPER]] : i32 to f32
// CHECK-NEXT: arith.mulf %[[U]]
func.func @roundings(%x: memref<8x16xf16>, %r: memref<8x16xf16>, %g: memref<16xf16>,
                     %y: memref<8x16xf32>) {
  addnorm.rms_norm(%x, %r : memref<8x16xf16>, memref<8x16xf16>) gamma(%g : memref<16xf16>)
      epsilon 1.0e-5 outs(%y : memref<8x16xf32>)
      {lanes = 4 : i64, gamma_offset = 1.0 : f32, sum_type = f16, norm_type = bf16}
  return
}

// -----

// Chunks: each is summed into partials of its own, which are then added to those of the row.
// CHECK-LABEL: func.func @chunks(
// CHECK-DAG: %[[TOTAL:.*]] = memref.alloca() {alignment = 4 : i64} : memref<4xf32>
// CHECK-DAG: %[[CHUNK:.*]] = memref.alloca() {alignment = 4 : i64} : memref<4xf32>
// CHECK: scf.for %[[START:.*]] = %c0 to %[[N:.*]] step %c8
// CHECK: %[[REST:.*]] = arith.subi %[[N]], %[[START]]
// CHECK: %[[LENGTH:.*]] = arith.minsi %[[REST]], %c8
// CHECK: %[[END:.*]] = arith.addi %[[START]], %[[LENGTH]]
// CHECK: scf.for %{{.*}} = %[[START]] to %[[END]]
// CHECK: math.fma
// CHECK: }
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: math.sqrt
func.func @chunks(%x: memref<?x?xf32>, %y: memref<?x?xf32>) {
  addnorm.rms_norm(%x : memref<?x?xf32>) epsilon 1.0e-5 outs(%y : memref<?x?xf32>)
      {lanes = 4 : i64, chunk = 8 : i64}
  return
}

// -----

// Empty and absurdly large shapes are just loops.
// CHECK-LABEL: func.func @extremes(
// CHECK-NOT: addnorm
func.func @extremes(%e: memref<0x4xf16>, %n: memref<4x0xf16>,
                    %h: memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>) {
  addnorm.rms_norm(%e : memref<0x4xf16>) epsilon 1.0e-5 outs(%e : memref<0x4xf16>)
  addnorm.rms_norm(%n : memref<4x0xf16>) epsilon 1.0e-5 outs(%n : memref<4x0xf16>)
  addnorm.rms_norm(%h : memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>)
      epsilon 1.0e-5
      outs(%h : memref<4611686018427387904x4611686018427387904x16xf16, strided<[0, 16, 1]>>)
  return
}
