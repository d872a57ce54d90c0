// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-fuse-elementwise-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-generalize-named-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-specialize-generic-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-fold-unit-extent-dims)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-inline-scalar-operands)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-morph-ops{named-to-generic})' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-morph-ops{generic-to-named})' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-morph-ops{named-to-category})' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(canonicalize)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(cse)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-generalize-named-ops, linalg-fuse-elementwise-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-fuse-elementwise-ops, linalg-specialize-generic-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-specialize-generic-ops, linalg-fuse-elementwise-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-inline-scalar-operands, linalg-fold-unit-extent-dims)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-fold-unit-extent-dims, linalg-specialize-generic-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-generalize-named-ops, linalg-inline-scalar-operands)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(canonicalize, cse)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(cse, canonicalize)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-morph-ops{named-to-category}, linalg-generalize-named-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-fuse-elementwise-ops, linalg-fold-unit-extent-dims)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: mlir-opt %s --pass-pipeline='builtin.module(linalg-generalize-named-ops, linalg-specialize-generic-ops)' | %mlir_opt_plugin --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// Upstream's clean-ups before the pass: what each of them makes of each input fuses as the input itself does.

// What torch-mlir writes.
// CHECK-LABEL: func @torch_mlir
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x8x64xf16>, %[[R:[^:]*]]: tensor<2x8x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<2x8x64xf16>, tensor<2x8x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6 outs({{.*}} sum({{.*}} : tensor<2x8x64xf16>)
// CHECK-NOT: sqrt
// CHECK: return %[[OP]]#0, %[[OP]]#1 :
func.func @torch_mlir(%x: tensor<2x8x64xf16>, %r: tensor<2x8x64xf16>, %g: tensor<64xf16>) -> (tensor<2x8x64xf16>, tensor<2x8x64xf16>) {
  %c2 = arith.constant 2 : i64
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f64
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<2x8x64xf16>
  %e = tensor.empty() : tensor<2x8x64xf32>
  %v = tensor.empty() : tensor<2x8x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<2x8x64xf16>, tensor<2x8x64xf16>) outs(%h : tensor<2x8x64xf16>) {
    ^bb0(%in: f16, %in2: f16, %out: f16):
      %sum = arith.addf %in, %in2 : f16
      linalg.yield %sum : f16
    } -> tensor<2x8x64xf16>
  %w = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<2x8x64xf16>) outs(%e : tensor<2x8x64xf32>) {
    ^bb0(%in: f16, %out: f32):
      %wide = arith.extf %in : f16 to f32
      linalg.yield %wide : f32
    } -> tensor<2x8x64xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%w : tensor<2x8x64xf32>) outs(%e : tensor<2x8x64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = math.fpowi %in, %c2 : f32, i64
      linalg.yield %sq : f32
    } -> tensor<2x8x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<2x8x1xf32>) -> tensor<2x8x1xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%q : tensor<2x8x64xf32>) outs(%z : tensor<2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sum = arith.addf %in, %out : f32
      linalg.yield %sum : f32
    } -> tensor<2x8x1xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%m : tensor<2x8x1xf32>) outs(%v : tensor<2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %mean = arith.divf %in, %n : f32
      linalg.yield %mean : f32
    } -> tensor<2x8x1xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%d : tensor<2x8x1xf32>) outs(%v : tensor<2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %e32 = arith.truncf %eps : f64 to f32
      %ms = arith.addf %in, %e32 : f32
      linalg.yield %ms : f32
    } -> tensor<2x8x1xf32>
  %i = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%a : tensor<2x8x1xf32>) outs(%v : tensor<2x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %root = math.rsqrt %in : f32
      linalg.yield %root : f32
    } -> tensor<2x8x1xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%w, %i : tensor<2x8x64xf32>, tensor<2x8x1xf32>) outs(%e : tensor<2x8x64xf32>) {
    ^bb0(%in: f32, %rstd: f32, %out: f32):
      %p = arith.mulf %in, %rstd : f32
      linalg.yield %p : f32
    } -> tensor<2x8x64xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%u : tensor<2x8x64xf32>) outs(%h : tensor<2x8x64xf16>) {
    ^bb0(%in: f32, %out: f16):
      %narrow = arith.truncf %in : f32 to f16
      linalg.yield %narrow : f16
    } -> tensor<2x8x64xf16>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%g, %y : tensor<64xf16>, tensor<2x8x64xf16>) outs(%h : tensor<2x8x64xf16>) {
    ^bb0(%scale: f16, %in: f16, %out: f16):
      %p = arith.mulf %scale, %in : f16
      linalg.yield %p : f16
    } -> tensor<2x8x64xf16>
  return %o, %s : tensor<2x8x64xf16>, tensor<2x8x64xf16>
}

