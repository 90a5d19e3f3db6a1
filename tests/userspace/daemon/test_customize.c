// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A customization as a host has it done: what the broker gets, and what the host hears; and
 * whatever a host may get wrong in it. Its file has the name that test_daemon.py looks for in
 * system calls.
 */
#include <errno.h>
#include <stdio.h>

#include "bench.h"
#include "le.h"

#define DISABLED "ERROR Customization is disabled in this guest"
#define PIECE 40000

enum {
	CLOSE = 3, GETATTR_V2 = 15, SETATTR_V2 = 16, OPEN = 24, READ = 25, WRITE = 26,
	CLOSE_V3 = 27, SETATTR_V3 = 32, CREATE = 41, DESTROY = 42,
};

static struct buf packet;
static char folder[128];
static uint64_t session;

static void start(void)
{
	bench_new();
	bench_file("/usr/bin/cloud-init", "");
	bench_boot();
	bench->asked = 0;
	session = 0;
}

static void end(void)
{
	buf_free(&packet);
	bench_free();
}

/* A packet in a guest operation; the answer as a whole. */
static const char *relay(const struct buf *bytes, uint32_t said)
{
	static const char head[] = "Vix_1_Relayed_Command \"0\"";
	struct buf command = { 0 };
	const char *answer;

	buf_add(&command, head, sizeof(head));
	le_add(&command, 0xd00d0001, 4);
	le_add(&command, 5, 2);
	le_add(&command, 51 + 8 + bytes->len, 4);
	le_add(&command, 51, 4);
	le_add(&command, 8 + bytes->len, 4);
	le_add(&command, 0, 4);
	le_add(&command, 0x81, 1);
	le_add(&command, 84, 4);
	le_add(&command, 0, 24);
	le_add(&command, said, 4);
	le_add(&command, 0, 4);
	buf_add(&command, bytes->data, bytes->len);
	answer = bench_command_bytes(command.data, command.len);
	buf_free(&command);
	return answer;
}

/* Status of an operation; what is behind the header of the reply is in @reply. */
static uint32_t transfer(uint32_t op, const void *fields, size_t len, const char **reply)
{
	const char *answer;

	buf_clear(&packet);
	le_add(&packet, 1, 4);
	le_add(&packet, 0xff, 4);
	le_add(&packet, 52 + len, 4);
	le_add(&packet, 52, 4);
	le_add(&packet, 77, 4);
	le_add(&packet, op, 4);
	le_add(&packet, 0, 4);
	le_add(&packet, 1, 4);
	le_add(&packet, 0, 4);
	le_add(&packet, session, 8);
	le_add(&packet, 0, 8);
	buf_add(&packet, fields, len);
	answer = relay(&packet, (uint32_t)packet.len);
	ck_assert_msg(!memcmp(answer, "OK 0 0 #", 8), "%s", answer);
	answer += 8;
	ck_assert_uint_eq(le_get(answer + 16, 4), 77);
	ck_assert_uint_eq(le_get(answer + 20, 4), op);
	if (reply)
		*reply = answer + 52;
	return (uint32_t)le_get(answer + 24, 4);
}

static uint32_t open_named(const char *path, size_t len, uint32_t mode)
{
	struct buf fields = { 0 };
	const char *reply;
	uint32_t status;

	le_add(&fields, 3, 8);
	le_add(&fields, mode, 4);
	le_add(&fields, 4, 4);
	le_add(&fields, 0, 48);
	le_add(&fields, len, 4);
	le_add(&fields, 0, 12);
	buf_add(&fields, path, len);
	buf_char(&fields, '\0');
	status = transfer(OPEN, fields.data, fields.len, &reply);
	buf_free(&fields);
	if (!status)
		ck_assert_uint_eq(le_get(reply, 4), 1);
	return status;
}

