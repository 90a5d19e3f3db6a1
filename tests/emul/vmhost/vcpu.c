// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A vCPU of QEMU's. Two things that this needs are no part of the plugin interface
 * and are looked up in the program by name: to bring lazily computed flags and the
 * program counter up to date before an instruction is skipped, and to tell RAM from
 * the registers of devices. Nothing of a guest's choice is read or written but RAM.
 */
#include "vcpu.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmw/backdoor_dev.h>

#include "../qemu_plugin.h"
#include "walk.h"

#define CR0_PE		UINT64_C(1)
#define EFLAGS_IOPL	12
#define EFLAGS_VM	(UINT64_C(1) << 17)
#define EFLAGS_AC	(UINT64_C(1) << 18)
#define EFER_LMA	(UINT64_C(1) << 10)
#define PAGE		4096u

static const char *const names[VCPU_REGS] = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp",
	"rip", "eflags", "cs", "cr0", "cr3", "cr4", "efer",
};

static struct vcpu {
	struct vh_guest guest;
	struct qemu_plugin_register *reg[VCPU_REGS];
	GByteArray *register_bytes, *memory_bytes;
	struct vh_paging paging;
} vcpus[VCPUS_MAX];

/* QEMU's own. */
static struct {
	bool (*cpu_restore_state)(void *cpu, uintptr_t host_pc);
	void *(*qemu_get_cpu)(int index);
	bool (*address_space_is_io)(void *space, uint64_t address);
	void *address_space_memory;
} qemu;

static bool find(const char *name, void *to)
{
	void *symbol = dlsym(RTLD_DEFAULT, name);

	if (!symbol)
		fprintf(stderr, "vmhost: this QEMU has no symbol %s; use the version that the lab fetches\n",
			name);
	memcpy(to, &symbol, sizeof(symbol));
	return symbol;
}

bool vcpu_find_symbols(void)
{
	return find("cpu_restore_state", &qemu.cpu_restore_state) &&
	       find("qemu_get_cpu", &qemu.qemu_get_cpu) &&
	       find("address_space_is_io", &qemu.address_space_is_io) &&
	       find("address_space_memory", &qemu.address_space_memory);
}

/* Registers */

uint64_t vcpu_read(struct vcpu *vcpu, enum vcpu_reg reg)
{
	GByteArray *bytes = vcpu->register_bytes;
	uint64_t value = 0;

	/* Reading appends. */
	g_byte_array_set_size(bytes, 0);
	if (qemu_plugin_read_register(vcpu->reg[reg], bytes))
		memcpy(&value, bytes->data, bytes->len < 8 ? bytes->len : 8);
	return value;
}

static void write_reg(struct vcpu *vcpu, enum vcpu_reg reg, uint64_t value)
{
	g_byte_array_set_size(vcpu->register_bytes, sizeof(value));
	memcpy(vcpu->register_bytes->data, &value, sizeof(value));
	qemu_plugin_write_register(vcpu->reg[reg], vcpu->register_bytes);
}

static uint64_t *field(struct vh_regs *regs, unsigned int reg)
{
	uint64_t *const fields[] = {
		&regs->ax, &regs->bx, &regs->cx, &regs->dx, &regs->si, &regs->di, &regs->bp,
	};

	return fields[reg];
}

void vcpu_get_regs(struct vcpu *vcpu, struct vh_regs *regs)
{
	unsigned int i;

	for (i = VCPU_RAX; i <= VCPU_RBP; i++)
		*field(regs, i) = vcpu_read(vcpu, i);
}

void vcpu_set_regs(struct vcpu *vcpu, const struct vh_regs *before, const struct vh_regs *after)
{
	struct vh_regs was = *before, is = *after;
	unsigned int i;

	for (i = VCPU_RAX; i <= VCPU_RBP; i++)
		if (*field(&was, i) != *field(&is, i))
			write_reg(vcpu, i, *field(&is, i));
}

bool vcpu_is_protected(struct vcpu *vcpu)
{
	return vcpu_read(vcpu, VCPU_CR0) & CR0_PE && !(vcpu_read(vcpu, VCPU_EFLAGS) & EFLAGS_VM);
}

void vcpu_skip(struct vcpu *vcpu, unsigned int size, uintptr_t from)
{
	qemu.cpu_restore_state(qemu.qemu_get_cpu(vcpu->guest.vcpu), from);
	qemu_plugin_set_pc(vcpu_read(vcpu, VCPU_RIP) + size);
}

/* Memory */

static struct vcpu *of(struct vh_guest *guest)
{
	return (struct vcpu *)((char *)guest - offsetof(struct vcpu, guest));
}

static bool is_ram(uint64_t pa, size_t size)
{
	uint64_t page;

	if (!size || pa + size < pa)
		return false;
	for (page = pa / PAGE; page <= (pa + size - 1) / PAGE; page++)
		if (qemu.address_space_is_io(qemu.address_space_memory, page * PAGE))
			return false;
	return true;
}

static bool read_phys(struct vh_guest *guest, uint64_t pa, void *to, size_t size)
{
	GByteArray *bytes = of(guest)->memory_bytes;

	if (!is_ram(pa, size) || qemu_plugin_read_memory_hwaddr(pa, bytes, size))
		return false;
	memcpy(to, bytes->data, size);
	return true;
}

