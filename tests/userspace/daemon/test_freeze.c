// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Freezing, on file systems that do not exist: the operations write down what they are
 * asked for in memory that all processes share. Nothing of this machine is frozen.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"
#include "guard.h"
#include "system.h"

static const char table[] =
	"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	"23 22 8:2 / /home rw - ext4 /dev/sda2 rw\n"
	"24 22 7:0 / /image rw - ext4 /dev/loop0 rw\n";

static struct shared {
	char order[256];
	int frozen[3];
	int error[3];		/* of freezing the n-th */
	int stall;		/* freezing it takes until this is another one */
	int deadly;		/* who freezes it was killed meanwhile */
	int paralyzing;		/* who freezes it stands still afterwards */
	int begun;		/* freezing has come to it */
	int open_error[3];
	int closed;		/* opening it takes until this is another one */
	int dead;		/* thawing it, likewise */
	pid_t child;
} *shared;

static struct freeze freezing;

/* Not check's own, which write to descriptors that may be others by now. */
static void must(bool true_one)
{
	if (!true_one)
		abort();
}

/* Another process has another number for the same file. */
static int which(int fd)
{
	int i = -1;

	must(pread(fd, &i, sizeof(i), 0) == sizeof(i));
	return i;
}

static int fake_open(const struct mount *mount)
{
	int i = (int)mount->id - 22, fd = memfd_create("file system", MFD_CLOEXEC);

	must(i >= 0 && i < 3 && fd >= 0);
	while (*(volatile int *)&shared->closed == i + 1)
		sched_yield();
	must(pwrite(fd, &i, sizeof(i), 0) == sizeof(i));
	if (shared->open_error[i])
		close(fd);
	return shared->open_error[i] ? shared->open_error[i] : fd;
}

static int fake_freeze(int fd)
{
	int i = which(fd);

	shared->begun = i + 1;
	while (*(volatile int *)&shared->stall == i + 1)
		sched_yield();
	sprintf(shared->order + strlen(shared->order), "f%d", i);
	if (shared->error[i])
		return shared->error[i];
	shared->frozen[i]++;
	if (shared->deadly == i + 1)
		raise(SIGKILL);
	if (shared->paralyzing == i + 1)
		raise(SIGSTOP);
	return 0;
}

static int fake_thaw(int fd)
{
	int i = which(fd);

	sprintf(shared->order + strlen(shared->order), "t%d", i);
	while (*(volatile int *)&shared->dead == i + 1)
		sched_yield();
	/* Two may be at it. */
	return __atomic_exchange_n(&shared->frozen[i], 0, __ATOMIC_SEQ_CST) ? 0 : -EINVAL;
}

static const struct freeze_ops fake = { fake_open, fake_freeze, fake_thaw };

static void setup(void)
{
	bench_new();
	bench_file(FREEZE_RECORD, "");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(&freezing, 0, sizeof(freezing));
}

static void teardown(void)
{
	for (int i = 0; i < 3; i++)
		ck_assert_msg(!shared->frozen[i], "%d is still frozen: %s", i, shared->order);
	munmap(shared, sizeof(*shared));
	guard_socket = NULL;
	bench_free();
}

static int start(uint32_t limit, bool ignore)
{
	return freeze_start(&freezing, &fake, str(table), NULL, limit, ignore);
}

/* What others do is seen in the memory that is shared. */
static void wait_order(const char *order)
{
	for (int i = 0; i < 20000 && strcmp(shared->order, order); i++)
		poll(NULL, 0, 1);
	expect_text(shared->order, order);
}

static void wait_thawed(int i)
{
	for (int k = 0; k < 20000 && *(volatile int *)&shared->frozen[i]; k++)
		poll(NULL, 0, 1);
	ck_assert_int_eq(shared->frozen[i], 0);
}

/* Waits for the child's word, with a deadline. */
static void wait_word(void)
{
	struct pollfd poller = { .fd = freezing.link, .events = POLLIN };

	ck_assert_int_eq(poll(&poller, 1, 10000), 1);
}

