// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The plugin: finds, among all that QEMU translates, the instructions by which a
 * guest may call its host, and lets the host answer in their place.
 *
 *	-plugin vmhost.so[,OPTION=VALUE…]		options.c has the options
 *
 * An instruction that is not for the host is executed by QEMU as it always was.
 * Which vCPU a call is from and what memory that has is the business of vcpu.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../qemu_plugin.h"
#include "cpuid.h"
#include "vcpu.h"

#define INSN_MAX	15
#define RESET_VECTOR	0xfffffff0u
#define EFLAGS_DF	(UINT64_C(1) << 10)

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct vmhost *host;
static bool has_started;

/* What to do at an instruction, and its size, in the word that a callback is given. */
enum site { SITE_PORT, SITE_PORT_IN, SITE_PORT_OUT, SITE_VMCALL, SITE_VMMCALL, SITE_CPUID };
#define SITE_SHIFT	8

static const enum vh_entry entries[] = {
	[SITE_PORT] = VH_PORT,
	[SITE_PORT_IN] = VH_PORT_IN,
	[SITE_PORT_OUT] = VH_PORT_OUT,
	[SITE_VMCALL] = VH_HYPERCALL,
	[SITE_VMMCALL] = VH_HYPERCALL,
};

static bool answer(struct vcpu *vcpu, enum site site, struct vh_regs *regs)
{
	if (site == SITE_CPUID)
		return vh_cpuid(host, regs);
	if (!vcpu_is_protected(vcpu))
		return false;
	if ((site == SITE_VMCALL || site == SITE_VMMCALL) &&
	    !vh_cpuid_offers(host, site == SITE_VMCALL))
		return false;
	/* Nobody sends or receives a message backwards. */
	if ((site == SITE_PORT_IN || site == SITE_PORT_OUT) &&
	    vcpu_read(vcpu, VCPU_EFLAGS) & EFLAGS_DF)
		return false;
	return vh_call(host, vcpu_caller(vcpu), entries[site], regs);
}

/* Called by translated code itself, so that the return address says where in it. */
static void on_call(unsigned int index, void *word)
{
	uintptr_t from = (uintptr_t)__builtin_return_address(0), what = (uintptr_t)word;
	struct vcpu *vcpu = vcpu_get(index);
	struct vh_regs before, regs;

	vcpu_get_regs(vcpu, &before);
	regs = before;
	if (!answer(vcpu, what & ((1 << SITE_SHIFT) - 1), &regs))
		return;
	vcpu_set_regs(vcpu, &before, &regs);
	vcpu_skip(vcpu, what >> SITE_SHIFT, from);
}

/* All vCPUs begin anew with this one. */
static void on_reset_vector(unsigned int index, void *unused)
{
	(void)unused;
	if (index)
		return;
	if (has_started)
		vh_machine_reset(host);
	has_started = true;
}

/* Prefixes that change nothing for us; with others it is another instruction. */
static bool is_harmless(uint8_t byte)
{
	return (byte & 0xf0) == 0x40 || byte == 0xf2 || byte == 0xf3;
}

/* Whether an instruction is one that the host answers, and how. */
static bool classify(const uint8_t *code, size_t size, enum site *site)
{
	bool repeats = false;
	size_t i;

	for (i = 0; i < size && is_harmless(code[i]); i++)
		repeats |= code[i] == 0xf3 || code[i] == 0xf2;
	code += i;
	size -= i;
	if (size == 1 && !repeats && (code[0] == 0xed || code[0] == 0xef)) {
		*site = SITE_PORT;	/* in, out with eax and dx */
		return true;
	}
	if (size == 1 && repeats && (code[0] == 0x6c || code[0] == 0x6e)) {
		*site = code[0] == 0x6c ? SITE_PORT_IN : SITE_PORT_OUT;
		return true;
	}
	if (size == 2 && code[0] == 0x0f && code[1] == 0xa2) {
		*site = SITE_CPUID;
		return true;
	}
	if (size == 3 && code[0] == 0x0f && code[1] == 0x01 &&
	    (code[2] == 0xc1 || code[2] == 0xd9)) {
		*site = code[2] == 0xc1 ? SITE_VMCALL : SITE_VMMCALL;
		return true;
	}
	return false;
}

static void on_translation(struct qemu_plugin_tb *tb, void *unused)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb), size;
	uint8_t code[INSN_MAX];
	enum site site;

	(void)unused;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (qemu_plugin_insn_vaddr(insn) == RESET_VECTOR)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_reset_vector,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		size = qemu_plugin_insn_data(insn, code, sizeof(code));
		if (size == qemu_plugin_insn_size(insn) && classify(code, size, &site))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call,
							       QEMU_PLUGIN_CB_RW_REGS_PC,
							       (void *)(site | size << SITE_SHIFT));
	}
}

static void on_vcpu(unsigned int index, void *unused)
{
	(void)unused;
	vcpu_init(index);
}

/* A vCPU that has slept goes on. */
static void on_resume(unsigned int index, void *unused)
{
	(void)unused;
	vh_tick(host, vcpu_outside(vcpu_get(index)));
}

static void on_exit_of_qemu(void *unused)
{
	(void)unused;
	vh_free(host);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		fputs("vmhost: for qemu-system-x86_64 only\n", stderr);
		return -1;
	}
	if (info->version.min > QEMU_PLUGIN_VERSION || info->version.cur < QEMU_PLUGIN_VERSION) {
		fprintf(stderr, "vmhost: needs plugin interface %d, QEMU has %d to %d\n",
			QEMU_PLUGIN_VERSION, info->version.min, info->version.cur);
		return -1;
	}
	if (!vcpu_find_symbols())
		return -1;
	host = vh_new(argc, (const char *const *)argv);
	if (!host)
		return -1;
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu, NULL);
	qemu_plugin_register_vcpu_resume_cb(id, on_resume, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation, NULL);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
