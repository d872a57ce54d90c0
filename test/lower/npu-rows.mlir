// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%S/Inputs/small.json},canonicalize,cse)' \
// RUN:   | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=hexagon-like},canonicalize,cse)' \
// RUN:   | FileCheck --check-prefix=TALL %s

// Single pass: tiles of whole rows, the next ones on their way in while one is computed.

// Each of the four cores gets called, and what its kernel returns is looked at.
// CHECK-LABEL: func.func @rows(
// CHECK: %[[SITE:.*]] = llvm.mlir.addressof @addnorm_site
// CHECK: scf.for %[[CORE:.*]] = %{{.*}} to %c4
// CHECK: %[[STATUS:.*]] = func.call @addnorm_npu_rms_norm_0(%[[CORE]], %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[STATUS]], %c0_i32
// CHECK: scf.if %[[OK]]
// CHECK: else
// CHECK: llvm.call @addnormNpuFailed(%[[STATUS]], %[[SITE]])
func.func @rows(%x: memref<64x128xf16>, %r: memref<64x128xf16>, %g: memref<128xf16>, %y: memref<64x128xf16>) {
  addnorm.rms_norm(%x, %r : memref<64x128xf16>, memref<64x128xf16>) gamma(%g : memref<128xf16>)
      epsilon 1.0e-5 outs(%y : memref<64x128xf16>) {lanes = 16 : i64}
  return
}

// An op like it has the same kernel; one with another epsilon has not.
// CHECK-LABEL: func.func @again(
// CHECK: func.call @addnorm_npu_rms_norm_0(
// CHECK: func.call @addnorm_npu_rms_norm_1(
func.func @again(%x: memref<64x128xf16>, %r: memref<64x128xf16>, %g: memref<128xf16>, %y: memref<64x128xf16>) {
  addnorm.rms_norm(%x, %r : memref<64x128xf16>, memref<64x128xf16>) gamma(%g : memref<128xf16>)
      epsilon 1.0e-5 outs(%y : memref<64x128xf16>) {lanes = 16 : i64}
  addnorm.rms_norm(%x, %r : memref<64x128xf16>, memref<64x128xf16>) gamma(%g : memref<128xf16>)
      epsilon 1.0e-6 outs(%y : memref<64x128xf16>) {lanes = 16 : i64}
  return
}

// Where leading dimensions do not lie one behind the other there is a call for each plane.
// CHECK-LABEL: func.func @planes(
// CHECK: scf.for %{{.*}} = %c0 to %c3
// CHECK: memref.reinterpret_cast
// CHECK: scf.for
// CHECK: func.call @addnorm_npu_rms_norm_2(
func.func @planes(%x: memref<3x8x128xf16, strided<[2048, 128, 1]>>, %y: memref<3x8x128xf16>) {
  addnorm.rms_norm(%x : memref<3x8x128xf16, strided<[2048, 128, 1]>>)
      epsilon 1.0e-5 outs(%y : memref<3x8x128xf16>) {lanes = 16 : i64}
  return
}

// CHECK-LABEL: func.func @short(
// CHECK: func.call @addnorm_npu_rms_norm_3(
func.func @short(%x: memref<67x20xf16>, %y: memref<67x20xf16>) {
  addnorm.rms_norm(%x : memref<67x20xf16>) epsilon 1.0e-5 outs(%y : memref<67x20xf16>) {lanes = 16 : i64}
  return
}

// CHECK-LABEL: func.func @tall(
// CHECK: func.call @addnorm_npu_rms_norm_4(
func.func @tall(%x: memref<1001x32xf16>, %y: memref<1001x32xf16>, %q: memref<1001x1xf32>) {
  addnorm.rms_norm(%x : memref<1001x32xf16>) epsilon 1.0e-5
      outs(%y : memref<1001x32xf16>) rstd(%q : memref<1001x1xf32>) {lanes = 16 : i64}
  return
}

// Parts of the scratchpad one behind the other: t of a row, six buffers for each addend, one for
// gamma, two for the results.
// CHECK: func.func private @addnorm_npu_rms_norm_0(%[[CORE:.*]]: index, %[[X:.*]]: memref<64x128xf16>, %[[R:.*]]: memref<64x128xf16>, %[[G:.*]]: memref<128xf16>, %[[Y:.*]]: memref<64x128xf16>) -> i32
// CHECK: %[[T:.*]] = addnorm.scratchpad core %[[CORE]] at 0 : memref<128xf32, #addnorm.scratchpad>
// CHECK: %[[XT:.*]] = addnorm.scratchpad core %[[CORE]] at 512 : memref<6x[[ROWS:[0-9]+]]x128xf16, #addnorm.scratchpad>
// CHECK: %[[RT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<6x[[ROWS]]x128xf16, #addnorm.scratchpad>
// CHECK: %[[GT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<1x1x128xf16, #addnorm.scratchpad>
// CHECK: %[[YT:.*]] = addnorm.scratchpad core %[[CORE]] at {{.*}} : memref<2x[[ROWS]]x128xf16, #addnorm.scratchpad>
// CHECK: %[[TAKEN:.*]] = addnorm.dma_status
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[TAKEN]], %c0_i32
// CHECK: scf.if %[[OK]]

