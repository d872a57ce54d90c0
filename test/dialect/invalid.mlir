// RUN: %mlir_opt_plugin %s -split-input-file -verify-diagnostics

func.func @syntax_epsilon(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{expected an f32 constant or operand}}
  addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon "small" outs(%y0 : tensor<8x64xf16>)
}

// -----

func.func @syntax_scale(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{expected an f32 constant or operand}}
  addnorm.rms_norm(%x : tensor<8x64xf16>) scales [f16] epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
}

// -----

func.func @syntax_no_epsilon(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{expected 'epsilon'}}
  addnorm.rms_norm(%x : tensor<8x64xf16>) outs(%y0 : tensor<8x64xf16>)
}

// -----

func.func @no_addend(%y0: tensor<8x64xf16>) {
  // expected-error@+1 {{should have at least one addend}}
  %y = "addnorm.rms_norm"(%y0) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 0, 0, 0, 0, 1, 0, 0>}>
      : (tensor<8x64xf16>) -> tensor<8x64xf16>
  return
}

// -----

func.func @no_y(%x: tensor<8x64xf16>) {
  // expected-error@+1 {{should have one y init}}
  "addnorm.rms_norm"(%x) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0>}>
      : (tensor<8x64xf16>) -> ()
  return
}

// -----

func.func @two_y(%x: tensor<8x64xf16>) {
  // expected-error@+1 {{should have one y init}}
  %y:2 = "addnorm.rms_norm"(%x, %x, %x) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 0, 2, 0, 0>}>
      : (tensor<8x64xf16>, tensor<8x64xf16>, tensor<8x64xf16>) -> (tensor<8x64xf16>, tensor<8x64xf16>)
  return
}

// -----

