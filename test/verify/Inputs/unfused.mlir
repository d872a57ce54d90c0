// Norms in f32 that nothing has fused: t = x + r is a tensor of its own.

#full = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

func.func @generic(%x: tensor<4x64xf16>, %r: tensor<4x64xf16>, %g: tensor<64xf16>)
    -> (tensor<4x64xf16>, tensor<4x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %epsilon = arith.constant 1.0e-5 : f32
  %n = arith.constant 64.0 : f32
  %0 = tensor.empty() : tensor<4x64xf32>
  %1 = tensor.empty() : tensor<4xf32>
  %2 = tensor.empty() : tensor<4x64xf16>
  %t = linalg.generic {indexing_maps = [#full, #full, #full], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r : tensor<4x64xf16>, tensor<4x64xf16>) outs(%0 : tensor<4x64xf32>) {
  ^bb0(%a: f16, %b: f16, %c: f32):
    %3 = arith.extf %a : f16 to f32
    %4 = arith.extf %b : f16 to f32
    %5 = arith.addf %3, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<4x64xf32>
  %start = linalg.fill ins(%zero : f32) outs(%1 : tensor<4xf32>) -> tensor<4xf32>
  %squares = linalg.generic {indexing_maps = [#full, #row], iterator_types = ["parallel", "reduction"]}
      ins(%t : tensor<4x64xf32>) outs(%start : tensor<4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %3 = arith.mulf %a, %a : f32
    %4 = arith.addf %c, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#full, #row, #column, #full], iterator_types = ["parallel", "parallel"]}
      ins(%t, %squares, %g : tensor<4x64xf32>, tensor<4xf32>, tensor<64xf16>) outs(%2 : tensor<4x64xf16>) {
  ^bb0(%a: f32, %v: f32, %w: f16, %c: f16):
    %3 = arith.divf %v, %n : f32
    %4 = arith.addf %3, %epsilon : f32
    %5 = math.rsqrt %4 : f32
    %6 = arith.mulf %a, %5 : f32
    %7 = arith.extf %w : f16 to f32
    %8 = arith.mulf %6, %7 : f32
    %9 = arith.truncf %8 : f32 to f16
    linalg.yield %9 : f16
  } -> tensor<4x64xf16>
  return %y, %t : tensor<4x64xf16>, tensor<4x64xf32>
}

func.func @recomputed(%x: tensor<4x64xbf16>, %r: tensor<4x64xf32>, %b: tensor<64xf32>)
    -> tensor<4x64xbf16> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 0.015625 : f32
  %1 = tensor.empty() : tensor<4xf32>
  %2 = tensor.empty() : tensor<4x64xbf16>
  %start = linalg.fill ins(%zero : f32) outs(%1 : tensor<4xf32>) -> tensor<4xf32>
  %squares = linalg.generic {indexing_maps = [#full, #full, #column, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %r, %b : tensor<4x64xbf16>, tensor<4x64xf32>, tensor<64xf32>) outs(%start : tensor<4xf32>) {
  ^bb0(%a: bf16, %c: f32, %d: f32, %acc: f32):
    %3 = arith.extf %a : bf16 to f32
    %4 = arith.addf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    %6 = arith.mulf %5, %5 : f32
    %7 = arith.addf %6, %acc : f32
    linalg.yield %7 : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#full, #full, #column, #row, #full], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r, %b, %squares : tensor<4x64xbf16>, tensor<4x64xf32>, tensor<64xf32>, tensor<4xf32>)
      outs(%2 : tensor<4x64xbf16>) {
  ^bb0(%a: bf16, %c: f32, %d: f32, %v: f32, %o: bf16):
    %3 = arith.extf %a : bf16 to f32
    %4 = arith.addf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    %6 = arith.mulf %v, %n : f32
    %7 = math.sqrt %6 : f32
    %8 = arith.divf %5, %7 : f32
    %9 = arith.truncf %8 : f32 to bf16
    linalg.yield %9 : bf16
  } -> tensor<4x64xbf16>
  return %y : tensor<4x64xbf16>
}
