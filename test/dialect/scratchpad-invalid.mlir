// RUN: addnorm-opt %s --split-input-file --verify-diagnostics

func.func @types(%core: index, %x: memref<64xf16>) {
  %pad = addnorm.scratchpad core %core at 0 : memref<64xf32, #addnorm.scratchpad>
  // expected-error @+1 {{copies 'f16' to 'f32'}}
  addnorm.dma_start %x, %pad core %core queue 0 tag %core : memref<64xf16>, memref<64xf32, #addnorm.scratchpad>
  return
}

// -----

func.func @shapes(%core: index, %x: memref<32xf16>) {
  %pad = addnorm.scratchpad core %core at 0 : memref<64xf16, #addnorm.scratchpad>
  // expected-error @+1 {{should have operands of one shape}}
  addnorm.dma_start %x, %pad core %core queue 0 tag %core : memref<32xf16>, memref<64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @ranks(%core: index, %x: memref<1x64xf16>) {
  %pad = addnorm.scratchpad core %core at 0 : memref<64xf16, #addnorm.scratchpad>
  // expected-error @+1 {{should have operands of one shape}}
  addnorm.dma_start %x, %pad core %core queue 0 tag %core : memref<1x64xf16>, memref<64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @columns(%core: index, %x: memref<4x64xf16, strided<[1, 4]>>) {
  %pad = addnorm.scratchpad core %core at 0 : memref<4x64xf16, #addnorm.scratchpad>
  // expected-error @+1 {{should have operands with stride 1 in the last dimension}}
  addnorm.dma_start %x, %pad core %core queue 0 tag %core : memref<4x64xf16, strided<[1, 4]>>, memref<4x64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @within(%core: index) {
  %a = addnorm.scratchpad core %core at 0 : memref<64xf16, #addnorm.scratchpad>
  %b = addnorm.scratchpad core %core at 128 : memref<64xf16, #addnorm.scratchpad>
  // expected-error @+1 {{should have one of its operands in the scratchpad}}
  addnorm.dma_start %a, %b core %core queue 0 tag %core : memref<64xf16, #addnorm.scratchpad>, memref<64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @outside(%core: index, %x: memref<64xf16>, %y: memref<64xf16>) {
  // expected-error @+1 {{should have one of its operands in the scratchpad}}
  addnorm.dma_start %x, %y core %core queue 0 tag %core : memref<64xf16>, memref<64xf16>
  return
}

// -----

func.func @queue(%core: index, %x: memref<64xf16>) {
  %pad = addnorm.scratchpad core %core at 0 : memref<64xf16, #addnorm.scratchpad>
  // expected-error @+1 {{has a negative queue}}
  addnorm.dma_start %x, %pad core %core queue -1 tag %core : memref<64xf16>, memref<64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @elsewhere(%core: index) {
  // expected-error @+1 {{should be in #addnorm.scratchpad}}
  %pad = addnorm.scratchpad core %core at 0 : memref<64xf16>
  return
}

// -----

func.func @integers(%core: index) {
  // expected-error @+1 {{should be of floats}}
  %pad = addnorm.scratchpad core %core at 0 : memref<64xi8, #addnorm.scratchpad>
  return
}

// -----

func.func @before(%core: index) {
  // expected-error @+1 {{begins before the scratchpad}}
  %pad = addnorm.scratchpad core %core at -4 : memref<64xf16, #addnorm.scratchpad>
  return
}

// -----

func.func @strided(%core: index) {
  // expected-error @+1 {{must be}}
  %pad = addnorm.scratchpad core %core at 0 : memref<4x64xf16, strided<[128, 1]>, #addnorm.scratchpad>
  return
}
