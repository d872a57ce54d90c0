// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' -o /dev/null \
// RUN:   --remark-format=emitRemark --remarks-filter=addnorm-fuse --verify-diagnostics

// A fused norm: its facts, with the other readers of the sum.
// expected-remark@+1 {{[Analysis] RMSNorms | Category:addnorm-fuse | Function=fused | BytesSaved=512, Fused=1, Left=0, Unsafe=0}}
func.func @fused(%x: tensor<8x16xf16>, %r: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %x32 = arith.extf %x : tensor<8x16xf16> to tensor<8x16xf32>
  %s = arith.addf %x32, %r : tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  // expected-remark@+1 {{[Passed] RMSNorm | Category:addnorm-fuse | Function=fused | Addends=2, BytesSaved=512, N=16, Rows=8,}}
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  %t = math.tanh %s : tensor<8x16xf32>
  return %y, %s, %t : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>
}

// Sizes that are not known are none.
// expected-remark@+1 {{Function=dynamic | BytesSaved=0, Fused=1, Left=0, Unsafe=0}}
func.func @dynamic(%x: tensor<?x16xf32>, %r: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x16xf32>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 16.0 : f32
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %e = tensor.empty(%rows) : tensor<?x16xf32>
  %s = linalg.add ins(%x, %r : tensor<?x16xf32>, tensor<?x16xf32>) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %q = linalg.square ins(%s : tensor<?x16xf32>) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<?x16xf32>) outs(%z : tensor<?xf32>) dimensions = [1]
  // expected-remark@+1 {{[Passed] RMSNorm | Category:addnorm-fuse | Function=dynamic | Addends=2, BytesSaved=?, N=16, Rows=?, SumReaders=0, Types="tensor<?x16xf32> + tensor<?x16xf32> -> tensor<?x16xf32>"}}
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<?x16xf32>, tensor<?xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.divf %b, %n : f32
    %i = math.rsqrt %d : f32
    %p = arith.mulf %a, %i : f32
    linalg.yield %p : f32
  } -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// A near miss: the step, the place of what is wrong, and what to do. Its sum overflows.
// expected-remark@+1 {{Function=wrong_length | BytesSaved=0, Fused=0, Left=1, Unsafe=1}}
func.func @wrong_length(%x: tensor<8x16xf16>, %r: tensor<8x16xf16>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<15.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s16 = arith.addf %x, %r : tensor<8x16xf16>
  %s = arith.extf %s16 : tensor<8x16xf16> to tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  // expected-remark@+1 {{Reason="the sum of squares is not divided by the row length", Step=mean, Suggestion="divide the sum by the size of the dimension it runs over, not by a padded or other length", Unsafe=true}}
  %y = arith.mulf %s, %b : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// Told once, however many ops have the root in them; at gamma, which is wrong.
// expected-remark@+1 {{Function=wrong_gamma | BytesSaved=0, Fused=0, Left=1, Unsafe=0}}
func.func @wrong_gamma(%x: tensor<8x16xf32>, %r: tensor<8x16xf32>, %g: tensor<8x16xf32>, %h: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s = arith.addf %x, %r : tensor<8x16xf32>
  %q = arith.mulf %s, %s : tensor<8x16xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %i = math.rsqrt %d : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %gs = arith.mulf %g, %s : tensor<8x16xf32>
  %y = arith.mulf %gs, %b : tensor<8x16xf32>
  // expected-remark@+1 {{Reason="it is multiplied by a tensor that differs from row to row, not by one gamma vector", Step=gamma}}
  %o = arith.mulf %y, %h : tensor<8x16xf32>
  return %o : tensor<8x16xf32>
}

// Other reductions are no near misses, not even where a root or a square is near.
func.func @unrelated(%x: tensor<8x16xf32>, %w: tensor<16x16xf32>, %var: tensor<8xf32>)
    -> (tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8x16xf32>) {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %z2 = arith.constant dense<0.0> : tensor<8x16xf32>
  %inf = arith.constant dense<0xFF800000> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  // softmax
  %max = linalg.reduce {arith.maximumf} ins(%x : tensor<8x16xf32>) outs(%inf : tensor<8xf32>) dimensions = [1]
  %maxb = linalg.broadcast ins(%max : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %c = arith.subf %x, %maxb : tensor<8x16xf32>
  %p = math.exp %c : tensor<8x16xf32>
  %ps = linalg.reduce {arith.addf} ins(%p : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %psb = linalg.broadcast ins(%ps : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %softmax = arith.divf %p, %psb : tensor<8x16xf32>
  // a matmul of a scaled operand
  %scale = arith.constant dense<0.25> : tensor<8x16xf32>
  %scaled = arith.mulf %x, %scale : tensor<8x16xf32>
  %matmul = linalg.matmul ins(%scaled, %w : tensor<8x16xf32>, tensor<16x16xf32>) outs(%z2 : tensor<8x16xf32>) -> tensor<8x16xf32>
  // L1 norm
  %abs = math.absf %x : tensor<8x16xf32>
  %abss = linalg.reduce {arith.addf} ins(%abs : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %absb = linalg.broadcast ins(%abss : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %l1 = arith.divf %x, %absb : tensor<8x16xf32>
  // mean pooling, the length of a vector
  %sum = linalg.reduce {arith.addf} ins(%x : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %mean = arith.divf %sum, %n : tensor<8xf32>
  %sq = arith.mulf %x, %x : tensor<8x16xf32>
  %sqs = linalg.reduce {arith.addf} ins(%sq : tensor<8x16xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %length = math.sqrt %sqs : tensor<8xf32>
  // a norm by a variance that is an argument
  %vare = arith.addf %var, %eps : tensor<8xf32>
  %rs = math.rsqrt %vare : tensor<8xf32>
  %rsb = linalg.broadcast ins(%rs : tensor<8xf32>) outs(%e : tensor<8x16xf32>) dimensions = [1]
  %batch = arith.mulf %x, %rsb : tensor<8x16xf32>
  return %softmax, %matmul, %l1, %mean, %length, %batch : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8x16xf32>
}
