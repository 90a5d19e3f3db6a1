// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Runs a program, and all that it starts, as if in a guest of the emulated host, with no
 * guest and no QEMU: the programs are the ones that are shipped, unchanged.
 *
 *     vmrun [-o name=value]... [-s signature] [-c file:offset]... [-v none|all|root]
 *           program [argument]...
 *
 * A processor that is nobody's guest refuses `in` to a program, and the kernel makes a
 * SIGSEGV of it. It comes to the tracer first, which has the emulated host answer, puts
 * the registers right, and goes on behind the instruction. CPUID cannot be refused on
 * every processor: -c says where in a file a cpuid instruction is that has to find the
 * hypervisor, or (-s) another one; the tracer puts a breakpoint in its place. -o are the
 * options of the host (tests/emul/vmhost/options.c).
 *
 * With -v all, programs have AF_VSOCK as well, and the host at its other end
 * (vsockhost.c); with -v root, requests over it are granted to root alone.
 *
 * The exit status is the program's, 128 and the number if a signal ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vmw/backdoor_dev.h>

#include "vmhost.h"
#include "vsockhost.h"

#define MAX		256
#define OUR_FAILURE	125
#define INT3		0xcc

/* Why a system call is stopped. */
enum { FOR_CODE = 1, FOR_VSOCK = 2 };

struct place {
	struct stat file;
	unsigned long offset;
};

static struct place places[MAX];
static int place_count;
static const char *signature = BACKDOOR_CPUID_SIGNATURE;
static struct vmhost *host;
static bool has_vsock;

static void die(const char *what)
{
	fprintf(stderr, "vmrun: %s: %s\n", what, strerror(errno));
	exit(OUR_FAILURE);
}

/* The memory of a traced program, its code included. */

static bool poke(pid_t pid, unsigned long at, const void *data, size_t len)
{
	char path[32];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = pwrite(fd, data, len, at);
	close(fd);
	return done == (ssize_t)len;
}

static bool copy(pid_t pid, unsigned long at, void *data, size_t len, bool write)
{
	struct iovec here = { data, len };
	struct iovec there = { (void *)at, len };
	ssize_t done = write ? process_vm_writev(pid, &here, 1, &there, 1, 0) :
		       process_vm_readv(pid, &here, 1, &there, 1, 0);

	return done == (ssize_t)len;
}

/* What the emulated host sees of the caller. */
struct caller {
	struct vh_guest guest;
	pid_t pid;
};

static bool guest_read(struct vh_guest *guest, uint64_t va, void *to, size_t size)
{
	return copy(((struct caller *)guest)->pid, va, to, size, false);
}

static bool guest_write(struct vh_guest *guest, uint64_t va, const void *from, size_t size)
{
	return copy(((struct caller *)guest)->pid, va, (void *)from, size, true);
}

/* A program has no physical memory, and no doorbell. */
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
	return no_read(guest, pa, (void *)from, size);
}

static void no_interrupt(struct vh_guest *guest, uint64_t address, uint32_t data)
{
	(void)guest;
	(void)address;
	(void)data;
}

/* The instruction at rip, if it is one by which the hypervisor is called. */
static size_t decode(pid_t pid, unsigned long rip, enum vh_entry *entry)
{
	uint8_t code[2] = { 0 };

	if (!copy(pid, rip, code, 1, false))
		return 0;
	if (code[0] == 0xed) {		/* in eax, dx */
		*entry = VH_PORT;
		return 1;
	}
	if (code[0] != 0xf3 || !copy(pid, rip, code, 2, false))
		return 0;
	*entry = code[1] == 0x6c ? VH_PORT_IN : VH_PORT_OUT;
	return code[1] == 0x6c || code[1] == 0x6e ? 2 : 0;	/* rep insb, rep outsb */
}

static bool answer_call(pid_t pid)
{
	struct caller caller = {
		.guest = {
			.cpl = 3, .wide = true,
			.read = guest_read, .write = guest_write,
			.read_phys = no_read, .write_phys = no_write,
			.interrupt = no_interrupt,
		},
		.pid = pid,
	};
	struct user_regs_struct regs;
	enum vh_entry entry;
	struct vh_regs call;
	size_t len;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return false;
	len = decode(pid, regs.rip, &entry);
	if (!len)
		return false;
	call = (struct vh_regs){ regs.rax, regs.rbx, regs.rcx, regs.rdx, regs.rsi, regs.rdi,
				 regs.rbp };
	if (!vh_call(host, &caller.guest, entry, &call))
		return false;
	regs.rax = call.ax;
	regs.rbx = call.bx;
	regs.rcx = call.cx;
	regs.rdx = call.dx;
	regs.rsi = call.si;
	regs.rdi = call.di;
	regs.rbp = call.bp;
	regs.rip += len;
	return !ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void cpuid(struct user_regs_struct *regs)
{
	uint32_t leaf = regs->rax, a = 0, b = 0, c = 0, d = 0;
	char name[12] = { 0 };

	if ((leaf & 0xf0000000u) != 0x40000000u)
		__asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
			: "a"(leaf), "c"((uint32_t)regs->rcx));
	if (leaf == 1)
		c = signature[0] ? c | 1u << 31 : c & ~(1u << 31);
	if (leaf == BACKDOOR_CPUID_VENDOR) {
		memcpy(name, signature, strnlen(signature, sizeof(name)));
		a = BACKDOOR_CPUID_FEATURES;
		memcpy(&b, name, 4);
		memcpy(&c, name + 4, 4);
		memcpy(&d, name + 8, 4);
	}
	regs->rax = a;
	regs->rbx = b;
	regs->rcx = c;
	regs->rdx = d;
}

