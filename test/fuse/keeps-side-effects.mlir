// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s

// The guard that broadcasts %x also writes to memory: it stays, though nothing reads its value.
// CHECK-LABEL: @f
// CHECK-DAG: linalg.fill ins({{.*}}) outs({{.*}} : memref<4xf32>)
// CHECK-DAG: addnorm.rms_norm
#id = affine_map<(d0,d1)->(d0,d1)>
#b = affine_map<(d0,d1)->(0,d1)>
#row = affine_map<(d0,d1)->(d0)>
func.func @f(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %buf: memref<4xf32>) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 64.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %dx = tensor.dim %x, %c0 : tensor<?x64xf32>
  %dr = tensor.dim %r, %c0 : tensor<?x64xf32>
  %cond = arith.cmpi eq, %dx, %c1 : index
  %x1 = scf.if %cond -> (tensor<?x64xf32>) {
    linalg.fill ins(%eps: f32) outs(%buf: memref<4xf32>)
    %ee = tensor.empty(%dx) : tensor<?x64xf32>
    %bx = linalg.generic {indexing_maps=[#b,#id], iterator_types=["parallel","parallel"]} ins(%x: tensor<?x64xf32>) outs(%ee: tensor<?x64xf32>) {
      ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32 } -> tensor<?x64xf32>
    scf.yield %bx : tensor<?x64xf32>
  } else {
    scf.yield %x : tensor<?x64xf32>
  }
  %e = tensor.empty(%dx) : tensor<?x64xf32>
  %ev = tensor.empty(%dx) : tensor<?xf32>
  %f = linalg.fill ins(%zero: f32) outs(%ev: tensor<?xf32>) -> tensor<?xf32>
  %t = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x1,%r: tensor<?x64xf32>,tensor<?x64xf32>) outs(%e: tensor<?x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32 } -> tensor<?x64xf32>
  %sum = linalg.generic {indexing_maps=[#id,#row], iterator_types=["parallel","reduction"]} ins(%t: tensor<?x64xf32>) outs(%f: tensor<?xf32>) {
    ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %q : f32
    linalg.yield %s : f32 } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps=[#id,#row,#id], iterator_types=["parallel","parallel"]} ins(%t,%sum: tensor<?x64xf32>,tensor<?xf32>) outs(%e: tensor<?x64xf32>) {
    ^bb0(%a: f32, %q: f32, %o: f32):
    %m = arith.divf %q, %n : f32
    %me = arith.addf %m, %eps : f32
    %r2 = math.rsqrt %me : f32
    %u = arith.mulf %a, %r2 : f32
    linalg.yield %u : f32 } -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// An op that may do anything stays, though only an unused input of the add reads it.
// CHECK-LABEL: @custom
// CHECK-DAG: tosa.custom
// CHECK-DAG: addnorm.rms_norm
func.func @custom(%x: tensor<8x8xf32>, %r: tensor<8x8xf32>, %g: tensor<8xf32>) -> tensor<8x8xf32> {
  %z = arith.constant dense<0.0> : tensor<8xf32>
  %n = arith.constant dense<8.0> : tensor<8xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %cu = "tosa.custom"(%x) {operator_name = "o", domain_name = "d", implementation_attrs = "i"} : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %cu, %r : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%in: f32, %unused: f32, %in2: f32, %out: f32):
      %sum = arith.addf %in, %in2 : f32
      linalg.yield %sum : f32
    } -> tensor<8x8xf32>
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
