/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * One call of the hypervisor: one trapped instruction. Nobody calls before detect.h
 * has said that there is one. Messages, which take many calls, are channel.h.
 *
 * Specification: backdoor and GuestRPC §2, §4.
 */
#ifndef VMGUEST_BACKDOOR_H
#define VMGUEST_BACKDOOR_H

#include <stdbool.h>
#include <stdint.h>

#include <vmw/backdoor_dev.h>

/* As the instruction gets them, and as it leaves them. backdoor_x86.S knows the layout. */
struct backdoor_regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

/* backdoor_call() - a low-bandwidth call; fills in the magic number and the port */
void backdoor_call(struct backdoor_regs *regs);
/*
 * backdoor_transfer() - a high-bandwidth call that moves a message's bytes
 * Gives ebx's status, BACKDOOR_STATUS_…
 */
struct backdoor_hb {
	uint16_t channel;
	uint32_t cookie_high, cookie_low;
	void *data;	/* resident: all its pages are touched first */
	uint32_t len;
	bool out;	/* guest to host; @data is then only read */
};
uint16_t backdoor_transfer(const struct backdoor_hb *hb);
/* backdoor_has_hb() - false where the hypervisor cannot read our memory (SEV, TDX) */
bool backdoor_has_hb(void);

/*
 * Between these two a call that the processor refuses is a call without an answer:
 * eax BACKDOOR_UNKNOWN, status 0, and backdoor_refused() says so. Any other fault is
 * what it was before. Not for programs with threads.
 */
void backdoor_guard(void);
void backdoor_unguard(void);
bool backdoor_refused(void);

/* backdoor_cpuid() - a leaf of CPUID as this program sees it: eax, ebx, ecx, edx */
void backdoor_cpuid(uint32_t leaf, uint32_t regs[4]);

#endif
