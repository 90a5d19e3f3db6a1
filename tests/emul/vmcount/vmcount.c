// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The plugin: hooks every instruction that QEMU translates and listens for the
 * marker instruction (marker.h).  Counting itself is in code.c and events.c.
 *
 *	-plugin vmcount.so,out=FILE[,granule=BYTES]
 *
 * Only documented calls of the plugin interface are used.  A marker is a real
 * `in` that runs on after the plugin has looked at the registers.
 *
 * Until the guest says `count`, only markers are hooked: booting takes a quarter
 * of the time that it takes when it is counted.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marker.h"
#include "vmcount.h"

#define VCPUS_MAX	64
#define INSN_MAX	15
#define IN_EAX_DX	0xed	/* opcode */

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum reg { RAX, RBX, RCX, RDX, REGS };
static const char *const reg_names[REGS] = { "rax", "rbx", "rcx", "rdx" };

static struct vcpu {
	struct qemu_plugin_register *regs[REGS];
	GByteArray *buffer;
} vcpus[VCPUS_MAX];

static pthread_mutex_t marker_lock = PTHREAD_MUTEX_INITIALIZER;
static qemu_plugin_id_t plugin_id;
static bool counting;	/* written once all vCPUs run what is counted */

static void on_reset(void *unused);

static uint64_t read_reg(unsigned int vcpu, enum reg reg)
{
	GByteArray *buffer = vcpus[vcpu].buffer;
	uint64_t value = 0;

	/* Reading appends. */
	g_byte_array_set_size(buffer, 0);
	if (qemu_plugin_read_register(vcpus[vcpu].regs[reg], buffer))
		memcpy(&value, buffer->data, buffer->len < 8 ? buffer->len : 8);
	return value;
}

/* The text goes into JSON as it is. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
}

static void obey(char *line)
{
	char *save, *verb = strtok_r(line, " ", &save), *word = strtok_r(NULL, " ", &save);
	char *low = strtok_r(NULL, " ", &save), *high = strtok_r(NULL, " ", &save);

	if (verb && !word && !strcmp(verb, "count"))
		qemu_plugin_reset(plugin_id, on_reset, NULL);
	else if (!verb || !word)
		report_error("marker without a word");
	else if (!strcmp(verb, "begin") && !low && !counting)
		report_error("begin %s before count", word);
	else if (!strcmp(verb, "begin") && !low)
		interval_begin(word);
	else if (!strcmp(verb, "end") && !low)
		interval_end(word);
	else if (!strcmp(verb, "note") && !low)
		interval_note(word);
	else if (!strcmp(verb, "range") && high)
		interval_range(word, strtoull(low, NULL, 16), strtoull(high, NULL, 16));
	else
		report_error("marker %s is unknown or has wrong arguments", verb);
}

static bool is_marker(unsigned int vcpu)
{
	return (read_reg(vcpu, RDX) & 0xffff) == VMCOUNT_PORT &&
	       (uint32_t)read_reg(vcpu, RAX) == VMCOUNT_MAGIC;
}

static void on_marker(unsigned int vcpu)
{
	uint64_t address = read_reg(vcpu, RBX), length = read_reg(vcpu, RCX);
	GByteArray *buffer = vcpus[vcpu].buffer;
	char line[VMCOUNT_MAX + 1];

	pthread_mutex_lock(&marker_lock);
	if (!length || length > VMCOUNT_MAX) {
		report_error("marker of %llu bytes", (unsigned long long)length);
	} else if (!qemu_plugin_read_memory_vaddr(address, buffer, length)) {
		report_error("marker text is not in memory");
	} else {
		memcpy(line, buffer->data, length);
		line[length] = 0;
		if (is_plain(line))
			obey(line);
		else
			report_error("marker text is not plain");
	}
	pthread_mutex_unlock(&marker_lock);
}

/* Ports: the instruction names the port, or dx holds it. */

#define PORT_IN_DX	0x10000u
#define PORT_WRITE	0x20000u

static void on_port(unsigned int vcpu, void *site)
{
	unsigned int what = (uintptr_t)site;
	unsigned int port = (what & PORT_IN_DX ? read_reg(vcpu, RDX) : what) & 0xffff;

	event_hit(vcpu, what & PORT_WRITE ? EVENT_PORT_WRITE : EVENT_PORT_READ, "", port);
}

static void on_in_eax_dx(unsigned int vcpu, void *site)
{
	if (is_marker(vcpu))
		on_marker(vcpu);
	else
		on_port(vcpu, site);
}

/* Before `count`, no port is counted. */
static void on_in_eax_dx_idle(unsigned int vcpu, void *unused)
{
	(void)unused;
	if (is_marker(vcpu))
		on_marker(vcpu);
}

static void on_msr(unsigned int vcpu, void *write)
{
	event_msr(vcpu, read_reg(vcpu, RCX), write);
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *unused)
{
	struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, vaddr);

	(void)unused;
	if (where && qemu_plugin_hwaddr_is_io(where))
		event_mmio(vcpu, qemu_plugin_hwaddr_device_name(where),
			   qemu_plugin_hwaddr_phys_addr(where), qemu_plugin_mem_is_store(info));
}

static void on_discontinuity(unsigned int vcpu, enum qemu_plugin_discon_type type, uint64_t from,
			     uint64_t to, void *unused)
{
	(void)from, (void)to, (void)unused;
	event_hit(vcpu, type == QEMU_PLUGIN_DISCON_INTERRUPT ? EVENT_INTERRUPT : EVENT_EXCEPTION,
		  "", 0);
}

static void on_idle(unsigned int vcpu, void *unused)
{
	(void)unused;
	event_hit(vcpu, EVENT_IDLE, "", 0);
}

