// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The worker's cage, tried from inside: each forbidden thing by a child of its own, which
 * must die of it or be refused. Capabilities are looked for where the kernel shows them.
 *
 * Compiled without sanitizers it would be the same; with them the children end by _exit(),
 * so that what the sanitizers do at the end is not part of the test.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "package.h"
#include "sandbox.h"
#include "wants.h"

/* What a child found: exit status, or the negative of the signal that ended it. */
static int try(int (*what)(void), bool as_nobody)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		/* In a namespace of a test there is only one user; that one it stays. */
		if (as_nobody && sandbox_user(getuid(), getgid()) && geteuid() && errno)
			_exit(99);
		if (sandbox_calls())
			_exit(98);
		_exit(what());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

START_TEST(what_an_intruder_wants_kills)
{
	for (const struct want *want = wants; want->name; want++)
		ck_assert_msg(try(want->what, false) == -SIGSYS, "%s: %d", want->name,
			      try(want->what, false));
}
END_TEST

static int allowed_things(void)
{
	struct timespec ts;
	char byte;
	int fd = open("/proc/uptime", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &byte, 1) != 1)
		return 1;
	close(fd);
	if (clock_gettime(CLOCK_BOOTTIME, &ts) || getpid() <= 0)
		return 2;
	fd = socket(AF_NETLINK, SOCK_RAW, 0);
	if (fd < 0)
		return 3;
	close(fd);
	fd = socket(AF_VSOCK, SOCK_STREAM, 0);	/* there may be none */
	if (fd >= 0)
		close(fd);
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static int own_end(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || fcntl(STDIN_FILENO, F_GETFL) < 0)
		return 1;
	abort();
}

#ifdef __x86_64__
/* getpid() of i386, which is another call of x86-64; a kernel may have none of them. */
static int call_of_i386(void)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret) : "a"(20) : "memory");
	return 0;
}
#endif

static int unknown_call(void)
{
	return syscall(SYS_quotactl, 0, NULL, 0, NULL) == -1 && errno == ENOSYS ? 0 : 1;
}

/* By a library whose calls are not ours to choose. */
static int unpack(void)
{
	static const char *const names[] = { "packages/cabinet-mszip", "packages/tar" };
	static char bytes[1 << 17];
	struct package package;
	int error = 0;

	for (size_t i = 0; i < 2 && !error; i++) {
		int fd = open(names[i], O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, bytes, sizeof(bytes));

		close(fd);
		error = n < 0 ? -errno : package_read(str_of(bytes, (size_t)n), &package);
		package_free(&package);
	}
	return error != 0;
}

START_TEST(what_the_worker_does_is_possible)
{
	ck_assert_int_eq(try(allowed_things, false), 0);
	ck_assert_int_eq(try(unpack, false), 0);
	ck_assert_int_eq(try(unknown_call, false), 0);
	ck_assert_int_eq(try(own_end, false), -SIGABRT);
}
END_TEST

#ifdef __x86_64__
START_TEST(calls_of_i386_kill)
{
	int end = try(call_of_i386, false);

	ck_assert_msg(end == -SIGSYS || end == -SIGSEGV, "%d", end);
}
END_TEST
#endif

static bool shows(const char *text, const char *key, const char *value)
{
	const char *at = strstr(text, key);

	return at && !strncmp(at + strlen(key), value, strlen(value));
}

START_TEST(no_capability_is_left)
{
	int back[2];
	char text[8192];
	ssize_t n = 0, more;
	int status;
	pid_t pid;

	ck_assert(!pipe(back));
	pid = fork();
	if (!pid) {
		int fd;

		if (sandbox_user(65534, 65534))
			_exit(1);
		if (sandbox_calls())
			_exit(2);
		fd = open("/proc/self/status", O_RDONLY);
		while ((more = read(fd, text, sizeof(text))) > 0)
			if (write(back[1], text, (size_t)more) != more)
				_exit(3);
		_exit(more < 0 ? 4 : 0);
	}
	close(back[1]);
	while ((more = read(back[0], text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += more;
	text[n] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "%x", status);
	ck_assert(shows(text, "\nUid:\t", "65534\t65534\t65534\t65534"));
	ck_assert(shows(text, "\nGid:\t", "65534\t65534\t65534\t65534"));
	ck_assert(shows(text, "\nCapInh:\t", "0000000000000000"));
	ck_assert(shows(text, "\nCapPrm:\t", "0000000000000000"));
	ck_assert(shows(text, "\nCapEff:\t", "0000000000000000"));
	ck_assert(shows(text, "\nCapBnd:\t", "0000000000000000"));
	ck_assert(shows(text, "\nCapAmb:\t", "0000000000000000"));
	ck_assert(shows(text, "\nNoNewPrivs:\t", "1"));
	ck_assert(shows(text, "\nSeccomp:\t", "2"));
}
END_TEST

/* Whether each thread of this process is locked in. */
static bool all_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;
	char path[320], text[8192];
	int count = 0;
	bool all = true;

	while (tasks && (task = readdir(tasks))) {
		ssize_t n;
		int fd;

		if (task->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", task->d_name);
		fd = open(path, O_RDONLY);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		all &= shows(text, "\nNoNewPrivs:\t", "1") && shows(text, "\nSeccomp:\t", "2") &&
		       shows(text, "\nCapEff:\t", "0000000000000000") &&
		       shows(text, "\nCapBnd:\t", "0000000000000000");
		count++;
	}
	closedir(tasks);
	return all && count == 2;
}

/* A whole worker in the cage, from the host's first word on: nothing that it does is forbidden. */
START_TEST(a_worker_in_its_cage_does_its_work)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		const struct netlink *netlink;

		bench_new();
		netlink = &bench->worker.info.netlink;
		if (sandbox_user(65534, 65534) ||
		    netlink_thread(&bench->worker.info.netlink, &bench->worker.loop, sandbox_calls) ||
		    sandbox_calls())
			_exit(1);
		if (!all_threads())
			_exit(3);
		bench_pass(70000);
		if (!bench->worker.registered || !bench->worker.info.sent_count)
			_exit(2);
		bench_command("OS_Resume");
		bench_command("vmbackup.start 0");
		bench_pass(3000);
		bench_command("vmbackup.abort");
		bench_command("Time_Synchronize 1");
		if (guestinfo_update_network(&bench->worker) == -EIO)
			_exit(4);
		bench_pass(70000);
		/* The kernel answers the thread in its own time, of which none has passed here. */
		while (netlink->asked && !netlink->answered)
			if (loop_turn(&bench->worker.loop, 5000))
				_exit(6);
		bench_pass(1000);
		_exit(bench->worker.info.netlink_failed ? 5 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "%x", status);
}
END_TEST

Suite *suite_sandbox(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = tcase_create("cage");

	tcase_set_tags(tcase, "cage");
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, what_an_intruder_wants_kills);
	tcase_add_test(tcase, what_the_worker_does_is_possible);
#ifdef __x86_64__
	tcase_add_test(tcase, calls_of_i386_kill);
#endif
	tcase_add_test(tcase, no_capability_is_left);
	tcase_add_test(tcase, a_worker_in_its_cage_does_its_work);
	suite_add_tcase(suite, tcase);
	return suite;
}
