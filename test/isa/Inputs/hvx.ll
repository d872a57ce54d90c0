; What hvx.py calls for a floating-point instruction of HVX. An area has four words: the operation and, for
; A, B and the result, the bits that are inverted; from byte 128 on the registers of A, two, of B, two, and of
; the result, two.

target triple = "hexagon-unknown-none-elf"

define internal float @operand(ptr %area, i32 %at, i32 %i, i32 %key) {
  %memory = getelementptr i8, ptr %area, i32 %at
  %element = getelementptr i32, ptr %memory, i32 %i
  %bits = load i32, ptr %element
  %plain = xor i32 %bits, %key
  %value = bitcast i32 %plain to float
  ret float %value
}

define internal void @result(ptr %area, i32 %at, i32 %i, i32 %key, float %value) {
  %memory = getelementptr i8, ptr %area, i32 %at
  %element = getelementptr i32, ptr %memory, i32 %i
  %plain = bitcast float %value to i32
  %bits = xor i32 %plain, %key
  store i32 %bits, ptr %element
  ret void
}

; Exponent and fraction in place, the bias mended by a product; infinities and NaNs by themselves.
define internal float @half(ptr %area, i32 %at, i32 %i) {
  %memory = getelementptr i8, ptr %area, i32 %at
  %element = getelementptr i16, ptr %memory, i32 %i
  %bits = load i16, ptr %element
  %wide = zext i16 %bits to i32
  %magnitude = and i32 %wide, u0x7fff
  %signBit = xor i32 %wide, %magnitude
  %sign = shl i32 %signBit, 16
  %moved = shl i32 %magnitude, 13
  %small = bitcast i32 %moved to float
  %mended = fmul float %small, 0x46F0000000000000
  %finite = bitcast float %mended to i32
  %special = or i32 %moved, u0x7f800000
  %isSpecial = icmp uge i32 %magnitude, u0x7c00
  %unsigned = select i1 %isSpecial, i32 %special, i32 %finite
  %all = or i32 %unsigned, %sign
  %value = bitcast i32 %all to float
  ret float %value
}

; To nearest, ties to even.
define internal void @storeHalf(ptr %area, i32 %i, float %value) {
  %bits = bitcast float %value to i32
  %magnitude = and i32 %bits, u0x7fffffff
  %signBit = xor i32 %bits, %magnitude
  %sign = lshr i32 %signBit, 16
  %kept = lshr i32 %magnitude, 13
  %odd = and i32 %kept, 1
  %bias = add i32 %odd, u0xc8000fff
  %sum = add i32 %magnitude, %bias
  %normal = lshr i32 %sum, 13
  %absolute = bitcast i32 %magnitude to float
  %shifted = fadd float %absolute, 0.5
  %shiftedBits = bitcast float %shifted to i32
  %subnormal = sub i32 %shiftedBits, u0x3f000000
  %isSubnormal = icmp ult i32 %magnitude, u0x38800000
  %finite = select i1 %isSubnormal, i32 %subnormal, i32 %normal
  %isLarge = icmp uge i32 %magnitude, u0x47800000
  %capped = select i1 %isLarge, i32 u0x7c00, i32 %finite
  %isNaN = icmp ugt i32 %magnitude, u0x7f800000
  %unsigned = select i1 %isNaN, i32 u0x7e00, i32 %capped
  %all = or i32 %unsigned, %sign
  %half = trunc i32 %all to i16
  %memory = getelementptr i8, ptr %area, i32 640
  %element = getelementptr i16, ptr %memory, i32 %i
  store i16 %half, ptr %element
  ret void
}

define internal i32 @word(ptr %area, i32 %at) {
  %memory = getelementptr i8, ptr %area, i32 %at
  %value = load i32, ptr %memory
  ret i32 %value
}

define void @hvx_float(ptr %area) {
  %operation = call i32 @word(ptr %area, i32 0)
  %keyA = call i32 @word(ptr %area, i32 4)
  %keyB = call i32 @word(ptr %area, i32 8)
  %key = call i32 @word(ptr %area, i32 12)
  br label %lane
lane:
  %i = phi i32 [0, %0], [%next, %done]
  %even = shl i32 %i, 1
  %odd = or i32 %even, 1
  %a = call float @operand(ptr %area, i32 128, i32 %i, i32 %keyA)
  %b = call float @operand(ptr %area, i32 384, i32 %i, i32 %keyB)
  switch i32 %operation, label %copy [i32 0, label %add
                                      i32 1, label %sub
                                      i32 2, label %mul
                                      i32 4, label %widen
                                      i32 5, label %narrow]
add:
  %sum = fadd float %a, %b
  br label %store
sub:
  %difference = fsub float %a, %b
  br label %store
mul:
  %product = fmul float %a, %b
  br label %store
copy:
  br label %store
store:
  %value = phi float [%sum, %add], [%difference, %sub], [%product, %mul], [%a, %copy]
  call void @result(ptr %area, i32 640, i32 %i, i32 %key, float %value)
  br label %done
widen:
  %aEven = call float @half(ptr %area, i32 128, i32 %even)
  %bEven = call float @half(ptr %area, i32 384, i32 %even)
  %low = fmul float %aEven, %bEven
  call void @result(ptr %area, i32 640, i32 %i, i32 %key, float %low)
  %aOdd = call float @half(ptr %area, i32 128, i32 %odd)
  %bOdd = call float @half(ptr %area, i32 384, i32 %odd)
  %high = fmul float %aOdd, %bOdd
  call void @result(ptr %area, i32 768, i32 %i, i32 %key, float %high)
  br label %done
narrow:
  call void @storeHalf(ptr %area, i32 %even, float %a)
  %upper = call float @operand(ptr %area, i32 256, i32 %i, i32 %keyA)
  call void @storeHalf(ptr %area, i32 %odd, float %upper)
  br label %done
done:
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 32
  br i1 %more, label %lane, label %end
end:
  ret void
}
