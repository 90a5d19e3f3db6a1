// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The plugin interface, without an emulator behind it. The symbols that are no
 * part of it are for tests to define, or not.
 */
#include "fake_qemu.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct fake_qemu qemu;

struct qemu_plugin_tb {
	int unused;
};

struct qemu_plugin_insn {
	uint64_t va;
	const uint8_t *code;
	size_t size;
};

struct qemu_plugin_register {
	enum fake_reg number;
};

static const char *const names[FAKE_REGS] = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rip", "eflags", "cs", "cr0", "cr3",
	"cr4", "efer", "xmm0",
};
static struct qemu_plugin_register registers[FAKE_REGS];
static qemu_plugin_reg_descriptor descriptors[FAKE_REGS];
static GArray offered;

static qemu_plugin_vcpu_udata_cb_t on_init, on_resume, on_execution;
static qemu_plugin_vcpu_tb_trans_cb_t on_translation;
static qemu_plugin_udata_cb_t on_exit_;
static enum qemu_plugin_cb_flags execution_flags;
static void *execution_data;
static struct qemu_plugin_insn insn;
static jmp_buf skip;

/* GLib */

GByteArray *g_byte_array_new(void)
{
	return calloc(1, sizeof(GByteArray));
}

GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int length)
{
	array->data = realloc(array->data, length ? length : 1);
	array->len = length;
	return array;
}

/* Registration */

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_udata_cb_t cb,
				       void *data)
{
	(void)id, (void)data;
	on_init = cb;
}

void qemu_plugin_register_vcpu_resume_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_udata_cb_t cb,
					 void *data)
{
	(void)id, (void)data;
	on_resume = cb;
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t cb, void *data)
{
	(void)id, (void)data;
	on_exit_ = cb;
}

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb,
					   void *data)
{
	(void)id, (void)data;
	on_translation = cb;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *where,
					    qemu_plugin_vcpu_udata_cb_t cb,
					    enum qemu_plugin_cb_flags flags, void *data)
{
	(void)where;
	on_execution = cb;
	execution_flags = flags;
	execution_data = data;
}

/* Instructions */

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	(void)tb;
	return 1;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index)
{
	(void)tb, (void)index;
	return &insn;
}

size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *from, void *to, size_t len)
{
	if (len > from->size)
		len = from->size;
	memcpy(to, from->code, len);
	return len;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *from)
{
	return from->size;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *from)
{
	return from->va;
}

/* Registers */

GArray *qemu_plugin_get_registers(void)
{
	unsigned int i;

	offered = (GArray){ .data = (char *)descriptors };
	for (i = 0; i < FAKE_REGS; i++) {
		if (qemu.missing && !strcmp(qemu.missing, names[i]))
			continue;
		registers[i].number = i;
		descriptors[offered.len++] = (qemu_plugin_reg_descriptor){
			.handle = &registers[i], .name = names[i],
		};
	}
	return &offered;
}

/* Appends, as the real one does; cs and eflags have 4 bytes. */
bool qemu_plugin_read_register(struct qemu_plugin_register *reg, GByteArray *to)
{
	unsigned int size = reg->number == CS || reg->number == EFLAGS ? 4 : 8, at = to->len;

	g_byte_array_set_size(to, at + size);
	memcpy(to->data + at, &qemu.reg[qemu.vcpu][reg->number], size);
	return true;
}

bool qemu_plugin_write_register(struct qemu_plugin_register *reg, GByteArray *from)
{
	if (from->len != 8 || reg->number == RIP)
		abort();
	memcpy(&qemu.reg[qemu.vcpu][reg->number], from->data, 8);
	qemu.register_writes++;
	return true;
}

void qemu_plugin_set_pc(uint64_t va)
{
	if (execution_flags != QEMU_PLUGIN_CB_RW_REGS_PC || !qemu.restored)
		abort();
	qemu.reg[qemu.vcpu][RIP] = va;
	longjmp(skip, 1);
}

/* Memory */

int qemu_plugin_read_memory_hwaddr(uint64_t addr, GByteArray *data, size_t len)
{
	if (len > FAKE_RAM || addr > FAKE_RAM - len)
		abort();
	g_byte_array_set_size(data, len);
	memcpy(data->data, qemu.ram + addr, len);
	return 0;
}

int qemu_plugin_write_memory_hwaddr(uint64_t addr, GByteArray *data)
{
	qemu.memory_writes++;
	if (data->len > FAKE_RAM || addr > FAKE_RAM - data->len) {
		if (!qemu.expects_io || data->len != 4)
			abort();
		qemu.written_to = addr;
		memcpy(&qemu.written, data->data, 4);
		return 0;
	}
	memcpy(qemu.ram + addr, data->data, data->len);
	return 0;
}

/* What tests do */

int fake_load(int version, const char *target, int argc, char **argv)
{
	qemu_info_t info = {
		.target_name = target, .version = { .min = version, .cur = version },
		.system_emulation = true,
	};
	int status = qemu_plugin_install(1, &info, argc, argv);

	for (qemu.vcpu = 2; !status && qemu.vcpu--;)
		on_init(qemu.vcpu, NULL);
	qemu.vcpu = 0;
	return status;
}

bool fake_translate(uint64_t va, const void *code, size_t size)
{
	struct qemu_plugin_tb tb = { 0 };

	insn = (struct qemu_plugin_insn){ va, code, size };
	on_execution = NULL;
	on_translation(&tb, NULL);
	return on_execution;
}

bool fake_execute(uint64_t va, const void *code, size_t size)
{
	uint64_t *rip = &qemu.reg[qemu.vcpu][RIP];

	qemu.restored = false;
	*rip = va;
	if (fake_translate(va, code, size)) {
		if (setjmp(skip))
			return true;
		on_execution(qemu.vcpu, execution_data);
	}
	*rip = va + size;
	return false;
}

void fake_resume(void)
{
	on_resume(qemu.vcpu, NULL);
}

void fake_exit(void)
{
	on_exit_(NULL);
}
