// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Frames of GuestRPC on vsock, against the specification's own bytes.
 */
#include "unit.h"

#include <errno.h>

#include "datamap.h"

static const unsigned char log_hi[] = {
	0, 0, 0, 0x32,
	0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0,
	0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 6, 'l', 'o', 'g', ' ', 'h', 'i',
	0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0,
};

START_TEST(a_request_is_the_specification_s_bytes)
{
	struct datamap packet = { DATAMAP_DATA, str("log hi"), true };
	struct buf buf = { 0 };

	datamap_add(&buf, &packet);
	ck_assert_uint_eq(buf.len, sizeof(log_hi));
	ck_assert_mem_eq(buf.data, log_hi, sizeof(log_hi));
	buf_free(&buf);
}
END_TEST

START_TEST(a_packet_is_waited_for_byte_by_byte)
{
	struct datamap packet;

	for (size_t len = 0; len < sizeof(log_hi); len++)
		ck_assert_int_eq(datamap_parse(log_hi, len, &packet), 0);
	ck_assert_int_eq(datamap_parse(log_hi, sizeof(log_hi), &packet), sizeof(log_hi));
	ck_assert_int_eq(packet.type, DATAMAP_DATA);
	EXPECT_STR(packet.payload, "log hi");
	ck_assert(packet.fast_close);
}
END_TEST

START_TEST(a_ping_has_no_payload)
{
	struct datamap packet = { .type = DATAMAP_PING };
	struct buf buf = { 0 };

	datamap_add(&buf, &packet);
	ck_assert_uint_eq(buf.len, 20);
	ck_assert_int_eq(datamap_parse(buf.data, buf.len, &packet), 20);
	ck_assert_int_eq(packet.type, DATAMAP_PING);
	ck_assert_uint_eq(packet.payload.len, 0);
	buf_free(&buf);
}
END_TEST

/* The request above with @len bytes from @at replaced. */
static ssize_t changed(size_t at, const char *bytes, size_t len)
{
	unsigned char copy[sizeof(log_hi) + 8] = { 0 };
	struct datamap packet;

	memcpy(copy, log_hi, sizeof(log_hi));
	memcpy(copy + at, bytes, len);
	return datamap_parse(copy, sizeof(copy), &packet);
}

START_TEST(what_cannot_become_a_packet_is_refused)
{
	struct datamap packet;

	ck_assert_int_eq(changed(0, "\0\0\0\x31", 4), -EPROTO);		/* cut off */
	ck_assert_int_eq(changed(0, "\0\0\0\x33", 4), -EPROTO);		/* a byte too many */
	ck_assert_int_eq(changed(0, "\x80\0\0\0", 4), -EPROTO);
	ck_assert_int_eq(changed(0, "\0\0\0\0", 4), -EPROTO);
	ck_assert_int_eq(changed(4, "\0\0\0\5", 4), -EPROTO);		/* no such type */
	ck_assert_int_eq(changed(12, "\0\0\0\3", 4), -EPROTO);		/* neither DATA nor PING */
	ck_assert_int_eq(changed(20, "\0\0\0\1", 4), -EPROTO);		/* a number as payload */
	ck_assert_int_eq(changed(28, "\0\0\0\0", 4), -EPROTO);		/* an empty string */
	ck_assert_int_eq(changed(28, "\xff\xff\xff\xff", 4), -EPROTO);
	ck_assert_int_eq(changed(42, "\0\0\0\1", 4), -EPROTO);		/* the type twice */
	/* an empty string at the end, where nothing is missing */
	ck_assert_int_eq(datamap_parse("\0\0\0\x1c" "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0"
				       "\0\0\0\2\0\0\0\2\0\0\0\0", 32, &packet), -EPROTO);
	/* Hopeless before all of it is there. */
	ck_assert_int_eq(datamap_parse("\0\1\x10\1", 4, &packet), -EPROTO);
	ck_assert_int_eq(datamap_parse("\0\1\x10\0", 4, &packet), 0);
}
END_TEST

START_TEST(fields_that_are_not_known_are_stepped_over)
{
	/* id 9: lists of two numbers, of two strings, of none */
	static const unsigned char lists[] = {
		0, 0, 0, 84,
		0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 2,
		0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0,
		0, 0, 0, 4, 0, 0, 0, 10, 0, 0, 0, 2,
		0, 0, 0, 1, 'a', 0, 0, 0, 3, 'b', 'c', 'd',
		0, 0, 0, 4, 0, 0, 0, 11, 0, 0, 0, 0,
		0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0,
		0, 0, 0, 1,
	};
	unsigned char copy[sizeof(lists)];
	struct datamap packet;

	memcpy(copy, lists, sizeof(lists));
	copy[3] = 80;
	ck_assert_int_eq(datamap_parse(copy, sizeof(copy), &packet), 84);
	ck_assert_int_eq(packet.type, DATAMAP_PING);
	/* one more that is cut off */
	copy[3] = 84;
	ck_assert_int_eq(datamap_parse(copy, sizeof(copy), &packet), -EPROTO);
	/* more items than there are bytes */
	copy[3] = 80;
	memset(copy + 12, 0xff, 4);
	ck_assert_int_eq(datamap_parse(copy, sizeof(copy), &packet), -EPROTO);
}
END_TEST

SUITE(datamap, a_request_is_the_specification_s_bytes, a_packet_is_waited_for_byte_by_byte,
      a_ping_has_no_payload, what_cannot_become_a_packet_is_refused,
      fields_that_are_not_known_are_stepped_over)
