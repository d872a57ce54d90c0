func.func @two(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %g: tensor<64xf16>)
    -> (tensor<4x64xf16>, tensor<4x64xf16>) {
  %0 = tensor.empty() : tensor<4x64xf16>
  %y, %s = addnorm.rms_norm(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>)
      gamma(%g : tensor<64xf16>) epsilon 1.0e-5
      outs(%0 : tensor<4x64xf16>) sum(%0 : tensor<4x64xf16>) {lanes = 64 : i64}
  return %y, %s : tensor<4x64xf16>, tensor<4x64xf16>
}

func.func @three_and_bias(%x: tensor<2x?x40xbf16>, %r: tensor<2x?x40xf32>, %b: tensor<40xf16>,
                          %0: tensor<2x?x40xbf16>, %1: tensor<2x?x1xf32>, %a: f32)
    -> (tensor<2x?x40xbf16>, tensor<2x?x1xf32>) {
  %y, %rstd = addnorm.rms_norm(%x, %r, %b : tensor<2x?x40xbf16>, tensor<2x?x40xf32>, tensor<40xf16>)
      scales [0.5, %a, 1.0] epsilon 1.0e-6
      outs(%0 : tensor<2x?x40xbf16>) rstd(%1 : tensor<2x?x1xf32>) {lanes = 8 : i64, chunk = 16 : i64}
  return %y, %rstd : tensor<2x?x40xbf16>, tensor<2x?x1xf32>
}

func.func @four(%x: tensor<96xf32>, %r: tensor<96xf32>, %u: tensor<96xf16>, %v: tensor<96xf16>,
                %g: tensor<96xf32>) -> tensor<96xf32> {
  %0 = tensor.empty() : tensor<96xf32>
  %y = addnorm.rms_norm(%x, %r, %u, %v : tensor<96xf32>, tensor<96xf32>, tensor<96xf16>, tensor<96xf16>)
      gamma(%g : tensor<96xf32>) epsilon 1.0e-5 outs(%0 : tensor<96xf32>)
      {gamma_offset = 1.0 : f32, norm_type = f16, lanes = 4 : i64}
  return %y : tensor<96xf32>
}
