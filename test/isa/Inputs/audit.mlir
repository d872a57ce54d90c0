// The kernels whose assembly is audited: NAME is audit_TYPE_static or audit_TYPE_dynamic.

func.func @f16_static(%x: tensor<?x4096xf16>, %r: tensor<?x4096xf16>, %g: tensor<4096xf16>) -> (tensor<?x4096xf16>, tensor<?x4096xf16>) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x4096xf16>
  %y0 = tensor.empty(%rows) : tensor<?x4096xf16>
  %s0 = tensor.empty(%rows) : tensor<?x4096xf16>
  %y, %s = addnorm.rms_norm(%x, %r : tensor<?x4096xf16>, tensor<?x4096xf16>) gamma(%g : tensor<4096xf16>) epsilon 1.0e-5
      outs(%y0 : tensor<?x4096xf16>) sum(%s0 : tensor<?x4096xf16>) {lanes = 64 : i64}
  return %y, %s : tensor<?x4096xf16>, tensor<?x4096xf16>
}

func.func @f16_dynamic(%x: tensor<?x?xf16>, %r: tensor<?x?xf16>, %g: tensor<?xf16>) -> (tensor<?x?xf16>, tensor<?x?xf16>) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x?xf16>
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<?x?xf16>
  %y0 = tensor.empty(%rows, %n) : tensor<?x?xf16>
  %s0 = tensor.empty(%rows, %n) : tensor<?x?xf16>
  %y, %s = addnorm.rms_norm(%x, %r : tensor<?x?xf16>, tensor<?x?xf16>) gamma(%g : tensor<?xf16>) epsilon 1.0e-5
      outs(%y0 : tensor<?x?xf16>) sum(%s0 : tensor<?x?xf16>) {lanes = 64 : i64}
  return %y, %s : tensor<?x?xf16>, tensor<?x?xf16>
}

func.func @bf16_static(%x: tensor<?x4096xbf16>, %r: tensor<?x4096xbf16>, %g: tensor<4096xbf16>) -> tensor<?x4096xbf16> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x4096xbf16>
  %y0 = tensor.empty(%rows) : tensor<?x4096xbf16>
  %y = addnorm.rms_norm(%x, %r : tensor<?x4096xbf16>, tensor<?x4096xbf16>) gamma(%g : tensor<4096xbf16>) epsilon 1.0e-5
      outs(%y0 : tensor<?x4096xbf16>) {lanes = 64 : i64}
  return %y : tensor<?x4096xbf16>
}

func.func @bf16_dynamic(%x: tensor<?x?xbf16>, %r: tensor<?x?xbf16>, %g: tensor<?xbf16>) -> tensor<?x?xbf16> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x?xbf16>
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<?x?xbf16>
  %y0 = tensor.empty(%rows, %n) : tensor<?x?xbf16>
  %y = addnorm.rms_norm(%x, %r : tensor<?x?xbf16>, tensor<?x?xbf16>) gamma(%g : tensor<?xbf16>) epsilon 1.0e-5
      outs(%y0 : tensor<?x?xbf16>) {lanes = 64 : i64}
  return %y : tensor<?x?xbf16>
}

func.func @f32_static(%x: tensor<?x4096xf32>, %r: tensor<?x4096xf32>, %g: tensor<4096xf32>) -> tensor<?x4096xf32> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x4096xf32>
  %y0 = tensor.empty(%rows) : tensor<?x4096xf32>
  %y = addnorm.rms_norm(%x, %r : tensor<?x4096xf32>, tensor<?x4096xf32>) gamma(%g : tensor<4096xf32>) epsilon 1.0e-5
      outs(%y0 : tensor<?x4096xf32>) {lanes = 64 : i64}
  return %y : tensor<?x4096xf32>
}

func.func @f32_dynamic(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %y0 = tensor.empty(%rows, %n) : tensor<?x?xf32>
  %y = addnorm.rms_norm(%x, %r : tensor<?x?xf32>, tensor<?x?xf32>) gamma(%g : tensor<?xf32>) epsilon 1.0e-5
      outs(%y0 : tensor<?x?xf32>) {lanes = 64 : i64}
  return %y : tensor<?x?xf32>
}
