// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-dma-to-calls)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-dma-to-calls{trace=%S/Inputs/small.json})' \
// RUN:   | FileCheck --check-prefix=TRACE %s

// CHECK-LABEL: func.func private @kernel(
// CHECK-SAME: %[[CORE:.*]]: index, %[[X:.*]]: memref<?x64xf16, strided<[?, 1], offset: ?>>
// TRACE-LABEL: func.func private @kernel(
func.func private @kernel(%core: index, %x: memref<?x64xf16, strided<[?, 1], offset: ?>>, %tag: index) -> i32 {
  // No error yet.
  // CHECK: %[[SLOT:.*]] = memref.alloca() : memref<i32>
  // CHECK: memref.store %c0_i32, %[[SLOT]][]

  // Where the scratchpad has no such part, that is the first error. The memory space is gone.
  // CHECK: %[[PART:.*]] = call @addnormNpuScratchpad(%{{.*}}, %c64_i64, %c512_i64{{.*}}) : (i64, i64, i64) -> !llvm.ptr
  // CHECK: arith.cmpi eq
  // CHECK: scf.if
  // CHECK: memref.store %c1_i32, %[[SLOT]][]
  // CHECK: llvm.insertvalue %[[PART]], %{{.*}}[1]
  // CHECK: %[[TILE:.*]] = memref.view %{{.*}} : memref<512xi8> to memref<4x64xf16>
  // CHECK-NOT: addnorm.scratchpad
  %tile = addnorm.scratchpad core %core at 64 : memref<4x64xf16, #addnorm.scratchpad>
  %rows = memref.subview %x[0, 0] [4, 64] [1, 1] : memref<?x64xf16, strided<[?, 1], offset: ?>> to memref<4x64xf16, strided<[?, 1], offset: ?>>

  // Nothing is started or waited for after an error. Bytes, not elements.
  // CHECK: %[[STATUS:.*]] = memref.load %[[SLOT]][]
  // CHECK: %[[OK:.*]] = arith.cmpi eq, %[[STATUS]], %c0_i32
  // CHECK: scf.if %[[OK]]
  // CHECK: %[[FROM:.*]] = llvm.getelementptr %{{.*}} -> !llvm.ptr, f16
  // CHECK: %[[TO:.*]] = llvm.getelementptr %{{.*}} -> !llvm.ptr, f16
  // CHECK: %[[NEW:.*]] = func.call @addnormNpuDmaStart(%[[TO]], %[[FROM]], %{{.*}}) : (!llvm.ptr, !llvm.ptr, i64, i64, i64, i64, i64, i64, i64) -> i32
  // CHECK: memref.store %[[NEW]], %[[SLOT]][]
  addnorm.dma_start %rows, %tile core %core queue 1 tag %tag : memref<4x64xf16, strided<[?, 1], offset: ?>>, memref<4x64xf16, #addnorm.scratchpad>
  // CHECK: scf.if
  // CHECK: func.call @addnormNpuDmaWait(%{{.*}}, %{{.*}}) : (i64, i64) -> i32
  addnorm.dma_wait core %core tag %tag

  // CHECK: vector.load %[[TILE]]
  // CHECK-NOT: Trace
  // What is read and written, in bytes, and how long the arithmetic takes: a conversion to and a
  // product in 4 registers of 64 bytes, the load of 2 and the store of 2 of them.
  // TRACE: func.call @addnormNpuDmaWait
  // TRACE: call @addnormNpuTraceAccess(%{{.*}}, %{{.*}}, %{{.*}}, %c0_i32{{.*}}) : (i64, !llvm.ptr, i64, i32) -> ()
  // TRACE-NEXT: vector.load
  %c0 = arith.constant 0 : index
  %v = vector.load %tile[%c0, %c0] : memref<4x64xf16, #addnorm.scratchpad>, vector<64xf16>
  %wide = arith.extf %v : vector<64xf16> to vector<64xf32>
  %square = arith.mulf %wide, %wide : vector<64xf32>
  %narrow = arith.truncf %square : vector<64xf32> to vector<64xf16>
  // TRACE: call @addnormNpuTraceAccess(%{{.*}}, %{{.*}}, %{{.*}}, %c1_i32{{.*}})
  // TRACE-NEXT: vector.store
  vector.store %narrow, %tile[%c0, %c0] : memref<4x64xf16, #addnorm.scratchpad>, vector<64xf16>

  // TRACE: %[[CYCLES:.*]] = arith.constant 1.600000e+01 : f64
  // TRACE: call @addnormNpuTraceWork(%{{.*}}, %[[CYCLES]])
  // CHECK: %[[LAST:.*]] = memref.load %[[SLOT]][]
  // CHECK: return %[[LAST]]
  %status = addnorm.dma_status : i32
  return %status : i32
}

// CHECK-LABEL: func.func @who
// CHECK: call @addnormNpuCore() : () -> i64
func.func @who() -> index {
  %core = addnorm.core
  return %core : index
}

// A function without such ops is left alone.
// CHECK-LABEL: func.func @other
// CHECK-NEXT: return
func.func @other() {
  return
}
