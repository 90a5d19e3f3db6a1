// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The backdoor without its instruction: the emulated host is called as a function, in
 * the place of userspace/common/backdoor.c. Each test has a process of its own, and with
 * it a host of its own.
 */
#include "unit.h"

#include "backdoor.h"
#include "host.h"

bool fake_memory_is_encrypted;

static struct vmhost *host;
static bool refused;

static bool guest_read(struct vh_guest *guest, uint64_t va, void *to, size_t size)
{
	(void)guest;
	memcpy(to, (void *)(uintptr_t)va, size);
	return true;
}

static bool guest_write(struct vh_guest *guest, uint64_t va, const void *from, size_t size)
{
	(void)guest;
	memcpy((void *)(uintptr_t)va, from, size);
	return true;
}

static void no_interrupt(struct vh_guest *guest, uint64_t address, uint32_t data)
{
	(void)guest;
	(void)address;
	(void)data;
}

void fake_host_options(int count, const char *const options[])
{
	host = vh_new(count, options);
	ck_assert_ptr_nonnull(host);
}

struct vmhost *fake_host(void)
{
	if (!host)
		fake_host_options(0, NULL);
	return host;
}

static void ask(const char *name, unsigned int after, unsigned int times, const uint64_t *arg)
{
	struct vmhost *of = fake_host();
	const char *error;

	vh_lock(of);
	of->faults.count = 0;
	error = times ? vh_fault_ask(of, name, after, times, arg) : NULL;
	vh_unlock(of);
	ck_assert_msg(!error, "%s: %s", name, error);
}

void fake_fault(const char *name, unsigned int after, unsigned int times)
{
	ask(name, after, times, NULL);
}

void fake_fault_arg(const char *name, uint64_t arg)
{
	ask(name, 0, 1, &arg);
}

static void call(enum vh_entry entry, struct backdoor_regs *regs)
{
	struct vh_guest guest = {
		.cpl = 3, .wide = true,
		.read = guest_read, .write = guest_write,
		.read_phys = guest_read, .write_phys = guest_write,
		.interrupt = no_interrupt,
	};
	struct vh_regs of = { regs->ax, regs->bx, regs->cx, regs->dx, regs->si, regs->di,
			      regs->bp };

	refused |= !vh_call(fake_host(), &guest, entry, &of);
	*regs = (struct backdoor_regs){ of.ax, of.bx, of.cx, of.dx, of.si, of.di, of.bp };
}

void backdoor_call(struct backdoor_regs *regs)
{
	regs->ax = BACKDOOR_MAGIC;
	regs->dx = (regs->dx & 0xffff0000u) | BACKDOOR_PORT_LB;
	call(VH_PORT, regs);
}

uint16_t backdoor_transfer(const struct backdoor_hb *hb)
{
	struct backdoor_regs regs = {
		.ax = BACKDOOR_MAGIC,
		.bx = (uint32_t)BACKDOOR_STATUS_SUCCESS << 16 | BACKDOOR_HB_MESSAGE,
		.cx = hb->len,
		.dx = (uint32_t)hb->channel << 16 | BACKDOOR_PORT_HB,
		.si = hb->out ? (uintptr_t)hb->data : hb->cookie_high,
		.di = hb->out ? hb->cookie_low : (uintptr_t)hb->data,
		.bp = hb->out ? hb->cookie_high : hb->cookie_low,
	};

	ck_assert(!fake_memory_is_encrypted);
	call(hb->out ? VH_PORT_OUT : VH_PORT_IN, &regs);
	return (uint32_t)regs.bx >> 16;
}

bool backdoor_has_hb(void)
{
	return !fake_memory_is_encrypted;
}

void backdoor_guard(void)
{
	refused = false;
}

void backdoor_unguard(void)
{
}

bool backdoor_refused(void)
{
	return refused;
}

void backdoor_cpuid(uint32_t leaf, uint32_t regs[4])
{
	(void)leaf;
	memset(regs, 0, 4 * sizeof(regs[0]));
}