// Named ops.
// CHECK-LABEL: func @named_ops
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @named_ops(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %v = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.add ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %q = linalg.square ins(%s : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = linalg.div ins(%m, %n : tensor<8xf32>, tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %a = linalg.add ins(%d, %eps : tensor<8xf32>, tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %i = linalg.rsqrt ins(%a : tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = linalg.mul ins(%s, %b : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = linalg.mul ins(%y, %gb : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Category ops.
// CHECK-LABEL: func @category_ops
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @category_ops(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %v = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = linalg.elementwise kind=#linalg.elementwise_kind<add> ins(%x, %r : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = linalg.contract indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>] ins(%s, %s : tensor<8x8xf32>, tensor<8x8xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = linalg.elementwise kind=#linalg.elementwise_kind<rsqrt> ins(%a : tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.elementwise kind=#linalg.elementwise_kind<mul> indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>] ins(%s, %i : tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Unit dimensions. Some clean-ups take these out of the addends.
// CHECK-LABEL: func @unit_extents
// CHECK-NOT: arith.addf
// CHECK: addnorm.rms_norm({{[^,]*}}, {{[^,]*}} : {{.*}} gamma({{.*}} : tensor<64xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return
func.func @unit_extents(%x: tensor<1x8x64xf32>, %r: tensor<1x8x64xf32>, %g: tensor<64xf32>) -> tensor<1x8x64xf32> {
  %c2 = arith.constant 2 : i64
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f64
  %n = arith.constant 64.0 : f32
  %h = tensor.empty() : tensor<1x8x64xf32>
  %e = tensor.empty() : tensor<1x8x64xf32>
  %v = tensor.empty() : tensor<1x8x1xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %r : tensor<1x8x64xf32>, tensor<1x8x64xf32>) outs(%h : tensor<1x8x64xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<1x8x64xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<1x8x64xf32>) outs(%e : tensor<1x8x64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = math.fpowi %in, %c2 : f32, i64
      linalg.yield %sq : f32
    } -> tensor<1x8x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<1x8x1xf32>) -> tensor<1x8x1xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%q : tensor<1x8x64xf32>) outs(%z : tensor<1x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sum = arith.addf %in, %out : f32
      linalg.yield %sum : f32
    } -> tensor<1x8x1xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%m : tensor<1x8x1xf32>) outs(%v : tensor<1x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %mean = arith.divf %in, %n : f32
      linalg.yield %mean : f32
    } -> tensor<1x8x1xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%d : tensor<1x8x1xf32>) outs(%v : tensor<1x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %e32 = arith.truncf %eps : f64 to f32
      %ms = arith.addf %in, %e32 : f32
      linalg.yield %ms : f32
    } -> tensor<1x8x1xf32>
  %i = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%a : tensor<1x8x1xf32>) outs(%v : tensor<1x8x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %root = math.rsqrt %in : f32
      linalg.yield %root : f32
    } -> tensor<1x8x1xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, 0)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %i : tensor<1x8x64xf32>, tensor<1x8x1xf32>) outs(%e : tensor<1x8x64xf32>) {
    ^bb0(%in: f32, %rstd: f32, %out: f32):
      %p = arith.mulf %in, %rstd : f32
      linalg.yield %p : f32
    } -> tensor<1x8x64xf32>
  %o = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%g, %u : tensor<64xf32>, tensor<1x8x64xf32>) outs(%h : tensor<1x8x64xf32>) {
    ^bb0(%scale: f32, %in: f32, %out: f32):
      %p = arith.mulf %scale, %in : f32
      linalg.yield %p : f32
    } -> tensor<1x8x64xf32>
  return %o : tensor<1x8x64xf32>
}

