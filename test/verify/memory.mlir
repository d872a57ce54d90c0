// In memory: buffers, views, copies, and what is and what is not an accumulation.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify)'

// Added in place, moved by a copy, read through a view.
func.func @in_place(%x: memref<4x64xf16>, %r: memref<4x64xf16>, %y: memref<64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  %buffer = memref.alloc() : memref<4x64xf16>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %a = memref.load %x[%i, %j] : memref<4x64xf16>
      %b = memref.load %r[%i, %j] : memref<4x64xf16>
      // expected-error@below {{goes into the statistic}}
      %s = arith.addf %a, %b : f16
      memref.store %s, %x[%i, %j] : memref<4x64xf16>
    }
  }
  memref.copy %x, %buffer : memref<4x64xf16> to memref<4x64xf16>
  %row = memref.subview %buffer[2, 0] [1, 64] [1, 1] : memref<4x64xf16> to memref<64xf16, strided<[1], offset: 128>>
  // expected-note@below {{read here}}
  addnorm.rms_norm(%row : memref<64xf16, strided<[1], offset: 128>>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  return
}

// -----

// A tile that is filled and added to in every iteration looks like an accumulator, and is none.
func.func @tile(%x: memref<4x64xf16>, %r: memref<4x64xf16>, %y: memref<64xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  %tile = memref.alloca() : memref<64xf16>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %a = memref.load %x[%i, %j] : memref<4x64xf16>
      memref.store %a, %tile[%j] : memref<64xf16>
    }
    scf.for %j = %c0 to %c64 step %c1 {
      %a = memref.load %tile[%j] : memref<64xf16>
      %b = memref.load %r[%i, %j] : memref<4x64xf16>
      // expected-error@below {{goes into the statistic}}
      %s = arith.addf %a, %b : f16
      memref.store %s, %tile[%j] : memref<64xf16>
    }
    // expected-note@below {{read here}}
    addnorm.rms_norm(%tile : memref<64xf16>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  }
  return
}

// -----

// The same of one element, at a place that no loop moves.
func.func @one(%x: memref<4xf16>, %r: memref<4xf16>, %y: memref<1xf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %tile = memref.alloca() : memref<1xf16>
  scf.for %i = %c0 to %c4 step %c1 {
    %a = memref.load %x[%i] : memref<4xf16>
    memref.store %a, %tile[%c0] : memref<1xf16>
    %c = memref.load %tile[%c0] : memref<1xf16>
    %b = memref.load %r[%i] : memref<4xf16>
    // expected-error@below {{goes into the statistic}}
    %s = arith.addf %c, %b : f16
    memref.store %s, %tile[%c0] : memref<1xf16>
    // expected-note@below {{read here}}
    addnorm.rms_norm(%tile : memref<1xf16>) epsilon 1.0e-5 outs(%y : memref<1xf16>)
  }
  return
}

// -----

// A matrix product in f16, normalised: an accumulation in memory.
// expected-remark@below {{clean}}
module {
  func.func @product(%a: memref<4x32xf16>, %w: memref<32x64xf16>, %y: memref<4x64xf16>) {
    %zero = arith.constant 0.0 : f16
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %t = memref.alloc() : memref<4x64xf16>
    scf.for %i = %c0 to %c4 step %c1 {
      scf.for %j = %c0 to %c64 step %c1 {
        memref.store %zero, %t[%i, %j] : memref<4x64xf16>
        scf.for %k = %c0 to %c32 step %c1 {
          %0 = memref.load %a[%i, %k] : memref<4x32xf16>
          %1 = memref.load %w[%k, %j] : memref<32x64xf16>
          %2 = memref.load %t[%i, %j] : memref<4x64xf16>
          %3 = arith.mulf %0, %1 : f16
          %4 = arith.addf %2, %3 : f16
          memref.store %4, %t[%i, %j] : memref<4x64xf16>
        }
      }
    }
    addnorm.rms_norm(%t : memref<4x64xf16>) epsilon 1.0e-5 outs(%y : memref<4x64xf16>)
    return
  }
}

// -----

