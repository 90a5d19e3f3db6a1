// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The control socket: what it answers, whom it obeys, and clients that do not behave.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "ctl.h"
#include "files.h"

static json_t *ask(const char *line, bool root)
{
	struct buf reply = { 0 };
	json_t *answer;

	control_answer(&bench->worker, str(line), root, &reply);
	ck_assert_int_eq(reply.data[reply.len - 1], '\n');
	answer = json_loadb(reply.data, reply.len, 0, NULL);
	ck_assert_msg(answer, "%s", reply.data);
	buf_free(&reply);
	return answer;
}

static bool ok(const char *line, bool root)
{
	json_t *answer = ask(line, root);
	bool yes = json_is_true(json_object_get(answer, "ok"));

	ck_assert(yes || json_is_string(json_object_get(answer, "error")));
	json_decref(answer);
	return yes;
}

START_TEST(status_says_all_that_there_is)
{
	json_t *answer, *daemon;

	bench_boot();
	answer = ask("{\"get\":\"status\"}", false);
	daemon = json_object_get(answer, "daemon");
	expect_text(json_string_value(json_object_get(daemon, "version")), VERSION);
	ck_assert(json_is_true(json_object_get(json_object_get(daemon, "host"), "registered")));
	ck_assert_uint_ge(json_array_size(json_object_get(daemon, "services")), 6);
	ck_assert_uint_eq(json_array_size(json_object_get(daemon, "problems")), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(json_object_get(daemon, "counters"),
							     "tclo_commands")), 5);
	json_decref(answer);
}
END_TEST

static void expect_problem(const char *begin)
{
	json_t *answer = ask("{\"get\":\"status\"}", false);
	json_t *problems = json_object_get(json_object_get(answer, "daemon"), "problems");
	const char *what = json_string_value(json_object_get(json_array_get(problems, 0), "what"));

	ck_assert_uint_eq(json_array_size(problems), 1);
	ck_assert_msg(what && !strncmp(what, begin, strlen(begin)), "%s", what ? what : "none");
	ck_assert(json_string_length(json_object_get(json_array_get(problems, 0), "do")) > 0);
	json_decref(answer);
}

START_TEST(what_is_wrong_is_said)
{
	expect_problem("the host's channel cannot be opened");
	bench_boot();
	bench->worker.registered = false;
	bench_pass(61000);
	expect_problem("the host has not asked who we are");
	bench->worker.registered = true;
	bench->worker.info.netlink_failed = true;
	expect_problem("the network cannot be read");
	bench->worker.info.netlink_failed = false;
	close(bench->broker);
	bench->broker = -1;
	bench_pass(10);
	expect_problem("the privileged process is gone");
}
END_TEST

START_TEST(nothing_is_looked_at_for_a_user_while_disks_are_frozen)
{
	bench_boot();
	bench_snapshot("vmbackup.start 0");
	bench_pass(300);
	ck_assert(bench->worker.frozen);
	ck_assert(!ok("{\"do\":\"update\",\"what\":\"network\"}", true));
	ck_assert(ok("{\"do\":\"reload\"}", true));
	ck_assert(bench->worker.reload_pending);
}
END_TEST

START_TEST(only_root_may_have_something_done)
{
	ck_assert(!ok("{\"do\":\"update\",\"what\":\"network\"}", true));	/* no host yet */
	bench_boot();
	ck_assert(!ok("{\"do\":\"update\",\"what\":\"network\"}", false));
	ck_assert(!ok("{\"do\":\"reload\"}", false));
	ck_assert(ok("{\"do\":\"update\",\"what\":\"network\"}", true));
	ck_assert(ok("{\"do\":\"reload\"}", true));
	ck_assert(!ok("{\"do\":\"update\",\"what\":\"disks\"}", true));
	ck_assert(!ok("{\"do\":\"poweroff\"}", true));
}
END_TEST

START_TEST(what_is_no_request_gets_an_error)
{
	static const char *const wrong[] = {
		"", "x", "{", "[]", "{}", "{\"get\":\"x\"}", "{\"get\":1}", "{\"do\":1}", "null",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!ok(wrong[i], true), "%s", wrong[i]);
}
END_TEST