func.func @integers(%x: tensor<8x64xi8>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{operand #0 must be variadic of ranked tensor or strided memref of f16, bf16 or f32, of rank 1 to 8}}
  %y = addnorm.rms_norm(%x : tensor<8x64xi8>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @unranked(%x: tensor<*xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{operand #0 must be variadic of ranked tensor}}
  %y = addnorm.rms_norm(%x : tensor<*xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @rank_0(%x: tensor<f16>, %y0: tensor<f16>) {
  // expected-error@+1 {{operand #0 must be variadic of ranked tensor or strided memref of f16, bf16 or f32, of rank 1 to 8}}
  %y = addnorm.rms_norm(%x : tensor<f16>) epsilon 0.5 outs(%y0 : tensor<f16>)
  return
}

// -----

func.func @rank_9(%x: tensor<1x1x1x1x1x1x1x1x8xf16>) {
  // expected-error@+1 {{operand #0 must be variadic of ranked tensor or strided memref of f16, bf16 or f32, of rank 1 to 8}}
  %y = addnorm.rms_norm(%x : tensor<1x1x1x1x1x1x1x1x8xf16>) epsilon 0.5
      outs(%x : tensor<1x1x1x1x1x1x1x1x8xf16>)
  return
}

// -----

func.func @layout(%x: memref<8x64xf16, affine_map<(i, j) -> (i floordiv 2, j)>>, %y: memref<8x64xf16>) {
  // expected-error@+1 {{operand #0 must be variadic of ranked tensor or strided memref}}
  addnorm.rms_norm(%x : memref<8x64xf16, affine_map<(i, j) -> (i floordiv 2, j)>>) epsilon 0.5
      outs(%y : memref<8x64xf16>)
  return
}

// -----

func.func @memref_addend(%x: memref<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{addend 0 should be a tensor like the y init, but is 'memref<8x64xf16>'}}
  %y = addnorm.rms_norm(%x : memref<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @tensor_gamma(%x: memref<8x64xf16>, %g: tensor<64xf16>, %y: memref<8x64xf16>) {
  // expected-error@+1 {{gamma should be a memref like the y init, but is 'tensor<64xf16>'}}
  addnorm.rms_norm(%x : memref<8x64xf16>) gamma(%g : tensor<64xf16>) epsilon 0.5
      outs(%y : memref<8x64xf16>)
  return
}

// -----

func.func @addend_shape(%x: tensor<8x64xf16>, %r: tensor<64x8xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{addend 1 should have shape 8x64, but has 64x8}}
  %y = addnorm.rms_norm(%x, %r : tensor<8x64xf16>, tensor<64x8xf16>) epsilon 0.5
      outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @bias_shape(%x: tensor<8x64xf16>, %b: tensor<8xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{addend 1 should have shape 64, but has 8}}
  %y = addnorm.rms_norm(%x, %b : tensor<8x64xf16>, tensor<8xf16>) epsilon 0.5
      outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @addend_rank(%x: tensor<2x8x64xf16>, %r: tensor<8x64xf16>, %y0: tensor<2x8x64xf16>) {
  // expected-error@+1 {{addend 1 should have shape 2x8x64, but has 8x64}}
  %y = addnorm.rms_norm(%x, %r : tensor<2x8x64xf16>, tensor<8x64xf16>) epsilon 0.5
      outs(%y0 : tensor<2x8x64xf16>)
  return
}

// -----

// Dynamic sizes of y do not hide that two addends disagree.
func.func @addends_disagree(%x: tensor<8x?xf16>, %r: tensor<?x64xf16>, %q: tensor<8x32xf16>,
                            %y0: tensor<?x?xf16>) {
  // expected-error@+1 {{addend 2 should have shape 8x64, but has 8x32}}
  %y = addnorm.rms_norm(%x, %r, %q : tensor<8x?xf16>, tensor<?x64xf16>, tensor<8x32xf16>)
      epsilon 0.5 outs(%y0 : tensor<?x?xf16>)
  return
}

// -----

func.func @gamma_shape(%x: tensor<?x64xf16>, %g: tensor<1x64xf16>, %y0: tensor<?x64xf16>) {
  // expected-error@+1 {{gamma should have shape 64, but has 1x64}}
  %y = addnorm.rms_norm(%x : tensor<?x64xf16>) gamma(%g : tensor<1x64xf16>) epsilon 0.5
      outs(%y0 : tensor<?x64xf16>)
  return
}

// -----

func.func @sum_shape(%x: tensor<?x64xf16>, %y0: tensor<?x64xf16>, %s0: tensor<?x32xf16>) {
  // expected-error@+1 {{sum init should have shape ?x64, but has ?x32}}
  %y, %s = addnorm.rms_norm(%x : tensor<?x64xf16>) epsilon 0.5
      outs(%y0 : tensor<?x64xf16>) sum(%s0 : tensor<?x32xf16>)
  return
}

// -----

func.func @rstd_shape(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>, %r0: tensor<8xf32>) {
  // expected-error@+1 {{rstd init should have shape 8x1, but has 8}}
  %y, %r = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5
      outs(%y0 : tensor<8x64xf16>) rstd(%r0 : tensor<8xf32>)
  return
}

// -----

func.func @rstd_type(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>, %r0: tensor<8x1xf16>) {
  // expected-error@+1 {{operand #2 must be ranked tensor or strided memref of f32, of rank 1 to 8}}
  %y, %r = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5
      outs(%y0 : tensor<8x64xf16>) rstd(%r0 : tensor<8x1xf16>)
  return
}

// -----

func.func @column_stride(%x: memref<8x64xf16, strided<[128, 2]>>, %y: memref<8x64xf16>) {
  // expected-error@+1 {{addend 0 should have stride 1 in the last dimension, but is 'memref<8x64xf16, strided<[128, 2]>>'}}
  addnorm.rms_norm(%x : memref<8x64xf16, strided<[128, 2]>>) epsilon 0.5 outs(%y : memref<8x64xf16>)
  return
}

// -----

func.func @unknown_stride(%x: memref<8x64xf16>, %y: memref<8x64xf16, strided<[?, ?]>>) {
  // expected-error@+1 {{y init should have stride 1 in the last dimension}}
  addnorm.rms_norm(%x : memref<8x64xf16>) epsilon 0.5 outs(%y : memref<8x64xf16, strided<[?, ?]>>)
  return
}

// -----

func.func @result_type(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{expected type of operand #1 ('tensor<8x64xf16>') to match type of corresponding result ('tensor<8x64xf32>')}}
  %y = "addnorm.rms_norm"(%x, %y0) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 0, 1, 0, 0>}>
      : (tensor<8x64xf16>, tensor<8x64xf16>) -> tensor<8x64xf32>
  return
}

// -----

func.func @memref_result(%x: memref<8x64xf16>, %y: memref<8x64xf16>) {
  // expected-error@+1 {{expected the number of tensor results (1) to be equal to the number of output tensors (0)}}
  %z = "addnorm.rms_norm"(%x, %y) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 0, 1, 0, 0>}>
      : (memref<8x64xf16>, memref<8x64xf16>) -> tensor<8x64xf16>
  return
}

// -----

func.func @no_epsilon(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{epsilon should be either a constant or an operand}}
  %y = "addnorm.rms_norm"(%x, %y0) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 1, 0, 0>}>
      : (tensor<8x64xf16>, tensor<8x64xf16>) -> tensor<8x64xf16>
  return
}

// -----

func.func @both_epsilons(%x: tensor<8x64xf16>, %eps: f32, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{epsilon should be either a constant or an operand}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon %eps outs(%y0 : tensor<8x64xf16>)
      {epsilon = 0.5 : f32}
  return
}

// -----

func.func @epsilon_negative(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{epsilon should be finite and not negative}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon -1.0e-5 outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @epsilon_inf(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{epsilon should be finite and not negative}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0x7F800000 outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @epsilon_type(%x: tensor<8x64xf16>, %eps: f64, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{operand #1 must be 32-bit float, but got 'f64'}}
  %y = "addnorm.rms_norm"(%x, %eps, %y0) <{operandSegmentSizes = array<i32: 1, 0, 1, 0, 1, 0, 0>}>
      : (tensor<8x64xf16>, f64, tensor<8x64xf16>) -> tensor<8x64xf16>
  return
}

// -----

func.func @scales_few(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{scales should have one entry for each of the 2 addends, but has 1}}
  %y = addnorm.rms_norm(%x, %x : tensor<8x64xf16>, tensor<8x64xf16>) scales [0.5] epsilon 0.5
      outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @scales_without_list(%x: tensor<8x64xf16>, %a: f32, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{scales should have one entry for each of the 1 addends, but has 0}}
  %y = "addnorm.rms_norm"(%x, %a, %y0) <{epsilon = 0.5 : f32, operandSegmentSizes = array<i32: 1, 0, 0, 1, 1, 0, 0>}>
      : (tensor<8x64xf16>, f32, tensor<8x64xf16>) -> tensor<8x64xf16>
  return
}

// -----

func.func @scale_nan(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{scales should have one NaN for each of the 0 dynamic scales, but has 1}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) scales [0x7FC00000] epsilon 0.5
      outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @scale_inf(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{constant scales should be finite}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) scales [0xFF800000] epsilon 0.5
      outs(%y0 : tensor<8x64xf16>)
  return
}

// -----

func.func @offset_alone(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{gamma_offset should come with a gamma}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {gamma_offset = 1.0 : f32}
  return
}

// -----

func.func @offset_nan(%x: tensor<8x64xf16>, %g: tensor<64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{gamma_offset should be finite}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) gamma(%g : tensor<64xf16>) epsilon 0.5
      outs(%y0 : tensor<8x64xf16>) {gamma_offset = 0x7FC00000 : f32}
  return
}

// -----

func.func @sum_type(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+2 {{attribute 'sum_type' failed to satisfy constraint: type attribute of f16, bf16 or f32}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {sum_type = f64}
  return
}

// -----

func.func @lanes_odd(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{lanes should be a power of two}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {lanes = 48}
  return
}

// -----

func.func @lanes_none(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{lanes should be a power of two}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {lanes = 0}
  return
}

// -----

// The power of two that is negative as an i64.
func.func @lanes_negative(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{lanes should be a power of two}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {lanes = -9223372036854775808}
  return
}

// -----

func.func @chunk_alone(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{chunk should come with lanes}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {chunk = 16}
  return
}

// -----

func.func @chunk_partial(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{chunk should be a positive multiple of lanes}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {lanes = 16, chunk = 24}
  return
}

// -----

func.func @chunk_negative(%x: tensor<8x64xf16>, %y0: tensor<8x64xf16>) {
  // expected-error@+1 {{chunk should be a positive multiple of lanes}}
  %y = addnorm.rms_norm(%x : tensor<8x64xf16>) epsilon 0.5 outs(%y0 : tensor<8x64xf16>)
      {lanes = 16, chunk = -16}
  return
}
