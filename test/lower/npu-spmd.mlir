// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%S/Inputs/small.json launch=spmd},canonicalize)' \
// RUN:   | FileCheck %s

// Every core runs the function and calls the kernel for itself, if there are rows for it.
// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[ROWS:.*]] = memref.dim
// CHECK: %[[CORES:.*]] = arith.minui %{{.*}}, %c4
// CHECK: %[[CORE:.*]] = addnorm.core
// CHECK: %[[HAS:.*]] = arith.cmpi ult, %[[CORE]], %[[CORES]]
// CHECK: scf.if %[[HAS]]
// CHECK: func.call @addnorm_npu_rms_norm_0(%[[CORE]],
func.func @dynamic(%x: memref<?x128xf16>, %y: memref<?x128xf16>) {
  addnorm.rms_norm(%x : memref<?x128xf16>) epsilon 1.0e-5 outs(%y : memref<?x128xf16>) {lanes = 16 : i64}
  return
}

// The name of another function is left to it.
// CHECK: func.func private @addnorm_npu_rms_norm_1()
// CHECK: func.func private @addnorm_npu_rms_norm_0(
func.func private @addnorm_npu_rms_norm_1()
