// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Makes the backdoor calls that it reads from standard input, and answers each line
 * with one line: the registers afterwards, or the signal that it cost. Which calls, and
 * what is right, is said by ../calls.py and the tests; here is how an instruction of any
 * form, in 64- or 32-bit code, at any address, meets any memory.
 *
 *	call FORM [32] [ax=.. bx=.. cx=.. dx=.. si=.. di=.. bp=.. flags=..]
 *	code ADDRESS			where the instruction of later calls stands
 *	map ADDRESS PAGES PROTECTION	fresh memory; PROTECTION of r, w, x or -
 *	share ADDRESS ADDRESS		one fresh page that may be executed, at both
 *	unmap ADDRESS PAGES
 *	protect ADDRESS PAGES PROTECTION
 *	fill ADDRESS LENGTH SEED	bytes that tell where they belong
 *	check ADDRESS LENGTH SEED	whether they are there
 *	poke ADDRESS HEX
 *	peek ADDRESS LENGTH
 *	channel DX SI DI		of an open channel, as OPEN has returned them
 *	send ADDRESS LENGTH		a message in pieces of four bytes
 *	recv ADDRESS ROOM		the same, the other way
 *	flags COUNT			how many comparisons are forgotten by a call
 *	trap FORM			steps through a call
 *	spin COUNT THREADS		how many of so many GETVERSION go wrong
 *	cpuid LEAF
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmw/backdoor_dev.h"

#define PAGE 4096ul
#define MAX_WORDS 16
#define MAX_THREADS 16
#define REGS 8
#define FIXED_FLAG 0x2ul
#define TRAP_FLAG 0x100ul

/* In the order in which the assembler below finds them. */
struct regs {
	uint64_t ax, bx, cx, dx, si, di, bp, flags;
};

/* Not on a stack, and below 4 GiB, for code that has no other registers. */
struct regs now;
uint64_t snippet;
uint64_t saved_sp;
uint8_t low_stack[65536] __attribute__((aligned(16)));

void call64(void);
void call32(void);

/*
 * Both load all registers, call the snippet, which is one instruction and a return, and
 * store all registers. The second goes through the segment for 32-bit programs.
 */
asm(".text\n"
    ".globl call64\n"
    "call64:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov now+8, %rbx; mov now+16, %rcx; mov now+24, %rdx\n"
    "	mov now+32, %rsi; mov now+40, %rdi; mov now+48, %rbp\n"
    "	pushq now+56; popfq\n"
    "	mov now, %rax\n"
    "	call *snippet\n"
    "	pushfq; popq now+56; cld\n"
    "	mov %rax, now; mov %rbx, now+8; mov %rcx, now+16; mov %rdx, now+24\n"
    "	mov %rsi, now+32; mov %rdi, now+40; mov %rbp, now+48\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    ".globl call32\n"
    "call32:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es\n"
    "	mov %rsp, saved_sp\n"
    "	mov $low_stack + 65536, %esp\n"
    "	ljmpl *into32\n"
    ".code32\n"
    "code32:\n"
    "	mov now+8, %ebx; mov now+16, %ecx; mov now+24, %edx\n"
    "	mov now+32, %esi; mov now+40, %edi; mov now+48, %ebp\n"
    "	pushl now+56; popfl\n"
    "	mov now, %eax\n"
    "	call *snippet\n"
    "	pushfl; popl now+56; cld\n"
    "	mov %eax, now; mov %ebx, now+8; mov %ecx, now+16; mov %edx, now+24\n"
    "	mov %esi, now+32; mov %edi, now+40; mov %ebp, now+48\n"
    "	ljmpl *into64\n"
    ".code64\n"
    "code64:\n"
    "	mov saved_sp, %rsp\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    ".data\n"
    "into32: .long code32; .word 0x23\n"
    "into64: .long code64; .word 0x33\n"
    ".text\n");

