// In the LLVM dialect: pointers, descriptors, bits.
// RUN: addnorm-opt %s -split-input-file -verify-diagnostics -o /dev/null \
// RUN:   --pass-pipeline='builtin.module(addnorm-verify)'

// The rounding to bf16 that arith-expand emits is arithmetic on integers.
llvm.func @bits(%x: !llvm.ptr, %r: !llvm.ptr, %k: !llvm.ptr) {
  %c0 = llvm.mlir.constant(0 : i64) : i64
  %c1 = llvm.mlir.constant(1 : i64) : i64
  %n = llvm.mlir.constant(64 : i64) : i64
  %zero = llvm.mlir.constant(0.0 : f32) : f32
  %c16 = llvm.mlir.constant(16 : i32) : i32
  %bias = llvm.mlir.constant(32767 : i32) : i32
  llvm.br ^head(%c0, %zero : i64, f32)
^head(%i: i64, %acc: f32):
  %more = llvm.icmp "slt" %i, %n : i64
  llvm.cond_br %more, ^body, ^exit
^body:
  %px = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %pr = llvm.getelementptr %r[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %a = llvm.load %px : !llvm.ptr -> f32
  %b = llvm.load %pr : !llvm.ptr -> f32
  %s = llvm.fadd %a, %b : f32
  %0 = llvm.bitcast %s : f32 to i32
  %1 = llvm.add %0, %bias : i32
  %2 = llvm.lshr %1, %c16 : i32
  %3 = llvm.trunc %2 : i32 to i16
  %4 = llvm.zext %3 : i16 to i32
  %5 = llvm.shl %4, %c16 : i32
  // expected-error@below {{goes into the statistic}}
  %t = llvm.bitcast %5 : i32 to f32
  // expected-note@below {{read here}}
  %next = llvm.intr.fma(%t, %t, %acc) : (f32, f32, f32) -> f32
  %j = llvm.add %i, %c1 : i64
  llvm.br ^head(%j, %next : i64, f32)
^exit:
  llvm.store %acc, %k : f32, !llvm.ptr
  llvm.return
}

// -----

// Through a descriptor, aligned memory and memcpy.
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
llvm.func @sqrtf(f32) -> f32
llvm.func @moved(%x: !llvm.ptr, %r: !llvm.ptr, %out: !llvm.ptr) {
  %size = llvm.mlir.constant(128 : i64) : i64
  %mask = llvm.mlir.constant(-64 : i64) : i64
  %raw = llvm.call @malloc(%size) : (i64) -> !llvm.ptr
  %address = llvm.ptrtoint %raw : !llvm.ptr to i64
  %down = llvm.and %address, %mask : i64
  %aligned = llvm.inttoptr %down : i64 to !llvm.ptr
  %none = llvm.mlir.poison : !llvm.struct<(ptr, ptr, i64)>
  %d0 = llvm.insertvalue %raw, %none[0] : !llvm.struct<(ptr, ptr, i64)>
  %d1 = llvm.insertvalue %aligned, %d0[1] : !llvm.struct<(ptr, ptr, i64)>
  %a = llvm.load %x : !llvm.ptr -> f16
  %b = llvm.load %r : !llvm.ptr -> f16
  // expected-error@below {{goes into the statistic}}
  %s = llvm.fadd %a, %b : f16
  llvm.store %s, %r : f16, !llvm.ptr
  %moved = llvm.call @memcpy(%raw, %r, %size) : (!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
  %p = llvm.extractvalue %d1[1] : !llvm.struct<(ptr, ptr, i64)>
  %h = llvm.load %p : !llvm.ptr -> f16
  %t = llvm.fpext %h : f16 to f32
  %q = llvm.fmul %t, %t : f32
  // expected-note@below {{read here}}
  %k = llvm.call @sqrtf(%q) : (f32) -> f32
  llvm.store %k, %out : f32, !llvm.ptr
  llvm.return
}

// -----

// A pointer that is itself in memory.
llvm.func @descriptor(%d: !llvm.ptr, %r: !llvm.ptr, %out: !llvm.ptr) {
  %x = llvm.load %d : !llvm.ptr -> !llvm.ptr
  %a = llvm.load %x : !llvm.ptr -> f16
  %b = llvm.load %r : !llvm.ptr -> f16
  // expected-error@below {{goes into the statistic}}
  %s = llvm.fadd %a, %b : f16
  llvm.store %s, %x : f16, !llvm.ptr
  %again = llvm.load %d : !llvm.ptr -> !llvm.ptr
  %h = llvm.load %again : !llvm.ptr -> f16
  %t = llvm.fpext %h : f16 to f32
  %q = llvm.fmul %t, %t : f32
  // expected-note@below {{read here}}
  %k = llvm.intr.sqrt(%q) : (f32) -> f32
  llvm.store %k, %out : f32, !llvm.ptr
  llvm.return
}

// -----

// A call of a kernel that is not here.
llvm.func @vendor(!llvm.ptr, !llvm.ptr)
llvm.func @calls(%x: !llvm.ptr, %r: !llvm.ptr) {
  // expected-warning@below {{a call whose callee is not here}}
  llvm.call @vendor(%x, %r) : (!llvm.ptr, !llvm.ptr) -> ()
  llvm.return
}

// -----

// A call that carries no data.
// expected-remark@below {{nothing to prove}}
module {
  llvm.func @now(i32) -> i64
  llvm.func @harmless(%i: i32) -> i64 {
    %t = llvm.call @now(%i) : (i32) -> i64
    llvm.return %t : i64
  }
}
