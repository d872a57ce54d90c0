// RUN: not %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-lower{cpu=abacus})' 2>&1 | FileCheck %s
// CHECK: error: addnorm-lower: unknown processor 'abacus'; known: x86-64, {{.*}}, native
func.func @f() {
  return
}
