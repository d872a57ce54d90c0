// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null \
// RUN:   --remark-format=yaml --remarks-filter=addnorm-fuse --remarks-output-file=%t.yaml
// RUN: FileCheck %s --check-prefix=YAML < %t.yaml
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null \
// RUN:   --remark-format=bitstream --remarks-filter=addnorm-fuse --remarks-output-file=%t.bitstream
// RUN: llvm-bcanalyzer %t.bitstream | FileCheck %s --check-prefix=BITSTREAM
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null \
// RUN:   --remark-format=emitRemark --remarks-filter-missed=addnorm-fuse 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MISSED --implicit-check-not=[Passed] --implicit-check-not=[Analysis]
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null 2>&1 | count 0

// Remarks in files, and by kind; without an engine there are none.

// BITSTREAM: Stream type: LLVM Remarks

// YAML: --- !Passed
// YAML-NEXT: Pass: {{ *}}addnorm-fuse
// YAML-NEXT: Name: {{ *}}RMSNorm
// YAML: Function: {{ *}}fused
// YAML: Addends: {{ *}}'2'
// YAML: BytesSaved: {{ *}}'512'
// YAML: SumReaders: {{.*}}2: math.tanh at loc(
// YAML: --- !Analysis
// YAML: Fused: {{ *}}'1'
// YAML: Left: {{ *}}'0'
func.func @fused(%x: tensor<8x16xf16>, %r: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %x32 = arith.extf %x : tensor<8x16xf16> to tensor<8x16xf32>
  %s = arith.addf %x32, %r : tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  %t = math.tanh %s : tensor<8x16xf32>
  return %y, %s, %t : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>
}

// YAML: --- !Missed
// YAML: Function: {{ *}}wrong_length
// YAML: At: {{.*}}remarks-output.mlir":[[#@LINE+9]]:
// MISSED: Function=wrong_length | At=loc("{{.*}}":[[#@LINE+8]]:
func.func @wrong_length(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<15.0> : tensor<8xf32>
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

// The argument is at fault.
// MISSED: Function=wrong_gamma | At=loc("{{.*}}":[[#@LINE+1]]:
func.func @wrong_gamma(%x: tensor<8x16xf32>, %r: tensor<8x16xf32>, %g: tensor<8x16xf32>, %h: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s = arith.addf %x, %r : tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %gs = arith.mulf %g, %s : tensor<8x16xf32>
  %y = arith.mulf %gs, %b : tensor<8x16xf32>
  %o = arith.mulf %y, %h : tensor<8x16xf32>
  return %o : tensor<8x16xf32>
}
