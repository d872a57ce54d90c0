// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse)' | FileCheck %s --check-prefixes=ALL,DEFAULT
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=8 chunk=32})' | FileCheck %s --check-prefixes=ALL,CHUNK
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=0})' | FileCheck %s --check-prefixes=ALL,FREE
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{norm-only=true})' | FileCheck %s --check-prefixes=ALL,NORM
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{keep-adds=true})' | FileCheck %s --check-prefix=KEEP
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{numerics=exact})' 2>&1 | FileCheck %s --check-prefix=NUMERICS
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=3})' 2>&1 | FileCheck %s --check-prefix=LANES
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=-8})' 2>&1 | FileCheck %s --check-prefix=LANES
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=8 chunk=12})' 2>&1 | FileCheck %s --check-prefix=CHUNKS
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-fuse{lanes=0 chunk=8})' 2>&1 | FileCheck %s --check-prefix=CHUNKS

// NUMERICS: error: {{.*}}numerics
// LANES: error: {{.*}}lanes
// CHUNKS: error: {{.*}}chunk

// ALL-LABEL: func @fed_by_an_add
// DEFAULT: addnorm.rms_norm(%{{.*}}, %{{.*}} : {{.*}} {lanes = 64 : i64}
// CHUNK: addnorm.rms_norm(%{{.*}}, %{{.*}} : {{.*}} {chunk = 32 : i64, lanes = 8 : i64}
// FREE: addnorm.rms_norm(%{{.*}}, %{{.*}} : {{.*}} outs(%{{[^)]*}}){{$}}
// NORM: addnorm.rms_norm(%{{.*}}, %{{.*}} :
// KEEP-LABEL: func @fed_by_an_add
// KEEP: %[[S:.*]] = arith.addf
// KEEP: addnorm.rms_norm(%[[S]] : tensor<4x64xf16>)
func.func @fed_by_an_add(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>) -> tensor<4x64xf16> {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %s = arith.addf %x, %r : tensor<4x64xf16>
  %yw = arith.extf %s : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  return %y : tensor<4x64xf16>
}

// ALL-LABEL: func @no_add
// DEFAULT: math.rsqrt
// CHUNK: math.rsqrt
// FREE: math.rsqrt
// NORM-NOT: math.rsqrt
// NORM: addnorm.rms_norm(%{{[^,]*}} : tensor<4x64xf16>)
func.func @no_add(%x: tensor<4x64xf16>) -> tensor<4x64xf16> {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %n = arith.constant dense<64.0> : tensor<4xf32>
  %eps = arith.constant dense<1.0e-5> : tensor<4xf32>
  %e = tensor.empty() : tensor<4x64xf32>
  %yw = arith.extf %x : tensor<4x64xf16> to tensor<4x64xf32>
  %yq = arith.mulf %yw, %yw : tensor<4x64xf32>
  %ym = linalg.reduce {arith.addf} ins(%yq : tensor<4x64xf32>) outs(%z : tensor<4xf32>) dimensions = [1]
  %yd = arith.divf %ym, %n : tensor<4xf32>
  %ya = arith.addf %yd, %eps : tensor<4xf32>
  %yi = math.rsqrt %ya : tensor<4xf32>
  %yb = linalg.broadcast ins(%yi : tensor<4xf32>) outs(%e : tensor<4x64xf32>) dimensions = [1]
  %yu = arith.mulf %yw, %yb : tensor<4x64xf32>
  %y = arith.truncf %yu : tensor<4x64xf32> to tensor<4x64xf16>
  return %y : tensor<4x64xf16>
}
