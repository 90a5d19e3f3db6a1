// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the evidence of a hypervisor is worth.
 */
#include "unit.h"

#include "detect.h"

START_TEST(only_vmware_is_called)
{
	static const struct {
		bool hypervisor;
		const char *signature, *vendor, *product;
		bool call;
		const char *why;
	} table[] = {
		{ true, "VMwareVMware", "", "", true, "" },
		{ true, "VMwareVMware", "Other", "Other", true, "" },
		{ false, "", "VMware, Inc.", "VMware7,1", false, "there is no hypervisor" },
		{ true, "KVMKVMKVM", "VMware, Inc.", "VMware7,1", false, "the hypervisor is KVM" },
		{ true, "TCGTCGTCGTCG", "QEMU", "", false, "the hypervisor is QEMU" },
		{ true, "Microsoft Hv", "", "", false, "the hypervisor is Hyper-V" },
		/* its name is hidden */
		{ true, "", "VMware, Inc.", "VMware Virtual Platform", true, "" },
		{ true, "unheard of", "VMware, Inc.", "VMware20,1", true, "" },
		{ true, "", "VMware, Inc.", "Other", false, "the hypervisor is not known" },
		{ true, "", "Dell", "VMware7,1", false, "the hypervisor is not known" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct detect_evidence evidence = {
			.hypervisor = table[i].hypervisor,
			.vendor = str(table[i].vendor),
			.product = str(table[i].product),
		};
		char why[96] = "";

		memcpy(evidence.signature, table[i].signature, strlen(table[i].signature));
		ck_assert_int_eq(detect_expected(&evidence, why, sizeof(why)), table[i].call);
		ck_assert_str_eq(why, table[i].why);
	}
}
END_TEST

START_TEST(memory_that_the_host_cannot_read_is_seen)
{
	static const struct {
		const char *cpuinfo;
		bool encrypted;
	} table[] = {
		{ "", false },
		{ "processor\t: 0\n", false },
		{ "processor\t: 0\nflags\t\t: fpu sse sme sev\nbugs\t\t: sev_es\n", true },
		{ "flags\t\t: fpu sev_es sse\n", true },
		{ "flags\t\t: fpu tdx_guest\n", true },
		{ "flags\t\t: sev_snp", true },
		{ "flags\t\t: fpu seven sev_x\nbugs\t\t: sev\n", false },
		{ "model name\t: a sev b\nflags\t\t: fpu\n", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_msg(detect_encrypted(str(table[i].cpuinfo)) == table[i].encrypted,
			      "case %zu", i);
}
END_TEST

SUITE(detect, only_vmware_is_called, memory_that_the_host_cannot_read_is_seen)