static bool write_phys(struct vh_guest *guest, uint64_t pa, const void *from, size_t size)
{
	GByteArray *bytes = of(guest)->memory_bytes;

	if (!is_ram(pa, size))
		return false;
	g_byte_array_set_size(bytes, size);
	memcpy(bytes->data, from, size);
	return !qemu_plugin_write_memory_hwaddr(pa, bytes);
}

static bool read_table(void *memory, uint64_t pa, void *to, size_t size)
{
	return read_phys(memory, pa, to, size);
}

static size_t rest_of_page(uint64_t address, size_t size)
{
	size_t rest = PAGE - address % PAGE;

	return rest < size ? rest : size;
}

/* Where the pages of a range are; all of it has to be there before any of it is touched. */
static bool translate(struct vcpu *vcpu, uint64_t va, size_t size, bool write,
		      uint64_t pa[BACKDOOR_HB_MAX_PAGES])
{
	size_t done, step, page = 0;

	for (done = 0; done < size; done += step) {
		step = rest_of_page(va + done, size - done);
		if (page == BACKDOOR_HB_MAX_PAGES ||
		    !vh_walk(&vcpu->paging, va + done, write, &pa[page]) ||
		    !is_ram(pa[page], step))
			return false;
		page++;
	}
	return true;
}

static bool read_virt(struct vh_guest *guest, uint64_t va, void *to, size_t size)
{
	uint64_t pa[BACKDOOR_HB_MAX_PAGES];
	size_t done, step, page = 0;

	if (!translate(of(guest), va, size, false, pa))
		return false;
	for (done = 0; done < size; done += step) {
		step = rest_of_page(va + done, size - done);
		if (!read_phys(guest, pa[page++], (char *)to + done, step))
			return false;
	}
	return true;
}

static bool write_virt(struct vh_guest *guest, uint64_t va, const void *from, size_t size)
{
	uint64_t pa[BACKDOOR_HB_MAX_PAGES];
	size_t done, step, page = 0;

	if (!translate(of(guest), va, size, true, pa))
		return false;
	for (done = 0; done < size; done += step) {
		step = rest_of_page(va + done, size - done);
		if (!write_phys(guest, pa[page++], (const char *)from + done, step))
			return false;
	}
	return true;
}

/* An MSI is a write; the address is a test's choice, not the guest's. */
static void interrupt(struct vh_guest *guest, uint64_t address, uint32_t data)
{
	GByteArray *bytes = of(guest)->memory_bytes;

	g_byte_array_set_size(bytes, sizeof(data));
	memcpy(bytes->data, &data, sizeof(data));
	qemu_plugin_write_memory_hwaddr(address, bytes);
}

struct vh_guest *vcpu_outside(struct vcpu *vcpu)
{
	return &vcpu->guest;
}

struct vh_guest *vcpu_caller(struct vcpu *vcpu)
{
	uint64_t eflags = vcpu_read(vcpu, VCPU_EFLAGS);
	struct vh_guest *guest = &vcpu->guest;

	guest->cpl = vcpu_read(vcpu, VCPU_CS) & 3;
	guest->iopl = eflags >> EFLAGS_IOPL & 3;
	vcpu->paging = (struct vh_paging){
		.cr0 = vcpu_read(vcpu, VCPU_CR0),
		.cr3 = vcpu_read(vcpu, VCPU_CR3),
		.cr4 = vcpu_read(vcpu, VCPU_CR4),
		.efer = vcpu_read(vcpu, VCPU_EFER),
		.ac = eflags & EFLAGS_AC,
		.user = guest->cpl == 3,
		.read_phys = read_table,
		.memory = guest,
	};
	guest->wide = vcpu->paging.efer & EFER_LMA;
	return guest;
}

struct vcpu *vcpu_get(unsigned int index)
{
	return &vcpus[index];
}

static void give_up(const char *what, const char *name)
{
	fprintf(stderr, "vmhost: %s%s\n", what, name);
	exit(1);
}

void vcpu_init(unsigned int index)
{
	GArray *known = qemu_plugin_get_registers();
	qemu_plugin_reg_descriptor *reg = (qemu_plugin_reg_descriptor *)known->data;
	unsigned int i, r;
	struct vcpu *vcpu;

	if (index >= VCPUS_MAX)
		give_up("too many vCPUs; the most are ", "64");
	vcpu = &vcpus[index];
	for (i = 0; i < known->len; i++)
		for (r = 0; r < VCPU_REGS; r++)
			if (!strcmp(reg[i].name, names[r]))
				vcpu->reg[r] = reg[i].handle;
	for (r = 0; r < VCPU_REGS; r++)
		if (!vcpu->reg[r])
			give_up("this QEMU does not offer the register ", names[r]);
	/* One that was unplugged may come again. */
	if (!vcpu->register_bytes) {
		vcpu->register_bytes = g_byte_array_new();
		vcpu->memory_bytes = g_byte_array_new();
	}
	vcpu->guest = (struct vh_guest){
		.vcpu = index,
		.read = read_virt, .write = write_virt,
		.read_phys = read_phys, .write_phys = write_phys,
		.interrupt = interrupt,
	};
}
