/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A vCPU of QEMU's: its registers and its memory.
 */
#ifndef VMHOST_VCPU_H
#define VMHOST_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "vmhost.h"

#define VCPUS_MAX	64

enum vcpu_reg {
	VCPU_RAX, VCPU_RBX, VCPU_RCX, VCPU_RDX, VCPU_RSI, VCPU_RDI, VCPU_RBP,
	VCPU_RIP, VCPU_EFLAGS, VCPU_CS, VCPU_CR0, VCPU_CR3, VCPU_CR4, VCPU_EFER,
	VCPU_REGS
};

struct vcpu;

/* Looks for what QEMU does not offer to plugins. False after it has said what is missing. */
bool vcpu_find_symbols(void);

/* The calling thread is that of a new vCPU. */
void vcpu_init(unsigned int index);
struct vcpu *vcpu_get(unsigned int index);

uint64_t vcpu_read(struct vcpu *vcpu, enum vcpu_reg reg);

/* False in modes whose memory cannot be reached: real and virtual-8086 mode. */
bool vcpu_is_protected(struct vcpu *vcpu);

/* The vCPU as the caller of vh_call(): with its registers as they are now. */
struct vh_guest *vcpu_caller(struct vcpu *vcpu);
/* The same outside of an instruction: without registers, and so without virtual memory. */
struct vh_guest *vcpu_outside(struct vcpu *vcpu);

void vcpu_get_regs(struct vcpu *vcpu, struct vh_regs *regs);
void vcpu_set_regs(struct vcpu *vcpu, const struct vh_regs *before, const struct vh_regs *after);

/*
 * vcpu_skip() - goes on behind the instruction that is being called back for
 * @size: of the instruction
 * @from: the callback's return address, in what QEMU has translated
 * No lock may be held: it does not return.
 */
void vcpu_skip(struct vcpu *vcpu, unsigned int size, uintptr_t from) __attribute__((noreturn));

#endif
