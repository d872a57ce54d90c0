// Target call declares functions in the op's module: they have to be what it means by them.
// RUN: addnorm-opt %s --split-input-file --verify-diagnostics --addnorm-lower='target=call kernel=taken'
// RUN: not addnorm-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(addnorm-lower{target=call}))' 2>&1 | FileCheck %s --check-prefix=NESTED
// RUN: not addnorm-opt %s --split-input-file --addnorm-lower='target=call kernel=addnormVendorContext' 2>&1 | FileCheck %s --check-prefix=CONTEXT
// NESTED: error: addnorm-lower: target 'call' cannot run the op: it declares functions: run the pass on the module of the op's function
// CONTEXT: error: addnorm-lower: target 'call' cannot run the op: the symbol addnormVendorContext is taken; choose another kernel=NAME

func.func @taken(%x: memref<8x16xf16>) {
  // expected-error @below {{addnorm-lower: target 'call' cannot run the op: the symbol taken is taken; choose another kernel=NAME}}
  addnorm.rms_norm(%x : memref<8x16xf16>) epsilon 1.0e-5 outs(%x : memref<8x16xf16>)
  return
}

// -----

llvm.func @taken(!llvm.ptr) -> i32
func.func @f(%x: memref<8x16xf16>) {
  // expected-error @below {{the symbol taken is taken}}
  addnorm.rms_norm(%x : memref<8x16xf16>) epsilon 1.0e-5 outs(%x : memref<8x16xf16>)
  return
}

// -----

func.func private @addnormVendorFailed()
func.func @f(%x: memref<8x16xf16>) {
  // expected-error @below {{the symbol addnormVendorFailed is taken}}
  addnorm.rms_norm(%x : memref<8x16xf16>) epsilon 1.0e-5 outs(%x : memref<8x16xf16>)
  return
}