START_TEST(clients_over_the_socket)
{
	static char flood[CTL_REQUEST_MAX + 2048];
	char text[16384];
	int fd = bench_dial(), many[CONTROL_CLIENTS + 2];
	ssize_t n;

	/* Two requests, the first in two pieces. */
	ck_assert_int_eq(send(fd, "{\"get\":", 7, 0), 7);
	bench_pass(10);
	ck_assert_int_gt(send(fd, "\"status\"}\n{}\n", 13, 0), 0);
	bench_pass(10);
	n = recv(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "\"ok\":true"));
	ck_assert_ptr_nonnull(strstr(text, "\"ok\":false"));
	/* A line without an end is cut off. */
	memset(flood, 'x', sizeof(flood));
	ck_assert_int_gt(send(fd, flood, sizeof(flood), 0), 0);
	bench_pass(10);
	ck_assert_int_le(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
	/* Too many at once: those who have been silent longest are shown the door. */
	for (size_t i = 0; i < CONTROL_CLIENTS + 2; i++)
		many[i] = bench_dial();
	ck_assert_int_eq(recv(many[0], text, sizeof(text), 0), 0);
	ck_assert_int_eq(recv(many[1], text, sizeof(text), 0), 0);
	ck_assert_int_gt(send(many[2], "{}\n", 3, 0), 0);
	bench_pass(0);
	fd = bench_dial();
	ck_assert_int_gt(recv(many[2], text, sizeof(text), 0), 0);
	ck_assert_int_eq(recv(many[3], text, sizeof(text), 0), 0);
	ck_assert_int_gt(send(fd, "{}\n", 3, 0), 0);
	bench_pass(0);
	ck_assert_int_gt(recv(fd, text, sizeof(text), 0), 0);
	for (size_t i = 0; i < CONTROL_CLIENTS + 2; i++)
		close(many[i]);
	close(fd);
}
END_TEST

/* A connection of somebody else's, made by a child that keeps it until it is killed. */
static pid_t dial_as(uid_t user)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert(!pipe(ready));
	pid = fork();
	if (!pid) {
		/* The worker's ends are among what it has got, and are the worker's to close. */
		if (dup2(ready[1], 3) != 3 || close_range(4, ~0u, 0) || setresuid(user, user, user))
			_exit(1);
		bench_connect();
		if (write(3, "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	bench_pass(0);
	return pid;
}

START_TEST(who_is_not_root_does_not_take_the_place_of_root)
{
	pid_t others[CONTROL_CLIENTS];
	char text[256];
	int fd[CONTROL_CLIENTS], extra;

	chmod(bench->root, 0755);
	fd[0] = bench_dial();
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		others[i] = dial_as(1000);
	/* Root is asked still, though it has been silent for longer than all of them. */
	ck_assert_int_gt(send(fd[0], "{}\n", 3, 0), 0);
	bench_pass(0);
	ck_assert_int_gt(recv(fd[0], text, sizeof(text), 0), 0);
	for (size_t i = 1; i < CONTROL_CLIENTS; i++)
		fd[i] = bench_dial();
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		ck_assert_int_eq(recv(fd[i], text, sizeof(text), 0), -1);
	/* No place is left for others, and the next of root's takes the oldest of its own. */
	kill(others[0], SIGKILL);
	waitpid(others[0], NULL, 0);
	others[0] = dial_as(1000);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		ck_assert_int_eq(recv(fd[i], text, sizeof(text), 0), -1);
	extra = bench_dial();
	ck_assert_int_eq(recv(fd[0], text, sizeof(text), 0), 0);
	close(extra);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		close(fd[i]);
		kill(others[i], SIGKILL);
		waitpid(others[i], NULL, 0);
	}
}
END_TEST

START_TEST(anybody_may_connect_and_no_link_is_followed)
{
	struct stat st;
	char path[128], victim[128];

	bench_file("/run/vmguestd/victim", "");
	ck_assert(files_path(victim, sizeof(victim), "/run/vmguestd/victim"));
	ck_assert(files_path(path, sizeof(path), CTL_PATH));
	ck_assert(!chmod(victim, 0600));
	ck_assert(!symlink(victim, path));
	close(control_listen());
	ck_assert(!lstat(path, &st));
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_int_eq(st.st_mode & 0777, 0666);
	ck_assert(!stat(victim, &st));
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

Suite *suite_control(void)
{
	Suite *suite = suite_create("control");
	TCase *tcase = tcase_create("socket");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, status_says_all_that_there_is);
	tcase_add_test(tcase, what_is_wrong_is_said);
	tcase_add_test(tcase, nothing_is_looked_at_for_a_user_while_disks_are_frozen);
	tcase_add_test(tcase, only_root_may_have_something_done);
	tcase_add_test(tcase, what_is_no_request_gets_an_error);
	tcase_add_test(tcase, clients_over_the_socket);
	tcase_add_test(tcase, who_is_not_root_does_not_take_the_place_of_root);
	tcase_add_test(tcase, anybody_may_connect_and_no_link_is_followed);
	suite_add_tcase(suite, tcase);
	return suite;
}