/* Breakpoints: 0f a2 is cc a2 where a cpuid was replaced, so that no list is needed. */

/* In what is mapped at @only, or in all if that is 0. */
static void plant(pid_t pid, unsigned long only)
{
	char maps_path[32], line[PATH_MAX + 128];
	const uint8_t trap = INT3;
	FILE *maps;

	snprintf(maps_path, sizeof(maps_path), "/proc/%d/maps", pid);
	maps = fopen(maps_path, "re");
	if (!maps)
		return;
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to, offset;
		uint8_t code[2];
		char *path = strchr(line, '/');
		struct stat file;

		if (!path || sscanf(line, "%lx-%lx %*s %lx", &from, &to, &offset) != 3)
			continue;
		if (only && from != only)
			continue;
		path[strcspn(path, "\n")] = '\0';
		/* The same file can have one name here and another where it runs. */
		if (stat(path, &file))
			continue;
		for (int i = 0; i < place_count; i++) {
			unsigned long at = from + places[i].offset - offset;

			if (file.st_dev != places[i].file.st_dev ||
			    file.st_ino != places[i].file.st_ino ||
			    places[i].offset < offset ||
			    places[i].offset - offset >= to - from)
				continue;
			/* The same bytes of a file can be mapped without being code. */
			if (!copy(pid, at, code, 2, false) || code[0] != 0x0f || code[1] != 0xa2 ||
			    !poke(pid, at, &trap, 1))
				continue;
		}
	}
	fclose(maps);
}

static bool answer_trap(pid_t pid)
{
	struct user_regs_struct regs;
	unsigned long at;
	uint8_t code[2];

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return false;
	at = regs.rip - 1;
	if (!copy(pid, at, code, 2, false) || code[0] != INT3 || code[1] != 0xa2)
		return false;
	cpuid(&regs);
	regs.rip = at + 2;
	return !ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

/* vsock: its addresses are replaced, since its sockets are of another family here. */

static bool may_bind(pid_t pid, unsigned int port)
{
	unsigned long long capabilities = 0;
	char path[32], line[128];
	FILE *status;

	if (port > 1023)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "CapEff: %llx", &capabilities);
	if (status)
		fclose(status);
	return capabilities >> 10 & 1;	/* CAP_NET_BIND_SERVICE */
}

/* Port that each descriptor of each program was bound to last. */
static struct {
	pid_t pid;
	int fd;
	unsigned int port;
} bound[MAX];

static unsigned int *bound_port(pid_t pid, int fd)
{
	static unsigned int next;

	for (int i = 0; i < MAX; i++) {
		if (bound[i].pid == pid && bound[i].fd == fd)
			return &bound[i].port;
	}
	next = (next + 1) % MAX;
	bound[next].pid = pid;
	bound[next].fd = fd;
	bound[next].port = VMADDR_PORT_ANY;
	return &bound[next].port;
}

/* The call is not made; its result is this. */
static void skip(struct user_regs_struct *regs, long result)
{
	regs->orig_rax = -1;
	regs->rax = result;
}

