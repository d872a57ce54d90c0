// RUN: addnorm-opt %s | addnorm-opt | FileCheck %s
// RUN: addnorm-opt --mlir-print-op-generic %s | addnorm-opt | FileCheck %s

// CHECK-LABEL: func.func private @kernel(
// CHECK-SAME: %[[CORE:.*]]: index, %[[X:.*]]: memref<?x64xf16, strided<[?, 1], offset: ?>>
func.func private @kernel(%core: index, %x: memref<?x64xf16, strided<[?, 1], offset: ?>>, %g: memref<64xf32>) -> i32 {
  %tag = arith.constant 3 : index
  %rows = arith.constant 4 : index
  // CHECK: %[[PAD:.*]] = addnorm.scratchpad core %[[CORE]] at 0 : memref<4x64xf16, #addnorm.scratchpad>
  %pad = addnorm.scratchpad core %core at 0 : memref<4x64xf16, #addnorm.scratchpad>
  // CHECK: %[[VECTOR:.*]] = addnorm.scratchpad core %[[CORE]] at 512 : memref<64xf32, #addnorm.scratchpad>
  %vector = addnorm.scratchpad core %core at 512 : memref<64xf32, #addnorm.scratchpad>
  %tile = memref.subview %x[0, 0] [4, 64] [1, 1] : memref<?x64xf16, strided<[?, 1], offset: ?>> to memref<4x64xf16, strided<[?, 1], offset: ?>>
  // CHECK: addnorm.dma_start %{{.*}}, %[[PAD]] core %[[CORE]] queue 1 tag %{{.*}} : memref<4x64xf16, strided<[?, 1], offset: ?>>, memref<4x64xf16, #addnorm.scratchpad>
  addnorm.dma_start %tile, %pad core %core queue 1 tag %tag : memref<4x64xf16, strided<[?, 1], offset: ?>>, memref<4x64xf16, #addnorm.scratchpad>
  // CHECK: addnorm.dma_start %{{.*}}, %[[VECTOR]] core
  addnorm.dma_start %g, %vector core %core queue 0 tag %tag : memref<64xf32>, memref<64xf32, #addnorm.scratchpad>
  // CHECK: addnorm.dma_wait core %[[CORE]] tag %{{.*}}
  addnorm.dma_wait core %core tag %tag
  // CHECK: addnorm.dma_status : i32
  %status = addnorm.dma_status : i32
  return %status : i32
}

// CHECK-LABEL: func.func @who
func.func @who() -> index {
  // CHECK: addnorm.core
  %core = addnorm.core
  return %core : index
}
