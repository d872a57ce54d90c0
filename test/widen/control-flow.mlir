// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

// Layers in a loop: the stream's iter_arg becomes f32, the others stay. x0 is extended before the
// loop, and its result is rounded for the caller.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf16>, %[[A:.*]]: tensor<8x64xf16>,
// CHECK: %[[X0:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<8x64xf16>) outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: arith.extf
// CHECK: %[[L:.*]]:3 = scf.for {{.*}} iter_args(%[[B:.*]] = %[[A]], %[[S:.*]] = %[[X0]], %{{.*}} = %{{.*}}) -> (tensor<8x64xf16>, tensor<8x64xf32>, index)
// CHECK: %[[N:.*]]:2 = addnorm.rms_norm(%[[S]], %[[B]] : tensor<8x64xf32>, tensor<8x64xf16>)
// CHECK: scf.yield %[[N]]#0, %[[N]]#1, %{{.*}} : tensor<8x64xf16>, tensor<8x64xf32>, index
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[L]]#1 : tensor<8x64xf32>)
// CHECK: return %[[L]]#0, %[[R]]
func.func @loop(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %n: index)
    -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8x64xf16>
  %l:3 = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a, %s = %x, %k = %c0)
      -> (tensor<8x64xf16>, tensor<8x64xf16>, index) {
    %y, %t = addnorm.rms_norm(%s, %b : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
        outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
    scf.yield %y, %t, %i : tensor<8x64xf16>, tensor<8x64xf16>, index
  }
  return %l#0, %l#1 : tensor<8x64xf16>, tensor<8x64xf16>
}

// -----

// The iter_args swap the stream and a copy from the iteration before: both carry it.
// CHECK-LABEL: func.func @swap
// CHECK: scf.for {{.*}} -> (tensor<8x64xf32>, tensor<8x64xf32>)
// CHECK: addnorm.rms_norm
// CHECK-NOT: truncf
// CHECK: scf.yield %{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf32>
func.func @swap(%x: tensor<8x64xf16>, %n: index) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8x64xf16>
  %l:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x, %before = %x)
      -> (tensor<8x64xf16>, tensor<8x64xf16>) {
    %y, %t = addnorm.rms_norm(%before, %x : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
        outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
    scf.yield %t, %s : tensor<8x64xf16>, tensor<8x64xf16>
  }
  return %l#0 : tensor<8x64xf16>
}

// -----

