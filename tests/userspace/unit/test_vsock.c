// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vsock without a host: socket(), bind() and connect() of that family are answered here,
 * from a script, and a connection is one end of a socket pair.
 */
#include "unit.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "conn.h"
#include "datamap.h"
#include "rpc.h"

static struct {
	bool absent;			/* no such family */
	int bind_errors[16], connect_errors[16];	/* of each try; 0: good */
	unsigned int binds, connects;
	unsigned int local[16];		/* ports that were tried */
	unsigned int cid, port;		/* of the last connection */
	int ours, theirs;
} fake;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);
int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);

int __wrap_socket(int domain, int type, int protocol)
{
	int pair[2];

	if (domain != AF_VSOCK)
		return __real_socket(domain, type, protocol);
	if (fake.absent) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	if (fake.theirs)
		close(fake.theirs);
	fake.theirs = pair[1];
	fake.ours = pair[0];
	return pair[0];
}

static int answer(int error)
{
	errno = error;
	return error ? -1 : 0;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	const struct sockaddr_vm *vm = (const struct sockaddr_vm *)address;

	if (address->sa_family != AF_VSOCK)
		return __real_bind(fd, address, len);
	ck_assert_uint_lt(fake.binds, 16);
	fake.local[fake.binds] = vm->svm_port;
	return answer(fake.bind_errors[fake.binds++]);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	const struct sockaddr_vm *vm = (const struct sockaddr_vm *)address;

	if (address->sa_family != AF_VSOCK)
		return __real_connect(fd, address, len);
	ck_assert_uint_lt(fake.connects, 16);
	fake.cid = vm->svm_cid;
	fake.port = vm->svm_port;
	return answer(fake.connect_errors[fake.connects++]);
}

/* The host's side: one packet to us, in pieces of @piece bytes. */
static void send_packet(enum datamap_type type, const char *payload, size_t piece)
{
	struct datamap packet = { .type = type, .payload = str(payload) };
	struct buf out = { 0 };

	datamap_add(&out, &packet);
	for (size_t at = 0; at < out.len; at += piece) {
		size_t n = out.len - at < piece ? out.len - at : piece;

		ck_assert_int_eq(write(fake.theirs, out.data + at, n), n);
	}
	buf_free(&out);
}

/* … and one packet from us. */
static void expect_packet(const char *payload, bool fast_close)
{
	char data[4096];
	ssize_t len = read(fake.theirs, data, sizeof(data));
	struct datamap packet;

	ck_assert_int_eq(datamap_parse(data, len, &packet), len);
	EXPECT_STR(packet.payload, payload);
	ck_assert_int_eq(packet.type, payload[0] ? DATAMAP_DATA : DATAMAP_PING);
	ck_assert_int_eq(packet.fast_close, fast_close);
}

START_TEST(root_comes_from_a_port_that_only_root_has)
{
	struct conn conn;

	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_ROOT, 100), 0);
	ck_assert(conn.privileged);
	ck_assert_uint_eq(fake.cid, VMADDR_CID_HYPERVISOR);
	ck_assert_uint_eq(fake.port, 976);
	ck_assert(fake.local[0] >= 512 && fake.local[0] <= 1023);
	conn_close(&conn);
	ck_assert_int_eq(conn_vsock(&conn, CONN_TCLO, CONN_ANY, 100), 0);
	ck_assert(!conn.privileged);
	ck_assert_uint_eq(fake.port, 975);
	ck_assert_uint_eq(fake.local[1], VMADDR_PORT_ANY);
	conn_close(&conn);
}
END_TEST

START_TEST(ports_in_use_and_resets_lead_to_the_next_lower_one)
{
	struct conn conn;

	fake.bind_errors[0] = EADDRINUSE;
	fake.bind_errors[1] = EADDRINUSE;
	fake.connect_errors[0] = ECONNRESET;
	fake.connect_errors[1] = EINTR;
	fake.connect_errors[2] = ENOBUFS;
	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_PREFER_ROOT, 100), 0);
	ck_assert(conn.privileged);
	ck_assert_uint_eq(fake.binds, 6);
	for (int i = 1; i < 4; i++)
		ck_assert_uint_eq(fake.local[i], fake.local[0] - i);
	ck_assert_uint_eq(fake.local[4], fake.local[3]);	/* interrupted */
	ck_assert_uint_eq(fake.local[5], fake.local[3]);	/* no memory just then */
	conn_close(&conn);
}
END_TEST

START_TEST(too_many_resets_are_no_vsock)
{
	struct conn conn;

	for (int i = 0; i < 16; i++)
		fake.connect_errors[i] = ECONNRESET;
	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_ROOT, 100), -ENODEV);
	ck_assert_uint_eq(fake.connects, 8);
}
END_TEST

START_TEST(who_may_not_be_root_is_anybody_or_refused)
{
	struct conn conn;

	fake.bind_errors[0] = EACCES;
	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_PREFER_ROOT, 100), 0);
	ck_assert(!conn.privileged);
	conn_close(&conn);
	fake.bind_errors[2] = EPERM;
	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_ROOT, 100), -EACCES);
}
END_TEST

START_TEST(errors_that_say_that_there_is_no_vsock)
{
	static const int errors[] = { ENODEV, ENETUNREACH, ETIMEDOUT, ECONNREFUSED };
	struct conn conn;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		memset(&fake, 0, sizeof(fake));
		fake.connect_errors[0] = errors[i];
		ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_ROOT, 100), -ENODEV);
		ck_assert_uint_eq(fake.connects, 1);
	}
	fake.absent = true;
	ck_assert_int_eq(conn_vsock(&conn, CONN_RPCI, CONN_ROOT, 100), -ENODEV);
}
END_TEST

