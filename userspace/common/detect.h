/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Whether this is a guest of VMware, found out without a risk: CPUID first, then DMI,
 * and a guarded call of the hypervisor last and only where it is to be expected.
 *
 * Specification: backdoor and GuestRPC §1.
 */
#ifndef VMGUEST_DETECT_H
#define VMGUEST_DETECT_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

struct detect {
	bool vmware;
	/* If not: why, as an end of a sentence, such as "the hypervisor is KVM" */
	char why[96];
	uint32_t version;	/* of the backdoor's protocol: 6 */
	uint32_t product;	/* BACKDOOR_PRODUCT_… */
};

/* detect() - looks once, and remembers. Before there are threads. */
const struct detect *detect(void);

/* What detect() decides with; no system calls. */
struct detect_evidence {
	bool hypervisor;	/* CPUID.1:ECX bit 31 */
	char signature[13];	/* CPUID 0x40000000, as a string */
	struct str vendor;	/* DMI sys_vendor and product_name; may be empty */
	struct str product;
};
/* detect_expected() - whether to call the hypervisor; if not, @why says why */
bool detect_expected(const struct detect_evidence *evidence, char *why, size_t size);
/* detect_encrypted() - whether the host cannot read our memory: @cpuinfo is /proc/cpuinfo. The same. */
bool detect_encrypted(struct str cpuinfo);

#endif
