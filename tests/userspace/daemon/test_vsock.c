// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The host's channel over vsock: sockets of that family are, in this program, one end of
 * a pair whose other end the test has.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "datamap.h"

/* The linker puts these in the place of the system's. */
int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int __real_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);

static bool offered;
static int host_end = -1;
static struct buf received;

int __wrap_socket(int family, int type, int protocol)
{
	int pair[2];

	if (family != AF_VSOCK)
		return __real_socket(family, type, protocol);
	if (!offered || socketpair(AF_UNIX, type, 0, pair)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (host_end >= 0)
		close(host_end);
	host_end = pair[1];
	return pair[0];
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return address->sa_family == AF_VSOCK ? 0 : __real_connect(fd, address, len);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	return address->sa_family == AF_VSOCK ? 0 : __real_bind(fd, address, len);
}

static void setup(void)
{
	offered = true;
	bench_new();
	bench->worker.tclo.vsock = true;
	bench_pass(100);
	ck_assert_int_ge(host_end, 0);
	ck_assert(tclo_up(&bench->worker.tclo));
}

static void teardown(void)
{
	bench_free();
	buf_free(&received);
	offered = false;
	if (host_end >= 0)
		close(host_end);
	host_end = -1;
}

static void say(const char *command)
{
	struct datamap packet = { .type = DATAMAP_DATA, .payload = str(command) };
	struct buf bytes = { 0 };

	datamap_add(&bytes, &packet);
	ck_assert_int_eq(write(host_end, bytes.data, bytes.len), (ssize_t)bytes.len);
	buf_free(&bytes);
	bench_pass(10);
}

/* The next packet, of which the text stays until the one after it; false: there is none. */
static bool hear(struct datamap *packet)
{
	static size_t taken;
	ssize_t n;
	char *room;

	buf_drop(&received, taken);
	taken = 0;
	room = buf_room(&received, 65536);
	n = recv(host_end, room, 65536, MSG_DONTWAIT);
	if (n > 0)
		received.len += (size_t)n;
	n = datamap_parse(received.data, received.len, packet);
	ck_assert_int_ge(n, 0);
	taken = (size_t)n;
	return n > 0;
}

static void expect_answer(const char *wanted)
{
	struct datamap packet;

	ck_assert(hear(&packet));
	ck_assert_int_eq(packet.type, DATAMAP_DATA);
	ck_assert_msg(str_is(packet.payload, wanted), "%.*s", (int)packet.payload.len,
		      packet.payload.at);
}

START_TEST(commands_are_answered_at_once)
{
	say("reset");
	expect_answer("OK ATR toolbox");
	ck_assert_int_eq(bench->worker.resets, 1);
	say("ping");
	expect_answer("OK ");
	say("nonsense");
	expect_answer("ERROR Unknown Command");
}
END_TEST

START_TEST(a_ping_each_second_once_the_host_was_answered)
{
	struct datamap packet;
	unsigned int pings = 0;
	uint64_t turns;

	bench_pass(5000);
	ck_assert(!hear(&packet));
	say("reset");
	expect_answer("OK ATR toolbox");
	bench->worker.settings.stats = false;
	turns = bench->worker.tclo.looks;
	bench_pass(60000);
	while (hear(&packet)) {
		ck_assert_int_eq(packet.type, DATAMAP_PING);
		pings++;
	}
	ck_assert_uint_ge(pings, 59);
	ck_assert_uint_le(pings, 61);
	ck_assert_uint_le(bench->worker.tclo.looks - turns, 61);
}
END_TEST

START_TEST(two_commands_in_one_piece_and_one_in_many)
{
	struct datamap packet = { .type = DATAMAP_DATA, .payload = str("ping") };
	struct buf bytes = { 0 };

	datamap_add(&bytes, &packet);
	datamap_add(&bytes, &packet);
	ck_assert_int_gt(write(host_end, bytes.data, bytes.len), 0);
	bench_pass(10);
	expect_answer("OK ");
	expect_answer("OK ");
	for (size_t i = 0; i < bytes.len / 2; i++) {
		ck_assert(!hear(&packet));
		ck_assert_int_eq(write(host_end, bytes.data + i, 1), 1);
		bench_pass(1);
	}
	expect_answer("OK ");
	buf_free(&bytes);
}
END_TEST

START_TEST(a_host_that_goes_away_is_found_again_where_it_is)
{
	say("reset");
	expect_answer("OK ATR toolbox");
	close(host_end);
	host_end = -1;
	bench_pass(3000);
	ck_assert(tclo_up(&bench->worker.tclo));
	ck_assert_int_ge(host_end, 0);
	/* And over the backdoor if there is no vsock any more. */
	offered = false;
	close(host_end);
	host_end = -1;
	bench_pass(10000);
	ck_assert(bench->worker.registered);
	ck_assert(json_is_true(bench_get("tools", "running")));
}
END_TEST

START_TEST(a_host_that_has_vsock_and_does_not_use_it_is_found_over_the_backdoor)
{
	/* It takes the connection, and says nothing. */
	bench_pass(20000);
	ck_assert(bench->worker.registered);
	ck_assert(bench->worker.tclo.conn.fd < 0);
	ck_assert(json_is_true(bench_get("tools", "running")));
	expect_text(bench_text("tools", "heartbeat.status"), "green");
	/* Nor does one that closes it at once keep us from its other channel. */
	bench_pass(310000);
	expect_text(bench_command("reset"), "OK ATR toolbox");
	bench_pass(2000);
	ck_assert_int_ge(bench->worker.tclo.conn.fd, 0);
	close(host_end);
	host_end = -1;
	bench_pass(5000);
	ck_assert(bench->worker.tclo.conn.fd < 0);
	ck_assert(json_is_true(bench_get("tools", "running")));
}
END_TEST

START_TEST(a_host_that_speaks_is_not_left)
{
	uint64_t before = bench->worker.tclo.opened;

	say("ping");
	expect_answer("OK ");
	bench_pass(30000);
	say("reset");
	expect_answer("OK ATR toolbox");
	ck_assert_uint_eq(bench->worker.tclo.opened, before);
}
END_TEST

START_TEST(a_machine_that_comes_to_a_host_with_vsock_uses_it)
{
	/* The first one has none. */
	offered = false;
	close(host_end);
	host_end = -1;
	bench_pass(400000);
	ck_assert(bench->worker.registered);
	ck_assert(bench->worker.tclo.conn.fd < 0);
	offered = true;
	bench_pass(60000);
	ck_assert(bench->worker.tclo.conn.fd < 0);
	expect_text(bench_command("reset"), "OK ATR toolbox");
	bench_pass(2000);
	ck_assert_int_ge(bench->worker.tclo.conn.fd, 0);
	say("reset");
	expect_answer("OK ATR toolbox");
}
END_TEST

START_TEST(a_length_that_cannot_be_closes_the_connection)
{
	static const uint8_t lie[] = { 0x80, 0, 0, 0, 1, 2, 3, 4 };
	char byte;

	ck_assert_int_eq(write(host_end, lie, sizeof(lie)), sizeof(lie));
	offered = false;
	bench_pass(100);
	ck_assert_int_eq(recv(host_end, &byte, 1, 0), 0);
}
END_TEST

START_TEST(a_flood_of_commands_leaves_others_their_turn)
{
	struct datamap packet = { .type = DATAMAP_DATA, .payload = str("ping") };
	uint64_t before = bench->worker.tclo.commands;
	struct buf bytes = { 0 };

	for (int i = 0; i < 200; i++)
		datamap_add(&bytes, &packet);
	ck_assert_int_eq(write(host_end, bytes.data, bytes.len), (ssize_t)bytes.len);
	loop_turn(&bench->worker.loop, 0);
	ck_assert_uint_gt(bench->worker.tclo.commands, before);
	ck_assert_uint_le(bench->worker.tclo.commands, before + 10);
	/* All are answered nevertheless, and then it is quiet again. */
	bench_pass(100);
	ck_assert_uint_eq(bench->worker.tclo.commands, before + 200);
	for (int i = 0; i < 200; i++)
		expect_answer("OK ");
	say("reset");
	expect_answer("OK ATR toolbox");
	bench_pass(10000);
	ck_assert(hear(&packet));
	ck_assert_int_eq(packet.type, DATAMAP_PING);
	buf_free(&bytes);
}
END_TEST

START_TEST(an_answer_that_the_host_does_not_take_ends_the_connection)
{
	struct datamap packet = { .type = DATAMAP_DATA, .payload = str("ping") };
	struct buf bytes = { 0 };
	int room = 4096, end = host_end;

	/* Answers fill the pair's buffers, and nobody reads them. */
	datamap_add(&bytes, &packet);
	setsockopt(end, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	while (host_end == end && bench->worker.tclo.opened == 1) {
		if (send(end, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
		bench_pass(1);
	}
	bench_pass(3000);
	ck_assert_uint_gt(bench->worker.tclo.opened, 1);
	ck_assert(tclo_up(&bench->worker.tclo));
	buf_free(&bytes);
}
END_TEST

Suite *suite_vsock(void)
{
	Suite *suite = suite_create("vsock");
	TCase *tcase = tcase_create("channel");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, commands_are_answered_at_once);
	tcase_add_test(tcase, a_ping_each_second_once_the_host_was_answered);
	tcase_add_test(tcase, two_commands_in_one_piece_and_one_in_many);
	tcase_add_test(tcase, a_host_that_goes_away_is_found_again_where_it_is);
	tcase_add_test(tcase,
		       a_host_that_has_vsock_and_does_not_use_it_is_found_over_the_backdoor);
	tcase_add_test(tcase, a_host_that_speaks_is_not_left);
	tcase_add_test(tcase, a_machine_that_comes_to_a_host_with_vsock_uses_it);
	tcase_add_test(tcase, a_length_that_cannot_be_closes_the_connection);
	tcase_add_test(tcase, a_flood_of_commands_leaves_others_their_turn);
	tcase_add_test(tcase, an_answer_that_the_host_does_not_take_ends_the_connection);
	suite_add_tcase(suite, tcase);
	return suite;
}
