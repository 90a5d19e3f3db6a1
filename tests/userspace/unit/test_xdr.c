// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * XDR, written and read.
 */
#include "unit.h"

#include "xdr.h"

START_TEST(what_is_written_is_padded_and_big_endian)
{
	struct buf buf = { 0 };

	xdr_add_u32(&buf, 0x01020304);
	xdr_add_u32(&buf, 0x11223344);
	xdr_add_u32(&buf, 0x55667788);
	xdr_add_string(&buf, "");
	xdr_add_string(&buf, "abc");
	xdr_add_bytes(&buf, "defg", 4);
	ck_assert_uint_eq(buf.len, 32);
	ck_assert_mem_eq(buf.data, "\1\2\3\4\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\0\0\0\0\3abc\0"
			 "\0\0\0\4defg", 32);
	buf_free(&buf);
}
END_TEST

START_TEST(what_was_written_is_read)
{
	struct buf buf = { 0 };
	struct xdr in;

	xdr_add_u32(&buf, 7);
	xdr_add_u32(&buf, 1 << 8);
	xdr_add_u32(&buf, 0);
	xdr_add_u32(&buf, 1);
	xdr_add_string(&buf, "hello");
	xdr_add_u32(&buf, 9);
	in = xdr_of(buf.data, buf.len);
	ck_assert_uint_eq(xdr_u32(&in), 7);
	ck_assert_uint_eq(xdr_u64(&in), 1ull << 40);
	ck_assert(xdr_bool(&in));
	EXPECT_STR(xdr_bytes(&in, 5), "hello");
	ck_assert_uint_eq(xdr_u32(&in), 9);
	ck_assert(!in.bad && !in.left);
	buf_free(&buf);
}
END_TEST

START_TEST(what_is_not_there_is_nothing_and_stays_so)
{
	struct xdr in = xdr_of("\0\0\0\1\0\0", 6);

	ck_assert_uint_eq(xdr_u32(&in), 1);
	ck_assert_uint_eq(xdr_u32(&in), 0);
	ck_assert(in.bad);
	ck_assert_uint_eq(xdr_bytes(&in, 100).len, 0);
	ck_assert(!xdr_bool(&in));
}
END_TEST

START_TEST(lengths_are_held_to_the_message_and_the_limit)
{
	struct xdr in = xdr_of("\0\0\0\5abcd", 8);

	ck_assert_uint_eq(xdr_bytes(&in, 100).len, 0);
	ck_assert(in.bad);
	in = xdr_of("\0\0\0\4abcd", 8);
	xdr_bytes(&in, 3);
	ck_assert(in.bad);
	/* the padding is missing */
	in = xdr_of("\0\0\0\3abc", 7);
	xdr_bytes(&in, 3);
	ck_assert(in.bad);
	in = xdr_of("\xff\xff\xff\xff", 4);
	xdr_bytes(&in, SIZE_MAX);
	ck_assert(in.bad);
	in = xdr_of("\0\0\0\2", 4);
	ck_assert(!xdr_bool(&in) && in.bad);
}
END_TEST

SUITE(xdr, what_is_written_is_padded_and_big_endian, what_was_written_is_read,
      what_is_not_there_is_nothing_and_stays_so,
      lengths_are_held_to_the_message_and_the_limit)
