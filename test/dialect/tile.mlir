// RUN: %mlir_opt_plugin %s -split-input-file -transform-interpreter -canonicalize -cse | FileCheck %s
// RUN: %mlir_opt_plugin %s -split-input-file -transform-interpreter | FileCheck %s --check-prefix=RAW

// Rows are tiled, whole rows stay together, and the producer of an addend moves into the loop. Bias
// and gamma serve every row and are not sliced.
// CHECK-LABEL: @fused_producer
// CHECK-SAME: %[[A:.*]]: tensor<32x64xf16>, %[[B:.*]]: tensor<32x64xf16>, %[[X:.*]]: tensor<32x64xf16>, %[[BIAS:.*]]: tensor<64xf16>, %[[G:.*]]: tensor<64xf32>
// CHECK-NOT: linalg.add
// CHECK: scf.forall (%[[I:.*]]) in (4) shared_outs(%[[Y0:.*]] = %{{.*}}, %[[S0:.*]] = %{{.*}}, %[[R0:.*]] = %{{.*}})
// CHECK: %[[ROW:.*]] = affine.apply #{{.*}}(%[[I]])
// CHECK-DAG: %[[AROWS:.*]] = tensor.extract_slice %[[A]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: %[[BROWS:.*]] = tensor.extract_slice %[[B]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: %[[ADD:.*]] = linalg.add ins(%[[AROWS]], %[[BROWS]]
// CHECK-DAG: %[[XROWS:.*]] = tensor.extract_slice %[[X]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: %[[YROWS:.*]] = tensor.extract_slice %[[Y0]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: %[[SROWS:.*]] = tensor.extract_slice %[[S0]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: %[[RROWS:.*]] = tensor.extract_slice %[[R0]][%[[ROW]], 0] [8, 1] [1, 1]
// CHECK: %[[TILE:.*]]:3 = addnorm.rms_norm(%[[ADD]], %[[XROWS]], %[[BIAS]] : tensor<8x64xf16>, tensor<8x64xf16>, tensor<64xf16>)
// CHECK-SAME: gamma(%[[G]] : tensor<64xf32>) epsilon 5.000000e-01
// CHECK-SAME: outs(%[[YROWS]] : tensor<8x64xf16>) sum(%[[SROWS]] : tensor<8x64xf32>) rstd(%[[RROWS]] : tensor<8x1xf32>) {lanes = 16 : i64}
// CHECK-DAG: tensor.parallel_insert_slice %[[TILE]]#0 into %[[Y0]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: tensor.parallel_insert_slice %[[TILE]]#1 into %[[S0]][%[[ROW]], 0] [8, 64] [1, 1]
// CHECK-DAG: tensor.parallel_insert_slice %[[TILE]]#2 into %[[R0]][%[[ROW]], 0] [8, 1] [1, 1]
func.func @fused_producer(%a: tensor<32x64xf16>, %b: tensor<32x64xf16>, %x: tensor<32x64xf16>,
                          %bias: tensor<64xf16>, %g: tensor<64xf32>)
    -> (tensor<32x64xf16>, tensor<32x64xf32>, tensor<32x1xf32>) {
  %e = tensor.empty() : tensor<32x64xf16>
  %s0 = tensor.empty() : tensor<32x64xf32>
  %r0 = tensor.empty() : tensor<32x1xf32>
  %sum = linalg.add ins(%a, %b : tensor<32x64xf16>, tensor<32x64xf16>) outs(%e : tensor<32x64xf16>)
      -> tensor<32x64xf16>
  %y, %s, %r = addnorm.rms_norm(%sum, %x, %bias : tensor<32x64xf16>, tensor<32x64xf16>, tensor<64xf16>)
      gamma(%g : tensor<64xf32>) epsilon 0.5 outs(%e : tensor<32x64xf16>)
      sum(%s0 : tensor<32x64xf32>) rstd(%r0 : tensor<32x1xf32>) {lanes = 16}
  return %y, %s, %r : tensor<32x64xf16>, tensor<32x64xf32>, tensor<32x1xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %add = transform.structured.match ops{["linalg.add"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %norm tile_sizes [8]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %add into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Two row dimensions of dynamic size and dynamic N; the matmul that feeds the addend is fused.
// CHECK-LABEL: @dynamic
// CHECK-SAME: %[[Y:[a-z0-9]+]]: tensor<?x?x?xf16>)
// CHECK-NOT: linalg.batch_matmul
// CHECK: scf.forall (%[[I:.*]], %[[J:.*]]) in {{.*}} shared_outs(%[[Y0:.*]] = %[[Y]])
// CHECK: %[[ROW:.*]] = affine.apply #{{.*}}(%[[J]])
// CHECK: %[[ROWS:.*]] = affine.min
// CHECK: %[[MATMUL:.*]] = linalg.batch_matmul
// CHECK: %[[N:.*]] = tensor.dim %[[Y0]], %c2
// CHECK: %[[YROWS:.*]] = tensor.extract_slice %[[Y0]][%[[I]], %[[ROW]], 0] [1, %[[ROWS]], %[[N]]] [1, 1, 1]
// CHECK: %[[TILE:.*]] = addnorm.rms_norm(%[[MATMUL]] : tensor<1x?x?xf32>) epsilon 5.000000e-01 outs(%[[YROWS]] : tensor<1x?x?xf16>)
// CHECK: %[[N:.*]] = tensor.dim %[[Y]], %c2
// CHECK: tensor.parallel_insert_slice %[[TILE]] into %[[Y0]][%[[I]], %[[ROW]], 0] [1, %[[ROWS]], %[[N]]] [1, 1, 1]
// CHECK: return
func.func @dynamic(%a: tensor<?x?x?xf32>, %w: tensor<?x?x?xf32>, %c: tensor<?x?x?xf32>,
                   %y0: tensor<?x?x?xf16>) -> tensor<?x?x?xf16> {
  %p = linalg.batch_matmul ins(%a, %w : tensor<?x?x?xf32>, tensor<?x?x?xf32>)
      outs(%c : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %y = addnorm.rms_norm(%p : tensor<?x?x?xf32>) epsilon 0.5 outs(%y0 : tensor<?x?x?xf16>)
  return %y : tensor<?x?x?xf16>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %matmul = transform.structured.match ops{["linalg.batch_matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %norm tile_sizes [1, 4]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %matmul into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The op itself is fused into the loop of a consumer of its sum that is tiled over rows.
// CHECK-LABEL: @fused_into_consumer
// CHECK-NOT: addnorm.rms_norm
// CHECK: scf.forall
// CHECK: %[[TILE:.*]]:2 = addnorm.rms_norm(%{{.*}} : tensor<?x?xf16>) epsilon
// CHECK: linalg.exp ins(%[[TILE]]#1 : tensor<?x?xf32>)
// CHECK: return
func.func @fused_into_consumer(%x: tensor<?x?xf16>, %y0: tensor<?x?xf16>, %s0: tensor<?x?xf32>,
                               %z0: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y, %s = addnorm.rms_norm(%x : tensor<?x?xf16>) epsilon 0.5 outs(%y0 : tensor<?x?xf16>)
      sum(%s0 : tensor<?x?xf32>)
  %z = linalg.exp ins(%s : tensor<?x?xf32>) outs(%z0 : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %exp = transform.structured.match ops{["linalg.exp"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %exp tile_sizes [4]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %norm into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A loop that reads part of each row: that part cannot be computed alone, and upstream then takes the
// whole op into the loop.
// CHECK-LABEL: @part_of_row
// CHECK-SAME: %[[X:.*]]: tensor<8x64xf16>, %[[Y0:.*]]: tensor<8x64xf16>,
// CHECK: scf.forall
// CHECK: addnorm.rms_norm(%[[X]] : tensor<8x64xf16>) epsilon 5.000000e-01 outs(%[[Y0]] : tensor<8x64xf16>)
// No tile was made and thrown away.
// RAW-LABEL: @part_of_row
// RAW-NOT: addnorm.rms_norm(%{{.*}} : tensor<4x64xf16>)
// RAW: return
func.func @part_of_row(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>, %z0: tensor<8x16xf16>) -> tensor<8x16xf16> {
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
  %z = scf.forall (%i) = (0) to (8) step (4) shared_outs(%out = %z0) -> tensor<8x16xf16> {
    %part = tensor.extract_slice %y[%i, 0] [4, 16] [1, 1] : tensor<8x64xf16> to tensor<4x16xf16>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %part into %out[%i, 0] [4, 16] [1, 1] : tensor<4x16xf16> into tensor<8x16xf16>
    }
  }
  return %z : tensor<8x16xf16>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %loop = transform.structured.match ops{["scf.forall"]} in %root : (!transform.any_op) -> !transform.any_op
    transform.structured.fuse_into_containing_op %norm into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// On memrefs the tiles are views.
// CHECK-LABEL: @memrefs
// CHECK-SAME: %[[X:.*]]: memref<10x64xf16, strided<[128, 1]>>, %[[Y:.*]]: memref<10x64xf16>, %[[R:.*]]: memref<10x1xf32>
// CHECK: scf.for %[[I:.*]] = %c0
// CHECK-DAG: %[[XROWS:.*]] = memref.subview %[[X]][%[[I]], 0] [%[[ROWS:.*]], 64] [1, 1]
// CHECK-DAG: %[[YROWS:.*]] = memref.subview %[[Y]][%[[I]], 0] [%[[ROWS]], 64] [1, 1]
// CHECK-DAG: %[[RROWS:.*]] = memref.subview %[[R]][%[[I]], 0] [%[[ROWS]], 1] [1, 1]
// CHECK: addnorm.rms_norm(%[[XROWS]] : {{.*}} outs(%[[YROWS]] : {{.*}} rstd(%[[RROWS]] :
func.func @memrefs(%x: memref<10x64xf16, strided<[128, 1]>>, %y: memref<10x64xf16>, %r: memref<10x1xf32>) {
  addnorm.rms_norm(%x : memref<10x64xf16, strided<[128, 1]>>) epsilon 0.5
      outs(%y : memref<10x64xf16>) rstd(%r : memref<10x1xf32>)
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %norm tile_sizes [4]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// One row of rank 1 has no loops, yet is a producer that can be taken whole.
// CHECK-LABEL: @rank_1
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?xf16>
// CHECK: scf.forall
// CHECK: %[[Y:.*]] = addnorm.rms_norm(%[[X]] : tensor<?xf16>)
// CHECK: linalg.broadcast ins(%[[Y]] : tensor<?xf16>)
func.func @rank_1(%x: tensor<?xf16>, %y0: tensor<?xf16>, %z0: tensor<8x?xf16>) -> tensor<8x?xf16> {
  %y = addnorm.rms_norm(%x : tensor<?xf16>) epsilon 0.5 outs(%y0 : tensor<?xf16>)
  %z = linalg.broadcast ins(%y : tensor<?xf16>) outs(%z0 : tensor<8x?xf16>) dimensions = [0]
  return %z : tensor<8x?xf16>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %norm = transform.structured.match ops{["addnorm.rms_norm"]} in %root : (!transform.any_op) -> !transform.any_op
    %broadcast = transform.structured.match ops{["linalg.broadcast"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %broadcast tile_sizes [4]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %norm into %loop
        : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
