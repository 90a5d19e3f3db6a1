// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * One call of the hypervisor: backdoor.h.
 *
 * A processor that is not VMware's refuses `in` to a program. The guard knows such a
 * refusal by the address of the very instruction and by what is in its registers, and
 * goes on behind it; every other fault gets back the disposition that it had, and
 * then strikes again.
 */
#define _GNU_SOURCE
#include "backdoor.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <ucontext.h>
#include <unistd.h>

#include "detect.h"

#if !defined(__x86_64__)
#error "only x86-64 has been written and tested"
#endif

void backdoor_in(struct backdoor_regs *regs);
void backdoor_hb_out(struct backdoor_regs *regs);
void backdoor_hb_in(struct backdoor_regs *regs);

extern const char backdoor_in_insn[], backdoor_in_next[];
extern const char backdoor_hb_out_insn[], backdoor_hb_out_next[];
extern const char backdoor_hb_in_insn[], backdoor_hb_in_next[];

static const int guarded[] = { SIGSEGV, SIGILL, SIGBUS };
#define GUARDED (sizeof(guarded) / sizeof(guarded[0]))
static struct sigaction before[GUARDED];
static bool is_guarded;
static volatile sig_atomic_t refused;

static const char *behind(const char *at)
{
	if (at == backdoor_in_insn)
		return backdoor_in_next;
	if (at == backdoor_hb_out_insn)
		return backdoor_hb_out_next;
	if (at == backdoor_hb_in_insn)
		return backdoor_hb_in_next;
	return NULL;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint16_t port = regs[REG_RDX];
	/* A register's value, compared with addresses of our own instructions. */
	const char *next = behind((const char *)regs[REG_RIP]);

	if (info->si_code > 0 && next && (uint32_t)regs[REG_RAX] == BACKDOOR_MAGIC &&
	    (port == BACKDOOR_PORT_LB || port == BACKDOOR_PORT_HB)) {
		refused = 1;
		regs[REG_RIP] = (greg_t)next;
		regs[REG_RAX] = BACKDOOR_UNKNOWN;
		/* Status is in the high half of one of these: none. */
		regs[REG_RBX] = 0;
		regs[REG_RCX] = 0;
		return;
	}
	for (size_t i = 0; i < GUARDED; i++) {
		if (guarded[i] == number)
			sigaction(number, &before[i], NULL);
	}
	/* A fault comes again by itself; what was sent has to be sent again. */
	if (info->si_code <= 0)
		raise(number);
}

void backdoor_guard(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	if (is_guarded)
		return;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < GUARDED; i++)
		sigaction(guarded[i], &action, &before[i]);
	is_guarded = true;
	refused = 0;
}

void backdoor_unguard(void)
{
	if (!is_guarded)
		return;
	for (size_t i = 0; i < GUARDED; i++)
		sigaction(guarded[i], &before[i], NULL);
	is_guarded = false;
}

bool backdoor_refused(void)
{
	return refused;
}

void backdoor_call(struct backdoor_regs *regs)
{
	regs->ax = BACKDOOR_MAGIC;
	regs->dx = (regs->dx & 0xffff0000u) | BACKDOOR_PORT_LB;
	backdoor_in(regs);
}

/* A page that is absent would cost the host's transfer and another try. */
static void touch(const struct backdoor_hb *hb)
{
	const size_t page = 4096;
	volatile char *at = hb->data;

	for (size_t i = 0; i < hb->len; i += page - ((uintptr_t)(at + i) & (page - 1))) {
		if (hb->out)
			(void)at[i];
		else
			at[i] = 0;
	}
}

uint16_t backdoor_transfer(const struct backdoor_hb *hb)
{
	struct backdoor_regs regs = {
		.ax = BACKDOOR_MAGIC,
		.bx = (uint32_t)BACKDOOR_STATUS_SUCCESS << 16 | BACKDOOR_HB_MESSAGE,
		.cx = hb->len,
		.dx = (uint32_t)hb->channel << 16 | BACKDOOR_PORT_HB,
	};

	touch(hb);
	/* The cookies change places with the direction. */
	if (hb->out) {
		regs.si = (uintptr_t)hb->data;
		regs.di = hb->cookie_low;
		regs.bp = hb->cookie_high;
		backdoor_hb_out(&regs);
	} else {
		regs.si = hb->cookie_high;
		regs.di = (uintptr_t)hb->data;
		regs.bp = hb->cookie_low;
		backdoor_hb_in(&regs);
	}
	/* Whoever did not trap it has not changed ebx either. */
	return refused ? 0 : (uint32_t)regs.bx >> 16;
}

bool backdoor_has_hb(void)
{
	static enum { UNKNOWN, YES, NO } answer;
	/* The flags of the first processor are within the first pages of the file. */
	char text[8192];
	ssize_t len;
	int fd;

	if (answer != UNKNOWN)
		return answer == YES;
	answer = YES;
	fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	len = read(fd, text, sizeof(text));
	close(fd);
	if (detect_encrypted(str_of(text, len > 0 ? len : 0)))
		answer = NO;
	return answer == YES;
}
