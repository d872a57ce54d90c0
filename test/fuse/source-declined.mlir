// RUN: %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse{numerics=source})' | FileCheck %s

// norms with roundings that the op cannot say.
// CHECK-NOT: addnorm.rms_norm

// f32 accumulator rounded to bf16 in every step
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_acc_rounded(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
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
    %s0 = arith.addf %acc, %q : f32
    %s1 = arith.truncf %s0 : f32 to bf16
    %s = arith.extf %s1 : bf16 to f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// statistic of bf16(x) + r, numerator x + r
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_inner_rounding(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%e: tensor<8x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#id,#row], iterator_types=["parallel","reduction"]} ins(%x,%r: tensor<8x64xf32>,tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%x0: f32, %b: f32, %acc: f32):
    %x1 = arith.truncf %x0 : f32 to bf16
    %x2 = arith.extf %x1 : bf16 to f32
    %a = arith.addf %x2, %b : f32
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// a truncf toward zero is no sum_type
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_rounding_mode(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %ey = tensor.empty() : tensor<8x64xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t32 = arith.addf %x, %r : tensor<8x64xf32>
  %t16 = arith.truncf %t32 toward_zero : tensor<8x64xf32> to tensor<8x64xf16>
  %t = arith.extf %t16 : tensor<8x64xf16> to tensor<8x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x64xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// round(t^2) in the sum, round(t) in the numerator
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_square_rounded(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
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
    %q1 = arith.truncf %q : f32 to f16
    %q2 = arith.extf %q1 : f16 to f32
    %s = arith.addf %acc, %q2 : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %a1 = arith.truncf %a : f32 to f16
    %a2 = arith.extf %a1 : f16 to f32
    %u = arith.mulf %a2, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// round(t) * round(rstd) is not round(t * rstd)
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_two_rounds_as_one(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
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
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %a1 = arith.truncf %a : f32 to f16
    %a2 = arith.extf %a1 : f16 to f32
    %r1 = arith.truncf %rs : f32 to f16
    %r2 = arith.extf %r1 : f16 to f32
    %u = arith.mulf %a2, %r2 : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// the sum is of f16(t) * bf16(t), the numerator is f16(t)
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_mixed_kinds(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>) -> (tensor<8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
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
    %h = arith.truncf %a : f32 to f16
    %h2 = arith.extf %h : f16 to f32
    %g = arith.truncf %a : f32 to bf16
    %g2 = arith.extf %g : bf16 to f32
    %q = arith.mulf %h2, %g2 : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x64xf32>, tensor<8xf32>) outs(%ey: tensor<8x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %a1 = arith.truncf %a : f32 to f16
    %a2 = arith.extf %a1 : f16 to f32
    %u = arith.mulf %a2, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// N = 65, mean = sum * bf16(1/65) = 0.01538 (0.02 % off)
#id = affine_map<(d0,d1)->(d0,d1)>
#row = affine_map<(d0,d1)->(d0)>
#col = affine_map<(d0,d1)->(d1)>
#k0 = affine_map<(d0,d1)->(d0,0)>
func.func @source_divisor(%x: tensor<8x65xf32>, %r: tensor<8x65xf32>) -> (tensor<8x65xf32>) {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 65.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %inv = arith.constant 0.015380859375 : f32
  %e = tensor.empty() : tensor<8x65xf32>
  %ey = tensor.empty() : tensor<8x65xf32>
  %ev = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<8xf32>) -> tensor<8xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x,%r: tensor<8x65xf32>,tensor<8x65xf32>) outs(%e: tensor<8x65xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<8x65xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<8x65xf32>) outs(%f: tensor<8xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<8xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t, %sum: tensor<8x65xf32>, tensor<8xf32>) outs(%ey: tensor<8x65xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.mulf %q, %inv : f32
    %me = arith.addf %m, %eps : f32
    %rs = math.rsqrt %me : f32
    %u = arith.mulf %a, %rs : f32
    linalg.yield %u : f32 } -> tensor<8x65xf32>
  return %y : tensor<8x65xf32>
}
