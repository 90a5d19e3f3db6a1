/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The four instructions that talk to the hypervisor, each with a label before it and
 * behind it: by these the guard in backdoor.c knows a refused call from a crash, and
 * a tracer that plays the host knows where it is asked.
 *
 * void backdoor_in(struct backdoor_regs *), backdoor_hb_out(…), backdoor_hb_in(…)
 * load all registers from the structure and store all of them. The order in it is
 * ax, bx, cx, dx, si, di, bp.
 */
#include <cet.h>

	.macro entry name
	.globl	\name
	.hidden	\name
	.type	\name, @function
\name:
	.cfi_startproc
	_CET_ENDBR
	.endm

	.macro label name
	.globl	\name
	.hidden	\name
\name:
	.endm

	.macro leave_function name
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.macro call_host name:req, insn:vararg
	entry	\name
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	movq	0(%rdi), %rax
	movq	8(%rdi), %rbx
	movq	16(%rdi), %rcx
	movq	24(%rdi), %rdx
	movq	32(%rdi), %rsi
	movq	48(%rdi), %rbp
	movq	40(%rdi), %rdi
	cld
	label	\name\()_insn
	\insn
	label	\name\()_next
	xchgq	%rdi, (%rsp)
	movq	%rax, 0(%rdi)
	movq	%rbx, 8(%rdi)
	movq	%rcx, 16(%rdi)
	movq	%rdx, 24(%rdi)
	movq	%rsi, 32(%rdi)
	movq	%rbp, 48(%rdi)
	popq	%rax
	.cfi_adjust_cfa_offset -8
	movq	%rax, 40(%rdi)
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	leave_function \name
	.endm

	.text
	call_host backdoor_in, inl %dx, %eax
	call_host backdoor_hb_out, rep outsb
	call_host backdoor_hb_in, rep insb

/* void backdoor_cpuid(uint32_t leaf, uint32_t regs[4]): eax, ebx, ecx, edx */
	entry	backdoor_cpuid
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	movl	%edi, %eax
	xorl	%ecx, %ecx
	movq	%rsi, %r8
	label	backdoor_cpuid_insn
	cpuid
	label	backdoor_cpuid_next
	movl	%eax, 0(%r8)
	movl	%ebx, 4(%r8)
	movl	%ecx, 8(%r8)
	movl	%edx, 12(%r8)
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	leave_function backdoor_cpuid

	.section .note.GNU-stack, "", @progbits
