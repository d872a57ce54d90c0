// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{strict norm-only})' 2>&1 | FileCheck %s --check-prefix=STRICT
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only})' \
// RUN:   --remark-format=yaml --remarks-filter=addnorm-fuse --remarks-output-file=%t.yaml | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.yaml
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{strict norm-only keep-adds})' 2>&1 | FileCheck %s --check-prefix=KEEP
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{strict norm-only numerics=source})' 2>&1 | FileCheck %s --check-prefix=SOURCE

// Norms that become ops while an add stays outside: unsafe where that add is in f16.

// KEEP-NOT: error
// KEEP: [[#@LINE+11]]:{{.*}}error: addnorm-fuse: keep-adds leaves the add outside; {{.*}}; fuse without keep-adds
// KEEP: error: addnorm-fuse: keep-adds leaves the add outside
// KEEP: error: addnorm-fuse: an op stands between the add and the norm
// KEEP-NOT: error
// SOURCE: error: addnorm-fuse: numerics=source keeps the sum's rounding to f16; {{.*}}; let numerics=widen drop it
// STRICT-NOT: error
// CHECK-LABEL: func @whole
func.func @whole(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s16 = arith.addf %x, %r : tensor<8x16xf16>
  %s = arith.extf %s16 : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// The one addend is the f16 sum.
// CHECK-LABEL: func @subtracted
// CHECK: %[[S:.*]] = arith.subf
// CHECK: addnorm.rms_norm(%[[S]] : tensor<8x16xf16>)
// REMARK: --- !Passed
// REMARK: Function: {{ *}}subtracted
// REMARK: --- !Missed
// REMARK: Function: {{ *}}subtracted
// REMARK: Reason: {{ *}}an addend is subtracted
// REMARK: Unsafe: {{ *}}'true'
func.func @subtracted(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  // STRICT: [[#@LINE+1]]:{{.*}}error: addnorm-fuse: an addend is subtracted; the sum, its square or their mean is held in f16
  %s16 = arith.subf %x, %r : tensor<8x16xf16>
  %s = arith.extf %s16 : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// In f32 it may stay outside.
// CHECK-LABEL: func @subtracted_in_f32
// CHECK: %[[S:.*]] = arith.subf
// CHECK: addnorm.rms_norm(%[[S]] : tensor<8x16xf32>)
// REMARK: Function: {{ *}}subtracted_in_f32
// REMARK: --- !Missed
// REMARK: Function: {{ *}}subtracted_in_f32
// REMARK: Unsafe: {{ *}}'false'
func.func @subtracted_in_f32(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %x32 = arith.extf %x : tensor<8x16xf16> to tensor<8x16xf32>
  %r32 = arith.extf %r : tensor<8x16xf16> to tensor<8x16xf32>
  %s = arith.subf %x32, %r32 : tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// An infinity is clamped after it has come into being.
// CHECK-LABEL: func @clamped
// CHECK: %[[C:.*]] = arith.minimumf
// CHECK: addnorm.rms_norm(%[[C]] : tensor<8x16xf16>)
// REMARK: Function: {{ *}}clamped
// REMARK: --- !Missed
// REMARK: Reason: {{.*}}an op stands between the add and the norm
// REMARK: Unsafe: {{ *}}'true'
func.func @clamped(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %most = arith.constant dense<64504.0> : tensor<8x16xf16>
  %e = tensor.empty() : tensor<8x16xf32>
  %s16 = arith.addf %x, %r : tensor<8x16xf16>
  // STRICT: [[#@LINE+2]]:{{.*}}error: addnorm-fuse: an op stands between the add and the norm
  // STRICT-NOT: error
  %c16 = arith.minimumf %s16, %most : tensor<8x16xf16>
  %c = arith.extf %c16 : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %c, %c : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %c, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// A norm of a tensor is safe once it is an op.
// CHECK-LABEL: func @plain
// CHECK: addnorm.rms_norm
// REMARK: --- !Passed
// REMARK: Function: {{ *}}plain
// REMARK-NOT: Missed
func.func @plain(%x: tensor<8x16xf16>) -> tensor<8x16xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf16>
  %n = arith.constant dense<16.0> : tensor<8xf16>
  %e = tensor.empty() : tensor<8x16xf16>
  %q = arith.mulf %x, %x : tensor<8x16xf16>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf16>) outs(%z : tensor<8xf16>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf16>
  %i = math.rsqrt %d : tensor<8xf16>
  %b = linalg.broadcast ins(%i : tensor<8xf16>) outs(%e : tensor<8x16xf16>) dimensions = [1]
  %y = arith.mulf %x, %b : tensor<8x16xf16>
  return %y : tensor<8x16xf16>
}
