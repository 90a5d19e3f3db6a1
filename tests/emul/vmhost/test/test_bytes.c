// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* Bounded reading, base64, and bytes in JSON. */
#include "../bytes.h"
#include "suite.h"

#include <string.h>

START_TEST(numbers_have_their_byte_order)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct vh_cursor from = vh_cursor(data, sizeof(data));

	EXPECT_EQ(vh_take_le64(&from), 0x0807060504030201);
	from = vh_cursor(data, sizeof(data));
	EXPECT_EQ(vh_take_be32(&from), 0x01020304);
	EXPECT_EQ(vh_take_le16(&from), 0x0605);
	EXPECT_EQ(vh_take_u8(&from), 7);
	EXPECT(!from.bad);
	EXPECT_EQ(from.left, 1);
}
END_TEST

START_TEST(nothing_is_read_beyond_the_end)
{
	static const uint8_t data[] = { 1, 2, 3 };
	struct vh_cursor from = vh_cursor(data, sizeof(data));

	EXPECT_EQ(vh_take_le32(&from), 0);
	EXPECT(from.bad);
	EXPECT_EQ(vh_take_u8(&from), 0);	/* though a byte would be there */
	EXPECT(!vh_take(&from, 0));
	from = vh_cursor(data, sizeof(data));
	EXPECT(!vh_take(&from, SIZE_MAX));
	EXPECT(from.bad);
}
END_TEST

START_TEST(xdr_strings_are_bounded_and_padded_with_zero)
{
	static const struct {
		const char *data;
		size_t size, limit;
		bool good;
	} cases[] = {
		{ "\0\0\0\3abc\0", 8, 3, true },
		{ "\0\0\0\3abc\0", 8, 2, false },	/* longer than the limit */
		{ "\0\0\0\3abcd", 8, 3, false },	/* padding is not zero */
		{ "\0\0\0\3abc", 7, 3, false },		/* no padding */
		{ "\0\0\0\4abc", 7, 9, false },
		{ "\377\377\377\377abc", 7, SIZE_MAX, false },
		{ "\0\0\0\0", 4, 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vh_cursor from = vh_cursor(cases[i].data, cases[i].size);
		size_t len = 99;
		const uint8_t *data = vh_take_xdr(&from, cases[i].limit, &len);

		EXPECT_MSG(!!data == cases[i].good && !from.bad == cases[i].good, "case %zu", i);
		EXPECT_MSG(cases[i].good ? from.left == 0 : !len, "case %zu: rest", i);
	}
}
END_TEST

START_TEST(options_are_zero_or_one)
{
	struct vh_cursor from = vh_cursor("\0\0\0\1\0\0\0\0\0\0\0\2", 12);

	EXPECT(vh_take_xdr_option(&from));
	EXPECT(!vh_take_xdr_option(&from));
	EXPECT(!from.bad);
	EXPECT(!vh_take_xdr_option(&from));
	EXPECT(from.bad);
}
END_TEST

START_TEST(words_end_at_a_blank)
{
	struct vh_cursor from = vh_cursor("ab  c d\0e", 9);
	char word[4];

	EXPECT(vh_take_word(&from, word, sizeof(word)) && !strcmp(word, "ab"));
	EXPECT(!vh_take_word(&from, word, sizeof(word)));	/* an empty one */
	vh_take(&from, 1);
	EXPECT(vh_take_word(&from, word, sizeof(word)) && !strcmp(word, "c"));
	EXPECT(!vh_take_word(&from, word, sizeof(word)));	/* with a NUL */
	from = vh_cursor("abcd", 4);
	EXPECT(!vh_take_word(&from, word, sizeof(word)));	/* too long */
}
END_TEST

START_TEST(decimal_numbers_do_not_wrap)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
	} cases[] = {
		{ "0", 0, true }, { "18446744073709551615", UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, false }, { "99999999999999999999", UINT64_MAX, false },
		{ "11", 10, false }, { "-1", 10, false }, { "1x", 10, false }, { "", 10, false },
		{ "000000000000000000001", 10, false },
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vh_cursor from = vh_cursor(cases[i].text, strlen(cases[i].text));

		EXPECT_MSG(vh_take_decimal(&from, cases[i].max, &value) == cases[i].good,
			   "%s", cases[i].text);
	}
}
END_TEST