/* Legacy prefixes, and REX as 64-bit code has it. */
static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3 ||
	       byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0x64 ||
	       byte == 0x65 || (byte & 0xf0) == 0x40;
}

static void hook_port(struct qemu_plugin_insn *insn, unsigned int what, bool may_mark)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, may_mark ? on_in_eax_dx : on_port,
					       QEMU_PLUGIN_CB_R_REGS, (void *)(uintptr_t)what);
}

struct decoded {
	uint8_t code[INSN_MAX];
	size_t length, at;	/* of the opcode, behind the prefixes */
};

static bool decode(const struct qemu_plugin_insn *insn, struct decoded *d)
{
	d->length = qemu_plugin_insn_data(insn, d->code, sizeof(d->code));
	for (d->at = 0; d->at < d->length && is_prefix(d->code[d->at]); d->at++)
		;
	return d->at < d->length;
}

static void hook_special(struct qemu_plugin_insn *insn)
{
	unsigned int write, next;
	struct decoded d;

	if (!decode(insn, &d))
		return;
	next = d.at + 1 < d.length ? d.code[d.at + 1] : 0;
	switch (d.code[d.at]) {
	case IN_EAX_DX:
		hook_port(insn, PORT_IN_DX, true);
		break;
	case 0xec:		/* in, out with dx */
	case 0xee ... 0xef:
		write = d.code[d.at] >= 0xee ? PORT_WRITE : 0;
		hook_port(insn, PORT_IN_DX | write, false);
		break;
	case 0x6c ... 0x6f:	/* ins, outs */
		write = d.code[d.at] >= 0x6e ? PORT_WRITE : 0;
		hook_port(insn, PORT_IN_DX | write, false);
		break;
	case 0xe4 ... 0xe7:	/* in, out with the port in the instruction */
		write = d.code[d.at] >= 0xe6 ? PORT_WRITE : 0;
		hook_port(insn, next | write, false);
		break;
	case 0x0f:		/* wrmsr, rdmsr */
		if (next == 0x30 || next == 0x32)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_msr, QEMU_PLUGIN_CB_R_REGS,
							       next == 0x30 ? insn : NULL);
		break;
	}
}

/*
 * Each instruction adds for itself.  Adding up a block at its start would be
 * cheaper and wrong: an access to a device in the middle of a block makes QEMU
 * run the rest of it again from a new translation.
 */
static void on_translation(struct qemu_plugin_tb *tb, void *unused)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)unused;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
			insn, QEMU_PLUGIN_INLINE_ADD_U64,
			code_counter(qemu_plugin_insn_vaddr(insn)), 1);
		qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
		hook_special(insn);
	}
}

/* Before `count`. */
static void on_translation_idle(struct qemu_plugin_tb *tb, void *unused)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct decoded d;

	(void)unused;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (decode(insn, &d) && d.code[d.at] == IN_EAX_DX)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_in_eax_dx_idle,
							       QEMU_PLUGIN_CB_R_REGS, NULL);
	}
}

static void on_reset(void *unused)
{
	(void)unused;
	qemu_plugin_register_vcpu_idle_cb(plugin_id, on_idle, NULL);
	qemu_plugin_register_vcpu_discon_cb(plugin_id, QEMU_PLUGIN_DISCON_INTERRUPT |
					    QEMU_PLUGIN_DISCON_EXCEPTION, on_discontinuity, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_translation, NULL);
	counting = true;
}

static void on_vcpu(unsigned int vcpu, void *unused)
{
	GArray *known = qemu_plugin_get_registers();
	qemu_plugin_reg_descriptor *reg = (qemu_plugin_reg_descriptor *)known->data;
	unsigned int i, r;

	(void)unused;
	if (vcpu >= VCPUS_MAX) {
		fprintf(stderr, "vmcount: more than %d vCPUs\n", VCPUS_MAX);
		exit(1);
	}
	vcpus[vcpu].buffer = g_byte_array_new();
	for (i = 0; i < known->len; i++)
		for (r = 0; r < REGS; r++)
			if (!strcmp(reg[i].name, reg_names[r]))
				vcpus[vcpu].regs[r] = reg[i].handle;
	for (r = 0; r < REGS; r++) {
		if (!vcpus[vcpu].regs[r]) {
			fprintf(stderr, "vmcount: QEMU does not offer %s\n", reg_names[r]);
			exit(1);
		}
	}
}

static bool parse_options(int argc, char **argv)
{
	unsigned long granule = 4096;
	const char *out = NULL;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4)) {
			out = argv[i] + 4;
		} else if (!strncmp(argv[i], "granule=", 8)) {
			granule = strtoul(argv[i] + 8, NULL, 10);
		} else {
			fprintf(stderr, "vmcount: unknown option %s\n", argv[i]);
			return false;
		}
	}
	if (!out || !granule || granule > 4096 || granule & (granule - 1)) {
		fputs("vmcount: out=FILE is needed; granule= takes a power of two up to 4096\n",
		      stderr);
		return false;
	}
	code_init(granule);
	events_init();
	return interval_open_output(out);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		fputs("vmcount: for qemu-system-x86_64 only\n", stderr);
		return -1;
	}
	if (info->version.min > QEMU_PLUGIN_VERSION || info->version.cur < QEMU_PLUGIN_VERSION) {
		fprintf(stderr, "vmcount: needs plugin interface %d, QEMU has %d to %d\n",
			QEMU_PLUGIN_VERSION, info->version.min, info->version.cur);
		return -1;
	}
	if (!parse_options(argc, argv))
		return -1;
	plugin_id = id;
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation_idle, NULL);
	return 0;
}
