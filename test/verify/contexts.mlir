// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-verify{strict})' --split-input-file --verify-diagnostics

// A function has its own memory for each call: what @move stores for the one caller is not what it
// loads for the other.
// expected-remark @-5 {{clean}}
func.func private @move(%from: memref<64xf16>, %to: memref<64xf16>) {
  memref.copy %from, %to : memref<64xf16> to memref<64xf16>
  return
}

func.func @apart(%x: memref<64xf16>, %r: memref<64xf16>, %s: memref<64xf16>, %y: memref<64xf16>) {
  %sum = memref.alloc() : memref<64xf16>
  %addend = memref.alloc() : memref<64xf16>
  addnorm.rms_norm(%x, %r : memref<64xf16>, memref<64xf16>) epsilon 1.0e-5 outs(%y : memref<64xf16>) sum(%sum : memref<64xf16>)
  call @move(%sum, %s) : (memref<64xf16>, memref<64xf16>) -> ()
  call @move(%x, %addend) : (memref<64xf16>, memref<64xf16>) -> ()
  addnorm.rms_norm(%addend : memref<64xf16>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  return
}

// -----

// What is narrow in the function itself is found, once, where it is in the source.
func.func private @add(%a: memref<64xf16>, %b: memref<64xf16>, %to: memref<64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %x = memref.load %a[%i] : memref<64xf16>
    %y = memref.load %b[%i] : memref<64xf16>
    // expected-error @+1 {{a sum in a type narrower than f32}}
    %sum = arith.addf %x, %y : f16
    memref.store %sum, %to[%i] : memref<64xf16>
  }
  return
}

func.func @twice(%x: memref<64xf16>, %r: memref<64xf16>, %y: memref<64xf16>) {
  %first = memref.alloc() : memref<64xf16>
  %second = memref.alloc() : memref<64xf16>
  call @add(%x, %r, %first) : (memref<64xf16>, memref<64xf16>, memref<64xf16>) -> ()
  call @add(%x, %r, %second) : (memref<64xf16>, memref<64xf16>, memref<64xf16>) -> ()
  // expected-note @+1 {{read here}}
  addnorm.rms_norm(%first : memref<64xf16>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  addnorm.rms_norm(%second : memref<64xf16>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  return
}
