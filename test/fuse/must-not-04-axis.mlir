// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only=true})' | FileCheck %s
// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' --remark-format=emitRemark \
// RUN:   --remarks-filter-missed=addnorm-fuse -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY --implicit-check-not=[Missed]

// The sum of squares runs over another axis than the row. Shapes are square, so only the maps say so.

// CHECK-LABEL: func @control
// CHECK: addnorm.rms_norm(%{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>)
func.func @control(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @columns
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=columns |{{.*}}Reason="the squares are summed over another dimension than the last", Step=reduction
func.func @columns(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [0]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @both_axes
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=both_axes |{{.*}}Reason="the squares are summed over more than the last dimension", Step=reduction
func.func @both_axes(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %z0 = arith.constant dense<0.0> : tensor<f32>
  %m0 = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z0 : tensor<f32>) dimensions = [0, 1]
  %ve = tensor.empty() : tensor<8xf32>
  %m = linalg.broadcast ins(%m0 : tensor<f32>) outs(%ve : tensor<8xf32>) dimensions = [0]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @root_along_the_row
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=root_along_the_row |{{.*}}Reason="the statistic varies along the row", Step=reduction
func.func @root_along_the_row(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
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
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @transposed_statistic
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=transposed_statistic |{{.*}}Reason="the squares are summed over another dimension than the last", Step=reduction
func.func @transposed_statistic(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %st = linalg.transpose ins(%s : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) permutation = [1, 0]
  %q = arith.mulf %st, %st : tensor<8x8xf32>
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

// CHECK-LABEL: func @diagonal
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=diagonal |{{.*}}Reason="the value that is normalised is not the one whose squares are summed over the last dimension", Step=numerator
func.func @diagonal(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      linalg.yield %sq : f32
    } -> tensor<8x8xf32>
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

// CHECK-LABEL: func @first_column
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=first_column |{{.*}}Reason="the value that is normalised is not the one whose squares are summed over the last dimension", Step=numerator
func.func @first_column(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %sq = arith.mulf %in, %in : f32
      linalg.yield %sq : f32
    } -> tensor<8x8xf32>
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

// CHECK-LABEL: func @half_the_row
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=half_the_row |{{.*}}Reason="what is summed is not the square of one value", Step=square
func.func @half_the_row(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %left = tensor.extract_slice %q[0, 0] [8, 4] [1, 1] : tensor<8x8xf32> to tensor<8x4xf32>
  %m = linalg.reduce {arith.addf} ins(%left : tensor<8x4xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// CHECK-LABEL: func @groups
// CHECK-NOT: addnorm.rms_norm
// WHY: [Missed]{{.*}}Function=groups |{{.*}}Reason="an op that is no part of the formula stands between the reduction and the root", Step=reduction
func.func @groups(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %q1 = tensor.collapse_shape %q [[0, 1]] : tensor<8x8xf32> into tensor<64xf32>
  %q2 = tensor.expand_shape %q1 [[0, 1]] output_shape [16, 4] : tensor<64xf32> into tensor<16x4xf32>
  %z16 = arith.constant dense<0.0> : tensor<16xf32>
  %m16 = linalg.reduce {arith.addf} ins(%q2 : tensor<16x4xf32>) outs(%z16 : tensor<16xf32>) dimensions = [1]
  %m = tensor.extract_slice %m16[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [0]
  %o = arith.mulf %y, %gb : tensor<8x8xf32>
  return %o : tensor<8x8xf32>
}

// The batch summed with the row.
// CHECK-LABEL: func @batch_folded
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=batch_folded |{{.*}}Reason="the squares are summed over more than the last dimension", Step=reduction
func.func @batch_folded(%x: tensor<2x8x8xf32>, %r: tensor<2x8x8xf32>, %g: tensor<8xf32>) -> tensor<2x8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<16.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<2x8x8xf32>
  %s = arith.addf %x, %r : tensor<2x8x8xf32>
  %q = arith.mulf %s, %s : tensor<2x8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<2x8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [0, 2]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<2x8x8xf32>) dimensions = [0, 2]
  %y = arith.mulf %s, %b : tensor<2x8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<2x8x8xf32>) dimensions = [0, 1]
  %o = arith.mulf %y, %gb : tensor<2x8x8xf32>
  return %o : tensor<2x8x8xf32>
}

// And divided by the row length alone.
// CHECK-LABEL: func @batch_folded_n
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=batch_folded_n |{{.*}}Reason="the squares are summed over more than the last dimension", Step=reduction
func.func @batch_folded_n(%x: tensor<2x8x8xf32>, %r: tensor<2x8x8xf32>, %g: tensor<8xf32>) -> tensor<2x8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<2x8x8xf32>
  %s = arith.addf %x, %r : tensor<2x8x8xf32>
  %q = arith.mulf %s, %s : tensor<2x8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<2x8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [0, 2]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<2x8x8xf32>) dimensions = [0, 2]
  %y = arith.mulf %s, %b : tensor<2x8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<2x8x8xf32>) dimensions = [0, 1]
  %o = arith.mulf %y, %gb : tensor<2x8x8xf32>
  return %o : tensor<2x8x8xf32>
}

// The middle axis of three that are all 8.
// CHECK-LABEL: func @middle_axis
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=middle_axis |{{.*}}Reason="the squares are summed over another dimension than the last", Step=reduction
func.func @middle_axis(%x: tensor<8x8x8xf32>, %r: tensor<8x8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8x8xf32>
  %n = arith.constant dense<8.0> : tensor<8x8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8x8xf32>
  %s = arith.addf %x, %r : tensor<8x8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8x8xf32>) outs(%z : tensor<8x8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8x8xf32>
  %a = arith.addf %d, %eps : tensor<8x8xf32>
  %i = math.rsqrt %a : tensor<8x8xf32>
  %b = linalg.broadcast ins(%i : tensor<8x8xf32>) outs(%e : tensor<8x8x8xf32>) dimensions = [1]
  %y = arith.mulf %s, %b : tensor<8x8x8xf32>
  %gb = linalg.broadcast ins(%g : tensor<8xf32>) outs(%e : tensor<8x8x8xf32>) dimensions = [0, 1]
  %o = arith.mulf %y, %gb : tensor<8x8x8xf32>
  return %o : tensor<8x8x8xf32>
}

// A reshape that makes other rows of the same elements.
// CHECK-LABEL: func @rows_of_the_flat
// CHECK-NOT: addnorm
// WHY: [Missed]{{.*}}Function=rows_of_the_flat |{{.*}}Reason="the reciprocal root of the mean of squares does not multiply what was squared", Step=root
func.func @rows_of_the_flat(%x: tensor<4x16xf32>, %r: tensor<4x16xf32>, %g: tensor<8xf32>) -> tensor<4x16xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %s0 = arith.addf %x, %r : tensor<4x16xf32>
  %flat = tensor.collapse_shape %s0 [[0, 1]] : tensor<4x16xf32> into tensor<64xf32>
  %s = tensor.expand_shape %flat [[0, 1]] output_shape [8, 8] : tensor<64xf32> into tensor<8x8xf32>
  %q = arith.mulf %s, %s : tensor<8x8xf32>
  %m = linalg.reduce {arith.addf} ins(%q : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1]
  %d = arith.divf %m, %n : tensor<8xf32>
  %a = arith.addf %d, %eps : tensor<8xf32>
  %i = math.rsqrt %a : tensor<8xf32>
  %b = linalg.broadcast ins(%i : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1]
  %sf = tensor.collapse_shape %s0 [[0, 1]] : tensor<4x16xf32> into tensor<64xf32>
  %bf = tensor.collapse_shape %b [[0, 1]] : tensor<8x8xf32> into tensor<64xf32>
  %bt = tensor.expand_shape %bf [[0, 1]] output_shape [4, 16] : tensor<64xf32> into tensor<4x16xf32>
  %y = arith.mulf %s0, %bt : tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}