/* Slashes are NULs on the wire. */
static uint32_t open_path(const char *path, uint32_t mode)
{
	char name[400];
	size_t len = (size_t)snprintf(name, sizeof(name), "root%s", path);

	for (size_t i = 0; i < len; i++)
		if (name[i] == '/')
			name[i] = '\0';
	return open_named(name, len, mode);
}

static uint32_t write_with(uint8_t flags, uint64_t offset, const void *data, size_t len)
{
	struct buf fields = { 0 };
	uint32_t status;

	le_add(&fields, 1, 4);
	le_add(&fields, flags, 1);
	le_add(&fields, offset, 8);
	le_add(&fields, len, 4);
	le_add(&fields, 0, 8);
	buf_add(&fields, data, len);
	status = transfer(WRITE, fields.data, fields.len, NULL);
	buf_free(&fields);
	return status;
}

static uint32_t write_at(uint64_t offset, const void *data, size_t len)
{
	return write_with(0, offset, data, len);
}

static uint32_t close_file(void)
{
	static const char fields[12] = { 1, 0, 0, 0, CLOSE, 0, 0, 0, 1, 0, 0, 0 };

	return transfer(CLOSE, fields, sizeof(fields), NULL);
}

static void begin(void)
{
	const char *answer = bench_command("deployPkg.begin ");
	const char *reply;

	ck_assert_msg(!strncmp(answer, "OK /run/", 8), "%s", answer);
	snprintf(folder, sizeof(folder), "%s", answer + 3);
	ck_assert_int_eq(folder[strlen(folder) - 1], '/');
	ck_assert_uint_eq(transfer(CREATE, "", 0, &reply), 0);
	session = le_get(reply, 8);
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", folder, name);
	return path;
}

static const char *deploy(const char *name)
{
	char command[300];

	snprintf(command, sizeof(command), "deployPkg.deploy %s", path_of(name));
	return bench_command(command);
}

/* A package of packages/, up to its deployment. */
static void send_package(const char *name)
{
	static char bytes[1 << 18];
	char path[128];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "packages/%s", name);
	file = fopen(path, "rb");
	ck_assert_msg(file, "%s", path);
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	begin();
	ck_assert_uint_eq(open_path(path_of("hostile-marker"), 1), 0);
	for (size_t at = 0; at < len; at += PIECE)
		ck_assert_uint_eq(write_at(at, bytes + at, len - at < PIECE ? len - at : PIECE), 0);
	ck_assert_uint_eq(close_file(), 0);
}

static void expect_state(unsigned int state, unsigned int code)
{
	bench_pass(1000);
	ck_assert_int_eq(bench_number("deploypkg", "state"), state);
	ck_assert_int_eq(bench_number("deploypkg", "code"), code);
}

START_TEST(what_is_for_cloud_init_reaches_the_broker)
{
	static const char config[] = "[NETWORK]\n", userdata[] = "#cloud-config\n";
	const struct broker_request *request = bench->request;

	send_package("small");
	expect_text(deploy("hostile-marker"), "OK ");
	expect_state(4, 0);
	ck_assert_ptr_nonnull(strstr(bench_text("deploypkg", "text"), "cloud-init.log@"));
	while (request->op != BROKER_CUSTOMIZE)
		request++;
	ck_assert_uint_eq(request[0].customize.step, BROKER_CUSTOMIZE_BEGIN);
	ck_assert_uint_eq(request[1].customize.step, BROKER_CUSTOMIZE_DATA);
	ck_assert_uint_eq(request[1].customize.file, BROKER_FILE_CONFIG);
	ck_assert_uint_eq(request[1].customize.len, strlen(config));
	ck_assert(!memcmp(request[1].customize.bytes, config, strlen(config)));
	ck_assert_uint_eq(request[2].customize.file, BROKER_FILE_USERDATA);
	ck_assert_uint_eq(request[2].customize.len, strlen(userdata));
	ck_assert_uint_eq(request[3].customize.step, BROKER_CUSTOMIZE_COMMIT);
	ck_assert_uint_eq(request[3].customize.raw, 0);
	ck_assert_uint_eq(bench_asked(BROKER_CUSTOMIZE), 4);
	ck_assert_uint_eq(bench->worker.customize.done, 1);
	/* Nothing of it is kept. */
	ck_assert_ptr_null(bench->worker.customize.transfer.file.data);
	ck_assert(!bench->worker.customize.handing_over && !bench->worker.customize.receiving);
	expect_text(deploy("hostile-marker"), "ERROR There is no such package");
}
END_TEST

