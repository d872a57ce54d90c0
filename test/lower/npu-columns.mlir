// A machine on which short transfers cost little, so that little of the scratchpad goes to tiles.
// RUN: sed 's/"latencyCycles": 30/"latencyCycles": 10/; s/"issueCycles": 6/"issueCycles": 1/' %S/Inputs/small.json > %t.json
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%t.json},canonicalize,cse)' \
// RUN:   | FileCheck %s

// Multi pass: a row that does not fit goes through in tiles of columns, twice; the next row's squares
// are added up while the results of one are stored.

func.func @columns(%x: memref<6x4096xf16>, %r: memref<6x4096xf16>, %g: memref<4096xf16>, %y: memref<6x4096xf16>, %s: memref<6x4096xf16>) {
  addnorm.rms_norm(%x, %r : memref<6x4096xf16>, memref<6x4096xf16>) gamma(%g : memref<4096xf16>)
      epsilon 1.0e-5 outs(%y : memref<6x4096xf16>) sum(%s : memref<6x4096xf16>) {lanes = 16 : i64}
  return
}

// CHECK: func.func private @addnorm_npu_rms_norm_0(%[[CORE:.*]]: index, %[[X:.*]]: memref<6x4096xf16>
// Two buffers for the addends of either row; part of t is kept, as f32; the sums of the lanes outlive
// a tile.
// CHECK: addnorm.scratchpad core %[[CORE]] at 0 : memref<4x1x[[PITCH:[0-9]+]]xf16, #addnorm.scratchpad>
// CHECK: %[[KEPT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<[[COLUMNS:[0-9]+]]xf32, #addnorm.scratchpad>
// CHECK: %[[PARTIALS:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<16xf32, #addnorm.scratchpad>
// CHECK: %[[RSTD:.*]] = memref.alloca() : memref<1xf32>

// All steps are one line.
// CHECK: scf.for %[[STEP:.*]] = %c0 to %{{.*}} step %c1
// Results of a row, from what is kept of t or from its addends, loaded again.
// CHECK: memref.subview %[[KEPT]]
// CHECK: memref.load %[[RSTD]]
// CHECK: arith.mulf %{{.*}} : vector<16xf32>
// CHECK: else
// CHECK: arith.addf %{{.*}} : vector<16xf32>
// CHECK: addnorm.dma_start %{{.*}} : memref<1x{{.*}}xf16, {{.*}}, #addnorm.scratchpad>, memref<1x
// CHECK: addnorm.dma_start %{{.*}} : memref<1x{{.*}}xf16, {{.*}}, #addnorm.scratchpad>, memref<1x
// Squares of the next one.
// CHECK: vector.store %{{.*}}, %[[PARTIALS]]
// CHECK: vector.load %[[PARTIALS]]
// CHECK: math.fma
// CHECK: vector.store %{{.*}}, %[[PARTIALS]]
// CHECK: math.sqrt
// CHECK: memref.store %{{.*}}, %[[RSTD]]