// A branch that brings another tensor extends it; a reader inside a branch needs nothing.
// CHECK-LABEL: func.func @branches
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[I:.*]] = scf.if %{{.*}} -> (tensor<8x64xf32>) {
// CHECK-NEXT: scf.yield %[[S]]#1 : tensor<8x64xf32>
// CHECK: } else {
// CHECK: %[[W:.*]] = linalg.generic
// CHECK: arith.extf
// CHECK: scf.yield %[[W]] : tensor<8x64xf32>
// CHECK: addnorm.rms_norm(%[[I]], %
func.func @branches(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %c: i1) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %i = scf.if %c -> tensor<8x64xf16> {
    scf.yield %s1 : tensor<8x64xf16>
  } else {
    scf.yield %x : tensor<8x64xf16>
  }
  %y2 = addnorm.rms_norm(%i, %y1 : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

// The guard that broadcasts a dynamic batch of size 1, as TOSA's lowering writes it.
// CHECK-LABEL: func.func @guard
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[I:.*]] = scf.if %{{.*}} -> (tensor<?x64xf32>) {
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%[[S]]#1 : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xf32>)
// CHECK: scf.yield %[[G]]
// CHECK: scf.yield %[[S]]#1
// CHECK: addnorm.rms_norm(%[[I]], %
func.func @guard(%x: tensor<?x64xf16>, %a: tensor<?x64xf16>, %b: tensor<?x64xf16>, %c: i1)
    -> tensor<?x64xf16> {
  %y1, %s1 = addnorm.rms_norm(%x, %a : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%a : tensor<?x64xf16>) sum(%a : tensor<?x64xf16>)
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d = tensor.dim %s1, %c0 : tensor<?x64xf16>
  %is_one = arith.cmpi eq, %d, %c1 : index
  %i = scf.if %is_one -> tensor<?x64xf16> {
    %size = tensor.dim %b, %c0 : tensor<?x64xf16>
    %e = tensor.empty(%size) : tensor<?x64xf16>
    %g = linalg.generic {
        indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
        iterator_types = ["parallel", "parallel"]}
        ins(%s1 : tensor<?x64xf16>) outs(%e : tensor<?x64xf16>) {
    ^bb0(%in: f16, %out: f16):
      linalg.yield %in : f16
    } -> tensor<?x64xf16>
    scf.yield %g : tensor<?x64xf16>
  } else {
    scf.yield %s1 : tensor<?x64xf16>
  }
  %y2 = addnorm.rms_norm(%i, %b : tensor<?x64xf16>, tensor<?x64xf16>) epsilon 1.0e-5
      outs(%b : tensor<?x64xf16>)
  return %y2 : tensor<?x64xf16>
}

// -----

// The condition passes the arguments of a while on in another order, and one of its own.
// CHECK-LABEL: func.func @while
// CHECK: scf.while (%[[S:.*]] = %{{.*}}, %[[K:.*]] = %{{.*}}) : (tensor<8x64xf32>, index) -> (index, tensor<8x64xf32>)
// CHECK: scf.condition(%{{.*}}) %[[K]], %[[S]] : index, tensor<8x64xf32>
// CHECK: ^bb0(%{{.*}}: index, %[[T:.*]]: tensor<8x64xf32>):
// CHECK: %[[N:.*]]:2 = addnorm.rms_norm(%[[T]], %
// CHECK: scf.yield %[[N]]#1, %{{.*}} : tensor<8x64xf32>, index
func.func @while(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %n: index) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8x64xf16>
  %l:2 = scf.while (%s = %x, %k = %c0) : (tensor<8x64xf16>, index) -> (index, tensor<8x64xf16>) {
    %more = arith.cmpi slt, %k, %n : index
    scf.condition(%more) %k, %s : index, tensor<8x64xf16>
  } do {
  ^bb0(%k: index, %s: tensor<8x64xf16>):
    %y, %t = addnorm.rms_norm(%s, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
        outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
    %next = arith.addi %k, %c1 : index
    scf.yield %t, %next : tensor<8x64xf16>, index
  }
  return %l#1 : tensor<8x64xf16>
}

// -----

// Nested: a loop in a branch in a loop.
// CHECK-LABEL: func.func @nested
// CHECK: scf.for {{.*}} -> (tensor<8x64xf32>) {
// CHECK: scf.if {{.*}} -> (tensor<8x64xf32>) {
// CHECK: scf.for {{.*}} -> (tensor<8x64xf32>) {
// CHECK: addnorm.rms_norm
// CHECK-NOT: truncf
// CHECK: scf.yield {{.*}} : tensor<8x64xf32>
// CHECK: scf.yield {{.*}} : tensor<8x64xf32>
// CHECK: scf.yield {{.*}} : tensor<8x64xf32>
// CHECK: scf.yield {{.*}} : tensor<8x64xf32>
// CHECK: truncf
func.func @nested(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %n: index, %c: i1) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<8x64xf16>
  %l = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> tensor<8x64xf16> {
    %f = scf.if %c -> tensor<8x64xf16> {
      %m = scf.for %j = %c0 to %n step %c1 iter_args(%t = %s) -> tensor<8x64xf16> {
        %y, %u = addnorm.rms_norm(%t, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
            outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
        scf.yield %u : tensor<8x64xf16>
      }
      scf.yield %m : tensor<8x64xf16>
    } else {
      scf.yield %s : tensor<8x64xf16>
    }
    scf.yield %f : tensor<8x64xf16>
  }
  return %l : tensor<8x64xf16>
}
