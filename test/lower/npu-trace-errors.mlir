// What tracing does not know it does not leave out.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics --pass-pipeline="builtin.module(addnorm-dma-to-calls{trace=edge})"

func.func @copies(%core: index, %out: memref<4xf32>) {
  %t = addnorm.scratchpad core %core at 0 : memref<4xf32, #addnorm.scratchpad>
  // expected-error@+1 {{what memref.copy does to a scratchpad cannot be traced}}
  memref.copy %t, %out : memref<4xf32, #addnorm.scratchpad> to memref<4xf32>
  return
}

// -----

func.func @transfers(%core: index) -> vector<4xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %t = addnorm.scratchpad core %core at 0 : memref<4xf32, #addnorm.scratchpad>
  // expected-error@+1 {{what vector.transfer_read does to a scratchpad cannot be traced}}
  %v = vector.transfer_read %t[%c0], %zero : memref<4xf32, #addnorm.scratchpad>, vector<4xf32>
  return %v : vector<4xf32>
}

// -----

func.func private @unknown(memref<4xf32, #addnorm.scratchpad>)
func.func @passes(%core: index) {
  %t = addnorm.scratchpad core %core at 0 : memref<4xf32, #addnorm.scratchpad>
  // expected-error@+1 {{what func.call does to a scratchpad cannot be traced}}
  func.call @unknown(%t) : (memref<4xf32, #addnorm.scratchpad>) -> ()
  return
}
