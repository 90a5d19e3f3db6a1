// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * start PROGRAM [ARGUMENT ...]: tells the emulated host that it is time, by a call that the
 * host makes an event of and nothing else makes here, and becomes the program.
 */
#include <unistd.h>

#include <vmw/backdoor_dev.h>

int main(int argc, char *argv[])
{
	unsigned int eax = BACKDOOR_MAGIC, ebx = 0, ecx = BACKDOOR_CMD_STOPCATCHUP;

	if (argc < 2)
		return 2;
	asm volatile("inl %%dx, %%eax" : "+a"(eax), "+b"(ebx), "+c"(ecx) : "d"(BACKDOOR_PORT_LB)
		     : "esi", "edi", "memory");
	execv(argv[1], argv + 1);
	return 127;
}