// Before the loop: gamma, once, and the first tile. Rows that are aligned are one transfer.
// CHECK: addnorm.dma_start %{{.*}}, %{{.*}} core %[[CORE]] queue 0 tag %c0 : memref<128xf16{{.*}}>, memref<128xf16
// CHECK: scf.if
// CHECK: addnorm.dma_start %{{.*}}, %{{.*}} core %[[CORE]] queue 0 tag %c0 : memref<[[ROWS]]x128xf16
// CHECK: else
// CHECK: scf.for
// CHECK: addnorm.dma_start %{{.*}} core %[[CORE]] queue 0 tag %c0 : memref<128xf16
// CHECK: addnorm.dma_start %{{.*}} core %[[CORE]] queue 1 tag %c0 : memref<[[ROWS]]x128xf16

// And the next four tiles, or as many as there are.
// CHECK: %[[BEHIND:.*]] = arith.addi %[[FIRST:.*]], %c5
// CHECK: %[[END:.*]] = arith.minui %[[BEHIND]], %[[LAST:.*]] :
// CHECK: %[[SECOND:.*]] = arith.addi %[[FIRST]], %c1
// CHECK: scf.for %{{.*}} = %[[SECOND]] to %[[END]] step %c1
// CHECK: %[[AHEAD:.*]] = arith.remui %{{.*}}, %c6
// CHECK: memref.subview %[[XT]][%[[AHEAD]], 0, 0]
// CHECK: addnorm.dma_start %{{.*}} core %[[CORE]] queue 0 tag %[[AHEAD]]

// In the loop: the tile five behind this one starts, this one is waited for, and so is the buffer of
// its results.
// CHECK: scf.for %[[TILE:.*]] = %[[FIRST]] to %[[LAST]] step %c1
// CHECK: %[[COPY:.*]] = arith.remui %{{.*}}, %c6
// CHECK: %[[RESULT_COPY:.*]] = arith.remui %{{.*}}, %c2
// CHECK: %[[STORED:.*]] = arith.addi %[[RESULT_COPY]], %c6
// CHECK: %[[NEXT:.*]] = arith.addi %[[TILE]], %c5
// CHECK: %[[IS_ANY:.*]] = arith.cmpi ult, %[[NEXT]]
// CHECK: scf.if %[[IS_ANY]]
// CHECK: %[[OTHER:.*]] = arith.remui %{{.*}}, %c6
// CHECK: memref.subview %[[XT]][%[[OTHER]], 0, 0]
// CHECK: addnorm.dma_start %{{.*}} tag %[[OTHER]]
// CHECK: addnorm.dma_wait core %[[CORE]] tag %[[COPY]]
// CHECK: else
// CHECK-NEXT: addnorm.dma_wait core %[[CORE]] tag %[[STORED]]

// Computed in f32, in the scratchpad.
// CHECK: memref.subview %[[XT]][%[[COPY]], 0, 0]
// CHECK: memref.subview %[[YT]][%[[RESULT_COPY]], 0, 0]
// CHECK: vector.load %{{.*}} #addnorm.scratchpad>, vector<16xf16>
// CHECK: arith.extf
// CHECK: arith.addf %{{.*}} : vector<16xf32>
// CHECK: vector.store %{{.*}}, %[[T]]
// CHECK: math.fma
// CHECK: math.sqrt

// Stores have a queue of their own.
// CHECK: addnorm.dma_start %{{.*}}, %{{.*}} core %[[CORE]] queue 2 tag %[[STORED]] : memref<[[ROWS]]x128xf16, {{.*}}, #addnorm.scratchpad>, memref<[[ROWS]]x128xf16

// The results of the last two tiles are waited for.
// CHECK: %[[TILES:.*]] = arith.subi %[[LAST]], %[[FIRST]]
// CHECK: %[[PENDING:.*]] = arith.minui %[[TILES]], %c2
// CHECK: %[[FROM:.*]] = arith.subi %[[LAST]], %[[PENDING]]
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[LAST]] step %c1
// CHECK: %[[STORED_LAST:.*]] = arith.addi %{{.*}}, %c6
// CHECK: addnorm.dma_wait core %[[CORE]] tag %[[STORED_LAST]]
// CHECK: %[[RESULT:.*]] = addnorm.dma_status
// CHECK: return %[[RESULT]]

// Rows of 40 bytes are never aligned: one transfer each. They end within a vector.
// CHECK: func.func private @addnorm_npu_rms_norm_3(
// CHECK: addnorm.scratchpad core %{{.*}} : memref<{{.*}}x32xf16, #addnorm.scratchpad>
// CHECK-NOT: addnorm.dma_start %{{.*}} memref<{{[2-9?]}}x20xf16
// CHECK: vector.constant_mask [4] : vector<16xi1>
// CHECK: vector.maskedload
// CHECK: return

// The last tile may be short; no row needs a mask. Successive rstd are one transfer.
// TALL: func.func private @addnorm_npu_rms_norm_4(
// TALL: arith.minui
// TALL-NOT: _mask
// TALL: addnorm.dma_start %{{.*}} : memref<?xf32, strided<[1], offset: ?>, #addnorm.scratchpad>, memref<?xf32
