!data = tensor<8x64xf16>
func.func private @elsewhere(!data)
func.func @open(%x: !data) { return }
func.func private @taken(%x: !data) { return }
func.func @main(%x: !data, %a: !data, %w: tensor<64x64xf16>) -> (!data, !data, !data) {
  %e = tensor.empty() : !data
  %y, %s = addnorm.rms_norm(%x, %a : !data, !data) epsilon 1.0e-5 outs(%e : !data) sum(%e : !data)
  %m = linalg.matmul ins(%s, %w : !data, tensor<64x64xf16>) outs(%e : !data) -> !data
  call @elsewhere(%s) : (!data) -> ()
  call @open(%s) : (!data) -> ()
  call @taken(%s) : (!data) -> ()
  %f = constant @taken : (!data) -> ()
  %z = addnorm.rms_norm(%s, %a : !data, !data) epsilon 1.0e-5 outs(%e : !data) {sum_type = f16}
  %u = addnorm.rms_norm(%s, %m : !data, !data) epsilon 1.0e-5 outs(%e : !data)
  return %s, %z, %u : !data, !data, !data
}
