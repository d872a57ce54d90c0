func.func @f(%x: tensor<8x64xf16>, %r: tensor<8x64xf16>, %y: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %0 = addnorm.rms_norm(%x, %r : tensor<8x64xf16>, tensor<8x64xf16>) epsilon 1.0e-5
      outs(%y : tensor<8x64xf16>)
  return %0 : tensor<8x64xf16>
}
