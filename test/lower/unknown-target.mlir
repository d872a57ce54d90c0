// RUN: not %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-lower{target=abacus})' 2>&1 | FileCheck %s
// CHECK: error: addnorm-lower: unknown target 'abacus'; known: loops (
func.func @f() {
  return
}
