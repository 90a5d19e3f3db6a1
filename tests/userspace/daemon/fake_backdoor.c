// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The hypervisor's instructions, answered by an emulated host in the same process.
 */
#include <string.h>

#include "backdoor.h"
#include "fake_backdoor.h"
#include "vmhost/vmhost.h"

struct vmhost *fake_host;

static bool read_memory(struct vh_guest *guest, uint64_t va, void *to, size_t size)
{
	(void)guest;
	memcpy(to, (const void *)(uintptr_t)va, size);
	return true;
}

static bool write_memory(struct vh_guest *guest, uint64_t va, const void *from, size_t size)
{
	(void)guest;
	memcpy((void *)(uintptr_t)va, from, size);
	return true;
}

static bool no_read(struct vh_guest *guest, uint64_t pa, void *to, size_t size)
{
	(void)guest;
	(void)pa;
	(void)to;
	(void)size;
	return false;
}

static bool no_write(struct vh_guest *guest, uint64_t pa, const void *from, size_t size)
{
	return no_read(guest, pa, (void *)(uintptr_t)from, size);
}

static bool call(enum vh_entry entry, struct vh_regs *regs)
{
	struct vh_guest guest = {
		.cpl = 3, .wide = true, .read = read_memory, .write = write_memory,
		.read_phys = no_read, .write_phys = no_write,
	};

	return fake_host && vh_call(fake_host, &guest, entry, regs);
}

void backdoor_call(struct backdoor_regs *regs)
{
	struct vh_regs vh = {
		BACKDOOR_MAGIC, regs->bx, regs->cx, (regs->dx & ~0xffffull) | BACKDOOR_PORT_LB,
		regs->si, regs->di, regs->bp,
	};

	if (!call(VH_PORT, &vh)) {
		regs->ax = BACKDOOR_UNKNOWN;
		regs->cx = 0;
		return;
	}
	*regs = (struct backdoor_regs){ vh.ax, vh.bx, vh.cx, vh.dx, vh.si, vh.di, vh.bp };
}

uint16_t backdoor_transfer(const struct backdoor_hb *hb)
{
	uint64_t data = (uintptr_t)hb->data;
	struct vh_regs vh = {
		.ax = BACKDOOR_MAGIC, .bx = 0x00010000 | BACKDOOR_HB_MESSAGE, .cx = hb->len,
		.dx = (uint64_t)hb->channel << 16 | BACKDOOR_PORT_HB,
		.si = hb->out ? data : hb->cookie_high,
		.di = hb->out ? hb->cookie_low : data,
		.bp = hb->out ? hb->cookie_high : hb->cookie_low,
	};

	if (!call(hb->out ? VH_PORT_OUT : VH_PORT_IN, &vh))
		return 0;
	return (uint16_t)(vh.bx >> 16);
}

bool backdoor_has_hb(void)
{
	return true;
}

void backdoor_guard(void)
{
}

void backdoor_unguard(void)
{
}

bool backdoor_refused(void)
{
	return false;
}

void backdoor_cpuid(uint32_t leaf, uint32_t regs[4])
{
	(void)leaf;
	memset(regs, 0, 4 * sizeof(*regs));
}