// Constants as operands of rank 0 and of one element.
// CHECK-LABEL: func @scalar_operands
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @scalar_operands(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<f32>
  %eps = arith.constant dense<1.0e-5> : tensor<1x1xf32>
  %v = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%m, %n : tensor<8xf32>, tensor<f32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %n0: f32, %out: f32):
      %mean = arith.divf %in, %n0 : f32
      linalg.yield %mean : f32
    } -> tensor<8xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0, 0)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%d, %eps : tensor<8xf32>, tensor<1x1xf32>) outs(%v : tensor<8xf32>) {
    ^bb0(%in: f32, %e0: f32, %out: f32):
      %ms = arith.addf %in, %e0 : f32
      linalg.yield %ms : f32
    } -> tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Values and constants that are computed twice.
// CHECK-LABEL: func @repeated
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @repeated(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %eps2 = arith.constant dense<1.0e-5> : tensor<8xf32>
  %a = arith.addf %d, %eps2 : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %s2 = arith.addf %x, %r : tensor<8x8xf32>
  %y = arith.mulf %s2, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// What folds away.
// CHECK-LABEL: func @foldable
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @foldable(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<8x8xf32>
  %loose = tensor.empty(%rows) : tensor<?x8xf32>
  %e = tensor.cast %loose : tensor<?x8xf32> to tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %sc = tensor.cast %s : tensor<8x8xf32> to tensor<?x8xf32>
  %sq = tensor.cast %sc : tensor<?x8xf32> to tensor<8x8xf32>
  %q = arith.mulf %sq, %sq : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// What specializing makes: linalg.broadcast and linalg.mul.
// CHECK-LABEL: func @broadcast_and_mul
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf32>, %[[R:[^:]*]]: tensor<8x8xf32>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf32>, tensor<8x8xf32>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
func.func @broadcast_and_mul(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<8x8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s, %b : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %in2: f32, %out: f32):
      %p = arith.mulf %in, %in2 : f32
      linalg.yield %p : f32
    } -> tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// One row: its statistic is a scalar, which bodies extract.
// CHECK-LABEL: func @one_row
// CHECK: addnorm.rms_norm(%{{[^ ]*}}, %{{[^ ]*}} : {{.*}} epsilon 9.99999974E-6 outs(
// CHECK-NOT: {{addnorm|sqrt}}
// CHECK: return
func.func @one_row(%x: tensor<16xf32>, %r: tensor<16xf32>, %g: tensor<16xf32>) -> tensor<16xf32> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant dense<1.0e-5> : tensor<f32>
  %n = arith.constant dense<16.0> : tensor<f32>
  %e = tensor.empty() : tensor<16xf32>
  %v = tensor.empty() : tensor<f32>
  %s = linalg.add ins(%x, %r : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %q = linalg.square ins(%s : tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<f32>) -> tensor<f32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<16xf32>) outs(%z : tensor<f32>) dimensions = [0]
  %d = linalg.div ins(%m, %n : tensor<f32>, tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %a = linalg.add ins(%d, %eps : tensor<f32>, tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %i = linalg.rsqrt ins(%a : tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %b = linalg.broadcast ins(%i : tensor<f32>) outs(%e : tensor<16xf32>) dimensions = [0]
  %y = linalg.mul ins(%s, %b : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %o = linalg.mul ins(%y, %g : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  return %o : tensor<16xf32>
}

// The view of the result comes into the body of the norm.
// CHECK-LABEL: func @one_row_expanded
// CHECK: addnorm.rms_norm(%{{[^ ]*}}, %{{[^ ]*}} : {{.*}} epsilon 9.99999974E-6 outs(
// CHECK-NOT: {{addnorm|sqrt}}
// CHECK: return
func.func @one_row_expanded(%x: tensor<16xf32>, %r: tensor<16xf32>, %g: tensor<16xf32>) -> tensor<1x16xf32> {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant dense<1.0e-5> : tensor<f32>
  %n = arith.constant dense<16.0> : tensor<f32>
  %e = tensor.empty() : tensor<16xf32>
  %v = tensor.empty() : tensor<f32>
  %s = linalg.add ins(%x, %r : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %q = linalg.square ins(%s : tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<f32>) -> tensor<f32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<16xf32>) outs(%z : tensor<f32>) dimensions = [0]
  %d = linalg.div ins(%m, %n : tensor<f32>, tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %a = linalg.add ins(%d, %eps : tensor<f32>, tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %i = linalg.rsqrt ins(%a : tensor<f32>) outs(%v : tensor<f32>) -> tensor<f32>
  %b = linalg.broadcast ins(%i : tensor<f32>) outs(%e : tensor<16xf32>) dimensions = [0]
  %y = linalg.mul ins(%s, %b : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %o = linalg.mul ins(%y, %g : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  %o1 = tensor.expand_shape %o [[0, 1]] output_shape [1, 16] : tensor<16xf32> into tensor<1x16xf32>
  return %o1 : tensor<1x16xf32>
}

// Sizes asked of views, and views of what was empty.
// CHECK-LABEL: func @dynamic_sizes
// CHECK: addnorm.rms_norm(%{{[^ ]*}}, %{{[^ ]*}} : {{.*}} epsilon 9.99999974E-6 outs(
// CHECK-NOT: {{addnorm|sqrt}}
// CHECK: return
func.func @dynamic_sizes(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<1x?x?xf32> {
  %k0 = arith.constant 0 : index
  %k1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %k0 : tensor<?x?xf32>
  %length = tensor.dim %x, %k1 : tensor<?x?xf32>
  %ni = arith.index_cast %length : index to i64
  %n = arith.sitofp %ni : i64 to f32
  %e = tensor.empty(%rows, %length) : tensor<?x?xf32>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %s = linalg.add ins(%x, %r : tensor<?x?xf32>, tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.square ins(%s : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %m0 = linalg.reduce {arith.addf} ins(%q : tensor<?x?xf32>) outs(%z : tensor<?xf32>) dimensions = [1]
  %m = tensor.expand_shape %m0 [[0, 1]] output_shape [%rows, 1] : tensor<?xf32> into tensor<?x1xf32>
  %v1 = tensor.empty(%rows) : tensor<?x1xf32>
  %i1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%m : tensor<?x1xf32>) outs(%v1 : tensor<?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %mean = arith.divf %in, %n : f32
      %ms = arith.addf %mean, %eps : f32
      %rstd = math.rsqrt %ms : f32
      linalg.yield %rstd : f32
    } -> tensor<?x1xf32>
  %i = tensor.collapse_shape %i1 [[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
  %b = linalg.broadcast ins(%i : tensor<?xf32>) outs(%e : tensor<?x?xf32>) dimensions = [1]
  %y = linalg.mul ins(%s, %b : tensor<?x?xf32>, tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %gb = linalg.broadcast ins(%g : tensor<?xf32>) outs(%e : tensor<?x?xf32>) dimensions = [0]
  %o = linalg.mul ins(%y, %gb : tensor<?x?xf32>, tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %o1 = tensor.expand_shape %o [[0, 1], [2]] output_shape [1, %rows, %length] : tensor<?x?xf32> into tensor<1x?x?xf32>
  return %o1 : tensor<1x?x?xf32>
}