static const struct form {
	const char *name;
	uint8_t len;
	uint8_t bytes[4];
} forms[] = {
	{ "in", 1, { 0xed } },
	{ "in16", 2, { 0x66, 0xed } },
	{ "in8", 1, { 0xec } },
	{ "out", 1, { 0xef } },
	{ "insb", 2, { 0xf3, 0x6c } },
	{ "outsb", 2, { 0xf3, 0x6e } },
	{ "one-insb", 1, { 0x6c } },
	{ "one-outsb", 1, { 0x6e } },
	{ "insd", 2, { 0xf3, 0x6d } },
	{ "outsd", 2, { 0xf3, 0x6f } },
	{ "vmcall", 3, { 0x0f, 0x01, 0xc1 } },
	{ "vmmcall", 3, { 0x0f, 0x01, 0xd9 } },
};

static uint64_t code;
static struct { uint64_t dx, si, di; } channel;
static sigjmp_buf escape;
static volatile sig_atomic_t guarded;
static unsigned int steps;

static void on_signal(int number)
{
	if (number == SIGTRAP) {
		steps++;
		return;
	}
	if (!guarded)
		_exit(128 + number);
	siglongjmp(escape, number);
}

static void die(const char *what, const char *which)
{
	printf("%s: %s\n", what, which);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		die("no number", text);
	return value;
}

static void *address(const char *text)
{
	return (void *)(uintptr_t)number(text);
}

static int protection(const char *text)
{
	int bits = 0;

	for (; *text; text++)
		bits |= *text == 'r' ? PROT_READ : *text == 'w' ? PROT_WRITE :
			*text == 'x' ? PROT_EXEC : 0;
	return bits;
}

static void say(int failed)
{
	printf("%s\n", failed ? strerror(errno) : "done");
}

static void place(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (strcmp(forms[i].name, name))
			continue;
		memcpy((void *)(uintptr_t)code, forms[i].bytes, forms[i].len);
		*(uint8_t *)(uintptr_t)(code + forms[i].len) = 0xc3;
		snippet = code;
		return;
	}
	die("no such form", name);
}

static int make(int narrow)
{
	int struck = sigsetjmp(escape, 1);

	if (!struck) {
		guarded = 1;
		(narrow ? call32 : call64)();
	}
	guarded = 0;
	return struck;
}

static void do_call(char **words)
{
	static const char *const names[] = { "ax", "bx", "cx", "dx", "si", "di", "bp", "flags" };
	uint64_t *values = &now.ax;
	int narrow = 0, struck;

	now = (struct regs){ .flags = FIXED_FLAG };
	place(*words);
	while (*++words) {
		char *name = strsep(words, "=");
		unsigned int which = 0;

		if (!strcmp(name, "32")) {
			narrow = 1;
			continue;
		}
		while (which < REGS && strcmp(names[which], name))
			which++;
		if (which == REGS || !*words)
			die("no register", name);
		values[which] = number(*words);
	}
	struck = make(narrow);
	if (struck) {
		printf("signal=%d\n", struck);
		return;
	}
	for (unsigned int i = 0; i < REGS; i++)
		printf("%s=%#lx%c", names[i], values[i], i < REGS - 1 ? ' ' : '\n');
}

static void do_code(char **w)
{
	code = number(w[0]);
	say(0);
}

