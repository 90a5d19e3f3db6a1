// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What whoever took the worker over would want: wants.h.
 */
#include "wants.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int run_program(void)
{
	return execl("/bin/true", "true", NULL) ? 1 : 0;
}

static int make_process(void)
{
	return (int)syscall(SYS_fork);
}

static int write_file(void)
{
	return open("/tmp/x", O_WRONLY) < 0;
}

static int make_file(void)
{
	return open("/tmp/vmguestd-test-file", O_RDONLY | O_CREAT, 0600) < 0;
}

static int inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int trace_parent(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0;
}

static int kill_parent(void)
{
	return kill(getppid(), 0) < 0;
}

static int mount_it(void)
{
	return mount("none", "/nonexistent", "tmpfs", 0, NULL) < 0;
}

/* With flags that no kernel takes, so that nothing would happen if it were let through. */
static int restart(void)
{
	return syscall(SYS_reboot, 0, 0, 0, NULL) < 0;
}

static int code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static int other_numbers(void)
{
	return syscall(0x40000000 | SYS_getpid) < 0;
}

static int io_port(void)
{
	return syscall(SYS_iopl, 3) < 0;
}

static int signal_parent(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0) < 0;
}

static int signal_parent_later(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid()) < 0;
}

static int limit_parent(void)
{
	return syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, NULL, NULL) < 0;
}

const struct want wants[] = {
	{ "execve", run_program }, { "fork", make_process }, { "write", write_file },
	{ "create", make_file }, { "inet", inet_socket }, { "unix", unix_socket },
	{ "ptrace", trace_parent }, { "kill", kill_parent }, { "mount", mount_it },
	{ "reboot", restart }, { "code", code }, { "x32", other_numbers }, { "iopl", io_port },
	{ "tgkill", signal_parent }, { "setown", signal_parent_later },
	{ "prlimit", limit_parent },
	{ NULL, NULL },
};
