// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the evidence of a hypervisor is worth: detect.h. No system calls.
 */
#include "detect.h"

#include <stdio.h>

#include <vmw/backdoor_dev.h>

static const struct {
	const char *signature;
	const char *name;
} others[] = {
	{ "KVMKVMKVM", "KVM" },
	{ "XenVMMXenVMM", "Xen" },
	{ "Microsoft Hv", "Hyper-V" },
	{ "bhyve bhyve ", "bhyve" },
	{ "VBoxVBoxVBox", "VirtualBox" },
	{ "TCGTCGTCGTCG", "QEMU" },
	{ "ACRNACRNACRN", "ACRN" },
	{ "QNXQVMBSQG", "QNX" },
	{ " lrpepyh  vr", "Parallels" },
	{ "OpenBSDVMM58", "OpenBSD's vmm" },
	{ "Jailhouse", "Jailhouse" },
	{ "SRESRESRESRE", "SRE" },
	{ "___ NVMM ___", "NVMM" },
};

bool detect_expected(const struct detect_evidence *evidence, char *why, size_t size)
{
	if (!evidence->hypervisor) {
		snprintf(why, size, "there is no hypervisor");
		return false;
	}
	if (!strcmp(evidence->signature, BACKDOOR_CPUID_SIGNATURE))
		return true;
	/* QEMU's emulation of the backdoor would kill us: it lets in the kernel alone. */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(evidence->signature, others[i].signature)) {
			snprintf(why, size, "the hypervisor is %s", others[i].name);
			return false;
		}
	}
	/* An owner may hide the hypervisor's name; the firmware's tables then still say it. */
	if (str_is(evidence->vendor, "VMware, Inc.") && str_begins(evidence->product, "VMware"))
		return true;
	snprintf(why, size, "the hypervisor is not known");
	return false;
}

bool detect_encrypted(struct str cpuinfo)
{
	static const char *const flags[] = { "sev", "sev_es", "sev_snp", "tdx_guest" };
	struct str line = { 0 }, word;

	while (cpuinfo.len && !str_begins(line, "flags"))
		line = str_cut(&cpuinfo, '\n');
	if (!str_begins(line, "flags"))
		return false;
	while ((word = str_word(&line)).len) {
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
			if (str_is(word, flags[i]))
				return true;
		}
	}
	return false;
}
