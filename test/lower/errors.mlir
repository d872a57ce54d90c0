// RUN: addnorm-opt %s --split-input-file --verify-diagnostics --addnorm-lower

func.func @tensors(%x: tensor<8x16xf16>, %y: tensor<8x16xf16>) -> tensor<8x16xf16> {
  // expected-error @below {{addnorm-lower: the op is still on tensors; bufferize first (one-shot-bufferize}}
  %0 = addnorm.rms_norm(%x : tensor<8x16xf16>) epsilon 1.0e-5 outs(%y : tensor<8x16xf16>)
  return %0 : tensor<8x16xf16>
}

// -----

func.func @too_many_lanes(%x: memref<?x?xf16>) {
  // expected-error @below {{addnorm-lower: target 'loops' cannot run the op: the partial sums of its lanes do not fit the target's scratch memory}}
  addnorm.rms_norm(%x : memref<?x?xf16>) epsilon 1.0e-5 outs(%x : memref<?x?xf16>)
      {lanes = 4611686018427387904 : i64}
  return
}