static void do_map(char **w)
{
	say(mmap(address(w[0]), number(w[1]) * PAGE, protection(w[2]),
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
}

static void do_share(char **w)
{
	const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
	int fd = memfd_create("code", 0);

	say(fd < 0 || ftruncate(fd, PAGE) ||
	    mmap(address(w[0]), PAGE, rwx, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(address(w[1]), PAGE, rwx, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED);
}

static void do_unmap(char **w)
{
	say(munmap(address(w[0]), number(w[1]) * PAGE));
}

static void do_protect(char **w)
{
	say(mprotect(address(w[0]), number(w[1]) * PAGE, protection(w[2])));
}

static uint8_t pattern(size_t at, unsigned int seed)
{
	uint32_t mixed = (uint32_t)at * 2654435761u + seed * 40503u;

	return mixed >> 16 ^ mixed >> 5;
}

static void do_fill(char **w)
{
	uint8_t *to = address(w[0]);
	size_t len = number(w[1]);
	unsigned int seed = number(w[2]);

	for (size_t at = 0; at < len; at++)
		to[at] = pattern(at, seed);
	say(0);
}

static void do_check(char **w)
{
	const uint8_t *data = address(w[0]);
	size_t len = number(w[1]);
	unsigned int seed = number(w[2]);

	for (size_t at = 0; at < len; at++) {
		if (data[at] != pattern(at, seed)) {
			printf("differs at %zu\n", at);
			return;
		}
	}
	say(0);
}

static void do_poke(char **w)
{
	uint8_t *to = address(w[0]);
	unsigned int byte;

	for (const char *hex = w[1]; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		*to++ = byte;
	say(0);
}

static void do_peek(char **w)
{
	const uint8_t *from = address(w[0]);
	size_t len = number(w[1]);

	for (size_t at = 0; at < len; at++)
		printf("%02x", from[at]);
	printf("\n");
}

static void do_channel(char **w)
{
	channel.dx = number(w[0]);
	channel.si = number(w[1]);
	channel.di = number(w[2]);
	say(0);
}

/* One request of the open channel; the status. */
static unsigned int message(unsigned int type, uint64_t bx)
{
	place("in");
	now = (struct regs){
		.ax = BACKDOOR_MAGIC, .bx = bx, .cx = BACKDOOR_CMD_MESSAGE | type << 16,
		.dx = channel.dx | BACKDOOR_PORT_LB, .si = channel.si, .di = channel.di, .flags = FIXED_FLAG,
	};
	if (make(0))
		return 0;
	return now.cx >> 16;
}

static void do_send(char **w)
{
	const uint8_t *data = address(w[0]);
	size_t len = number(w[1]);
	unsigned int status = message(1, len);

	for (size_t at = 0; (status & 1) && at < len; at += 4) {
		uint32_t piece = 0;

		memcpy(&piece, data + at, len - at < 4 ? len - at : 4);
		status = message(2, piece);
	}
	printf("status=%#x\n", status);
}

static void do_recv(char **w)
{
	uint8_t *data = address(w[0]);
	size_t room = number(w[1]);
	unsigned int status = message(3, 0);
	size_t len = now.bx;

	if ((status & 3) != 3 || len > room) {
		printf("status=%#x len=%zu\n", status, (status & 3) == 3 ? len : 0);
		return;
	}
	for (size_t at = 0; (status & 1) && at < len; at += 4) {
		uint32_t piece;

		status = message(4, 1);
		piece = now.bx;
		memcpy(data + at, &piece, len - at < 4 ? len - at : 4);
	}
	if (status & 1)
		status = message(5, 1);
	printf("status=%#x len=%zu\n", status, len);
}

/* What a comparison has left to be computed must not be lost in a call. */
static void do_flags(char **w)
{
	const uint64_t arithmetic = 0x8d5;
	unsigned int wrong = 0, seed = 1, count = number(w[0]);

	for (unsigned int i = 0; i < count; i++) {
		uint32_t x = rand_r(&seed) * 3u, y = i % 8 ? rand_r(&seed) * 3u : x;
		uint64_t before, after, ax = BACKDOOR_MAGIC, bx = 0, cx = BACKDOOR_CMD_GETVERSION;
		uint64_t dx = BACKDOOR_PORT_LB;

		asm volatile("lea -128(%%rsp), %%rsp; cmp %2, %1; pushfq; popq %0; lea 128(%%rsp), %%rsp"
			     : "=&r"(before) : "r"(x), "r"(y) : "cc", "memory");
		asm volatile("lea -128(%%rsp), %%rsp; cmp %6, %5; inl %%dx, %%eax; pushfq; popq %4;"
			     "lea 128(%%rsp), %%rsp"
			     : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx), "=&r"(after)
			     : "r"(x), "r"(y) : "cc", "memory", "rsi", "rdi");
		wrong += ((before ^ after) & arithmetic) != 0 || bx != BACKDOOR_MAGIC;
	}
	printf("wrong=%u\n", wrong);
}

static void do_trap(char **w)
{
	place(w[0]);
	now = (struct regs){
		.ax = BACKDOOR_MAGIC, .cx = BACKDOOR_CMD_GETVERSION, .dx = BACKDOOR_PORT_LB,
		.flags = FIXED_FLAG | TRAP_FLAG,
	};
	steps = 0;
	if (make(0))
		printf("signal\n");
	else
		printf("stepped=%d bx=%#lx\n", steps > 0, now.bx);
}

static void *spin(void *count)
{
	uintptr_t wrong = 0;

	for (uintptr_t i = 0; i < (uintptr_t)count; i++) {
		uint64_t ax = BACKDOOR_MAGIC, bx = i, cx = BACKDOOR_CMD_GETVERSION;
		uint64_t dx = BACKDOOR_PORT_LB;

		asm volatile("inl %%dx, %%eax"
			     : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx) : : "memory", "rsi", "rdi");
		wrong += ax != BACKDOOR_VERSION || bx != BACKDOOR_MAGIC;
	}
	return (void *)wrong;
}

static void do_spin(char **w)
{
	unsigned int threads = number(w[1]);
	uintptr_t count = number(w[0]), wrong = 0;
	pthread_t others[MAX_THREADS];
	void *result;

	if (threads > MAX_THREADS)
		die("too many", w[1]);
	for (unsigned int i = 0; i < threads; i++)
		if (pthread_create(&others[i], NULL, spin, (void *)count))
			die("no thread", w[1]);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(others[i], &result);
		wrong += (uintptr_t)result;
	}
	printf("wrong=%lu\n", wrong);
}

static void do_cpuid(char **w)
{
	unsigned int a, b, c, d;

	__cpuid_count(number(w[0]), 0, a, b, c, d);
	printf("ax=%#x bx=%#x cx=%#x dx=%#x\n", a, b, c, d);
}

static const struct command {
	const char *name;
	int words;		/* behind the name, at least */
	void (*perform)(char **words);
} commands[] = {
	{ "call", 1, do_call },
	{ "code", 1, do_code },
	{ "map", 3, do_map },
	{ "share", 2, do_share },
	{ "unmap", 2, do_unmap },
	{ "protect", 3, do_protect },
	{ "fill", 3, do_fill },
	{ "check", 3, do_check },
	{ "poke", 2, do_poke },
	{ "peek", 2, do_peek },
	{ "channel", 3, do_channel },
	{ "send", 2, do_send },
	{ "recv", 2, do_recv },
	{ "flags", 1, do_flags },
	{ "trap", 1, do_trap },
	{ "spin", 2, do_spin },
	{ "cpuid", 1, do_cpuid },
};

static void perform(int count, char **words)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, words[0]) || count <= commands[i].words)
			continue;
		commands[i].perform(words + 1);
		return;
	}
	die("no such command", words[0]);
}

int main(void)
{
	static const int caught[] = { SIGSEGV, SIGILL, SIGBUS, SIGTRAP };
	struct sigaction action = { .sa_handler = on_signal };
	static char line[262144];

	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaction(caught[i], &action, NULL);
	code = (uintptr_t)mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	while (fgets(line, sizeof(line), stdin)) {
		char *words[MAX_WORDS + 1] = { NULL }, *rest = NULL;
		int count = 0;

		for (char *w = strtok_r(line, " \n", &rest); w && count < MAX_WORDS;
		     w = strtok_r(NULL, " \n", &rest))
			words[count++] = w;
		if (count)
			perform(count, words);
		fflush(stdout);
	}
	return 0;
}