START_TEST(the_real_ones_refuse_to_run_in_a_test)
{
	ck_assert(!system_allowed());
	ck_assert_int_eq(freeze_system.freeze(0), -EPERM);
	ck_assert_int_eq(freeze_system.thaw(0), -EPERM);
	ck_assert_int_eq(system_ops.step(0, 0), -EPERM);
	ck_assert_int_eq(system_ops.slew(0), -EPERM);
	ck_assert_int_eq(system_ops.power(BROKER_POWER_OFF), -EPERM);
}
END_TEST

START_TEST(the_last_mounted_first_and_back)
{
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	expect_text(shared->order, "f2f1f0");
	ck_assert(files_exist(FREEZE_RECORD));
	ck_assert_int_eq(start(60000, false), -EBUSY);
	ck_assert_uint_eq(freeze_end(&freezing), 3);
	expect_text(shared->order, "f2f1f0t0t1t2");
	ck_assert(!files_exist(FREEZE_RECORD));
	ck_assert_uint_eq(freeze_end(&freezing), 0);
}
END_TEST

START_TEST(a_failure_thaws_what_was_frozen)
{
	shared->error[0] = -EIO;
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -EIO);
	expect_text(shared->order, "f2f1f0t1t2");
	ck_assert_uint_eq(freezing.count, 0);
}
END_TEST

START_TEST(those_that_cannot_are_left_out)
{
	shared->error[1] = -EOPNOTSUPP;
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	ck_assert_uint_eq(freeze_end(&freezing), 2);
	expect_text(shared->order, "f2f1f0t0t2");
}
END_TEST

START_TEST(what_others_have_frozen_stays_theirs)
{
	shared->error[1] = -EBUSY;
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -EBUSY);
	expect_text(shared->order, "f2f1t2");
	shared->order[0] = '\0';
	ck_assert(!start(60000, true));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	freeze_end(&freezing);
	expect_text(shared->order, "f2f1f0t0t2");
}
END_TEST

START_TEST(nothing_that_can_be_frozen)
{
	for (int i = 0; i < 3; i++)
		shared->error[i] = -EOPNOTSUPP;
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -EOPNOTSUPP);
	ck_assert_int_eq(freeze_start(&freezing, &fake, str(""), NULL, 1000, false), -EOPNOTSUPP);
}
END_TEST

START_TEST(what_does_not_open_is_not_waited_for)
{
	int error;

	shared->closed = 2;
	ck_assert_int_eq(start(60000, false), -ETIME);
	ck_assert_uint_eq(freezing.count, 0);
	expect_text(shared->order, "");
	/* The process that was killed may take a moment to be gone. */
	shared->closed = 0;
	do
		error = start(60000, false);
	while (error == -EBUSY);
	ck_assert_int_eq(error, 0);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	ck_assert_uint_eq(freeze_end(&freezing), 3);
}
END_TEST

START_TEST(the_time_limit_thaws)
{
	ck_assert(!start(50, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 1);
	expect_text(shared->order, "f2f1f0t0t1t2");
}
END_TEST

START_TEST(a_killed_child_is_thawed_after)
{
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	kill(freezing.child, SIGKILL);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -ECHILD);
	/* Each by a process of its own, in any order. */
	ck_assert_int_eq(shared->frozen[0] + shared->frozen[1] + shared->frozen[2], 0);
	ck_assert(!files_exist(FREEZE_RECORD));
}
END_TEST

START_TEST(a_child_that_is_stuck_is_thawed_after)
{
	shared->stall = 1;	/* the last one, after two are frozen */
	ck_assert(!start(60000, false));
	while (*(volatile int *)&shared->begun != 1)
		sched_yield();
	freeze_end(&freezing);
	wait_thawed(1);
	wait_thawed(2);
}
END_TEST

