// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * tools.conf: what it says, and that an edit changes one line.
 */
#include "unit.h"

#include "conf.h"

static const char text[] =
	"# head\n"
	"\n"
	"[logging]\n"
	"log = true\n"
	"  vmsvc.level=info  \n"
	"; comment\n"
	"\n"
	"[powerops]\r\n"
	"poweron-script = \\sa\\\\b\\n\r\n"
	"not understood\n"
	"=nothing\n"
	"[logging]\n"
	"log=false";

static void expect(const char *group, const char *key, const char *value)
{
	struct buf buf = { 0 };
	bool found = conf_get(str(text), group, key, &buf);

	ck_assert_int_eq(found, value != NULL);
	if (value)
		EXPECT_BUF(&buf, value);
	buf_free(&buf);
}

START_TEST(values_are_what_they_mean)
{
	expect("logging", "log", "false");
	expect("logging", "vmsvc.level", "info  ");
	expect("powerops", "poweron-script", " a\\b\n");
	expect("powerops", "log", NULL);
	expect("none", "log", NULL);
	expect("", "log", NULL);
	ck_assert(!conf_get_bool(str(text), "logging", "log", true));
	ck_assert(conf_get_bool(str(text), "logging", "vmsvc.level", true));
	ck_assert(conf_get_bool(str("[a]\nb = TRUE \n"), "a", "b", false));
}
END_TEST

START_TEST(lines_are_numbered_and_bad_ones_named)
{
	struct conf_line line = { 0 };
	unsigned int bad[3] = { 0 }, count = 0;

	while (conf_next(str(text), &line)) {
		if (line.bad && count < 3)
			bad[count++] = line.number;
	}
	ck_assert_uint_eq(line.number, 13);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(bad[0], 10);
	ck_assert_uint_eq(bad[1], 11);
}
END_TEST

static void set(const char *before, const char *group, const char *key, const char *value,
		const char *after)
{
	struct buf buf = { 0 }, back = { 0 };

	conf_set(str(before), group, key, value, &buf);
	EXPECT_BUF(&buf, after);
	ck_assert_int_eq(conf_get(str_of(buf_text(&buf), buf.len), group, key, &back),
			 value != NULL);
	if (value)
		EXPECT_BUF(&back, value);
	buf_free(&buf);
	buf_free(&back);
}

START_TEST(an_edit_leaves_every_other_line)
{
	set("# c\n[a]\nb = 1 \n# d\n", "a", "b", "2", "# c\n[a]\nb=2\n# d\n");
	set("[a]\nb=1\nb=2\nb=3", "a", "b", "x", "[a]\nb=1\nb=2\nb=x\n");
	set("[a]\nb=1\n\n# of c\n[c]\nd=1\n", "a", "e", "2", "[a]\nb=1\n\n# of c\ne=2\n[c]\nd=1\n");
	set("[a]\n", "a", "b", "1", "[a]\nb=1\n");
	set("[a]", "a", "b", "1", "[a]\nb=1\n");
	set("", "a", "b", "1", "[a]\nb=1\n");
	set("[x]\ny=1", "a", "b", "1", "[x]\ny=1\n\n[a]\nb=1\n");
	set("[a]\nb=1\nc=2\nb=3\n", "a", "b", NULL, "[a]\nc=2\n");
	set("[a]\nc=2\n", "a", "b", NULL, "[a]\nc=2\n");
	set("", "a", "b", NULL, "");
}
END_TEST

START_TEST(any_value_comes_back)
{
	set("", "a", "b", "  \t x\\y\nz\r ", "[a]\nb=\\s\\s\\t x\\\\y\\nz\\r \n");
	set("", "a", "b", "", "[a]\nb=\n");
	set("", "a", "b", "= # ; [x]", "[a]\nb== # ; [x]\n");
}
END_TEST

SUITE(conf, values_are_what_they_mean, lines_are_numbered_and_bad_ones_named,
      an_edit_leaves_every_other_line, any_value_comes_back)