START_TEST(larger_files_go_in_pieces)
{
	size_t bytes = 0, pieces = 0;

	send_package("tar");
	bench->hold[BROKER_CUSTOMIZE] = true;
	expect_text(deploy("hostile-marker"), "OK ");
	/* Another one has to wait until this one is done. */
	expect_text(bench_command("deployPkg.begin"), "ERROR Customization goes on already");
	expect_text(deploy("hostile-marker"), "ERROR Customization goes on already");
	while (bench->worker.customize.handing_over) {
		const struct broker_request *last = bench_last(BROKER_CUSTOMIZE);

		ck_assert_uint_eq(last->customize.raw, last->customize.step == BROKER_CUSTOMIZE_COMMIT);
		pieces += last->customize.step == BROKER_CUSTOMIZE_DATA;
		bytes += last->customize.len;
		/* One at a time: what this one is answered makes the next. */
		bench->request[0] = *last;
		bench->asked = 1;
		bench_answer(BROKER_CUSTOMIZE, 0);
	}
	ck_assert_uint_eq(bytes, 53 + 13500 + 68945);
	ck_assert_uint_eq(pieces, 1 + 1 + 14 + 68);
	ck_assert_uint_eq(bench->worker.customize.done, 1);
	expect_state(4, 0);
}
END_TEST

