// Calls hvx_float with r28, the area, and leaves every register as it was but r28 and r31. HVX's are not
// touched by scalar code, and the callee restores r16 to r27.
	.text
	.globl	hvx_call
	.p2align	4
hvx_call:
	{ memd(##hvx_scalars) = r1:0 }
	{ memd(##hvx_scalars+8) = r3:2 }
	{ memd(##hvx_scalars+16) = r5:4 }
	{ memd(##hvx_scalars+24) = r7:6 }
	{ memd(##hvx_scalars+32) = r9:8 }
	{ memd(##hvx_scalars+40) = r11:10 }
	{ memd(##hvx_scalars+48) = r13:12 }
	{ memd(##hvx_scalars+56) = r15:14 }
	{ r0 = p3:0 }
	{ r1 = r31 }
	{ memd(##hvx_scalars+64) = r1:0 }
	{ r1:0 = c1:0 }
	{ memd(##hvx_scalars+72) = r1:0 }
	{ r1:0 = c3:2 }
	{ memd(##hvx_scalars+80) = r1:0 }
	{ r0 = r28 }
	{ call hvx_float }
	{ r1:0 = memd(##hvx_scalars+80) }
	{ c3:2 = r1:0 }
	{ r1:0 = memd(##hvx_scalars+72) }
	{ c1:0 = r1:0 }
	{ r1:0 = memd(##hvx_scalars+64) }
	{ p3:0 = r0 }
	{ r31 = r1 }
	{ r15:14 = memd(##hvx_scalars+56) }
	{ r13:12 = memd(##hvx_scalars+48) }
	{ r11:10 = memd(##hvx_scalars+40) }
	{ r9:8 = memd(##hvx_scalars+32) }
	{ r7:6 = memd(##hvx_scalars+24) }
	{ r5:4 = memd(##hvx_scalars+16) }
	{ r3:2 = memd(##hvx_scalars+8) }
	{ r1:0 = memd(##hvx_scalars) }
	{ jumpr r31 }

	.bss
	.globl	hvx_areas, hvx_r28, hvx_r31
	.p2align	7
hvx_areas:
	.space	4096
hvx_scalars:
	.space	88
hvx_r28:
	.space	4
hvx_r31:
	.space	4
