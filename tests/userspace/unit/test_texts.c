// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Bytes that grow, and pieces of texts.
 */
#include "unit.h"

#include <errno.h>

START_TEST(what_was_added_is_there_with_a_nul_behind_it)
{
	struct buf buf = { 0 };

	EXPECT_BUF(&buf, "");
	buf_add(&buf, "ab\0c", 4);
	buf_str(&buf, "de");
	buf_char(&buf, 'f');
	buf_printf(&buf, "%d%s", 42, "g");
	ck_assert_uint_eq(buf.len, 10);
	ck_assert_mem_eq(buf.data, "ab\0cdef42g", 11);
	buf_drop(&buf, 3);
	EXPECT_BUF(&buf, "cdef42g");
	buf_drop(&buf, 100);
	EXPECT_BUF(&buf, "");
	buf_free(&buf);
}
END_TEST

START_TEST(an_error_sticks_and_leaves_what_was_there)
{
	struct buf buf = { 0 };

	buf_str(&buf, "kept");
	ck_assert_ptr_null(buf_room(&buf, BUF_MAX));
	ck_assert_int_eq(buf.error, -E2BIG);
	buf_str(&buf, "not added");
	EXPECT_BUF(&buf, "kept");
	buf_clear(&buf);
	buf_str(&buf, "again");
	EXPECT_BUF(&buf, "again");
	buf_free(&buf);
}
END_TEST

START_TEST(memory_is_given_back_but_not_what_is_in_it)
{
	struct buf buf = { 0 };

	buf_shrink(&buf, 100);
	for (int i = 0; i < 10000; i++)
		buf_char(&buf, 'x');
	buf_shrink(&buf, 100);
	ck_assert_uint_eq(buf.room, 10001);
	ck_assert_uint_eq(strlen(buf_text(&buf)), 10000);
	buf_drop(&buf, 9998);
	buf_shrink(&buf, 100);
	ck_assert_uint_eq(buf.room, 100);
	buf_str(&buf, "again");
	EXPECT_BUF(&buf, "xxagain");
	buf_free(&buf);
}
END_TEST

START_TEST(a_piece_is_cut_and_trimmed)
{
	struct str s = str("one two  three");

	EXPECT_STR(str_cut(&s, ' '), "one");
	EXPECT_STR(str_cut(&s, ' '), "two");
	EXPECT_STR(str_cut(&s, ' '), "");
	EXPECT_STR(str_cut(&s, ' '), "three");
	EXPECT_STR(str_cut(&s, ' '), "");
	s = str(" \tone  two\t");
	EXPECT_STR(str_word(&s), "one");
	EXPECT_STR(str_word(&s), "two");
	EXPECT_STR(str_word(&s), "");
	EXPECT_STR(str_trim(str(" \t a b\r\n")), "a b");
	EXPECT_STR(str_trim(str(" \t ")), "");
	ck_assert(str_begins(str("abc"), "ab") && !str_begins(str("a"), "ab"));
	ck_assert(str_is(str_skip(str("abc"), 9), ""));
	ck_assert(str_is((struct str){ 0 }, ""));
}
END_TEST

START_TEST(numbers_are_all_of_the_text_or_none)
{
	static const char *const bad[] = { "", "-", "1x", " 1", "1 ", "+1", "0x1", "1.0",
					   "18446744073709551616", "99999999999999999999" };
	uint64_t n = 7;
	int64_t i = 7;

	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		ck_assert_msg(!str_u64(str(bad[k]), &n), "%s", bad[k]);
	ck_assert_uint_eq(n, 7);
	ck_assert(str_u64(str("18446744073709551615"), &n) && n == UINT64_MAX);
	ck_assert(str_u64(str("007"), &n) && n == 7);
	ck_assert(str_int(str("-9223372036854775807"), &i) && i == -INT64_MAX);
	ck_assert(!str_int(str("9223372036854775808"), &i) && !str_int(str("--1"), &i));
}
END_TEST

START_TEST(booleans_are_four_words)
{
	bool value = false;

	ck_assert(str_bool(str("TRUE"), &value) && value);
	ck_assert(str_bool(str("0"), &value) && !value);
	ck_assert(str_bool(str("1"), &value) && value);
	ck_assert(str_bool(str("False"), &value) && !value);
	ck_assert(!str_bool(str("yes"), &value) && !str_bool(str(""), &value));
}
END_TEST

START_TEST(what_moves_a_cursor_is_disarmed)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n", NULL },
		{ "a\tb\n", NULL },
		{ "\x1b[2J\a\r\v\x7f", "?[2J????" },
		{ "a\xc2\x9b" "2J\xc2\xa0", "a??2J\xc2\xa0" },
		{ "\x9b\xff\xc0\x80\xed\xa0\x80", "???????" },
		{ "cut \xe2\x82", "cut ??" },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];

		strcpy(text, cases[i].text);
		str_disarm(text, strlen(text));
		ck_assert_str_eq(text, cases[i].shown ? cases[i].shown : cases[i].text);
	}
}
END_TEST

SUITE(texts, what_was_added_is_there_with_a_nul_behind_it,
      an_error_sticks_and_leaves_what_was_there, memory_is_given_back_but_not_what_is_in_it,
      a_piece_is_cut_and_trimmed, numbers_are_all_of_the_text_or_none,
      booleans_are_four_words, what_moves_a_cursor_is_disarmed)
