// One stream through every kind of carrier, with all that a reader may be.
!data = tensor<?x8x16xf16>
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

func.func private @layer(%x: !data, %a: !data) -> (!data, !data) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : !data
  %e = tensor.empty(%rows) : !data
  %y, %s = addnorm.rms_norm(%x, %a : !data, !data) epsilon 1.0e-5 outs(%e : !data) sum(%e : !data)
  return %y, %s : !data, !data
}

// The stream comes back from where the calls are nested, or at once.
func.func private @twice(%x: !data, %a: !data, %skip: i1) -> !data {
  %r = scf.if %skip -> !data {
    scf.yield %x : !data
  } else {
    %y, %s = func.call @layer(%x, %a) : (!data, !data) -> (!data, !data)
    %z, %t = func.call @layer(%s, %a) : (!data, !data) -> (!data, !data)
    scf.yield %t : !data
  }
  return %r : !data
}

func.func @main(%x: !data, %a: !data, %b: !data) -> (!data, !data, !data, tensor<?x16x8xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %rows = tensor.dim %x, %c0 : !data
  %e = tensor.empty(%rows) : !data

  %y1, %s1 = func.call @layer(%x, %a) : (!data, !data) -> (!data, !data)
  %loop:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%s = %s1, %before = %x) -> (!data, !data) {
    %y, %t = func.call @layer(%s, %b) : (!data, !data) -> (!data, !data)
    %odd = arith.remui %i, %c3 : index
    %is = arith.cmpi eq, %odd, %c0 : index
    %u = scf.if %is -> !data {
      scf.yield %t : !data
    } else {
      %v = arith.addf %t, %a : !data
      scf.yield %v : !data
    }
    scf.yield %u, %s : !data, !data
  }
  %while:2 = scf.while (%s = %loop#0, %k = %c0) : (!data, index) -> (index, !data) {
    %more = arith.cmpi ult, %k, %c4 : index
    scf.condition(%more) %k, %s : index, !data
  } do {
  ^bb0(%k: index, %s: !data):
    %y, %t = func.call @layer(%s, %a) : (!data, !data) -> (!data, !data)
    %next = arith.addi %k, %c3 : index
    scf.yield %t, %next : !data, index
  }

  %turned = tensor.empty(%rows) : tensor<?x16x8xf16>
  %t1 = linalg.transpose ins(%while#1 : !data) outs(%turned : tensor<?x16x8xf16>) permutation = [0, 2, 1]
  %t2 = linalg.transpose ins(%t1 : tensor<?x16x8xf16>) outs(%e : !data) permutation = [0, 2, 1]
  %wide = tensor.empty(%rows) : tensor<?x8x16xf32>
  %t3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t2 : !data) outs(%wide : tensor<?x8x16xf32>) {
  ^bb0(%in: f16, %out: f32):
    %0 = arith.extf %in : f16 to f32
    linalg.yield %0 : f32
  } -> tensor<?x8x16xf32>
  %t4 = arith.truncf %t3 : tensor<?x8x16xf32> to !data
  %t5 = linalg.add ins(%t4, %loop#1 : !data, !data) outs(%e : !data) -> !data
  %flat = tensor.collapse_shape %t5 [[0, 1], [2]] : !data into tensor<?x16xf16>
  %back = tensor.expand_shape %flat [[0, 1], [2]] output_shape [%rows, 8, 16] : tensor<?x16xf16> into !data
  %small = arith.cmpi ult, %rows, %c1 : index
  %t6 = func.call @twice(%back, %b, %small) : (!data, !data, i1) -> !data
  %y2, %s2 = func.call @layer(%t6, %y1) : (!data, !data) -> (!data, !data)
  return %t5, %t6, %y2, %t1 : !data, !data, !data, tensor<?x16x8xf16>
}