// Vectors: the sum is narrow, whichever way the squares are added up.
func.func @vectors(%x: memref<64xf16>, %r: memref<64xf16>, %out: memref<f32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %f16zero = arith.constant 0.0 : f16
  %a = vector.load %x[%c0] : memref<64xf16>, vector<64xf16>
  %b = vector.transfer_read %r[%c0], %f16zero : memref<64xf16>, vector<64xf16>
  // expected-error@below {{goes into the statistic}}
  %s = arith.addf %a, %b : vector<64xf16>
  %e = arith.extf %s : vector<64xf16> to vector<64xf32>
  // expected-note@below {{read here}}
  %v = vector.contract {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
                        iterator_types = ["reduction"], kind = #vector.kind<add>}
      %e, %e, %zero : vector<64xf32>, vector<64xf32> into f32
  memref.store %v, %out[] : memref<f32>
  return
}

// -----

// Lanes in memory, folded in halves; a mask; the root in another function.
func.func private @root(%v: f32) -> f32 {
  // expected-note@below {{read here}}
  %k = math.rsqrt %v : f32
  return %k : f32
}
func.func @lanes(%x: memref<64xf16>, %r: memref<64xf16>, %out: memref<f32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %partials = memref.alloca() : memref<8xf32>
  vector.store %zero, %partials[%c0] : memref<8xf32>, vector<8xf32>
  scf.for %i = %c0 to %c64 step %c8 {
    %a = vector.load %x[%i] : memref<64xf16>, vector<8xf16>
    %b = vector.load %r[%i] : memref<64xf16>, vector<8xf16>
    %ea = arith.extf %a : vector<8xf16> to vector<8xf32>
    %eb = arith.extf %b : vector<8xf16> to vector<8xf32>
    %s = arith.addf %ea, %eb : vector<8xf32>
    // expected-error@below {{goes into the statistic}}
    %h = arith.truncf %s : vector<8xf32> to vector<8xf16>
    %t = arith.extf %h : vector<8xf16> to vector<8xf32>
    %p = vector.load %partials[%c0] : memref<8xf32>, vector<8xf32>
    %q = math.fma %t, %t, %p : vector<8xf32>
    vector.store %q, %partials[%c0] : memref<8xf32>, vector<8xf32>
  }
  %p = vector.load %partials[%c0] : memref<8xf32>, vector<8xf32>
  %low = vector.extract_strided_slice %p {offsets = [0], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
  %high = vector.extract_strided_slice %p {offsets = [4], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
  %f = arith.addf %low, %high : vector<4xf32>
  %v = vector.reduction <add>, %f : vector<4xf32> into f32
  %k = func.call @root(%v) : (f32) -> f32
  memref.store %k, %out[] : memref<f32>
  return
}

// -----

// A DMA is a copy.
func.func @dma(%x: memref<64xf16>, %r: memref<64xf16>, %near: memref<64xf16, 1>, %tag: memref<1xi32>, %y: memref<64xf16>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%r : memref<64xf16>) outs(%x : memref<64xf16>) {
  ^bb0(%a: f16, %b: f16):
    // expected-error@below {{goes into the statistic}}
    %s = arith.addf %a, %b : f16
    linalg.yield %s : f16
  }
  memref.dma_start %x[%c0], %near[%c0], %c64, %tag[%c0] : memref<64xf16>, memref<64xf16, 1>, memref<1xi32>
  memref.dma_wait %tag[%c0], %c64 : memref<1xi32>
  // expected-note@below {{read here}}
  addnorm.rms_norm(%near : memref<64xf16, 1>) epsilon 1.0e-5 outs(%y : memref<64xf16>)
  return
}

// -----

// A matrix product accumulates in place, and a residual is added to it in place: one is no sum, the
// other is.
func.func @product_then_residual(%a: memref<4x32xf16>, %w: memref<32x64xf16>, %r: memref<4x64xf16>, %y: memref<4x64xf16>) {
  %zero = arith.constant 0.0 : f16
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %t = memref.alloc() : memref<4x64xf16>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      memref.store %zero, %t[%i, %j] : memref<4x64xf16>
      scf.for %k = %c0 to %c32 step %c1 {
        %0 = memref.load %a[%i, %k] : memref<4x32xf16>
        %1 = memref.load %w[%k, %j] : memref<32x64xf16>
        %2 = memref.load %t[%i, %j] : memref<4x64xf16>
        %3 = arith.mulf %0, %1 : f16
        %4 = arith.addf %2, %3 : f16
        memref.store %4, %t[%i, %j] : memref<4x64xf16>
      }
    }
  }
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c1 {
      %0 = memref.load %t[%i, %j] : memref<4x64xf16>
      %1 = memref.load %r[%i, %j] : memref<4x64xf16>
      // expected-error@below {{goes into the statistic}}
      %2 = arith.addf %0, %1 : f16
      memref.store %2, %t[%i, %j] : memref<4x64xf16>
    }
  }
  // expected-note@below {{read here}}
  addnorm.rms_norm(%t : memref<4x64xf16>) epsilon 1.0e-5 outs(%y : memref<4x64xf16>)
  return
}

// -----

// The same in one element that each iteration of an unstructured loop uses anew.
func.func @element_anew(%a: memref<?xf16>, %r: memref<?xf16>, %y: memref<1xf16>, %c: i1) {
  %zero = arith.constant 0.0 : f16
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = memref.alloc() : memref<1xf16>
  cf.br ^row(%c0 : index)
^row(%i: index):
  memref.store %zero, %t[%c0] : memref<1xf16>
  cf.br ^column(%c0 : index)
^column(%k: index):
  %0 = memref.load %a[%k] : memref<?xf16>
  %1 = memref.load %t[%c0] : memref<1xf16>
  %2 = arith.addf %1, %0 : f16
  memref.store %2, %t[%c0] : memref<1xf16>
  %k2 = arith.addi %k, %c1 : index
  cf.cond_br %c, ^column(%k2 : index), ^residual
^residual:
  %3 = memref.load %t[%c0] : memref<1xf16>
  %4 = memref.load %r[%i] : memref<?xf16>
  // expected-error@below {{goes into the statistic}}
  %5 = arith.addf %3, %4 : f16
  memref.store %5, %t[%c0] : memref<1xf16>
  %i2 = arith.addi %i, %c1 : index
  cf.cond_br %c, ^row(%i2 : index), ^end
^end:
  // expected-note@below {{read here}}
  addnorm.rms_norm(%t : memref<1xf16>) epsilon 1.0e-5 outs(%y : memref<1xf16>)
  return
}
