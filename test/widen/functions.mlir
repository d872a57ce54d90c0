// Private functions change their types with all of their calls; others keep theirs.
// RUN: %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-widen-residual)' -split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func private @layer
// CHECK-SAME: (%[[S:.*]]: tensor<8x64xf32>, %[[A:.*]]: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf32>)
// CHECK: %[[N:.*]]:2 = addnorm.rms_norm(%[[S]], %[[A]] :
// CHECK: return %[[N]]#0, %[[N]]#1 : tensor<8x64xf16>, tensor<8x64xf32>
func.func private @layer(%s: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %t = addnorm.rms_norm(%s, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  return %y, %t : tensor<8x64xf16>, tensor<8x64xf16>
}

// CHECK-LABEL: func.func @model
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf16>, %{{.*}}: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>)
// CHECK: %[[X0:.*]] = linalg.generic {{.*}} ins(%[[X]]
// CHECK: %[[ONE:.*]]:2 = call @layer(%[[X0]], %{{.*}}) : (tensor<8x64xf32>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf32>)
// CHECK: %[[TWO:.*]]:2 = call @layer(%[[ONE]]#1, %[[ONE]]#0)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[TWO]]#1
// CHECK: return %[[TWO]]#0, %[[R]]
func.func @model(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %y1, %s1 = call @layer(%x, %a) : (tensor<8x64xf16>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>)
  %y2, %s2 = call @layer(%s1, %y1) : (tensor<8x64xf16>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>)
  return %y2, %s2 : tensor<8x64xf16>, tensor<8x64xf16>
}

// A call whose results nobody reads follows its function.
// CHECK-LABEL: func.func @unread
// CHECK: call @layer(%{{.*}}) : (tensor<8x64xf32>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf32>)
func.func @unread(%x: tensor<8x64xf16>) {
  call @layer(%x, %x) : (tensor<8x64xf16>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>)
  return
}

// -----

// A public function that is called in its module keeps its type, inside it the stream is wide.
// CHECK-LABEL: func.func @public
// CHECK-SAME: (%{{.*}}: tensor<8x64xf16>) -> tensor<8x64xf16>
// CHECK: addnorm.rms_norm
// CHECK-SAME: tensor<8x64xf32>
func.func @public(%s: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y, %t = addnorm.rms_norm(%s, %s : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %z, %u = addnorm.rms_norm(%t, %y : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  return %u : tensor<8x64xf16>
}

// CHECK-LABEL: func.func @caller
// CHECK-NOT: f32
// CHECK: return
func.func @caller(%x: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %s1 = call @public(%x) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %s2 = call @public(%s1) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  return %s2 : tensor<8x64xf16>
}

// -----

// A declaration, a function whose address is taken, and one that is named in an attribute.
func.func private @elsewhere(tensor<8x64xf16>) -> tensor<8x64xf16>
// CHECK-LABEL: func.func private @address(%{{.*}}: tensor<8x64xf16>) -> tensor<8x64xf16>
func.func private @address(%s: tensor<8x64xf16>) -> tensor<8x64xf16> {
  return %s : tensor<8x64xf16>
}
// CHECK-LABEL: func.func private @named(%{{.*}}: tensor<8x64xf16>) -> tensor<8x64xf16>
func.func private @named(%s: tensor<8x64xf16>) -> tensor<8x64xf16> attributes {twin = [{name = @named}]} {
  return %s : tensor<8x64xf16>
}
// CHECK-LABEL: func.func @boundaries
// CHECK: %[[S:.*]]:2 = addnorm.rms_norm
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[S]]#1
// CHECK: call @elsewhere(%[[R]])
// CHECK: call @address(%[[R]])
// CHECK: call @named(%[[R]])
// CHECK: addnorm.rms_norm(%[[S]]#1, %
func.func @boundaries(%x: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %e = tensor.empty() : tensor<8x64xf16>
  %y1, %s1 = addnorm.rms_norm(%x, %x : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  %a = call @elsewhere(%s1) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %b = call @address(%s1) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %c = call @named(%s1) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %f = constant @address : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %d = call_indirect %f(%a) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %y2 = addnorm.rms_norm(%s1, %a, %b, %c, %d : tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  return %y2 : tensor<8x64xf16>
}

// -----

// Recursion: the function's calls of itself follow, too.
// CHECK-LABEL: func.func private @recursive
// CHECK-SAME: tensor<8x64xf32>, %{{.*}}: index) -> tensor<8x64xf32>
// CHECK: scf.if {{.*}} -> (tensor<8x64xf32>)
// CHECK: func.call @recursive(%{{.*}}) : (tensor<8x64xf32>, index) -> tensor<8x64xf32>
func.func private @recursive(%s: tensor<8x64xf16>, %n: index) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %done = arith.cmpi eq, %n, %c0 : index
  %r = scf.if %done -> tensor<8x64xf16> {
    scf.yield %s : tensor<8x64xf16>
  } else {
    %e = tensor.empty() : tensor<8x64xf16>
    %y, %t = addnorm.rms_norm(%s, %s : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
        outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
    %m = arith.subi %n, %c1 : index
    %u = func.call @recursive(%t, %m) : (tensor<8x64xf16>, index) -> tensor<8x64xf16>
    scf.yield %u : tensor<8x64xf16>
  }
  return %r : tensor<8x64xf16>
}
// CHECK-LABEL: func.func @entry
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf16>)
func.func @entry(%x: tensor<8x64xf16>, %n: index) -> tensor<8x64xf16> {
  %s = call @recursive(%x, %n) : (tensor<8x64xf16>, index) -> tensor<8x64xf16>
  %e = tensor.empty() : tensor<8x64xf16>
  %t = linalg.add ins(%s, %x : tensor<8x64xf16>, tensor<8x64xf16>) outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  return %t : tensor<8x64xf16>
}

// -----

// A function with several returns; the module is nested, and its neighbour has a function of the
// same name.
module {
  module @one {
    // CHECK-LABEL: func.func private @same
    // CHECK-SAME: (%{{.*}}: tensor<8x64xf32>, %{{.*}}: i1) -> tensor<8x64xf32>
    // CHECK: cf.cond_br
    // CHECK: return %{{.*}} : tensor<8x64xf32>
    // CHECK: return %{{.*}} : tensor<8x64xf32>
    func.func private @same(%s: tensor<8x64xf16>, %c: i1) -> tensor<8x64xf16> {
      cf.cond_br %c, ^one, ^two
    ^one:
      %e = tensor.empty() : tensor<8x64xf16>
      %y, %t = addnorm.rms_norm(%s, %s : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
          outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
      return %t : tensor<8x64xf16>
    ^two:
      return %s : tensor<8x64xf16>
    }
    // CHECK-LABEL: func.func @use
    func.func @use(%x: tensor<8x64xf16>, %c: i1) -> tensor<8x64xf16> {
      %s = call @same(%x, %c) : (tensor<8x64xf16>, i1) -> tensor<8x64xf16>
      %t = call @same(%s, %c) : (tensor<8x64xf16>, i1) -> tensor<8x64xf16>
      return %t : tensor<8x64xf16>
    }
  }
  module @two {
    // CHECK-LABEL: func.func private @same
    // CHECK-NOT: f32
    // CHECK: }
    func.func private @same(%s: tensor<8x64xf16>) -> tensor<8x64xf16> {
      return %s : tensor<8x64xf16>
    }
    func.func @use(%x: tensor<8x64xf16>) -> tensor<8x64xf16> {
      %s = call @same(%x) : (tensor<8x64xf16>) -> tensor<8x64xf16>
      return %s : tensor<8x64xf16>
    }
  }
}