static void divert(pid_t pid)
{
	struct user_regs_struct regs;
	struct sockaddr_un address;
	struct sockaddr_vm vm;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return;
	if (!copy(pid, regs.rsi, &vm, sizeof(vm), false) || vm.svm_family != AF_VSOCK)
		return;
	if (regs.orig_rax == SYS_bind) {
		*bound_port(pid, regs.rdi) = vm.svm_port;
		skip(&regs, may_bind(pid, vm.svm_port) ? 0 : -EACCES);
	} else if (vm.svm_cid != VMADDR_CID_HYPERVISOR ||
		   !vsockhost_address(vm.svm_port, *bound_port(pid, regs.rdi) <= 1023, &address) ||
		   !copy(pid, regs.rsi, &address, VSOCKHOST_ADDRESS_LEN, true)) {
		skip(&regs, -ECONNRESET);
	}
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

/* One stop of one thread: how it goes on. */
static void stopped(pid_t pid, int status)
{
	int number = WSTOPSIG(status);
	int event = status >> 16;
	struct user_regs_struct regs;

	if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	}
	if (event == PTRACE_EVENT_SECCOMP) {
		unsigned long why = 0;

		ptrace(PTRACE_GETEVENTMSG, pid, NULL, &why);
		if (why == FOR_VSOCK)
			divert(pid);
		/* Code is about to be mapped: the next stop is behind the system call. */
		ptrace(why == FOR_CODE ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, NULL);
		return;
	}
	if (event == PTRACE_EVENT_EXEC)
		plant(pid, 0);
	if (number == (SIGTRAP | 0x80) && !ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		plant(pid, regs.rax);
	if (event || number == (SIGTRAP | 0x80) ||
	    (number == SIGSEGV && answer_call(pid)) ||
	    (number == SIGTRAP && answer_trap(pid)))
		number = 0;
	/* It may have been killed meanwhile. */
	ptrace(PTRACE_CONT, pid, NULL, number);
}

static int trace(pid_t first)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			die("waitpid");
		if (WIFSTOPPED(status)) {
			stopped(pid, status);
			continue;
		}
		if (pid == first)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/*
 * Gives out sockets in the place of vsock's. Programs may have a filter of their own that
 * permits that family alone: the call itself is answered, and not changed.
 */
static void *give_sockets(void *data)
{
	int listener = *(int *)data;

	for (;;) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_addfd give = { .flags = SECCOMP_ADDFD_FLAG_SEND };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		give.id = call.id;
		give.srcfd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (call.data.args[1] & SOCK_CLOEXEC)
			give.newfd_flags = O_CLOEXEC;
		/* Whoever asked may be gone. */
		ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
		close(give.srcfd);
	}
	return NULL;
}

/* One descriptor, from one process to the other. */
union passed {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void pass(int to, int fd)
{
	union passed control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) < 0)
		die("sendmsg");
}

static void take_listener(int from)
{
	static int listener;
	union passed control;
	char byte;
	struct iovec bytes = { &byte, 1 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	pthread_t thread;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    message.msg_controllen != sizeof(control))
		die("recvmsg");
	memcpy(&listener, CMSG_DATA(&control.head), sizeof(listener));
	if (pthread_create(&thread, NULL, give_sockets, &listener))
		die("a thread");
	pthread_detach(thread);
}

/*
 * A stop whenever code is mapped. The machine's own vsock, if it has one, leads to its
 * own hypervisor: programs get ours, or none.
 */
static int filter_calls(void)
{
	const unsigned int none = 0xffffffff;	/* number of no system call */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, has_vsock ? SYS_bind : none, 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, has_vsock ? SYS_connect : none, 6, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 0, 5),
		BPF_STMT(BPF_RET | BPF_K, has_vsock ? SECCOMP_RET_USER_NOTIF :
			 SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | FOR_CODE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | FOR_VSOCK),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	int listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			   has_vsock ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &program);
	if (listener < 0)
		die("seccomp");
	return listener;
}

static pid_t start(char *argv[])
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD;
	int go[2];
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go))
		die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		int listener;

		if (read(go[0], &byte, 1) != 1)
			die("read");
		listener = filter_calls();
		if (has_vsock) {
			pass(go[0], listener);
			close(listener);
		}
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, options))
		die("ptrace");
	if (write(go[1], "", 1) != 1)
		die("write");
	if (has_vsock)
		take_listener(go[1]);
	close(go[0]);
	close(go[1]);
	return pid;
}

static void add_place(char *text)
{
	char *colon = strrchr(text, ':');
	struct place *place = &places[place_count];

	if (!colon || place_count == MAX) {
		fprintf(stderr, "vmrun: -c takes file:offset, at most %d times, not '%s'\n", MAX,
			text);
		exit(OUR_FAILURE);
	}
	*colon = '\0';
	place->offset = strtoul(colon + 1, NULL, 0);
	if (stat(text, &place->file))
		die(text);
	place_count++;
}

int main(int argc, char *argv[])
{
	const char *options[MAX];
	const char *vsock = "none";
	int count = 0;
	int opt;

	while ((opt = getopt(argc, argv, "+o:s:c:v:")) != -1) {
		if (opt == 'o' && count < MAX)
			options[count++] = optarg;
		else if (opt == 's')
			signature = optarg;
		else if (opt == 'c')
			add_place(optarg);
		else if (opt == 'v')
			vsock = optarg;
		else
			return OUR_FAILURE;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: vmrun [-o name=value]... [-s signature] "
				"[-c file:offset]... [-v none|all|root] program [argument]...\n");
		return OUR_FAILURE;
	}
	host = vh_new(count, options);
	if (!host)
		return OUR_FAILURE;
	has_vsock = strcmp(vsock, "none");
	if (has_vsock)
		vsockhost_start(host, !strcmp(vsock, "root"));
	opt = trace(start(argv + optind));
	/* Threads of vsock may be about to ask it. */
	if (!has_vsock)
		vh_free(host);
	return opt;
}
