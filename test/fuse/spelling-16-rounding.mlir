// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s --check-prefix=SOURCE

// Where the norm is rounded: norm_type, where the source's roundings are kept.

// Before gamma, as Llama does.
// CHECK-LABEL: func @llama
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x4x64xf16>, %[[R:[^:]*]]: tensor<2x4x64xf16>, %[[G:[^:]*]]: tensor<64xf16>)
// CHECK-NOT: tosa
// CHECK: %[[OP:.*]]:2 = addnorm.rms_norm(%[[X]], %[[R]] : tensor<2x4x64xf16>, tensor<2x4x64xf16>) gamma(%[[G]] : tensor<64xf16>) epsilon 9.99999974E-6
// CHECK-SAME: outs({{.*}} : tensor<2x4x64xf16>) sum({{.*}} : tensor<2x4x64xf16>) {lanes = 64 : i64}
// CHECK-NEXT: return %[[OP]]#0, %[[OP]]#1
// SOURCE-LABEL: func @llama
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, norm_type = f16, sum_type = f16}
func.func @llama(%x: tensor<2x4x64xf16>, %r: tensor<2x4x64xf16>, %g: tensor<64xf16>) -> (tensor<2x4x64xf16>, tensor<2x4x64xf16>) {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 1, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %two = "tosa.const"() <{values = dense<2.0> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %over_n = "tosa.const"() <{values = dense<1.562500e-02> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %eps = "tosa.const"() <{values = dense<1.0e-5> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %s = tosa.add %x, %r : (tensor<2x4x64xf16>, tensor<2x4x64xf16>) -> tensor<2x4x64xf16>
  %w = tosa.cast %s : (tensor<2x4x64xf16>) -> tensor<2x4x64xf32>
  %q = tosa.pow %w, %two : (tensor<2x4x64xf32>, tensor<1x1x1xf32>) -> tensor<2x4x64xf32>
  %m = tosa.reduce_sum %q {axis = 2 : i32} : (tensor<2x4x64xf32>) -> tensor<2x4x1xf32>
  %d = tosa.mul %m, %over_n, %shift : (tensor<2x4x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x4x1xf32>
  %a = tosa.add %d, %eps : (tensor<2x4x1xf32>, tensor<1x1x1xf32>) -> tensor<2x4x1xf32>
  %i = tosa.rsqrt %a : (tensor<2x4x1xf32>) -> tensor<2x4x1xf32>
  %u = tosa.mul %w, %i, %shift : (tensor<2x4x64xf32>, tensor<2x4x1xf32>, tensor<1xi8>) -> tensor<2x4x64xf32>
  %n = tosa.cast %u : (tensor<2x4x64xf32>) -> tensor<2x4x64xf16>
  %gr = tosa.reshape %g, %shape : (tensor<64xf16>, !tosa.shape<3>) -> tensor<1x1x64xf16>
  %y = tosa.mul %gr, %n, %shift : (tensor<1x1x64xf16>, tensor<2x4x64xf16>, tensor<1xi8>) -> tensor<2x4x64xf16>
  return %y, %s : tensor<2x4x64xf16>, tensor<2x4x64xf16>
}

// After gamma, as Gemma and GPT-OSS do.
// CHECK-LABEL: func @after
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @after
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, sum_type = f16}
func.func @after(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf32>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %w, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %v = arith.mulf %y, %gb : tensor<8x8xf32>
  %o = arith.truncf %v : tensor<8x8xf32> to tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// Both.
// CHECK-LABEL: func @both
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs(
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @both
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, norm_type = f16, sum_type = f16}
func.func @both(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf32>) -> tensor<8x8xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %yw = arith.extf %y : tensor<8x8xf16> to tensor<8x8xf32>
  %v = arith.mulf %yw, %gb : tensor<8x8xf32>
  %o = arith.truncf %v : tensor<8x8xf32> to tensor<8x8xf16>
  return %o : tensor<8x8xf16>
}

// Neither: the result is f32.
// CHECK-LABEL: func @none
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs({{[^)]*}} : tensor<8x8xf32>)
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @none
// SOURCE: addnorm.rms_norm({{.*}} : tensor<8x8xf32>) {lanes = 64 : i64, sum_type = f16}
func.func @none(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %w, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Before an f32 gamma whose product stays f32.
// CHECK-LABEL: func @before_f32_gamma
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xf32>) epsilon 9.99999974E-6 outs({{[^)]*}} : tensor<8x8xf32>)
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @before_f32_gamma
// SOURCE: addnorm.rms_norm({{.*}} : tensor<8x8xf32>) {lanes = 64 : i64, norm_type = f16, sum_type = f16}
func.func @before_f32_gamma(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xf16>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %yw = arith.extf %y : tensor<8x8xf16> to tensor<8x8xf32>
  %o = arith.mulf %yw, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// Rounded to bf16 before gamma while the sum is f16.
// CHECK-LABEL: func @other_type
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x8xf16>, %[[R:[^:]*]]: tensor<8x8xf16>, %[[G:[^:]*]]: tensor<8xbf16>)
// CHECK: %[[Y:[^ :]*]] = addnorm.rms_norm(%[[X]], %[[R]] : tensor<8x8xf16>, tensor<8x8xf16>) gamma(%[[G]] : tensor<8xbf16>) epsilon 9.99999974E-6 outs({{[^)]*}} : tensor<8x8xbf16>)
// CHECK-NOT: sqrt
// CHECK: return %[[Y]] :
// SOURCE-LABEL: func @other_type
// SOURCE: addnorm.rms_norm({{.*}} {lanes = 64 : i64, norm_type = bf16, sum_type = f16}
func.func @other_type(%x: tensor<8x8xf16>, %r: tensor<8x8xf16>, %g: tensor<8xbf16>) -> tensor<8x8xbf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %h = tensor.empty() : tensor<8x8xbf16>
  %s = arith.addf %x, %r : tensor<8x8xf16>
  %w = arith.extf %s : tensor<8x8xf16> to tensor<8x8xf32>
  %q = arith.mulf %w, %w : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %u = arith.mulf %w, %b : tensor<8x8xf32>
  %y = arith.truncf %u : tensor<8x8xf32> to tensor<8x8xbf16>
  %gb = linalg.broadcast ins(%g : tensor<8xbf16>) outs(%h : tensor<8x8xbf16>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xbf16>
  return %o : tensor<8x8xbf16>
}