START_TEST(base64_there_and_back)
{
	static const char *const coded[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==" };
	struct vh_buf buf = { 0 };

	for (size_t len = 0; len < ARRAY_SIZE(coded); len++) {
		vh_buf_clear(&buf);
		vh_base64(&buf, "foob", len);
		EXPECT(buf.len == strlen(coded[len]) && (!len || !memcmp(buf.data, coded[len], buf.len)));
		vh_buf_clear(&buf);
		EXPECT(vh_unbase64(&buf, coded[len], strlen(coded[len])));
		EXPECT(buf.len == len && (!len || !memcmp(buf.data, "foob", len)));
	}
	vh_buf_free(&buf);
}
END_TEST

START_TEST(what_is_not_base64_adds_nothing)
{
	static const char *const wrong[] = { "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9v\n" };
	struct vh_buf buf = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		vh_buf_clear(&buf);
		vh_buf_add(&buf, "x", 1);
		EXPECT_MSG(!vh_unbase64(&buf, wrong[i], strlen(wrong[i])), "%s", wrong[i]);
		EXPECT_EQ(buf.len, 1);
	}
	EXPECT(!vh_unbase64(&buf, "Zm\0v", 4));
	vh_buf_free(&buf);
}
END_TEST

START_TEST(bytes_in_json_are_text_or_base64)
{
	json_t *object = json_object();

	vh_json_put(object, "a", "x\0y", 3, 0);
	EXPECT_EQ(json_string_length(json_object_get(object, "a")), 3);
	vh_json_put(object, "b", "\xff", 1, 0);
	EXPECT(!strcmp(json_string_value(json_object_get(object, "b64")), "/w=="));
	vh_json_put(object, "c", "abcdef", 6, 2);
	EXPECT(!strcmp(json_string_value(json_object_get(object, "c")), "ab"));
	EXPECT_EQ(json_integer_value(json_object_get(object, "cLength")), 6);
	json_decref(object);
}
END_TEST

START_TEST(bytes_from_json)
{
	static const struct {
		const char *json;
		bool good, found;
	} cases[] = {
		{ "{\"v\": \"x\"}", true, true }, { "{\"v64\": \"eA==\"}", true, true },
		{ "{\"v\": null}", true, false }, { "{}", true, false },
		{ "{\"v\": 1}", false, false }, { "{\"v64\": 1}", false, false },
		{ "{\"v\": \"x\", \"v64\": \"eA==\"}", false, true }, { "{\"v64\": \"x\"}", false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *object = json_loads(cases[i].json, 0, NULL);
		struct vh_buf buf = { 0 };
		bool found;

		EXPECT_MSG(!vh_json_get(object, "v", &buf, &found) == cases[i].good, "%s", cases[i].json);
		EXPECT_MSG(found == cases[i].found, "%s", cases[i].json);
		if (cases[i].good && cases[i].found)
			EXPECT(buf.len == 1 && *buf.data == 'x');
		vh_buf_free(&buf);
		json_decref(object);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost bytes");
	TCase *tests = tcase_create("bytes");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, numbers_have_their_byte_order);
	tcase_add_test(tests, nothing_is_read_beyond_the_end);
	tcase_add_test(tests, xdr_strings_are_bounded_and_padded_with_zero);
	tcase_add_test(tests, options_are_zero_or_one);
	tcase_add_test(tests, words_end_at_a_blank);
	tcase_add_test(tests, decimal_numbers_do_not_wrap);
	tcase_add_test(tests, base64_there_and_back);
	tcase_add_test(tests, what_is_not_base64_adds_nothing);
	tcase_add_test(tests, bytes_in_json_are_text_or_base64);
	tcase_add_test(tests, bytes_from_json);
	return run_suite(suite);
}
