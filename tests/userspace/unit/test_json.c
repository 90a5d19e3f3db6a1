// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * JSON, written and read.
 */
#include "unit.h"

#include "json.h"

START_TEST(what_is_written_is_json)
{
	struct buf buf = { 0 };
	struct json json = { .out = &buf };

	json_begin(&json, NULL, '{');
	json_string(&json, "text", "a\"b\\c\n\t\1");
	json_int(&json, "int", -5);
	json_uint(&json, "uint", UINT64_MAX);
	json_bool(&json, "yes", true);
	json_null(&json, "null");
	json_begin(&json, "list", '[');
	json_bool(&json, NULL, false);
	json_begin(&json, NULL, '{');
	json_end(&json, '}');
	json_raw(&json, NULL, str("[1]"));
	json_end(&json, ']');
	json_end(&json, '}');
	EXPECT_BUF(&buf, "{\"text\":\"a\\\"b\\\\c\\n\\t\\u0001\",\"int\":-5,"
		   "\"uint\":18446744073709551615,\"yes\":true,\"null\":null,"
		   "\"list\":[false,{},[1]]}");
	ck_assert_int_eq(json_parse(str(buf.data)).type, JSON_OBJECT);
	buf_free(&buf);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_replaced)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "\xc3\xa9", "\xc3\xa9" }, { "\xe6\x97\xa5", "\xe6\x97\xa5" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" }, { "\xff", "\\ufffd" },
		{ "\xc2\x9b", "\\u009b" }, { "\x7f", "\\u007f" }, { "\xc2\xa0", "\xc2\xa0" },
		{ "\xc3", "\\ufffd" }, { "\xc0\xaf", "\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf buf = { 0 };
		struct json json = { .out = &buf };

		json_string(&json, NULL, table[i].in);
		buf_drop(&buf, 1);
		buf.data[--buf.len] = '\0';
		EXPECT_BUF(&buf, table[i].out);
		buf_free(&buf);
	}
}
END_TEST

START_TEST(what_is_not_json_is_nothing)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "{]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}",
		"01", "1.", ".5", "+1", "1e", "-", "tru", "nullx", "\"a", "\"\\x\"", "\"\\u12g4\"",
		"\"a\nb\"", "1 2", "[1] x", "'a'", "NaN",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	};
	static const char *const good[] = {
		"{}", " [ ] ", "0", "-0.5e+10", "1E5", "\"\"", "\"\\u00e9\\n\"", "true",
		"[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(json_parse(str(bad[i])).type == JSON_NONE, "%s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(json_parse(str(good[i])).type != JSON_NONE, "%s", good[i]);
}
END_TEST

START_TEST(members_are_found_and_gone_through)
{
	struct json_value top = json_parse(str("{ \"a\" : 1, \"b\":{\"c\":[true,\"x\",null]},"
					       "\"d\":\"q\\\"\\u20ac\\ud83d\\ude00\\ud800\" }"));
	struct json_value value, list = json_get(json_get(top, "b"), "c");
	struct str rest = { 0 }, key;
	struct buf text = { 0 };
	int64_t number = 0;
	int count = 0;

	ck_assert(json_number(json_get(top, "a"), &number) && number == 1);
	ck_assert(!json_number(json_get(top, "b"), &number));
	ck_assert_int_eq(json_get(top, "e").type, JSON_NONE);
	ck_assert_int_eq(json_get(json_get(top, "a"), "x").type, JSON_NONE);
	ck_assert(json_unquote(json_get(top, "d"), &text));
	EXPECT_BUF(&text, "q\"\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd");
	while (json_next(list, &rest, NULL, &value))
		count++;
	ck_assert_int_eq(count, 3);
	rest = (struct str){ 0 };
	ck_assert(json_next(list, &rest, NULL, &value) && json_is_true(value));
	rest = (struct str){ 0 };
	ck_assert(json_next(top, &rest, &key, &value));
	EXPECT_STR(key, "a");
	ck_assert(!json_unquote(value, &text));
	buf_free(&text);
}
END_TEST

START_TEST(an_empty_container_has_no_members)
{
	struct json_value value;
	struct str rest = { 0 };

	ck_assert(!json_next(json_parse(str("[]")), &rest, NULL, &value));
	rest = (struct str){ 0 };
	ck_assert(!json_next(json_parse(str("{ }")), &rest, NULL, &value));
	rest = (struct str){ 0 };
	ck_assert(!json_next(json_parse(str("7")), &rest, NULL, &value));
}
END_TEST

SUITE(json, what_is_written_is_json, bytes_that_are_not_utf8_are_replaced,
      what_is_not_json_is_nothing, members_are_found_and_gone_through,
      an_empty_container_has_no_members)
