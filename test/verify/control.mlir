// Through functions, branches and loops.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify)'

// The norm is in another function than the sum.
func.func private @norm(%t: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%t : tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
  return %y : tensor<4x64xf16>
}
func.func private @add(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-error@below {{goes into the statistic}}
  %s = arith.addf %x, %r : tensor<4x64xf16>
  return %s : tensor<4x64xf16>
}
func.func @main(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  %s = call @add(%x, %r) : (tensor<4x64xf16>, tensor<4x64xf16>) -> tensor<4x64xf16>
  %y = call @norm(%s, %0) : (tensor<4x64xf16>, tensor<4x64xf16>) -> tensor<4x64xf16>
  return %y : tensor<4x64xf16>
}

// -----

// A kernel that is not here may add and normalise by itself.
func.func private @vendor(tensor<4x64xf16>, tensor<4x64xf16>) -> tensor<4x64xf16>
func.func @main(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> tensor<4x64xf16> {
  // expected-warning@below {{'func.call' cannot be seen through: a call whose callee is not here}}
  %y = call @vendor(%x, %r) : (tensor<4x64xf16>, tensor<4x64xf16>) -> tensor<4x64xf16>
  return %y : tensor<4x64xf16>
}

// -----

// A stream that a loop over layers carries is a sum, not an accumulator.
func.func @layers(%x: tensor<4x64xf16>, %h: tensor<4x64xf16>, %0: tensor<4x64xf16>, %n: index) -> tensor<4x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %stream = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> tensor<4x64xf16> {
    // expected-error@below {{goes into the statistic}}
    %t = arith.addf %s, %h : tensor<4x64xf16>
    scf.yield %t : tensor<4x64xf16>
  }
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%stream : tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
  return %y : tensor<4x64xf16>
}

// -----

// scf.while, scf.if and an unstructured loop hand the sum on.
func.func @handed(%x: tensor<64xf16>, %r: tensor<64xf16>, %0: tensor<64xf16>, %c: i1) -> tensor<64xf16> {
  // expected-error@below {{goes into the statistic}}
  %s = arith.addf %x, %r : tensor<64xf16>
  %a = scf.while (%w = %s) : (tensor<64xf16>) -> tensor<64xf16> {
    scf.condition(%c) %w : tensor<64xf16>
  } do {
  ^bb0(%w: tensor<64xf16>):
    scf.yield %w : tensor<64xf16>
  }
  %b = scf.if %c -> tensor<64xf16> {
    scf.yield %a : tensor<64xf16>
  } else {
    scf.yield %x : tensor<64xf16>
  }
  cf.br ^bb1(%b : tensor<64xf16>)
^bb1(%t: tensor<64xf16>):
  cf.cond_br %c, ^bb1(%t : tensor<64xf16>), ^bb2(%t : tensor<64xf16>)
^bb2(%u: tensor<64xf16>):
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%u : tensor<64xf16>) epsilon 1.0e-5 outs(%0 : tensor<64xf16>)
  return %y : tensor<64xf16>
}

// -----

// What each thread of scf.forall inserts is what it returns.
func.func @forall(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %0: tensor<4x64xf16>) -> tensor<4x64xf16> {
  %s = scf.forall (%i) in (4) shared_outs(%o = %0) -> tensor<4x64xf16> {
    %a = tensor.extract_slice %x[%i, 0] [1, 64] [1, 1] : tensor<4x64xf16> to tensor<1x64xf16>
    %b = tensor.extract_slice %r[%i, 0] [1, 64] [1, 1] : tensor<4x64xf16> to tensor<1x64xf16>
    // expected-error@below {{goes into the statistic}}
    %t = arith.addf %a, %b : tensor<1x64xf16>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %o[%i, 0] [1, 64] [1, 1] : tensor<1x64xf16> into tensor<4x64xf16>
    }
  }
  // expected-note@below {{read here}}
  %y = addnorm.rms_norm(%s : tensor<4x64xf16>) epsilon 1.0e-5 outs(%0 : tensor<4x64xf16>)
  return %y : tensor<4x64xf16>
}

// -----

// The statistic of scf.parallel: squares that its reduction adds up.
func.func @parallel(%x: memref<64xf16>, %r: memref<64xf16>, %out: memref<f32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %v = scf.parallel (%i) = (%c0) to (%c64) step (%c1) init (%zero) -> f32 {
    %a = memref.load %x[%i] : memref<64xf16>
    %b = memref.load %r[%i] : memref<64xf16>
    // expected-error@below {{goes into the statistic}}
    %t = arith.addf %a, %b : f16
    %e = arith.extf %t : f16 to f32
    %q = arith.mulf %e, %e : f32
    scf.reduce(%q : f32) {
    ^bb0(%acc: f32, %term: f32):
      // expected-note@below {{read here}}
      %sum = arith.addf %acc, %term : f32
      scf.reduce.return %sum : f32
    }
  }
  memref.store %v, %out[] : memref<f32>
  return
}