/* Another process that freezes all, and says so in shared->child. */
static pid_t start_broker(void)
{
	pid_t broker = fork();

	if (!broker) {
		if (start(60000, false))
			_exit(1);
		if (shared->stall)
			while (*(volatile int *)&shared->begun != shared->stall)
				sched_yield();
		else
			wait_word();
		if (!shared->stall && freeze_outcome(&freezing))
			_exit(2);
		shared->child = freezing.child;
		for (;;)
			pause();
	}
	while (!*(volatile pid_t *)&shared->child)
		ck_assert_int_eq(waitpid(broker, NULL, WNOHANG), 0);
	return broker;
}

static void kill_broker(pid_t broker)
{
	kill(broker, SIGKILL);
	ck_assert_int_eq(waitpid(broker, NULL, 0), broker);
}

/* A disk that died while it was frozen: the others are thawed, and the broker goes on. */
START_TEST(a_thaw_that_is_stuck_holds_nothing_up)
{
	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	shared->dead = _i + 1;	/* the child has thawed those before */
	ck_assert_uint_eq(freeze_end(&freezing), 2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(shared->frozen[i], i == _i);
	ck_assert(files_exist(FREEZE_RECORD));
	shared->dead = 0;
	wait_thawed(_i);
}
END_TEST

/* Nor if nobody is left but the guard. */
START_TEST(the_guard_thaws_the_others_where_the_child_is_stuck)
{
	pid_t broker = start_broker();

	shared->dead = 1;
	kill_broker(broker);
	wait_thawed(1);
	wait_thawed(2);
	ck_assert_int_eq(shared->frozen[0], 1);
	shared->dead = 0;
	wait_thawed(0);
}
END_TEST

/* Else each attempt leaves another process behind. */
START_TEST(after_one_that_is_stuck_there_is_no_other)
{
	pid_t pid = fork();

	if (!pid)
		_exit(pause());
	freezing.child = pid;
	ck_assert_int_eq(start(60000, false), -EBUSY);
	kill(pid, SIGKILL);
	while (start(60000, false) == -EBUSY)
		sched_yield();
	ck_assert_uint_eq(freezing.count, 3);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	ck_assert_uint_eq(freeze_end(&freezing), 3);
	ck_assert_int_eq(freezing.child, 0);
}
END_TEST

START_TEST(one_that_cannot_be_opened_for_want_of_something_is_not_left_out)
{
	static const int errors[] = { -EMFILE, -ENFILE, -ENOMEM };
	int error;

	for (size_t i = 0; i < 3; i++) {
		shared->open_error[1] = errors[i];
		while ((error = start(60000, false)) == -EBUSY)
			sched_yield();
		ck_assert_int_eq(error, errors[i]);
		expect_text(shared->order, "");
	}
	/* What is gone is. */
	shared->open_error[1] = -ENOENT;
	while ((error = start(60000, false)) == -EBUSY)
		sched_yield();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(freezing.count, 2);
	ck_assert_uint_eq(freezing.mount[1].id, 24);
	freeze_end(&freezing);
}
END_TEST

START_TEST(one_whose_first_mount_is_covered_is_frozen_by_another)
{
	static const char mounts[] =
		"22 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n"
		"23 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"24 23 8:2 / /home rw - ext4 /dev/sda2 rw\n";

	shared->open_error[0] = -ENOENT;
	ck_assert(!freeze_start(&freezing, &fake, str(mounts), NULL, 60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	ck_assert_uint_eq(freezing.count, 2);
	ck_assert_uint_eq(freezing.mount[0].id, 24);
	ck_assert_uint_eq(freeze_end(&freezing), 2);
	expect_text(shared->order, "f1f2t2t1");
}
END_TEST

START_TEST(more_than_can_be_are_not_frozen_in_part)
{
	struct buf mounts = { 0 };
	int error;

	buf_str(&mounts, table);
	for (unsigned int i = 0; i < FREEZE_MAX - 2; i++)
		buf_printf(&mounts, "%u 22 9:%u / /more/%u rw - ext4 /dev/md%u rw\n", 25 + i, i, i, i);
	error = freeze_start(&freezing, &fake, str_of(mounts.data, mounts.len), NULL, 60000, false);
	ck_assert_int_eq(error, -EMFILE);
	expect_text(shared->order, "");
	/* The administrator can choose. */
	error = freeze_start(&freezing, &fake, str_of(mounts.data, mounts.len), "/x,/more/*", 60000,
			     false);
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(freezing.count, 3);
	freeze_end(&freezing);
	buf_free(&mounts);
}
END_TEST

/* Its child sees the end of the socket. */
START_TEST(a_killed_broker_is_thawed_after)
{
	kill_broker(start_broker());
	wait_order("f2f1f0t0t1t2");
}
END_TEST

START_TEST(the_guard_thaws_when_broker_and_child_are_killed)
{
	pid_t broker = start_broker();

	/* None of them sees the other one's end. */
	kill(broker, SIGSTOP);
	kill(shared->child, SIGSTOP);
	kill(shared->child, SIGKILL);
	kill_broker(broker);
	wait_order("f2f1f0t0t1t2");
}
END_TEST

/* What is frozen goes first, then what a call that nobody hears the end of has frozen last. */
START_TEST(the_guard_thaws_when_all_are_killed_while_one_is_being_frozen)
{
	shared->stall = 1;
	shared->deadly = 1;
	kill_broker(start_broker());
	wait_order("f2f1t1t2t0");
	shared->stall = 0;
	wait_order("f2f1t1t2t0f0t0");
}
END_TEST

START_TEST(the_guard_thaws_when_all_stand_still)
{
	pid_t broker;

	shared->paralyzing = 1;		/* the last one */
	broker = fork();
	if (!broker) {
		if (start(50, false))
			_exit(1);
		shared->child = freezing.child;
		raise(SIGSTOP);
	}
	wait_order("f2f1f0t1t2t0");
	kill_broker(broker);
	kill(shared->child, SIGKILL);
}
END_TEST

enum { SERVING, SILENT, DEAF, POOR };

static int listen_for_guard(void)
{
	static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s/guard", bench->root);
	strcpy(address.sun_path, path);
	guard_socket = path;
	ck_assert(!bind(listener, (struct sockaddr *)&address, sizeof(address)));
	ck_assert(!listen(listener, 1));
	return listener;
}

/* As systemd does: one for whoever connects. */
static pid_t serve(int what)
{
	int listener = listen_for_guard();
	pid_t pid;

	pid = fork();
	if (!pid) {
		int fd = accept(listener, NULL, NULL);

		close(listener);
		if (what == POOR)	/* takes two descriptors, and no third one */
			setrlimit(RLIMIT_NOFILE, &(struct rlimit){ fd + 3, fd + 3 });
		_exit(what == SILENT ? pause() : what == DEAF ? 0 : guard_serve(&fake, fd));
	}
	close(listener);
	return pid;
}

START_TEST(without_a_guard_nothing_is_frozen)
{
	guard_socket = "/nowhere/guard";
	ck_assert_int_eq(start(60000, false), -ENOENT);
	ck_assert_uint_eq(freezing.count, 0);
	expect_text(shared->order, "");
}
END_TEST

static int outcome_with(int what)
{
	pid_t guard = serve(what);
	int error;

	ck_assert(!start(60000, false));
	wait_word();
	error = freeze_outcome(&freezing);
	expect_text(shared->order, "");
	waitpid(guard, NULL, 0);
	return error;
}

START_TEST(with_a_guard_that_ends_nothing_is_frozen)
{
	ck_assert_int_lt(outcome_with(DEAF), 0);
}
END_TEST

/* It is ready, and calls it off before the child looks again: no file system is to blame. */
START_TEST(called_off_before_the_first_one_nothing_is_frozen)
{
	int listener = listen_for_guard(), status, guard;

	bench_file("/proc/self/mountinfo", table);
	ck_assert(!start(60000, false));
	kill(freezing.child, SIGSTOP);
	ck_assert_int_eq(waitpid(freezing.child, &status, WUNTRACED), freezing.child);
	guard = accept(listener, NULL, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(send(guard, "", 1, 0), 1);
	kill(freezing.child, SIGCONT);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -ECANCELED);
	expect_text(shared->order, "");
	expect_text(freezing.failed_at, "");
	close(guard);
	close(listener);
}
END_TEST

START_TEST(with_a_guard_that_cannot_hold_all_nothing_is_frozen)
{
	ck_assert_int_eq(outcome_with(POOR), -ECHILD);
}
END_TEST

START_TEST(with_a_guard_that_says_nothing_it_can_be_called_off)
{
	pid_t guard = serve(SILENT);

	ck_assert(!start(60000, false));
	freeze_end(&freezing);
	expect_text(shared->order, "");
	kill(guard, SIGKILL);
	waitpid(guard, NULL, 0);
}
END_TEST

START_TEST(a_guard_that_is_killed_is_thawed_after)
{
	pid_t guard = serve(SERVING);

	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	kill(guard, SIGKILL);
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), -ECHILD);
	expect_text(shared->order, "f2f1f0t0t1t2");
	waitpid(guard, NULL, 0);
}
END_TEST

START_TEST(a_guard_that_was_not_needed_ends)
{
	pid_t guard = serve(SERVING);
	int status;

	ck_assert(!start(60000, false));
	wait_word();
	ck_assert_int_eq(freeze_outcome(&freezing), 0);
	freeze_end(&freezing);
	ck_assert_int_eq(waitpid(guard, &status, 0), guard);
	ck_assert_int_eq(status, 0);
	expect_text(shared->order, "f2f1f0t0t1t2");
}
END_TEST

/* Whoever has connected is told nothing, and nothing is thawed. */
START_TEST(what_is_no_request_ends_the_guard)
{
	int link[2], none[2] = { -1, -1 };
	struct freeze nothing = { .memory = STDERR_FILENO };

	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, link));
	close(link[0]);
	ck_assert_int_eq(guard_serve(&fake, link[1]), EXIT_FAILURE);
	close(link[1]);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, link));
	ck_assert_int_eq(send(link[0], none, sizeof(none), 0), sizeof(none));
	ck_assert_int_eq(guard_serve(&fake, link[1]), EXIT_FAILURE);
	/* Descriptors, but none of a file system. */
	ck_assert_int_lt(guard_hand_over(&nothing, link[0], STDERR_FILENO, link[0], 0), 0);
	ck_assert_int_eq(guard_serve(&fake, link[1]), EXIT_FAILURE);
	close(link[0]);
	close(link[1]);
	expect_text(shared->order, "");
}
END_TEST

