// The code of target npu is clean at every level, also where two ops share a kernel and what one
// stores is an addend of the other.
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=ascend-like},addnorm-verify{strict})' 2>&1 >/dev/null | FileCheck --check-prefix=CLEAN %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=edge},addnorm-dma-to-calls{trace=edge},addnorm-verify{strict})' 2>&1 >/dev/null | FileCheck --check-prefix=CLEAN %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-npu-pipeline{target=edge trace},addnorm-verify{strict})' 2>&1 >/dev/null | FileCheck --check-prefix=CLEAN %s
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-npu-pipeline{target=hexagon-like},addnorm-verify{strict})' 2>&1 >/dev/null | FileCheck --check-prefix=CLEAN %s
// CLEAN: remark: clean

// Where the tile of the narrow sum overlaps t, which is normalised, the two are one memory.
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=ascend-like},canonicalize,cse)' -o %t.mlir
// RUN: FileCheck --check-prefix=PARTS --input-file=%t.mlir %s
// PARTS: addnorm.scratchpad core %{{.*}} at 0 :
// PARTS: addnorm.scratchpad core %{{.*}} at 3840 :
// RUN: sed 's/at 3840 :/at 0 :/' %t.mlir > %t.overlap.mlir
// RUN: not addnorm-opt %t.overlap.mlir --pass-pipeline='builtin.module(addnorm-verify)' 2>&1 >/dev/null | FileCheck --check-prefix=OVERLAP %s
// RUN: not addnorm-opt %t.overlap.mlir --pass-pipeline='builtin.module(addnorm-dma-to-calls,addnorm-verify)' 2>&1 >/dev/null | FileCheck --check-prefix=OVERLAP %s
// OVERLAP: error: a sum in a type narrower than f32

func.func @layers(%x: memref<37x300xf16>, %r: memref<37x300xf16>, %q: memref<37x300xf16>, %g: memref<300xf16>, %y: memref<37x300xf16>, %s: memref<37x300xf16>, %z: memref<37x300xf16>, %t: memref<37x300xf16>) {
  addnorm.rms_norm(%x, %r : memref<37x300xf16>, memref<37x300xf16>) gamma(%g : memref<300xf16>) epsilon 1.0e-5
    outs(%y : memref<37x300xf16>) sum(%s : memref<37x300xf16>) {lanes = 64 : i64}
  addnorm.rms_norm(%y, %q : memref<37x300xf16>, memref<37x300xf16>) gamma(%g : memref<300xf16>) epsilon 1.0e-5
    outs(%z : memref<37x300xf16>) sum(%t : memref<37x300xf16>) {lanes = 64 : i64}
  return
}
