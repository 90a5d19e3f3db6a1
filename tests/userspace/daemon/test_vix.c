// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * VIX: the state of the tools, and the refusal of everything else.
 */
#include <string.h>

#include "bench.h"

struct message {
	char bytes[256];
	size_t len;
};

static void put32(char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(value >> 8 * i);
}

static struct message make(uint32_t op, uint32_t body, uint32_t credential)
{
	static const char head[] = "Vix_1_Relayed_Command \"1 0 \"";
	struct message message = { .len = sizeof(head) };
	char *at;

	memcpy(message.bytes, head, sizeof(head));
	at = message.bytes + sizeof(head);
	put32(at, 0xd00d0001);
	at[4] = 5;
	put32(at + 6, 51 + body + credential);
	put32(at + 10, 51);
	put32(at + 14, body);
	put32(at + 18, credential);
	at[22] = 1;
	put32(at + 23, op);
	message.len += 51 + body + credential;
	return message;
}

static const char *send_message(struct message message)
{
	return bench_command_bytes(message.bytes, message.len);
}

START_TEST(the_state_of_the_tools_is_told)
{
	bench_boot();
	ck_assert(json_is_object(bench_get("tools", "properties")));
	ck_assert_uint_ge(json_object_size(bench_get("tools", "properties")), 10);
	ck_assert(!strncmp(send_message(make(62, 0, 0)), "OK 0 0 ", 7));
}
END_TEST

START_TEST(everything_else_is_refused)
{
	static const uint32_t disabled[] = {
		84, 177, 178, 179, 180, 181, 182, 183, 185, 186, 187, 188, 189, 192, 193, 194, 195
	};
	static const uint32_t unsupported[] = { 190, 191, 197, 200, 201, 206, 207 };
	static const uint32_t unknown[] = { 0, 4, 18, 70, 117, 169, 208, 340, 0xffffffff };

	bench_boot();
	for (size_t i = 0; i < sizeof(disabled) / 4; i++)
		expect_text(send_message(make(disabled[i], 8, 4)), "OK 20005 0 ");
	for (size_t i = 0; i < sizeof(unsupported) / 4; i++)
		expect_text(send_message(make(unsupported[i], 0, 0)), "OK 6 0 ");
	for (size_t i = 0; i < sizeof(unknown) / 4; i++)
		expect_text(send_message(make(unknown[i], 0, 0)), "OK 3025 0 ");
	expect_text(bench_command("Vix_1_Run_Program x"), "OK 3025 0 ");
	expect_text(bench_command("Vix_1_Check_User_Account"), "OK 3025 0 ");
	expect_text(bench_command("Vix_1"), "ERROR Unknown Command");
	expect_text(bench_command("Vix_1_Mount_Volumes x"), "OK 20050 0 ");
}
END_TEST

START_TEST(bad_envelopes_are_errors)
{
	struct message message = make(62, 4, 0);
	const size_t head = 29;

	bench_boot();
	for (size_t len = head; len < message.len; len++) {
		struct message cut = message;

		cut.len = len;
		ck_assert(!strncmp(send_message(cut), "OK 1000", 7));
	}
	for (size_t at = 6; at < 22; at += 4) {
		static const uint32_t lies[] = { 0, 1, 50, 54, 56, 0x7fffffff, 0x80000000, 0xffffffff };

		for (size_t i = 0; i < sizeof(lies) / 4; i++) {
			struct message lie = message;
			const char *got;

			if (lies[i] == 0 && at == 18)
				continue;	/* it is 0 */
			put32(lie.bytes + head + at, lies[i]);
			got = send_message(lie);
			ck_assert_msg(!strncmp(got, "OK 10001", 8), "%zu %x: %s", at, lies[i], got);
		}
	}
	message.bytes[head] = 2;
	ck_assert(!strncmp(send_message(message), "OK 10000", 8));
}
END_TEST

START_TEST(while_frozen_everything_is_busy)
{
	bench_boot();
	bench->worker.frozen = true;
	expect_text(send_message(make(62, 0, 0)), "OK 5 0 ");
	bench->worker.frozen = false;
}
END_TEST

Suite *suite_vix(void)
{
	Suite *suite = suite_create("vix");
	TCase *tcase = tcase_create("messages");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_state_of_the_tools_is_told);
	tcase_add_test(tcase, everything_else_is_refused);
	tcase_add_test(tcase, bad_envelopes_are_errors);
	tcase_add_test(tcase, while_frozen_everything_is_busy);
	suite_add_tcase(suite, tcase);
	return suite;
}