/* So many processes can be made before there is no room for more; negative: any number. */
static int room = -1;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	if (!room) {
		errno = EAGAIN;
		return -1;
	}
	room -= room > 0;
	return __real_fork();
}

START_TEST(a_record_stays_where_there_is_no_room_for_a_process)
{
	bench_file(FREEZE_RECORD, "8:1\n7:0\n");
	shared->frozen[0] = 1;
	shared->frozen[2] = 1;
	room = _i;
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 0);
	ck_assert(files_exist(FREEZE_RECORD));
	room = -1;
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 2);
	ck_assert(!files_exist(FREEZE_RECORD));
}
END_TEST

START_TEST(a_record_that_was_left_is_worked_off_once)
{
	bench_file(FREEZE_RECORD, "8:1\n7:0\ngarbage\n99:99\n8:x\n");
	shared->frozen[0] = 1;
	shared->frozen[2] = 1;
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 2);
	ck_assert(!files_exist(FREEZE_RECORD));
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 0);
}
END_TEST

/* Whoever starts the broker waits for it. */
START_TEST(a_record_is_worked_off_though_one_hangs)
{
	bench_file(FREEZE_RECORD, "8:1\n8:2\n7:0\n");
	for (int i = 0; i < 3; i++)
		shared->frozen[i] = 1;
	if (_i)
		shared->closed = 1;
	else
		shared->dead = 1;
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 2);
	ck_assert_int_eq(shared->frozen[1] + shared->frozen[2], 0);
	ck_assert_int_eq(shared->frozen[0], 1);
	/* For the next start. */
	ck_assert(files_exist(FREEZE_RECORD));
	shared->closed = 0;
	shared->dead = 0;
	wait_thawed(0);
	ck_assert_uint_eq(freeze_recover(&fake, str(table)), 0);
	ck_assert(!files_exist(FREEZE_RECORD));
}
END_TEST

