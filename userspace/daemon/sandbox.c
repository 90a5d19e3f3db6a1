// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The worker's cage. The filter is written here rather than with libseccomp: it is a
 * list and two tests of arguments, and one library less in the process that it protects.
 *
 * Three answers. What the worker does is allowed. What whoever took it over would want
 * (programs, processes, files to write, other sockets, tracing, mounts, modules) kills it. All
 * else is «no such call», so that a libc which tries something newer first falls back, and
 * an upgrade of it does not stop the heartbeat of every machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter has not been written for this processor"
#endif

static const uint16_t allowed[] = {
	/* the loop, and what is read and sent in it */
	SYS_epoll_pwait, SYS_epoll_ctl, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close,
	SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_ppoll, SYS_lseek, SYS_pread64,
	SYS_accept4, SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername, SYS_getsockopt,
	SYS_setsockopt, SYS_shutdown,
	/* looking at files and folders */
	SYS_fstat, SYS_newfstatat, SYS_statx, SYS_getdents64, SYS_readlinkat, SYS_faccessat,
	SYS_faccessat2, SYS_sync, SYS_inotify_add_watch,
	/* memory, time, the end */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_clock_gettime,
	SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_uname, SYS_getrandom, SYS_getpid,
	SYS_gettid, SYS_getuid, SYS_futex, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_sigaltstack, SYS_restart_syscall, SYS_exit, SYS_exit_group, SYS_sysinfo,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_access
	SYS_access, SYS_poll, SYS_stat, SYS_lstat, SYS_readlink, SYS_time,
#endif
};

static const uint16_t deadly[] = {
	SYS_execve, SYS_execveat, SYS_clone, SYS_ptrace, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_kill, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
	SYS_unshare, SYS_setns, SYS_init_module, SYS_finit_module, SYS_delete_module,
	SYS_kexec_load, SYS_reboot, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key,
	SYS_request_key, SYS_userfaultfd, SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setresgid,
	SYS_capset, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_unlinkat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_mkdirat, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat,
	SYS_ftruncate, SYS_truncate, SYS_memfd_create, SYS_io_uring_setup,
#ifdef SYS_fork
	SYS_fork, SYS_vfork, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink,
	SYS_chmod, SYS_chown, SYS_creat, SYS_ioperm, SYS_iopl,
#endif
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
/* Arguments and the instruction that ends each list, besides two for each call of the lists. */
#define FILTER_MAX (2 * (COUNT(allowed) + COUNT(deadly)) + 64)

struct program {
	struct sock_filter code[FILTER_MAX];
	unsigned short len;
};

static void add(struct program *program, struct sock_filter instruction)
{
	program->code[program->len++] = instruction;
}

static void load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void verdict(struct program *program, uint32_t action)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Does what follows, @skip instructions of it, only if the accumulator is that value. */
static void if_equal(struct program *program, uint32_t value, uint8_t skip)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define KILL SECCOMP_RET_KILL_PROCESS
#define ALLOW SECCOMP_RET_ALLOW
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/* Files are opened for reading, and none is made. O_RDONLY is 0. */
static void add_open(struct program *program, uint32_t call, unsigned int argument)
{
	if_equal(program, call, 4);
	load(program, ARGUMENT(argument));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
		O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 0, 1));
	verdict(program, KILL);
	verdict(program, ALLOW);
}

/* To the host and to the kernel's network tables. */
static void add_socket(struct program *program)
{
	if_equal(program, SYS_socket, 5);
	load(program, ARGUMENT(0));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 1, 0));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1));
	verdict(program, ALLOW);
	verdict(program, KILL);
}

/* Memory that is both written and executed, or executed at all, is nothing that we need. */
static void add_protection(struct program *program, uint32_t call)
{
	if_equal(program, call, 4);
	load(program, ARGUMENT(2));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 4 /* PROT_EXEC */, 0, 1));
	verdict(program, KILL);
	verdict(program, ALLOW);
}

/* Of processes of the same user, if there are any, this one only. */
static void add_self(struct program *program, uint32_t call)
{
	if_equal(program, call, 5);
	load(program, ARGUMENT(0));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
	if_equal(program, (uint32_t)getpid(), 1);
	verdict(program, ALLOW);
	verdict(program, KILL);
}

/* What a descriptor is, not whom it sends a signal. */
static void add_fcntl(struct program *program)
{
	if_equal(program, SYS_fcntl, 6);
	load(program, ARGUMENT(1));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETOWN, 3, 0));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETOWN_EX, 2, 0));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETSIG, 1, 0));
	verdict(program, ALLOW);
	verdict(program, KILL);
}

static void build(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	verdict(program, KILL);
	load(program, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	/* x32: the same calls by other numbers */
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
	verdict(program, KILL);
#endif
	add_open(program, SYS_openat, 2);
#ifdef SYS_open
	add_open(program, SYS_open, 1);
#endif
	add_socket(program);
	add_protection(program, SYS_mmap);
	add_protection(program, SYS_mprotect);
	add_self(program, SYS_tgkill);
	add_self(program, SYS_prlimit64);
	add_fcntl(program);
	for (size_t i = 0; i < COUNT(allowed); i++) {
		if_equal(program, allowed[i], 1);
		verdict(program, ALLOW);
	}
	for (size_t i = 0; i < COUNT(deadly); i++) {
		if_equal(program, deadly[i], 1);
		verdict(program, KILL);
	}
	verdict(program, MISSING);
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -errno;
	/* Those that the kernel does not know end the list. */
	for (int i = 0; i < 64; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) && errno != EPERM)
			break;
	if (!syscall(SYS_capset, &header, none))
		return 0;
	/* A supervisor's filter may forbid the call; then there must be nothing to give up. */
	if (syscall(SYS_capget, &header, none))
		return -errno;
	for (int i = 0; i < 2; i++)
		if (none[i].effective | none[i].permitted | none[i].inheritable)
			return -EPERM;
	return 0;
}

int sandbox_user(uid_t user, gid_t group)
{
	const struct rlimit none = { 0, 0 };
	int error;

	if (geteuid() == 0) {
		/* While we may; the bounding set needs a capability of its own. */
		for (int i = 0; i < 64; i++)
			if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) && errno == EINVAL)
				break;
		if (setgroups(0, NULL) || setresgid(group, group, group) ||
		    setresuid(user, user, user))
			return -errno;
		if (!user || setuid(0) == 0)
			return -EPERM;
	}
	error = drop_capabilities();
	if (error)
		return error;
	/* No memory is left behind on disk. */
	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

int sandbox_calls(void)
{
	static struct program program;
	struct sock_fprog filter = { .filter = program.code };
	const struct rlimit none = { 0, 0 };

	/* No process is made, and no other thread. */
	setrlimit(RLIMIT_NPROC, &none);
	program.len = 0;
	build(&program);
	filter.len = program.len;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return -errno;
	return 0;
}