START_TEST(each_reason_against_it_has_its_number)
{
	static const struct {
		int32_t result;
		unsigned int code;
	} cases[] = {
		{ -EPERM, 7 }, { BROKER_NO_CLOUD_INIT, 7 }, { BROKER_NO_PERMISSION, 7 },
		{ BROKER_NO_RAW, 8 }, { BROKER_TOO_LATE, 5 }, { BROKER_NOT_WRITTEN, 4 },
		{ -EBUSY, 4 }, { -EPIPE, 4 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		session = 0;
		bench->asked = 0;
		bench->result[BROKER_CUSTOMIZE] = cases[i].result;
		send_package("small");
		expect_text(deploy("hostile-marker"), "OK ");
		expect_state(5, cases[i].code);
		ck_assert(!bench->worker.customize.handing_over);
	}
	ck_assert_uint_eq(bench->worker.customize.done, 0);
	ck_assert_uint_eq(bench->worker.customize.refused, 8);
}
END_TEST

START_TEST(what_is_no_package_is_refused)
{
	begin();
	expect_text(bench_command("deployPkg.deploy"), "ERROR No package was named");
	expect_state(5, 3);
	begin();
	expect_text(deploy("hostile-marker"), "ERROR There is no such package");
	expect_state(5, 2);
	session = 0;
	begin();
	open_path(path_of("hostile-marker"), 1);
	write_at(0, "VMWAREDEPLOYPKG", 15);
	/* It is not whole yet. */
	expect_text(deploy("hostile-marker"), "ERROR There is no such package");
	session = 0;
	begin();
	open_path(path_of("hostile-marker"), 1);
	write_at(0, "VMWAREDEPLOYPKG", 15);
	close_file();
	expect_text(deploy("hostile-marker"), "OK ");
	expect_state(5, 5);
	ck_assert_uint_eq(bench_asked(BROKER_CUSTOMIZE), 0);
}
END_TEST

START_TEST(switched_off_it_is_refused)
{
	struct buf nothing = { 0 };

	bench->worker.settings.customize = false;
	expect_text(bench_command("deployPkg.begin"), DISABLED);
	expect_state(5, 7);
	expect_text(bench_command("deployPkg.deploy /etc/passwd"), DISABLED);
	bench->worker.settings.customize = true;
	ck_assert(!remove(strcat(strcpy(folder, bench->root), "/usr/bin/cloud-init")));
	expect_text(bench_command("deployPkg.begin"), DISABLED);
	/* And then no file is taken either. */
	le_add(&nothing, 0, 60);
	expect_text(relay(&nothing, 60), "OK 20005 0 ");
	buf_free(&nothing);
}
END_TEST

START_TEST(only_the_one_file_can_be_named)
{
	char root[] = "root", too_long[400];

	begin();
	for (uint32_t mode = 1; mode < 3; mode++) {
		ck_assert_uint_eq(open_path("/etc/passwd", mode), 8);
		ck_assert_uint_eq(open_path("", mode), 8);
		ck_assert_uint_eq(open_path("/", mode), 8);
		ck_assert_uint_eq(open_path(folder, mode), 8);
		ck_assert_uint_eq(open_path(path_of("hostile-marker/b"), mode), 8);
		ck_assert_uint_eq(open_path(path_of("../../hostile-marker"), mode), 8);
		ck_assert_uint_eq(open_named(root, 4, mode), 8);
		ck_assert_uint_eq(open_named("toor", 4, mode), 8);
		ck_assert_uint_eq(open_named("rooted", 6, mode), 8);
	}
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	memcpy(too_long, path_of(""), strlen(path_of("")));
	too_long[300] = '\0';
	ck_assert_uint_eq(open_path(too_long, 1), 14);
	/* Nor is it there to be read. */
	ck_assert_uint_eq(open_path(path_of("x"), 0), 8);
	ck_assert_uint_eq(transfer(READ, "", 0, NULL), 13);
	ck_assert_uint_eq(transfer(GETATTR_V2, "", 0, NULL), 13);
}
END_TEST

START_TEST(a_transfer_keeps_to_its_rules)
{
	const char *reply;
	uint64_t other;
	char byte = 'x';

	begin();
	ck_assert_uint_eq(write_at(0, "x", 1), 2);
	ck_assert_uint_eq(close_file(), 2);
	ck_assert_uint_eq(open_path(path_of("x"), 1), 0);
	ck_assert_uint_eq(transfer(OPEN, "", 0, NULL), 7);
	ck_assert_uint_eq(transfer(WRITE, "\1\0\0\0", 4, NULL), 7);
	/* No more than a package may have, wherever it is put. */
	ck_assert_uint_eq(write_at(PACKAGE_MAX, &byte, 1), 12);
	ck_assert_uint_eq(write_at(UINT64_MAX, &byte, 1), 12);
	ck_assert_uint_eq(write_at(PACKAGE_MAX - 1, &byte, 1), 0);
	ck_assert_uint_eq(bench->worker.customize.transfer.file.len, PACKAGE_MAX);
	/* Over what is there, and beyond its end. */
	ck_assert_uint_eq(open_path(path_of("x"), 1), 0);
	ck_assert_uint_eq(write_at(2, "cd", 2), 0);
	ck_assert_uint_eq(write_at(0, "abCDef", 6), 0);
	ck_assert_uint_eq(write_at(2, "cd", 2), 0);
	expect_text(buf_text(&bench->worker.customize.transfer.file), "abcdef");
	session++;
	ck_assert_uint_eq(write_at(0, "x", 1), 17);
	session--;
	ck_assert_uint_eq(transfer(DESTROY, "\0\0\0\0\0\0\0", 8, NULL), 0);
	ck_assert_uint_eq(open_path(path_of("x"), 1), 17);
	/* Another one has another number, and nothing open in it. */
	ck_assert_uint_eq(transfer(CREATE, "", 0, &reply), 0);
	other = le_get(reply, 8);
	ck_assert_uint_ne(other, session);
	ck_assert_uint_eq(write_at(0, "x", 1), 17);
	session = other;
	ck_assert_uint_eq(write_at(0, "x", 1), 2);
}
END_TEST

/* Hosts use those of each version, for what the file is to be like too. */
START_TEST(each_way_to_say_it_is_understood)
{
	static const char head[20] = { 5, 0, 0, 0, SETATTR_V2 };
	const char *reply;

	begin();
	ck_assert_uint_eq(transfer(SETATTR_V2, head, sizeof(head), NULL), 8);
	ck_assert_uint_eq(transfer(SETATTR_V3, "", 0, NULL), 8);
	ck_assert_uint_eq(transfer(CLOSE_V3, "\1\0\0", 4, NULL), 2);
	ck_assert_uint_eq(open_path(path_of("x"), 1), 0);
	ck_assert_uint_eq(write_at(0, "ab", 2), 0);
	ck_assert_uint_eq(write_with(1, 0, "cd", 2), 0);
	expect_text(buf_text(&bench->worker.customize.transfer.file), "abcd");
	/* The old ones have a head of their own in the reply, too: the number, the status. */
	ck_assert_uint_eq(transfer(SETATTR_V2, head, sizeof(head), &reply), 0);
	ck_assert_uint_eq(le_get(reply, 8), 5);
	ck_assert_uint_eq(transfer(SETATTR_V3, "", 0, NULL), 0);
	ck_assert_uint_eq(transfer(CLOSE_V3, "\1\0\0", 4, NULL), 0);
	ck_assert_uint_eq(transfer(CLOSE_V3, "\1\0\0", 4, NULL), 2);
	ck_assert_uint_eq(transfer(CLOSE_V3, "\1\0", 3, NULL), 7);
}
END_TEST

START_TEST(packets_that_are_none_are_refused)
{
	struct buf bytes = { 0 };
	const char *answer;

	begin();
	for (size_t len = 0; len < 60; len++) {
		buf_clear(&bytes);
		le_add(&bytes, 1, len);
		answer = relay(&bytes, (uint32_t)len);
		ck_assert_msg(!memcmp(answer, "OK 0 0 #", 8), "%s", answer);
		ck_assert_uint_eq(le_get(answer + 8 + 24, 4), 7);
	}
	/* It says that it is longer than what there is. */
	expect_text(relay(&bytes, (uint32_t)bytes.len + 1), "OK 20005 0 ");
	expect_text(relay(&bytes, UINT32_MAX), "OK 20005 0 ");
	buf_free(&bytes);
}
END_TEST

START_TEST(a_host_that_loses_interest_costs_nothing)
{
	begin();
	ck_assert_uint_eq(open_path(path_of("x"), 1), 0);
	ck_assert_uint_eq(write_at(0, folder, sizeof(folder)), 0);
	bench->asked = 0;
	for (int i = 0; i < 11; i++) {
		bench_pass(60000);
		bench->asked = 0;
	}
	ck_assert(!bench->worker.customize.receiving);
	ck_assert_ptr_null(bench->worker.customize.transfer.file.data);
}
END_TEST

Suite *suite_customize(void)
{
	Suite *suite = suite_create("customize");
	TCase *tcase = tcase_create("host");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, what_is_for_cloud_init_reaches_the_broker);
	tcase_add_test(tcase, larger_files_go_in_pieces);
	tcase_add_test(tcase, each_reason_against_it_has_its_number);
	tcase_add_test(tcase, what_is_no_package_is_refused);
	tcase_add_test(tcase, switched_off_it_is_refused);
	tcase_add_test(tcase, only_the_one_file_can_be_named);
	tcase_add_test(tcase, a_transfer_keeps_to_its_rules);
	tcase_add_test(tcase, each_way_to_say_it_is_understood);
	tcase_add_test(tcase, packets_that_are_none_are_refused);
	tcase_add_test(tcase, a_host_that_loses_interest_costs_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