Suite *suite_freeze(void)
{
	Suite *suite = suite_create("freeze");
	TCase *tcase = tcase_create("fake file systems");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_real_ones_refuse_to_run_in_a_test);
	tcase_add_test(tcase, the_last_mounted_first_and_back);
	tcase_add_test(tcase, a_failure_thaws_what_was_frozen);
	tcase_add_test(tcase, those_that_cannot_are_left_out);
	tcase_add_test(tcase, what_others_have_frozen_stays_theirs);
	tcase_add_test(tcase, nothing_that_can_be_frozen);
	tcase_add_test(tcase, what_does_not_open_is_not_waited_for);
	tcase_add_test(tcase, the_time_limit_thaws);
	tcase_add_test(tcase, a_killed_child_is_thawed_after);
	tcase_add_test(tcase, a_child_that_is_stuck_is_thawed_after);
	tcase_add_loop_test(tcase, a_thaw_that_is_stuck_holds_nothing_up, 0, 3);
	tcase_add_test(tcase, the_guard_thaws_the_others_where_the_child_is_stuck);
	tcase_add_test(tcase, after_one_that_is_stuck_there_is_no_other);
	tcase_add_test(tcase, one_that_cannot_be_opened_for_want_of_something_is_not_left_out);
	tcase_add_test(tcase, one_whose_first_mount_is_covered_is_frozen_by_another);
	tcase_add_test(tcase, more_than_can_be_are_not_frozen_in_part);
	tcase_add_loop_test(tcase, a_record_is_worked_off_though_one_hangs, 0, 2);
	tcase_add_test(tcase, a_killed_broker_is_thawed_after);
	tcase_add_test(tcase, the_guard_thaws_when_broker_and_child_are_killed);
	tcase_add_test(tcase, the_guard_thaws_when_all_are_killed_while_one_is_being_frozen);
	tcase_add_test(tcase, the_guard_thaws_when_all_stand_still);
	tcase_add_test(tcase, without_a_guard_nothing_is_frozen);
	tcase_add_test(tcase, with_a_guard_that_ends_nothing_is_frozen);
	tcase_add_test(tcase, called_off_before_the_first_one_nothing_is_frozen);
	tcase_add_test(tcase, with_a_guard_that_says_nothing_it_can_be_called_off);
	tcase_add_test(tcase, a_guard_that_is_killed_is_thawed_after);
	tcase_add_test(tcase, a_guard_that_was_not_needed_ends);
	tcase_add_test(tcase, what_is_no_request_ends_the_guard);
	tcase_add_test(tcase, a_record_that_was_left_is_worked_off_once);
	tcase_add_loop_test(tcase, a_record_stays_where_there_is_no_room_for_a_process, 0, 2);
	suite_add_tcase(suite, tcase);
	/* memcheck has descriptors of its own, which a limit hits. */
	tcase = tcase_create("limits");
	tcase_set_tags(tcase, "cage");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, with_a_guard_that_cannot_hold_all_nothing_is_frozen);
	suite_add_tcase(suite, tcase);
	return suite;
}
