// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Messages through the emulated host's channels, at their edges and with its faults.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include <vmw/backdoor_dev.h>

#include "channel.h"

static const size_t lengths[] = { 1, 2, 3, 4, 5, 4095, 4096, 65535 - 32, 65536 - 32 };

/* Sets a variable of @len bytes and gets it again. */
static void there_and_back(size_t len)
{
	static const char set[] = "info-set guestinfo.v ", get[] = "info-get guestinfo.v";
	struct buf message = { 0 };
	struct channel channel;
	char *value = malloc(len);

	memset(value, 'x', len);
	value[len - 1] = 'y';
	ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
	buf_str(&message, set);
	buf_add(&message, value, len);
	ck_assert_int_eq(channel_send(&channel, message.data, message.len), 0);
	buf_clear(&message);
	ck_assert_int_eq(channel_receive(&channel, &message), 1);
	EXPECT_BUF(&message, "1 ");
	ck_assert_int_eq(channel_send(&channel, get, sizeof(get) - 1), 0);
	buf_clear(&message);
	ck_assert_int_eq(channel_receive(&channel, &message), 1);
	ck_assert_uint_eq(message.len, len + 2);
	ck_assert_mem_eq(message.data + 2, value, len);
	ck_assert_int_eq(message.data[message.len], '\0');
	buf_clear(&message);
	ck_assert_int_eq(channel_receive(&channel, &message), 0);
	channel_close(&channel);
	buf_free(&message);
	free(value);
}

START_TEST(messages_of_any_length_by_high_bandwidth)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		there_and_back(lengths[i]);
}
END_TEST

START_TEST(messages_of_any_length_by_low_bandwidth)
{
	const char *const off = "hb=off";

	fake_host_options(1, &off);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		there_and_back(lengths[i]);
}
END_TEST

START_TEST(encrypted_memory_is_not_shown_to_the_host)
{
	fake_memory_is_encrypted = true;	/* a transfer then fails the test */
	there_and_back(1000);
}
END_TEST

START_TEST(what_is_longer_than_the_host_takes_is_not_sent)
{
	static char large[BACKDOOR_MSG_MAX + 1];
	struct channel channel;

	ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
	ck_assert_int_eq(channel_send(&channel, large, sizeof(large)), -E2BIG);
	ck_assert_int_eq(channel_send(&channel, large, sizeof(large) - 1), 0);
	channel_close(&channel);
}
END_TEST

START_TEST(an_old_host_knows_no_cookies)
{
	const char *const off = "cookies=off";
	struct channel channel;

	fake_host_options(1, &off);
	there_and_back(10);
	ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
	ck_assert(!channel.cookie_high && !channel.cookie_low);
}
END_TEST

START_TEST(a_checkpoint_restarts_the_message)
{
	for (unsigned int after = 0; after < 40; after++) {
		fake_fault("cpt-anywhere", after, 1);
		there_and_back(50);
	}
}
END_TEST

START_TEST(an_endless_checkpoint_is_given_up)
{
	struct channel channel;
	struct buf message = { 0 };

	ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
	fake_fault("cpt-anywhere", 0, 1000000);
	ck_assert_int_eq(channel_send(&channel, "log x", 5), -EIO);
	ck_assert_int_eq(channel_receive(&channel, &message), -EIO);
	buf_free(&message);
}
END_TEST

START_TEST(a_channel_that_the_host_has_forgotten_is_not_connected)
{
	struct channel channel = { .id = 3, .cookie_high = 1, .cookie_low = 2 };
	struct buf message = { 0 };

	ck_assert_int_eq(channel_send(&channel, "log x", 5), -ENOTCONN);
	ck_assert_int_eq(channel_receive(&channel, &message), -EIO);
	channel_close(&channel);
	buf_free(&message);
}
END_TEST

START_TEST(what_a_liar_announces_is_refused)
{
	static const char *const lies[] = { "size-lie", "wrong-type" };
	struct buf message = { 0 };
	struct channel channel;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
		ck_assert_int_eq(channel_send(&channel, "log x", 5), 0);
		fake_fault(lies[i], 0, 1);
		ck_assert_int_lt(channel_receive(&channel, &message), 0);
		/* nothing of that size was ever asked of the system */
		ck_assert_uint_lt(message.room, CHANNEL_RECEIVE_MAX);
		fake_fault(lies[i], 0, 0);
		channel_close(&channel);
		buf_clear(&message);
	}
	there_and_back(10);
	buf_free(&message);
}
END_TEST

START_TEST(more_than_we_take_is_refused_and_the_channel_lives)
{
	struct buf message = { 0 };
	struct channel channel;

	ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
	ck_assert_int_eq(channel_send(&channel, "log x", 5), 0);
	fake_fault_arg("size-lie", CHANNEL_RECEIVE_MAX + 1);
	ck_assert_int_eq(channel_receive(&channel, &message), -E2BIG);
	ck_assert_uint_eq(message.room, 0);
	ck_assert_int_eq(channel_send(&channel, "log x", 5), 0);
	ck_assert_int_eq(channel_receive(&channel, &message), 1);
	EXPECT_BUF(&message, "1 ");
	channel_close(&channel);
	buf_free(&message);
}
END_TEST

START_TEST(no_channel_is_left_open)
{
	for (int i = 0; i < 3 * BACKDOOR_CHANNELS; i++) {
		struct channel channel;

		ck_assert_int_eq(channel_open(&channel, BACKDOOR_PROTO_RPCI), 0);
		channel_close(&channel);
	}
}
END_TEST

SUITE(channel, messages_of_any_length_by_high_bandwidth, messages_of_any_length_by_low_bandwidth,
      encrypted_memory_is_not_shown_to_the_host, what_is_longer_than_the_host_takes_is_not_sent,
      an_old_host_knows_no_cookies, a_checkpoint_restarts_the_message,
      an_endless_checkpoint_is_given_up, a_channel_that_the_host_has_forgotten_is_not_connected,
      what_a_liar_announces_is_refused, more_than_we_take_is_refused_and_the_channel_lives,
      no_channel_is_left_open)
