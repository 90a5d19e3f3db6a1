// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Requests to the emulated host: replies, and which are asked again.
 */
#include "unit.h"

#include <errno.h>

#include "host.h"
#include "rpc.h"
#include "services.h"

START_TEST(replies_are_yes_or_no_and_a_text)
{
	static const struct {
		const char *message;
		int verdict;
		const char *text;
	} table[] = {
		{ "1 ", 1, "" }, { "0 ", 0, "" }, { "1 a b", 1, "a b" }, { "0 no", 0, "no" },
		{ "1", -EPROTO, NULL }, { "", -EPROTO, NULL }, { "2 x", -EPROTO, NULL },
		{ "10", -EPROTO, NULL }, { " 1 ", -EPROTO, NULL },
	};
	struct str text;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ck_assert_int_eq(rpc_verdict(str(table[i].message), &text), table[i].verdict);
		if (table[i].text)
			EXPECT_STR(text, table[i].text);
	}
	ck_assert_int_eq(rpc_verdict(str_of("1 a\0b", 5), &text), 1);
	ck_assert_uint_eq(text.len, 3);
}
END_TEST

START_TEST(a_yes_and_a_no_with_their_texts)
{
	struct buf reply = { 0 };
	struct rpc rpc = { 0 };

	ck_assert_int_eq(rpc_call(&rpc, str("tools.capability.statechange "), 0, &reply), 1);
	EXPECT_BUF(&reply, "");
	ck_assert_int_eq(rpc_call(&rpc, str("info-get guestinfo.none"), 0, &reply), 0);
	EXPECT_BUF(&reply, "No value found");
	rpc_close(&rpc);
	buf_free(&reply);
}
END_TEST

static unsigned int log_lines(void)
{
	json_t *state;
	unsigned int count;

	vh_lock(fake_host());
	state = vh_guestlog_state(fake_host());
	count = json_integer_value(json_object_get(state, "count"));
	json_decref(state);
	vh_unlock(fake_host());
	return count;
}

START_TEST(a_kept_channel_that_died_is_opened_again_and_the_request_acts_once)
{
	struct buf reply = { 0 };
	struct rpc rpc = { 0 };

	ck_assert_int_eq(rpc_call(&rpc, str("log one"), 0, &reply), 1);
	vh_lock(fake_host());
	vh_channels_close(fake_host(), 0);
	vh_unlock(fake_host());
	ck_assert_int_eq(rpc_call(&rpc, str("log two"), 0, &reply), 1);
	ck_assert_uint_eq(log_lines(), 2);
	rpc_close(&rpc);
	buf_free(&reply);
}
END_TEST

START_TEST(a_lost_reply_is_asked_for_again_only_where_that_does_no_harm)
{
	struct buf reply = { 0 };
	struct rpc rpc = { 0 };

	fake_fault("reply-withheld", 0, 1);
	ck_assert_int_lt(rpc_call(&rpc, str("log once"), 0, &reply), 0);
	EXPECT_BUF(&reply, "the host does not reply");
	ck_assert_uint_eq(log_lines(), 1);
	fake_fault("reply-withheld", 0, 1);
	ck_assert_int_eq(rpc_call(&rpc, str("info-get guestinfo.none"), RPC_REPEAT, &reply), 0);
	rpc_close(&rpc);
	buf_free(&reply);
}
END_TEST

SUITE(rpc, replies_are_yes_or_no_and_a_text, a_yes_and_a_no_with_their_texts,
      a_kept_channel_that_died_is_opened_again_and_the_request_acts_once,
      a_lost_reply_is_asked_for_again_only_where_that_does_no_harm)
