// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The control socket: what it answers, whom it obeys, and clients that do not behave.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "ctl.h"

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
	/* Too many at once: the last ones are shown the door, and it works again afterwards. */
	for (size_t i = 0; i < CONTROL_CLIENTS + 2; i++) {
		many[i] = bench_dial();
		bench_pass(10);
	}
	ck_assert_int_eq(recv(many[CONTROL_CLIENTS + 1], text, sizeof(text), 0), 0);
	for (size_t i = 0; i < CONTROL_CLIENTS + 2; i++)
		close(many[i]);
	bench_pass(10);
	fd = bench_dial();
	ck_assert_int_gt(send(fd, "{}\n", 3, 0), 0);
	bench_pass(10);
	ck_assert_int_gt(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}
END_TEST

Suite *suite_control(void)
{
	Suite *suite = suite_create("control");
	TCase *tcase = tcase_create("socket");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, status_says_all_that_there_is);
	tcase_add_test(tcase, only_root_may_have_something_done);
	tcase_add_test(tcase, what_is_no_request_gets_an_error);
	tcase_add_test(tcase, clients_over_the_socket);
	suite_add_tcase(suite, tcase);
	return suite;
}
