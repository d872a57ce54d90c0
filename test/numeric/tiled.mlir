// Tiled over rows by upstream's transform, with a row tail, the op gives the bits that it gives whole.
// RUN: addnormc run %s --seed 7 --output-dir %t.whole
// RUN: addnorm-opt %s --transform-preload-library='transform-library-paths=%S/Inputs/tile-rows.mlir' --transform-interpreter -o %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: addnormc run %t.mlir --seed 7 --output-dir %t.tiled
// RUN: cmp %t.whole/0.npy %t.tiled/0.npy
// RUN: cmp %t.whole/1.npy %t.tiled/1.npy

// CHECK: scf.forall
// CHECK: addnorm.rms_norm
func.func @main(%x: tensor<17x100xf32>, %r: tensor<17x100xf16>, %g: tensor<100xf32>) -> (tensor<17x100xf32>, tensor<17x100xf32>) {
  %empty = tensor.empty() : tensor<17x100xf32>
  %y, %s = addnorm.rms_norm(%x, %r : tensor<17x100xf32>, tensor<17x100xf16>) gamma(%g : tensor<100xf32>)
      epsilon 1.0e-5 outs(%empty : tensor<17x100xf32>) sum(%empty : tensor<17x100xf32>)
      {lanes = 16 : i64, chunk = 48 : i64}
  return %y, %s : tensor<17x100xf32>, tensor<17x100xf32>
}
