// RUN: %mlir_opt_plugin %s --pass-pipeline='builtin.module(addnorm-widen-residual)' -o /dev/null \
// RUN:   --remark-format=emitRemark --remarks-filter=addnorm-widen-residual --verify-diagnostics

func.func @main(%x: tensor<8x64xf16>, %a: tensor<8x64xf16>, %w: tensor<64x64xf16>)
    -> (tensor<8x64xf16>, tensor<8x64xf16>) {
  %e = tensor.empty() : tensor<8x64xf16>
  // expected-remark@+1 {{[Passed] StreamWidened | Category:addnorm-widen-residual | Function=main | Op=addnorm.rms_norm, Type=tensor<8x64xf16>}}
  %y, %s = addnorm.rms_norm(%x, %a : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>) sum(%e : tensor<8x64xf16>)
  // expected-remark@+1 {{[Missed] StreamEnds | Category:addnorm-widen-residual | Function=main | Op=linalg.matmul, Reason="the op is none that the stream goes through", Type=tensor<8x64xf16>}}
  %m = linalg.matmul ins(%s, %w : tensor<8x64xf16>, tensor<64x64xf16>)
      outs(%e : tensor<8x64xf16>) -> tensor<8x64xf16>
  %z = addnorm.rms_norm(%s, %m : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%e : tensor<8x64xf16>)
  // expected-remark@+1 {{Op=func.return, Reason="the function is not private: other modules may call it", Type=tensor<8x64xf16>}}
  return %s, %z : tensor<8x64xf16>, tensor<8x64xf16>
}