START_TEST(messages_arrive_in_any_pieces_and_pings_are_not_seen)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1000 };
	struct buf message = { 0 };
	struct conn conn;

	ck_assert_int_eq(conn_vsock(&conn, CONN_TCLO, CONN_ANY, 100), 0);
	ck_assert_int_eq(conn_receive(&conn, &message), 0);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		send_packet(DATAMAP_DATA, "ping", pieces[i]);
		send_packet(DATAMAP_PING, "", pieces[i]);
		send_packet(DATAMAP_DATA, "reset", pieces[i]);
		ck_assert_int_eq(conn_receive(&conn, &message), 1);
		EXPECT_BUF(&message, "ping");
		ck_assert_int_eq(conn_receive(&conn, &message), 1);
		EXPECT_BUF(&message, "reset");
		ck_assert_int_eq(conn_receive(&conn, &message), 0);
	}
	ck_assert_int_eq(conn_send(&conn, "OK ", 3), 0);
	expect_packet("OK ", false);
	ck_assert_int_eq(conn_send(&conn, NULL, 0), 0);
	expect_packet("", false);
	close(fake.theirs);
	fake.theirs = 0;
	ck_assert_int_eq(conn_receive(&conn, &message), -ECONNRESET);
	conn_close(&conn);
	buf_free(&message);
}
END_TEST

START_TEST(a_stream_that_is_none_is_dead)
{
	struct buf message = { 0 };
	struct conn conn;

	ck_assert_int_eq(conn_vsock(&conn, CONN_TCLO, CONN_ANY, 100), 0);
	ck_assert_int_eq(write(fake.theirs, "HTTP/1.1", 8), 8);
	ck_assert_int_eq(conn_receive(&conn, &message), -EPROTO);
	conn_close(&conn);
	buf_free(&message);
}
END_TEST

/* A child that has no end of it, and ends when we close. */
static pid_t flood(struct str bytes)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	close(fake.ours);
	while (send(fake.theirs, bytes.at, bytes.len, MSG_NOSIGNAL) > 0)
		continue;
	_exit(0);
}

START_TEST(a_host_that_only_says_that_it_is_there_is_not_heard_for_ever)
{
	static const enum conn_purpose purposes[] = { CONN_RPCI, CONN_TCLO };
	struct datamap ping = { .type = DATAMAP_PING };
	struct buf message = { 0 }, bytes = { 0 };
	struct conn conn;
	pid_t pid;

	for (int i = 0; i < 100; i++)
		datamap_add(&bytes, &ping);
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		ck_assert_int_eq(conn_vsock(&conn, purposes[i], CONN_ANY, 100), 0);
		pid = flood(str_of(bytes.data, bytes.len));
		close(fake.theirs);
		fake.theirs = 0;
		for (int k = 0; k < 3; k++)
			ck_assert_int_eq(conn_receive(&conn, &message), 0);
		ck_assert_uint_lt(conn.pending.len, 8192);
		conn_close(&conn);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	buf_free(&message);
	buf_free(&bytes);
}
END_TEST

START_TEST(a_request_of_root_goes_by_vsock_and_by_the_backdoor_without_it)
{
	struct rpc rpc = { .privilege = CONN_PREFER_ROOT, .once = true };
	uint64_t begun = clock_ms(CLOCK_MONOTONIC);
	struct buf reply = { 0 };

	fake.absent = true;
	ck_assert_int_eq(rpc_call(&rpc, str("info-get guestinfo.none"), 0, &reply), 0);
	EXPECT_BUF(&reply, "No value found");	/* the emulated host */
	/* it is not tried again for so long, though it is there now */
	ck_assert_uint_ge(rpc.vsock_after, begun + 2000);
	rpc.vsock_after = UINT64_MAX;
	fake.absent = false;
	ck_assert_int_eq(rpc_call(&rpc, str("info-get guestinfo.none"), 0, &reply), 0);
	ck_assert_uint_eq(fake.connects, 0);
	/* the machine has moved */
	rpc_reset(&rpc);
	ck_assert_int_lt(rpc_call(&rpc, str("log x"), 0, &reply), 0);	/* nobody replies in time */
	ck_assert_uint_eq(fake.connects, 1);
	expect_packet("log x", true);
	buf_free(&reply);
}
END_TEST

START_TEST(what_only_root_may_is_not_asked_as_anybody)
{
	struct rpc rpc = { .privilege = CONN_ROOT };
	struct buf reply = { 0 };

	fake.absent = true;
	ck_assert_int_eq(rpc_call(&rpc, str("info-get guestinfo.none"), 0, &reply), -EACCES);
	EXPECT_BUF(&reply, "Permission denied");
	buf_free(&reply);
}
END_TEST

Suite *vsock_suite(void)
{
	Suite *suite = suite_create("vsock");
	TCase *tcase = tcase_create("vsock");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, root_comes_from_a_port_that_only_root_has);
	tcase_add_test(tcase, ports_in_use_and_resets_lead_to_the_next_lower_one);
	tcase_add_test(tcase, too_many_resets_are_no_vsock);
	tcase_add_test(tcase, who_may_not_be_root_is_anybody_or_refused);
	tcase_add_test(tcase, errors_that_say_that_there_is_no_vsock);
	tcase_add_test(tcase, messages_arrive_in_any_pieces_and_pings_are_not_seen);
	tcase_add_test(tcase, a_stream_that_is_none_is_dead);
	tcase_add_test(tcase, a_host_that_only_says_that_it_is_there_is_not_heard_for_ever);
	tcase_add_test(tcase, a_request_of_root_goes_by_vsock_and_by_the_backdoor_without_it);
	tcase_add_test(tcase, what_only_root_may_is_not_asked_as_anybody);
	suite_add_tcase(suite, tcase);
	return suite;
}
