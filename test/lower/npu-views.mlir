// Empty rows, and rows at stride 0, which are all the same one, have views like any others.
// RUN: addnorm-opt %s --pass-pipeline="builtin.module(addnorm-lower{target=npu npu=edge},canonicalize,addnorm-dma-to-calls)" | FileCheck %s

// CHECK-LABEL: func.func @empty_rows
// CHECK: call @addnorm_npu_rms_norm_0
func.func @empty_rows(%x: memref<6x0xf16>, %g: memref<0xf16>, %y: memref<6x0xf16>, %d: memref<6x1xf32>) {
  addnorm.rms_norm(%x : memref<6x0xf16>) gamma(%g : memref<0xf16>) epsilon 1.0e-5
      outs(%y : memref<6x0xf16>) rstd(%d : memref<6x1xf32>)
  return
}

// CHECK-LABEL: func.func @one_row
// CHECK: call @addnorm_npu_rms_norm_1
func.func @one_row(%x: memref<8x40xf16, strided<[0, 1]>>, %y: memref<8x40xf16>) {
  addnorm.rms_norm(%x : memref<8x40xf16, strided<[0, 1]>>) epsilon 1.0e-5 outs(%y : memref<8x40xf16>)
  return
}
