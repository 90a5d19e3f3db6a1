// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the guard of the backdoor does to faults that are not the backdoor's: test_guard.py.
 *
 *     guard call      calls the hypervisor; says "refused" or what it answered
 *     guard null      reads at address 0, guarded
 *     guard sent      sends itself SIGSEGV, guarded
 *     guard port      executes the instruction elsewhere, guarded
 *     guard own       reads at address 0, guarded, with a handler of its own for that
 *     guard restored  the same behind the guard
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backdoor.h"

static void own_handler(int number)
{
	static const char text[] = "own handler\n";
	ssize_t n = write(STDOUT_FILENO, text, sizeof(text) - 1);

	(void)n;
	_exit(number == SIGSEGV ? 3 : 4);
}

static void call(void)
{
	struct backdoor_regs regs = { .cx = BACKDOOR_CMD_GETVERSION };

	backdoor_call(&regs);
	printf("%s\n", backdoor_refused() ? "refused" : "answered");
	fflush(stdout);
}

static void elsewhere(void)
{
	unsigned int ax = BACKDOOR_MAGIC;

	__asm__ volatile("inl %%dx, %%eax" : "+a"(ax) : "d"(0x1234));
}

int main(int argc, char *argv[])
{
	const char *what = argc == 2 ? argv[1] : "";
	int *volatile nowhere = NULL;

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	if (!strcmp(what, "own") || !strcmp(what, "restored"))
		signal(SIGSEGV, own_handler);
	backdoor_guard();
	call();
	if (!strcmp(what, "null") || !strcmp(what, "own"))
		return *nowhere;
	if (!strcmp(what, "sent"))
		raise(SIGSEGV);
	if (!strcmp(what, "port"))
		elsewhere();
	backdoor_unguard();
	if (!strcmp(what, "restored"))
		return *nowhere;
	return 0;
}
