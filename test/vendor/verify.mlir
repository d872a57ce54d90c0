// A vendor's kernel promises f32 inside, and nobody can check: the verdict is unknown at its call, and nowhere else.
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=call},convert-scf-to-cf,expand-strided-metadata,convert-arith-to-llvm,finalize-memref-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts,addnorm-verify)' -o /dev/null 2>&1 | FileCheck %s
// CHECK-NOT: {{warning|error|clean}}
// CHECK: warning: 'llvm.call' cannot be seen through: a call whose callee is not here
// CHECK-NEXT: addnorm.rms_norm(
// CHECK-NOT: {{warning|error|clean}}
func.func @main(%x: memref<8x16xf16>, %r: memref<8x16xf16>, %y: memref<8x16xf16>) {
  addnorm.rms_norm(%x, %r : memref<8x16xf16>, memref<8x16xf16>) epsilon 1.0e-5 outs(%y : memref<8x16xf16>)
  return
}
