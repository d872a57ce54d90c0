// Copies of which one side is not contiguous become loops in the end; the others stay for memcpy.
// RUN: %mlir_opt_plugin --pass-pipeline="builtin.module(addnorm-copies-to-linalg)" %s | FileCheck %s
// RUN: %mlir_opt_plugin --pass-pipeline="builtin.module(addnorm-copies-to-linalg,func.func(convert-linalg-to-loops),expand-strided-metadata,convert-scf-to-cf,finalize-memref-to-llvm)" %s | FileCheck %s --check-prefix=LLVM

// CHECK-LABEL: @to_strided
// CHECK: linalg.copy ins(%arg0 : memref<4x8xf16>) outs(%arg1 : memref<4x8xf16, strided<[16, 1]>>)
// LLVM-LABEL: @to_strided
// LLVM-NOT: call @memrefCopy
func.func @to_strided(%from: memref<4x8xf16>, %to: memref<4x8xf16, strided<[16, 1]>>) {
  memref.copy %from, %to : memref<4x8xf16> to memref<4x8xf16, strided<[16, 1]>>
  return
}

// CHECK-LABEL: @from_strided
// CHECK: linalg.copy ins(%arg0 : memref<?xf32, strided<[?], offset: ?>>) outs(%arg1 : memref<8xf32>)
// LLVM-LABEL: @from_strided
// LLVM-NOT: call @memrefCopy
func.func @from_strided(%from: memref<?xf32, strided<[?], offset: ?>>, %to: memref<8xf32>) {
  memref.copy %from, %to : memref<?xf32, strided<[?], offset: ?>> to memref<8xf32>
  return
}

// CHECK-LABEL: @contiguous
// CHECK: memref.copy %arg0, %arg1
func.func @contiguous(%from: memref<?x8xf16>, %to: memref<4x8xf16>) {
  memref.copy %from, %to : memref<?x8xf16> to memref<4x8xf16>
  return
}

// Nobody knows how many loops.
// CHECK-LABEL: @unranked
// CHECK: memref.copy %arg0, %arg1
// LLVM-LABEL: @unranked
// LLVM: call @memrefCopy
func.func @unranked(%from: memref<*xf16>, %to: memref<4x8xf16, strided<[16, 1]>>) {
  memref.copy %from, %to : memref<*xf16> to memref<4x8xf16, strided<[16, 1]>>
  return
}
