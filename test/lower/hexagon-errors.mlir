// RUN: addnorm-opt %s --split-input-file --verify-diagnostics --addnorm-lower='target=vector cpu=hexagonv73'

func.func @long_rows(%x: memref<?x536870912xf16>, %y: memref<?x536870912xf16>) {
  // expected-error @below {{target 'vector' cannot run the op: its tensors do not fit the processor's addresses of 32 bits}}
  addnorm.rms_norm(%x : memref<?x536870912xf16>) epsilon 1.0e-5 outs(%y : memref<?x536870912xf16>)
  return
}

// -----

func.func @many_rows(%x: memref<131072x4096xf16>, %y: memref<131072x4096xf16>) {
  // expected-error @below {{its tensors do not fit the processor's addresses of 32 bits}}
  addnorm.rms_norm(%x : memref<131072x4096xf16>) epsilon 1.0e-5 outs(%y : memref<131072x4096xf16>)
  return
}

// -----

func.func @fits(%x: memref<131071x4096xf16>, %y: memref<131071x4096xf16>) {
  addnorm.rms_norm(%x : memref<131071x4096xf16>) epsilon 1.0e-5 outs(%y : memref<131071x4096xf16>)
  return
}
