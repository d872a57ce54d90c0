// RUN: %mlir_opt_plugin %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(addnorm-fuse{strict})' -o /dev/null
// RUN: not %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse{strict})'
// RUN: %mlir_opt_plugin %s --split-input-file --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null

// Every unsafe norm is an error, not only the first; the others are fused, or left.

func.func @two_near_misses(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> (tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %wrong = arith.constant dense<15.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s16 = arith.addf %x, %r : tensor<8x16xf16>
  %s = arith.extf %s16 : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  // expected-error@+2 {{addnorm-fuse: the mean of the squares is raised to another power than -1/2; }}
  // expected-error@+1 {{addnorm-fuse: the sum of squares is not divided by the row length; the sum, its square or their mean is held in f16, where it overflows; divide the sum by the size}}
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %wrong : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>

  %d2 = arith.divf %m, %n : tensor<8xf32>
  %i2 = math.sqrt %d2 : tensor<8xf32>
  %b2 = linalg.broadcast ins(%i2 : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y2 = arith.mulf %s, %b2 : tensor<8x16xf32>

  %x32 = arith.extf %x : tensor<8x16xf16> to tensor<8x16xf32>
  %r32 = arith.extf %r : tensor<8x16xf16> to tensor<8x16xf32>
  %s32 = arith.addf %x32, %r32 : tensor<8x16xf32>
  %q32 = arith.mulf %s32, %s32 : tensor<8x16xf32>
  %m32 = linalg.reduce {arith.addf} ins(%q32 : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d32 = arith.divf %m32, %n : tensor<8xf32>
  %i32 = math.rsqrt %d32 : tensor<8xf32>
  %b32 = linalg.broadcast ins(%i32 : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y32 = arith.mulf %s32, %b32 : tensor<8x16xf32>
  return %y, %y2, %y32 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// The square overflows earlier than the sum: a plain norm can be unsafe.
func.func @square(%x: tensor<8x16xf16>) -> tensor<8x16xf16> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf16>
  %q16 = arith.mulf %x, %x : tensor<8x16xf16>
  %q = arith.extf %q16 : tensor<8x16xf16> to tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %i16 = arith.truncf %i : tensor<8xf32> to tensor<8xf16>
  %b = linalg.broadcast ins(%i16 : tensor<8xf16>) outs(%e : tensor<8x16xf16>) dimensions = [1]
  // expected-error@+1 {{addnorm-fuse: no add feeds this norm; the sum, its square or their mean is held in f16, where it overflows; with norm-only it becomes an op with one addend}}
  %y = arith.mulf %x, %b : tensor<8x16xf16>
  return %y : tensor<8x16xf16>
}

// -----

// So can a mean of squares.
func.func @mean(%x: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %x32 = arith.extf %x : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %x32, %x32 : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %d16 = arith.truncf %d : tensor<8xf32> to tensor<8xf16>
  %d32 = arith.extf %d16 : tensor<8xf16> to tensor<8xf32>
  %i = math.rsqrt %d32 : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  // expected-error@+1 {{addnorm-fuse: no add feeds this norm}}
  %y = arith.mulf %x32, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// What cannot overflow may be left: bf16 and f32 sums, a norm of a tensor.
func.func @safe(%x: tensor<8x16xbf16>, %r: tensor<8x16xbf16>, %h: tensor<8x16xf16>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %wrong = arith.constant dense<15.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s16 = arith.addf %x, %r : tensor<8x16xbf16>
  %s = arith.extf %s16 : tensor<8x16xbf16> to tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %wrong : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x16xf32>

  %h32 = arith.extf %h : tensor<8x16xf16> to tensor<8x16xf32>
  %hq = arith.mulf %h32, %h32 : tensor<8x16xf32>
  %hm = linalg.reduce {arith.addf} ins(%hq : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %hd = arith.divf %hm, %n : tensor<8xf32>
  %hi = math.rsqrt %hd : tensor<8xf32>
  %hb = linalg.broadcast ins(%hi : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %hy = arith.mulf %h32, %hb : tensor<8x16xf32>
  return %y, %hy : tensor<8x16xf32>, tensor<8x16xf32>
}
