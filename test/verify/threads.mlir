// Threads, down to OpenMP and the LLVM dialect.
// DEFINE: %{options} = target=vector cpu=x86-64-v3 threads=4
// DEFINE: %{omp} = expand-strided-metadata,lower-affine,convert-scf-to-openmp{num-threads=4}
// DEFINE: %{llvm} = finalize-memref-to-llvm,convert-scf-to-cf,convert-vector-to-llvm,convert-math-to-llvm,convert-arith-to-llvm,finalize-memref-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,convert-openmp-to-llvm,reconcile-unrealized-casts
// RUN: split-file %s %t
// RUN: addnorm-opt %t/clean.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},addnorm-verify{strict})' 2>&1 | FileCheck %s --check-prefix=CLEAN
// RUN: addnorm-opt %t/clean.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},%{omp},addnorm-verify{strict})' 2>&1 | FileCheck %s --check-prefix=CLEAN
// RUN: addnorm-opt %t/clean.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},%{omp},%{llvm},addnorm-verify{strict})' 2>&1 | FileCheck %s --check-prefix=CLEAN
// CLEAN: remark: clean

// RUN: sed 's/{lanes/{sum_type = f16, lanes/' %t/clean.mlir > %t/violated.mlir
// RUN: not addnorm-opt %t/violated.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},addnorm-verify)' 2>&1 | FileCheck %s --check-prefix=VIOLATED
// RUN: not addnorm-opt %t/violated.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},%{omp},addnorm-verify)' 2>&1 | FileCheck %s --check-prefix=VIOLATED
// RUN: not addnorm-opt %t/violated.mlir -o /dev/null --pass-pipeline='builtin.module(addnorm-lower{%{options}},%{omp},%{llvm},addnorm-verify)' 2>&1 | FileCheck %s --check-prefix=VIOLATED
// VIOLATED: error: a sum in a type narrower than f32 goes into the statistic

// What OpenMP itself combines is not seen through.
// RUN: addnorm-opt %t/reduction.mlir -verify-diagnostics -o /dev/null --pass-pipeline='builtin.module(addnorm-verify)'

//--- clean.mlir
!rows = memref<?x?xf16, strided<[?, 1]>>
func.func @rows_and_chunks(%x: !rows, %r: !rows, %g: memref<?xf16>, %y: !rows, %s: !rows, %q: memref<?x1xf32>) {
  addnorm.rms_norm(%x, %r : !rows, !rows) gamma(%g : memref<?xf16>) epsilon 1.0e-5
      outs(%y : !rows) sum(%s : !rows) rstd(%q : memref<?x1xf32>) {lanes = 64 : i64, chunk = 4096 : i64}
  return
}
func.func @partials_in_memory(%x: !rows, %r: !rows, %y: !rows) {
  addnorm.rms_norm(%x, %r : !rows, !rows) epsilon 1.0e-5
      outs(%y : !rows) {lanes = 1024 : i64, chunk = 2048 : i64}
  return
}

//--- reduction.mlir
// expected-warning@below {{'omp.declare_reduction' cannot be seen through}}
omp.declare_reduction @add : f16 init {
^bb0(%f: f16):
  %zero = arith.constant 0.0 : f16
  // expected-warning@below {{'omp.yield' cannot be seen through}}
  omp.yield(%zero : f16)
} combiner {
^bb0(%a: f16, %b: f16):
  %s = arith.addf %a, %b : f16
  // expected-warning@below {{'omp.yield' cannot be seen through}}
  omp.yield(%s : f16)
}
func.func @reduced(%total: !llvm.ptr, %x: memref<64xf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  omp.parallel {
    // expected-warning@below {{'omp.wsloop' cannot be seen through}}
    omp.wsloop reduction(@add %total -> %own : !llvm.ptr) {
      omp.loop_nest (%i) : index = (%c0) to (%n) step (%c1) {
        %v = memref.load %x[%i] : memref<64xf16>
        llvm.store %v, %own : f16, !llvm.ptr
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
