// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the host tells of our resources.
 */
#include "unit.h"

#include "guestlib.h"
#include "rpc.h"
#include "xdr.h"

/* A reply with these words of XDR, and a length that is off by @lie. */
static void make(struct buf *out, const uint32_t *words, size_t count, int lie)
{
	uint32_t head[] = { 3, 0xdeadbeef, 1, count * 4 + lie };

	buf_clear(out);
	buf_add(out, head, sizeof(head));
	for (size_t i = 0; i < count; i++)
		xdr_add_u32(out, words[i]);
}

START_TEST(numbers_of_both_sizes_and_texts_are_taken_apart)
{
	static const uint32_t words[] = {
		5, 1, 1, 100, 4, 1, 2, 3, 12, 0, 9, 18, 1, 3, 0x61626300, 13, 1, 77,
	};
	struct buf reply = { 0 };
	struct guestlib info;

	make(&reply, words, sizeof(words) / 4, 0);
	ck_assert(guestlib_parse(str_of(reply.data, reply.len), &info));
	ck_assert_uint_eq(info.session, 0x1deadbeef);
	ck_assert(info.valid[GUESTLIB_CPU_RESERVATION] &&
		  info.value[GUESTLIB_CPU_RESERVATION] == 100);
	ck_assert(info.valid[4] && info.value[4] == (2ull << 32 | 3));
	ck_assert(!info.valid[GUESTLIB_MEM_BALLOONED] && !info.valid[18]);
	ck_assert(info.valid[GUESTLIB_MEM_SWAPPED] && info.value[GUESTLIB_MEM_SWAPPED] == 77);
	/* cut off anywhere, it is none */
	for (size_t len = 0; len < reply.len; len++)
		ck_assert(!guestlib_parse(str_of(reply.data, len), &info));
	buf_free(&reply);
}
END_TEST

START_TEST(what_a_newer_host_adds_does_no_harm)
{
	static const uint32_t words[] = { 2, 12, 1, 5, 99, 1 };
	struct buf reply = { 0 };
	struct guestlib info;

	make(&reply, words, sizeof(words) / 4, 0);
	ck_assert(guestlib_parse(str_of(reply.data, reply.len), &info));
	ck_assert(info.valid[12]);
	make(&reply, words, sizeof(words) / 4, 1);
	ck_assert(!guestlib_parse(str_of(reply.data, reply.len), &info));
	make(&reply, words, sizeof(words) / 4, -20);
	ck_assert(!guestlib_parse(str_of(reply.data, reply.len), &info));
	reply.data[0] = 2;
	ck_assert(!guestlib_parse(str_of(reply.data, reply.len), &info));
	buf_free(&reply);
}
END_TEST

START_TEST(the_emulated_host_s_reply_is_understood)
{
	struct buf reply = { 0 };
	struct guestlib info;
	struct rpc rpc = { 0 };

	ck_assert_int_eq(rpc_call(&rpc, str("guestlib.info.get 3"), 0, &reply), 1);
	ck_assert(guestlib_parse(str_of(reply.data, reply.len), &info));
	for (int i = 1; i < GUESTLIB_IDS; i++)
		ck_assert_msg(info.valid[i] || i == 18 || i == 37, "%d", i);
	rpc_close(&rpc);
	buf_free(&reply);
}
END_TEST

SUITE(guestlib, numbers_of_both_sizes_and_texts_are_taken_apart,
      what_a_newer_host_adds_does_no_harm, the_emulated_host_s_reply_is_understood)
