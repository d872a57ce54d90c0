// 80 layers as a front end writes them: x += a[k], ys[k] = RMSNorm(x) * gamma, and xs[k] = x, widened
// so that it is returned as it is carried.
!data = tensor<4x512xf16>
!wide = tensor<4x512xf32>
!column = tensor<4x1xf32>

func.func @main(%x0: !data, %a: tensor<80x4x512xf16>, %gamma: tensor<512xf16>)
    -> (tensor<80x4x512xf32>, tensor<80x4x512xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %layers = arith.constant 80 : index
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %over_n = "tosa.const"() {values = dense<0.001953125> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %epsilon = "tosa.const"() {values = dense<1.0e-05> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %vector = tosa.const_shape {values = dense<[1, 512]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %g = tosa.reshape %gamma, %vector : (tensor<512xf16>, !tosa.shape<2>) -> tensor<1x512xf16>
  %xs0 = tensor.empty() : tensor<80x4x512xf32>
  %ys0 = tensor.empty() : tensor<80x4x512xf16>
  %end:3 = scf.for %k = %c0 to %layers step %c1 iter_args(%x = %x0, %xs = %xs0, %ys = %ys0)
      -> (!data, tensor<80x4x512xf32>, tensor<80x4x512xf16>) {
    %branch = tensor.extract_slice %a[%k, 0, 0] [1, 4, 512] [1, 1, 1]
        : tensor<80x4x512xf16> to !data
    %sum = tosa.add %x, %branch : (!data, !data) -> !data
    %t = tosa.cast %sum : (!data) -> !wide
    %squares = tosa.mul %t, %t, %shift : (!wide, !wide, tensor<1xi8>) -> !wide
    %total = tosa.reduce_sum %squares {axis = 1 : i32} : (!wide) -> !column
    %mean = tosa.mul %total, %over_n, %shift : (!column, tensor<1x1xf32>, tensor<1xi8>) -> !column
    %radicand = tosa.add %mean, %epsilon : (!column, tensor<1x1xf32>) -> !column
    %rstd = tosa.rsqrt %radicand : (!column) -> !column
    %normal = tosa.mul %t, %rstd, %shift : (!wide, !column, tensor<1xi8>) -> !wide
    %narrow = tosa.cast %normal : (!wide) -> !data
    %y = tosa.mul %g, %narrow, %shift : (tensor<1x512xf16>, !data, tensor<1xi8>) -> !data
    %xs1 = tensor.insert_slice %t into %xs[%k, 0, 0] [1, 4, 512] [1, 1, 1]
        : !wide into tensor<80x4x512xf32>
    %ys1 = tensor.insert_slice %y into %ys[%k, 0, 0] [1, 4, 512] [1, 1, 1]
        : !data into tensor<80x4x512xf16>
    scf.yield %sum, %xs1, %ys1 : !data, tensor<80x4x512xf32>, tensor<80x4x512xf16>
  }
  return %end#1, %end#2 : tensor<80x4x512xf32>, tensor<80x4x512xf16>
}
