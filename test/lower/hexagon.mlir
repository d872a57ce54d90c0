// Target vector for Hexagon: there is no fma of vectors, and a conversion to f16 takes two registers.
// RUN: addnorm-opt %s --addnorm-lower='target=vector cpu=hexagonv73' --canonicalize --cse | FileCheck %s

// CHECK: memref.alloca() {alignment = 128 : i64} : memref<1024xf32>
// CHECK-NOT: math.fma
// CHECK: %[[T:.*]] = arith.addf %{{.*}}, %{{.*}} : vector<64xf32>
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[T]], %[[T]] : vector<64xf32>
// CHECK: arith.addf %[[SQUARE]], %{{.*}} : vector<64xf32>
// CHECK-NOT: math.fma
// CHECK: %[[Y:.*]] = arith.truncf %{{.*}} to_nearest_even : vector<64xf32> to vector<64xf16>
// CHECK: vector.store %[[Y]], %arg2
// CHECK-NOT: math.fma
func.func @row(%x: memref<8x1024xf16>, %r: memref<8x1024xf16>, %y: memref<8x1024xf16>) {
  addnorm.rms_norm(%x, %r : memref<8x1024xf16>, memref<8x1024xf16>) epsilon 1.0e-5
      outs(%y : memref<8x1024xf16>) {lanes = 64 : i64}
  return
}
