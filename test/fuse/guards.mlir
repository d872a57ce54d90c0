// RUN: %mlir_opt_plugin %s -split-input-file --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// if (size == 1) { s broadcast } else { s } is s where the size is that of s, however it is spelled. Only the
// normalised value goes through it here, the statistic does not.

// CHECK-LABEL: func @guard_of_its_size
// CHECK: addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>)
func.func @guard_of_its_size(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %s = linalg.add ins(%x, %r : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.square ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<?x8xf32>) outs(%z : tensor<?xf32>) dimensions = [1]
  %one = arith.cmpi eq, %rows, %c1 : index
  %g = scf.if %one -> (tensor<?x8xf32>) {
    %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<?x8xf32>
    scf.yield %b : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%g, %m : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %out: f32):
      %d = arith.divf %sum, %n : f32
      %a = arith.addf %d, %eps : f32
      %i = math.rsqrt %a : f32
      %u = arith.mulf %in, %i : f32
      linalg.yield %u : f32
    } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Row 0 is everywhere as soon as another tensor has one row: another one for the statistic than for the
// normalised value.
// CHECK-LABEL: func @guards_of_other_sizes
// CHECK-NOT: addnorm.rms_norm
func.func @guards_of_other_sizes(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %other: tensor<?x8xf32>, %third: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %s = linalg.add ins(%x, %r : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %others = tensor.dim %other, %c0 : tensor<?x8xf32>
  %one = arith.cmpi eq, %others, %c1 : index
  %g = scf.if %one -> (tensor<?x8xf32>) {
    %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<?x8xf32>
    scf.yield %b : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %thirds = tensor.dim %third, %c0 : tensor<?x8xf32>
  %alone = arith.cmpi eq, %thirds, %c1 : index
  %h = scf.if %alone -> (tensor<?x8xf32>) {
    %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      } -> tensor<?x8xf32>
    scf.yield %b : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %v = tensor.empty(%rows) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%v : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.square ins(%h : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<?x8xf32>) outs(%z : tensor<?xf32>) dimensions = [1]
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%g, %m : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
    ^bb0(%in: f32, %sum: f32, %out: f32):
      %d = arith.divf %sum, %n : f32
      %a = arith.addf %d, %eps : f32
      %i = math.rsqrt %a : f32
      %u = arith.mulf %in, %i : f32
      linalg.yield %u : f32
    } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// One row is broadcast to the rows of another tensor, which the op does not have.
// CHECK-LABEL: func @guard_for_the_rows_of_another
// CHECK-NOT: addnorm.rms_norm
func.func @guard_for_the_rows_of_another(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %t: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %m = tensor.dim %t, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %sum = arith.addf %in, %in2 : f32
    linalg.yield %sum : f32
  } -> tensor<?x8xf32>
  %ds = tensor.dim %s, %c0 : tensor<?x8xf32>
  %is = arith.cmpi eq, %ds, %c1 : index
  %v = scf.if %is -> (tensor<?x8xf32>) {
    %em = tensor.empty(%m) : tensor<?x8xf32>
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%em : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %g : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %dv = tensor.dim %v, %c0 : tensor<?x8xf32>
  %ev = tensor.empty(%dv) : tensor<?x8xf32>
  %e1 = tensor.empty(%dv) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %su = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%v : tensor<?x8xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%v, %su : tensor<?x8xf32>, tensor<?xf32>) outs(%ev : tensor<?x8xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %mean = arith.divf %q, %n : f32
    %ms = arith.addf %mean, %eps : f32
    %rstd = math.rsqrt %ms : f32
    %u = arith.mulf %in, %rstd : f32
    linalg.yield %u : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// One column to the columns of another one, by whose number the sum is divided.
// CHECK-LABEL: func @guard_for_the_length_of_another
// CHECK-NOT: addnorm.rms_norm
func.func @guard_for_the_length_of_another(%x: tensor<8x?xf32>, %r: tensor<8x?xf32>, %t: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %c1 = arith.constant 1 : index
  %m = tensor.dim %t, %c1 : tensor<8x?xf32>
  %d1 = tensor.dim %x, %c1 : tensor<8x?xf32>
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty(%d1) : tensor<8x?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x?xf32>, tensor<8x?xf32>) outs(%e : tensor<8x?xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %sum = arith.addf %in, %in2 : f32
    linalg.yield %sum : f32
  } -> tensor<8x?xf32>
  %ds = tensor.dim %s, %c1 : tensor<8x?xf32>
  %is = arith.cmpi eq, %ds, %c1 : index
  %v = scf.if %is -> (tensor<8x?xf32>) {
    %em = tensor.empty(%m) : tensor<8x?xf32>
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x?xf32>) outs(%em : tensor<8x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<8x?xf32>
    scf.yield %g : tensor<8x?xf32>
  } else {
    scf.yield %s : tensor<8x?xf32>
  }
  %ni = arith.index_cast %m : index to i64
  %nf = arith.sitofp %ni : i64 to f32
  %n = tensor.splat %nf : tensor<8xf32>
  %su = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
    iterator_types = ["parallel", "reduction"]} ins(%v : tensor<8x?xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<8xf32>
  %d = arith.divf %su, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %dv = tensor.dim %v, %c1 : tensor<8x?xf32>
  %ev = tensor.empty(%dv) : tensor<8x?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%v, %i : tensor<8x?xf32>, tensor<8xf32>) outs(%ev : tensor<8x?xf32>) {
  ^bb0(%in: f32, %rstd: f32, %out: f32):
    %u = arith.mulf %in, %rstd : f32
    linalg.yield %u : f32
  } -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}

// -----

// To the largest of its own rows and those of another.
// CHECK-LABEL: func @guard_for_the_largest_with_another
// CHECK-NOT: addnorm.rms_norm
func.func @guard_for_the_largest_with_another(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %t: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x8xf32>
  %others = tensor.dim %t, %c0 : tensor<?x8xf32>
  %m = arith.maxui %rows, %others : index
  %e = tensor.empty(%rows) : tensor<?x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %sum = arith.addf %in, %in2 : f32
    linalg.yield %sum : f32
  } -> tensor<?x8xf32>
  %ds = tensor.dim %s, %c0 : tensor<?x8xf32>
  %is = arith.cmpi eq, %ds, %c1 : index
  %v = scf.if %is -> (tensor<?x8xf32>) {
    %em = tensor.empty(%m) : tensor<?x8xf32>
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x8xf32>) outs(%em : tensor<?x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<?x8xf32>
    scf.yield %g : tensor<?x8xf32>
  } else {
    scf.yield %s : tensor<?x8xf32>
  }
  %dv = tensor.dim %v, %c0 : tensor<?x8xf32>
  %ev = tensor.empty(%dv) : tensor<?x8xf32>
  %e1 = tensor.empty(%dv) : tensor<?xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %su = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%v : tensor<?x8xf32>) outs(%z : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%v, %su : tensor<?x8xf32>, tensor<?xf32>) outs(%ev : tensor<?x8xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %mean = arith.divf %q, %n : f32
    %ms = arith.addf %mean, %eps : f32
    %rstd = math.rsqrt %ms : f32
    %u = arith.mulf %in, %rstd : f32
    linalg.yield %u : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func @guard_for_the_longest_with_another
// CHECK-NOT: addnorm.rms_norm
func.func @guard_for_the_longest_with_another(%x: tensor<8x?xf32>, %r: tensor<8x?xf32>, %t: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %c1 = arith.constant 1 : index
  %others = tensor.dim %t, %c1 : tensor<8x?xf32>
  %d1 = tensor.dim %x, %c1 : tensor<8x?xf32>
  %m = arith.maxui %d1, %others : index
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty(%d1) : tensor<8x?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%x, %r : tensor<8x?xf32>, tensor<8x?xf32>) outs(%e : tensor<8x?xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %sum = arith.addf %in, %in2 : f32
    linalg.yield %sum : f32
  } -> tensor<8x?xf32>
  %ds = tensor.dim %s, %c1 : tensor<8x?xf32>
  %is = arith.cmpi eq, %ds, %c1 : index
  %v = scf.if %is -> (tensor<8x?xf32>) {
    %em = tensor.empty(%m) : tensor<8x?xf32>
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x?xf32>) outs(%em : tensor<8x?xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<8x?xf32>
    scf.yield %g : tensor<8x?xf32>
  } else {
    scf.yield %s : tensor<8x?xf32>
  }
  %ni = arith.index_cast %m : index to i64
  %nf = arith.sitofp %ni : i64 to f32
  %n = tensor.splat %nf : tensor<8xf32>
  %su = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
    iterator_types = ["parallel", "reduction"]} ins(%v : tensor<8x?xf32>) outs(%z : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sq = arith.mulf %in, %in : f32
    %sum = arith.addf %out, %sq : f32
    linalg.yield %sum : f32
  } -> tensor<8xf32>
  %d = arith.divf %su, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %dv = tensor.dim %v, %c1 : tensor<8x?xf32>
  %ev = tensor.empty(%dv) : tensor<8x?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%v, %i : tensor<8x?xf32>, tensor<8xf32>) outs(%ev : tensor<8x?xf32>) {
  ^bb0(%in: f32, %rstd: f32, %out: f32):
    %u = arith.mulf %in, %rstd : f32
    linalg.yield %u : f32
  } -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}
