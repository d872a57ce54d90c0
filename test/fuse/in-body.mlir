// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only=true},cse)' | FileCheck %s --check-prefix=PLAIN

// A norm whose last step is in a linalg body that goes on to compute other things, and addends that
// are computed in the body that adds them.

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#col = affine_map<(i, j) -> (j)>
#t = affine_map<(i, j) -> (j, i)>


// CHECK-LABEL: func @tail_in_consumer
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[R:.*]]: tensor<8x64xf32>, %[[G:.*]]: tensor<64xf32>)
// CHECK: %[[Y:.*]] = addnorm.rms_norm(%[[X]], %[[R]] : {{.*}}) gamma(%[[G]] : tensor<64xf32>) epsilon 9.99999974E-6
// CHECK-NOT: rsqrt
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}], {{.*}}} ins(%[[Y]] : tensor<8x64xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: math.tanh %[[IN]]
func.func @tail_in_consumer(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>, %g: tensor<64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %s = linalg.add ins(%x, %r : tensor<8x64xf32>, tensor<8x64xf32>) outs(%e : tensor<8x64xf32>) -> tensor<8x64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x64xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %acc, %q : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #col, #id], iterator_types = ["parallel", "parallel"]} ins(%s, %m, %g : tensor<8x64xf32>, tensor<8xf32>, tensor<64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %q: f32, %w: f32, %o: f32):
    %d = arith.divf %q, %n : f32
    %v = arith.addf %d, %eps : f32
    %i = math.rsqrt %v : f32
    %u = arith.mulf %a, %i : f32
    %z = arith.mulf %u, %w : f32
    %h = math.tanh %z : f32
    linalg.yield %h : f32
  } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// The body that ends the norm writes it transposed; the sum is read by it for its own sake as well.
// CHECK-LABEL: func @transposed_consumer
// CHECK-SAME: (%[[X:.*]]: tensor<64x64xf32>, %[[R:.*]]: tensor<64x64xf32>)
// CHECK: %[[Y:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : {{.*}}) epsilon 9.99999974E-6 {{.*}} sum(
// CHECK-NOT: rsqrt
// CHECK: linalg.generic {{.*}} ins(%[[Y]]#1, %[[Y]]#0 : tensor<64x64xf32>, tensor<64x64xf32>)
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[U:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: arith.subf %[[U]], %[[S]]
func.func @transposed_consumer(%x: tensor<64x64xf32>, %r: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %s = linalg.add ins(%x, %r : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<64x64xf32>) outs(%zero : tensor<64xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %acc, %q : f32
    linalg.yield %p : f32
  } -> tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #t], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<64x64xf32>, tensor<64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%a: f32, %q: f32, %o: f32):
    %d = arith.divf %q, %n : f32
    %v = arith.addf %d, %eps : f32
    %i = math.rsqrt %v : f32
    %u = arith.mulf %a, %i : f32
    %z = arith.subf %u, %a : f32
    linalg.yield %z : f32
  } -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

// An addend that only exists in the body that adds it gets an op of its own.
// CHECK-LABEL: func @addend_in_body
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[H:.*]]: tensor<8x64xf32>)
// CHECK: %[[A:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}], {{.*}}} ins(%[[H]] : tensor<8x64xf32>)
// CHECK: math.exp
// CHECK: addnorm.rms_norm(%[[X]], %[[A]] : {{.*}}) epsilon 9.99999974E-6
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @addend_in_body(%x: tensor<8x64xf32>, %h: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %h : tensor<8x64xf32>, tensor<8x64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %z = math.exp %b : f32
    %p = arith.addf %a, %z : f32
    linalg.yield %p : f32
  } -> tensor<8x64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x64xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %acc, %q : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<8x64xf32>, tensor<8xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %q: f32, %o: f32):
    %d = arith.divf %q, %n : f32
    %v = arith.addf %d, %eps : f32
    %i = math.rsqrt %v : f32
    %u = arith.mulf %a, %i : f32
    linalg.yield %u : f32
  } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// A post-norm whose tail is in the body that adds it to the residual, which the next norm reads: two
// ops, or one whose addend is computed by what is left of the first norm.
// CHECK-LABEL: func @post_norm
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[H:.*]]: tensor<8x64xf32>)
// CHECK: math.rsqrt
// CHECK: addnorm.rms_norm(%[[X]], %{{.*}} : tensor<8x64xf32>, tensor<8x64xf32>)
// CHECK-NOT: rsqrt
// PLAIN-LABEL: func @post_norm
// PLAIN-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[H:.*]]: tensor<8x64xf32>)
// PLAIN-NOT: rsqrt
// PLAIN: %[[Y:.*]] = addnorm.rms_norm(%[[H]] : tensor<8x64xf32>)
// PLAIN: addnorm.rms_norm(%[[X]], %[[Y]] : tensor<8x64xf32>, tensor<8x64xf32>)
// PLAIN-NOT: linalg
// PLAIN: return
func.func @post_norm(%x: tensor<8x64xf32>, %h: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %mh = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%h : tensor<8x64xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %acc, %q : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %s = linalg.generic {indexing_maps = [#id, #row, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%h, %mh, %x : tensor<8x64xf32>, tensor<8xf32>, tensor<8x64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %q: f32, %res: f32, %o: f32):
    %d = arith.divf %q, %n : f32
    %v = arith.addf %d, %eps : f32
    %i = math.rsqrt %v : f32
    %u = arith.mulf %a, %i : f32
    %z = arith.addf %res, %u : f32
    linalg.yield %z : f32
  } -> tensor<8x64xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<8x64xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %acc, %q : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<8x64xf32>, tensor<8xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %q: f32, %o: f32):
    %d = arith.divf %q, %n : f32
    %v = arith.addf %d, %eps : f32
    %i = math.rsqrt %v : f32
    %u = arith.mulf %a, %i : f32
    linalg.yield %u : f32
  } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// A gamma that the op cannot say, here with an offset of uitofp(-1 : i8) = 255, stays outside.
// CHECK-LABEL: func @gamma_stays
// CHECK: addnorm.rms_norm(
// CHECK-NOT: gamma
// CHECK: arith.mulf
// CHECK: return
func.func @gamma_stays(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>, %g: tensor<64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %c = arith.constant -1 : i8
  %off = arith.uitofp %c : i8 to f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id, #row, #col, #id], iterator_types=["parallel","parallel"]} ins(%t,%sum,%g: tensor<8x64xf32>,tensor<8xf32>,tensor<64xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %gg: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    %h = arith.addf %gg, %off : f32
    %v = arith.mulf %u, %h : f32
    linalg.yield %v : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}
