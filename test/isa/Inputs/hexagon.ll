; A program for qemu-hexagon, without a C library: reads an image of its memory from stdin, calls the
; kernel on it and writes the image to stdout. The image begins with eight words, of 32 bits: rows, n,
; the stride of all tensors, and where the two addends, gamma, y, sum and rstd begin, in bytes.

target triple = "hexagon-unknown-none-elf"

@image = internal global [262144 x i8] zeroinitializer, align 128

declare i32 @addnorm_norm_kernel(i64, i64, float, ptr, i64, ptr, i64, ptr, ptr, i64, ptr, i64, ptr, i64)

define internal i32 @syscall(i32 %number, i32 %a, ptr %b, i32 %c) {
  %r = call i32 asm sideeffect "trap0(#1)", "={r0},{r6},{r0},{r1},{r2},~{memory}"(i32 %number, i32 %a, ptr %b, i32 %c)
  ret i32 %r
}

; All of the image through read (63) or write (64).
define internal void @transfer(i32 %number, i32 %file) {
  br label %more
more:
  %done = phi i32 [0, %0], [%next, %more]
  %at = getelementptr i8, ptr @image, i32 %done
  %rest = sub i32 262144, %done
  %count = call i32 @syscall(i32 %number, i32 %file, ptr %at, i32 %rest)
  %next = add i32 %done, %count
  %isAll = icmp uge i32 %next, 262144
  %isEnd = icmp sle i32 %count, 0
  %stop = or i1 %isAll, %isEnd
  br i1 %stop, label %end, label %more
end:
  ret void
}

define internal i32 @word(i32 %i) {
  %at = getelementptr i32, ptr @image, i32 %i
  %value = load i32, ptr %at
  ret i32 %value
}

define internal ptr @tensor(i32 %i) {
  %offset = call i32 @word(i32 %i)
  %at = getelementptr i8, ptr @image, i32 %offset
  ret ptr %at
}

define void @_start() noreturn {
  call void @transfer(i32 63, i32 0)
  %rows = call i32 @word(i32 0)
  %rows64 = zext i32 %rows to i64
  %n = call i32 @word(i32 1)
  %n64 = zext i32 %n to i64
  %pitch = call i32 @word(i32 2)
  %stride = zext i32 %pitch to i64
  %x = call ptr @tensor(i32 3)
  %r = call ptr @tensor(i32 4)
  %gamma = call ptr @tensor(i32 5)
  %y = call ptr @tensor(i32 6)
  %sum = call ptr @tensor(i32 7)
  %rstd = call ptr @tensor(i32 8)
  %status = call i32 @addnorm_norm_kernel(i64 %rows64, i64 %n64, float 0x3EE4F8B580000000, ptr %x, i64 %stride,
      ptr %r, i64 %stride, ptr %gamma, ptr %y, i64 %stride, ptr %sum, i64 %stride, ptr %rstd, i64 1)
  call void @transfer(i32 64, i32 1)
  %exit = call i32 @syscall(i32 93, i32 %status, ptr null, i32 0)
  unreachable
}

; What the SDK's libraries have. The volatile store keeps LLVM from finding a memset in memset.
define ptr @memset(ptr %memory, i32 %value, i32 %size) {
  %byte = trunc i32 %value to i8
  br label %test
test:
  %i = phi i32 [0, %0], [%next, %body]
  %more = icmp ult i32 %i, %size
  br i1 %more, label %body, label %end
body:
  %at = getelementptr i8, ptr %memory, i32 %i
  store volatile i8 %byte, ptr %at
  %next = add i32 %i, 1
  br label %test
end:
  ret ptr %memory
}

; The root of a positive normal number, to nearest: bit by bit that of its significand as an integer, with
; as many bits again behind it and an even exponent. Anything else but infinity is NaN here.
define float @__hexagon_sqrtf(float %x) {
  %bits = bitcast float %x to i32
  %isInfinity = icmp eq i32 %bits, u0x7f800000
  %tooSmall = icmp slt i32 %bits, u0x00800000
  %tooLarge = icmp sge i32 %bits, u0x7f800000
  %isOther = or i1 %tooSmall, %tooLarge
  br i1 %isOther, label %other, label %normal
other:
  %special = select i1 %isInfinity, i32 u0x7f800000, i32 u0x7fc00000
  %none = bitcast i32 %special to float
  ret float %none
normal:
  %biased = lshr i32 %bits, 23
  %exponent = sub i32 %biased, 127
  %odd = and i32 %exponent, 1
  %fraction = and i32 %bits, u0x007fffff
  %significand = or i32 %fraction, u0x00800000
  %even = shl i32 %significand, %odd
  %wide = zext i32 %even to i64
  %square = shl i64 %wide, 23
  br label %bit
bit:
  %root = phi i64 [0, %normal], [%better, %bit]
  %one = phi i64 [u0x800000, %normal], [%half, %bit]
  %guess = or i64 %root, %one
  %product = mul i64 %guess, %guess
  %fits = icmp ule i64 %product, %square
  %better = select i1 %fits, i64 %guess, i64 %root
  %half = lshr i64 %one, 1
  %isLast = icmp eq i64 %half, 0
  br i1 %isLast, label %round, label %bit
round:
  %below = mul i64 %better, %better
  %rest = sub i64 %square, %below
  %isAbove = icmp ugt i64 %rest, %better
  %up = zext i1 %isAbove to i64
  %nearest = add i64 %better, %up
  %low = trunc i64 %nearest to i32
  %evenExponent = sub i32 %exponent, %odd
  %halved = ashr i32 %evenExponent, 1
  %rebiased = add i32 %halved, 126
  %upper = shl i32 %rebiased, 23
  %result = add i32 %upper, %low
  %value = bitcast i32 %result to float
  ret float %value
}
