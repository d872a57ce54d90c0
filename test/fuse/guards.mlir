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
