// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Work of known size between markers, run in the guest to check vmcount's figures.
 *
 *	known loop N		N turns of a loop of two instructions, in user space
 *	known bpf LENGTH N	N packets through a socket filter of LENGTH additions,
 *				each one instruction in the kernel's JIT area
 *	known port N		N writes to port 0x80 and N reads from it
 *	known mmio FILE N	N reads of word 0 and 2 N writes of word 1 of a PCI resource
 *	known trap N		N invalid instructions, each an exception
 *	known sleep N		N sleeps of 1 ms, each needing a timer
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "marker.h"

#define POST_PORT	0x80

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void loop(unsigned long n)
{
	vmcount_sendf("begin loop");
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
	vmcount_sendf("end 1");
}

static void bpf(unsigned int length, unsigned long n)
{
	struct sock_filter *code = calloc(length + 1, sizeof(*code));
	struct sock_fprog program = { .len = length + 1, .filter = code };
	int pair[2];
	char byte = 0;
	unsigned int i;

	if (!code)
		fail("calloc");
	for (i = 0; i < length; i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 3);
	code[length] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 1);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		fail("socketpair");
	if (setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		fail("SO_ATTACH_FILTER");
	vmcount_sendf("begin bpf");
	for (; n; n--)
		if (send(pair[0], &byte, 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1)
			fail("send");
	vmcount_sendf("end 1");
}

static void port(unsigned long n)
{
	unsigned long i;

	if (ioperm(POST_PORT, 1, 1))
		fail("ioperm");
	vmcount_sendf("begin port");
	for (i = 0; i < n; i++) {
		outb(0, POST_PORT);
		inb(POST_PORT);
	}
	vmcount_sendf("end %lu", n);
}

static void mmio(const char *path, unsigned long n)
{
	int fd = open(path, O_RDWR | O_SYNC);
	volatile uint32_t *word;
	unsigned long i;

	if (fd < 0)
		fail(path);
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (word == MAP_FAILED)
		fail("mmap");
	vmcount_sendf("begin mmio");
	for (i = 0; i < n; i++) {
		(void)word[0];
		word[1] = 1;
		word[1] = 2;
	}
	vmcount_sendf("end %lu", n);
}

static void skip_ud2(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void trap(unsigned long n)
{
	struct sigaction action = { .sa_sigaction = skip_ud2, .sa_flags = SA_SIGINFO };
	unsigned long i;

	if (sigaction(SIGILL, &action, NULL))
		fail("sigaction");
	vmcount_sendf("begin trap");
	for (i = 0; i < n; i++)
		asm volatile("ud2");
	vmcount_sendf("end %lu", n);
}

static void doze(unsigned long n)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	unsigned long i;

	vmcount_sendf("begin sleep");
	for (i = 0; i < n; i++)
		nanosleep(&millisecond, NULL);
	vmcount_sendf("end %lu", n);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	unsigned long n = argc > 2 ? strtoul(argv[argc - 1], NULL, 10) : 0;

	if (vmcount_open())
		fail("ioperm");
	if (!strcmp(what, "loop"))
		loop(n);
	else if (!strcmp(what, "bpf") && argc == 4)
		bpf(strtoul(argv[2], NULL, 10), n);
	else if (!strcmp(what, "port"))
		port(n);
	else if (!strcmp(what, "mmio") && argc == 4)
		mmio(argv[2], n);
	else if (!strcmp(what, "trap"))
		trap(n);
	else if (!strcmp(what, "sleep"))
		doze(n);
	else
		return 2;
	return 0;
}
