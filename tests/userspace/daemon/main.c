// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * All suites in one program. CK_RUN_SUITE and CK_RUN_CASE choose among them. They run in a
 * user and network namespace of their own, where root may do nothing to this machine: not
 * set its clock, not freeze its disks, not restart it, should a test ever try to.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* Users 0 to 65535 of the namespace: root's own, or those that newuidmap lends others. */
static void map_users(pid_t pid)
{
	char line[256];
	unsigned int uid = getuid(), gid = getgid();

	if (uid)
		snprintf(line, sizeof(line), "newuidmap %d 0 %u 1 1 100000 65535 && "
			 "newgidmap %d 0 %u 1 1 100000 65535", pid, uid, pid, gid);
	else
		snprintf(line, sizeof(line), "echo 0 0 65536 >/proc/%d/uid_map && "
			 "echo 0 0 65536 >/proc/%d/gid_map", pid, pid);
	_exit(system(line) ? EXIT_FAILURE : EXIT_SUCCESS);
}

static bool confine(void)
{
	int go[2], status;
	pid_t self = getpid(), helper;
	char byte;

	if (pipe(go))
		return false;
	helper = fork();
	if (!helper) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(EXIT_FAILURE);
		map_users(self);
	}
	close(go[0]);
	if (helper < 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) || write(go[1], "", 1) != 1)
		return false;
	close(go[1]);
	return waitpid(helper, &status, 0) == helper && !status;
}

static int run(void)
{
	SRunner *runner = srunner_create(suite_loop());
	int failed;

	srunner_add_suite(runner, suite_mountinfo());
	srunner_add_suite(runner, suite_settings());
	srunner_add_suite(runner, suite_osinfo());
	srunner_add_suite(runner, suite_net());
	srunner_add_suite(runner, suite_nicinfo());
	srunner_add_suite(runner, suite_register());
	srunner_add_suite(runner, suite_guestinfo());
	srunner_add_suite(runner, suite_power());
	srunner_add_suite(runner, suite_timesync());
	srunner_add_suite(runner, suite_quiesce());
	srunner_add_suite(runner, suite_vix());
	srunner_add_suite(runner, suite_package());
	srunner_add_suite(runner, suite_customize());
	srunner_add_suite(runner, suite_handover());
	srunner_add_suite(runner, suite_vsock());
	srunner_add_suite(runner, suite_control());
	srunner_add_suite(runner, suite_freeze());
	srunner_add_suite(runner, suite_scripts());
	srunner_add_suite(runner, suite_broker());
	srunner_add_suite(runner, suite_sandbox());
	srunner_add_suite(runner, suite_hostile());
	srunner_add_suite(runner, suite_soak());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
	if (!confine()) {
		perror("a namespace for the tests");
		return EXIT_FAILURE;
	}
	return run();
}
