// What is unknown is a warning, and an error under strict; the stock mlir-opt knows the pass too.
// RUN: addnorm-opt %s --pass-pipeline='builtin.module(addnorm-verify)' -o /dev/null 2>&1 | FileCheck %s
// RUN: not %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-verify{strict})' 2>&1 | FileCheck --check-prefix=STRICT %s
// RUN: not addnorm-opt %s --pass-pipeline='builtin.module(addnorm-verify{level=row})' 2>&1 | FileCheck --check-prefix=LEVEL %s

// CHECK: warning: 'func.call' cannot be seen through
// STRICT: error: 'func.call' cannot be seen through
// LEVEL: error: addnorm-verify: unknown level 'row'; use norm or stream

func.func private @vendor(memref<64xf16>)
func.func @main(%x: memref<64xf16>) {
  call @vendor(%x) : (memref<64xf16>) -> ()
  return
}
