// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The hypervisor's leaves of CPUID: specification "backdoor and GuestRPC" §1.1,
 * §2.4. Bit 31 of leaf 1, which says that there are any, is the CPU model's.
 */
#include "cpuid.h"
#include "host.h"

#include <endian.h>
#include <string.h>

#define LEAVES	0x100u

static uint32_t letters(const char *signature)
{
	uint32_t word;

	memcpy(&word, signature, sizeof(word));
	return le32toh(word);
}

bool vh_cpuid_offers(const struct vmhost *host, bool vmcall)
{
	return vmcall ? host->options.vmcall : host->options.vmmcall;
}

bool vh_cpuid(const struct vmhost *host, struct vh_regs *regs)
{
	const struct vh_options *options = &host->options;
	uint32_t leaf = regs->ax;

	if (!options->cpuid || leaf - BACKDOOR_CPUID_VENDOR >= LEAVES)
		return false;
	regs->ax = 0;
	regs->bx = 0;
	regs->cx = 0;
	regs->dx = 0;
	if (leaf == BACKDOOR_CPUID_VENDOR) {
		regs->ax = BACKDOOR_CPUID_FEATURES;
		regs->bx = letters(BACKDOOR_CPUID_SIGNATURE);
		regs->cx = letters(&BACKDOOR_CPUID_SIGNATURE[4]);
		regs->dx = letters(&BACKDOOR_CPUID_SIGNATURE[8]);
	} else if (leaf == BACKDOOR_CPUID_FEATURES) {
		regs->ax = options->tsc_hz / 1000;
		regs->bx = options->tsc_hz ? options->bus_hz / 1000 : 0;
		regs->cx = (options->vmcall ? BACKDOOR_CPUID_VMCALL : 0) |
			   (options->vmmcall ? BACKDOOR_CPUID_VMMCALL : 0);
	}
	return true;
}
