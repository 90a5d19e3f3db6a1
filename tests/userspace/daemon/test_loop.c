// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Timers and descriptors of the event loop.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "log.h"
#include "notify.h"

static struct loop loop;
static uint64_t now;
static char fired[16];
static struct loop_timer timers[3];
static struct loop_fd sources[2];

static uint64_t clock_now(void)
{
	return now;
}

static void fire(void *data)
{
	strcat(fired, data);
}

static void setup(void)
{
	ck_assert(!loop_init(&loop));
	loop.clock = clock_now;
	now = 1000;
	fired[0] = '\0';
	timers[0] = (struct loop_timer){ .fire = fire, .data = "a" };
	timers[1] = (struct loop_timer){ .fire = fire, .data = "b" };
	timers[2] = (struct loop_timer){ .fire = fire, .data = "c" };
}

static void teardown(void)
{
	loop_close(&loop);
}

START_TEST(timers_fire_in_order_once)
{
	loop_timer(&loop, &timers[0], 30);
	loop_timer(&loop, &timers[1], 10);
	loop_timer(&loop, &timers[2], 20);
	ck_assert_int_eq(loop_expire(&loop), 10);
	now += 25;
	ck_assert_int_eq(loop_expire(&loop), 5);
	expect_text(fired, "bc");
	now += 5;
	ck_assert_int_eq(loop_expire(&loop), -1);
	expect_text(fired, "bca");
}
END_TEST

START_TEST(a_timer_can_be_cancelled_and_set_anew)
{
	loop_timer(&loop, &timers[0], 10);
	loop_timer(&loop, &timers[1], 10);
	loop_cancel(&loop, &timers[0]);
	loop_timer(&loop, &timers[1], 50);
	now += 20;
	ck_assert_int_eq(loop_expire(&loop), 30);
	expect_text(fired, "");
}
END_TEST

static void take_away_both(void *data, uint32_t events)
{
	(void)events;
	strcat(fired, data);
	loop_remove(&loop, &sources[0]);
	loop_remove(&loop, &sources[1]);
}

START_TEST(a_handler_may_remove_another_that_is_ready_too)
{
	int one[2], two[2];

	ck_assert(!pipe(one) && !pipe(two));
	sources[0] = (struct loop_fd){ -1, take_away_both, "x" };
	sources[1] = (struct loop_fd){ -1, take_away_both, "x" };
	ck_assert(!loop_add(&loop, &sources[0], one[0], EPOLLIN));
	ck_assert(!loop_add(&loop, &sources[1], two[0], EPOLLIN));
	ck_assert_int_eq(write(one[1], "1", 1) + write(two[1], "1", 1), 2);
	loop_turn(&loop, 0);
	loop_turn(&loop, 0);
	expect_text(fired, "x");
}
END_TEST

START_TEST(a_flood_of_lines_is_cut_off_and_counted)
{
	int out[2], saved = dup(STDERR_FILENO);
	static char text[65536];
	unsigned int lines = 0;
	ssize_t n;

	ck_assert(!pipe2(out, O_NONBLOCK));
	dup2(out[1], STDERR_FILENO);
	log_rate = 10;
	for (int i = 0; i < 100; i++)
		log_info("line");
	/* Two minutes may have come by, if it was at the end of one. */
	for (int i = 0; i < 100; i++)
		log_error("error");
	log_limit = LOG_DEBUG;
	for (int i = 0; i < 100; i++)
		log_debug("asked for");
	log_limit = LOG_INFO;
	log_rate = 0;
	dup2(saved, STDERR_FILENO);
	n = read(out[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_ge(lines, 120);
	ck_assert_uint_le(lines, 141);
}
END_TEST

START_TEST(a_reader_who_is_stuck_or_gone_stops_nobody)
{
	int out[2], saved = dup(STDERR_FILENO);
	char byte = 0;

	ck_assert(!pipe2(out, O_NONBLOCK));
	while (write(out[1], &byte, 1) == 1)
		continue;
	ck_assert(!fcntl(out[1], F_SETFL, 0));
	dup2(out[1], STDERR_FILENO);
	log_error("nobody reads this");
	log_hold();
	log_error("nor this");
	log_release();
	close(out[1]);
	close(out[0]);
	log_error("there is nobody");
	dup2(saved, STDERR_FILENO);
}
END_TEST

START_TEST(lines_are_held_while_disks_are_frozen)
{
	int out[2], saved = dup(STDERR_FILENO);
	char text[4096] = "";
	ssize_t n;

	ck_assert(!pipe2(out, O_NONBLOCK));
	dup2(out[1], STDERR_FILENO);
	log_hold();
	log_info("one\x1b[0m\n%s", "\xc3\xa9\xc2\x9b" "2J\x9b" "x");
	for (int i = 0; i < 500; i++)
		log_info("line %d of a flood that has no room", i);
	close(out[1]);
	n = read(out[0], text, sizeof(text));
	log_release();
	dup2(saved, STDERR_FILENO);
	ck_assert_int_lt(n, 0);		/* nothing before it was released */
	n = read(out[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(strstr(text, "vmguestd: one?[0m?\xc3\xa9??2J?x\n"));
}
END_TEST

/* A supervisor's socket, and what comes to it. */
static void expect_word(int supervisor, const char *wanted)
{
	char text[64] = "";

	ck_assert_int_ge(recv(supervisor, text, sizeof(text) - 1, MSG_DONTWAIT), 0);
	expect_text(text, wanted);
}

START_TEST(a_supervisor_hears_what_it_wants_to)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "@vmguestd-test" };
	int supervisor = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct notify notify;
	char byte;

	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	address.sun_path[0] = '\0';
	ck_assert(!bind(supervisor, (struct sockaddr *)&address,
			offsetof(struct sockaddr_un, sun_path) + strlen("@vmguestd-test")));
	notify_open(&notify);
	ck_assert_uint_eq(notify.every, 15000);
	notify_say(&notify, "READY=1");
	expect_word(supervisor, "READY=1");
	notify_watchdog(&notify, 100);
	expect_word(supervisor, "WATCHDOG=1");
	notify_watchdog(&notify, 15099);
	ck_assert_int_lt(recv(supervisor, &byte, 1, MSG_DONTWAIT), 0);
	notify_watchdog(&notify, 15100);
	expect_word(supervisor, "WATCHDOG=1");
	notify_close(&notify);
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_open(&notify);
	ck_assert_int_eq(notify.fd, -1);
	notify_say(&notify, "READY=1");
}
END_TEST

Suite *suite_loop(void)
{
	Suite *suite = suite_create("loop");
	TCase *tcase = tcase_create("loop");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, timers_fire_in_order_once);
	tcase_add_test(tcase, a_timer_can_be_cancelled_and_set_anew);
	tcase_add_test(tcase, a_handler_may_remove_another_that_is_ready_too);
	tcase_add_test(tcase, a_supervisor_hears_what_it_wants_to);
	tcase_add_test(tcase, a_flood_of_lines_is_cut_off_and_counted);
	tcase_add_test(tcase, a_reader_who_is_stuck_or_gone_stops_nobody);
	tcase_add_test(tcase, lines_are_held_while_disks_are_frozen);
	suite_add_tcase(suite, tcase);
	return suite;
}
