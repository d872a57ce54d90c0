// Upstream's generic passes and formats on the op.

// RUN: %mlir_opt_plugin %s -loop-invariant-code-motion | FileCheck %s --check-prefix=LICM
// RUN: %mlir_opt_plugin %s -inline -sccp -remove-dead-values -symbol-dce -canonicalize -cse \
// RUN:   | FileCheck %s --check-prefix=CLEAN
// RUN: %mlir_opt_plugin %s -eliminate-empty-tensors -empty-tensor-to-alloc-tensor \
// RUN:     -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:     -buffer-results-to-out-params="hoist-static-allocs" -ownership-based-buffer-deallocation \
// RUN:     -canonicalize \
// RUN:   | FileCheck %s --check-prefix=BUFFERS
// RUN: %mlir_opt_plugin %s > %t.mlir
// RUN: %mlir_opt_plugin %s --emit-bytecode | %mlir_opt_plugin | diff - %t.mlir

// On tensors the op is pure: invariant, it leaves the loop, though the loop may never run.
// LICM-LABEL: @invariant
// LICM: %[[Y:.*]] = addnorm.rms_norm
// LICM: scf.for
// LICM-NOT: addnorm.rms_norm
// LICM: scf.yield

// One caller, one function left; nothing that it computes depends on the unused norm.
// CLEAN-LABEL: @invariant
// CLEAN-NOT: func.func private
// CLEAN-LABEL: @caller
// CLEAN-NOT: call
// CLEAN: %[[Y:.*]] = addnorm.rms_norm
// CLEAN-NOT: addnorm.rms_norm
// CLEAN: return %[[Y]]

// The result goes straight to the caller's buffer.
// BUFFERS-LABEL: func.func private @norm
// BUFFERS-SAME: %[[X:.*]]: memref<8x64xf16>, %[[OUT:.*]]: memref<8x64xf16>
// BUFFERS-NEXT: addnorm.rms_norm(%[[X]], %[[X]] : {{.*}} outs(%[[OUT]] :
// BUFFERS-NEXT: return

func.func @invariant(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>, %n: index) -> tensor<8x64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> tensor<8x64xf16> {
    %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
    %next = linalg.add ins(%acc, %y : tensor<8x64xf16>, tensor<8x64xf16>) outs(%acc : tensor<8x64xf16>)
        -> tensor<8x64xf16>
    scf.yield %next : tensor<8x64xf16>
  }
  return %z : tensor<8x64xf16>
}

func.func private @norm(%x: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %y0 = tensor.empty() : tensor<8x64xf16>
  %y = addnorm.rms_norm(%x, %x : tensor<8x64xf16>, tensor<8x64xf16>) scales [1.0, -2.0] epsilon 0.5
      outs(%y0 : tensor<8x64xf16>) {lanes = 16, chunk = 32, sum_type = f16, norm_type = bf16}
  return %y : tensor<8x64xf16>
}

func.func @caller(%x: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %y = call @norm(%x) : (tensor<8x64xf16>) -> tensor<8x64xf16>
  %unused = addnorm.rms_norm(%y : tensor<8x64xf16>) epsilon 0.5 outs(%x : tensor<8x64xf16>)
  return %y : tensor<8x64xf16>
}
