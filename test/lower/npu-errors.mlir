// RUN: split-file %s %t
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=none})' 2>&1 | FileCheck --check-prefix=NAME %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%t/none.json})' 2>&1 | FileCheck --check-prefix=FILE %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu launch=all})' 2>&1 | FileCheck --check-prefix=LAUNCH %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(func.func(addnorm-lower{target=npu}))' 2>&1 | FileCheck --check-prefix=NESTED %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%t/tiny.json})' 2>&1 | FileCheck --check-prefix=TINY %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=%t/narrow.json})' 2>&1 | FileCheck --check-prefix=NARROW %s
// RUN: not addnorm-opt %t/op.mlir --pass-pipeline='builtin.module(addnorm-dma-to-calls{trace=none})' 2>&1 | FileCheck --check-prefix=TRACE %s
// RUN: not addnorm-opt %t/scratchpad.mlir --pass-pipeline='builtin.module(addnorm-lower{target=npu npu=edge})' 2>&1 | FileCheck --check-prefix=MEMORY %s

// NAME: error: addnorm-lower: {{.*}}none{{.*}}ascend-like
// FILE: error: addnorm-lower: {{.*}}none.json
// LAUNCH: error: addnorm-lower: unknown launch 'all'; use loop or spmd
// NESTED: op.mlir:2:3: error: addnorm-lower: target 'npu' cannot run the op: its kernel needs a module to be in
// TINY: op.mlir:2:3: error: addnorm-lower: target 'npu' cannot run the op: {{.*}}scratchpad
// NARROW: error: addnorm-lower: {{.*}}f32
// TRACE: error: addnorm-dma-to-calls: {{.*}}none
// MEMORY: scratchpad.mlir:2:3: error: addnorm-lower: target 'npu' cannot run the op: an operand is in a scratchpad

//--- op.mlir
func.func @f(%x: memref<8x4096xf16>, %y: memref<8x4096xf16>) {
  addnorm.rms_norm(%x : memref<8x4096xf16>) epsilon 1.0e-5 outs(%y : memref<8x4096xf16>) {lanes = 1024 : i64}
  return
}

//--- scratchpad.mlir
func.func @f(%x: memref<8x40xf16, #addnorm.scratchpad>, %y: memref<8x40xf16>) {
  addnorm.rms_norm(%x : memref<8x40xf16, #addnorm.scratchpad>) epsilon 1.0e-5 outs(%y : memref<8x40xf16>)
  return
}

//--- tiny.json
{"name": "tiny", "cores": 1, "scratchpadBytes": 1024, "scratchpadAlignment": 32, "globalAlignment": 32, "burstBytes": 32,
 "queues": 1, "maxTransferRows": 0, "maxRowBytes": 0, "vectorBytes": 64, "vectorRegisters": 32, "lanes": 16, "maskedMemory": true,
 "f32Cost": 1, "f16Cost": 1, "bf16Cost": 0, "convertCost": 1, "memoryCost": 1, "maskCost": 1, "scalarCost": 1, "rootCost": 20,
 "queueBytesPerCycle": 32, "memoryBytesPerCycle": 64, "latencyCycles": 100, "issueCycles": 10, "launchCycles": 100, "clockGHz": 1}

//--- narrow.json
{"name": "narrow", "cores": 1, "scratchpadBytes": 65536, "scratchpadAlignment": 32, "globalAlignment": 32, "burstBytes": 32,
 "queues": 1, "maxTransferRows": 0, "maxRowBytes": 0, "vectorBytes": 64, "vectorRegisters": 32, "lanes": 16, "maskedMemory": true,
 "f32Cost": 0, "f16Cost": 1, "bf16Cost": 0, "convertCost": 1, "memoryCost": 1, "maskCost": 1, "scalarCost": 1, "rootCost": 20,
 "queueBytesPerCycle": 32, "memoryBytesPerCycle": 64, "latencyCycles": 100, "issueCycles": 10, "launchCycles": 100, "clockGHz": 1}
