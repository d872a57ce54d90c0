// A machine on which short transfers cost little, so that little of the scratchpad goes to tiles.
// RUN: sed 's/"latencyCycles": 30/"latencyCycles": 10/; s/"issueCycles": 6/"issueCycles": 1/' %S/Inputs/small.json > %t.json
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%t.json},canonicalize,cse)' \
// RUN:   | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=ascend-like},canonicalize,cse)' \
// RUN:   | FileCheck --check-prefix=WIDE %s

// Multi pass: a row that does not fit goes through in tiles of columns, twice; the next row's squares
// are added up while the results of one are stored.

// CHECK-LABEL: func.func @columns(
func.func @columns(%x: memref<6x4096xf16>, %r: memref<6x4096xf16>, %g: memref<4096xf16>, %y: memref<6x4096xf16>, %s: memref<6x4096xf16>) {
  addnorm.rms_norm(%x, %r : memref<6x4096xf16>, memref<6x4096xf16>) gamma(%g : memref<4096xf16>)
      epsilon 1.0e-5 outs(%y : memref<6x4096xf16>) sum(%s : memref<6x4096xf16>) {lanes = 16 : i64}
  return
}

// One row for each core, all of whose t is kept.
// WIDE-LABEL: func.func @kept(
func.func @kept(%x: memref<8x16384xf32>, %r: memref<8x16384xf32>, %y: memref<8x16384xf32>, %s: memref<8x16384xf32>) {
  addnorm.rms_norm(%x, %r : memref<8x16384xf32>, memref<8x16384xf32>)
      epsilon 1.0e-5 outs(%y : memref<8x16384xf32>) sum(%s : memref<8x16384xf32>) {lanes = 64 : i64}
  return
}

// And only a part of it: the addends of the rest come back to the same buffers.
// WIDE-LABEL: func.func @once(
func.func @once(%x: memref<8x65536xf32>, %r: memref<8x65536xf32>, %y: memref<8x65536xf32>) {
  addnorm.rms_norm(%x, %r : memref<8x65536xf32>, memref<8x65536xf32>)
      epsilon 1.0e-5 outs(%y : memref<8x65536xf32>) {lanes = 64 : i64}
  return
}

// CHECK: func.func private @addnorm_npu_rms_norm_0(%[[CORE:.*]]: index, %[[X:.*]]: memref<6x4096xf16>
// Two buffers for the addends of either row; part of t is kept, as f32; the sums of the lanes outlive
// a tile.
// CHECK: addnorm.scratchpad core %[[CORE]] at 0 : memref<4x1x[[PITCH:[0-9]+]]xf16, #addnorm.scratchpad>
// CHECK: %[[YT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<2x1x[[PITCH]]xf16, #addnorm.scratchpad>
// CHECK: %[[ST:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<2x1x[[PITCH]]xf16, #addnorm.scratchpad>
// CHECK: %[[KEPT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<[[COLUMNS:[0-9]+]]xf32, #addnorm.scratchpad>
// CHECK: %[[PARTIALS:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<16xf32, #addnorm.scratchpad>
// CHECK: %[[RSTD:.*]] = memref.alloca() : memref<1xf32>

// All steps are one line.
// CHECK: scf.for %[[STEP:.*]] = %c0 to %{{.*}} step %c1
// Results of a row, from what is kept of t or from its addends, loaded again: then its sum is stored,
// too.
// CHECK: memref.subview %[[YT]]
// CHECK: memref.subview %[[KEPT]]
// CHECK: memref.load %[[RSTD]]
// CHECK: arith.mulf %{{.*}} : vector<16xf32>
// CHECK-NOT: memref.subview %[[ST]]
// CHECK: else
// CHECK: memref.subview %[[ST]]
// CHECK: arith.addf %{{.*}} : vector<16xf32>
// CHECK: addnorm.dma_start %{{.*}} : memref<1x{{.*}}xf16, {{.*}}, #addnorm.scratchpad>, memref<1x
// CHECK: addnorm.dma_start %{{.*}} : memref<1x{{.*}}xf16, {{.*}}, #addnorm.scratchpad>, memref<1x
// Squares of the next one, and its sum where t is kept.
// CHECK: vector.store %{{.*}}, %[[PARTIALS]]
// CHECK: %[[SUM:.*]] = memref.subview %[[ST]]
// CHECK: %[[T:.*]] = memref.subview %[[KEPT]]
// CHECK: vector.load %[[PARTIALS]]
// CHECK: vector.store %{{.*}}, %[[T]]
// CHECK: vector.store %{{.*}}, %[[SUM]]
// CHECK: math.fma
// CHECK: vector.store %{{.*}}, %[[PARTIALS]]
// CHECK: addnorm.dma_start %[[SUM]], %{{.*}} : memref<1x{{.*}}xf16, {{.*}}, #addnorm.scratchpad>, memref<1x
// CHECK: else
// CHECK-NOT: memref.subview %[[ST]]
// CHECK: math.sqrt
// CHECK: memref.store %{{.*}}, %[[RSTD]]

// Three tensors have tiles; the sum is stored from where t is.
// WIDE: func.func private @addnorm_npu_rms_norm_1(
// WIDE-COUNT-3: addnorm.scratchpad core %{{.*}} at {{.*}} : memref<{{[2-8]}}x1x[[TILE:[0-9]+]]xf32, #addnorm.scratchpad>
// WIDE: addnorm.scratchpad core %{{.*}} at {{.*}} : memref<16{{[0-9]+}}xf32, #addnorm.scratchpad>
// WIDE: vector.store %{{.*}}, %[[T:.*]][%{{.*}}] : memref<?xf32, {{.*}}, #addnorm.scratchpad>, vector<64xf32>
// WIDE: math.fma
// WIDE: addnorm.dma_start %[[T]], %{{.*}} : memref<?xf32, {{.*}}, #addnorm.scratchpad>, memref<?xf32

// WIDE: func.func private @addnorm_npu_rms_norm_2(
// WIDE: addnorm.scratchpad core %{{.*}} at {{.*}} : memref<[[BUFFERS:[2-8]]]x1x{{[0-9]+}}xf32
// WIDE: addnorm.scratchpad core %{{.*}} at {{.*}} : memref<{{[0-9]+}}xf32
// WIDE: arith.remui %{{.*}}, %c[[BUFFERS]]
