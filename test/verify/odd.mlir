// IR that the verifier accepts and that nobody expects: a verdict, never a crash.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics --allow-unregistered-dialect -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify)'

// expected-remark@below {{nothing to prove}}
module {}

// -----

// expected-remark@below {{nothing to prove}}
module {
  "test.empty"() ({}) : () -> ()
  "test.block"() ({
  ^bb0:
  }) : () -> ()
  func.func private @declared(%x: tensor<4xf16>) -> tensor<4xf16>
}

// -----

func.func @unregistered(%x: tensor<4xf16>) -> tensor<4xf16> {
  // expected-warning@below {{'test.op' cannot be seen through: an op that is not known}}
  %0 = "test.op"(%x) : (tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

func.func @region() {
  // expected-warning@below {{'test.loop' cannot be seen through}}
  "test.loop"() ({
  ^bb0(%a: f16, %b: memref<*xf16>):
    %0 = arith.addf %a, %a : f16
    "test.branch"()[^bb1, ^bb1] : () -> ()
  ^bb1:
    "test.end"() : () -> ()
  }) : () -> ()
  return
}

// -----

// A function that calls itself, and one that is never called.
// expected-remark@below {{nothing to prove}}
module {
  func.func private @again(%x: tensor<4xf16>, %n: index) -> tensor<4xf16> {
    %0 = func.call @again(%x, %n) : (tensor<4xf16>, index) -> tensor<4xf16>
    %1 = arith.addf %0, %x : tensor<4xf16>
    return %1 : tensor<4xf16>
  }
}

// -----

// Block arguments in a circle, unreachable blocks, a branch on nothing.
// expected-remark@below {{nothing to prove}}
module {
  func.func @circle(%x: f16, %c: i1) -> f16 {
    cf.br ^bb1(%x, %x : f16, f16)
  ^bb1(%a: f16, %b: f16):
    cf.cond_br %c, ^bb1(%b, %a : f16, f16), ^bb2(%a : f16)
  ^bb2(%r: f16):
    return %r : f16
  ^bb3(%d: f16):
    %e = arith.addf %d, %e2 : f16
    cf.br ^bb4
  ^bb4:
    %e2 = arith.addf %e, %d : f16
    cf.br ^bb3(%e2 : f16)
  }
}

// -----

// A pointer to memory that holds a pointer to itself.
// expected-remark@below {{nothing to prove}}
module {
  llvm.func @knot(%p: !llvm.ptr) -> !llvm.ptr {
    llvm.store %p, %p : !llvm.ptr, !llvm.ptr
    %q = llvm.load %p : !llvm.ptr -> !llvm.ptr
    llvm.store %q, %p : !llvm.ptr, !llvm.ptr
    llvm.return %q : !llvm.ptr
  }
}

// -----

llvm.func @computed(%p: !llvm.ptr, %i: i64) -> f32 {
  // expected-warning@below {{a call whose callee is not here}}
  llvm.call %p(%p) : !llvm.ptr, (!llvm.ptr) -> ()
  // expected-warning@below {{a pointer made of an integer}}
  %q = llvm.inttoptr %i : i64 to !llvm.ptr
  %v = llvm.load %q : !llvm.ptr -> f32
  llvm.return %v : f32
}

// -----

// Vectors of pointers, structs of structs, an empty struct, zero-sized things.
// expected-remark@below {{nothing to prove}}
module {
  llvm.func @aggregates(%p: vector<4x!llvm.ptr>, %s: !llvm.struct<(struct<()>, array<0 x f16>, f16)>) -> f16 {
    %0 = llvm.extractvalue %s[2] : !llvm.struct<(struct<()>, array<0 x f16>, f16)>
    %1 = llvm.insertvalue %0, %s[2] : !llvm.struct<(struct<()>, array<0 x f16>, f16)>
    llvm.return %0 : f16
  }
  func.func @unranked(%a: memref<*xf16>, %b: tensor<*xf32>, %c: tensor<0xf16>) -> memref<?xf16> {
    %0 = memref.cast %a : memref<*xf16> to memref<?xf16>
    return %0 : memref<?xf16>
  }
}

// -----

// Library functions by another signature.
llvm.func @sqrtf()
llvm.func @fmaf(f32) -> f32
llvm.func @memrefCopy(!llvm.ptr)
llvm.func @signatures(%x: f32, %p: !llvm.ptr) {
  llvm.call @sqrtf() : () -> ()
  // expected-warning@below {{a call whose callee is not here}}
  %0 = llvm.call @fmaf(%x) : (f32) -> f32
  // expected-warning@below {{a copy between memrefs that are not known}}
  llvm.call @memrefCopy(%p) : (!llvm.ptr) -> ()
  llvm.return
}

// -----

func.func @softmax(%x: memref<4x64xf16>, %y: memref<4x64xf16>) {
  // expected-warning@below {{a function of memory}}
  linalg.softmax dimension(1) ins(%x : memref<4x64xf16>) outs(%y : memref<4x64xf16>)
  return
}
