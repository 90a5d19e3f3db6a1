// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Freezing, on file systems that do not exist: the operations write down what they are
 * asked for in memory that all processes share. Nothing of this machine is frozen.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"
#include "freeze.h"
#include "system.h"

static const char table[] =
	"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	"23 22 8:2 / /home rw - ext4 /dev/sda2 rw\n"
	"24 22 7:0 / /image rw - ext4 /dev/loop0 rw\n";

static struct shared {
	char order[256];
	int frozen[3];
	int error[3];		/* of freezing the n-th */
	int stall;		/* freezing it takes for ever */
} *shared;

static int fds[3];
static struct freeze freezing;

static int which(int fd)
{
	for (int i = 0; i < 3; i++)
		if (fds[i] == fd)
			return i;
	return -1;
}

static int fake_open(const struct mount *mount)
{
	int i = (int)mount->id - 22, fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert(i >= 0 && i < 3 && fd >= 0);
	for (int k = 0; k < 3; k++)
		if (fds[k] == fd)
			fds[k] = -1;	/* that one was closed */
	fds[i] = fd;
	return fd;
}

static int fake_freeze(int fd)
{
	int i = which(fd);

	if (shared->stall == i + 1)
		for (;;)
			pause();
	sprintf(shared->order + strlen(shared->order), "f%d", i);
	if (shared->error[i])
		return shared->error[i];
	shared->frozen[i]++;
	return 0;
}

static int fake_thaw(int fd)
{
	int i = which(fd);

	sprintf(shared->order + strlen(shared->order), "t%d", i);
	if (!shared->frozen[i])
		return -EINVAL;
	shared->frozen[i]--;
	return 0;
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
	bench_free();
}

static int start(uint32_t limit, bool ignore)
{
	return freeze_start(&freezing, &fake, str(table), NULL, limit, ignore);
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
	expect_text(shared->order, "f2f1f0t0t1t2");
}
END_TEST

START_TEST(a_child_that_is_stuck_is_thawed_after)
{
	shared->stall = 1;	/* the last one, after two are frozen */
	ck_assert(!start(60000, false));
	while (!strstr(shared->order, "f1"))
		sched_yield();
	freeze_end(&freezing);
	ck_assert_int_eq(shared->frozen[1] + shared->frozen[2], 0);
}
END_TEST

/* A broker that dies: its child sees the end of the socket. */
START_TEST(a_killed_broker_is_thawed_after)
{
	pid_t broker = fork();
	char before[256];
	int status;

	if (!broker) {
		if (start(60000, false))
			_exit(1);
		wait_word();
		if (freeze_outcome(&freezing))
			_exit(2);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(broker, &status, 0), broker);
	ck_assert(WIFSIGNALED(status));
	/* Its child is nobody's now; what it does is seen in the memory that is shared. */
	for (int i = 0; i < 10000 && !strstr(shared->order, "t2"); i++)
		poll(NULL, 0, 1);
	snprintf(before, sizeof(before), "%s", shared->order);
	expect_text(before, "f2f1f0t0t1t2");
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
	tcase_add_test(tcase, the_time_limit_thaws);
	tcase_add_test(tcase, a_killed_child_is_thawed_after);
	tcase_add_test(tcase, a_child_that_is_stuck_is_thawed_after);
	tcase_add_test(tcase, a_killed_broker_is_thawed_after);
	tcase_add_test(tcase, a_record_that_was_left_is_worked_off_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
